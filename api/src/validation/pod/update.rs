//! What of a pod may change: `ValidatePodUpdate`, `ValidatePodEphemeralContainersUpdate`, `ValidatePodResize`.

use serde_json::Value;

use super::scheduling::tolerations;
use super::{APP_ARMOR_ANNOTATION, MIRROR_ANNOTATION, SPEC, annotations_and_spec};
use crate::quote::quote;
use crate::validation::diff::diff;
use crate::validation::errors::{Errors, same};
use crate::validation::metadata::{self, METADATA};
use crate::validation::path::Path;
use crate::walk::Walk;

const UPDATABLE: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// `ValidatePodUpdate`.
pub(in crate::validation) fn update(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    whole(new, out);
    annotation_updates(new, old, out);
    for list in ["containers", "initContainers"] {
        if !container_updates(&new["spec"], &old["spec"], list, out) {
            return;
        }
    }
    if !deadline(&new["spec"], &old["spec"], out) {
        return;
    }
    added_tolerations(&new["spec"], &old["spec"], out);
    deleted_gates(&new["spec"], &old["spec"], out);
    if !same(&new["spec"], &old["spec"]) {
        rest_unchanged(&new["spec"], &old["spec"], out);
    }
}

/// `ValidatePodEphemeralContainersUpdate`.
pub(in crate::validation) fn ephemeral_containers(new: &Value, old: &Value, out: &mut Errors) {
    if old["metadata"]["annotations"].has(MIRROR_ANNOTATION) {
        return out.forbidden(
            &Path::new(""),
            "static pods do not support ephemeral containers",
        );
    }
    metadata::update(new, old, out);
    whole(new, out);
    annotation_updates(new, old, out);
    let path = SPEC.child("ephemeralContainers");
    for container in old["spec"].list("ephemeralContainers") {
        let name = container.text("name");
        let kept = new["spec"]
            .list("ephemeralContainers")
            .iter()
            .find(|kept| kept.text("name") == name);
        let quoted = quote(name);
        match kept {
            None => out.forbidden(
                &path,
                format!("existing ephemeral containers {quoted} may not be removed\n"),
            ),
            Some(kept) if !same(kept, container) => {
                let changes = diff("core.EphemeralContainer", container, kept);
                out.forbidden(
                    &path,
                    format!("existing ephemeral containers {quoted} may not be changed\n{changes}"),
                );
            }
            Some(_) => {}
        }
    }
}

/// `validatePodMetadataAndSpec`.
pub(super) fn whole(pod: &Value, out: &mut Errors) {
    metadata::create(pod, true, metadata::dns_subdomain, out);
    annotations_and_spec(pod, out);
}

/// `ValidatePodSpecificAnnotationUpdates`, less what `whole` has checked.
pub(super) fn annotation_updates(new: &Value, old: &Value, out: &mut Errors) {
    let path = METADATA.child("annotations");
    let (new, old) = (
        &new["metadata"]["annotations"],
        &old["metadata"]["annotations"],
    );
    let kinds = [
        (APP_ARMOR_ANNOTATION, "AppArmor annotations"),
        (MIRROR_ANNOTATION, "mirror pod annotation"),
    ];
    let guarded = |key: &str| {
        kinds
            .iter()
            .find(|(prefix, _)| {
                key == *prefix || (prefix.ends_with('/') && key.starts_with(prefix))
            })
            .map(|(_, name)| *name)
    };
    for (key, value) in old.as_object().into_iter().flatten() {
        if let Some(name) = guarded(key).filter(|_| new[key.as_str()] != *value) {
            out.forbidden(&path.key(key), format!("may not remove or update {name}"));
        }
    }
    for key in new.as_object().into_iter().flatten().map(|(key, _)| key) {
        if let Some(name) = guarded(key).filter(|_| !old.has(key)) {
            out.forbidden(&path.key(key), format!("may not add {name}"));
        }
    }
}

/// `ValidateContainerUpdates`; tells whether the containers can be compared one by one.
fn container_updates(new: &Value, old: &Value, list: &'static str, out: &mut Errors) -> bool {
    let path = SPEC.child(list);
    if new.count(list) != old.count(list) {
        out.forbidden(&path, "pod updates may not add or remove containers");
        return false;
    }
    for (index, container) in new.list(list).iter().enumerate() {
        let path = path.index(index);
        let image = container.text("image");
        if image.is_empty() {
            out.required(&path.child("image"), "");
        }
        if image.trim() != image {
            out.invalid(
                &path.child("image"),
                image,
                "must not have leading or trailing whitespace",
            );
        }
    }
    true
}

/// A deadline may be set, and be moved to an earlier time; tells whether to go on.
fn deadline(new: &Value, old: &Value, out: &mut Errors) -> bool {
    let path = SPEC.child("activeDeadlineSeconds");
    match (
        new.opt_int("activeDeadlineSeconds"),
        old.opt_int("activeDeadlineSeconds"),
    ) {
        (Some(new), _) if !(0..=i64::from(i32::MAX)).contains(&new) => {
            out.within(&path, new, 0, i64::from(i32::MAX));
            return false;
        }
        (Some(new), Some(old)) if old < new => {
            out.invalid(&path, new, "must be less than or equal to previous value");
            return false;
        }
        (None, Some(_)) => out.invalid(
            &path,
            Value::Null,
            "must not update from a positive integer to nil value",
        ),
        _ => {}
    }
    true
}

/// `validateOnlyAddedTolerations`.
fn added_tolerations(new: &Value, old: &Value, out: &mut Errors) {
    let path = SPEC.child("tolerations");
    let without_seconds = |toleration: &Value| {
        let mut toleration = toleration.clone();
        if let Some(fields) = toleration.as_object_mut() {
            fields.shift_remove("tolerationSeconds");
        }
        toleration
    };
    let kept = |old: &Value| {
        let old = without_seconds(old);
        new.list("tolerations")
            .iter()
            .any(|new| same(&without_seconds(new), &old))
    };
    if !old.list("tolerations").iter().all(kept) {
        out.forbidden(
            &path,
            "existing toleration can not be modified except its tolerationSeconds",
        );
        return;
    }
    tolerations(new.list("tolerations"), &path, out);
}

/// `validateOnlyDeletedSchedulingGates`.
fn deleted_gates(new: &Value, old: &Value, out: &mut Errors) {
    let path = SPEC.child("schedulingGates");
    for (index, gate) in new.list("schedulingGates").iter().enumerate() {
        let name = gate.text("name");
        if !old
            .list("schedulingGates")
            .iter()
            .any(|gate| gate.text("name") == name)
        {
            let path = path.index(index);
            let reason =
                format!("only deletion is allowed, but found new scheduling gate '{name}'");
            out.forbidden(&path.child("name"), reason);
        }
    }
}

/// With what may change set back, nothing else may differ.
fn rest_unchanged(new: &Value, old: &Value, out: &mut Errors) {
    let mut munged = new.clone();
    for list in ["containers", "initContainers"] {
        let images: Vec<Value> = old
            .list(list)
            .iter()
            .map(|container| container["image"].clone())
            .collect();
        let containers = munged
            .get_mut(list)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten();
        for (container, image) in containers.zip(images) {
            container["image"] = image;
        }
    }
    for field in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] {
        munged[field] = old[field].clone();
    }
    if old.int("terminationGracePeriodSeconds") < 0
        && munged.int("terminationGracePeriodSeconds") == 1
    {
        munged["terminationGracePeriodSeconds"] = old["terminationGracePeriodSeconds"].clone();
    }
    if old.count("schedulingGates") > 0 {
        gated(&mut munged, old, out);
    }
    if !same(&munged, old) {
        let changes = diff("core.PodSpec", old, &munged);
        out.forbidden(
            &SPEC,
            format!("pod updates may not change fields other than {UPDATABLE}\n{changes}"),
        );
    }
}

/// A pod that waits at a gate may still be told more about the nodes that it wants.
fn gated(munged: &mut Value, old: &Value, out: &mut Errors) {
    let selector = munged["nodeSelector"].clone();
    if !same(&selector, &old["nodeSelector"]) {
        let kept = |(key, value): (&String, &Value)| selector[key.as_str()] == *value;
        if !old.map("nodeSelector").into_iter().flatten().all(kept) {
            out.invalid(
                &SPEC.child("nodeSelector"),
                selector,
                "only additions to spec.nodeSelector are allowed (no mutations or deletions)",
            );
        }
        munged["nodeSelector"] = old["nodeSelector"].clone();
    }
    let (new_affinity, old_affinity) = (
        munged["affinity"]["nodeAffinity"].clone(),
        &old["affinity"]["nodeAffinity"],
    );
    if !same(&new_affinity, old_affinity) {
        node_affinity(&new_affinity, old_affinity, out);
        if munged["affinity"].is_object() || old_affinity.is_object() {
            munged["affinity"]["nodeAffinity"] = old_affinity.clone();
        }
    }
}

/// `validateNodeAffinityMutation`.
fn node_affinity(new: &Value, old: &Value, out: &mut Errors) {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    let affinity = SPEC.child("affinity");
    let path = affinity.child("nodeAffinity");
    let path = path.child(REQUIRED);
    let path = path.child("nodeSelectorTerms");
    let (new_terms, old_terms) = (
        new[REQUIRED].list("nodeSelectorTerms"),
        old[REQUIRED].list("nodeSelectorTerms"),
    );
    if !old_terms.is_empty() && old_terms.len() != new_terms.len() {
        let reason = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        return out.invalid(&path, new_terms.to_vec(), reason);
    }
    for (index, (new, old)) in new_terms.iter().zip(old_terms).enumerate() {
        let was_empty = old.count("matchExpressions") + old.count("matchFields") == 0;
        let grown = new.count("matchExpressions") + new.count("matchFields") > 0;
        let extends = |field| {
            new.list(field)
                .get(..old.count(field))
                .is_some_and(|kept| kept == old.list(field))
        };
        if (was_empty && grown) || !extends("matchExpressions") || !extends("matchFields") {
            let reason = "only additions are allowed (no mutations or deletions)";
            out.invalid(&path.index(index), new.clone(), reason);
        }
    }
}

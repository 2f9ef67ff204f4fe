//! What runs pods and keeps them running: deployments, replica sets, daemon sets, stateful sets, replication
//! controllers, controller revisions.

use serde_json::Value;

use super::errors::{Errors, same};
use super::metadata::{self, dns_label, is_empty_selector, label_selector, selects};
use super::names::is_percent;
use super::path::Path;
use super::pod::{self, SPEC};
use crate::walk::Walk;

const STATUS: Path<'static> = Path::new("status");

/// `ValidatePositiveIntOrPercent`.
pub(super) fn int_or_percent(value: &Value, path: &Path<'_>, out: &mut Errors) {
    match value {
        Value::Null => {}
        Value::String(text) => {
            for reason in is_percent(text) {
                out.invalid(path, text.as_str(), reason);
            }
        }
        number => out.non_negative(path, number.as_i64().unwrap_or_default()),
    }
}

/// `IsNotMoreThan100Percent`.
pub(super) fn at_most_all(value: &Value, path: &Path<'_>, out: &mut Errors) {
    if value.is_string() && magnitude(value) > 100 {
        out.invalid(path, value.clone(), "must not be greater than 100%");
    }
}

/// The number, or the number of percents.
pub(super) fn magnitude(value: &Value) -> i64 {
    match value {
        Value::String(text) => text
            .strip_suffix('%')
            .and_then(|digits| digits.parse().ok())
            .unwrap_or_default(),
        number => number.as_i64().unwrap_or_default(),
    }
}

/// A selector that must be there and select something, and the template that it must select.
fn selected_template(spec: &Value, empty: &str, kind: &str, out: &mut Errors) {
    let path = SPEC.child("selector");
    let selector = &spec["selector"];
    if selector.is_null() {
        out.required(&path, "");
    } else {
        label_selector(selector, &path, out);
        if is_empty_selector(selector) {
            out.invalid(&path, selector.clone(), empty);
        }
    }
    if crate::selector::Selector::from_label_selector(selector).is_err() {
        return out.invalid(&path, selector.clone(), "invalid label selector");
    }
    template_matches(spec, out);
    pod::template(&spec["template"], &SPEC.child("template"), out);
    always_restarts(spec, kind, out);
}

fn template_matches(spec: &Value, out: &mut Errors) {
    let labels = &spec["template"]["metadata"]["labels"];
    if !is_empty_selector(&spec["selector"]) && !selects(&spec["selector"], labels) {
        let template = SPEC.child("template");
        let metadata = template.child("metadata");
        out.invalid(
            &metadata.child("labels"),
            labels.clone(),
            "`selector` does not match template `labels`",
        );
    }
}

/// Pods of a workload that runs for ever start again, and have no deadline.
fn always_restarts(spec: &Value, kind: &str, out: &mut Errors) {
    let template = &spec["template"]["spec"];
    let path = SPEC.child("template");
    let path = path.child("spec");
    if template.text("restartPolicy") != "Always" {
        out.not_supported(
            &path.child("restartPolicy"),
            template.text("restartPolicy"),
            &["Always"],
        );
    }
    if template.has("activeDeadlineSeconds") {
        let reason = format!("activeDeadlineSeconds in {kind} is not Supported");
        out.forbidden(&path.child("activeDeadlineSeconds"), reason);
    }
}

fn immutable_selector(new: &Value, old: &Value, out: &mut Errors) {
    out.immutable(
        &SPEC.child("selector"),
        &new["spec"]["selector"],
        &old["spec"]["selector"],
    );
}

/// `ValidateDeploymentSpec`.
pub(super) fn deployment(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    out.non_negative(&SPEC.child("replicas"), spec.int("replicas"));
    selected_template(
        spec,
        "empty selector is invalid for deployment",
        "ReplicaSet",
        out,
    );
    deployment_strategy(&spec["strategy"], &SPEC.child("strategy"), out);
    out.non_negative(&SPEC.child("minReadySeconds"), spec.int("minReadySeconds"));
    out.non_negative(
        &SPEC.child("revisionHistoryLimit"),
        spec.int("revisionHistoryLimit"),
    );
    if let Some(deadline) = spec.opt_int("progressDeadlineSeconds") {
        let path = SPEC.child("progressDeadlineSeconds");
        out.non_negative(&path, deadline);
        if deadline <= spec.int("minReadySeconds") {
            out.invalid(&path, deadline, "must be greater than minReadySeconds");
        }
    }
}

fn deployment_strategy(strategy: &Value, path: &Path<'_>, out: &mut Errors) {
    let update = &strategy["rollingUpdate"];
    let update_path = path.child("rollingUpdate");
    match strategy.text("type") {
        "Recreate" => {
            if update.is_object() {
                out.forbidden(
                    &update_path,
                    "may not be specified when strategy `type` is 'Recreate'",
                );
            }
        }
        "RollingUpdate" if !update.is_object() => {
            out.required(&update_path, "this should be defaulted and never be nil");
        }
        "RollingUpdate" => {
            let (unavailable, surge) = (&update["maxUnavailable"], &update["maxSurge"]);
            let path = update_path.child("maxUnavailable");
            int_or_percent(unavailable, &path, out);
            int_or_percent(surge, &update_path.child("maxSurge"), out);
            if magnitude(unavailable) == 0 && magnitude(surge) == 0 {
                out.invalid(
                    &path,
                    unavailable.clone(),
                    "may not be 0 when `maxSurge` is 0",
                );
            }
            at_most_all(unavailable, &path, out);
        }
        _ => out.not_supported(path, strategy.clone(), &["Recreate", "RollingUpdate"]),
    }
}

pub(super) fn update_deployment(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    deployment(new, out);
    immutable_selector(new, old, out);
}

/// `ValidateReplicaSetSpec`.
pub(super) fn replica_set(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    out.non_negative(&SPEC.child("replicas"), spec.int("replicas"));
    out.non_negative(&SPEC.child("minReadySeconds"), spec.int("minReadySeconds"));
    // The wording is upstream's: replica sets took it over from deployments.
    selected_template(
        spec,
        "empty selector is invalid for deployment",
        "ReplicaSet",
        out,
    );
}

pub(super) fn update_replica_set(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    replica_set(new, out);
    immutable_selector(new, old, out);
}

/// `ValidateDaemonSetSpec`.
pub(super) fn daemon_set(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    let selector = &spec["selector"];
    label_selector(selector, &SPEC.child("selector"), out);
    if selector.is_null() || !selects(selector, &spec["template"]["metadata"]["labels"]) {
        let labels = spec["template"]["metadata"]["labels"].clone();
        let template = SPEC.child("template");
        let metadata = template.child("metadata");
        out.invalid(
            &metadata.child("labels"),
            labels,
            "`selector` does not match template `labels`",
        );
    }
    if selector.is_object() && is_empty_selector(selector) {
        out.invalid(
            &SPEC.child("selector"),
            selector.clone(),
            "empty selector is invalid for daemonset",
        );
    }
    pod::template(&spec["template"], &SPEC.child("template"), out);
    always_restarts(spec, "DaemonSet", out);
    out.non_negative(&SPEC.child("minReadySeconds"), spec.int("minReadySeconds"));
    daemon_set_strategy(&spec["updateStrategy"], &SPEC.child("updateStrategy"), out);
    out.non_negative(
        &SPEC.child("revisionHistoryLimit"),
        spec.int("revisionHistoryLimit"),
    );
}

fn daemon_set_strategy(strategy: &Value, path: &Path<'_>, out: &mut Errors) {
    match strategy.text("type") {
        "OnDelete" => {}
        "RollingUpdate" => {
            let update = &strategy["rollingUpdate"];
            let path = path.child("rollingUpdate");
            if !update.is_object() {
                return out.required(&path, "");
            }
            let (unavailable, surge) = (&update["maxUnavailable"], &update["maxSurge"]);
            let (unavailable_path, surge_path) =
                (path.child("maxUnavailable"), path.child("maxSurge"));
            int_or_percent(unavailable, &unavailable_path, out);
            int_or_percent(surge, &surge_path, out);
            at_most_all(unavailable, &unavailable_path, out);
            at_most_all(surge, &surge_path, out);
            match (magnitude(unavailable) != 0, magnitude(surge) != 0) {
                (true, true) => {
                    out.invalid(
                        &surge_path,
                        surge.clone(),
                        "may not be set when maxUnavailable is non-zero",
                    );
                }
                (false, false) => out.required(&unavailable_path, "cannot be 0 when maxSurge is 0"),
                _ => {}
            }
        }
        _ => out.not_supported(path, strategy.clone(), &["RollingUpdate", "OnDelete"]),
    }
}

pub(super) fn update_daemon_set(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    daemon_set(new, out);
    immutable_selector(new, old, out);
}

/// `ValidateReplicationControllerSpec`.
pub(super) fn replication_controller(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    out.non_negative(&SPEC.child("minReadySeconds"), spec.int("minReadySeconds"));
    if spec.count("selector") == 0 {
        out.required(&SPEC.child("selector"), "");
    }
    match spec.opt_int("replicas") {
        None => out.required(&SPEC.child("replicas"), ""),
        Some(replicas) => out.non_negative(&SPEC.child("replicas"), replicas),
    }
    let template = SPEC.child("template");
    if !spec.has("template") {
        return out.required(&template, "");
    }
    let labels = &spec["template"]["metadata"]["labels"];
    if !spec
        .map("selector")
        .into_iter()
        .flatten()
        .all(|(key, value)| labels[key.as_str()] == *value)
    {
        let metadata = template.child("metadata");
        out.invalid(
            &metadata.child("labels"),
            labels.clone(),
            "`selector` does not match template `labels`",
        );
    }
    pod::template(&spec["template"], &template, out);
    always_restarts(spec, "ReplicationController", out);
}

/// `ValidateStatefulSetSpec`.
pub(super) fn stateful_set(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    let policy = spec.text("podManagementPolicy");
    match policy {
        "" => out.required(&SPEC.child("podManagementPolicy"), ""),
        "OrderedReady" | "Parallel" => {}
        other => out.invalid(
            &SPEC.child("podManagementPolicy"),
            other,
            "must be 'OrderedReady' or 'Parallel'",
        ),
    }
    stateful_set_strategy(&spec["updateStrategy"], &SPEC.child("updateStrategy"), out);
    let retention = SPEC.child("persistentVolumeClaimRetentionPolicy");
    for field in ["whenDeleted", "whenScaled"] {
        if let Some(policy) = spec["persistentVolumeClaimRetentionPolicy"].opt_text(field) {
            out.one_of(&retention.child(field), policy, &["Delete", "Retain"]);
        }
    }
    out.non_negative(&SPEC.child("replicas"), spec.int("replicas"));
    out.non_negative(&SPEC.child("minReadySeconds"), spec.int("minReadySeconds"));
    out.non_negative(&SPEC.child("ordinals.start"), spec["ordinals"].int("start"));
    out.non_negative(
        &SPEC.child("revisionHistoryLimit"),
        spec.int("revisionHistoryLimit"),
    );
    let service = spec.text("serviceName");
    if !service.is_empty() {
        out.invalid_each(
            &SPEC.child("serviceName"),
            service,
            metadata::dns_subdomain(service, false),
        );
    }
    let with_claims = with_claim_volumes(spec);
    selected_template(
        &with_claims,
        "empty selector is invalid for statefulset",
        "StatefulSet",
        out,
    );
}

/// The spec as its pods will be: each claim template becomes a volume of its name.
fn with_claim_volumes(spec: &Value) -> Value {
    let mut spec = spec.clone();
    let claims: Vec<String> = spec
        .list("volumeClaimTemplates")
        .iter()
        .map(|claim| claim["metadata"].text("name").to_owned())
        .collect();
    if claims.is_empty() || !spec["template"]["spec"].is_object() {
        return spec;
    }
    let mut volumes = spec["template"]["spec"].list("volumes").to_vec();
    volumes.retain(|volume| !claims.iter().any(|claim| claim == volume.text("name")));
    volumes.extend(claims.iter().map(
        |claim| serde_json::json!({"name": claim, "persistentVolumeClaim": {"claimName": claim}}),
    ));
    spec["template"]["spec"]["volumes"] = Value::Array(volumes);
    spec
}

fn stateful_set_strategy(strategy: &Value, path: &Path<'_>, out: &mut Errors) {
    let update = &strategy["rollingUpdate"];
    let update_path = path.child("rollingUpdate");
    match strategy.text("type") {
        "" => out.required(path, ""),
        "OnDelete" => {
            if update.is_object() {
                out.invalid(
                    &update_path,
                    update.clone(),
                    "only allowed for updateStrategy 'RollingUpdate'",
                );
            }
        }
        "RollingUpdate" => {
            out.non_negative(&update_path.child("partition"), update.int("partition"));
            if update.has("maxUnavailable") {
                let (value, path) = (
                    &update["maxUnavailable"],
                    update_path.child("maxUnavailable"),
                );
                int_or_percent(value, &path, out);
                if magnitude(value) == 0 {
                    out.invalid(&path, value.clone(), "cannot be 0");
                }
                at_most_all(value, &path, out);
            }
        }
        _ => out.invalid(
            path,
            strategy.clone(),
            "must be 'RollingUpdate' or 'OnDelete'",
        ),
    }
}

/// `ValidateStatefulSetUpdate`: what names the pods and their claims stays.
pub(super) fn update_stateful_set(new: &Value, old: &Value, out: &mut Errors) {
    const MUTABLE: [&str; 7] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    metadata::update(new, old, out);
    metadata::create(new, true, dns_label, out);
    stateful_set(new, out);
    let mut munged = new["spec"].clone();
    for field in MUTABLE {
        munged[field] = old["spec"][field].clone();
    }
    if !same(&munged, &old["spec"]) {
        out.forbidden(
            &SPEC,
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        );
    }
}

/// `ValidateControllerRevision`.
pub(super) fn controller_revision(object: &Value, out: &mut Errors) {
    if !object.has("data") {
        out.required(&Path::new("data"), "data is mandatory");
    }
    out.non_negative(&Path::new("revision"), object.int("revision"));
}

pub(super) fn update_controller_revision(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    controller_revision(new, out);
    out.immutable(&Path::new("data"), &new["data"], &old["data"]);
}

/// Counts of a status: none negative, and none of the parts above the whole.
fn counts(status: &Value, fields: &[&str], parts: &[&str], out: &mut Errors) {
    for field in fields {
        out.non_negative(&STATUS.child(field), status.int(field));
    }
    for part in parts {
        if status.int(part) > status.int("replicas") {
            out.invalid(
                &STATUS.child(part),
                status.int(part),
                "cannot be greater than status.replicas",
            );
        }
    }
    if parts.contains(&"availableReplicas")
        && status.int("availableReplicas") > status.int("readyReplicas")
    {
        let (path, count) = (
            STATUS.child("availableReplicas"),
            status.int("availableReplicas"),
        );
        out.invalid(&path, count, "cannot be greater than readyReplicas");
    }
}

fn collisions(new: &Value, old: &Value, out: &mut Errors) {
    let count = new["status"].int("collisionCount");
    if old["status"].has("collisionCount") && count < old["status"].int("collisionCount") {
        out.invalid(
            &STATUS.child("collisionCount"),
            count,
            "cannot be decremented",
        );
    }
}

pub(super) fn deployment_status(new: &Value, old: &Value, out: &mut Errors) {
    const COUNTS: [&str; 7] = [
        "observedGeneration",
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
        "collisionCount",
    ];
    metadata::update(new, old, out);
    counts(
        &new["status"],
        &COUNTS,
        &["updatedReplicas", "readyReplicas", "availableReplicas"],
        out,
    );
    collisions(new, old, out);
}

/// Of replica sets and replication controllers.
pub(super) fn replicas_status(new: &Value, old: &Value, out: &mut Errors) {
    const COUNTS: [&str; 5] = [
        "replicas",
        "fullyLabeledReplicas",
        "readyReplicas",
        "availableReplicas",
        "observedGeneration",
    ];
    metadata::update(new, old, out);
    counts(
        &new["status"],
        &COUNTS,
        &["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
        out,
    );
}

pub(super) fn daemon_set_status(new: &Value, old: &Value, out: &mut Errors) {
    const COUNTS: [&str; 8] = [
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
        "observedGeneration",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
    ];
    metadata::update(new, old, out);
    counts(&new["status"], &COUNTS, &[], out);
    collisions(new, old, out);
}

pub(super) fn stateful_set_status(new: &Value, old: &Value, out: &mut Errors) {
    const COUNTS: [&str; 7] = [
        "replicas",
        "readyReplicas",
        "currentReplicas",
        "updatedReplicas",
        "availableReplicas",
        "observedGeneration",
        "collisionCount",
    ];
    metadata::update(new, old, out);
    let parts = [
        "readyReplicas",
        "currentReplicas",
        "updatedReplicas",
        "availableReplicas",
    ];
    counts(&new["status"], &COUNTS, &parts, out);
    collisions(new, old, out);
}

//! Stateful sets.

use serde_json::Value;

use super::errors::{Errors, same};
use super::metadata;
use super::path::Path;
use super::pod::SPEC;
use super::workload::{
    at_most_all, int_or_percent, magnitude, rolling_update, selected_template, shown,
};
use crate::walk::Walk;

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
            out.one_of(&retention.child(field), policy, &["Retain", "Delete"]);
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
                    rolling_update(update),
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
            shown(strategy),
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

//! What runs pods and keeps them running: deployments, replica sets, daemon sets, replication controllers; and
//! controller revisions.

use serde_json::Value;

use super::errors::{Errors, go_struct};
use super::metadata::{self, is_empty_selector, label_selector, selects};
use super::names::is_percent;
use super::path::Path;
use super::pod::{self, SPEC};
use crate::selector::Selector;
use crate::walk::Walk;

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
pub(super) fn selected_template(spec: &Value, empty: &str, kind: &str, out: &mut Errors) {
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
    if Selector::from_label_selector(selector).is_ok() {
        template_matches(spec, out);
    } else {
        // Of stateful sets upstream gives no reason.
        let stateful = kind == "StatefulSet";
        let reason = if stateful {
            ""
        } else {
            "invalid label selector"
        };
        out.invalid(&path, selector.clone(), reason);
        if !stateful {
            return;
        }
    }
    pod::template(&spec["template"], &SPEC.child("template"), out);
    always_restarts(spec, kind, out);
}

fn template_matches(spec: &Value, out: &mut Errors) {
    let labels = &spec["template"]["metadata"]["labels"];
    let selector = &spec["selector"];
    // No selector selects nothing; an empty one, everything.
    if selector.is_null() || !is_empty_selector(selector) && !selects(selector, labels) {
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

/// A strategy, as upstream shows it.
pub(super) fn shown(strategy: &Value) -> Value {
    let fields = [("Type", "type"), ("RollingUpdate", "rollingUpdate")];
    let mut shown = go_struct(strategy, &fields);
    if strategy.has("rollingUpdate") {
        shown["RollingUpdate"] = rolling_update(&strategy["rollingUpdate"]);
    }
    shown
}

/// How many pods are updated at a time, as upstream shows it; which fields there are differs by kind.
pub(super) fn rolling_update(update: &Value) -> Value {
    let mut fields = vec![
        ("Partition", "partition"),
        ("MaxUnavailable", "maxUnavailable"),
        ("MaxSurge", "maxSurge"),
    ];
    fields.retain(|(_, name)| update.has(name));
    go_struct(update, &fields)
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
        _ => out.not_supported(path, shown(strategy), &["Recreate", "RollingUpdate"]),
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
    let readable = Selector::from_label_selector(selector).is_ok();
    let labels = &spec["template"]["metadata"]["labels"];
    if selector.is_null() || readable && !selects(selector, labels) {
        let template = SPEC.child("template");
        let metadata = template.child("metadata");
        out.invalid(
            &metadata.child("labels"),
            labels.clone(),
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
        _ => out.not_supported(path, shown(strategy), &["RollingUpdate", "OnDelete"]),
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

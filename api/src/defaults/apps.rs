//! The `apps` group.

use serde_json::{Value, json};

use super::pod::template;
use super::set::{absent, always, child, each, unset};
use super::volume::persistent_volume_claim;
use crate::walk::Walk;

/// Revisions that a workload keeps for rollbacks.
const REVISIONS: i64 = 10;

const PROGRESS_DEADLINE_SECONDS: i64 = 600;

pub(super) fn deployment(object: &mut Value) {
    always(object, "status");
    let spec = always(object, "spec");
    absent(spec, "replicas", 1);
    template(spec);
    let strategy = always(spec, "strategy");
    unset(strategy, "type", "RollingUpdate");
    if strategy.text("type") == "RollingUpdate" {
        let update = always(strategy, "rollingUpdate");
        absent(update, "maxUnavailable", "25%");
        absent(update, "maxSurge", "25%");
    }
    absent(spec, "revisionHistoryLimit", REVISIONS);
    absent(spec, "progressDeadlineSeconds", PROGRESS_DEADLINE_SECONDS);
}

pub(super) fn replica_set(object: &mut Value) {
    absent(always(object, "status"), "replicas", 0);
    let spec = always(object, "spec");
    absent(spec, "replicas", 1);
    template(spec);
}

pub(super) fn stateful_set(object: &mut Value) {
    let status = always(object, "status");
    absent(status, "replicas", 0);
    absent(status, "availableReplicas", 0);
    let spec = always(object, "spec");
    unset(spec, "podManagementPolicy", "OrderedReady");
    let strategy = always(spec, "updateStrategy");
    if strategy.text("type").is_empty() {
        unset(strategy, "type", "RollingUpdate");
        absent(strategy, "rollingUpdate", json!({}));
    }
    if strategy.text("type") == "RollingUpdate"
        && let Some(update) = child(strategy, "rollingUpdate")
    {
        absent(update, "partition", 0);
        absent(update, "maxUnavailable", 1);
    }
    let retention = always(spec, "persistentVolumeClaimRetentionPolicy");
    unset(retention, "whenDeleted", "Retain");
    unset(retention, "whenScaled", "Retain");
    absent(spec, "replicas", 1);
    absent(spec, "revisionHistoryLimit", REVISIONS);
    template(spec);
    for claim in each(spec, "volumeClaimTemplates") {
        absent(claim, "apiVersion", "v1");
        absent(claim, "kind", "PersistentVolumeClaim");
        persistent_volume_claim(claim);
    }
}

pub(super) fn daemon_set(object: &mut Value) {
    let status = always(object, "status");
    for count in [
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
    ] {
        absent(status, count, 0);
    }
    let spec = always(object, "spec");
    template(spec);
    let strategy = always(spec, "updateStrategy");
    unset(strategy, "type", "RollingUpdate");
    if strategy.text("type") == "RollingUpdate" {
        let update = always(strategy, "rollingUpdate");
        absent(update, "maxUnavailable", 1);
        absent(update, "maxSurge", 0);
    }
    absent(spec, "revisionHistoryLimit", REVISIONS);
}

//! The counts in the statuses of what runs pods.

use serde_json::Value;

use super::errors::Errors;
use super::metadata;
use super::path::Path;
use crate::walk::Walk;

const STATUS: Path<'static> = Path::new("status");

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
        // Only stateful sets, which have current replicas, name the whole path.
        let reason = match parts.contains(&"currentReplicas") {
            true => "cannot be greater than status.readyReplicas",
            false => "cannot be greater than readyReplicas",
        };
        out.invalid(&path, count, reason);
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
    const COUNTS: [&str; 8] = [
        "observedGeneration",
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
        "terminatingReplicas",
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
    const COUNTS: [&str; 6] = [
        "replicas",
        "fullyLabeledReplicas",
        "readyReplicas",
        "availableReplicas",
        "terminatingReplicas",
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

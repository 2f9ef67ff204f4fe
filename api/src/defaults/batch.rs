//! The `batch` group.

use serde_json::Value;

use super::pod::template;
use super::set::{absent, always, child, each, unset};
use crate::walk::Walk;

/// Failures that a job survives.
const BACKOFF_LIMIT: i64 = 6;

pub(super) fn job(object: &mut Value) {
    always(object, "status");
    let labels = object["spec"]["template"]["metadata"]["labels"].clone();
    if labels.is_object() {
        unset(always(object, "metadata"), "labels", labels);
    }
    let spec = always(object, "spec");
    if !spec.has("completions") && !spec.has("parallelism") {
        absent(spec, "completions", 1);
    }
    absent(spec, "parallelism", 1);
    let limit = if spec.has("backoffLimitPerIndex") {
        i64::from(i32::MAX)
    } else {
        BACKOFF_LIMIT
    };
    absent(spec, "backoffLimit", limit);
    absent(spec, "completionMode", "NonIndexed");
    absent(spec, "suspend", false);
    absent(spec, "manualSelector", false);
    let replacement = if spec.has("podFailurePolicy") {
        "Failed"
    } else {
        "TerminatingOrFailed"
    };
    absent(spec, "podReplacementPolicy", replacement);
    job_spec(spec);
}

/// What the job template of a cron job has too.
fn job_spec(spec: &mut Value) {
    template(spec);
    if let Some(policy) = child(spec, "podFailurePolicy") {
        for rule in each(policy, "rules") {
            for pattern in each(rule, "onPodConditions") {
                unset(pattern, "status", "True");
            }
        }
    }
}

pub(super) fn cron_job(object: &mut Value) {
    always(object, "status");
    let spec = always(object, "spec");
    unset(spec, "concurrencyPolicy", "Allow");
    absent(spec, "suspend", false);
    absent(spec, "successfulJobsHistoryLimit", 3);
    absent(spec, "failedJobsHistoryLimit", 1);
    let job = always(spec, "jobTemplate");
    always(job, "metadata");
    job_spec(always(job, "spec"));
}

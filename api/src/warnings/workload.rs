//! What makes pods: its name, which becomes part of theirs, and its template. A change that is not the spec's is not told
//! of again.

use serde_json::Value;

use super::{SPEC, name, pod, storage};
use crate::meta;
use crate::validation::path::Path;
use crate::walk::Walk;

const NAMES: &str = "Pod names and hostnames";

/// Whether there is something to look at: the object is new, or its generation is.
fn changed(new: &Value, old: Option<&Value>) -> bool {
    old.is_none_or(|old| meta::generation(old) != meta::generation(new))
}

fn template(new: &Value, old: Option<&Value>, out: &mut Vec<String>) {
    let template = &new["spec"]["template"];
    if changed(new, old) && template.is_object() {
        pod::template(template, &SPEC.child("template"), out);
    }
}

/// Workloads whose pods have names made of theirs.
pub(super) fn named(new: &Value, old: Option<&Value>, out: &mut Vec<String>) {
    if old.is_none() {
        name(new, NAMES, out);
    }
    template(new, old, out);
}

/// Workloads of whose names nothing is told.
pub(super) fn unnamed(new: &Value, old: Option<&Value>, out: &mut Vec<String>) {
    template(new, old, out);
}

pub(super) fn pod_template(new: &Value, old: Option<&Value>, out: &mut Vec<String>) {
    if changed(new, old) {
        pod::template(&new["template"], &Path::new("template"), out);
    }
}

pub(super) fn stateful_set(new: &Value, old: Option<&Value>, out: &mut Vec<String>) {
    template(new, old, out);
    let spec = &new["spec"];
    let path = SPEC.child("volumeClaimTemplates");
    for (index, claim) in spec.list("volumeClaimTemplates").iter().enumerate() {
        let path = path.index(index);
        // Both paths are upstream's.
        match old {
            None => storage::claim_spec(&claim["spec"], &path, out),
            Some(_) => storage::claim_spec(&claim["spec"], &path.child("Spec"), out),
        }
    }
    if spec.int("revisionHistoryLimit") < 0 {
        out.push(
            "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"
                .to_owned(),
        );
    }
}

pub(super) fn job(new: &Value, old: Option<&Value>, out: &mut Vec<String>) {
    if old.is_none() {
        name(new, NAMES, out);
    }
    if changed(new, old) {
        job_spec(&new["spec"], &SPEC, out);
    }
}

pub(super) fn cron_job(new: &Value, old: Option<&Value>, out: &mut Vec<String>) {
    if old.is_none() {
        name(new, NAMES, out);
    }
    if changed(new, old) {
        let path = SPEC.child("jobTemplate");
        let spec = &new["spec"]["jobTemplate"]["spec"];
        job_spec(spec, &path.child("spec"), out);
    }
    if old.is_some() && new["spec"].text("schedule").contains("TZ") {
        // The path is upstream's.
        out.push(
            "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see \
             https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
                .to_owned(),
        );
    }
}

fn job_spec(spec: &Value, path: &Path<'_>, out: &mut Vec<String>) {
    const COMPLETIONS: i64 = 100_000;
    const PARALLELISM: i64 = 10_000;
    if spec.text("completionMode") == "Indexed"
        && spec.int("completions") > COMPLETIONS
        && spec.int("parallelism") > PARALLELISM
    {
        out.push(format!(
            "{path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, \
             Kubernetes might not be able to track completedIndexes when a big number of indexes fail"
        ));
    }
    pod::template(&spec["template"], &path.child("template"), out);
}

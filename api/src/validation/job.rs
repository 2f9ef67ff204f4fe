//! Jobs and cron jobs.

use serde_json::Value;

use super::cron;
use super::errors::{Errors, same};
use super::metadata::{self, METADATA, label_selector, selects};
use super::names::is_qualified_name;
use super::path::Path;
use super::pod::{self, SPEC};
use crate::quote::quote;
use crate::walk::Walk;

/// The most pods at a time, and the most completions with a limit per index, that an indexed job can have.
const INDEXED_MAX: i64 = 100_000;

/// A cron job's name, so that a job's suffix still fits.
const CRON_NAME_MAX: usize = 52;

/// `ValidateJob`, less the metadata.
pub(super) fn job(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    generated_selector(object, out);
    if spec.has("selector") {
        label_selector(&spec["selector"], &SPEC.child("selector"), out);
    } else {
        out.required(&SPEC.child("selector"), "");
    }
    let labels = &spec["template"]["metadata"]["labels"];
    if spec.has("selector") && !selects(&spec["selector"], labels) {
        let template = SPEC.child("template");
        let metadata = template.child("metadata");
        out.invalid(
            &metadata.child("labels"),
            labels.clone(),
            "`selector` does not match template `labels`",
        );
    }
    job_spec(spec, &SPEC, out);
}

/// Unless the user takes care of it, the selector is the one that the server makes from the job's UID.
fn generated_selector(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    if spec.flag("manualSelector") || !spec.has("selector") {
        return;
    }
    let uid = object["metadata"].text("uid");
    if uid.is_empty() {
        out.required(&METADATA.child("uid"), "");
    }
    let selector = &spec["selector"]["matchLabels"];
    let keys = ["batch.kubernetes.io/controller-uid", "controller-uid"];
    if !keys.iter().any(|key| selector.text(key) == uid) {
        out.invalid(
            &SPEC.child("selector"),
            spec["selector"].clone(),
            "`selector` not auto-generated",
        );
    }
}

/// What the template of a cron job has too.
fn job_spec(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    const COUNTS: [&str; 7] = [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ];
    for field in COUNTS {
        out.non_negative(&path.child(field), spec.int(field));
    }
    indexes(spec, path, out);
    if let Some(controller) = spec.opt_text("managedBy") {
        let at = path.child("managedBy");
        out.invalid_each(&at, controller, is_qualified_name(controller));
        if !controller.contains('/') {
            out.invalid(
                &at,
                controller,
                "must be a domain-prefixed path (such as \"acme.io/foo\")",
            );
        }
        if controller.len() > 63 {
            out.too_long(&at, 63);
        }
    }
    if let Some(mode) = spec.opt_text("completionMode") {
        out.one_of(
            &path.child("completionMode"),
            mode,
            &["NonIndexed", "Indexed"],
        );
    }
    if let Some(policy) = spec.opt_text("podReplacementPolicy") {
        let allowed: &[&str] = if spec.has("podFailurePolicy") {
            &["Failed"]
        } else {
            &["Failed", "TerminatingOrFailed"]
        };
        out.one_of(&path.child("podReplacementPolicy"), policy, allowed);
    }
    failure_policy(spec, &path.child("podFailurePolicy"), out);
    let template = path.child("template");
    pod::template(&spec["template"], &template, out);
    let policy = spec["template"]["spec"].text("restartPolicy");
    let pod_path = template.child("spec");
    let policy_path = pod_path.child("restartPolicy");
    match policy {
        "Always" => {
            let reason = format!("valid values: {}, {}", quote("OnFailure"), quote("Never"));
            out.required(&policy_path, &reason);
        }
        "OnFailure" | "Never" => {}
        other => out.not_supported(&policy_path, other, &["OnFailure", "Never"]),
    }
    if spec.has("podFailurePolicy") && policy != "Never" {
        let reason = "only \"Never\" is supported when podFailurePolicy is specified";
        out.invalid(&policy_path, policy, reason);
    }
}

/// What an indexed job must have, and what no other can.
fn indexes(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    if spec.text("completionMode") != "Indexed" {
        for field in ["backoffLimitPerIndex", "maxFailedIndexes"] {
            if spec.has(field) {
                out.invalid(
                    &path.child(field),
                    spec[field].clone(),
                    "requires indexed completion mode",
                );
            }
        }
        return;
    }
    match spec.opt_int("completions") {
        None => out.required(
            &path.child("completions"),
            "when completion mode is Indexed",
        ),
        Some(completions) => {
            if let Some(failed) = spec
                .opt_int("maxFailedIndexes")
                .filter(|failed| *failed > completions)
            {
                let reason = "must be less than or equal to completions";
                out.invalid(&path.child("maxFailedIndexes"), failed, reason);
            }
        }
    }
    if spec.int("parallelism") > INDEXED_MAX {
        let reason =
            format!("must be less than or equal to {INDEXED_MAX} when completion mode is Indexed");
        out.invalid(&path.child("parallelism"), spec.int("parallelism"), reason);
    }
    if spec.has("maxFailedIndexes") && !spec.has("backoffLimitPerIndex") {
        out.required(
            &path.child("backoffLimitPerIndex"),
            "when maxFailedIndexes is specified",
        );
    }
}

fn failure_policy(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    const ACTIONS: [&str; 4] = ["Count", "FailIndex", "FailJob", "Ignore"];
    let rules = path.child("rules");
    for (index, rule) in spec["podFailurePolicy"].list("rules").iter().enumerate() {
        let path = rules.index(index);
        out.required_one_of(&path.child("action"), rule.text("action"), &ACTIONS);
        let (codes, conditions) = (rule.has("onExitCodes"), rule.count("onPodConditions") > 0);
        if codes && conditions {
            let reason = "specifying both OnExitCodes and OnPodConditions is not supported";
            out.invalid(&path, Value::Null, reason);
        }
        if !codes && !conditions {
            out.invalid(
                &path,
                Value::Null,
                "specifying one of OnExitCodes and OnPodConditions is required",
            );
        }
        if codes {
            exit_codes(&rule["onExitCodes"], spec, &path.child("onExitCodes"), out);
        }
        let patterns = path.child("onPodConditions");
        for (index, pattern) in rule.list("onPodConditions").iter().enumerate() {
            let path = patterns.index(index);
            out.invalid_each(
                &path.child("type"),
                pattern.text("type"),
                is_qualified_name(pattern.text("type")),
            );
            out.required_one_of(
                &path.child("status"),
                pattern.text("status"),
                &["False", "True", "Unknown"],
            );
        }
    }
}

fn exit_codes(codes: &Value, spec: &Value, path: &Path<'_>, out: &mut Errors) {
    out.required_one_of(
        &path.child("operator"),
        codes.text("operator"),
        &["In", "NotIn"],
    );
    if let Some(name) = codes.opt_text("containerName") {
        let pod = &spec["template"]["spec"];
        let mut containers = pod
            .list("containers")
            .iter()
            .chain(pod.list("initContainers"));
        if !containers.any(|container| container.text("name") == name) {
            let reason = "must be one of the container or initContainer names in the pod template";
            out.invalid(&path.child("containerName"), name, reason);
        }
    }
    let values = path.child("values");
    let list = codes.list("values");
    if list.is_empty() {
        out.invalid(
            &values,
            codes["values"].clone(),
            "at least one value is required",
        );
    }
    for (index, value) in list.iter().enumerate() {
        if codes.text("operator") == "In" && *value == 0 {
            out.invalid(&values.index(index), 0, "must not be 0 for the In operator");
        }
        if list[..index].contains(value) {
            out.duplicate(&values.index(index), value.clone());
        }
    }
}

/// `ValidateJobUpdate`.
pub(super) fn update_job(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    job_spec(&new["spec"], &SPEC, out);
    let (spec, before) = (&new["spec"], &old["spec"]);
    completions(spec, before, out);
    out.immutable(
        &SPEC.child("selector"),
        &spec["selector"],
        &before["selector"],
    );
    template(new, old, out);
    for field in [
        "completionMode",
        "podFailurePolicy",
        "backoffLimitPerIndex",
        "managedBy",
        "successPolicy",
    ] {
        out.immutable(&SPEC.child(field), &spec[field], &before[field]);
    }
}

/// The number of completions changes only together with the parallelism of an indexed job.
fn completions(new: &Value, old: &Value, out: &mut Errors) {
    let path = SPEC.child("completions");
    if new["completions"] == old["completions"] {
        return;
    }
    let elastic =
        new.text("completionMode") == "Indexed" && new.has("completions") && old.has("completions");
    if !elastic {
        out.immutable(&path, &new["completions"], &old["completions"]);
    } else if new["completions"] != new["parallelism"] {
        let reason = "can only be modified in tandem with parallelism".to_owned();
        out.invalid(&path, new["completions"].clone(), reason);
    }
}

/// The template of a job that is suspended and has not started may still say more about where it runs.
fn template(new: &Value, old: &Value, out: &mut Errors) {
    const SCHEDULING: [&str; 4] = ["nodeSelector", "affinity", "tolerations", "schedulingGates"];
    let mut munged = new["spec"]["template"].clone();
    let before = &old["spec"]["template"];
    if old["spec"].flag("suspend") && !old["status"].has("startTime") {
        for field in SCHEDULING {
            munged["spec"][field] = before["spec"][field].clone();
        }
        for field in ["labels", "annotations"] {
            munged["metadata"][field] = before["metadata"][field].clone();
        }
    }
    if !same(&munged, before) {
        let value = new["spec"]["template"].clone();
        out.invalid(&SPEC.child("template"), value, super::errors::IS_IMMUTABLE);
    }
}

/// `ValidateCronJobCreate`, less the metadata.
pub(super) fn cron_job(object: &Value, out: &mut Errors) {
    let name = object["metadata"].text("name");
    if name.len() > CRON_NAME_MAX {
        out.invalid(
            &METADATA.child("name"),
            name,
            format!("must be no more than {CRON_NAME_MAX} characters"),
        );
    }
    cron_job_spec(&object["spec"], out);
}

pub(super) fn update_cron_job(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    cron_job_spec(&new["spec"], out);
}

fn cron_job_spec(spec: &Value, out: &mut Errors) {
    let schedule = spec.text("schedule");
    let path = SPEC.child("schedule");
    if schedule.is_empty() {
        out.required(&path, "");
    } else {
        if schedule.contains("TZ") {
            out.invalid(
                &path,
                schedule,
                "cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
            );
        } else if let Err(reason) = cron::check(schedule) {
            out.invalid(&path, schedule, reason);
        }
    }
    out.non_negative(
        &SPEC.child("startingDeadlineSeconds"),
        spec.int("startingDeadlineSeconds"),
    );
    if let Some(zone) = spec.opt_text("timeZone") {
        time_zone(zone, &SPEC.child("timeZone"), out);
    }
    let policy = spec.text("concurrencyPolicy");
    out.required_one_of(
        &SPEC.child("concurrencyPolicy"),
        policy,
        &["Allow", "Forbid", "Replace"],
    );
    let template = SPEC.child("jobTemplate");
    let (job, path) = (&spec["jobTemplate"]["spec"], template.child("spec"));
    if job.has("selector") {
        out.invalid(
            &path.child("selector"),
            job["selector"].clone(),
            "`selector` will be auto-generated",
        );
    }
    if job.flag("manualSelector") {
        out.not_supported(&path.child("manualSelector"), true, &["nil", "false"]);
    }
    job_spec(job, &path, out);
    for field in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        out.non_negative(&SPEC.child(field), spec.int(field));
    }
}

fn time_zone(zone: &str, path: &Path<'_>, out: &mut Errors) {
    if zone.is_empty() {
        return out.invalid(path, zone, "timeZone must be nil or non-empty string");
    }
    if zone.eq_ignore_ascii_case("local") {
        let reason =
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        return out.invalid(path, zone, reason);
    }
    // Which zones there are is known to the system's database, which nothing here reads.
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-' | b'/');
    if !zone.bytes().all(plain) || zone.starts_with('/') || zone.ends_with('/') {
        out.invalid(path, zone, format!("unknown time zone {zone}"));
    }
}

/// `ValidateJobUpdateStatus`, as far as it looks at the counts.
pub(super) fn job_status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let path = Path::new("status");
    for field in ["active", "succeeded", "failed", "ready", "terminating"] {
        out.non_negative(&path.child(field), new["status"].int(field));
    }
}

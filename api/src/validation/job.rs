//! Jobs and cron jobs.

use serde_json::{Value, json};

use super::errors::{Errors, same};
use super::metadata::{
    self, METADATA, dns_subdomain, domain_prefixed_path, label_selector, selects,
};
use super::names::is_dns1123_label;
use super::path::Path;
use super::pod::{self, SPEC};
use super::{cron, job_policy};
use crate::quote::quote;
use crate::walk::Walk;

/// The most pods at a time, and the most completions with a limit per index, that an indexed job can have.
const INDEXED_MAX: i64 = 100_000;

/// The same where there are even more completions.
const MANY_INDEXES_MAX: i64 = 10_000;

/// The longest name of a controller that a job can have.
const MANAGED_BY_MAX: usize = 63;

/// A cron job's name, so that a job's suffix still fits.
const CRON_NAME_MAX: usize = 52;

/// `ValidateJob`, less the metadata.
pub(super) fn job(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    generated_selector(object, out);
    whole_spec(spec, out);
    let last = spec.int("completions") - 1;
    if spec.text("completionMode") == "Indexed" && last >= 0 {
        let name = object["metadata"].text("name");
        let host = format!("{name}-{last}");
        if !is_dns1123_label(&host).is_empty() {
            let reason = format!("will not able to create pod with invalid DNS label: {host}");
            out.invalid(&METADATA.child("name"), name, reason);
        }
    }
}

/// Unless the user takes care of it, the server makes the selector and its labels of the job's identity.
fn generated_selector(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    if spec.flag("manualSelector") || !spec.has("selector") {
        return;
    }
    let (uid, name) = (
        object["metadata"].text("uid"),
        object["metadata"].text("name"),
    );
    if uid.is_empty() {
        out.required(&METADATA.child("uid"), "");
    }
    let expected = json!({
        "controller-uid": uid,
        "job-name": name,
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
    });
    let template = SPEC.child("template");
    let metadata = template.child("metadata");
    let path = metadata.child("labels");
    let labels = &spec["template"]["metadata"]["labels"];
    for (key, value) in [
        ("controller-uid", uid),
        ("job-name", name),
        ("batch.kubernetes.io/controller-uid", uid),
        ("batch.kubernetes.io/job-name", name),
    ] {
        let reason = format!("must be '{value}'");
        match labels.opt_text(key) {
            None => out.required(&path.key(key), &reason),
            Some(actual) if actual != value => {
                out.invalid(&path.key(key), labels.clone(), reason);
            }
            Some(_) => {}
        }
    }
    if !selects(&spec["selector"], &expected) {
        out.invalid(
            &SPEC.child("selector"),
            spec["selector"].clone(),
            "`selector` not auto-generated",
        );
    }
}

/// `ValidateJobSpec`.
fn whole_spec(spec: &Value, out: &mut Errors) {
    job_spec(spec, &SPEC, out);
    if spec.has("selector") {
        label_selector(&spec["selector"], &SPEC.child("selector"), out);
    } else {
        out.required(&SPEC.child("selector"), "");
    }
    let labels = &spec["template"]["metadata"]["labels"];
    // What is not there selects nothing.
    if !spec.has("selector") || !selects(&spec["selector"], labels) {
        let template = SPEC.child("template");
        let metadata = template.child("metadata");
        out.invalid(
            &metadata.child("labels"),
            labels.clone(),
            "`selector` does not match template `labels`",
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
    if spec.has("maxFailedIndexes") && !spec.has("backoffLimitPerIndex") {
        out.required(
            &path.child("backoffLimitPerIndex"),
            "when maxFailedIndexes is specified",
        );
    }
    if let Some(controller) = spec.opt_text("managedBy") {
        let at = path.child("managedBy");
        domain_prefixed_path(controller, &at, out);
        if controller.len() > MANAGED_BY_MAX {
            out.too_long(&at, MANAGED_BY_MAX);
        }
    }
    if let Some(mode) = spec.opt_text("completionMode") {
        let at = path.child("completionMode");
        out.one_of(&at, mode, &["NonIndexed", "Indexed"]);
    }
    indexes(spec, path, out);
    job_policy::failure(spec, &path.child("podFailurePolicy"), out);
    job_policy::success(spec, &path.child("successPolicy"), out);
    if let Some(policy) = spec.opt_text("podReplacementPolicy") {
        let allowed: &[&str] = if spec.has("podFailurePolicy") {
            &["Failed"]
        } else {
            &["Failed", "TerminatingOrFailed"]
        };
        out.one_of(&path.child("podReplacementPolicy"), policy, allowed);
    }
    pod::template(&spec["template"], &path.child("template"), out);
    restart_policy(spec, path, out);
}

/// The pods of a job end, so that they cannot be restarted always.
fn restart_policy(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let template = path.child("template");
    let pod = template.child("spec");
    let path = pod.child("restartPolicy");
    match spec["template"]["spec"].text("restartPolicy") {
        "" | "Always" => {
            let reason = format!("valid values: {}, {}", quote("OnFailure"), quote("Never"));
            out.required(&path, &reason);
        }
        "Never" => {}
        "OnFailure" if !spec.has("podFailurePolicy") => {}
        "OnFailure" => out.invalid(
            &path,
            "OnFailure",
            "only \"Never\" is supported when podFailurePolicy is specified",
        ),
        other => out.not_supported(&path, other, &["OnFailure", "Never"]),
    }
}

/// What an indexed job must have, and what no other can.
fn indexes(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let failed = spec.opt_int("maxFailedIndexes");
    let failed_path = path.child("maxFailedIndexes");
    let mode = spec.opt_text("completionMode").unwrap_or("NonIndexed");
    if mode != "Indexed" {
        for field in ["backoffLimitPerIndex", "maxFailedIndexes"] {
            if spec.has(field) && mode == "NonIndexed" {
                let value = spec[field].clone();
                out.invalid(
                    &path.child(field),
                    value,
                    "requires indexed completion mode",
                );
            }
        }
        return;
    }
    let completions = spec.opt_int("completions");
    let parallelism = spec.int("parallelism");
    if completions.is_none() {
        out.required(
            &path.child("completions"),
            "when completion mode is Indexed",
        );
    }
    if parallelism > INDEXED_MAX {
        let reason =
            format!("must be less than or equal to {INDEXED_MAX} when completion mode is Indexed");
        out.invalid(&path.child("parallelism"), parallelism, reason);
    }
    let too_many = |limit: i64| failed.filter(|failed| *failed > limit);
    if let Some(failed) = completions.and_then(too_many) {
        let reason = "must be less than or equal to completions";
        out.invalid(&failed_path, failed, reason);
    }
    if let Some(failed) = too_many(INDEXED_MAX) {
        let reason = format!("must be less than or equal to {INDEXED_MAX}");
        out.invalid(&failed_path, failed, reason);
    }
    if completions.unwrap_or_default() <= INDEXED_MAX || !spec.has("backoffLimitPerIndex") {
        return;
    }
    if failed.is_none() {
        let reason = format!("must be specified when completions is above {INDEXED_MAX}");
        out.required(&failed_path, &reason);
    }
    let reason = format!(
        "must be less than or equal to {MANY_INDEXES_MAX} when completions are above {INDEXED_MAX} and used with backoff limit per index"
    );
    if parallelism > MANY_INDEXES_MAX {
        out.invalid(&path.child("parallelism"), parallelism, reason.clone());
    }
    if let Some(failed) = too_many(MANY_INDEXES_MAX) {
        out.invalid(&failed_path, failed, reason);
    }
}

/// `ValidateJobUpdate`.
pub(super) fn update_job(new: &Value, old: &Value, out: &mut Errors) {
    metadata::create(new, true, dns_subdomain, out);
    job(new, out);
    metadata::update(new, old, out);
    whole_spec(&new["spec"], out);
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
    if new.text("completionMode") != "Indexed" {
        out.immutable(&path, &new["completions"], &old["completions"]);
    } else if new.has("completions") && new["completions"] != new["parallelism"] {
        let reason = "can only be modified in tandem with spec.parallelism";
        out.invalid(&path, new["completions"].clone(), reason);
    }
}

/// The template of a job that is suspended, and of which no pod runs, may still say more about where it runs, and with
/// what (KEP-2926, KEP-5440).
fn template(new: &Value, old: &Value, out: &mut Errors) {
    const SCHEDULING: [&str; 3] = ["nodeSelector", "tolerations", "schedulingGates"];
    let mut munged = new["spec"]["template"].clone();
    let before = &old["spec"]["template"];
    if is_idle(old) {
        for field in SCHEDULING {
            munged["spec"][field] = before["spec"][field].clone();
        }
        let affinity = &before["spec"]["affinity"]["nodeAffinity"];
        if munged["spec"]["affinity"].is_object() || !affinity.is_null() {
            munged["spec"]["affinity"]["nodeAffinity"] = affinity.clone();
        }
        for field in ["labels", "annotations"] {
            munged["metadata"][field] = before["metadata"][field].clone();
        }
        for list in ["containers", "initContainers"] {
            let containers = munged["spec"].get_mut(list).and_then(Value::as_array_mut);
            let old = before["spec"].list(list);
            for (container, old) in containers.into_iter().flatten().zip(old) {
                container["resources"] = old["resources"].clone();
            }
        }
    }
    if !same(&munged, before) {
        let value = new["spec"]["template"].clone();
        out.invalid(&SPEC.child("template"), value, super::errors::IS_IMMUTABLE);
    }
}

/// Whether a job is suspended and has no pods: it has not started, or they have all gone.
fn is_idle(job: &Value) -> bool {
    let status = &job["status"];
    let stopped = status.list("conditions").iter().any(|condition| {
        condition.text("type") == "Suspended" && condition.text("status") == "True"
    });
    let idle = !status.has("startTime") || (stopped && status.int("active") == 0);
    job["spec"].flag("suspend") && idle
}

/// `ValidateCronJobCreate`, less the metadata.
pub(super) fn cron_job(object: &Value, out: &mut Errors) {
    cron_job_spec(&object["spec"], None, out);
    let name = object["metadata"].text("name");
    if name.len() > CRON_NAME_MAX {
        out.invalid(
            &METADATA.child("name"),
            name,
            format!("must be no more than {CRON_NAME_MAX} characters"),
        );
    }
}

pub(super) fn update_cron_job(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    cron_job_spec(&new["spec"], Some(&old["spec"]), out);
}

/// `validateScheduleFormat`: a zone stands in the schedule only where it stood before there was a field for it.
fn schedule(spec: &Value, old: Option<&Value>, out: &mut Errors) {
    let (schedule, path) = (spec.text("schedule"), SPEC.child("schedule"));
    if schedule.is_empty() {
        return out.required(&path, "");
    }
    if let Err(reason) = cron::check(schedule) {
        out.invalid(&path, schedule, reason);
    }
    if !schedule.contains("TZ") {
        return;
    }
    let had = old.is_some_and(|old| old.text("schedule").contains("TZ"));
    if had && spec.has("timeZone") {
        let reason = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
        out.invalid(&path, schedule, reason);
    } else if !had {
        let reason = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        out.invalid(&path, schedule, reason);
    }
}

fn cron_job_spec(spec: &Value, old: Option<&Value>, out: &mut Errors) {
    schedule(spec, old, out);
    out.non_negative(
        &SPEC.child("startingDeadlineSeconds"),
        spec.int("startingDeadlineSeconds"),
    );
    let kept = old.is_some_and(|old| old["timeZone"] == spec["timeZone"]);
    if let Some(zone) = spec.opt_text("timeZone").filter(|_| !kept) {
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

/// `validateTimeZone`.
fn time_zone(zone: &str, path: &Path<'_>, out: &mut Errors) {
    if zone.is_empty() {
        return out.invalid(path, zone, "timeZone must be nil or non-empty string");
    }
    if zone.eq_ignore_ascii_case("local") {
        let reason =
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        out.invalid(path, zone, reason);
    }
    if zone != "Local" && !cron::is_zone(zone) {
        out.invalid(path, zone, format!("unknown time zone {zone}"));
    }
}

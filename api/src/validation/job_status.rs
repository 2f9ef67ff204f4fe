//! The status of a job: `ValidateJobStatusUpdate`, with the options that the strategy of its status gives it. A rule
//! that looks at fields holds only where one of them changes, so that a status with an old fault can still be mended.

use std::cmp::Ordering;

use serde_json::Value;

use super::errors::{Errors, go_struct, same};
use super::job_policy::{count_indexes, interval_of};
use super::metadata;
use super::path::Path;
use crate::walk::Walk;

const STATUS: Path<'static> = Path::new("status");

/// Conditions that stay once they are true.
const LASTING: [&str; 3] = ["Failed", "Complete", "FailureTarget"];

/// `ValidateJobUpdateStatus`.
pub(super) fn job_status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let change = Change {
        spec: &new["spec"],
        new: &new["status"],
        old: &old["status"],
    };
    change.counts(out);
    change.uncounted(out);
    change.conditions(out);
    change.times(out);
    change.finished(out);
    change.indexes(out);
    change.success(out);
    change.transitions(out);
}

struct Change<'a> {
    spec: &'a Value,
    new: &'a Value,
    old: &'a Value,
}

fn is_true(status: &Value, kind: &str) -> bool {
    status
        .list("conditions")
        .iter()
        .any(|condition| condition.text("type") == kind && condition.text("status") == "True")
}

fn is_finished(status: &Value) -> bool {
    is_true(status, "Complete") || is_true(status, "Failed")
}

/// A time; both are written in one form, in which the order of texts is that of times.
fn time<'a>(status: &'a Value, field: &str) -> Option<&'a str> {
    status.opt_text(field)
}

fn refuse_conditions(detail: &str, out: &mut Errors) {
    out.invalid_without_value(&STATUS.child("conditions"), detail);
}

impl Change<'_> {
    /// Whether one of these fields changes.
    fn of(&self, fields: &[&str]) -> bool {
        fields
            .iter()
            .any(|field| !same(&self.new[*field], &self.old[*field]))
    }

    /// Whether one of these conditions begins or ends to be true.
    fn of_conditions(&self, kinds: &[&str]) -> bool {
        kinds
            .iter()
            .any(|kind| is_true(self.new, kind) != is_true(self.old, kind))
    }

    fn of_finish(&self) -> bool {
        is_finished(self.new) != is_finished(self.old)
    }

    fn counts(&self, out: &mut Errors) {
        for field in ["active", "succeeded", "failed", "ready", "terminating"] {
            out.non_negative(&STATUS.child(field), self.new.int(field));
        }
    }

    fn uncounted(&self, out: &mut Errors) {
        let pods = &self.new["uncountedTerminatedPods"];
        let path = STATUS.child("uncountedTerminatedPods");
        let mut seen = Vec::new();
        for list in ["succeeded", "failed"] {
            let path = path.child(list);
            for (index, uid) in metadata::texts(pods, list).enumerate() {
                let path = path.index(index);
                if uid.is_empty() {
                    out.invalid(&path, uid, "must not be empty");
                } else if seen.contains(&uid) {
                    out.duplicate(&path, uid);
                } else {
                    seen.push(uid);
                }
            }
        }
    }

    /// Conditions that exclude each other.
    fn conditions(&self, out: &mut Errors) {
        if !is_true(self.new, "Complete") {
            return;
        }
        for (other, told) in [
            ("Failed", "Failed=true"),
            ("FailureTarget", "FailureTarget=true"),
        ] {
            if self.of_conditions(&["Complete", other]) && is_true(self.new, other) {
                refuse_conditions(
                    &format!("cannot set Complete=True and {told} conditions"),
                    out,
                );
            }
        }
    }

    /// A job has a time of completion exactly if it is complete, and not before its start.
    fn times(&self, out: &mut Errors) {
        let path = STATUS.child("completionTime");
        let (start, end) = (
            time(self.new, "startTime"),
            time(self.new, "completionTime"),
        );
        let complete = is_true(self.new, "Complete");
        if self.of_conditions(&["Complete"]) || self.of(&["completionTime"]) {
            match end {
                Some(end) if !complete => out.invalid(
                    &path,
                    end,
                    "cannot set completionTime when there is no Complete=True condition",
                ),
                None if complete => {
                    out.required(&path, "completionTime is required for Complete jobs");
                }
                _ => {}
            }
        }
        if let (Some(start), Some(end)) = (start, end)
            && end < start
            && self.of(&["startTime", "completionTime"])
        {
            out.invalid(&path, end, "completionTime cannot be set before startTime");
        }
    }

    /// What a job that has ended must have come to.
    fn finished(&self, out: &mut Errors) {
        for (end, before) in [
            ("Failed", ("FailureTarget", "FailureTarget=true")),
            (
                "Complete",
                ("SuccessCriteriaMet", "SuccessCriteriaMet=true"),
            ),
        ] {
            let (cause, told) = before;
            if self.of_conditions(&[end, cause])
                && is_true(self.new, end)
                && !is_true(self.new, cause)
            {
                let detail =
                    format!("cannot set {end}=True condition without the {told} condition");
                refuse_conditions(&detail, out);
            }
        }
        if !is_finished(self.new) {
            return self.ready(out);
        }
        let active = self.new.int("active");
        if (self.of_finish() || self.of(&["active"])) && active > 0 {
            let reason = "active>0 is invalid for finished job";
            out.invalid(&STATUS.child("active"), active, reason);
        }
        if (self.of_finish() || self.of(&["startTime"])) && time(self.new, "startTime").is_none() {
            let reason = "startTime is required for finished job";
            out.required(&STATUS.child("startTime"), reason);
        }
        let uncounted = &self.new["uncountedTerminatedPods"];
        if (self.of_finish() || self.of(&["uncountedTerminatedPods"]))
            && uncounted.count("failed") + uncounted.count("succeeded") > 0
        {
            let shown = go_struct(
                uncounted,
                &[("Succeeded", "succeeded"), ("Failed", "failed")],
            );
            let reason = "uncountedTerminatedPods needs to be empty for finished job";
            out.invalid(&STATUS.child("uncountedTerminatedPods"), shown, reason);
        }
        let terminating = self.new.int("terminating");
        if (self.of_finish() || self.of(&["terminating"])) && terminating > 0 {
            let reason = "terminating>0 is invalid for finished job";
            out.invalid(&STATUS.child("terminating"), terminating, reason);
        }
        self.ready(out);
    }

    fn ready(&self, out: &mut Errors) {
        let ready = self.new.int("ready");
        if self.of(&["ready", "active"]) && ready > self.new.int("active") {
            let reason = "cannot set more ready pods than active";
            out.invalid(&STATUS.child("ready"), ready, reason);
        }
    }

    fn indexes(&self, out: &mut Errors) {
        let (completed, failed) = (
            self.new.text("completedIndexes"),
            self.new.opt_text("failedIndexes"),
        );
        let (completed_path, failed_path) = (
            STATUS.child("completedIndexes"),
            STATUS.child("failedIndexes"),
        );
        let completions = self.spec.opt_int("completions");
        let per_index = self.spec.has("backoffLimitPerIndex");
        let (completed_changes, failed_changes) =
            (self.of(&["completedIndexes"]), self.of(&["failedIndexes"]));
        if let Some(completions) = completions {
            if completed_changes && let Err(reason) = count_indexes(completed, completions) {
                let reason = format!("error parsing completedIndexes: {reason}");
                out.invalid(&completed_path, completed, reason);
            }
            if let Some(failed) = failed.filter(|_| failed_changes && per_index)
                && let Err(reason) = count_indexes(failed, completions)
            {
                let reason = format!("error parsing failedIndexes: {reason}");
                out.invalid(&failed_path, failed, reason);
            }
        }
        if completed_changes
            && !completed.is_empty()
            && self.spec.text("completionMode") != "Indexed"
        {
            let reason = "cannot set non-empty completedIndexes when non-indexed completion mode";
            out.invalid(&completed_path, completed, reason);
        }
        let Some(failed) = failed else { return };
        if failed_changes && !per_index {
            let reason = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
            out.invalid(&failed_path, failed, reason);
        }
        if let Some(completions) = completions
            && (failed_changes || completed_changes)
            && let Some(index) = overlap(completed, failed, completions)
        {
            let reason = format!("failedIndexes and completedIndexes overlap at index: {index}");
            out.invalid(&failed_path, failed, reason);
        }
    }

    fn success(&self, out: &mut Errors) {
        let met = is_true(self.new, "SuccessCriteriaMet");
        for (other, told) in [
            ("Failed", "Failed=true"),
            ("FailureTarget", "FailureTarget=true"),
        ] {
            if met && is_true(self.new, other) {
                let detail = format!("cannot set SuccessCriteriaMet=True and {told} conditions");
                refuse_conditions(&detail, out);
            }
        }
        if self.spec.has("successPolicy") && !met && is_true(self.new, "Complete") {
            let detail = "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True";
            refuse_conditions(detail, out);
        }
    }

    /// What was once so stays so.
    fn transitions(&self, out: &mut Errors) {
        for kind in LASTING {
            if is_true(self.old, kind) && !is_true(self.new, kind) {
                let detail = format!("cannot disable the terminal {kind}=True condition");
                refuse_conditions(&detail, out);
            }
        }
        // An indexed job with as many pods as indexes can be made smaller, and then has fewer that succeeded.
        let elastic = self.spec.text("completionMode") == "Indexed"
            && self.spec["completions"] == self.spec["parallelism"];
        for (field, may_shrink) in [("failed", false), ("succeeded", elastic)] {
            let count = self.new.int(field);
            if !may_shrink && count < self.old.int(field) {
                let reason = format!("cannot decrease the {field} counter");
                out.invalid(&STATUS.child(field), count, reason);
            }
        }
        let both = (
            time(self.new, "completionTime"),
            time(self.old, "completionTime"),
        );
        if let (Some(after), Some(before)) = both
            && after != before
        {
            let path = STATUS.child("completionTime");
            out.invalid(&path, after, "completionTime cannot be mutated");
        }
        if time(self.old, "startTime").is_some()
            && self.of(&["startTime"])
            && !self.spec.flag("suspend")
        {
            let reason = "startTime cannot be removed for unsuspended job";
            out.required(&STATUS.child("startTime"), reason);
        }
        let (before, after) = (
            is_true(self.old, "SuccessCriteriaMet"),
            is_true(self.new, "SuccessCriteriaMet"),
        );
        if before && !after {
            refuse_conditions("cannot disable the SuccessCriteriaMet=True condition", out);
        }
        if is_true(self.old, "Complete") && !before && after {
            let detail =
                "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions";
            refuse_conditions(detail, out);
        }
    }
}

/// The first index that both lists have; intervals that cannot be read are told of elsewhere.
fn overlap(one: &str, other: &str, completions: i64) -> Option<i64> {
    let intervals = |text: &str| -> Vec<(i64, i64)> {
        text.split(',')
            .filter_map(|interval| interval_of(interval, completions).ok())
            .collect()
    };
    let (one, other) = (intervals(one), intervals(other));
    let (mut left, mut right) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        if a.0 <= b.1 && b.0 <= a.1 {
            return Some(a.0.max(b.0));
        }
        match a.0.cmp(&b.0) {
            Ordering::Less | Ordering::Equal => left.next(),
            Ordering::Greater => right.next(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::validation::tests::{row, texts, valid_object};
    use crate::validation::update_status;

    fn conditions(kinds: &[&str]) -> Value {
        kinds
            .iter()
            .map(|kind| json!({"type": kind, "status": "True"}))
            .collect()
    }

    /// What is said of a change from one status to another, of a job with this spec besides.
    fn told(spec: Value, old: Value, new: Value) -> Vec<String> {
        let mut before = valid_object("batch", "Job");
        for (field, value) in spec.as_object().expect("fields") {
            before["spec"][field.as_str()] = value.clone();
        }
        let mut after = before.clone();
        before["status"] = old;
        after["status"] = new;
        texts(&update_status(row("batch", "Job"), &after, &before))
    }

    #[test]
    fn a_job_completes_in_order() {
        let indexed =
            json!({"completionMode": "Indexed", "completions": 4, "backoffLimitPerIndex": 1});
        let started = json!({"startTime": "2024-01-01T00:00:00Z", "active": 1, "ready": 1});
        let done = json!({"startTime": "2024-01-01T00:00:00Z", "completionTime": "2024-01-01T00:01:00Z",
            "succeeded": 3, "completedIndexes": "0-2", "failedIndexes": "3", "failed": 1,
            "conditions": conditions(&["SuccessCriteriaMet", "Complete"])});
        assert_eq!(told(indexed.clone(), json!({}), started.clone()), [""; 0]);
        assert_eq!(told(indexed.clone(), started, done.clone()), [""; 0]);
        assert_eq!(told(indexed, done.clone(), done), [""; 0]);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let time = "2024-01-01T00:00:00Z";
        let complete = conditions(&["SuccessCriteriaMet", "Complete"]);
        let cases = [
            (
                json!({"uncountedTerminatedPods": {"succeeded": ["a", ""], "failed": ["a"]}}),
                vec![
                    "status.uncountedTerminatedPods.succeeded[1]: Invalid value: \"\": must not be empty",
                    "status.uncountedTerminatedPods.failed[0]: Duplicate value: \"a\"",
                ],
            ),
            (
                json!({"completionTime": time}),
                vec![
                    "status.completionTime: Invalid value: \"2024-01-01T00:00:00Z\": cannot set completionTime when there is no Complete=True condition",
                ],
            ),
            (
                json!({"startTime": time, "conditions": complete}),
                vec![
                    "status.completionTime: Required value: completionTime is required for Complete jobs",
                ],
            ),
            (
                json!({"startTime": time, "completionTime": "2023-01-01T00:00:00Z", "conditions": complete}),
                vec![
                    "status.completionTime: Invalid value: \"2023-01-01T00:00:00Z\": completionTime cannot be set before startTime",
                ],
            ),
            (
                json!({"startTime": time, "conditions": conditions(&["Failed"])}),
                vec![
                    "status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition",
                ],
            ),
            (
                json!({"active": 1, "terminating": 1, "uncountedTerminatedPods": {"failed": ["u"]},
                    "conditions": conditions(&["FailureTarget", "Failed"])}),
                vec![
                    "status.active: Invalid value: 1: active>0 is invalid for finished job",
                    "status.startTime: Required value: startTime is required for finished job",
                    "status.uncountedTerminatedPods: Invalid value: {\"Succeeded\":null,\"Failed\":[\"u\"]}: uncountedTerminatedPods needs to be empty for finished job",
                    "status.terminating: Invalid value: 1: terminating>0 is invalid for finished job",
                ],
            ),
            (
                json!({"ready": 2, "active": 1}),
                vec!["status.ready: Invalid value: 2: cannot set more ready pods than active"],
            ),
            (
                json!({"completedIndexes": "0", "failedIndexes": "1"}),
                vec![
                    "status.completedIndexes: Invalid value: \"0\": cannot set non-empty completedIndexes when non-indexed completion mode",
                    "status.failedIndexes: Invalid value: \"1\": cannot set non-null failedIndexes when backoffLimitPerIndex is null",
                ],
            ),
            (
                json!({"conditions": conditions(&["SuccessCriteriaMet", "FailureTarget"])}),
                vec![
                    "status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
                ],
            ),
        ];
        for (status, expected) in cases {
            let spec = json!({"completions": 2});
            assert_eq!(told(spec, json!({}), status.clone()), expected, "{status}");
        }
        let indexed =
            json!({"completionMode": "Indexed", "completions": 3, "backoffLimitPerIndex": 1});
        assert_eq!(
            told(
                indexed,
                json!({}),
                json!({"completedIndexes": "0-1,5", "failedIndexes": "1"})
            ),
            [
                "status.completedIndexes: Invalid value: \"0-1,5\": error parsing completedIndexes: too large index: \"5\"",
                "status.failedIndexes: Invalid value: \"1\": failedIndexes and completedIndexes overlap at index: 1",
            ]
        );
    }

    #[test]
    fn what_has_ended_stays_so() {
        let old = json!({"startTime": "2024-01-01T00:00:00Z", "completionTime": "2024-01-01T00:01:00Z", "failed": 1,
            "succeeded": 2, "conditions": conditions(&["SuccessCriteriaMet", "Complete"])});
        let new = json!({"startTime": "2024-01-01T00:00:30Z", "completionTime": "2024-01-01T00:02:00Z",
            "conditions": conditions(&["Complete"])});
        assert_eq!(
            told(json!({}), old, new),
            [
                "status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
                "status.failed: Invalid value: 0: cannot decrease the failed counter",
                "status.succeeded: Invalid value: 0: cannot decrease the succeeded counter",
                "status.completionTime: Invalid value: \"2024-01-01T00:02:00Z\": completionTime cannot be mutated",
                "status.startTime: Required value: startTime cannot be removed for unsuspended job",
                "status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition",
            ]
        );
        assert_eq!(
            told(
                json!({}),
                json!({"conditions": conditions(&["FailureTarget"])}),
                json!({})
            ),
            [
                "status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition"
            ]
        );
    }
}

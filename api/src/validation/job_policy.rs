//! When a job fails early, and when it succeeds early.

use serde_json::Value;

use super::errors::Errors;
use super::names::is_qualified_name;
use super::path::Path;
use crate::quote::quote;
use crate::walk::Walk;

/// The most rules of a policy, and the most patterns of a rule.
const RULES_MAX: usize = 20;

/// The most exit codes of a rule.
const CODES_MAX: usize = 255;

/// The longest list of indexes, in bytes.
const INDEXES_MAX: usize = 64 * 1024;

const ACTIONS: [&str; 4] = ["Count", "FailIndex", "FailJob", "Ignore"];

/// `validatePodFailurePolicy`.
pub(super) fn failure(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let rules = path.child("rules");
    let list = spec["podFailurePolicy"].list("rules");
    if list.len() > RULES_MAX {
        out.too_many(&rules, list.len(), RULES_MAX);
    }
    for (index, rule) in list.iter().enumerate() {
        failure_rule(rule, spec, &rules.index(index), out);
    }
}

fn failure_rule(rule: &Value, spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let action = rule.text("action");
    let at = path.child("action");
    if action == "FailIndex" {
        if !spec.has("backoffLimitPerIndex") {
            let reason = "requires the backoffLimitPerIndex to be set";
            out.invalid(&at, action, reason);
        }
    } else {
        listed(action, &ACTIONS, &at, out);
    }
    let (codes, conditions) = (rule.has("onExitCodes"), rule.list("onPodConditions"));
    if codes {
        exit_codes(&rule["onExitCodes"], spec, &path.child("onExitCodes"), out);
    }
    let patterns = path.child("onPodConditions");
    if conditions.len() > RULES_MAX {
        out.too_many(&patterns, conditions.len(), RULES_MAX);
    }
    for (index, pattern) in conditions.iter().enumerate() {
        let path = patterns.index(index);
        let kind = pattern.text("type");
        out.invalid_each(&path.child("type"), kind, is_qualified_name(kind));
        let status = pattern.text("status");
        listed(
            status,
            &["False", "True", "Unknown"],
            &path.child("status"),
            out,
        );
    }
    if codes && !conditions.is_empty() {
        let reason = "specifying both OnExitCodes and OnPodConditions is not supported";
        out.invalid_without_value(path, reason);
    }
    if !codes && conditions.is_empty() {
        let reason = "specifying one of OnExitCodes and OnPodConditions is required";
        out.invalid_without_value(path, reason);
    }
}

/// A text that must be there and be one of an enumeration, which is told if it is not there.
fn listed(value: &str, allowed: &[&str], path: &Path<'_>, out: &mut Errors) {
    if value.is_empty() {
        let quoted: Vec<String> = allowed.iter().map(|value| quote(value)).collect();
        out.required(path, &format!("valid values: [{}]", quoted.join(" ")));
    } else {
        out.one_of(path, value, allowed);
    }
}

fn exit_codes(codes: &Value, spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let operator = codes.text("operator");
    listed(operator, &["In", "NotIn"], &path.child("operator"), out);
    if let Some(name) = codes.opt_text("containerName") {
        let pod = &spec["template"]["spec"];
        let (regular, init) = (pod.list("containers"), pod.list("initContainers"));
        let mut containers = regular.iter().chain(init);
        if !containers.any(|container| container.text("name") == name) {
            let reason = "must be one of the container or initContainer names in the pod template";
            out.invalid(&path.child("containerName"), name, reason);
        }
    }
    let values = path.child("values");
    let list = codes.list("values");
    if list.is_empty() {
        let reason = "at least one value is required";
        out.invalid(&values, codes["values"].clone(), reason);
    } else if list.len() > CODES_MAX {
        out.too_many(&values, list.len(), CODES_MAX);
    }
    for (index, value) in list.iter().enumerate() {
        if operator == "In" && *value == 0 {
            out.invalid(&values.index(index), 0, "must not be 0 for the In operator");
        }
        if list[..index].contains(value) {
            out.duplicate(&values.index(index), value.clone());
        }
    }
    if !list.is_sorted_by_key(|value| value.as_i64()) {
        out.invalid(&values, codes["values"].clone(), "must be ordered");
    }
}

/// `validateSuccessPolicy`.
pub(super) fn success(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    if !spec.has("successPolicy") {
        return;
    }
    let policy = &spec["successPolicy"];
    if spec.text("completionMode") != "Indexed" {
        return out.invalid(path, policy.clone(), "requires indexed completion mode");
    }
    let rules = path.child("rules");
    let list = policy.list("rules");
    if list.is_empty() {
        let reason = "at least one rules must be specified when the successPolicy is specified";
        out.required(&rules, reason);
    }
    if list.len() > RULES_MAX {
        out.too_many(&rules, list.len(), RULES_MAX);
    }
    for (index, rule) in list.iter().enumerate() {
        success_rule(rule, spec.int("completions"), &rules.index(index), out);
    }
}

fn success_rule(rule: &Value, completions: i64, path: &Path<'_>, out: &mut Errors) {
    let (indexes, count) = (
        rule.opt_text("succeededIndexes"),
        rule.opt_int("succeededCount"),
    );
    if indexes.is_none() && count.is_none() {
        let reason = "at least one of succeededCount or succeededIndexes must be specified";
        out.required(path, reason);
    }
    let mut total = 0;
    if let Some(text) = indexes {
        let at = path.child("succeededIndexes");
        if text.len() > INDEXES_MAX {
            out.too_long(&at, INDEXES_MAX);
        }
        match count_indexes(text, completions) {
            Ok(found) => total = found,
            Err(reason) => {
                out.invalid(
                    &at,
                    text,
                    format!("error parsing succeededIndexes: {reason}"),
                );
            }
        }
    }
    let Some(count) = count else { return };
    let at = path.child("succeededCount");
    out.non_negative(&at, count);
    if count > completions {
        let reason = format!(
            "must be less than or equal to {completions} (the number of specified completions)"
        );
        out.invalid(&at, count, reason);
    }
    if indexes.is_some() && count > total {
        let reason = format!(
            "must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"
        );
        out.invalid(&at, count, reason);
    }
}

/// How many indexes a list such as `0,2-4` has.
pub(super) fn count_indexes(text: &str, completions: i64) -> Result<i64, String> {
    let mut total = 0;
    let mut last = None;
    for interval in text.split(',').filter(|_| !text.is_empty()) {
        let (from, to) = interval_of(interval, completions)?;
        if let Some(last) = last.filter(|last| *last >= from) {
            return Err(format!(
                "non-increasing order, previous: {last}, current: {from}"
            ));
        }
        total += to - from + 1;
        last = Some(to);
    }
    Ok(total)
}

pub(super) fn interval_of(text: &str, completions: i64) -> Result<(i64, i64), String> {
    let limits: Vec<&str> = text.split('-').collect();
    if limits.len() > 2 {
        return Err(format!(
            "the fragment {} violates the requirement that an index interval can have at most two parts separated by '-'",
            quote(text)
        ));
    }
    let number = |text: &str| {
        text.parse::<i64>().map_err(|_| {
            format!(
                "cannot convert string to integer for index: {}",
                quote(text)
            )
        })
    };
    let from = number(limits[0])?;
    if from >= completions {
        return Err(format!("too large index: {}", quote(limits[0])));
    }
    let Some(end) = limits.get(1) else {
        return Ok((from, from));
    };
    let to = number(end)?;
    if to >= completions {
        return Err(format!("too large index: {}", quote(end)));
    }
    if from >= to {
        return Err(format!(
            "non-increasing order, previous: {from}, current: {to}"
        ));
    }
    Ok((from, to))
}

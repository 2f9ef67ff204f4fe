//! API priority and fairness.

use std::collections::BTreeSet;

use serde_json::Value;

use super::errors::Errors;
use super::metadata;
use super::names::is_dns1123_subdomain;
use super::path::Path;
use super::pod::SPEC;
use crate::walk::Walk;

/// The lowest precedence that a flow schema can have.
const PRECEDENCE_MAX: i64 = 10_000;

const QUEUES_MAX: i64 = 10_000_000;

/// The schemas and levels that the server makes sure of.
const EXEMPT: &str = "exempt";
const CATCH_ALL: &str = "catch-all";

/// `ValidateFlowSchema`.
pub(super) fn flow_schema(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    let precedence = spec.int("matchingPrecedence");
    let path = SPEC.child("matchingPrecedence");
    if precedence <= 0 {
        out.invalid(&path, precedence, "must be a positive value");
    }
    if precedence > PRECEDENCE_MAX {
        out.invalid(
            &path,
            precedence,
            format!("must not be greater than {PRECEDENCE_MAX}"),
        );
    }
    if precedence == 1 && object["metadata"].text("name") != EXEMPT {
        out.invalid(
            &path,
            precedence,
            "only the schema named 'exempt' may have matchingPrecedence 1",
        );
    }
    if spec.has("distinguisherMethod") {
        let path = SPEC.child("distinguisherMethod");
        let type_ = spec["distinguisherMethod"].text("type");
        out.required_one_of(&path.child("type"), type_, &["ByNamespace", "ByUser"]);
    }
    let level = spec["priorityLevelConfiguration"].text("name");
    let path = SPEC.child("priorityLevelConfiguration");
    if level.is_empty() {
        out.required(&path.child("name"), "must reference a priority level");
    } else {
        out.invalid_each(&path.child("name"), level, is_dns1123_subdomain(level));
    }
    let rules = SPEC.child("rules");
    for (index, rule) in spec.list("rules").iter().enumerate() {
        flow_rule(rule, &rules.index(index), out);
    }
}

fn flow_rule(rule: &Value, path: &Path<'_>, out: &mut Errors) {
    let subjects = path.child("subjects");
    if rule.count("subjects") == 0 {
        out.required(&subjects, "subjects must contain at least one value");
    }
    for (index, subject) in rule.list("subjects").iter().enumerate() {
        let path = subjects.index(index);
        let field = match subject.text("kind") {
            "User" => "user",
            "Group" => "group",
            "ServiceAccount" => "serviceAccount",
            other => {
                out.not_supported(
                    &path.child("kind"),
                    other,
                    &["Group", "ServiceAccount", "User"],
                );
                continue;
            }
        };
        if subject[field].text("name").is_empty() {
            let path = path.child(field);
            out.required(&path.child("name"), "");
        }
        if field == "serviceAccount" && subject[field].text("namespace").is_empty() {
            let path = path.child(field);
            out.required(
                &path.child("namespace"),
                "must specify namespace for service account",
            );
        }
    }
    if rule.count("resourceRules") + rule.count("nonResourceRules") == 0 {
        out.required(
            path,
            "at least one of resourceRules and nonResourceRules has to be non-empty",
        );
    }
    for (list, fields) in [
        ("resourceRules", &["verbs", "apiGroups", "resources"][..]),
        ("nonResourceRules", &["verbs", "nonResourceURLs"]),
    ] {
        let path = path.child(list);
        for (index, entry) in rule.list(list).iter().enumerate() {
            let path = path.index(index);
            for field in fields.iter().filter(|field| entry.count(field) == 0) {
                let reason = match *field {
                    "verbs" => "verbs must contain at least one value",
                    "apiGroups" => "resource rules must supply at least one api group",
                    "resources" => "resource rules must supply at least one resource",
                    _ => "nonResourceURLs must contain at least one value",
                };
                out.required(&path.child(field), reason);
            }
        }
    }
}

/// `ValidatePriorityLevelConfiguration`.
pub(super) fn priority_level(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    let name = object["metadata"].text("name");
    let type_ = spec.text("type");
    if (name == EXEMPT) != (type_ == "Exempt") && (name == EXEMPT || type_ == "Exempt") {
        let reason = "type must be 'Exempt' if and only if name is 'exempt'";
        out.invalid(&SPEC.child("type"), type_, reason);
    }
    match type_ {
        "Exempt" => {
            if spec.has("limited") {
                out.forbidden(
                    &SPEC.child("limited"),
                    "must be nil if the type is not Limited",
                );
            }
        }
        "Limited" => {
            if spec.has("exempt") {
                out.forbidden(&SPEC.child("exempt"), "must be nil if the type is Limited");
            }
            if spec.has("limited") {
                limited(&spec["limited"], &SPEC.child("limited"), out);
            } else {
                out.required(
                    &SPEC.child("limited"),
                    "must not be empty when type is Limited",
                );
            }
        }
        other => out.not_supported(&SPEC.child("type"), other, &["Exempt", "Limited"]),
    }
    if name == CATCH_ALL && type_ != "Limited" {
        out.invalid(&SPEC.child("type"), type_, "must be 'Limited'");
    }
}

fn limited(limited: &Value, path: &Path<'_>, out: &mut Errors) {
    let shares = limited.int("nominalConcurrencyShares");
    if shares < 0 {
        let reason = "must be a non-negative integer";
        out.invalid(&path.child("nominalConcurrencyShares"), shares, reason);
    }
    if let Some(percent) = limited
        .opt_int("lendablePercent")
        .filter(|percent| !(0..=100).contains(percent))
    {
        out.invalid(
            &path.child("lendablePercent"),
            percent,
            "must be between 0 and 100, inclusive",
        );
    }
    if let Some(percent) = limited
        .opt_int("borrowingLimitPercent")
        .filter(|percent| *percent < 0)
    {
        let reason = "if specified, must be a non-negative integer";
        out.invalid(&path.child("borrowingLimitPercent"), percent, reason);
    }
    let (response, path) = (&limited["limitResponse"], path.child("limitResponse"));
    let queuing_path = path.child("queuing");
    match response.text("type") {
        "Reject" => {
            if response.has("queuing") {
                out.forbidden(
                    &queuing_path,
                    "must be nil if limited.limitResponse.type is not Limited",
                );
            }
        }
        "Queue" if response.has("queuing") => queuing(&response["queuing"], &queuing_path, out),
        "Queue" => out.required(
            &queuing_path,
            "must not be empty if limited.limitResponse.type is Limited",
        ),
        other => out.not_supported(&path.child("type"), other, &["Queue", "Reject"]),
    }
}

fn queuing(queuing: &Value, path: &Path<'_>, out: &mut Errors) {
    for field in ["queueLengthLimit", "queues", "handSize"] {
        if queuing.int(field) <= 0 {
            out.invalid(&path.child(field), queuing.int(field), "must be positive");
        }
    }
    if queuing.int("queues") > QUEUES_MAX {
        let reason = format!("must not be greater than {QUEUES_MAX}");
        out.invalid(&path.child("queues"), queuing.int("queues"), reason);
    }
    if queuing.int("handSize") > queuing.int("queues") {
        let reason = format!(
            "should not be greater than queues ({})",
            queuing.int("queues")
        );
        out.invalid(&path.child("handSize"), queuing.int("handSize"), reason);
    }
}

/// `ValidateFlowSchemaStatusUpdate` and `ValidatePriorityLevelConfigurationStatusUpdate`.
pub(super) fn status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let path = Path::new("status.conditions");
    let mut seen = BTreeSet::new();
    for (index, condition) in new["status"].list("conditions").iter().enumerate() {
        let (type_, path) = (condition.text("type"), path.index(index));
        let path = path.child("type");
        if !seen.insert(type_) {
            out.duplicate(&path, type_);
        }
        if type_.is_empty() {
            out.required(&path, "must not be empty");
        }
    }
}

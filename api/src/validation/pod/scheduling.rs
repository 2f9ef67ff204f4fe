//! What steers where and when a pod runs: tolerations, gates, topology spread, preemption.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::validation::errors::Errors;
use crate::validation::metadata::{label_name, label_selector, texts};
use crate::validation::names::{is_label_value, is_qualified_name};
use crate::validation::path::Path;
use crate::walk::Walk;

const TAINT_EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// `ValidateTolerations`.
pub(in crate::validation) fn tolerations(tolerations: &[Value], path: &Path<'_>, out: &mut Errors) {
    for (index, toleration) in tolerations.iter().enumerate() {
        let path = path.index(index);
        let (key, operator, value) = (
            toleration.text("key"),
            toleration.text("operator"),
            toleration.text("value"),
        );
        let effect = toleration.text("effect");
        let operator_path = path.child("operator");
        if !key.is_empty() {
            label_name(key, &path.child("key"), out);
        } else if operator != "Exists" {
            out.invalid(
                &operator_path,
                operator,
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
            );
        }
        if toleration.has("tolerationSeconds") && effect != "NoExecute" {
            out.invalid(
                &path.child("effect"),
                effect,
                "effect must be 'NoExecute' when `tolerationSeconds` is set",
            );
        }
        match operator {
            "Equal" | "" => {
                let reasons = is_label_value(value);
                if !reasons.is_empty() {
                    out.invalid(&operator_path, value, reasons.join(";"));
                }
            }
            "Exists" => {
                if !value.is_empty() {
                    out.invalid(
                        &operator_path,
                        value,
                        "value must be empty when `operator` is 'Exists'",
                    );
                }
            }
            other => out.not_supported(&operator_path, other, &["Equal", "Exists"]),
        }
        if !effect.is_empty() {
            taint_effect(effect, &path.child("effect"), out);
        }
    }
}

/// `validateTaintEffect`, for an effect that is there.
pub(in crate::validation) fn taint_effect(effect: &str, path: &Path<'_>, out: &mut Errors) {
    out.one_of(path, effect, &TAINT_EFFECTS);
}

/// `ValidatePreemptionPolicy`.
pub(in crate::validation) fn preemption_policy(policy: &str, path: &Path<'_>, out: &mut Errors) {
    out.required_one_of(path, policy, &["PreemptLowerPriority", "Never"]);
}

pub(super) fn readiness_gates(gates: &[Value], path: &Path<'_>, out: &mut Errors) {
    for (index, gate) in gates.iter().enumerate() {
        let type_ = gate.text("conditionType");
        let path = path.index(index);
        out.invalid_each(
            &path.child("conditionType"),
            type_,
            is_qualified_name(type_),
        );
    }
}

pub(super) fn scheduling_gates(gates: &[Value], path: &Path<'_>, out: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, gate) in gates.iter().enumerate() {
        let name = gate.text("name");
        let path = path.index(index);
        out.invalid_each(&path, name, is_qualified_name(name));
        if !seen.insert(name) {
            out.duplicate(&path, name);
        }
    }
}

/// `validateTopologySpreadConstraints`.
pub(super) fn topology_spread(constraints: &[Value], path: &Path<'_>, out: &mut Errors) {
    for (index, constraint) in constraints.iter().enumerate() {
        let path = path.index(index);
        let (key, action) = (
            constraint.text("topologyKey"),
            constraint.text("whenUnsatisfiable"),
        );
        out.positive(&path.child("maxSkew"), constraint.int("maxSkew"));
        if key.is_empty() {
            out.required(&path.child("topologyKey"), "can not be empty");
        }
        out.one_of(
            &path.child("whenUnsatisfiable"),
            action,
            &["DoNotSchedule", "ScheduleAnyway"],
        );
        let same = |other: &Value| {
            other.text("topologyKey") == key && other.text("whenUnsatisfiable") == action
        };
        if constraints[index + 1..].iter().any(same) {
            out.duplicate(
                &path.child("{topologyKey, whenUnsatisfiable}"),
                format!("{{{key}, {action}}}"),
            );
        }
        if let Some(domains) = constraint.opt_int("minDomains") {
            let path = path.child("minDomains");
            out.positive(&path, domains);
            if action != "DoNotSchedule" {
                let reason = format!(
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
                );
                out.invalid(&path, domains, reason);
            }
        }
        for field in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            if let Some(policy) = constraint.opt_text(field) {
                out.one_of(&path.child(field), policy, &["Honor", "Ignore"]);
            }
        }
        match_label_keys(constraint, &path.child("matchLabelKeys"), out);
        label_selector(
            &constraint["labelSelector"],
            &path.child("labelSelector"),
            out,
        );
    }
}

fn match_label_keys(constraint: &Value, path: &Path<'_>, out: &mut Errors) {
    let selector = &constraint["labelSelector"];
    if constraint.count("matchLabelKeys") > 0 && selector.is_null() {
        out.forbidden(path, "must not be specified when labelSelector is not set");
    }
    for (index, key) in texts(constraint, "matchLabelKeys").enumerate() {
        let path = path.index(index);
        label_name(key, &path, out);
        // Once it is there for the key's own sake: the labels of a new pod become part of its selector.
        let expressions = selector.list("matchExpressions").iter();
        let selected = expressions.filter(|expression| expression.text("key") == key);
        if selected.count() + usize::from(selector["matchLabels"].has(key)) > 1 {
            out.invalid(
                &path,
                key,
                "exists in both matchLabelKeys and labelSelector",
            );
        }
    }
}

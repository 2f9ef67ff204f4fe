//! Node affinity, pod affinity and node selectors.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::validation::errors::Errors;
use crate::validation::metadata::{dns_label, dns_subdomain, label_name, label_selector, texts};
use crate::validation::names::is_label_value;
use crate::validation::path::Path;
use crate::walk::Walk;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// `validateAffinity`.
pub(super) fn affinity(affinity: &Value, path: &Path<'_>, out: &mut Errors) {
    let node = &affinity["nodeAffinity"];
    let node_path = path.child("nodeAffinity");
    if node.has(REQUIRED) {
        node_selector(&node[REQUIRED], &node_path.child(REQUIRED), out);
    }
    let preferred = node_path.child(PREFERRED);
    for (index, term) in node.list(PREFERRED).iter().enumerate() {
        let path = preferred.index(index);
        weight(term, &path, out);
        // A preference that can't be met hurts nobody, so its values are not looked at.
        node_selector_term(&term["preference"], false, &path.child("preference"), out);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        pod_affinity(&affinity[kind], &path.child(kind), out);
    }
}

fn weight(term: &Value, path: &Path<'_>, out: &mut Errors) {
    if !(1..=100).contains(&term.int("weight")) {
        out.invalid(
            &path.child("weight"),
            term.int("weight"),
            "must be in the range 1-100",
        );
    }
}

/// `ValidateNodeSelector`.
pub(in crate::validation) fn node_selector(selector: &Value, path: &Path<'_>, out: &mut Errors) {
    let path = path.child("nodeSelectorTerms");
    if selector.count("nodeSelectorTerms") == 0 {
        return out.required(&path, "must have at least one node selector term");
    }
    for (index, term) in selector.list("nodeSelectorTerms").iter().enumerate() {
        node_selector_term(term, true, &path.index(index), out);
    }
}

fn node_selector_term(term: &Value, check_values: bool, path: &Path<'_>, out: &mut Errors) {
    let expressions = path.child("matchExpressions");
    for (index, requirement) in term.list("matchExpressions").iter().enumerate() {
        node_requirement(requirement, check_values, &expressions.index(index), out);
    }
    let fields = path.child("matchFields");
    for (index, requirement) in term.list("matchFields").iter().enumerate() {
        node_field_requirement(requirement, &fields.index(index), out);
    }
}

fn node_requirement(requirement: &Value, check_values: bool, path: &Path<'_>, out: &mut Errors) {
    let values = path.child("values");
    let count = requirement.count("values");
    match requirement.text("operator") {
        "In" | "NotIn" if count == 0 => {
            out.required(
                &values,
                "must be specified when `operator` is 'In' or 'NotIn'",
            );
        }
        "Exists" | "DoesNotExist" if count > 0 => {
            out.forbidden(
                &values,
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            );
        }
        "Gt" | "Lt" if count != 1 => {
            out.required(
                &values,
                "must be specified single value when `operator` is 'Lt' or 'Gt'",
            );
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        operator => out.invalid(
            &path.child("operator"),
            operator,
            "not a valid selector operator",
        ),
    }
    label_name(requirement.text("key"), &path.child("key"), out);
    if check_values {
        for (index, value) in texts(requirement, "values").enumerate() {
            out.invalid_each(&values.index(index), value, is_label_value(value));
        }
    }
}

fn node_field_requirement(requirement: &Value, path: &Path<'_>, out: &mut Errors) {
    let values = path.child("values");
    match requirement.text("operator") {
        "In" | "NotIn" => {
            if requirement.count("values") != 1 {
                let reason = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
                out.required(&values, reason);
            }
        }
        operator => out.invalid(
            &path.child("operator"),
            operator,
            "not a valid selector operator",
        ),
    }
    if requirement.text("key") == "metadata.name" {
        for (index, name) in texts(requirement, "values").enumerate() {
            out.invalid_each(&values.index(index), name, dns_subdomain(name, false));
        }
    } else {
        out.invalid(
            &path.child("key"),
            requirement.text("key"),
            "not a valid field selector key",
        );
    }
}

fn pod_affinity(affinity: &Value, path: &Path<'_>, out: &mut Errors) {
    let required = path.child(REQUIRED);
    for (index, term) in affinity.list(REQUIRED).iter().enumerate() {
        pod_affinity_term(term, &required.index(index), out);
    }
    let preferred = path.child(PREFERRED);
    for (index, term) in affinity.list(PREFERRED).iter().enumerate() {
        let path = preferred.index(index);
        weight(term, &path, out);
        pod_affinity_term(
            &term["podAffinityTerm"],
            &path.child("podAffinityTerm"),
            out,
        );
    }
}

fn pod_affinity_term(term: &Value, path: &Path<'_>, out: &mut Errors) {
    for selector in ["labelSelector", "namespaceSelector"] {
        label_selector(&term[selector], &path.child(selector), out);
    }
    for namespace in texts(term, "namespaces") {
        out.invalid_each(
            &path.child("namespace"),
            namespace,
            dns_label(namespace, false),
        );
    }
    label_keys(term, path, out);
    let key = term.text("topologyKey");
    if key.is_empty() {
        out.required(&path.child("topologyKey"), "can not be empty");
    }
    label_name(key, &path.child("topologyKey"), out);
}

/// `validateMatchLabelKeysAndMismatchLabelKeys`.
fn label_keys(term: &Value, path: &Path<'_>, out: &mut Errors) {
    for field in ["matchLabelKeys", "mismatchLabelKeys"] {
        let at = path.child(field);
        if term.count(field) > 0 && !term.has("labelSelector") {
            out.forbidden(&at, "must not be specified when labelSelector is not set");
            continue;
        }
        for (index, key) in texts(term, field).enumerate() {
            label_name(key, &at.index(index), out);
        }
    }
    let selector = &term["labelSelector"];
    let mut keys: BTreeSet<&str> = selector
        .map("matchLabels")
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    for expression in selector.list("matchExpressions") {
        let key = expression.text("key");
        let index = texts(term, "matchLabelKeys").position(|wanted| wanted == key);
        if let Some(index) = index.filter(|_| keys.contains(key)) {
            out.invalid(
                &path.index(index),
                key,
                "exists in both matchLabelKeys and labelSelector",
            );
        }
        keys.insert(key);
    }
    let at = path.child("matchLabelKeys");
    for (index, key) in texts(term, "matchLabelKeys").enumerate() {
        if texts(term, "mismatchLabelKeys").any(|other| other == key) {
            out.invalid(
                &at.index(index),
                key,
                "exists in both matchLabelKeys and mismatchLabelKeys",
            );
        }
    }
}

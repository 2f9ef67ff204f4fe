//! Which requests webhooks and policies are about.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::validation::errors::Errors;
use crate::validation::metadata::texts;
use crate::validation::path::Path;
use crate::walk::Walk;

const OPERATIONS: [&str; 5] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

const SCOPES: [&str; 3] = ["*", "Cluster", "Namespaced"];

/// `validateRuleWithOperations`.
pub(super) fn rule(rule: &Value, path: &Path<'_>, out: &mut Errors) {
    all_or_some(rule, "operations", "operations", path, out);
    let operations = path.child("operations");
    for (index, operation) in texts(rule, "operations").enumerate() {
        out.one_of(&operations.index(index), operation, &OPERATIONS);
    }
    all_or_some(rule, "apiGroups", "API groups", path, out);
    all_or_some(rule, "apiVersions", "API versions", path, out);
    let versions = path.child("apiVersions");
    for (index, _) in texts(rule, "apiVersions")
        .enumerate()
        .filter(|(_, version)| version.is_empty())
    {
        out.required(&versions.index(index), "");
    }
    resources(rule, &path.child("resources"), out);
    if let Some(scope) = rule.opt_text("scope") {
        out.one_of(&path.child("scope"), scope, &SCOPES);
    }
}

/// A list that must not be empty, and in which a star stands alone.
fn all_or_some(rule: &Value, field: &'static str, told: &str, path: &Path<'_>, out: &mut Errors) {
    let path = path.child(field);
    match rule.count(field) {
        0 => out.required(&path, ""),
        1 => {}
        _ if texts(rule, field).any(|entry| entry == "*") => {
            let reason = format!("if '*' is present, must not specify other {told}");
            out.invalid(&path, rule[field].clone(), reason);
        }
        _ => {}
    }
}

/// `validateResources`: resources, and subresources behind a slash.
fn resources(rule: &Value, path: &Path<'_>, out: &mut Errors) {
    let all: Vec<&str> = texts(rule, "resources").collect();
    if all.is_empty() {
        out.required(path, "");
    }
    // Whose subresources are all named, and which subresources are named of all resources.
    let (mut whole, mut everywhere) = (BTreeSet::new(), BTreeSet::new());
    // Only the last resource without a subresource counts, as upstream.
    let mut bare = false;
    for (index, text) in all.iter().enumerate() {
        let path = path.index(index);
        let Some((resource, subresource)) = text.split_once('/') else {
            match *text {
                "" => out.required(&path, ""),
                text => bare = text != "*",
            }
            continue;
        };
        if whole.contains(resource) {
            let reason = format!("if '{resource}/*' is present, must not specify {text}");
            out.invalid(&path, *text, reason);
        }
        if everywhere.contains(subresource) {
            let reason = format!("if '*/{subresource}' is present, must not specify {text}");
            out.invalid(&path, *text, reason);
        }
        if subresource == "*" {
            whole.insert(resource);
        }
        if resource == "*" {
            everywhere.insert(subresource);
        }
    }
    if all.len() > 1 && all.contains(&"*/*") {
        let reason = "if '*/*' is present, must not specify other resources";
        out.invalid(path, rule["resources"].clone(), reason);
    }
    if bare && all.contains(&"*") {
        let reason = "if '*' is present, must not specify other resources without subresources";
        out.invalid(path, rule["resources"].clone(), reason);
    }
}

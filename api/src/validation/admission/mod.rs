//! Admission webhooks and admission policies (`admissionregistration.k8s.io`).

mod client;
mod policy;
mod rules;
#[cfg(test)]
mod tests;
mod webhooks;

use std::collections::BTreeSet;

use serde_json::Value;

pub(super) use self::client::client_config;
pub(super) use self::policy::{policy, policy_binding};
pub(super) use self::webhooks::{legacy_webhooks, update_webhooks, webhooks};
use super::errors::Errors;
use super::expressions;
use super::names::is_qualified_name;
use super::path::Path;
use crate::cel::Environment;
use crate::walk::Walk;

const CONDITIONS_MAX: usize = 64;

const FAILURE_POLICIES: [&str; 2] = ["Fail", "Ignore"];

const MATCH_POLICIES: [&str; 2] = ["Equivalent", "Exact"];

/// `validateMatchConditions`.
fn match_conditions(holder: &Value, path: &Path<'_>, environment: &Environment, out: &mut Errors) {
    let (conditions, path) = (
        holder.list("matchConditions"),
        path.child("matchConditions"),
    );
    if conditions.len() > CONDITIONS_MAX {
        out.too_many(&path, conditions.len(), CONDITIONS_MAX);
    }
    let mut names = BTreeSet::new();
    for (index, condition) in conditions.iter().enumerate() {
        let path = path.index(index);
        expressions::condition(condition, &path, environment, out);
        let (name, path) = (condition.text("name"), path.child("name"));
        if name.is_empty() {
            out.required(&path, "");
            continue;
        }
        out.invalid_each(&path, name, is_qualified_name(name));
        if !names.insert(name) {
            out.duplicate(&path, name);
        }
    }
}

//! Admission policies and their bindings: what is said in them besides the expressions.

use std::collections::BTreeSet;

use serde_json::Value;

use super::rules::rule;
use super::{FAILURE_POLICIES, MATCH_POLICIES, match_conditions};
use crate::cel::Environment;
use crate::validation::errors::Errors;
use crate::validation::metadata::{label_selector, texts};
use crate::validation::names::{is_dns1035_label, is_dns1123_subdomain, is_path_segment};
use crate::validation::path::Path;
use crate::validation::pod::SPEC;
use crate::walk::Walk;

/// What policies of both kinds have, up to the variables.
pub(in crate::validation) fn policy(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    let path = SPEC.child("failurePolicy");
    out.one_of(&path, spec.text("failurePolicy"), &FAILURE_POLICIES);
    let kind = &spec["paramKind"];
    if kind.is_object() {
        param_kind(kind, &SPEC.child("paramKind"), out);
    }
    let path = SPEC.child("matchConstraints");
    if spec.has("matchConstraints") {
        match_resources(&spec["matchConstraints"], &path, out);
        if spec["matchConstraints"].count("resourceRules") == 0 {
            out.required(&path.child("resourceRules"), "");
        }
    } else {
        out.required(&path, "");
    }
    match_conditions(spec, &SPEC, &Environment::policy(kind.is_object()), out);
}

/// `validateParamKind`.
fn param_kind(params: &Value, path: &Path<'_>, out: &mut Errors) {
    let (version, kind) = (params.text("apiVersion"), params.text("kind"));
    api_version(version, &path.child("apiVersion"), out);
    let path = path.child("kind");
    let reasons = is_dns1035_label(&kind.to_lowercase());
    if kind.is_empty() {
        out.required(&path, "");
    } else if !reasons.is_empty() {
        let form = "may have mixed case, but should otherwise match: ";
        out.invalid(&path, kind, format!("{form}{}", reasons.join(",")));
    }
}

fn api_version(text: &str, path: &Path<'_>, out: &mut Errors) {
    if text.is_empty() {
        return out.required(path, "");
    }
    let (group, version) = match text.split('/').collect::<Vec<_>>()[..] {
        ["", ""] => ("", ""),
        [version] => ("", version),
        [group, version] => (group, version),
        _ => {
            let reason = format!("unexpected GroupVersion string: {text}");
            return out.invalid(path, text, reason);
        }
    };
    let reasons = is_dns1123_subdomain(group);
    if !group.is_empty() && !reasons.is_empty() {
        out.invalid(path, group, reasons.join(","));
    }
    let reasons = is_dns1035_label(version);
    if version.is_empty() {
        out.invalid(path, text, "version must be specified");
    } else if !reasons.is_empty() {
        out.invalid(path, version, reasons.join(","));
    }
}

/// `validateMatchResources`.
fn match_resources(resources: &Value, path: &Path<'_>, out: &mut Errors) {
    let policy = resources.text("matchPolicy");
    out.required_one_of(&path.child("matchPolicy"), policy, &MATCH_POLICIES);
    for field in ["namespaceSelector", "objectSelector"] {
        if resources.has(field) {
            label_selector(&resources[field], &path.child(field), out);
        } else {
            out.required(&path.child(field), "");
        }
    }
    for list in ["resourceRules", "excludeResourceRules"] {
        let path = path.child(list);
        for (index, one) in resources.list(list).iter().enumerate() {
            named_rule(one, &path.index(index), out);
        }
    }
}

/// `validateNamedRuleWithOperations`.
fn named_rule(named: &Value, path: &Path<'_>, out: &mut Errors) {
    let names = path.child("resourceNames");
    let mut seen = BTreeSet::new();
    for (index, name) in texts(named, "resourceNames").enumerate() {
        let path = names.index(index);
        out.invalid_each(&path, name, is_path_segment(name));
        if !seen.insert(name) {
            out.duplicate(&path, name);
        }
    }
    rule(named, path, out);
}

/// `ValidateValidatingAdmissionPolicyBinding`, and the same of what mutates.
pub(in crate::validation) fn policy_binding(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    let (name, path) = (spec.text("policyName"), SPEC.child("policyName"));
    if name.is_empty() {
        out.required(&path, "");
    } else {
        out.invalid_each(&path, name, is_dns1123_subdomain(name));
    }
    param_ref(&spec["paramRef"], &SPEC.child("paramRef"), out);
    if spec.has("matchResources") {
        match_resources(&spec["matchResources"], &SPEC.child("matchResources"), out);
    }
    if !object.text("kind").starts_with("Mutating") {
        actions(spec, &SPEC.child("validationActions"), out);
    }
}

/// `validateValidationActions`.
fn actions(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, action) in texts(spec, "validationActions").enumerate() {
        let path = path.index(index);
        out.one_of(&path, action, &["Audit", "Deny", "Warn"]);
        if !seen.insert(action) {
            out.duplicate(&path, action);
        }
    }
    if seen.contains("Deny") && seen.contains("Warn") {
        let reason = "must not contain both Deny and Warn (repeating the same validation failure information in the \
            API response and headers serves no purpose)";
        out.invalid(path, spec["validationActions"].clone(), reason);
    }
    if seen.is_empty() {
        out.required(path, "at least one validation action is required");
    }
}

/// `validateParamRef`.
fn param_ref(reference: &Value, path: &Path<'_>, out: &mut Errors) {
    const EXCLUSIVE: &str = "name and selector are mutually exclusive";
    if !reference.is_object() {
        return;
    }
    let (name, selects) = (reference.text("name"), reference.has("selector"));
    if !name.is_empty() {
        let path = path.child("name");
        out.invalid_each(&path, name, is_path_segment(name));
        if selects {
            out.forbidden(&path, EXCLUSIVE);
        }
    }
    if selects {
        let path = path.child("selector");
        label_selector(&reference["selector"], &path, out);
        if !name.is_empty() {
            out.forbidden(&path, EXCLUSIVE);
        }
    }
    if name.is_empty() && !selects {
        out.required(path, "one of name or selector must be specified");
    }
    let action = reference.text("parameterNotFoundAction");
    let path = path.child("parameterNotFoundAction");
    out.required_one_of(&path, action, &["Deny", "Allow"]);
}

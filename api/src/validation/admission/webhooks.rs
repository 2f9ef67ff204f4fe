//! Webhook configurations.

use std::collections::BTreeSet;

use serde_json::Value;

use super::rules::rule;
use super::{FAILURE_POLICIES, MATCH_POLICIES, client_config, match_conditions};
use crate::cel::Environment;
use crate::validation::errors::Errors;
use crate::validation::metadata::{self, label_selector, texts};
use crate::validation::names::{is_dns1035_label, is_dns1123_subdomain};
use crate::validation::path::Path;
use crate::walk::Walk;

/// Versions of AdmissionReview that the server speaks.
const REVIEW_VERSIONS: [&str; 2] = ["v1", "v1beta1"];

/// What `sideEffects` may say in v1.
const SIDE_EFFECTS: &[&str] = &["None", "NoneOnDryRun"];

/// What it could say in v1beta1.
const LEGACY_SIDE_EFFECTS: &[&str] = &["None", "NoneOnDryRun", "Some", "Unknown"];

/// `ValidateMutatingWebhookConfiguration` and `ValidateValidatingWebhookConfiguration`.
pub(in crate::validation) fn webhooks(object: &Value, out: &mut Errors) {
    check(object, SIDE_EFFECTS, out);
}

/// The configurations of v1beta1.
pub(in crate::validation) fn legacy_webhooks(object: &Value, out: &mut Errors) {
    check(object, LEGACY_SIDE_EFFECTS, out);
}

/// A configuration that already has the side effects of v1beta1 may keep them.
pub(in crate::validation) fn update_webhooks(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let mut all = old.list("webhooks").iter();
    let legacy = all.any(|webhook| !SIDE_EFFECTS.contains(&webhook.text("sideEffects")));
    let allowed = match legacy {
        true => LEGACY_SIDE_EFFECTS,
        false => SIDE_EFFECTS,
    };
    check(new, allowed, out);
}

fn check(object: &Value, side_effects: &[&str], out: &mut Errors) {
    let path = Path::new("webhooks");
    let mut names = BTreeSet::new();
    for (index, one) in object.list("webhooks").iter().enumerate() {
        let path = path.index(index);
        webhook(one, side_effects, &path, out);
        review_versions(one, &path.child("admissionReviewVersions"), out);
        let name = one.text("name");
        if !name.is_empty() && !names.insert(name) {
            out.duplicate(&path.child("name"), name);
        }
    }
}

fn webhook(webhook: &Value, side_effects: &[&str], path: &Path<'_>, out: &mut Errors) {
    fully_qualified(webhook.text("name"), &path.child("name"), out);
    let rules = path.child("rules");
    for (index, one) in webhook.list("rules").iter().enumerate() {
        rule(one, &rules.index(index), out);
    }
    for (field, known) in [
        ("failurePolicy", FAILURE_POLICIES),
        ("matchPolicy", MATCH_POLICIES),
    ] {
        out.one_of(&path.child(field), webhook.text(field), &known);
    }
    let effects_path = path.child("sideEffects");
    match webhook.opt_text("sideEffects") {
        None => {
            let reason = format!("must specify one of {}", side_effects.join(", "));
            out.required(&effects_path, &reason);
        }
        Some(effects) => out.one_of(&effects_path, effects, side_effects),
    }
    let timeout = webhook.opt_int("timeoutSeconds");
    if let Some(seconds) = timeout.filter(|seconds| !(1..=30).contains(seconds)) {
        let reason = "the timeout value must be between 1 and 30 seconds";
        out.invalid(&path.child("timeoutSeconds"), seconds, reason);
    }
    for selector in ["namespaceSelector", "objectSelector"] {
        label_selector(&webhook[selector], &path.child(selector), out);
    }
    // Only webhooks that mutate have one.
    if let Some(policy) = webhook.opt_text("reinvocationPolicy") {
        let path = path.child("reinvocationPolicy");
        out.one_of(&path, policy, &["IfNeeded", "Never"]);
    }
    client_config(&webhook["clientConfig"], &path.child("clientConfig"), out);
    match_conditions(webhook, path, &Environment::webhook(), out);
}

/// `IsFullyQualifiedName`.
fn fully_qualified(name: &str, path: &Path<'_>, out: &mut Errors) {
    if name.is_empty() {
        return out.required(path, "");
    }
    let reasons = is_dns1123_subdomain(name);
    if !reasons.is_empty() {
        out.invalid(path, name, reasons.join(","));
    } else if name.split('.').count() < 3 {
        let reason = "should be a domain with at least three segments separated by dots";
        out.invalid(path, name, reason);
    }
}

fn review_versions(webhook: &Value, path: &Path<'_>, out: &mut Errors) {
    let versions: Vec<&str> = texts(webhook, "admissionReviewVersions").collect();
    let known = REVIEW_VERSIONS.join(", ");
    if versions.is_empty() {
        return out.required(path, &format!("must specify one of {known}"));
    }
    let mut seen = BTreeSet::new();
    for (index, version) in versions.iter().enumerate() {
        let path = path.index(index);
        if seen.insert(version) {
            out.invalid_each(&path, version, is_dns1035_label(version));
        } else {
            out.invalid(&path, *version, "duplicate version");
        }
    }
    if !versions
        .iter()
        .any(|version| REVIEW_VERSIONS.contains(version))
    {
        let value = webhook["admissionReviewVersions"].clone();
        out.invalid(path, value, format!("must include at least one of {known}"));
    }
}

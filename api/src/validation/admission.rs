//! Admission webhooks and admission policies: what of them can be checked without their expressions.

use std::collections::BTreeSet;

use serde_json::Value;

use super::address;
use super::errors::Errors;
use super::expressions;
use super::metadata::{self, dns_label, label_selector, texts};
use super::names::is_dns1123_subdomain;
use super::path::Path;
use super::pod::SPEC;
use crate::cel::Environment;
use crate::walk::Walk;

/// Versions of AdmissionReview that the server speaks.
const REVIEW_VERSIONS: [&str; 2] = ["v1", "v1beta1"];

const OPERATIONS: [&str; 5] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

/// What `sideEffects` may say in v1.
const SIDE_EFFECTS: &[&str] = &["None", "NoneOnDryRun"];

/// What it could say in v1beta1.
const LEGACY_SIDE_EFFECTS: &[&str] = &["None", "NoneOnDryRun", "Some", "Unknown"];

pub(super) fn mutating_webhooks(object: &Value, out: &mut Errors) {
    check_mutating(object, SIDE_EFFECTS, out);
}

/// `MutatingWebhookConfiguration` of v1beta1.
pub(super) fn legacy_mutating_webhooks(object: &Value, out: &mut Errors) {
    check_mutating(object, LEGACY_SIDE_EFFECTS, out);
}

/// A configuration that already has the side effects of v1beta1 may keep them.
pub(super) fn update_mutating_webhooks(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    check_mutating(new, allowed_side_effects(old), out);
}

/// The same for ValidatingWebhookConfiguration.
pub(super) fn update_webhooks(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    check(new, allowed_side_effects(old), out);
}

fn allowed_side_effects(old: &Value) -> &'static [&'static str] {
    let mut all = old.list("webhooks").iter();
    if all.any(|webhook| !SIDE_EFFECTS.contains(&webhook.text("sideEffects"))) {
        LEGACY_SIDE_EFFECTS
    } else {
        SIDE_EFFECTS
    }
}

fn check_mutating(object: &Value, side_effects: &[&str], out: &mut Errors) {
    check(object, side_effects, out);
    let path = Path::new("webhooks");
    for (index, webhook) in object.list("webhooks").iter().enumerate() {
        if let Some(policy) = webhook.opt_text("reinvocationPolicy") {
            let path = path.index(index);
            out.one_of(
                &path.child("reinvocationPolicy"),
                policy,
                &["IfNeeded", "Never"],
            );
        }
    }
}

/// `ValidateValidatingWebhookConfiguration`.
pub(super) fn webhooks(object: &Value, out: &mut Errors) {
    check(object, SIDE_EFFECTS, out);
}

/// `ValidatingWebhookConfiguration` of v1beta1.
pub(super) fn legacy_webhooks(object: &Value, out: &mut Errors) {
    check(object, LEGACY_SIDE_EFFECTS, out);
}

fn check(object: &Value, side_effects: &[&str], out: &mut Errors) {
    let path = Path::new("webhooks");
    let mut names = BTreeSet::new();
    for (index, webhook) in object.list("webhooks").iter().enumerate() {
        let path = path.index(index);
        self::webhook(webhook, side_effects, &path, out);
        review_versions(webhook, &path.child("admissionReviewVersions"), out);
        if !names.insert(webhook.text("name")) {
            out.duplicate(&path.child("name"), webhook.text("name"));
        }
    }
}

fn webhook(webhook: &Value, side_effects: &[&str], path: &Path<'_>, out: &mut Errors) {
    fully_qualified(webhook.text("name"), &path.child("name"), out);
    rules(webhook.list("rules"), &path.child("rules"), out);
    out.one_of(
        &path.child("failurePolicy"),
        webhook.text("failurePolicy"),
        &["Fail", "Ignore"],
    );
    out.one_of(
        &path.child("matchPolicy"),
        webhook.text("matchPolicy"),
        &["Equivalent", "Exact"],
    );
    match webhook.opt_text("sideEffects") {
        None => out.required(
            &path.child("sideEffects"),
            "must specify one of None, NoneOnDryRun",
        ),
        Some(effects) => out.one_of(&path.child("sideEffects"), effects, side_effects),
    }
    if let Some(seconds) = webhook
        .opt_int("timeoutSeconds")
        .filter(|seconds| !(1..=30).contains(seconds))
    {
        let reason = "the timeout value must be between 1 and 30 seconds";
        out.invalid(&path.child("timeoutSeconds"), seconds, reason);
    }
    for selector in ["namespaceSelector", "objectSelector"] {
        label_selector(&webhook[selector], &path.child(selector), out);
    }
    client_config(&webhook["clientConfig"], &path.child("clientConfig"), out);
    match_conditions(
        webhook.list("matchConditions"),
        &path.child("matchConditions"),
        &Environment::webhook(),
        out,
    );
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
        out.invalid(
            path,
            name,
            "should be a domain with at least three segments separated by dots",
        );
    }
}

fn review_versions(webhook: &Value, path: &Path<'_>, out: &mut Errors) {
    let versions: Vec<&str> = texts(webhook, "admissionReviewVersions").collect();
    if versions.is_empty() {
        return out.required(
            path,
            &format!("must specify one of {}", REVIEW_VERSIONS.join(", ")),
        );
    }
    let mut seen = BTreeSet::new();
    for (index, version) in versions.iter().enumerate() {
        if !seen.insert(version) {
            out.invalid(&path.index(index), *version, "duplicate version");
        }
        out.invalid_each(
            &path.index(index),
            version,
            super::names::is_dns1035_label(version),
        );
    }
    if !versions
        .iter()
        .any(|version| REVIEW_VERSIONS.contains(version))
    {
        let value = webhook["admissionReviewVersions"].clone();
        let reason = format!(
            "must include at least one of {}",
            REVIEW_VERSIONS.join(", ")
        );
        out.invalid(path, value, reason);
    }
}

/// `ValidateRuleWithOperations`, for each rule.
fn rules(rules: &[Value], path: &Path<'_>, out: &mut Errors) {
    for (index, rule) in rules.iter().enumerate() {
        let path = path.index(index);
        let operations = path.child("operations");
        if rule.count("operations") == 0 {
            out.required(&operations, "");
        }
        if rule.count("operations") > 1
            && texts(rule, "operations").any(|operation| operation == "*")
        {
            let reason = "if '*' is present, must not specify other operations";
            out.invalid(&operations, rule["operations"].clone(), reason);
        }
        for (index, operation) in texts(rule, "operations").enumerate() {
            out.one_of(&operations.index(index), operation, &OPERATIONS);
        }
        for (field, what) in [
            ("apiGroups", "api groups"),
            ("apiVersions", "api versions"),
            ("resources", "resources"),
        ] {
            let path = path.child(field);
            if rule.count(field) == 0 {
                out.required(&path, "");
            }
            if field != "resources"
                && rule.count(field) > 1
                && texts(rule, field).any(|entry| entry == "*")
            {
                let reason = format!(
                    "if '*' is present, must not specify other {}",
                    what.replace("api ", "API ")
                );
                out.invalid(&path, rule[field].clone(), reason);
            }
            for (index, entry) in texts(rule, field).enumerate() {
                if entry.is_empty() && field != "apiGroups" {
                    out.required(&path.index(index), "");
                }
            }
        }
        if let Some(scope) = rule.opt_text("scope") {
            out.one_of(&path.child("scope"), scope, &["*", "Cluster", "Namespaced"]);
        }
    }
}

/// `ValidateWebhookURL` and `ValidateWebhookService`.
pub(super) fn client_config(config: &Value, path: &Path<'_>, out: &mut Errors) {
    match (config.opt_text("url"), config.has("service")) {
        (Some(url), false) => webhook_url(url, &path.child("url"), out),
        (None, true) => {
            webhook_service(&config["service"], &path.child("service"), out);
        }
        _ => out.required(path, "exactly one of url or service is required"),
    }
}

/// `ValidateWebhookService`.
fn webhook_service(service: &Value, path: &Path<'_>, out: &mut Errors) {
    for field in ["name", "namespace"] {
        if service.text(field).is_empty() {
            out.required(&path.child(field), "");
        }
    }
    if !(1..=65535).contains(&service.int("port")) {
        let reason = "port is not valid: must be between 1 and 65535, inclusive";
        out.invalid(&path.child("port"), service.int("port"), reason);
    }
    let text = service.text("path");
    let path = path.child("path");
    let mut refuse = |reason: String| out.invalid(&path, text, reason);
    if text.is_empty() || text == "/" {
        return;
    }
    if text == "//" {
        return refuse("segment[0] may not be empty".to_owned());
    }
    if !text.starts_with('/') {
        refuse("must start with a '/'".to_owned());
    }
    // Whatever the first character is, upstream leaves it out.
    let mut rest = text.chars();
    rest.next();
    let rest = rest.as_str();
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    for (index, step) in rest.split('/').enumerate() {
        if step.is_empty() {
            refuse(format!("segment[{index}] may not be empty"));
            continue;
        }
        for reason in is_dns1123_subdomain(step) {
            refuse(format!("segment[{index}]: {reason}"));
        }
    }
}

/// `ValidateWebhookURL`.
fn webhook_url(url: &str, path: &Path<'_>, out: &mut Errors) {
    const FORM: &str = "; desired format: https://host[/path]";
    let parts = match UrlParts::read(url) {
        Ok(parts) => parts,
        Err(why) => {
            let url = crate::quote::quote(url);
            let reason = format!("url must be a valid URL: parse {url}: {why}{FORM}");
            return out.required(path, &reason);
        }
    };
    if parts.scheme != "https" {
        let reason = format!("'https' is the only allowed URL scheme{FORM}");
        out.invalid(path, parts.scheme, reason);
    }
    if parts.host.is_empty() {
        out.invalid(path, parts.host, format!("host must be specified{FORM}"));
    }
    for (part, reason) in [
        (parts.user, "user information is not permitted in the URL"),
        (parts.fragment, "fragments are not permitted in the URL"),
        (parts.query, "query parameters are not permitted in the URL"),
    ] {
        if !part.is_empty() {
            out.invalid(path, part, reason);
        }
    }
}

/// A URL as Go reads it (`url.Parse`), as far as webhooks are refused for it.
struct UrlParts<'a> {
    scheme: &'a str,
    user: &'a str,
    host: &'a str,
    query: &'a str,
    fragment: &'a str,
}

impl<'a> UrlParts<'a> {
    fn read(url: &'a str) -> Result<Self, String> {
        if url.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let end = rest.find(|one: char| !(one.is_ascii_alphanumeric() || "+-.".contains(one)));
        let (scheme, rest) = match end.filter(|end| rest[*end..].starts_with(':')) {
            Some(0) => return Err("missing protocol scheme".to_owned()),
            Some(end) if rest.starts_with(|one: char| one.is_ascii_alphabetic()) => {
                (&rest[..end], &rest[end + 1..])
            }
            _ => ("", rest),
        };
        let authority = match rest.strip_prefix("//") {
            Some(rest) => rest.split('/').next().unwrap_or_default(),
            None => "",
        };
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        if let Some(bad) = host.chars().find(|one| " \\^`{|}".contains(*one)) {
            let bad = crate::quote::quote(&bad.to_string());
            return Err(format!("invalid character {bad} in host name"));
        }
        Ok(Self {
            scheme,
            user,
            host,
            query,
            fragment,
        })
    }
}

fn match_conditions(
    conditions: &[Value],
    path: &Path<'_>,
    environment: &Environment,
    out: &mut Errors,
) {
    const CONDITIONS_MAX: usize = 64;
    if conditions.len() > CONDITIONS_MAX {
        out.too_many(path, conditions.len(), CONDITIONS_MAX);
    }
    let mut names = BTreeSet::new();
    for (index, condition) in conditions.iter().enumerate() {
        let path = path.index(index);
        let name = condition.text("name");
        if condition.text("expression").trim().is_empty() {
            out.required(&path.child("expression"), "");
        } else {
            expressions::condition(condition, &path, environment, out);
        }
        if name.is_empty() {
            out.required(&path.child("name"), "");
        } else {
            out.invalid_each(
                &path.child("name"),
                name,
                super::names::is_qualified_name(name),
            );
            if !names.insert(name) {
                out.duplicate(&path.child("name"), name);
            }
        }
    }
}

pub(super) fn policy(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    if spec.has("failurePolicy") {
        out.one_of(
            &SPEC.child("failurePolicy"),
            spec.text("failurePolicy"),
            &["Fail", "Ignore"],
        );
    }
    let kind = &spec["paramKind"];
    if kind.is_object() {
        let path = SPEC.child("paramKind");
        for field in ["apiVersion", "kind"] {
            if kind.text(field).is_empty() {
                out.required(&path.child(field), "");
            }
        }
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
    match_conditions(
        spec.list("matchConditions"),
        &SPEC.child("matchConditions"),
        &Environment::policy(kind.is_object()),
        out,
    );
}

fn match_resources(resources: &Value, path: &Path<'_>, out: &mut Errors) {
    if resources.has("matchPolicy") {
        out.one_of(
            &path.child("matchPolicy"),
            resources.text("matchPolicy"),
            &["Equivalent", "Exact"],
        );
    }
    for field in ["namespaceSelector", "objectSelector"] {
        if resources.has(field) {
            label_selector(&resources[field], &path.child(field), out);
        } else {
            out.required(&path.child(field), "");
        }
    }
    for list in ["resourceRules", "excludeResourceRules"] {
        rules(resources.list(list), &path.child(list), out);
    }
}

pub(super) fn policy_binding(object: &Value, out: &mut Errors) {
    const ACTIONS: [&str; 3] = ["Audit", "Deny", "Warn"];
    let spec = &object["spec"];
    let name = spec.text("policyName");
    if name.is_empty() {
        out.required(&SPEC.child("policyName"), "");
    } else {
        out.invalid_each(&SPEC.child("policyName"), name, is_dns1123_subdomain(name));
    }
    param_ref(&spec["paramRef"], &SPEC.child("paramRef"), out);
    if spec.has("matchResources") {
        match_resources(&spec["matchResources"], &SPEC.child("matchResources"), out);
    }
    if object.text("kind").starts_with("Mutating") {
        return;
    }
    let path = SPEC.child("validationActions");
    if spec.count("validationActions") == 0 {
        out.required(&path, "at least one validation action is required");
    }
    let mut seen = BTreeSet::new();
    for (index, action) in texts(spec, "validationActions").enumerate() {
        out.one_of(&path.index(index), action, &ACTIONS);
        if !seen.insert(action) {
            out.duplicate(&path.index(index), action);
        }
    }
    if seen.contains("Deny") && seen.contains("Warn") {
        let reason = "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";
        out.invalid(&path, spec["validationActions"].clone(), reason);
    }
}

fn param_ref(reference: &Value, path: &Path<'_>, out: &mut Errors) {
    if !reference.is_object() {
        return;
    }
    match (reference.text("name"), reference.has("selector")) {
        ("", false) => out.required(path, "one of name or selector must be specified"),
        ("", true) => label_selector(&reference["selector"], &path.child("selector"), out),
        (_, true) => out.forbidden(
            &path.child("name"),
            "name and selector are mutually exclusive",
        ),
        (name, false) => out.invalid_each(
            &path.child("name"),
            name,
            super::names::is_path_segment(name),
        ),
    }
    if !matches!(
        reference.opt_text("parameterNotFoundAction"),
        Some("Allow" | "Deny")
    ) {
        out.required(&path.child("parameterNotFoundAction"), "");
    }
}

/// API services: `ValidateAPIService`.
pub(super) fn api_service(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    let (group, version) = (spec.text("group"), spec.text("version"));
    let required = format!("{version}.{group}");
    if object["metadata"].text("name") != required.trim_end_matches('.')
        && object["metadata"].text("name") != required
    {
        let reason = format!(
            "must be `spec.version+\".\"+spec.group`: {}",
            crate::quote::quote(&required)
        );
        out.invalid(
            &super::metadata::METADATA.child("name"),
            object["metadata"].text("name"),
            reason,
        );
    }
    if !(1..=20000).contains(&spec.int("groupPriorityMinimum")) {
        let reason = "must be positive and less than 20000";
        out.invalid(
            &SPEC.child("groupPriorityMinimum"),
            spec.int("groupPriorityMinimum"),
            reason,
        );
    }
    if !(1..=1000).contains(&spec.int("versionPriority")) {
        let reason = "must be positive and less than 1000";
        out.invalid(
            &SPEC.child("versionPriority"),
            spec.int("versionPriority"),
            reason,
        );
    }
    if !spec.has("service") {
        return;
    }
    let (service, path) = (&spec["service"], SPEC.child("service"));
    for field in ["namespace", "name"] {
        let text = service.text(field);
        if text.is_empty() {
            out.required(&path.child(field), "");
        } else {
            out.invalid_each(&path.child(field), text, dns_label(text, false));
        }
    }
    address::port(service.int("port"), &path.child("port"), out);
    if spec.flag("insecureSkipTLSVerify") && !spec.text("caBundle").is_empty() {
        out.invalid(
            &SPEC.child("insecureSkipTLSVerify"),
            true,
            "may not be true if caBundle is present",
        );
    }
}

//! The `admissionregistration.k8s.io` group, and the webhooks of other groups.

use serde_json::{Map, Value};

use super::set::{absent, always, child, each};

const WEBHOOK_SECONDS: i64 = 10;

const HTTPS_PORT: i64 = 443;

pub(super) fn mutating_webhooks(object: &mut Value) {
    for webhook in each(object, "webhooks") {
        self::webhook(webhook);
        absent(webhook, "reinvocationPolicy", "Never");
    }
}

pub(super) fn validating_webhooks(object: &mut Value) {
    each(object, "webhooks").for_each(webhook);
}

fn webhook(webhook: &mut Value) {
    absent(webhook, "failurePolicy", "Fail");
    absent(webhook, "timeoutSeconds", WEBHOOK_SECONDS);
    matching(webhook, "rules");
    service_port(always(webhook, "clientConfig"));
}

/// The port of the service that a webhook is called at.
pub(super) fn service_port(client_config: &mut Value) {
    if let Some(service) = child(client_config, "service") {
        absent(service, "port", HTTPS_PORT);
    }
}

/// What webhooks and policies match: selectors that select everything, rules of every scope.
fn matching(object: &mut Value, rules: &str) {
    absent(object, "matchPolicy", "Equivalent");
    absent(object, "namespaceSelector", Map::new());
    absent(object, "objectSelector", Map::new());
    for rule in each(object, rules) {
        absent(rule, "scope", "*");
    }
}

pub(super) fn policy(object: &mut Value) {
    let spec = always(object, "spec");
    absent(spec, "failurePolicy", "Fail");
    if let Some(constraints) = child(spec, "matchConstraints") {
        match_resources(constraints);
    }
}

pub(super) fn validating_policy(object: &mut Value) {
    policy(object);
    always(object, "status");
}

pub(super) fn policy_binding(object: &mut Value) {
    if let Some(resources) = child(always(object, "spec"), "matchResources") {
        match_resources(resources);
    }
}

fn match_resources(resources: &mut Value) {
    matching(resources, "resourceRules");
    for rule in each(resources, "excludeResourceRules") {
        absent(rule, "scope", "*");
    }
}

pub(super) fn api_service(object: &mut Value) {
    always(object, "status");
    service_port(always(object, "spec"));
}

//! What steers pods, and who steers: priority classes, disruption budgets, devices, leases.

use serde_json::Value;

use super::set::{absent, always, child, each, unset};
use crate::walk::Walk;

pub(super) fn priority_class(object: &mut Value) {
    absent(object, "preemptionPolicy", "PreemptLowerPriority");
    absent(object, "value", 0);
}

pub(super) fn pod_disruption_budget(object: &mut Value) {
    always(object, "spec");
    let status = always(object, "status");
    for count in [
        "disruptionsAllowed",
        "currentHealthy",
        "desiredHealthy",
        "expectedPods",
    ] {
        absent(status, count, 0);
    }
}

pub(super) fn device_class(object: &mut Value) {
    always(object, "spec");
}

pub(super) fn resource_slice(object: &mut Value) {
    absent(always(always(object, "spec"), "pool"), "generation", 0);
}

/// Leases, and those who want one.
pub(super) fn lease(object: &mut Value) {
    always(object, "spec");
}

pub(super) fn resource_claim(object: &mut Value) {
    always(object, "status");
    claim_spec(always(object, "spec"));
}

pub(super) fn resource_claim_template(object: &mut Value) {
    let template = always(object, "spec");
    always(template, "metadata");
    claim_spec(always(template, "spec"));
}

fn claim_spec(spec: &mut Value) {
    for request in each(always(spec, "devices"), "requests") {
        if let Some(exact) = child(request, "exactly") {
            device_request(exact);
        }
        each(request, "firstAvailable").for_each(device_request);
    }
}

/// One device, exactly, unless the request says otherwise.
fn device_request(request: &mut Value) {
    unset(request, "allocationMode", "ExactCount");
    if request.text("allocationMode") == "ExactCount" {
        unset(request, "count", 1);
    }
    for toleration in each(request, "tolerations") {
        unset(toleration, "operator", "Equal");
    }
}

//! Networks and the traffic into and between pods: policies, ingresses, endpoint slices.

use serde_json::{Value, json};

use super::set::{absent, always, child, each, unset};
use crate::walk::Walk;

pub(super) fn network_policy(object: &mut Value) {
    let spec = always(object, "spec");
    always(spec, "podSelector");
    for direction in ["ingress", "egress"] {
        for rule in each(spec, direction) {
            for port in each(rule, "ports") {
                absent(port, "protocol", "TCP");
            }
        }
    }
    // Every policy affects what comes in; what goes out only if it says something about it.
    let types = if spec.count("egress") > 0 {
        json!(["Ingress", "Egress"])
    } else {
        json!(["Ingress"])
    };
    unset(spec, "policyTypes", types);
}

pub(super) fn ingress(object: &mut Value) {
    always(object, "spec");
    always(always(object, "status"), "loadBalancer");
}

pub(super) fn ingress_class(object: &mut Value) {
    if let Some(parameters) = child(always(object, "spec"), "parameters") {
        absent(parameters, "scope", "Cluster");
    }
}

pub(super) fn endpoint_slice(object: &mut Value) {
    for port in each(object, "ports") {
        absent(port, "name", "");
        absent(port, "protocol", "TCP");
    }
}

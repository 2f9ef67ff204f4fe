//! Services, except for what the API server allocates: addresses, families and node ports.

use serde_json::{Value, json};

use super::set::{absent, always, child, each, unset};
use crate::walk::Walk;

/// How long a client sticks to an endpoint, in seconds.
const AFFINITY_SECONDS: i64 = 10800;

pub(super) fn service(object: &mut Value) {
    let spec = always(object, "spec");
    affinity(spec);
    unset(spec, "type", "ClusterIP");
    for port in each(spec, "ports") {
        unset(port, "protocol", "TCP");
        let number = port["port"].clone();
        unset(port, "targetPort", number);
    }
    let type_ = spec.text("type").to_owned();
    let balanced = type_ == "LoadBalancer";
    if balanced || type_ == "NodePort" || (type_ == "ClusterIP" && spec.count("externalIPs") > 0) {
        unset(spec, "externalTrafficPolicy", "Cluster");
    }
    if matches!(type_.as_str(), "ClusterIP" | "NodePort" | "LoadBalancer") {
        absent(spec, "internalTrafficPolicy", "Cluster");
    }
    if balanced {
        absent(spec, "allocateLoadBalancerNodePorts", true);
    }
    let balancer = always(always(object, "status"), "loadBalancer");
    if balanced {
        for ingress in each(balancer, "ingress") {
            if !ingress.text("ip").is_empty() {
                absent(ingress, "ipMode", "VIP");
            }
        }
    }
}

fn affinity(spec: &mut Value) {
    unset(spec, "sessionAffinity", "None");
    match spec.text("sessionAffinity") {
        "None" => {
            if let Some(fields) = spec.as_object_mut() {
                fields.shift_remove("sessionAffinityConfig");
            }
        }
        "ClientIP" => {
            absent(spec, "sessionAffinityConfig", json!({}));
            if let Some(config) = child(spec, "sessionAffinityConfig") {
                absent(
                    always(config, "clientIP"),
                    "timeoutSeconds",
                    AFFINITY_SECONDS,
                );
            }
        }
        _ => {}
    }
}

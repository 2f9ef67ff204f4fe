//! Services: addresses and node ports come from the allocator; families are single-stack IPv4.

use knarr_api::kinds::Kind;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::{Value, json};

use super::strategy::Strategy;
use crate::allocator::has_health_port;
use crate::server::Shared;
use crate::user::UserInfo;

/// The strategy of services.
pub struct Services;

impl Strategy for Services {
    fn prepare_create(&self, _kind: &Kind, _user: &UserInfo, object: &mut Value) {
        object["status"] = json!({"loadBalancer": {}});
        mirror_address(object, None);
    }

    fn prepare_update(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        super::strategy::copy_field(new, old, "status");
        keep_allocated(new, old);
        drop_what_the_type_has_not(new, old);
        mirror_address(new, Some(old));
    }

    fn reserve(&self, server: &Shared, new: &mut Value, old: Option<&Value>) -> Result<(), Status> {
        if new["spec"]["type"] == "ExternalName" {
            for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                if let Some(spec) = new["spec"].as_object_mut() {
                    spec.shift_remove(field);
                }
            }
        } else {
            families(new);
        }
        server.services.allocate(new).map_err(|error| {
            self.unreserve(server, new, old);
            Status::invalid("", "Service", meta::name(new), vec![*error])
        })
    }

    fn unreserve(&self, server: &Shared, new: &Value, old: Option<&Value>) {
        match old {
            Some(old) => server.services.observe(old),
            None => server.services.release(new),
        }
    }

    fn settle(&self, server: &Shared, stored: &[u8]) {
        if let Ok(service) = serde_json::from_slice(stored) {
            server.services.observe(&service);
        }
    }
}

/// `clusterIPs` follows `clusterIP` where a client knows only the older field (upstream's NormalizeClusterIPs).
fn mirror_address(service: &mut Value, old: Option<&Value>) {
    let spec = &service["spec"];
    let address = spec["clusterIP"].as_str().unwrap_or_default();
    if address.is_empty() {
        return;
    }
    let stale = old.is_some_and(|old| {
        old["spec"]["clusterIP"] != spec["clusterIP"]
            && old["spec"]["clusterIPs"] == spec["clusterIPs"]
    });
    if stale || spec["clusterIPs"].as_array().is_none_or(Vec::is_empty) {
        service["spec"]["clusterIPs"] = json!([address]);
    }
}

/// An update that leaves addresses and ports out keeps those it has (upstream's patchAllocatedValues).
fn keep_allocated(new: &mut Value, old: &Value) {
    let typed = |object: &Value| {
        object["spec"]["type"]
            .as_str()
            .unwrap_or("ClusterIP")
            .to_owned()
    };
    let (before, after) = (typed(old), typed(new));
    let empty = |value: &Value| value.as_str().unwrap_or_default().is_empty();
    if before != "ExternalName" && after != "ExternalName" {
        for field in ["clusterIP", "clusterIPs"] {
            if empty(&new["spec"][field]) && new["spec"][field].as_array().is_none_or(Vec::is_empty)
            {
                new["spec"][field] = old["spec"][field].clone();
            }
        }
    }
    if !has_node_ports(new) {
        return;
    }
    if has_health_port(old)
        && has_health_port(new)
        && new["spec"]["healthCheckNodePort"].as_u64().unwrap_or(0) == 0
    {
        new["spec"]["healthCheckNodePort"] = old["spec"]["healthCheckNodePort"].clone();
    }
    let same = |a: &Value, b: &Value| a["port"] == b["port"] && a["protocol"] == b["protocol"];
    let earlier = old["spec"]["ports"].as_array().cloned().unwrap_or_default();
    let ports = new["spec"].get_mut("ports").and_then(Value::as_array_mut);
    for port in ports.into_iter().flatten() {
        if port["nodePort"].as_u64().unwrap_or(0) == 0
            && let Some(known) = earlier.iter().find(|known| same(known, port))
            && known["nodePort"].is_u64()
        {
            port["nodePort"] = known["nodePort"].clone();
        }
    }
}

/// A service that changes its type loses the fields that the new type has no use for, unless they were changed too:
/// then validation refuses them (upstream's dropTypeDependentFields).
fn drop_what_the_type_has_not(new: &mut Value, old: &Value) {
    let loses = |uses: fn(&Value) -> bool| uses(old) && !uses(new);
    let mut lost: Vec<&str> = Vec::new();
    if loses(has_address) {
        lost.extend(["ipFamilies", "ipFamilyPolicy"]);
        let same = |field: &str| new["spec"][field] == old["spec"][field];
        if same("clusterIP") && same("clusterIPs") {
            lost.extend(["clusterIP", "clusterIPs"]);
        }
    }
    if loses(has_health_port) {
        lost.push("healthCheckNodePort");
    }
    if loses(is_load_balancer) {
        lost.extend(["allocateLoadBalancerNodePorts", "loadBalancerClass"]);
    }
    if loses(is_reached_from_outside) {
        lost.push("externalTrafficPolicy");
    }
    if loses(has_node_ports) {
        drop_node_ports(new, old);
    }
    if let Some(spec) = new["spec"].as_object_mut() {
        spec.retain(|field, value| {
            !lost.contains(&field.as_str()) || *value != old["spec"][field.as_str()]
        });
    }
}

fn has_address(service: &Value) -> bool {
    service["spec"]["type"] != "ExternalName"
}

fn is_load_balancer(service: &Value) -> bool {
    service["spec"]["type"] == "LoadBalancer"
}

fn has_node_ports(service: &Value) -> bool {
    is_load_balancer(service) || service["spec"]["type"] == "NodePort"
}

fn is_reached_from_outside(service: &Value) -> bool {
    let addresses = service["spec"]["externalIPs"].as_array();
    has_node_ports(service) || has_address(service) && addresses.is_some_and(|all| !all.is_empty())
}

/// All of them, or none if one was changed.
fn drop_node_ports(new: &mut Value, old: &Value) {
    let ports = |service: &Value| -> Vec<Value> {
        let ports = service["spec"]["ports"].as_array().into_iter().flatten();
        ports
            .filter_map(|port| port.get("nodePort").cloned())
            .collect()
    };
    let kept = ports(old);
    if !ports(new).iter().all(|port| kept.contains(port)) {
        return;
    }
    let ports = new["spec"].get_mut("ports").and_then(Value::as_array_mut);
    for port in ports.into_iter().flatten().filter_map(Value::as_object_mut) {
        port.shift_remove("nodePort");
    }
}

fn families(service: &mut Value) {
    let spec = &mut service["spec"];
    if spec["ipFamilies"].as_array().is_none_or(Vec::is_empty) {
        spec["ipFamilies"] = json!(["IPv4"]);
    }
    if spec["ipFamilyPolicy"].as_str().is_none() {
        spec["ipFamilyPolicy"] = "SingleStack".into();
    }
}

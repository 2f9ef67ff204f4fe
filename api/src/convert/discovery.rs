//! Endpoint slices of `discovery.k8s.io/v1beta1`: node and zone were entries of a topology map.

use serde_json::{Map, Value, json};

use super::{ConvertError, items};

const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

pub(super) fn to_stored(object: &mut Value) -> Result<(), ConvertError> {
    for endpoint in items(object, "/endpoints") {
        let Some(Value::Object(mut topology)) = endpoint.shift_remove("topology") else {
            continue;
        };
        if let Some(zone) = topology.shift_remove(ZONE) {
            endpoint.insert("zone".into(), zone);
        }
        if let Some(node) = topology.shift_remove(HOSTNAME) {
            endpoint.entry("nodeName").or_insert(node);
        }
        if !topology.is_empty() {
            endpoint.insert("deprecatedTopology".into(), Value::Object(topology));
        }
    }
    Ok(())
}

pub(super) fn from_stored(object: &mut Value) {
    for endpoint in items(object, "/endpoints") {
        let mut topology = match endpoint.shift_remove("deprecatedTopology") {
            Some(Value::Object(topology)) => topology,
            _ => Map::new(),
        };
        if let Some(zone) = endpoint.shift_remove("zone") {
            topology.insert(ZONE.into(), zone);
        }
        if let Some(node) = endpoint.get("nodeName") {
            topology.insert(HOSTNAME.into(), node.clone());
        }
        if !topology.is_empty() {
            endpoint.insert("topology".into(), json!(topology));
        }
    }
}

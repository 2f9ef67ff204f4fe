//! What is created.

use serde_json::{Value, json};

pub const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
pub const PODS: &str = "/api/v1/namespaces/default/pods";

/// A configmap of 1 KB.
pub fn config_map(name: &str) -> Value {
    let data = json!({ "key": "x".repeat(1000) });
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": data })
}

/// A small pod.
pub fn pod(number: u32) -> Value {
    let requests = json!({ "cpu": "100m", "memory": "128Mi" });
    let container =
        json!({ "name": "c", "image": "load:1", "resources": { "requests": requests } });
    let metadata = json!({ "name": format!("load-{number}"), "labels": { "app": "load" } });
    let spec = json!({ "containers": [container], "automountServiceAccountToken": false });
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec })
}

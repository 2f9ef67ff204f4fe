//! Nodes and pods for the tests of this crate.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Node;
use serde_json::{Value, json};

use crate::snapshot::{NodeInfo, PodInfo};

pub fn node_from(value: Value) -> Arc<Node> {
    Arc::new(serde_json::from_value(value).expect("a node"))
}

pub fn node(name: &str, cpu: &str, memory: &str) -> Arc<Node> {
    node_from(json!({
        "metadata": { "name": name, "labels": { "kubernetes.io/hostname": name } },
        "status": { "allocatable": { "cpu": cpu, "memory": memory, "pods": "110" } },
    }))
}

pub fn node_info(name: &str, cpu: &str, memory: &str) -> NodeInfo {
    NodeInfo::new(node(name, cpu, memory))
}

pub fn pod_from(uid: &str, spec: Value) -> Arc<PodInfo> {
    let pod =
        json!({ "metadata": { "name": uid, "namespace": "default", "uid": uid }, "spec": spec });
    Arc::new(PodInfo::new(Arc::new(
        serde_json::from_value(pod).expect("a pod"),
    )))
}

pub fn pod(uid: &str, cpu: &str, memory: &str) -> Arc<PodInfo> {
    let requests = json!({ "cpu": cpu, "memory": memory });
    pod_from(
        uid,
        json!({ "containers": [{ "name": "c", "resources": { "requests": requests } }] }),
    )
}

//! Nodes: readiness, roles and versions.

use super::cells::{Cells, or};
use super::columns::{AGE, Column, NAME, text, wide};
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static COLUMNS: [Column; 10] = [
    NAME,
    text("Status", "The status of the node"),
    text("Roles", "The roles of the node"),
    AGE,
    text("Version", "Kubelet Version reported by the node."),
    wide(
        "Internal-IP",
        "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP).",
    ),
    wide(
        "External-IP",
        "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP).",
    ),
    wide(
        "OS-Image",
        "OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).",
    ),
    wide(
        "Kernel-Version",
        "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
    ),
    wide(
        "Container-Runtime",
        "ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).",
    ),
];

const ROLE_PREFIX: &str = "node-role.kubernetes.io/";

const ROLE_LABEL: &str = "kubernetes.io/role";

pub(super) fn cells(node: &Node<'_>, row: &mut Cells) {
    let status = &node["status"];
    let info = &status["nodeInfo"];
    let address = |type_: &str| {
        let found = status
            .list("addresses")
            .iter()
            .find(|address| address.text("type") == type_);
        found.map_or("<none>", |address| address.text("address"))
    };
    let ready = status
        .list("conditions")
        .iter()
        .rev()
        .find(|condition| condition.text("type") == "Ready");
    let mut state = match ready.map(|condition| condition.text("status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if node["spec"].flag("unschedulable") {
        state.push_str(",SchedulingDisabled");
    }
    let mut kernel = or(info.text("kernelVersion"), "<unknown>").to_owned();
    if !info.text("architecture").is_empty() {
        kernel.push_str(&format!(" ({})", info.text("architecture")));
    }
    row.name(node)
        .push(state)
        .push(roles(node))
        .age(node)
        .push(info.text("kubeletVersion"))
        .push(address("InternalIP"))
        .push(address("ExternalIP"))
        .push(or(info.text("osImage"), "<unknown>"))
        .push(kernel)
        .push(or(info.text("containerRuntimeVersion"), "<unknown>"));
}

/// The roles that the labels `node-role.kubernetes.io/ROLE` and `kubernetes.io/role=ROLE` give, sorted.
fn roles(node: &Node<'_>) -> String {
    let labels = node["metadata"].map("labels").into_iter().flatten();
    let mut roles: Vec<&str> = labels
        .filter_map(|(key, value)| match key.strip_prefix(ROLE_PREFIX) {
            Some(role) => Some(role),
            None if key == ROLE_LABEL => value.as_str(),
            None => None,
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    or(&roles.join(","), "<none>").to_owned()
}

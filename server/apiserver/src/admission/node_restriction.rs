//! NodeRestriction: a node agent writes its own node, the pods bound to it, its own lease, and nothing else.

use async_trait::async_trait;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::Value;

use super::{Operation, Plugin, Request};

/// The plugin; see the head of this file.
pub struct NodeRestriction;

#[async_trait]
impl Plugin for NodeRestriction {
    fn name(&self) -> &'static str {
        "NodeRestriction"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.user.node_name().is_some()
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let Some(node) = request.user.node_name() else {
            return Ok(());
        };
        match (request.kind.group, request.kind.plural) {
            ("", "nodes") => check_node(request, node, object),
            ("", "pods") => check_pod(request, node, object),
            ("coordination.k8s.io", "leases") => check_lease(request, node),
            _ => Ok(()),
        }
    }
}

fn check_node(request: &Request<'_>, node: &str, object: &Value) -> Result<(), Status> {
    if request.name != node {
        return Err(request.forbidden(format!(
            "node {node:?} is not allowed to modify node {:?}",
            request.name
        )));
    }
    if let Some(old) = request.old
        && request.operation == Operation::Update
        && old["spec"]["taints"] != object["spec"]["taints"]
    {
        return Err(request.forbidden(format!("node {node:?} is not allowed to modify taints")));
    }
    Ok(())
}

fn check_pod(request: &Request<'_>, node: &str, object: &Value) -> Result<(), Status> {
    let bound = |pod: &Value| pod["spec"]["nodeName"] == node;
    match request.operation {
        Operation::Create if meta::annotation(object, "kubernetes.io/config.mirror").is_none() => {
            Err(request.forbidden(format!(
                "pod does not have \"kubernetes.io/config.mirror\" annotation, node {node:?} can only create mirror pods"
            )))
        }
        Operation::Create if !bound(object) => Err(request.forbidden(format!(
            "node {node:?} can only create pods with spec.nodeName set to itself"
        ))),
        Operation::Create => Ok(()),
        Operation::Update if request.old.is_some_and(bound) => Ok(()),
        Operation::Update => Err(request.forbidden(format!(
            "node {node:?} can only update pod status for pods with spec.nodeName set to itself"
        ))),
        Operation::Delete if request.old.is_some_and(bound) => Ok(()),
        Operation::Connect => Ok(()),
        Operation::Delete => Err(request.forbidden(format!(
            "node {node:?} can only delete pods with spec.nodeName set to itself"
        ))),
    }
}

fn check_lease(request: &Request<'_>, node: &str) -> Result<(), Status> {
    if request.namespace != "kube-node-lease" || request.name != node {
        return Err(request.forbidden(format!(
            "node {node:?} can only access node leases in the \"kube-node-lease\" system namespace with the same name as the requesting node"
        )));
    }
    Ok(())
}

//! NodeRestriction: a node agent writes its own node, lease and CSINode, the status of the pods that are bound to it,
//! its mirror pods, and nothing else. Which tokens it gets is decided where they are issued.

use async_trait::async_trait;
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::Value;

use super::{Operation, Plugin, Request, pods};
use crate::registry::known;

const MIRROR: &str = "kubernetes.io/config.mirror";
const LEASES: &str = "kube-node-lease";

/// Labels of `kubernetes.io` that a node may give itself (kubelet's well-known labels).
const OWN_LABELS: &[&str] = &[
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/instance-type",
    "beta.kubernetes.io/os",
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];
/// Prefixes of labels that a node may give itself, with everything below them.
const OWN_PREFIXES: &[&str] = &["kubelet.kubernetes.io", "node.kubernetes.io"];
const RESTRICTED: &str = "node-restriction.kubernetes.io";

/// The plugin; see the head of this file.
pub struct NodeRestriction;

#[async_trait]
impl Plugin for NodeRestriction {
    fn name(&self) -> &'static str {
        "NodeRestriction"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.user.node_name().is_some() && request.operation != Operation::Connect
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        let Some(node) = request.user.node_name() else {
            return Ok(());
        };
        let result = match (request.kind.group, request.kind.plural, request.subresource) {
            ("", "nodes", _) => check_node(request, node, object),
            ("", "pods", "") => return check_pod(request, node, object).await,
            ("", "pods", "status") => check_pod_status(request, node, object),
            ("", "pods", "eviction") => return check_eviction(request, node).await,
            ("", "pods", other) => Err(format!(
                "unexpected pod subresource {other:?}, only 'status' and 'eviction' are allowed"
            )),
            ("", "persistentvolumeclaims", "status") => check_claim_status(request, node, object),
            ("", "persistentvolumeclaims", _) => Err("may only update PVC status".to_owned()),
            ("coordination.k8s.io", "leases", _) if request.namespace != LEASES => Err(format!(
                "can only access leases in the {LEASES:?} system namespace"
            )),
            ("coordination.k8s.io", "leases", _) if request.name != node => Err(
                "can only access node lease with the same name as the requesting node".to_owned(),
            ),
            ("storage.k8s.io", "csinodes", _) if request.name != node => {
                Err("can only access CSINode with the same name as the requesting node".to_owned())
            }
            ("resource.k8s.io", "resourceslices", _) => check_slice(request, node, object),
            _ => Ok(()),
        };
        result.map_err(|why| request.forbidden(why))
    }
}

fn check_node(request: &Request<'_>, node: &str, object: &Value) -> Result<(), String> {
    if request.name != node {
        return Err(format!(
            "node {node:?} is not allowed to modify node {:?}",
            request.name
        ));
    }
    if request.operation == Operation::Create {
        let forbidden = forbidden_labels(&Value::Null, object);
        if !forbidden.is_empty() {
            return Err(format!(
                "node {node:?} is not allowed to set the following labels: {}",
                forbidden.join(", ")
            ));
        }
    }
    if let (Operation::Update, Some(old)) = (request.operation, request.old) {
        if old["spec"]["taints"] != object["spec"]["taints"] {
            return Err(format!("node {node:?} is not allowed to modify taints"));
        }
        let forbidden = forbidden_labels(old, object);
        if !forbidden.is_empty() {
            return Err(format!(
                "is not allowed to modify labels: {}",
                forbidden.join(", ")
            ));
        }
    }
    Ok(())
}

/// The labels that differ and that no node may touch, sorted.
fn forbidden_labels<'a>(old: &'a Value, new: &'a Value) -> Vec<&'a str> {
    let keys = |object: &'a Value| {
        meta::labels(object)
            .into_iter()
            .flatten()
            .map(|(key, _)| key)
    };
    let mut all: Vec<&str> = keys(old)
        .chain(keys(new))
        .map(String::as_str)
        .filter(|key| meta::label(old, key) != meta::label(new, key) && is_forbidden(key))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn is_forbidden(label: &str) -> bool {
    let Some((prefix, _)) = label.split_once('/') else {
        return false;
    };
    let below = |domain: &str| {
        prefix == domain
            || prefix
                .strip_suffix(domain)
                .is_some_and(|rest| rest.ends_with('.'))
    };
    let own = OWN_LABELS.contains(&label) || OWN_PREFIXES.iter().any(|domain| below(domain));
    below(RESTRICTED) || ((below("kubernetes.io") || below("k8s.io")) && !own)
}

async fn check_pod(request: &Request<'_>, node: &str, object: &Value) -> Result<(), Status> {
    let bound = |pod: &Value| pod["spec"]["nodeName"] == node;
    match request.operation {
        Operation::Create => {
            check_mirror(node, object).map_err(|why| request.forbidden(why))?;
            check_owner(request, node, object).await
        }
        Operation::Delete if request.old.is_some_and(bound) => Ok(()),
        Operation::Delete => Err(request.forbidden(format!(
            "node {node:?} can only delete pods with spec.nodeName set to itself"
        ))),
        Operation::Update | Operation::Connect => Err(request.forbidden(format!(
            "unexpected operation {:?}, node {node:?} can only create and delete mirror pods",
            request.operation.as_str()
        ))),
    }
}

/// A mirror pod stands on the node, belongs to it, and refers to nothing that the node could read by it.
fn check_mirror(node: &str, pod: &Value) -> Result<(), String> {
    let spec = &pod["spec"];
    if meta::annotation(pod, MIRROR).is_none() {
        return Err(format!(
            "pod does not have {MIRROR:?} annotation, node {node:?} can only create mirror pods"
        ));
    }
    if spec["nodeName"] != node {
        return Err(format!(
            "node {node:?} can only create pods with spec.nodeName set to itself"
        ));
    }
    let owner = match meta::owner_references(pod) {
        [one] => one,
        [] => {
            return Err(format!(
                "node {node:?} can only create pods with an owner reference set to itself"
            ));
        }
        _ => {
            return Err(format!(
                "node {node:?} can only create pods with a single owner reference set to itself"
            ));
        }
    };
    if owner["apiVersion"] != "v1" || owner["kind"] != "Node" || owner["name"] != node {
        return Err(format!(
            "node {node:?} can only create pods with an owner reference set to itself"
        ));
    }
    if owner["controller"] != true {
        return Err(format!(
            "node {node:?} can only create pods with a controller owner reference set to itself"
        ));
    }
    if owner["blockOwnerDeletion"] == true {
        return Err(format!(
            "node {node:?} must not set blockOwnerDeletion on an owner reference"
        ));
    }
    if !spec["serviceAccountName"]
        .as_str()
        .unwrap_or_default()
        .is_empty()
    {
        return Err(format!(
            "node {node:?} can not create pods that reference a service account"
        ));
    }
    match pods::references(pod).first() {
        Some(what) => Err(format!(
            "node {node:?} can not create pods that reference {what}"
        )),
        None => Ok(()),
    }
}

async fn check_owner(request: &Request<'_>, node: &str, pod: &Value) -> Result<(), Status> {
    let nodes = known("", "v1", "nodes");
    let registry = &request.shared.registry;
    let live = registry.get(nodes, "", node, At::Current).await?;
    let named = meta::owner_references(pod)
        .first()
        .and_then(|owner| owner["uid"].as_str())
        .unwrap_or_default();
    if named == meta::uid(&live) {
        return Ok(());
    }
    Err(request.forbidden(format!(
        "node {node} UID mismatch: expected {named} got {}",
        meta::uid(&live)
    )))
}

fn check_pod_status(request: &Request<'_>, node: &str, object: &Value) -> Result<(), String> {
    let (Operation::Update, Some(old)) = (request.operation, request.old) else {
        return Err(format!(
            "unexpected operation {:?}",
            request.operation.as_str()
        ));
    };
    if old["spec"]["nodeName"] != node {
        return Err(format!(
            "node {node:?} can only update pod status for pods with spec.nodeName set to itself"
        ));
    }
    if meta::labels(old) != meta::labels(object) {
        return Err(format!(
            "node {node:?} cannot update labels through pod status"
        ));
    }
    if old["status"]["resourceClaimStatuses"] != object["status"]["resourceClaimStatuses"] {
        return Err(format!(
            "node {node:?} cannot update resource claim statues"
        ));
    }
    Ok(())
}

async fn check_eviction(request: &Request<'_>, node: &str) -> Result<(), Status> {
    let pod = pod(request, &request.name).await?;
    if pod["spec"]["nodeName"] == node {
        return Ok(());
    }
    Err(request.forbidden(format!(
        "node {node} can only evict pods with spec.nodeName set to itself"
    )))
}

async fn pod(request: &Request<'_>, name: &str) -> Result<Value, Status> {
    let pods = known("", "v1", "pods");
    let registry = &request.shared.registry;
    registry
        .get(pods, request.namespace, name, At::Current)
        .await
}

fn check_claim_status(request: &Request<'_>, node: &str, object: &Value) -> Result<(), String> {
    let (Operation::Update, Some(old)) = (request.operation, request.old) else {
        return Err(format!(
            "unexpected operation {:?}",
            request.operation.as_str()
        ));
    };
    let rest = |claim: &Value| {
        let mut rest = claim.clone();
        meta::remove(&mut rest, "resourceVersion");
        meta::remove(&mut rest, "managedFields");
        if let Some(status) = rest["status"].as_object_mut() {
            for field in [
                "allocatedResourceStatuses",
                "allocatedResources",
                "capacity",
                "conditions",
            ] {
                status.shift_remove(field);
            }
        }
        rest
    };
    if rest(old) == rest(object) {
        return Ok(());
    }
    Err(format!(
        "node {node:?} is not allowed to update fields other than status.capacity and status.conditions"
    ))
}

fn check_slice(request: &Request<'_>, node: &str, object: &Value) -> Result<(), String> {
    let named = |slice: &Value| slice["spec"]["nodeName"] == node;
    match request.operation {
        Operation::Create if !named(object) => Err(
            "can only create ResourceSlice with the same NodeName as the requesting node"
                .to_owned(),
        ),
        Operation::Update if !request.old.is_some_and(named) => Err(
            "can only update ResourceSlice with the same NodeName as the requesting node"
                .to_owned(),
        ),
        Operation::Delete if !request.old.is_some_and(named) => Err(
            "can only delete ResourceSlice with the same NodeName as the requesting node"
                .to_owned(),
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_that_a_node_may_not_give_itself() {
        for label in [
            "node-restriction.kubernetes.io/team",
            "x.node-restriction.kubernetes.io/team",
            "node-role.kubernetes.io/control-plane",
            "foo.k8s.io/x",
        ] {
            assert!(is_forbidden(label), "{label}");
        }
        for label in [
            "team",
            "example.com/x",
            "kubernetes.io/hostname",
            "node.kubernetes.io/x",
            "sub.kubelet.kubernetes.io/y",
            "mykubernetes.io/x",
        ] {
            assert!(!is_forbidden(label), "{label}");
        }
    }

    #[test]
    fn only_what_changed_counts() {
        let node = |labels: Value| json!({"metadata": {"labels": labels}});
        let (old, new) = (
            node(json!({"a.k8s.io/x": "1", "b.k8s.io/x": "1", "c": "1"})),
            node(json!({"a.k8s.io/x": "1", "b.k8s.io/x": "2"})),
        );
        assert_eq!(forbidden_labels(&old, &new), ["b.k8s.io/x"]);
    }

    #[test]
    fn mirror_pods_refer_to_nothing() {
        let owner = json!({"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u", "controller": true});
        let mut pod = json!({"metadata": {"annotations": {MIRROR: "x"}, "ownerReferences": [owner]},
            "spec": {"nodeName": "n"}});
        assert_eq!(check_mirror("n", &pod), Ok(()));
        pod["spec"]["volumes"] = json!([{"name": "v", "secret": {"secretName": "s"}}]);
        assert_eq!(
            check_mirror("n", &pod).unwrap_err(),
            "node \"n\" can not create pods that reference secrets"
        );
    }
}

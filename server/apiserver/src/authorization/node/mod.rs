//! The node authorizer: what a node agent may do. Secrets, configmaps, claims and volumes are open to it only as far as
//! pods on its own node refer to them; what it may write of them is narrowed in admission (NodeRestriction).
//! <https://kubernetes.io/docs/reference/access-authn-authz/node/>

pub mod references;

use knarr_api::meta;
use knarr_storage::{At, Attributes as Selectable, ListRequest};
use references::Target;
use serde_json::Value;
use std::sync::Arc;

use super::Decision;
use super::attributes::Attributes;
use crate::registry::{Registry, decode, known};

const READ: &[&str] = &["get", "list", "watch"];
const CREATE: &[&str] = &["create"];
const EVENT: &[&str] = &["create", "update", "patch"];

/// Group, resource (with subresource), verbs: what every node may do, whatever runs on it.
const RULES: &[(&str, &str, &[&str])] = &[
    ("authentication.k8s.io", "tokenreviews", CREATE),
    ("authorization.k8s.io", "localsubjectaccessreviews", CREATE),
    ("authorization.k8s.io", "subjectaccessreviews", CREATE),
    ("", "services", READ),
    ("", "events", EVENT),
    ("events.k8s.io", "events", EVENT),
    ("storage.k8s.io", "csidrivers", READ),
    ("node.k8s.io", "runtimeclasses", READ),
    (
        "certificates.k8s.io",
        "certificatesigningrequests",
        &["create", "get", "list", "watch"],
    ),
    ("certificates.k8s.io", "clustertrustbundles", READ),
    (
        "certificates.k8s.io",
        "podcertificaterequests",
        &["create", "get", "list", "watch"],
    ),
];

/// A refusal that another authorizer may overrule.
fn no(reason: impl Into<String>) -> Decision {
    Decision::NoOpinion(reason.into())
}

/// `Allow` without a reason.
fn yes() -> Decision {
    Decision::Allow(String::new())
}

/// Allows node agents what they need; has no opinion on anybody else.
pub async fn authorize(registry: &Registry, request: &Attributes<'_>) -> Decision {
    let Some(node) = request.user.node_name() else {
        return no("");
    };
    if node.is_empty() {
        return no(format!("unknown node for user {:?}", request.user.name));
    }
    if !request.is_resource {
        return no("");
    }
    let (namespace, name) = (request.namespace, request.name);
    let needed = match (request.group, request.resource) {
        ("", "secrets") => read_one(request).map(|()| Target::Secret { namespace, name }),
        ("", "configmaps") => read_one(request).map(|()| Target::ConfigMap { namespace, name }),
        ("", "persistentvolumeclaims") => match request.subresource {
            "status" => write_status(request),
            _ => get_one(request),
        }
        .map(|()| Target::Claim { namespace, name }),
        ("", "persistentvolumes") => get_one(request).map(|()| Target::Volume { name }),
        ("resource.k8s.io", "resourceclaims") => {
            get_one(request).map(|()| Target::ResourceClaim { namespace, name })
        }
        ("storage.k8s.io", "volumeattachments") => {
            get_one(request).map(|()| Target::VolumeAttachment { name })
        }
        ("", "serviceaccounts") => {
            create_token(request).map(|()| Target::ServiceAccount { namespace, name })
        }
        ("coordination.k8s.io", "leases") => return lease(node, request),
        ("storage.k8s.io", "csinodes") => return csi_node(node, request),
        ("resource.k8s.io", "resourceslices") => match slice(node, request) {
            Some(decision) => return decision,
            None => Ok(Target::ResourceSlice { name }),
        },
        ("", "nodes") => return own_node(node, request),
        ("", "pods") => match pod(node, request) {
            Some(decision) => return decision,
            None => Ok(Target::Pod { namespace, name }),
        },
        _ => return by_rule(request),
    };
    match needed {
        Err(why) => no(why),
        Ok(_) if name.is_empty() => no("No Object name found"),
        Ok(target) if related(registry, node, &target).await => yes(),
        Ok(_) => no(format!(
            "no relationship found between node '{node}' and this object"
        )),
    }
}

fn by_rule(request: &Attributes<'_>) -> Decision {
    let resource = request.resource_path();
    let allowed = RULES.iter().any(|(group, name, verbs)| {
        *group == request.group && *name == resource && verbs.contains(&request.verb)
    });
    if allowed { yes() } else { no("") }
}

fn read_one(request: &Attributes<'_>) -> Result<(), &'static str> {
    if !READ.contains(&request.verb) {
        Err("can only read resources of this type")
    } else if !request.subresource.is_empty() {
        Err("cannot read subresource")
    } else if request.namespace.is_empty() {
        Err("can only read namespaced object of this type")
    } else {
        Ok(())
    }
}

fn get_one(request: &Attributes<'_>) -> Result<(), &'static str> {
    if request.verb != "get" {
        Err("can only get individual resources of this type")
    } else if !request.subresource.is_empty() {
        Err("cannot get subresource")
    } else {
        Ok(())
    }
}

fn write_status(request: &Attributes<'_>) -> Result<(), &'static str> {
    match request.verb {
        "update" | "patch" => Ok(()),
        _ => Err("can only get/update/patch this type"),
    }
}

fn create_token(request: &Attributes<'_>) -> Result<(), &'static str> {
    if request.verb != "create" || request.name.is_empty() {
        Err("can only create tokens for individual service accounts")
    } else if request.subresource != "token" {
        Err("can only create token subresource of serviceaccount")
    } else {
        Ok(())
    }
}

const OWN_VERBS: &[&str] = &["get", "create", "update", "patch", "delete"];

fn lease(node: &str, request: &Attributes<'_>) -> Decision {
    if !OWN_VERBS.contains(&request.verb) {
        return no("can only get, create, update, patch, or delete a node lease");
    }
    if request.namespace != "kube-node-lease" {
        return no("can only access leases in the \"kube-node-lease\" system namespace");
    }
    // The name of a new one is only known to admission.
    if request.verb != "create" && request.name != node {
        return no("can only access node lease with the same name as the requesting node");
    }
    yes()
}

fn csi_node(node: &str, request: &Attributes<'_>) -> Decision {
    if !OWN_VERBS.contains(&request.verb) {
        return no("can only get, create, update, patch, or delete a CSINode");
    }
    if !request.subresource.is_empty() {
        return no("cannot authorize CSINode subresources");
    }
    if request.verb != "create" && request.name != node {
        return no("can only access CSINode with the same name as the requesting node");
    }
    yes()
}

/// `None` when it depends on the object.
fn slice(node: &str, request: &Attributes<'_>) -> Option<Decision> {
    if !request.subresource.is_empty() {
        return Some(no("cannot authorize ResourceSlice subresources"));
    }
    match request.verb {
        "create" => Some(yes()),
        "get" | "update" | "patch" | "delete" => None,
        "watch" | "list" | "deletecollection" if selects(request, "spec.nodeName", node) => {
            Some(yes())
        }
        "watch" | "list" | "deletecollection" => Some(no(
            "can only list/watch/deletecollection resourceslices with nodeName field selector",
        )),
        _ => Some(no(
            "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection",
        )),
    }
}

fn own_node(node: &str, request: &Attributes<'_>) -> Decision {
    match (request.subresource, request.verb) {
        ("", "create" | "update" | "patch") | ("status", "update" | "patch") => yes(),
        ("", "get" | "list" | "watch") => match request.name {
            name if name == node => yes(),
            "" => no(format!(
                "node '{node}' cannot read all nodes, only its own Node object"
            )),
            name => no(format!(
                "node '{node}' cannot read '{name}', only its own Node object"
            )),
        },
        _ => no(""),
    }
}

/// `None` when it depends on the object.
fn pod(node: &str, request: &Attributes<'_>) -> Option<Decision> {
    match (request.subresource, request.verb) {
        ("", "get") => None,
        ("", "list" | "watch") if selects(request, "spec.nodeName", node) => Some(yes()),
        ("", "list" | "watch") if !request.name.is_empty() => None,
        ("", "list" | "watch") => Some(no(
            "can only list/watch pods with spec.nodeName field selector",
        )),
        ("", "create" | "delete") | ("status", "update" | "patch") | ("eviction", "create") => {
            Some(yes())
        }
        _ => Some(no("")),
    }
}

fn selects(request: &Attributes<'_>, field: &str, value: &str) -> bool {
    let selectors = request.selectors;
    selectors.is_some_and(|selectors| selectors.fields.requires(field) == Some(value))
}

/// Whether the object belongs to the node, or a pod on the node refers to it.
async fn related(registry: &Registry, node: &str, target: &Target<'_>) -> bool {
    let node_of =
        |object: Option<Value>| object.is_some_and(|object| object["spec"]["nodeName"] == node);
    let find = async |group: &str, version: &str, plural: &str, namespace: &str, name: &str| {
        let kind = known(group, version, plural);
        // What a node asks for it has just been told of: the cache may lag behind, the store does not.
        registry
            .find(kind, namespace, name, At::Current)
            .await
            .ok()
            .flatten()
    };
    match *target {
        Target::Pod { namespace, name } => node_of(find("", "v1", "pods", namespace, name).await),
        Target::VolumeAttachment { name } => {
            node_of(find("storage.k8s.io", "v1", "volumeattachments", "", name).await)
        }
        Target::ResourceSlice { name } => {
            node_of(find("resource.k8s.io", "v1", "resourceslices", "", name).await)
        }
        Target::Volume { name } => {
            let volume = find("", "v1", "persistentvolumes", "", name).await;
            let Some(claim) = volume.as_ref().and_then(references::claim_of) else {
                return false;
            };
            let claim = Target::Claim {
                namespace: claim.0,
                name: claim.1,
            };
            pods(registry, node)
                .await
                .iter()
                .any(|pod| references::refers(pod, &claim))
        }
        Target::Secret { namespace, .. } => {
            let pods = pods(registry, node).await;
            if pods.iter().any(|pod| references::refers(pod, target)) {
                return true;
            }
            let claims = pods.iter().filter(|pod| meta::namespace(pod) == namespace);
            for (namespace, claim) in claims.flat_map(references::claims) {
                let claim = find("", "v1", "persistentvolumeclaims", &namespace, &claim).await;
                let volume = claim
                    .as_ref()
                    .and_then(|claim| claim["spec"]["volumeName"].as_str());
                let Some(volume) = volume else { continue };
                let volume = find("", "v1", "persistentvolumes", "", volume).await;
                if volume.is_some_and(|volume| references::volume_refers(&volume, target)) {
                    return true;
                }
            }
            false
        }
        _ => pods(registry, node)
            .await
            .iter()
            .any(|pod| references::refers(pod, target)),
    }
}

/// The pods of a node. Mirror pods are left out: a node makes them itself, and must not grant itself anything by it.
async fn pods(registry: &Registry, node: &str) -> Vec<Value> {
    let kind = known("", "v1", "pods");
    let wanted = node.to_owned();
    let request = ListRequest {
        prefix: Registry::prefix(kind, ""),
        filter: Some(Arc::new(move |attributes: &Selectable| {
            attributes.fields.get("spec.nodeName") == Some(&wanted)
        })),
        ..ListRequest::default()
    };
    let list = match registry.cache(kind).list(request).await {
        Ok(list) => list,
        Err(error) => {
            tracing::warn!(%error, "cannot list the pods of a node");
            return Vec::new();
        }
    };
    let pods = list.entries.iter().filter_map(|entry| decode(entry).ok());
    pods.filter(|pod| meta::annotation(pod, "kubernetes.io/config.mirror").is_none())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::authorization::{Attributes, Selectors};
    use crate::testing::TestServer;
    use crate::user::{NODES, UserInfo};
    use knarr_api::selector::FieldSelector;

    async fn decide(
        server: &TestServer,
        verb: &str,
        (group, resource, subresource): (&str, &str, &str),
        (namespace, name): (&str, &str),
    ) -> super::Decision {
        let user = UserInfo::authenticated("system:node:a", [NODES]);
        let request = Attributes {
            subresource,
            namespace,
            name,
            ..Attributes::resource(&user, verb, group, resource)
        };
        super::authorize(&server.shared().registry, &request).await
    }

    fn pod(name: &str, node: &str) -> serde_json::Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
            "nodeName": node, "serviceAccountName": "default", "automountServiceAccountToken": false,
            "containers": [{"name": "c", "image": "i", "envFrom": [{"secretRef": {"name": "env"}}]}],
            "volumes": [{"name": "v", "configMap": {"name": "cm"}},
                {"name": "p", "persistentVolumeClaim": {"claimName": "data"}}]}})
    }

    #[tokio::test]
    async fn a_node_reads_what_its_pods_refer_to_and_nothing_else() {
        let server = TestServer::new().await;
        let account =
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
        server
            .post("/api/v1/namespaces/default/serviceaccounts", account)
            .await
            .expect(201);
        let pods = "/api/v1/namespaces/default/pods";
        server.post(pods, pod("mine", "a")).await.expect(201);
        let get = async |resource, name| {
            decide(&server, "get", ("", resource, ""), ("default", name)).await
        };
        assert!(get("secrets", "env").await.is_allowed());
        assert!(get("configmaps", "cm").await.is_allowed());
        assert!(get("persistentvolumeclaims", "data").await.is_allowed());
        assert!(get("pods", "mine").await.is_allowed());
        let token = ("", "serviceaccounts", "token");
        let tokens = decide(&server, "create", token, ("default", "default")).await;
        assert!(tokens.is_allowed());
        assert_eq!(
            get("secrets", "other").await.reason(),
            "no relationship found between node 'a' and this object"
        );
        let all = decide(&server, "list", ("", "secrets", ""), ("default", "")).await;
        assert_eq!(all.reason(), "No Object name found");
        server
            .delete(&format!("{pods}/mine?gracePeriodSeconds=0"))
            .await
            .expect(200);
        assert!(!get("secrets", "env").await.is_allowed());
    }

    #[tokio::test]
    async fn a_node_reads_its_own_objects_only() {
        let server = TestServer::new().await;
        let check = async |verb, resource, name: &str, wanted: &str| {
            let decision = decide(&server, verb, ("", resource, ""), ("", name)).await;
            assert_eq!(
                decision.is_allowed(),
                wanted.is_empty(),
                "{verb} {resource} {name}"
            );
            assert_eq!(decision.reason(), wanted);
        };
        check("get", "nodes", "a", "").await;
        check(
            "get",
            "nodes",
            "b",
            "node 'a' cannot read 'b', only its own Node object",
        )
        .await;
        check(
            "list",
            "nodes",
            "",
            "node 'a' cannot read all nodes, only its own Node object",
        )
        .await;
        check(
            "list",
            "pods",
            "",
            "can only list/watch pods with spec.nodeName field selector",
        )
        .await;
        let user = UserInfo::authenticated("system:node:a", [NODES]);
        let selectors = Selectors {
            fields: FieldSelector::one("spec.nodeName", "a"),
            labels: None,
        };
        let scoped = Attributes {
            selectors: Some(&selectors),
            ..Attributes::resource(&user, "list", "", "pods")
        };
        assert!(
            super::authorize(&server.shared().registry, &scoped)
                .await
                .is_allowed()
        );
        let lease = ("coordination.k8s.io", "leases", "");
        assert!(
            decide(&server, "get", lease, ("kube-node-lease", "a"))
                .await
                .is_allowed()
        );
        assert!(
            !decide(&server, "get", lease, ("kube-node-lease", "b"))
                .await
                .is_allowed()
        );
        assert!(
            !decide(&server, "get", lease, ("default", "a"))
                .await
                .is_allowed()
        );
    }
}

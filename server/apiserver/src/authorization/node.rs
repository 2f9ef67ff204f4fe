//! The node authorizer: what a node agent may do, in the effect of upstream's node rules. Which pods' secrets a node
//! may read is not traced here; writes to other nodes' objects are refused in admission (NodeRestriction).

use super::Decision;
use super::attributes::Attributes;

const READ: &[&str] = &["get", "list", "watch"];
const GET: &[&str] = &["get"];
const CREATE: &[&str] = &["create"];
const STATUS: &[&str] = &["get", "update", "patch"];

/// Group, resource (with subresource), verbs: upstream's `system:node` role and its graph-based additions.
const RULES: &[(&str, &str, &[&str])] = &[
    ("authentication.k8s.io", "tokenreviews", CREATE),
    ("authorization.k8s.io", "localsubjectaccessreviews", CREATE),
    ("authorization.k8s.io", "subjectaccessreviews", CREATE),
    ("authorization.k8s.io", "selfsubjectaccessreviews", CREATE),
    ("authorization.k8s.io", "selfsubjectrulesreviews", CREATE),
    ("", "services", READ),
    ("discovery.k8s.io", "endpointslices", READ),
    ("", "endpoints", READ),
    (
        "",
        "nodes",
        &["create", "get", "list", "watch", "update", "patch"],
    ),
    ("", "nodes/status", &["update", "patch"]),
    ("", "events", &["create", "update", "patch"]),
    ("events.k8s.io", "events", &["create", "update", "patch"]),
    ("", "pods", &["create", "delete", "get", "list", "watch"]),
    ("", "pods/status", &["update", "patch"]),
    ("", "pods/eviction", CREATE),
    ("", "secrets", READ),
    ("", "configmaps", READ),
    ("", "persistentvolumeclaims", READ),
    ("", "persistentvolumeclaims/status", STATUS),
    ("", "persistentvolumes", READ),
    ("storage.k8s.io", "volumeattachments", READ),
    ("storage.k8s.io", "csidrivers", READ),
    (
        "storage.k8s.io",
        "csinodes",
        &[
            "create", "delete", "get", "list", "watch", "update", "patch",
        ],
    ),
    (
        "coordination.k8s.io",
        "leases",
        &[
            "create", "delete", "get", "list", "watch", "update", "patch",
        ],
    ),
    (
        "certificates.k8s.io",
        "certificatesigningrequests",
        &["create", "get", "list", "watch"],
    ),
    ("node.k8s.io", "runtimeclasses", READ),
    ("", "serviceaccounts", GET),
    ("", "serviceaccounts/token", CREATE),
    ("resource.k8s.io", "resourceclaims", READ),
    (
        "resource.k8s.io",
        "resourceslices",
        &[
            "create",
            "delete",
            "deletecollection",
            "get",
            "list",
            "watch",
            "update",
            "patch",
        ],
    ),
    ("certificates.k8s.io", "clustertrustbundles", READ),
];

/// Allows what the table says to node agents; has no opinion on anybody else.
pub fn authorize(request: &Attributes<'_>) -> Decision {
    if request.user.node_name().is_none() || !request.is_resource {
        return Decision::NoOpinion(String::new());
    }
    let resource = request.resource_path();
    let allowed = RULES.iter().any(|(group, name, verbs)| {
        *group == request.group && *name == resource && verbs.contains(&request.verb)
    });
    if allowed {
        Decision::Allow(String::new())
    } else {
        Decision::NoOpinion(String::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::{NODES, UserInfo};

    #[test]
    fn only_nodes_are_allowed() {
        let node = UserInfo::authenticated("system:node:a", [NODES]);
        let other = UserInfo::authenticated("jane", ["dev"]);
        let decide = |user, verb, resource| {
            authorize(&Attributes::resource(user, verb, "", resource)).is_allowed()
        };
        assert!(decide(&node, "list", "pods"));
        assert!(!decide(&node, "delete", "nodes"));
        assert!(!decide(&other, "list", "pods"));
    }
}

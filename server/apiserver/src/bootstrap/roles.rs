//! The default roles and bindings as tables: upstream's bootstrap policy, without the roles of parts that are not here.

use serde_json::{Value, json};

/// A rule: verbs, groups, resources, names; or verbs and paths.
pub enum R {
    /// Verbs, API groups, resources.
    On(
        &'static [&'static str],
        &'static [&'static str],
        &'static [&'static str],
    ),
    /// Verbs, API groups, resources, names.
    Named(
        &'static [&'static str],
        &'static [&'static str],
        &'static [&'static str],
        &'static [&'static str],
    ),
    /// Verbs, paths.
    Paths(&'static [&'static str], &'static [&'static str]),
}

impl R {
    /// As `PolicyRule`.
    pub fn to_value(&self) -> Value {
        match self {
            Self::On(verbs, groups, resources) => {
                json!({"verbs": verbs, "apiGroups": groups, "resources": resources})
            }
            Self::Named(verbs, groups, resources, names) => {
                json!({"verbs": verbs, "apiGroups": groups, "resources": resources, "resourceNames": names})
            }
            Self::Paths(verbs, paths) => json!({"verbs": verbs, "nonResourceURLs": paths}),
        }
    }
}

/// A cluster role.
pub struct Role {
    pub name: &'static str,
    /// The roles that take in these rules, by the label `aggregate-to-…`.
    pub aggregates_to: &'static [&'static str],
    /// Whether the role is put together from labelled ones. Its rules here are those of the default parts.
    pub aggregated: bool,
    pub rules: &'static [&'static [R]],
}

const fn role(name: &'static str, rules: &'static [&'static [R]]) -> Role {
    Role {
        name,
        aggregates_to: &[],
        aggregated: false,
        rules,
    }
}

const fn aggregated(
    name: &'static str,
    aggregates_to: &'static [&'static str],
    rules: &'static [&'static [R]],
) -> Role {
    Role {
        name,
        aggregates_to,
        aggregated: true,
        rules,
    }
}

const fn part(
    name: &'static str,
    aggregates_to: &'static [&'static str],
    rules: &'static [&'static [R]],
) -> Role {
    Role {
        name,
        aggregates_to,
        aggregated: false,
        rules,
    }
}

use R::{Named, On, Paths};

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "delete", "deletecollection", "patch", "update"];
const READ_WRITE: &[&str] = &[
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];
const READ_UPDATE: &[&str] = &["get", "list", "patch", "update", "watch"];
const EVENT: &[&str] = &["create", "patch", "update"];
const CORE: &[&str] = &[""];
const APPS: &[&str] = &["apps"];
const EVENTS: &[&str] = &["", "events.k8s.io"];

const VIEW: &[R] = &[
    On(
        READ,
        CORE,
        &[
            "configmaps",
            "endpoints",
            "persistentvolumeclaims",
            "persistentvolumeclaims/status",
            "pods",
            "replicationcontrollers",
            "replicationcontrollers/scale",
            "serviceaccounts",
            "services",
            "services/status",
        ],
    ),
    On(
        READ,
        CORE,
        &[
            "bindings",
            "events",
            "limitranges",
            "namespaces/status",
            "pods/log",
            "pods/status",
            "replicationcontrollers/status",
            "resourcequotas",
            "resourcequotas/status",
        ],
    ),
    On(READ, CORE, &["namespaces"]),
    On(READ, &["discovery.k8s.io"], &["endpointslices"]),
    On(
        READ,
        APPS,
        &[
            "controllerrevisions",
            "daemonsets",
            "daemonsets/status",
            "deployments",
            "deployments/scale",
            "deployments/status",
            "replicasets",
            "replicasets/scale",
            "replicasets/status",
            "statefulsets",
            "statefulsets/scale",
            "statefulsets/status",
        ],
    ),
    On(
        READ,
        &["autoscaling"],
        &[
            "horizontalpodautoscalers",
            "horizontalpodautoscalers/status",
        ],
    ),
    On(
        READ,
        &["batch"],
        &["cronjobs", "cronjobs/status", "jobs", "jobs/status"],
    ),
    On(
        READ,
        &["extensions"],
        &[
            "daemonsets",
            "daemonsets/status",
            "deployments",
            "deployments/scale",
            "deployments/status",
            "ingresses",
            "ingresses/status",
            "networkpolicies",
            "replicasets",
            "replicasets/scale",
            "replicasets/status",
            "replicationcontrollers/scale",
        ],
    ),
    On(
        READ,
        &["policy"],
        &["poddisruptionbudgets", "poddisruptionbudgets/status"],
    ),
    On(
        READ,
        &["networking.k8s.io"],
        &["ingresses", "ingresses/status", "networkpolicies"],
    ),
];

const EDIT: &[R] = &[
    On(
        READ,
        CORE,
        &[
            "pods/attach",
            "pods/exec",
            "pods/portforward",
            "pods/proxy",
            "secrets",
            "services/proxy",
        ],
    ),
    On(&["impersonate"], CORE, &["serviceaccounts"]),
    On(
        WRITE,
        CORE,
        &[
            "pods",
            "pods/attach",
            "pods/exec",
            "pods/portforward",
            "pods/proxy",
        ],
    ),
    On(&["create"], CORE, &["pods/eviction"]),
    On(
        WRITE,
        CORE,
        &[
            "configmaps",
            "events",
            "persistentvolumeclaims",
            "replicationcontrollers",
            "replicationcontrollers/scale",
            "secrets",
            "serviceaccounts",
            "services",
            "services/proxy",
        ],
    ),
    On(&["create"], CORE, &["serviceaccounts/token"]),
    On(
        WRITE,
        APPS,
        &[
            "daemonsets",
            "deployments",
            "deployments/rollback",
            "deployments/scale",
            "replicasets",
            "replicasets/scale",
            "statefulsets",
            "statefulsets/scale",
        ],
    ),
    On(WRITE, &["autoscaling"], &["horizontalpodautoscalers"]),
    On(WRITE, &["batch"], &["cronjobs", "jobs"]),
    On(
        WRITE,
        &["extensions"],
        &[
            "daemonsets",
            "deployments",
            "deployments/rollback",
            "deployments/scale",
            "ingresses",
            "networkpolicies",
            "replicasets",
            "replicasets/scale",
            "replicationcontrollers/scale",
        ],
    ),
    On(WRITE, &["policy"], &["poddisruptionbudgets"]),
    On(
        WRITE,
        &["networking.k8s.io"],
        &["ingresses", "networkpolicies"],
    ),
    On(READ_WRITE, &["coordination.k8s.io"], &["leases"]),
];

const ADMIN: &[R] = &[
    On(
        &["create"],
        &["authorization.k8s.io"],
        &["localsubjectaccessreviews"],
    ),
    On(
        READ_WRITE,
        &["rbac.authorization.k8s.io"],
        &["rolebindings", "roles"],
    ),
];

const AUTH_DELEGATION: &[R] = &[
    On(&["create"], &["authentication.k8s.io"], &["tokenreviews"]),
    On(
        &["create"],
        &["authorization.k8s.io"],
        &["subjectaccessreviews"],
    ),
];

/// What one identity for all controllers needs: the garbage collector and the namespace controller read and delete
/// everything; the others create what they own.
const CONTROLLER_MANAGER: &[R] = &[
    On(
        &[
            "delete",
            "deletecollection",
            "get",
            "list",
            "patch",
            "update",
            "watch",
        ],
        &["*"],
        &["*"],
    ),
    On(EVENT, EVENTS, &["events"]),
    On(
        &["create"],
        CORE,
        &[
            "configmaps",
            "endpoints",
            "persistentvolumeclaims",
            "persistentvolumes",
            "pods",
            "secrets",
            "serviceaccounts",
            "serviceaccounts/token",
            "pods/eviction",
        ],
    ),
    On(&["create"], &["coordination.k8s.io"], &["leases"]),
    On(&["create"], &["discovery.k8s.io"], &["endpointslices"]),
    On(&["create"], APPS, &["controllerrevisions", "replicasets"]),
    On(&["create"], &["batch"], &["jobs"]),
    On(&["create"], &["resource.k8s.io"], &["resourceclaims"]),
    On(&["create"], &["storage.k8s.io"], &["volumeattachments"]),
    On(&["approve", "sign"], &["certificates.k8s.io"], &["signers"]),
    Paths(&["get"], &["*"]),
];

const SCHEDULER: &[R] = &[
    On(EVENT, EVENTS, &["events"]),
    On(&["create"], &["coordination.k8s.io"], &["leases"]),
    Named(
        &["get", "list", "update", "watch"],
        &["coordination.k8s.io"],
        &["leases"],
        &["kube-scheduler"],
    ),
    On(READ, CORE, &["nodes", "namespaces"]),
    On(&["delete", "get", "list", "watch"], CORE, &["pods"]),
    On(&["create"], CORE, &["bindings", "pods/binding"]),
    On(&["patch", "update"], CORE, &["pods/status"]),
    On(READ, CORE, &["replicationcontrollers", "services"]),
    On(
        READ,
        &["apps", "extensions"],
        &["replicasets", "statefulsets"],
    ),
    On(READ, &["policy"], &["poddisruptionbudgets"]),
    On(
        READ_UPDATE,
        CORE,
        &["persistentvolumeclaims", "persistentvolumes"],
    ),
    On(READ, &["scheduling.k8s.io"], &["priorityclasses"]),
    On(
        READ,
        &["storage.k8s.io"],
        &[
            "csidrivers",
            "csinodes",
            "csistoragecapacities",
            "storageclasses",
            "volumeattachments",
        ],
    ),
    On(
        READ_UPDATE,
        &["resource.k8s.io"],
        &["resourceclaims", "resourceclaims/status"],
    ),
    On(
        READ,
        &["resource.k8s.io"],
        &["deviceclasses", "resourceslices", "devicetaintrules"],
    ),
];

const NODE_PROXIER: &[R] = &[
    On(READ, CORE, &["endpoints", "services"]),
    On(READ, CORE, &["nodes"]),
    On(EVENT, EVENTS, &["events"]),
    On(READ, &["discovery.k8s.io"], &["endpointslices"]),
    On(READ, &["networking.k8s.io"], &["servicecidrs"]),
];

const HEALTH: &[&str] = &["/healthz", "/livez", "/readyz", "/version", "/version/"];

/// Every default cluster role, in the order of upstream's policy.
pub const ALL: &[Role] = &[
    role(
        "cluster-admin",
        &[&[On(&["*"], &["*"], &["*"]), Paths(&["*"], &["*"])]],
    ),
    role(
        "system:discovery",
        &[&[Paths(
            &["get"],
            &[
                "/api",
                "/api/*",
                "/apis",
                "/apis/*",
                "/healthz",
                "/livez",
                "/openapi",
                "/openapi/*",
                "/readyz",
                "/version",
                "/version/",
            ],
        )]],
    ),
    role(
        "system:monitoring",
        &[&[Paths(
            &["get"],
            &[
                "/healthz",
                "/healthz/*",
                "/livez",
                "/livez/*",
                "/metrics",
                "/metrics/slis",
                "/readyz",
                "/readyz/*",
            ],
        )]],
    ),
    role(
        "system:basic-user",
        &[&[
            On(
                &["create"],
                &["authorization.k8s.io"],
                &["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
            ),
            On(
                &["create"],
                &["authentication.k8s.io"],
                &["selfsubjectreviews"],
            ),
        ]],
    ),
    role("system:public-info-viewer", &[&[Paths(&["get"], HEALTH)]]),
    aggregated("admin", &[], &[ADMIN, EDIT, VIEW]),
    aggregated("edit", &["admin"], &[EDIT, VIEW]),
    aggregated("view", &["edit"], &[VIEW]),
    part("system:aggregate-to-admin", &["admin"], &[ADMIN]),
    part("system:aggregate-to-edit", &["edit"], &[EDIT]),
    part("system:aggregate-to-view", &["view"], &[VIEW]),
    role("system:auth-delegator", &[AUTH_DELEGATION]),
    role(
        "system:kubelet-api-admin",
        &[&[
            On(READ, CORE, &["nodes"]),
            On(&["proxy"], CORE, &["nodes"]),
            On(
                &["*"],
                CORE,
                &[
                    "nodes/configz",
                    "nodes/healthz",
                    "nodes/log",
                    "nodes/metrics",
                    "nodes/pods",
                    "nodes/proxy",
                    "nodes/stats",
                ],
            ),
        ]],
    ),
    role(
        "system:node-bootstrapper",
        &[&[On(
            &["create", "get", "list", "watch"],
            &["certificates.k8s.io"],
            &["certificatesigningrequests"],
        )]],
    ),
    role(
        "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
        &[&[On(
            &["create"],
            &["certificates.k8s.io"],
            &["certificatesigningrequests/nodeclient"],
        )]],
    ),
    role(
        "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
        &[&[On(
            &["create"],
            &["certificates.k8s.io"],
            &["certificatesigningrequests/selfnodeclient"],
        )]],
    ),
    role(
        "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver",
        &[&[Named(
            &["approve"],
            &["certificates.k8s.io"],
            &["signers"],
            &["kubernetes.io/kube-apiserver-client-kubelet"],
        )]],
    ),
    role(
        "system:certificates.k8s.io:kubelet-serving-approver",
        &[&[Named(
            &["approve"],
            &["certificates.k8s.io"],
            &["signers"],
            &["kubernetes.io/kubelet-serving"],
        )]],
    ),
    role(
        "system:kube-dns",
        &[&[On(&["list", "watch"], CORE, &["endpoints", "services"])]],
    ),
    role(
        "system:persistent-volume-provisioner",
        &[&[
            On(
                &["create", "delete", "get", "list", "watch"],
                CORE,
                &["persistentvolumes"],
            ),
            On(
                &["get", "list", "update", "watch"],
                CORE,
                &["persistentvolumeclaims"],
            ),
            On(READ, &["storage.k8s.io"], &["storageclasses"]),
            On(&["watch"], CORE, &["events"]),
            On(EVENT, EVENTS, &["events"]),
        ]],
    ),
    role(
        "system:kube-controller-manager",
        &[CONTROLLER_MANAGER, AUTH_DELEGATION],
    ),
    role("system:kube-scheduler", &[SCHEDULER, AUTH_DELEGATION]),
    role("system:node-proxier", &[NODE_PROXIER]),
    role(
        "system:service-account-issuer-discovery",
        &[&[Paths(
            &["get"],
            &[
                "/.well-known/openid-configuration",
                "/.well-known/openid-configuration/",
                "/openid/v1/jwks",
                "/openid/v1/jwks/",
            ],
        )]],
    ),
];

const AUTHENTICATED: (&str, &str) = ("Group", "system:authenticated");
const UNAUTHENTICATED: (&str, &str) = ("Group", "system:unauthenticated");

/// Name, cluster role, subjects (kind and name, of a service account `NAMESPACE/NAME`).
pub const CLUSTER_BINDINGS: &[(&str, &str, &[(&str, &str)])] = &[
    (
        "cluster-admin",
        "cluster-admin",
        &[("Group", "system:masters")],
    ),
    (
        "system:monitoring",
        "system:monitoring",
        &[("Group", "system:monitoring")],
    ),
    ("system:discovery", "system:discovery", &[AUTHENTICATED]),
    ("system:basic-user", "system:basic-user", &[AUTHENTICATED]),
    (
        "system:public-info-viewer",
        "system:public-info-viewer",
        &[AUTHENTICATED, UNAUTHENTICATED],
    ),
    (
        "system:node-proxier",
        "system:node-proxier",
        &[("User", "system:kube-proxy")],
    ),
    (
        "system:kube-controller-manager",
        "system:kube-controller-manager",
        &[("User", "system:kube-controller-manager")],
    ),
    (
        "system:kube-dns",
        "system:kube-dns",
        &[("ServiceAccount", "kube-system/kube-dns")],
    ),
    (
        "system:kube-scheduler",
        "system:kube-scheduler",
        &[("User", "system:kube-scheduler")],
    ),
    (
        "system:service-account-issuer-discovery",
        "system:service-account-issuer-discovery",
        &[("Group", "system:serviceaccounts")],
    ),
];

/// Namespace, name, rules.
pub const NAMESPACED: &[(&str, &str, &[R])] = &[
    (
        "kube-system",
        "extension-apiserver-authentication-reader",
        &[Named(
            READ,
            CORE,
            &["configmaps"],
            &["extension-apiserver-authentication"],
        )],
    ),
    (
        "kube-public",
        "system:controller:bootstrap-signer",
        &[
            On(READ, CORE, &["configmaps"]),
            Named(&["update"], CORE, &["configmaps"], &["cluster-info"]),
            On(EVENT, EVENTS, &["events"]),
        ],
    ),
];

/// Namespace, name, role, subjects.
pub const BINDINGS: &[(&str, &str, &str, &[(&str, &str)])] = &[
    (
        "kube-system",
        "system::extension-apiserver-authentication-reader",
        "extension-apiserver-authentication-reader",
        &[
            ("User", "system:kube-controller-manager"),
            ("User", "system:kube-scheduler"),
        ],
    ),
    (
        "kube-public",
        "system:controller:bootstrap-signer",
        "system:controller:bootstrap-signer",
        &[("ServiceAccount", "kube-system/bootstrap-signer")],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_binding_names_a_role_and_no_role_comes_twice() {
        let mut names: Vec<_> = ALL.iter().map(|role| role.name).collect();
        for (binding, role, _) in CLUSTER_BINDINGS {
            assert!(names.contains(role), "{binding}");
        }
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}

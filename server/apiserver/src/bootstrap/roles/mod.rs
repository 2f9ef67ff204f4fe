//! The default roles and bindings as tables: upstream's bootstrap policy.

mod bindings;
mod components;
pub mod controllers;
mod users;

use knarr_api::kinds::VERBS;
use serde_json::{Value, json};

pub use bindings::{BINDINGS, CLUSTER_BINDINGS, NAMESPACED};
use components::{AUTH_DELEGATION, CONTROLLER_MANAGER, NODE, NODE_PROXIER, SCHEDULER};
use users::{ADMIN, EDIT, METRICS, VIEW};

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
    /// Whether the role is put together from labelled ones, which the aggregation controller does.
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

const fn aggregated(name: &'static str, aggregates_to: &'static [&'static str]) -> Role {
    Role {
        name,
        aggregates_to,
        aggregated: true,
        rules: &[],
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
const READ_WRITE: &[&str] = VERBS;
const READ_UPDATE: &[&str] = &["get", "list", "patch", "update", "watch"];
const EVENT: &[&str] = &["create", "patch", "update"];
const CORE: &[&str] = &[""];
const APPS: &[&str] = &["apps"];
const EVENTS: &[&str] = &["", "events.k8s.io"];

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
                "/flagz",
                "/healthz",
                "/healthz/*",
                "/livez",
                "/livez/*",
                "/metrics",
                "/metrics/slis",
                "/readyz",
                "/readyz/*",
                "/statusz",
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
    aggregated("admin", &[]),
    aggregated("edit", &["admin"]),
    aggregated("view", &["edit"]),
    part("system:aggregate-to-admin", &["admin"], &[ADMIN]),
    part("system:aggregate-to-edit", &["edit"], &[EDIT]),
    part("system:aggregate-to-view", &["view"], &[VIEW]),
    part(
        "system:aggregated-metrics-reader",
        &["admin", "edit", "view"],
        &[METRICS],
    ),
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
        "system:certificates.k8s.io:kube-apiserver-client-approver",
        &[&[Named(
            &["approve"],
            &["certificates.k8s.io"],
            &["signers"],
            &["kubernetes.io/kube-apiserver-client"],
        )]],
    ),
    role(
        "system:certificates.k8s.io:legacy-unknown-approver",
        &[&[Named(
            &["approve"],
            &["certificates.k8s.io"],
            &["signers"],
            &["kubernetes.io/legacy-unknown"],
        )]],
    ),
    role(
        "system:heapster",
        &[&[
            On(READ, CORE, &["events", "namespaces", "nodes", "pods"]),
            On(READ, &["extensions"], &["deployments"]),
        ]],
    ),
    role(
        "system:kube-aggregator",
        &[&[On(READ, CORE, &["endpoints", "services"])]],
    ),
    role("system:node", &[NODE]),
    role(
        "system:node-problem-detector",
        &[&[
            On(&["get"], CORE, &["nodes"]),
            On(&["patch"], CORE, &["nodes/status"]),
            On(EVENT, EVENTS, &["events"]),
        ]],
    ),
    role(
        "system:volume-scheduler",
        &[&[
            On(READ_UPDATE, CORE, &["persistentvolumes"]),
            On(READ, &["storage.k8s.io"], &["storageclasses"]),
            On(READ_UPDATE, CORE, &["persistentvolumeclaims"]),
        ]],
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

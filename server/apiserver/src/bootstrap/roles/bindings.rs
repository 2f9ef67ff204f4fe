//! Who gets which role.

use super::R::{self, Named, On};
use super::{CORE, EVENT, EVENTS, READ};

/// Kind and name of each subject; of a service account the name is `NAMESPACE/NAME`.
pub type Subjects = &'static [(&'static str, &'static str)];

const AUTHENTICATED: (&str, &str) = ("Group", "system:authenticated");
const UNAUTHENTICATED: (&str, &str) = ("Group", "system:unauthenticated");

/// Name, cluster role, subjects (kind and name, of a service account `NAMESPACE/NAME`).
pub const CLUSTER_BINDINGS: &[(&str, &str, Subjects)] = &[
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
        "system:volume-scheduler",
        "system:volume-scheduler",
        &[("User", "system:kube-scheduler")],
    ),
    ("system:node", "system:node", &[]),
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
        "kube-system",
        "system:controller:bootstrap-signer",
        &[On(READ, CORE, &["secrets"])],
    ),
    (
        "kube-system",
        "system:controller:cloud-provider",
        &[On(
            &["create", "get", "list", "watch"],
            CORE,
            &["configmaps"],
        )],
    ),
    (
        "kube-system",
        "system:controller:token-cleaner",
        &[
            On(&["delete", "get", "list", "watch"], CORE, &["secrets"]),
            On(EVENT, EVENTS, &["events"]),
        ],
    ),
    (
        "kube-system",
        "system::leader-locking-kube-controller-manager",
        &[
            On(&["watch"], CORE, &["configmaps"]),
            Named(
                &["get", "update"],
                CORE,
                &["configmaps"],
                &["kube-controller-manager"],
            ),
            On(
                &["create", "get", "list", "update", "watch"],
                &["coordination.k8s.io"],
                &["leases"],
            ),
        ],
    ),
    (
        "kube-system",
        "system::leader-locking-kube-scheduler",
        &[
            On(&["watch"], CORE, &["configmaps"]),
            Named(
                &["get", "update"],
                CORE,
                &["configmaps"],
                &["kube-scheduler"],
            ),
        ],
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
pub const BINDINGS: &[(&str, &str, &str, Subjects)] = &[
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
        "kube-system",
        "system::leader-locking-kube-controller-manager",
        "system::leader-locking-kube-controller-manager",
        &[
            ("User", "system:kube-controller-manager"),
            ("ServiceAccount", "kube-system/kube-controller-manager"),
            ("ServiceAccount", "kube-system/leader-election-controller"),
        ],
    ),
    (
        "kube-system",
        "system::leader-locking-kube-scheduler",
        "system::leader-locking-kube-scheduler",
        &[
            ("User", "system:kube-scheduler"),
            ("ServiceAccount", "kube-system/kube-scheduler"),
        ],
    ),
    (
        "kube-system",
        "system:controller:bootstrap-signer",
        "system:controller:bootstrap-signer",
        &[("ServiceAccount", "kube-system/bootstrap-signer")],
    ),
    (
        "kube-system",
        "system:controller:cloud-provider",
        "system:controller:cloud-provider",
        &[("ServiceAccount", "kube-system/cloud-provider")],
    ),
    (
        "kube-system",
        "system:controller:token-cleaner",
        "system:controller:token-cleaner",
        &[("ServiceAccount", "kube-system/token-cleaner")],
    ),
    (
        "kube-public",
        "system:controller:bootstrap-signer",
        "system:controller:bootstrap-signer",
        &[("ServiceAccount", "kube-system/bootstrap-signer")],
    ),
];

//! The kinds of `rbac.authorization.k8s.io`.

use super::{Kind, cluster, deprecated, namespaced};

pub(super) const KINDS: &[Kind] = &[
    cluster(
        "rbac.authorization.k8s.io",
        "v1",
        "ClusterRoleBinding",
        "clusterrolebindings",
        "clusterrolebinding",
        "io.k8s.api.rbac.v1.ClusterRoleBinding",
    ),
    cluster(
        "rbac.authorization.k8s.io",
        "v1",
        "ClusterRole",
        "clusterroles",
        "clusterrole",
        "io.k8s.api.rbac.v1.ClusterRole",
    ),
    namespaced(
        "rbac.authorization.k8s.io",
        "v1",
        "RoleBinding",
        "rolebindings",
        "rolebinding",
        "io.k8s.api.rbac.v1.RoleBinding",
    ),
    namespaced(
        "rbac.authorization.k8s.io",
        "v1",
        "Role",
        "roles",
        "role",
        "io.k8s.api.rbac.v1.Role",
    ),
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.17",
            "1.22",
            "rbac.authorization.k8s.io/v1 ClusterRoleBinding",
        )),
        ..cluster(
            "rbac.authorization.k8s.io",
            "v1beta1",
            "ClusterRoleBinding",
            "clusterrolebindings",
            "clusterrolebinding",
            "io.k8s.api.rbac.v1beta1.ClusterRoleBinding",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.17",
            "1.22",
            "rbac.authorization.k8s.io/v1 ClusterRole",
        )),
        ..cluster(
            "rbac.authorization.k8s.io",
            "v1beta1",
            "ClusterRole",
            "clusterroles",
            "clusterrole",
            "io.k8s.api.rbac.v1beta1.ClusterRole",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.17",
            "1.22",
            "rbac.authorization.k8s.io/v1 RoleBinding",
        )),
        ..namespaced(
            "rbac.authorization.k8s.io",
            "v1beta1",
            "RoleBinding",
            "rolebindings",
            "rolebinding",
            "io.k8s.api.rbac.v1beta1.RoleBinding",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.17",
            "1.22",
            "rbac.authorization.k8s.io/v1 Role",
        )),
        ..namespaced(
            "rbac.authorization.k8s.io",
            "v1beta1",
            "Role",
            "roles",
            "role",
            "io.k8s.api.rbac.v1beta1.Role",
        )
    },
];

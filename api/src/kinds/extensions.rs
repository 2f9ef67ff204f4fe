//! The kinds of `extensions`.

use super::{Kind, SCALE, deprecated, namespaced, status};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        subresources: &[status("extensions", "v1beta1", "DaemonSet")],
        storage_group: "apps",
        storage_version: "v1",
        deprecated: Some(deprecated("1.8", "1.16", "apps/v1 DaemonSet")),
        ..namespaced(
            "extensions",
            "v1beta1",
            "DaemonSet",
            "daemonsets",
            "daemonset",
            "io.k8s.api.extensions.v1beta1.DaemonSet",
        )
    },
    Kind {
        subresources: &[SCALE, status("extensions", "v1beta1", "Deployment")],
        storage_group: "apps",
        storage_version: "v1",
        deprecated: Some(deprecated("1.8", "1.16", "apps/v1 Deployment")),
        ..namespaced(
            "extensions",
            "v1beta1",
            "Deployment",
            "deployments",
            "deployment",
            "io.k8s.api.extensions.v1beta1.Deployment",
        )
    },
    Kind {
        subresources: &[status("extensions", "v1beta1", "Ingress")],
        storage_group: "networking.k8s.io",
        storage_version: "v1",
        storage_prefix: "ingress",
        deprecated: Some(deprecated("1.14", "1.22", "networking.k8s.io/v1 Ingress")),
        ..namespaced(
            "extensions",
            "v1beta1",
            "Ingress",
            "ingresses",
            "ingress",
            "io.k8s.api.extensions.v1beta1.Ingress",
        )
    },
    Kind {
        storage_group: "networking.k8s.io",
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.9",
            "1.16",
            "networking.k8s.io/v1 NetworkPolicy",
        )),
        ..namespaced(
            "extensions",
            "v1beta1",
            "NetworkPolicy",
            "networkpolicies",
            "networkpolicy",
            "io.k8s.api.extensions.v1beta1.NetworkPolicy",
        )
    },
    Kind {
        subresources: &[SCALE, status("extensions", "v1beta1", "ReplicaSet")],
        storage_group: "apps",
        storage_version: "v1",
        selectable_fields: &["status.replicas"],
        deprecated: Some(deprecated("1.8", "1.16", "apps/v1 ReplicaSet")),
        ..namespaced(
            "extensions",
            "v1beta1",
            "ReplicaSet",
            "replicasets",
            "replicaset",
            "io.k8s.api.extensions.v1beta1.ReplicaSet",
        )
    },
];

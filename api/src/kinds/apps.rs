//! The kinds of `apps`.

use super::{ALL, Kind, SCALE, deprecated, namespaced, status};

pub(super) const KINDS: &[Kind] = &[
    namespaced(
        "apps",
        "v1",
        "ControllerRevision",
        "controllerrevisions",
        "controllerrevision",
        "io.k8s.api.apps.v1.ControllerRevision",
    ),
    Kind {
        short_names: &["ds"],
        categories: ALL,
        subresources: &[status("apps", "v1", "DaemonSet")],
        ..namespaced(
            "apps",
            "v1",
            "DaemonSet",
            "daemonsets",
            "daemonset",
            "io.k8s.api.apps.v1.DaemonSet",
        )
    },
    Kind {
        short_names: &["deploy"],
        categories: ALL,
        subresources: &[SCALE, status("apps", "v1", "Deployment")],
        ..namespaced(
            "apps",
            "v1",
            "Deployment",
            "deployments",
            "deployment",
            "io.k8s.api.apps.v1.Deployment",
        )
    },
    Kind {
        short_names: &["rs"],
        categories: ALL,
        subresources: &[SCALE, status("apps", "v1", "ReplicaSet")],
        selectable_fields: &["status.replicas"],
        ..namespaced(
            "apps",
            "v1",
            "ReplicaSet",
            "replicasets",
            "replicaset",
            "io.k8s.api.apps.v1.ReplicaSet",
        )
    },
    Kind {
        short_names: &["sts"],
        categories: ALL,
        subresources: &[SCALE, status("apps", "v1", "StatefulSet")],
        ..namespaced(
            "apps",
            "v1",
            "StatefulSet",
            "statefulsets",
            "statefulset",
            "io.k8s.api.apps.v1.StatefulSet",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated("1.9", "1.16", "apps/v1 ControllerRevision")),
        ..namespaced(
            "apps",
            "v1beta2",
            "ControllerRevision",
            "controllerrevisions",
            "controllerrevision",
            "io.k8s.api.apps.v1beta2.ControllerRevision",
        )
    },
    Kind {
        short_names: &["ds"],
        categories: ALL,
        subresources: &[status("apps", "v1beta2", "DaemonSet")],
        storage_version: "v1",
        deprecated: Some(deprecated("1.9", "1.16", "apps/v1 DaemonSet")),
        ..namespaced(
            "apps",
            "v1beta2",
            "DaemonSet",
            "daemonsets",
            "daemonset",
            "io.k8s.api.apps.v1beta2.DaemonSet",
        )
    },
    Kind {
        short_names: &["deploy"],
        categories: ALL,
        subresources: &[SCALE, status("apps", "v1beta2", "Deployment")],
        storage_version: "v1",
        deprecated: Some(deprecated("1.9", "1.16", "apps/v1 Deployment")),
        ..namespaced(
            "apps",
            "v1beta2",
            "Deployment",
            "deployments",
            "deployment",
            "io.k8s.api.apps.v1beta2.Deployment",
        )
    },
    Kind {
        short_names: &["rs"],
        categories: ALL,
        subresources: &[SCALE, status("apps", "v1beta2", "ReplicaSet")],
        storage_version: "v1",
        selectable_fields: &["status.replicas"],
        deprecated: Some(deprecated("1.9", "1.16", "apps/v1 ReplicaSet")),
        ..namespaced(
            "apps",
            "v1beta2",
            "ReplicaSet",
            "replicasets",
            "replicaset",
            "io.k8s.api.apps.v1beta2.ReplicaSet",
        )
    },
    Kind {
        short_names: &["sts"],
        categories: ALL,
        subresources: &[SCALE, status("apps", "v1beta2", "StatefulSet")],
        storage_version: "v1",
        deprecated: Some(deprecated("1.9", "1.16", "apps/v1 StatefulSet")),
        ..namespaced(
            "apps",
            "v1beta2",
            "StatefulSet",
            "statefulsets",
            "statefulset",
            "io.k8s.api.apps.v1beta2.StatefulSet",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated("1.8", "1.16", "apps/v1 ControllerRevision")),
        ..namespaced(
            "apps",
            "v1beta1",
            "ControllerRevision",
            "controllerrevisions",
            "controllerrevision",
            "io.k8s.api.apps.v1beta1.ControllerRevision",
        )
    },
    Kind {
        short_names: &["deploy"],
        categories: ALL,
        subresources: &[SCALE, status("apps", "v1beta1", "Deployment")],
        storage_version: "v1",
        deprecated: Some(deprecated("1.8", "1.16", "apps/v1 Deployment")),
        ..namespaced(
            "apps",
            "v1beta1",
            "Deployment",
            "deployments",
            "deployment",
            "io.k8s.api.apps.v1beta1.Deployment",
        )
    },
    Kind {
        short_names: &["sts"],
        categories: ALL,
        subresources: &[SCALE, status("apps", "v1beta1", "StatefulSet")],
        storage_version: "v1",
        deprecated: Some(deprecated("1.8", "1.16", "apps/v1 StatefulSet")),
        ..namespaced(
            "apps",
            "v1beta1",
            "StatefulSet",
            "statefulsets",
            "statefulset",
            "io.k8s.api.apps.v1beta1.StatefulSet",
        )
    },
];

//! The kinds of `node.k8s.io`.

use super::{Kind, cluster, deprecated};

pub(super) const KINDS: &[Kind] = &[
    cluster(
        "node.k8s.io",
        "v1",
        "RuntimeClass",
        "runtimeclasses",
        "runtimeclass",
        "io.k8s.api.node.v1.RuntimeClass",
    ),
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated("1.22", "1.25", "node.k8s.io/v1 RuntimeClass")),
        ..cluster(
            "node.k8s.io",
            "v1beta1",
            "RuntimeClass",
            "runtimeclasses",
            "runtimeclass",
            "io.k8s.api.node.v1beta1.RuntimeClass",
        )
    },
];

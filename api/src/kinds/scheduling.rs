//! The kinds of `scheduling.k8s.io`.

use super::{Kind, cluster, deprecated};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        short_names: &["pc"],
        ..cluster(
            "scheduling.k8s.io",
            "v1",
            "PriorityClass",
            "priorityclasses",
            "priorityclass",
            "io.k8s.api.scheduling.v1.PriorityClass",
        )
    },
    Kind {
        short_names: &["pc"],
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.14",
            "1.22",
            "scheduling.k8s.io/v1 PriorityClass",
        )),
        ..cluster(
            "scheduling.k8s.io",
            "v1beta1",
            "PriorityClass",
            "priorityclasses",
            "priorityclass",
            "io.k8s.api.scheduling.v1beta1.PriorityClass",
        )
    },
];

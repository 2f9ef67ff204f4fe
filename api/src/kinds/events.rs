//! The kinds of `events.k8s.io`.

use super::{Kind, deprecated, namespaced};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        short_names: &["ev"],
        storage_group: "",
        selectable_fields: &[
            "reason",
            "regarding.apiVersion",
            "regarding.fieldPath",
            "regarding.kind",
            "regarding.name",
            "regarding.namespace",
            "regarding.resourceVersion",
            "regarding.uid",
            "reportingController",
            "type",
        ],
        ..namespaced(
            "events.k8s.io",
            "v1",
            "Event",
            "events",
            "event",
            "io.k8s.api.events.v1.Event",
        )
    },
    Kind {
        short_names: &["ev"],
        storage_group: "",
        storage_version: "v1",
        selectable_fields: &[
            "reason",
            "regarding.apiVersion",
            "regarding.fieldPath",
            "regarding.kind",
            "regarding.name",
            "regarding.namespace",
            "regarding.resourceVersion",
            "regarding.uid",
            "reportingController",
            "type",
        ],
        deprecated: Some(deprecated("1.22", "1.25", "")),
        ..namespaced(
            "events.k8s.io",
            "v1beta1",
            "Event",
            "events",
            "event",
            "io.k8s.api.events.v1beta1.Event",
        )
    },
];

//! The kinds of `discovery.k8s.io`.

use super::{Kind, deprecated, namespaced};

pub(super) const KINDS: &[Kind] = &[
    namespaced(
        "discovery.k8s.io",
        "v1",
        "EndpointSlice",
        "endpointslices",
        "endpointslice",
        "io.k8s.api.discovery.v1.EndpointSlice",
    ),
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.21",
            "1.25",
            "discovery.k8s.io/v1 EndpointSlice",
        )),
        ..namespaced(
            "discovery.k8s.io",
            "v1beta1",
            "EndpointSlice",
            "endpointslices",
            "endpointslice",
            "io.k8s.api.discovery.v1beta1.EndpointSlice",
        )
    },
];

//! The kinds of `coordination.k8s.io`.

use super::{Kind, deprecated, namespaced};

pub(super) const KINDS: &[Kind] = &[
    namespaced(
        "coordination.k8s.io",
        "v1",
        "Lease",
        "leases",
        "lease",
        "io.k8s.api.coordination.v1.Lease",
    ),
    Kind {
        deprecated: Some(deprecated("1.36", "1.39", "")),
        ..namespaced(
            "coordination.k8s.io",
            "v1beta1",
            "LeaseCandidate",
            "leasecandidates",
            "leasecandidate",
            "io.k8s.api.coordination.v1beta1.LeaseCandidate",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated("1.19", "1.22", "coordination.k8s.io/v1 Lease")),
        ..namespaced(
            "coordination.k8s.io",
            "v1beta1",
            "Lease",
            "leases",
            "lease",
            "io.k8s.api.coordination.v1beta1.Lease",
        )
    },
];

//! The kinds of `resource.k8s.io`.

use super::{Kind, cluster, deprecated, namespaced, status};

pub(super) const KINDS: &[Kind] = &[
    cluster(
        "resource.k8s.io",
        "v1",
        "DeviceClass",
        "deviceclasses",
        "deviceclass",
        "io.k8s.api.resource.v1.DeviceClass",
    ),
    Kind {
        subresources: &[status("resource.k8s.io", "v1", "ResourceClaim")],
        ..namespaced(
            "resource.k8s.io",
            "v1",
            "ResourceClaim",
            "resourceclaims",
            "resourceclaim",
            "io.k8s.api.resource.v1.ResourceClaim",
        )
    },
    namespaced(
        "resource.k8s.io",
        "v1",
        "ResourceClaimTemplate",
        "resourceclaimtemplates",
        "resourceclaimtemplate",
        "io.k8s.api.resource.v1.ResourceClaimTemplate",
    ),
    Kind {
        selectable_fields: &["spec.driver", "spec.nodeName"],
        ..cluster(
            "resource.k8s.io",
            "v1",
            "ResourceSlice",
            "resourceslices",
            "resourceslice",
            "io.k8s.api.resource.v1.ResourceSlice",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated("1.36", "1.39", "")),
        ..cluster(
            "resource.k8s.io",
            "v1beta2",
            "DeviceClass",
            "deviceclasses",
            "deviceclass",
            "io.k8s.api.resource.v1beta2.DeviceClass",
        )
    },
    Kind {
        subresources: &[status("resource.k8s.io", "v1beta2", "DeviceTaintRule")],
        ..cluster(
            "resource.k8s.io",
            "v1beta2",
            "DeviceTaintRule",
            "devicetaintrules",
            "devicetaintrule",
            "io.k8s.api.resource.v1beta2.DeviceTaintRule",
        )
    },
    Kind {
        subresources: &[status("resource.k8s.io", "v1beta2", "ResourceClaim")],
        storage_version: "v1",
        deprecated: Some(deprecated("1.36", "1.39", "")),
        ..namespaced(
            "resource.k8s.io",
            "v1beta2",
            "ResourceClaim",
            "resourceclaims",
            "resourceclaim",
            "io.k8s.api.resource.v1beta2.ResourceClaim",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated("1.36", "1.39", "")),
        ..namespaced(
            "resource.k8s.io",
            "v1beta2",
            "ResourceClaimTemplate",
            "resourceclaimtemplates",
            "resourceclaimtemplate",
            "io.k8s.api.resource.v1beta2.ResourceClaimTemplate",
        )
    },
    Kind {
        storage_version: "v1",
        selectable_fields: &["spec.driver", "spec.nodeName"],
        deprecated: Some(deprecated("1.36", "1.39", "")),
        ..cluster(
            "resource.k8s.io",
            "v1beta2",
            "ResourceSlice",
            "resourceslices",
            "resourceslice",
            "io.k8s.api.resource.v1beta2.ResourceSlice",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated("1.35", "1.38", "")),
        ..cluster(
            "resource.k8s.io",
            "v1beta1",
            "DeviceClass",
            "deviceclasses",
            "deviceclass",
            "io.k8s.api.resource.v1beta1.DeviceClass",
        )
    },
    Kind {
        subresources: &[status("resource.k8s.io", "v1beta1", "ResourceClaim")],
        storage_version: "v1",
        deprecated: Some(deprecated("1.35", "1.38", "")),
        ..namespaced(
            "resource.k8s.io",
            "v1beta1",
            "ResourceClaim",
            "resourceclaims",
            "resourceclaim",
            "io.k8s.api.resource.v1beta1.ResourceClaim",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated("1.35", "1.38", "")),
        ..namespaced(
            "resource.k8s.io",
            "v1beta1",
            "ResourceClaimTemplate",
            "resourceclaimtemplates",
            "resourceclaimtemplate",
            "io.k8s.api.resource.v1beta1.ResourceClaimTemplate",
        )
    },
    Kind {
        storage_version: "v1",
        selectable_fields: &["spec.driver", "spec.nodeName"],
        deprecated: Some(deprecated("1.35", "1.38", "")),
        ..cluster(
            "resource.k8s.io",
            "v1beta1",
            "ResourceSlice",
            "resourceslices",
            "resourceslice",
            "io.k8s.api.resource.v1beta1.ResourceSlice",
        )
    },
];

//! The kinds of `storage.k8s.io`.

use super::{Kind, cluster, deprecated, namespaced, status};

pub(super) const KINDS: &[Kind] = &[
    cluster(
        "storage.k8s.io",
        "v1",
        "CSIDriver",
        "csidrivers",
        "csidriver",
        "io.k8s.api.storage.v1.CSIDriver",
    ),
    cluster(
        "storage.k8s.io",
        "v1",
        "CSINode",
        "csinodes",
        "csinode",
        "io.k8s.api.storage.v1.CSINode",
    ),
    namespaced(
        "storage.k8s.io",
        "v1",
        "CSIStorageCapacity",
        "csistoragecapacities",
        "csistoragecapacity",
        "io.k8s.api.storage.v1.CSIStorageCapacity",
    ),
    Kind {
        short_names: &["sc"],
        ..cluster(
            "storage.k8s.io",
            "v1",
            "StorageClass",
            "storageclasses",
            "storageclass",
            "io.k8s.api.storage.v1.StorageClass",
        )
    },
    Kind {
        subresources: &[status("storage.k8s.io", "v1", "VolumeAttachment")],
        ..cluster(
            "storage.k8s.io",
            "v1",
            "VolumeAttachment",
            "volumeattachments",
            "volumeattachment",
            "io.k8s.api.storage.v1.VolumeAttachment",
        )
    },
    Kind {
        short_names: &["vac"],
        ..cluster(
            "storage.k8s.io",
            "v1",
            "VolumeAttributesClass",
            "volumeattributesclasses",
            "volumeattributesclass",
            "io.k8s.api.storage.v1.VolumeAttributesClass",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated("1.19", "1.22", "storage.k8s.io/v1 CSIDriver")),
        ..cluster(
            "storage.k8s.io",
            "v1beta1",
            "CSIDriver",
            "csidrivers",
            "csidriver",
            "io.k8s.api.storage.v1beta1.CSIDriver",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated("1.17", "1.22", "storage.k8s.io/v1 CSINode")),
        ..cluster(
            "storage.k8s.io",
            "v1beta1",
            "CSINode",
            "csinodes",
            "csinode",
            "io.k8s.api.storage.v1beta1.CSINode",
        )
    },
    Kind {
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.24",
            "1.27",
            "storage.k8s.io/v1 CSIStorageCapacity",
        )),
        ..namespaced(
            "storage.k8s.io",
            "v1beta1",
            "CSIStorageCapacity",
            "csistoragecapacities",
            "csistoragecapacity",
            "io.k8s.api.storage.v1beta1.CSIStorageCapacity",
        )
    },
    Kind {
        short_names: &["sc"],
        storage_version: "v1",
        deprecated: Some(deprecated("1.19", "1.22", "storage.k8s.io/v1 StorageClass")),
        ..cluster(
            "storage.k8s.io",
            "v1beta1",
            "StorageClass",
            "storageclasses",
            "storageclass",
            "io.k8s.api.storage.v1beta1.StorageClass",
        )
    },
    Kind {
        subresources: &[status("storage.k8s.io", "v1beta1", "VolumeAttachment")],
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.19",
            "1.22",
            "storage.k8s.io/v1 VolumeAttachment",
        )),
        ..cluster(
            "storage.k8s.io",
            "v1beta1",
            "VolumeAttachment",
            "volumeattachments",
            "volumeattachment",
            "io.k8s.api.storage.v1beta1.VolumeAttachment",
        )
    },
    Kind {
        short_names: &["vac"],
        storage_version: "v1",
        deprecated: Some(deprecated("1.34", "1.37", "")),
        ..cluster(
            "storage.k8s.io",
            "v1beta1",
            "VolumeAttributesClass",
            "volumeattributesclasses",
            "volumeattributesclass",
            "io.k8s.api.storage.v1beta1.VolumeAttributesClass",
        )
    },
];

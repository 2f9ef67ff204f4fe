//! The kinds of `storagemigration.k8s.io`.

use super::{Kind, cluster, status};

pub(super) const KINDS: &[Kind] = &[Kind {
    subresources: &[status(
        "storagemigration.k8s.io",
        "v1beta1",
        "StorageVersionMigration",
    )],
    ..cluster(
        "storagemigration.k8s.io",
        "v1beta1",
        "StorageVersionMigration",
        "storageversionmigrations",
        "storageversionmigration",
        "io.k8s.api.storagemigration.v1beta1.StorageVersionMigration",
    )
}];

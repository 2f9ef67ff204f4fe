//! The kinds of `batch`.

use super::{ALL, Kind, deprecated, namespaced, status};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        short_names: &["cj"],
        categories: ALL,
        subresources: &[status("batch", "v1", "CronJob")],
        ..namespaced(
            "batch",
            "v1",
            "CronJob",
            "cronjobs",
            "cronjob",
            "io.k8s.api.batch.v1.CronJob",
        )
    },
    Kind {
        categories: ALL,
        subresources: &[status("batch", "v1", "Job")],
        selectable_fields: &["status.successful"],
        ..namespaced(
            "batch",
            "v1",
            "Job",
            "jobs",
            "job",
            "io.k8s.api.batch.v1.Job",
        )
    },
    Kind {
        short_names: &["cj"],
        categories: ALL,
        subresources: &[status("batch", "v1beta1", "CronJob")],
        storage_version: "v1",
        deprecated: Some(deprecated("1.21", "1.25", "batch/v1 CronJob")),
        ..namespaced(
            "batch",
            "v1beta1",
            "CronJob",
            "cronjobs",
            "cronjob",
            "io.k8s.api.batch.v1beta1.CronJob",
        )
    },
];

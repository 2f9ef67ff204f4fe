//! The kinds of `autoscaling`.

use super::{ALL, Kind, deprecated, namespaced, status};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        short_names: &["hpa"],
        categories: ALL,
        subresources: &[status("autoscaling", "v2", "HorizontalPodAutoscaler")],
        ..namespaced(
            "autoscaling",
            "v2",
            "HorizontalPodAutoscaler",
            "horizontalpodautoscalers",
            "horizontalpodautoscaler",
            "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
        )
    },
    Kind {
        short_names: &["hpa"],
        categories: ALL,
        subresources: &[status("autoscaling", "v1", "HorizontalPodAutoscaler")],
        storage_version: "v2",
        ..namespaced(
            "autoscaling",
            "v1",
            "HorizontalPodAutoscaler",
            "horizontalpodautoscalers",
            "horizontalpodautoscaler",
            "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler",
        )
    },
    Kind {
        short_names: &["hpa"],
        categories: ALL,
        subresources: &[status("autoscaling", "v2beta2", "HorizontalPodAutoscaler")],
        storage_version: "v2",
        deprecated: Some(deprecated(
            "1.23",
            "1.26",
            "autoscaling/v2 HorizontalPodAutoscaler",
        )),
        ..namespaced(
            "autoscaling",
            "v2beta2",
            "HorizontalPodAutoscaler",
            "horizontalpodautoscalers",
            "horizontalpodautoscaler",
            "io.k8s.api.autoscaling.v2beta2.HorizontalPodAutoscaler",
        )
    },
    Kind {
        short_names: &["hpa"],
        categories: ALL,
        subresources: &[status("autoscaling", "v2beta1", "HorizontalPodAutoscaler")],
        storage_version: "v2",
        deprecated: Some(deprecated(
            "1.22",
            "1.25",
            "autoscaling/v2 HorizontalPodAutoscaler",
        )),
        ..namespaced(
            "autoscaling",
            "v2beta1",
            "HorizontalPodAutoscaler",
            "horizontalpodautoscalers",
            "horizontalpodautoscaler",
            "io.k8s.api.autoscaling.v2beta1.HorizontalPodAutoscaler",
        )
    },
];

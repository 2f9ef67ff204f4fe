//! The kinds of `policy`.

use super::{Kind, deprecated, namespaced, status};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        short_names: &["pdb"],
        subresources: &[status("policy", "v1", "PodDisruptionBudget")],
        ..namespaced(
            "policy",
            "v1",
            "PodDisruptionBudget",
            "poddisruptionbudgets",
            "poddisruptionbudget",
            "io.k8s.api.policy.v1.PodDisruptionBudget",
        )
    },
    Kind {
        short_names: &["pdb"],
        subresources: &[status("policy", "v1beta1", "PodDisruptionBudget")],
        storage_version: "v1",
        deprecated: Some(deprecated("1.21", "1.25", "policy/v1 PodDisruptionBudget")),
        ..namespaced(
            "policy",
            "v1beta1",
            "PodDisruptionBudget",
            "poddisruptionbudgets",
            "poddisruptionbudget",
            "io.k8s.api.policy.v1beta1.PodDisruptionBudget",
        )
    },
];

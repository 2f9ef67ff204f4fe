//! The order of the output.

use crate::kustomize::{
    error::{Error, Result},
    id::ResId,
    kustomization::{LegacySortOptions, SortOptions},
    resmap::ResMap,
};

/// Kinds that others need come first in the legacy order.
const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: &[&str] = &[
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// An order of the output.
pub enum Order {
    /// As the kustomizations name the objects.
    Fifo,
    Legacy {
        first: Vec<String>,
        last: Vec<String>,
    },
}

impl Order {
    /// kubectl's default.
    pub fn legacy() -> Self {
        let owned = |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_owned()).collect();
        Order::Legacy {
            first: owned(FIRST),
            last: owned(LAST),
        }
    }

    /// The order that a kustomization states.
    pub fn from_options(options: &SortOptions) -> Result<Self> {
        match (options.order.as_str(), &options.legacy_sort_options) {
            ("fifo", None) => Ok(Order::Fifo),
            ("legacy", None) => Ok(Order::legacy()),
            (
                "legacy",
                Some(LegacySortOptions {
                    order_first,
                    order_last,
                }),
            ) => Ok(Order::Legacy {
                first: order_first.clone(),
                last: order_last.clone(),
            }),
            ("fifo", Some(_)) => Err(Error::text(
                "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
            )),
            _ => Err(Error::text(
                "the field 'sortOptions.order' must be one of [fifo, legacy]",
            )),
        }
    }
}

/// Puts the objects in order.
pub fn sort(map: &mut ResMap, order: &Order) {
    let Order::Legacy { first, last } = order else {
        return;
    };
    let rank = |kind: &str| -> i64 {
        let place = |kinds: &[String]| kinds.iter().rposition(|known| known == kind);
        match (place(last), place(first)) {
            (Some(index), _) => index as i64 + 1,
            (None, Some(index)) => index as i64 - first.len() as i64,
            (None, None) => 0,
        }
    };
    map.resources.sort_by_cached_key(|resource| {
        let id = resource.current_id();
        (rank(&id.gvk.kind), kind_key(&id), id.legacy_sort_key())
    });
}

fn kind_key(id: &ResId) -> String {
    let or = |text: &str, instead: &str| match text.is_empty() {
        true => instead.to_owned(),
        false => text.to_owned(),
    };
    format!(
        "{}_{}_{}",
        or(&id.gvk.group, "~G"),
        or(&id.gvk.version, "~V"),
        or(&id.gvk.kind, "~K")
    )
}

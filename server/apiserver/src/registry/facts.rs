//! What is particular to a kind and can be told in a word: one row for each, from upstream's registry packages.

use std::sync::LazyLock;

use knarr_api::kinds::groups::{
    ADMISSION, COORDINATION, FLOW_CONTROL, NETWORKING, RBAC, RESOURCE, STORAGE,
};
use knarr_api::kinds::{ByKind, Kind};

use super::strategy::has_status;

/// How `metadata.generation` follows an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// There is none.
    None,
    /// It is one, and stays.
    First,
    /// It counts the changes of the spec.
    Counted,
}

/// The facts of one kind.
#[derive(Clone, Copy)]
pub struct Facts {
    group: &'static str,
    plural: &'static str,
    pub generation: Generation,
    /// The metadata of which changes count as well.
    pub also_counted: &'static [&'static str],
    /// An object goes by itself, after `--event-ttl`.
    pub expires: bool,
    /// A PUT of an object that does not exist creates it (AllowCreateOnUpdate).
    pub put_creates: bool,
    /// An object is only replaced by who says which state is replaced (AllowUnconditionalUpdate is false).
    pub conditional: bool,
    /// The metadata that a write to the status leaves as it is.
    pub kept_by_status: &'static [&'static str],
}

/// The metadata that a client sets and that ResetObjectMetaForStatus keeps.
pub const METADATA: &[&str] = &["annotations", "finalizers", "labels", "ownerReferences"];

const fn of(group: &'static str, plural: &'static str) -> Facts {
    Facts {
        group,
        plural,
        generation: Generation::None,
        also_counted: &[],
        expires: false,
        put_creates: false,
        conditional: false,
        kept_by_status: &[],
    }
}

impl Facts {
    const fn counted(self) -> Self {
        Self {
            generation: Generation::Counted,
            ..self
        }
    }

    const fn also_counted(self, metadata: &'static [&'static str]) -> Self {
        Self {
            also_counted: metadata,
            ..self
        }
    }

    const fn expires(self) -> Self {
        Self {
            expires: true,
            ..self
        }
    }

    const fn first(self) -> Self {
        Self {
            generation: Generation::First,
            ..self
        }
    }

    const fn put_creates(self) -> Self {
        Self {
            put_creates: true,
            ..self
        }
    }

    const fn conditional(self) -> Self {
        Self {
            conditional: true,
            ..self
        }
    }

    const fn status_keeps(self, kept_by_status: &'static [&'static str]) -> Self {
        Self {
            kept_by_status,
            ..self
        }
    }
}

/// In order of group and plural. Kinds without a row have nothing of all this.
static FACTS: &[Facts] = &[
    of("", "endpoints").put_creates(),
    of("", "events").put_creates().expires(),
    of("", "limitranges").put_creates(),
    of("", "pods").counted(),
    of("", "podtemplates").counted(),
    of("", "replicationcontrollers").counted(),
    of("", "services").put_creates(),
    of(ADMISSION, "mutatingadmissionpolicies")
        .counted()
        .conditional(),
    of(ADMISSION, "mutatingadmissionpolicybindings")
        .counted()
        .conditional(),
    of(ADMISSION, "mutatingwebhookconfigurations")
        .counted()
        .conditional(),
    of(ADMISSION, "validatingadmissionpolicies")
        .counted()
        .conditional()
        .status_keeps(METADATA),
    of(ADMISSION, "validatingadmissionpolicybindings")
        .counted()
        .conditional(),
    of(ADMISSION, "validatingwebhookconfigurations")
        .counted()
        .conditional(),
    of("apiextensions.k8s.io", "customresourcedefinitions")
        .counted()
        .conditional(),
    of("apiregistration.k8s.io", "apiservices")
        .conditional()
        .status_keeps(METADATA),
    of("apps", "daemonsets").counted(),
    of("apps", "deployments")
        .counted()
        .also_counted(&["annotations"])
        .status_keeps(&["labels"]),
    of("apps", "replicasets").counted(),
    of("apps", "statefulsets").counted(),
    of("batch", "cronjobs").counted(),
    of("batch", "jobs").counted(),
    of("certificates.k8s.io", "clustertrustbundles").conditional(),
    of("certificates.k8s.io", "podcertificaterequests")
        .conditional()
        .status_keeps(METADATA),
    of(COORDINATION, "leasecandidates")
        .put_creates()
        .conditional(),
    of(COORDINATION, "leases").put_creates().conditional(),
    of("discovery.k8s.io", "endpointslices")
        .counted()
        .also_counted(&["labels"]),
    of(FLOW_CONTROL, "flowschemas")
        .counted()
        .status_keeps(METADATA),
    of(FLOW_CONTROL, "prioritylevelconfigurations")
        .counted()
        .status_keeps(METADATA),
    of(NETWORKING, "ingressclasses").counted(),
    of(NETWORKING, "ingresses").counted(),
    of(NETWORKING, "networkpolicies").counted(),
    of(NETWORKING, "servicecidrs").status_keeps(METADATA),
    of("node.k8s.io", "runtimeclasses")
        .put_creates()
        .conditional(),
    of("policy", "poddisruptionbudgets").counted().conditional(),
    of(RBAC, "clusterrolebindings").put_creates(),
    of(RBAC, "clusterroles").put_creates(),
    of(RBAC, "rolebindings").put_creates(),
    of(RBAC, "roles").put_creates(),
    of(RESOURCE, "deviceclasses").counted(),
    of(RESOURCE, "devicetaintrules")
        .counted()
        .status_keeps(METADATA),
    of(RESOURCE, "resourceclaims").status_keeps(METADATA),
    of(RESOURCE, "resourceslices").counted(),
    of("scheduling.k8s.io", "priorityclasses").first(),
    of(STORAGE, "csidrivers").counted().conditional(),
    of(STORAGE, "csinodes").conditional(),
    of(STORAGE, "csistoragecapacities").conditional(),
    of(STORAGE, "volumeattachments")
        .conditional()
        .status_keeps(METADATA),
    of("storagemigration.k8s.io", "storageversionmigrations")
        .conditional()
        .status_keeps(METADATA),
];

const PLAIN: Facts = of("", "");

/// Every custom resource.
const CUSTOM: Facts = of("", "").counted().conditional();

/// What is particular to a stored kind.
pub fn facts(kind: &Kind) -> Facts {
    if kind.custom {
        return CUSTOM;
    }
    static ROWS: LazyLock<ByKind<Facts>> = LazyLock::new(|| {
        let rows = FACTS
            .iter()
            .map(|facts| ((facts.group, facts.plural), *facts));
        rows.collect()
    });
    let found = ROWS.get(&(kind.group, kind.plural));
    found.copied().unwrap_or(PLAIN)
}

/// The fields that a write to the object or to a subresource can't change, so that nobody comes to own them by it
/// (GetResetFields).
pub fn reset_fields(kind: &Kind, subresource: &str) -> &'static [&'static [&'static str]] {
    if !has_status(kind) {
        return &[];
    }
    match (subresource, kind.group, kind.plural) {
        ("" | "finalize", _, _) => &[&["status"]],
        ("approval", ..) => &[&["spec"], &["status", "certificate"]],
        ("status", "certificates.k8s.io", "certificatesigningrequests") => {
            &[&["spec"], &["status", "conditions"]]
        }
        ("status", "", "pods") => &[
            &["spec"],
            &["metadata", "deletionTimestamp"],
            &["metadata", "ownerReferences"],
        ],
        ("status", "apps", "deployments") => &[&["spec"], &["metadata", "labels"]],
        ("status", ..) if kind.custom || facts(kind).kept_by_status == METADATA => {
            &[&["spec"], &["metadata"]]
        }
        ("status", ..) => &[&["spec"]],
        ("ephemeralcontainers" | "resize", ..) => &[&["metadata"], &["status"]],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use knarr_api::kinds::storage_versions;

    use super::*;

    #[test]
    fn the_table_is_in_order_and_names_stored_kinds() {
        assert!(FACTS.is_sorted_by(|a, b| (a.group, a.plural) < (b.group, b.plural)));
        for facts in FACTS {
            let mut kinds = storage_versions();
            let key = (facts.group, facts.plural);
            assert!(
                kinds.any(|kind| (kind.group, kind.plural) == key),
                "{key:?}"
            );
        }
    }
}

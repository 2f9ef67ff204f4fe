//! How kustomize names objects: group, version and kind, and the identifier made of them, name and namespace.

use knarr_api::{kinds, meta};
use serde_json::Value;
use std::fmt;

/// What stands for the namespace of objects of the whole cluster.
const NOT_A_NAMESPACE: &str = "_non_namespaceable_";
const DEFAULT_NAMESPACE: &str = "default";

/// Group, version and kind; as a selector, empty fields match anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gvk {
    pub group: String,
    pub version: String,
    pub kind: String,
}

impl Gvk {
    pub fn new(group: &str, version: &str, kind: &str) -> Self {
        Gvk {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        }
    }

    /// The group, version and kind that an object states.
    pub fn of(object: &Value) -> Self {
        let (group, version) = split_api_version(meta::api_version(object));
        Gvk::new(group, version, meta::kind(object))
    }

    pub fn api_version(&self) -> String {
        match self.group.is_empty() {
            true => self.version.clone(),
            false => format!("{}/{}", self.group, self.version),
        }
    }

    /// Whether `selector` selects this.
    pub fn is_selected(&self, selector: &Gvk) -> bool {
        let fits = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
        fits(&selector.group, &self.group)
            && fits(&selector.version, &self.version)
            && fits(&selector.kind, &self.kind)
    }

    /// Whether the kind is known, and known to be of the whole cluster.
    pub fn is_cluster_scoped(&self) -> bool {
        kinds::by_kind(&self.group, &self.version, &self.kind)
            .or_else(|| legacy_kind(self))
            .is_some_and(|kind| !kind.namespaced && !is_recent(self))
    }
}

/// Beta versions of kinds that are stable by now are in kustomize's schema still.
fn legacy_kind(gvk: &Gvk) -> Option<&'static kinds::Kind> {
    gvk.version
        .starts_with("v1beta")
        .then(|| kinds::by_kind(&gvk.group, "v1", &gvk.kind))
        .flatten()
}

/// Kinds that came after the schema that kustomize carries (v1.21): it takes them for namespaced.
fn is_recent(gvk: &Gvk) -> bool {
    match gvk.group.as_str() {
        "resource.k8s.io" => true,
        "admissionregistration.k8s.io" => !gvk.kind.ends_with("WebhookConfiguration"),
        "networking.k8s.io" => matches!(gvk.kind.as_str(), "IPAddress" | "ServiceCIDR"),
        "certificates.k8s.io" => gvk.kind == "ClusterTrustBundle",
        "storage.k8s.io" => gvk.kind == "VolumeAttributesClass",
        "storagemigration.k8s.io" => true,
        _ => false,
    }
}

impl fmt::Display for Gvk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &str, instead: &str| match text.is_empty() {
            true => instead.to_owned(),
            false => text.to_owned(),
        };
        write!(
            formatter,
            "{}.{}.{}",
            or(&self.kind, "[noKind]"),
            or(&self.version, "[noVer]"),
            or(&self.group, "[noGrp]")
        )
    }
}

/// `apps/v1` is group and version, `v1` a version only.
pub fn split_api_version(api_version: &str) -> (&str, &str) {
    match api_version.split_once('/') {
        Some((group, version)) => (group, version),
        None => ("", api_version),
    }
}

/// The identifier of an object; as a selector, empty fields match anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResId {
    pub gvk: Gvk,
    pub name: String,
    pub namespace: String,
}

impl ResId {
    /// The namespace that counts for comparisons.
    pub fn effective_namespace(&self) -> &str {
        if self.gvk.is_cluster_scoped() {
            NOT_A_NAMESPACE
        } else if self.namespace.is_empty() {
            DEFAULT_NAMESPACE
        } else {
            &self.namespace
        }
    }

    pub fn in_same_namespace(&self, other: &ResId) -> bool {
        self.effective_namespace() == other.effective_namespace()
    }

    /// Whether both mean the same object.
    pub fn equals(&self, other: &ResId) -> bool {
        self.same_kind_and_name(other) && self.in_same_namespace(other)
    }

    pub fn same_kind_and_name(&self, other: &ResId) -> bool {
        self.name == other.name && self.gvk == other.gvk
    }

    pub fn is_selected_by(&self, selector: &ResId) -> bool {
        (selector.name.is_empty() || selector.name == self.name)
            && (selector.namespace.is_empty() || selector.in_same_namespace(self))
            && self.gvk.is_selected(&selector.gvk)
    }

    pub fn is_empty(&self) -> bool {
        *self == ResId::default()
    }

    /// The text that objects of one kind are ordered by in the legacy order.
    pub fn legacy_sort_key(&self) -> String {
        let or = |text: &str, instead: &str| match text.is_empty() {
            true => instead.to_owned(),
            false => text.to_owned(),
        };
        format!(
            "{}|{}|{}",
            self.gvk,
            or(&self.namespace, "~X"),
            or(&self.name, "~N")
        )
    }

    /// As Go's `%#v` shows it, in the messages of generators.
    pub fn go_syntax(&self) -> String {
        use knarr_api::quote::quote;
        format!(
            "resid.ResId{{Gvk:resid.Gvk{{Group:{}, Version:{}, Kind:{}, isClusterScoped:{}}}, Name:{}, Namespace:{}}}",
            quote(&self.gvk.group),
            quote(&self.gvk.version),
            quote(&self.gvk.kind),
            self.gvk.is_cluster_scoped(),
            quote(&self.name),
            quote(&self.namespace)
        )
    }
}

impl fmt::Display for ResId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &str, instead: &str| match text.is_empty() {
            true => instead.to_owned(),
            false => text.to_owned(),
        };
        write!(
            formatter,
            "{}/{}.{}",
            self.gvk,
            or(&self.name, "[noName]"),
            or(&self.namespace, "[noNs]")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(kind: &str, namespace: &str) -> ResId {
        ResId {
            gvk: Gvk::new("", "v1", kind),
            name: "a".to_owned(),
            namespace: namespace.to_owned(),
        }
    }

    #[test]
    fn no_namespace_and_default_are_one() {
        assert!(id("Pod", "").equals(&id("Pod", "default")));
        assert!(!id("Pod", "").equals(&id("Pod", "x")));
        assert!(id("Node", "x").equals(&id("Node", "y")));
    }

    #[test]
    fn identifiers_are_shown_with_marks_for_what_is_missing() {
        assert_eq!(id("Pod", "").to_string(), "Pod.v1.[noGrp]/a.[noNs]");
    }
}

//! Discovery: what `/api`, `/apis` and the paths of each group and version answer, in the aggregated form
//! (KEP-3352) and in the old one. Built from the table of kinds, and from the groups that custom resources add.

mod aggregated;
mod legacy;
mod remote;

pub use aggregated::{AggregatedVersion, aggregated, aggregated_core};
pub use legacy::{api_group, api_group_list, api_resource_list, api_versions};
pub use remote::{from_resource_list, stale_version};

use std::cmp::Ordering;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::kinds::{self, Kind, Served};

/// One API group with its versions, the preferred one first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Empty for the core group.
    pub name: String,
    pub versions: Vec<Version>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub name: String,
    pub resources: Vec<Resource>,
    /// The `APIVersionDiscovery` of a server behind this one, which says it in its own words.
    pub remote: Option<Value>,
}

/// A resource as clients see it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resource {
    pub plural: String,
    pub singular: String,
    pub kind: String,
    pub namespaced: bool,
    pub short_names: Vec<String>,
    pub categories: Vec<String>,
    pub verbs: Vec<String>,
    pub subresources: Vec<Subresource>,
    /// See [`storage_version_hash`]; empty for what is not stored.
    pub storage_version_hash: String,
}

/// A subresource; group and version are empty when they are those of the resource.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subresource {
    pub name: String,
    pub group: String,
    pub version: String,
    pub kind: String,
    pub verbs: Vec<String>,
}

/// The groups of the table of kinds of which something is served, the core group first.
pub fn builtin(served: &Served) -> Vec<Group> {
    served
        .groups()
        .iter()
        .map(|(group, versions)| Group {
            name: (*group).to_owned(),
            versions: versions
                .iter()
                .map(|version| builtin_version(served, group, version))
                .collect(),
        })
        .collect()
}

/// The hash by which clients notice that the stored version of a resource changed: 8 bytes of SHA-256 over
/// `group/version/kind`, in base64, as upstream computes it.
pub fn storage_version_hash(group: &str, version: &str, kind: &str) -> String {
    STANDARD.encode(&Sha256::digest(format!("{group}/{version}/{kind}"))[..8])
}

/// The order of versions by how stable they are, the least stable first: `v1alpha1 < v1beta1 < v1 < v2`; what is no
/// Kubernetes version comes before all that are, later names first (apimachinery's `CompareKubeAwareVersionStrings`).
pub fn compare_versions(left: &str, right: &str) -> Ordering {
    match (stability(left), stability(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => right.cmp(left),
    }
}

/// Alpha, beta or stable; the major number; the number of the alpha or beta.
fn stability(version: &str) -> Option<(u8, u32, u32)> {
    let rest = version.strip_prefix('v')?;
    let number = |text: &str| -> Option<u32> {
        text.parse()
            .ok()
            .filter(|number| *number > 0 && !text.starts_with('0') && !text.starts_with('+'))
    };
    for (word, level) in [("alpha", 0), ("beta", 1)] {
        if let Some((major, minor)) = rest.split_once(word) {
            return Some((level, number(major)?, number(minor)?));
        }
    }
    Some((2, number(rest)?, 0))
}

fn builtin_version(served: &Served, group: &str, version: &str) -> Version {
    let of_version = |kind: &&Kind| kind.group == group && kind.version == version;
    Version {
        name: version.to_owned(),
        resources: served
            .kinds()
            .filter(of_version)
            .map(Resource::from)
            .collect(),
        remote: None,
    }
}

impl From<&Kind> for Resource {
    fn from(kind: &Kind) -> Self {
        Resource {
            plural: kind.plural.to_owned(),
            singular: kind.singular.to_owned(),
            kind: kind.kind.to_owned(),
            namespaced: kind.namespaced,
            short_names: owned(kind.short_names),
            categories: owned(kind.categories),
            verbs: if is_alias(kind) {
                Vec::new()
            } else {
                owned(kind.verbs)
            },
            subresources: kind
                .subresources
                .iter()
                .map(|subresource| of_kind(subresource, kind))
                .collect(),
            storage_version_hash: match kind.is_stored() {
                true => storage_version_hash(kind.storage_group, kind.storage_version, kind.kind),
                false => String::new(),
            },
        }
    }
}

/// Whether the resource is one of another group under an old name: everything in `extensions`.
///
/// Clients must find it to map the kinds of an old manifest, but whoever walks all resources (`kubectl
/// api-resources`, garbage collectors, back-up tools) would count each object twice. Those all skip resources
/// without verbs, and mapping does not look at verbs, so none are advertised. All verbs work nevertheless.
fn is_alias(kind: &Kind) -> bool {
    let of_group = |other: &&Kind| other.group == kind.group;
    !kind.custom
        && kinds::KINDS
            .iter()
            .filter(of_group)
            .all(|other| other.deprecated.is_some())
}

fn of_kind(subresource: &kinds::Subresource, kind: &Kind) -> Subresource {
    let same = (subresource.group, subresource.version) == (kind.group, kind.version);
    Subresource {
        name: subresource.name.to_owned(),
        group: if same {
            String::new()
        } else {
            subresource.group.to_owned()
        },
        version: if same {
            String::new()
        } else {
            subresource.version.to_owned()
        },
        kind: subresource.kind.to_owned(),
        verbs: if is_alias(kind) {
            Vec::new()
        } else {
            owned(subresource.verbs)
        },
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_that_upstream_serves() {
        assert_eq!(storage_version_hash("", "v1", "Pod"), "xPOwRZ+Yhw8=");
        assert_eq!(
            storage_version_hash("apps", "v1", "Deployment"),
            "8aSe+NMegvE="
        );
    }

    #[test]
    fn versions_are_ordered_by_their_stability() {
        let mut versions = [
            "v1",
            "v10beta3",
            "foo10",
            "v12alpha1",
            "v2",
            "v3beta1",
            "foo1",
            "v11alpha2",
            "v10",
        ];
        versions.sort_by(|a, b| compare_versions(b, a));
        let expected = [
            "v10",
            "v2",
            "v1",
            "v10beta3",
            "v3beta1",
            "v12alpha1",
            "v11alpha2",
            "foo1",
            "foo10",
        ];
        assert_eq!(versions, expected);
    }

    #[test]
    fn an_alias_is_mapped_but_not_listed() {
        let groups = builtin(&Served::default());
        let extensions = groups.last().expect("groups");
        assert_eq!(extensions.name, "extensions");
        assert!(
            extensions.versions[0]
                .resources
                .iter()
                .all(|resource| resource.verbs.is_empty())
        );
        let apps = groups
            .iter()
            .find(|group| group.name == "apps")
            .expect("apps");
        assert_eq!(
            apps.versions
                .iter()
                .map(|v| v.name.as_str())
                .collect::<Vec<_>>(),
            ["v1", "v1beta2", "v1beta1"]
        );
        assert!(
            apps.versions[2]
                .resources
                .iter()
                .all(|resource| !resource.verbs.is_empty())
        );
    }
}

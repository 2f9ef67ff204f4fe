//! The table of kinds: one row for each group, version and kind that is served, in the order of discovery.
//! Routes, discovery, OpenAPI, RBAC attributes, storage keys and the CLI's built-in knowledge all come from it.
//!
//! The rows of a group live in the file of its name. Besides the stable and beta kinds of v1.36 there are the
//! legacy versions that old manifests carry: they come after the current ones, name the version they are stored
//! in, and carry the [`Deprecated`] release numbers that upstream's lifecycle tags gave them.

mod admissionregistration;
mod apiextensions;
mod apiregistration;
mod apps;
mod authentication;
mod authorization;
mod autoscaling;
mod batch;
mod certificates;
mod coordination;
mod core;
mod discovery;
mod events;
mod extensions;
mod flowcontrol;
pub mod groups;
pub mod intern;
mod networking;
mod node;
mod policy;
mod rbac;
mod resource;
mod scheduling;
mod selectable;
pub mod served;
mod storage;
mod storagemigration;

pub use selectable::field_value;
pub use served::Served;

use std::collections;
use std::sync::LazyLock;

use foldhash::fast::RandomState;

/// The groups in the order of upstream's `/apis`, the core group first. `extensions` is last: it holds legacy
/// kinds only, and no client may prefer it.
const GROUPS: &[&[Kind]] = &[
    core::KINDS,
    apiregistration::KINDS,
    apps::KINDS,
    events::KINDS,
    authentication::KINDS,
    authorization::KINDS,
    autoscaling::KINDS,
    batch::KINDS,
    certificates::KINDS,
    networking::KINDS,
    policy::KINDS,
    rbac::KINDS,
    storage::KINDS,
    admissionregistration::KINDS,
    apiextensions::KINDS,
    scheduling::KINDS,
    coordination::KINDS,
    node::KINDS,
    discovery::KINDS,
    resource::KINDS,
    flowcontrol::KINDS,
    storagemigration::KINDS,
    extensions::KINDS,
];

const COUNT: usize = count(GROUPS);
static TABLE: [Kind; COUNT] = concat(GROUPS);

/// Every served kind, one row per group, version and kind, in the order of discovery.
pub static KINDS: &[Kind] = &TABLE;

/// What the server knows of one served group, version and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The API group; empty for the core group.
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
    /// The resource name in paths and RBAC rules, such as `deployments`.
    pub plural: &'static str,
    pub singular: &'static str,
    pub short_names: &'static [&'static str],
    pub categories: &'static [&'static str],
    pub namespaced: bool,
    /// The verbs of the resource itself, sorted.
    pub verbs: &'static [&'static str],
    /// Sorted by name.
    pub subresources: &'static [Subresource],
    /// Group and version of the form that is stored; a row of this table.
    pub storage_group: &'static str,
    pub storage_version: &'static str,
    /// The path under `/registry/` in the store, as upstream names it (`minions` holds the nodes).
    pub storage_prefix: &'static str,
    /// The field selectors that are understood beside `metadata.name` and `metadata.namespace`, sorted.
    pub selectable_fields: &'static [&'static str],
    /// Set when a request for this version is answered with a warning.
    pub deprecated: Option<Deprecated>,
    /// The name of the OpenAPI definition, such as `io.k8s.api.apps.v1.Deployment`.
    pub definition: &'static str,
    /// The kind of a list of these objects, where it is not the kind with `List` behind it.
    pub list: &'static str,
    /// Whether a CustomResourceDefinition made this row (see [`intern`]): its schema, its columns and what else is
    /// particular are in the definition, not in the tables of this crate.
    pub custom: bool,
}

/// A path below an object (`/status`, `/scale`, `/exec`) and the kind that its body has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subresource {
    pub name: &'static str,
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
    pub verbs: &'static [&'static str],
}

/// When a version was deprecated and when upstream stopped serving it (prerelease-lifecycle tags).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Deprecated {
    /// The release, such as `1.8`.
    pub deprecated_in: &'static str,
    /// The release, or empty when the version stays.
    pub removed_in: &'static str,
    /// API version and kind to use instead, such as `apps/v1 Deployment`, or empty.
    pub replacement: &'static str,
}

impl Kind {
    /// `v1` for the core group, else `group/version`.
    pub fn api_version(&self) -> String {
        api_version(self.group, self.version)
    }

    /// The kind of a list of these objects.
    pub fn list_kind(&self) -> String {
        match self.list {
            "" => format!("{}List", self.kind),
            list => list.to_owned(),
        }
    }

    /// Whether `verb` is one of the resource's own verbs.
    pub fn has_verb(&self, verb: &str) -> bool {
        self.verbs.contains(&verb)
    }

    /// The row of a subresource.
    pub fn subresource(&self, name: &str) -> Option<&'static Subresource> {
        self.subresources
            .iter()
            .find(|subresource| subresource.name == name)
    }

    /// Whether objects of this kind are kept in the store; reviews and bindings are answered only.
    pub fn is_stored(&self) -> bool {
        self.has_verb("get") && self.kind != "ComponentStatus"
    }

    /// Whether a deletion answers with the object instead of a Status (ReturnDeletedObject of upstream's registries).
    pub fn returns_deleted(&self) -> bool {
        match self.storage_group {
            _ if self.custom => false,
            "" => matches!(
                self.plural,
                "persistentvolumeclaims"
                    | "persistentvolumes"
                    | "pods"
                    | "podtemplates"
                    | "resourcequotas"
                    | "serviceaccounts"
                    | "services"
            ),
            groups::RESOURCE => true,
            groups::STORAGE => self.plural != "csistoragecapacities",
            _ => false,
        }
    }

    /// Whether this row is the form that is stored.
    pub fn is_storage_version(&self) -> bool {
        self.group == self.storage_group && self.version == self.storage_version
    }

    /// The text of the `Warning` header for a deprecated version, as upstream's deprecation package words it.
    pub fn warning(&self) -> Option<String> {
        let deprecated = self.deprecated?;
        let mut text = format!(
            "{} {} is deprecated in v{}+",
            self.api_version(),
            self.kind,
            deprecated.deprecated_in
        );
        if !deprecated.removed_in.is_empty() {
            text.push_str(&format!(", unavailable in v{}+", deprecated.removed_in));
        }
        if !deprecated.replacement.is_empty() {
            text.push_str(&format!("; use {}", deprecated.replacement));
        }
        Some(text)
    }
}

/// `v1` for the core group, else `group/version`.
pub fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    }
}

/// Splits an `apiVersion` into group and version; the core group is empty.
pub fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// The row of a resource by its plural name.
pub fn find(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    INDEX.by_plural.get(&(group, version, plural)).copied()
}

/// The row of a kind.
pub fn by_kind(group: &str, version: &str, kind: &str) -> Option<&'static Kind> {
    INDEX.by_kind.get(&(group, version, kind)).copied()
}

/// The row of the form in which objects of `kind` are stored.
pub fn stored(kind: &'static Kind) -> &'static Kind {
    by_kind(kind.storage_group, kind.storage_version, kind.kind).unwrap_or(kind)
}

/// The preferred version of every resource: what discovery offers first.
pub fn preferred() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().enumerate().filter_map(|(index, kind)| {
        let first = KINDS
            .iter()
            .position(|other| other.group == kind.group && other.kind == kind.kind);
        (first == Some(index)).then_some(kind)
    })
}

/// The rows that are storage versions: one for each prefix in the store.
pub fn storage_versions() -> impl Iterator<Item = &'static Kind> {
    KINDS
        .iter()
        .filter(|kind| kind.is_stored() && kind.is_storage_version())
}

/// Group and plural of the resource that a key of the store belongs to (`/registry/deployments/default/web`). Objects of
/// custom resources are kept under both.
pub fn of_storage_key(key: &str) -> Option<(&str, &str)> {
    static PREFIXES: LazyLock<HashMap<&str, (&str, &str)>> = LazyLock::new(|| {
        let rows = storage_versions();
        rows.map(|kind| (kind.storage_prefix, (kind.group, kind.plural)))
            .collect()
    });
    let rest = key.strip_prefix("/registry/")?;
    let (first, tail) = rest.split_once('/')?;
    if let Some(known) = PREFIXES.get(first) {
        return Some(*known);
    }
    let (second, _) = tail.split_once('/')?;
    let two = &rest[..first.len() + 1 + second.len()];
    let custom = || first.contains('.').then_some((first, second));
    PREFIXES.get(two).copied().or_else(custom)
}

/// The groups in the order of discovery, each with its versions, the preferred one first.
pub fn groups() -> &'static [(&'static str, Vec<&'static str>)] {
    static ORDER: LazyLock<Vec<(&'static str, Vec<&'static str>)>> = LazyLock::new(|| {
        let mut groups: Vec<(&'static str, Vec<&'static str>)> = Vec::new();
        for kind in KINDS {
            match groups.iter_mut().find(|(group, _)| *group == kind.group) {
                Some((_, versions)) if versions.contains(&kind.version) => {}
                Some((_, versions)) => versions.push(kind.version),
                None => groups.push((kind.group, vec![kind.version])),
            }
        }
        groups
    });
    &ORDER
}

/// Every request looks several things up: the standard hash would be half of what that costs.
type HashMap<K, V> = collections::HashMap<K, V, RandomState>;

type Key = (&'static str, &'static str, &'static str);

/// What differs from kind to kind, found by group and kind: every request asks several such tables.
pub type ByKind<T> = HashMap<(&'static str, &'static str), T>;

struct Index {
    by_plural: HashMap<Key, &'static Kind>,
    by_kind: HashMap<Key, &'static Kind>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| Index {
    by_plural: KINDS
        .iter()
        .map(|kind| ((kind.group, kind.version, kind.plural), kind))
        .collect(),
    by_kind: KINDS
        .iter()
        .map(|kind| ((kind.group, kind.version, kind.kind), kind))
        .collect(),
});

/// What can be done with most resources.
pub const VERBS: &[&str] = &[
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];
const READ_WRITE: &[&str] = &["get", "patch", "update"];
const CREATE: &[&str] = &["create"];
const CONNECT: &[&str] = &["create", "get"];
const PROXY: &[&str] = &["create", "delete", "get", "patch", "update"];
const ALL: &[&str] = &["all"];
const API_EXTENSIONS: &[&str] = &["api-extensions"];

/// Every scalable kind is scaled through the one `Scale` of `autoscaling/v1`.
const SCALE: Subresource = subresource("scale", "autoscaling", "v1", "Scale", READ_WRITE);

const fn namespaced(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
    singular: &'static str,
    definition: &'static str,
) -> Kind {
    Kind {
        group,
        version,
        kind,
        plural,
        singular,
        short_names: &[],
        categories: &[],
        namespaced: true,
        verbs: VERBS,
        subresources: &[],
        storage_group: group,
        storage_version: version,
        storage_prefix: plural,
        selectable_fields: &[],
        deprecated: None,
        definition,
        list: "",
        custom: false,
    }
}

const fn cluster(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
    singular: &'static str,
    definition: &'static str,
) -> Kind {
    Kind {
        namespaced: false,
        ..namespaced(group, version, kind, plural, singular, definition)
    }
}

const fn subresource(
    name: &'static str,
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    verbs: &'static [&'static str],
) -> Subresource {
    Subresource {
        name,
        group,
        version,
        kind,
        verbs,
    }
}

const fn status(group: &'static str, version: &'static str, kind: &'static str) -> Subresource {
    subresource("status", group, version, kind, READ_WRITE)
}

const fn deprecated(
    deprecated_in: &'static str,
    removed_in: &'static str,
    replacement: &'static str,
) -> Deprecated {
    Deprecated {
        deprecated_in,
        removed_in,
        replacement,
    }
}

const fn count(groups: &[&[Kind]]) -> usize {
    let mut total = 0;
    let mut group = 0;
    while group < groups.len() {
        total += groups[group].len();
        group += 1;
    }
    total
}

const fn concat<const N: usize>(groups: &[&[Kind]]) -> [Kind; N] {
    let mut all = [namespaced("", "", "", "", "", ""); N];
    let mut at = 0;
    let mut group = 0;
    while group < groups.len() {
        let mut row = 0;
        while row < groups[group].len() {
            all[at] = groups[group][row];
            at += 1;
            row += 1;
        }
        group += 1;
    }
    all
}

#[cfg(test)]
mod tests;

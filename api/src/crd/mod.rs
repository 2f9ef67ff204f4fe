//! CustomResourceDefinitions as the server uses them: what a definition says, read once. The rules for objects of its
//! kinds (pruning, defaults, validation, columns) are the modules below; where definitions are kept and how they
//! change is the API server's business.

mod check_defaults;
pub mod columns;
mod default;
pub mod field_path;
mod formats;
mod lists;
pub mod names;
mod objects;
pub mod pattern;
mod prune;
pub mod rules;
pub mod scale;
pub mod structural;
mod validate;

use serde_json::Value;

use crate::kinds::intern::{Full, Interner, Row};
use crate::kinds::{self, Kind};
use crate::meta;
use crate::schema::{Schema, SchemaRef};
use crate::table::Options;
use crate::walk::Walk;
pub use check_defaults::faults as defaults_faults;
use columns::Column;
pub use formats::is_known as is_format;
use scale::Scale;
use structural::Node;

/// The finalizer by which the server deletes all objects of a kind before their definition goes.
pub const CLEANUP_FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

/// One definition.
#[derive(Debug)]
pub struct Definition {
    /// `PLURAL.GROUP`.
    pub name: String,
    pub uid: String,
    pub group: String,
    pub namespaced: bool,
    /// Whether its kinds are served at all.
    pub established: bool,
    /// Whether it is being deleted with all its objects: no object may be created.
    pub terminating: bool,
    /// Who converts between the versions; none when only their names differ.
    pub webhook: Option<Webhook>,
    /// Every version, served or not, in the order of the definition.
    pub versions: Vec<Version>,
    /// The field selectors of all versions, which the values of stored objects are kept by.
    pub stored_fields: &'static [&'static str],
}

/// The webhook that converts between versions.
#[derive(Debug)]
pub struct Webhook {
    pub client_config: Value,
    /// The versions of ConversionReview that it speaks, in its order.
    pub review_versions: Vec<String>,
}

/// One version of a definition.
#[derive(Debug)]
pub struct Version {
    pub kind: &'static Kind,
    pub served: bool,
    pub storage: bool,
    /// The text of the warning that requests get.
    pub warning: Option<String>,
    /// Where the replicas are, when it has a `scale`.
    pub scale: Option<Scale>,
    pub node: Node,
    has_defaults: bool,
    has_rules: bool,
    /// `preserveUnknownFields` of the whole definition: nothing is pruned.
    keeps_unknown: bool,
    columns: Vec<Column>,
    /// How objects merge and who owns their fields.
    merge: Schema,
}

impl Definition {
    /// Reads a stored definition. The names are those that were accepted.
    pub fn read(object: &Value, interner: &mut Interner) -> Result<Self, Full> {
        let spec = &object["spec"];
        let mut versions = Vec::new();
        let mut fields: Vec<String> = Vec::new();
        for version in spec.list("versions") {
            let version = Version::read(object, version, interner)?;
            let own = version.kind.selectable_fields.iter();
            fields.extend(own.map(|field| (*field).to_owned()));
            versions.push(version);
        }
        fields.sort();
        fields.dedup();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        Ok(Self {
            name: meta::name(object).to_owned(),
            uid: meta::uid(object).to_owned(),
            group: spec.text("group").to_owned(),
            namespaced: spec.text("scope") == "Namespaced",
            established: condition(object, "Established"),
            terminating: condition(object, "Terminating"),
            webhook: webhook(&spec["conversion"]),
            versions,
            stored_fields: interner.list(&fields),
        })
    }

    /// A version by its name, if it is served.
    pub fn served(&self, version: &str) -> Option<&Version> {
        self.versions
            .iter()
            .find(|found| found.served && found.kind.version == version)
    }

    /// The version that is stored.
    pub fn stored(&self) -> Option<&Version> {
        self.versions.iter().find(|version| version.storage)
    }
}

impl Version {
    fn read(object: &Value, version: &Value, interner: &mut Interner) -> Result<Self, Full> {
        let kind = interner.row(&row(object, version))?;
        let schema = &version["schema"]["openAPIV3Schema"];
        let node = Node::read(schema);
        Ok(Self {
            kind,
            served: version.flag("served"),
            storage: version.flag("storage"),
            warning: warning(kind, version),
            scale: Scale::read(version),
            has_defaults: node.has_defaults(),
            has_rules: node.has_rules(),
            keeps_unknown: object["spec"].flag("preserveUnknownFields"),
            node,
            columns: columns::read(version),
            merge: Schema::from_openapi_v3(schema),
        })
    }

    /// Objects of this version as a Table.
    pub fn table(&self, items: Vec<Value>, options: &Options<'_>) -> Value {
        columns::table(&self.columns, items, options)
    }

    /// How objects of this version merge.
    pub fn schema(&self) -> Option<SchemaRef<'_>> {
        self.merge.root()
    }
}

fn row<'a>(object: &'a Value, version: &'a Value) -> Row<'a> {
    let spec = &object["spec"];
    let accepted = &object["status"]["acceptedNames"];
    let names = match accepted.text("plural") {
        "" => &spec["names"],
        _ => accepted,
    };
    let texts = |list: &'a [Value]| list.iter().filter_map(Value::as_str).collect();
    let paths = version.list("selectableFields").iter();
    let mut selectable: Vec<&str> = paths
        .map(|field| field.text("jsonPath").trim_start_matches('.'))
        .collect();
    selectable.sort_unstable();
    let storage = spec.list("versions").iter().find(|one| one.flag("storage"));
    Row {
        group: spec.text("group"),
        version: version.text("name"),
        kind: names.text("kind"),
        list_kind: names.text("listKind"),
        plural: names.text("plural"),
        singular: names.text("singular"),
        short_names: texts(names.list("shortNames")),
        categories: texts(names.list("categories")),
        namespaced: spec.text("scope") == "Namespaced",
        has_status: version["subresources"].has("status"),
        has_scale: version["subresources"].has("scale"),
        selectable_fields: selectable,
        storage_version: storage.map_or("", |storage| storage.text("name")),
    }
}

fn webhook(conversion: &Value) -> Option<Webhook> {
    let webhook = &conversion["webhook"];
    let spoken = webhook.list("conversionReviewVersions").iter();
    (conversion.text("strategy") == "Webhook").then(|| Webhook {
        client_config: webhook["clientConfig"].clone(),
        review_versions: spoken
            .filter_map(|version| version.as_str().map(str::to_owned))
            .collect(),
    })
}

/// The text of a deprecated version: its own, or the one that upstream makes.
fn warning(kind: &Kind, version: &Value) -> Option<String> {
    version.flag("deprecated").then(|| {
        let own = version.opt_text("deprecationWarning");
        own.map(str::to_owned).unwrap_or_else(|| {
            format!(
                "{} {} is deprecated",
                kinds::api_version(kind.group, kind.version),
                kind.kind
            )
        })
    })
}

/// Whether a condition of the definition is `True`.
pub fn condition(object: &Value, name: &str) -> bool {
    object["status"]
        .list("conditions")
        .iter()
        .any(|condition| condition.text("type") == name && condition.text("status") == "True")
}

#[cfg(test)]
mod tests;

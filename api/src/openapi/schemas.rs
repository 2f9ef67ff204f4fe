//! The schemas of the documents: definitions with the marks of Kubernetes on them, and the lists of each kind.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::operations;
use crate::{
    kinds::{self, KINDS, Kind},
    schema,
};

const REFERENCE: &str = "#/definitions/";
const LIST_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";

/// The definitions that `roots` need and everything that those refer to, sorted by name.
pub(super) fn definitions(
    all: &Map<String, Value>,
    roots: impl IntoIterator<Item = String>,
    custom: &[&'static Kind],
) -> Map<String, Value> {
    let lists: BTreeMap<String, &Kind> = KINDS
        .iter()
        .chain(custom.iter().copied())
        .map(|kind| (operations::list_definition(kind), kind))
        .collect();
    let mut found: BTreeMap<String, Value> = BTreeMap::new();
    let mut pending: Vec<String> = roots.into_iter().collect();
    while let Some(name) = pending.pop() {
        if found.contains_key(&name) {
            continue;
        }
        let definition = match lists.get(&name) {
            Some(kind) => list(kind),
            None => match all.get(&name) {
                Some(definition) => definition.clone(),
                None => continue,
            },
        };
        references(&definition, &mut pending);
        found.insert(name, definition);
    }
    let group_version_kinds = group_version_kinds(custom);
    found
        .into_iter()
        .map(|(name, mut definition)| {
            // The items of a list are no list of an object: nothing merges them.
            if !lists.contains_key(&name) {
                schema::mark_definition(&name, &mut definition);
            }
            if let Some(named) = group_version_kinds.get(&name) {
                definition["x-kubernetes-group-version-kind"] = named.clone();
            }
            (name, definition)
        })
        .collect()
}

/// The definitions that `roots` need and everything that those refer to, without marks.
pub(super) fn reachable(
    all: &Map<String, Value>,
    roots: impl Iterator<Item = String>,
) -> Map<String, Value> {
    let mut found = Map::new();
    let mut pending: Vec<String> = roots.collect();
    while let Some(name) = pending.pop() {
        if let Some(definition) = all.get(&name).filter(|_| !found.contains_key(&name)) {
            references(definition, &mut pending);
            found.insert(name, definition.clone());
        }
    }
    found
}

/// What the operations of these paths refer to.
pub(super) fn roots(paths: &[operations::Path]) -> BTreeSet<String> {
    let operations = || paths.iter().flat_map(|path| &path.operations);
    let bodies = operations()
        .filter_map(|operation| operation.body.as_ref())
        .map(|body| body.definition.clone());
    let answers = operations().flat_map(|operation| {
        operation
            .responses
            .iter()
            .filter_map(|(_, name)| name.clone())
    });
    bodies.chain(answers).collect()
}

fn list(kind: &Kind) -> Value {
    json!({
        "description": format!("{} is a list of {} objects.", kind.list_kind(), kind.kind),
        "type": "object",
        "properties": {
            "apiVersion": {
                "description": "APIVersion defines the versioned schema of this representation of an object. \
                    Servers should convert recognized schemas to the latest internal value, and may reject \
                    unrecognized values. More info: https://git.k8s.io/community/contributors/devel/\
                    sig-architecture/api-conventions.md#resources",
                "type": "string",
            },
            "items": {
                "description": format!("items is the list of {} objects.", kind.kind),
                "type": "array",
                "items": { "$ref": format!("{REFERENCE}{}", kind.definition) },
            },
            "kind": {
                "description": "Kind is a string value representing the REST resource this object represents. \
                    Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In \
                    CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/\
                    api-conventions.md#types-kinds",
                "type": "string",
            },
            "metadata": {
                "description": "Standard list metadata.",
                "$ref": format!("{REFERENCE}{LIST_META}"),
            },
        },
        "required": ["items"],
    })
}

/// What of `meta/v1` is known by one name.
const META: &[&str] = &[
    "APIGroup",
    "APIGroupList",
    "APIResourceList",
    "APIVersions",
    "Status",
];
/// What of `meta/v1` is a kind of every group and version.
const EVERYWHERE: &[&str] = &["DeleteOptions", "WatchEvent"];

fn group_version_kinds(custom: &[&'static Kind]) -> BTreeMap<String, Value> {
    let entry = |group: &str, version: &str, kind: &str| json!({ "group": group, "kind": kind, "version": version });
    let named = |group: &str, version: &str, kind: &str| json!([entry(group, version, kind)]);
    let mut all = BTreeMap::new();
    for kind in KINDS.iter().chain(custom.iter().copied()) {
        all.insert(
            kind.definition.to_owned(),
            named(kind.group, kind.version, kind.kind),
        );
        all.insert(
            operations::list_definition(kind),
            named(kind.group, kind.version, &kind.list_kind()),
        );
        for subresource in kind.subresources {
            let (group, version, kind) = (subresource.group, subresource.version, subresource.kind);
            let name = schema::definition_name(group, version, kind);
            all.entry(name)
                .or_insert_with(|| named(group, version, kind));
        }
    }
    for kind in META {
        all.insert(meta_definition(kind), named("", "v1", kind));
    }
    let versions = kinds::groups().iter();
    let versions = versions.flat_map(|(group, versions)| versions.iter().map(|one| (*group, *one)));
    let versions: BTreeSet<(&str, &str)> = versions.collect();
    for kind in EVERYWHERE {
        let each = versions.iter();
        let each = each.map(|(group, version)| entry(group, version, kind));
        all.insert(meta_definition(kind), each.collect());
    }
    all
}

fn meta_definition(kind: &str) -> String {
    format!("io.k8s.apimachinery.pkg.apis.meta.v1.{kind}")
}

/// Collects the names that `$ref`s in `schema` point to.
fn references(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value
                    .as_str()
                    .filter(|_| name == "$ref")
                    .and_then(|target| target.strip_prefix(REFERENCE))
                {
                    Some(target) => names.push(target.to_owned()),
                    None => references(value, names),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        _ => {}
    }
}

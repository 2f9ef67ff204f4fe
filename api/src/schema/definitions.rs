//! The definitions of everything that is served, by OpenAPI name: those of `k8s-openapi`, with what its schemas
//! state differently from upstream's put right, and the legacy versions.

use serde_json::{Map, Value, json};

use super::{legacy, roots};
use crate::kinds;

/// Kinds of `meta.k8s.io/v1` that are sent and answered in every group and version.
pub(crate) const GENERIC: &[&str] = &[
    "APIGroup",
    "APIGroupList",
    "APIResourceList",
    "APIVersions",
    "DeleteOptions",
    "Status",
    "WatchEvent",
];

/// Every definition, with `$ref`s of the form `#/definitions/NAME`.
pub(crate) fn all() -> Map<String, Value> {
    let mut definitions = roots::definitions();
    for (name, definition) in &mut definitions {
        correct(name, definition);
    }
    add_legacy(&mut definitions);
    definitions
}

/// The definition that a legacy one is a variation of.
pub(super) fn base(name: &str) -> Option<&'static str> {
    let row = legacy::DERIVED.iter().find(|derived| derived.name == name);
    match row {
        Some(derived) => Some(derived.from).filter(|from| !from.is_empty()),
        None => aliases()
            .find(|(alias, _)| *alias == name)
            .map(|(_, base)| base),
    }
}

/// Legacy kinds that look like the kind that they are stored as.
fn aliases() -> impl Iterator<Item = (&'static str, &'static str)> {
    kinds::KINDS
        .iter()
        .filter(|kind| legacy::is_legacy(kind))
        .filter_map(|kind| {
            let derived = legacy::DERIVED
                .iter()
                .any(|derived| derived.name == kind.definition);
            (!derived).then(|| (kind.definition, kinds::stored(kind).definition))
        })
}

fn add_legacy(definitions: &mut Map<String, Value>) {
    for (alias, base) in aliases() {
        if let Some(definition) = definitions.get(base).cloned() {
            definitions.insert(alias.to_owned(), definition);
        }
    }
    for derived in legacy::DERIVED {
        let base = definitions.get(derived.from).cloned();
        let definition = legacy::derive(
            base.unwrap_or_else(|| json!({"type": "object"})),
            derived.edits,
        );
        definitions.insert(derived.name.to_owned(), definition);
    }
}

/// Where the crate's schemas differ from upstream's documents: `metadata` is never required, and the types with
/// a JSON form of their own are stated by format.
fn correct(name: &str, definition: &mut Value) {
    let Some(object) = definition.as_object_mut() else {
        return;
    };
    match name {
        "io.k8s.apimachinery.pkg.api.resource.Quantity" => {
            replace_type(object, Some("string"), None)
        }
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString" => {
            replace_type(object, Some("string"), Some("int-or-string"));
        }
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON"
        | "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray"
        | "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool"
        | "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray" =>
        {
            replace_type(object, None, None);
        }
        _ => {}
    }
    let is_object = object
        .get("properties")
        .is_some_and(|properties| properties.get("apiVersion").is_some());
    if let Some(required) = object
        .get_mut("required")
        .and_then(Value::as_array_mut)
        .filter(|_| is_object)
    {
        required.retain(|field| field != "metadata");
        if required.is_empty() {
            object.shift_remove("required");
        }
    }
}

fn replace_type(definition: &mut Map<String, Value>, type_: Option<&str>, format: Option<&str>) {
    definition.retain(|key, _| key == "description");
    if let Some(type_) = type_ {
        definition.insert("type".into(), type_.into());
    }
    if let Some(format) = format {
        definition.insert("format".into(), format.into());
    }
}

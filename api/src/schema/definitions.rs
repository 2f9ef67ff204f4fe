//! The definitions of everything that is served, by OpenAPI name: those of `k8s-openapi`, with what its schemas
//! state differently from upstream's put right, and the legacy versions.

use serde_json::{Map, Value, json};

use super::{legacy, marks, published};
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

/// References that may be empty, for historic reasons.
const OPTIONAL_NAMES: &[&str] = &[
    "io.k8s.api.core.v1.ConfigMapEnvSource",
    "io.k8s.api.core.v1.ConfigMapKeySelector",
    "io.k8s.api.core.v1.ConfigMapProjection",
    "io.k8s.api.core.v1.ConfigMapVolumeSource",
    "io.k8s.api.core.v1.LocalObjectReference",
    "io.k8s.api.core.v1.SecretEnvSource",
    "io.k8s.api.core.v1.SecretKeySelector",
    "io.k8s.api.core.v1.SecretProjection",
];
const CORE_EVENT: &str = "io.k8s.api.core.v1.Event";
const EVENT: &str = "io.k8s.api.events.v1.Event";

/// Every definition, with `$ref`s of the form `#/definitions/NAME`.
pub(crate) fn all() -> Map<String, Value> {
    let mut definitions = published::definitions();
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
    if OPTIONAL_NAMES.contains(&name) {
        drop_required(object, "name");
    }
    if name == EVENT {
        object.insert("required".into(), json!(["eventTime"]));
    }
    let is_object = object
        .get("properties")
        .is_some_and(|properties| properties.get("apiVersion").is_some());
    if is_object && name != CORE_EVENT {
        drop_required(object, "metadata");
    }
}

fn drop_required(definition: &mut Map<String, Value>, field: &str) {
    let Some(required) = definition.get_mut("required").and_then(Value::as_array_mut) else {
        return;
    };
    required.retain(|name| name != field);
    if required.is_empty() {
        definition.shift_remove("required");
    }
}

/// Puts the marks of `name`, or of the definition that it is derived from, on its schema as extensions.
pub(crate) fn mark_definition(name: &str, definition: &mut Value) {
    let base = base(name).unwrap_or(name);
    if marks::ATOMIC.contains(&base) {
        definition["x-kubernetes-map-type"] = "atomic".into();
    }
    let Some(properties) = definition
        .get_mut("properties")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let marked = marks::FIELDS
        .iter()
        .find(|(definition, _)| *definition == base)
        .map_or(&[][..], |(_, marks)| marks);
    for (field, schema) in properties {
        let mark = marked.iter().find(|mark| mark.field == field);
        if schema.get("items").is_some()
            && mark.is_none_or(|mark| mark.keys.is_empty() && !mark.set)
        {
            schema["x-kubernetes-list-type"] = "atomic".into();
        }
        if let Some(mark) = mark {
            mark_field(mark, schema);
        }
        let default = marks::DEFAULTS
            .iter()
            .find(|(definition, name, _)| *definition == base && name == field);
        if let Some((_, _, default)) = default {
            schema["default"] = (*default).into();
        }
    }
}

fn mark_field(mark: &marks::Mark, schema: &mut Value) {
    if !mark.keys.is_empty() {
        schema["x-kubernetes-list-map-keys"] = json!(mark.keys);
        schema["x-kubernetes-list-type"] = "map".into();
    }
    if mark.set {
        schema["x-kubernetes-list-type"] = "set".into();
    }
    if mark.atomic_map || mark.granular {
        schema["x-kubernetes-map-type"] = if mark.granular { "granular" } else { "atomic" }.into();
    }
    if !mark.merge_key.is_empty() {
        schema["x-kubernetes-patch-merge-key"] = mark.merge_key.into();
    }
    let strategies = [
        (mark.merge, "merge"),
        (mark.replace, "replace"),
        (mark.retain_keys, "retainKeys"),
    ];
    let strategies: Vec<&str> = strategies
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| *name)
        .collect();
    if !strategies.is_empty() {
        schema["x-kubernetes-patch-strategy"] = strategies.join(",").into();
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

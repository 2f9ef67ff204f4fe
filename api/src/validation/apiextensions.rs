//! Custom resource definitions.

use std::collections::BTreeSet;

use serde_json::Value;

use super::admission::client_config;
use super::errors::Errors;
use super::metadata::{self, METADATA, texts};
use super::names::{is_dns1035_label, is_dns1123_subdomain};
use super::path::Path;
use super::pod::SPEC;
use crate::crd::rules;
use crate::status::FieldError;
use crate::walk::Walk;

/// Types of printer columns, and their formats.
const COLUMN_TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS: [&str; 8] = [
    "byte",
    "date",
    "date-time",
    "double",
    "float",
    "int32",
    "int64",
    "password",
];

/// `ValidateCustomResourceDefinition`.
pub(super) fn custom_resource_definition(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    let name = object["metadata"].text("name");
    if name != format!("{}.{}", spec["names"].text("plural"), spec.text("group")) {
        let reason = "must be spec.names.plural+\".\"+spec.group";
        out.invalid(&METADATA.child("name"), name, reason);
    }
    definition(spec, out);
    let status = Path::new("status");
    let stored = status.child("storedVersions");
    if object["status"].count("storedVersions") == 0 {
        out.invalid(
            &stored,
            Value::Array(Vec::new()),
            "must have at least one stored version",
        );
    }
}

fn definition(spec: &Value, out: &mut Errors) {
    let group = spec.text("group");
    let path = SPEC.child("group");
    if group.is_empty() {
        out.required(&path, "");
    } else {
        let reasons = is_dns1123_subdomain(group);
        if !reasons.is_empty() {
            out.invalid(&path, group, reasons.join(","));
        } else if !group.contains('.') {
            out.invalid(&path, group, "should be a domain with at least one dot");
        }
    }
    out.required_one_of(
        &SPEC.child("scope"),
        spec.text("scope"),
        &["Cluster", "Namespaced"],
    );
    let names = &spec["names"];
    let names_path = SPEC.child("names");
    for field in ["plural", "singular", "kind", "listKind"] {
        if names.text(field).is_empty() && matches!(field, "plural" | "kind") {
            out.required(&names_path.child(field), "");
        }
    }
    self::names(names, &names_path, out);
    versions(spec, out);
    conversion(&spec["conversion"], &SPEC.child("conversion"), out);
}

fn names(names: &Value, path: &Path<'_>, out: &mut Errors) {
    let mut label = |text: &str, path: &Path<'_>| {
        let reasons = is_dns1035_label(text);
        if !reasons.is_empty() {
            out.invalid(path, text, reasons.join(","));
        }
    };
    for field in ["plural", "singular"] {
        let text = names.text(field);
        if !text.is_empty() {
            label(text, &path.child(field));
        }
    }
    for field in ["kind", "listKind"] {
        let text = names.text(field).to_lowercase();
        if !text.is_empty() {
            label(&text, &path.child(field));
        }
    }
    for list in ["shortNames", "categories"] {
        let path = path.child(list);
        for (index, text) in texts(names, list).enumerate() {
            label(text, &path.index(index));
        }
    }
    if !names.text("kind").is_empty() && names.text("kind") == names.text("listKind") {
        out.invalid(
            &path.child("listKind"),
            names.text("listKind"),
            "kind and listKind may not be the same",
        );
    }
}

fn versions(spec: &Value, out: &mut Errors) {
    let path = SPEC.child("versions");
    let versions = spec.list("versions");
    if versions
        .iter()
        .filter(|version| version.flag("storage"))
        .count()
        != 1
    {
        out.invalid(
            &path,
            spec["versions"].clone(),
            "must have exactly one version marked as storage version",
        );
    }
    let mut seen = BTreeSet::new();
    for (index, version) in versions.iter().enumerate() {
        let at = path.index(index);
        let name = version.text("name");
        let reasons = is_dns1035_label(name);
        if !reasons.is_empty() {
            out.invalid(&at.child("name"), name, reasons.join(","));
        }
        if !seen.insert(name) {
            out.invalid(
                &path,
                spec["versions"].clone(),
                "must contain unique version names",
            );
        }
        if !version["schema"].has("openAPIV3Schema") {
            let schema = at.child("schema");
            out.required(&schema.child("openAPIV3Schema"), "schemas are required");
        } else {
            structural(&version["schema"]["openAPIV3Schema"], &at, out);
        }
        scale(&version["subresources"]["scale"], &at, out);
        columns(
            version.list("additionalPrinterColumns"),
            &at.child("additionalPrinterColumns"),
            out,
        );
    }
}

/// The root of a schema is an object; deeper rules are those of the schema itself.
fn structural(schema: &Value, version: &Path<'_>, out: &mut Errors) {
    let path = version.child("schema");
    let path = path.child("openAPIV3Schema");
    match schema.text("type") {
        "" => out.required(&path.child("type"), "must not be empty at the root"),
        "object" => {}
        other => out.invalid(&path.child("type"), other, "must be object at the root"),
    }
    let mut depth = 0;
    place(schema, &path.to_string(), &mut depth, out);
    for fault in rules::faults(schema, &path.to_string(), true) {
        out.push(fault);
    }
}

/// How deep a schema may be.
const MAX_DEPTH: usize = 200;

/// The rules of a structural schema for one place and all below it (`ValidateStructural` and what upstream refuses in
/// schemas at all).
fn place(schema: &Value, path: &str, depth: &mut usize, out: &mut Errors) {
    if *depth > MAX_DEPTH {
        out.push(FieldError::forbidden(path, "the schema is too deep"));
        return;
    }
    *depth += 1;
    forbidden(schema, path, out);
    marks(schema, path, out);
    let typed = |below: &Value| {
        below.has("type")
            || below.flag("x-kubernetes-int-or-string")
            || below.flag("x-kubernetes-preserve-unknown-fields")
    };
    let mut go = |below: &Value, at: String, what: &str| {
        if !typed(below) {
            let why = format!("must not be empty for specified {what}");
            out.push(FieldError::required(format!("{at}.type"), why));
        }
        place(below, &at, depth, out);
    };
    for (name, below) in schema.map("properties").into_iter().flatten() {
        go(below, format!("{path}.properties[{name}]"), "object fields");
    }
    if schema["additionalProperties"].is_object() {
        let at = format!("{path}.additionalProperties");
        go(&schema["additionalProperties"], at, "object fields");
    }
    if schema["items"].is_object() {
        go(&schema["items"], format!("{path}.items"), "array items");
    }
    *depth -= 1;
}

/// What no schema of a custom resource may say.
fn forbidden(schema: &Value, path: &str, out: &mut Errors) {
    const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
    let mut refuse = |field: &str, why: &str| {
        out.push(FieldError::forbidden(format!("{path}.{field}"), why));
    };
    for field in [
        "$ref",
        "id",
        "definitions",
        "patternProperties",
        "additionalItems",
        "dependencies",
    ] {
        if schema.has(field) {
            refuse(field, &format!("{field} is not supported"));
        }
    }
    if schema.flag("uniqueItems") {
        let why =
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        refuse("uniqueItems", why);
    }
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        refuse(
            "additionalProperties",
            "additionalProperties cannot be set to false",
        );
    }
    if schema.has("additionalProperties") && schema.count("properties") > 0 {
        refuse(
            "additionalProperties",
            "additionalProperties and properties are mutual exclusive",
        );
    }
    if schema["items"].is_array() {
        refuse("items", "items must be a schema object and not an array");
    }
    match schema.text("type") {
        "null" => refuse(
            "type",
            "type cannot be set to null, use nullable as an alternative",
        ),
        "" => {}
        known if TYPES.contains(&known) => {}
        other => {
            let error = FieldError::not_supported(format!("{path}.type"), other, &TYPES);
            out.push(error);
        }
    }
    if let Some(pattern) = schema.opt_text("pattern")
        && let Err(error) = crate::crd::pattern::compile(pattern)
    {
        let why = format!("must be a valid regular expression, but isn't: {error}");
        out.push(FieldError::invalid(format!("{path}.pattern"), pattern, why));
    }
}

/// The marks of Kubernetes: what they stand on, and what they need.
fn marks(schema: &Value, path: &str, out: &mut Errors) {
    let type_ = schema.text("type");
    let at = |field: &str| format!("{path}.{field}");
    let mut wrong_type = |why: &str| {
        out.push(FieldError::invalid(at("type"), type_, why));
    };
    if schema.flag("x-kubernetes-int-or-string") && !type_.is_empty() {
        wrong_type("must be empty if x-kubernetes-int-or-string is true");
    }
    if schema.flag("x-kubernetes-embedded-resource") && type_ != "object" {
        wrong_type("must be object if x-kubernetes-embedded-resource is true");
    }
    let list = schema.text("x-kubernetes-list-type");
    if !list.is_empty() && type_ != "array" {
        wrong_type(&format!(
            "must be array if x-kubernetes-list-type is {list}"
        ));
    }
    if schema.has("x-kubernetes-map-type") && type_ != "object" {
        wrong_type("must be object if x-kubernetes-map-type is specified");
    }
    if schema.flag("x-kubernetes-embedded-resource")
        && !schema.flag("x-kubernetes-preserve-unknown-fields")
        && schema.count("properties") == 0
    {
        let why = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
        out.push(FieldError::required(at("properties"), why));
    }
    if !matches!(list, "" | "atomic" | "map" | "set") {
        let known = ["atomic", "map", "set"];
        out.push(FieldError::not_supported(
            at("x-kubernetes-list-type"),
            list,
            &known,
        ));
    }
    let map = schema.text("x-kubernetes-map-type");
    if !matches!(map, "" | "atomic" | "granular") {
        let known = ["atomic", "granular"];
        out.push(FieldError::not_supported(
            at("x-kubernetes-map-type"),
            map,
            &known,
        ));
    }
    let keys_path = at("x-kubernetes-list-map-keys");
    let keys: Vec<&str> = texts(schema, "x-kubernetes-list-map-keys").collect();
    if list != "map" {
        if !keys.is_empty() {
            let why = "must be map if x-kubernetes-list-map-keys is non-empty";
            out.push(FieldError::invalid(at("x-kubernetes-list-type"), list, why));
        }
        return;
    }
    if keys.is_empty() {
        let why = "must not be empty if x-kubernetes-list-type is map";
        out.push(FieldError::required(keys_path.clone(), why));
    }
    let items = &schema["items"];
    let required: Vec<&str> = texts(items, "required").collect();
    for key in keys {
        let property = &items["properties"][key];
        if property.is_null() {
            let why = "entries must all be names of item properties";
            out.push(FieldError::invalid(keys_path.clone(), key, why));
        } else if !required.contains(&key) && !property.has("default") {
            let field = at(&format!("items.properties[{key}].default"));
            let why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            out.push(FieldError::required(field, why));
        }
    }
}

fn scale(scale: &Value, version: &Path<'_>, out: &mut Errors) {
    if !scale.is_object() {
        return;
    }
    let path = version.child("subresources");
    let path = path.child("scale");
    for (field, root) in [
        ("specReplicasPath", ".spec"),
        ("statusReplicasPath", ".status"),
    ] {
        let text = scale.text(field);
        if text.is_empty() {
            out.required(&path.child(field), "");
        } else if !text.starts_with(&format!("{root}.")) {
            let reason = format!("should be a json path under {root}");
            out.invalid(&path.child(field), text, reason);
        }
    }
}

fn columns(columns: &[Value], path: &Path<'_>, out: &mut Errors) {
    for (index, column) in columns.iter().enumerate() {
        let path = path.index(index);
        let type_ = column.text("type");
        if column.text("name").is_empty() {
            out.required(&path.child("name"), "");
        }
        if type_.is_empty() {
            let reason = format!("must be one of {}", COLUMN_TYPES.join(","));
            out.required(&path.child("type"), &reason);
        } else if !COLUMN_TYPES.contains(&type_) {
            let reason = format!("must be one of {}", COLUMN_TYPES.join(","));
            out.invalid(&path.child("type"), type_, reason);
        }
        let format = column.text("format");
        if !format.is_empty() && !COLUMN_FORMATS.contains(&format) {
            let reason = format!("must be one of {}", COLUMN_FORMATS.join(","));
            out.invalid(&path.child("format"), format, reason);
        }
        if column.text("jsonPath").is_empty() {
            out.required(&path.child("jsonPath"), "");
        }
    }
}

fn conversion(conversion: &Value, path: &Path<'_>, out: &mut Errors) {
    if !conversion.is_object() {
        return;
    }
    let strategy = conversion.text("strategy");
    out.required_one_of(&path.child("strategy"), strategy, &["None", "Webhook"]);
    let webhook = path.child("webhook");
    if strategy == "Webhook" {
        let config = webhook.child("clientConfig");
        if conversion["webhook"].has("clientConfig") {
            client_config(&conversion["webhook"]["clientConfig"], &config, out);
        } else {
            out.required(&config, "required when strategy is set to Webhook");
        }
        if conversion["webhook"].count("conversionReviewVersions") == 0 {
            out.required(&webhook.child("conversionReviewVersions"), "");
        }
    } else if conversion.has("webhook") {
        out.forbidden(
            &webhook,
            "should not be set when strategy is not set to Webhook",
        );
    }
}

/// `ValidateCustomResourceDefinitionUpdate`: what is stored under its name keeps its group, scope and names.
pub(super) fn update_custom_resource_definition(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    definition(&new["spec"], out);
    let established = old["status"].list("conditions").iter().any(|condition| {
        condition.text("type") == "Established" && condition.text("status") == "True"
    });
    let (spec, before) = (&new["spec"], &old["spec"]);
    let names = SPEC.child("names");
    if established {
        out.immutable(&SPEC.child("scope"), &spec["scope"], &before["scope"]);
        out.immutable(
            &names.child("kind"),
            &spec["names"]["kind"],
            &before["names"]["kind"],
        );
    }
    out.immutable(&SPEC.child("group"), &spec["group"], &before["group"]);
    out.immutable(
        &names.child("plural"),
        &spec["names"]["plural"],
        &before["names"]["plural"],
    );
    let status = Path::new("status");
    let stored = status.child("storedVersions");
    for (index, version) in texts(&new["status"], "storedVersions").enumerate() {
        if !spec
            .list("versions")
            .iter()
            .any(|known| known.text("name") == version)
        {
            let reason = "missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions";
            out.invalid(&stored.index(index), version, reason.replace("v1", version));
        }
    }
}

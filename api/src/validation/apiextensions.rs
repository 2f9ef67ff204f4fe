//! Custom resource definitions.

use std::collections::BTreeSet;

use serde_json::Value;

use super::admission::client_config;
use super::errors::Errors;
use super::metadata::{self, METADATA, texts};
use super::names::{is_dns1035_label, is_dns1123_subdomain};
use super::path::Path;
use super::pod::SPEC;
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

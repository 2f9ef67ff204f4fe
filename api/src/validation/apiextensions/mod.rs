//! Custom resource definitions. They are looked at in the form that upstream looks at, which is that of v1beta1: what all
//! versions have in common stands once, and the messages name it there.

mod expressions;
mod options;
mod schema;
mod structural;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::options::Options;
use super::admission::client_config;
use super::errors::Errors;
use super::metadata::{self, METADATA, texts};
use super::names::{is_dns1035_label, is_dns1123_subdomain};
use super::path::Path;
use super::pod::SPEC;
use crate::convert::apiextensions::legacy;
use crate::crd::field_path::FieldPath;
use crate::crd::names as approval;
use crate::meta;
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
/// How many fields of a version objects can be selected by.
const MAX_SELECTABLE_FIELDS: usize = 8;
const STATUS: Path<'static> = Path::new("status");

/// `ValidateCustomResourceDefinition`.
pub(super) fn custom_resource_definition(object: &Value, out: &mut Errors) {
    create(object, &Options::strict(), out);
    approved(object, None, out);
    if object["spec"].flag("preserveUnknownFields") {
        closed(out);
    }
}

/// A new definition of v1beta1: schemas may be absent, and need not be structural where unknown fields are kept.
pub(super) fn legacy_definition(object: &Value, out: &mut Errors) {
    create(object, &Options::legacy(), out);
}

fn create(object: &Value, options: &Options, out: &mut Errors) {
    let (name, names) = (meta::name(object), &object["spec"]["names"]);
    if name != format!("{}.{}", names.text("plural"), object["spec"].text("group")) {
        let reason = "must be spec.names.plural+\".\"+spec.group";
        out.invalid(&METADATA.child("name"), name, reason);
    }
    definition(&legacy(&object["spec"]), options, out);
    self::status(object, out);
    stored_versions(object, out);
}

/// `ValidateCustomResourceDefinitionUpdate`: what is stored under its name keeps its group, scope and names; and what
/// was accepted once is not refused because rules are stricter now.
pub(super) fn update_custom_resource_definition(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let (spec, before) = (legacy(&new["spec"]), legacy(&old["spec"]));
    let established = crate::crd::condition(old, "Established");
    definition(&spec, &Options::update(&spec, &before), out);
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
    self::status(new, out);
    stored_versions(new, out);
    approved(new, Some(old), out);
    if spec.flag("preserveUnknownFields") && !before.flag("preserveUnknownFields") {
        closed(out);
    }
}

/// `ValidateUpdateCustomResourceDefinitionStatus`.
pub(super) fn update_status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    self::status(new, out);
}

fn status(object: &Value, out: &mut Errors) {
    let names = &object["status"]["acceptedNames"];
    self::names(names, &STATUS.child("acceptedNames"), out);
}

fn closed(out: &mut Errors) {
    let reason = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
    out.invalid(&SPEC.child("preserveUnknownFields"), true, reason);
}

/// Groups of Kubernetes' own say where they were reviewed.
fn approved(new: &Value, old: Option<&Value>, out: &mut Errors) {
    if !approval::is_protected(new["spec"].text("group")) {
        return;
    }
    let said = |object| {
        approval::approval(meta::annotation(object, approval::APPROVED).unwrap_or_default())
    };
    let (_, state, message) = said(new);
    if old.is_some_and(|old| said(old).1 == state) {
        return;
    }
    let path = METADATA.child("annotations");
    let path = path.key(approval::APPROVED);
    match state {
        "MissingAnnotation" => out.required(&path, &message),
        "InvalidAnnotation" => {
            let annotation = meta::annotation(new, approval::APPROVED).unwrap_or_default();
            out.invalid(&path, annotation, message);
        }
        _ => {}
    }
}

fn stored_versions(object: &Value, out: &mut Errors) {
    let path = STATUS.child("storedVersions");
    let stored: Vec<&str> = texts(&object["status"], "storedVersions").collect();
    if stored.is_empty() {
        return out.invalid(&path, Value::Null, "must have at least one stored version");
    }
    let versions = object["spec"].list("versions");
    for version in versions {
        let name = version.text("name");
        if version.flag("storage") && !stored.contains(&name) {
            let reason = format!("must have the storage version {name}");
            out.invalid(&path, object["status"]["storedVersions"].clone(), reason);
        }
    }
    for (index, name) in stored.into_iter().enumerate() {
        if !versions.iter().any(|known| known.text("name") == name) {
            let reason = format!(
                "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {name} and removes {name} from status.storedVersions"
            );
            out.invalid(&path.index(index), name, reason);
        }
    }
}

fn definition(spec: &Value, options: &Options, out: &mut Errors) {
    let group = spec.text("group");
    let path = SPEC.child("group");
    let reasons = is_dns1123_subdomain(group);
    if group.is_empty() {
        out.required(&path, "");
    } else if !reasons.is_empty() {
        out.invalid(&path, group, reasons.join(","));
    } else if !group.contains('.') {
        out.invalid(&path, group, "should be a domain with at least one dot");
    }
    out.required_one_of(
        &SPEC.child("scope"),
        spec.text("scope"),
        &["Cluster", "Namespaced"],
    );
    schemas_are_there(spec, options, out);
    versions(spec, options, out);
    let names_path = SPEC.child("names");
    for field in ["plural", "singular", "kind", "listKind"] {
        if spec["names"].text(field).is_empty() {
            out.required(&names_path.child(field), "");
        }
    }
    self::names(&spec["names"], &names_path, out);
    let has_status = has_status(spec) || spec.list("versions").iter().any(has_status);
    let first = spec.text("version");
    let place = schema::Place {
        path: "spec.validation",
        has_status,
        unchanged: options.unchanged.contains(first),
    };
    schema::validation(&spec["validation"], &place, options, out);
    subresources(spec, &SPEC, out);
    columns(spec, &SPEC, out);
    let fields = Selectable {
        schema: spec.get("validation"),
        without: "may only be set when validations.schema is included",
        version: "",
    };
    selectable_fields(spec, &SPEC, &fields, options, out);
    let strategy = spec["conversion"].text("strategy");
    if !matches!(strategy, "" | "None") && spec.flag("preserveUnknownFields") {
        let path = SPEC.child("conversion");
        let reason = "must be None if spec.preserveUnknownFields is true";
        out.invalid(&path.child("strategy"), strategy, reason);
    }
    conversion(&spec["conversion"], options, out);
}

fn has_status(owner: &Value) -> bool {
    owner["subresources"].has("status")
}

fn schemas_are_there(spec: &Value, options: &Options, out: &mut Errors) {
    let keeps_unknown = spec.flag("preserveUnknownFields");
    if spec["validation"].has("openAPIV3Schema") {
        return;
    }
    for (index, version) in spec.list("versions").iter().enumerate() {
        let reason = match (options.schemas_required, keeps_unknown) {
            (true, _) => "",
            (false, false) if version.flag("served") => "because otherwise all fields are pruned",
            _ => continue,
        };
        if !version["schema"].has("openAPIV3Schema") {
            let path = SPEC.child("versions");
            let path = path.index(index);
            let path = path.child("schema.openAPIV3Schema");
            out.required(&path, reason);
        }
    }
    if !keeps_unknown || options.defaults.is_err() {
        return;
    }
    if schema::of(spec).any(|schema| schema::any(schema, &|place| place.has("default"))) {
        let reason = "must be false in order to use defaults in the schema";
        out.invalid(&SPEC.child("preserveUnknownFields"), true, reason);
    }
}

fn versions(spec: &Value, options: &Options, out: &mut Errors) {
    let path = SPEC.child("versions");
    let versions = spec.list("versions");
    for (index, version) in versions.iter().enumerate() {
        let at = path.index(index);
        let name = version.text("name");
        let reasons = is_dns1035_label(name);
        if !reasons.is_empty() {
            out.invalid(&at.child("name"), name, reasons.join(","));
        }
        deprecation(version, &at.child("deprecationWarning"), out);
        let place = schema::Place {
            path: &at.child("schema").to_string(),
            has_status: has_status(version) || has_status(spec),
            unchanged: options.unchanged.contains(name),
        };
        schema::validation(&version["schema"], &place, options, out);
        subresources(version, &at, out);
        columns(version, &at, out);
        let fields = Selectable {
            schema: version.get("schema").or(spec.get("validation")),
            without: "may only be set when `version.schema.openAPIV3Schema` is not included",
            version: name,
        };
        selectable_fields(version, &at, &fields, options, out);
    }
    let all = || match &spec["versions"] {
        Value::Array(versions) => versions.iter().map(version_as_go).collect(),
        none => none.clone(),
    };
    let names: BTreeSet<&str> = versions
        .iter()
        .map(|version| version.text("name"))
        .collect();
    if names.len() < versions.len() {
        out.invalid(&path, all(), "must contain unique version names");
    }
    let storage = versions.iter().filter(|version| version.flag("storage"));
    if storage.count() != 1 {
        let reason = "must have exactly one version marked as storage version";
        out.invalid(&path, all(), reason);
    }
    let first = spec.text("version");
    let reasons = is_dns1035_label(first);
    if !first.is_empty() && !reasons.is_empty() {
        out.invalid(&SPEC.child("version"), first, reasons.join(","));
    }
}

/// A version as upstream shows it: by the names that its fields have within the server.
fn version_as_go(version: &Value) -> Value {
    json!({
        "Name": version.text("name"),
        "Served": version.flag("served"),
        "Storage": version.flag("storage"),
        "Deprecated": version.flag("deprecated"),
        "DeprecationWarning": version["deprecationWarning"],
        "Schema": version["schema"],
        "Subresources": version["subresources"],
        "AdditionalPrinterColumns": version["additionalPrinterColumns"],
        "SelectableFields": version["selectableFields"],
    })
}

/// The words of a deprecated version.
fn deprecation(version: &Value, path: &Path<'_>, out: &mut Errors) {
    let Some(warning) = version.opt_text("deprecationWarning") else {
        return;
    };
    let mut refuse = |reason: String| out.invalid(path, warning, reason);
    if !version.flag("deprecated") {
        return refuse("can only be set for deprecated versions".to_owned());
    }
    if warning.len() > 256 {
        refuse("must be <= 256 characters long".to_owned());
    }
    if warning.is_empty() {
        refuse("must not be an empty string".to_owned());
    }
    if let Some((index, _)) = warning.char_indices().find(|(_, one)| one.is_control()) {
        refuse(format!(
            "must only contain printable UTF-8 characters; non-printable character found at index {index}"
        ));
    }
}

fn names(names: &Value, path: &Path<'_>, out: &mut Errors) {
    let label = |text: &str, path: &Path<'_>, out: &mut Errors| {
        let reasons = is_dns1035_label(text);
        if !reasons.is_empty() {
            out.invalid(path, text, reasons.join(","));
        }
    };
    for field in ["plural", "singular"] {
        let text = names.text(field);
        if !text.is_empty() {
            label(text, &path.child(field), out);
        }
    }
    for field in ["kind", "listKind"] {
        let text = names.text(field);
        let reasons = is_dns1035_label(&text.to_lowercase());
        if !text.is_empty() && !reasons.is_empty() {
            let reason = format!(
                "may have mixed case, but should otherwise match: {}",
                reasons.join(",")
            );
            out.invalid(&path.child(field), text, reason);
        }
    }
    let each = |list: &str, out: &mut Errors| {
        let path = path.child(list);
        for (index, text) in texts(names, list).enumerate() {
            label(text, &path.index(index), out);
        }
    };
    each("shortNames", out);
    if !names.text("kind").is_empty() && names.text("kind") == names.text("listKind") {
        let reason = "kind and listKind may not be the same";
        out.invalid(&path.child("listKind"), names.text("listKind"), reason);
    }
    each("categories", out);
}

fn subresources(owner: &Value, path: &Path<'_>, out: &mut Errors) {
    let scale = &owner["subresources"]["scale"];
    if !scale.is_object() {
        return;
    }
    let path = path.child("subresources.scale");
    let either = "should be a json path under either .spec or .status";
    for (field, roots, reason) in [
        (
            "specReplicasPath",
            &[".spec."][..],
            "should be a json path under .spec",
        ),
        (
            "statusReplicasPath",
            &[".status."],
            "should be a json path under .status",
        ),
        ("labelSelectorPath", &[".spec.", ".status."], either),
    ] {
        let text = scale.text(field);
        let path = path.child(field);
        if text.is_empty() {
            if field != "labelSelectorPath" {
                out.required(&path, "");
            }
        } else if !text.starts_with('.') {
            out.invalid(&path, text, "must be a simple json path starting with .");
        } else if !roots.iter().any(|root| text.starts_with(root)) {
            out.invalid(&path, text, reason);
        }
    }
}

fn columns(owner: &Value, path: &Path<'_>, out: &mut Errors) {
    let path = path.child("additionalPrinterColumns");
    for (index, column) in owner.list("additionalPrinterColumns").iter().enumerate() {
        let path = path.index(index);
        if column.text("name").is_empty() {
            out.required(&path.child("name"), "");
        }
        let (type_, types) = (column.text("type"), COLUMN_TYPES.join(","));
        let reason = format!("must be one of {types}");
        if type_.is_empty() {
            out.required(&path.child("type"), &reason);
        } else if !COLUMN_TYPES.contains(&type_) {
            out.invalid(&path.child("type"), type_, reason);
        }
        let format = column.text("format");
        if !format.is_empty() && !COLUMN_FORMATS.contains(&format) {
            let reason = format!("must be one of {}", COLUMN_FORMATS.join(","));
            out.invalid(&path.child("format"), format, reason);
        }
        let (json_path, path) = (column.text("JSONPath"), path.child("JSONPath"));
        if json_path.is_empty() {
            out.required(&path, "");
        } else if !json_path.starts_with('.') {
            let reason = "must be a simple json path starting with .";
            out.invalid(&path, json_path, reason);
        }
    }
}

/// What selectable fields are looked up in.
struct Selectable<'a> {
    schema: Option<&'a Value>,
    /// What is said when there is no schema.
    without: &'a str,
    version: &'a str,
}

fn selectable_fields(
    owner: &Value,
    path: &Path<'_>,
    fields: &Selectable<'_>,
    options: &Options,
    out: &mut Errors,
) {
    let wanted = owner.list("selectableFields");
    let path = path.child("selectableFields");
    if wanted.is_empty() {
        return;
    }
    let Some(schema) = fields.schema.map(|schema| &schema["openAPIV3Schema"]) else {
        return out.invalid(&path, "", fields.without);
    };
    let mut seen = BTreeSet::new();
    for (index, field) in wanted.iter().enumerate() {
        let (text, path) = (field.text("jsonPath"), path.index(index));
        let path = path.child("jsonPath");
        if text.is_empty() {
            out.required(&path, "");
            continue;
        }
        let found = match FieldPath::read(text, schema, false) {
            Ok(found) => found,
            Err(error) => {
                out.invalid(&path, text, format!("is an invalid path: {error}"));
                continue;
            }
        };
        if found.path.split('.').next() == Some("metadata") {
            out.invalid(&path, text, "must not point to fields in metadata");
        }
        if !matches!(found.schema.text("type"), "string" | "boolean" | "integer") {
            let reason = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
            out.invalid(&path, text, reason);
        }
        if !seen.insert(found.path) {
            out.duplicate(&path, text);
        }
    }
    if seen.len() > MAX_SELECTABLE_FIELDS && !options.many_fields.contains(fields.version) {
        out.too_many(&path, seen.len(), MAX_SELECTABLE_FIELDS);
    }
}

fn conversion(conversion: &Value, options: &Options, out: &mut Errors) {
    let path = SPEC.child("conversion");
    if !conversion.is_object() {
        return;
    }
    let strategy = conversion.text("strategy");
    out.required_one_of(&path.child("strategy"), strategy, &["None", "Webhook"]);
    let config_path = path.child("webhookClientConfig");
    let spoken_path = path.child("conversionReviewVersions");
    let not_set = "should not be set when strategy is not set to Webhook";
    if strategy == "Webhook" {
        if conversion.has("webhookClientConfig") {
            client_config(&conversion["webhookClientConfig"], &config_path, out);
        } else {
            out.required(&config_path, "required when strategy is set to Webhook");
        }
        review_versions(conversion, &spoken_path, options, out);
        return;
    }
    if conversion.has("webhookClientConfig") {
        out.forbidden(&config_path, not_set);
    }
    if conversion.count("conversionReviewVersions") > 0 {
        out.forbidden(&spoken_path, not_set);
    }
}

fn review_versions(conversion: &Value, path: &Path<'_>, options: &Options, out: &mut Errors) {
    let spoken: Vec<&str> = texts(conversion, "conversionReviewVersions").collect();
    if spoken.is_empty() {
        return out.required(path, "");
    }
    let mut seen = BTreeSet::new();
    for (index, version) in spoken.iter().enumerate() {
        if seen.insert(version) {
            out.invalid_each(&path.index(index), version, is_dns1035_label(version));
        } else {
            out.invalid(&path.index(index), *version, "duplicate version");
        }
    }
    if options.review_known && !options::speaks(conversion) {
        let spoken = conversion["conversionReviewVersions"].clone();
        out.invalid(path, spoken, "must include at least one of v1, v1beta1");
    }
}

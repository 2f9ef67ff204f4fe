//! The schema of a definition's objects: what OpenAPI has that custom resources do not, and the marks of Kubernetes.

use serde_json::{Value, json};

use super::super::errors::Errors;
use super::super::metadata::texts;
use super::expressions::{self, Context, Total};
use super::options::Options;
use super::structural::{self, required_or_invalid};
use crate::crd::defaults_faults;
use crate::status::FieldError;
use crate::walk::Walk;

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// What may stand at the root beside the status subresource, in upstream's words and as JSON has it.
const AT_ROOT: [(&str, &str); 22] = [
    ("Description", "description"),
    ("Type", "type"),
    ("Format", "format"),
    ("Title", "title"),
    ("Maximum", "maximum"),
    ("ExclusiveMaximum", "exclusiveMaximum"),
    ("Minimum", "minimum"),
    ("ExclusiveMinimum", "exclusiveMinimum"),
    ("MaxLength", "maxLength"),
    ("MinLength", "minLength"),
    ("Pattern", "pattern"),
    ("MaxItems", "maxItems"),
    ("MinItems", "minItems"),
    ("UniqueItems", "uniqueItems"),
    ("MultipleOf", "multipleOf"),
    ("Required", "required"),
    ("Items", "items"),
    ("Properties", "properties"),
    ("ExternalDocs", "externalDocs"),
    ("Example", "example"),
    (
        "XPreserveUnknownFields",
        "x-kubernetes-preserve-unknown-fields",
    ),
    ("XValidations", "x-kubernetes-validations"),
];

/// Where a schema stands.
pub(super) struct Place<'a> {
    /// Of the field that holds `openAPIV3Schema`.
    pub path: &'a str,
    /// Whether the status is a subresource.
    pub has_status: bool,
    /// Whether the schema is the one that was accepted before.
    pub unchanged: bool,
}

/// `validateCustomResourceDefinitionValidation`.
pub(super) fn validation(
    validation: &Value,
    place: &Place<'_>,
    options: &Options,
    out: &mut Errors,
) {
    let schema = &validation["openAPIV3Schema"];
    if !schema.is_object() {
        return;
    }
    let path = format!("{}.openAPIV3Schema", place.path);
    let mut errors = Vec::new();
    root(schema, place.has_status, &path, &mut errors);
    let mut cel = None;
    if (options.structural || is_open_to_structure(schema)) && !is_unsupported(schema) {
        let mut faults = if any(schema, &|place| place.has("$schema")) {
            let why = "OpenAPIV3Schema 'schema' is not supported";
            vec![FieldError::invalid(&path, "", why)]
        } else {
            structural::faults(schema, &path)
        };
        if faults.is_empty() {
            faults = defaults_faults(schema, &path, options.pruned_defaults);
        }
        if faults.is_empty() {
            cel = Some(Context::root(place.unchanged));
        }
        errors.extend(faults);
    }
    let mut walking = Walking {
        options,
        errors: Vec::new(),
        expressions: Vec::new(),
        total: Total::default(),
    };
    let bounds = Bounds {
        defaults: options.defaults.map_err(str::to_owned),
        in_metadata: false,
        uncorrelatable: None,
    };
    walking.place(schema, &path, true, &bounds, cel);
    errors.extend(walking.errors);
    errors.extend(walking.expressions);
    errors.extend(walking.total.faults(&path));
    for error in errors {
        out.push(error);
    }
}

/// Whether a schema that need not be structural asks for it by what only structural schemas have.
fn is_open_to_structure(schema: &Value) -> bool {
    any(schema, &|place| {
        place.flag("x-kubernetes-embedded-resource")
            || place.has("x-kubernetes-preserve-unknown-fields")
            || place.flag("x-kubernetes-int-or-string")
            || place.count("x-kubernetes-list-map-keys") > 0
            || place.has("x-kubernetes-list-type")
            || place.count("x-kubernetes-validations") > 0
    })
}

/// Whether a schema has what no structural schema can be made of; it is refused for that.
fn is_unsupported(schema: &Value) -> bool {
    any(schema, &|place| {
        UNSUPPORTED.iter().any(|field| place.has(field)) || place["items"].is_array()
    })
}

const UNSUPPORTED: [&str; 6] = [
    "id",
    "additionalItems",
    "patternProperties",
    "definitions",
    "dependencies",
    "$ref",
];

/// The schemas of a definition in its legacy form.
pub(super) fn of(spec: &Value) -> impl Iterator<Item = &Value> {
    let versions = spec
        .list("versions")
        .iter()
        .map(|version| &version["schema"]);
    std::iter::once(&spec["validation"])
        .chain(versions)
        .map(|validation| &validation["openAPIV3Schema"])
        .filter(|schema| schema.is_object())
}

/// Whether something holds for a place of a schema (`SchemaHas`).
pub(super) fn any(schema: &Value, holds: &dyn Fn(&Value) -> bool) -> bool {
    holds(schema) || below(schema).any(|(_, place)| any(place, holds))
}

/// The schemas within a schema, each with the step to it.
fn below(schema: &Value) -> impl Iterator<Item = (String, &Value)> {
    let named = [
        "properties",
        "patternProperties",
        "definitions",
        "dependencies",
    ];
    let named = named.into_iter().flat_map(|field| {
        let entries = schema.map(field).into_iter().flatten();
        entries.map(move |(name, below)| (format!(".{field}[{name}]"), below))
    });
    let listed = ["allOf", "oneOf", "anyOf", "items"]
        .into_iter()
        .flat_map(|field| {
            let entries = schema.list(field).iter().enumerate();
            entries.map(move |(index, below)| (format!(".{field}[{index}]"), below))
        });
    let single = ["items", "additionalProperties", "additionalItems", "not"].into_iter();
    let single = single.map(|field| (format!(".{field}"), &schema[field]));
    let all = named.chain(listed).chain(single);
    all.filter(|(_, below)| below.is_object())
}

fn root(schema: &Value, has_status: bool, path: &str, errors: &mut Vec<FieldError>) {
    if has_status {
        let type_ = schema.text("type");
        let stray = schema
            .as_object()
            .into_iter()
            .flatten()
            .find(|(field, value)| {
                !is_zero(value) && !AT_ROOT.iter().any(|(_, known)| known == field)
            });
        if !matches!(type_, "" | "object") {
            let why = "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled";
            errors.push(FieldError::invalid(format!("{path}.type"), type_, why));
        } else if stray.is_some() {
            let names: Vec<&str> = AT_ROOT.iter().map(|(name, _)| *name).collect();
            let why = format!(
                "only [{}] fields are allowed at the root of the schema if the status subresource is enabled",
                names.join(" ")
            );
            errors.push(FieldError::invalid(path, schema.clone(), why));
        }
    }
    if schema.flag("nullable") {
        let why = "nullable cannot be true at the root";
        errors.push(FieldError::forbidden(format!("{path}.nullable"), why));
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// What holds at a place because of what is around it.
#[derive(Clone)]
struct Bounds {
    /// Whether defaults may be given, or why not.
    defaults: Result<(), String>,
    in_metadata: bool,
    /// The place around it whose values of before and after can't be told apart: transition rules have no meaning.
    uncorrelatable: Option<String>,
}

struct Walking<'o> {
    options: &'o Options,
    errors: Vec<FieldError>,
    /// Faults of rules come after those of the schema.
    expressions: Vec<FieldError>,
    total: Total,
}

impl Walking<'_> {
    fn place(
        &mut self,
        schema: &Value,
        path: &str,
        root: bool,
        bounds: &Bounds,
        cel: Option<Context>,
    ) {
        let before = self.errors.len();
        self.unsupported(schema, path, bounds);
        self.forbidden(schema, path);
        let object = root || schema.flag("x-kubernetes-embedded-resource");
        for (step, inner) in below(schema) {
            let mut bounds = bounds.clone();
            let path_below = format!("{path}{step}");
            let name = step
                .strip_prefix(".properties[")
                .and_then(|rest| rest.strip_suffix(']'));
            let own =
                name.filter(|name| object && matches!(*name, "metadata" | "kind" | "apiVersion"));
            if let Some(name) = own {
                bounds.in_metadata = true;
                if root {
                    bounds.defaults = Err(format!("in top-level {name}"));
                }
            }
            if step == ".additionalProperties" && bounds.in_metadata {
                let why = "inside additionalProperties applying to object metadata";
                bounds.defaults = Err(why.to_owned());
            }
            let list = schema.text("x-kubernetes-list-type");
            if step == ".items" && list != "map" && bounds.uncorrelatable.is_none() {
                bounds.uncorrelatable = Some(path.to_owned());
            }
            let declares =
                name.is_some() || matches!(step.as_str(), ".items" | ".additionalProperties");
            let cel = cel.filter(|_| declares).map(|cel| cel.below(schema));
            self.place(inner, &path_below, false, &bounds, cel);
        }
        self.marks(schema, path);
        if self.options.map_keys {
            map_keys(schema, path, &mut self.errors);
        }
        expressions::texts(schema, path, &mut self.errors);
        if let Some(cel) = cel.filter(|_| self.errors.len() == before) {
            let uncorrelatable = bounds.uncorrelatable.as_deref();
            let total = &mut self.total;
            let faults = expressions::rules(schema, path, cel, uncorrelatable, total);
            self.expressions.extend(faults);
        }
    }

    /// What no schema of a custom resource may say.
    fn unsupported(&mut self, schema: &Value, path: &str, bounds: &Bounds) {
        let type_ = schema.text("type");
        if self.options.types_known && has_unknown_type(schema) {
            let field = format!("{path}.type");
            self.errors
                .push(FieldError::not_supported(field, type_, &TYPES));
        }
        if schema.has("default")
            && let Err(why) = &bounds.defaults
        {
            self.forbid(path, "default", &format!("must not be set {why}"));
        }
        for field in UNSUPPORTED {
            let said = match &schema[field] {
                Value::Object(map) => !map.is_empty() || field != "patternProperties",
                value => !is_zero(value),
            };
            if said {
                self.forbid(path, field, &format!("{field} is not supported"));
            }
        }
        if type_ == "null" {
            let why = "type cannot be set to null, use nullable as an alternative";
            self.forbid(path, "type", why);
        }
        if schema["items"].is_array() {
            self.forbid(
                path,
                "items",
                "items must be a schema object and not an array",
            );
        }
        if bounds.in_metadata && schema.flag("x-kubernetes-embedded-resource") {
            let why = "must not be used inside of resource meta";
            self.forbid(path, "x-kubernetes-embedded-resource", why);
        }
    }

    fn forbidden(&mut self, schema: &Value, path: &str) {
        if schema.flag("uniqueItems") {
            let why =
                "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
            self.forbid(path, "uniqueItems", why);
        }
        let others = &schema["additionalProperties"];
        let open = matches!(others, Value::Null | Value::Bool(true));
        if !open && schema.count("properties") > 0 {
            let why = "additionalProperties and properties are mutual exclusive";
            self.forbid(path, "additionalProperties", why);
        }
    }

    fn forbid(&mut self, path: &str, field: &str, why: &str) {
        let field = format!("{path}.{field}");
        self.errors.push(FieldError::forbidden(field, why));
    }

    /// The marks of Kubernetes: what they stand on, and what they need.
    fn marks(&mut self, schema: &Value, path: &str) {
        let at = |field: &str| format!("{path}.{field}");
        let type_ = schema.text("type");
        let preserve = "x-kubernetes-preserve-unknown-fields";
        if schema.opt_flag(preserve) == Some(false) {
            let why = "must be true or undefined";
            self.errors
                .push(FieldError::invalid(at(preserve), false, why));
        }
        if let Some(map) = schema.opt_text("x-kubernetes-map-type") {
            if type_ != "object" {
                let why = "must be object if x-kubernetes-map-type is specified";
                self.errors
                    .push(required_or_invalid(&at("type"), type_, why));
            }
            let known = ["atomic", "granular"];
            if !known.contains(&map) {
                let field = at("x-kubernetes-map-type");
                self.errors
                    .push(FieldError::not_supported(field, map, &known));
            }
        }
        let keys = schema.count("x-kubernetes-list-map-keys");
        let list = schema.opt_text("x-kubernetes-list-type");
        if let Some(list) = list {
            self.list(schema, path, list);
        }
        if keys > 0 && list != Some("map") {
            let why = "must be map if x-kubernetes-list-map-keys is non-empty";
            let field = at("x-kubernetes-list-type");
            let fault = required_or_invalid(&field, list.unwrap_or_default(), why);
            self.errors.push(fault);
        }
        if list == Some("map") {
            list_map(schema, path, &mut self.errors);
        }
    }

    fn list(&mut self, schema: &Value, path: &str, list: &str) {
        if schema.text("type") != "array" {
            let why = "must be array if x-kubernetes-list-type is specified";
            let field = format!("{path}.type");
            let fault = required_or_invalid(&field, schema.text("type"), why);
            self.errors.push(fault);
        } else if self.options.atomic_sets
            && let Some(mark) = loose_set(schema)
        {
            let field = format!("{path}.items.{mark}");
            let why = "must be atomic as item of a list with x-kubernetes-list-type=set";
            let said = schema["items"]["x-kubernetes-list-type"].clone();
            self.errors.push(FieldError::invalid(field, said, why));
        }
        let known = ["atomic", "set", "map"];
        if !known.contains(&list) {
            let field = format!("{path}.x-kubernetes-list-type");
            self.errors
                .push(FieldError::not_supported(field, list, &known));
        }
    }
}

/// Whether a type is none of OpenAPI's.
pub(super) fn has_unknown_type(schema: &Value) -> bool {
    let type_ = schema.text("type");
    !type_.is_empty() && !TYPES.contains(&type_)
}

/// Whether a set has items that are merged within.
pub(super) fn has_loose_set(schema: &Value) -> bool {
    loose_set(schema).is_some()
}

/// The mark that the items of a set lack.
fn loose_set(schema: &Value) -> Option<&'static str> {
    let items = &schema["items"];
    if schema.text("x-kubernetes-list-type") != "set" || !items.is_object() {
        return None;
    }
    match items.text("type") {
        "array" => (!matches!(items.text("x-kubernetes-list-type"), "" | "atomic"))
            .then_some("x-kubernetes-list-type"),
        "object" => {
            (items.text("x-kubernetes-map-type") != "atomic").then_some("x-kubernetes-map-type")
        }
        _ => None,
    }
}

fn list_map(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let at = |field: &str| format!("{path}.{field}");
    let keys: Vec<&str> = texts(schema, "x-kubernetes-list-map-keys").collect();
    let keys_field = at("x-kubernetes-list-map-keys");
    if keys.is_empty() {
        let why = "must not be empty if x-kubernetes-list-type is map";
        errors.push(FieldError::required(keys_field.clone(), why));
    }
    let items = &schema["items"];
    if items.is_null() {
        let why = "must have a schema if x-kubernetes-list-type is map";
        return errors.push(FieldError::required(at("items"), why));
    }
    if items.is_array() {
        let why = "must only have a single schema if x-kubernetes-list-type is map";
        return errors.push(FieldError::invalid(at("items"), items.clone(), why));
    }
    let type_ = items.text("type");
    if type_ != "object" {
        let why = "must be object if parent array's x-kubernetes-list-type is map";
        return errors.push(FieldError::invalid(at("items.type"), type_, why));
    }
    for (index, key) in keys.iter().enumerate() {
        let property = &items["properties"][*key];
        if property.is_null() {
            let why = "entries must all be names of item properties";
            errors.push(FieldError::invalid(keys_field.clone(), json!(keys), why));
        } else if matches!(property.text("type"), "array" | "object") {
            let why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
            let field = at(&format!("items.properties[{key}].type"));
            errors.push(FieldError::invalid(field, type_, why));
        }
        if keys[..index].contains(key) {
            let why = "must not contain duplicate entries";
            errors.push(FieldError::invalid(keys_field.clone(), json!(keys), why));
        }
    }
}

/// Whether the keys of a list map may be missing, or items of maps and sets null.
pub(super) fn has_loose_keys(schema: &Value) -> bool {
    let mut errors = Vec::new();
    map_keys(schema, "", &mut errors);
    !errors.is_empty()
}

/// `validateMapListKeysMapSet`.
fn map_keys(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let (items, list) = (&schema["items"], schema.text("x-kubernetes-list-type"));
    if !items.is_object() || !matches!(list, "set" | "map") {
        return;
    }
    if items.flag("nullable") {
        let why = format!("cannot be nullable when x-kubernetes-list-type is {list}");
        errors.push(FieldError::forbidden(format!("{path}.items.nullable"), why));
    }
    if list != "map" {
        return;
    }
    let required: Vec<&str> = texts(items, "required").collect();
    for key in texts(schema, "x-kubernetes-list-map-keys") {
        let Some(property) = items["properties"].get(key) else {
            continue;
        };
        let field = |field: &str| format!("{path}.items.properties[{key}].{field}");
        if !required.contains(&key) && !property.has("default") {
            let why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            errors.push(FieldError::required(field("default"), why));
        }
        if property.flag("nullable") {
            let why = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
            errors.push(FieldError::forbidden(field("nullable"), why));
        }
    }
}

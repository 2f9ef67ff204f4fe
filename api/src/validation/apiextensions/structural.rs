//! Structural schemas (KEP-20190425): what a schema says of the shape of objects stands outside of `allOf`, `anyOf`,
//! `oneOf` and `not`, and says for each place what type it is of.

use serde_json::{Value, json};

use crate::crd::pattern;
use crate::status::FieldError;
use crate::walk::Walk;

/// How deep a schema may be; what is below is not looked at, and the schema is refused.
const MAX_DEPTH: usize = 200;

/// Where a place of a schema is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

/// `ValidateStructural`: the faults of a schema, in the order of their texts.
pub(super) fn faults(schema: &Value, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if is_deeper(schema, MAX_DEPTH) {
        return vec![FieldError::forbidden(path, "the schema is too deep")];
    }
    place(schema, Level::Root, path, &mut errors);
    // Upstream looks at the junctors of the root alone.
    junctors(schema, schema, path, path, &mut errors);
    errors.sort_by_cached_key(ToString::to_string);
    errors
}

fn is_deeper(value: &Value, rest: usize) -> bool {
    let mut below: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Object(fields) => Box::new(fields.values()),
        Value::Array(items) => Box::new(items.iter()),
        _ => return false,
    };
    rest == 0 || below.any(|value| is_deeper(value, rest - 1))
}

/// `validateStructuralInvariants`.
fn place(schema: &Value, level: Level, path: &str, errors: &mut Vec<FieldError>) {
    let at = |field: &str| format!("{path}.{field}");
    let type_ = schema.text("type");
    if type_ == "array" && !schema["items"].is_object() {
        errors.push(FieldError::required(at("items"), "must be specified"));
    }
    if schema["items"].is_object() {
        place(&schema["items"], Level::Item, &at("items"), errors);
    }
    for (name, below) in schema.map("properties").into_iter().flatten() {
        let path = format!("{path}.properties[{name}]");
        place(below, Level::Field, &path, errors);
    }
    let embedded = schema.flag("x-kubernetes-embedded-resource");
    if schema.has("additionalProperties") {
        if level == Level::Root {
            let why = "must not be used at the root";
            errors.push(FieldError::forbidden(at("additionalProperties"), why));
        }
        let below = &schema["additionalProperties"];
        if below.is_object() {
            place(below, Level::Field, &at("additionalProperties"), errors);
        }
        if embedded {
            let why = "must not be used if x-kubernetes-embedded-resource is set";
            errors.push(FieldError::forbidden(at("additionalProperties"), why));
        }
    }
    marks(schema, path, errors);
    let first = |key: &str| schema.list(key).first().is_some_and(is_int_or_string);
    values(
        schema,
        is_int_or_string(schema),
        first("allOf"),
        path,
        errors,
    );
    typed(schema, level, path, errors);
    if level == Level::Root || embedded {
        object_fields(schema, level, path, errors);
    }
    if embedded && !schema.flag(PRESERVE) && schema.count("properties") == 0 {
        let why = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
        errors.push(FieldError::required(at("properties"), why));
    }
}

const PRESERVE: &str = "x-kubernetes-preserve-unknown-fields";

fn typed(schema: &Value, level: Level, path: &str, errors: &mut Vec<FieldError>) {
    let field = format!("{path}.type");
    let type_ = schema.text("type");
    if schema.flag("x-kubernetes-embedded-resource") && type_ != "object" {
        let why = "must be object if x-kubernetes-embedded-resource is true";
        errors.push(required_or_invalid(&field, type_, why));
    } else if type_.is_empty()
        && !schema.flag("x-kubernetes-int-or-string")
        && !schema.flag(PRESERVE)
    {
        let why = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        errors.push(FieldError::required(field.clone(), why));
    }
    if level == Level::Root && !type_.is_empty() && type_ != "object" {
        errors.push(FieldError::invalid(
            field,
            type_,
            "must be object at the root",
        ));
    }
}

/// A field that is missing, or says something else than it has to.
pub(super) fn required_or_invalid(field: &str, text: &str, why: &str) -> FieldError {
    match text {
        "" => FieldError::required(field, why),
        text => FieldError::invalid(field, text, why),
    }
}

/// What whole objects have: their schema may say little about it.
fn object_fields(schema: &Value, level: Level, path: &str, errors: &mut Vec<FieldError>) {
    for name in ["kind", "apiVersion"] {
        let Some(property) = schema["properties"].get(name) else {
            continue;
        };
        let type_ = property.text("type");
        if type_ != "string" {
            let field = format!("{path}.properties[{name}].type");
            errors.push(FieldError::invalid(field, type_, "must be string"));
        }
    }
    let Some(metadata) = schema["properties"].get("metadata") else {
        return;
    };
    let path = format!("{path}.properties[metadata]");
    if metadata.text("type") != "object" {
        let type_ = metadata.text("type");
        let field = format!("{path}.type");
        errors.push(FieldError::invalid(field, type_, "must be object"));
    }
    if level == Level::Root && !names_only(metadata) {
        let why = "must not specify anything other than name and generateName, but metadata is implicitly specified";
        errors.push(FieldError::forbidden(path, why));
    }
}

fn names_only(metadata: &Value) -> bool {
    metadata
        .as_object()
        .into_iter()
        .flatten()
        .all(|(field, value)| match (field.as_str(), value) {
            ("type" | "default", _) | (_, Value::Null | Value::Bool(false)) => true,
            ("properties", Value::Object(properties)) => properties
                .keys()
                .all(|name| matches!(name.as_str(), "name" | "generateName")),
            (_, Value::Array(list)) => list.is_empty(),
            (_, Value::Object(map)) => map.is_empty(),
            (_, Value::String(text)) => text.is_empty(),
            _ => false,
        })
}

/// `validateExtensions`.
fn marks(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if !schema.flag("x-kubernetes-int-or-string") {
        return;
    }
    for field in [PRESERVE, "x-kubernetes-embedded-resource"] {
        if schema.flag(field) {
            let why = "must be false if x-kubernetes-int-or-string is true";
            errors.push(FieldError::invalid(format!("{path}.{field}"), true, why));
        }
    }
}

/// Whether a place has the one `anyOf` that may name types.
fn is_int_or_string(schema: &Value) -> bool {
    schema["anyOf"] == json!([{"type": "integer"}, {"type": "string"}])
}

/// `validateValueValidation`: what is below the junctors of a place.
fn values(
    schema: &Value,
    skip_any_of: bool,
    skip_first_all_of: bool,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    for junctor in ["anyOf", "allOf", "oneOf"] {
        if junctor == "anyOf" && skip_any_of {
            continue;
        }
        for (index, below) in schema.list(junctor).iter().enumerate() {
            let skip = junctor == "allOf" && index == 0 && skip_first_all_of;
            nested(below, skip, &format!("{path}.{junctor}[{index}]"), errors);
        }
    }
    if schema["not"].is_object() {
        nested(&schema["not"], false, &format!("{path}.not"), errors);
    }
    if let Some(text) = schema.opt_text("pattern")
        && let Err(error) = pattern::compile(text)
    {
        let why = format!("must be a valid regular expression, but isn't: {error}");
        errors.push(FieldError::invalid(format!("{path}.pattern"), text, why));
    }
}

/// `validateNestedValueValidation`: below a junctor values are restricted, and nothing is declared.
fn nested(schema: &Value, skip_any_of: bool, path: &str, errors: &mut Vec<FieldError>) {
    const EMPTY: &str = "must be empty to be structural";
    const UNDEFINED: &str = "must be undefined to be structural";
    const FALSE: &str = "must be false to be structural";
    values(schema, skip_any_of, false, path, errors);
    if schema["items"].is_object() {
        nested(&schema["items"], false, &format!("{path}.items"), errors);
    }
    for (name, below) in schema.map("properties").into_iter().flatten() {
        nested(below, false, &format!("{path}.properties[{name}]"), errors);
    }
    for (field, why) in [
        ("type", EMPTY),
        ("additionalProperties", UNDEFINED),
        ("default", UNDEFINED),
        ("title", EMPTY),
        ("description", EMPTY),
        ("nullable", FALSE),
        ("externalDocs", UNDEFINED),
        (PRESERVE, FALSE),
        ("x-kubernetes-embedded-resource", FALSE),
        ("x-kubernetes-int-or-string", FALSE),
        ("x-kubernetes-list-map-keys", EMPTY),
        ("x-kubernetes-list-type", UNDEFINED),
        ("x-kubernetes-map-type", UNDEFINED),
        ("x-kubernetes-validations", EMPTY),
    ] {
        let said = match &schema[field] {
            Value::Null => false,
            Value::Bool(flag) => *flag || why == UNDEFINED,
            Value::String(text) => !text.is_empty() || why == UNDEFINED,
            Value::Array(list) => !list.is_empty(),
            _ => true,
        };
        if said {
            errors.push(FieldError::forbidden(format!("{path}.{field}"), why));
        }
    }
    if schema["properties"].get("metadata").is_some() {
        let field = format!("{path}.properties[metadata]");
        let why = "must not be specified in a nested context";
        errors.push(FieldError::forbidden(field, why));
    }
}

/// `validateStructuralCompleteness`: what is restricted below a junctor is declared outside of it.
fn junctors(
    value: &Value,
    declared: &Value,
    value_path: &str,
    declared_path: &str,
    errors: &mut Vec<FieldError>,
) {
    for junctor in ["allOf", "anyOf", "oneOf"] {
        for (index, below) in value.list(junctor).iter().enumerate() {
            let path = format!("{value_path}.{junctor}[{index}]");
            restricted(below, declared, &path, declared_path, errors);
        }
    }
    if value["not"].is_object() {
        let path = format!("{value_path}.not");
        restricted(&value["not"], declared, &path, declared_path, errors);
    }
}

fn restricted(
    value: &Value,
    declared: &Value,
    value_path: &str,
    declared_path: &str,
    errors: &mut Vec<FieldError>,
) {
    junctors(value, declared, value_path, declared_path, errors);
    let mut step = |below: &Value, counterpart: Option<&Value>, step: String| {
        let (value_path, declared_path) = (
            format!("{value_path}{step}"),
            format!("{declared_path}{step}"),
        );
        match counterpart {
            Some(counterpart) => {
                restricted(below, counterpart, &value_path, &declared_path, errors);
            }
            None => {
                let why = format!("because it is defined in {value_path}");
                errors.push(FieldError::required(declared_path, why));
            }
        }
    };
    if value["items"].is_object() {
        step(&value["items"], declared.get("items"), ".items".to_owned());
    }
    for (name, below) in value.map("properties").into_iter().flatten() {
        let counterpart = declared["properties"].get(name);
        step(below, counterpart, format!(".properties[{name}]"));
    }
}

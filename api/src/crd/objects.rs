//! One object of a custom resource, between the wire and the store: what is read of a body, filled in, and refused.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::structural::Node;
use super::{Version, default, lists, prune, rules, validate};
use crate::quote::go_value;
use crate::schema::decode::{DecodeError, canonicalize, check_types};
use crate::schema::{Schema, SchemaRef, strict};
use crate::status::{FieldError, FieldErrorKind, Status};
use crate::validation::metadata;
use crate::validation::names::is_dns1035_label;
use crate::walk::Walk;

impl Version {
    /// Brings a body into the form of this version: the metadata of objects is read as everywhere, and what the
    /// schema does not know is dropped. Answers the paths of what was dropped.
    pub fn prune(&self, object: &mut Value) -> Result<Vec<String>, Status> {
        let mut dropped = Vec::new();
        coerce_metadata(object, "", &mut dropped)?;
        coerce_embedded(object, &self.node, "", &mut dropped)?;
        dropped.sort();
        if !self.keeps_unknown {
            let mut unknown = prune::prune(object, &self.node);
            unknown.sort();
            dropped.append(&mut unknown);
        }
        Ok(dropped)
    }

    /// Fills in the defaults.
    pub fn default(&self, object: &mut Value) {
        if self.has_defaults {
            default::apply(object, &self.node);
        }
    }

    /// The same for what was applied: nulls stay where no default takes their place.
    pub fn default_applied(&self, object: &mut Value) {
        if let (Some(schema), Some(metadata)) = (object_meta(), object.get_mut("metadata")) {
            canonicalize(metadata, schema);
        }
        if self.has_defaults {
            default::fill_in(object, &self.node);
        }
    }

    /// What was applied, after others have changed it.
    pub fn refresh_applied(&self, object: &mut Value) {
        if !self.keeps_unknown {
            prune::prune(object, &self.node);
        }
        self.default_applied(object);
    }

    /// An object as it comes out of the store, under the schema of today.
    pub fn refresh(&self, object: &mut Value) {
        if !self.keeps_unknown {
            prune::prune(object, &self.node);
        }
        self.default(object);
    }

    /// The faults of a new object (`old` is `None`), or of an update, but for its rules in CEL. The metadata is not looked
    /// at.
    pub fn check_shape(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = validate::validate(object, old, &self.node);
        if let Some(scale) = &self.scale {
            check_count(object, &scale.replicas, &mut errors);
            check_count(object, &scale.status_replicas, &mut errors);
        }
        errors.extend(embedded_faults(object, &self.node, false));
        self.check_lists(object, old, &mut errors);
        errors
    }

    /// The same for a change of the status: the rest of the object is the old one's.
    pub fn check_status(&self, object: &Value, old: &Value) -> Vec<FieldError> {
        let mut errors = match (object.get("status"), self.node.child("status")) {
            (Some(status), Some(schema)) => {
                validate::validate_status(status, old.get("status"), schema)
            }
            _ => Vec::new(),
        };
        if let Some(scale) = &self.scale {
            check_count(object, &scale.status_replicas, &mut errors);
        }
        self.check_lists(object, Some(old), &mut errors);
        errors
    }

    /// What was wrong before may stay wrong.
    fn check_lists(&self, object: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
        if old.is_none_or(|old| lists::duplicates(old, &self.node).is_empty()) {
            errors.extend(lists::duplicates(object, &self.node));
        }
    }

    /// Adds the rules in CEL that an object breaks, or that they could not be checked because of the faults of its shape.
    pub fn check_rules(&self, object: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
        if !self.has_rules {
            return;
        }
        if errors.iter().any(blocks_rules) {
            let why = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
            errors.push(FieldError::invalid("<nil>", Value::Null, why));
        } else {
            errors.extend(rules::check(object, old, &self.node));
        }
    }
}

/// The number of replicas at a path, if there is one.
fn check_count(object: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let field = format!(".{path}");
    let value = match super::scale::reached(object, path) {
        Ok(None) => return,
        Ok(Some(value)) => value,
        Err((at, other)) => {
            let (shown, name) = (go_value(other), go_type(other));
            let detail = format!(
                ".{at} accessor error: {shown} is of the type {name}, expected map[string]interface{{}}"
            );
            return errors.push(FieldError::invalid(field, 0, detail));
        }
    };
    match value.as_i64() {
        Some(count) if count < 0 => {
            let detail = "should be a non-negative integer";
            errors.push(FieldError::invalid(field, count, detail));
        }
        Some(count) if count > i64::from(i32::MAX) => {
            let detail = format!("should be less than or equal to {}", i32::MAX);
            errors.push(FieldError::invalid(field, count, detail));
        }
        Some(_) => {}
        None => {
            let (shown, name) = (go_value(value), go_type(value));
            let detail =
                format!("{field} accessor error: {shown} is of the type {name}, expected int64");
            errors.push(FieldError::invalid(field, 0, detail));
        }
    }
}

/// The type that Go reads a JSON value as.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// Rules expect objects of the right shape.
fn blocks_rules(error: &FieldError) -> bool {
    matches!(
        error.kind,
        FieldErrorKind::NotSupported
            | FieldErrorKind::Required
            | FieldErrorKind::TooLong
            | FieldErrorKind::TooMany
            | FieldErrorKind::TypeInvalid
    )
}

/// The metadata of objects.
fn object_meta() -> Option<SchemaRef<'static>> {
    static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::from_openapi_v3(&json!({})));
    SCHEMA.root()?.field("metadata")
}

fn coerce_metadata(
    object: &mut Value,
    path: &str,
    dropped: &mut Vec<String>,
) -> Result<(), Status> {
    let (Some(schema), Some(metadata)) = (object_meta(), object.get_mut("metadata")) else {
        return Ok(());
    };
    let place = match path {
        "" => "metadata".to_owned(),
        path => format!("{path}.metadata"),
    };
    if metadata.is_null() {
        *metadata = Value::Object(Map::new());
    }
    check_types(metadata, schema).map_err(|error| unreadable(&place, metadata, &error))?;
    let unknown = strict::unknown_fields(metadata, schema);
    let paths = unknown.iter().filter_map(|text| text.split('"').nth(1));
    dropped.extend(paths.map(|field| format!("{place}.{field}")));
    strict::prune(metadata, schema);
    canonicalize(metadata, schema);
    Ok(())
}

fn unreadable(place: &str, metadata: &Value, error: &DecodeError) -> Status {
    if place == "metadata" {
        return Status::bad_request(error.to_string());
    }
    let error = FieldError::invalid(place, metadata.clone(), error.to_string());
    Status::bad_request(error.to_string())
}

/// Reads the metadata of embedded objects like that of the object itself.
fn coerce_embedded(
    value: &mut Value,
    schema: &Node,
    path: &str,
    dropped: &mut Vec<String>,
) -> Result<(), Status> {
    match value {
        Value::Object(_) => {
            if schema.embedded && !path.is_empty() {
                refuse_other_than_texts(value, path)?;
                coerce_metadata(value, path, dropped)?;
            }
            let fields = value.as_object_mut().into_iter().flatten();
            for (name, value) in fields {
                if let Some(below) = schema.child(name) {
                    coerce_embedded(value, below, &joined(path, name), dropped)?;
                }
            }
            Ok(())
        }
        Value::Array(items) => {
            let Some(below) = &schema.items else {
                return Ok(());
            };
            items.iter_mut().enumerate().try_for_each(|(index, item)| {
                coerce_embedded(item, below, &format!("{path}[{index}]"), dropped)
            })
        }
        _ => Ok(()),
    }
}

/// Of an embedded object version and kind are texts.
fn refuse_other_than_texts(value: &Value, path: &str) -> Result<(), Status> {
    let mut fields = ["apiVersion", "kind"].into_iter();
    let field = fields.find(|field| value.get(field).is_some_and(|value| !value.is_string()));
    match field {
        None => Ok(()),
        Some(field) => {
            let at = joined(path, field);
            let error = FieldError::invalid(at, value[field].clone(), "must be a string");
            Err(Status::bad_request(error.to_string()))
        }
    }
}

fn joined(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

/// What is wrong with the objects that are embedded in a value.
/// `whole` says that the value itself is one.
pub(super) fn embedded_faults(value: &Value, schema: &Node, whole: bool) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if whole {
        says_what_it_is(value, "", &mut errors);
    }
    embedded(value, schema, "", &mut errors);
    errors
}

/// Embedded objects say what they are.
fn says_what_it_is(value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    for field in ["apiVersion", "kind"] {
        match value.get(field) {
            None => errors.push(FieldError::required(joined(path, field), "")),
            Some(Value::String(text)) if text.is_empty() => {
                let fault = FieldError::invalid(joined(path, field), "", "must not be empty");
                errors.push(fault);
            }
            _ => {}
        }
    }
    let version = value.text("apiVersion");
    if version.matches('/').count() > 1 {
        let why = format!("unexpected GroupVersion string: {version}");
        errors.push(FieldError::invalid(
            joined(path, "apiVersion"),
            version,
            why,
        ));
    }
    let kind = value.text("kind");
    let reasons = is_dns1035_label(&kind.to_lowercase());
    if !kind.is_empty() && !reasons.is_empty() {
        let why = format!(
            "may have mixed case, but should otherwise match: {}",
            reasons.join(",")
        );
        errors.push(FieldError::invalid(joined(path, "kind"), kind, why));
    }
    if !path.is_empty() && value["metadata"].is_object() {
        for fault in metadata::embedded(value) {
            let field = joined(path, &fault.field);
            errors.push(FieldError { field, ..fault });
        }
    }
}

fn embedded(value: &Value, schema: &Node, path: &str, errors: &mut Vec<FieldError>) {
    if schema.embedded && !path.is_empty() && value.is_object() {
        says_what_it_is(value, path, errors);
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let Some(below) = schema.child(name) else {
                    continue;
                };
                embedded(value, below, &joined(path, name), errors);
            }
        }
        Value::Array(items) => {
            if let Some(below) = &schema.items {
                for (index, item) in items.iter().enumerate() {
                    embedded(item, below, &format!("{path}[{index}]"), errors);
                }
            }
        }
        _ => {}
    }
}

//! Validation of an object by its schema, in the words of kube-openapi's validator and with the paths that the API
//! server makes of them. In an update what has not changed is not looked at (KEP-4008).

use serde_json::{Map, Value};

use super::formats;
use super::structural::{Limits, Node};
use crate::quote::{go_float, quote};
use crate::status::FieldError;

/// The faults of an object. `old` is what it was before an update.
pub fn validate(object: &Value, old: Option<&Value>, schema: &Node) -> Vec<FieldError> {
    let mut errors = Vec::new();
    check(object, old, schema, "", &mut errors);
    errors
}

/// The faults of a status alone: their paths begin with it, and their texts don't.
pub fn validate_status(status: &Value, old: Option<&Value>, schema: &Node) -> Vec<FieldError> {
    let mut errors = validate(status, old, schema);
    for error in &mut errors {
        error.field = match error.field.as_str() {
            NO_FIELD => "status".to_owned(),
            path => format!("status.{path}"),
        };
    }
    errors
}

/// Composed schemas have no field of their own in upstream's messages.
const NO_FIELD: &str = "<nil>";

fn check(
    value: &Value,
    old: Option<&Value>,
    schema: &Node,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    if old == Some(value) {
        return;
    }
    check_type(value, schema, path, errors);
    if !value.is_null() {
        check_composed(value, old, schema, path, errors);
    }
    match value {
        Value::String(text) => check_text(text, schema, path, errors),
        Value::Number(number) => {
            check_number(
                number.as_f64().unwrap_or(f64::NAN),
                value,
                schema,
                path,
                errors,
            );
        }
        Value::Array(items) => check_items(items, old, schema, path, errors),
        _ => {}
    }
    if let Some(allowed) = &schema.values
        // No null is among them, whatever they are.
        && (value.is_null() || !allowed.iter().any(|one| equal(one, value)))
    {
        let texts: Vec<String> = allowed.iter().map(plain_text).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        errors.push(FieldError::not_supported(
            field(path),
            value.clone(),
            &texts,
        ));
    }
    if let Value::Object(fields) = value {
        check_fields(fields, old, schema, path, errors);
    }
}

/// The name of the field in an error: the root has none.
fn field(path: &str) -> String {
    match path {
        "" => NO_FIELD.to_owned(),
        path => path.to_owned(),
    }
}

/// An enumeration's value as the message lists it.
fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Numbers are equal by value: 1 and 1.0 are one.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.as_f64() == right.as_f64()
        }
        _ => left == right,
    }
}

/// Up to here a floating point number is one integer and no other (2^53 - 1).
const MAX_EXACT: f64 = 9_007_199_254_740_991.0;

/// Whether a number is whole, but for what calculating costs.
fn is_whole(number: f64) -> bool {
    let rounded = number.round();
    number.abs() <= MAX_EXACT
        && (number == rounded || (number - rounded).abs() < 1e-9 * rounded.abs())
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn check_type(value: &Value, schema: &Node, path: &str, errors: &mut Vec<FieldError>) {
    let actual = type_of(value);
    let (wanted, fits) = match schema.type_.as_str() {
        _ if value.is_null() && schema.nullable => return,
        "" if schema.int_or_string => ("integer,string", matches!(actual, "integer" | "string")),
        "" => return,
        "integer" => {
            let exact = |number: f64| number.fract() == 0.0 && number.abs() <= MAX_EXACT;
            (
                "integer",
                value.is_i64() || value.as_f64().is_some_and(exact),
            )
        }
        "number" => ("number", matches!(actual, "number" | "integer")),
        wanted => (wanted, wanted == actual),
    };
    if fits {
        return;
    }
    // Upstream compares formats first, for all but strings, lists and absent values.
    let other_format = !schema.format.is_empty()
        && !matches!(actual, "string" | "array" | "null")
        && wanted != "string";
    let (wanted, actual) = match (other_format, actual) {
        (false, actual) => (wanted, actual),
        (true, "number") => (schema.format.as_str(), "float64"),
        (true, "integer") if !value.is_i64() => (schema.format.as_str(), "float64"),
        (true, _) => (schema.format.as_str(), ""),
    };
    let detail = format!("{path} in body must be of type {wanted}: {}", quote(actual));
    errors.push(FieldError::type_invalid(field(path), actual, detail));
}

fn check_text(text: &str, schema: &Node, path: &str, errors: &mut Vec<FieldError>) {
    let limits = &schema.limits;
    if limits.max_length.is_some() || limits.min_length.is_some() {
        let length = text.chars().count() as u64;
        if let Some(max) = limits.max_length.filter(|max| length > *max) {
            errors.push(FieldError::too_long(field(path), max as usize));
        }
        if let Some(min) = limits.min_length.filter(|min| length < *min) {
            let detail = format!("{path} in body should be at least {min} chars long");
            errors.push(FieldError::invalid(field(path), text, detail));
        }
    }
    if let Some((pattern, regex)) = &limits.pattern
        && !regex.as_ref().is_some_and(|regex| regex.is_match(text))
    {
        let detail = format!("{path} in body should match '{pattern}'");
        errors.push(FieldError::invalid(field(path), text, detail));
    }
    if formats::check(&schema.format, text) == Some(false) {
        let detail = format!(
            "{path} in body must be of type {}: {}",
            schema.format,
            quote(text)
        );
        errors.push(FieldError::type_invalid(field(path), text, detail));
    }
}

fn check_number(
    number: f64,
    value: &Value,
    schema: &Node,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    let Limits {
        minimum,
        maximum,
        exclusive_minimum,
        exclusive_maximum,
        multiple_of,
        ..
    } = &schema.limits;
    let mut invalid = |detail: String| {
        errors.push(FieldError::invalid(field(path), value.clone(), detail));
    };
    if let Some(factor) = multiple_of.filter(|factor| *factor > 0.0) {
        let quotient = match factor < 1.0 {
            true => 1.0 / factor * number,
            false => number / factor,
        };
        if !is_whole(quotient) {
            let factor = go_float(factor);
            invalid(format!("{path} in body should be a multiple of {factor}"));
        }
    }
    if let Some(max) = maximum
        && (number > *max || *exclusive_maximum && number == *max)
    {
        let or_equal = if *exclusive_maximum {
            ""
        } else {
            " or equal to"
        };
        let max = go_float(*max);
        invalid(format!(
            "{path} in body should be less than{or_equal} {max}"
        ));
    }
    if let Some(min) = minimum
        && (number < *min || *exclusive_minimum && number == *min)
    {
        let or_equal = if *exclusive_minimum {
            ""
        } else {
            " or equal to"
        };
        let min = go_float(*min);
        invalid(format!(
            "{path} in body should be greater than{or_equal} {min}"
        ));
    }
    let fits = match (schema.type_.as_str(), schema.format.as_str()) {
        ("integer", _) if number.fract() != 0.0 => false,
        ("integer", "int32") => number >= f64::from(i32::MIN) && number <= f64::from(i32::MAX),
        ("integer", "" | "int64") => value.is_i64() || value.is_f64() && number.abs() < 9.3e18,
        ("number", "float") => number.abs() <= f64::from(f32::MAX),
        _ => true,
    };
    if !fits {
        let format = match schema.format.as_str() {
            "" => "(default format)".to_owned(),
            format => format!("with format {format}"),
        };
        let detail = format!(
            "Checked value must be of type {} {format} in {path}",
            schema.type_
        );
        errors.push(FieldError::invalid(NO_FIELD, "", detail));
    }
}

fn check_items(
    items: &[Value],
    old: Option<&Value>,
    schema: &Node,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    if let Some(below) = &schema.items {
        for (index, item) in items.iter().enumerate() {
            let before = super::lists::correlated(old, &schema.list, item);
            check(item, before, below, &format!("{path}[{index}]"), errors);
        }
    }
    let count = items.len() as u64;
    if let Some(min) = schema.limits.min_items.filter(|min| count < *min) {
        let detail = format!("{path} in body should have at least {min} items");
        errors.push(FieldError::invalid(field(path), count, detail));
    }
    if let Some(max) = schema.limits.max_items.filter(|max| count > *max) {
        errors.push(FieldError::too_many(field(path), items.len(), max as usize));
    }
}

fn check_fields(
    fields: &Map<String, Value>,
    old: Option<&Value>,
    schema: &Node,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    let count = fields.len() as u64;
    if let Some(min) = schema.limits.min_properties.filter(|min| count < *min) {
        let detail = format!("{path} in body should have at least {min} properties");
        errors.push(FieldError::invalid(field(path), count, detail));
        return;
    }
    if let Some(max) = schema.limits.max_properties.filter(|max| count > *max) {
        errors.push(FieldError::too_many(
            field(path),
            fields.len(),
            max as usize,
        ));
        return;
    }
    let below = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    for (name, value) in fields {
        let Some(node) = schema.child(name) else {
            continue;
        };
        let before = old.and_then(|old| old.get(name));
        check(value, before, node, &below(name), errors);
    }
    for name in &schema.required {
        if !fields.contains_key(name) {
            errors.push(FieldError::required(below(name), ""));
        }
    }
}

fn check_composed(
    value: &Value,
    old: Option<&Value>,
    schema: &Node,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    let faults = |node: &Node| {
        let mut errors = Vec::new();
        check(value, old, node, path, &mut errors);
        errors
    };
    let composed = |errors: &mut Vec<FieldError>, detail: String| {
        errors.push(FieldError::invalid(NO_FIELD, "", detail));
    };
    let mut inner = Vec::new();
    let path = quote(path);
    if !schema.any_of.is_empty() {
        let tried: Vec<_> = schema.any_of.iter().map(faults).collect();
        if tried.iter().all(|faults| !faults.is_empty()) {
            composed(
                errors,
                format!("{path} must validate at least one schema (anyOf)"),
            );
            inner.extend(tried.into_iter().next().unwrap_or_default());
        }
    }
    if !schema.one_of.is_empty() {
        let tried: Vec<_> = schema.one_of.iter().map(faults).collect();
        let valid = tried.iter().filter(|faults| faults.is_empty()).count();
        let found = match valid {
            0 => Some("Found none valid".to_owned()),
            1 => None,
            several => Some(format!("Found {several} valid alternatives")),
        };
        if let Some(found) = found {
            composed(
                errors,
                format!("{path} must validate one and only one schema (oneOf). {found}"),
            );
            if valid == 0 {
                inner.extend(tried.into_iter().next().unwrap_or_default());
            }
        }
    }
    let all: Vec<_> = schema.all_of.iter().map(faults).collect();
    let valid = all.iter().filter(|faults| faults.is_empty()).count();
    if valid < all.len() {
        errors.extend(all.into_iter().flatten());
        let none = if valid == 0 { ". None validated" } else { "" };
        composed(
            errors,
            format!("{path} must validate all the schemas (allOf){none}"),
        );
    }
    if let Some(not) = &schema.not
        && faults(not).is_empty()
    {
        composed(errors, format!("{path} must not validate the schema (not)"));
    }
    errors.append(&mut inner);
}

//! What Go's JSON decoders refuse, in their words: values of another type, and for the strict ones unknown fields.

use knarr_api::base64;
use serde_json::{Map, Value};

/// The type of a field.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    Any,
    String,
    Bool,
    Int,
    Int64,
    /// Bytes, in base64.
    Bytes,
    List(&'static Shape),
    Map(&'static Shape),
    Pointer(&'static Shape),
    /// Go's name of the type, and its fields; a field of an embedded struct has that struct's name before it.
    Struct(&'static str, &'static [Field]),
    /// A string that Go gives a type of its own.
    Named(&'static str),
}

/// A field's name and type.
pub type Field = (&'static str, Shape);

impl Shape {
    fn go_type(&self) -> String {
        match self {
            Shape::Any => "interface {}".to_owned(),
            Shape::String => "string".to_owned(),
            Shape::Bool => "bool".to_owned(),
            Shape::Int => "int".to_owned(),
            Shape::Int64 => "int64".to_owned(),
            Shape::List(item) => format!("[]{}", item.go_type()),
            Shape::Pointer(inner) => format!("*{}", inner.go_type()),
            Shape::Map(value) => format!("map[string]{}", value.go_type()),
            Shape::Struct(name, _) => qualified(name),
            Shape::Named(name) => qualified(name),
            Shape::Bytes => "[]uint8".to_owned(),
        }
    }
}

/// Go's name of a type; kustomize's own stand without their package.
fn qualified(name: &str) -> String {
    match name.contains('.') {
        true => name.to_owned(),
        false => format!("types.{name}"),
    }
}

/// Whether Go would decode a value into the struct `root`; fields that it does not know are passed over.
pub fn check(value: &Value, root: &str, shape: &Shape) -> Result<(), String> {
    checked(value, shape, root, "", false)
}

/// Checks a value that Go would decode into the struct `root`, and gives its fields the names that the struct has: Go
/// takes `NamePrefix` for `namePrefix`.
pub fn decoded(value: Value, root: &str, shape: &Shape) -> Result<Value, String> {
    checked(&value, shape, root, "", true)?;
    Ok(named(value, shape))
}

fn named(value: Value, shape: &Shape) -> Value {
    match (shape, value) {
        (Shape::Pointer(inner), value) => named(value, inner),
        (Shape::List(item), Value::Array(items)) => {
            // A null leaves an item as Go begins it, with nothing in its fields.
            let begun = |value| match (item, value) {
                (Shape::Struct(..), Value::Null) => Value::Object(Map::new()),
                (Shape::String, Value::Null) => "".into(),
                (_, value) => named(value, item),
            };
            items.into_iter().map(begun).collect()
        }
        (Shape::Struct(_, fields), Value::Object(map)) => map
            .into_iter()
            .map(|(key, value)| match field_in_any_case(fields, &key) {
                Some((name, shape)) => (last(name).to_owned(), named(value, shape)),
                None => (key, value),
            })
            .collect(),
        (_, value) => value,
    }
}

/// The name of a field without those of embedded structs.
fn last(name: &'static str) -> &'static str {
    name.rsplit('.').next().unwrap_or(name)
}

fn field(fields: &'static [Field], key: &str) -> Option<&'static Field> {
    fields.iter().find(|(name, _)| last(name) == key)
}

/// The field as `encoding/json` finds it, which takes `NamePrefix` for `namePrefix`.
fn field_in_any_case(fields: &'static [Field], key: &str) -> Option<&'static Field> {
    let like = |(name, _): &&Field| last(name).eq_ignore_ascii_case(key);
    field(fields, key).or_else(|| fields.iter().find(like))
}

fn checked(
    value: &Value,
    shape: &Shape,
    owner: &str,
    path: &str,
    strict: bool,
) -> Result<(), String> {
    let mismatch = |found: &str| {
        let place = match path.is_empty() {
            true => "value".to_owned(),
            false => format!("struct field {owner}{path}"),
        };
        Err(format!(
            "json: cannot unmarshal {found} into Go {place} of type {}",
            shape.go_type()
        ))
    };
    match (shape, value) {
        (_, Value::Null)
        | (Shape::Any, _)
        | (Shape::String | Shape::Named(_), Value::String(_))
        | (Shape::Bool, Value::Bool(_)) => Ok(()),
        (Shape::Pointer(inner), value) => checked(value, inner, owner, path, strict),
        (Shape::Bytes, Value::String(text)) => match base64::fault(text.as_bytes()) {
            Some(at) => Err(format!("illegal base64 data at input byte {at}")),
            None => Ok(()),
        },
        (Shape::Int | Shape::Int64, Value::Number(number)) if number.is_i64() => Ok(()),
        (Shape::Int | Shape::Int64, Value::Number(number)) => mismatch(&format!("number {number}")),
        (Shape::List(item), Value::Array(items)) => items
            .iter()
            .try_for_each(|value| checked(value, item, owner, path, strict)),
        (Shape::Map(inner), Value::Object(map)) => map
            .values()
            .try_for_each(|value| checked(value, inner, owner, path, strict)),
        (Shape::Struct(name, fields), Value::Object(map)) => {
            let owner = last(name);
            let find = match strict {
                true => field_in_any_case,
                false => field,
            };
            map.iter()
                .try_for_each(|(key, value)| match find(fields, key) {
                    Some((name, shape)) => {
                        checked(value, shape, owner, &format!("{path}.{name}"), strict)
                    }
                    None if !strict => Ok(()),
                    None => Err(format!(
                        "json: unknown field {}",
                        knarr_api::quote::quote(key)
                    )),
                })
        }
        (_, Value::String(_)) => mismatch("string"),
        (_, Value::Number(_)) => mismatch("number"),
        (_, Value::Bool(_)) => mismatch("bool"),
        (_, Value::Array(_)) => mismatch("array"),
        (_, Value::Object(_)) => mismatch("object"),
    }
}

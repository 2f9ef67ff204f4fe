//! What a mutation's expression makes of an object: an apply configuration is merged, a JSON patch is applied.

use knarr_api::apply;
use knarr_api::cel::{Key, Value as Cel};
use knarr_api::patch::json::apply_operations;
use knarr_api::schema::{ListType, SchemaRef, Type, decode};
use serde_json::{Map, Value};

/// The object after an apply configuration (`Object{…}`).
pub fn configuration(
    result: &Cel,
    object: &Value,
    schema: Option<SchemaRef<'_>>,
) -> Result<Value, String> {
    named(result, "Object")?;
    let mut patch = result.to_json().map_err(|error| error.to_string())?;
    // What kind it is, the object says.
    for field in ["apiVersion", "kind"] {
        if let Some(patch) = patch.as_object_mut() {
            patch.shift_remove(field);
        }
    }
    if let Some(schema) = schema
        && let Some(path) = atomic(&patch, schema, "")
    {
        return Err(format!(
            "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {path}"
        ));
    }
    let mut merged = apply::merge(object, &patch, schema);
    if let Some(schema) = schema {
        decode::canonicalize(&mut merged, schema);
    }
    Ok(merged)
}

/// Structs must be named by where they stand: `Object.spec` is the field `spec` of `Object`, also in lists.
fn named(value: &Cel, expected: &str) -> Result<(), String> {
    match value {
        Cel::Map(map) => {
            if let Some(name) = &map.type_name
                && **name != *expected
            {
                return Err(format!(
                    "unexpected type name \"{name}\", expected \"{expected}\", which matches field name path from root Object type"
                ));
            }
            if expected == "Object" && map.type_name.is_none() {
                return Err("ApplyConfiguration must be an Object".to_owned());
            }
            for (key, inner) in &map.entries {
                let Key::String(key) = key else { continue };
                // The values of a plain map are all named alike.
                let path = match map.type_name {
                    Some(_) => format!("{expected}.{key}"),
                    None => expected.to_owned(),
                };
                named(inner, &path)?;
            }
            Ok(())
        }
        Cel::List(list) => list.items.iter().try_for_each(|item| named(item, expected)),
        _ if expected == "Object" => Err("ApplyConfiguration must be an Object".to_owned()),
        _ => Ok(()),
    }
}

/// The first part of a configuration that could only be replaced as a whole.
fn atomic(patch: &Value, schema: SchemaRef<'_>, path: &str) -> Option<String> {
    match patch {
        Value::Array(items) => {
            if schema.type_() == Type::List && matches!(schema.list_type(), ListType::Atomic) {
                return Some(path.to_owned());
            }
            let inner = schema.items()?;
            items.iter().find_map(|item| atomic(item, inner, path))
        }
        Value::Object(fields) => {
            if !path.is_empty() && schema.map_atomic() {
                return Some(path.to_owned());
            }
            fields.iter().find_map(|(name, value)| {
                atomic(value, schema.child(name)?, &format!("{path}.{name}"))
            })
        }
        _ => None,
    }
}

/// The object after a JSON patch (`[JSONPatch{…}]`).
pub fn patched(result: &Cel, object: &Value) -> Result<Value, String> {
    let Cel::List(list) = result else {
        return Err("JSONPatch expression must evaluate to a list".to_owned());
    };
    let mut operations = Vec::new();
    for item in &list.items {
        let Cel::Map(map) = item else {
            return Err("JSONPatch expression must evaluate to a list of JSONPatch".to_owned());
        };
        if map.type_name.as_deref() != Some("JSONPatch") {
            return Err("JSONPatch expression must evaluate to a list of JSONPatch".to_owned());
        }
        let mut operation = Map::new();
        for field in ["op", "path", "from", "value"] {
            if let Some(value) = map.get(field) {
                let value = value.to_json().map_err(|error| error.to_string())?;
                operation.insert(field.to_owned(), value);
            }
        }
        operations.push(Value::Object(operation));
    }
    apply_operations(object, &operations).map_err(|why| format!("JSON Patch: {why}"))
}

//! Defaulting: what the schema says a field is when nothing is said. Nulls where none may stand are as if absent.

use serde_json::{Map, Value};

use super::structural::{Additional, Node};

/// The fields that every object has; their schema is the server's.
const OBJECT_FIELDS: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Fills in the defaults of an object.
pub fn apply(object: &mut Value, schema: &Node) {
    drop_nulls(object, schema, true);
    fill_in(object, schema);
}

/// The same, but nulls that may not be and have no default stay, for validation to refuse them.
pub fn fill_in(object: &mut Value, schema: &Node) {
    fill(object, schema, true);
}

fn is_stray_null(value: &Value, schema: &Node) -> bool {
    value.is_null() && !schema.nullable
}

fn is_own(name: &str, root: bool) -> bool {
    root && OBJECT_FIELDS.contains(&name)
}

/// Drops nulls that may not be and have no default to become.
fn drop_nulls(value: &mut Value, schema: &Node, root: bool) {
    match value {
        Value::Object(fields) => fields.retain(|name, value| {
            let Some(below) = schema.child(name).filter(|_| !is_own(name, root)) else {
                return true;
            };
            if is_stray_null(value, below) && below.default.is_none() {
                return false;
            }
            drop_nulls(value, below, false);
            true
        }),
        Value::Array(items) => {
            if let Some(below) = &schema.items {
                items
                    .iter_mut()
                    .for_each(|item| drop_nulls(item, below, false));
            }
        }
        _ => {}
    }
}

fn fill(value: &mut Value, schema: &Node, root: bool) {
    match value {
        Value::Object(fields) => fill_fields(fields, schema, root),
        Value::Array(items) => {
            if let Some(below) = &schema.items {
                for item in items {
                    replace_null(item, below);
                    fill(item, below, false);
                }
            }
        }
        _ => {}
    }
}

fn fill_fields(fields: &mut Map<String, Value>, schema: &Node, root: bool) {
    for (name, property) in &schema.properties {
        if let Some(default) = &property.default
            && !is_own(name, root)
            && fields
                .get(name)
                .is_none_or(|value| is_stray_null(value, property))
        {
            fields.insert(name.clone(), default.clone());
        }
    }
    for (name, value) in fields.iter_mut() {
        if is_own(name, root) {
            continue;
        }
        if let Some(property) = schema.properties.get(name) {
            fill(value, property, false);
        } else if let Additional::Schema(below) = &schema.additional {
            replace_null(value, below);
            fill(value, below, false);
        }
    }
}

fn replace_null(value: &mut Value, schema: &Node) {
    if let Some(default) = &schema.default
        && is_stray_null(value, schema)
    {
        *value = default.clone();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_are_filled_in_down_the_tree() {
        let schema = Node::read(&json!({"type": "object", "properties": {"spec": {
        "type": "object", "default": {}, "properties": {
            "replicas": {"type": "integer", "default": 1},
            "none": {"type": "string", "nullable": true, "default": "x"},
            "lost": {"type": "string"},
            "ports": {"type": "array", "items": {"type": "object", "properties": {
                "protocol": {"type": "string", "default": "TCP"}}}},
            "map": {"type": "object", "additionalProperties": {"type": "integer", "default": 7}},
        }}}}));
        let mut object = json!({});
        apply(&mut object, &schema);
        assert_eq!(object, json!({"spec": {"none": "x", "replicas": 1}}));
        let mut object = json!({"spec": {"replicas": null, "none": null, "lost": null,
            "ports": [{"port": 1}], "map": {"a": null, "b": 2}}});
        apply(&mut object, &schema);
        assert_eq!(
            object,
            json!({"spec": {"replicas": 1, "none": null, "ports": [{"port": 1, "protocol": "TCP"}],
                "map": {"a": 7, "b": 2}}})
        );
    }
}

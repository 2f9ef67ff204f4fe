//! What makes a configuration impossible to apply: fields that its schema does not declare, values of another type, items
//! of lists that can't be told apart. The words are those of structured-merge-diff's validation.

use std::collections::BTreeSet;

use serde_json::Value;

use super::path::{PathElement, display};
use super::walk::{Shape, element, shape};
use crate::quote::{go_syntax, go_value};
use crate::schema::{SchemaRef, Type};

/// The faults that a configuration has beside undeclared fields, each with its path.
pub(super) fn mistyped(applied: &Value, schema: SchemaRef<'_>) -> Vec<String> {
    let mut walk = Walk::default();
    walk.value(applied, schema);
    walk.found
}

#[derive(Default)]
struct Walk {
    path: Vec<PathElement>,
    found: Vec<String>,
}

impl Walk {
    fn fault(&mut self, text: &str) {
        self.found.push(format!("{}: {text}", display(&self.path)));
    }

    fn value(&mut self, value: &Value, schema: SchemaRef<'_>) {
        let wanted = match (schema.type_(), value) {
            (_, Value::Null) => return,
            (Type::Struct | Type::Map, Value::Object(fields)) => {
                for (name, value) in fields {
                    if let Some(below) = schema.child(name) {
                        self.below(PathElement::field(name), value, below);
                    }
                }
                return;
            }
            (Type::List, Value::Array(items)) => return self.items(value, items, schema),
            (Type::Struct | Type::Map, _) => format!("map, got &{{{}}}", go_value(value)),
            (Type::List, _) => format!("list, got &{{{}}}", go_value(value)),
            (Type::String | Type::Bytes, Value::String(_))
            | (Type::Boolean, Value::Bool(_))
            | (Type::Int32 | Type::Int64 | Type::Number, Value::Number(_))
            | (Type::Any, _) => return,
            (Type::String | Type::Bytes, _) => {
                let value = go_syntax(value);
                format!("string, got &value.valueUnstructured{{Value:{value}}}")
            }
            (Type::Boolean, _) => format!("boolean, got &{{{}}}", go_value(value)),
            (Type::Int32 | Type::Int64 | Type::Number, _) => {
                format!("numeric (int or float), got {}", go_type(value))
            }
            (_, Value::Object(_) | Value::Array(_)) => {
                format!("any scalar, got &{{{}}}", go_value(value))
            }
            _ => return,
        };
        self.fault(&format!("expected {wanted}"));
    }

    fn below(&mut self, step: PathElement, value: &Value, schema: SchemaRef<'_>) {
        self.path.push(step);
        self.value(value, schema);
        self.path.pop();
    }

    fn items(&mut self, list: &Value, items: &[Value], schema: SchemaRef<'_>) {
        let Some(below) = schema.items() else { return };
        let shape = shape(Some(schema), list);
        let mut seen = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            if let Some(why) = unfit(&shape, item, below) {
                return self.fault(&format!("element {index}: {why}"));
            }
            let step = match shape {
                Shape::Leaf | Shape::Entries => PathElement::Index(index),
                Shape::Set | Shape::Items(_) => {
                    let step = element(&shape, item, Some(schema));
                    if !seen.insert(step.clone()) {
                        self.fault(&format!("duplicate entries for key {step}"));
                    }
                    step
                }
            };
            self.below(step, item, below);
        }
    }
}

/// Why an item can't be told from the others.
fn unfit(shape: &Shape<'_>, item: &Value, schema: SchemaRef<'_>) -> Option<String> {
    let why = match (shape, item) {
        (Shape::Items(_), Value::Null) => "associative list with keys may not have a null element",
        (Shape::Items(keys), Value::Object(fields)) => {
            let has = |key: &str| {
                fields.contains_key(key)
                    || schema
                        .child(key)
                        .is_some_and(|key| key.default_value().is_some())
            };
            if keys.iter().any(|key| has(key)) {
                return None;
            }
            let keys: Vec<String> = keys.iter().map(|key| format!("{key:?}")).collect();
            return Some(format!(
                "associative list with keys has an element that omits all key fields [{}] (and doesn't have default \
                 values for any key fields)",
                keys.join(" ")
            ));
        }
        (Shape::Items(_), _) => "associative list with keys may not have non-map elements",
        (Shape::Set, Value::Object(_)) => {
            "associative list without keys has an element that's a map type"
        }
        (Shape::Set, Value::Array(_)) => "not supported: associative list with lists as elements",
        (Shape::Set, Value::Null) => {
            "associative list without keys has an element that's an explicit null"
        }
        _ => return None,
    };
    Some(why.to_owned())
}

/// The type of what Go's decoder makes of a JSON value.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

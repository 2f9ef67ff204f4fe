//! Lists that are sets or maps: no item twice, and which item of the old list an item was.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::structural::{List, Node};
use crate::status::FieldError;

/// The items that are there twice in sets and maps, at any depth.
pub fn duplicates(object: &Value, schema: &Node) -> Vec<FieldError> {
    let mut errors = Vec::new();
    walk(object, schema, "", &mut errors);
    errors
}

/// What an item of a list was before an update: found by its keys; items of other lists can't be told apart.
pub fn correlated<'o>(old: Option<&'o Value>, list: &List, item: &Value) -> Option<&'o Value> {
    let items = old?.as_array()?;
    match list {
        List::Map(keys) => items
            .iter()
            .find(|before| keys.iter().all(|key| before.get(key) == item.get(key))),
        _ => None,
    }
}

fn walk(value: &Value, schema: &Node, path: &str, errors: &mut Vec<FieldError>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let Some((below, path)) = schema.step(name, path) {
                    walk(value, below, &path, errors);
                }
            }
        }
        Value::Array(items) => {
            let mut seen = HashSet::new();
            let stray = |item: &Value| !item.is_null() && !item.is_object();
            let stray = items.iter().position(stray);
            if let (List::Map(_), Some(index)) = (&schema.list, stray) {
                let why = "must be an object for an array of list-type map";
                let item = items[index].clone();
                errors.push(FieldError::invalid(format!("{path}[{index}]"), item, why));
                return;
            }
            for (index, item) in items.iter().enumerate() {
                let own = match &schema.list {
                    List::Atomic => break,
                    List::Set => item.clone(),
                    List::Map(keys) => identity(item, keys),
                };
                if !seen.insert(own.to_string()) {
                    errors.push(FieldError::duplicate(format!("{path}[{index}]"), own));
                }
            }
            if let Some(below) = &schema.items {
                for (index, item) in items.iter().enumerate() {
                    walk(item, below, &format!("{path}[{index}]"), errors);
                }
            }
        }
        _ => {}
    }
}

fn identity(item: &Value, keys: &[String]) -> Value {
    let mut own = Map::new();
    let mut keys: Vec<&String> = keys.iter().collect();
    keys.sort();
    for key in keys {
        if let Some(value) = item.get(key) {
            own.insert(key.clone(), value.clone());
        }
    }
    Value::Object(own)
}

//! The list library of Kubernetes, and what folds and literals of lists and maps need.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Outcome, Row, arithmetic, failure, function, method, mismatch};
use crate::cel::equality;
use crate::cel::error::EvaluationError;
use crate::cel::value::{Map, Value};

pub const ROWS: &[Row] = &[
    method("isSorted", "list(int) -> bool", is_sorted),
    method("isSorted", "list(uint) -> bool", is_sorted),
    method("isSorted", "list(double) -> bool", is_sorted),
    method("isSorted", "list(bool) -> bool", is_sorted),
    method("isSorted", "list(duration) -> bool", is_sorted),
    method("isSorted", "list(timestamp) -> bool", is_sorted),
    method("isSorted", "list(string) -> bool", is_sorted),
    method("isSorted", "list(bytes) -> bool", is_sorted),
    method("sum", "list(int) -> int", sum),
    method("sum", "list(uint) -> uint", sum),
    method("sum", "list(double) -> double", sum),
    method("sum", "list(duration) -> duration", sum),
    method("min", "list(int) -> int", min),
    method("min", "list(uint) -> uint", min),
    method("min", "list(double) -> double", min),
    method("min", "list(bool) -> bool", min),
    method("min", "list(duration) -> duration", min),
    method("min", "list(timestamp) -> timestamp", min),
    method("min", "list(string) -> string", min),
    method("min", "list(bytes) -> bytes", min),
    method("max", "list(int) -> int", max),
    method("max", "list(uint) -> uint", max),
    method("max", "list(double) -> double", max),
    method("max", "list(bool) -> bool", max),
    method("max", "list(duration) -> duration", max),
    method("max", "list(timestamp) -> timestamp", max),
    method("max", "list(string) -> string", max),
    method("max", "list(bytes) -> bytes", max),
    method("indexOf", "list(A), A -> int", index_of),
    method("lastIndexOf", "list(A), A -> int", last_index_of),
    function(
        "cel.@mapInsert",
        "map(A, B), map(A, B) -> map(A, B)",
        insert,
    ),
];

fn is_sorted(args: &[Value]) -> Outcome {
    let [Value::List(list)] = args else {
        return mismatch();
    };
    for pair in list.items.windows(2) {
        match equality::compare(&pair[0], &pair[1]) {
            Some(Ordering::Greater) => return Ok(Value::Bool(false)),
            Some(_) => {}
            None => return mismatch(),
        }
    }
    Ok(Value::Bool(true))
}

/// Of an empty list, zero of the type that the checker knows is not known here: it is the integer.
fn sum(args: &[Value]) -> Outcome {
    let [Value::List(list)] = args else {
        return mismatch();
    };
    let mut items = list.items.iter();
    let Some(first) = items.next() else {
        return Ok(Value::Int(0));
    };
    let mut total = match first {
        Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::Duration(_) => first.clone(),
        _ => return mismatch(),
    };
    for item in items {
        total = arithmetic::add(&[total, item.clone()])?;
    }
    Ok(total)
}

fn extreme(args: &[Value], name: &str, wanted: Ordering) -> Outcome {
    let [Value::List(list)] = args else {
        return mismatch();
    };
    let mut items = list.items.iter();
    let Some(mut best) = items.next() else {
        return failure(format!("{name} called on empty list"));
    };
    for item in items {
        match equality::compare(item, best) {
            Some(order) if order == wanted => best = item,
            Some(_) => {}
            None => return mismatch(),
        }
    }
    Ok(best.clone())
}

fn min(args: &[Value]) -> Outcome {
    extreme(args, "min", Ordering::Less)
}

fn max(args: &[Value]) -> Outcome {
    extreme(args, "max", Ordering::Greater)
}

fn index_of(args: &[Value]) -> Outcome {
    let [Value::List(list), wanted] = args else {
        return mismatch();
    };
    let found = list
        .items
        .iter()
        .position(|item| equality::equal(item, wanted));
    Ok(Value::Int(found.map_or(-1, |index| index as i64)))
}

fn last_index_of(args: &[Value]) -> Outcome {
    let [Value::List(list), wanted] = args else {
        return mismatch();
    };
    let found = list
        .items
        .iter()
        .rposition(|item| equality::equal(item, wanted));
    Ok(Value::Int(found.map_or(-1, |index| index as i64)))
}

/// The entries of the second map in the first.
fn insert(args: &[Value]) -> Outcome {
    let [Value::Map(map), Value::Map(more)] = args else {
        return mismatch();
    };
    let mut result = Map::clone(map);
    insert_into(&mut result, more)?;
    Ok(Value::Map(Arc::new(result)))
}

/// Adds entries; a key that is there already is an error.
pub fn insert_into(map: &mut Map, more: &Map) -> Result<(), EvaluationError> {
    for (key, value) in &more.entries {
        if map.entries.contains_key(key) {
            return Err(EvaluationError::message(format!(
                "insert failed: key {} already exists",
                match key.value() {
                    Value::String(text) => text.to_string(),
                    other => other.to_json()?.to_string(),
                }
            )));
        }
        map.entries.insert(key.clone(), value.clone());
    }
    Ok(())
}

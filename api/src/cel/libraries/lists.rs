//! The list library of Kubernetes, version 3 of cel-go's, and what folds and literals of lists and maps need.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Outcome, Row, arithmetic, failure, function, method, mismatch};
use crate::cel::equality;
use crate::cel::error::EvaluationError;
use crate::cel::value::{Key, Map, Value};

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
    method("first", "list(A) -> optional(A)", first),
    method("last", "list(A) -> optional(A)", last),
    method("slice", "list(A), int, int -> list(A)", slice),
    method("flatten", "list(list(A)) -> list(A)", flatten),
    method("flatten", "list(dyn), int -> list(dyn)", flatten),
    method("reverse", "list(A) -> list(A)", reverse),
    method("distinct", "list(A) -> list(A)", distinct),
    function("lists.range", "int -> list(int)", range),
    method("sort", "list(int) -> list(int)", sort),
    method("sort", "list(uint) -> list(uint)", sort),
    method("sort", "list(double) -> list(double)", sort),
    method("sort", "list(bool) -> list(bool)", sort),
    method("sort", "list(duration) -> list(duration)", sort),
    method("sort", "list(timestamp) -> list(timestamp)", sort),
    method("sort", "list(string) -> list(string)", sort),
    method("sort", "list(bytes) -> list(bytes)", sort),
    method(SORT_BY, "list(A), list(int) -> list(A)", sort),
    method(SORT_BY, "list(A), list(uint) -> list(A)", sort),
    method(SORT_BY, "list(A), list(double) -> list(A)", sort),
    method(SORT_BY, "list(A), list(bool) -> list(A)", sort),
    method(SORT_BY, "list(A), list(duration) -> list(A)", sort),
    method(SORT_BY, "list(A), list(timestamp) -> list(A)", sort),
    method(SORT_BY, "list(A), list(string) -> list(A)", sort),
    method(SORT_BY, "list(A), list(bytes) -> list(A)", sort),
    function(
        "cel.@mapInsert",
        "map(A, B), map(A, B) -> map(A, B)",
        insert,
    ),
    function("cel.@mapInsert", "map(A, B), A, B -> map(A, B)", insert),
];

/// What `sortBy` becomes: a list, sorted by the keys of its items.
const SORT_BY: &str = "@sortByAssociatedKeys";
/// No longer list of numbers is made.
const MAX_RANGE: i64 = 1_000_000;

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

fn first(args: &[Value]) -> Outcome {
    match args {
        [Value::List(list)] => Ok(Value::Optional(list.items.first().cloned().map(Arc::new))),
        _ => mismatch(),
    }
}

fn last(args: &[Value]) -> Outcome {
    match args {
        [Value::List(list)] => Ok(Value::Optional(list.items.last().cloned().map(Arc::new))),
        _ => mismatch(),
    }
}

fn slice(args: &[Value]) -> Outcome {
    let [Value::List(list), Value::Int(start), Value::Int(end)] = args else {
        return mismatch();
    };
    let refuse = |why: &str| failure(format!("cannot slice({start}, {end}), {why}"));
    let length = list.items.len();
    match (usize::try_from(*start), usize::try_from(*end)) {
        (Ok(from), Ok(to)) if from > to => {
            refuse("start index must be less than or equal to end index")
        }
        (Ok(from), Ok(to)) => match list.items.get(from..to) {
            Some(items) => Ok(Value::list(items.to_vec())),
            None => refuse(&format!("list is length {length}")),
        },
        _ => refuse("negative indexes not supported"),
    }
}

fn flatten(args: &[Value]) -> Outcome {
    let (list, depth) = match args {
        [Value::List(list)] => (list, 1),
        [Value::List(list), Value::Int(depth)] => (list, *depth),
        _ => return mismatch(),
    };
    if depth < 0 {
        return failure("level must be non-negative");
    }
    let mut items = Vec::new();
    flatten_into(&mut items, &list.items, depth);
    Ok(Value::list(items))
}

fn flatten_into(out: &mut Vec<Value>, items: &[Value], depth: i64) {
    for item in items {
        match item {
            Value::List(inner) if depth > 0 => flatten_into(out, &inner.items, depth - 1),
            other => out.push(other.clone()),
        }
    }
}

fn reverse(args: &[Value]) -> Outcome {
    match args {
        [Value::List(list)] => Ok(Value::list(list.items.iter().rev().cloned().collect())),
        _ => mismatch(),
    }
}

fn distinct(args: &[Value]) -> Outcome {
    let [Value::List(list)] = args else {
        return mismatch();
    };
    let mut seen: Vec<Value> = Vec::new();
    for item in &list.items {
        if !seen.iter().any(|other| equality::equal(item, other)) {
            seen.push(item.clone());
        }
    }
    Ok(Value::list(seen))
}

fn range(args: &[Value]) -> Outcome {
    match args {
        [Value::Int(size)] if *size < 0 => failure(format!(
            "lists.range: size must be non-negative, got {size}"
        )),
        [Value::Int(size)] if *size > MAX_RANGE => failure(format!(
            "lists.range: size {size} exceeds maximum allowed ({MAX_RANGE})"
        )),
        [Value::Int(size)] => Ok(Value::list((0..*size).map(Value::Int).collect())),
        _ => mismatch(),
    }
}

/// The order of two keys of one type; that of doubles is total, or sorting them could fail.
fn key_order(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Double(one), Value::Double(other)) => one.total_cmp(other),
        _ => equality::compare(one, other).unwrap_or(Ordering::Equal),
    }
}

/// Sorts a list by its items, or by the keys that another list has for them.
fn sort(args: &[Value]) -> Outcome {
    let (list, keys) = match args {
        [Value::List(list)] => (list, list),
        [Value::List(list), Value::List(keys)] if list.items.len() == keys.items.len() => {
            (list, keys)
        }
        _ => return mismatch(),
    };
    let mut pairs: Vec<(&Value, &Value)> = keys.items.iter().zip(&list.items).collect();
    let first = keys.items.first().map(Value::type_name);
    if keys.items.iter().any(|key| Some(key.type_name()) != first) {
        return failure("list elements must have the same type");
    }
    let comparable =
        |key: &Value| matches!(key, Value::Double(_)) || equality::compare(key, key).is_some();
    if !keys.items.iter().all(comparable) {
        return failure("list elements must be comparable");
    }
    pairs.sort_by(|(one, _), (other, _)| key_order(one, other));
    Ok(Value::list(
        pairs.into_iter().map(|(_, item)| item.clone()).collect(),
    ))
}

/// The entries of the second map in the first.
fn insert(args: &[Value]) -> Outcome {
    let Some((Value::Map(map), more)) = args.split_first() else {
        return mismatch();
    };
    let mut result = Map::clone(map);
    insert_into(&mut result, more)?;
    Ok(Value::Map(Arc::new(result)))
}

/// Adds the entries of a map, or a key with its value; a key that is there already is an error.
pub fn insert_into(map: &mut Map, more: &[Value]) -> Result<(), EvaluationError> {
    let entries = match more {
        [Value::Map(more)] => more.entries.clone(),
        [key, value] => match Key::of(key) {
            Some(key) => [(key, value.clone())].into_iter().collect(),
            None => return mismatch(),
        },
        _ => return mismatch(),
    };
    for (key, value) in &entries {
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

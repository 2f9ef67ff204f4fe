//! When two values are equal, and which comes first. Numbers of different types compare by their value.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::value::{Key, List, ListKind, Map, Value};

/// Equality of values; values of different types are not equal.
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Type(a), Value::Type(b)) => a == b,
        (Value::List(a), Value::List(b)) => lists_equal(a, b),
        (Value::Map(a), Value::Map(b)) => maps_equal(a, b),
        (Value::Optional(a), Value::Optional(b)) => match (a, b) {
            (Some(a), Some(b)) => equal(a, b),
            (None, None) => true,
            _ => false,
        },
        (Value::Quantity(a), Value::Quantity(b)) => a == b,
        (Value::Url(a), Value::Url(b)) => a.text == b.text,
        (Value::Ip(a), Value::Ip(b)) => a == b,
        (Value::Cidr(a), Value::Cidr(b)) => a == b,
        (Value::Semver(a), Value::Semver(b)) => a.compare(b) == Ordering::Equal,
        (Value::Format(a), Value::Format(b)) => a == b,
        _ => numbers(a, b) == Some(Ordering::Equal),
    }
}

/// The order of two values that have one; `None` for any others (and for NaN).
pub fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        (Value::Timestamp(a), Value::Timestamp(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        _ => numbers(a, b),
    }
}

fn numbers(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Uint(a), Value::Uint(b)) => Some(a.cmp(b)),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Uint(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::Uint(a), Value::Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::Double(a), Value::Int(b)) => double_and_whole(*a, i128::from(*b)),
        (Value::Double(a), Value::Uint(b)) => double_and_whole(*a, i128::from(*b)),
        (Value::Int(a), Value::Double(b)) => {
            double_and_whole(*b, i128::from(*a)).map(Ordering::reverse)
        }
        (Value::Uint(a), Value::Double(b)) => {
            double_and_whole(*b, i128::from(*a)).map(Ordering::reverse)
        }
        _ => None,
    }
}

/// Exact: the whole part is compared as a whole number (a cast saturates, and no 64-bit number is out of reach).
fn double_and_whole(double: f64, whole: i128) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    let floor = double.floor();
    Some((floor as i128).cmp(&whole).then(if double > floor {
        Ordering::Greater
    } else {
        Ordering::Equal
    }))
}

fn lists_equal(a: &List, b: &List) -> bool {
    if a.items.len() != b.items.len() {
        return false;
    }
    match &a.kind {
        ListKind::Atomic => a.items.iter().zip(&b.items).all(|(a, b)| equal(a, b)),
        ListKind::Set => {
            let index = index_of_scalars(&b.items);
            a.items.iter().all(|item| match (&index, Key::of(item)) {
                (Some(index), Some(key)) => index.contains_key(&key),
                _ => b.items.iter().any(|other| equal(item, other)),
            })
        }
        ListKind::Map(keys) => {
            let index: HashMap<_, _> = b
                .items
                .iter()
                .filter_map(|item| Some((map_key(item, keys)?, item)))
                .collect();
            a.items.iter().all(|item| {
                map_key(item, keys)
                    .and_then(|key| index.get(&key))
                    .is_some_and(|other| equal(item, other))
            })
        }
    }
}

fn index_of_scalars(items: &[Value]) -> Option<HashMap<Key, ()>> {
    items
        .iter()
        .map(|item| Some((Key::of(item)?, ())))
        .collect()
}

/// The values of the fields that tell the items of a map list apart.
fn map_key(item: &Value, keys: &[std::sync::Arc<str>]) -> Option<Vec<Option<Key>>> {
    let Value::Map(map) = item else { return None };
    Some(
        keys.iter()
            .map(|key| {
                let name = super::escaping::escape(key)?;
                map.get(&name).and_then(Key::of)
            })
            .collect(),
    )
}

fn maps_equal(a: &Map, b: &Map) -> bool {
    a.entries.len() == b.entries.len()
        && a.type_name == b.type_name
        && a.entries
            .iter()
            .all(|(key, value)| b.entries.get(key).is_some_and(|other| equal(value, other)))
}

/// Two lists one after the other. Sets and map lists are merged as server-side apply merges them.
pub fn concatenate(a: &List, b: &List) -> List {
    let mut result = a.clone();
    extend(&mut result, b);
    result
}

/// Adds the items of `b` to `a`.
pub fn extend(a: &mut List, b: &List) {
    match a.kind.clone() {
        ListKind::Atomic => a.items.extend(b.items.iter().cloned()),
        ListKind::Set => {
            for item in &b.items {
                if !a.items.iter().any(|own| equal(own, item)) {
                    a.items.push(item.clone());
                }
            }
        }
        ListKind::Map(keys) => {
            let mut index: HashMap<_, _> = a
                .items
                .iter()
                .enumerate()
                .filter_map(|(at, item)| Some((map_key(item, &keys)?, at)))
                .collect();
            for item in &b.items {
                let key = map_key(item, &keys);
                match key.as_ref().and_then(|key| index.get(key)) {
                    Some(at) => a.items[*at] = item.clone(),
                    None => {
                        if let Some(key) = key {
                            index.insert(key, a.items.len());
                        }
                        a.items.push(item.clone());
                    }
                }
            }
        }
    }
}

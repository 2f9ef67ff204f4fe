//! The order of merged lists: items of the patch stand as the patch wants them, the others keep their
//! place between them as well as possible.

use std::cmp::Ordering;

use serde_json::Value;

use super::StrategicPatchError;
use crate::quote::go_value;

/// Whether two items are the same one: by merge key, or by value.
fn same(left: &Value, right: &Value, key: Option<&str>) -> bool {
    match key {
        Some(key) => left
            .get(key)
            .is_some_and(|value| right.get(key) == Some(value)),
        None => left == right,
    }
}

fn position(list: &[Value], item: &Value, key: Option<&str>) -> Option<usize> {
    list.iter().position(|other| same(other, item, key))
}

/// Sorts items as they stand in `order`; those that it does not have come last, in their own order.
pub(super) fn by(mut items: Vec<Value>, order: &[Value], key: Option<&str>) -> Vec<Value> {
    items.sort_by_cached_key(|item| position(order, item, key).unwrap_or(usize::MAX));
    items
}

/// Arranges a merged list: items that `wanted` names in its order, the rest as in `server`.
pub(super) fn arrange(
    merged: Vec<Value>,
    wanted: &[Value],
    server: &[Value],
    key: Option<&str>,
) -> Vec<Value> {
    let (patched, kept): (Vec<_>, Vec<_>) = merged
        .into_iter()
        .partition(|item| position(wanted, item, key).is_some());
    interleave(by(kept, server, key), by(patched, wanted, key), server, key)
}

/// Puts each of the kept items before the first patched one that stood behind it on the server.
fn interleave(
    kept: Vec<Value>,
    patched: Vec<Value>,
    server: &[Value],
    key: Option<&str>,
) -> Vec<Value> {
    let place = |item: &Value| position(server, item, key);
    let mut all = Vec::with_capacity(kept.len() + patched.len());
    let (mut kept, mut patched) = (kept.into_iter().peekable(), patched.into_iter().peekable());
    while let (Some(left), Some(right)) = (kept.peek(), patched.peek()) {
        let before = match (place(left), place(right)) {
            (Some(left), Some(right)) => left.cmp(&right) == Ordering::Less,
            _ => false,
        };
        all.extend(if before { kept.next() } else { patched.next() });
    }
    all.extend(kept);
    all.extend(patched);
    all
}

/// Checks that the items of a patch follow each other as its own order list has them.
pub(super) fn check(
    patch: &[Value],
    order: &[Value],
    key: Option<&str>,
) -> Result<(), StrategicPatchError> {
    let mut next = 0;
    for item in patch.iter().filter(|item| item.get(super::PATCH).is_none()) {
        match order[next..]
            .iter()
            .position(|other| same(other, item, key))
        {
            Some(offset) => next += offset + 1,
            None => {
                let show = |list: &[Value]| go_value(&Value::from(list));
                return Err(StrategicPatchError::OrderMismatch {
                    patch: show(patch),
                    order: show(order),
                });
            }
        }
    }
    Ok(())
}

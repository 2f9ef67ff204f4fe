//! Merging a patch into a document, or (to make a three-way patch) into another patch.

use serde_json::{Map, Value};

use super::{
    DELETE_FROM_PRIMITIVE_LIST, ItemKind, PATCH, Place, RETAIN_KEYS, SET_ELEMENT_ORDER,
    StrategicPatchError, item_kind, merge_value, order,
};
use crate::quote::go_value;
use crate::schema::SchemaRef;

/// What the patch is merged into.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A document: directives are carried out, nulls delete.
    Document,
    /// Another patch: directives and nulls are kept for the one who applies it.
    Patch,
}

type Object = Map<String, Value>;

/// Merges `patch` into `original`.
pub(super) fn map(
    mut original: Object,
    mut patch: Object,
    schema: Option<SchemaRef<'_>>,
    mode: Mode,
) -> Result<Object, StrategicPatchError> {
    if let Some(directive) = patch.shift_remove(PATCH) {
        return match directive.as_str() {
            Some("replace") => Ok(patch),
            Some("delete") => Ok(Map::new()),
            _ => Err(unknown(&directive, &patch)),
        };
    }
    retain_keys(&mut original, &mut patch, mode)?;
    set_element_orders(&mut original, &mut patch, schema, mode)?;
    for (key, change) in patch {
        if let Some(list) = key.strip_prefix(DELETE_FROM_PRIMITIVE_LIST) {
            delete_scalars(&mut original, &key, list, change, mode)?;
            continue;
        }
        if change.is_null() {
            original.shift_remove(&key);
            if mode == Mode::Patch {
                original.insert(key, change);
            }
            continue;
        }
        let place = Place::child(schema, &key);
        if !original.contains_key(&key) && mode == Mode::Document && deletes(&change) {
            continue;
        }
        let before = original.get_mut(&key).map(Value::take);
        let merged = value(before, change, place, mode)?;
        original.insert(key, merged);
    }
    Ok(original)
}

/// Whether a map asks for its own removal.
fn deletes(change: &Value) -> bool {
    change.get(PATCH).and_then(Value::as_str) == Some("delete")
}

/// Merges one value into what was there.
fn value(
    before: Option<Value>,
    change: Value,
    place: Place<'_>,
    mode: Mode,
) -> Result<Value, StrategicPatchError> {
    match (before, change) {
        (Some(Value::Object(before)), Value::Object(change)) if !place.replace => {
            map(before, change, place.schema, mode).map(Value::Object)
        }
        (Some(Value::Array(before)), Value::Array(change)) if place.merge => {
            list(before, change, place, mode).map(Value::Array)
        }
        // Something new may carry directives too; they have nothing to act on, and must not be stored.
        (_, Value::Object(change)) if mode == Mode::Document => {
            map(Map::new(), change, place.schema, mode).map(Value::Object)
        }
        (_, Value::Array(change)) if mode == Mode::Document && place.merge => {
            Ok(Value::Array(without_directives(change)))
        }
        (_, change) => Ok(change),
    }
}

fn unknown(directive: &Value, patch: &Object) -> StrategicPatchError {
    StrategicPatchError::UnknownDirective(go_value(directive), shown(directive, patch))
}

/// The patch with the directive that was taken out of it.
fn shown(directive: &Value, patch: &Object) -> String {
    let mut patch = patch.clone();
    patch.insert(PATCH.to_owned(), directive.clone());
    go_value(&Value::Object(patch))
}

fn without_directives(list: Vec<Value>) -> Vec<Value> {
    list.into_iter()
        .filter_map(|item| match item {
            Value::Object(mut item) => match item.shift_remove(PATCH) {
                Some(Value::String(directive)) if directive == "delete" => None,
                Some(_) if item.is_empty() => None,
                _ => map(Map::new(), item, None, Mode::Document)
                    .ok()
                    .map(Value::Object),
            },
            other => Some(other),
        })
        .collect()
}

/// `$retainKeys`: all keys of the original that are not listed go.
fn retain_keys(
    original: &mut Object,
    patch: &mut Object,
    mode: Mode,
) -> Result<(), StrategicPatchError> {
    let Some(listed) = patch.shift_remove(RETAIN_KEYS) else {
        return Ok(());
    };
    if mode == Mode::Patch {
        if original
            .get(RETAIN_KEYS)
            .is_some_and(|other| *other != listed)
        {
            return Err(StrategicPatchError::RetainKeysContent);
        }
        original.insert(RETAIN_KEYS.to_owned(), listed);
        return Ok(());
    }
    let Value::Array(listed) = listed else {
        return Err(StrategicPatchError::RetainKeys);
    };
    let is_listed = |key: &str| listed.iter().any(|entry| entry.as_str() == Some(key));
    let sets = |(key, change): (&String, &Value)| {
        !change.is_null()
            && !key.starts_with(DELETE_FROM_PRIMITIVE_LIST)
            && !key.starts_with(SET_ELEMENT_ORDER)
    };
    if patch
        .iter()
        .filter(|entry| sets(*entry))
        .any(|(key, _)| !is_listed(key))
    {
        return Err(StrategicPatchError::RetainKeys);
    }
    original.retain(|key, _| is_listed(key));
    Ok(())
}

/// `$setElementOrder/LIST`, together with the list that it is about.
fn set_element_orders(
    original: &mut Object,
    patch: &mut Object,
    schema: Option<SchemaRef<'_>>,
    mode: Mode,
) -> Result<(), StrategicPatchError> {
    let directives: Vec<String> = patch
        .keys()
        .filter(|key| key.starts_with(SET_ELEMENT_ORDER))
        .cloned()
        .collect();
    for directive in directives {
        let Some(Value::Array(wanted)) = patch.shift_remove(&directive) else {
            return Err(StrategicPatchError::ElementOrder);
        };
        if mode == Mode::Patch {
            if original
                .get(&directive)
                .is_some_and(|other| other.as_array() != Some(&wanted))
            {
                return Err(StrategicPatchError::ElementOrder);
            }
            original.insert(directive, Value::Array(wanted));
            continue;
        }
        let key = &directive[SET_ELEMENT_ORDER.len()..];
        set_element_order(original, patch, key, &wanted, Place::child(schema, key))?;
    }
    Ok(())
}

fn set_element_order(
    original: &mut Object,
    patch: &mut Object,
    key: &str,
    wanted: &[Value],
    place: Place<'_>,
) -> Result<(), StrategicPatchError> {
    let take = |value: Option<Value>| match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list)),
        Some(_) => Err(StrategicPatchError::ElementOrder),
    };
    // A null deletes the list as ever.
    if patch.get(key).is_some_and(Value::is_null) {
        return Ok(());
    }
    let server = take(original.get(key).cloned())?;
    let change = take(patch.shift_remove(key))?;
    order::check(
        change.as_deref().unwrap_or_default(),
        wanted,
        place.merge_key,
    )?;
    let merged = match (server.clone(), change) {
        (None, None) => return Ok(()),
        (Some(server), None) => server,
        (None, Some(change)) => without_directives(change),
        (Some(server), Some(change)) if place.merge => list(server, change, place, Mode::Document)?,
        (Some(_), Some(change)) => change,
    };
    let arranged = order::arrange(merged, wanted, &server.unwrap_or_default(), place.merge_key);
    original.insert(key.to_owned(), Value::Array(arranged));
    Ok(())
}

/// `$deleteFromPrimitiveList/LIST`.
fn delete_scalars(
    original: &mut Object,
    directive: &str,
    key: &str,
    doomed: Value,
    mode: Mode,
) -> Result<(), StrategicPatchError> {
    if mode == Mode::Patch {
        original.insert(directive.to_owned(), doomed);
        return Ok(());
    }
    let Value::Array(doomed) = doomed else {
        return Err(StrategicPatchError::PrimitiveList);
    };
    if let Some(Value::Array(list)) = original.get_mut(key) {
        list.retain(|item| !doomed.contains(item));
    }
    Ok(())
}

/// Merges lists whose strategy is `merge`.
fn list(
    original: Vec<Value>,
    patch: Vec<Value>,
    place: Place<'_>,
    mode: Mode,
) -> Result<Vec<Value>, StrategicPatchError> {
    if item_kind([&original, &patch])? == ItemKind::Scalar {
        let server = original.clone();
        let mut merged: Vec<Value> = Vec::new();
        for item in original.into_iter().chain(patch.iter().cloned()) {
            if !merged.contains(&item) {
                merged.push(item);
            }
        }
        return Ok(order::arrange(merged, &patch, &server, None));
    }
    let key = place
        .merge_key
        .ok_or_else(|| StrategicPatchError::NoMergeKeyDeclared(place.name()))?;
    let (original, patch) = match special_items(original, patch, key)? {
        Special::Replaced(list) => return Ok(list),
        Special::Rest { original, patch } => (original, patch),
    };
    let server = original.clone();
    let mut merged = original;
    for item in &patch {
        let wanted = merge_value(item, key)?;
        let Value::Object(change) = item else {
            continue;
        };
        match merged
            .iter_mut()
            .find(|other| other.get(key) == Some(wanted))
        {
            Some(slot) => {
                let before = match slot.take() {
                    Value::Object(before) => before,
                    _ => Map::new(),
                };
                *slot = Value::Object(map(before, change.clone(), place.items(), mode)?);
            }
            None => merged.push(match mode {
                Mode::Document => {
                    Value::Object(map(Map::new(), change.clone(), place.items(), mode)?)
                }
                Mode::Patch => item.clone(),
            }),
        }
    }
    Ok(order::arrange(merged, &patch, &server, Some(key)))
}

enum Special {
    /// `$patch: replace`: the list is what else the patch has.
    Replaced(Vec<Value>),
    Rest {
        original: Vec<Value>,
        patch: Vec<Value>,
    },
}

/// Carries out the items of a patch that are directives, and takes them out.
fn special_items(
    mut original: Vec<Value>,
    patch: Vec<Value>,
    key: &str,
) -> Result<Special, StrategicPatchError> {
    let mut rest = Vec::with_capacity(patch.len());
    let mut replace = false;
    for item in patch {
        match item
            .get(PATCH)
            .map(|directive| (directive, directive.as_str()))
        {
            None => rest.push(item),
            Some((_, Some("delete"))) => {
                let doomed = merge_value(&item, key)?;
                original.retain(|other| other.get(key) != Some(doomed));
            }
            Some((_, Some("replace"))) => replace = true,
            Some((_, Some("merge"))) => return Err(StrategicPatchError::MergeList),
            Some((directive, _)) => {
                return Err(StrategicPatchError::UnknownDirective(
                    go_value(directive),
                    go_value(&item),
                ));
            }
        }
    }
    Ok(if replace {
        Special::Replaced(rest)
    } else {
        Special::Rest {
            original,
            patch: rest,
        }
    })
}

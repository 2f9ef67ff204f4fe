//! Making strategic merge patches: from two states (`edit`, `set` …) or three (`apply`).

use serde_json::{Map, Value};

use super::{
    DELETE_FROM_PRIMITIVE_LIST, ItemKind, PATCH, Place, RETAIN_KEYS, SET_ELEMENT_ORDER,
    StrategicPatchError, item_kind, merge, merge_value, order,
};
use crate::schema::SchemaRef;

type Object = Map<String, Value>;

/// Which differences count.
#[derive(Clone, Copy, Default)]
struct Options {
    ignore_additions: bool,
    ignore_deletions: bool,
}

/// Items to add or change, scalars to take out, and the order to set.
#[derive(Default)]
struct ListDiff {
    changes: Vec<Value>,
    deletions: Vec<Value>,
    order: Vec<Value>,
}

/// The patch that turns `original` into `modified`; an empty object if they are equal.
pub fn create_two_way_merge(
    original: &Value,
    modified: &Value,
    schema: SchemaRef<'_>,
) -> Result<Value, StrategicPatchError> {
    let patch = maps(
        object(original)?,
        object(modified)?,
        Some(schema),
        false,
        Options::default(),
    )?;
    Ok(Value::Object(patch))
}

/// The patch of `kubectl apply`: what differs between `current` and `modified`, without removing what
/// others have set, and the removal of what `original` (the last applied state) had and `modified` has not.
pub fn create_three_way_merge(
    original: &Value,
    modified: &Value,
    current: &Value,
    schema: SchemaRef<'_>,
) -> Result<Value, StrategicPatchError> {
    let (original, modified, current) = (object(original)?, object(modified)?, object(current)?);
    let additions = Options {
        ignore_deletions: true,
        ..Options::default()
    };
    let delta = maps(current, modified, Some(schema), false, additions)?;
    let removals = Options {
        ignore_additions: true,
        ..Options::default()
    };
    let deletions = maps(original, modified, Some(schema), false, removals)?;
    merge::map(deletions, delta, Some(schema), merge::Mode::Patch).map(Value::Object)
}

fn object(value: &Value) -> Result<&Object, StrategicPatchError> {
    value
        .as_object()
        .ok_or_else(|| StrategicPatchError::NotAMap(value.to_string()))
}

fn same_type(left: &Value, right: &Value) -> bool {
    std::mem::discriminant(left) == std::mem::discriminant(right)
}

fn maps(
    original: &Object,
    modified: &Object,
    schema: Option<SchemaRef<'_>>,
    retain_keys: bool,
    options: Options,
) -> Result<Object, StrategicPatchError> {
    let mut patch = Map::new();
    for (key, after) in modified {
        let Some(before) = original.get(key).filter(|before| same_type(before, after)) else {
            if !options.ignore_additions {
                patch.insert(key.clone(), after.clone());
            }
            continue;
        };
        let place = Place::child(schema, key);
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => {
                map_field(&mut patch, key, before, after, place, options)?
            }
            (Value::Array(before), Value::Array(after)) if place.merge => {
                list_field(&mut patch, key, lists(before, after, place, options)?);
            }
            _ => replace_if_changed(&mut patch, key, before, after, options),
        }
    }
    if !options.ignore_deletions {
        for key in original.keys().filter(|key| !modified.contains_key(*key)) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    if retain_keys && (!patch.is_empty() || original.keys().any(|key| !modified.contains_key(key)))
    {
        let mut kept: Vec<&String> = modified
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, _)| key)
            .collect();
        kept.sort();
        if !kept.is_empty() {
            patch.insert(
                RETAIN_KEYS.to_owned(),
                kept.into_iter()
                    .map(|key| Value::from(key.as_str()))
                    .collect(),
            );
        }
    }
    Ok(patch)
}

fn replace_if_changed(
    patch: &mut Object,
    key: &str,
    before: &Value,
    after: &Value,
    options: Options,
) {
    if !options.ignore_additions && before != after {
        patch.insert(key.to_owned(), after.clone());
    }
}

fn map_field(
    patch: &mut Object,
    key: &str,
    before: &Object,
    after: &Object,
    place: Place<'_>,
    options: Options,
) -> Result<(), StrategicPatchError> {
    if place.replace {
        if !options.ignore_additions && before != after {
            patch.insert(key.to_owned(), Value::Object(after.clone()));
        }
        return Ok(());
    }
    let change = maps(before, after, place.schema, place.retain_keys, options)?;
    if !change.is_empty() {
        patch.insert(key.to_owned(), Value::Object(change));
    }
    Ok(())
}

fn list_field(patch: &mut Object, key: &str, diff: ListDiff) {
    for (prefix, list) in [
        ("", diff.changes),
        (DELETE_FROM_PRIMITIVE_LIST, diff.deletions),
        (SET_ELEMENT_ORDER, diff.order),
    ] {
        if !list.is_empty() {
            patch.insert(format!("{prefix}{key}"), Value::Array(list));
        }
    }
}

fn lists(
    original: &[Value],
    modified: &[Value],
    place: Place<'_>,
    options: Options,
) -> Result<ListDiff, StrategicPatchError> {
    if original.is_empty() {
        let changes = if options.ignore_additions {
            Vec::new()
        } else {
            modified.to_vec()
        };
        return Ok(ListDiff {
            changes,
            ..ListDiff::default()
        });
    }
    match item_kind([original, modified])? {
        ItemKind::Scalar => Ok(lists_of_scalars(original, modified, options)),
        ItemKind::Map => lists_of_maps(original, modified, place, options),
    }
}

fn lists_of_scalars(original: &[Value], modified: &[Value], options: Options) -> ListDiff {
    let missing_from = |from: &[Value], list: &[Value]| {
        let mut missing: Vec<Value> = Vec::new();
        for item in list.iter().filter(|item| !from.contains(item)) {
            if !missing.contains(item) {
                missing.push(item.clone());
            }
        }
        missing
    };
    let changes = if options.ignore_additions {
        Vec::new()
    } else {
        missing_from(original, modified)
    };
    let mut deletions = if options.ignore_deletions {
        Vec::new()
    } else {
        missing_from(modified, original)
    };
    deletions.sort_by_key(Value::to_string);
    let reordered = !changes.is_empty() || !deletions.is_empty() || original != modified;
    let order = if reordered {
        modified.to_vec()
    } else {
        Vec::new()
    };
    ListDiff {
        changes,
        deletions,
        order,
    }
}

fn lists_of_maps(
    original: &[Value],
    modified: &[Value],
    place: Place<'_>,
    options: Options,
) -> Result<ListDiff, StrategicPatchError> {
    let key = place
        .merge_key
        .ok_or_else(|| StrategicPatchError::NoMergeKeyDeclared(place.name()))?;
    let find =
        |list: &[Value], wanted: &Value| list.iter().position(|item| item.get(key) == Some(wanted));
    let mut changes = Vec::new();
    for item in modified {
        let wanted = merge_value(item, key)?;
        let Some(before) = find(original, wanted).map(|at| &original[at]) else {
            if !options.ignore_additions {
                changes.push(item.clone());
            }
            continue;
        };
        let mut change = maps(
            object(before)?,
            object(item)?,
            place.items(),
            place.retain_keys,
            options,
        )?;
        if !change.is_empty() {
            change.insert(key.to_owned(), wanted.clone());
            changes.push(Value::Object(change));
        }
    }
    let mut changes = order::by(changes, modified, Some(key));
    if !options.ignore_deletions {
        changes.extend(deletions(original, modified, key)?);
    }
    let in_order = original.len() == modified.len()
        && original
            .iter()
            .zip(modified)
            .all(|(before, after)| before.get(key) == after.get(key));
    let order = if changes.is_empty() && in_order {
        Vec::new()
    } else {
        keys_of(modified, key)?
    };
    Ok(ListDiff {
        changes,
        deletions: Vec::new(),
        order,
    })
}

/// `{$patch: delete, KEY: …}` for each item that is gone, in the order of the keys.
fn deletions(
    original: &[Value],
    modified: &[Value],
    key: &str,
) -> Result<Vec<Value>, StrategicPatchError> {
    let mut gone = Vec::new();
    for item in original {
        let value = merge_value(item, key)?;
        if !modified.iter().any(|other| other.get(key) == Some(value)) {
            gone.push(value.clone());
        }
    }
    gone.sort_by_key(|value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    });
    let delete = |value| {
        Value::Object(Map::from_iter([
            (PATCH.to_owned(), "delete".into()),
            (key.to_owned(), value),
        ]))
    };
    Ok(gone.into_iter().map(delete).collect())
}

fn keys_of(list: &[Value], key: &str) -> Result<Vec<Value>, StrategicPatchError> {
    list.iter()
        .map(|item| {
            Ok(Value::Object(Map::from_iter([(
                key.to_owned(),
                merge_value(item, key)?.clone(),
            )])))
        })
        .collect()
}

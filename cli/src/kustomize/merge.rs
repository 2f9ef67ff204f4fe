//! Strategic merge as kustomize does it: lists of a merge key become one, the patch's items first; `$patch` deletes
//! or replaces. It differs from the API server's in order and tolerance, so it is not [`knarr_api::patch`].

use super::{
    error::{Error, Result},
    id::Gvk,
    schema::{Place, Schemas},
};
use knarr_api::yaml;
use serde_json::{Map, Value};

const DIRECTIVE: &str = "$patch";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

/// Merges `patch` into `object`. `None`: the patch deletes the object.
pub fn merge(object: Value, patch: &Value, schemas: &Schemas) -> Result<Option<Value>> {
    let place = schemas.of(&Gvk::of(&object));
    walk(Some(object), Some(patch.clone()), place)
}

/// The value that results, `None` where the field goes.
fn walk(
    into: Option<Value>,
    from: Option<Value>,
    place: Option<Place<'_>>,
) -> Result<Option<Value>> {
    let first = [&into, &from]
        .into_iter()
        .flatten()
        .find(|value| !value.is_null());
    match first {
        None | Some(Value::Object(_)) => {
            same_kind("MappingNode", &into, &from, Value::is_object)?;
            walk_map(into, from, place)
        }
        Some(Value::Array(_)) => {
            same_kind("SequenceNode", &into, &from, Value::is_array)?;
            match place.and_then(Place::merge_keys) {
                Some(keys) => walk_list(into, from, &keys, place.and_then(Place::items)),
                None => Ok(from.or(into).filter(|value| !value.is_null())),
            }
        }
        Some(_) => {
            same_kind("ScalarNode", &into, &from, |value| {
                !value.is_object() && !value.is_array()
            })?;
            Ok(from.or(into).filter(|value| !value.is_null()))
        }
    }
}

fn same_kind(
    wanted: &str,
    into: &Option<Value>,
    from: &Option<Value>,
    fits: impl Fn(&Value) -> bool,
) -> Result<()> {
    for value in [into, from].into_iter().flatten() {
        if !value.is_null() && !fits(value) {
            let found = match value {
                Value::Object(_) => "MappingNode",
                Value::Array(_) => "SequenceNode",
                _ => "ScalarNode",
            };
            return Err(Error::text(format!(
                "wrong node kind: expected {wanted} but got {found}: node contents:\n{}",
                yaml::to_string(value)
            )));
        }
    }
    Ok(())
}

fn walk_map(
    into: Option<Value>,
    mut from: Option<Value>,
    place: Option<Place<'_>>,
) -> Result<Option<Value>> {
    let directive = map_directive(from.as_mut())?;
    let (mut own, other) = match (into, from) {
        (None | Some(Value::Null), from) => {
            if directive == Directive::Delete {
                return Ok(None);
            }
            match from {
                // A null that was there before, and that the patch says nothing about, stays.
                None => return Ok(Some(Value::Null)),
                Some(Value::Object(map)) => (map.clone(), Some(map)),
                Some(_) => return Ok(None),
            }
        }
        (Some(_), Some(Value::Null)) => return Ok(None),
        (Some(Value::Object(own)), from) => match (directive, from) {
            (Directive::Delete, _) => return Ok(None),
            (Directive::Replace, Some(Value::Object(map))) => (map.clone(), Some(map)),
            (_, Some(Value::Object(map))) => (own, Some(map)),
            _ => (own, None),
        },
        (other, _) => return Ok(other),
    };
    let mut keys: Vec<String> = own.keys().cloned().collect();
    let added = other.iter().flat_map(Map::keys);
    keys.extend(added.filter(|key| !own.contains_key(*key)).cloned());
    let mut other = other.unwrap_or_default();
    for key in keys {
        let mine = own.get_mut(&key).map(Value::take);
        let theirs = other.get_mut(&key).map(Value::take);
        let child = place.and_then(|place| place.child(&key));
        match walk(mine, theirs, child)? {
            Some(value) => drop(own.insert(key, value)),
            None => drop(own.shift_remove(&key)),
        }
    }
    Ok(Some(Value::Object(own)))
}

/// Takes the `$patch` out of a map.
fn map_directive(value: Option<&mut Value>) -> Result<Directive> {
    let Some(Value::Object(map)) = value else {
        return Ok(Directive::Merge);
    };
    match map.shift_remove(DIRECTIVE) {
        None => Ok(Directive::Merge),
        Some(word) => directive(&word),
    }
}

fn directive(word: &Value) -> Result<Directive> {
    match word.as_str().unwrap_or_default() {
        "merge" => Ok(Directive::Merge),
        "replace" => Ok(Directive::Replace),
        "delete" => Ok(Directive::Delete),
        other => Err(Error::text(format!("unknown patch strategy '{other}'"))),
    }
}

/// Takes an item that is nothing but a `$patch` out of a list.
fn list_directive(items: Option<&mut Value>) -> Result<Directive> {
    let Some(Value::Array(items)) = items else {
        return Ok(Directive::Merge);
    };
    let found = items.iter().position(|item| item.get(DIRECTIVE).is_some());
    match found {
        Some(index) if items[index].as_object().is_some_and(|map| map.len() == 1) => {
            directive(&items.remove(index)[DIRECTIVE])
        }
        _ => Ok(Directive::Merge),
    }
}

fn walk_list(
    into: Option<Value>,
    mut from: Option<Value>,
    keys: &[String],
    items: Option<Place<'_>>,
) -> Result<Option<Value>> {
    let list = |value: Option<Value>| match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let (own, other) = match (into, &mut from) {
        (None | Some(Value::Null), Some(Value::Array(items))) => (items.clone(), list(from)),
        (None | Some(Value::Null), _) => return Ok(None),
        (Some(_), Some(Value::Null)) => return Ok(None),
        (own, _) => match list_directive(from.as_mut())? {
            Directive::Delete => return Ok(None),
            Directive::Replace => {
                let other = list(from);
                (other.clone(), other)
            }
            Directive::Merge => (list(own), list(from)),
        },
    };
    match keys {
        [] => Ok(Some(Value::Array(united(own, other)))),
        keys => keyed(own, &other, keys, items).map(|list| Some(Value::Array(list))),
    }
}

/// Lists of scalars: the patch's first, each once.
fn united(own: Vec<Value>, other: Vec<Value>) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for value in other.into_iter().chain(own) {
        if !all.contains(&value) {
            all.push(value);
        }
    }
    all
}

/// Lists of maps that `keys` tell apart: the patch's items first, then the others in their order. Where several keys
/// tell them apart, the items that were there keep their places behind those that are new.
fn keyed(
    mut own: Vec<Value>,
    other: &[Value],
    keys: &[String],
    items: Option<Place<'_>>,
) -> Result<Vec<Value>> {
    let mut merged: Vec<Value> = Vec::new();
    for identity in identities(other.iter().chain(&own), keys) {
        // What an item leaves out of its keys is not compared.
        let known = known(keys, &identity);
        let mine = own.iter().position(|item| matches(item, &known));
        let theirs = other.iter().find(|item| matches(item, &known));
        let value = walk(mine.map(|index| own[index].clone()), theirs.cloned(), items)?;
        let Some(value) =
            value.filter(|value| value.as_object().is_some_and(|map| !map.is_empty()))
        else {
            own.retain(|item| !matches(item, &known));
            continue;
        };
        if let Some(index) = mine {
            own[index] = value.clone();
        }
        if mine.is_none() || keys.len() == 1 {
            put(&mut merged, value, &known);
        }
    }
    for item in own {
        let identity = identity(&item, keys);
        match keys.len() {
            1 if !identity[0].is_empty() => put(&mut merged, item, &known(keys, &identity)),
            _ => merged.push(item),
        }
    }
    Ok(merged)
}

/// The different identities of items, in the order of their first appearance.
fn identities<'v>(items: impl Iterator<Item = &'v Value>, keys: &[String]) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    for item in items {
        let identity = identity(item, keys);
        if identity.iter().any(|value| !value.is_empty()) && !all.contains(&identity) {
            all.push(identity);
        }
    }
    all
}

/// The keys that have a value.
fn known<'k>(keys: &'k [String], identity: &'k [String]) -> Vec<(&'k str, &'k str)> {
    keys.iter()
        .map(String::as_str)
        .zip(identity.iter().map(String::as_str))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// The values of an item's keys, empty where it has none.
fn identity(item: &Value, keys: &[String]) -> Vec<String> {
    keys.iter().map(|key| scalar(item.get(key))).collect()
}

fn scalar(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn matches(item: &Value, known: &[(&str, &str)]) -> bool {
    !known.is_empty()
        && known
            .iter()
            .all(|(key, value)| scalar(item.get(key)) == *value)
}

/// Replaces the items that match, or adds one.
fn put(items: &mut Vec<Value>, value: Value, known: &[(&str, &str)]) {
    let mut found = false;
    for item in items.iter_mut().filter(|item| matches(item, known)) {
        item.clone_from(&value);
        found = true;
    }
    if !found {
        items.push(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deployment(spec: Value) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"},
               "spec": {"template": {"spec": spec}}})
    }

    fn check(object: Value, patch: Value, want: Value) {
        let merged = merge(deployment(object), &deployment(patch), &Schemas::default())
            .expect("the patch fits");
        assert_eq!(merged, Some(deployment(want)));
    }

    #[test]
    fn items_of_the_patch_come_first() {
        check(
            json!({"containers": [{"name": "a", "image": "x"}, {"name": "b"}]}),
            json!({"containers": [{"name": "b", "image": "y"}, {"name": "c"}]}),
            json!({"containers": [{"name": "b", "image": "y"}, {"name": "c"}, {"name": "a", "image": "x"}]}),
        );
    }

    #[test]
    fn directives_delete_and_replace() {
        check(
            json!({"containers": [{"name": "a"}, {"name": "b"}], "nodeSelector": {"x": "y"}}),
            json!({"containers": [{"name": "a", "$patch": "delete"}], "nodeSelector": {"$patch": "replace", "z": "w"}}),
            json!({"containers": [{"name": "b"}], "nodeSelector": {"z": "w"}}),
        );
        check(
            json!({"containers": [{"name": "a"}]}),
            json!({"containers": [{"$patch": "replace"}, {"name": "b"}]}),
            json!({"containers": [{"name": "b"}]}),
        );
    }

    #[test]
    fn a_null_takes_a_field_out() {
        check(
            json!({"a": 1, "b": {"c": null}}),
            json!({"a": null}),
            json!({"b": {"c": null}}),
        );
    }

    #[test]
    fn a_patch_of_another_kind_of_value_is_refused() {
        let error = merge(
            deployment(json!({"a": {}})),
            &deployment(json!({"a": "x"})),
            &Schemas::default(),
        )
        .expect_err("a map is no text");
        assert!(error.to_string().contains("wrong node kind"), "{error}");
    }
}

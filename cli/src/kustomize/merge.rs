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
    match patch[DIRECTIVE] == "replace" {
        // Of whole objects, as of items: see `walk_item`.
        true => Ok(Some(object)),
        false => walk(Some(object), Some(patch.clone()), place),
    }
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
        [key] => keyed(own, &other, key, items).map(|list| Some(Value::Array(list))),
        keys => keyed_by_several(own, &other, keys, items).map(|list| Some(Value::Array(list))),
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

/// What an item becomes; `None` where nothing is left of it.
fn walk_item(
    mine: Option<&Value>,
    theirs: Option<&Value>,
    items: Option<Place<'_>>,
) -> Result<Option<Value>> {
    // An item that is to be replaced stays as it was: so does the real one, in which the old item comes back when the
    // lists are put together.
    let replaces = theirs.is_some_and(|item| item[DIRECTIVE] == "replace");
    let value = match mine {
        Some(mine) if replaces => Some(mine.clone()),
        mine => walk(mine.cloned(), theirs.cloned(), items)?,
    };
    Ok(value.filter(|value| value.as_object().is_some_and(|map| !map.is_empty())))
}

/// Lists of maps that `key` tells apart: the patch's items first, then the others in their order.
fn keyed(
    mut own: Vec<Value>,
    other: &[Value],
    key: &str,
    items: Option<Place<'_>>,
) -> Result<Vec<Value>> {
    let keys = [key.to_owned()];
    let mut merged: Vec<Value> = Vec::new();
    for identity in identities(other.iter().chain(&own), &keys) {
        let place = |item: &Value| agrees(item, &keys, &identity);
        let mine = own.iter().position(place);
        let theirs = other.iter().find(|item| place(item));
        match walk_item(mine.map(|index| &own[index]), theirs, items)? {
            None => own.retain(|item| !place(item)),
            Some(value) => {
                if let Some(index) = mine {
                    own[index] = value.clone();
                }
                put(&mut merged, value, &keys, &identity);
            }
        }
    }
    for item in own {
        match identity(&item, &keys) {
            identity if identity[0].is_empty() => merged.push(item),
            identity => put(&mut merged, item, &keys, &identity),
        }
    }
    Ok(merged)
}

/// Lists of maps that several keys tell apart, such as ports. What lacks a key is taken for an item that has it when
/// the other keys agree, and may then be lost: kyaml does so (`setAssociativeSequenceElements`), and manifests were
/// written to what it does.
fn keyed_by_several(
    mut own: Vec<Value>,
    other: &[Value],
    keys: &[String],
    items: Option<Place<'_>>,
) -> Result<Vec<Value>> {
    let all = completed(identities(other.iter().chain(&own), keys));
    // Keys that no item has tell nothing.
    let is_used = |index: &usize| all.iter().any(|identity| !identity[*index].is_empty());
    let used: Vec<usize> = (0..keys.len()).filter(is_used).collect();
    let of_used = |values: &[String]| -> Vec<String> {
        used.iter().map(|index| values[*index].clone()).collect()
    };
    let keys = of_used(keys);
    let mut merged: Vec<Value> = Vec::new();
    let mut theirs = other.to_vec();
    for identity in &all {
        let identity = of_used(identity);
        let (known_keys, known): (Vec<String>, Vec<String>) = keys
            .iter()
            .cloned()
            .zip(identity.iter().cloned())
            .filter(|(_, value)| !value.is_empty())
            .unzip();
        let place = |item: &Value| agrees(item, &known_keys, &known);
        let mine = own.iter().position(place);
        let theirs = theirs.iter_mut().find(|item| place(item));
        let value = walk_item(mine.map(|index| &own[index]), theirs.as_deref(), items)?;
        // What the patch said of an item is said once.
        if let Some(Value::Object(map)) = theirs {
            map.shift_remove(DIRECTIVE);
        }
        match value {
            None => own.retain(|item| !agrees(item, &keys, &identity)),
            Some(value) => {
                if let Some(index) = mine {
                    own[index] = value.clone();
                }
                put(&mut merged, value, &keys, &identity);
            }
        }
    }
    for item in own {
        let known: Vec<String> = identity(&item, &keys)
            .into_iter()
            .filter(|value| !value.is_empty())
            .collect();
        merged.retain(|other| !agrees(other, &keys, &known));
        merged.push(item);
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

/// Identities that differ only where one has no value become the same.
fn completed(mut all: Vec<Vec<String>>) -> Vec<Vec<String>> {
    for left in 0..all.len() {
        for right in 0..all.len() {
            if let Some(whole) = union(&all[left], &all[right]) {
                all[left].clone_from(&whole);
                all[right] = whole;
            }
        }
    }
    all
}

/// The values of either identity, if they have one in common and none that differ.
fn union(left: &[String], right: &[String]) -> Option<Vec<String>> {
    let pairs = || left.iter().zip(right);
    let fits = pairs().all(|(left, right)| left == right || left.is_empty() || right.is_empty());
    let related = pairs().any(|(left, right)| left == right);
    let larger = |(left, right): (&String, &String)| match left.is_empty() {
        true => right.clone(),
        false => left.clone(),
    };
    (fits && related).then(|| pairs().map(larger).collect())
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

/// Whether an item has the first keys with these values; an empty one stands for any. Keys without a value are not
/// compared.
fn agrees(item: &Value, keys: &[String], values: &[String]) -> bool {
    let mut pairs = keys.iter().zip(values);
    item.is_object()
        && pairs.all(|(key, value)| {
            item.get(key)
                .is_some_and(|found| value.is_empty() || scalar(Some(found)) == *value)
        })
}

/// Replaces the items that agree, or adds one.
fn put(items: &mut Vec<Value>, value: Value, keys: &[String], identity: &[String]) {
    let mut found = false;
    for item in items.iter_mut().filter(|item| agrees(item, keys, identity)) {
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
    fn items_that_are_to_be_replaced_stay() {
        check(
            json!({"volumes": [{"name": "a", "emptyDir": {}}]}),
            json!({"volumes": [{"name": "a", "$patch": "replace", "hostPath": {"path": "/"}}]}),
            json!({"volumes": [{"name": "a", "emptyDir": {}}]}),
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

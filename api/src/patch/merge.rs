//! JSON merge patch (RFC 7386): applying one, and making one from two or three states of an object.

use serde_json::{Map, Value};

/// Applies a merge patch: objects are merged, null removes, everything else replaces.
pub fn merge_patch(document: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *document = patch.clone();
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    let Value::Object(document) = document else {
        return;
    };
    for (key, change) in patch {
        if change.is_null() {
            document.shift_remove(key);
        } else {
            merge_patch(document.entry(key.as_str()).or_insert(Value::Null), change);
        }
    }
}

/// The merge patch that turns `original` into `modified`; `None` if they are equal.
pub fn create_merge_patch(original: &Value, modified: &Value) -> Option<Value> {
    let (Value::Object(original), Value::Object(modified)) = (original, modified) else {
        return (original != modified).then(|| modified.clone());
    };
    let mut patch = Map::new();
    for (key, value) in modified {
        match original.get(key) {
            None => drop(patch.insert(key.clone(), value.clone())),
            Some(before) => {
                if let Some(change) = create_merge_patch(before, value) {
                    patch.insert(key.clone(), change);
                }
            }
        }
    }
    for key in original.keys().filter(|key| !modified.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    (!patch.is_empty()).then_some(Value::Object(patch))
}

/// The merge patch of `kubectl apply` for kinds without a known schema: what `modified` has and `current`
/// has not is set, what `original` had and `modified` has not is removed, the rest of `current` stays.
pub fn create_three_way_json_merge(original: &Value, modified: &Value, current: &Value) -> Value {
    let mut patch = create_merge_patch(current, modified).unwrap_or(Value::Object(Map::new()));
    keep_deletions(&mut patch, false);
    let mut deletions = create_merge_patch(original, modified).unwrap_or(Value::Object(Map::new()));
    keep_deletions(&mut deletions, true);
    overlay(&mut patch, &deletions);
    patch
}

/// Keeps only the nulls of a patch, or drops them all; objects that become empty go too.
fn keep_deletions(patch: &mut Value, keep: bool) {
    let Value::Object(map) = patch else { return };
    map.retain(|_, value| match value {
        Value::Null => keep,
        Value::Object(_) => {
            let was_empty = value.as_object().is_some_and(Map::is_empty);
            keep_deletions(value, keep);
            if was_empty {
                !keep
            } else {
                value.as_object().is_some_and(|map| !map.is_empty())
            }
        }
        _ => !keep,
    });
}

/// Lays one patch over another; unlike [`merge_patch`] nulls are kept.
fn overlay(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                match base.get_mut(key) {
                    Some(slot) => overlay(slot, value),
                    None => drop(base.insert(key.clone(), value.clone())),
                }
            }
        }
        (base, over) => *base = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The cases of RFC 7386, appendix A.
    #[test]
    fn rfc_7386() {
        for (document, patch, want) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (
                json!({"a":"b","b":"c"}),
                json!({"a":null}),
                json!({"b":"c"}),
            ),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (
                json!({"a":{"b":"c"}}),
                json!({"a":{"b":"d","c":null}}),
                json!({"a":{"b":"d"}}),
            ),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), json!(null), json!(null)),
            (json!({"a":"foo"}), json!("bar"), json!("bar")),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (
                json!({}),
                json!({"a":{"bb":{"ccc":null}}}),
                json!({"a":{"bb":{}}}),
            ),
        ] {
            let mut got = document.clone();
            merge_patch(&mut got, &patch);
            assert_eq!(got, want, "{document} + {patch}");
        }
    }

    #[test]
    fn a_made_patch_leads_to_the_target() {
        let states = [
            json!({}),
            json!({"a": 1, "b": {"c": [1, 2], "d": "x"}}),
            json!({"b": {"c": [1], "d": "x", "e": {}}}),
            json!({"a": {"x": 1}, "b": 2}),
        ];
        for from in &states {
            for to in &states {
                let mut got = from.clone();
                if let Some(patch) = create_merge_patch(from, to) {
                    merge_patch(&mut got, &patch);
                }
                assert_eq!(&got, to);
            }
        }
    }

    #[test]
    fn three_ways_keep_what_others_set() {
        let original = json!({"spec": {"a": 1, "gone": true, "list": [1]}});
        let modified = json!({"spec": {"a": 2, "list": [1, 2]}});
        let current =
            json!({"spec": {"a": 1, "gone": true, "list": [1], "theirs": "x"}, "status": {}});
        let patch = create_three_way_json_merge(&original, &modified, &current);
        assert_eq!(
            patch,
            json!({"spec": {"a": 2, "list": [1, 2], "gone": null}})
        );
        let same = create_three_way_json_merge(
            &modified,
            &modified,
            &json!({"spec": {"a": 2, "list": [1, 2], "b": 1}}),
        );
        assert_eq!(same, json!({}));
    }
}

//! What stands for the values of secrets: that they differ can be seen, and nothing else.

use serde_json::{Map, Value};

const MASK: &str = "***";
const BEFORE: &str = "*** (before)";
const AFTER: &str = "*** (after)";

/// Masks the values of both versions of a secret.
pub fn put(from: Option<&mut Value>, to: &mut Value) {
    let mut nothing = Map::new();
    let mut no_data = Map::new();
    let from = from
        .and_then(|from| from.get_mut("data"))
        .and_then(Value::as_object_mut)
        .unwrap_or(&mut nothing);
    let to = to
        .get_mut("data")
        .and_then(Value::as_object_mut)
        .unwrap_or(&mut no_data);
    for (key, before) in from.iter_mut() {
        let after = to.get_mut(key);
        let differs = after.as_ref().is_some_and(|after| **after != *before);
        let (masked_before, masked_after) = match differs {
            true => (BEFORE, AFTER),
            false => (MASK, MASK),
        };
        *before = masked_before.into();
        if let Some(after) = after {
            *after = masked_after.into();
        }
    }
    to.iter_mut()
        .filter(|(key, _)| !from.contains_key(*key))
        .for_each(|(_, value)| *value = MASK.into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_shows_and_a_value_does_not() {
        let mut from = json!({"data": {"same": "a", "other": "b", "gone": "c"}});
        let mut to = json!({"data": {"same": "a", "other": "x", "new": "y"}});
        put(Some(&mut from), &mut to);
        assert_eq!(
            from["data"],
            json!({"same": "***", "other": "*** (before)", "gone": "***"})
        );
        assert_eq!(
            to["data"],
            json!({"same": "***", "other": "*** (after)", "new": "***"})
        );
        let mut created = json!({"data": {"a": "b"}});
        put(None, &mut created);
        assert_eq!(created["data"]["a"], "***");
        let mut without = json!({"kind": "Secret"});
        put(None, &mut without);
        assert_eq!(without, json!({"kind": "Secret"}));
    }
}

//! `--sort-by`, and the relaxed form of JSONPath that it takes.

use crate::error::{Error, Result};
use knarr_api::{
    jsonpath::{self, Template},
    quantity::Quantity,
    quote::quote,
};
use serde_json::Value;
use std::cmp::Ordering;

/// `x.y`, `.x.y`, `{x.y}` and `{.x.y}` all mean `{.x.y}`.
pub fn relaxed_path(path: &str) -> Result<String> {
    jsonpath::relaxed(path).map_err(|error| Error::message(format!("{error}, got {path}")))
}

/// Sorts `values` by what `path` finds in the object that `object_of` gives for each.
pub fn sort_values(
    values: &mut [Value],
    path: &str,
    object_of: impl Fn(&Value) -> &Value,
) -> Result<()> {
    if values.len() < 2 {
        return Ok(());
    }
    let template =
        Template::parse(&relaxed_path(path)?).map_err(|error| Error::message(error.to_string()))?;
    let key = |value: &Value| {
        template
            .find(object_of(value))
            .unwrap_or_default()
            .first()
            .map(|found| (*found).clone())
    };
    let keys: Vec<Option<Value>> = values.iter().map(key).collect();
    if !values.is_empty() && keys.iter().all(Option::is_none) {
        return Err(no_such_field(path));
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(
        |left, right| match (keys[*left].as_ref(), keys[*right].as_ref()) {
            // Whatever has no such field goes before all others, so that the last of those is first.
            (None, None) => right.cmp(left),
            (left, right) => compare(left, right),
        },
    );
    let sorted: Vec<Value> = order
        .into_iter()
        .map(|index| values[index].take())
        .collect();
    values
        .iter_mut()
        .zip(sorted)
        .for_each(|(place, value)| *place = value);
    Ok(())
}

/// The refusal of a path that no object has.
pub fn no_such_field(path: &str) -> Error {
    match relaxed_path(path) {
        Ok(path) => Error::message(format!(
            "couldn't find any field with path {} in the list of objects",
            quote(&path)
        )),
        Err(error) => error,
    }
}

fn compare(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    match (left, right) {
        (None, _) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(Value::Number(left)), Some(Value::Number(right))) => left
            .as_f64()
            .partial_cmp(&right.as_f64())
            .unwrap_or(Ordering::Equal),
        (Some(left), Some(right)) => {
            let (left, right) = (value_text(left), value_text(right));
            let has_unit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
            match (
                has_unit(&left) && has_unit(&right),
                Quantity::parse(&left),
                Quantity::parse(&right),
            ) {
                (true, Ok(left), Ok(right)) => left.cmp(&right),
                _ => left.cmp(&right),
            }
        }
    }
}

/// A found value as text: strings bare, everything else as Go's `%v` prints it.
pub fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(value_text).collect::<Vec<_>>().join(" ")
        ),
        Value::Object(map) => {
            let mut pairs: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}:{}", value_text(value)))
                .collect();
            pairs.sort();
            format!("map[{}]", pairs.join(" "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn all_forms_of_a_path_mean_the_same() {
        for path in ["a.b", ".a.b", "{a.b}", "{.a.b}"] {
            assert_eq!(relaxed_path(path).expect(path), "{.a.b}");
        }
        assert!(relaxed_path("{a").is_err());
    }

    #[test]
    fn texts_sort_by_letter_quantities_by_amount_and_what_is_missing_comes_first() {
        let mut values = vec![json!({"n": "web-2"}), json!({"n": "web-10"}), json!({})];
        sort_values(&mut values, ".n", |value| value).expect("the field exists");
        assert_eq!(
            values,
            [json!({}), json!({"n": "web-10"}), json!({"n": "web-2"})]
        );
        let mut values = vec![json!({"n": "1Gi"}), json!({"n": "900Mi"})];
        sort_values(&mut values, ".n", |value| value).expect("the field exists");
        assert_eq!(values, [json!({"n": "900Mi"}), json!({"n": "1Gi"})]);
        assert!(sort_values(&mut values, ".x", |value| value).is_err());
        let mut values = vec![json!({"a": 1}), json!({"n": 1, "a": 2}), json!({"a": 3})];
        sort_values(&mut values, ".n", |value| value).expect("the field exists");
        let order: Vec<i64> = values
            .iter()
            .filter_map(|value| value["a"].as_i64())
            .collect();
        assert_eq!(order, [3, 1, 2]);
        let mut one = vec![json!({})];
        sort_values(&mut one, "{.x", |value| value).expect("one object is in order");
    }
}

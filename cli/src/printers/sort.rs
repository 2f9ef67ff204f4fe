//! `--sort-by`, and the relaxed form of JSONPath that it takes.

use crate::{
    client::log_line_of,
    error::{Error, Result},
};
use knarr_api::{
    jsonpath::{self, Template},
    quantity::Quantity,
    quote::quote,
};
use serde_json::Value;
use std::cmp::Ordering;

/// `x.y`, `.x.y`, `{x.y}` and `{.x.y}` all mean `{.x.y}`.
pub fn relaxed_path(path: &str) -> Result<String> {
    jsonpath::relaxed(path).map_err(|error| Error::message(error.to_string()))
}

/// What is sorted.
#[derive(Clone, Copy)]
pub enum Sorted {
    Objects,
    /// The rows of a table, each with its object.
    Rows,
}

impl Sorted {
    fn object_of(self, value: &Value) -> &Value {
        match self {
            Sorted::Objects => value,
            Sorted::Rows => &value["object"],
        }
    }

    /// The end of a program that meets something without an order, as klog writes it.
    fn without_order(self, path: &str, value: &Value) -> Error {
        let (place, objects) = match self {
            Sorted::Objects => ("sorter.go:329", "*unstructured.Unstructured"),
            Sorted::Rows => ("sorter.go:375", "[][][]reflect.Value"),
        };
        let kind = match value {
            Value::Bool(_) => "bool",
            Value::Array(_) => "[]interface {}",
            _ => "map[string]interface {}",
        };
        let text = format!(
            "Field {path} in {objects} is an unsortable type: interface, err: unsortable type: {kind}"
        );
        log_line_of('F', place, &text);
        Error::Exit(1)
    }
}

/// Sorts `values` by what `path` finds in the object of each. Whether it finds anything.
pub fn sort_values(values: &mut [Value], path: &str, sorted: Sorted) -> Result<bool> {
    let nothing_to_do = match sorted {
        Sorted::Objects => values.is_empty(),
        // A single row is not even looked at.
        Sorted::Rows => values.len() < 2,
    };
    if nothing_to_do {
        return Ok(true);
    }
    let path = relaxed_path(path)?;
    let template = Template::parse(&path).map_err(|error| Error::message(error.to_string()))?;
    let key = |value: &Value| {
        template
            .find(sorted.object_of(value))
            .unwrap_or_default()
            .first()
            .map(|found| (*found).clone())
    };
    let keys: Vec<Option<Value>> = values.iter().map(key).collect();
    let found = keys.iter().flatten().filter(|key| !key.is_null());
    if keys.iter().all(Option::is_none) {
        return Ok(false);
    }
    let has_no_order =
        |key: &&Value| matches!(key, Value::Bool(_) | Value::Array(_) | Value::Object(_));
    // A single one is compared with nothing.
    if let Some(key) = found.filter(has_no_order).nth(1) {
        return Err(sorted.without_order(&path, key));
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(
        |left, right| match (keys[*left].as_ref(), keys[*right].as_ref()) {
            // Whatever has no such field goes before all others, so that the last of those is first.
            (None, None) => right.cmp(left),
            (left, right) => compare(left, right),
        },
    );
    let in_order: Vec<Value> = order
        .into_iter()
        .map(|index| values[index].take())
        .collect();
    values
        .iter_mut()
        .zip(in_order)
        .for_each(|(place, value)| *place = value);
    Ok(true)
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
        sort_values(&mut values, ".n", Sorted::Objects).expect("the field exists");
        assert_eq!(
            values,
            [json!({}), json!({"n": "web-10"}), json!({"n": "web-2"})]
        );
        let mut values = vec![json!({"n": "1Gi"}), json!({"n": "900Mi"})];
        sort_values(&mut values, ".n", Sorted::Objects).expect("the field exists");
        assert_eq!(values, [json!({"n": "900Mi"}), json!({"n": "1Gi"})]);
        assert!(!sort_values(&mut values, ".x", Sorted::Objects).expect("the path is one"));
        let mut values = vec![json!({"a": 1}), json!({"n": 1, "a": 2}), json!({"a": 3})];
        sort_values(&mut values, ".n", Sorted::Objects).expect("the field exists");
        let order: Vec<i64> = values
            .iter()
            .filter_map(|value| value["a"].as_i64())
            .collect();
        assert_eq!(order, [3, 1, 2]);
        let mut flags = vec![json!({"n": true}), json!({"n": false})];
        let refused = sort_values(&mut flags, ".n", Sorted::Objects);
        assert_eq!(refused.expect_err("flags have no order").report().1, 1);
        let mut one = vec![json!({"n": true})];
        sort_values(&mut one, ".n", Sorted::Objects).expect("one object is in order");
        assert!(!sort_values(&mut one, ".x", Sorted::Objects).expect("the path is one"));
        sort_values(&mut one, "{.x", Sorted::Objects).expect_err("the path is none");
        sort_values(&mut one, "{.x", Sorted::Rows).expect("nobody looks at it");
    }
}

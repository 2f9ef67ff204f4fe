//! Dotted paths into objects, such as `spec.containers.[name=web].image`.

use super::{
    error::{Error, Result},
    fieldspec::split_escaped,
};
use crate::regexp;
use knarr_api::yaml::Step;
use serde_json::{Map, Value};

/// A place that a path means.
#[derive(Clone, Debug)]
pub struct Found {
    pub steps: Vec<Step>,
    /// It was made just now.
    pub created: bool,
}

/// Splits at dots, but not at escaped ones and not within brackets. Brackets that hold a name with dots are no more than
/// that; those without a dot stay.
pub fn split_dotted(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut open = false;
    for part in split_escaped(path, '.') {
        match parts.last_mut().filter(|_| open) {
            Some(last) => {
                last.push('.');
                last.push_str(&part);
                open = !part.ends_with(']');
                if !open && !last.contains('=') {
                    *last = last.trim_matches(['[', ']']).to_owned();
                }
            }
            None => {
                open = part.starts_with('[') && !part.ends_with(']');
                parts.push(part);
            }
        }
    }
    parts
}

/// `[key=value]`; the key of `[=value]` is empty.
fn element(part: &str) -> Option<(&str, &str)> {
    part.strip_prefix('[')?.strip_suffix(']')?.split_once('=')
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The one value at a path. `None`: there is none.
pub fn lookup<'v>(value: &'v Value, path: &[String]) -> Result<Option<&'v Value>> {
    let mut value = value;
    for part in path {
        if part == "*" {
            return Err(Error::text("wildcard is not supported in PathGetter"));
        }
        let next = match (value, element(part)) {
            (Value::Array(items), Some(("", wanted))) => {
                items.iter().find(|item| text(item) == wanted)
            }
            (Value::Array(items), Some((key, wanted))) => items
                .iter()
                .find(|item| item.get(key).is_some_and(|value| text(value) == wanted)),
            (Value::Array(items), None) if part == "-" => items.last(),
            (Value::Array(items), None) => match part.parse::<usize>() {
                Ok(index) => items.get(index),
                Err(_) => return Err(wrong_kind("MappingNode", value)),
            },
            (Value::Object(map), _) => map.get(part),
            (Value::Null, _) => None,
            _ => return Err(wrong_kind("MappingNode", value)),
        };
        match next {
            Some(next) => value = next,
            None => return Ok(None),
        }
    }
    Ok(Some(value))
}

/// What is said of a value of another kind than a path needs.
pub fn wrong_kind(wanted: &str, value: &Value) -> Error {
    let found = match value {
        Value::Object(_) => "MappingNode",
        Value::Array(_) => "SequenceNode",
        _ => "ScalarNode",
    };
    Error::text(format!(
        "wrong node kind: expected {wanted} but got {found}: node contents:\n{}",
        knarr_api::yaml::to_string(value)
    ))
}

/// All places that a path means. With `create`, what is missing is made, at its end of the same kind as the given value.
pub fn find(value: &mut Value, path: &[String], create: Option<&Value>) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    visit(value, path, create, &mut Vec::new(), false, &mut found)?;
    Ok(found)
}

fn visit(
    value: &mut Value,
    path: &[String],
    create: Option<&Value>,
    steps: &mut Vec<Step>,
    created: bool,
    found: &mut Vec<Found>,
) -> Result<()> {
    let Some((part, rest)) = path.split_first() else {
        found.push(Found {
            steps: steps.clone(),
            created,
        });
        return Ok(());
    };
    if value.is_null() && create.is_some() {
        *value = match part.starts_with('[') || part.parse::<usize>().is_ok() || part == "-" {
            true => Value::Array(Vec::new()),
            false => Value::Object(Map::new()),
        };
    }
    match value {
        Value::Array(items) => {
            let (indices, made) = items_of(items, part, create.is_some())?;
            for index in indices {
                steps.push(Step::Index(index));
                visit(&mut items[index], rest, create, steps, made, found)?;
                steps.pop();
            }
            Ok(())
        }
        Value::Object(map) if part == "*" => {
            for (key, value) in map.iter_mut() {
                steps.push(Step::Key(key.clone()));
                visit(value, rest, create, steps, false, found)?;
                steps.pop();
            }
            Ok(())
        }
        Value::Object(map) => {
            let made = !map.contains_key(part);
            if made {
                let Some(like) = create else {
                    return Ok(());
                };
                map.insert(part.clone(), blank(rest, like));
            }
            steps.push(Step::Key(part.clone()));
            if let Some(value) = map.get_mut(part) {
                visit(value, rest, create, steps, made, found)?;
            }
            steps.pop();
            Ok(())
        }
        Value::Null => Ok(()),
        other => Err(wrong_kind("MappingNode", other)),
    }
}

/// What a new field holds before its parts are made.
fn blank(rest: &[String], like: &Value) -> Value {
    match (rest.first(), like) {
        (Some(_), _) => Value::Null,
        (None, Value::Object(_)) => Value::Object(Map::new()),
        (None, Value::Array(_)) => Value::Array(Vec::new()),
        (None, _) => Value::String(String::new()),
    }
}

/// The places of the items that a part of a path means, and whether they were made.
fn items_of(items: &mut Vec<Value>, part: &str, create: bool) -> Result<(Vec<usize>, bool)> {
    if part == "*" {
        return Ok(((0..items.len()).collect(), false));
    }
    if part == "-" {
        items.push(Value::Null);
        return Ok((vec![items.len() - 1], true));
    }
    if let Ok(index) = part.parse::<usize>() {
        if index < items.len() {
            return Ok((vec![index], false));
        }
        if create && index == items.len() {
            items.push(Value::Null);
            return Ok((vec![index], true));
        }
        return Err(Error::text(format!(
            "index {index} specified but only {} elements found",
            items.len()
        )));
    }
    let Some((key, wanted)) = element(part) else {
        return Err(wrong_kind("MappingNode", &Value::Array(items.clone())));
    };
    let pattern = regexp::compile(wanted).map_err(Error::text)?;
    let fits = |item: &Value| match key {
        "" => pattern.is_match(&text(item)),
        key => item
            .get(key)
            .is_some_and(|value| pattern.is_match(&text(value))),
    };
    let found: Vec<usize> = (0..items.len())
        .filter(|index| fits(&items[*index]))
        .collect();
    if !found.is_empty() || !create {
        return Ok((found, false));
    }
    items.push(match key {
        "" => Value::from(wanted),
        key => Value::Object(Map::from_iter([(key.to_owned(), Value::from(wanted))])),
    });
    Ok((vec![items.len() - 1], true))
}

/// The value at a place.
pub fn at<'v>(value: &'v mut Value, steps: &[Step]) -> Option<&'v mut Value> {
    let mut value = value;
    for step in steps {
        value = match step {
            Step::Key(key) => value.get_mut(key)?,
            Step::Index(index) => value.get_mut(index)?,
        };
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn brackets_and_escapes_hold_dots_together() {
        assert_eq!(split_dotted("a.[b=c.d].e"), ["a", "[b=c.d]", "e"]);
        assert_eq!(split_dotted("a.[b.c/d].e"), ["a", "b.c/d", "e"]);
        assert_eq!(split_dotted(r"a.b\.c"), ["a", "b.c"]);
    }

    #[test]
    fn items_are_found_by_pattern_index_or_all() {
        let mut value = json!({"a": [{"n": "x1", "v": 1}, {"n": "x2", "v": 2}, {"n": "y"}]});
        let count = |value: &mut Value, path: &str| {
            find(value, &split_dotted(path), None).map(|found| found.len())
        };
        assert_eq!(count(&mut value, "a.[n=x].v"), Ok(2));
        assert_eq!(count(&mut value, "a.*.v"), Ok(2));
        assert_eq!(count(&mut value, "a.1.v"), Ok(1));
        assert!(count(&mut value, "a.7.v").is_err());
        assert_eq!(count(&mut value, "b.c"), Ok(0));
    }

    #[test]
    fn what_is_missing_is_made() {
        let mut value = json!({});
        let found = find(&mut value, &split_dotted("a.[n=x].v"), Some(&json!("1")))
            .expect("the path can be made");
        assert!(found[0].created);
        assert_eq!(value, json!({"a": [{"n": "x", "v": ""}]}));
    }
}

//! Replacements inside of text that is itself JSON or YAML, such as a file in a ConfigMap.

use super::scalar_text;
use crate::{
    kustomize::fields::{self, Found},
    printers::{pretty_by_two, sorted},
};
use knarr_api::{
    json::type_name,
    quote::go_json,
    yaml::{self, Step},
};
use serde_json::Value;

/// Writes a value to the places that a path means, if the path leads into text that holds JSON or YAML. Whether it did.
pub fn set(object: &mut Value, path: &[String], value: &Value, create: bool) -> bool {
    for length in 1..path.len() {
        let (outer, inner) = path.split_at(length);
        let Ok(Some(Value::String(text))) = fields::lookup(object, outer) else {
            continue;
        };
        let Some(before) = read(text) else {
            continue;
        };
        let mut data = before.clone();
        let places = match fields::find(&mut data, inner, create.then_some(value)) {
            Ok(places) if !places.is_empty() => places,
            _ => return false,
        };
        let changed = match text.trim_start().starts_with(['{', '[']) {
            true => json(data, &places, text, value),
            false => Some(lines(&before, data, &places, text, value)),
        };
        let Ok(found) = fields::find(object, outer, None) else {
            return false;
        };
        if let (Some(text), Some(place)) = (changed, found.first())
            && let Some(field) = fields::at(object, &place.steps)
        {
            *field = Value::from(text);
        }
        return true;
    }
    false
}

/// What a text holds; `None` for one that is empty or nothing that has fields.
fn read(text: &str) -> Option<Value> {
    let documents = yaml::kustomize_documents(text).ok()?;
    documents.into_iter().next()
}

/// The value that a field gets; `None` where its text would not fit the field's type.
fn fitting(field: &Value, created: bool, value: &Value) -> Option<Value> {
    if field.is_object() || field.is_array() {
        return Some(value.clone());
    }
    let Some(text) = scalar_text(value) else {
        return Some(match created {
            true => value.clone(),
            false => Value::from(""),
        });
    };
    let read = yaml::kustomize_scalar(&text);
    match field {
        Value::String(_) if !created => Some(Value::from(text)),
        _ if created => Some(read),
        old => (type_name(old) == type_name(&read)).then_some(read),
    }
}

/// The JSON text: on several lines if it was. `None`: the value does not fit, and everything stays.
fn json(mut data: Value, places: &[Found], text: &str, value: &Value) -> Option<String> {
    for place in places {
        let field = fields::at(&mut data, &place.steps)?;
        *field = fitting(field, place.created, value)?;
    }
    Some(match text.contains('\n') && text.contains("  ") {
        true => pretty_by_two(&sorted(&data)),
        false => go_json(&data),
    })
}

/// The YAML text: what is not meant stays as it stands. Where the reader can't tell what to change, all is written anew.
fn lines(before: &Value, mut data: Value, places: &[Found], text: &str, value: &Value) -> String {
    let mut edited = Some(text.to_owned());
    for place in places {
        let Some(field) = fields::at(&mut data, &place.steps) else {
            continue;
        };
        let is_scalar = !field.is_object() && !field.is_array();
        let new = fitting(field, place.created, value);
        edited = edited.and_then(|text| match (place.created, is_scalar) {
            (false, true) => {
                let new = scalar_text(value).unwrap_or_default();
                yaml::with_scalar(&text, &place.steps, &new)
            }
            _ => None,
        });
        if let Some(new) = new {
            *field = new;
        }
    }
    let edited = edited.or_else(|| match places {
        [place] if place.created => added(before, &mut data, &place.steps, text),
        _ => None,
    });
    let text = edited.unwrap_or_else(|| yaml::to_string(&data));
    text.trim().to_owned()
}

/// The text with a field that was made in what was there.
fn added(before: &Value, data: &mut Value, steps: &[Step], text: &str) -> Option<String> {
    let mut at = before;
    let mut depth = 0;
    for step in steps {
        let next = match step {
            Step::Key(key) => at.get(key),
            Step::Index(index) => at.get(index),
        };
        let Some(next) = next else { break };
        at = next;
        depth += 1;
    }
    let (above, made) = steps.split_at(depth);
    let Step::Key(key) = made.first()? else {
        return None;
    };
    let value = fields::at(data, &steps[..=depth])?;
    yaml::with_field(text, above, key, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn changed(text: &str, path: &str, value: &str, create: bool) -> Option<String> {
        let mut object = json!({ "data": { "file": text } });
        let path = fields::split_dotted(&format!("data.file.{path}"));
        let done = set(&mut object, &path, &json!(value), create);
        done.then(|| {
            object["data"]["file"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
    }

    #[test]
    fn text_within_text_is_changed_in_its_own_form() {
        for (text, path, want) in [
            (r#"{"b":1,"a":"x"}"#, "a", Some(r#"{"a":"5","b":1}"#)),
            (r#"{"b":1,"a":"x"}"#, "b", Some(r#"{"a":"x","b":5}"#)),
            ("a: x # why\nb: 1\n", "a", Some("a: \"5\" # why\nb: 1")),
            ("plain", "a", None),
        ] {
            assert_eq!(changed(text, path, "5", false).as_deref(), want, "{text}");
        }
        assert_eq!(
            changed(r#"{"b":1}"#, "b", "word", false).as_deref(),
            Some(r#"{"b":1}"#)
        );
        assert_eq!(
            changed(r#"{"b":1}"#, "c.d", "word", true).as_deref(),
            Some(r#"{"b":1,"c":{"d":"word"}}"#)
        );
    }
}

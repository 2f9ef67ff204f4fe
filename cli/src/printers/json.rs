//! JSON as Go's `json.MarshalIndent` prints it: four blanks, and `<`, `>`, `&` escaped.

use serde::Serialize;
use serde_json::{Value, ser::PrettyFormatter};

/// The object with the fields of every map in alphabetical order, as a Go map is printed.
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Value::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| (key.clone(), sorted(value)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// The text of a value, its fields in the order they have.
pub fn pretty(value: &Value) -> String {
    indented(value, b"    ")
}

/// As [`pretty`], with two blanks.
pub fn pretty_by_two(value: &Value) -> String {
    indented(value, b"  ")
}

fn indented(value: &Value, indent: &[u8]) -> String {
    let mut bytes = Vec::new();
    let mut serializer =
        serde_json::Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(indent));
    // Writing a value into memory can't fail; an empty text would show at once.
    let _ = value.serialize(&mut serializer);
    escape_html(&String::from_utf8_lossy(&bytes))
}

/// Go escapes what a browser could take for markup. Outside of strings none of these characters occurs.
fn escape_html(text: &str) -> String {
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn markup_is_escaped_and_the_indent_is_four() {
        assert_eq!(
            pretty(&json!({"a": "<&>", "b": [1]})),
            "{\n    \"a\": \"\\u003c\\u0026\\u003e\",\n    \"b\": [\n        1\n    ]\n}"
        );
        assert_eq!(
            pretty(&json!({"a": {}, "b": []})),
            "{\n    \"a\": {},\n    \"b\": []\n}"
        );
    }

    #[test]
    fn fields_can_be_sorted() {
        assert_eq!(
            sorted(&json!({"b": {"d": 1, "c": 2}, "a": 0})).to_string(),
            r#"{"a":0,"b":{"c":2,"d":1}}"#
        );
    }
}

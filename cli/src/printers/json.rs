//! JSON as Go's `json.MarshalIndent` prints it: four blanks, and `<`, `>`, `&` escaped.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, ser::PrettyFormatter};

/// The object with the fields of every map in alphabetical order, as a Go map is printed.
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let fields = in_order(map).into_iter();
            Value::Object(
                fields
                    .map(|(key, value)| (key.clone(), sorted(value)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

fn in_order(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut fields: Vec<(&String, &Value)> = map.iter().collect();
    fields.sort_unstable_by_key(|(key, _)| *key);
    fields
}

/// A value that is written as [`sorted`] would leave it, and not copied.
struct Sorted<'a>(&'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => {
                let fields = in_order(map).into_iter();
                serializer.collect_map(fields.map(|(key, value)| (key, Sorted(value))))
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Sorted)),
            other => other.serialize(serializer),
        }
    }
}

/// The text of a value, its fields in the order they have.
pub fn pretty(value: &Value) -> String {
    indented(value, b"    ")
}

/// The text of a value, its fields in alphabetical order.
pub fn pretty_sorted(value: &Value) -> String {
    indented(&Sorted(value), b"    ")
}

/// As [`pretty`], with two blanks.
pub fn pretty_by_two(value: &Value) -> String {
    indented(value, b"  ")
}

fn indented(value: &impl Serialize, indent: &[u8]) -> String {
    let mut bytes = Vec::new();
    let mut serializer =
        serde_json::Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(indent));
    // Writing a value into memory can't fail, and JSON is UTF-8; an empty text would show at once.
    let _ = value.serialize(&mut serializer);
    escape_html(String::from_utf8(bytes).unwrap_or_default())
}

/// Go escapes what a browser could take for markup. Outside of strings none of these characters occurs.
fn escape_html(text: String) -> String {
    // The separators begin with 0xe2.
    let maybe = |byte| matches!(byte, b'<' | b'>' | b'&' | 0xe2);
    if !text.bytes().any(maybe) {
        return text;
    }
    let (mut escaped, mut done) = (String::with_capacity(text.len() + 64), 0);
    for (at, found) in text.match_indices(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        escaped.push_str(&text[done..at]);
        escaped.push_str(match found {
            "<" => "\\u003c",
            ">" => "\\u003e",
            "&" => "\\u0026",
            "\u{2028}" => "\\u2028",
            _ => "\\u2029",
        });
        done = at + found.len();
    }
    escaped.push_str(&text[done..]);
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
        assert_eq!(
            pretty_sorted(&json!({"b": [{"d": 1, "c": "\u{2028}é&"}], "a": 0})),
            "{\n    \"a\": 0,\n    \"b\": [\n        {\n            \"c\": \"\\u2028é\\u0026\",\n            \"d\": 1\n        }\n    ]\n}"
        );
    }
}

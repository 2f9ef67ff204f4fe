//! KYAML (KEP-5295): the strict subset of YAML that `-o kyaml` prints. Braces and brackets, every string quoted, a comma
//! after every entry.

use serde_json::{Map, Value};

use crate::quote::is_printable;

/// One document, with its `---` and a final line end.
pub fn to_kyaml(value: &Value) -> String {
    let mut out = "---\n".to_owned();
    node(value, 0, &mut out);
    out.push('\n');
    out
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn node(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&crate::quote::go_number(number)),
        Value::String(text) => string(text, depth + 1, out),
        Value::Array(items) => sequence(items, depth, out),
        Value::Object(map) => mapping(map, depth, out),
    }
}

fn mapping(map: &Map<String, Value>, depth: usize, out: &mut String) {
    if map.is_empty() {
        out.push_str("{}");
        return;
    }
    out.push_str("{\n");
    for (key, value) in map {
        indent(depth + 1, out);
        match key.contains('\n') || needs_quotes(key) {
            true => string(key, depth + 2, out),
            false => out.push_str(key),
        }
        out.push_str(": ");
        node(value, depth + 1, out);
        out.push_str(",\n");
    }
    indent(depth, out);
    out.push('}');
}

/// A list of nothing but maps and lists stands close to its brackets; any other has an item on each line.
fn sequence(items: &[Value], depth: usize, out: &mut String) {
    if items.is_empty() {
        out.push_str("[]");
        return;
    }
    let close = items.iter().all(|item| item.is_object() || item.is_array());
    if close {
        out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            node(item, depth, out);
        }
        out.push(']');
        return;
    }
    out.push_str("[\n");
    for item in items {
        indent(depth + 1, out);
        node(item, depth + 1, out);
        out.push_str(",\n");
    }
    indent(depth, out);
    out.push(']');
}

/// A quoted string; one of several lines is folded, so that it looks like its lines.
fn string(text: &str, depth: usize, out: &mut String) {
    let folded = text.contains('\n');
    out.push('"');
    if folded {
        out.push_str("\\\n");
    }
    for c in text.chars() {
        if out.ends_with('\n') {
            indent(depth, out);
            // White space at the start of a line would be lost without the backslash.
            out.push(if c.is_whitespace() && c != '\n' {
                '\\'
            } else {
                ' '
            });
        }
        character(c, out);
    }
    if folded {
        if !out.ends_with('\n') {
            out.push_str("\\\n");
        }
        indent(depth, out);
    }
    out.push('"');
}

fn character(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n\\\n"),
        '\t' => out.push('\t'),
        '"' | '\\' => {
            out.push('\\');
            out.push(c);
        }
        c if is_printable(c) => out.push(c),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        '\u{b}' => out.push_str("\\v"),
        '\0' => out.push_str("\\0"),
        '\u{1b}' => out.push_str("\\e"),
        '\u{85}' => out.push_str("\\N"),
        '\u{a0}' => out.push_str("\\_"),
        '\u{2028}' => out.push_str("\\L"),
        '\u{2029}' => out.push_str("\\P"),
        c if (c as u32) < 0x20 || c == '\u{7f}' => out.push_str(&format!("\\x{:02x}", c as u32)),
        c if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
        c => out.push_str(&format!("\\U{:08x}", c as u32)),
    }
}

fn needs_quotes(key: &str) -> bool {
    let last = key.chars().count().saturating_sub(1);
    let plain = |(index, c): (usize, char)| {
        c.is_alphabetic()
            || c.is_numeric()
            || c == '_'
            || (index > 0 && index < last && matches!(c, '-' | '.' | '/'))
    };
    key.is_empty() || is_ambiguous(key) || !key.chars().enumerate().all(plain)
}

/// Whether some YAML reader takes the bare text for anything but a string.
fn is_ambiguous(key: &str) -> bool {
    const WORDS: &[&str] = &[
        "null", "true", "y", "yes", "on", "false", "n", "no", "off", "t", "f", "inf", "infinity",
        "nan",
    ];
    let lower = key.to_lowercase();
    let bare = lower.replace('_', "");
    let radix = [("0x", 16), ("0o", 8), ("0b", 2), ("0", 8)]
        .into_iter()
        .any(|(prefix, radix)| {
            bare.strip_prefix(prefix)
                .is_some_and(|digits| i64::from_str_radix(digits, radix).is_ok())
        });
    let date = key.len() >= 8
        && key.as_bytes()[..4].iter().all(u8::is_ascii_digit)
        && key.as_bytes()[4] == b'-'
        && is_date(key);
    WORDS.contains(&lower.as_str()) || radix || bare.parse::<f64>().is_ok() || date
}

/// `2001-1-2`, perhaps with a time behind it.
fn is_date(key: &str) -> bool {
    let date = key.split(['T', 't', ' ']).next().unwrap_or(key);
    let parts: Vec<&str> = date.split('-').collect();
    let within = |text: &str, most: u8| text.parse::<u8>().is_ok_and(|n| (1..=most).contains(&n));
    matches!(parts.as_slice(), [_, month, day] if within(month, 12) && within(day, 31))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_stands_in_braces() {
        let value = json!({
            "kind": "A", "empty": {}, "none": [], "list": ["a", 1, true, null],
            "maps": [{"a": "b"}, {}], "no": "1", "1e3": 0.5, "a.b/c-d": "x", "-x": "\u{1}",
        });
        assert_eq!(
            to_kyaml(&value),
            "---\n{\n  kind: \"A\",\n  empty: {},\n  none: [],\n  list: [\n    \"a\",\n    1,\n    true,\n    null,\n  ],\n  \
             maps: [{\n    a: \"b\",\n  }, {}],\n  \"no\": \"1\",\n  \"1e3\": 0.5,\n  a.b/c-d: \"x\",\n  \"-x\": \
             \"\\x01\",\n}\n"
        );
    }

    #[test]
    fn several_lines_are_folded() {
        let value = json!({"a": "line1\n  line2 \"q\"\n\nb"});
        assert_eq!(
            to_kyaml(&value),
            "---\n{\n  a: \"\\\n     line1\\n\\\n    \\  line2 \\\"q\\\"\\n\\\n     \\n\\\n     b\\\n    \",\n}\n"
        );
        assert_eq!(
            crate::yaml::from_str(&to_kyaml(&value)).expect("it is YAML"),
            value
        );
    }

    #[test]
    fn keys_that_could_be_something_else_are_quoted() {
        for key in [
            "",
            "yes",
            "0x1f",
            "12",
            "1.5",
            "2020-01-02",
            "NaN",
            "a:b",
            "a b",
            "017",
            "1_000",
        ] {
            assert!(needs_quotes(key), "{key}");
        }
        for key in ["a", "_a", "a-b", "1x", "é", "2020-01", "0x", "apiVersion"] {
            assert!(!needs_quotes(key), "{key}");
        }
    }
}

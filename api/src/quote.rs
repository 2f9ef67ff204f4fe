//! Text as Go prints it: quoted (`%q`), as a value (`%v`), as JSON. Kubernetes' messages and templates are
//! full of it.

use std::fmt::Write;

use serde_json::{Number, Value};

/// Quotes a string the way Go's `strconv.Quote` does.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            c if is_printable(c) => out.push(c),
            // Writing to a String can't fail.
            c if (c as u32) < 0x80 => drop(write!(out, "\\x{:02x}", c as u32)),
            c if (c as u32) < 0x10000 => drop(write!(out, "\\u{:04x}", c as u32)),
            c => drop(write!(out, "\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    out
}

/// A value as Go's `%v` shows it: `map[a:1 b:[x y]]`, keys sorted.
pub fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_value).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let mut entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}:{}", go_value(value)))
                .collect();
            entries.sort();
            format!("map[{}]", entries.join(" "))
        }
        Value::Number(number) => go_number(number),
        Value::Bool(flag) => flag.to_string(),
    }
}

/// A value as Go's `%#v` shows it: `map[string]interface {}{"a":1}`, keys sorted.
pub fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => quote(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries: Vec<String> = entries
                .into_iter()
                .map(|(key, value)| format!("{}:{}", quote(key), go_syntax(value)))
                .collect();
            format!("map[string]interface {{}}{{{}}}", entries.join(", "))
        }
        other => go_value(other),
    }
}

/// A number as Go's `%v` shows it.
pub fn go_number(number: &Number) -> String {
    if number.is_i64() || number.is_u64() {
        return number.to_string();
    }
    go_float(number.as_f64().unwrap_or_default())
}

/// Go's `%v` of a float: the shortest digits, an exponent below 1e-4 and from 1e6 on.
pub fn go_float(float: f64) -> String {
    exponential(float, -4, 6, 2)
}

/// Go's shortest text of a double (`strconv.FormatFloat(x, 'g', -1, 64)`): an exponent below 1e-4 and from 1e6 on.
pub fn go_double(float: f64) -> String {
    exponential(float, -4, 6, 2)
}

fn exponential(float: f64, least: i32, most: i32, width: usize) -> String {
    let shortest = format!("{float:e}");
    let Some((mantissa, exponent)) = shortest.split_once('e') else {
        return shortest;
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (least..most).contains(&exponent) {
        return format!("{float}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:0width$}", exponent.abs())
}

/// JSON with what Go's encoder escapes in texts, so that it can stand in HTML.
pub fn escaped_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            plain => out.push(plain),
        }
    }
    out
}

/// JSON as Go's encoder writes it: keys sorted, no spaces, `<`, `>` and `&` escaped.
pub fn go_json(value: &Value) -> String {
    let mut out = String::new();
    push_json(&mut out, value);
    out
}

fn push_json(out: &mut String, value: &Value) {
    match value {
        Value::String(text) => push_json_string(out, text),
        Value::Number(number) if number.is_f64() => {
            out.push_str(&exponential(number.as_f64().unwrap_or_default(), -6, 21, 1));
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                push_json(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                push_json_string(out, key);
                out.push(':');
                push_json(out, &map[key]);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

fn push_json_string(out: &mut String, text: &str) {
    for c in Value::from(text).to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => drop(write!(out, "\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
}

/// Go's `strconv.IsPrint`, for the characters that occur: controls, separators and spaces other than
/// the plain one are escaped.
pub fn is_printable(c: char) -> bool {
    c == ' '
        || !(c.is_control()
            || c.is_whitespace()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            || matches!(c, '\u{feff}' | '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{fffb}' | '\u{f0000}'..='\u{10ffff}'))
}

#[cfg(test)]
mod tests {
    use super::{go_json, go_syntax, go_value, quote};

    #[test]
    fn values_as_go_shows_them() {
        let value = serde_json::json!({"b": [1, "x", null], "a": {"c": true}});
        assert_eq!(go_value(&value), "map[a:map[c:true] b:[1 x <nil>]]");
    }

    #[test]
    fn values_as_go_would_write_them() {
        let value = serde_json::json!({"b": [1, "x", null], "a": {}});
        let want = r#"map[string]interface {}{"a":map[string]interface {}{}, "b":[]interface {}{1, "x", interface {}(nil)}}"#;
        assert_eq!(go_syntax(&value), want);
    }

    #[test]
    fn json_as_go_writes_it() {
        let value = serde_json::json!({"b": [1, 1.5, 1e21, 1e-7, 100000.0], "a": "<&>\u{2028}\n"});
        assert_eq!(
            go_json(&value),
            r#"{"a":"\u003c\u0026\u003e\u2028\n","b":[1,1.5,1e+21,1e-7,100000]}"#
        );
    }

    #[test]
    fn quotes_as_go_does() {
        for (text, want) in [
            ("", r#""""#),
            ("plain", r#""plain""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("tab\tnewline\n", r#""tab\tnewline\n""#),
            ("\u{1}\u{7f}", r#""\x01\x7f""#),
            ("é世", "\"é世\""),
            ("\u{a0}\u{2028}", r#""\u00a0\u2028""#),
        ] {
            assert_eq!(quote(text), want);
        }
    }
}

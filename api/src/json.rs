//! JSON as Go reads it: the words of `encoding/json` for texts that are none, and for values of another type than the
//! one that is wanted.

use crate::quote::quote;
use serde_json::Value;

/// How many collections may stand within each other in a text or a document. Upstream takes 10,000; every walk over a
/// value recurses, and serde_json, ours and that of every client in Rust, reads no more.
pub const MAX_DEPTH: usize = 127;

/// What is said of a value that goes deeper than it may.
pub const TOO_DEEP: &str = "exceeded max depth";

/// How many collections stand within each other at the deepest place of a value, itself included.
pub fn depth(value: &Value) -> usize {
    let deepest = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(map) => map.values().map(depth).max(),
        _ => return 0,
    };
    1 + deepest.unwrap_or_default()
}

/// The value without fields that are null, which Go's decoder passes over.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key, without_nulls(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// Reads a JSON text; the error is what Go says of it.
pub fn from_slice(text: &[u8]) -> Result<Value, String> {
    let error = match serde_json::from_slice(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if let Some(fault) = (Scanner { text, at: 0 }).fault() {
        return Err(fault);
    }
    // What is left Go reads all the same.
    serde_json::from_str(&with_replacements(text)).map_err(|_| error.to_string())
}

/// The text as Go takes it: what is no UTF-8, and halves of surrogate pairs, become U+FFFD.
fn with_replacements(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
    }
    let mut from = 0;
    while let Some(at) = out[from..].find('\\').map(|at| from + at) {
        let first = surrogate(&out[at..]);
        let pair = matches!(first, Some(0xd800..0xdc00))
            && matches!(surrogate(&out[at + ESCAPE..]), Some(0xdc00..0xe000));
        from = match (first, pair) {
            (Some(_), true) => at + 2 * ESCAPE,
            (Some(_), false) => {
                out.replace_range(at..at + ESCAPE, "\\ufffd");
                at + ESCAPE
            }
            // Of an escape of another kind the character behind the backslash is passed over.
            (None, _) => at + 2,
        };
    }
    out
}

/// The length of an escaped code unit.
const ESCAPE: usize = "\\uXXXX".len();

/// The half of a surrogate pair that a text begins with, escaped.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let unit = u32::from_str_radix(digits, 16).ok()?;
    (0xd800..0xe000).contains(&unit).then_some(unit)
}

/// Brings the numbers of an object without types into the form in which Go writes what it has read: whole ones have no
/// fraction, and those beyond 64 bits are rounded.
pub fn settle_numbers(value: &mut Value) {
    match value {
        Value::Number(number) if number.as_i64().is_none() => {
            let Some(float) = number.as_f64().filter(|float| float.fract() == 0.0) else {
                return;
            };
            if float.abs() < 2f64.powi(63) {
                *number = (float as i64).into();
            } else if (0.0..2f64.powi(64)).contains(&float) {
                // As Go writes it: no more digits than tell it from others.
                if let Ok(shortest) = float.to_string().parse::<u64>() {
                    *number = shortest.into();
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(settle_numbers),
        Value::Object(map) => map.values_mut().for_each(settle_numbers),
        _ => {}
    }
}

/// The type of a value, in Go's words.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Why a value that is no object has no version and kind.
pub fn unversioned(value: &Value) -> String {
    let name = type_name(value);
    format!(
        "couldn't get version/kind; json parse error: json: cannot unmarshal {name} into Go value of type struct {{ \
         APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}"
    )
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Value,
    /// Behind `[`.
    ValueOrEnd,
    Key,
    /// Behind `{`.
    KeyOrEnd,
    Colon,
    /// A comma or an end.
    More,
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    /// The first fault, found as Go's scanner finds it.
    fn fault(mut self) -> Option<String> {
        let mut open: Vec<u8> = Vec::new();
        let mut expected = Expected::Value;
        loop {
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
                self.at += 1;
            }
            if self.peek().is_none() && open.is_empty() && expected == Expected::More {
                return None;
            }
            match self.step(expected, &mut open) {
                Ok(next) => expected = next,
                Err(fault) => return Some(fault),
            }
        }
    }

    fn step(&mut self, expected: Expected, open: &mut Vec<u8>) -> Result<Expected, String> {
        use Expected::{Colon, Key, KeyOrEnd, More, Value, ValueOrEnd};
        let byte = self.peek().unwrap_or_default();
        let inner = open.last().copied();
        match (expected, byte) {
            (ValueOrEnd, b']') | (KeyOrEnd, b'}') => drop(open.pop()),
            (More, b']') if inner == Some(b'[') => drop(open.pop()),
            (More, b'}') if inner == Some(b'{') => drop(open.pop()),
            (Value | ValueOrEnd, b'{' | b'[') => {
                if open.len() == MAX_DEPTH {
                    return Err(self.wrong(TOO_DEEP));
                }
                open.push(byte);
            }
            (Value | ValueOrEnd, _) => {
                self.scalar(byte)?;
                return Ok(More);
            }
            (Key | KeyOrEnd, b'"') => {
                self.string()?;
                return Ok(Colon);
            }
            (Colon, b':') | (More, b',') if expected == Colon || inner.is_some() => {}
            (Key | KeyOrEnd, _) => {
                return Err(self.wrong("looking for beginning of object key string"));
            }
            (Colon, _) => return Err(self.wrong("after object key")),
            (More, _) => {
                return Err(self.wrong(match inner {
                    None => "after top-level value",
                    Some(b'{') => "after object key:value pair",
                    Some(_) => "after array element",
                }));
            }
        }
        self.at += 1;
        Ok(match byte {
            b'{' => KeyOrEnd,
            b'[' => ValueOrEnd,
            b':' => Value,
            b',' if inner == Some(b'{') => Key,
            b',' => Value,
            _ => More,
        })
    }

    fn scalar(&mut self, first: u8) -> Result<(), String> {
        match first {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            _ => Err(self.wrong("looking for beginning of value")),
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), String> {
        for letter in word.bytes() {
            let wanted = char::from(letter);
            let context = format!("in literal {word} (expecting '{wanted}')");
            self.one(&context, |byte| byte == letter)?;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), String> {
        self.at += 1;
        loop {
            match self.one("in string literal", |byte| byte >= b' ')? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        let is_code = |byte| b"bfnrt\\/\"u".contains(&byte);
        if self.one("in string escape code", is_code)? == b'u' {
            for _ in 0..4 {
                self.one("in \\u hexadecimal character escape", |byte| {
                    byte.is_ascii_hexdigit()
                })?;
            }
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), String> {
        self.skip(b"-");
        if self.one("in numeric literal", |byte| byte.is_ascii_digit())? != b'0' {
            self.digits();
        }
        if self.skip(b".") {
            self.one("after decimal point in numeric literal", |byte| {
                byte.is_ascii_digit()
            })?;
            self.digits();
        }
        if self.skip(b"eE") {
            self.skip(b"+-");
            self.one("in exponent of numeric literal", |byte| {
                byte.is_ascii_digit()
            })?;
            self.digits();
        }
        Ok(())
    }

    fn digits(&mut self) {
        while self.skip(b"0123456789") {}
    }

    fn skip(&mut self, bytes: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| bytes.contains(&byte));
        self.at += usize::from(found);
        found
    }

    /// The next byte, which must be a fitting one.
    fn one(&mut self, context: &str, fits: impl Fn(u8) -> bool) -> Result<u8, String> {
        match self.peek().filter(|byte| fits(*byte)) {
            Some(byte) => {
                self.at += 1;
                Ok(byte)
            }
            None => Err(self.wrong(context)),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn wrong(&self, context: &str) -> String {
        let Some(byte) = self.peek() else {
            return "unexpected end of JSON input".to_owned();
        };
        let shown = match byte {
            b'\'' => "\\'".to_owned(),
            b'"' => "\"".to_owned(),
            byte => quote(&char::from(byte).to_string())
                .trim_matches('"')
                .to_owned(),
        };
        format!("invalid character '{shown}' {context}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_are_null_go_and_items_stay() {
        let value = serde_json::json!({"a": null, "b": {"c": null}, "d": [null, {"e": null}]});
        let bare = serde_json::json!({"b": {}, "d": [null, {}]});
        assert_eq!(without_nulls(value), bare);
    }

    #[test]
    fn faults_have_gos_words() {
        for (text, expected) in [
            ("", "unexpected end of JSON input"),
            ("{\"a\":", "unexpected end of JSON input"),
            ("\"a", "unexpected end of JSON input"),
            ("-", "unexpected end of JSON input"),
            (
                "bad",
                "invalid character 'b' looking for beginning of value",
            ),
            (
                "{bad",
                "invalid character 'b' looking for beginning of object key string",
            ),
            (
                "{\"a\":1,}",
                "invalid character '}' looking for beginning of object key string",
            ),
            (
                "[1,]",
                "invalid character ']' looking for beginning of value",
            ),
            ("{\"a\" \"b\"}", "invalid character '\"' after object key"),
            (
                "{\"a\":1]",
                "invalid character ']' after object key:value pair",
            ),
            ("[1 2]", "invalid character '2' after array element"),
            ("{} x", "invalid character 'x' after top-level value"),
            ("1,", "invalid character ',' after top-level value"),
            ("]", "invalid character ']' looking for beginning of value"),
            (
                "tru3",
                "invalid character '3' in literal true (expecting 'e')",
            ),
            ("01", "invalid character '1' after top-level value"),
            ("-a", "invalid character 'a' in numeric literal"),
            (
                "1.x",
                "invalid character 'x' after decimal point in numeric literal",
            ),
            (
                "1e+x",
                "invalid character 'x' in exponent of numeric literal",
            ),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
            ("\"\\q\"", "invalid character 'q' in string escape code"),
            (
                "\"\\u00g0\"",
                "invalid character 'g' in \\u hexadecimal character escape",
            ),
            (
                "'a'",
                "invalid character '\\'' looking for beginning of value",
            ),
        ] {
            assert_eq!(
                from_slice(text.as_bytes()),
                Err(expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn texts_have_a_greatest_depth() {
        let text = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let deepest = from_slice(text(MAX_DEPTH).as_bytes()).unwrap();
        assert_eq!(depth(&deepest), MAX_DEPTH);
        for far in [MAX_DEPTH + 1, 1_000_000] {
            assert_eq!(
                from_slice(text(far).as_bytes()),
                Err("invalid character '[' exceeded max depth".to_owned())
            );
        }
        assert_eq!(depth(&serde_json::json!({"a": [1], "b": {}})), 2);
        assert_eq!(depth(&serde_json::json!("a")), 0);
    }

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        let mut value = serde_json::json!([1.0, 1.5, 1e3, -0.0, 7, 9223372036854775809u64, 1e30]);
        settle_numbers(&mut value);
        assert_eq!(
            value.to_string(),
            "[1,1.5,1000,0,7,9223372036854776000,1e+30]"
        );
    }

    #[test]
    fn what_is_no_text_is_replaced() {
        let read = |text: &[u8]| from_slice(text).unwrap();
        assert_eq!(
            read(b"[\"a\xff\xfe\"]"),
            serde_json::json!(["a\u{fffd}\u{fffd}"])
        );
        assert_eq!(
            read(br#"["\ud800x", "\\ud800", "\ud83d\ude00", "\udc00\ud800"]"#),
            serde_json::json!(["\u{fffd}x", "\\ud800", "\u{1f600}", "\u{fffd}\u{fffd}"])
        );
    }

    #[test]
    fn what_is_json_has_no_fault() {
        for text in [
            "{\"a\":[1,-0.5e3,\"\\u00e9\",null],\"b\":{}} ",
            "[]",
            "true",
        ] {
            let scanner = Scanner {
                text: text.as_bytes(),
                at: 0,
            };
            assert_eq!(scanner.fault(), None, "{text}");
            assert!(from_slice(text.as_bytes()).is_ok(), "{text}");
        }
    }
}

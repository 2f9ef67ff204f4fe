//! Encoded objects (JSON): finding parts of them, and leaving parts out, without decoding the rest.
//!
//! What is passed over is looked at for its quotes and brackets only.

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Error, IgnoredAny};
use serde_json::{Map, Value};

/// How deeply arrays and objects may stand in one another, as for serde_json.
const DEPTH: usize = 128;

/// The encoded `metadata` of an encoded object; `None` if it has none, or is no object.
pub fn metadata(object: &[u8]) -> Option<&str> {
    std::str::from_utf8(field(object, "metadata")?).ok()
}

/// Where the value of `metadata.managedFields` stands in an encoded object, or in the object of a watch's frame.
pub fn managed_fields(encoded: &[u8]) -> Option<Range<usize>> {
    let metadata = field(encoded, "metadata").or_else(|| {
        let object = field(encoded, "object")?;
        field(object, "metadata")
    })?;
    let fields = field(metadata, "managedFields")?;
    let start = fields.as_ptr().addr() - encoded.as_ptr().addr();
    Some(start..start + fields.len())
}

/// The first field of that name; what follows it is not looked at.
fn field<'a>(object: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut found = None;
    Cursor::new(object).object(|cursor, field| {
        let value = cursor.value()?;
        match field == name {
            true => {
                found = Some(value);
                None
            }
            false => Some(()),
        }
    });
    found
}

/// The `continue` of an encoded list that begins as lists do, with its metadata before its items; what follows is not
/// read. `None` if there are no more pages.
pub fn continue_token(list: &[u8]) -> Option<String> {
    let mut metadata: Option<ListMetadata> = None;
    Cursor::new(list).object(|cursor, field| match field {
        "metadata" => {
            metadata = serde_json::from_slice(cursor.value()?).ok();
            None
        }
        "items" | "rows" => None,
        _ => cursor.value().map(drop),
    });
    metadata?.token.filter(|token| !token.is_empty())
}

#[derive(Deserialize)]
struct ListMetadata {
    #[serde(rename = "continue")]
    token: Option<String>,
}

/// A field by the names that lead to it. The items of an array stand where the array does.
pub type Path<'a> = &'a [&'a str];

/// What is decoded of an object; the rest costs little more than the reading of its bytes.
#[derive(Clone, Copy, Debug)]
pub enum Parts<'a> {
    Only(&'a [Path<'a>]),
    AllBut(&'a [Path<'a>]),
}

/// Decodes parts of an object.
pub fn decode(encoded: &[u8], parts: Parts<'_>) -> serde_json::Result<Value> {
    if let Parts::AllBut([]) = parts {
        return serde_json::from_slice(encoded);
    }
    let mut cursor = Cursor::new(encoded);
    let decoded = cursor.part(parts, DEPTH);
    cursor.skip_blanks();
    decoded
        .filter(|_| cursor.rest.is_empty())
        .ok_or_else(|| fault(encoded))
}

/// What is wrong with an encoded object.
fn fault(encoded: &[u8]) -> serde_json::Error {
    match serde_json::from_slice::<IgnoredAny>(encoded) {
        Err(fault) => fault,
        Ok(_) => Error::custom("invalid JSON"),
    }
}

/// What becomes of one field.
enum Fate {
    Left,
    Whole,
    /// The paths go on inside.
    Inside,
}

impl<'a> Parts<'a> {
    /// What becomes of a field; `inside` gets the rest of the paths that lead into it.
    fn fate(self, name: &str, inside: &mut Vec<Path<'a>>) -> Fate {
        let (Parts::Only(paths) | Parts::AllBut(paths)) = self;
        inside.clear();
        for path in paths {
            if let Some((first, rest)) = path.split_first()
                && *first == name
            {
                inside.push(rest);
            }
        }
        let ends_here = inside.iter().any(|path| path.is_empty());
        match (self, ends_here, inside.is_empty()) {
            (Parts::Only(_), true, _) | (Parts::AllBut(_), false, true) => Fate::Whole,
            (Parts::Only(_), false, true) | (Parts::AllBut(_), true, _) => Fate::Left,
            _ => Fate::Inside,
        }
    }
}

/// A place in encoded JSON. Its methods return `None` where something else stands than they look for.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn new(encoded: &'a [u8]) -> Self {
        Self { rest: encoded }
    }

    fn skip_blanks(&mut self) {
        while let [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// Passes over one mark, and the blanks before it.
    fn mark(&mut self, mark: u8) -> Option<()> {
        self.skip_blanks();
        let (first, rest) = self.rest.split_first()?;
        if *first != mark {
            return None;
        }
        self.rest = rest;
        Some(())
    }

    /// Calls `each` where every value of an object stands, with the field's name, until it returns `None`.
    fn object(&mut self, mut each: impl FnMut(&mut Self, &str) -> Option<()>) -> Option<()> {
        self.collection(b'{', b'}', |cursor| {
            let name = cursor.name()?;
            cursor.mark(b':')?;
            each(cursor, &name)
        })
    }

    /// Calls `each` where every item stands, until it returns `None`.
    fn collection(
        &mut self,
        begin: u8,
        end: u8,
        mut each: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.mark(begin)?;
        if self.mark(end).is_some() {
            return Some(());
        }
        loop {
            each(self)?;
            if self.mark(end).is_some() {
                return Some(());
            }
            self.mark(b',')?;
        }
    }

    /// A string that names a field; it is copied only if there are escapes in it.
    fn name(&mut self) -> Option<Cow<'a, str>> {
        self.skip_blanks();
        let string = self.rest.starts_with(b"\"").then(|| self.value())??;
        match string.contains(&b'\\') {
            true => serde_json::from_slice(string).ok().map(Cow::Owned),
            false => {
                let inner = std::str::from_utf8(&string[1..string.len() - 1]).ok()?;
                Some(Cow::Borrowed(inner))
            }
        }
    }

    /// Passes over a value, and returns its bytes.
    fn value(&mut self) -> Option<&'a [u8]> {
        self.skip_blanks();
        let length = match self.rest.first()? {
            b'"' => string_length(self.rest)?,
            b'{' | b'[' => collection_length(self.rest)?,
            _ => {
                let ends =
                    |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
                self.rest.iter().position(ends).unwrap_or(self.rest.len())
            }
        };
        let (value, rest) = self.rest.split_at(length);
        self.rest = rest;
        (length > 0).then_some(value)
    }

    /// Decodes parts of the value that stands here.
    fn part(&mut self, parts: Parts<'_>, depth: usize) -> Option<Value> {
        self.skip_blanks();
        let depth = depth.checked_sub(1)?;
        match self.rest.first()? {
            b'{' => {
                let (mut map, mut inside) = (Map::new(), Vec::new());
                self.object(|cursor, name| {
                    let value = match parts.fate(name, &mut inside) {
                        Fate::Left => return cursor.value().map(drop),
                        Fate::Whole => cursor.whole()?,
                        Fate::Inside => {
                            let parts = match parts {
                                Parts::Only(_) => Parts::Only(&inside),
                                Parts::AllBut(_) => Parts::AllBut(&inside),
                            };
                            cursor.part(parts, depth)?
                        }
                    };
                    map.insert(name.to_owned(), value);
                    Some(())
                })?;
                Some(Value::Object(map))
            }
            b'[' => {
                let mut items = Vec::new();
                self.collection(b'[', b']', |cursor| {
                    items.push(cursor.part(parts, depth)?);
                    Some(())
                })?;
                Some(Value::Array(items))
            }
            _ => self.whole(),
        }
    }

    fn whole(&mut self) -> Option<Value> {
        serde_json::from_slice(self.value()?).ok()
    }
}

/// How long the string at the beginning is, with its quotes.
fn string_length(encoded: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match encoded.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// How long the array or object at the beginning is, with its brackets.
fn collection_length(encoded: &[u8]) -> Option<usize> {
    let (mut at, mut open) = (0, 0_usize);
    loop {
        match encoded.get(at)? {
            b'"' => {
                at += string_length(&encoded[at..])?;
                continue;
            }
            b'{' | b'[' => open += 1,
            b'}' | b']' => open -= 1,
            _ => {}
        }
        at += 1;
        if open == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_decoded_where_they_stand() {
        let list = br#"{"a":1,"items":[{"a":-1,"b":{"a":[1.5,null],"\u0063":"x"}},{"b":true},3],"b":{"a":2}}"#;
        let decoded = |parts: Parts<'_>| decode(list, parts).unwrap().to_string();
        assert_eq!(
            decoded(Parts::AllBut(&[])),
            std::str::from_utf8(list).unwrap().replace("\\u0063", "c")
        );
        let some: &[Path<'_>] = &[
            &["items", "b", "a"],
            &["b"],
            &["items", "a"],
            &["none", "a"],
        ];
        assert_eq!(
            decoded(Parts::AllBut(some)),
            r#"{"a":1,"items":[{"b":{"c":"x"}},{"b":true},3]}"#
        );
        assert_eq!(
            decoded(Parts::Only(some)),
            r#"{"items":[{"a":-1,"b":{"a":[1.5,null]}},{"b":true},3],"b":{"a":2}}"#
        );
        for encoded in ["", "{", "{} x", r#"{"a":}"#, r#"{"a":[}"#] {
            assert!(decode(encoded.as_bytes(), Parts::AllBut(&[&["a"]])).is_err());
            assert!(decode(encoded.as_bytes(), Parts::Only(&[&["b"]])).is_err());
        }
    }

    #[test]
    fn parts_are_found_where_they_stand() {
        let object =
            br#"{"kind":"Pod","metadata":{"name":"a","managedFields":[{"x":"]"}]},"spec":{}}"#;
        assert_eq!(
            metadata(object),
            Some(r#"{"name":"a","managedFields":[{"x":"]"}]}"#)
        );
        assert_eq!(&object[managed_fields(object).unwrap()], br#"[{"x":"]"}]"#);
        let frame = [br#"{"type":"ADDED","object":"#.as_slice(), object, b"}"].concat();
        assert_eq!(&frame[managed_fields(&frame).unwrap()], br#"[{"x":"]"}]"#);
    }

    #[test]
    fn a_list_says_before_its_items_whether_it_goes_on() {
        let more =
            r#"{"kind":"List","metadata":{"resourceVersion":"1","continue":"abc"},"items":[{"#;
        assert_eq!(continue_token(more.as_bytes()).as_deref(), Some("abc"));
        for last in [
            r#"{"metadata":{"continue":""},"items":[]}"#,
            r#"{"metadata":{},"items":[]}"#,
            r#"{"metadata":null}"#,
            r#"{"items":[{"metadata":{"continue":"abc"}}]}"#,
            r#"{"metadata":{"continue":1}}"#,
            "[]",
            "",
        ] {
            assert_eq!(continue_token(last.as_bytes()), None, "{last}");
        }
    }

    #[test]
    fn only_an_object_s_own_metadata_counts() {
        for encoded in [
            r#"{"spec":{"metadata":{"managedFields":[]}}}"#,
            r#"{"metadata":{"name":"managedFields"}}"#,
            r#"{"metadata":{"managedFields":["#,
            r#"{"metadata":1}"#,
            "[1]",
            "",
        ] {
            assert_eq!(managed_fields(encoded.as_bytes()), None, "{encoded}");
        }
    }
}

//! Encoded objects (JSON): finding parts of them, and leaving parts out, without decoding the rest.
//!
//! What is passed over is looked at for its quotes and brackets only.

mod node;
mod scan;

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Error, IgnoredAny};
use serde_json::{Map, Value};

pub use self::node::Node;
use self::scan::{collection_length, string_length};

/// How deeply arrays and objects may stand in one another, as for serde_json.
const DEPTH: usize = 128;

/// The encoded `metadata` of an encoded object; `None` if it has none, or is no object.
pub fn metadata(object: &[u8]) -> Option<&[u8]> {
    field(object, "metadata")
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
        match *field == *name.as_bytes() {
            true => {
                found = Some(value);
                None
            }
            false => Some(()),
        }
    });
    found
}

/// The `continue` of the beginning of an encoded list, empty if there are no more pages. `None` if the metadata is not
/// there whole, before the items.
pub fn continue_token(list: &[u8]) -> Option<String> {
    let mut metadata = None;
    Cursor::new(list).object(|cursor, field| match &*field {
        b"metadata" => {
            metadata = cursor.value();
            None
        }
        b"items" | b"rows" => None,
        _ => cursor.value().map(drop),
    });
    let metadata: Option<ListMetadata> = serde_json::from_slice(metadata?).ok();
    Some(metadata?.token.unwrap_or_default())
}

#[derive(Deserialize)]
struct ListMetadata {
    #[serde(rename = "continue")]
    token: Option<String>,
}

/// A field of an object, and which fields of its own are meant: all of it if none are named. The items of an array
/// stand where the array does.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    name: &'static str,
    inside: &'static [Field],
}

/// All of a field.
pub const fn whole(name: &'static str) -> Field {
    Field { name, inside: &[] }
}

/// Some fields of a field.
pub const fn some(name: &'static str, inside: &'static [Field]) -> Field {
    Field { name, inside }
}

/// The largest part of many objects, which is seldom looked at.
pub const MANAGED_FIELDS: Field = some("metadata", &[whole("managedFields")]);

/// What is decoded of an object; the rest costs little more than the reading of its bytes.
#[derive(Clone, Copy, Debug)]
pub enum Parts {
    Only(&'static [Field]),
    AllBut(&'static [Field]),
}

/// All there is.
const ALL: Parts = Parts::AllBut(&[]);

/// Decodes parts of an object.
pub fn decode(encoded: &[u8], parts: Parts) -> serde_json::Result<Value> {
    match parts {
        Parts::AllBut([]) => serde_json::from_slice(encoded),
        _ => decoded(encoded, parts),
    }
}

/// Decodes parts of an object without copying them.
pub fn node(encoded: &[u8], parts: Parts) -> serde_json::Result<Node<'_>> {
    decoded(encoded, parts)
}

/// Decodes parts of an object without copying them, and passes its encoded `metadata`, reading it but once.
pub fn node_and_metadata(
    encoded: &[u8],
    parts: Parts,
) -> serde_json::Result<(Node<'_>, Option<&[u8]>)> {
    let mut cursor = Cursor::new(encoded);
    let (mut fields, mut metadata) = (Vec::new(), None);
    let read = cursor.object(|cursor, name| {
        cursor.skip_blanks();
        let start = cursor.rest;
        let value = cursor.field(&name, parts, DEPTH)?;
        if *name == *b"metadata" {
            metadata = Some(&start[..start.len() - cursor.rest.len()]);
        }
        if let Some(value) = value {
            fields.push((text(name)?, value));
        }
        Some(())
    });
    cursor.skip_blanks();
    read.filter(|()| cursor.rest.is_empty())
        .map(|()| (Node::Object(fields), metadata))
        .ok_or_else(|| fault(encoded))
}

fn decoded<'a, T: Decoded<'a>>(encoded: &'a [u8], parts: Parts) -> serde_json::Result<T> {
    let mut cursor = Cursor::new(encoded);
    let decoded = cursor.part(parts, DEPTH);
    cursor.skip_blanks();
    decoded
        .filter(|_| cursor.rest.is_empty())
        .ok_or_else(|| fault(encoded))
}

/// What parts are decoded as.
trait Decoded<'a>: Sized {
    type Fields: Default;

    fn add(fields: &mut Self::Fields, name: Cow<'a, str>, value: Self);
    fn object(fields: Self::Fields) -> Self;
    fn array(items: Vec<Self>) -> Self;
    /// A value that is neither an object nor an array.
    fn scalar(encoded: &'a [u8]) -> Option<Self>;

    /// All of the value that stands there.
    fn whole(cursor: &mut Cursor<'a>, depth: usize) -> Option<Self> {
        cursor.part(ALL, depth)
    }
}

impl<'a> Decoded<'a> for Value {
    type Fields = Map<String, Value>;

    fn add(fields: &mut Self::Fields, name: Cow<'a, str>, value: Self) {
        fields.insert(name.into_owned(), value);
    }

    fn object(fields: Self::Fields) -> Self {
        Self::Object(fields)
    }

    fn array(items: Vec<Self>) -> Self {
        Self::Array(items)
    }

    fn scalar(encoded: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(encoded).ok()
    }

    fn whole(cursor: &mut Cursor<'a>, _: usize) -> Option<Self> {
        Self::scalar(cursor.value()?)
    }
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
    Inside(Parts),
}

impl Parts {
    /// What becomes of a field.
    fn fate(self, name: &[u8]) -> Fate {
        let (Self::Only(fields) | Self::AllBut(fields)) = self;
        let field = fields.iter().find(|field| field.name.as_bytes() == name);
        match (self, field.map(|field| field.inside)) {
            (Self::Only(_), None) | (Self::AllBut(_), Some([])) => Fate::Left,
            (Self::Only(_), Some([])) | (Self::AllBut(_), None) => Fate::Whole,
            (Self::Only(_), Some(inside)) => Fate::Inside(Self::Only(inside)),
            (Self::AllBut(_), Some(inside)) => Fate::Inside(Self::AllBut(inside)),
        }
    }
}

/// A field's name as text.
fn text(name: Cow<'_, [u8]>) -> Option<Cow<'_, str>> {
    match name {
        Cow::Borrowed(name) => std::str::from_utf8(name).ok().map(Cow::Borrowed),
        Cow::Owned(name) => String::from_utf8(name).ok().map(Cow::Owned),
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
    fn object(
        &mut self,
        mut each: impl FnMut(&mut Self, Cow<'a, [u8]>) -> Option<()>,
    ) -> Option<()> {
        self.collection(b'{', b'}', |cursor| {
            let name = cursor.name()?;
            cursor.mark(b':')?;
            each(cursor, name)
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
    fn name(&mut self) -> Option<Cow<'a, [u8]>> {
        self.skip_blanks();
        let string = self.rest.starts_with(b"\"").then(|| self.value())??;
        Some(match string.contains(&b'\\') {
            true => {
                let name: String = serde_json::from_slice(string).ok()?;
                Cow::Owned(name.into_bytes())
            }
            false => Cow::Borrowed(&string[1..string.len() - 1]),
        })
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

    /// Decodes parts of the value of a field, or passes over it.
    fn field<T: Decoded<'a>>(
        &mut self,
        name: &[u8],
        parts: Parts,
        depth: usize,
    ) -> Option<Option<T>> {
        match parts.fate(name) {
            Fate::Left => self.value().map(|_| None),
            Fate::Whole => T::whole(self, depth).map(Some),
            Fate::Inside(parts) => self.part(parts, depth).map(Some),
        }
    }

    /// Decodes parts of the value that stands here.
    fn part<T: Decoded<'a>>(&mut self, parts: Parts, depth: usize) -> Option<T> {
        self.skip_blanks();
        let depth = depth.checked_sub(1)?;
        match self.rest.first()? {
            b'{' => {
                let mut fields = T::Fields::default();
                self.object(|cursor, name| {
                    if let Some(value) = cursor.field(&name, parts, depth)? {
                        T::add(&mut fields, text(name)?, value);
                    }
                    Some(())
                })?;
                Some(T::object(fields))
            }
            b'[' => {
                let mut items = Vec::new();
                self.collection(b'[', b']', |cursor| {
                    items.push(cursor.part(parts, depth)?);
                    Some(())
                })?;
                Some(T::array(items))
            }
            _ => T::scalar(self.value()?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_decoded_where_they_stand() {
        let list = br#"{"a":1,"items":[{"a":-1,"b":{"a":[1.5,null],"\u0063":"x"}},{"b":true},3],"b":{"a":2}}"#;
        const SOME: &[Field] = &[
            some("items", &[some("b", &[whole("a")]), whole("a")]),
            whole("b"),
            some("none", &[whole("a")]),
        ];
        let check = |parts, expected: &str| {
            assert_eq!(decode(list, parts).unwrap().to_string(), expected);
            let node = node(list, parts).unwrap();
            assert_eq!(node.to_value().to_string(), expected);
        };
        let all = std::str::from_utf8(list).unwrap();
        check(ALL, &all.replace("\\u0063", "c"));
        let left = r#"{"a":1,"items":[{"b":{"c":"x"}},{"b":true},3]}"#;
        check(Parts::AllBut(SOME), left);
        let only = r#"{"items":[{"a":-1,"b":{"a":[1.5,null]}},{"b":true},3],"b":{"a":2}}"#;
        check(Parts::Only(SOME), only);
        for encoded in ["", "{", "{} x", r#"{"a":}"#, r#"{"a":[}"#] {
            assert!(decode(encoded.as_bytes(), Parts::AllBut(SOME)).is_err());
            assert!(decode(encoded.as_bytes(), Parts::Only(SOME)).is_err());
            assert!(node(encoded.as_bytes(), ALL).is_err());
        }
    }

    #[test]
    fn parts_are_found_where_they_stand() {
        let object =
            br#"{"kind":"Pod","metadata":{"name":"a","managedFields":[{"x":"]"}]},"spec":{}}"#;
        assert_eq!(
            metadata(object),
            Some(br#"{"name":"a","managedFields":[{"x":"]"}]}"#.as_slice())
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
            r#"{"metadata":{},"items":[{"#,
        ] {
            assert_eq!(continue_token(last.as_bytes()).as_deref(), Some(""));
        }
        for unknown in [
            r#"{"metadata":{"continue":"abc""#,
            r#"{"metadata":null}"#,
            r#"{"items":[{"metadata":{"continue":"abc"}}]}"#,
            r#"{"metadata":{"continue":1}}"#,
            "[]",
            "",
        ] {
            assert_eq!(continue_token(unknown.as_bytes()), None, "{unknown}");
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

//! Encoded objects (JSON): finding parts of them, and leaving parts out, without decoding the rest.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow)]
    metadata: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    managed_fields: &'a RawValue,
}

/// An object, or a frame of a watch.
#[derive(Deserialize)]
struct Outer<'a> {
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    object: Option<&'a RawValue>,
}

/// The encoded `metadata` of an encoded object; `None` if it has none, or is no object.
pub fn metadata(object: &[u8]) -> Option<&str> {
    let object: Object<'_> = serde_json::from_slice(object).ok()?;
    Some(object.metadata.get())
}

/// Where the value of `metadata.managedFields` stands in an encoded object, or in the object of a watch's frame.
pub fn managed_fields(encoded: &[u8]) -> Option<Range<usize>> {
    let outer: Outer<'_> = serde_json::from_slice(encoded).ok()?;
    let metadata = match outer.metadata {
        Some(metadata) => metadata.get(),
        None => metadata(outer.object?.get().as_bytes())?,
    };
    let metadata: Metadata<'_> = serde_json::from_str(metadata).ok()?;
    let fields = metadata.managed_fields.get();
    let start = fields.as_ptr().addr() - encoded.as_ptr().addr();
    Some(start..start + fields.len())
}

/// The `continue` of an encoded list that begins as lists do, with its metadata before its items; what follows is not
/// read. `None` if there are no more pages.
pub fn continue_token(list: &[u8]) -> Option<String> {
    let mut token = None;
    // The deserializer takes it for a fault that the rest is left unread.
    let _ = serde_json::Deserializer::from_slice(list).deserialize_map(ListHead(&mut token));
    token.filter(|token| !token.is_empty())
}

/// Reads a list up to its metadata.
struct ListHead<'a>(&'a mut Option<String>);

#[derive(Deserialize)]
struct ListMetadata {
    #[serde(rename = "continue")]
    token: Option<String>,
}

impl<'de> Visitor<'de> for ListHead<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = fields.next_key()? {
            match &*name {
                "metadata" => {
                    *self.0 = fields.next_value::<ListMetadata>()?.token;
                    break;
                }
                "items" | "rows" => break,
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
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
    let mut deserializer = serde_json::Deserializer::from_slice(encoded);
    let value = parts.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// The name of a field, which is copied only if it is needed.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

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

impl<'de> DeserializeSeed<'de> for Parts<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self {
            Parts::AllBut([]) => Value::deserialize(deserializer),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Parts<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any valid JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let (mut map, mut inside) = (Map::new(), Vec::new());
        while let Some(Name(name)) = fields.next_key()? {
            let value = match self.fate(&name, &mut inside) {
                Fate::Left => {
                    fields.next_value::<IgnoredAny>()?;
                    continue;
                }
                Fate::Whole => fields.next_value()?,
                Fate::Inside => fields.next_value_seed(match self {
                    Parts::Only(_) => Parts::Only(&inside),
                    Parts::AllBut(_) => Parts::AllBut(&inside),
                })?,
            };
            map.insert(name.into_owned(), value);
        }
        Ok(Value::Object(map))
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

//! Encoded objects (JSON): finding parts of them, and leaving parts out, without decoding the rest.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

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

#[cfg(test)]
mod tests {
    use super::*;

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

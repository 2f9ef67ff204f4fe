//! Puts `metadata.resourceVersion` into the encoded form of an object without decoding it.
//!
//! A stored object has no resource version: it is not known before the write. Finding the place takes one scan over
//! the head of the object, a small part of what parsing would cost.

use std::ops::Range;

use bytes::Bytes;

use crate::store::Revision;

/// A copy of `object` whose `metadata.resourceVersion` is `revision`; none if `object` is no JSON object, or its
/// metadata is none.
pub(super) fn with_revision(object: &[u8], revision: Revision) -> Option<Bytes> {
    let place = Place::find(object)?;
    let digits = revision.to_string();
    // Exactly as much as is needed: then the bytes are kept without a second allocation.
    let size = object.len() - place.range.len()
        + place.before.len()
        + place.after.len()
        + digits.len()
        + 2;
    let mut copy = Vec::with_capacity(size);
    copy.extend_from_slice(&object[..place.range.start]);
    copy.extend_from_slice(place.before.as_bytes());
    copy.push(b'"');
    copy.extend_from_slice(digits.as_bytes());
    copy.push(b'"');
    copy.extend_from_slice(place.after.as_bytes());
    copy.extend_from_slice(&object[place.range.end..]);
    Some(Bytes::from(copy))
}

/// What to replace by the quoted revision, and the text around it.
struct Place {
    range: Range<usize>,
    before: &'static str,
    after: &'static str,
}

impl Place {
    fn find(object: &[u8]) -> Option<Self> {
        let mut scan = Scan {
            json: object,
            at: 0,
        };
        let mut fields = scan.object()?;
        let start = scan.at;
        while let Some(name) = scan.field(&mut fields)? {
            if name == b"metadata" {
                return Self::in_metadata(&mut scan);
            }
            scan.value()?;
        }
        let after = if fields.any { "}," } else { "}" };
        Some(Self {
            range: start..start,
            before: "\"metadata\":{\"resourceVersion\":",
            after,
        })
    }

    /// After the uid, where Kubernetes' own encoding has it, or else at the beginning.
    fn in_metadata(scan: &mut Scan<'_>) -> Option<Self> {
        let mut fields = scan.object()?;
        let start = scan.at;
        let mut after_uid = None;
        while let Some(name) = scan.field(&mut fields)? {
            let value = scan.at;
            scan.value()?;
            match name {
                b"resourceVersion" => {
                    return Some(Self {
                        range: value..scan.at,
                        before: "",
                        after: "",
                    });
                }
                b"uid" => after_uid = Some(scan.at),
                _ => {}
            }
        }
        Some(match after_uid {
            Some(at) => Self {
                range: at..at,
                before: ",\"resourceVersion\":",
                after: "",
            },
            None if fields.any => Self {
                range: start..start,
                before: "\"resourceVersion\":",
                after: ",",
            },
            None => Self {
                range: start..start,
                before: "\"resourceVersion\":",
                after: "",
            },
        })
    }
}

/// A cursor over JSON text that only finds where values end; it does not check them.
struct Scan<'a> {
    json: &'a [u8],
    at: usize,
}

/// Where we are in an object: whether a field has been seen.
struct Fields {
    any: bool,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn object(&mut self) -> Option<Fields> {
        self.expect(b'{')?;
        Some(Fields { any: false })
    }

    /// The name of the next field, with the cursor on its value; `Some(None)` at the end of the object.
    fn field(&mut self, fields: &mut Fields) -> Option<Option<&'a [u8]>> {
        self.space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(None);
        }
        if fields.any {
            self.expect(b',')?;
            self.space();
        }
        fields.any = true;
        let start = self.at + 1;
        self.string()?;
        let name = self.json.get(start..self.at - 1)?;
        self.expect(b':')?;
        self.space();
        Some(Some(name))
    }

    fn string(&mut self) -> Option<()> {
        if self.peek()? != b'"' {
            return None;
        }
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(())
    }

    fn value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    if depth == 0 {
                        return Some(());
                    }
                    continue;
                }
                b'{' | b'[' => depth += 1,
                // The end of the object around a bare number or word.
                b'}' | b']' | b',' if depth == 0 => return Some(()),
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return Some(());
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(object: &str, expected: Option<&str>) {
        let spliced = with_revision(object.as_bytes(), 7)
            .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
        assert_eq!(spliced.as_deref(), expected, "{object}");
        if let Some(spliced) = spliced {
            let value: serde_json::Value = serde_json::from_str(&spliced).unwrap();
            assert_eq!(value["metadata"]["resourceVersion"], "7");
        }
    }

    #[test]
    fn the_revision_goes_after_the_uid() {
        check(
            r#"{"kind":"Pod","metadata":{"name":"a","uid":"x","labels":{"uid":"y"}},"spec":{}}"#,
            Some(
                r#"{"kind":"Pod","metadata":{"name":"a","uid":"x","resourceVersion":"7","labels":{"uid":"y"}},"spec":{}}"#,
            ),
        );
    }

    #[test]
    fn an_object_without_uid_or_metadata_gets_it_too() {
        check(
            r#"{"metadata":{}}"#,
            Some(r#"{"metadata":{"resourceVersion":"7"}}"#),
        );
        check(
            r#"{ "metadata" : { "name":"a" } }"#,
            Some(r#"{ "metadata" : {"resourceVersion":"7", "name":"a" } }"#),
        );
        check(
            r#"{"a":1}"#,
            Some(r#"{"metadata":{"resourceVersion":"7"},"a":1}"#),
        );
        check("{}", Some(r#"{"metadata":{"resourceVersion":"7"}}"#));
    }

    #[test]
    fn an_old_revision_is_replaced() {
        check(
            r#"{"metadata":{"resourceVersion":"12345","name":"a"}}"#,
            Some(r#"{"metadata":{"resourceVersion":"7","name":"a"}}"#),
        );
    }

    #[test]
    fn strings_and_nesting_do_not_mislead_it() {
        check(
            r#"{"spec":{"metadata":{"uid":"no"},"text":"\"metadata\":{","n":[1,{"a":null}]},"metadata":{"name":"\\","n":1}}"#,
            Some(
                r#"{"spec":{"metadata":{"uid":"no"},"text":"\"metadata\":{","n":[1,{"a":null}]},"metadata":{"resourceVersion":"7","name":"\\","n":1}}"#,
            ),
        );
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for broken in [
            "",
            "[]",
            "k8s\0protobuf",
            r#"{"metadata":"#,
            r#"{"metadata":{"name":"a"#,
            r#"{"metadata":[]}"#,
            r#"{"a"#,
        ] {
            check(broken, None);
        }
    }
}

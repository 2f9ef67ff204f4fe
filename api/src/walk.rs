//! Reading a JSON object by field name, the way the Go types read: what is absent is empty, zero or false.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::raw::Node;

/// Field access that never fails; absent, null and mistyped fields all read as the zero value of the type asked for.
pub(crate) trait Walk: Sized {
    /// What the fields of an object are held in.
    type Fields: ?Sized;

    /// The field of that name, or null.
    fn field(&self, key: &str) -> &Self;
    fn is_absent(&self) -> bool;
    fn as_text(&self) -> Option<&str>;
    fn as_int(&self) -> Option<i64>;
    fn as_flag(&self) -> Option<bool>;
    fn as_list(&self) -> Option<&[Self]>;
    fn as_map(&self) -> Option<&Self::Fields>;
    /// How many entries this object or array has.
    fn len(&self) -> usize;

    fn text(&self, key: &str) -> &str {
        self.opt_text(key).unwrap_or_default()
    }

    fn int(&self, key: &str) -> i64 {
        self.opt_int(key).unwrap_or_default()
    }

    fn flag(&self, key: &str) -> bool {
        self.opt_flag(key).unwrap_or_default()
    }

    fn list(&self, key: &str) -> &[Self] {
        self.field(key).as_list().unwrap_or_default()
    }

    fn map(&self, key: &str) -> Option<&Self::Fields> {
        self.field(key).as_map()
    }

    /// Whether the field is there and not null: what a Go pointer tells.
    fn has(&self, key: &str) -> bool {
        !self.field(key).is_absent()
    }

    fn opt_text(&self, key: &str) -> Option<&str> {
        self.field(key).as_text()
    }

    fn opt_int(&self, key: &str) -> Option<i64> {
        self.field(key).as_int()
    }

    fn opt_flag(&self, key: &str) -> Option<bool> {
        self.field(key).as_flag()
    }

    /// How many entries the object or array of that name has.
    fn count(&self, key: &str) -> usize {
        self.field(key).len()
    }
}

impl Walk for Value {
    type Fields = Map<String, Value>;

    fn field(&self, key: &str) -> &Self {
        &self[key]
    }

    fn is_absent(&self) -> bool {
        self.is_null()
    }

    fn as_text(&self) -> Option<&str> {
        self.as_str()
    }

    fn as_int(&self) -> Option<i64> {
        self.as_i64()
    }

    fn as_flag(&self) -> Option<bool> {
        self.as_bool()
    }

    fn as_list(&self) -> Option<&[Self]> {
        self.as_array().map(Vec::as_slice)
    }

    fn as_map(&self) -> Option<&Self::Fields> {
        self.as_object()
    }

    fn len(&self) -> usize {
        match self {
            Self::Object(fields) => fields.len(),
            Self::Array(items) => items.len(),
            _ => 0,
        }
    }
}

impl<'a> Walk for Node<'a> {
    type Fields = [(Cow<'a, str>, Node<'a>)];

    fn field(&self, key: &str) -> &Self {
        &self[key]
    }

    fn is_absent(&self) -> bool {
        self.is_null()
    }

    fn as_text(&self) -> Option<&str> {
        self.as_str()
    }

    fn as_int(&self) -> Option<i64> {
        self.as_i64()
    }

    fn as_flag(&self) -> Option<bool> {
        self.as_bool()
    }

    fn as_list(&self) -> Option<&[Self]> {
        self.as_array()
    }

    fn as_map(&self) -> Option<&Self::Fields> {
        self.as_object()
    }

    fn len(&self) -> usize {
        match self {
            Self::Object(fields) => fields.len(),
            Self::Array(items) => items.len(),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn absent_null_and_mistyped_fields_read_as_zero() {
        let value = json!({"a": null, "b": 3, "c": {"d": "e"}, "f": [1, 2]});
        assert_eq!(value.text("a"), "");
        assert_eq!(value.text("b"), "");
        assert_eq!(value.int("b"), 3);
        assert_eq!(value["c"].text("d"), "e");
        assert_eq!(value["x"]["y"].text("z"), "");
        assert_eq!(
            (value.count("c"), value.count("f"), value.count("b")),
            (1, 2, 0)
        );
        assert!(!value.has("a") && value.has("b"));
        assert_eq!(json!(null).list("anything"), &[] as &[Value]);
    }
}

//! Reading a JSON object by field name, the way the Go types read: what is absent is empty, zero or false.

use serde_json::{Map, Value};

/// Field access that never fails; absent, null and mistyped fields all read as the zero value of the type asked for.
pub(crate) trait Walk {
    fn text(&self, key: &str) -> &str;
    fn int(&self, key: &str) -> i64;
    fn flag(&self, key: &str) -> bool;
    fn list(&self, key: &str) -> &[Value];
    fn map(&self, key: &str) -> Option<&Map<String, Value>>;
    /// Whether the field is there and not null: what a Go pointer tells.
    fn has(&self, key: &str) -> bool;
    fn opt_text(&self, key: &str) -> Option<&str>;
    fn opt_int(&self, key: &str) -> Option<i64>;
    fn opt_flag(&self, key: &str) -> Option<bool>;
    /// How many entries the object or array of that name has.
    fn count(&self, key: &str) -> usize;
}

impl Walk for Value {
    fn text(&self, key: &str) -> &str {
        self[key].as_str().unwrap_or_default()
    }

    fn int(&self, key: &str) -> i64 {
        self[key].as_i64().unwrap_or_default()
    }

    fn flag(&self, key: &str) -> bool {
        self[key].as_bool().unwrap_or_default()
    }

    fn list(&self, key: &str) -> &[Value] {
        self[key].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    fn map(&self, key: &str) -> Option<&Map<String, Value>> {
        self[key].as_object()
    }

    fn has(&self, key: &str) -> bool {
        !self[key].is_null()
    }

    fn opt_text(&self, key: &str) -> Option<&str> {
        self[key].as_str()
    }

    fn opt_int(&self, key: &str) -> Option<i64> {
        self[key].as_i64()
    }

    fn opt_flag(&self, key: &str) -> Option<bool> {
        self[key].as_bool()
    }

    fn count(&self, key: &str) -> usize {
        match &self[key] {
            Value::Object(map) => map.len(),
            Value::Array(list) => list.len(),
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

//! The list that validation fills.

use serde_json::Value;

use super::path::Path;
use crate::status::FieldError;
use crate::walk::Walk;

/// The faults found so far, in the order in which upstream reports them.
#[derive(Debug, Default)]
pub(super) struct Errors {
    list: Vec<FieldError>,
    /// Which of them are about the form of an address or of a range.
    addresses: Vec<usize>,
}

impl Errors {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn into_list(self) -> Vec<FieldError> {
        self.list
    }

    pub(super) fn push(&mut self, error: FieldError) {
        self.list.push(error);
    }

    pub(super) fn required(&mut self, path: &Path<'_>, detail: &str) {
        self.push(FieldError::required(path.to_string(), detail));
    }

    pub(super) fn invalid(
        &mut self,
        path: &Path<'_>,
        value: impl Into<Value>,
        detail: impl Into<String>,
    ) {
        self.push(FieldError::invalid(path.to_string(), value, detail));
    }

    /// An address or a range in a form that is refused, unless the object has had it before.
    pub(super) fn malformed(&mut self, path: &Path<'_>, value: &str, detail: &str) {
        self.addresses.push(self.list.len());
        self.invalid(path, value, detail);
    }

    /// Forgives addresses in the form that the object has had before the rules became strict (KEP-4858).
    pub(super) fn forgive_addresses(&mut self, old: &Value) {
        for index in std::mem::take(&mut self.addresses).into_iter().rev() {
            let value = self.list[index].value.as_ref();
            if value.is_some_and(|value| has_text(old, value)) {
                self.list.remove(index);
            }
        }
    }

    /// A fault of several fields together, whose value would say nothing.
    pub(super) fn invalid_without_value(&mut self, path: &Path<'_>, detail: &str) {
        let mut error = FieldError::invalid(path.to_string(), Value::Null, detail);
        error.value = None;
        self.push(error);
    }

    /// One fault for each reason why a value is malformed.
    pub(super) fn invalid_each<M: Into<String>>(
        &mut self,
        path: &Path<'_>,
        value: &str,
        reasons: impl IntoIterator<Item = M>,
    ) {
        for reason in reasons {
            self.invalid(path, value, reason);
        }
    }

    pub(super) fn forbidden(&mut self, path: &Path<'_>, detail: impl Into<String>) {
        self.push(FieldError::forbidden(path.to_string(), detail));
    }

    pub(super) fn duplicate(&mut self, path: &Path<'_>, value: impl Into<Value>) {
        self.push(FieldError::duplicate(path.to_string(), value));
    }

    pub(super) fn not_found(&mut self, path: &Path<'_>, value: impl Into<Value>) {
        self.push(FieldError::not_found(path.to_string(), value));
    }

    pub(super) fn not_supported(
        &mut self,
        path: &Path<'_>,
        value: impl Into<Value>,
        supported: &[&str],
    ) {
        self.push(FieldError::not_supported(
            path.to_string(),
            value,
            supported,
        ));
    }

    pub(super) fn too_long(&mut self, path: &Path<'_>, max: usize) {
        self.push(FieldError::too_long(path.to_string(), max));
    }

    pub(super) fn too_many(&mut self, path: &Path<'_>, actual: usize, max: usize) {
        self.push(FieldError::too_many(path.to_string(), actual, max));
    }

    /// A text that must be one of an enumeration; an absent one is left to the caller.
    pub(super) fn one_of(&mut self, path: &Path<'_>, value: &str, supported: &[&str]) {
        if !supported.contains(&value) {
            self.not_supported(path, value, supported);
        }
    }

    /// A text that must be there and be one of an enumeration.
    pub(super) fn required_one_of(&mut self, path: &Path<'_>, value: &str, supported: &[&str]) {
        if value.is_empty() {
            self.required(path, "");
        } else {
            self.one_of(path, value, supported);
        }
    }

    pub(super) fn non_negative(&mut self, path: &Path<'_>, value: i64) {
        if value < 0 {
            self.invalid(path, value, IS_NEGATIVE);
        }
    }

    pub(super) fn positive(&mut self, path: &Path<'_>, value: i64) {
        if value <= 0 {
            self.invalid(path, value, IS_NOT_POSITIVE);
        }
    }

    /// A number within bounds, both of them included.
    pub(super) fn within(&mut self, path: &Path<'_>, value: i64, min: i64, max: i64) {
        if value < min || value > max {
            self.invalid(path, value, range(min, max));
        }
    }

    /// A struct that must not change, as upstream shows its own of it.
    pub(super) fn immutable_as(
        &mut self,
        path: &Path<'_>,
        new: &Value,
        old: &Value,
        shown: impl FnOnce(&Value) -> Value,
    ) {
        if !same(new, old) {
            self.invalid(path, shown(new), IS_IMMUTABLE);
        }
    }

    /// A field that must not change.
    pub(super) fn immutable(&mut self, path: &Path<'_>, new: &Value, old: &Value) {
        if !same(new, old) {
            self.invalid(path, new.clone(), IS_IMMUTABLE);
        }
    }
}

pub(super) const IS_NEGATIVE: &str = "must be greater than or equal to 0";
pub(super) const IS_NOT_POSITIVE: &str = "must be greater than zero";
pub(super) const IS_IMMUTABLE: &str = "field is immutable";

/// `between 1 and 65535, inclusive`, as upstream words a range.
pub(super) fn range(min: i64, max: i64) -> String {
    format!("must be between {min} and {max}, inclusive")
}

/// A struct as upstream shows one of its own: with Go's names, in Go's order, and with what is absent.
pub(super) fn go_struct(value: &Value, fields: &[(&str, &str)]) -> Value {
    let shown = fields
        .iter()
        .map(|(go, name)| ((*go).to_owned(), value[*name].clone()));
    Value::Object(shown.collect())
}

/// [`go_struct`] of fields that are texts: what is absent is empty.
pub(super) fn go_texts(value: &Value, fields: &[(&str, &str)]) -> Value {
    let shown = fields
        .iter()
        .map(|(go, name)| ((*go).to_owned(), value.text(name).into()));
    Value::Object(shown.collect())
}

/// Whether a value stands anywhere in an object.
fn has_text(object: &Value, wanted: &Value) -> bool {
    match object {
        Value::Object(fields) => fields.values().any(|field| has_text(field, wanted)),
        Value::Array(items) => items.iter().any(|item| has_text(item, wanted)),
        other => other == wanted,
    }
}

/// Semantic equality: an absent field, a null, an empty list and an empty map are the same.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let covers = |a: &serde_json::Map<String, Value>,
                          b: &serde_json::Map<String, Value>| {
                a.iter()
                    .all(|(key, value)| same(value, b.get(key).unwrap_or(&Value::Null)))
            };
            covers(left, right) && covers(right, left)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Null, value) | (value, Value::Null) => match value {
            Value::Null => true,
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.values().all(|value| same(value, &Value::Null)),
            _ => false,
        },
        (left, right) => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_absent_equals_what_is_empty() {
        assert!(same(&json!({"a": [], "b": null, "c": {}}), &json!({})));
        assert!(same(
            &json!({"a": {"b": 1}}),
            &json!({"a": {"b": 1, "c": []}})
        ));
        assert!(!same(&json!({"a": 1}), &json!({"a": 2})));
        assert!(!same(&json!({"a": false}), &json!({})));
        assert!(!same(&json!([1]), &json!([1, 2])));
    }
}

//! The few ways in which a default is put into an object.

use serde_json::{Map, Value};

use crate::quantity::Quantity;

/// Sets a field that is not there: the default of a Go pointer, map or list.
pub(super) fn absent(object: &mut Value, key: &str, value: impl Into<Value>) {
    if let Some(fields) = object.as_object_mut()
        && fields.get(key).is_none_or(Value::is_null)
    {
        fields.insert(key.to_owned(), value.into());
    }
}

/// Sets a field that is not there or holds the zero value: the default of a plain Go string or number.
pub(super) fn unset(object: &mut Value, key: &str, value: impl Into<Value>) {
    if let Some(fields) = object.as_object_mut()
        && fields.get(key).is_none_or(is_zero)
    {
        fields.insert(key.to_owned(), value.into());
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

/// The object of that name, made where there is none: a Go struct that is not behind a pointer is always there.
pub(super) fn always<'a>(object: &'a mut Value, key: &str) -> &'a mut Value {
    absent(object, key, Map::new());
    &mut object[key]
}

/// The object of that name, if there is one.
pub(super) fn child<'a>(object: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    object.get_mut(key).filter(|value| value.is_object())
}

/// The objects of a list.
pub(super) fn each<'a>(object: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    let items = object
        .get_mut(key)
        .and_then(Value::as_array_mut)
        .map(Vec::as_mut_slice)
        .unwrap_or_default();
    items.iter_mut().filter(|item| item.is_object())
}

/// Brings the quantities of a resource list to canonical form, rounded up to a thousandth.
pub(super) fn resource_list(object: &mut Value, key: &str) {
    if let Some(list) = object.get_mut(key).and_then(Value::as_object_mut) {
        for quantity in list.values_mut() {
            canonical(quantity, true);
        }
    }
}

/// Brings one quantity to canonical form.
pub(super) fn quantity(object: &mut Value, key: &str) {
    if let Some(quantity) = object.get_mut(key) {
        canonical(quantity, false);
    }
}

/// What can't be read is left for validation to report.
fn canonical(value: &mut Value, to_milli: bool) {
    if let Ok(quantity) = Quantity::from_value(value) {
        let quantity = if to_milli {
            quantity.round_up_milli()
        } else {
            quantity
        };
        *value = Value::String(quantity.to_string());
    }
}

/// Fills a map with the entries of another that it lacks.
pub(super) fn fill_map(object: &mut Value, key: &str, source: &Map<String, Value>) {
    if source.is_empty() {
        return;
    }
    if let Some(map) = always(object, key).as_object_mut() {
        for (name, value) in source {
            map.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
}

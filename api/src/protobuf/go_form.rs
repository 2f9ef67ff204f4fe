//! Objects as Go prints them that has read them into the type of their kind: the fields in the order of the struct, and
//! those that a struct never leaves out.

use serde_json::{Map, Value};

use super::table::{Field, Message, Shape, Table};

/// The object in the form that Go's type of its kind has in JSON. `None` for kinds that have no message.
pub fn go_form(object: &Value) -> Option<Value> {
    let fields = object.as_object()?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let table = Table::builtin();
    let mut form = Map::new();
    for name in ["kind", "apiVersion"] {
        if let Some(value) = fields.get(name) {
            form.insert(name.to_owned(), value.clone());
        }
    }
    match (
        table.root(api_version, kind),
        kind.strip_suffix("List")
            .and_then(|kind| table.root(api_version, kind)),
    ) {
        (Some(message), _) => write(table, message, fields, &mut form),
        (None, Some(items)) => {
            let list = fields.get("items").and_then(Value::as_array)?;
            let metadata = table.message("meta.v1.ListMeta")?;
            let given = fields.get("metadata").and_then(Value::as_object);
            form.insert(
                "metadata".to_owned(),
                struct_of(table, metadata, given.unwrap_or(&Map::new())),
            );
            let items: Vec<Value> = list
                .iter()
                // An item that says what it is says so first, too.
                .map(|item| {
                    let plain = || value_of(table, &Shape::Message(items.name()), item);
                    go_form(item).unwrap_or_else(plain)
                })
                .collect();
            let none = items.is_empty();
            let items = if none { Value::Null } else { items.into() };
            form.insert("items".to_owned(), items);
        }
        (None, None) => return None,
    }
    // What the type does not know stays.
    for (name, value) in fields {
        form.entry(name).or_insert_with(|| value.clone());
    }
    Some(Value::Object(form))
}

fn struct_of(table: &Table, message: &Message, fields: &Map<String, Value>) -> Value {
    let mut form = Map::new();
    write(table, message, fields, &mut form);
    for (name, value) in fields {
        form.entry(name).or_insert_with(|| value.clone());
    }
    Value::Object(form)
}

fn write(
    table: &Table,
    message: &Message,
    fields: &Map<String, Value>,
    form: &mut Map<String, Value>,
) {
    for field in message.in_go_order() {
        if field.name == "~" {
            if let Shape::Message(name) = field.shape
                && let Some(inline) = table.message(name)
            {
                write(table, inline, fields, form);
            }
            continue;
        }
        let value = match fields.get(field.name) {
            Some(Value::Null) | None => never_left_out(table, field),
            Some(value) => Some(field_of(table, field, value)),
        };
        if let Some(value) = value {
            form.insert(field.name.to_owned(), value);
        }
    }
}

/// What Go writes for a field that nobody has set, if anything.
fn never_left_out(table: &Table, field: &Field) -> Option<Value> {
    if field.is_null_when_unset() {
        return Some(Value::Null);
    }
    match field.shape {
        Shape::Message(name) if field.is_told() && !field.repeated && !field.map => {
            let message = table.message(name)?;
            Some(struct_of(table, message, &Map::new()))
        }
        _ => None,
    }
}

fn field_of(table: &Table, field: &Field, value: &Value) -> Value {
    match value {
        Value::Array(items) if field.repeated => items
            .iter()
            .map(|item| value_of(table, &field.shape, item))
            .collect(),
        Value::Object(entries) if field.map => {
            let mut names: Vec<&String> = entries.keys().collect();
            names.sort_unstable();
            let entries = names
                .into_iter()
                .map(|name| (name.clone(), value_of(table, &field.shape, &entries[name])));
            Value::Object(entries.collect())
        }
        value => value_of(table, &field.shape, value),
    }
}

fn value_of(table: &Table, shape: &Shape, value: &Value) -> Value {
    match (shape, value) {
        (Shape::Message(name), Value::Object(fields)) => match table.message(name) {
            Some(message) if message.alternative(value).is_none() => {
                struct_of(table, message, fields)
            }
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_stand_in_the_structs_order_and_what_is_never_left_out_is_there() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "spec": {"dnsPolicy": "Default",
            "containers": [{"name": "a", "env": [], "envFrom": []}]}, "metadata": {"name": "p"}, "x": 1});
        let text = go_form(&pod).unwrap().to_string();
        assert_eq!(
            text,
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p"},"spec":{"containers":[{"name":"a","envFrom":[],"env":[],"resources":{}}],"dnsPolicy":"Default"},"status":{},"x":1}"#
        );
        assert_eq!(go_form(&json!({"apiVersion": "a.b/v1", "kind": "C"})), None);
    }

    #[test]
    fn times_that_nobody_has_set_are_null() {
        let list = json!({"apiVersion": "v1", "kind": "EventList", "items": [{"reason": "r"}]});
        let event = go_form(&list).unwrap()["items"][0].take();
        assert_eq!(event["lastTimestamp"], Value::Null);
        assert!(event.get("lastTimestamp").is_some() && event.get("series").is_none());
        assert_eq!(event["source"], json!({}));
    }
}

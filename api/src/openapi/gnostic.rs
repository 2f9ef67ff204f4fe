//! The protobuf form of OpenAPI version 2: messages and field numbers of gnostic's `openapi.v2`. Only what our own
//! document uses is written.

use serde_json::{Map, Value};

/// Encodes a whole document.
pub(super) fn document(document: &Value) -> Vec<u8> {
    let mut message = Message::default();
    message.text(1, &document["swagger"]);
    let mut info = Message::default();
    info.text(1, &document["info"]["title"]);
    info.text(2, &document["info"]["version"]);
    message.message(2, info);
    let mut paths = Message::default();
    named(&mut paths, 2, &document["paths"], path_item);
    message.message(8, paths);
    let mut definitions = Message::default();
    named(&mut definitions, 1, &document["definitions"], schema);
    message.message(9, definitions);
    let mut parameters = Message::default();
    named(&mut parameters, 1, &document["parameters"], parameter);
    message.message(10, parameters);
    for requirement in list(&document["security"]) {
        let mut security = Message::default();
        named(&mut security, 1, requirement, |scopes| {
            let mut message = Message::default();
            message.texts(1, scopes);
            message
        });
        message.message(12, security);
    }
    let mut security_definitions = Message::default();
    named(
        &mut security_definitions,
        1,
        &document["securityDefinitions"],
        api_key,
    );
    message.message(13, security_definitions);
    message.bytes
}

/// `SecurityDefinitionsItem` of the one kind there is.
fn api_key(definition: &Value) -> Message {
    let mut key = Message::default();
    key.text(1, &definition["type"]);
    key.text(2, &definition["name"]);
    key.text(3, &definition["in"]);
    key.text(4, &definition["description"]);
    wrap(2, key)
}

fn path_item(item: &Value) -> Message {
    let mut message = Message::default();
    for (field, method) in [
        (2, "get"),
        (3, "put"),
        (4, "post"),
        (5, "delete"),
        (8, "patch"),
    ] {
        if let Some(value) = item.get(method) {
            message.message(field, operation(value));
        }
    }
    for item in list(&item["parameters"]) {
        message.message(9, parameters_item(item));
    }
    message
}

fn operation(operation: &Value) -> Message {
    let mut message = Message::default();
    message.texts(1, &operation["tags"]);
    message.text(3, &operation["description"]);
    message.text(5, &operation["operationId"]);
    message.texts(6, &operation["produces"]);
    message.texts(7, &operation["consumes"]);
    for item in list(&operation["parameters"]) {
        message.message(8, parameters_item(item));
    }
    let mut responses = Message::default();
    named(&mut responses, 1, &operation["responses"], |value| {
        wrap(1, response(value))
    });
    message.message(9, responses);
    message.texts(10, &operation["schemes"]);
    extensions(&mut message, 13, operation);
    message
}

fn response(response: &Value) -> Message {
    let mut message = Message::default();
    message.text(1, &response["description"]);
    if let Some(value) = response.get("schema") {
        message.message(2, wrap(1, schema(value)));
    }
    message
}

/// A parameter in its place, or a reference to a shared one.
fn parameters_item(item: &Value) -> Message {
    match item.get("$ref") {
        Some(target) => {
            let mut reference = Message::default();
            reference.text(1, target);
            wrap(2, reference)
        }
        None => wrap(1, parameter(item)),
    }
}

fn parameter(parameter: &Value) -> Message {
    let mut message = Message::default();
    if parameter["in"] == "body" {
        message.text(2, &parameter["name"]);
        message.text(3, &parameter["in"]);
        message.flag(4, &parameter["required"]);
        message.message(5, schema(&parameter["schema"]));
        return wrap(1, message);
    }
    let in_path = parameter["in"] == "path";
    message.flag(1, &parameter["required"]);
    message.text(2, &parameter["in"]);
    message.text(3, &parameter["description"]);
    message.text(4, &parameter["name"]);
    // A query parameter has one field more before its type.
    message.text(if in_path { 5 } else { 6 }, &parameter["type"]);
    message.flag(if in_path { 19 } else { 20 }, &parameter["uniqueItems"]);
    wrap(2, wrap(if in_path { 4 } else { 3 }, message))
}

fn schema(value: &Value) -> Message {
    let mut message = Message::default();
    message.text(1, &value["$ref"]);
    message.text(2, &value["format"]);
    message.text(4, &value["description"]);
    if let Some(default) = value.get("default") {
        message.message(5, any(default));
    }
    message.texts(19, &value["required"]);
    match &value["additionalProperties"] {
        Value::Null => {}
        values => message.message(21, wrap(1, schema(values))),
    }
    if value["type"].is_string() {
        let mut types = Message::default();
        types.text(1, &value["type"]);
        message.message(22, types);
    }
    if let Some(items) = value.get("items") {
        message.message(23, wrap(1, schema(items)));
    }
    if value["properties"].is_object() {
        let mut properties = Message::default();
        named(&mut properties, 1, &value["properties"], schema);
        message.message(25, properties);
    }
    extensions(&mut message, 31, value);
    message
}

/// The `x-` members as `NamedAny`s.
fn extensions(message: &mut Message, field: u32, value: &Value) {
    for (name, value) in members(value).filter(|(name, _)| name.starts_with("x-")) {
        let mut named = Message::default();
        named.string(1, name);
        named.message(2, any(value));
        message.message(field, named);
    }
}

/// `Any`: YAML, of which JSON is a part.
fn any(value: &Value) -> Message {
    let mut message = Message::default();
    message.string(2, &value.to_string());
    message
}

/// A map as repeated pairs of name and value.
fn named(message: &mut Message, field: u32, map: &Value, encode: impl Fn(&Value) -> Message) {
    for (name, value) in members(map) {
        let mut pair = Message::default();
        pair.string(1, name);
        pair.message(2, encode(value));
        message.message(field, pair);
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A message with nothing but `inner` in one field.
fn wrap(field: u32, inner: Message) -> Message {
    let mut message = Message::default();
    message.message(field, inner);
    message
}

/// The bytes of a protobuf message: fields with a tag each, lengths and numbers as varints.
#[derive(Default)]
struct Message {
    bytes: Vec<u8>,
}

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// A field of wire type 2: a length, then as many bytes.
    fn delimited(&mut self, field: u32, bytes: &[u8]) {
        self.varint(u64::from(field) << 3 | 2);
        self.varint(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    fn message(&mut self, field: u32, message: Message) {
        self.delimited(field, &message.bytes);
    }

    fn string(&mut self, field: u32, text: &str) {
        self.delimited(field, text.as_bytes());
    }

    /// A string field; absent if the value is none.
    fn text(&mut self, field: u32, value: &Value) {
        if let Some(text) = value.as_str() {
            self.string(field, text);
        }
    }

    fn texts(&mut self, field: u32, values: &Value) {
        list(values).for_each(|value| self.text(field, value));
    }

    /// A boolean field; absent if it is false.
    fn flag(&mut self, field: u32, value: &Value) {
        if value.as_bool() == Some(true) {
            self.varint(u64::from(field) << 3);
            self.varint(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_written_with_gnostics_field_numbers() {
        let message = schema(&json!({"type": "string", "x-a": 1}));
        let expected: &[u8] = &[
            0xb2, 0x01, 8, 0x0a, 6, b's', b't', b'r', b'i', b'n', b'g', // type = 22
            0xfa, 0x01, 10, 0x0a, 3, b'x', b'-', b'a', 0x12, 3, 0x12, 1,
            b'1', // vendor_extension = 31
        ];
        assert_eq!(message.bytes, expected);
    }

    #[test]
    fn long_fields_have_long_lengths() {
        let mut message = Message::default();
        message.string(1, &"a".repeat(300));
        assert_eq!(message.bytes[..3], [0x0a, 0xac, 0x02]);
    }
}

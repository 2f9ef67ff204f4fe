//! Writing values: objects, lists and the frames of watches, as Go's typed clients read them.

use serde_json::{Map, Value};

use super::table::{Field, Message, Shape, Table};
use super::{MAGIC, wire};

/// Whether objects of a kind, or lists of it, have a protobuf form.
pub fn has(api_version: &str, kind: &str) -> bool {
    root(api_version, kind).is_some()
}

/// An object or a list in its envelope (`runtime.Unknown`); `None` if its kind has no protobuf form.
///
/// A field that the table does not have is left out: those are alpha in v1.36, and off.
pub fn encode(object: &Value) -> Option<Vec<u8>> {
    let (api_version, kind) = type_of(object);
    let (message, is_list) = root(api_version, kind)?;
    if is_list {
        return Some(List::begin(object)?.finish());
    }
    let mut raw = Vec::new();
    write_message(Table::builtin(), message, object.as_object()?, &mut raw);
    Some(envelope(api_version, kind, &raw))
}

/// A list that is written in parts: those of a message make up the message.
pub struct List {
    api_version: String,
    kind: String,
    items: &'static Message,
    raw: Vec<u8>,
}

impl List {
    /// Begins with the metadata of a list and its first items; `None` if its kind has no protobuf form.
    pub fn begin(list: &Value) -> Option<Self> {
        let (api_version, kind) = type_of(list);
        let (items, is_list) = root(api_version, kind)?;
        let mut written = Self {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            items,
            raw: Vec::new(),
        };
        // Every list has its metadata in the first field, and its items in the second.
        let table = Table::builtin();
        if let (Some(message), Some(Value::Object(metadata))) =
            (table.message("meta.v1.ListMeta"), list.get("metadata"))
        {
            put_message(table, 1, message, metadata, &mut written.raw);
        }
        written.extend(list);
        is_list.then_some(written)
    }

    /// Adds the items of another part of the list.
    pub fn extend(&mut self, part: &Value) {
        let items = part.get("items").and_then(Value::as_array);
        for item in items.into_iter().flatten().filter_map(Value::as_object) {
            put_message(Table::builtin(), 2, self.items, item, &mut self.raw);
        }
    }

    /// The list in its envelope.
    pub fn finish(self) -> Vec<u8> {
        envelope(&self.api_version, &self.kind, &self.raw)
    }
}

fn type_of(object: &Value) -> (&str, &str) {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    (text("apiVersion"), text("kind"))
}

fn envelope(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let mut meta = Vec::new();
    wire::put_bytes(&mut meta, 1, api_version.as_bytes());
    wire::put_bytes(&mut meta, 2, kind.as_bytes());
    let mut body = Vec::with_capacity(raw.len() + meta.len() + 24);
    body.extend_from_slice(MAGIC);
    wire::put_bytes(&mut body, 1, &meta);
    wire::put_bytes(&mut body, 2, raw);
    wire::put_bytes(&mut body, 3, b"");
    wire::put_bytes(&mut body, 4, b"");
    body
}

/// A frame of a watch: its length in four bytes, then a `WatchEvent` that holds the object in its envelope.
pub fn frame(change: &str, object: &Value) -> Option<Vec<u8>> {
    let mut raw = Vec::new();
    wire::put_bytes(&mut raw, 1, &encode(object)?);
    let mut event = Vec::with_capacity(raw.len() + 20);
    wire::put_bytes(&mut event, 1, change.as_bytes());
    wire::put_bytes(&mut event, 2, &raw);
    let length = u32::try_from(event.len()).ok()?;
    Some([length.to_be_bytes().as_slice(), &event].concat())
}

/// The message of a kind, and whether it is that of the items of a list.
fn root(api_version: &str, kind: &str) -> Option<(&'static Message, bool)> {
    let table = Table::builtin();
    let own = table
        .root(api_version, kind)
        .map(|message| (message, false));
    own.or_else(|| Some((table.root(api_version, kind.strip_suffix("List")?)?, true)))
}

fn put_message(
    table: &Table,
    tag: u32,
    message: &Message,
    fields: &Map<String, Value>,
    out: &mut Vec<u8>,
) {
    let mut inner = Vec::new();
    write_message(table, message, fields, &mut inner);
    wire::put_bytes(out, tag, &inner);
}

fn write_message(table: &Table, message: &Message, object: &Map<String, Value>, out: &mut Vec<u8>) {
    for field in message.fields() {
        if field.name == "~" {
            if let Shape::Message(name) = field.shape
                && let Some(inline) = table.message(name)
            {
                put_message(table, field.tag, inline, object, out);
            }
            continue;
        }
        match (object.get(field.name), field.repeated, field.map) {
            (None | Some(Value::Null), ..) => {}
            (Some(Value::Array(list)), true, _) => {
                for value in list {
                    write_value(table, field, field.tag, value, out);
                }
            }
            (Some(Value::Object(map)), _, true) => {
                for (key, value) in map {
                    let mut entry = Vec::new();
                    wire::put_bytes(&mut entry, 1, key.as_bytes());
                    write_value(table, field, 2, value, &mut entry);
                    wire::put_bytes(out, field.tag, &entry);
                }
            }
            (Some(value), ..) => write_value(table, field, field.tag, value, out),
        }
    }
}

/// A value of another type than the field's is left out: what is stored has been checked by the schema.
fn write_value(table: &Table, field: &Field, tag: u32, value: &Value, out: &mut Vec<u8>) {
    match (&field.shape, value) {
        (Shape::Text, Value::String(text)) => wire::put_bytes(out, tag, text.as_bytes()),
        (Shape::Bool, Value::Bool(value)) => wire::put_varint(out, tag, u64::from(*value)),
        (Shape::Integer, Value::Number(number)) => {
            let integer = number.as_i64().map(i64::cast_unsigned);
            if let Some(integer) = integer.or_else(|| number.as_u64()) {
                wire::put_varint(out, tag, integer);
            }
        }
        (Shape::Double, Value::Number(number)) => {
            if let Some(number) = number.as_f64() {
                wire::put_double(out, tag, number);
            }
        }
        (Shape::Bytes, Value::String(text)) => {
            if let Some(bytes) = wire::from_base64(text) {
                wire::put_bytes(out, tag, &bytes);
            }
        }
        (Shape::Special(special), value) => {
            if let Some(bytes) = special.write(value) {
                wire::put_bytes(out, tag, &bytes);
            }
        }
        (Shape::Message(name), value) => {
            let Some(message) = table.message(name) else {
                return;
            };
            if let Some(fields) = message.alternative(value) {
                return put_message(table, tag, message, &fields, out);
            }
            match value {
                Value::Object(fields) => put_message(table, tag, message, fields, out),
                // `ExtraValue` and its like are plain lists in JSON.
                Value::Array(list) if message.wraps_list() => {
                    let fields = Map::from_iter([("items".to_owned(), list.clone().into())]);
                    put_message(table, tag, message, &fields, out);
                }
                _ => {}
            }
        }
        _ => {}
    }
}

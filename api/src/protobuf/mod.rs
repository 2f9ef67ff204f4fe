//! `application/vnd.kubernetes.protobuf`: the bodies and answers of typed clients, read into values and written from
//! them by a table of messages.
//!
//! The table (`messages.txt`) has a line for each message: its name, then `TAG:NAME:TYPE` for each field, in the order of
//! the struct that Go has for it. Types are `s`
//! (string), `b` (bool), `i` (integer), `y` (bytes), `d` (double), `@X` (a message with a JSON form of its own) or the
//! name of a message; `*` before it means repeated, `%` a map with strings as keys, `!` after it a field whose zero is told
//! too, `&` one that Go keeps as a pointer, so that a zero that was set is told, `-` one that Go writes as null when it is not
//! set, and the field name `~` a message whose fields stand in JSON among those of its owner.

mod encode;
mod go_form;
mod table;
mod wire;

use serde_json::{Map, Value};

pub use encode::{List, encode, frame, has};
pub use go_form::go_form;
pub use table::Table;
use table::{Field, Message, Shape};
use wire::{Reader, Token};

/// The media type.
pub const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// The four bytes before the envelope.
const MAGIC: &[u8] = b"k8s\0";

/// Why a body can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("provided data does not appear to be a protobuf message, expected prefix {MAGIC:?}")]
    Magic,
    #[error("unexpected EOF")]
    Truncated,
    #[error("proto: illegal wireType {0}")]
    WireType(u8),
    #[error("proto: a string is not UTF-8")]
    Text,
    #[error("no kind {kind:?} is registered for version {api_version:?}")]
    UnknownKind { api_version: String, kind: String },
    #[error("messages are nested too deeply")]
    Depth,
}

/// How deep messages may be nested; upstream's decoder has the limit of Go's stack. Clients need about fifteen, the schemas
/// of definitions two for each level.
const MAX_DEPTH: usize = 128;

/// Whether a body is in this coding, whatever its head says.
pub fn is_protobuf(body: &[u8]) -> bool {
    body.starts_with(MAGIC)
}

/// Reads a body: the envelope (`runtime.Unknown`), then the object or the list that it names.
pub fn decode(body: &[u8]) -> Result<Value, Error> {
    let envelope = body.strip_prefix(MAGIC).ok_or(Error::Magic)?;
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    let mut reader = Reader::new(envelope);
    while let Some((tag, token)) = reader.next()? {
        match (tag, token) {
            (1, Token::Bytes(meta)) => {
                let mut reader = Reader::new(meta);
                while let Some((tag, token)) = reader.next()? {
                    match (tag, token) {
                        (1, Token::Bytes(text)) => api_version = wire::text(text)?,
                        (2, Token::Bytes(text)) => kind = wire::text(text)?,
                        _ => {}
                    }
                }
            }
            (2, Token::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let table = Table::builtin();
    let mut object = Map::new();
    object.insert("apiVersion".to_owned(), api_version.clone().into());
    object.insert("kind".to_owned(), kind.clone().into());
    let own = table.root(&api_version, &kind);
    let items = kind.strip_suffix("List");
    let items = items.and_then(|item| table.root(&api_version, item));
    match (own, items) {
        (Some(message), _) => read_message(table, message, raw, &mut object, 0)?,
        (None, Some(items)) => read_list(table, items, raw, &mut object)?,
        (None, None) => return Err(Error::UnknownKind { api_version, kind }),
    }
    Ok(Value::Object(object))
}

/// Reads one event of a watch, without the length before it, into the form that it has in JSON.
pub fn decode_event(frame: &[u8]) -> Result<Value, Error> {
    let (mut change, mut object) = (String::new(), Value::Null);
    let mut reader = Reader::new(frame);
    while let Some((tag, token)) = reader.next()? {
        match (tag, token) {
            (1, Token::Bytes(text)) => change = wire::text(text)?,
            (2, Token::Bytes(extension)) => {
                if let Some((1, Token::Bytes(raw))) = Reader::new(extension).next()? {
                    object = decode(raw)?;
                }
            }
            _ => {}
        }
    }
    Ok(serde_json::json!({"type": change, "object": object}))
}

/// Every list has its metadata in the first field, and its items in the second.
fn read_list(
    table: &Table,
    items: &Message,
    bytes: &[u8],
    out: &mut Map<String, Value>,
) -> Result<(), Error> {
    let (mut metadata, mut found) = (Map::new(), Vec::new());
    let mut reader = Reader::new(bytes);
    while let Some((tag, token)) = reader.next()? {
        match (tag, token) {
            (1, Token::Bytes(inner)) => {
                if let Some(message) = table.message("meta.v1.ListMeta") {
                    read_message(table, message, inner, &mut metadata, 1)?;
                }
            }
            (2, Token::Bytes(inner)) => {
                let mut item = Map::new();
                read_message(table, items, inner, &mut item, 1)?;
                found.push(Value::Object(item));
            }
            _ => {}
        }
    }
    out.insert("metadata".to_owned(), metadata.into());
    out.insert("items".to_owned(), found.into());
    Ok(())
}

fn read_message(
    table: &Table,
    message: &Message,
    bytes: &[u8],
    out: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        return Err(Error::Depth);
    }
    let mut reader = Reader::new(bytes);
    while let Some((tag, token)) = reader.next()? {
        let Some(field) = message.field(tag) else {
            continue;
        };
        if field.name == "~" {
            if let (Shape::Message(name), Token::Bytes(inner)) = (&field.shape, token)
                && let Some(inline) = table.message(name)
            {
                read_message(table, inline, inner, out, depth + 1)?;
            }
            continue;
        }
        if field.map {
            let Token::Bytes(entry) = token else { continue };
            let (key, value) = read_entry(table, field, entry, depth)?;
            let map = out.entry(field.name).or_insert_with(|| Map::new().into());
            if let Some(map) = map.as_object_mut() {
                map.insert(key, value);
            }
            continue;
        }
        let Some(value) = read_value(table, field, token, depth)? else {
            continue;
        };
        if field.repeated {
            let list = out
                .entry(field.name)
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Some(list) = list.as_array_mut() {
                list.push(value);
            }
        } else if field.means_something(&value) {
            out.insert(field.name.to_owned(), value);
        }
    }
    Ok(())
}

fn read_entry(
    table: &Table,
    field: &Field,
    entry: &[u8],
    depth: usize,
) -> Result<(String, Value), Error> {
    let (mut key, mut value) = (String::new(), field.shape.zero());
    let mut reader = Reader::new(entry);
    while let Some((tag, token)) = reader.next()? {
        match (tag, token) {
            (1, Token::Bytes(text)) => key = wire::text(text)?,
            (2, token) => {
                if let Some(read) = read_value(table, field, token, depth)? {
                    value = read;
                }
            }
            _ => {}
        }
    }
    Ok((key, value))
}

/// `None` for what has no JSON form: the zero time, and a wire type that the field does not have.
fn read_value(
    table: &Table,
    field: &Field,
    token: Token<'_>,
    depth: usize,
) -> Result<Option<Value>, Error> {
    Ok(match (&field.shape, token) {
        (Shape::Text, Token::Bytes(bytes)) => Some(wire::text(bytes)?.into()),
        (Shape::Bool, Token::Varint(number)) => Some((number != 0).into()),
        (Shape::Integer, Token::Varint(number)) => Some(number.cast_signed().into()),
        (Shape::Integer, Token::Fixed64(number)) => Some(number.cast_signed().into()),
        (Shape::Double, Token::Fixed64(bits)) => Some(wire::number(f64::from_bits(bits))),
        (Shape::Bytes, Token::Bytes(bytes)) => Some(wire::base64(bytes).into()),
        (Shape::Special(special), Token::Bytes(bytes)) => special.read(bytes)?,
        (Shape::Message(name), Token::Bytes(bytes)) => {
            let Some(message) = table.message(name) else {
                return Ok(None);
            };
            let mut object = Map::new();
            read_message(table, message, bytes, &mut object, depth + 1)?;
            Some(message.to_json(object))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests;

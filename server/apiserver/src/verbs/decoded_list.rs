//! A list whose items have to be decoded: a few at a time, since a decoded object takes twenty times its bytes.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use knarr_api::protobuf;
use knarr_api::status::Status;
use knarr_api::yaml;
use knarr_storage::Entry;
use serde_json::{Value, json};

use super::converted;
use crate::call::Call;
use crate::request::accept::Encoding;
use crate::response;

/// How many objects are decoded at a time.
const STEP: usize = 50;

/// How far the items of an indented list are indented.
const INDENTED: &[u8] = b"\n    ";

/// Answers a list of stored objects in the form that was asked for.
pub async fn answer(
    call: &Call,
    entries: &[Arc<Entry>],
    metadata: Value,
) -> Result<Response, Status> {
    let (first, rest) = entries.split_at(STEP.min(entries.len()));
    let items = converted::objects(call, first).await?;
    let mut list = Written::begin(call, call.shape_list(items, metadata)?);
    for step in rest.chunks(STEP) {
        let items = converted::objects(call, step).await?;
        list.extend(call.shape_list(items, json!({}))?);
        tokio::task::yield_now().await;
    }
    let (encoding, bytes) = list.finish();
    let content_type = encoding.content_type();
    Ok(response::compressible(
        StatusCode::OK,
        content_type,
        bytes,
        &call.headers,
    ))
}

/// A list that is being written.
enum Written {
    Json(Json),
    Protobuf(protobuf::List),
    /// Few ask for it.
    Yaml(Value),
}

impl Written {
    /// Begins with what a list has beside its items, and the first of them.
    fn begin(call: &Call, list: Value) -> Self {
        match call.encoding {
            Encoding::Yaml => return Self::Yaml(list),
            Encoding::Protobuf => {
                if let Some(list) = protobuf::List::begin(&list) {
                    return Self::Protobuf(list);
                }
            }
            Encoding::Json => {}
        }
        let pretty = response::pretty(call.options.pretty, &call.headers);
        Self::Json(Json::begin(list, pretty))
    }

    /// Adds the items of another part of the list.
    fn extend(&mut self, mut part: Value) {
        match self {
            Self::Json(list) => list.extend(take_items(&mut part)),
            Self::Protobuf(list) => list.extend(&part),
            Self::Yaml(list) => {
                if let Some(Value::Array(all)) = items_of(list) {
                    all.extend(take_items(&mut part));
                }
            }
        }
    }

    fn finish(self) -> (Encoding, Vec<u8>) {
        match self {
            Self::Json(list) => (Encoding::Json, list.finish()),
            Self::Protobuf(list) => (Encoding::Protobuf, list.finish()),
            Self::Yaml(list) => (Encoding::Yaml, yaml::to_string(&list).into_bytes()),
        }
    }
}

/// A list as JSON, whose items come last.
struct Json {
    bytes: Vec<u8>,
    pretty: bool,
    empty: bool,
}

impl Json {
    fn begin(mut list: Value, pretty: bool) -> Self {
        let items = take_items(&mut list);
        let mut bytes = match pretty {
            true => serde_json::to_vec_pretty(&list),
            false => serde_json::to_vec(&list),
        }
        .unwrap_or_default();
        // The brackets of the empty items, and what closes the list.
        let close = if pretty { "]\n}" } else { "]}" };
        bytes.truncate(bytes.len().saturating_sub(close.len()));
        let mut written = Self {
            bytes,
            pretty,
            empty: true,
        };
        written.extend(items);
        written
    }

    fn extend(&mut self, items: Vec<Value>) {
        for item in items {
            if !std::mem::take(&mut self.empty) {
                self.bytes.push(b',');
            }
            if self.pretty {
                self.bytes.extend_from_slice(INDENTED);
                let text = serde_json::to_vec_pretty(&item).unwrap_or_default();
                for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
                    if number > 0 {
                        self.bytes.extend_from_slice(INDENTED);
                    }
                    self.bytes.extend_from_slice(line);
                }
            } else {
                // Writing to memory does not fail.
                let _ = serde_json::to_writer(&mut self.bytes, &item);
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        let close: &[u8] = match (self.pretty, self.empty) {
            (false, _) => b"]}",
            (true, true) => b"]\n}\n",
            (true, false) => b"\n  ]\n}\n",
        };
        self.bytes.extend_from_slice(close);
        self.bytes
    }
}

/// The items of a list, or the rows of a table.
fn items_of(list: &mut Value) -> Option<&mut Value> {
    let list = list.as_object_mut()?;
    let field = if list.contains_key("rows") {
        "rows"
    } else {
        "items"
    };
    list.get_mut(field)
}

/// Takes the items out of a list; there are none then.
fn take_items(list: &mut Value) -> Vec<Value> {
    let items = items_of(list).and_then(Value::as_array_mut);
    items.map(std::mem::take).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(field: &str, items: &[Value]) -> Value {
        json!({"kind": "L", "metadata": {"resourceVersion": "7"}, field: items})
    }

    #[test]
    fn a_list_in_parts_is_the_list_in_one() {
        let items: Vec<Value> = (0..5).map(|n| json!({"a": [n, {}], "b": "x\ny"})).collect();
        for field in ["items", "rows"] {
            for (first, second) in [(0, 0), (0, 2), (2, 2), (1, 5)] {
                let whole = list(field, &items[..second]);
                for pretty in [false, true] {
                    let mut written = Json::begin(list(field, &items[..first]), pretty);
                    written.extend(take_items(&mut list(field, &items[first..second])));
                    let expected = match pretty {
                        true => serde_json::to_string_pretty(&whole).unwrap() + "\n",
                        false => serde_json::to_string(&whole).unwrap(),
                    };
                    assert_eq!(String::from_utf8(written.finish()).unwrap(), expected);
                }
            }
        }
    }
}

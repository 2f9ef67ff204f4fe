//! Lists that come in pages. While one page is decoded the server is at work on the next.

use super::{Client, Request, decode};
use crate::error::{Error, Result};
use bytes::Bytes;
use knarr_api::raw::{self, Field};
use serde_json::Value;

impl Client {
    /// The list whose first page is `page`, the answer to `request`; the other pages are fetched.
    pub async fn pages(&self, mut page: Bytes, request: Request) -> Result<Value> {
        let mut list = Value::Null;
        loop {
            let next = |token| self.send_raw(request.clone().query("continue", token));
            let (part, following) = match raw::continue_token(&page) {
                Some(token) => {
                    let (part, following) =
                        tokio::join!(decode_beside(page, request.unread), next(token));
                    (part?, Some(following?))
                }
                None => (decode(&page, request.unread)?, None),
            };
            add(&mut list, part);
            // Lists in protobuf tell only when they are decoded.
            page = match (following, list["metadata"]["continue"].as_str()) {
                (Some(page), _) => page,
                (None, Some(token)) if !token.is_empty() => next(token.to_owned()).await?,
                _ => return Ok(list),
            };
        }
    }
}

/// Decodes a page on another thread.
async fn decode_beside(page: Bytes, unread: &'static [Field]) -> Result<Value> {
    let decoding = tokio::task::spawn_blocking(move || decode(&page, unread));
    match decoding.await {
        Ok(decoded) => decoded,
        Err(error) => Err(Error::message(error.to_string())),
    }
}

/// Adds a page to the list that goes before it.
fn add(list: &mut Value, mut page: Value) {
    if list.is_null() {
        *list = page;
        return;
    }
    for field in ["items", "rows"] {
        if let (Some(Value::Array(all)), Some(Value::Array(added))) =
            (list.get_mut(field), page.get_mut(field))
        {
            all.append(added);
        }
    }
    list["metadata"]["continue"] = page["metadata"]["continue"].take();
}

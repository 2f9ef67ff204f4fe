//! `list`: the bytes of the watch cache, put side by side.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use knarr_api::status::Status;
use knarr_storage::{At, ListRequest, ListResponse};
use serde_json::{Map, Value};

use super::list_body::{Compressed, ListBody, made};
use super::select::{self, Continue};
use super::{converted, decoded_list, list_options};
use crate::call::Call;
use crate::registry::{Registry, storage_error};
use crate::request::accept::{Encoding, Form};
use crate::response;

/// Upstream's words for a page of a list whose state is gone.
const CONTINUE_EXPIRED: &str = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/// Answers a list, or a page of one.
pub async fn list(call: &Call) -> Result<Response, Status> {
    let list = read(call).await?;
    let metadata = list_metadata(call, &list);
    if call.wants_stored_bytes() && call.custom.is_none() {
        let body = ListBody::new(stored_head(call, &metadata), list.entries);
        return Ok(answer(call, body.length(), Body::new(body)));
    }
    if let Some((head, write)) = call.items(&metadata)? {
        // What is made of an object is mostly its metadata: about the same.
        let sizes = list.entries.iter().map(|entry| entry.object.len() as u64);
        let length = sizes.sum();
        let body = made(head, list.entries, write).map_err(Status::internal)?;
        return Ok(answer(call, length, body));
    }
    decoded_list::answer(call, &list.entries, Value::Object(metadata)).await
}

/// Reads the objects that the call selects.
pub async fn read(call: &Call) -> Result<ListResponse, Status> {
    list_options::check_list(&call.options)?;
    let prefix = Registry::prefix(call.stored, call.namespace());
    let mut request = ListRequest {
        at: select::list_at(&call.options)?,
        limit: call.options.limit,
        filter: select::filter(call)?,
        prefix,
        ..ListRequest::default()
    };
    let mut continued = None;
    if !call.options.continue_token.is_empty() {
        let token = Continue::decode(&call.options.continue_token)?;
        if !matches!(call.options.resource_version.as_str(), "" | "0") {
            return Err(Status::bad_request(
                "specifying resource version is not allowed when using continue",
            ));
        }
        request.start_after = Some(format!("{}{}", request.prefix, token.start));
        request.at = token.revision.map_or(At::Current, At::Exact);
        request.following = token.following;
        continued = Some(token);
    }
    let list = call.shared.registry.cache(call.stored).list(request).await;
    list.map_err(|error| {
        let status = storage_error(call.stored, "", error);
        match continued {
            Some(token) if status.code == 410 => inconsistent(token),
            _ => status,
        }
    })
}

/// 410 for a page whose state is gone, with the token by which the list goes on from the same place all the same.
fn inconsistent(token: Continue) -> Status {
    let token = Continue {
        revision: None,
        following: None,
        ..token
    };
    let mut status = Status::expired(CONTINUE_EXPIRED);
    status.details.get_or_insert_default().continue_token = token.encode();
    status
}

/// The metadata of a list, with the token for what follows.
pub fn list_metadata(call: &Call, list: &ListResponse) -> Map<String, Value> {
    let mut metadata = Map::new();
    if call.custom.is_some() && call.form == Form::Object {
        // What has no type says that there is no more.
        metadata.insert("continue".to_owned(), "".into());
    }
    metadata.insert(
        "resourceVersion".to_owned(),
        list.revision.to_string().into(),
    );
    if let Some(last) = &list.next {
        let prefix = Registry::prefix(call.stored, call.namespace());
        let start = last.strip_prefix(&prefix).unwrap_or(last).to_owned();
        let token = Continue {
            revision: Some(list.revision),
            start,
            following: list.remaining,
        };
        metadata.insert("continue".to_owned(), token.encode().into());
        let whole = converted::selector(call).is_none();
        if let Some(remaining) = list.remaining.filter(|count| *count > 0 && whole) {
            metadata.insert("remainingItemCount".to_owned(), remaining.into());
        }
    }
    metadata
}

/// How a list of stored objects begins.
fn stored_head(call: &Call, metadata: &Map<String, Value>) -> String {
    format!(
        "{{\"kind\":\"{}\",\"apiVersion\":\"{}\",\"metadata\":{},\"items\":[",
        call.kind.list_kind(),
        call.kind.api_version(),
        serde_json::to_string(metadata).unwrap_or_default()
    )
}

/// Answers a list that is about so long.
fn answer(call: &Call, length: u64, body: Body) -> Response {
    let content_type = Encoding::Json.content_type();
    let compresses = response::accepts_compressed(&call.headers, length);
    match compresses {
        false => response::plain(StatusCode::OK, content_type, body),
        true => {
            let body = Body::new(Compressed::new(body));
            response::compressed(response::plain(StatusCode::OK, content_type, body))
        }
    }
}

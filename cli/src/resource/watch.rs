//! One object, watched from its present state on as client-go's reflector does: a stream that starts with what is there
//! (KEP-3157), or, from a server that has no such stream, a list and then a watch.

use super::flatten;
use crate::{
    client::{Client, Lines, Request},
    error::{Error, Result},
    mapper::Mapping,
};
use jiff::SignedDuration;
use knarr_api::duration;
use serde_json::Value;
use std::ops::ControlFlow;

/// Marks the bookmark behind which changes follow.
const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// What is told about the object.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The object is there, or has changed.
    Present(Value),
    /// The object has gone.
    Deleted(Value),
    /// All that was there in the beginning has been told; `true` if the object was.
    Synced(bool),
}

/// Tells `tell` about the object of that name until it breaks off; watches that end are opened anew.
pub async fn watch_object<T>(
    client: &Client,
    mapping: &Mapping,
    namespace: &str,
    name: &str,
    mut tell: impl FnMut(Event) -> Result<ControlFlow<T>>,
) -> Result<T> {
    let request = Request::get(mapping.path(namespace, ""))
        .query("fieldSelector", format!("metadata.name={name}"));
    loop {
        let (mut lines, mut synced) = match client.stream(streaming(client, &request)).await {
            Ok(lines) => (lines, false),
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(_) => {
                let (found, version) = listed(client, &request).await?;
                let there = !found.is_empty();
                for object in found {
                    if let ControlFlow::Break(end) = tell(Event::Present(object))? {
                        return Ok(end);
                    }
                }
                if let ControlFlow::Break(end) = tell(Event::Synced(there))? {
                    return Ok(end);
                }
                let watch = bounded(client, &request)
                    .query("allowWatchBookmarks", "true")
                    .query("resourceVersion", version)
                    .query("watch", "true");
                (client.stream(watch).await?, true)
            }
        };
        if let Some(end) = follow(&mut lines, &mut synced, &mut tell).await? {
            return Ok(end);
        }
    }
}

/// The request for a stream that starts with what is there.
fn streaming(client: &Client, request: &Request) -> Request {
    bounded(client, request)
        .query("allowWatchBookmarks", "true")
        .query("resourceVersionMatch", "NotOlderThan")
        .query("sendInitialEvents", "true")
        .query("watch", "true")
}

/// A request for a stream that ends after five to ten minutes, so that many clients do not come back at once. Go's
/// clients of single kinds say so twice.
fn bounded(client: &Client, request: &Request) -> Request {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let odd = now.unwrap_or_default().subsec_micros();
    let seconds = i64::from(300 + odd % 300);
    let request = request.clone().query("timeoutSeconds", seconds.to_string());
    match client.is_typed() {
        true => request.typed().query(
            "timeout",
            duration::format(SignedDuration::from_secs(seconds)),
        ),
        false => request,
    }
}

async fn listed(client: &Client, request: &Request) -> Result<(Vec<Value>, String)> {
    let list = client.send(request.clone()).await?;
    let version = list["metadata"]["resourceVersion"].as_str();
    let version = version.unwrap_or_default().to_owned();
    Ok((flatten(list), version))
}

/// Reads one stream to its end, or to where `tell` breaks off.
async fn follow<T>(
    lines: &mut Lines,
    synced: &mut bool,
    tell: &mut impl FnMut(Event) -> Result<ControlFlow<T>>,
) -> Result<Option<T>> {
    let mut there = false;
    while let Some(mut event) = lines.next_event().await? {
        let object = event["object"].take();
        let told = match event["type"].as_str() {
            Some("ADDED" | "MODIFIED") => {
                there = true;
                Event::Present(object)
            }
            Some("DELETED") => {
                there = false;
                Event::Deleted(object)
            }
            Some("BOOKMARK")
                if !*synced && object["metadata"]["annotations"][INITIAL_EVENTS_END] == "true" =>
            {
                *synced = true;
                Event::Synced(there)
            }
            Some("ERROR") => return Ok(None),
            _ => continue,
        };
        if let ControlFlow::Break(end) = tell(told)? {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

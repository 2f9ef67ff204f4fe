//! `watch`: a stream of JSON frames, one change each, for as long as the client stays.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, stream};
use http::StatusCode;
use knarr_api::kinds::Kind;
use knarr_api::status::Status;
use knarr_api::{protobuf, table};
use knarr_storage::{At, WatchEvent, WatchFrom, WatchRequest};
use rand::RngExt;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::converted::Selection;
use super::{list_options, select};
use crate::call::Call;
use crate::metrics::OpenWatch;
use crate::registry::{Registry, storage_error};
use crate::request::accept::{self, Encoding, Form};
use crate::response;

/// At most so many changes go into one frame of the connection.
const BATCH: usize = 64;

/// Answers a watch. That the state where it starts is gone or still to come is told in the stream, as upstream does.
pub async fn watch(call: &mut Call) -> Result<Response, Status> {
    let options = &call.options;
    if call.encoding == Encoding::Yaml {
        return Err(Status::not_acceptable(accept::STREAMED));
    }
    if let Form::Table(_) = call.form {
        call.table_options()?;
    }
    let from = start(call).await?;
    let asked = options.timeout_seconds.filter(|seconds| *seconds != 0);
    let least = call.shared.config.min_request_timeout;
    let limit = asked.map_or_else(
        || match least.is_zero() {
            true => Duration::MAX,
            false => least.mul_f64(rand::rng().random_range(1.0..2.0)),
        },
        |seconds| Duration::from_secs(seconds.max(0).unsigned_abs()),
    );
    let request = WatchRequest {
        prefix: Registry::prefix(call.stored, call.namespace()),
        from,
        filter: select::filter(call)?,
        index: select::index(call),
        bookmarks: options.watch_bookmarks,
        deadline: tokio::time::Instant::now().checked_add(limit),
    };
    let opened = open(call, request).await;
    let frames = match opened {
        Ok(frames) => frames,
        Err(status) => {
            if !matches!(status.code, 410 | 504) {
                return Err(status);
            }
            stream::iter([error_frame(call.encoding, &status)]).boxed()
        }
    };
    let cancelled = call.shared.cancel.clone().cancelled_owned();
    let redefined = call.custom.as_ref().map(|custom| custom.ended().clone());
    let end = async move {
        tokio::select! {
            () = cancelled => {}
            () = ended(redefined) => {}
            () = tokio::time::sleep(limit) => {}
        }
    };
    let body = frames.take_until(Box::pin(end)).map(Ok::<_, Infallible>);
    Ok(response::plain(
        StatusCode::OK,
        call.encoding.stream_type(),
        Body::from_stream(body),
    ))
}

async fn open(call: &Call, request: WatchRequest) -> Result<BoxStream<'static, Bytes>, Status> {
    let selection = Selection::start(call, request.from).await?;
    let events = call.shared.registry.cache(call.stored).watch(request).await;
    let events = events.map_err(|error| storage_error(call.stored, "", error))?;
    Ok(frames(encoder(call, selection), events).boxed())
}

async fn start(call: &Call) -> Result<WatchFrom, Status> {
    let options = &call.options;
    let gates = &call.shared.config.feature_gates;
    list_options::check_watch(options, gates.is_on("WatchList"))?;
    let at = match options.resource_version.as_str() {
        "" => At::Current,
        "0" => At::Any,
        version => {
            let revision = select::revision(version)?;
            if options.send_initial_events != Some(true) {
                return Ok(WatchFrom::Revision(revision));
            }
            At::NotOlderThan(revision)
        }
    };
    if options.send_initial_events == Some(false) {
        // From now on, and nothing of what is there already.
        let current = call.shared.config.store.current_revision().await;
        return current.map(WatchFrom::Revision).map_err(Status::internal);
    }
    // Also who does not ask for initial events gets them here, with all that belongs to them.
    Ok(WatchFrom::State {
        at,
        mark_end: options.watch_bookmarks,
    })
}

/// What turns changes into bytes, in the form that was asked for.
struct Encoder {
    call: Call,
    open: OpenWatch,
    began: Instant,
    raw: bool,
    first: bool,
    selection: Option<Selection>,
}

fn encoder(call: &Call, selection: Option<Selection>) -> Encoder {
    let raw = call.form == Form::Object
        && call.encoding != Encoding::Protobuf
        && std::ptr::eq(call.kind, call.stored)
        && call.custom.is_none();
    let mut streamed = call.for_stream();
    if let Form::MetadataList(_) = call.form {
        // A change has no list: upstream sends it as it is.
        streamed.form = Form::Object;
    }
    Encoder {
        call: streamed,
        open: call.shared.metrics.watch(&call.info),
        began: Instant::now(),
        raw,
        first: true,
        selection,
    }
}

impl Encoder {
    async fn encode(&mut self, event: &WatchEvent, out: &mut BytesMut) {
        let (kind, entry) = match event {
            WatchEvent::Added(entry) => ("ADDED", entry),
            WatchEvent::Modified(entry) => ("MODIFIED", entry),
            WatchEvent::Deleted(entry) => ("DELETED", entry),
            WatchEvent::Bookmark {
                revision,
                initial_events_end,
            } => {
                if *initial_events_end {
                    let metrics = &self.call.shared.metrics;
                    metrics.watch_listed(&self.call.info, self.began.elapsed());
                }
                return self.bookmark(out, *revision, *initial_events_end);
            }
        };
        if self.raw {
            return put(out, kind, &entry.object);
        }
        let is_json = self.call.encoding == Encoding::Json;
        if let (None, Form::Metadata(version), true) = (&self.selection, self.call.form, is_json) {
            let mut partial = Vec::new();
            table::partial_metadata(&entry.object, version, &mut partial);
            return put(out, kind, &partial);
        }
        let object = self.call.decode(std::slice::from_ref(entry)).await;
        let object = object.map(|mut all| all.pop().unwrap_or_default());
        let kind = match (&mut self.selection, &object) {
            (Some(selection), Ok(object)) => match selection.told(kind, entry, object) {
                Some(kind) => kind,
                None => return,
            },
            _ => kind,
        };
        self.shaped(out, kind, object);
    }

    /// Writes a change in the form that was asked for.
    fn shaped(&mut self, out: &mut BytesMut, kind: &str, object: Result<Value, Status>) {
        let encoding = self.call.encoding;
        match object.and_then(|object| self.call.shape(object, self.first)) {
            Ok(object) => put_value(encoding, out, kind, &object),
            Err(status) => put_value(encoding, out, "ERROR", &status.to_value()),
        }
        self.first = false;
    }

    /// An object that is nothing but a revision.
    fn bookmark(&mut self, out: &mut BytesMut, revision: u64, initial_events_end: bool) {
        let mut metadata = json!({"resourceVersion": revision.to_string()});
        if initial_events_end {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let of = |kind: &Kind| json!({"kind": kind.kind, "apiVersion": kind.api_version(), "metadata": metadata});
        match self.call.form {
            Form::Object | Form::MetadataList(_) => {
                put_value(self.call.encoding, out, "BOOKMARK", &of(self.call.kind));
            }
            Form::Table(_) | Form::Metadata(_) => {
                self.shaped(out, "BOOKMARK", Ok(of(self.call.stored)));
            }
        }
    }
}

fn frames(
    encoder: Encoder,
    events: impl Stream<Item = WatchEvent> + Send + 'static,
) -> impl Stream<Item = Bytes> + Send {
    let batches = Box::pin(events.ready_chunks(BATCH));
    stream::unfold((encoder, batches), |(mut encoder, mut batches)| async {
        let batch = batches.next().await?;
        let mut out = BytesMut::new();
        for event in &batch {
            encoder.encode(event, &mut out).await;
        }
        encoder.open.sent(batch.len());
        Some((out.freeze(), (encoder, batches)))
    })
}

/// Waits until the definition of a custom resource changes; other kinds wait for good.
async fn ended(redefined: Option<CancellationToken>) {
    match redefined {
        Some(token) => token.cancelled().await,
        None => std::future::pending().await,
    }
}

fn put(out: &mut BytesMut, kind: &str, object: &[u8]) {
    out.reserve(object.len() + 40);
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\",\"object\":");
    out.extend_from_slice(object);
    out.extend_from_slice(b"}\n");
}

fn put_value(encoding: Encoding, out: &mut BytesMut, kind: &str, object: &Value) {
    if encoding == Encoding::Protobuf {
        // Every kind that is watched in this form has one, and so has a Status.
        out.extend_from_slice(&protobuf::frame(kind, object).unwrap_or_default());
    } else {
        put(out, kind, object.to_string().as_bytes());
    }
}

fn error_frame(encoding: Encoding, status: &Status) -> Bytes {
    let mut out = BytesMut::new();
    put_value(encoding, &mut out, "ERROR", &status.to_value());
    out.freeze()
}

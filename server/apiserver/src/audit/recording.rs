//! The recording of one request: what is found out on its way, and the events of its stages.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http_body::Body as _;
use http_body_util::BodyExt;
use jiff::Timestamp;
use knarr_api::status::Status;
use knarr_api::{meta, protobuf, yaml};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use super::Auditor;
use super::event::Event;
use super::policy::{Level, Stage, Verdict};
use crate::authentication::impersonation::Impersonated;
use crate::authorization::Decision;

/// An answer of at most this length may be a Status, which is recorded at every level.
const STATUS_BYTES: u64 = 4096;

/// One request that is recorded.
pub struct Recording {
    auditor: Arc<Auditor>,
    verdict: Verdict,
    /// Whether the answer goes on after its headers: the two are recorded apart.
    long_running: bool,
    event: Mutex<Event>,
}

impl Recording {
    pub(super) fn new(
        auditor: Arc<Auditor>,
        verdict: Verdict,
        event: Event,
        long_running: bool,
    ) -> Self {
        Self {
            auditor,
            verdict,
            long_running,
            event: Mutex::new(event),
        }
    }

    /// Whether the objects that are sent are recorded.
    pub fn wants_request(&self) -> bool {
        self.verdict.level >= Level::Request
    }

    /// Whether the objects that are answered are recorded.
    pub fn wants_response(&self) -> bool {
        self.verdict.level == Level::RequestResponse && !self.long_running
    }

    /// The request goes on; 500 if that has to be stored first and cannot be.
    pub async fn received(&self) -> Result<(), Status> {
        if self.stage(Stage::RequestReceived).await {
            return Ok(());
        }
        self.auditor.metrics.rejected();
        Err(Status::internal("failed to store audit event"))
    }

    /// The credentials were refused: the only stage is that of the answer.
    pub async fn unauthenticated(&self, status: &Status) {
        self.event.lock().response_status = Some(of_status(&status.to_value()));
        self.stage(Stage::ResponseStarted).await;
    }

    /// As whom the user acts.
    pub fn impersonated(&self, acting: &Impersonated) {
        let mut event = self.event.lock();
        event.impersonated_user = Some(acting.user.to_value());
        event.authentication_metadata = acting
            .constraint
            .map(|verb| json!({"impersonationConstraint": verb}));
    }

    /// What authorization said.
    pub fn authorized(&self, decision: &Decision) {
        let answer = match decision.is_allowed() {
            true => "allow",
            false => "forbid",
        };
        self.annotate("authorization.k8s.io/decision", answer);
        self.annotate("authorization.k8s.io/reason", decision.reason());
    }

    /// The version that was asked for goes away, in this release if that is known.
    pub fn deprecated(&self, removed_in: &str) {
        self.annotate("k8s.io/deprecated", "true");
        if !removed_in.is_empty() {
            self.annotate("k8s.io/removed-release", removed_in);
        }
    }

    /// Notes something; what was noted under the same key before stays, as upstream.
    pub fn annotate(&self, key: impl Into<String>, value: impl Into<String>) {
        let mut event = self.event.lock();
        event
            .annotations
            .entry(key.into())
            .or_insert_with(|| value.into());
    }

    /// The object of a write, as it was decoded.
    pub fn request(&self, object: &Value) {
        let mut event = self.event.lock();
        if let Some(about) = &mut event.object_ref {
            for (field, value) in [
                (&mut about.namespace, meta::namespace(object)),
                (&mut about.name, meta::name(object)),
                (&mut about.uid, meta::uid(object)),
                (&mut about.resource_version, meta::resource_version(object)),
            ] {
                if field.is_empty() {
                    value.clone_into(field);
                }
            }
        }
        if self.wants_request() {
            event.request_object = Some(self.shown(object.clone()));
        }
    }

    /// A patch, as it came.
    pub fn patch(&self, patch: &Value) {
        if self.wants_request() {
            self.event.lock().request_object = Some(patch.clone());
        }
    }

    /// The request broke the server.
    pub async fn panicked(&self, why: &str) {
        let message = format!("APIServer panic'd: {why}");
        self.event.lock().response_status = Some(json!({"metadata": {}, "status": "Failure",
            "message": message, "reason": "InternalError", "code": 500}));
        self.stage(Stage::Panic).await;
    }

    /// The request is answered. `failure` is set when the answer is a Status.
    pub async fn answered(
        self: &Arc<Self>,
        mut answer: Response,
        failure: Option<&Status>,
    ) -> Response {
        let code = answer.status();
        match failure {
            Some(status) => {
                let value = status.to_value();
                let mut event = self.event.lock();
                if self.wants_response() {
                    event.response_object = Some(value.clone());
                }
                event.response_status = Some(of_status(&value));
            }
            None => {
                answer = self.read_answer(answer).await;
                self.event
                    .lock()
                    .response_status
                    .get_or_insert_with(|| json!({"metadata": {}, "code": code.as_u16()}));
            }
        }
        if !self.long_running {
            self.stage(Stage::ResponseComplete).await;
            return answer;
        }
        self.stage(Stage::ResponseStarted).await;
        if code == StatusCode::SWITCHING_PROTOCOLS {
            // What follows is no HTTP any more.
            self.stage(Stage::ResponseComplete).await;
            return answer;
        }
        let end = End(self.clone());
        answer.map(|body| {
            Body::from_stream(body.into_data_stream().map(move |frame| {
                let _until_here = &end;
                frame
            }))
        })
    }

    /// Takes what is recorded out of the body of an answer, and puts it back.
    async fn read_answer(&self, answer: Response) -> Response {
        let small = answer.body().size_hint().upper();
        let small = small.is_some_and(|size| size <= STATUS_BYTES);
        if self.long_running || !(small || self.wants_response()) {
            return answer;
        }
        let (parts, body) = answer.into_parts();
        let Ok(collected) = body.collect().await else {
            return Response::from_parts(parts, Body::empty());
        };
        let bytes = collected.to_bytes();
        let kind = parts.headers.get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if let Some(object) = read(kind, &bytes) {
            let mut event = self.event.lock();
            if meta::kind(&object) == "Status" && meta::api_version(&object) == "v1" {
                let mut status = of_status(&object);
                status["code"] = parts.status.as_u16().into();
                event.response_status = Some(status);
            }
            if self.wants_response() {
                event.response_object = Some(self.shown(object));
            }
        }
        Response::from_parts(parts, Body::from(bytes))
    }

    /// An object as it is recorded.
    fn shown(&self, mut object: Value) -> Value {
        if self.verdict.omit_managed_fields {
            forget_managers(&mut object);
            let items = object.get_mut("items").and_then(Value::as_array_mut);
            items.into_iter().flatten().for_each(forget_managers);
        }
        object
    }

    /// Sends the event of a stage, unless the policy leaves it out; false when it had to be stored and was not.
    async fn stage(&self, stage: Stage) -> bool {
        let event = {
            let mut event = self.event.lock();
            event.stage = stage;
            if self.verdict.omit_stages.contains(&stage) {
                return true;
            }
            if stage != Stage::RequestReceived {
                event.stage_timestamp = Timestamp::now();
            }
            event.clone()
        };
        self.auditor.send(event).await
    }
}

fn forget_managers(object: &mut Value) {
    if meta::metadata(object).is_some() {
        meta::remove(object, "managedFields");
    }
}

/// The object of an answer in any of the forms that answers have.
fn read(content_type: &str, bytes: &Bytes) -> Option<Value> {
    let object = match content_type.split(';').next()?.trim() {
        "application/json" => serde_json::from_slice(bytes).ok(),
        "application/yaml" => yaml::from_str(std::str::from_utf8(bytes).ok()?).ok(),
        protobuf::MEDIA_TYPE => protobuf::decode(bytes).ok(),
        _ => None,
    };
    object.filter(Value::is_object)
}

/// What is recorded of a Status: all but what it is.
fn of_status(status: &Value) -> Value {
    let mut kept = Map::new();
    kept.insert("metadata".to_owned(), json!({}));
    for field in ["status", "message", "reason", "details", "code"] {
        if let Some(value) = status.get(field) {
            kept.insert(field.to_owned(), value.clone());
        }
    }
    Value::Object(kept)
}

/// Dropped with the body of an answer that goes on: then the request is complete.
struct End(Arc<Recording>);

impl Drop for End {
    fn drop(&mut self) {
        let recording = self.0.clone();
        // Without a runtime the process is ending, and nobody would write it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { recording.stage(Stage::ResponseComplete).await });
        }
    }
}

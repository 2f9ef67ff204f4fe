//! Event recorder: what components tell users about objects, written as core/v1 Events.
//!
//! Recording never waits. Repeats of one event become a count on the event that is there, similar
//! ones are combined, and a source that babbles is slowed down (client-go's `EventCorrelator`).

mod correlator;
mod recent;

use std::borrow::Cow;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Client, Error, Resource};
use rand::RngExt;
use serde_json::json;
use tokio::sync::mpsc;

use crate::api::Api;
use correlator::{Correlator, Entry, Verdict};

/// Events that wait to be written; more are dropped, as upstream does.
const QUEUE: usize = 1000;
/// How often the writing of an event is tried while the API server is away, and how long is waited in between, as
/// client-go; the first time for a part of it, so that not all components come back at once.
const TRIES: u32 = 12;
const PAUSE: Duration = Duration::from_secs(10);

/// What an event is about and says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Occurrence {
    /// Who says it, such as `kubelet` or `deployment-controller`.
    pub component: &'static str,
    /// The object.
    pub about: About,
    /// `Normal` or `Warning`.
    pub type_: &'static str,
    /// One word.
    pub reason: &'static str,
    /// For people.
    pub message: String,
}

/// The object an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct About {
    api_version: Cow<'static, str>,
    kind: Cow<'static, str>,
    namespace: String,
    name: String,
    uid: String,
    resource_version: String,
    field_path: String,
}

impl About {
    pub fn of<K: Resource<DynamicType = ()>>(object: &K) -> Self {
        let meta = object.meta().clone();
        Self {
            api_version: K::api_version(&()),
            kind: K::kind(&()),
            namespace: meta.namespace.unwrap_or_default(),
            name: meta.name.unwrap_or_default(),
            uid: meta.uid.unwrap_or_default(),
            resource_version: meta.resource_version.unwrap_or_default(),
            field_path: String::new(),
        }
    }

    /// A container of a pod, by its field path (`spec.containers{name}`).
    pub fn container(pod: &Pod, field_path: &str) -> Self {
        Self {
            field_path: field_path.to_owned(),
            ..Self::of(pod)
        }
    }

    /// A node, as its kubelet names it: the name in place of the UID, so that events outlive the object.
    pub fn node(name: &str) -> Self {
        Self {
            kind: "Node".into(),
            name: name.to_owned(),
            uid: name.to_owned(),
            ..Self::default()
        }
    }

    /// Where its events are kept.
    fn events_namespace(&self) -> &str {
        if self.namespace.is_empty() {
            "default"
        } else {
            &self.namespace
        }
    }

    fn reference(&self) -> ObjectReference {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ObjectReference {
            api_version: filled(&self.api_version),
            kind: filled(&self.kind),
            namespace: filled(&self.namespace),
            name: filled(&self.name),
            uid: filled(&self.uid),
            resource_version: filled(&self.resource_version),
            field_path: filled(&self.field_path),
        }
    }
}

/// Hands events to the writer task. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder {
    component: &'static str,
    queue: mpsc::Sender<Occurrence>,
}

impl Recorder {
    /// A recorder that speaks for a component, and the task that writes what it is given until all recorders are gone.
    /// `host` is the machine that events come from, or empty where that says nothing.
    pub fn new(
        client: Client,
        component: &'static str,
        host: String,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let writer = Writer {
            client,
            host,
            correlator: Correlator::default(),
        };
        (Self { component, queue }, writer.run(receiver))
    }

    /// The same recorder, speaking for another component of the process.
    pub fn of(&self, component: &'static str) -> Self {
        Self {
            component,
            queue: self.queue.clone(),
        }
    }

    /// Something ordinary happened.
    pub fn normal(&self, about: About, reason: &'static str, message: impl Into<String>) {
        self.record(about, "Normal", reason, message.into());
    }

    /// Something went wrong.
    pub fn warning(&self, about: About, reason: &'static str, message: impl Into<String>) {
        self.record(about, "Warning", reason, message.into());
    }

    fn record(&self, about: About, type_: &'static str, reason: &'static str, message: String) {
        let occurrence = Occurrence {
            component: self.component,
            about,
            type_,
            reason,
            message,
        };
        if self.queue.try_send(occurrence).is_err() {
            tracing::debug!(reason, "event queue is full: an event was dropped");
        }
    }
}

struct Writer {
    client: Client,
    host: String,
    correlator: Correlator,
}

impl Writer {
    async fn run(mut self, mut receiver: mpsc::Receiver<Occurrence>) {
        while let Some(occurrence) = receiver.recv().await {
            let now = Timestamp::now();
            match self.correlator.observe(&occurrence, now) {
                Verdict::Drop => {}
                Verdict::Write(entry) => self.write(&occurrence, &entry, now).await,
            }
        }
    }

    /// Writes an entry, again and again while the API server is away.
    async fn write(&self, occurrence: &Occurrence, entry: &Entry, now: Timestamp) {
        for attempt in 1..=TRIES {
            let error = match self.try_write(occurrence, entry, now).await {
                Ok(()) => return,
                Err(error) => error,
            };
            if !passes(&error) {
                tracing::debug!(%error, reason = occurrence.reason, "an event was refused");
                return;
            }
            if attempt == TRIES {
                tracing::warn!(%error, reason = occurrence.reason, "an event was not written");
                return;
            }
            let part = if attempt == 1 {
                rand::rng().random_range(0.0..1.0)
            } else {
                1.0
            };
            tokio::time::sleep(PAUSE.mul_f64(part)).await;
        }
    }

    async fn try_write(
        &self,
        occurrence: &Occurrence,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<(), Error> {
        // One that expired, was deleted or was never written starts again under its name.
        if entry.count > 1 && self.count(occurrence, entry, now).await? {
            return Ok(());
        }
        self.create(occurrence, entry, now).await
    }

    fn api(&self, about: &About) -> Api<Event> {
        Api::namespaced(self.client.clone(), about.events_namespace())
    }

    async fn create(
        &self,
        occurrence: &Occurrence,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<(), Error> {
        let about = &occurrence.about;
        let host = (!self.host.is_empty()).then(|| self.host.clone());
        let event = Event {
            metadata: ObjectMeta {
                name: Some(entry.name.clone()),
                namespace: Some(about.events_namespace().to_owned()),
                ..ObjectMeta::default()
            },
            involved_object: about.reference(),
            type_: Some(occurrence.type_.to_owned()),
            reason: Some(occurrence.reason.to_owned()),
            message: Some(entry.message.clone()),
            count: Some(entry.count),
            first_timestamp: Some(whole_seconds(entry.first)),
            last_timestamp: Some(whole_seconds(now)),
            event_time: None::<MicroTime>,
            source: Some(EventSource {
                component: Some(occurrence.component.to_owned()),
                host: host.clone(),
            }),
            reporting_component: Some(occurrence.component.to_owned()),
            reporting_instance: host,
            ..Event::default()
        };
        let api = self.api(about);
        api.create(&PostParams::default(), &event).await.map(drop)
    }

    /// Counts up the event that is there; `false` when it is gone.
    async fn count(
        &self,
        occurrence: &Occurrence,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let patch = json!({"count": entry.count, "message": entry.message,
            "lastTimestamp": whole_seconds(now)});
        let api = self.api(&occurrence.about);
        match api
            .patch(&entry.name, &PatchParams::default(), &Patch::Merge(patch))
            .await
        {
            Err(Error::Api(status)) if status.code == 404 => Ok(false),
            patched => patched.map(|_| true),
        }
    }
}

/// Whether it may go well the next time: the API server was not reached, or it had no time.
fn passes(error: &Error) -> bool {
    match error {
        Error::Api(status) => status.code == 429 || status.code >= 500,
        Error::BuildRequest(_) => false,
        _ => true,
    }
}

fn whole_seconds(at: Timestamp) -> Time {
    Time(Timestamp::from_second(at.as_second()).unwrap_or(at))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Arc;

    use kube::client::Body;
    use parking_lot::Mutex;

    use super::*;

    /// A server that gives these codes, one after another, and then is reached no more; and what it was asked.
    fn server(codes: &[u16]) -> (Client, Arc<Mutex<Vec<String>>>) {
        let codes = Mutex::new(VecDeque::from(codes.to_vec()));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        let service = tower::service_fn(move |request: http::Request<Body>| {
            log.lock().push(request.method().to_string());
            let code = codes.lock().pop_front();
            async move {
                let code = code.ok_or_else(|| std::io::Error::other("connection refused"))?;
                let answer = if code < 400 {
                    json!({ "metadata": {}, "involvedObject": {} })
                } else {
                    json!({ "status": "Failure", "message": "", "reason": "", "code": code })
                };
                let response = http::Response::builder().status(code);
                let body = Body::from(answer.to_string().into_bytes());
                Ok::<_, std::io::Error>(response.body(body).expect("a response"))
            }
        });
        (Client::new(service, "default"), asked)
    }

    /// What a server is asked when these are told, one after another.
    async fn asked(codes: &[u16], messages: &[&str]) -> Vec<String> {
        let (client, asked) = server(codes);
        let (recorder, writer) = Recorder::new(client, "kubelet", String::new());
        for message in messages {
            recorder.normal(About::node("n"), "Starting", *message);
        }
        drop(recorder);
        writer.await;
        asked.lock().clone()
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_waits_for_a_server_that_is_away_or_busy() {
        assert_eq!(asked(&[503, 429, 500, 201], &["a"]).await, ["POST"; 4]);
        let began = tokio::time::Instant::now();
        assert_eq!(asked(&[], &["a"]).await, ["POST"; 12]);
        let waited = began.elapsed().as_secs();
        assert!((100..110).contains(&waited), "{waited}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_is_not_tried_again() {
        assert_eq!(asked(&[403, 201], &["a", "b"]).await, ["POST", "POST"]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_more_of_an_event_that_is_gone_is_created() {
        let expected = ["POST", "PATCH", "POST"];
        assert_eq!(asked(&[201, 404, 201], &["a", "a"]).await, expected);
    }
}

//! Event recorder: what components tell users about objects, written as core/v1 Events.
//!
//! Recording never waits. Repeats of one event become a count on the event that is there, similar
//! ones are combined, and a source that babbles is slowed down (client-go's `EventCorrelator`).

mod correlator;

use std::borrow::Cow;

use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Client, Resource};
use serde_json::json;
use tokio::sync::mpsc;

use crate::api::Api;
use correlator::{Correlator, Verdict};

/// Events that wait to be written; more are dropped, as upstream does.
const QUEUE: usize = 1000;

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
                Verdict::Create { name, message } => {
                    self.create(&occurrence, name, message, 1, now, now).await;
                }
                Verdict::Count {
                    name,
                    message,
                    count,
                    first,
                } => {
                    if !self.count(&occurrence, &name, &message, count, now).await {
                        // The event expired or was deleted: it starts again under its name.
                        self.create(&occurrence, name, message, count, first, now)
                            .await;
                    }
                }
            }
        }
    }

    fn api(&self, about: &About) -> Api<Event> {
        Api::namespaced(self.client.clone(), about.events_namespace())
    }

    async fn create(
        &self,
        occurrence: &Occurrence,
        name: String,
        message: String,
        count: i32,
        first: Timestamp,
        now: Timestamp,
    ) {
        let about = &occurrence.about;
        let host = (!self.host.is_empty()).then(|| self.host.clone());
        let event = Event {
            metadata: ObjectMeta {
                name: Some(name),
                namespace: Some(about.events_namespace().to_owned()),
                ..ObjectMeta::default()
            },
            involved_object: about.reference(),
            type_: Some(occurrence.type_.to_owned()),
            reason: Some(occurrence.reason.to_owned()),
            message: Some(message),
            count: Some(count),
            first_timestamp: Some(whole_seconds(first)),
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
        if let Err(error) = self.api(about).create(&PostParams::default(), &event).await {
            tracing::debug!(%error, reason = occurrence.reason, "event was not written");
        }
    }

    /// Counts up the event that is there; `false` when it is gone.
    async fn count(
        &self,
        occurrence: &Occurrence,
        name: &str,
        message: &str,
        count: i32,
        now: Timestamp,
    ) -> bool {
        let patch =
            json!({"count": count, "message": message, "lastTimestamp": whole_seconds(now)});
        let api = self.api(&occurrence.about);
        match api
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await
        {
            Err(kube::Error::Api(status)) if status.code == 404 => false,
            Err(error) => {
                tracing::debug!(%error, reason = occurrence.reason, "event was not counted");
                true
            }
            Ok(_) => true,
        }
    }
}

fn whole_seconds(at: Timestamp) -> Time {
    Time(Timestamp::from_second(at.as_second()).unwrap_or(at))
}

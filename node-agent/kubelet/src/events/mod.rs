//! Event recorder: what happened to pods and to the node, written as core/v1 Events.
//!
//! Recording never waits. Repeats of one event become a count on the event that is there, similar
//! ones are combined, and a source that babbles is slowed down (client-go's `EventCorrelator`).

mod correlator;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, EventSource, Node, ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta, Time};
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::json;
use tokio::sync::mpsc;

use crate::pod::identity;
use correlator::{Correlator, Verdict};

/// Events that wait to be written; more are dropped, as upstream does.
const QUEUE: usize = 1000;

/// What an event is about and says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Occurrence {
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
    kind: &'static str,
    namespace: String,
    name: String,
    uid: String,
    resource_version: String,
    field_path: String,
}

impl About {
    /// A pod.
    pub fn pod(pod: &Pod) -> Self {
        Self {
            kind: "Pod",
            namespace: identity::namespace(pod).to_owned(),
            name: identity::name(pod).to_owned(),
            uid: identity::uid(pod).to_owned(),
            resource_version: pod.metadata.resource_version.clone().unwrap_or_default(),
            field_path: String::new(),
        }
    }

    /// A container of a pod, by its field path (`spec.containers{name}`).
    pub fn container(pod: &Pod, field_path: &str) -> Self {
        Self {
            field_path: field_path.to_owned(),
            ..Self::pod(pod)
        }
    }

    /// A node. Events of nodes carry the name in place of the UID, so that they outlive the object.
    pub fn node(name: &str) -> Self {
        Self {
            kind: "Node",
            name: name.to_owned(),
            uid: name.to_owned(),
            ..Self::default()
        }
    }

    /// As [`Self::node`], with the object's own UID.
    pub fn node_object(node: &Node) -> Self {
        let name = node.metadata.name.clone().unwrap_or_default();
        Self {
            uid: node.metadata.uid.clone().unwrap_or_default(),
            ..Self::node(&name)
        }
    }

    fn reference(&self) -> ObjectReference {
        let filled = |text: &String| (!text.is_empty()).then(|| text.clone());
        ObjectReference {
            api_version: (self.kind == "Pod").then(|| "v1".to_owned()),
            kind: Some(self.kind.to_owned()),
            namespace: filled(&self.namespace),
            name: Some(self.name.clone()),
            uid: Some(self.uid.clone()),
            resource_version: filled(&self.resource_version),
            field_path: filled(&self.field_path),
        }
    }
}

/// Hands events to the writer task. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Occurrence>,
}

impl Recorder {
    /// A recorder, and the task that writes what it is given until all recorders are gone.
    pub fn new(
        client: kube::Client,
        host: String,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let writer = Writer {
            client,
            host,
            correlator: Correlator::default(),
        };
        (Self { queue }, writer.run(receiver))
    }

    /// A recorder whose events go to `receiver`, for tests.
    #[cfg(test)]
    pub fn to_channel() -> (Self, mpsc::Receiver<Occurrence>) {
        let (queue, receiver) = mpsc::channel(QUEUE);
        (Self { queue }, receiver)
    }

    /// Something ordinary happened.
    pub fn normal(&self, about: About, reason: &'static str, message: impl Into<String>) {
        self.record(Occurrence {
            about,
            type_: "Normal",
            reason,
            message: message.into(),
        });
    }

    /// Something went wrong.
    pub fn warning(&self, about: About, reason: &'static str, message: impl Into<String>) {
        self.record(Occurrence {
            about,
            type_: "Warning",
            reason,
            message: message.into(),
        });
    }

    fn record(&self, occurrence: Occurrence) {
        if self.queue.try_send(occurrence).is_err() {
            tracing::debug!("event queue is full: an event was dropped");
        }
    }
}

struct Writer {
    client: kube::Client,
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
        let namespace = if about.namespace.is_empty() {
            "default"
        } else {
            &about.namespace
        };
        Api::namespaced(self.client.clone(), namespace)
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
        let namespace = if about.namespace.is_empty() {
            "default"
        } else {
            &about.namespace
        };
        let event = Event {
            metadata: ObjectMeta {
                name: Some(name),
                namespace: Some(namespace.to_owned()),
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
                component: Some("kubelet".to_owned()),
                host: Some(self.host.clone()),
            }),
            reporting_component: Some("kubelet".to_owned()),
            reporting_instance: Some(self.host.clone()),
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

//! What the scheduler tells the API server: bindings, conditions, nominations, evictions and events.

use std::collections::HashMap;
use std::sync::Arc;

use futures::StreamExt;

use k8s_openapi::api::core::v1::{ObjectReference, Pod};
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::runtime::events::{Event as RecorderEvent, EventType, Recorder, Reporter};
use kube::{Client, Resource};
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::mpsc;

use crate::snapshot::PodInfo;

/// How many events may wait to be written; beyond that they are dropped, as an event must never slow scheduling.
const EVENT_BUFFER: usize = 4096;
/// How many events are written at once.
const EVENT_WRITERS: usize = 4;

/// The scheduler's connection to the API server.
#[derive(Clone)]
pub struct ApiServer {
    client: Client,
    events: mpsc::Sender<PendingEvent>,
}

struct PendingEvent {
    pod: Arc<Pod>,
    scheduler: String,
    normal: bool,
    reason: &'static str,
    action: &'static str,
    note: String,
}

impl ApiServer {
    /// Starts the writer of events beside; it ends when the last clone of this is dropped.
    pub fn new(client: Client) -> (Self, impl Future<Output = ()>) {
        let (events, receiver) = mpsc::channel(EVENT_BUFFER);
        (
            Self {
                client: client.clone(),
                events,
            },
            write_events(client, receiver),
        )
    }

    fn pods(&self, pod: &PodInfo) -> Api<Pod> {
        Api::namespaced(self.client.clone(), pod.namespace())
    }

    /// Binds the pod to the node.
    pub async fn bind(&self, pod: &PodInfo, node: &str) -> Result<(), kube::Error> {
        let binding = json!({
            "apiVersion": "v1", "kind": "Binding",
            "metadata": { "name": pod.name(), "namespace": pod.namespace(), "uid": pod.uid() },
            "target": { "apiVersion": "v1", "kind": "Node", "name": node },
        });
        let path = format!(
            "/api/v1/namespaces/{}/pods/{}/binding",
            pod.namespace(),
            pod.name()
        );
        let request = http::Request::post(path)
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(binding.to_string().into_bytes())
            .map_err(kube::Error::HttpError)?;
        self.client
            .request::<serde_json::Value>(request)
            .await
            .map(drop)
    }

    /// Records that no node could be found, and the node that the pod has been promised, if any.
    pub async fn unschedulable(
        &self,
        pod: &PodInfo,
        message: &str,
        nominated: Option<&str>,
    ) -> Result<(), kube::Error> {
        let conditions = pod
            .pod
            .status
            .iter()
            .flat_map(|status| status.conditions.iter().flatten());
        let old = conditions
            .into_iter()
            .find(|condition| condition.type_ == "PodScheduled");
        let old_nomination = pod
            .pod
            .status
            .as_ref()
            .and_then(|status| status.nominated_node_name.as_deref());
        let known =
            old.is_some_and(|old| old.status == "False" && old.message.as_deref() == Some(message));
        if known && (nominated.is_none() || nominated == old_nomination) {
            return Ok(());
        }
        let since = old
            .filter(|old| old.status == "False")
            .and_then(|old| old.last_transition_time.clone());
        let since = since.map_or_else(Timestamp::now, |time| time.0);
        let mut status = json!({ "conditions": [{
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
            "lastProbeTime": null, "lastTransitionTime": since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "observedGeneration": pod.pod.metadata.generation,
        }] });
        if let Some(node) = nominated {
            status["nominatedNodeName"] = node.into();
        }
        let patch = json!({ "metadata": { "uid": pod.uid() }, "status": status });
        let params = PatchParams::default();
        self.pods(pod)
            .patch_status(pod.name(), &params, &Patch::Strategic(patch))
            .await
            .map(drop)
    }

    /// Deletes a pod to make room for a more important one.
    pub async fn evict(
        &self,
        victim: &PodInfo,
        preemptor: &PodInfo,
        node: &str,
    ) -> Result<(), kube::Error> {
        let preconditions = Preconditions {
            uid: Some(victim.uid().to_owned()),
            resource_version: None,
        };
        let params = DeleteParams {
            preconditions: Some(preconditions),
            ..DeleteParams::default()
        };
        let condition = json!({ "metadata": { "uid": victim.uid() }, "status": { "conditions": [{
            "type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler",
            "message": format!("{}: preempting to accommodate a higher priority pod", preemptor.scheduler_name()),
            "lastProbeTime": null,
            "lastTransitionTime": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }] } });
        let pods = self.pods(victim);
        pods.patch_status(
            victim.name(),
            &PatchParams::default(),
            &Patch::Strategic(condition),
        )
        .await?;
        pods.delete(victim.name(), &params).await?;
        let note = format!("Preempted by pod {} on node {node}", preemptor.uid());
        self.event(
            victim,
            preemptor.scheduler_name(),
            true,
            "Preempted",
            "Preempting",
            note,
        );
        Ok(())
    }

    /// Tells the user that the pod has a node.
    pub fn scheduled(&self, pod: &PodInfo, node: &str) {
        let note = format!(
            "Successfully assigned {}/{} to {node}",
            pod.namespace(),
            pod.name()
        );
        self.event(
            pod,
            pod.scheduler_name(),
            true,
            "Scheduled",
            "Binding",
            note,
        );
    }

    /// Tells the user why the pod has no node.
    pub fn failed_scheduling(&self, pod: &PodInfo, message: String) {
        self.event(
            pod,
            pod.scheduler_name(),
            false,
            "FailedScheduling",
            "Scheduling",
            message,
        );
    }

    fn event(
        &self,
        pod: &PodInfo,
        scheduler: &str,
        normal: bool,
        reason: &'static str,
        action: &'static str,
        note: String,
    ) {
        let scheduler = scheduler.to_owned();
        let event = PendingEvent {
            pod: pod.pod.clone(),
            scheduler,
            normal,
            reason,
            action,
            note,
        };
        if self.events.try_send(event).is_err() {
            tracing::debug!(reason, "an event was dropped because too many wait");
        }
    }
}

/// Writes events, a few at once. A Scheduled event comes once in a pod's life; the others repeat and become series.
async fn write_events(client: Client, receiver: mpsc::Receiver<PendingEvent>) {
    let recorders = Mutex::new(HashMap::new());
    let stream = futures::stream::unfold(receiver, |mut receiver| async {
        Some((receiver.recv().await?, receiver))
    });
    let (client, recorders) = (&client, &recorders);
    stream
        .for_each_concurrent(EVENT_WRITERS, |event| async move {
            let written = if event.reason == "Scheduled" {
                write_once(client, &event).await
            } else {
                publish(&recorder(client, recorders, &event.scheduler), &event).await
            };
            if let Err(error) = written {
                tracing::debug!(%error, reason = event.reason, "an event could not be written");
            }
        })
        .await;
}

/// The recorder that speaks for a scheduler of this name; it knows which events repeat.
fn recorder(
    client: &Client,
    recorders: &Mutex<HashMap<String, Recorder>>,
    scheduler: &str,
) -> Recorder {
    let new = || {
        let instance = Some(format!("{scheduler}-{}", host_name()));
        Recorder::new(
            client.clone(),
            Reporter {
                controller: scheduler.to_owned(),
                instance,
            },
        )
    };
    recorders
        .lock()
        .entry(scheduler.to_owned())
        .or_insert_with(new)
        .clone()
}

async fn publish(recorder: &Recorder, event: &PendingEvent) -> Result<(), kube::Error> {
    let type_ = if event.normal {
        EventType::Normal
    } else {
        EventType::Warning
    };
    let recorded = RecorderEvent {
        type_,
        reason: event.reason.to_owned(),
        note: Some(event.note.clone()),
        action: event.action.to_owned(),
        secondary: None,
    };
    recorder.publish(&recorded, &reference(&event.pod)).await
}

async fn write_once(client: &Client, event: &PendingEvent) -> Result<(), kube::Error> {
    let reference = reference(&event.pod);
    let namespace = reference.namespace.clone().unwrap_or_default();
    let now = Timestamp::now();
    let name = format!(
        "{}.{:x}",
        reference.name.as_deref().unwrap_or_default(),
        now.as_nanosecond()
    );
    let written = Event {
        metadata: ObjectMeta {
            name: Some(name),
            namespace: Some(namespace.clone()),
            ..ObjectMeta::default()
        },
        event_time: Some(MicroTime(now)),
        reporting_controller: Some(event.scheduler.clone()),
        reporting_instance: Some(format!("{}-{}", event.scheduler, host_name())),
        action: Some(event.action.to_owned()),
        reason: Some(event.reason.to_owned()),
        note: Some(event.note.clone()),
        type_: Some("Normal".to_owned()),
        regarding: Some(reference),
        ..Event::default()
    };
    Api::<Event>::namespaced(client.clone(), &namespace)
        .create(&PostParams::default(), &written)
        .await
        .map(drop)
}

fn reference(pod: &Pod) -> ObjectReference {
    ObjectReference {
        field_path: None,
        ..pod.object_ref(&())
    }
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "localhost".to_owned(), |n| n.trim().to_owned())
}

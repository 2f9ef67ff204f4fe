//! What the scheduler tells the API server: bindings, conditions, nominations, evictions and events.

use std::collections::HashMap;
use std::sync::Arc;

use futures::StreamExt;

use k8s_openapi::api::core::v1::{ObjectReference, Pod};
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use knarr_client::Api;
use knarr_component::machine;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::{Client, Resource, ResourceExt};
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

/// Writes events, a few at once.
async fn write_events(client: Client, receiver: mpsc::Receiver<PendingEvent>) {
    let series = Mutex::default();
    let stream = futures::stream::unfold(receiver, |mut receiver| async {
        Some((receiver.recv().await?, receiver))
    });
    let (client, series) = (&client, &series);
    stream
        .for_each_concurrent(EVENT_WRITERS, |event| async move {
            if let Err(error) = write(client, series, &event).await {
                tracing::debug!(%error, reason = event.reason, "an event could not be written");
            }
        })
        .await;
}

/// How long an event that comes again joins the one that is there, in seconds (client-go's `finishTime`).
const SERIES_SECONDS: i64 = 6 * 60;
/// How many series are remembered before those that ended are forgotten.
const SERIES_REMEMBERED: usize = 1024;

/// What makes an event another one of its series: the pod's UID, the reason and who says it.
type SeriesKey = (String, &'static str, String);

/// An event that may come again.
struct Repeated {
    name: String,
    count: i32,
    last: Timestamp,
}

/// Writes an event, or counts up the one that is there. A Scheduled event comes once in a pod's life.
async fn write(
    client: &Client,
    series: &Mutex<HashMap<SeriesKey, Repeated>>,
    event: &PendingEvent,
) -> Result<(), kube::Error> {
    let now = Timestamp::now();
    let name = format!("{}.{:x}", event.pod.name_any(), now.as_nanosecond());
    let api = Api::<Event>::namespaced(client.clone(), &event.pod.namespace().unwrap_or_default());
    let again = (event.reason != "Scheduled")
        .then(|| repeat(&mut series.lock(), event, &name, now))
        .flatten();
    if let Some((name, count)) = again {
        let seen = json!({ "count": count, "lastObservedTime": MicroTime(now) });
        let patch = Patch::Merge(json!({ "series": seen }));
        match api.patch(&name, &PatchParams::default(), &patch).await {
            // It expired or was deleted: it is told anew, under its name.
            Err(kube::Error::Api(status)) if status.code == 404 => {
                let event = described(event, name, now);
                return api.create(&PostParams::default(), &event).await.map(drop);
            }
            counted => return counted.map(drop),
        }
    }
    api.create(&PostParams::default(), &described(event, name, now))
        .await
        .map(drop)
}

/// The name of the event that this one repeats, and how often it came with this one; notes it otherwise.
fn repeat(
    series: &mut HashMap<SeriesKey, Repeated>,
    event: &PendingEvent,
    name: &str,
    now: Timestamp,
) -> Option<(String, i32)> {
    let over = |repeated: &Repeated| now.as_second() - repeated.last.as_second() > SERIES_SECONDS;
    if series.len() > SERIES_REMEMBERED {
        series.retain(|_, repeated| !over(repeated));
    }
    let uid = event.pod.uid().unwrap_or_default();
    let key = (uid, event.reason, event.scheduler.clone());
    if let Some(repeated) = series.get_mut(&key).filter(|repeated| !over(repeated)) {
        repeated.count += 1;
        repeated.last = now;
        return Some((repeated.name.clone(), repeated.count));
    }
    let name = name.to_owned();
    series.insert(
        key,
        Repeated {
            name,
            count: 1,
            last: now,
        },
    );
    None
}

fn described(event: &PendingEvent, name: String, now: Timestamp) -> Event {
    let metadata = ObjectMeta {
        name: Some(name),
        namespace: event.pod.namespace(),
        ..ObjectMeta::default()
    };
    Event {
        metadata,
        event_time: Some(MicroTime(now)),
        reporting_controller: Some(event.scheduler.clone()),
        reporting_instance: Some(format!("{}-{}", event.scheduler, machine::name())),
        action: Some(event.action.to_owned()),
        reason: Some(event.reason.to_owned()),
        note: Some(event.note.clone()),
        type_: Some(if event.normal { "Normal" } else { "Warning" }.to_owned()),
        regarding: Some(reference(&event.pod)),
        ..Event::default()
    }
}

fn reference(pod: &Pod) -> ObjectReference {
    ObjectReference {
        field_path: None,
        ..pod.object_ref(&())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_again_within_minutes_counts_up_and_later_begins_anew() {
        let pod: Pod = serde_json::from_value(json!({ "metadata": { "uid": "u" } })).unwrap();
        let event = PendingEvent {
            pod: Arc::new(pod),
            scheduler: "default-scheduler".to_owned(),
            normal: false,
            reason: "FailedScheduling",
            action: "Scheduling",
            note: String::new(),
        };
        let mut series = HashMap::new();
        let mut told = |name: &str, second: i64| {
            repeat(
                &mut series,
                &event,
                name,
                Timestamp::from_second(second).unwrap(),
            )
        };
        assert_eq!(told("a", 0), None);
        assert_eq!(told("b", 300), Some(("a".to_owned(), 2)));
        assert_eq!(told("c", 600), Some(("a".to_owned(), 3)));
        assert_eq!(told("d", 600 + SERIES_SECONDS + 1), None);
        assert_eq!(told("e", 1000), Some(("d".to_owned(), 2)));
    }
}

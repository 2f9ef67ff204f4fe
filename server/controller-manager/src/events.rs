//! Events: what a controller tells the user about an object. Written beside the work, which never waits for them.

use std::collections::HashMap;

use futures::StreamExt;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Client, Resource};
use parking_lot::Mutex;
use tokio::sync::mpsc;

/// How many may wait to be written; beyond that they are dropped.
const BUFFER: usize = 4096;
/// How many are written at once.
const WRITERS: usize = 4;

/// Notes events; see the module.
#[derive(Clone)]
pub struct Events {
    sender: mpsc::Sender<Noted>,
}

struct Noted {
    controller: &'static str,
    about: ObjectReference,
    event: Event,
}

impl Events {
    /// The second part writes what is noted, until the first is dropped.
    pub fn new(client: Client) -> (Self, impl Future<Output = ()>) {
        let (sender, receiver) = mpsc::channel(BUFFER);
        (Self { sender }, write(client, receiver))
    }

    pub fn normal<K: Resource<DynamicType = ()>>(
        &self,
        controller: &'static str,
        about: &K,
        reason: &str,
        note: String,
    ) {
        self.note(controller, about, EventType::Normal, reason, note);
    }

    pub fn warning<K: Resource<DynamicType = ()>>(
        &self,
        controller: &'static str,
        about: &K,
        reason: &str,
        note: String,
    ) {
        self.note(controller, about, EventType::Warning, reason, note);
    }

    fn note<K: Resource<DynamicType = ()>>(
        &self,
        controller: &'static str,
        about: &K,
        type_: EventType,
        reason: &str,
        note: String,
    ) {
        let reason = reason.to_owned();
        let event = Event {
            type_,
            action: reason.clone(),
            reason,
            note: Some(note),
            secondary: None,
        };
        let noted = Noted {
            controller,
            about: about.object_ref(&()),
            event,
        };
        if self.sender.try_send(noted).is_err() {
            tracing::debug!(controller, "an event was dropped because too many wait");
        }
    }
}

async fn write(client: Client, receiver: mpsc::Receiver<Noted>) {
    let recorders: Mutex<HashMap<&'static str, Recorder>> = Mutex::default();
    let (client, recorders) = (&client, &recorders);
    let stream = futures::stream::unfold(receiver, |mut receiver| async {
        Some((receiver.recv().await?, receiver))
    });
    stream
        .for_each_concurrent(WRITERS, |noted| async move {
            let new = || {
                let reporter = Reporter { controller: noted.controller.to_owned(), instance: None };
                Recorder::new(client.clone(), reporter)
            };
            let recorder = recorders.lock().entry(noted.controller).or_insert_with(new).clone();
            if let Err(error) = recorder.publish(&noted.event, &noted.about).await {
                tracing::debug!(%error, reason = noted.event.reason, "an event could not be written");
            }
        })
        .await;
}

//! Pod workers: one task per pod that brings the pod to what its spec says and tells how it is. A worker
//! sleeps until something concerns it: its pod's object, the runtime, a probe, a volume's source, a timer.

mod config;
mod end;
mod execute;
mod hooks;
pub mod host;
mod image;
pub mod manager;
mod observe;
mod probes;
mod report;
mod security;
mod terminate;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::{BACKOFF_MAX, RESTART_BACKOFF_BASE};
use crate::pod::actions::{Actions, pod_actions};
use crate::pod::backoff::Backoff;
use crate::pod::conditions::is_terminal;
use crate::pod::containers::StartErrors;
use crate::pod::identity;
use crate::pod::observed::ObservedPod;
use crate::pod::status::{StatusSources, pod_status};
use crate::volume::PodVolumes;
use host::Host;
use knarr_client::events::About;
use probes::PodProbes;
use report::Reporter;

/// Wait before the next attempt after the runtime or the API failed.
const RETRY: Duration = Duration::from_secs(10);

/// What a worker is told.
#[derive(Debug, Clone)]
pub(super) enum Message {
    /// The pod's object changed.
    Update(Arc<Pod>),
    /// The runtime changed something of the pod.
    Runtime,
    /// The pod's object is gone.
    Gone,
}

/// Where a pod stands in its life on this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It should run.
    Running,
    /// Everything of it must stop.
    Ending,
    /// Nothing of it runs.
    Ended,
}

/// One pod's worker.
pub(super) struct PodWorker {
    host: Arc<Host>,
    pod: Arc<Pod>,
    inbox: mpsc::UnboundedReceiver<Message>,
    /// Set from outside as soon as the pod must end, so that pulls and hooks don't hold it up.
    ending: CancellationToken,
    stage: Stage,
    gone: bool,
    status: PodStatus,
    reporter: Reporter,
    volumes: PodVolumes,
    volumes_due: bool,
    probes: PodProbes,
    restarts: Backoff,
    pulls: Backoff,
    errors: StartErrors,
    /// When a container was first seen to have ended, by its identifier.
    exits: HashMap<String, Instant>,
    wake_at: Option<Instant>,
    /// Containers that could not be started are not tried again before then, whatever else happens.
    retries: HashMap<String, Instant>,
    /// When the pod was first seen.
    seen: Instant,
}

impl PodWorker {
    pub(super) fn new(
        host: Arc<Host>,
        pod: Arc<Pod>,
        inbox: mpsc::UnboundedReceiver<Message>,
        ending: CancellationToken,
    ) -> Self {
        let status = pod.status.clone().unwrap_or_default();
        let over = pod.metadata.deletion_timestamp.is_some()
            || is_terminal(status.phase.as_deref().unwrap_or_default());
        Self {
            reporter: Reporter::new(host.client.clone(), &pod),
            host,
            pod,
            inbox,
            ending,
            stage: if over { Stage::Ending } else { Stage::Running },
            gone: false,
            status,
            volumes: PodVolumes::default(),
            volumes_due: true,
            probes: PodProbes::new(),
            restarts: Backoff::new(RESTART_BACKOFF_BASE, BACKOFF_MAX),
            pulls: Backoff::new(RESTART_BACKOFF_BASE, BACKOFF_MAX),
            errors: StartErrors::new(),
            exits: HashMap::new(),
            wake_at: None,
            retries: HashMap::new(),
            seen: Instant::now(),
        }
    }

    /// Works until the pod is gone and nothing of it is left, or the agent stops.
    pub(super) async fn run(mut self) {
        loop {
            self.wake_at = None;
            match self.stage {
                Stage::Running => self.sync().await,
                Stage::Ending => self.end().await,
                Stage::Ended if self.gone => return,
                Stage::Ended => {}
            }
            if self.stage == Stage::Ended && self.gone {
                return;
            }
            if !self.wait().await {
                return;
            }
        }
    }

    /// Waits for something to do; `false` when the agent stops.
    async fn wait(&mut self) -> bool {
        let due = self.stage == Stage::Running;
        let refresh = self.volumes.refresh_at().filter(|_| due);
        let wake = [self.wake_at, refresh.map(instant)]
            .into_iter()
            .flatten()
            .min();
        tokio::select! {
            message = self.inbox.recv() => match message {
                Some(message) => self.take(message),
                None => return false,
            },
            () = self.probes.next(), if due => {}
            () = self.volumes.changed(), if due => self.volumes_due = true,
            () = sleep_until(wake) => {
                self.volumes_due |= refresh.is_some_and(|at| at <= Timestamp::now());
            }
        }
        while let Ok(message) = self.inbox.try_recv() {
            self.take(message);
        }
        true
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Runtime => {}
            Message::Update(pod) => {
                // Annotations and labels may be shown by the downward API.
                self.volumes_due |= pod.metadata.labels != self.pod.metadata.labels
                    || pod.metadata.annotations != self.pod.metadata.annotations;
                if pod.spec != self.pod.spec {
                    self.retries.clear();
                }
                if let Some(status) = &pod.status {
                    self.reporter.seen(status);
                }
                self.pod = pod;
            }
            Message::Gone => self.gone = true,
        }
        let over = self.gone || self.pod.metadata.deletion_timestamp.is_some();
        if over {
            self.stage = Stage::Ending;
        }
    }

    /// Looks at the pod and does what is next.
    async fn sync(&mut self) {
        let Some(observed) = self.observe().await else {
            return;
        };
        self.probes.sync(&self.host.prober, &self.pod, &observed);
        self.publish(&observed, false);
        if self.is_over() {
            self.stage = Stage::Ending;
            return self.end().await;
        }
        let actions = pod_actions(&self.pod, &observed, self.probes.results());
        if actions.kill_pod && !actions.create_sandbox {
            self.stage = Stage::Ending;
            return self.end().await;
        }
        if self.volumes_due && !self.set_up_volumes(&observed).await {
            return;
        }
        if is_idle(&actions) {
            return self.prune(&observed).await;
        }
        self.execute(actions, observed).await;
        if let Some(observed) = self.observe().await {
            self.probes.sync(&self.host.prober, &self.pod, &observed);
            self.publish(&observed, false);
        }
    }

    fn is_over(&self) -> bool {
        is_terminal(self.status.phase.as_deref().unwrap_or_default())
    }

    async fn observe(&mut self) -> Option<ObservedPod> {
        match observe::observe(&*self.host.runtime, identity::uid(&self.pod)).await {
            Ok(observed) => Some(observed),
            Err(error) => {
                tracing::warn!(%error, pod = %identity::describe(&self.pod), "the runtime did not tell of the pod");
                self.wake_in(RETRY);
                None
            }
        }
    }

    /// Makes the status from what was seen and hands it on to be written.
    fn publish(&mut self, observed: &ObservedPod, terminal: bool) {
        // Conditions of other writers are read from the object as it is now.
        let mut old = self.status.clone();
        let foreign = self
            .pod
            .status
            .as_ref()
            .and_then(|status| status.conditions.as_ref());
        let own = old.conditions.get_or_insert_default();
        own.retain(|condition| crate::pod::conditions::OWNED.contains(&condition.type_.as_str()));
        own.extend(
            foreign
                .into_iter()
                .flatten()
                .filter(|condition| {
                    !crate::pod::conditions::OWNED.contains(&condition.type_.as_str())
                })
                .cloned(),
        );
        self.status = pod_status(StatusSources {
            pod: &self.pod,
            old: &old,
            observed,
            probes: self.probes.results(),
            errors: &self.errors,
            host_ip: &self.host.host_ip,
            terminal,
            now: now_seconds(),
        });
        let (was, is) = (old.phase.as_deref(), self.status.phase.as_deref());
        if matches!(was, None | Some("Pending")) && is == Some("Running") {
            self.host.metrics.started(self.seen.elapsed());
        }
        self.reporter.publish(&self.status);
    }

    /// Brings the volumes up to date; `false` when that failed and the pod must wait.
    async fn set_up_volumes(&mut self, observed: &ObservedPod) -> bool {
        let host = self.host.clone();
        let ips = observed.ips().to_vec();
        match self
            .volumes
            .set_up(&host.volumes, &self.pod, host.fields(&ips))
            .await
        {
            Ok(()) => {
                self.volumes_due = false;
                true
            }
            Err(failure) => {
                let about = About::of(&*self.pod);
                self.host
                    .recorder
                    .warning(about, "FailedMount", failure.to_string());
                self.wake_in(RETRY);
                // A container that runs keeps the content it has.
                observed.running().next().is_some()
            }
        }
    }

    /// Puts the next attempt to start a container off.
    fn retry_at(&mut self, container: &str, at: Instant) {
        self.retries.insert(container.to_owned(), at);
        self.wake_by(at);
    }

    fn wake_in(&mut self, wait: Duration) {
        self.wake_by(Instant::now() + wait);
    }

    fn wake_by(&mut self, at: Instant) {
        self.wake_at = Some(self.wake_at.map_or(at, |earlier| earlier.min(at)));
    }
}

fn is_idle(actions: &Actions) -> bool {
    !actions.create_sandbox
        && actions.to_kill.is_empty()
        && actions.init_to_start.is_empty()
        && actions.to_start.is_empty()
        && actions.ephemeral_to_start.is_empty()
}

/// Now, in the resolution of the API.
fn now_seconds() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The moment of a wall-clock time.
fn instant(at: Timestamp) -> Instant {
    let left = Timestamp::now().duration_until(at);
    Instant::now() + Duration::try_from(left).unwrap_or_default()
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        None => std::future::pending().await,
        Some(at) => tokio::time::sleep_until(at).await,
    }
}

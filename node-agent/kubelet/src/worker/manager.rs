//! Follows the pods bound to the node, admits them, and keeps one worker for each.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use knarr_client::Api;
use knarr_client::watcher::{self, watcher};
use knarr_runtime::{ContainerFilter, PodSandboxFilter};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::host::Host;
use super::report::Reporter;
use super::{Message, PodWorker};
use crate::admission::admit;
use crate::config::GARBAGE_PERIOD;
use crate::pod::conditions::is_terminal;
use crate::pod::identity;
use crate::pod::status::rejected_status;
use crate::volume::remove_orphans;
use knarr_client::events::About;

/// What others may ask of the manager.
#[derive(Debug)]
pub enum Query {
    /// Every pod of the node.
    Pods(oneshot::Sender<Vec<Arc<Pod>>>),
    /// One pod by namespace and name.
    Pod(String, String, oneshot::Sender<Option<Arc<Pod>>>),
}

struct Worker {
    inbox: mpsc::UnboundedSender<Message>,
    ending: CancellationToken,
    pod: Arc<Pod>,
}

/// The pods of the node.
pub struct Manager {
    host: Arc<Host>,
    workers: HashMap<String, Worker>,
    /// Pods that were refused, so that they are refused once.
    rejected: HashSet<String>,
    tasks: JoinSet<String>,
    /// Pods of a list that is not complete yet.
    listing: Option<Vec<Arc<Pod>>>,
    synced: bool,
}

impl Manager {
    /// No pod is known yet.
    pub fn new(host: Arc<Host>) -> Self {
        Self {
            host,
            workers: HashMap::new(),
            rejected: HashSet::new(),
            tasks: JoinSet::new(),
            listing: None,
            synced: false,
        }
    }

    /// Follows pods until cancelled. Containers go on running after that.
    pub async fn run(mut self, mut queries: mpsc::Receiver<Query>, cancel: CancellationToken) {
        let mut node = self.host.node.clone();
        tokio::select! {
            // Admission needs the node; an error means that the agent is stopping.
            _ = node.wait_for(Option::is_some) => {}
            () = cancel.cancelled() => return,
        }
        let api: Api<Pod> = Api::all(self.host.client.clone());
        let name = &self.host.config.node_name;
        let config = watcher::Config::default().fields(&format!("spec.nodeName={name}"));
        let mut pods = watcher(api, config).boxed();
        let mut events = self.host.runtime.events();
        let mut garbage = tokio::time::interval(GARBAGE_PERIOD);
        garbage.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = cancel.cancelled() => break,
                event = pods.try_next() => match event {
                    Ok(Some(event)) => self.pod_event(event),
                    Ok(None) => break,
                    // It is logged, and the watcher goes on.
                    Err(_) => {}
                },
                Some(event) = events.next() => self.tell(&event.pod_uid, Message::Runtime),
                Some(done) = self.tasks.join_next() => match done {
                    Ok(uid) => { self.workers.remove(&uid); }
                    Err(error) => tracing::error!(%error, "a pod worker failed"),
                },
                Some(query) = queries.recv() => self.answer(query),
                _ = garbage.tick() => self.collect_garbage().await,
            }
        }
        // Workers end where their inboxes close: between two steps.
        self.workers.clear();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(2), ended)
            .await
            .is_err()
        {
            self.tasks.abort_all();
        }
    }

    fn pod_event(&mut self, event: watcher::Event<Arc<Pod>>) {
        match event {
            watcher::Event::Init => self.listing = Some(Vec::new()),
            watcher::Event::InitApply(pod) => self.listing.get_or_insert_default().push(pod),
            watcher::Event::InitDone => self.listed(),
            watcher::Event::Apply(pod) => self.apply(pod),
            watcher::Event::Delete(pod) => self.gone(identity::uid(&pod)),
        }
    }

    /// A list is complete: the oldest pods are admitted first, and what is not in it is gone.
    fn listed(&mut self) {
        let mut pods = self.listing.take().unwrap_or_default();
        let listed: HashSet<String> = pods
            .iter()
            .map(|pod| identity::uid(pod).to_owned())
            .collect();
        let lost: Vec<String> = self
            .workers
            .keys()
            .filter(|uid| !listed.contains(*uid))
            .cloned()
            .collect();
        for uid in lost {
            self.gone(&uid);
        }
        pods.sort_by(|a, b| {
            let key = |pod: &Pod| {
                (
                    is_new(pod),
                    pod.metadata.creation_timestamp.clone().map(|at| at.0),
                )
            };
            key(a).cmp(&key(b))
        });
        for pod in pods {
            self.apply(pod);
        }
        self.synced = true;
    }

    fn apply(&mut self, pod: Arc<Pod>) {
        let uid = identity::uid(&pod).to_owned();
        if self.rejected.contains(&uid) && pod.metadata.deletion_timestamp.is_none() {
            return;
        }
        if let Some(worker) = self.workers.get_mut(&uid) {
            worker.pod = pod.clone();
            if pod.metadata.deletion_timestamp.is_some() {
                worker.ending.cancel();
            }
            self.tell(&uid, Message::Update(pod));
            return;
        }
        if is_new(&pod) && !self.admitted(&pod) {
            self.rejected.insert(uid);
            return;
        }
        self.start(uid, pod);
    }

    fn start(&mut self, uid: String, pod: Arc<Pod>) {
        let (inbox, receiver) = mpsc::unbounded_channel();
        let ending = CancellationToken::new();
        let worker = PodWorker::new(self.host.clone(), pod.clone(), receiver, ending.clone());
        let done = uid.clone();
        self.tasks.spawn(async move {
            worker.run().await;
            done
        });
        self.workers.insert(uid, Worker { inbox, ending, pod });
    }

    fn gone(&mut self, uid: &str) {
        self.rejected.remove(uid);
        if let Some(worker) = self.workers.get(uid) {
            worker.ending.cancel();
        }
        self.tell(uid, Message::Gone);
    }

    fn tell(&self, uid: &str, message: Message) {
        if let Some(worker) = self.workers.get(uid) {
            // A worker that ended has no use for it.
            let _ = worker.inbox.send(message);
        }
    }

    /// Whether the node takes a new pod; one that it refuses fails.
    fn admitted(&mut self, pod: &Arc<Pod>) -> bool {
        let Some(node) = self.host.node.borrow().clone() else {
            return true;
        };
        let active = self
            .workers
            .values()
            .map(|worker| worker.pod.as_ref())
            .filter(|pod| {
                let phase = pod
                    .status
                    .as_ref()
                    .and_then(|status| status.phase.as_deref());
                !is_terminal(phase.unwrap_or_default())
            });
        let Err(rejection) = admit(&node, active, pod) else {
            return true;
        };
        let about = About::of(&**pod);
        self.host.recorder.warning(
            about,
            event_reason(&rejection.reason),
            rejection.message.clone(),
        );
        let status = rejected_status(
            pod,
            &self.host.host_ip,
            &rejection.reason,
            &rejection.message,
            Timestamp::now(),
        );
        let mut reporter = Reporter::new(self.host.client.clone(), pod);
        let uid = identity::uid(pod).to_owned();
        self.tasks.spawn(async move {
            reporter.publish(&status);
            reporter.flush().await;
            uid
        });
        false
    }

    fn answer(&self, query: Query) {
        // Whoever asked may be gone by now.
        match query {
            Query::Pods(reply) => {
                let pods = self.workers.values().map(|worker| worker.pod.clone());
                let _ = reply.send(pods.collect());
            }
            Query::Pod(namespace, name, reply) => {
                let workers = self.workers.values();
                let pods = workers.map(|worker| (&worker.pod, worker.ending.is_cancelled()));
                let _ = reply.send(named(pods, &namespace, &name));
            }
        }
    }

    /// Removes what is left of pods that no worker knows.
    async fn collect_garbage(&self) {
        if !self.synced {
            return;
        }
        let known = |uid: &str| self.workers.contains_key(uid);
        remove_orphans(&self.host.volumes.pods_dir, known);
        let runtime = &self.host.runtime;
        for sandbox in runtime
            .list_pod_sandboxes(PodSandboxFilter::default())
            .await
            .unwrap_or_default()
        {
            let managed = sandbox.labels.contains_key(identity::POD_UID_LABEL);
            if managed && !known(&sandbox.metadata.uid) {
                tracing::info!(sandbox = %sandbox.id, pod = %sandbox.metadata.name, "removing an orphaned sandbox");
                if let Err(error) = runtime.remove_pod_sandbox(&sandbox.id).await {
                    tracing::warn!(%error, sandbox = %sandbox.id, "an orphaned sandbox stays");
                }
            }
        }
        for container in runtime
            .list_containers(ContainerFilter::default())
            .await
            .unwrap_or_default()
        {
            let uid = container.labels.get(identity::POD_UID_LABEL);
            if uid.is_some_and(|uid| !known(uid))
                && let Err(error) = runtime.remove_container(&container.id).await
            {
                tracing::warn!(%error, container = %container.id, "an orphaned container stays");
            }
        }
        crate::garbage::rotate_logs(&**runtime).await;
        crate::garbage::remove_images(&**runtime).await;
    }
}

/// The pod of a name, of pods and whether they are ending: one that was deleted by force ends here while the next of its
/// name is there already, and whoever asks means that one.
fn named<'a>(
    pods: impl Iterator<Item = (&'a Arc<Pod>, bool)>,
    namespace: &str,
    name: &str,
) -> Option<Arc<Pod>> {
    let ours = |pod: &Pod| identity::namespace(pod) == namespace && identity::name(pod) == name;
    let found = pods
        .filter(|(pod, _)| ours(pod))
        .max_by_key(|(pod, ending)| {
            let created = pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
            (!*ending, created)
        });
    found.map(|(pod, _)| pod.clone())
}

/// Whether the node has not taken the pod yet.
fn is_new(pod: &Pod) -> bool {
    let status = pod.status.as_ref();
    let phase = status
        .and_then(|status| status.phase.as_deref())
        .unwrap_or("Pending");
    phase == "Pending"
        && status.is_none_or(|status| status.start_time.is_none())
        && pod.metadata.deletion_timestamp.is_none()
}

/// The rejection's reason as an event's: one of a few known words.
fn event_reason(reason: &str) -> &'static str {
    const KNOWN: [&str; 6] = [
        "OutOfcpu",
        "OutOfmemory",
        "OutOfpods",
        "OutOfephemeral-storage",
        "NodeAffinity",
        "NodePorts",
    ];
    KNOWN
        .into_iter()
        .find(|known| *known == reason)
        .unwrap_or("UnexpectedAdmissionError")
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

    #[test]
    fn a_name_means_the_pod_that_stays() {
        let pod = |uid: &str| {
            let metadata = ObjectMeta {
                namespace: Some("n".into()),
                name: Some("p".into()),
                uid: Some(uid.into()),
                ..ObjectMeta::default()
            };
            Arc::new(Pod {
                metadata,
                ..Pod::default()
            })
        };
        let (old, new) = (pod("old"), pod("new"));
        for pods in [[(&old, true), (&new, false)], [(&new, false), (&old, true)]] {
            let found = named(pods.into_iter(), "n", "p");
            assert_eq!(found.as_deref().map(identity::uid), Some("new"));
        }
        // Until there is another one it can still be asked.
        let found = named([(&old, true)].into_iter(), "n", "p");
        assert_eq!(found.as_deref().map(identity::uid), Some("old"));
        assert!(named([(&old, true)].into_iter(), "n", "other").is_none());
    }
}

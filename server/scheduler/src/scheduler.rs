//! The scheduler's one owner task: it takes in what the API server says, runs cycles, and hands bindings out.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Pod};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::api::ApiServer;
use crate::cache::Cache;
use crate::config::SchedulerConfig;
use crate::cycle::{self, Diagnosis, Nominations};
use crate::metrics::{Metrics, Outcome};
use crate::plugins::ClusterEvent;
use crate::preemption;
use crate::queue::{Queue, Queued};
use crate::snapshot::PodInfo;

/// News for the scheduler.
pub enum News {
    Pod(Arc<Pod>),
    PodGone(String),
    /// All pods that exist, by uid, after a new listing.
    PodsListed(HashSet<String>),
    Node(Arc<Node>),
    NodeGone(String),
    /// All nodes that exist, by name, after a new listing.
    NodesListed(HashSet<String>),
}

/// What became of a binding.
struct Bound {
    queued: Queued,
    failure: Option<kube::Error>,
    /// How long it took, from the beginning of the attempt.
    took: Duration,
}

/// See the module.
pub struct Scheduler {
    config: SchedulerConfig,
    api: ApiServer,
    cache: Cache,
    queue: Queue,
    nominations: Nominations,
    bindings: JoinSet<Bound>,
    /// Statuses and evictions under way.
    chores: JoinSet<()>,
    start: usize,
    random: SmallRng,
    pods_listed: bool,
    nodes_listed: bool,
}

/// How many pods are scheduled before the news is looked at again.
const CYCLES_PER_TURN: usize = 64;
/// How many bindings may be under way; beyond that, scheduling waits for one to end.
const MAX_BINDINGS: usize = 256;

impl Scheduler {
    pub fn new(config: SchedulerConfig, api: ApiServer, metrics: Metrics) -> Self {
        Self {
            config,
            api,
            cache: Cache::default(),
            queue: Queue::new(metrics),
            nominations: Nominations::default(),
            bindings: JoinSet::new(),
            chores: JoinSet::new(),
            start: 0,
            random: SmallRng::from_rng(&mut rand::rng()),
            pods_listed: false,
            nodes_listed: false,
        }
    }

    /// Works until the news ends.
    pub async fn run(mut self, mut news: mpsc::Receiver<News>) {
        loop {
            while let Ok(item) = news.try_recv() {
                self.take_in(item);
            }
            while let Some(bound) = self.bindings.try_join_next() {
                self.bound(bound);
            }
            while self.chores.try_join_next().is_some() {}
            self.queue.flush(Instant::now());
            if self.turn() {
                // Bindings share this thread in a small runtime: let them go out.
                tokio::task::yield_now().await;
                continue;
            }
            self.queue.metrics().pending(&self.queue.pending());
            let wake = self.queue.next_wake();
            tokio::select! {
                item = news.recv() => match item {
                    Some(item) => self.take_in(item),
                    None => return,
                },
                Some(bound) = self.bindings.join_next() => self.bound(bound),
                Some(_) = self.chores.join_next() => {}
                () = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
        }
    }

    /// Schedules some pods; whether there may be more to do at once.
    fn turn(&mut self) -> bool {
        if !(self.pods_listed && self.nodes_listed) {
            return false;
        }
        for _ in 0..CYCLES_PER_TURN {
            if self.bindings.len() >= MAX_BINDINGS {
                return false;
            }
            let Some(queued) = self.queue.pop() else {
                return false;
            };
            self.cycle(queued);
        }
        true
    }

    fn cycle(&mut self, mut queued: Queued) {
        let started = Instant::now();
        queued.first_attempt.get_or_insert(started);
        let pod = queued.pod.clone();
        let Some(profile) = self.config.profile(pod.scheduler_name()) else {
            return;
        };
        let chosen = cycle::schedule(
            profile,
            &pod,
            self.cache.nodes(),
            &self.nominations,
            &mut self.start,
            &mut self.random,
        );
        self.queue.metrics().searched(started.elapsed());
        match chosen {
            Ok(node) => {
                let node = node.name.clone();
                self.cache.assume(pod.clone(), &node);
                self.nominations.remove(pod.uid());
                let api = self.api.clone();
                self.bindings.spawn(async move {
                    let failure = api.bind(&pod, &node).await.err();
                    if failure.is_none() {
                        api.scheduled(&pod, &node);
                    }
                    Bound {
                        queued,
                        failure,
                        took: started.elapsed(),
                    }
                });
            }
            Err(diagnosis) => self.no_node(queued, diagnosis, started),
        }
    }

    fn no_node(&mut self, queued: Queued, diagnosis: Diagnosis, started: Instant) {
        let pod = queued.pod.clone();
        let Some(profile) = self.config.profile(pod.scheduler_name()) else {
            return;
        };
        let mut message = diagnosis.message();
        let mut nominated = None;
        if diagnosis.nodes > 0 {
            self.queue.metrics().preempting();
            let promised = self
                .nominations
                .node_of(pod.uid())
                .and_then(|node| self.cache.node(node));
            match preemption::preempt(
                profile,
                &pod,
                self.cache.nodes(),
                &diagnosis,
                promised.map(|node| &**node),
            ) {
                Ok(candidate) => {
                    self.queue.metrics().victims(candidate.victims.len());
                    self.nominations.set(pod.clone(), &candidate.node);
                    self.evict(&pod, &candidate);
                    nominated = Some(candidate.node);
                }
                // No device claim is ever allocated here, so there is none that could be given back.
                Err(why) => message = format!("{message} no new claims to deallocate, {why}"),
            }
        }
        self.queue.metrics().attempted(
            pod.scheduler_name(),
            Outcome::Unschedulable,
            started.elapsed(),
        );
        self.queue
            .set_unschedulable(queued, diagnosis.plugins, Instant::now());
        self.api.failed_scheduling(&pod, message.clone());
        let api = self.api.clone();
        self.chores.spawn(async move {
            if let Err(error) = api.unschedulable(&pod, &message, nominated.as_deref()).await {
                tracing::debug!(pod = pod.name(), %error, "the pod's condition could not be written");
            }
        });
    }

    fn evict(&mut self, pod: &Arc<PodInfo>, candidate: &preemption::Candidate) {
        for victim in candidate
            .victims
            .iter()
            .filter(|victim| !victim.terminating())
        {
            let (api, pod, victim, node) = (
                self.api.clone(),
                pod.clone(),
                victim.clone(),
                candidate.node.clone(),
            );
            self.chores.spawn(async move {
                if let Err(error) = api.evict(&victim, &pod, &node).await {
                    tracing::warn!(victim = victim.name(), %error, "a pod that has to make way could not be deleted");
                }
            });
        }
    }

    fn bound(&mut self, bound: Result<Bound, tokio::task::JoinError>) {
        let Ok(Bound {
            queued,
            failure,
            took,
        }) = bound
        else {
            return;
        };
        let (metrics, profile) = (self.queue.metrics(), queued.pod.scheduler_name());
        let Some(error) = failure else {
            metrics.attempted(profile, Outcome::Scheduled, took);
            let waited = queued.first_attempt.map(|first| first.elapsed());
            metrics.scheduled(&queued, waited.unwrap_or(took));
            return;
        };
        metrics.attempted(profile, Outcome::Error, took);
        let uid = queued.pod.uid().to_owned();
        self.cache.forget(&uid);
        if matches!(&error, kube::Error::Api(status) if matches!(status.code, 404 | 409)) {
            // The pod is gone, is another one, or is bound already: its own news says what to do.
            tracing::debug!(pod = queued.pod.name(), %error, "the binding was refused");
            return;
        }
        tracing::warn!(pod = queued.pod.name(), %error, "the binding failed");
        self.api
            .failed_scheduling(&queued.pod, format!("binding rejected: {error}"));
        self.queue.set_failed(queued, Instant::now());
        self.queue.event(ClusterEvent::PodRemoved, Instant::now());
    }

    fn take_in(&mut self, news: News) {
        match news {
            News::Pod(pod) => self.set_pod(Arc::new(PodInfo::new(pod))),
            News::PodGone(uid) => self.pod_gone(&uid),
            News::PodsListed(uids) => {
                let known = self.cache.confirmed().chain(self.queue.uids());
                let gone: Vec<String> = known
                    .filter(|uid| !uids.contains(*uid))
                    .map(str::to_owned)
                    .collect();
                gone.iter().for_each(|uid| self.pod_gone(uid));
                self.pods_listed = true;
            }
            News::Node(node) => self.set_node(node),
            News::NodeGone(name) => self.cache.remove_node(&name),
            News::NodesListed(names) => {
                let nodes = self.cache.nodes().iter().map(|node| node.name.to_string());
                let gone: Vec<String> = nodes.filter(|name| !names.contains(name)).collect();
                gone.iter().for_each(|name| self.cache.remove_node(name));
                self.nodes_listed = true;
            }
        }
    }

    fn set_pod(&mut self, pod: Arc<PodInfo>) {
        if pod.terminated() {
            return self.pod_gone(pod.uid());
        }
        if pod.node_name().is_some() {
            self.queue.remove(pod.uid());
            self.nominations.remove(pod.uid());
            self.cache.set_pod(pod);
            return;
        }
        let ours = self.config.profile(pod.scheduler_name()).is_some();
        if pod.terminating() {
            self.queue.remove(pod.uid());
        } else if ours && !self.cache.is_assumed(pod.uid()) {
            self.queue.set(pod, Instant::now());
        }
    }

    fn pod_gone(&mut self, uid: &str) {
        self.queue.remove(uid);
        self.nominations.remove(uid);
        self.cache.remove_pod(uid);
        self.queue.event(ClusterEvent::PodRemoved, Instant::now());
    }

    fn set_node(&mut self, node: Arc<Node>) {
        let name = node.metadata.name.clone().unwrap_or_default();
        let old = self.cache.node(&name).map(|info| info.node.clone());
        self.cache.set_node(node.clone());
        let now = Instant::now();
        for event in changes(old.as_deref(), &node) {
            self.queue.event(event, now);
        }
    }
}

/// What of a node's change may matter to pods that it was refused.
fn changes(old: Option<&Node>, new: &Node) -> Vec<ClusterEvent> {
    let Some(old) = old else {
        return vec![ClusterEvent::NodeAdded];
    };
    let allocatable = |node: &Node| {
        node.status
            .as_ref()
            .and_then(|status| status.allocatable.clone())
    };
    let taints = |node: &Node| node.spec.as_ref().and_then(|spec| spec.taints.clone());
    let cordoned = |node: &Node| {
        node.spec
            .as_ref()
            .and_then(|spec| spec.unschedulable)
            .unwrap_or(false)
    };
    let mut events = Vec::new();
    if allocatable(old) != allocatable(new) {
        events.push(ClusterEvent::NodeAllocatable);
    }
    if old.metadata.labels != new.metadata.labels {
        events.push(ClusterEvent::NodeLabels);
    }
    if taints(old) != taints(new) {
        events.push(ClusterEvent::NodeTaints);
    }
    if cordoned(old) != cordoned(new) {
        events.push(ClusterEvent::NodeUnschedulable);
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{node, node_from};
    use serde_json::json;

    #[test]
    fn only_what_matters_of_a_node_is_an_event() {
        let old = node("n", "2", "4Gi");
        assert_eq!(changes(None, &old), [ClusterEvent::NodeAdded]);
        assert_eq!(changes(Some(&old), &node("n", "2", "4Gi")), []);
        assert_eq!(
            changes(Some(&old), &node("n", "4", "4Gi")),
            [ClusterEvent::NodeAllocatable]
        );
        let cordoned =
            node_from(json!({ "metadata": { "name": "n" }, "spec": { "unschedulable": true } }));
        assert_eq!(
            changes(Some(&old), &cordoned),
            [
                ClusterEvent::NodeAllocatable,
                ClusterEvent::NodeLabels,
                ClusterEvent::NodeUnschedulable
            ]
        );
    }
}

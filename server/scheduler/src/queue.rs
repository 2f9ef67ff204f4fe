//! The pods that wait to be scheduled: those to try now, those that back off after a failure, and those for which
//! nothing has changed since they last failed. Pure: the clock is passed in.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::metrics::{Cause, Metrics};
use crate::plugins::{self, ClusterEvent};
use crate::snapshot::PodInfo;

/// The wait after the first failure; it doubles with every further one.
const INITIAL_BACKOFF: Duration = Duration::from_secs(1);
/// The longest wait.
const MAX_BACKOFF: Duration = Duration::from_secs(10);
/// A pod is tried again after this even when nothing seems to have changed, so that no missed event strands it.
const MAX_UNSCHEDULABLE: Duration = Duration::from_secs(300);

/// A waiting pod.
#[derive(Clone, Debug)]
pub struct Queued {
    pub pod: Arc<PodInfo>,
    /// How often it has been tried.
    pub attempts: u32,
    /// When it was tried first.
    pub first_attempt: Option<Instant>,
}

struct Waiting {
    queued: Queued,
    place: Place,
    /// The order of arrival, among pods of one priority.
    sequence: u64,
    rejected_by: BTreeSet<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Active,
    Backoff {
        until: Instant,
    },
    Unschedulable {
        since: Instant,
        backoff_until: Instant,
    },
    /// Held back by a scheduling gate.
    Gated,
}

impl Place {
    /// Upstream's name of the queue.
    fn queue(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Backoff { .. } => "backoff",
            Self::Unschedulable { .. } => "unschedulable",
            Self::Gated => "gated",
        }
    }
}

/// See the module.
#[derive(Default)]
pub struct Queue {
    pods: HashMap<String, Waiting>,
    /// The pods to try now: by priority, then by arrival.
    active: BTreeSet<(Reverse<i32>, u64, String)>,
    backoff: BTreeSet<(Instant, String)>,
    unschedulable: BTreeSet<(Instant, String)>,
    sequence: u64,
    metrics: Metrics,
}

impl Queue {
    /// An empty queue that counts what comes to it.
    pub fn new(metrics: Metrics) -> Self {
        Self {
            metrics,
            ..Self::default()
        }
    }

    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// How many pods wait, by upstream's names of the queues.
    pub fn pending(&self) -> [(&'static str, usize); 4] {
        let (active, backoff) = (self.active.len(), self.backoff.len());
        let unschedulable = self.unschedulable.len();
        let gated = self.pods.len() - active - backoff - unschedulable;
        [
            ("active", active),
            ("backoff", backoff),
            ("unschedulable", unschedulable),
            ("gated", gated),
        ]
    }

    /// Adds a pod, or takes over its newer state. A pod that failed before is tried again only when something changed
    /// that scheduling looks at: its status alone does not count.
    pub fn set(&mut self, pod: Arc<PodInfo>, now: Instant) {
        let uid = pod.uid().to_owned();
        let Some(waiting) = self.pods.get_mut(&uid) else {
            let place = if pod.gated() {
                Place::Gated
            } else {
                Place::Active
            };
            let queued = Queued {
                pod,
                attempts: 0,
                first_attempt: None,
            };
            self.insert(queued, BTreeSet::new(), place, Cause::Added);
            return;
        };
        let old = std::mem::replace(&mut waiting.queued.pod, pod.clone());
        let changed =
            old.pod.spec != pod.pod.spec || old.pod.metadata.labels != pod.pod.metadata.labels;
        let place = match waiting.place {
            _ if pod.gated() => Place::Gated,
            Place::Gated => Place::Active,
            Place::Unschedulable { backoff_until, .. } if changed => after(backoff_until, now),
            // The priority is a part of the place among the active.
            Place::Active if changed => Place::Active,
            _ => return,
        };
        self.move_to(&uid, place, Cause::Updated);
    }

    /// Takes a pod out: it was scheduled, or it is gone.
    pub fn remove(&mut self, uid: &str) -> Option<Queued> {
        self.unlink(uid);
        self.pods.remove(uid).map(|waiting| waiting.queued)
    }

    /// The most important pod that is to be tried now. It counts as one more attempt.
    pub fn pop(&mut self) -> Option<Queued> {
        let (_, _, uid) = self.active.pop_first()?;
        let mut queued = self.pods.remove(&uid)?.queued;
        queued.attempts += 1;
        Some(queued)
    }

    /// Puts a pod back for which no node was found; an event that concerns one of the plugins brings it back.
    pub fn set_unschedulable(
        &mut self,
        queued: Queued,
        rejected_by: BTreeSet<&'static str>,
        now: Instant,
    ) {
        let backoff_until = now + backoff(queued.attempts);
        self.insert(
            queued,
            rejected_by,
            Place::Unschedulable {
                since: now,
                backoff_until,
            },
            Cause::AttemptFailure,
        );
    }

    /// Puts a pod back whose scheduling failed for a reason that is not the cluster's state (a refused binding, say).
    pub fn set_failed(&mut self, queued: Queued, now: Instant) {
        let until = now + backoff(queued.attempts);
        let place = Place::Backoff { until };
        self.insert(queued, BTreeSet::new(), place, Cause::AttemptFailure);
    }

    /// Brings back the pods that the event may help.
    pub fn event(&mut self, event: ClusterEvent, now: Instant) {
        let registered = plugins::all();
        let concerns = |name: &&'static str| {
            let plugin = registered
                .iter()
                .find(|registered| registered.plugin.name() == *name);
            plugin.is_none_or(|registered| registered.plugin.undone_by().contains(&event))
        };
        let moves = |waiting: &Waiting| {
            waiting.rejected_by.is_empty() || waiting.rejected_by.iter().any(concerns)
        };
        let helped: Vec<String> = self
            .unschedulable
            .iter()
            .map(|(_, uid)| uid)
            .filter(|uid| moves(&self.pods[*uid]))
            .cloned()
            .collect();
        for uid in helped {
            if let Place::Unschedulable { backoff_until, .. } = self.pods[&uid].place {
                self.move_to(&uid, after(backoff_until, now), Cause::Event(event));
            }
        }
    }

    /// Makes active what has waited long enough.
    pub fn flush(&mut self, now: Instant) {
        while let Some((until, uid)) = self.backoff.first().cloned()
            && until <= now
        {
            self.move_to(&uid, Place::Active, Cause::BackoffComplete);
        }
        while let Some((since, uid)) = self.unschedulable.first().cloned()
            && since + MAX_UNSCHEDULABLE <= now
        {
            self.move_to(&uid, Place::Active, Cause::UnschedulableTimeout);
        }
    }

    /// When `flush` has something to do again.
    pub fn next_wake(&self) -> Option<Instant> {
        let backoff = self.backoff.first().map(|(until, _)| *until);
        let unschedulable = self
            .unschedulable
            .first()
            .map(|(since, _)| *since + MAX_UNSCHEDULABLE);
        backoff.into_iter().chain(unschedulable).min()
    }

    /// The uids of all waiting pods.
    pub fn uids(&self) -> impl Iterator<Item = &str> {
        self.pods.keys().map(String::as_str)
    }

    fn insert(
        &mut self,
        queued: Queued,
        rejected_by: BTreeSet<&'static str>,
        place: Place,
        cause: Cause,
    ) {
        let uid = queued.pod.uid().to_owned();
        self.unlink(&uid);
        self.sequence += 1;
        let waiting = Waiting {
            queued,
            place,
            sequence: self.sequence,
            rejected_by,
        };
        self.pods.insert(uid.clone(), waiting);
        self.metrics.incoming(place.queue(), cause);
        self.link(&uid);
    }

    fn move_to(&mut self, uid: &str, place: Place, cause: Cause) {
        self.unlink(uid);
        if let Some(waiting) = self.pods.get_mut(uid) {
            waiting.place = place;
            self.metrics.incoming(place.queue(), cause);
        }
        self.link(uid);
    }

    fn link(&mut self, uid: &str) {
        let Some(waiting) = self.pods.get(uid) else {
            return;
        };
        match waiting.place {
            Place::Active => {
                self.active.insert((
                    Reverse(waiting.queued.pod.priority()),
                    waiting.sequence,
                    uid.to_owned(),
                ));
            }
            Place::Backoff { until } => {
                self.backoff.insert((until, uid.to_owned()));
            }
            Place::Unschedulable { since, .. } => {
                self.unschedulable.insert((since, uid.to_owned()));
            }
            Place::Gated => {}
        }
    }

    fn unlink(&mut self, uid: &str) {
        let Some(waiting) = self.pods.get(uid) else {
            return;
        };
        match waiting.place {
            // By sequence, because the pod's priority may have changed since it was linked.
            Place::Active => self
                .active
                .retain(|(_, sequence, _)| *sequence != waiting.sequence),
            Place::Backoff { until } => {
                self.backoff.remove(&(until, uid.to_owned()));
            }
            Place::Unschedulable { since, .. } => {
                self.unschedulable.remove(&(since, uid.to_owned()));
            }
            Place::Gated => {}
        }
    }
}

fn after(until: Instant, now: Instant) -> Place {
    if until <= now {
        Place::Active
    } else {
        Place::Backoff { until }
    }
}

fn backoff(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    INITIAL_BACKOFF
        .saturating_mul(1 << doublings)
        .min(MAX_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{pod, pod_from};
    use knarr_component::metrics::{Page, Registry};
    use serde_json::json;

    fn important(uid: &str, priority: i32) -> Arc<PodInfo> {
        pod_from(uid, json!({ "containers": [], "priority": priority }))
    }

    fn fit() -> BTreeSet<&'static str> {
        BTreeSet::from(["NodeResourcesFit"])
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_more_important_comes_first_then_the_earlier() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for (uid, priority) in [("a", 0), ("b", 5), ("c", 5)] {
            queue.set(important(uid, priority), now);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop())
            .map(|queued| queued.pod.uid().to_owned())
            .collect();
        assert_eq!(order, ["b", "c", "a"]);
    }

    #[test]
    fn only_an_event_that_concerns_the_rejection_brings_a_pod_back() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.set(pod("p", "1", "1"), now);
        let queued = queue.pop().unwrap();
        queue.set_unschedulable(queued, fit(), now);
        queue.event(ClusterEvent::NodeTaints, now + seconds(2));
        assert!(queue.pop().is_none());
        queue.event(ClusterEvent::PodRemoved, now + seconds(2));
        assert_eq!(queue.pop().unwrap().attempts, 2);
    }

    #[test]
    fn an_event_does_not_cut_the_back_off_short() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.set(pod("p", "1", "1"), now);
        let queued = queue.pop().unwrap();
        queue.set_unschedulable(queued, fit(), now);
        queue.event(ClusterEvent::NodeAdded, now);
        assert!(queue.pop().is_none());
        assert_eq!(queue.next_wake(), Some(now + seconds(1)));
        queue.flush(now + seconds(1));
        assert!(queue.pop().is_some());
    }

    #[test]
    fn the_back_off_doubles_to_ten_seconds() {
        let waits: Vec<_> = (1..=6)
            .map(|attempts| backoff(attempts).as_secs())
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 10, 10]);
    }

    #[test]
    fn a_new_status_does_not_bring_a_pod_back_but_a_new_spec_does() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.set(pod("p", "1", "1"), now);
        let queued = queue.pop().unwrap();
        queue.set_unschedulable(queued, fit(), now);
        queue.set(pod("p", "1", "1"), now + seconds(5));
        assert!(queue.pop().is_none());
        queue.set(pod("p", "500m", "1"), now + seconds(5));
        assert!(queue.pop().is_some());
    }

    #[test]
    fn a_stranded_pod_is_tried_again_after_five_minutes() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.set(pod("p", "1", "1"), now);
        let queued = queue.pop().unwrap();
        queue.set_unschedulable(queued, fit(), now);
        queue.flush(now + seconds(299));
        assert!(queue.pop().is_none());
        queue.flush(now + seconds(300));
        assert!(queue.pop().is_some());
    }

    #[test]
    fn a_gated_pod_waits_for_its_gate() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.set(
            pod_from(
                "p",
                json!({ "containers": [], "schedulingGates": [{ "name": "g" }] }),
            ),
            now,
        );
        assert!(queue.pop().is_none());
        queue.set(pod_from("p", json!({ "containers": [] })), now);
        assert!(queue.pop().is_some());
    }

    #[test]
    fn where_pods_wait_and_why_they_came_there_is_counted() {
        let registry = Registry::default();
        let (mut queue, now) = (Queue::new(Metrics::new(&registry)), Instant::now());
        for uid in ["a", "b", "c"] {
            queue.set(pod(uid, "1", "1"), now);
        }
        let queued = queue.pop().unwrap();
        queue.set_unschedulable(queued, fit(), now);
        let queued = queue.pop().unwrap();
        queue.set_failed(queued, now);
        assert_eq!(queue.pending().map(|(_, count)| count), [1, 1, 1, 0]);
        queue.event(ClusterEvent::NodeAdded, now);
        queue.flush(now + seconds(1));
        let mut page = Page::default();
        registry.write(&mut page);
        for (event, place, count) in [
            ("UnschedulablePodAdd", "active", 3),
            ("ScheduleAttemptFailure", "unschedulable", 1),
            ("ScheduleAttemptFailure", "backoff", 1),
            ("NodeAdd", "backoff", 1),
            ("BackoffComplete", "active", 2),
        ] {
            let line = format!(
                "scheduler_queue_incoming_pods_total{{event=\"{event}\",queue=\"{place}\"}} {count}\n"
            );
            assert!(page.text().contains(&line), "{line}{}", page.text());
        }
    }

    #[test]
    fn a_removed_pod_is_never_tried() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.set(pod("p", "1", "1"), now);
        queue.remove("p");
        assert!(queue.pop().is_none());
        assert_eq!(queue.uids().count(), 0);
    }
}

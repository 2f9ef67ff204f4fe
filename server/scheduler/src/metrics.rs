//! What the scheduler counts, under upstream's names (<https://kubernetes.io/docs/reference/instrumentation/metrics/>).

use std::time::Duration;

use knarr_component::metrics::{Counter, Definition, Gauge, Histogram, Registry};

use crate::plugins::ClusterEvent;
use crate::queue::Queued;

static ATTEMPTS: Definition = Definition {
    name: "scheduler_schedule_attempts_total",
    help: "Number of attempts to schedule pods, by the result. 'unschedulable' means a pod could not be scheduled, while 'error' means an internal scheduler problem.",
    stability: "STABLE",
    labels: &["profile", "result"],
};
static ATTEMPT_DURATION: Definition = Definition {
    name: "scheduler_scheduling_attempt_duration_seconds",
    help: "Scheduling attempt latency in seconds (scheduling algorithm + binding)",
    stability: "STABLE",
    labels: &["profile", "result"],
};
static ALGORITHM_DURATION: Definition = Definition {
    name: "scheduler_scheduling_algorithm_duration_seconds",
    help: "Scheduling algorithm latency in seconds",
    stability: "ALPHA",
    labels: &[],
};
static SLI_DURATION: Definition = Definition {
    name: "scheduler_pod_scheduling_sli_duration_seconds",
    help: "E2e latency for a pod being scheduled, from the time the pod enters the scheduling queue and might involve multiple scheduling attempts.",
    stability: "BETA",
    labels: &["attempts"],
};
static ATTEMPTS_OF_POD: Definition = Definition {
    name: "scheduler_pod_scheduling_attempts",
    help: "Number of attempts to successfully schedule a pod.",
    stability: "STABLE",
    labels: &[],
};
static PREEMPTION_ATTEMPTS: Definition = Definition {
    name: "scheduler_preemption_attempts_total",
    help: "Total preemption attempts in the cluster till now",
    stability: "STABLE",
    labels: &[],
};
static PREEMPTION_VICTIMS: Definition = Definition {
    name: "scheduler_preemption_victims",
    help: "Number of selected preemption victims",
    stability: "STABLE",
    labels: &[],
};
static PENDING: Definition = Definition {
    name: "scheduler_pending_pods",
    help: "Number of pending pods, by the queue type. 'active' means number of pods in activeQ; 'backoff' means number of pods in backoffQ; 'unschedulable' means number of pods in unschedulablePods that the scheduler attempted to schedule and failed; 'gated' is the number of unschedulable pods that the scheduler never attempted to schedule because they are gated.",
    stability: "STABLE",
    labels: &["queue"],
};
static INCOMING: Definition = Definition {
    name: "scheduler_queue_incoming_pods_total",
    help: "Number of pods added to scheduling queues by event and queue type.",
    stability: "STABLE",
    labels: &["event", "queue"],
};

/// From a millisecond, each bound twice the one before.
const MILLISECONDS: &[f64] = &[
    0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096,
    8.192, 16.384,
];
/// The same from ten milliseconds, up to more than an hour.
const LONG: &[f64] = &[
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84,
    327.68, 655.36, 1310.72, 2621.44, 5242.88,
];
const FEW: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0];
const VICTIMS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];
/// Pods with as many attempts are not told apart, as upstream.
const MANY_ATTEMPTS: u32 = 15;

/// How an attempt ended.
#[derive(Clone, Copy)]
pub enum Outcome {
    Scheduled,
    Unschedulable,
    Error,
}

/// Why a pod comes to a queue.
#[derive(Clone, Copy)]
pub enum Cause {
    Added,
    Updated,
    BackoffComplete,
    UnschedulableTimeout,
    AttemptFailure,
    Event(ClusterEvent),
}

/// See the module.
pub struct Metrics {
    attempts: Counter,
    attempt_duration: Histogram,
    algorithm_duration: Histogram,
    sli_duration: Histogram,
    attempts_of_pod: Histogram,
    preemption_attempts: Counter,
    preemption_victims: Histogram,
    pending: Gauge,
    incoming: Counter,
}

impl Metrics {
    pub fn new(registry: &Registry) -> Self {
        Self {
            attempts: registry.counter(&ATTEMPTS),
            attempt_duration: registry.histogram(&ATTEMPT_DURATION, MILLISECONDS),
            algorithm_duration: registry.histogram(&ALGORITHM_DURATION, MILLISECONDS),
            sli_duration: registry.histogram(&SLI_DURATION, LONG),
            attempts_of_pod: registry.histogram(&ATTEMPTS_OF_POD, FEW),
            preemption_attempts: registry.counter(&PREEMPTION_ATTEMPTS),
            preemption_victims: registry.histogram(&PREEMPTION_VICTIMS, VICTIMS),
            pending: registry.gauge(&PENDING),
            incoming: registry.counter(&INCOMING),
        }
    }

    /// An attempt is over, which took so long.
    pub fn attempted(&self, profile: &str, outcome: Outcome, took: Duration) {
        let result = match outcome {
            Outcome::Scheduled => "scheduled",
            Outcome::Unschedulable => "unschedulable",
            Outcome::Error => "error",
        };
        self.attempts.add(&[profile, result], 1);
        self.attempt_duration
            .observe(&[profile, result], took.as_secs_f64());
    }

    /// A node was looked for, which took so long.
    pub fn searched(&self, took: Duration) {
        self.algorithm_duration.observe(&[], took.as_secs_f64());
    }

    /// A pod is bound, so long after its first attempt.
    pub fn scheduled(&self, queued: &Queued, waited: Duration) {
        let attempts = match queued.attempts {
            many if many >= MANY_ATTEMPTS => format!("{MANY_ATTEMPTS}+"),
            few => few.to_string(),
        };
        self.sli_duration
            .observe(&[&attempts], waited.as_secs_f64());
        self.attempts_of_pod
            .observe(&[], f64::from(queued.attempts));
    }

    /// Other pods were looked for that could make way.
    pub fn preempting(&self) {
        self.preemption_attempts.add(&[], 1);
    }

    /// So many were found.
    pub fn victims(&self, count: usize) {
        self.preemption_victims.observe(&[], count as f64);
    }

    /// So many pods wait, by queue.
    pub fn pending(&self, counts: &[(&'static str, usize)]) {
        for (queue, count) in counts {
            self.pending.set(&[queue], *count as f64);
        }
    }

    /// A pod came to a queue.
    pub fn incoming(&self, queue: &str, cause: Cause) {
        let event = match cause {
            Cause::Added => "UnschedulablePodAdd",
            Cause::Updated => "UnschedulablePodUpdate",
            Cause::BackoffComplete => "BackoffComplete",
            Cause::UnschedulableTimeout => "UnschedulableTimeout",
            Cause::AttemptFailure => "ScheduleAttemptFailure",
            Cause::Event(event) => match event {
                ClusterEvent::NodeAdded => "NodeAdd",
                ClusterEvent::NodeAllocatable => "NodeUpdateNodeAllocatable",
                ClusterEvent::NodeLabels => "NodeUpdateNodeLabel",
                ClusterEvent::NodeTaints | ClusterEvent::NodeUnschedulable => "NodeUpdateNodeTaint",
                ClusterEvent::PodRemoved => "AssignedPodDelete",
            },
        };
        self.incoming.add(&[event, queue], 1);
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new(&Registry::default())
    }
}

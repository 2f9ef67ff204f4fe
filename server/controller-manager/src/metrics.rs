//! What the queues of the controllers count, under upstream's names
//! (<https://kubernetes.io/docs/reference/instrumentation/metrics/>).

use std::time::Duration;

use knarr_component::metrics::{Counter, Definition, Gauge, Histogram, Registry};

static DEPTH: Definition = Definition {
    name: "workqueue_depth",
    help: "Current depth of workqueue",
    stability: "BETA",
    labels: &["name"],
};
static ADDS: Definition = Definition {
    name: "workqueue_adds_total",
    help: "Total number of adds handled by workqueue",
    stability: "BETA",
    labels: &["name"],
};
static WAITED: Definition = Definition {
    name: "workqueue_queue_duration_seconds",
    help: "How long in seconds an item stays in workqueue before being requested.",
    stability: "BETA",
    labels: &["name"],
};
static WORKED: Definition = Definition {
    name: "workqueue_work_duration_seconds",
    help: "How long in seconds processing an item from workqueue takes.",
    stability: "BETA",
    labels: &["name"],
};
static RETRIES: Definition = Definition {
    name: "workqueue_retries_total",
    help: "Total number of retries handled by workqueue",
    stability: "BETA",
    labels: &["name"],
};

static UNFINISHED: Definition = Definition::beta(
    "workqueue_unfinished_work_seconds",
    &["name"],
    "How many seconds of work has done that is in progress and hasn't been observed by work_duration. Large values indicate stuck threads. One can deduce the number of stuck threads by observing the rate at which this increases.",
);
static LONGEST: Definition = Definition::beta(
    "workqueue_longest_running_processor_seconds",
    &["name"],
    "How many seconds has the longest running processor for workqueue been running.",
);

static RUNNING: Definition = Definition::beta(
    "running_managed_controllers",
    &["manager", "name"],
    "Indicates where instances of a controller are currently running",
);

/// Which controllers run.
pub struct Running(Gauge);

impl Running {
    pub fn new(registry: &Registry) -> Self {
        Self(registry.gauge(&RUNNING))
    }

    pub fn set(&self, name: &str, runs: bool) {
        let labels = ["kube-controller-manager", name];
        self.0.set(&labels, f64::from(u8::from(runs)));
    }
}

/// From ten nanoseconds, each bound ten times the one before.
const BOUNDS: &[f64] = &[1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0];

/// What one queue counts.
pub struct QueueMetrics {
    registry: Registry,
    name: &'static str,
    depth: Gauge,
    adds: Counter,
    waited: Histogram,
    worked: Histogram,
    retries: Counter,
    unfinished: Gauge,
    longest: Gauge,
}

impl QueueMetrics {
    /// `name` is upstream's of the queue.
    pub fn new(registry: &Registry, name: &'static str) -> Self {
        Self {
            registry: registry.clone(),
            name,
            depth: registry.gauge(&DEPTH),
            adds: registry.counter(&ADDS),
            waited: registry.histogram(&WAITED, BOUNDS),
            worked: registry.histogram(&WORKED, BOUNDS),
            retries: registry.counter(&RETRIES),
            unfinished: registry.gauge(&UNFINISHED),
            longest: registry.gauge(&LONGEST),
        }
    }

    /// Where [`QueueMetrics::unfinished`] is asked for.
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    pub fn added(&self) {
        self.adds.add(&[self.name], 1);
    }

    pub fn depth(&self, waiting: usize) {
        self.depth.set(&[self.name], waiting as f64);
    }

    pub fn waited(&self, time: Duration) {
        self.waited.observe(&[self.name], time.as_secs_f64());
    }

    pub fn worked(&self, time: Duration) {
        self.worked.observe(&[self.name], time.as_secs_f64());
    }

    /// How long those have been at work that are not done: all together, and the one that began first.
    pub fn unfinished(&self, together: Duration, longest: Duration) {
        self.unfinished.set(&[self.name], together.as_secs_f64());
        self.longest.set(&[self.name], longest.as_secs_f64());
    }

    pub fn retried(&self) {
        self.retries.add(&[self.name], 1);
    }
}

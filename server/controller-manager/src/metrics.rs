//! What the queues of the controllers count, under upstream's names
//! (<https://kubernetes.io/docs/reference/instrumentation/metrics/>).

use std::time::Duration;

use knarr_component::metrics::{Counter, Definition, Gauge, Histogram, Registry};

static DEPTH: Definition = Definition {
    name: "workqueue_depth",
    help: "Current depth of workqueue",
    stability: "ALPHA",
    labels: &["name"],
};
static ADDS: Definition = Definition {
    name: "workqueue_adds_total",
    help: "Total number of adds handled by workqueue",
    stability: "ALPHA",
    labels: &["name"],
};
static WAITED: Definition = Definition {
    name: "workqueue_queue_duration_seconds",
    help: "How long in seconds an item stays in workqueue before being requested.",
    stability: "ALPHA",
    labels: &["name"],
};
static WORKED: Definition = Definition {
    name: "workqueue_work_duration_seconds",
    help: "How long in seconds processing an item from workqueue takes.",
    stability: "ALPHA",
    labels: &["name"],
};
static RETRIES: Definition = Definition {
    name: "workqueue_retries_total",
    help: "Total number of retries handled by workqueue",
    stability: "ALPHA",
    labels: &["name"],
};

/// From ten nanoseconds, each bound ten times the one before.
const BOUNDS: &[f64] = &[
    1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0,
];

/// What one queue counts.
pub struct QueueMetrics {
    name: &'static str,
    depth: Gauge,
    adds: Counter,
    waited: Histogram,
    worked: Histogram,
    retries: Counter,
}

impl QueueMetrics {
    /// `name` is upstream's of the queue.
    pub fn new(registry: &Registry, name: &'static str) -> Self {
        Self {
            name,
            depth: registry.gauge(&DEPTH),
            adds: registry.counter(&ADDS),
            waited: registry.histogram(&WAITED, BOUNDS),
            worked: registry.histogram(&WORKED, BOUNDS),
            retries: registry.counter(&RETRIES),
        }
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

    pub fn retried(&self) {
        self.retries.add(&[self.name], 1);
    }
}

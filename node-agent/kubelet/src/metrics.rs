//! What a node counts, under the names of upstream's kubelet
//! (<https://kubernetes.io/docs/reference/instrumentation/metrics/>).

use std::time::Duration;

use knarr_component::metrics::{Definition, Gauge, Histogram, Registry};
use knarr_runtime::ContainerState;

static NODE_NAME: Definition = Definition {
    name: "kubelet_node_name",
    help: "The node's name. The count is always 1.",
    stability: "ALPHA",
    labels: &["node"],
};
static RUNNING_PODS: Definition = Definition {
    name: "kubelet_running_pods",
    help: "Number of pods that have a running pod sandbox",
    stability: "ALPHA",
    labels: &[],
};
static RUNNING_CONTAINERS: Definition = Definition {
    name: "kubelet_running_containers",
    help: "Number of containers currently running",
    stability: "ALPHA",
    labels: &["container_state"],
};
static POD_START: Definition = Definition {
    name: "kubelet_pod_start_duration_seconds",
    help: "Duration in seconds from kubelet seeing a pod for the first time to the pod starting to run",
    stability: "ALPHA",
    labels: &[],
};

const BOUNDS: &[f64] = &[
    0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 20.0, 30.0, 45.0, 60.0, 120.0, 180.0, 240.0,
    300.0, 360.0, 480.0, 600.0, 900.0, 1200.0, 1800.0, 2700.0, 3600.0,
];
/// The states that are told apart, with upstream's names.
const STATES: [(ContainerState, &str); 4] = [
    (ContainerState::Created, "created"),
    (ContainerState::Exited, "exited"),
    (ContainerState::Running, "running"),
    (ContainerState::Unknown, "unknown"),
];

/// See the module.
pub struct Metrics {
    running_pods: Gauge,
    running_containers: Gauge,
    pod_start: Histogram,
}

impl Metrics {
    pub fn new(registry: &Registry, node: &str) -> Self {
        registry.gauge(&NODE_NAME).set(&[node], 1.0);
        Self {
            running_pods: registry.gauge(&RUNNING_PODS),
            running_containers: registry.gauge(&RUNNING_CONTAINERS),
            pod_start: registry.histogram(&POD_START, BOUNDS),
        }
    }

    /// What the runtime has at the moment: ready sandboxes, and containers by their state.
    pub fn running(&self, pods: usize, containers: &[ContainerState]) {
        self.running_pods.set(&[], pods as f64);
        for (state, name) in STATES {
            let count = containers.iter().filter(|one| **one == state).count();
            self.running_containers.set(&[name], count as f64);
        }
    }

    /// A pod began to run, so long after it was first seen.
    pub fn started(&self, took: Duration) {
        self.pod_start.observe(&[], took.as_secs_f64());
    }
}

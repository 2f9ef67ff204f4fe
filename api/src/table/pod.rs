//! Pods: the status text, readiness and restarts that `kubectl get pods` shows.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::cells::{Cells, human, or, parse_time};
use super::columns::{AGE, Column, NAME, text, wide};
use crate::raw::Node;
use crate::raw::{Field, some, whole};
use crate::walk::Walk;

pub(super) static COLUMNS: [Column; 9] = [
    NAME,
    text(
        "Ready",
        "The aggregate readiness state of this pod for accepting traffic.",
    ),
    text(
        "Status",
        "The aggregate status of the containers in this pod.",
    ),
    text(
        "Restarts",
        "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.",
    ),
    AGE,
    wide(
        "IP",
        "podIP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.",
    ),
    wide(
        "Node",
        "NodeName indicates in which node this pod is scheduled. If empty, this pod is a candidate for scheduling by the scheduler defined in schedulerName. Once this field is set, the kubelet for this node becomes responsible for the lifecycle of this pod. This field should not be used to express a desire for the pod to be scheduled on a specific node. https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename",
    ),
    wide(
        "Nominated Node",
        "nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot be scheduled right away as preemption victims receive their graceful termination periods. This field does not guarantee that the pod will be scheduled on this node. Scheduler may decide to place the pod elsewhere if other nodes become available sooner. Scheduler may also decide to give the resources on this node to a higher priority pod that is created after preemption. As a result, this field may be different than PodSpec.nodeName when the pod is scheduled.",
    ),
    wide(
        "Readiness Gates",
        "If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when all its containers are ready AND all conditions specified in the readiness gates have status equal to \"True\" More info: https://git.k8s.io/enhancements/keps/sig-network/580-pod-readiness-gates",
    ),
];

/// What the cells and conditions are made of: a small part of a pod.
pub(super) const READ: &[Field] = &[
    some(
        "metadata",
        &[
            whole("creationTimestamp"),
            whole("deletionTimestamp"),
            whole("name"),
        ],
    ),
    some(
        "spec",
        &[
            some("containers", &[whole("name")]),
            some("initContainers", &[whole("name"), whole("restartPolicy")]),
            whole("nodeName"),
            whole("readinessGates"),
        ],
    ),
    some(
        "status",
        &[
            some(
                "conditions",
                &[whole("reason"), whole("status"), whole("type")],
            ),
            some(
                "containerStatuses",
                &[
                    whole("lastState"),
                    whole("ready"),
                    whole("restartCount"),
                    whole("state"),
                ],
            ),
            some(
                "initContainerStatuses",
                &[
                    whole("lastState"),
                    whole("name"),
                    whole("ready"),
                    whole("restartCount"),
                    whole("started"),
                    whole("state"),
                ],
            ),
            whole("nominatedNodeName"),
            whole("phase"),
            some("podIPs", &[whole("ip")]),
            whole("reason"),
        ],
    ),
];

/// The reason a pod's status carries while its node does not answer.
const NODE_LOST: &str = "NodeLost";

pub(super) fn cells(pod: &Node<'_>, row: &mut Cells) {
    let summary = Summary::of(pod);
    let mut restarts = summary.restarts.to_string();
    if summary.restarts != 0
        && let Some(last) = summary.last_restart
    {
        restarts = format!("{} ({} ago)", summary.restarts, human(last, row.now));
    }
    let (spec, status) = (&pod["spec"], &pod["status"]);
    row.name(pod)
        .push(format!("{}/{}", summary.ready, summary.total))
        .push(summary.reason)
        .push(restarts)
        .age(pod)
        .push(or(status["podIPs"][0].text("ip"), "<none>"))
        .push(or(spec.text("nodeName"), "<none>"))
        .push(or(status.text("nominatedNodeName"), "<none>"))
        .push(readiness_gates(
            spec.list("readinessGates"),
            status.list("conditions"),
        ));
}

/// A finished pod's row says so, so that clients can hide it.
pub(super) fn conditions(pod: &Node<'_>) -> Option<Value> {
    let message = match pod["status"].text("phase") {
        "Succeeded" => "The pod has completed successfully.",
        "Failed" => "The pod failed.",
        _ => return None,
    };
    Some(
        json!([{"type": "Completed", "status": "True", "reason": pod["status"].text("phase"), "message": message}]),
    )
}

/// What the containers' statuses add up to.
struct Summary {
    reason: String,
    ready: usize,
    total: usize,
    restarts: i64,
    last_restart: Option<Timestamp>,
}

impl Summary {
    fn of(pod: &Node<'_>) -> Self {
        let (spec, status) = (&pod["spec"], &pod["status"]);
        let phase = status.text("phase");
        let conditions = status.list("conditions");
        let mut summary = Self {
            reason: or(status.text("reason"), phase).to_owned(),
            ready: 0,
            total: spec.count("containers")
                + spec
                    .list("initContainers")
                    .iter()
                    .filter(|c| is_sidecar(c))
                    .count(),
            restarts: 0,
            last_restart: None,
        };
        if conditions
            .iter()
            .any(|c| c.text("type") == "PodScheduled" && c.text("reason") == "SchedulingGated")
        {
            summary.reason = "SchedulingGated".to_owned();
        }
        let sidecars = summary.count_init(spec, status);
        if sidecars.initialized || condition_is_true(conditions, "Initialized") {
            summary.restarts = sidecars.restarts;
            summary.last_restart = sidecars.last_restart;
            summary.count_main(status, conditions);
        }
        if pod["metadata"].has("deletionTimestamp") {
            if status.text("reason") == NODE_LOST {
                summary.reason = "Unknown".to_owned();
            } else if !matches!(phase, "Failed" | "Succeeded") {
                summary.reason = "Terminating".to_owned();
            }
        }
        summary
    }

    /// Goes through the init containers up to the first that has not done its part.
    fn count_init(&mut self, spec: &Node<'_>, status: &Node<'_>) -> Sidecars {
        let mut sidecars = Sidecars {
            initialized: true,
            restarts: 0,
            last_restart: None,
        };
        for (index, container) in status.list("initContainerStatuses").iter().enumerate() {
            let sidecar = spec
                .list("initContainers")
                .iter()
                .any(|c| c.text("name") == container.text("name") && is_sidecar(c));
            let finished = last_finished(container);
            self.restarts += container.int("restartCount");
            self.last_restart = self.last_restart.max(finished);
            if sidecar {
                sidecars.restarts += container.int("restartCount");
                sidecars.last_restart = sidecars.last_restart.max(finished);
            }
            let (terminated, waiting) = (
                &container["state"]["terminated"],
                &container["state"]["waiting"],
            );
            if terminated.is_object() && terminated.int("exitCode") == 0 {
                continue;
            }
            if sidecar && container.flag("started") {
                self.ready += usize::from(container.flag("ready"));
                continue;
            }
            self.reason = if terminated.is_object() {
                format!("Init:{}", termination(terminated))
            } else if !matches!(waiting.text("reason"), "" | "PodInitializing") {
                format!("Init:{}", waiting.text("reason"))
            } else {
                format!("Init:{index}/{}", spec.count("initContainers"))
            };
            sidecars.initialized = false;
            break;
        }
        sidecars
    }

    fn count_main(&mut self, status: &Node<'_>, conditions: &[Node<'_>]) {
        let mut running = false;
        let mut failure = None;
        for container in status.list("containerStatuses").iter().rev() {
            self.restarts += container.int("restartCount");
            self.last_restart = self.last_restart.max(last_finished(container));
            let state = &container["state"];
            if !state["waiting"].text("reason").is_empty() {
                self.reason = state["waiting"].text("reason").to_owned();
            } else if state["terminated"].is_object() {
                self.reason = termination(&state["terminated"]);
                if state["terminated"].int("exitCode") != 0 {
                    failure = Some(self.reason.clone());
                }
            } else if container.flag("ready") && state["running"].is_object() {
                running = true;
                self.ready += 1;
            }
        }
        // The last container that is looked at has completed; others may run, or have failed.
        if self.reason == "Completed" {
            let ready = || {
                conditions
                    .iter()
                    .any(|c| c.text("type") == "Ready" && c.text("status") == "True")
            };
            if running && ready() {
                self.reason = "Running".to_owned();
            } else if let Some(failure) = failure {
                self.reason = failure;
            } else if running {
                self.reason = "NotReady".to_owned();
            }
        }
    }
}

/// What the init containers leave for the count of a pod that has been initialised.
struct Sidecars {
    initialized: bool,
    restarts: i64,
    last_restart: Option<Timestamp>,
}

fn is_sidecar(container: &Node<'_>) -> bool {
    container.text("restartPolicy") == "Always"
}

fn last_finished(container: &Node<'_>) -> Option<Timestamp> {
    parse_time(&container["lastState"]["terminated"]["finishedAt"])
}

fn termination(terminated: &Node<'_>) -> String {
    match (terminated.text("reason"), terminated.int("signal")) {
        ("", 0) => format!("ExitCode:{}", terminated.int("exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

/// Whether the first condition of that type is true.
fn condition_is_true(conditions: &[Node<'_>], type_: &str) -> bool {
    conditions
        .iter()
        .find(|c| c.text("type") == type_)
        .is_some_and(|c| c.text("status") == "True")
}

fn readiness_gates(gates: &[Node<'_>], conditions: &[Node<'_>]) -> String {
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let passed = gates
        .iter()
        .filter(|gate| condition_is_true(conditions, gate.text("conditionType")))
        .count();
    format!("{passed}/{}", gates.len())
}

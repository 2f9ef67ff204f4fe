//! What several controllers ask of pods: whether they are ready, available, active, and which go first.

use std::cmp::Reverse;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Pod, PodCondition};
use k8s_openapi::jiff::Timestamp;

/// The condition of this type, if the pod has it.
pub fn condition<'a>(pod: &'a Pod, type_: &str) -> Option<&'a PodCondition> {
    pod.status
        .as_ref()?
        .conditions
        .as_ref()?
        .iter()
        .find(|condition| condition.type_ == type_)
}

pub fn phase(pod: &Pod) -> &str {
    pod.status
        .as_ref()
        .and_then(|status| status.phase.as_deref())
        .unwrap_or("Pending")
}

pub fn is_terminated(pod: &Pod) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

pub fn is_terminating(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some()
}

/// Whether the pod counts towards its controller's replicas.
pub fn is_active(pod: &Pod) -> bool {
    !is_terminated(pod) && !is_terminating(pod)
}

pub fn is_ready(pod: &Pod) -> bool {
    condition(pod, "Ready").is_some_and(|ready| ready.status == "True")
}

/// Since when the pod is ready.
pub fn ready_since(pod: &Pod) -> Option<Timestamp> {
    let ready = condition(pod, "Ready").filter(|ready| ready.status == "True")?;
    Some(ready.last_transition_time.as_ref()?.0)
}

/// How long the pod has still to stay ready until it counts as available; `None` when it is not ready.
pub fn until_available(pod: &Pod, min_ready_seconds: i32, now: Timestamp) -> Option<Duration> {
    if !is_ready(pod) {
        return None;
    }
    if min_ready_seconds <= 0 {
        return Some(Duration::ZERO);
    }
    let ready_for = Duration::try_from(now.duration_since(ready_since(pod)?)).unwrap_or_default();
    Some(Duration::from_secs(u64::from(min_ready_seconds.unsigned_abs())).saturating_sub(ready_for))
}

/// The order in which a controller deletes pods that are too many: those first that lose the least. Not assigned,
/// pending, not ready; then the lower deletion cost, the more crowded node, ready for the shorter time, restarted more
/// often, younger. (KEP-2255; the order is upstream's `ActivePodsWithRanks`.) `crowd` is how many pods of the same
/// controller share the pod's node. The smallest goes first.
pub fn deletion_rank(pod: &Pod, crowd: usize) -> impl Ord + use<> {
    let assigned = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.node_name.as_deref())
        .is_some_and(|name| !name.is_empty());
    let phase_rank = match phase(pod) {
        "Pending" => 0,
        "Running" => 2,
        _ => 1,
    };
    let cost = pod
        .metadata
        .annotations
        .as_ref()
        .and_then(|all| all.get("controller.kubernetes.io/pod-deletion-cost"));
    let cost: i32 = cost.and_then(|text| text.parse().ok()).unwrap_or(0);
    let statuses = pod
        .status
        .iter()
        .flat_map(|status| status.container_statuses.iter().flatten());
    let restarts = statuses
        .map(|status| status.restart_count)
        .max()
        .unwrap_or(0);
    let created = pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
    (
        (assigned, phase_rank, is_ready(pod)),
        cost,
        (
            Reverse(crowd),
            Reverse(ready_since(pod)),
            Reverse(restarts),
            Reverse(created),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pod(node: Value, phase: &str, ready_since: Option<&str>) -> Pod {
        let conditions: Vec<Value> = ready_since
            .map(|since| json!({ "type": "Ready", "status": "True", "lastTransitionTime": since }))
            .into_iter()
            .collect();
        serde_json::from_value(json!({
            "metadata": { "name": "p" },
            "spec": { "nodeName": node, "containers": [] },
            "status": { "phase": phase, "conditions": conditions },
        }))
        .unwrap()
    }

    #[test]
    fn what_loses_the_least_goes_first() {
        let order = [
            (pod(Value::Null, "Pending", None), 1),
            (pod("n".into(), "Pending", None), 1),
            (pod("n".into(), "Running", None), 1),
            (pod("n".into(), "Running", Some("2026-01-01T00:00:00Z")), 2),
            (pod("n".into(), "Running", Some("2026-01-02T00:00:00Z")), 1),
            (pod("n".into(), "Running", Some("2026-01-01T00:00:00Z")), 1),
        ];
        for pair in order.windows(2) {
            assert!(
                deletion_rank(&pair[0].0, pair[0].1) < deletion_rank(&pair[1].0, pair[1].1),
                "{pair:?}"
            );
        }
    }

    #[test]
    fn a_pod_is_available_when_it_was_ready_long_enough() {
        let now: Timestamp = "2026-01-01T00:00:20Z".parse().unwrap();
        let ready = pod("n".into(), "Running", Some("2026-01-01T00:00:00Z"));
        assert_eq!(until_available(&ready, 0, now), Some(Duration::ZERO));
        assert_eq!(
            until_available(&ready, 30, now),
            Some(Duration::from_secs(10))
        );
        assert_eq!(until_available(&ready, 20, now), Some(Duration::ZERO));
        assert_eq!(
            until_available(&pod("n".into(), "Running", None), 0, now),
            None
        );
    }
}

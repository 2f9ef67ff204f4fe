//! What a replica set needs, decided from what is observed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetCondition, ReplicaSetStatus};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;

use crate::pods;

/// No more than this is created or deleted in one go.
const BURST: usize = 500;

/// A step towards the wanted number of pods.
#[derive(Debug)]
pub enum Action {
    Create(usize),
    Delete(Vec<Arc<Pod>>),
}

/// A step that failed; `reason` is the one of the ReplicaFailure condition.
#[derive(Debug)]
pub struct Failed {
    pub reason: &'static str,
    pub error: kube::Error,
}

/// What has to be done, given all pods that belong to the replica set.
pub fn actions(replica_set: &ReplicaSet, pods: &[Arc<Pod>]) -> Vec<Action> {
    if replica_set.metadata.deletion_timestamp.is_some() {
        return Vec::new();
    }
    let wanted = replica_set
        .spec
        .as_ref()
        .and_then(|spec| spec.replicas)
        .unwrap_or(1);
    let wanted = usize::try_from(wanted).unwrap_or(0);
    let mut active: Vec<&Arc<Pod>> = pods.iter().filter(|pod| pods::is_active(pod)).collect();
    if active.len() < wanted {
        return vec![Action::Create((wanted - active.len()).min(BURST))];
    }
    let too_many = (active.len() - wanted).min(BURST);
    if too_many == 0 {
        return Vec::new();
    }
    let mut crowds: HashMap<&str, usize> = HashMap::new();
    for pod in &active {
        *crowds.entry(node_name(pod)).or_insert(0) += 1;
    }
    active.sort_by_cached_key(|pod| pods::deletion_rank(pod, crowds[node_name(pod)]));
    vec![Action::Delete(
        active.into_iter().take(too_many).cloned().collect(),
    )]
}

fn node_name(pod: &Pod) -> &str {
    pod.spec
        .as_ref()
        .and_then(|spec| spec.node_name.as_deref())
        .unwrap_or_default()
}

/// The replica set's status, and when it has to be looked at again because a pod becomes available by then.
pub fn status(
    replica_set: &ReplicaSet,
    pods: &[Arc<Pod>],
    failed: Option<&Failed>,
    now: Timestamp,
) -> (ReplicaSetStatus, Option<Duration>) {
    let spec = replica_set.spec.clone().unwrap_or_default();
    let template = spec
        .template
        .as_ref()
        .and_then(|template| template.metadata.as_ref());
    let template_labels = template
        .and_then(|metadata| metadata.labels.clone())
        .unwrap_or_default();
    let count = |test: &dyn Fn(&Pod) -> bool| {
        i32::try_from(pods.iter().filter(|pod| test(pod)).count()).unwrap_or(i32::MAX)
    };
    let active = |pod: &Pod| pods::is_active(pod);
    let waits: Vec<Duration> = pods
        .iter()
        .filter(|pod| active(pod))
        .filter_map(|pod| pods::until_available(pod, spec.min_ready_seconds.unwrap_or(0), now))
        .collect();
    let available = waits.iter().filter(|wait| wait.is_zero()).count();
    let labelled = |pod: &Pod| {
        template_labels
            .iter()
            .all(|(key, value)| pod.labels().get(key) == Some(value))
    };
    let conditions = conditions(replica_set, failed, now);
    let status = ReplicaSetStatus {
        replicas: count(&active),
        fully_labeled_replicas: Some(count(&|pod| active(pod) && labelled(pod))),
        ready_replicas: Some(count(&|pod| active(pod) && pods::is_ready(pod))),
        available_replicas: Some(i32::try_from(available).unwrap_or(i32::MAX)),
        terminating_replicas: Some(count(&|pod| {
            pods::is_terminating(pod) && !pods::is_terminated(pod)
        })),
        observed_generation: replica_set.metadata.generation,
        conditions,
    };
    (
        status,
        waits.into_iter().filter(|wait| !wait.is_zero()).min(),
    )
}

fn conditions(
    replica_set: &ReplicaSet,
    failed: Option<&Failed>,
    now: Timestamp,
) -> Option<Vec<ReplicaSetCondition>> {
    let old = replica_set
        .status
        .as_ref()
        .and_then(|status| status.conditions.clone())
        .unwrap_or_default();
    let (failures, mut conditions): (Vec<_>, Vec<_>) =
        old.into_iter().partition(|c| c.type_ == "ReplicaFailure");
    if let Some(failed) = failed {
        let message = super::message(&failed.error);
        let same = failures
            .into_iter()
            .find(|old| old.reason.as_deref() == Some(failed.reason));
        conditions.push(same.unwrap_or_else(|| ReplicaSetCondition {
            type_: "ReplicaFailure".to_owned(),
            status: "True".to_owned(),
            reason: Some(failed.reason.to_owned()),
            message: Some(message),
            last_transition_time: Some(Time(now)),
        }));
    }
    (!conditions.is_empty()).then_some(conditions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn replica_set(replicas: i32) -> ReplicaSet {
        serde_json::from_value(json!({
            "metadata": { "name": "rs", "uid": "u", "generation": 3 },
            "spec": { "replicas": replicas, "minReadySeconds": 10, "selector": {},
                      "template": { "metadata": { "labels": { "app": "a" } } } },
        }))
        .unwrap()
    }

    fn pod(name: &str, phase: &str, ready_since: Option<&str>) -> Arc<Pod> {
        let conditions = ready_since.map(
            |since| json!([{ "type": "Ready", "status": "True", "lastTransitionTime": since }]),
        );
        let pod = json!({
            "metadata": { "name": name, "uid": name, "labels": { "app": "a" } },
            "spec": { "containers": [], "nodeName": "n" },
            "status": { "phase": phase, "conditions": conditions },
        });
        Arc::new(serde_json::from_value(pod).unwrap())
    }

    #[test]
    fn missing_pods_are_created_in_bursts() {
        assert!(matches!(
            actions(&replica_set(3), &[pod("a", "Running", None)])[..],
            [Action::Create(2)]
        ));
        assert!(matches!(
            actions(&replica_set(2000), &[])[..],
            [Action::Create(500)]
        ));
        assert!(actions(&replica_set(0), &[]).is_empty());
    }

    #[test]
    fn an_ended_pod_is_replaced() {
        assert!(matches!(
            actions(&replica_set(1), &[pod("a", "Failed", None)])[..],
            [Action::Create(1)]
        ));
    }

    #[test]
    fn the_pods_that_lose_least_are_deleted() {
        let pods = [
            pod("ready", "Running", Some("2026-01-01T00:00:00Z")),
            pod("new", "Pending", None),
        ];
        match &actions(&replica_set(1), &pods)[..] {
            [Action::Delete(gone)] => assert_eq!(gone[0].name_any(), "new"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_is_done_for_a_replica_set_that_is_being_deleted() {
        let mut deleted = replica_set(3);
        deleted.metadata.deletion_timestamp = Some(Time("2026-01-01T00:00:00Z".parse().unwrap()));
        assert!(actions(&deleted, &[]).is_empty());
    }

    #[test]
    fn the_status_counts_and_says_when_to_look_again() {
        let pods = [
            pod("old", "Running", Some("2026-01-01T00:00:00Z")),
            pod("new", "Running", Some("2026-01-01T00:00:16Z")),
            pod("pending", "Pending", None),
            pod("ended", "Succeeded", None),
        ];
        let (status, again) = status(
            &replica_set(3),
            &pods,
            None,
            "2026-01-01T00:00:20Z".parse().unwrap(),
        );
        assert_eq!(
            (
                status.replicas,
                status.ready_replicas,
                status.available_replicas
            ),
            (3, Some(2), Some(1))
        );
        assert_eq!(
            (status.fully_labeled_replicas, status.observed_generation),
            (Some(3), Some(3))
        );
        assert_eq!(again, Some(Duration::from_secs(6)));
    }
}

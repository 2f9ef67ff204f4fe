//! What becomes of a pod on a simulated node. Pure.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use knarr_runtime::ContainerState;
use serde_json::Value;

use crate::pod::actions::ProbeResults;
use crate::pod::containers::StartErrors;
use crate::pod::identity;
use crate::pod::observed::{ObservedContainer, ObservedPod, ObservedSandbox};
use crate::pod::status::{StatusSources, pod_status, status_patch};

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Say that it runs.
    Run,
    /// Let go of the deleted object.
    LetGo,
}

/// What to do for a pod; nothing for one that runs or has ended.
pub(super) fn step(pod: &Pod) -> Option<Step> {
    if pod.metadata.deletion_timestamp.is_some() {
        return Some(Step::LetGo);
    }
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    matches!(phase, None | Some("" | "Pending")).then_some(Step::Run)
}

/// The patch by which a pod runs: every init container done, every container up and ready.
pub(super) fn running_patch(pod: &Pod, host_ip: &str, pod_ip: &str, now: Timestamp) -> Value {
    let stored = pod.status.clone().unwrap_or_default();
    let observed = observed(pod, pod_ip, now);
    let mut probes = ProbeResults::default();
    for container in &observed.containers {
        let found = probes.entry(&container.id);
        (found.liveness, found.readiness, found.startup) = (Some(true), Some(true), Some(true));
    }
    let wanted: PodStatus = pod_status(StatusSources {
        pod,
        old: &stored,
        observed: &observed,
        probes: &probes,
        errors: &StartErrors::new(),
        host_ip,
        terminal: false,
        now,
    });
    status_patch(identity::uid(pod), &stored, &wanted).unwrap_or_default()
}

fn observed(pod: &Pod, pod_ip: &str, now: Timestamp) -> ObservedPod {
    let uid = identity::uid(pod);
    let containers = identity::all_containers(pod);
    let once = |path: &str, container: &k8s_openapi::api::core::v1::Container| {
        path.starts_with("spec.initContainers") && !identity::is_sidecar(container)
    };
    ObservedPod {
        sandboxes: vec![ObservedSandbox {
            id: uid.to_owned(),
            ready: true,
            ips: vec![pod_ip.to_owned()],
            host_network: identity::host_network(pod),
            ..ObservedSandbox::default()
        }],
        containers: containers
            .iter()
            .map(|(path, container)| ObservedContainer {
                id: format!("{uid}-{}", container.name),
                name: container.name.clone(),
                state: if once(path, container) {
                    ContainerState::Exited
                } else {
                    ContainerState::Running
                },
                image_id: container.image.clone().unwrap_or_default(),
                started_at: Some(now),
                finished_at: once(path, container).then_some(now),
                ..ObservedContainer::default()
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(value: Value) -> Pod {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_bound_pod_runs_with_all_its_containers_ready() {
        let pod = pod(json!({
            "metadata": {"name": "p", "uid": "u"},
            "spec": {"nodeName": "n", "initContainers": [{"name": "i"}], "containers": [{"name": "a",
                "readinessProbe": {"tcpSocket": {"port": 1}}}]},
            "status": {"phase": "Pending"}
        }));
        assert_eq!(step(&pod), Some(Step::Run));
        let patch = running_patch(&pod, "198.18.0.1", "100.64.0.1", Timestamp::UNIX_EPOCH);
        assert_eq!(patch["status"]["phase"], "Running");
        assert_eq!(patch["status"]["podIP"], "100.64.0.1");
        assert_eq!(patch["status"]["containerStatuses"][0]["ready"], true);
        assert_eq!(patch["status"]["conditions"][2]["status"], "True");
    }

    #[test]
    fn running_pods_are_left_alone_and_deleted_ones_let_go() {
        assert_eq!(
            step(&pod(
                json!({"metadata": {}, "status": {"phase": "Running"}})
            )),
            None
        );
        let deleted = json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"phase": "Running"}});
        assert_eq!(step(&pod(deleted)), Some(Step::LetGo));
    }
}

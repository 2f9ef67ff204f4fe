//! The phase of a pod from the statuses of its containers (upstream's `getPhase`).

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};

use super::identity::{is_sidecar, restart_policy};

/// `Pending`, `Running`, `Succeeded` or `Failed`.
///
/// `terminal` says that every container ended for good (the pod was stopped), so that restart
/// policies no longer matter.
pub fn phase(
    pod: &Pod,
    init: &[ContainerStatus],
    main: &[ContainerStatus],
    terminal: bool,
) -> &'static str {
    let never = restart_policy(pod) == "Never";
    let init = init_progress(pod, init);
    if init.failed > 0 && never {
        return "Failed";
    }
    let count = count_main(pod, main);
    if (init.pending > 0 || init.failed > 0) && !terminal {
        return "Pending";
    }
    if count.waiting > 0 {
        return if terminal && count.running == 0 {
            "Failed"
        } else {
            "Pending"
        };
    }
    if count.running > 0 && count.unknown == 0 {
        return "Running";
    }
    if count.running == 0 && count.stopped > 0 && count.unknown == 0 {
        if terminal || restart_policy(pod) != "Always" {
            if init.running_sidecars > 0 && !terminal {
                return "Running";
            }
            if count.stopped == count.succeeded {
                return "Succeeded";
            }
            if never || terminal {
                return "Failed";
            }
        }
        return "Running";
    }
    if terminal { "Failed" } else { "Pending" }
}

#[derive(Default)]
struct InitProgress {
    pending: usize,
    failed: usize,
    running_sidecars: usize,
}

fn init_progress(pod: &Pod, statuses: &[ContainerStatus]) -> InitProgress {
    let mut progress = InitProgress::default();
    let Some(spec) = &pod.spec else {
        return progress;
    };
    for container in spec.init_containers.iter().flatten() {
        let status = statuses.iter().find(|status| status.name == container.name);
        let Some(state) = status.and_then(|status| status.state.as_ref()) else {
            progress.pending += 1;
            continue;
        };
        let last_failed = status
            .and_then(|status| status.last_state.as_ref()?.terminated.as_ref())
            .map(|terminated| terminated.exit_code != 0);
        if is_sidecar(container) {
            let started = status.and_then(|status| status.started) == Some(true);
            progress.running_sidecars += usize::from(state.running.is_some());
            progress.pending += usize::from(
                !started
                    && state.terminated.is_none()
                    && !(state.waiting.is_some() && last_failed.is_some()),
            );
        } else if let Some(terminated) = &state.terminated {
            progress.failed += usize::from(terminated.exit_code != 0);
        } else if state.waiting.is_some() && last_failed == Some(true) {
            progress.failed += 1;
        } else if state.running.is_some() || last_failed.is_none() {
            progress.pending += 1;
        }
    }
    progress
}

#[derive(Default)]
struct MainCount {
    unknown: usize,
    running: usize,
    waiting: usize,
    stopped: usize,
    succeeded: usize,
}

fn count_main(pod: &Pod, statuses: &[ContainerStatus]) -> MainCount {
    let mut count = MainCount::default();
    let Some(spec) = &pod.spec else { return count };
    for container in &spec.containers {
        let status = statuses.iter().find(|status| status.name == container.name);
        let Some(state) = status.and_then(|status| status.state.as_ref()) else {
            count.unknown += 1;
            continue;
        };
        if state.running.is_some() {
            count.running += 1;
        } else if let Some(terminated) = &state.terminated {
            count.stopped += 1;
            count.succeeded += usize::from(terminated.exit_code == 0);
        } else if status
            .and_then(|status| status.last_state.as_ref()?.terminated.as_ref())
            .is_some()
        {
            count.stopped += 1;
        } else {
            count.waiting += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(policy: &str, states: Value, expected: &str) {
        let names: Vec<String> = (0..states.as_array().unwrap().len())
            .map(|index| format!("c{index}"))
            .collect();
        let containers: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        let pod: Pod = serde_json::from_value(
            json!({"spec": {"restartPolicy": policy, "containers": containers}}),
        )
        .unwrap();
        let statuses: Vec<ContainerStatus> = states
            .as_array()
            .unwrap()
            .iter()
            .zip(&names)
            .map(|(state, name)| {
                serde_json::from_value(
                    json!({"name": name, "image": "", "imageID": "", "ready": false,
                    "restartCount": 0, "state": state[0], "lastState": state[1]}),
                )
                .unwrap()
            })
            .collect();
        assert_eq!(
            phase(&pod, &[], &statuses, false),
            expected,
            "{policy} {states}"
        );
    }

    #[test]
    fn phases_follow_the_containers() {
        let running = json!([{"running": {}}, {}]);
        let waiting = json!([{"waiting": {}}, {}]);
        let backing_off = json!([{"waiting": {}}, {"terminated": {"exitCode": 1}}]);
        let done = json!([{"terminated": {"exitCode": 0}}, {}]);
        let failed = json!([{"terminated": {"exitCode": 1}}, {}]);
        check("Always", json!([running]), "Running");
        check("Always", json!([running, waiting]), "Pending");
        check("Always", json!([backing_off]), "Running");
        check("Always", json!([done]), "Running");
        check("OnFailure", json!([done]), "Succeeded");
        check("OnFailure", json!([failed]), "Running");
        check("Never", json!([failed, done]), "Failed");
        check("Never", json!([done, running]), "Running");
        check("Never", json!([done, done]), "Succeeded");
    }

    #[test]
    fn an_init_container_holds_the_pod_pending_or_fails_it() {
        let pod = |policy: &str| -> Pod {
            serde_json::from_value(json!({"spec": {"restartPolicy": policy,
                "initContainers": [{"name": "i"}], "containers": [{"name": "a"}]}}))
            .unwrap()
        };
        let init: Vec<ContainerStatus> = vec![
            serde_json::from_value(
                json!({"name": "i", "image": "", "imageID": "", "ready": false,
                "restartCount": 0, "state": {"terminated": {"exitCode": 3}}}),
            )
            .unwrap(),
        ];
        assert_eq!(phase(&pod("Never"), &init, &[], false), "Failed");
        assert_eq!(phase(&pod("Always"), &init, &[], false), "Pending");
    }
}

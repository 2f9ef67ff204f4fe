//! Tests of `pod_actions`: a pod in shorthand, what the runtime shows, what follows.

use serde_json::{Value, json};

use super::super::observed::ObservedSandbox;
use super::*;

fn pod(policy: &str, containers: &[&str], init: Value) -> Pod {
    let containers: Vec<Value> = containers
        .iter()
        .map(|name| json!({"name": name, "image": "i"}))
        .collect();
    serde_json::from_value(json!({
        "metadata": {"name": "p", "namespace": "n", "uid": "u"},
        "spec": {"restartPolicy": policy, "containers": containers, "initContainers": init}
    }))
    .unwrap()
}

fn sandbox() -> ObservedSandbox {
    ObservedSandbox {
        id: "s0".into(),
        ready: true,
        ips: vec!["10.244.0.2".into()],
        ..ObservedSandbox::default()
    }
}

fn container(name: &str, state: ContainerState, exit_code: i32) -> ObservedContainer {
    ObservedContainer {
        id: format!("{name}-id"),
        sandbox_id: "s0".into(),
        name: name.into(),
        hash: container_hash(&Container {
            name: name.into(),
            image: Some("i".into()),
            ..Container::default()
        }),
        state,
        exit_code,
        ..ObservedContainer::default()
    }
}

fn observed(containers: Vec<ObservedContainer>) -> ObservedPod {
    ObservedPod {
        sandboxes: vec![sandbox()],
        containers,
    }
}

fn actions(pod: &Pod, observed: &ObservedPod) -> Actions {
    pod_actions(pod, observed, &ProbeResults::default())
}

fn in_sandbox() -> Actions {
    Actions {
        sandbox_id: Some("s0".into()),
        ..Actions::default()
    }
}

use ContainerState::{Exited, Running, Unknown};

#[test]
fn a_new_pod_gets_a_sandbox_and_all_containers() {
    let expected = Actions {
        kill_pod: true,
        create_sandbox: true,
        to_start: vec![0, 1],
        ..Actions::default()
    };
    let pod = pod("Always", &["a", "b"], json!([]));
    assert_eq!(actions(&pod, &ObservedPod::default()), expected);
}

#[test]
fn a_new_pod_with_init_containers_starts_the_first_only() {
    let pod = pod(
        "Always",
        &["a"],
        json!([{"name": "i1", "image": "i"}, {"name": "i2", "image": "i"}]),
    );
    let first = actions(&pod, &ObservedPod::default());
    assert_eq!((first.init_to_start, first.to_start), (vec![0], vec![]));
    let running = actions(&pod, &observed(vec![container("i1", Running, 0)]));
    assert_eq!(running, in_sandbox());
    let second = actions(&pod, &observed(vec![container("i1", Exited, 0)]));
    assert_eq!(second.init_to_start, vec![1]);
    let main = actions(
        &pod,
        &observed(vec![container("i2", Exited, 0), container("i1", Exited, 0)]),
    );
    assert_eq!((main.init_to_start, main.to_start), (vec![], vec![0]));
}

#[test]
fn a_failed_init_container_restarts_or_ends_the_pod() {
    let init = json!([{"name": "i1", "image": "i"}]);
    let failed = observed(vec![container("i1", Exited, 1)]);
    assert_eq!(
        actions(&pod("OnFailure", &["a"], init.clone()), &failed).init_to_start,
        vec![0]
    );
    let never = actions(&pod("Never", &["a"], init), &failed);
    assert!(never.kill_pod && never.init_to_start.is_empty());
}

#[test]
fn init_containers_are_not_run_again_once_a_main_container_was_made() {
    let pod = pod("Always", &["a"], json!([{"name": "i1", "image": "i"}]));
    let actions = actions(&pod, &observed(vec![container("a", Exited, 1)]));
    assert_eq!((actions.init_to_start, actions.to_start), (vec![], vec![0]));
}

#[test]
fn a_sidecar_lets_the_next_one_start_and_is_kept_running() {
    let init = json!([
        {"name": "side", "image": "i", "restartPolicy": "Always"},
        {"name": "i2", "image": "i"}
    ]);
    let pod = pod("Always", &["a"], init);
    let next = actions(&pod, &observed(vec![container("side", Running, 0)]));
    assert_eq!(next.init_to_start, vec![1]);
    let crashed = actions(
        &pod,
        &observed(vec![
            container("a", Running, 0),
            container("i2", Exited, 0),
            container("side", Exited, 2),
        ]),
    );
    assert_eq!((crashed.init_to_start, crashed.to_start), (vec![0], vec![]));
}

#[test]
fn a_sidecar_with_a_startup_probe_gates_the_next_container() {
    let init = json!([{"name": "side", "image": "i", "restartPolicy": "Always",
        "startupProbe": {"tcpSocket": {"port": 1}}}]);
    let pod = pod("Always", &["a"], init);
    let seen = observed(vec![container("side", Running, 0)]);
    assert_eq!(actions(&pod, &seen), in_sandbox());
    let mut probes = ProbeResults::default();
    probes.entry("side-id").startup = Some(true);
    assert_eq!(pod_actions(&pod, &seen, &probes).to_start, vec![0]);
}

#[test]
fn sidecars_end_with_the_last_main_container() {
    let init = json!([{"name": "side", "image": "i", "restartPolicy": "Always"}]);
    let pod = pod("Never", &["a"], init);
    let done = actions(
        &pod,
        &observed(vec![
            container("a", Exited, 0),
            container("side", Exited, 1),
        ]),
    );
    assert!(done.kill_pod && done.init_to_start.is_empty());
}

#[test]
fn restart_policies_decide_what_an_exit_means() {
    let check = |policy: &str, code: i32, restarts: bool| {
        let actions = actions(
            &pod(policy, &["a"], json!([])),
            &observed(vec![container("a", Exited, code)]),
        );
        assert_eq!(!actions.to_start.is_empty(), restarts, "{policy} {code}");
        assert_eq!(actions.kill_pod, !restarts, "{policy} {code}");
    };
    check("Always", 0, true);
    check("Always", 1, true);
    check("OnFailure", 0, false);
    check("OnFailure", 1, true);
    check("Never", 1, false);
}

#[test]
fn a_failed_liveness_probe_kills_and_restarts() {
    let pod = pod("Always", &["a"], json!([]));
    let mut probes = ProbeResults::default();
    probes.entry("a-id").liveness = Some(false);
    let actions = pod_actions(&pod, &observed(vec![container("a", Running, 0)]), &probes);
    assert_eq!(actions.to_start, vec![0]);
    assert_eq!(
        actions.to_kill[0].message,
        "Container a failed liveness probe, will be restarted"
    );
    assert_eq!(actions.to_kill[0].reason, KillReason::Liveness);
}

#[test]
fn a_changed_image_replaces_the_container_whatever_the_policy() {
    let pod = pod("Never", &["a"], json!([]));
    let mut old = container("a", Running, 0);
    old.hash = "00000000".into();
    let actions = actions(&pod, &observed(vec![old]));
    assert_eq!(
        actions.to_kill[0].message,
        "Container a definition changed, will be restarted"
    );
    assert_eq!(actions.to_start, vec![0]);
}

#[test]
fn a_dead_sandbox_is_replaced_unless_the_pod_never_restarts() {
    let mut seen = observed(vec![container("a", Exited, 0)]);
    seen.sandboxes[0].ready = false;
    let again = actions(&pod("Always", &["a"], json!([])), &seen);
    assert!(again.kill_pod && again.create_sandbox);
    assert_eq!((again.attempt, again.to_start), (1, vec![0]));
    let never = actions(&pod("Never", &["a"], json!([])), &seen);
    assert!(never.kill_pod && !never.create_sandbox);
    let done = actions(&pod("OnFailure", &["a"], json!([])), &seen);
    assert!(done.kill_pod && !done.create_sandbox);
}

#[test]
fn a_running_pod_is_left_alone_and_gets_new_ephemeral_containers() {
    let mut pod = pod("Always", &["a"], json!([]));
    let seen = observed(vec![container("a", Running, 0)]);
    assert_eq!(actions(&pod, &seen), in_sandbox());
    pod.spec.as_mut().unwrap().ephemeral_containers = Some(vec![
        serde_json::from_value(json!({"name": "debug"})).unwrap(),
    ]);
    assert_eq!(actions(&pod, &seen).ephemeral_to_start, vec![0]);
}

#[test]
fn a_container_in_an_unknown_state_is_killed_before_its_restart() {
    let pod = pod("Always", &["a"], json!([]));
    let actions = actions(&pod, &observed(vec![container("a", Unknown, 0)]));
    assert_eq!((actions.to_kill.len(), actions.to_start), (1, vec![0]));
}

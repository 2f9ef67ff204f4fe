//! Tests of pod statuses: what the runtime shows, and what the API then says.

use knarr_runtime::ContainerState;
use serde_json::json;

use super::super::containers::StartError;
use super::super::observed::{ObservedContainer, ObservedSandbox};
use super::*;

fn pod() -> Pod {
    serde_json::from_value(json!({
        "metadata": {"name": "p", "namespace": "n", "uid": "u", "generation": 1},
        "spec": {"containers": [{"name": "a", "image": "img", "resources": {"requests": {"cpu": "1"}},
            "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": true}]}]}
    }))
    .unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn observed(state: ContainerState, exit_code: i32) -> ObservedPod {
    ObservedPod {
        sandboxes: vec![ObservedSandbox {
            id: "s".into(),
            ready: true,
            ips: vec!["10.244.0.5".into()],
            ..ObservedSandbox::default()
        }],
        containers: vec![ObservedContainer {
            id: "c1".into(),
            name: "a".into(),
            state,
            exit_code,
            image_id: "img@sha256:1".into(),
            started_at: Some(at(10)),
            finished_at: (state == ContainerState::Exited).then(|| at(20)),
            ..ObservedContainer::default()
        }],
    }
}

fn status(pod: &Pod, old: &PodStatus, observed: &ObservedPod, errors: &StartErrors) -> PodStatus {
    pod_status(StatusSources {
        pod,
        old,
        observed,
        probes: &ProbeResults::default(),
        errors,
        host_ip: "192.0.2.1",
        terminal: false,
        now: at(5),
    })
}

#[test]
fn a_new_pod_is_pending_and_creating() {
    let status = status(
        &pod(),
        &PodStatus::default(),
        &ObservedPod::default(),
        &StartErrors::new(),
    );
    let value = serde_json::to_value(&status).unwrap();
    assert_eq!(value["phase"], "Pending");
    assert_eq!(
        value["containerStatuses"][0]["state"],
        json!({"waiting": {"reason": "ContainerCreating"}})
    );
    assert_eq!(value["containerStatuses"][0]["lastState"], json!({}));
    assert_eq!(value["startTime"], "1970-01-01T00:00:05Z");
    assert_eq!(value["hostIPs"], json!([{"ip": "192.0.2.1"}]));
    assert_eq!(value["podIPs"], json!(null));
    assert_eq!(value["observedGeneration"], 1);
}

#[test]
fn a_running_pod_shows_its_container() {
    let status = status(
        &pod(),
        &PodStatus::default(),
        &observed(ContainerState::Running, 0),
        &StartErrors::new(),
    );
    let value = serde_json::to_value(&status).unwrap();
    assert_eq!(value["phase"], "Running");
    assert_eq!(value["podIP"], "10.244.0.5");
    assert_eq!(
        value["containerStatuses"][0],
        json!({
            "name": "a", "image": "img", "imageID": "img@sha256:1", "containerID": "knarr://c1",
            "ready": true, "started": true, "restartCount": 0,
            "state": {"running": {"startedAt": "1970-01-01T00:00:10Z"}}, "lastState": {},
            "allocatedResources": {"cpu": "1"}, "resources": {"requests": {"cpu": "1"}},
            "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": true, "recursiveReadOnly": "Disabled"}]
        })
    );
}

#[test]
fn a_crash_loop_waits_with_the_crash_as_last_state() {
    let errors = StartErrors::from([(
        "a".to_owned(),
        StartError {
            reason: "CrashLoopBackOff",
            message: "back-off 10s".into(),
        },
    )]);
    let status = status(
        &pod(),
        &PodStatus::default(),
        &observed(ContainerState::Exited, 3),
        &errors,
    );
    let container = &serde_json::to_value(&status).unwrap()["containerStatuses"][0];
    assert_eq!(container["state"]["waiting"]["reason"], "CrashLoopBackOff");
    assert_eq!(container["lastState"]["terminated"]["exitCode"], 3);
    assert_eq!(container["lastState"]["terminated"]["reason"], "Error");
    assert_eq!(status.phase.as_deref(), Some("Running"));
}

#[test]
fn the_patch_says_what_changed_and_nothing_else() {
    let none = StartErrors::new();
    let first = status(
        &pod(),
        &PodStatus::default(),
        &observed(ContainerState::Running, 0),
        &none,
    );
    assert_eq!(status_patch("u", &first, &first), None);
    let mut moved = observed(ContainerState::Running, 0);
    moved.sandboxes[0].ips = vec!["10.244.0.6".into()];
    let second = status(&pod(), &first, &moved, &none);
    assert_eq!(
        status_patch("u", &first, &second),
        Some(json!({"metadata": {"uid": "u"}, "status": {
            "podIP": "10.244.0.6",
            "podIPs": [{"$patch": "replace"}, {"ip": "10.244.0.6"}]
        }}))
    );
}

#[test]
fn a_condition_that_lost_its_message_loses_it_in_the_store_too() {
    let none = StartErrors::new();
    let broken = observed(ContainerState::Exited, 1);
    let stored = status(&pod(), &PodStatus::default(), &broken, &none);
    let wanted = status(
        &pod(),
        &stored,
        &observed(ContainerState::Running, 0),
        &none,
    );
    let message = |status: &PodStatus| {
        let mut conditions = status.conditions.iter().flatten();
        let ready = conditions.find(|condition| condition.type_ == "Ready");
        ready.and_then(|ready| ready.message.clone())
    };
    assert!(message(&stored).is_some() && message(&wanted).is_none());
    let patch = status_patch("u", &stored, &wanted).unwrap();
    let schema = knarr_api::schema::Schema::for_definition("io.k8s.api.core.v1.Pod").unwrap();
    let object = json!({"metadata": {"uid": "u"}, "status": knarr_client::object::to_value(&stored).unwrap()});
    let patched = knarr_api::patch::strategic_merge(object, &patch, schema).unwrap();
    assert_eq!(
        patched["status"],
        knarr_client::object::to_value(&wanted).unwrap()
    );
}

#[test]
fn a_terminal_phase_is_never_left() {
    let old = PodStatus {
        phase: Some("Failed".into()),
        ..PodStatus::default()
    };
    let status = status(
        &pod(),
        &old,
        &observed(ContainerState::Running, 0),
        &StartErrors::new(),
    );
    assert_eq!(status.phase.as_deref(), Some("Failed"));
}

#[test]
fn a_restarted_agent_keeps_what_probes_had_found() {
    let mut pod = pod();
    pod.spec.as_mut().unwrap().containers[0].readiness_probe =
        Some(serde_json::from_value(json!({"tcpSocket": {"port": 1}})).unwrap());
    let seen = observed(ContainerState::Running, 0);
    let fresh = status(&pod, &PodStatus::default(), &seen, &StartErrors::new());
    assert!(!fresh.container_statuses.as_ref().unwrap()[0].ready);
    let mut old = fresh;
    old.container_statuses.as_mut().unwrap()[0].ready = true;
    let again = status(&pod, &old, &seen, &StartErrors::new());
    assert!(again.container_statuses.unwrap()[0].ready);
}

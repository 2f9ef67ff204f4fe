//! The conditions of a pod that the kubelet owns, in the order in which it writes them.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod, PodCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::identity::is_sidecar;

/// The kubelet's own condition types, in the order of writing.
pub const OWNED: [&str; 5] = [
    "PodReadyToStartContainers",
    "Initialized",
    "Ready",
    "ContainersReady",
    "PodScheduled",
];

/// What a condition says, before its times are known.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Verdict {
    status: bool,
    reason: Option<&'static str>,
    message: Option<String>,
}

impl Verdict {
    fn yes() -> Self {
        Self {
            status: true,
            reason: None,
            message: None,
        }
    }

    fn because(status: bool, reason: &'static str) -> Self {
        Self {
            status,
            reason: Some(reason),
            message: None,
        }
    }

    fn no(reason: &'static str, message: String) -> Self {
        Self {
            status: false,
            reason: Some(reason),
            message: Some(message),
        }
    }
}

/// Facts that conditions are made of.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The pod's phase.
    pub phase: &'a str,
    /// Whether a ready sandbox with its network exists.
    pub sandbox_ready: bool,
    /// Statuses of init containers.
    pub init: &'a [ContainerStatus],
    /// Statuses of main containers.
    pub main: &'a [ContainerStatus],
}

/// The pod's conditions: the kubelet's own, with transition times carried over from `old` where the
/// status did not change, and behind them those of others.
pub fn conditions(
    pod: &Pod,
    facts: Facts<'_>,
    old: &[PodCondition],
    now: Timestamp,
) -> Vec<PodCondition> {
    let containers_ready = containers_ready(pod, facts);
    let verdicts = [
        ("PodReadyToStartContainers", ready_to_start(facts)),
        ("Initialized", initialized(pod, facts)),
        ("Ready", pod_ready(pod, &containers_ready, old)),
        ("ContainersReady", containers_ready),
        ("PodScheduled", Verdict::yes()),
    ];
    let mut all: Vec<PodCondition> = verdicts
        .into_iter()
        .map(|(type_, verdict)| stamp(pod, type_, verdict, old, now))
        .collect();
    all.extend(
        old.iter()
            .filter(|condition| !OWNED.contains(&condition.type_.as_str()))
            .cloned(),
    );
    all
}

fn stamp(
    pod: &Pod,
    type_: &str,
    verdict: Verdict,
    old: &[PodCondition],
    now: Timestamp,
) -> PodCondition {
    let status = if verdict.status { "True" } else { "False" };
    let since = old
        .iter()
        .find(|condition| condition.type_ == type_ && condition.status == status)
        .and_then(|condition| condition.last_transition_time.clone())
        .unwrap_or(Time(now));
    PodCondition {
        type_: type_.to_owned(),
        status: status.to_owned(),
        reason: verdict.reason.map(str::to_owned),
        message: verdict.message,
        last_probe_time: None,
        last_transition_time: Some(since),
        observed_generation: pod.metadata.generation,
    }
}

/// A finished pod has let go of its sandbox.
fn ready_to_start(facts: Facts<'_>) -> Verdict {
    Verdict {
        status: facts.sandbox_ready,
        reason: None,
        message: None,
    }
}

fn is_finished(phase: &str) -> bool {
    phase == "Succeeded" || phase == "Failed"
}

fn find<'a>(statuses: &'a [ContainerStatus], name: &str) -> Option<&'a ContainerStatus> {
    statuses.iter().find(|status| status.name == name)
}

fn initialized(pod: &Pod, facts: Facts<'_>) -> Verdict {
    let Some(spec) = &pod.spec else {
        return Verdict::yes();
    };
    let mut incomplete = Vec::new();
    let mut unknown = Vec::new();
    for container in spec.init_containers.iter().flatten() {
        match find(facts.init, &container.name) {
            None => unknown.push(container.name.as_str()),
            Some(status) if is_sidecar(container) => {
                if status.started != Some(true) {
                    incomplete.push(container.name.as_str());
                }
            }
            Some(status) if !status.ready => incomplete.push(container.name.as_str()),
            Some(_) => {}
        }
    }
    let complete = incomplete.is_empty() && unknown.is_empty();
    if facts.phase == "Succeeded" && (complete || unknown.is_empty()) {
        return Verdict::because(true, "PodCompleted");
    }
    let main_ran = facts.main.iter().any(|status| {
        status.started == Some(true)
            || status
                .state
                .as_ref()
                .is_some_and(|state| state.terminated.is_some())
            || status
                .last_state
                .as_ref()
                .is_some_and(|state| state.terminated.is_some())
    });
    if complete || main_ran {
        return Verdict::yes();
    }
    Verdict::no(
        "ContainersNotInitialized",
        listing("incomplete", &incomplete, &unknown),
    )
}

fn containers_ready(pod: &Pod, facts: Facts<'_>) -> Verdict {
    let Some(spec) = &pod.spec else {
        return Verdict::yes();
    };
    if facts.phase == "Succeeded" {
        return Verdict::because(false, "PodCompleted");
    }
    if facts.phase == "Failed" {
        return Verdict::because(false, "PodFailed");
    }
    let mut unready = Vec::new();
    let mut unknown = Vec::new();
    let sidecars = spec
        .init_containers
        .iter()
        .flatten()
        .filter(|container| is_sidecar(container));
    let expected = sidecars.map(|container| (container, facts.init)).chain(
        spec.containers
            .iter()
            .map(|container| (container, facts.main)),
    );
    for (container, statuses) in expected {
        match find(statuses, &container.name) {
            None => unknown.push(container.name.as_str()),
            Some(status) if !status.ready => unready.push(container.name.as_str()),
            Some(_) => {}
        }
    }
    if unready.is_empty() && unknown.is_empty() {
        return Verdict::yes();
    }
    Verdict::no("ContainersNotReady", listing("unready", &unready, &unknown))
}

/// `containers with unready status: [a b]`, as upstream joins its lists.
fn listing(what: &str, listed: &[&str], unknown: &[&str]) -> String {
    let mut parts = Vec::new();
    if !unknown.is_empty() {
        parts.push(format!(
            "containers with unknown status: [{}]",
            unknown.join(" ")
        ));
    }
    if !listed.is_empty() {
        parts.push(format!(
            "containers with {what} status: [{}]",
            listed.join(" ")
        ));
    }
    parts.join(", ")
}

fn pod_ready(pod: &Pod, containers: &Verdict, old: &[PodCondition]) -> Verdict {
    if !containers.status {
        return containers.clone();
    }
    let gates = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.readiness_gates.as_ref());
    let mut missing = Vec::new();
    for gate in gates.into_iter().flatten() {
        match old
            .iter()
            .find(|condition| condition.type_ == gate.condition_type)
        {
            None => missing.push(format!(
                "corresponding condition of pod readiness gate \"{}\" does not exist.",
                gate.condition_type
            )),
            Some(condition) if condition.status != "True" => missing.push(format!(
                "the status of pod readiness gate \"{}\" is not \"True\", but {}",
                gate.condition_type, condition.status
            )),
            Some(_) => {}
        }
    }
    if missing.is_empty() {
        return Verdict::yes();
    }
    Verdict::no("ReadinessGatesNotReady", missing.join(", "))
}

/// Whether the phase is one that a pod never leaves.
pub fn is_terminal(phase: &str) -> bool {
    is_finished(phase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod() -> Pod {
        serde_json::from_value(json!({"metadata": {"generation": 1}, "spec": {
            "initContainers": [{"name": "i"}], "containers": [{"name": "a"}, {"name": "b"}]}}))
        .unwrap()
    }

    fn status(name: &str, ready: bool) -> ContainerStatus {
        ContainerStatus {
            name: name.into(),
            ready,
            ..ContainerStatus::default()
        }
    }

    fn text(pod: &Pod, facts: Facts<'_>) -> Vec<String> {
        conditions(pod, facts, &[], Timestamp::UNIX_EPOCH)
            .iter()
            .map(|condition| {
                format!(
                    "{}={} {} {}",
                    condition.type_,
                    condition.status,
                    condition.reason.as_deref().unwrap_or("-"),
                    condition.message.as_deref().unwrap_or("-")
                )
            })
            .collect()
    }

    #[test]
    fn a_starting_pod_lists_what_is_not_ready() {
        let main = [status("a", false), status("b", false)];
        let facts = Facts {
            phase: "Pending",
            sandbox_ready: false,
            init: &[status("i", false)],
            main: &main,
        };
        assert_eq!(
            text(&pod(), facts),
            [
                "PodReadyToStartContainers=False - -",
                "Initialized=False ContainersNotInitialized containers with incomplete status: [i]",
                "Ready=False ContainersNotReady containers with unready status: [a b]",
                "ContainersReady=False ContainersNotReady containers with unready status: [a b]",
                "PodScheduled=True - -",
            ]
        );
    }

    #[test]
    fn a_finished_pod_is_completed_and_not_ready() {
        let main = [status("a", false), status("b", false)];
        let facts = Facts {
            phase: "Succeeded",
            sandbox_ready: false,
            init: &[status("i", true)],
            main: &main,
        };
        assert_eq!(
            text(&pod(), facts)[1..4],
            [
                "Initialized=True PodCompleted -",
                "Ready=False PodCompleted -",
                "ContainersReady=False PodCompleted -"
            ]
        );
    }

    #[test]
    fn readiness_gates_hold_back_ready_only() {
        let mut pod = pod();
        pod.spec.as_mut().unwrap().readiness_gates = Some(vec![
            serde_json::from_value(json!({"conditionType": "x/y"})).unwrap(),
        ]);
        let main = [status("a", true), status("b", true)];
        let facts = Facts {
            phase: "Running",
            sandbox_ready: true,
            init: &[status("i", true)],
            main: &main,
        };
        assert_eq!(
            text(&pod, facts)[2..4],
            [
                "Ready=False ReadinessGatesNotReady corresponding condition of pod readiness gate \"x/y\" does not exist.",
                "ContainersReady=True - -"
            ]
        );
    }

    #[test]
    fn transition_times_change_only_with_the_status() {
        let main = [status("a", true), status("b", true)];
        let facts = Facts {
            phase: "Running",
            sandbox_ready: true,
            init: &[status("i", true)],
            main: &main,
        };
        let first = conditions(&pod(), facts, &[], Timestamp::UNIX_EPOCH);
        let later = Timestamp::from_second(100).unwrap();
        assert_eq!(conditions(&pod(), facts, &first, later), first);
        let main = [status("a", false), status("b", true)];
        let changed = conditions(
            &pod(),
            Facts {
                main: &main,
                ..facts
            },
            &first,
            later,
        );
        assert_eq!(changed[2].last_transition_time, Some(Time(later)));
        assert_eq!(
            changed[1].last_transition_time,
            Some(Time(Timestamp::UNIX_EPOCH))
        );
    }
}

//! Decides what to do with a pod next: the sandbox, and which containers to kill and to start.
//! The rules are those of upstream's `computePodActions`; who carries them out is `worker`.

use std::collections::HashMap;

use k8s_openapi::api::core::v1::{Container, Pod};

use super::identity::{container_hash, host_network, restart_policy};
use super::init::decide_init;
use super::observed::{ContainerState, ObservedContainer, ObservedPod};

/// What to do next, in this order: kill, sandbox, ephemeral, init, main containers.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Actions {
    /// Stop every container and the sandbox.
    pub kill_pod: bool,
    /// Make a sandbox (after `kill_pod`).
    pub create_sandbox: bool,
    /// The sandbox to use, or the one to stop.
    pub sandbox_id: Option<String>,
    /// Attempt number of a new sandbox.
    pub attempt: u32,
    /// Init containers to start, as indexes into `spec.initContainers`.
    pub init_to_start: Vec<usize>,
    /// Containers to start, as indexes into `spec.containers`.
    pub to_start: Vec<usize>,
    /// Ephemeral containers to start, as indexes into `spec.ephemeralContainers`.
    pub ephemeral_to_start: Vec<usize>,
    /// Containers to stop first.
    pub to_kill: Vec<Kill>,
}

/// One container to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kill {
    /// The runtime's identifier.
    pub id: String,
    /// Its name in the pod.
    pub name: String,
    /// Why.
    pub reason: KillReason,
    /// What the `Killing` event says.
    pub message: String,
}

/// Why a container is stopped: a failed probe may shorten its grace period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KillReason {
    /// The runtime can't tell its state.
    Unknown,
    /// Its image or name is not that of the spec any more.
    Changed,
    /// The liveness probe failed.
    Liveness,
    /// The startup probe failed.
    Startup,
    /// The pod ends, or the hook after its start failed.
    Pod,
}

/// What the probes found, by container identifier.
#[derive(Debug, Default, Clone)]
pub struct ProbeResults {
    results: HashMap<String, Found>,
}

/// Results for one container; `None` until the first verdict.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Failed means: stop it.
    pub liveness: Option<bool>,
    /// Whether it takes traffic.
    pub readiness: Option<bool>,
    /// Whether it finished starting.
    pub startup: Option<bool>,
}

impl ProbeResults {
    /// What is known of a container.
    pub fn of(&self, container_id: &str) -> Found {
        self.results.get(container_id).copied().unwrap_or_default()
    }

    /// The record of a container, to be written.
    pub fn entry(&mut self, container_id: &str) -> &mut Found {
        self.results.entry(container_id.to_owned()).or_default()
    }

    /// Forgets the containers for which `keep` is false.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.results.retain(|id, _| keep(id));
    }
}

/// Decides the next actions for a pod that should run.
pub fn pod_actions(pod: &Pod, observed: &ObservedPod, probes: &ProbeResults) -> Actions {
    let Some(spec) = &pod.spec else {
        return Actions::default();
    };
    let mut actions = sandbox_actions(pod, observed);
    if actions.create_sandbox {
        with_new_sandbox(pod, observed, &mut actions);
        return actions;
    }
    for (index, container) in spec.ephemeral_containers.iter().flatten().enumerate() {
        if observed.container(&container.name).is_none() {
            actions.ephemeral_to_start.push(index);
        }
    }
    let initialized = decide_init(pod, observed, probes, &mut actions);
    if actions.kill_pod || !initialized {
        return actions;
    }
    let kept = decide_main(pod, observed, probes, &mut actions);
    if kept == 0 && actions.to_start.is_empty() {
        actions.kill_pod = true;
        actions.init_to_start.clear();
    }
    actions
}

/// Whether the pod needs another sandbox, and which one it has.
fn sandbox_actions(pod: &Pod, observed: &ObservedPod) -> Actions {
    let Some(newest) = observed.sandbox() else {
        return Actions {
            kill_pod: true,
            create_sandbox: true,
            ..Actions::default()
        };
    };
    let changed = observed
        .sandboxes
        .iter()
        .filter(|sandbox| sandbox.ready)
        .count()
        > 1
        || !newest.ready
        || newest.host_network != host_network(pod)
        || (!newest.host_network && newest.ips.is_empty());
    Actions {
        kill_pod: changed,
        create_sandbox: changed,
        sandbox_id: Some(newest.id.clone()),
        attempt: if changed {
            newest.attempt + 1
        } else {
            newest.attempt
        },
        ..Actions::default()
    }
}

/// What starts in a new sandbox: all over again, except what already finished for good.
fn with_new_sandbox(pod: &Pod, observed: &ObservedPod, actions: &mut Actions) {
    let Some(spec) = &pod.spec else { return };
    if restart_policy(pod) == "Never" && actions.attempt != 0 && !observed.containers.is_empty() {
        actions.create_sandbox = false;
        return;
    }
    let on_failure = restart_policy(pod) == "OnFailure";
    let to_start: Vec<usize> = spec
        .containers
        .iter()
        .enumerate()
        .filter(|(_, container)| {
            let done = observed
                .container(&container.name)
                .is_some_and(ObservedContainer::succeeded);
            !(on_failure && done)
        })
        .map(|(index, _)| index)
        .collect();
    if to_start.is_empty() {
        actions.create_sandbox = false;
        return;
    }
    if spec.init_containers.iter().flatten().next().is_some() {
        actions.init_to_start.push(0);
    } else {
        actions.to_start = to_start;
    }
}

/// Decides for the main containers; answers how many keep running as they are.
fn decide_main(
    pod: &Pod,
    observed: &ObservedPod,
    probes: &ProbeResults,
    actions: &mut Actions,
) -> usize {
    let Some(spec) = &pod.spec else { return 0 };
    let mut kept = 0;
    for (index, container) in spec.containers.iter().enumerate() {
        let status = observed.container(&container.name);
        let Some(status) = status.filter(|status| status.state == ContainerState::Running) else {
            if should_restart(pod, status) {
                actions.to_start.push(index);
                if let Some(lost) = status.filter(|status| status.state == ContainerState::Unknown)
                {
                    actions.to_kill.push(unknown_state(lost));
                }
            }
            continue;
        };
        let Some((reason, mut message, restart)) = kill_verdict(pod, container, status, probes)
        else {
            kept += 1;
            continue;
        };
        if restart {
            message.push_str(", will be restarted");
            actions.to_start.push(index);
        }
        actions.to_kill.push(Kill {
            id: status.id.clone(),
            name: container.name.clone(),
            reason,
            message,
        });
        kept += usize::from(!restart);
    }
    kept
}

/// Why a running container must stop: reason, text, and whether it starts again.
fn kill_verdict(
    pod: &Pod,
    container: &Container,
    status: &ObservedContainer,
    probes: &ProbeResults,
) -> Option<(KillReason, String, bool)> {
    let name = &container.name;
    if is_changed(container, status) {
        let text = format!("Container {name} definition changed");
        return Some((KillReason::Changed, text, true));
    }
    let restart = restart_policy(pod) != "Never";
    let found = probes.of(&status.id);
    if found.liveness == Some(false) {
        let text = format!("Container {name} failed liveness probe");
        return Some((KillReason::Liveness, text, restart));
    }
    if found.startup == Some(false) {
        let text = format!("Container {name} failed startup probe");
        return Some((KillReason::Startup, text, restart));
    }
    None
}

/// Whether a container runs something else than the spec says.
pub(super) fn is_changed(container: &Container, status: &ObservedContainer) -> bool {
    !status.hash.is_empty() && status.hash != container_hash(container)
}

pub(super) fn unknown_state(status: &ObservedContainer) -> Kill {
    Kill {
        id: status.id.clone(),
        name: status.name.clone(),
        reason: KillReason::Unknown,
        message: "Container is in \"unknown\" state, try killing it before restart".to_owned(),
    }
}

/// Whether a main container that does not run should be started (upstream's
/// `ShouldContainerBeRestarted`).
pub fn should_restart(pod: &Pod, status: Option<&ObservedContainer>) -> bool {
    let Some(status) = status else {
        return pod.metadata.deletion_timestamp.is_none();
    };
    match status.state {
        ContainerState::Running => false,
        _ if pod.metadata.deletion_timestamp.is_some() => false,
        ContainerState::Unknown | ContainerState::Created => true,
        ContainerState::Exited => match restart_policy(pod) {
            "Never" => false,
            "OnFailure" => status.exit_code != 0,
            _ => true,
        },
    }
}

#[cfg(test)]
#[path = "actions_tests.rs"]
mod tests;

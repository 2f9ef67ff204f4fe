//! Decides for init containers: they run one after the other, each to its end; sidecars (restartable
//! init containers, KEP-753) stay and are kept running beside the main containers.

use k8s_openapi::api::core::v1::{Container, Pod};

use super::actions::{Actions, Kill, KillReason, ProbeResults, is_changed, unknown_state};
use super::identity::{is_sidecar, restart_policy};
use super::observed::{ContainerState, ObservedContainer, ObservedPod};

/// Adds what init containers need to `actions`; answers whether the main containers may run.
///
/// Walks from the last init container to the first, because the earlier ones may have been removed
/// from the runtime after they finished: the newest trace tells how far the pod came.
pub(super) fn decide_init(
    pod: &Pod,
    observed: &ObservedPod,
    probes: &ProbeResults,
    actions: &mut Actions,
) -> bool {
    let Some(spec) = &pod.spec else { return true };
    let containers = spec.init_containers.as_deref().unwrap_or_default();
    if containers.is_empty() {
        return true;
    }
    let mut walk = Walk {
        last: containers.len() - 1,
        restart_on_failure: restart_policy(pod) != "Never",
        initialized: has_main_container(pod, observed),
        passed: false,
    };
    walk.passed = walk.initialized;
    for (index, container) in containers.iter().enumerate().rev() {
        let Some(status) = observed.container(&container.name) else {
            if walk.passed && is_sidecar(container) {
                actions.init_to_start.push(index);
            }
            continue;
        };
        if walk.passed && !is_sidecar(container) {
            continue;
        }
        if !walk.visit(index, container, status, probes, actions) {
            return false;
        }
        walk.passed = true;
    }
    if !walk.passed {
        actions.init_to_start.push(0);
    }
    actions.init_to_start.reverse();
    walk.initialized
}

/// Whether a main container was ever made, which means that every init container had finished.
fn has_main_container(pod: &Pod, observed: &ObservedPod) -> bool {
    let Some(spec) = &pod.spec else { return false };
    spec.containers
        .iter()
        .any(|container| observed.container(&container.name).is_some())
}

struct Walk {
    last: usize,
    restart_on_failure: bool,
    /// Every init container has done its part.
    initialized: bool,
    /// A later init container has left a trace, so this one had its turn.
    passed: bool,
}

impl Walk {
    /// Decides for one init container that left a trace; `false` ends the pod.
    fn visit(
        &mut self,
        index: usize,
        container: &Container,
        status: &ObservedContainer,
        probes: &ProbeResults,
        actions: &mut Actions,
    ) -> bool {
        match status.state {
            ContainerState::Created => {}
            ContainerState::Running if is_sidecar(container) => {
                self.running_sidecar(index, container, status, probes, actions);
            }
            ContainerState::Running => {}
            ContainerState::Exited if is_sidecar(container) => actions.init_to_start.push(index),
            ContainerState::Exited if status.failed() => {
                if !self.restart_on_failure {
                    actions.kill_pod = true;
                    actions.init_to_start.clear();
                    return false;
                }
                actions.init_to_start.push(index);
            }
            ContainerState::Exited => self.finished(index, actions),
            ContainerState::Unknown => {
                if is_sidecar(container) || self.restart_on_failure {
                    actions.to_kill.push(unknown_state(status));
                    actions.init_to_start.push(index);
                } else {
                    actions.kill_pod = true;
                    actions.init_to_start.clear();
                    return false;
                }
            }
        }
        true
    }

    /// The container has done its part: the next one's turn, or the main containers'.
    fn finished(&mut self, index: usize, actions: &mut Actions) {
        if index == self.last {
            self.initialized = true;
        } else if !self.passed {
            actions.init_to_start.push(index + 1);
        }
    }

    fn running_sidecar(
        &mut self,
        index: usize,
        container: &Container,
        status: &ObservedContainer,
        probes: &ProbeResults,
        actions: &mut Actions,
    ) {
        let found = probes.of(&status.id);
        let mut kill = |reason, message: String| {
            actions.to_kill.push(Kill {
                id: status.id.clone(),
                name: container.name.clone(),
                reason,
                message,
            });
        };
        let name = &container.name;
        if container.startup_probe.is_some() && found.startup != Some(true) {
            if found.startup == Some(false) {
                kill(
                    KillReason::Startup,
                    format!("Init container {name} failed startup probe"),
                );
                actions.init_to_start.push(index);
            }
            return;
        }
        if is_changed(container, status) {
            kill(
                KillReason::Changed,
                format!("Init container {name} definition changed"),
            );
            self.finished(index, actions);
            actions.init_to_start.push(index);
            return;
        }
        self.finished(index, actions);
        if found.liveness == Some(false) {
            actions.to_kill.push(Kill {
                id: status.id.clone(),
                name: name.clone(),
                reason: KillReason::Liveness,
                message: format!("Init container {name} failed liveness probe"),
            });
            actions.init_to_start.push(index);
        }
    }
}

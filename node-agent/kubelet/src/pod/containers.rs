//! Container statuses as the API shows them, from what the runtime shows, what the last attempt to
//! start ran into, and what was reported before.

use std::collections::HashMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    Container, ContainerState as ApiState, ContainerStateRunning, ContainerStateTerminated,
    ContainerStateWaiting, ContainerStatus, ContainerUser, LinuxContainerUser, Pod,
    ResourceRequirements, VolumeMountStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::actions::{ProbeResults, should_restart};
use super::identity::is_sidecar;
use super::observed::{ContainerState, ObservedContainer, ObservedPod};

/// What container identifiers begin with in the API.
pub const ID_PREFIX: &str = "knarr://";

/// Why a container could not be started, as its waiting state shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartError {
    /// `ErrImagePull`, `CrashLoopBackOff`, `CreateContainerConfigError` …
    pub reason: &'static str,
    /// For people.
    pub message: String,
}

/// Errors of the latest attempts to start, by container name.
pub type StartErrors = HashMap<String, StartError>;

/// Which list of the spec a container stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// `initContainers`.
    Init,
    /// `containers`.
    Main,
    /// `ephemeralContainers`.
    Ephemeral,
}

/// Everything a container's status is made of.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The pod.
    pub pod: &'a Pod,
    /// What the runtime shows.
    pub observed: &'a ObservedPod,
    /// What probes found.
    pub probes: &'a ProbeResults,
    /// Why containers could not be started.
    pub errors: &'a StartErrors,
    /// Whether the init containers have all done their part.
    pub initialized: bool,
}

/// Statuses of the containers of one class, in the order of the spec.
pub fn container_statuses(
    sources: Sources<'_>,
    class: Class,
    containers: &[Container],
    old: &[ContainerStatus],
) -> Vec<ContainerStatus> {
    containers
        .iter()
        .map(|container| {
            let before = old.iter().find(|status| status.name == container.name);
            container_status(sources, class, container, before)
        })
        .collect()
}

fn container_status(
    sources: Sources<'_>,
    class: Class,
    container: &Container,
    old: Option<&ContainerStatus>,
) -> ContainerStatus {
    let mut seen = sources
        .observed
        .containers
        .iter()
        .filter(|observed| observed.name == container.name);
    let newest = seen.next();
    let previous = seen.next();
    let (mut state, mut last) = match newest {
        Some(newest) => (state_of(sources, newest), last_state(newest, previous, old)),
        None => absent_state(sources, class, old),
    };
    if let Some(error) = sources.errors.get(&container.name)
        && wants_start(sources.pod, class, container, newest)
    {
        if state.terminated.is_some() {
            last = state;
        }
        state = waiting(error.reason, Some(&error.message));
    }
    let mut status = ContainerStatus {
        name: container.name.clone(),
        image: container.image.clone().unwrap_or_default(),
        restart_count: restart_count(newest, old),
        container_id: newest
            .map(|newest| format!("{ID_PREFIX}{}", newest.id))
            .or_else(|| old.and_then(|old| old.container_id.clone())),
        image_id: newest
            .map(|newest| newest.image_id.clone())
            .or_else(|| old.map(|old| old.image_id.clone()))
            .unwrap_or_default(),
        state: Some(state),
        last_state: Some(last),
        volume_mounts: volume_mounts(container),
        user: newest.and_then(user),
        ..ContainerStatus::default()
    };
    set_resources(&mut status, container, class);
    set_readiness(&mut status, sources, class, container, newest, old);
    status
}

/// Whether the container is one that the kubelet is trying to start.
fn wants_start(
    pod: &Pod,
    class: Class,
    container: &Container,
    newest: Option<&ObservedContainer>,
) -> bool {
    let running = newest.is_some_and(|newest| newest.state == ContainerState::Running);
    match class {
        _ if running => false,
        Class::Init if !is_sidecar(container) => !newest.is_some_and(ObservedContainer::succeeded),
        Class::Init => true,
        Class::Main => should_restart(pod, newest),
        Class::Ephemeral => newest.is_none(),
    }
}

fn restart_count(newest: Option<&ObservedContainer>, old: Option<&ContainerStatus>) -> i32 {
    let before = old.map_or(0, |old| old.restart_count);
    newest.map_or(before, |newest| {
        i32::try_from(newest.restart_count).unwrap_or(i32::MAX)
    })
}

fn waiting(reason: &str, message: Option<&str>) -> ApiState {
    ApiState {
        waiting: Some(ContainerStateWaiting {
            reason: Some(reason.to_owned()),
            message: message.map(str::to_owned),
        }),
        ..ApiState::default()
    }
}

fn time(timestamp: Option<Timestamp>) -> Option<Time> {
    // The API keeps whole seconds; a finer time would never compare equal to what is stored.
    timestamp
        .and_then(|at| Timestamp::from_second(at.as_second()).ok())
        .map(Time)
}

fn default_waiting(sources: Sources<'_>, class: Class) -> ApiState {
    let behind_init = class == Class::Main && !sources.initialized;
    let has_init = sources
        .pod
        .spec
        .as_ref()
        .is_some_and(|spec| spec.init_containers.iter().flatten().next().is_some());
    let initializing = has_init && (behind_init || class == Class::Init);
    waiting(
        if initializing {
            "PodInitializing"
        } else {
            "ContainerCreating"
        },
        None,
    )
}

fn state_of(sources: Sources<'_>, newest: &ObservedContainer) -> ApiState {
    match newest.state {
        ContainerState::Running => ApiState {
            running: Some(ContainerStateRunning {
                started_at: time(newest.started_at),
            }),
            ..ApiState::default()
        },
        ContainerState::Exited => terminated(newest),
        ContainerState::Created => default_waiting(sources, Class::Main),
        ContainerState::Unknown => unknown_state(),
    }
}

fn unknown_state() -> ApiState {
    ApiState {
        terminated: Some(ContainerStateTerminated {
            exit_code: 137,
            reason: Some("ContainerStatusUnknown".into()),
            message: Some("The container could not be located when the pod was terminated".into()),
            ..ContainerStateTerminated::default()
        }),
        ..ApiState::default()
    }
}

/// The terminated state of an exited container.
pub fn terminated(container: &ObservedContainer) -> ApiState {
    let reason = match container.reason.as_str() {
        "" if container.exit_code == 0 => "Completed",
        "" => "Error",
        reason => reason,
    };
    ApiState {
        terminated: Some(ContainerStateTerminated {
            container_id: Some(format!("{ID_PREFIX}{}", container.id)),
            exit_code: container.exit_code,
            reason: Some(reason.to_owned()),
            message: (!container.message.is_empty()).then(|| container.message.clone()),
            started_at: time(container.started_at),
            finished_at: time(container.finished_at),
            signal: None,
        }),
        ..ApiState::default()
    }
}

fn last_state(
    newest: &ObservedContainer,
    previous: Option<&ObservedContainer>,
    old: Option<&ContainerStatus>,
) -> ApiState {
    if let Some(previous) = previous.filter(|previous| previous.state == ContainerState::Exited) {
        return terminated(previous);
    }
    let Some(old) = old else {
        return ApiState::default();
    };
    let same = old.container_id.as_deref() == Some(&format!("{ID_PREFIX}{}", newest.id));
    let ended_before = old
        .state
        .as_ref()
        .filter(|state| state.terminated.is_some());
    match ended_before {
        Some(state) if !same => state.clone(),
        _ => old.last_state.clone().unwrap_or_default(),
    }
}

/// State and last state of a container of which the runtime shows nothing: it was never made, or its
/// remains were removed, or they were lost with a reboot.
fn absent_state(
    sources: Sources<'_>,
    class: Class,
    old: Option<&ContainerStatus>,
) -> (ApiState, ApiState) {
    let fresh = default_waiting(sources, class);
    let Some(old) = old else {
        return (fresh, ApiState::default());
    };
    let last = old.last_state.clone().unwrap_or_default();
    let Some(state) = &old.state else {
        return (fresh, last);
    };
    if state.terminated.is_some() {
        return (state.clone(), last);
    }
    if state.running.is_some() {
        let mut lost = unknown_state();
        if sources.pod.metadata.deletion_timestamp.is_some() {
            return (lost, last);
        }
        if let Some(terminated) = &mut lost.terminated {
            terminated.message = Some(
                "The container could not be located when the pod was deleted.  The container used to be Running"
                    .into(),
            );
        }
        return (fresh, lost);
    }
    (fresh, last)
}

fn set_readiness(
    status: &mut ContainerStatus,
    sources: Sources<'_>,
    class: Class,
    container: &Container,
    newest: Option<&ObservedContainer>,
    old: Option<&ContainerStatus>,
) {
    if class == Class::Init && !is_sidecar(container) {
        let state = status
            .state
            .as_ref()
            .and_then(|state| state.terminated.as_ref());
        status.ready = state.is_some_and(|terminated| terminated.exit_code == 0);
        status.started = Some(newest.is_some_and(|newest| newest.state == ContainerState::Running));
        return;
    }
    let Some(newest) = newest.filter(|newest| newest.state == ContainerState::Running) else {
        status.started = (class != Class::Ephemeral).then_some(false);
        return;
    };
    if class == Class::Ephemeral {
        return;
    }
    let found = sources.probes.of(&newest.id);
    // A restarted agent has no verdict yet: what was reported of the same container stands.
    let same = old.filter(|old| old.container_id == status.container_id);
    let started = container.startup_probe.is_none()
        || found
            .startup
            .unwrap_or_else(|| same.and_then(|old| old.started).unwrap_or(false));
    let ready = container.readiness_probe.is_none()
        || found
            .readiness
            .unwrap_or_else(|| same.is_some_and(|old| old.ready));
    status.started = Some(started);
    status.ready = started && ready;
}

fn set_resources(status: &mut ContainerStatus, container: &Container, class: Class) {
    if class == Class::Ephemeral {
        return;
    }
    let resources = container.resources.clone().unwrap_or_default();
    status.allocated_resources = resources
        .requests
        .clone()
        .filter(|requests| !requests.is_empty());
    status.resources = Some(ResourceRequirements {
        limits: resources.limits,
        requests: resources.requests,
        claims: None,
    });
}

fn volume_mounts(container: &Container) -> Option<Vec<VolumeMountStatus>> {
    let mounts: Vec<VolumeMountStatus> = container
        .volume_mounts
        .iter()
        .flatten()
        .map(|mount| VolumeMountStatus {
            name: mount.name.clone(),
            mount_path: mount.mount_path.clone(),
            read_only: mount.read_only.filter(|read_only| *read_only),
            recursive_read_only: (mount.read_only == Some(true)).then(|| "Disabled".to_owned()),
            ..VolumeMountStatus::default()
        })
        .collect();
    (!mounts.is_empty()).then_some(mounts)
}

fn user(container: &ObservedContainer) -> Option<ContainerUser> {
    let user = container.user.as_ref()?;
    Some(ContainerUser {
        linux: Some(LinuxContainerUser {
            uid: i64::from(user.uid),
            gid: i64::from(user.gid),
            supplemental_groups: Some(
                user.supplemental_groups
                    .iter()
                    .map(|id| i64::from(*id))
                    .collect(),
            ),
        }),
    })
}

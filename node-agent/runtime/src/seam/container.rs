//! Messages about containers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{NamespaceOption, StringMap};

/// Name of a container in its pod; with `attempt` it is unique in the sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerMetadata {
    /// Name as in the pod's spec.
    pub name: String,
    /// Counts restarts, from 0.
    pub attempt: u32,
}

/// How mounts made on one side reach the other (CRI `MountPropagation`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MountPropagation {
    /// Not at all.
    #[default]
    Private,
    /// From the host to the container (`rslave`).
    HostToContainer,
    /// Both ways (`rshared`).
    Bidirectional,
}

/// A bind mount from the host, or from another image's content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mount {
    /// Path in the container.
    pub container_path: String,
    /// Path on the host; must exist.
    pub host_path: String,
    /// Read-only, for the top mount.
    pub readonly: bool,
    /// Read-only for sub-mounts too.
    pub recursive_read_only: bool,
    /// Propagation.
    pub propagation: MountPropagation,
}

/// A device made available in the container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// Path in the container.
    pub container_path: String,
    /// Path on the host.
    pub host_path: String,
    /// cgroup permissions out of `rwm`.
    pub permissions: String,
}

/// A security profile (seccomp, AppArmor).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecurityProfile {
    /// No filter: Kubernetes' default.
    #[default]
    Unconfined,
    /// The runtime's default filter.
    RuntimeDefault,
    /// A profile file on the node, as an absolute path.
    Localhost(PathBuf),
}

/// Capabilities to add to and drop from the default set; `ALL` is a wildcard. Names without `CAP_`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    /// To add.
    pub add: Vec<String>,
    /// To drop.
    pub drop: Vec<String>,
}

/// Which groups a process gets beside its main one (KEP-3619).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SupplementalGroupsPolicy {
    /// Those of the request and those of the image's `/etc/group`.
    #[default]
    Merge,
    /// Those of the request only.
    Strict,
}

/// Security settings of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinuxContainerSecurityContext {
    /// Capabilities.
    pub capabilities: Capabilities,
    /// Privileged: all capabilities, all devices, nothing masked.
    pub privileged: bool,
    /// Namespaces.
    pub namespace_options: NamespaceOption,
    /// User; overrides the image's.
    pub run_as_user: Option<i64>,
    /// User by name, looked up in the image; used when `run_as_user` is unset.
    pub run_as_username: String,
    /// Group; needs a user.
    pub run_as_group: Option<i64>,
    /// The root file system is read-only.
    pub readonly_rootfs: bool,
    /// More groups.
    pub supplemental_groups: Vec<i64>,
    /// Whether the image's groups count.
    pub supplemental_groups_policy: SupplementalGroupsPolicy,
    /// `no_new_privs` (allowPrivilegeEscalation: false).
    pub no_new_privs: bool,
    /// Paths hidden from the container; `None` for the runtime's default set (procMount Default), empty for
    /// none (procMount Unmasked).
    pub masked_paths: Option<Vec<String>>,
    /// Paths made read-only; `None` for the runtime's default set.
    pub readonly_paths: Option<Vec<String>>,
    /// Seccomp.
    pub seccomp: SecurityProfile,
}

/// cgroup limits. 0 means "not set", as in CRI.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinuxContainerResources {
    /// CFS period in microseconds.
    pub cpu_period: i64,
    /// CFS quota in microseconds per period; -1 lifts it.
    pub cpu_quota: i64,
    /// Relative weight, 2 to 262144 (cgroup v1 scale).
    pub cpu_shares: i64,
    /// Memory limit in bytes.
    pub memory_limit_in_bytes: i64,
    /// Memory plus swap limit in bytes; 0 lets no swap beyond the memory limit.
    pub memory_swap_limit_in_bytes: i64,
    /// -1000 to 1000; clamped to what the agent may set. Ignored on pods and updates.
    pub oom_score_adj: i64,
    /// CPUs, such as `0-2,5`.
    pub cpuset_cpus: String,
    /// Memory nodes.
    pub cpuset_mems: String,
    /// cgroup v2 files and their values; ignored on v1.
    pub unified: StringMap,
}

/// One environment variable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyValue {
    /// Name.
    pub key: String,
    /// Value.
    pub value: String,
}

/// Everything needed to create a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerConfig {
    /// Identity in the sandbox.
    pub metadata: ContainerMetadata,
    /// The image to run: an id as [`crate::Runtime::pull_image`] returned it, or a reference.
    pub image: String,
    /// What the user wrote as the image; shown in the status.
    pub user_specified_image: String,
    /// Replaces the image's entrypoint when not empty (the pod's `command`).
    pub command: Vec<String>,
    /// Replaces the image's command when not empty (the pod's `args`); see the merge rule of Kubernetes.
    pub args: Vec<String>,
    /// Replaces the image's working directory when not empty.
    pub working_dir: String,
    /// Environment, over the image's.
    pub envs: Vec<KeyValue>,
    /// Mounts.
    pub mounts: Vec<Mount>,
    /// Devices.
    pub devices: Vec<Device>,
    /// Labels, for filters.
    pub labels: StringMap,
    /// Annotations; returned as they are.
    pub annotations: StringMap,
    /// Log file, relative to the sandbox's log directory. Empty: output is dropped.
    pub log_path: PathBuf,
    /// Keep standard input open.
    pub stdin: bool,
    /// Close standard input when the first attached client goes.
    pub stdin_once: bool,
    /// A terminal.
    pub tty: bool,
    /// Limits.
    pub resources: LinuxContainerResources,
    /// Security.
    pub security_context: LinuxContainerSecurityContext,
    /// Signal that asks the container to stop, such as `SIGTERM`; empty: the image's, or SIGTERM.
    pub stop_signal: String,
}

/// State of a container.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ContainerState {
    /// Created, not started.
    Created,
    /// Its process runs.
    Running,
    /// Its process ended.
    Exited,
    /// Lost: it was running and nothing is known of its end.
    #[default]
    Unknown,
}

/// One line of a listing of containers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Id: 64 hexadecimal digits.
    pub id: String,
    /// Sandbox it lives in.
    pub pod_sandbox_id: String,
    /// Identity in the sandbox.
    pub metadata: ContainerMetadata,
    /// The image as the configuration named it.
    pub image: String,
    /// Digest reference of the image (`name@sha256:…`), or its id when it has none; the pod status' `imageID`.
    pub image_ref: String,
    /// State.
    pub state: ContainerState,
    /// When it was created, in nanoseconds since the epoch.
    pub created_at: i64,
    /// Labels.
    pub labels: StringMap,
    /// Annotations.
    pub annotations: StringMap,
}

/// Status of one container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerStatus {
    /// What a listing shows.
    pub container: Container,
    /// When its process started; 0 before.
    pub started_at: i64,
    /// When its process ended; 0 before.
    pub finished_at: i64,
    /// Exit code; 128 + signal when a signal ended it.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `StartError` or `ContainerCannotRun`; empty before the end.
    pub reason: String,
    /// For people.
    pub message: String,
    /// Absolute path of the log file; empty without a log.
    pub log_path: PathBuf,
    /// Mounts.
    pub mounts: Vec<Mount>,
    /// Limits in force.
    pub resources: LinuxContainerResources,
    /// User, group and supplementary groups of the first process; `None` before creation is complete.
    pub user: Option<ContainerUser>,
    /// Signal that asks it to stop, such as `SIGTERM`.
    pub stop_signal: String,
}

/// Who a container's first process is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerUser {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// More groups.
    pub supplemental_groups: Vec<u32>,
}

/// Which containers to list; empty fields match all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerFilter {
    /// Exact id.
    pub id: Option<String>,
    /// Exact sandbox.
    pub pod_sandbox_id: Option<String>,
    /// Exact state.
    pub state: Option<ContainerState>,
    /// Labels that must be there.
    pub labels: StringMap,
}

impl ContainerFilter {
    /// Whether the container passes.
    pub fn matches(&self, container: &Container) -> bool {
        self.id.as_ref().is_none_or(|id| *id == container.id)
            && self
                .pod_sandbox_id
                .as_ref()
                .is_none_or(|id| *id == container.pod_sandbox_id)
            && self.state.is_none_or(|state| state == container.state)
            && super::labels_match(&self.labels, &container.labels)
    }
}

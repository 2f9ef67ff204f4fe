//! Messages about pod sandboxes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{LinuxContainerResources, SecurityProfile, StringMap};

/// Who a sandbox belongs to; with `attempt` it is unique on the node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct PodSandboxMetadata {
    /// Name of the pod.
    pub name: String,
    /// UID of the pod.
    pub uid: String,
    /// Namespace of the pod.
    pub namespace: String,
    /// Counts the sandboxes of this pod, from 0.
    pub attempt: u32,
}

/// Contents of `/etc/resolv.conf`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DnsConfig {
    /// Addresses of DNS servers.
    pub servers: Vec<String>,
    /// Search domains.
    pub searches: Vec<String>,
    /// Options, such as `ndots:5`.
    pub options: Vec<String>,
}

/// Protocol of a port mapping.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// A host port; informative for the embedded runtime, whose node proxy programs host ports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PortMapping {
    /// Protocol.
    pub protocol: Protocol,
    /// Port in the pod.
    pub container_port: u16,
    /// Port on the node.
    pub host_port: u16,
    /// Address on the node, or empty for all.
    pub host_ip: String,
}

/// Which instance of a namespace a container lives in (CRI `NamespaceMode`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NamespaceMode {
    /// One for the pod.
    #[default]
    Pod,
    /// One for each container (the default for the PID namespace in Kubernetes).
    Container,
    /// The node's.
    Node,
    /// That of the container `target_id` (ephemeral containers; PID namespace only).
    Target,
}

/// Namespaces of a pod or container. The UTS namespace follows the network's, as in Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NamespaceOption {
    /// Network: `Pod` or `Node`.
    pub network: NamespaceMode,
    /// PID: any.
    pub pid: NamespaceMode,
    /// IPC: `Pod` or `Node`.
    pub ipc: NamespaceMode,
    /// The container whose PID namespace is joined with `NamespaceMode::Target`.
    pub target_id: String,
}

impl Default for NamespaceOption {
    fn default() -> Self {
        Self {
            network: NamespaceMode::Pod,
            pid: NamespaceMode::Container,
            ipc: NamespaceMode::Pod,
            target_id: String::new(),
        }
    }
}

/// The Linux part of a sandbox's configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinuxPodSandboxConfig {
    /// The pod's cgroup, absolute in the hierarchy, such as `/kubepods/burstable/pod<uid>`. The embedded
    /// runtime creates it (parents too) with the sandbox, applies `resources` to it, puts each container's
    /// cgroup below it and removes it with the sandbox. Empty: the runtime's own default parent.
    pub cgroup_parent: String,
    /// Namespaces of the pod.
    pub namespace_options: NamespaceOption,
    /// Whether any container of the pod is privileged.
    pub privileged: bool,
    /// Seccomp profile of the sandbox.
    pub seccomp: SecurityProfile,
    /// Sysctls set in the pod's namespaces.
    pub sysctls: StringMap,
    /// Limits of the pod as a whole: the sum of its containers', as the kubelet's QoS rules compute it.
    pub resources: LinuxContainerResources,
    /// Largest number of processes in the pod; `None` for no limit.
    pub pids_limit: Option<i64>,
}

/// Everything needed to run a sandbox.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PodSandboxConfig {
    /// Identity.
    pub metadata: PodSandboxMetadata,
    /// Host name inside the pod; empty with the host's network.
    pub hostname: String,
    /// Folder of the containers' log files; container `log_path`s are relative to it.
    pub log_directory: PathBuf,
    /// DNS; `None` copies the node's `/etc/resolv.conf`.
    pub dns_config: Option<DnsConfig>,
    /// Host ports.
    pub port_mappings: Vec<PortMapping>,
    /// Labels, for filters.
    pub labels: StringMap,
    /// Annotations; returned as they are.
    pub annotations: StringMap,
    /// Linux specifics.
    pub linux: LinuxPodSandboxConfig,
}

/// Whether a sandbox can hold containers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PodSandboxState {
    /// Running.
    Ready,
    /// Stopped, or lost.
    #[default]
    NotReady,
}

/// One line of a listing of sandboxes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodSandbox {
    /// Id: 64 hexadecimal digits.
    pub id: String,
    /// Identity.
    pub metadata: PodSandboxMetadata,
    /// State.
    pub state: PodSandboxState,
    /// When it was created, in nanoseconds since the epoch.
    pub created_at: i64,
    /// Labels.
    pub labels: StringMap,
    /// Annotations.
    pub annotations: StringMap,
}

/// Status of one sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodSandboxStatus {
    /// What a listing shows.
    pub sandbox: PodSandbox,
    /// Addresses of the pod, the first being the main one; empty with the host's network.
    pub ips: Vec<String>,
    /// Namespaces.
    pub namespace_options: NamespaceOption,
    /// The network namespace on the node (`/run/…/netns/<id>`); empty with the host's network.
    pub network_namespace: String,
}

/// Which sandboxes to list; empty fields match all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodSandboxFilter {
    /// Exact id.
    pub id: Option<String>,
    /// Exact state.
    pub state: Option<PodSandboxState>,
    /// Labels that must be there.
    pub labels: StringMap,
}

impl PodSandboxFilter {
    /// Whether the sandbox passes.
    pub fn matches(&self, sandbox: &PodSandbox) -> bool {
        self.id.as_ref().is_none_or(|id| *id == sandbox.id)
            && self.state.is_none_or(|state| state == sandbox.state)
            && super::labels_match(&self.labels, &sandbox.labels)
    }
}

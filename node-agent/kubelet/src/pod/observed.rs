//! What the runtime shows of one pod, in the kubelet's own terms: sandboxes and containers, newest
//! first. Built from the runtime's answers, read by every decision.

use std::path::PathBuf;

use jiff::Timestamp;
pub use knarr_runtime::ContainerState;
use knarr_runtime::ContainerUser;

/// One pod as the runtime knows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObservedPod {
    /// Sandboxes, newest first.
    pub sandboxes: Vec<ObservedSandbox>,
    /// Containers of all sandboxes, newest first.
    pub containers: Vec<ObservedContainer>,
}

/// One pod sandbox.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObservedSandbox {
    /// The runtime's identifier.
    pub id: String,
    /// How many sandboxes of this pod came before.
    pub attempt: u32,
    /// Whether it can hold containers.
    pub ready: bool,
    /// Addresses in the pod network, the primary one first; empty on the host network.
    pub ips: Vec<String>,
    /// Whether it shares the node's network.
    pub host_network: bool,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// One container.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObservedContainer {
    /// The runtime's identifier.
    pub id: String,
    /// The sandbox it belongs to.
    pub sandbox_id: String,
    /// Its name in the pod.
    pub name: String,
    /// How often a container of this name was started before.
    pub restart_count: u32,
    /// [`super::identity::container_hash`] at its creation.
    pub hash: String,
    /// Where it stands.
    pub state: ContainerState,
    /// The image as it was asked for.
    pub image: String,
    /// The image's digest reference.
    pub image_id: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When its process started.
    pub started_at: Option<Timestamp>,
    /// When its process ended.
    pub finished_at: Option<Timestamp>,
    /// Exit code; 128 + n for signal n.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`, or the runtime's own.
    pub reason: String,
    /// The termination message, already read.
    pub message: String,
    /// Path of its log.
    pub log_path: PathBuf,
    /// Who its first process is.
    pub user: Option<ContainerUser>,
}

impl ObservedContainer {
    /// Ended with code 0.
    pub fn succeeded(&self) -> bool {
        self.state == ContainerState::Exited && self.exit_code == 0
    }

    /// Ended otherwise.
    pub fn failed(&self) -> bool {
        self.state == ContainerState::Exited && self.exit_code != 0
    }
}

impl ObservedPod {
    /// The newest container of a name.
    pub fn container(&self, name: &str) -> Option<&ObservedContainer> {
        self.containers
            .iter()
            .find(|container| container.name == name)
    }

    /// The newest sandbox.
    pub fn sandbox(&self) -> Option<&ObservedSandbox> {
        self.sandboxes.first()
    }

    /// Containers whose process runs.
    pub fn running(&self) -> impl Iterator<Item = &ObservedContainer> {
        self.containers
            .iter()
            .filter(|container| container.state == ContainerState::Running)
    }

    /// Addresses of the ready sandbox.
    pub fn ips(&self) -> &[String] {
        self.sandbox()
            .filter(|sandbox| sandbox.ready)
            .map_or(&[], |sandbox| sandbox.ips.as_slice())
    }
}

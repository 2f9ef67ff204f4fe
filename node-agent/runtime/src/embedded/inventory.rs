//! What the runtime knows of its sandboxes and containers: in memory for every read, on disk for a restart.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::shim::{ProcessStatus, Started};
use crate::{
    Container, ContainerConfig, ContainerState, ContainerStatus, PodSandbox, PodSandboxConfig,
    PodSandboxState, PodSandboxStatus, Result, RuntimeError,
};

/// The sandbox's file, in its folder.
pub const SANDBOX_FILE: &str = "sandbox.json";
/// The container's file, in its folder.
pub const CONTAINER_FILE: &str = "container.json";

/// What is on disk of a sandbox.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SandboxRecord {
    /// Id.
    pub id: String,
    /// Configuration as given.
    pub config: PodSandboxConfig,
    /// Creation in nanoseconds since the epoch.
    pub created_at: i64,
    /// Addresses.
    pub ips: Vec<String>,
    /// The pod's cgroup.
    pub cgroup: String,
    /// All of it is in place; false in a record that a killed agent left half done.
    pub complete: bool,
    /// It was stopped.
    pub stopped: bool,
}

/// A sandbox.
#[derive(Debug)]
pub struct SandboxEntry {
    /// What is on disk.
    pub record: SandboxRecord,
    /// Its shim, while it runs.
    pub shim: Option<Started>,
    /// The task that listens to the shim.
    pub listener: Option<JoinHandle<()>>,
}

impl SandboxEntry {
    /// The line of a listing.
    pub fn line(&self) -> PodSandbox {
        let config = &self.record.config;
        PodSandbox {
            id: self.record.id.clone(),
            metadata: config.metadata.clone(),
            state: match self.is_ready() {
                true => PodSandboxState::Ready,
                false => PodSandboxState::NotReady,
            },
            created_at: self.record.created_at,
            labels: config.labels.clone(),
            annotations: config.annotations.clone(),
        }
    }

    /// The full status.
    pub fn status(&self) -> PodSandboxStatus {
        let own_network = !self.record.ips.is_empty();
        let namespace = self.shim.as_ref().filter(|_| own_network);
        PodSandboxStatus {
            sandbox: self.line(),
            ips: self.record.ips.clone(),
            namespace_options: self.record.config.linux.namespace_options.clone(),
            network_namespace: namespace
                .map(|shim| format!("/proc/{}/ns/net", shim.pid))
                .unwrap_or_default(),
        }
    }

    /// Whether containers can run in it.
    pub fn is_ready(&self) -> bool {
        self.shim.is_some() && self.record.complete && !self.record.stopped
    }
}

/// What is on disk of a container, beside the shim's status file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ContainerRecord {
    /// Id.
    pub id: String,
    /// Its sandbox.
    pub sandbox: String,
    /// Configuration as given; its resources as last updated.
    pub config: ContainerConfig,
    /// Digest reference or id of the image.
    pub image_ref: String,
    /// Creation in nanoseconds since the epoch.
    pub created_at: i64,
    /// Absolute path of the log, or empty.
    pub log_path: PathBuf,
    /// Signal that asks it to stop.
    pub stop_signal: String,
    /// The container's cgroup.
    pub cgroup: String,
}

/// A container.
#[derive(Debug)]
pub struct ContainerEntry {
    /// What is on disk.
    pub record: ContainerRecord,
    /// What is known of its process.
    pub process: ProcessStatus,
}

impl ContainerEntry {
    /// State, as the process says.
    pub fn state(&self) -> ContainerState {
        state_of(&self.process)
    }

    /// The line of a listing.
    pub fn line(&self) -> Container {
        let record = &self.record;
        Container {
            id: record.id.clone(),
            pod_sandbox_id: record.sandbox.clone(),
            metadata: record.config.metadata.clone(),
            image: match record.config.user_specified_image.is_empty() {
                true => record.config.image.clone(),
                false => record.config.user_specified_image.clone(),
            },
            image_ref: record.image_ref.clone(),
            state: self.state(),
            created_at: record.created_at,
            labels: record.config.labels.clone(),
            annotations: record.config.annotations.clone(),
        }
    }

    /// The full status.
    pub fn status(&self) -> ContainerStatus {
        let (record, process) = (&self.record, &self.process);
        ContainerStatus {
            container: self.line(),
            started_at: process.started_at,
            finished_at: process.finished_at,
            exit_code: process.exit_code,
            reason: process.reason.clone(),
            message: process.message.clone(),
            log_path: record.log_path.clone(),
            mounts: record.config.mounts.clone(),
            resources: record.config.resources.clone(),
            user: process.user.clone(),
            stop_signal: record.stop_signal.clone(),
        }
    }
}

/// The state that a process status means.
pub fn state_of(process: &ProcessStatus) -> ContainerState {
    match (process.started_at, process.finished_at) {
        (_, end) if end != 0 => ContainerState::Exited,
        (0, _) => ContainerState::Created,
        _ => ContainerState::Running,
    }
}

/// All sandboxes and containers.
#[derive(Debug, Default)]
pub struct Inventory {
    /// By id.
    pub sandboxes: BTreeMap<String, SandboxEntry>,
    /// By id.
    pub containers: BTreeMap<String, ContainerEntry>,
}

impl Inventory {
    /// A sandbox.
    pub fn sandbox(&self, id: &str) -> Result<&SandboxEntry> {
        self.sandboxes
            .get(id)
            .ok_or_else(|| RuntimeError::no_sandbox(id))
    }

    /// A sandbox, to change it.
    pub fn sandbox_mut(&mut self, id: &str) -> Result<&mut SandboxEntry> {
        self.sandboxes
            .get_mut(id)
            .ok_or_else(|| RuntimeError::no_sandbox(id))
    }

    /// A container.
    pub fn container(&self, id: &str) -> Result<&ContainerEntry> {
        self.containers
            .get(id)
            .ok_or_else(|| RuntimeError::no_container(id))
    }

    /// Ids of a sandbox's containers.
    pub fn containers_of(&self, sandbox: &str) -> Vec<String> {
        let all = self.containers.values().map(|entry| &entry.record);
        all.filter(|record| record.sandbox == sandbox)
            .map(|record| record.id.clone())
            .collect()
    }
}

/// Reads a record.
pub fn read_record<T: serde::de::DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

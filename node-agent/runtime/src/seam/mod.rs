//! The runtime seam: the trait and the plain types of its messages.
//!
//! Shapes and names follow CRI v1 (`runtime.v1` of k8s.io/cri-api); what the embedded runtime decides alone
//! (SELinux labels, Windows) is absent. Times are nanoseconds since the epoch, as in CRI; 0 means "not yet".

mod container;
mod image;
mod sandbox;
mod stats;
mod streams;

use std::collections::BTreeMap;
use std::time::Duration;

use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::Result;

pub use container::*;
pub use image::*;
pub use sandbox::*;
pub use stats::*;
pub use streams::*;

/// Name and version of a runtime, as `node.status.nodeInfo.containerRuntimeVersion` shows it (`name://version`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionInfo {
    /// Name of the runtime.
    pub runtime_name: String,
    /// Version of the runtime.
    pub runtime_version: String,
}

/// One condition of a runtime: `RuntimeReady` or `NetworkReady`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeCondition {
    /// Whether the condition holds.
    pub ready: bool,
    /// One word; empty when the condition holds.
    pub reason: String,
    /// For people; empty when the condition holds.
    pub message: String,
}

/// Whether the runtime can run pods, and what it found out about the host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeStatus {
    /// The runtime can start containers.
    pub runtime: RuntimeCondition,
    /// Pods get a network.
    pub network: RuntimeCondition,
    /// What the host lacks and the runtime makes up for (clamped limits, missing controllers); for the log.
    pub notes: Vec<String>,
}

/// What changed, as CRI's `ContainerEventType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContainerEventKind {
    /// A container was created.
    Created,
    /// A container's process runs.
    Started,
    /// A container's process is gone, or a sandbox stopped.
    Stopped,
    /// The container or sandbox was removed.
    Deleted,
}

/// A change of state of a container or of a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerEvent {
    /// What happened.
    pub kind: ContainerEventKind,
    /// The sandbox concerned.
    pub pod_sandbox_id: String,
    /// UID of the pod, from the sandbox's metadata.
    pub pod_uid: String,
    /// The container, or empty when the sandbox itself changed.
    pub container_id: String,
    /// When, in nanoseconds since the epoch.
    pub created_at: i64,
}

/// A container runtime: the verbs of CRI's RuntimeService and ImageService.
///
/// Stop and remove verbs are idempotent: the object being gone is success. Every implementation passes the
/// contract suite in `tests/contract`.
#[async_trait::async_trait]
pub trait Runtime: Send + Sync + 'static {
    /// Name and version.
    async fn version(&self) -> Result<VersionInfo>;

    /// Conditions of the runtime.
    async fn status(&self) -> Result<RuntimeStatus>;

    /// Tells the runtime the node's pod CIDR; the pod network is not ready before.
    async fn update_runtime_config(&self, config: RuntimeConfig) -> Result<()>;

    /// State changes from now on. A receiver that lags behind loses the oldest, so relist now and then.
    fn events(&self) -> BoxStream<'static, ContainerEvent>;

    /// Creates and starts a sandbox; returns its id.
    async fn run_pod_sandbox(&self, config: PodSandboxConfig) -> Result<String>;

    /// Kills what runs in the sandbox and releases its network. The sandbox stays listed as not ready.
    async fn stop_pod_sandbox(&self, id: &str) -> Result<()>;

    /// Stops (if need be) and removes the sandbox and its containers.
    async fn remove_pod_sandbox(&self, id: &str) -> Result<()>;

    /// Status of one sandbox.
    async fn pod_sandbox_status(&self, id: &str) -> Result<PodSandboxStatus>;

    /// Sandboxes that match the filter.
    async fn list_pod_sandboxes(&self, filter: PodSandboxFilter) -> Result<Vec<PodSandbox>>;

    /// Creates a container in a ready sandbox; its image must be present. Returns its id.
    async fn create_container(
        &self,
        pod_sandbox_id: &str,
        config: ContainerConfig,
    ) -> Result<String>;

    /// Starts a created container.
    async fn start_container(&self, id: &str) -> Result<()>;

    /// Sends the stop signal, waits at most `grace`, then kills. Returns when the process is gone.
    async fn stop_container(&self, id: &str, grace: Duration) -> Result<()>;

    /// Removes the container, killing it first when it runs.
    async fn remove_container(&self, id: &str) -> Result<()>;

    /// Status of one container.
    async fn container_status(&self, id: &str) -> Result<ContainerStatus>;

    /// Containers that match the filter.
    async fn list_containers(&self, filter: ContainerFilter) -> Result<Vec<Container>>;

    /// Changes the limits of a container that was created or runs.
    async fn update_container_resources(
        &self,
        id: &str,
        resources: LinuxContainerResources,
    ) -> Result<()>;

    /// Makes the shim open the log file anew, after the kubelet rotated it.
    async fn reopen_container_log(&self, id: &str) -> Result<()>;

    /// Resource usage of one container.
    async fn container_stats(&self, id: &str) -> Result<ContainerStats>;

    /// Resource usage of the running containers that match the filter.
    async fn list_container_stats(&self, filter: ContainerFilter) -> Result<Vec<ContainerStats>>;

    /// Runs a command in a running container and collects what it prints. A timeout of zero means none;
    /// when it passes, the command is killed and the answer is [`crate::RuntimeError::DeadlineExceeded`].
    async fn exec_sync(
        &self,
        id: &str,
        cmd: Vec<String>,
        timeout: Duration,
    ) -> Result<ExecSyncResponse>;

    /// Runs a command in a running container with streams.
    async fn exec(&self, id: &str, request: ExecRequest) -> Result<IoStreams>;

    /// Attaches to the streams of a running container.
    async fn attach(&self, id: &str, request: AttachRequest) -> Result<IoStreams>;

    /// Opens a connection to a port on the loopback address of the sandbox's network.
    async fn port_forward(&self, pod_sandbox_id: &str, port: u16) -> Result<ByteStream>;

    /// Images present.
    async fn list_images(&self) -> Result<Vec<Image>>;

    /// One image by reference, name or id; `None` when it is not present.
    async fn image_status(&self, image: &str) -> Result<Option<Image>>;

    /// Fetches an image, asking the registry even when it is present. Returns the id of the image.
    async fn pull_image(&self, request: PullImageRequest) -> Result<String>;

    /// Removes an image by reference or id. Absence is success.
    async fn remove_image(&self, image: &str) -> Result<()>;

    /// Usage of the file system that holds the images.
    async fn image_fs_info(&self) -> Result<FilesystemUsage>;
}

/// What the kubelet learns from the API server and the runtime needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeConfig {
    /// The node's pod CIDR, such as `10.244.0.0/24`.
    pub pod_cidr: String,
}

/// Labels or annotations, in order so that listings and files are stable.
pub type StringMap = BTreeMap<String, String>;

/// Whether `labels` has all of `selector`.
pub(crate) fn labels_match(selector: &StringMap, labels: &StringMap) -> bool {
    selector
        .iter()
        .all(|(key, value)| labels.get(key) == Some(value))
}

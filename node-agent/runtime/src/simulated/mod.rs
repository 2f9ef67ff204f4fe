//! The simulated runtime: containers that only pretend, so that one machine can hold thousands of nodes, and
//! so that the kubelet's tests need no kernel. Stricter than the embedded runtime: it refuses every verb in a
//! state that CRI does not allow.

mod state;
mod streams;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::BoxStream;
use parking_lot::Mutex;

use crate::{
    AttachRequest, ByteStream, Container, ContainerConfig, ContainerEvent, ContainerFilter,
    ContainerState, ContainerStats, ContainerStatus, ExecRequest, ExecSyncResponse,
    FilesystemUsage, Image, IoStreams, LinuxContainerResources, PodSandbox, PodSandboxConfig,
    PodSandboxFilter, PodSandboxStatus, PullImageRequest, Result, Runtime, RuntimeCondition,
    RuntimeConfig, RuntimeError, RuntimeStatus, VersionInfo,
};

use crate::events::Events;
use crate::now;
use state::State;

/// How a simulated container ends by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SimulatedExit {
    /// Time from start to end.
    pub after: Duration,
    /// Exit code.
    pub exit_code: i32,
    /// Reason in the status; empty means `Completed` or `Error` by the exit code.
    pub reason: String,
}

/// What the simulation does beside pretending that all goes well.
#[derive(Debug, Clone, Default)]
pub struct SimulatedOptions {
    /// Images that can't be pulled, by reference as written, with the error.
    pub pull_failures: BTreeMap<String, RuntimeError>,
    /// Containers that can't be started, by container name.
    pub start_failures: BTreeMap<String, RuntimeError>,
    /// Containers that end by themselves, by container name.
    pub exits: BTreeMap<String, SimulatedExit>,
    /// Answers of commands, by the words of the command joined with spaces. Others succeed without output.
    pub exec_results: BTreeMap<String, ExecSyncResponse>,
    /// The runtime is not ready, and why.
    pub not_ready: Option<String>,
}

/// A runtime whose containers only pretend. See the module's text.
#[derive(Debug, Clone)]
pub struct SimulatedRuntime {
    state: Arc<Mutex<State>>,
    events: Events,
}

impl Default for SimulatedRuntime {
    fn default() -> Self {
        Self::new(SimulatedOptions::default())
    }
}

impl SimulatedRuntime {
    /// A runtime without sandboxes and images.
    pub fn new(options: SimulatedOptions) -> Self {
        let events = Events::default();
        Self {
            state: Arc::new(Mutex::new(State::new(options, events.clone()))),
            events,
        }
    }

    /// Changes what the simulation does from now on.
    pub fn configure(&self, change: impl FnOnce(&mut SimulatedOptions)) {
        change(&mut self.state.lock().options);
    }

    /// Ends a running container, as if its process had; returns whether it ran.
    pub fn finish_container(&self, id: &str, exit_code: i32, reason: &str) -> bool {
        self.state.lock().finish_container(id, exit_code, reason)
    }

    /// Image references asked of the registry so far, in order.
    pub fn pulls(&self) -> Vec<String> {
        self.state.lock().pulls.clone()
    }

    /// The configuration a container was created with.
    pub fn container_config(&self, id: &str) -> Option<ContainerConfig> {
        Some(self.state.lock().containers.get(id)?.config.clone())
    }

    fn require_running(&self, id: &str) -> Result<()> {
        let state = self.state.lock();
        let container = state.container(id)?;
        if container.status.container.state == ContainerState::Running {
            return Ok(());
        }
        Err(RuntimeError::FailedPrecondition(format!(
            "container {id} is not running"
        )))
    }

    fn exec_result(&self, cmd: &[String]) -> ExecSyncResponse {
        let results = &self.state.lock().options.exec_results;
        results.get(&cmd.join(" ")).cloned().unwrap_or_default()
    }
}

#[async_trait::async_trait]
impl Runtime for SimulatedRuntime {
    async fn version(&self) -> Result<VersionInfo> {
        Ok(VersionInfo {
            runtime_name: "simulated".into(),
            runtime_version: env!("CARGO_PKG_VERSION").into(),
        })
    }

    async fn status(&self) -> Result<RuntimeStatus> {
        let state = self.state.lock();
        let ready = RuntimeCondition {
            ready: true,
            ..Default::default()
        };
        let runtime = match &state.options.not_ready {
            None => ready.clone(),
            Some(message) => RuntimeCondition {
                ready: false,
                reason: "Simulated".into(),
                message: message.clone(),
            },
        };
        let network = match state.network {
            Some(_) => ready,
            None => RuntimeCondition {
                ready: false,
                reason: "NetworkPluginNotReady".into(),
                message: "pod CIDR is not known yet".into(),
            },
        };
        Ok(RuntimeStatus {
            runtime,
            network,
            notes: Vec::new(),
        })
    }

    async fn update_runtime_config(&self, config: RuntimeConfig) -> Result<()> {
        let network = config.pod_cidr.parse().map_err(|_| {
            RuntimeError::InvalidArgument(format!("invalid pod CIDR {:?}", config.pod_cidr))
        })?;
        self.state.lock().network = Some(network);
        Ok(())
    }

    fn events(&self) -> BoxStream<'static, ContainerEvent> {
        self.events.stream()
    }

    async fn run_pod_sandbox(&self, config: PodSandboxConfig) -> Result<String> {
        self.state.lock().run_sandbox(config)
    }

    async fn stop_pod_sandbox(&self, id: &str) -> Result<()> {
        self.state.lock().stop_sandbox(id);
        Ok(())
    }

    async fn remove_pod_sandbox(&self, id: &str) -> Result<()> {
        self.state.lock().remove_sandbox(id);
        Ok(())
    }

    async fn pod_sandbox_status(&self, id: &str) -> Result<PodSandboxStatus> {
        let state = self.state.lock();
        let sandbox = state
            .sandboxes
            .get(id)
            .ok_or_else(|| RuntimeError::no_sandbox(id))?;
        Ok(sandbox.status.clone())
    }

    async fn list_pod_sandboxes(&self, filter: PodSandboxFilter) -> Result<Vec<PodSandbox>> {
        let state = self.state.lock();
        let all = state
            .sandboxes
            .values()
            .map(|sandbox| &sandbox.status.sandbox);
        Ok(all
            .filter(|sandbox| filter.matches(sandbox))
            .cloned()
            .collect())
    }

    async fn create_container(
        &self,
        pod_sandbox_id: &str,
        config: ContainerConfig,
    ) -> Result<String> {
        self.state.lock().create_container(pod_sandbox_id, config)
    }

    async fn start_container(&self, id: &str) -> Result<()> {
        let exit = self.state.lock().start_container(id)?;
        if let Some(exit) = exit {
            // The task ends with the container or with the runtime: it holds no strong reference.
            let (state, id) = (Arc::downgrade(&self.state), id.to_owned());
            tokio::spawn(async move {
                tokio::time::sleep(exit.after).await;
                if let Some(state) = state.upgrade() {
                    state
                        .lock()
                        .finish_container(&id, exit.exit_code, &exit.reason);
                }
            });
        }
        Ok(())
    }

    async fn stop_container(&self, id: &str, _grace: Duration) -> Result<()> {
        // 143: a simulated process obeys SIGTERM at once.
        self.state.lock().finish_container(id, 143, "");
        Ok(())
    }

    async fn remove_container(&self, id: &str) -> Result<()> {
        self.state.lock().remove_container(id);
        Ok(())
    }

    async fn container_status(&self, id: &str) -> Result<ContainerStatus> {
        Ok(self.state.lock().container(id)?.status.clone())
    }

    async fn list_containers(&self, filter: ContainerFilter) -> Result<Vec<Container>> {
        let state = self.state.lock();
        let all = state
            .containers
            .values()
            .map(|container| &container.status.container);
        Ok(all
            .filter(|container| filter.matches(container))
            .cloned()
            .collect())
    }

    async fn update_container_resources(
        &self,
        id: &str,
        resources: LinuxContainerResources,
    ) -> Result<()> {
        self.state.lock().update_resources(id, resources)
    }

    async fn reopen_container_log(&self, id: &str) -> Result<()> {
        self.require_running(id)
    }

    async fn container_stats(&self, id: &str) -> Result<ContainerStats> {
        let state = self.state.lock();
        Ok(state.stats(state.container(id)?))
    }

    async fn list_container_stats(&self, filter: ContainerFilter) -> Result<Vec<ContainerStats>> {
        let state = self.state.lock();
        let wanted = state.containers.values().filter(|container| {
            let line = &container.status.container;
            line.state == ContainerState::Running && filter.matches(line)
        });
        Ok(wanted.map(|container| state.stats(container)).collect())
    }

    async fn exec_sync(
        &self,
        id: &str,
        cmd: Vec<String>,
        _timeout: Duration,
    ) -> Result<ExecSyncResponse> {
        self.require_running(id)?;
        Ok(self.exec_result(&cmd))
    }

    async fn exec(&self, id: &str, request: ExecRequest) -> Result<IoStreams> {
        self.require_running(id)?;
        Ok(streams::finished(&request, self.exec_result(&request.cmd)))
    }

    async fn attach(&self, id: &str, request: AttachRequest) -> Result<IoStreams> {
        self.require_running(id)?;
        Ok(streams::echo(&request))
    }

    async fn port_forward(&self, pod_sandbox_id: &str, _port: u16) -> Result<ByteStream> {
        self.pod_sandbox_status(pod_sandbox_id).await?;
        Ok(streams::echo_connection())
    }

    async fn list_images(&self) -> Result<Vec<Image>> {
        Ok(self.state.lock().images.values().cloned().collect())
    }

    async fn image_status(&self, image: &str) -> Result<Option<Image>> {
        Ok(self.state.lock().image(image).cloned())
    }

    async fn pull_image(&self, request: PullImageRequest) -> Result<String> {
        self.state.lock().pull(&request.image)
    }

    async fn remove_image(&self, image: &str) -> Result<()> {
        self.state.lock().remove_image(image);
        Ok(())
    }

    async fn image_fs_info(&self) -> Result<FilesystemUsage> {
        Ok(FilesystemUsage {
            mountpoint: "/".into(),
            timestamp: now(),
            used_bytes: 0,
            inodes_used: 0,
            capacity_bytes: 1 << 40,
            available_bytes: 1 << 40,
            inodes: 1 << 26,
            inodes_free: 1 << 26,
        })
    }
}

/// The `index`th address of `network` that a pod may have, wrapping around: simulated pods need no unique one.
fn pod_address(network: ipnet::IpNet, index: u32) -> IpAddr {
    match network {
        ipnet::IpNet::V4(net) => {
            let hosts = (u32::MAX >> net.prefix_len()).saturating_sub(2).max(1);
            IpAddr::V4((u32::from(net.network()) + 2 + index % hosts).into())
        }
        ipnet::IpNet::V6(net) => {
            IpAddr::V6((u128::from(net.network()) + 2 + u128::from(index)).into())
        }
    }
}

//! The embedded runtime: real containers on a bare machine, with nothing else installed.
//!
//! State that dies with the machine's power (sandboxes, addresses) is below `state`, which belongs on a tmpfs;
//! images and writable layers are below `root`. Both are read at the start, and shims that still run are found
//! again, so a restart of the agent leaves pods running.

mod container;
mod files;
mod inventory;
mod io;
mod recovery;
mod sandbox;
mod stats;
mod terminal;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::stream::BoxStream;
use parking_lot::Mutex;
use tokio::sync::RwLock;

use crate::events::Events;
use crate::host::Host;
use crate::image::{self, ImageRecord, ImageStore, Reference, Registries};
use crate::network::PodNetwork;
use crate::{
    AttachRequest, ByteStream, Container, ContainerConfig, ContainerEvent, ContainerFilter,
    ContainerStats, ContainerStatus, ExecRequest, ExecSyncResponse, FilesystemUsage, Image,
    IoStreams, LinuxContainerResources, PodSandbox, PodSandboxConfig, PodSandboxFilter,
    PodSandboxStatus, PullImageRequest, Result, Runtime, RuntimeCondition, RuntimeConfig,
    RuntimeError, RuntimeStatus, VersionInfo,
};

use inventory::Inventory;

/// Where the embedded runtime keeps its things, and what it is called in the kernel.
#[derive(Debug, Clone)]
pub struct EmbeddedConfig {
    /// Images and writable layers.
    pub root: PathBuf,
    /// Running state; on volatile storage.
    pub state: PathBuf,
    /// `registries.yaml`; read at every pull, so that changes need no restart.
    pub registries: Option<PathBuf>,
    /// cgroup that all pods' groups are below; empty for the root.
    pub cgroup_parent: String,
    /// Name of the bridge.
    pub bridge: String,
    /// The program to re-execute; its `main` calls [`crate::dispatch`] first.
    pub program: PathBuf,
}

impl Default for EmbeddedConfig {
    fn default() -> Self {
        Self {
            root: "/var/lib/knarr/runtime".into(),
            state: "/run/knarr/runtime".into(),
            registries: Some("/etc/knarr/registries.yaml".into()),
            cgroup_parent: String::new(),
            bridge: "knarr0".into(),
            program: "/proc/self/exe".into(),
        }
    }
}

/// The embedded runtime. See the module's text.
#[derive(Clone)]
pub struct EmbeddedRuntime {
    inner: Arc<Inner>,
}

/// What all verbs share.
struct Inner {
    config: EmbeddedConfig,
    host: Host,
    images: ImageStore,
    inventory: Mutex<Inventory>,
    network: RwLock<Option<Arc<PodNetwork>>>,
    events: Events,
    /// Pulls of one image come one after the other: those behind find its layers.
    pulls: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
    /// Making a group's parents and removing empty ones exclude each other.
    cgroup_parents: Mutex<()>,
}

impl EmbeddedRuntime {
    /// Opens the runtime: probes the host, finds the pods of an earlier process again, removes leftovers.
    pub async fn open(config: EmbeddedConfig) -> Result<Self> {
        for folder in [
            &config.root.join("containers"),
            &config.state.join("sandboxes"),
        ] {
            std::fs::create_dir_all(folder).map_err(|error| {
                RuntimeError::Internal(format!("create {}: {error}", folder.display()))
            })?;
        }
        let host = Host::probe()
            .map_err(|error| RuntimeError::Internal(format!("probe host: {error}")))?;
        let images = ImageStore::open(&config.root, &config.program)?;
        images.remove_leftovers();
        let inner = Arc::new(Inner {
            config,
            host,
            images,
            inventory: Mutex::default(),
            network: RwLock::default(),
            events: Events::default(),
            pulls: Mutex::default(),
            cgroup_parents: Mutex::default(),
        });
        recovery::recover(&inner).await;
        Ok(Self { inner })
    }

    /// Loads an image archive, as `knarr image import` does.
    pub async fn import_image(&self, archive: &Path) -> Result<Vec<Image>> {
        Ok(image::import_into(&self.inner.images, archive).await?)
    }
}

impl Inner {
    fn sandbox_folder(&self, id: &str) -> PathBuf {
        self.config.state.join("sandboxes").join(id)
    }

    /// Folder of a container's writable layer.
    fn writable_folder(&self, id: &str) -> PathBuf {
        self.config.root.join("containers").join(id)
    }

    /// The lock of an image's pulls. Locks that nobody holds are forgotten.
    fn pull_turn(&self, image: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut pulls = self.pulls.lock();
        pulls.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = pulls.get(image).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        pulls.insert(image.to_owned(), Arc::downgrade(&turn));
        turn
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.host.notes();
        if crate::overlay::must_copy(&self.config.root) {
            let root = self.config.root.display();
            notes.push(format!(
                "{root} is on an overlay file system itself: layers are copied for every container"
            ));
        }
        notes
    }

    fn image(&self, image: &str) -> Result<ImageRecord> {
        let found = self.images.find(image)?;
        found.ok_or_else(|| RuntimeError::no_image(image))
    }
}

#[async_trait::async_trait]
impl Runtime for EmbeddedRuntime {
    async fn version(&self) -> Result<VersionInfo> {
        Ok(VersionInfo {
            runtime_name: "knarr".into(),
            runtime_version: env!("CARGO_PKG_VERSION").into(),
        })
    }

    async fn status(&self) -> Result<RuntimeStatus> {
        let ready = RuntimeCondition {
            ready: true,
            ..Default::default()
        };
        let network = match *self.inner.network.read().await {
            Some(_) => ready.clone(),
            None => RuntimeCondition {
                ready: false,
                reason: "NetworkPluginNotReady".into(),
                message: "Network plugin returns error: cni plugin not initialized: the node has no pod CIDR yet".into(),
            },
        };
        Ok(RuntimeStatus {
            runtime: ready,
            network,
            notes: self.inner.notes(),
        })
    }

    async fn update_runtime_config(&self, config: RuntimeConfig) -> Result<()> {
        self.inner.set_pod_cidr(&config.pod_cidr).await
    }

    fn events(&self) -> BoxStream<'static, ContainerEvent> {
        self.inner.events.stream()
    }

    async fn run_pod_sandbox(&self, config: PodSandboxConfig) -> Result<String> {
        self.inner.run_sandbox(config).await
    }

    async fn stop_pod_sandbox(&self, id: &str) -> Result<()> {
        self.inner.stop_sandbox(id).await
    }

    async fn remove_pod_sandbox(&self, id: &str) -> Result<()> {
        self.inner.remove_sandbox(id).await
    }

    async fn pod_sandbox_status(&self, id: &str) -> Result<PodSandboxStatus> {
        self.inner
            .inventory
            .lock()
            .sandbox(id)
            .map(|entry| entry.status())
    }

    async fn list_pod_sandboxes(&self, filter: PodSandboxFilter) -> Result<Vec<PodSandbox>> {
        let inventory = self.inner.inventory.lock();
        let all = inventory.sandboxes.values().map(|entry| entry.line());
        Ok(all.filter(|line| filter.matches(line)).collect())
    }

    async fn create_container(
        &self,
        pod_sandbox_id: &str,
        config: ContainerConfig,
    ) -> Result<String> {
        self.inner.create_container(pod_sandbox_id, config)
    }

    async fn start_container(&self, id: &str) -> Result<()> {
        self.inner.start_container(id).await
    }

    async fn stop_container(&self, id: &str, grace: Duration) -> Result<()> {
        self.inner.stop_container(id, grace).await
    }

    async fn remove_container(&self, id: &str) -> Result<()> {
        self.inner.remove_container(id).await
    }

    async fn container_status(&self, id: &str) -> Result<ContainerStatus> {
        self.inner
            .inventory
            .lock()
            .container(id)
            .map(|entry| entry.status())
    }

    async fn list_containers(&self, filter: ContainerFilter) -> Result<Vec<Container>> {
        let inventory = self.inner.inventory.lock();
        let all = inventory.containers.values().map(|entry| entry.line());
        Ok(all.filter(|line| filter.matches(line)).collect())
    }

    async fn update_container_resources(
        &self,
        id: &str,
        resources: LinuxContainerResources,
    ) -> Result<()> {
        self.inner.update_resources(id, resources)
    }

    async fn reopen_container_log(&self, id: &str) -> Result<()> {
        self.inner.reopen_log(id).await
    }

    async fn container_stats(&self, id: &str) -> Result<ContainerStats> {
        self.inner.container_stats(id).await
    }

    async fn list_container_stats(&self, filter: ContainerFilter) -> Result<Vec<ContainerStats>> {
        self.inner.list_stats(&filter).await
    }

    async fn exec_sync(
        &self,
        id: &str,
        cmd: Vec<String>,
        timeout: Duration,
    ) -> Result<ExecSyncResponse> {
        self.inner.exec_sync(id, cmd, timeout).await
    }

    async fn exec(&self, id: &str, request: ExecRequest) -> Result<IoStreams> {
        self.inner.exec(id, &request).await
    }

    async fn attach(&self, id: &str, request: AttachRequest) -> Result<IoStreams> {
        self.inner.attach(id, &request).await
    }

    async fn port_forward(&self, pod_sandbox_id: &str, port: u16) -> Result<ByteStream> {
        self.inner.port_forward(pod_sandbox_id, port).await
    }

    async fn list_images(&self) -> Result<Vec<Image>> {
        let images = self.inner.images.images()?;
        Ok(images.iter().map(ImageRecord::to_image).collect())
    }

    async fn image_status(&self, image: &str) -> Result<Option<Image>> {
        let found = self.inner.images.find(image)?;
        Ok(found.map(|record| record.to_image()))
    }

    async fn pull_image(&self, request: PullImageRequest) -> Result<String> {
        let reference = Reference::parse(&request.image)?;
        let registries = match &self.inner.config.registries {
            Some(path) => Registries::load(path)?,
            None => Registries::default(),
        };
        let auth = request.auth.as_ref();
        let turn = self.inner.pull_turn(&reference.to_string());
        let _turn = turn.lock().await;
        Ok(image::pull(&self.inner.images, &registries, &reference, auth).await?)
    }

    async fn remove_image(&self, image: &str) -> Result<()> {
        let (store, image) = (self.inner.images.clone(), image.to_owned());
        let removed = tokio::task::spawn_blocking(move || store.remove(&image)).await;
        let removed = removed.map_err(|error| RuntimeError::Internal(error.to_string()))?;
        removed.map(|_| ()).map_err(Into::into)
    }

    async fn image_fs_info(&self) -> Result<FilesystemUsage> {
        self.inner.image_fs_info()
    }
}

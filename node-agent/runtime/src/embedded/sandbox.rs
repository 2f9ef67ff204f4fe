//! Pod sandboxes: a shim, a cgroup, a network address and a few files.

use std::fs;
use std::sync::Arc;

use ipnet::IpNet;

use super::inventory::{SANDBOX_FILE, SandboxEntry, SandboxRecord};
use super::{Inner, files, recovery};
use crate::network::{self, NetworkError, PodNetwork};
use crate::shim::client::ShimClient;
use crate::shim::protocol::Request;
use crate::shim::{CONTAINERS, ShimConfig, Started, write_json};
use crate::{
    ContainerEventKind, ContainerState, NamespaceMode, PodSandboxConfig, Result, RuntimeError,
};

/// oom_score_adj of shims, as containerd's: below the agent's, so that exit codes are not lost first.
const SHIM_OOM_SCORE: i64 = -998;

impl From<NetworkError> for RuntimeError {
    fn from(error: NetworkError) -> Self {
        match error {
            NetworkError::InvalidCidr(_) => Self::InvalidArgument(error.to_string()),
            other => Self::Internal(format!("failed to setup network for sandbox: {other}")),
        }
    }
}

impl Inner {
    /// Brings the pod network up for a CIDR.
    pub(super) async fn set_pod_cidr(&self, cidr: &str) -> Result<()> {
        let cidr: IpNet = cidr
            .trim()
            .parse()
            .map_err(|_| NetworkError::InvalidCidr(cidr.to_owned()))?;
        let mut network = self.network.write().await;
        if network
            .as_ref()
            .is_some_and(|network| network.cidr() == cidr.trunc())
        {
            return Ok(());
        }
        let opened = PodNetwork::open(&self.config.bridge, cidr, self.config.state.join("ipam"));
        let opened = Arc::new(opened.await?);
        opened.retain(|sandbox| self.inventory.lock().sandboxes.contains_key(sandbox));
        *network = Some(opened);
        Ok(())
    }

    pub(super) async fn run_sandbox(self: &Arc<Self>, config: PodSandboxConfig) -> Result<String> {
        let record = self.claim_sandbox(config)?;
        let id = record.id.clone();
        match self.set_up_sandbox(record).await {
            Ok(()) => {
                self.emit(ContainerEventKind::Started, &id, "");
                Ok(id)
            }
            Err(error) => {
                self.tear_down(&id).await;
                self.delete_sandbox(&id).await;
                Err(error)
            }
        }
    }

    /// Enters a new sandbox, so that no other takes its name.
    fn claim_sandbox(&self, config: PodSandboxConfig) -> Result<SandboxRecord> {
        let metadata = &config.metadata;
        if metadata.name.is_empty() || metadata.uid.is_empty() {
            return Err(RuntimeError::InvalidArgument(
                "sandbox metadata needs a name and a uid".into(),
            ));
        }
        let mut inventory = self.inventory.lock();
        let same = |entry: &SandboxEntry| {
            let other = &entry.record.config.metadata;
            other.uid == metadata.uid && other.attempt == metadata.attempt
        };
        if let Some(other) = inventory.sandboxes.values().find(|entry| same(entry)) {
            return Err(RuntimeError::AlreadyExists(format!(
                "name \"{}_{}_{}_{}\" is reserved for \"{}\"",
                metadata.name, metadata.namespace, metadata.uid, metadata.attempt, other.record.id
            )));
        }
        let group = match config.linux.cgroup_parent.as_str() {
            "" => format!("knarr/{}", metadata.uid),
            parent => parent.trim_matches('/').to_owned(),
        };
        let parent = self.config.cgroup_parent.trim_matches('/');
        let record = SandboxRecord {
            id: crate::new_id(),
            cgroup: format!("{parent}/{group}").trim_matches('/').to_owned(),
            config,
            created_at: crate::now(),
            ..Default::default()
        };
        let entry = SandboxEntry {
            record: record.clone(),
            shim: None,
            listener: None,
        };
        inventory.sandboxes.insert(record.id.clone(), entry);
        Ok(record)
    }

    async fn set_up_sandbox(self: &Arc<Self>, mut record: SandboxRecord) -> Result<()> {
        let (id, folder) = (record.id.clone(), self.sandbox_folder(&record.id));
        let failed = |step: &str, error: &dyn std::fmt::Display| {
            RuntimeError::Internal(format!("failed to create sandbox: {step}: {error}"))
        };
        fs::create_dir_all(folder.join(CONTAINERS)).map_err(|e| failed("folder", &e))?;
        write_json(&folder.join(SANDBOX_FILE), &record).map_err(|e| failed("record", &e))?;
        self.create_pod_cgroup(&record)?;
        let network = self.network.read().await.clone();
        let own_network = record.config.linux.namespace_options.network != NamespaceMode::Node;
        let network = match (own_network, network) {
            (false, _) => None,
            (true, Some(network)) => Some(network),
            (true, None) => {
                return Err(RuntimeError::FailedPrecondition(
                    "cni plugin not initialized: the node has no pod CIDR yet".into(),
                ));
            }
        };
        let config = self.shim_config(&record);
        let (_, started) = ShimClient::spawn(&self.config.program, &folder, &config).await?;
        let pid = started.pid;
        self.inventory.lock().sandbox_mut(&id)?.shim = Some(started);
        if let Some(network) = network {
            record.ips = vec![network.attach(&id, pid).await?.to_string()];
        }
        files::write(&folder, &record.config, &record.ips).map_err(|e| failed("files", &e))?;
        record.complete = true;
        write_json(&folder.join(SANDBOX_FILE), &record).map_err(|e| failed("record", &e))?;
        self.inventory.lock().sandbox_mut(&id)?.record = record;
        recovery::listen(self, &id).await
    }

    fn shim_config(&self, record: &SandboxRecord) -> ShimConfig {
        let (config, linux) = (&record.config, &record.config.linux);
        let options = &linux.namespace_options;
        let own_network = options.network != NamespaceMode::Node;
        let own_ipc = options.ipc != NamespaceMode::Node;
        ShimConfig {
            hostname: config.hostname.clone(),
            own_network,
            own_ipc,
            shared_pids: options.pid == NamespaceMode::Pod,
            own_mounts: !linux.privileged,
            sysctls: linux.sysctls.clone(),
            shm: match own_ipc {
                true => files::locate(&self.sandbox_folder(&record.id), config).shm,
                false => Default::default(),
            },
            oom_score_adj: self.host.clamped_oom_score(SHIM_OOM_SCORE),
        }
    }

    fn create_pod_cgroup(&self, record: &SandboxRecord) -> Result<()> {
        let linux = &record.config.linux;
        let _guard = self.cgroup_parents.lock();
        let cgroups = &self.host.cgroups;
        let made = cgroups.create(&record.cgroup).and_then(|()| {
            crate::cgroup::apply(cgroups, &record.cgroup, &linux.resources, linux.pids_limit)
        });
        made.map_err(|error| RuntimeError::Internal(error.to_string()))
    }

    pub(super) async fn stop_sandbox(&self, id: &str) -> Result<()> {
        let containers = {
            let mut inventory = self.inventory.lock();
            let Ok(entry) = inventory.sandbox_mut(id) else {
                return Ok(());
            };
            // From here on no container can be created in it.
            entry.record.stopped = true;
            let _ = write_json(&self.sandbox_folder(id).join(SANDBOX_FILE), &entry.record);
            inventory.containers_of(id)
        };
        for container in containers {
            self.kill_container(&container).await?;
        }
        let was_running = self.tear_down(id).await;
        if was_running {
            self.emit(ContainerEventKind::Stopped, id, "");
        }
        Ok(())
    }

    pub(super) async fn remove_sandbox(&self, id: &str) -> Result<()> {
        if self.inventory.lock().sandbox(id).is_err() {
            return Ok(());
        }
        self.stop_sandbox(id).await?;
        let containers = self.inventory.lock().containers_of(id);
        for container in containers {
            self.remove_container(&container).await?;
        }
        self.emit(ContainerEventKind::Deleted, id, "");
        self.delete_sandbox(id).await;
        Ok(())
    }

    /// Ends the shim and releases the address. Returns whether there was a shim.
    async fn tear_down(&self, id: &str) -> bool {
        let shim = self
            .inventory
            .lock()
            .sandbox_mut(id)
            .ok()
            .and_then(|entry| {
                if let Some(listener) = entry.listener.take() {
                    listener.abort();
                }
                entry.shim.take()
            });
        if let Some(started) = &shim {
            self.end_shim(id, started).await;
        }
        if let Some(network) = self.network.read().await.clone() {
            let id = id.to_owned();
            // Deleting an interface takes the kernel tens of milliseconds, and nobody waits for it.
            tokio::spawn(async move { network.detach(&id).await });
        } else {
            network::detach(id).await;
        }
        shim.is_some()
    }

    async fn end_shim(&self, id: &str, started: &Started) {
        let client = ShimClient::new(&self.sandbox_folder(id));
        // A shim that does not answer is gone; what it held goes below.
        let _ = client.request(&Request::Shutdown, &[]).await;
        started.kill_pause();
    }

    /// Removes what is left of a sandbox.
    async fn delete_sandbox(&self, id: &str) {
        let entry = self.inventory.lock().sandboxes.remove(id);
        let folder = self.sandbox_folder(id);
        // Only pods without a mount namespace of their own have left a mount here.
        let _ = nix::mount::umount2(&folder.join("shm"), nix::mount::MntFlags::MNT_DETACH);
        if let Err(error) = fs::remove_dir_all(&folder)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(sandbox = id, %error, "sandbox folder is left");
        }
        if let Some(entry) = entry {
            self.remove_pod_cgroup(entry.record.cgroup).await;
        }
    }

    /// Removes a pod's cgroup and the empty ones above it, unless another attempt of the pod lives in it.
    pub(super) async fn remove_pod_cgroup(&self, group: String) {
        let in_use = {
            let inventory = self.inventory.lock();
            let mut others = inventory.sandboxes.values();
            others.any(|other| other.record.cgroup == group)
        };
        if !in_use {
            self.remove_cgroup(group.clone()).await;
            let _guard = self.cgroup_parents.lock();
            self.host.cgroups.remove_empty_parents(&group);
        }
    }

    /// Removes a cgroup, off the async threads as it may wait for processes to die.
    pub(super) async fn remove_cgroup(&self, group: String) {
        let cgroups = self.host.cgroups.clone();
        let removed = group.clone();
        let outcome = tokio::task::spawn_blocking(move || cgroups.remove(&removed)).await;
        if let Ok(Err(error)) = outcome {
            tracing::warn!(group, %error, "cgroup is left");
        }
    }

    /// Tells all listeners of a change.
    pub(super) fn emit(&self, kind: ContainerEventKind, sandbox: &str, container: &str) {
        let inventory = self.inventory.lock();
        let entry = inventory.sandbox(sandbox);
        let uid = entry.map(|entry| entry.record.config.metadata.uid.clone());
        self.events
            .emit(kind, sandbox, &uid.unwrap_or_default(), container);
    }

    /// Whether a container's process runs.
    pub(super) fn is_running(&self, id: &str) -> bool {
        let inventory = self.inventory.lock();
        inventory
            .container(id)
            .is_ok_and(|entry| entry.state() == ContainerState::Running)
    }
}

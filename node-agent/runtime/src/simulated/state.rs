//! What the simulated runtime remembers, and the rules of CRI about which verb is allowed when.

use std::collections::BTreeMap;

use ipnet::IpNet;
use sha2::{Digest as _, Sha256};

use super::{SimulatedExit, SimulatedOptions, pod_address};
use crate::events::Events;
use crate::now;
use crate::{
    Container, ContainerConfig, ContainerEventKind, ContainerState, ContainerStats,
    ContainerStatus, Image, LinuxContainerResources, NamespaceMode, PodSandbox, PodSandboxConfig,
    PodSandboxState, PodSandboxStatus, Result, RuntimeError,
};

/// A simulated sandbox.
#[derive(Debug)]
pub(super) struct SimulatedSandbox {
    pub(super) status: PodSandboxStatus,
    log_directory: std::path::PathBuf,
}

/// A simulated container.
#[derive(Debug)]
pub(super) struct SimulatedContainer {
    pub(super) status: ContainerStatus,
    pub(super) config: ContainerConfig,
}

/// Everything the simulation remembers.
#[derive(Debug)]
pub(super) struct State {
    pub(super) options: SimulatedOptions,
    pub(super) network: Option<IpNet>,
    pub(super) sandboxes: BTreeMap<String, SimulatedSandbox>,
    pub(super) containers: BTreeMap<String, SimulatedContainer>,
    pub(super) images: BTreeMap<String, Image>,
    pub(super) pulls: Vec<String>,
    events: Events,
    next_address: u32,
}

impl State {
    pub(super) fn new(options: SimulatedOptions, events: Events) -> Self {
        Self {
            options,
            network: None,
            sandboxes: BTreeMap::new(),
            containers: BTreeMap::new(),
            images: BTreeMap::new(),
            pulls: Vec::new(),
            events,
            next_address: 0,
        }
    }

    pub(super) fn container(&self, id: &str) -> Result<&SimulatedContainer> {
        self.containers
            .get(id)
            .ok_or_else(|| RuntimeError::no_container(id))
    }

    fn emit(&self, kind: ContainerEventKind, sandbox: &str, container: &str) {
        let sandbox_entry = self.sandboxes.get(sandbox);
        let uid = sandbox_entry.map(|entry| entry.status.sandbox.metadata.uid.as_str());
        self.events
            .emit(kind, sandbox, uid.unwrap_or_default(), container);
    }

    pub(super) fn run_sandbox(&mut self, config: PodSandboxConfig) -> Result<String> {
        if config.metadata.name.is_empty() || config.metadata.uid.is_empty() {
            return Err(RuntimeError::InvalidArgument(
                "sandbox metadata needs a name and a uid".into(),
            ));
        }
        let taken = |sandbox: &SimulatedSandbox| {
            let other = &sandbox.status.sandbox.metadata;
            other.uid == config.metadata.uid && other.attempt == config.metadata.attempt
        };
        if self.sandboxes.values().any(taken) {
            let (name, attempt) = (&config.metadata.name, config.metadata.attempt);
            return Err(RuntimeError::AlreadyExists(format!(
                "sandbox of pod {name} with attempt {attempt} exists"
            )));
        }
        let options = config.linux.namespace_options.clone();
        let mut ips = Vec::new();
        if options.network != NamespaceMode::Node {
            let network = self.network.ok_or_else(|| {
                RuntimeError::FailedPrecondition("the pod network is not ready".into())
            })?;
            ips.push(pod_address(network, self.next_address).to_string());
            self.next_address = self.next_address.wrapping_add(1);
        }
        let id = crate::new_id();
        let sandbox = PodSandbox {
            id: id.clone(),
            metadata: config.metadata,
            state: PodSandboxState::Ready,
            created_at: now(),
            labels: config.labels,
            annotations: config.annotations,
        };
        let status = PodSandboxStatus {
            sandbox,
            ips,
            namespace_options: options,
            network_namespace: String::new(),
        };
        let log_directory = config.log_directory;
        self.sandboxes.insert(
            id.clone(),
            SimulatedSandbox {
                status,
                log_directory,
            },
        );
        self.emit(ContainerEventKind::Started, &id, "");
        Ok(id)
    }

    pub(super) fn stop_sandbox(&mut self, id: &str) {
        for container in self.containers_of(id) {
            self.finish_container(&container, 137, "");
        }
        let Some(sandbox) = self.sandboxes.get_mut(id) else {
            return;
        };
        if sandbox.status.sandbox.state == PodSandboxState::Ready {
            sandbox.status.sandbox.state = PodSandboxState::NotReady;
            self.emit(ContainerEventKind::Stopped, id, "");
        }
    }

    pub(super) fn remove_sandbox(&mut self, id: &str) {
        self.stop_sandbox(id);
        for container in self.containers_of(id) {
            self.remove_container(&container);
        }
        if self.sandboxes.contains_key(id) {
            self.emit(ContainerEventKind::Deleted, id, "");
            self.sandboxes.remove(id);
        }
    }

    fn containers_of(&self, sandbox: &str) -> Vec<String> {
        let all = self.containers.values();
        all.filter(|container| container.status.container.pod_sandbox_id == sandbox)
            .map(|container| container.status.container.id.clone())
            .collect()
    }

    pub(super) fn create_container(
        &mut self,
        sandbox_id: &str,
        config: ContainerConfig,
    ) -> Result<String> {
        let sandbox = self
            .sandboxes
            .get(sandbox_id)
            .ok_or_else(|| RuntimeError::no_sandbox(sandbox_id))?;
        if sandbox.status.sandbox.state != PodSandboxState::Ready {
            return Err(RuntimeError::FailedPrecondition(format!(
                "sandbox {sandbox_id} is not ready"
            )));
        }
        let image = self
            .image(&config.image)
            .ok_or_else(|| RuntimeError::no_image(&config.image))?
            .clone();
        let taken = self.containers_of(sandbox_id).iter().any(|id| {
            self.containers
                .get(id)
                .is_some_and(|container| container.config.metadata == config.metadata)
        });
        if taken {
            let name = &config.metadata.name;
            return Err(RuntimeError::AlreadyExists(format!(
                "container {name} with this attempt exists"
            )));
        }
        let id = crate::new_id();
        let log_path = match config.log_path.as_os_str().is_empty() {
            true => Default::default(),
            false => sandbox.log_directory.join(&config.log_path),
        };
        let container = Container {
            id: id.clone(),
            pod_sandbox_id: sandbox_id.to_owned(),
            metadata: config.metadata.clone(),
            image: config.image.clone(),
            image_ref: image.repo_digests.first().unwrap_or(&image.id).clone(),
            state: ContainerState::Created,
            created_at: now(),
            labels: config.labels.clone(),
            annotations: config.annotations.clone(),
        };
        let status = ContainerStatus {
            container,
            log_path,
            mounts: config.mounts.clone(),
            resources: config.resources.clone(),
            stop_signal: "SIGTERM".into(),
            ..Default::default()
        };
        self.containers
            .insert(id.clone(), SimulatedContainer { status, config });
        self.emit(ContainerEventKind::Created, sandbox_id, &id);
        Ok(id)
    }

    pub(super) fn start_container(&mut self, id: &str) -> Result<Option<SimulatedExit>> {
        let container = self
            .containers
            .get_mut(id)
            .ok_or_else(|| RuntimeError::no_container(id))?;
        if container.status.container.state != ContainerState::Created {
            return Err(RuntimeError::FailedPrecondition(format!(
                "container {id} is not in created state"
            )));
        }
        let name = container.config.metadata.name.clone();
        let sandbox = container.status.container.pod_sandbox_id.clone();
        if let Some(error) = self.options.start_failures.get(&name) {
            let status = &mut container.status;
            status.container.state = ContainerState::Exited;
            status.finished_at = now();
            status.exit_code = 128;
            status.reason = "StartError".into();
            status.message = error.to_string();
            return Err(error.clone());
        }
        container.status.container.state = ContainerState::Running;
        container.status.started_at = now();
        self.emit(ContainerEventKind::Started, &sandbox, id);
        Ok(self.options.exits.get(&name).cloned())
    }

    pub(super) fn finish_container(&mut self, id: &str, exit_code: i32, reason: &str) -> bool {
        let Some(container) = self.containers.get_mut(id) else {
            return false;
        };
        let status = &mut container.status;
        if status.container.state != ContainerState::Running {
            return false;
        }
        status.container.state = ContainerState::Exited;
        status.finished_at = now();
        status.exit_code = exit_code;
        status.reason = match (reason, exit_code) {
            ("", 0) => "Completed".into(),
            ("", _) => "Error".into(),
            (reason, _) => reason.into(),
        };
        let sandbox = status.container.pod_sandbox_id.clone();
        self.emit(ContainerEventKind::Stopped, &sandbox, id);
        true
    }

    pub(super) fn remove_container(&mut self, id: &str) {
        self.finish_container(id, 137, "");
        if let Some(container) = self.containers.remove(id) {
            self.emit(
                ContainerEventKind::Deleted,
                &container.status.container.pod_sandbox_id,
                id,
            );
        }
    }

    pub(super) fn update_resources(
        &mut self,
        id: &str,
        resources: LinuxContainerResources,
    ) -> Result<()> {
        let container = self
            .containers
            .get_mut(id)
            .ok_or_else(|| RuntimeError::no_container(id))?;
        let state = container.status.container.state;
        if !matches!(state, ContainerState::Created | ContainerState::Running) {
            return Err(RuntimeError::FailedPrecondition(format!(
                "container {id} has ended"
            )));
        }
        container.status.resources = resources;
        Ok(())
    }

    pub(super) fn stats(&self, container: &SimulatedContainer) -> ContainerStats {
        let line = &container.status.container;
        ContainerStats {
            id: line.id.clone(),
            pod_sandbox_id: line.pod_sandbox_id.clone(),
            metadata: line.metadata.clone(),
            labels: line.labels.clone(),
            timestamp: now(),
            ..Default::default()
        }
    }

    pub(super) fn image(&self, reference: &str) -> Option<&Image> {
        self.images.values().find(|image| {
            image.id == reference
                || image.repo_tags.iter().any(|tag| tag == reference)
                || image.repo_digests.iter().any(|digest| digest == reference)
        })
    }

    pub(super) fn pull(&mut self, reference: &str) -> Result<String> {
        self.pulls.push(reference.to_owned());
        if let Some(error) = self.options.pull_failures.get(reference) {
            return Err(error.clone());
        }
        let digest = format!(
            "sha256:{}",
            crate::hexadecimal(&Sha256::digest(reference.as_bytes()))
        );
        let name = reference.split('@').next().unwrap_or(reference);
        let image = Image {
            id: digest.clone(),
            repo_tags: vec![reference.to_owned()],
            repo_digests: vec![format!("{name}@{digest}")],
            ..Default::default()
        };
        self.images.insert(digest.clone(), image);
        Ok(digest)
    }

    pub(super) fn remove_image(&mut self, reference: &str) {
        if let Some(id) = self.image(reference).map(|image| image.id.clone()) {
            self.images.remove(&id);
        }
    }
}

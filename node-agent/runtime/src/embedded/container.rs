//! Containers: created on disk by the agent, run by the shim.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::inventory::{CONTAINER_FILE, ContainerEntry, ContainerRecord, SandboxEntry, state_of};
use super::{Inner, files};
use crate::image::{ImageRecord, Reference, RunConfig};
use crate::shim::client::ShimClient;
use crate::shim::protocol::Request;
use crate::shim::{CONTAINERS, LAUNCH_FILE, ProcessStatus, write_json};
use crate::spec::{self, Launch, SpecInput, UserRequest};
use crate::{
    ContainerConfig, ContainerEventKind, ContainerState, LinuxContainerResources, NamespaceMode,
    Result, RuntimeError,
};

/// The library's state, in the sandbox's folder.
const LIBRARY_STATE: &str = "oci";
/// Longest wait for a process after SIGKILL; one in an uninterruptible call can't be waited for.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);

impl Inner {
    /// Folder of a container's state.
    pub(super) fn container_folder(&self, sandbox: &str, id: &str) -> PathBuf {
        self.sandbox_folder(sandbox).join(CONTAINERS).join(id)
    }

    /// The shim of a container.
    pub(super) fn shim_of(&self, id: &str) -> Result<ShimClient> {
        let inventory = self.inventory.lock();
        let sandbox = &inventory.container(id)?.record.sandbox;
        Ok(ShimClient::new(&self.sandbox_folder(sandbox)))
    }

    pub(super) fn create_container(
        &self,
        sandbox: &str,
        config: ContainerConfig,
    ) -> Result<String> {
        let image = self.image(&config.image)?;
        let run = self.images.config(&image.id)?.config;
        if let Some(mount) = spec::missing_source(&config.mounts) {
            let path = &mount.host_path;
            return Err(RuntimeError::InvalidArgument(format!(
                "failed to generate container spec: failed to stat {path:?}: stat {path}: no such file or directory"
            )));
        }
        let mut inventory = self.inventory.lock();
        let entry = inventory.sandbox(sandbox)?;
        if !entry.is_ready() {
            return Err(RuntimeError::FailedPrecondition(format!(
                "sandbox container {sandbox:?} is not running"
            )));
        }
        let siblings = inventory.containers_of(sandbox);
        let same = |id: &&String| {
            let other = inventory.container(id);
            other.is_ok_and(|other| other.record.config.metadata == config.metadata)
        };
        if let Some(other) = siblings.iter().find(same) {
            return Err(RuntimeError::AlreadyExists(format!(
                "name \"{}_{}\" is reserved for {other:?}",
                config.metadata.name, config.metadata.attempt
            )));
        }
        let target = self.target_pid(&inventory, &config)?;
        let (record, launch) = self.describe(entry, config, &image, &run, target)?;
        let id = record.id.clone();
        if let Err(error) = self.write_container(&record, &launch) {
            self.delete_container_files(sandbox, &id);
            return Err(RuntimeError::Internal(format!(
                "failed to create container: {error}"
            )));
        }
        let process = ProcessStatus::default();
        inventory
            .containers
            .insert(id.clone(), ContainerEntry { record, process });
        drop(inventory);
        self.emit(ContainerEventKind::Created, sandbox, &id);
        Ok(id)
    }

    /// The process whose PID namespace an ephemeral container joins.
    fn target_pid(
        &self,
        inventory: &super::Inventory,
        config: &ContainerConfig,
    ) -> Result<Option<i32>> {
        let options = &config.security_context.namespace_options;
        if options.pid != NamespaceMode::Target {
            return Ok(None);
        }
        let target = inventory.container(&options.target_id)?;
        match target.state() {
            ContainerState::Running => Ok(Some(target.process.pid)),
            _ => Err(RuntimeError::FailedPrecondition(format!(
                "target container {:?} is not running",
                options.target_id
            ))),
        }
    }

    /// The record and the launch file of a new container.
    fn describe(
        &self,
        sandbox: &SandboxEntry,
        config: ContainerConfig,
        image: &ImageRecord,
        run: &RunConfig,
        target_pid: Option<i32>,
    ) -> Result<(ContainerRecord, Launch)> {
        let id = crate::new_id();
        let pod = &sandbox.record.config;
        let group = format!("{}/{id}", sandbox.record.cgroup);
        let options = &config.security_context.namespace_options;
        let pause = sandbox.shim.as_ref().and_then(|shim| shim.pause_pid);
        let joined = match options.pid {
            NamespaceMode::Pod => pause,
            _ => target_pid,
        };
        let files = files::locate(&self.sandbox_folder(&sandbox.record.id), pod);
        let document = spec::build(&SpecInput {
            config: &config,
            image: run,
            host: &self.host,
            files: &files,
            hostname: &hostname_of(&pod.hostname),
            cgroup: &format!("/{group}"),
            pid_namespace: joined.map(|pid| format!("/proc/{pid}/ns/pid")),
        })?;
        let log_path = match config.log_path.as_os_str().is_empty() {
            true => PathBuf::new(),
            false => pod.log_directory.join(&config.log_path),
        };
        let launch = Launch {
            spec: document,
            user: UserRequest::new(&config.security_context, &run.user),
            layers_root: self.images.layers_root(),
            layers: image.layers.clone(),
            writable: self.writable_folder(&id),
            log_path: log_path.clone(),
            stdin: config.stdin,
            stdin_once: config.stdin_once,
            tty: config.tty,
            cgroup: group.clone(),
            resources: config.resources.clone(),
            seccomp: match config.security_context.privileged {
                true => Default::default(),
                false => config.security_context.seccomp.clone(),
            },
            own_pids: joined.is_none() && options.pid != NamespaceMode::Node,
        };
        let record = ContainerRecord {
            id,
            sandbox: sandbox.record.id.clone(),
            image_ref: image_ref(image, &config),
            stop_signal: stop_signal(&config, run),
            config,
            created_at: crate::now(),
            log_path,
            cgroup: group,
        };
        Ok((record, launch))
    }

    fn write_container(&self, record: &ContainerRecord, launch: &Launch) -> std::io::Result<()> {
        // The list of layers first: from then on no collection of garbage takes them.
        fs::create_dir_all(launch.writable.join("upper"))?;
        fs::create_dir_all(launch.writable.join("work"))?;
        write_json(
            &launch.writable.join(crate::image::CONTAINER_LAYERS),
            &launch.layers,
        )?;
        let folder = self.container_folder(&record.sandbox, &record.id);
        fs::create_dir_all(folder.join("rootfs"))?;
        write_json(&folder.join(LAUNCH_FILE), launch)?;
        write_json(&folder.join(CONTAINER_FILE), record)
    }

    pub(super) async fn start_container(&self, id: &str) -> Result<()> {
        let sandbox = {
            let inventory = self.inventory.lock();
            let entry = inventory.container(id)?;
            if entry.state() != ContainerState::Created {
                return Err(RuntimeError::FailedPrecondition(format!(
                    "container {id:?} is in {:?} state",
                    entry.state()
                )));
            }
            entry.record.sandbox.clone()
        };
        let container = id.to_owned();
        let outcome = self
            .shim_of(id)?
            .request(&Request::Start { container }, &[])
            .await;
        let folder = self.container_folder(&sandbox, id);
        match (ProcessStatus::read(&folder), &outcome) {
            (Some(process), _) => self.apply_status(id, process),
            (None, Err(error)) => {
                self.apply_status(id, ProcessStatus::not_started(&error.to_string()));
            }
            (None, Ok(_)) => {}
        }
        outcome
            .map(|_| ())
            .map_err(|error| RuntimeError::Internal(format!("failed to start container: {error}")))
    }

    /// Takes over what a status file says, and tells of the changes it means.
    pub(super) fn apply_status(&self, id: &str, process: ProcessStatus) {
        let (before, sandbox) = {
            let mut inventory = self.inventory.lock();
            let Some(entry) = inventory.containers.get_mut(id) else {
                return;
            };
            let before = entry.state();
            if before == ContainerState::Exited {
                return;
            }
            entry.process = process.clone();
            (before, entry.record.sandbox.clone())
        };
        let after = state_of(&process);
        if before == ContainerState::Created && process.started_at != 0 {
            self.emit(ContainerEventKind::Started, &sandbox, id);
        }
        if after == ContainerState::Exited {
            self.emit(ContainerEventKind::Stopped, &sandbox, id);
        }
    }

    pub(super) async fn stop_container(&self, id: &str, grace: Duration) -> Result<()> {
        let Ok(name) = self
            .inventory
            .lock()
            .container(id)
            .map(|e| e.record.stop_signal.clone())
        else {
            return Ok(());
        };
        if !self.is_running(id) {
            return Ok(());
        }
        if !grace.is_zero() {
            let signal = spec::signal_number(&name).unwrap_or(libc::SIGTERM);
            if self.signal_and_wait(id, signal, false, grace).await {
                return Ok(());
            }
        }
        self.kill_container(id).await
    }

    /// Kills a container and waits for its end.
    pub(super) async fn kill_container(&self, id: &str) -> Result<()> {
        if !self.is_running(id)
            || self
                .signal_and_wait(id, libc::SIGKILL, true, KILL_TIMEOUT)
                .await
        {
            return Ok(());
        }
        Err(RuntimeError::DeadlineExceeded(format!(
            "an error occurs during waiting for container {id:?} to be killed"
        )))
    }

    /// Sends a signal; returns whether the container ended in time.
    async fn signal_and_wait(&self, id: &str, signal: i32, all: bool, limit: Duration) -> bool {
        let mut events = self.events.subscribe();
        let deadline = Instant::now() + limit;
        let request = Request::Kill {
            container: id.to_owned(),
            signal,
            all,
        };
        if let Ok(shim) = self.shim_of(id) {
            // Gone in the meantime, or without a shim: the state below tells.
            let _ = shim.request(&request, &[]).await;
        }
        while self.is_running(id) {
            if timeout_at(deadline, events.recv()).await.is_err() {
                return !self.is_running(id);
            }
        }
        true
    }

    pub(super) async fn remove_container(&self, id: &str) -> Result<()> {
        if self.inventory.lock().container(id).is_err() {
            return Ok(());
        }
        self.kill_container(id).await?;
        let Some(entry) = self.inventory.lock().containers.remove(id) else {
            return Ok(());
        };
        let sandbox = entry.record.sandbox.clone();
        self.delete_container_files(&sandbox, id);
        self.remove_cgroup(entry.record.cgroup).await;
        self.emit(ContainerEventKind::Deleted, &sandbox, id);
        Ok(())
    }

    /// Removes a container's folders. Its log belongs to the kubelet.
    pub(super) fn delete_container_files(&self, sandbox: &str, id: &str) {
        let folder = self.container_folder(sandbox, id);
        // Only privileged pods have left a mount here.
        let _ = nix::mount::umount2(&folder.join("rootfs"), nix::mount::MntFlags::MNT_DETACH);
        let library = self.sandbox_folder(sandbox).join(LIBRARY_STATE).join(id);
        for path in [folder, library, self.writable_folder(id)] {
            if let Err(error) = fs::remove_dir_all(&path)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(path = %path.display(), %error, "container folder is left");
            }
        }
    }

    pub(super) fn update_resources(
        &self,
        id: &str,
        resources: LinuxContainerResources,
    ) -> Result<()> {
        let mut inventory = self.inventory.lock();
        let entry = inventory
            .containers
            .get_mut(id)
            .ok_or_else(|| RuntimeError::no_container(id))?;
        let folder = self.container_folder(&entry.record.sandbox, id);
        match entry.state() {
            ContainerState::Running => {
                crate::cgroup::apply(&self.host.cgroups, &entry.record.cgroup, &resources, None)
                    .map_err(|error| RuntimeError::Internal(error.to_string()))?;
            }
            ContainerState::Created => {
                let path = folder.join(LAUNCH_FILE);
                let launch: Option<Launch> = super::inventory::read_record(&path);
                let mut launch = launch
                    .ok_or_else(|| RuntimeError::Internal("launch file is missing".into()))?;
                launch.resources = resources.clone();
                write_json(&path, &launch)
                    .map_err(|error| RuntimeError::Internal(error.to_string()))?;
            }
            _ => {
                return Err(RuntimeError::FailedPrecondition(format!(
                    "container {id:?} has ended"
                )));
            }
        }
        entry.record.config.resources = resources;
        write_json(&folder.join(CONTAINER_FILE), &entry.record)
            .map_err(|error| RuntimeError::Internal(error.to_string()))
    }

    pub(super) async fn reopen_log(&self, id: &str) -> Result<()> {
        let container = id.to_owned();
        let request = Request::ReopenLog { container };
        self.shim_of(id)?.request(&request, &[]).await.map(|_| ())
    }
}

/// The host name for the environment: with the host's network, the host's.
fn hostname_of(pod: &str) -> String {
    match pod.is_empty() {
        true => nix::unistd::gethostname()
            .ok()
            .and_then(|name| name.into_string().ok())
            .unwrap_or_default(),
        false => pod.to_owned(),
    }
}

/// The digest reference in the repository that the user named; else any, else the id.
fn image_ref(image: &ImageRecord, config: &ContainerConfig) -> String {
    let wanted = [&config.user_specified_image, &config.image];
    let names = wanted
        .into_iter()
        .filter_map(|name| Reference::parse(name).ok());
    let mut prefixes = names.map(|reference| format!("{}@", reference.name()));
    let named = prefixes.find_map(|prefix| {
        let mut digests = image.digests.iter();
        digests.find(|digest| digest.starts_with(&prefix))
    });
    named.or(image.digests.first()).unwrap_or(&image.id).clone()
}

fn stop_signal(config: &ContainerConfig, run: &RunConfig) -> String {
    let given = [&config.stop_signal, &run.stop_signal];
    let first = given.into_iter().find(|name| !name.is_empty());
    first.map_or_else(|| "SIGTERM".to_owned(), Clone::clone)
}

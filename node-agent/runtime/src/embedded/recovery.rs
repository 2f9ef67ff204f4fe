//! Finding the pods of an earlier agent again, listening to shims, and cleaning up after what died.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Weak};

use super::Inner;
use super::inventory::{
    CONTAINER_FILE, ContainerEntry, ContainerRecord, SANDBOX_FILE, SandboxEntry, SandboxRecord,
    read_record,
};
use crate::shim::client::{Connection, ShimClient};
use crate::shim::protocol::{Request, Response};
use crate::shim::{CONTAINERS, ProcessStatus};
use crate::{ContainerEventKind, ContainerState, Result, network};

/// Exit code of a container whose end nobody saw, as containerd's.
const UNKNOWN_EXIT_CODE: i32 = 255;

/// Reads the state of an earlier agent, and connects to the shims that still serve.
pub async fn recover(inner: &Arc<Inner>) {
    let mut unfinished = Vec::new();
    for id in folder_names(&inner.config.state.join("sandboxes")) {
        let folder = inner.sandbox_folder(&id);
        let record: Option<SandboxRecord> = read_record(&folder.join(SANDBOX_FILE));
        match record.filter(|record| record.complete) {
            Some(record) => recover_sandbox(inner, record, &folder).await,
            None => unfinished.push((id, folder)),
        }
    }
    for (id, folder) in unfinished {
        discard(inner, &id, &folder).await;
    }
    // Writable layers of containers that no sandbox knows: the machine was restarted.
    for id in folder_names(&inner.config.root.join("containers")) {
        if inner.inventory.lock().container(&id).is_err() {
            let _ = fs::remove_dir_all(inner.writable_folder(&id));
        }
    }
}

async fn recover_sandbox(inner: &Arc<Inner>, record: SandboxRecord, folder: &Path) {
    let id = record.id.clone();
    {
        let mut inventory = inner.inventory.lock();
        for container in folder_names(&folder.join(CONTAINERS)) {
            let path = folder.join(CONTAINERS).join(&container);
            let record: Option<ContainerRecord> = read_record(&path.join(CONTAINER_FILE));
            if let Some(record) = record {
                let process = ProcessStatus::read(&path).unwrap_or_default();
                inventory
                    .containers
                    .insert(container, ContainerEntry { record, process });
            }
        }
        let stopped = record.stopped;
        let client = ShimClient::new(folder);
        let entry = SandboxEntry {
            shim: client.started().filter(|_| !stopped),
            record,
            listener: None,
        };
        inventory.sandboxes.insert(id.clone(), entry);
    }
    if let Err(error) = listen(inner, &id).await {
        tracing::info!(sandbox = id, %error, "shim is gone");
        lost(inner, &id).await;
    }
}

/// Removes a sandbox that an agent was killed over.
async fn discard(inner: &Arc<Inner>, id: &str, folder: &Path) {
    let client = ShimClient::new(folder);
    let _ = client.request(&Request::Shutdown, &[]).await;
    network::detach(id).await;
    let record: Option<SandboxRecord> = read_record(&folder.join(SANDBOX_FILE));
    let _ = nix::mount::umount2(&folder.join("shm"), nix::mount::MntFlags::MNT_DETACH);
    let _ = fs::remove_dir_all(folder);
    if let Some(record) = record {
        inner.remove_pod_cgroup(record.cgroup).await;
    }
}

/// Subscribes to a sandbox's shim and takes over what it tells, until it ends.
pub async fn listen(inner: &Arc<Inner>, id: &str) -> Result<()> {
    let client = ShimClient::new(&inner.sandbox_folder(id));
    let (connection, _) = client.request(&Request::Subscribe, &[]).await?;
    // What happened between the last look and the subscription.
    let containers = inner.inventory.lock().containers_of(id);
    for container in containers {
        refresh(inner, id, &container);
    }
    let task = tokio::spawn(follow(Arc::downgrade(inner), id.to_owned(), connection));
    inner.inventory.lock().sandbox_mut(id)?.listener = Some(task);
    Ok(())
}

async fn follow(inner: Weak<Inner>, id: String, connection: Connection) {
    loop {
        let message = connection.receive().await;
        let Some(inner) = inner.upgrade() else {
            return;
        };
        match message {
            Ok(Some((Response::Changed { container }, _))) => refresh(&inner, &id, &container),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => {
                tracing::warn!(sandbox = id, "shim died");
                lost(&inner, &id).await;
                return;
            }
        }
    }
}

fn refresh(inner: &Inner, sandbox: &str, container: &str) {
    if let Some(process) = ProcessStatus::read(&inner.container_folder(sandbox, container)) {
        inner.apply_status(container, process);
    }
}

/// A shim is gone without being asked: what it held can't be controlled any more, so it is killed, and the
/// sandbox is not ready, so that the kubelet makes a new one.
async fn lost(inner: &Arc<Inner>, id: &str) {
    let shim = {
        let mut inventory = inner.inventory.lock();
        let Ok(entry) = inventory.sandbox_mut(id) else {
            return;
        };
        entry.shim.take()
    };
    if let Some(started) = &shim {
        started.kill_pause();
    }
    let containers = inner.inventory.lock().containers_of(id);
    for container in containers {
        // Not the pod's group: another attempt of the pod may live in it.
        let entry = inner
            .inventory
            .lock()
            .container(&container)
            .map(|e| e.record.cgroup.clone());
        if let Ok(group) = entry {
            inner.host.cgroups.kill(&group);
        }
        let folder = inner.container_folder(id, &container);
        let mut process = ProcessStatus::read(&folder).unwrap_or_default();
        if super::inventory::state_of(&process) == ContainerState::Running {
            process.finish(UNKNOWN_EXIT_CODE, false);
            process.reason = "Unknown".into();
            let _ = process.write(&folder);
        }
        inner.apply_status(&container, process);
    }
    if shim.is_some() {
        inner.emit(ContainerEventKind::Stopped, id, "");
    }
}

fn folder_names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

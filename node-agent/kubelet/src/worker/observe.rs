//! Asks the runtime what there is of a pod.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use jiff::Timestamp;
use knarr_runtime::{
    ContainerFilter, ContainerState, ContainerStatus, NamespaceMode, PodSandboxFilter,
    PodSandboxState, Runtime, RuntimeError, StringMap,
};

use crate::config::TERMINATION_MESSAGE_BYTES;
use crate::logs::last_lines;
use crate::pod::identity;
use crate::pod::observed::{ObservedContainer, ObservedPod, ObservedSandbox};

/// Lines of the log that stand in for an empty termination message.
const FALLBACK_LINES: usize = 80;
/// Bytes of the log that stand in for an empty termination message.
const FALLBACK_BYTES: usize = 2048;

/// Sandboxes and containers of the pod, newest first.
pub(super) async fn observe(runtime: &dyn Runtime, uid: &str) -> Result<ObservedPod, RuntimeError> {
    let labels = StringMap::from([(identity::POD_UID_LABEL.to_owned(), uid.to_owned())]);
    let mut observed = ObservedPod::default();
    let filter = PodSandboxFilter {
        labels: labels.clone(),
        ..PodSandboxFilter::default()
    };
    for sandbox in runtime.list_pod_sandboxes(filter).await? {
        match runtime.pod_sandbox_status(&sandbox.id).await {
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
            Ok(status) => observed.sandboxes.push(ObservedSandbox {
                id: status.sandbox.id,
                attempt: status.sandbox.metadata.attempt,
                ready: status.sandbox.state == PodSandboxState::Ready,
                ips: status.ips,
                host_network: status.namespace_options.network == NamespaceMode::Node,
                created_at: timestamp(status.sandbox.created_at),
            }),
        }
    }
    let filter = ContainerFilter {
        labels,
        ..ContainerFilter::default()
    };
    for container in runtime.list_containers(filter).await? {
        match runtime.container_status(&container.id).await {
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
            Ok(status) => observed.containers.push(observed_container(status)),
        }
    }
    observed
        .sandboxes
        .sort_by_key(|sandbox| std::cmp::Reverse((sandbox.attempt, sandbox.created_at)));
    observed.containers.sort_by_key(|container| {
        std::cmp::Reverse((container.created_at, container.restart_count))
    });
    Ok(observed)
}

/// A time of the runtime; `None` for one that has not come.
fn timestamp(nanoseconds: i64) -> Option<Timestamp> {
    (nanoseconds > 0).then(|| Timestamp::from_nanosecond(i128::from(nanoseconds)).ok())?
}

fn observed_container(status: ContainerStatus) -> ObservedContainer {
    let message = match status.container.state {
        ContainerState::Exited => last_words(&status),
        _ => status.message.clone(),
    };
    let container = status.container;
    let annotation = |key: &str| container.annotations.get(key).cloned().unwrap_or_default();
    ObservedContainer {
        name: container
            .labels
            .get(identity::CONTAINER_NAME_LABEL)
            .unwrap_or(&container.metadata.name)
            .clone(),
        restart_count: annotation(identity::RESTART_COUNT)
            .parse()
            .unwrap_or(container.metadata.attempt),
        hash: annotation(identity::CONTAINER_HASH),
        id: container.id,
        sandbox_id: container.pod_sandbox_id,
        state: container.state,
        image: container.image,
        image_id: container.image_ref,
        created_at: timestamp(container.created_at),
        started_at: timestamp(status.started_at),
        finished_at: timestamp(status.finished_at),
        exit_code: status.exit_code,
        reason: status.reason,
        message,
        log_path: status.log_path,
        user: status.user,
    }
}

/// The termination message: the file the container wrote, or the end of its log when it failed and
/// asked for that, or what the runtime says.
fn last_words(status: &ContainerStatus) -> String {
    let annotations = &status.container.annotations;
    let path = annotations
        .get(identity::TERMINATION_PATH)
        .map(String::as_str)
        .unwrap_or_default();
    let file = status
        .mounts
        .iter()
        .find(|mount| !path.is_empty() && mount.container_path == path);
    let written = file
        .map(|mount| tail(Path::new(&mount.host_path)))
        .unwrap_or_default();
    if !written.is_empty() {
        return written;
    }
    let falls_back = annotations
        .get(identity::TERMINATION_POLICY)
        .is_some_and(|policy| policy == "FallbackToLogsOnError");
    if falls_back && status.exit_code != 0 {
        return last_lines(&status.log_path, FALLBACK_LINES, FALLBACK_BYTES);
    }
    status.message.clone()
}

/// The end of a file, as much as a termination message may hold.
fn tail(path: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(
            length.saturating_sub(TERMINATION_MESSAGE_BYTES as u64),
        ))?;
        let mut bytes = Vec::new();
        file.take(TERMINATION_MESSAGE_BYTES as u64)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
}

//! Keeps the disk in bounds: rotates long logs, and removes unused images when the disk fills up.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use knarr_runtime::{ContainerFilter, ContainerState, Runtime};

use crate::config::IMAGE_GC_HIGH_PERCENT;

/// A log longer than this is rotated (upstream's `containerLogMaxSize`).
pub(crate) const MAX_LOG_BYTES: u64 = 10 << 20;
/// Files of one log, the current one included (upstream's `containerLogMaxFiles`).
pub(crate) const MAX_LOG_FILES: usize = 5;

/// Rotates the logs of running containers that grew too long.
pub(crate) async fn rotate_logs(runtime: &dyn Runtime) {
    let filter = ContainerFilter {
        state: Some(ContainerState::Running),
        ..ContainerFilter::default()
    };
    for container in runtime.list_containers(filter).await.unwrap_or_default() {
        let Ok(status) = runtime.container_status(&container.id).await else {
            continue;
        };
        let long = fs::metadata(&status.log_path).is_ok_and(|log| log.len() > MAX_LOG_BYTES);
        if !long {
            continue;
        }
        if let Err(error) = rotate(&status.log_path, Timestamp::now()) {
            tracing::warn!(%error, log = %status.log_path.display(), "a log was not rotated");
            continue;
        }
        if let Err(error) = runtime.reopen_container_log(&container.id).await {
            tracing::warn!(%error, container = %container.id, "a log was not opened anew");
        }
    }
}

/// Moves the log aside under its time and removes the oldest ones.
fn rotate(log: &Path, now: Timestamp) -> std::io::Result<()> {
    let mut old = rotated(log);
    old.sort();
    while old.len() + 2 > MAX_LOG_FILES {
        fs::remove_file(old.remove(0))?;
    }
    let mut name = log.as_os_str().to_owned();
    name.push(now.strftime(".%Y%m%d-%H%M%S").to_string());
    fs::rename(log, name)
}

fn rotated(log: &Path) -> Vec<PathBuf> {
    let prefix = format!("{}.", log.file_name().unwrap_or_default().to_string_lossy());
    let entries = log.parent().and_then(|folder| fs::read_dir(folder).ok());
    entries
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .map(|entry| entry.path())
        .collect()
}

/// Removes images that no container uses, only when the disk is nearly full, and never those that were imported
/// (pinned).
pub(crate) async fn remove_images(runtime: &dyn Runtime) {
    let Ok(usage) = runtime.image_fs_info().await else {
        return;
    };
    if usage.capacity_bytes == 0 {
        return;
    }
    let used = usage.capacity_bytes.saturating_sub(usage.available_bytes);
    if used * 100 / usage.capacity_bytes < IMAGE_GC_HIGH_PERCENT {
        return;
    }
    let containers = runtime
        .list_containers(ContainerFilter::default())
        .await
        .unwrap_or_default();
    let in_use: HashSet<&str> = containers
        .iter()
        .flat_map(|container| [container.image.as_str(), container.image_ref.as_str()])
        .collect();
    for image in runtime.list_images().await.unwrap_or_default() {
        let names = image
            .repo_tags
            .iter()
            .chain(&image.repo_digests)
            .chain([&image.id]);
        if image.pinned || names.into_iter().any(|name| in_use.contains(name.as_str())) {
            continue;
        }
        tracing::info!(image = %image.id, "removing an unused image: the disk is nearly full");
        if let Err(error) = runtime.remove_image(&image.id).await {
            tracing::warn!(%error, image = %image.id, "an unused image stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_keeps_a_bounded_number_of_files() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("0.log");
        for second in 0..8 {
            fs::write(&log, "x").unwrap();
            rotate(&log, Timestamp::from_second(second).unwrap()).unwrap();
        }
        let mut names = rotated(&log);
        names.sort();
        assert_eq!(names.len(), MAX_LOG_FILES - 1);
        assert!(names[3].ends_with("0.log.19700101-000007"));
        assert!(!log.exists());
    }
}

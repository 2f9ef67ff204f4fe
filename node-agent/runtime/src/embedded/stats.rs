//! Usage of containers and of the image file system.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix::sys::statvfs::statvfs;

use super::Inner;
use super::inventory::ContainerRecord;
use crate::cgroup::usage;
use crate::{
    ContainerFilter, ContainerState, ContainerStats, FilesystemUsage, Result, RuntimeError,
};

impl Inner {
    pub(super) async fn container_stats(&self, id: &str) -> Result<ContainerStats> {
        let record = self.inventory.lock().container(id)?.record.clone();
        let mut stats = self.stats_of(vec![record]).await?;
        stats.pop().ok_or_else(|| RuntimeError::no_container(id))
    }

    pub(super) async fn list_stats(&self, filter: &ContainerFilter) -> Result<Vec<ContainerStats>> {
        let records = {
            let inventory = self.inventory.lock();
            let running = inventory.containers.values().filter(|entry| {
                entry.state() == ContainerState::Running && filter.matches(&entry.line())
            });
            running.map(|entry| entry.record.clone()).collect()
        };
        self.stats_of(records).await
    }

    /// Reads cgroups and walks writable layers, off the async threads.
    async fn stats_of(&self, records: Vec<ContainerRecord>) -> Result<Vec<ContainerStats>> {
        let cgroups = self.host.cgroups.clone();
        let folders: Vec<_> = records
            .iter()
            .map(|record| self.writable_folder(&record.id).join("upper"))
            .collect();
        let read = move || {
            let pairs = records.into_iter().zip(folders);
            let stats = pairs.map(|(record, folder)| {
                let used = usage(&cgroups, &record.cgroup);
                let (bytes, inodes) = folder_usage(&folder);
                ContainerStats {
                    id: record.id,
                    pod_sandbox_id: record.sandbox,
                    metadata: record.config.metadata,
                    labels: record.config.labels,
                    timestamp: crate::now(),
                    cpu_usage_core_nano_seconds: used.cpu_nanoseconds,
                    memory_working_set_bytes: used.working_set,
                    memory_usage_bytes: used.memory,
                    memory_rss_bytes: used.anonymous,
                    writable_layer_bytes: bytes,
                    writable_layer_inodes: inodes,
                }
            });
            stats.collect()
        };
        let stats = tokio::task::spawn_blocking(read).await;
        stats.map_err(|error| RuntimeError::Internal(error.to_string()))
    }

    pub(super) fn image_fs_info(&self) -> Result<FilesystemUsage> {
        let root = &self.config.root;
        let found = statvfs(root).map_err(|error| {
            RuntimeError::Internal(format!("statvfs {}: {error}", root.display()))
        })?;
        let images = self.images.images()?;
        Ok(FilesystemUsage {
            mountpoint: root.to_string_lossy().into_owned(),
            timestamp: crate::now(),
            used_bytes: images.iter().map(|image| image.size).sum(),
            inodes_used: found.files() - found.files_free(),
            capacity_bytes: found.blocks() * found.fragment_size(),
            available_bytes: found.blocks_available() * found.fragment_size(),
            inodes: found.files(),
            inodes_free: found.files_free(),
        })
    }
}

/// Bytes on disk and inodes below a folder.
fn folder_usage(folder: &Path) -> (u64, u64) {
    let (mut bytes, mut inodes) = (0, 0);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(found) = entry.metadata() else {
            continue;
        };
        bytes += found.blocks() * 512;
        inodes += 1;
        if found.is_dir() {
            let (below, more) = folder_usage(&entry.path());
            bytes += below;
            inodes += more;
        }
    }
    (bytes, inodes)
}

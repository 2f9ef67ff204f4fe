//! Resource usage.

use serde::{Deserialize, Serialize};

use super::{ContainerMetadata, StringMap};

/// Usage of one container, read from its cgroup.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerStats {
    /// Id.
    pub id: String,
    /// Sandbox.
    pub pod_sandbox_id: String,
    /// Identity in the sandbox.
    pub metadata: ContainerMetadata,
    /// Labels.
    pub labels: StringMap,
    /// When the figures were read, in nanoseconds since the epoch.
    pub timestamp: i64,
    /// CPU time since the start, in nanoseconds.
    pub cpu_usage_core_nano_seconds: u64,
    /// Memory without inactive page cache, in bytes: what eviction and `kubectl top` count.
    pub memory_working_set_bytes: u64,
    /// All memory charged to the cgroup, in bytes.
    pub memory_usage_bytes: u64,
    /// Anonymous memory, in bytes.
    pub memory_rss_bytes: u64,
    /// Bytes in the writable layer.
    pub writable_layer_bytes: u64,
    /// Inodes in the writable layer.
    pub writable_layer_inodes: u64,
}

/// Usage of a file system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesystemUsage {
    /// Where it is mounted, or the folder that was measured.
    pub mountpoint: String,
    /// When the figures were read, in nanoseconds since the epoch.
    pub timestamp: i64,
    /// Bytes that images and containers take.
    pub used_bytes: u64,
    /// Inodes in use on the file system.
    pub inodes_used: u64,
    /// Size of the file system in bytes.
    pub capacity_bytes: u64,
    /// Bytes free for use.
    pub available_bytes: u64,
    /// Inodes of the file system.
    pub inodes: u64,
    /// Inodes that are free.
    pub inodes_free: u64,
}

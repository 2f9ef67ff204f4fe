//! The status file of a container: what is known of its process. The shim writes it; when the shim is dead, the
//! agent does.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::write_json;
use crate::ContainerUser;

/// The status file, in the container's folder.
pub const STATUS_FILE: &str = "status.json";

/// What is known of a container's process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProcessStatus {
    /// Process id as the shim sees it; 0 before the start.
    pub pid: i32,
    /// Start in nanoseconds since the epoch; 0 before.
    pub started_at: i64,
    /// End in nanoseconds since the epoch; 0 before.
    pub finished_at: i64,
    /// Exit code; 128 + signal.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `StartError`, …
    pub reason: String,
    /// For people.
    pub message: String,
    /// Who the process is.
    pub user: Option<ContainerUser>,
}

impl ProcessStatus {
    /// The status of a container that could not be started: code 128, as the kubelet reports it.
    pub fn not_started(message: &str) -> Self {
        Self {
            finished_at: crate::now(),
            exit_code: 128,
            reason: "StartError".into(),
            message: message.to_owned(),
            ..Default::default()
        }
    }

    /// Enters the end of the process.
    pub fn finish(&mut self, exit_code: i32, out_of_memory: bool) {
        self.finished_at = crate::now();
        self.exit_code = exit_code;
        self.reason = match (exit_code, out_of_memory) {
            (0, _) => "Completed",
            (_, true) => "OOMKilled",
            (_, false) => "Error",
        }
        .to_owned();
    }

    /// Reads the file of a container's folder; `None` before the first write.
    pub fn read(folder: &Path) -> Option<Self> {
        let text = std::fs::read(folder.join(STATUS_FILE)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Writes the file.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        write_json(&folder.join(STATUS_FILE), self)
    }
}

//! `emptyDir` volumes: a folder that lives as long as the pod, on disk or in memory.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use async_trait::async_trait;
use k8s_openapi::api::core::v1::Volume;
use knarr_api::quantity::Quantity;

use super::content::memory_dir;
use super::{Mounted, Request, VolumeError, VolumePlugin};

/// Everybody in the pod may write.
const MODE: u32 = 0o777;

pub(super) struct EmptyDirPlugin;

#[async_trait]
impl VolumePlugin for EmptyDirPlugin {
    fn name(&self) -> &'static str {
        "kubernetes.io/empty-dir"
    }

    fn supports(&self, volume: &Volume) -> bool {
        volume.empty_dir.is_some()
    }

    async fn set_up(&self, request: &Request<'_>) -> Result<Mounted, VolumeError> {
        let source = request
            .volume
            .empty_dir
            .as_ref()
            .ok_or(VolumeError::NoPlugin)?;
        let dir = request.dir;
        if source.medium.as_deref() == Some("Memory") {
            let size = source
                .size_limit
                .as_ref()
                .and_then(|limit| Quantity::parse(&limit.0).ok())
                .and_then(|limit| u64::try_from(limit.value()).ok())
                .filter(|bytes| *bytes > 0);
            memory_dir(dir, size, MODE)?;
        } else {
            fs::create_dir_all(dir).map_err(VolumeError::io("create", dir))?;
        }
        let mode = match request.fs_group {
            None => MODE,
            Some(group) => {
                std::os::unix::fs::chown(dir, None, Some(group))
                    .map_err(VolumeError::io("chown", dir))?;
                MODE | 0o2000
            }
        };
        fs::set_permissions(dir, fs::Permissions::from_mode(mode))
            .map_err(VolumeError::io("chmod", dir))?;
        Ok(Mounted::at(dir))
    }
}

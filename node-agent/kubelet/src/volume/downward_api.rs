//! `downwardAPI` volumes.

use async_trait::async_trait;
use k8s_openapi::api::core::v1::Volume;

use super::content::downward_files;
use super::{Mounted, Request, VolumeError, VolumePlugin, atomic};

pub(super) struct DownwardApiPlugin;

#[async_trait]
impl VolumePlugin for DownwardApiPlugin {
    fn name(&self) -> &'static str {
        "kubernetes.io/downward-api"
    }

    fn supports(&self, volume: &Volume) -> bool {
        volume.downward_api.is_some()
    }

    async fn set_up(&self, request: &Request<'_>) -> Result<Mounted, VolumeError> {
        let source = request
            .volume
            .downward_api
            .as_ref()
            .ok_or(VolumeError::NoPlugin)?;
        let items = source.items.as_deref().unwrap_or_default();
        let payload = downward_files(request, items, source.default_mode)?;
        atomic::write(request.dir, &payload, request.fs_group)?;
        Ok(Mounted::content(request.dir, None))
    }
}

//! `secret` volumes. Their folder lives in memory.

use async_trait::async_trait;
use k8s_openapi::api::core::v1::Volume;

use super::content::{files_from_keys, memory_dir, object_data};
use super::{Mounted, Request, VolumeError, VolumePlugin, atomic};
use crate::env::ConfigKind;

pub(super) struct SecretPlugin;

#[async_trait]
impl VolumePlugin for SecretPlugin {
    fn name(&self) -> &'static str {
        "kubernetes.io/secret"
    }

    fn supports(&self, volume: &Volume) -> bool {
        volume.secret.is_some()
    }

    async fn set_up(&self, request: &Request<'_>) -> Result<Mounted, VolumeError> {
        let source = request
            .volume
            .secret
            .as_ref()
            .ok_or(VolumeError::NoPlugin)?;
        let optional = source.optional == Some(true);
        let name = source.secret_name.as_deref().unwrap_or_default();
        let data = object_data(request, ConfigKind::Secret, name, optional).await?;
        let payload = files_from_keys(
            ConfigKind::Secret,
            &data,
            source.items.as_deref(),
            source.default_mode,
            optional,
        )?;
        memory_dir(request.dir, None, 0o755)?;
        atomic::write(request.dir, &payload, request.fs_group)?;
        Ok(Mounted::content(request.dir, None))
    }
}

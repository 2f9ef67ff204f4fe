//! `configMap` volumes.

use async_trait::async_trait;
use k8s_openapi::api::core::v1::Volume;

use super::content::{files_from_keys, object_data};
use super::{Mounted, Request, VolumeError, VolumePlugin, atomic};
use crate::env::ConfigKind;

pub(super) struct ConfigMapPlugin;

#[async_trait]
impl VolumePlugin for ConfigMapPlugin {
    fn name(&self) -> &'static str {
        "kubernetes.io/configmap"
    }

    fn supports(&self, volume: &Volume) -> bool {
        volume.config_map.is_some()
    }

    async fn set_up(&self, request: &Request<'_>) -> Result<Mounted, VolumeError> {
        let source = request
            .volume
            .config_map
            .as_ref()
            .ok_or(VolumeError::NoPlugin)?;
        let optional = source.optional == Some(true);
        let data = object_data(request, ConfigKind::ConfigMap, &source.name, optional).await?;
        let payload = files_from_keys(
            ConfigKind::ConfigMap,
            &data,
            source.items.as_deref(),
            source.default_mode,
            optional,
        )?;
        atomic::write(request.dir, &payload, request.fs_group)?;
        Ok(Mounted::content(request.dir, None))
    }
}

//! `persistentVolumeClaim` volumes whose persistent volume is a host path or a local folder.

use std::path::Path;

use async_trait::async_trait;
use k8s_openapi::api::core::v1::{
    HostPathVolumeSource, PersistentVolume, PersistentVolumeClaim, Volume,
};
use knarr_client::Api;

use super::{Mounted, Request, VolumeError, VolumePlugin, host_path};

pub(super) struct PersistentVolumeClaimPlugin;

#[async_trait]
impl VolumePlugin for PersistentVolumeClaimPlugin {
    fn name(&self) -> &'static str {
        "kubernetes.io/persistent-claim"
    }

    fn supports(&self, volume: &Volume) -> bool {
        volume.persistent_volume_claim.is_some() || volume.ephemeral.is_some()
    }

    async fn set_up(&self, request: &Request<'_>) -> Result<Mounted, VolumeError> {
        let pod = request.pod;
        let source = request.volume.persistent_volume_claim.as_ref();
        let name = match source {
            Some(source) => source.claim_name.clone(),
            // A generic ephemeral volume's claim is named after pod and volume.
            None => format!(
                "{}-{}",
                pod.metadata.name.as_deref().unwrap_or_default(),
                request.volume.name
            ),
        };
        let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
        let claims: Api<PersistentVolumeClaim> = Api::namespaced(request.client.clone(), namespace);
        let claim = claims
            .get_opt(&name)
            .await?
            .ok_or_else(|| VolumeError::NotFound {
                kind: "persistentvolumeclaim",
                name: name.clone(),
            })?;
        let phase = claim
            .status
            .as_ref()
            .and_then(|status| status.phase.as_deref());
        let bound = claim
            .spec
            .and_then(|spec| spec.volume_name)
            .filter(|_| phase == Some("Bound"));
        let bound = bound
            .ok_or_else(|| VolumeError::Claim(format!("PVC {namespace}/{name} is not bound")))?;
        let volumes: Api<PersistentVolume> = Api::all(request.client.clone());
        let volume = volumes.get(&bound).await?;
        let path = local_path(&volume)?;
        let read_only = source.and_then(|source| source.read_only).unwrap_or(false);
        Ok(Mounted {
            read_only,
            ..Mounted::at(path)
        })
    }
}

/// The folder on this node that a persistent volume stands for.
fn local_path(volume: &PersistentVolume) -> Result<String, VolumeError> {
    let spec = volume.spec.as_ref();
    if let Some(host) = spec.and_then(|spec| spec.host_path.as_ref()) {
        host_path::prepare(host)?;
        return Ok(host.path.clone());
    }
    if let Some(local) = spec.and_then(|spec| spec.local.as_ref()) {
        if !Path::new(&local.path).exists() {
            return Err(VolumeError::Claim(format!(
                "path \"{}\" does not exist",
                local.path
            )));
        }
        let source = HostPathVolumeSource {
            path: local.path.clone(),
            type_: None,
        };
        host_path::prepare(&source)?;
        return Ok(local.path.clone());
    }
    Err(VolumeError::NoPlugin)
}

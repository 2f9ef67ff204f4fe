//! `projected` volumes: tokens, config maps, secrets and the downward API in one folder. Every pod has
//! one for its service account.

use async_trait::async_trait;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Volume, VolumeProjection};

use super::atomic::{File, Payload};
use super::content::{DEFAULT_MODE, downward_files, files_from_keys, memory_dir, object_data};
use super::{Mounted, Request, VolumeError, VolumePlugin, atomic, token};
use crate::env::ConfigKind;

pub(super) struct ProjectedPlugin;

#[async_trait]
impl VolumePlugin for ProjectedPlugin {
    fn name(&self) -> &'static str {
        "kubernetes.io/projected"
    }

    fn supports(&self, volume: &Volume) -> bool {
        volume.projected.is_some()
    }

    async fn set_up(&self, request: &Request<'_>) -> Result<Mounted, VolumeError> {
        let source = request
            .volume
            .projected
            .as_ref()
            .ok_or(VolumeError::NoPlugin)?;
        let mut payload = Payload::new();
        let mut refresh_at = None;
        for part in source.sources.iter().flatten() {
            let (files, refresh) = project(request, part, source.default_mode).await?;
            payload.extend(files);
            refresh_at = match (refresh_at, refresh) {
                (Some(a), Some(b)) => Some(std::cmp::min::<Timestamp>(a, b)),
                (a, b) => a.or(b),
            };
        }
        memory_dir(request.dir, None, 0o755)?;
        atomic::write(request.dir, &payload, request.fs_group)?;
        Ok(Mounted::content(request.dir, refresh_at))
    }
}

/// Files of one source, and when they must be made anew.
async fn project(
    request: &Request<'_>,
    part: &VolumeProjection,
    default_mode: Option<i32>,
) -> Result<(Payload, Option<Timestamp>), VolumeError> {
    if let Some(source) = &part.service_account_token {
        let token = token::token(request.client, request.pod, source, request.tokens).await?;
        let owner = token_owner(request);
        // Only the user that every container runs as may read it, else it is as the volume says.
        let mode = match (request.fs_group, owner) {
            (None, Some(_)) => 0o600,
            _ => default_mode.unwrap_or(DEFAULT_MODE) as u32,
        };
        let file = File {
            content: token.value.into_bytes(),
            mode,
            owner,
        };
        return Ok((
            Payload::from([(source.path.clone(), file)]),
            Some(token.refresh_at),
        ));
    }
    let files = if let Some(source) = &part.config_map {
        let optional = source.optional == Some(true);
        let kind = ConfigKind::ConfigMap;
        let data = object_data(request, kind, &source.name, optional).await?;
        files_from_keys(kind, &data, source.items.as_deref(), default_mode, optional)?
    } else if let Some(source) = &part.secret {
        let optional = source.optional == Some(true);
        let kind = ConfigKind::Secret;
        let data = object_data(request, kind, &source.name, optional).await?;
        files_from_keys(kind, &data, source.items.as_deref(), default_mode, optional)?
    } else if let Some(source) = &part.downward_api {
        downward_files(
            request,
            source.items.as_deref().unwrap_or_default(),
            default_mode,
        )?
    } else {
        return Err(VolumeError::NoPlugin);
    };
    Ok((files, None))
}

/// The one user that every container of the pod runs as, if there is one.
fn token_owner(request: &Request<'_>) -> Option<u32> {
    let spec = request.pod.spec.as_ref()?;
    let pod_user = spec
        .security_context
        .as_ref()
        .and_then(|context| context.run_as_user);
    let mut users = spec
        .init_containers
        .iter()
        .flatten()
        .chain(&spec.containers)
        .map(|container| {
            let own = container
                .security_context
                .as_ref()
                .and_then(|context| context.run_as_user);
            own.or(pod_user)
        });
    let first = users.next()??;
    users
        .all(|user| user == Some(first))
        .then(|| u32::try_from(first).ok())?
}

//! Pulling: endpoint by endpoint until one has the image, then documents, then the layers that are missing.

use std::collections::BTreeSet;

use futures::stream::{FuturesOrdered, StreamExt as _};

use super::client::RegistryClient;
use super::manifest::{Descriptor, ImageConfig, Manifest};
use super::store::{ImageRecord, ImageStore, chain_ids};
use super::{ImageError, Reference, Registries};
use crate::AuthConfig;

/// Fetches an image into the store and returns its id. The registry is always asked; what is present already
/// is not fetched again.
pub async fn pull(
    store: &ImageStore,
    registries: &Registries,
    reference: &Reference,
    auth: Option<&AuthConfig>,
) -> Result<String, ImageError> {
    let endpoints = registries.endpoints(reference);
    let mut failures = Vec::with_capacity(endpoints.len());
    for endpoint in endpoints {
        let url = endpoint.url.clone();
        match pull_from(store, RegistryClient::new(endpoint, auth)?, reference).await {
            Ok(id) => return Ok(id),
            Err(ImageError::NotInRegistry) => {
                failures.push(format!("{reference}: not found at {url}"));
            }
            Err(error) => failures.push(error.to_string()),
        }
    }
    Err(ImageError::Pull {
        reference: reference.to_string(),
        message: failures.join("; "),
    })
}

async fn pull_from(
    store: &ImageStore,
    client: RegistryClient,
    reference: &Reference,
) -> Result<String, ImageError> {
    let (top, top_digest) = client.manifest(reference.object()).await?;
    let mut manifest = parse_manifest(&top)?;
    if !manifest.manifests.is_empty() {
        let entry = manifest
            .for_this_platform()
            .ok_or(ImageError::NoPlatform)?
            .clone();
        manifest = match store.document(&entry.digest) {
            Some(bytes) => parse_manifest(&bytes)?,
            None => {
                let (bytes, _) = client.manifest(&entry.digest).await?;
                parse_manifest(&bytes)?
            }
        };
    }
    let descriptor = manifest
        .config
        .as_ref()
        .ok_or_else(|| ImageError::Invalid("manifest has no configuration".into()))?;
    let config_bytes = match store.document(&descriptor.digest) {
        Some(bytes) => bytes,
        None => client.document(descriptor).await?,
    };
    let config = parse_config(&config_bytes)?;
    let layers = fetch_layers(store, &client, &manifest.layers, &config).await?;
    store.put_document(&top_digest, &top)?;
    store.put_document(&descriptor.digest, &config_bytes)?;
    let tag = reference
        .tag
        .as_ref()
        .map(|tag| format!("{}:{tag}", reference.name()));
    store.add(ImageRecord {
        id: descriptor.digest.clone(),
        tags: tag.into_iter().collect(),
        digests: BTreeSet::from([reference.with_digest(&top_digest)]),
        size: size_of(store, &layers),
        layers,
        user: config.config.user,
        pinned: false,
    })?;
    tracing::debug!(%reference, endpoint = client.endpoint().url, "image pulled");
    Ok(descriptor.digest.clone())
}

/// Downloads the missing layers beside each other and unpacks them in order; returns all chain ids.
async fn fetch_layers(
    store: &ImageStore,
    client: &RegistryClient,
    layers: &[Descriptor],
    config: &ImageConfig,
) -> Result<Vec<String>, ImageError> {
    let diff_ids = &config.rootfs.diff_ids;
    if layers.len() != diff_ids.len() {
        return Err(ImageError::Invalid(format!(
            "mismatched image rootfs and manifest layers: {} and {}",
            diff_ids.len(),
            layers.len()
        )));
    }
    let chains = chain_ids(diff_ids);
    let missing = |&index: &usize| store.layer_size(&chains[index]).is_none();
    let mut downloads: FuturesOrdered<_> = (0..layers.len())
        .filter(missing)
        .map(|index| async move {
            let path = store.ingest_path();
            let outcome = client.blob(&layers[index], &path).await;
            (index, path, outcome)
        })
        .collect();
    let mut result = Ok(());
    while let Some((index, path, outcome)) = downloads.next().await {
        if result.is_ok() {
            result = match outcome {
                Ok(()) => store
                    .unpack(&path, &chains[..index], &chains[index], &diff_ids[index])
                    .await
                    .map(|_| ()),
                Err(error) => Err(error),
            };
        }
        let _ = tokio::fs::remove_file(&path).await;
    }
    result.map(|()| chains)
}

/// Parses and checks a manifest or index.
pub(super) fn parse_manifest(bytes: &[u8]) -> Result<Manifest, ImageError> {
    let manifest: Manifest = serde_json::from_slice(bytes)
        .map_err(|error| ImageError::Invalid(format!("manifest: {error}")))?;
    if manifest.schema_version != 2 {
        let version = manifest.schema_version;
        return Err(ImageError::Invalid(format!(
            "manifest has unsupported schema version {version}"
        )));
    }
    Ok(manifest)
}

/// Parses an image configuration.
pub(super) fn parse_config(bytes: &[u8]) -> Result<ImageConfig, ImageError> {
    serde_json::from_slice(bytes)
        .map_err(|error| ImageError::Invalid(format!("image configuration: {error}")))
}

/// Bytes of all layers.
pub(super) fn size_of(store: &ImageStore, chains: &[String]) -> u64 {
    let sizes = chains.iter().filter_map(|chain| store.layer_size(chain));
    sizes.sum()
}

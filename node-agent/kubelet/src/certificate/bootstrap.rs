//! A node's first certificate: asked for with the credentials that many nodes share, and written down as a kubeconfig of
//! the node's own.

use std::fs;
use std::path::Path;
use std::time::Duration;

use knarr_client::renewed;
use kube::config::{
    AuthInfo, Cluster, Context, Kubeconfig, NamedAuthInfo, NamedCluster, NamedContext,
};
use rcgen::KeyPair;

use super::request::{ask_again, new_key};
use super::{Error, Store, Wanted};

/// How long is waited when the API server cannot be reached.
const PAUSE: Duration = Duration::from_secs(5);

/// Whether the kubeconfig's user is the one whose certificates the store keeps: only then it goes on with new ones.
pub fn names_store(kubeconfig: &Path, store: &Store) -> bool {
    let Ok(config) = Kubeconfig::read_from(kubeconfig) else {
        return false;
    };
    let file = store.current_file();
    let mut users = config
        .auth_infos
        .iter()
        .filter_map(|user| user.auth_info.as_ref());
    users.any(|user| user.client_certificate.as_deref().map(Path::new) == Some(&*file))
}

/// Makes sure that there is a kubeconfig of the node's own: unless it is there, and its certificate is good, a
/// certificate is asked for by the bootstrap kubeconfig.
pub async fn bootstrap(
    bootstrap_kubeconfig: &Path,
    kubeconfig: &Path,
    store: &Store,
    node: &str,
) -> Result<(), Error> {
    if is_usable(kubeconfig, store)? {
        return Ok(());
    }
    let config = renewed::config(bootstrap_kubeconfig).await?;
    let client = kube::Client::try_from(config)?;
    let pending = store.pending_key_file();
    let key = pending_key(store, &pending)?;
    tracing::info!("asking for a client certificate with the bootstrap credentials");
    let wanted = Wanted::client(node);
    let pair = loop {
        match ask_again(&client, &wanted, &key).await {
            Ok(pair) => break pair,
            Err(Error::Ask(error)) if !matches!(error, kube::Error::Api(_)) => {
                tracing::warn!(%error, "the API server cannot be reached");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => {
                // The next attempt is another request, if this one was decided against.
                if matches!(error, Error::Denied { .. } | Error::Failed { .. }) {
                    remove(&pending)?;
                }
                return Err(error);
            }
        }
    };
    store.update(&pair)?;
    write_kubeconfig(bootstrap_kubeconfig, kubeconfig, store)?;
    remove(&pending)
}

/// Whether the kubeconfig is there, and the certificate that it names has not ended.
fn is_usable(kubeconfig: &Path, store: &Store) -> Result<bool, Error> {
    if !kubeconfig.exists() {
        return Ok(false);
    }
    if !names_store(kubeconfig, store) {
        return Ok(true);
    }
    Ok(store.current()?.is_some_and(|usable| !usable.has_ended()))
}

/// The key of a request that was not answered, or a new one, which is kept until it is.
fn pending_key(store: &Store, pending: &Path) -> Result<KeyPair, Error> {
    if let Some(key) = fs::read_to_string(pending)
        .ok()
        .and_then(|pem| KeyPair::from_pem(&pem).ok())
    {
        return Ok(key);
    }
    let key = new_key()?;
    store.write(pending, &key.serialize_pem())?;
    Ok(key)
}

fn remove(file: &Path) -> Result<(), Error> {
    match fs::remove_file(file) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Error::Write {
            path: file.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

/// The way to the server is that of the bootstrap kubeconfig, the credentials are the store's.
fn write_kubeconfig(bootstrap: &Path, kubeconfig: &Path, store: &Store) -> Result<(), Error> {
    let malformed = |error: &dyn std::fmt::Display| {
        Error::Malformed(format!("{}: {error}", bootstrap.display()))
    };
    let from = Kubeconfig::read_from(bootstrap).map_err(|error| malformed(&error))?;
    let cluster = current_cluster(&from).ok_or_else(|| malformed(&"it has no current cluster"))?;
    let file = Some(store.current_file().display().to_string());
    let config = Kubeconfig {
        api_version: Some("v1".to_owned()),
        kind: Some("Config".to_owned()),
        current_context: Some("default-context".to_owned()),
        clusters: vec![NamedCluster {
            name: "default-cluster".to_owned(),
            cluster: Some(cluster),
            ..NamedCluster::default()
        }],
        contexts: vec![NamedContext {
            name: "default-context".to_owned(),
            context: Some(Context {
                cluster: "default-cluster".to_owned(),
                user: Some("default-auth".to_owned()),
                namespace: Some("default".to_owned()),
                ..Context::default()
            }),
            ..NamedContext::default()
        }],
        auth_infos: vec![NamedAuthInfo {
            name: "default-auth".to_owned(),
            auth_info: Some(AuthInfo {
                client_certificate: file.clone(),
                client_key: file,
                ..AuthInfo::default()
            }),
            ..NamedAuthInfo::default()
        }],
        ..Kubeconfig::default()
    };
    let value = serde_json::to_value(&config).map_err(|error| malformed(&error))?;
    store.write(kubeconfig, &knarr_api::yaml::to_string(&value))
}

fn current_cluster(config: &Kubeconfig) -> Option<Cluster> {
    let name = config.current_context.as_deref()?;
    let context = config.contexts.iter().find(|one| one.name == name)?;
    let cluster = &context.context.as_ref()?.cluster;
    let found = config.clusters.iter().find(|one| one.name == *cluster)?;
    found.cluster.clone()
}

//! The control plane's programs: one file each, with its flags and how it runs.

pub mod apiserver;
pub mod controller_manager;
pub mod scheduler;
pub mod server;

use std::path::Path;

use anyhow::Context;
use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled by Ctrl-C or SIGTERM.
pub fn cancelled_by_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    let cancel = CancellationToken::new();
    let cancelled = cancel.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        cancelled.cancel();
    });
    Ok(cancel)
}

/// A connection by a kubeconfig file, over TLS.
pub async fn client(kubeconfig: &Path) -> anyhow::Result<Client> {
    let name = kubeconfig.display().to_string();
    let config = Kubeconfig::read_from(kubeconfig).with_context(|| name.clone())?;
    let config = kube::Config::from_custom_kubeconfig(config, &KubeConfigOptions::default())
        .await
        .context(name)?;
    Ok(Client::try_from(config)?)
}

//! Clients that notice when their kubeconfig, or a certificate that it names, has been renewed: what runs for months must
//! not end with the certificate it started with.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use tokio::sync::watch;

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(60);

/// Why there is no connection by a kubeconfig.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {path}: {source}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: {source}")]
    Kubeconfig {
        path: PathBuf,
        source: KubeconfigError,
    },
    #[error(transparent)]
    Client(#[from] kube::Error),
}

/// The connection that a kubeconfig file describes now.
pub async fn config(file: &Path) -> Result<kube::Config, Error> {
    let malformed = |source| Error::Kubeconfig {
        path: file.to_owned(),
        source,
    };
    let config = Kubeconfig::read_from(file).map_err(malformed)?;
    kube::Config::from_custom_kubeconfig(config, &KubeConfigOptions::default())
        .await
        .map_err(malformed)
}

/// A connection by a kubeconfig file, over TLS. It is made anew when what the file says changes.
pub async fn renewed(kubeconfig: &Path) -> Result<Client, Error> {
    let (first, seen) = connect(kubeconfig).await?;
    let namespace = first.default_namespace().to_owned();
    let (sender, receiver) = watch::channel(Arc::new(first));
    tokio::spawn(follow(kubeconfig.to_owned(), seen, sender));
    let service = tower::service_fn(move |request: http::Request<kube::client::Body>| {
        let client = Client::clone(&receiver.borrow());
        async move { client.send(request).await }
    });
    Ok(Client::new(service, namespace))
}

/// Until the last client is gone.
async fn follow(file: PathBuf, mut seen: Vec<u8>, sender: watch::Sender<Arc<Client>>) {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.tick().await;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = sender.closed() => return,
        }
        match content(&file) {
            Ok(now) if now == seen => continue,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the connection stays as it is");
                continue;
            }
        }
        match connect(&file).await {
            Ok((client, now)) => {
                seen = now;
                sender.send_replace(Arc::new(client));
                tracing::info!(file = %file.display(), "changed, and is used from now on");
            }
            Err(error) => tracing::warn!(%error, "the connection stays as it is"),
        }
    }
}

async fn connect(file: &Path) -> Result<(Client, Vec<u8>), Error> {
    let seen = content(file)?;
    Ok((Client::try_from(config(file).await?)?, seen))
}

/// The kubeconfig and the files that it names, one after the other.
fn content(file: &Path) -> Result<Vec<u8>, Error> {
    let read = |file: &Path| {
        std::fs::read(file).map_err(|source| Error::Read {
            path: file.to_owned(),
            source,
        })
    };
    let mut all = read(file)?;
    let config = Kubeconfig::read_from(file).map_err(|source| Error::Kubeconfig {
        path: file.to_owned(),
        source,
    })?;
    let authorities = config
        .clusters
        .iter()
        .filter_map(|named| named.cluster.as_ref());
    let users = config
        .auth_infos
        .iter()
        .filter_map(|named| named.auth_info.as_ref());
    let mut named: Vec<&String> = authorities
        .filter_map(|one| one.certificate_authority.as_ref())
        .collect();
    for user in users {
        named.extend(user.client_certificate.as_ref());
        named.extend(user.client_key.as_ref());
    }
    for name in named {
        all.extend(read(Path::new(name))?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renewed_certificate_is_a_change() {
        let dir = tempfile::tempdir().unwrap();
        let (file, cert) = (dir.path().join("config"), dir.path().join("client.crt"));
        let text = format!(
            "apiVersion: v1\nkind: Config\nusers: [{{name: u, user: {{client-certificate: {}}}}}]\n",
            cert.display()
        );
        std::fs::write(&file, text).unwrap();
        assert!(content(&file).is_err());
        std::fs::write(&cert, "one").unwrap();
        let first = content(&file).unwrap();
        assert_eq!(first, content(&file).unwrap());
        std::fs::write(&cert, "two").unwrap();
        assert_ne!(first, content(&file).unwrap());
    }
}

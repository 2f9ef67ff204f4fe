//! Clients that notice when their kubeconfig, or a certificate that it names, has been renewed: what runs for months must
//! not end with the certificate it started with.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use knarr_component::metrics::Registry;
use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use tokio::sync::watch;

use crate::metrics::Requests;

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
pub async fn renewed(kubeconfig: &Path, registry: &Registry) -> Result<Client, Error> {
    let (first, seen) = connect(kubeconfig).await?;
    let namespace = first.client.default_namespace().to_owned();
    let outage = Arc::new(Outage::default());
    let requests = Arc::new(Requests::new(registry));
    let (sender, receiver) = watch::channel(Arc::new(first));
    tokio::spawn(follow(kubeconfig.to_owned(), seen, sender));
    let service = tower::service_fn(move |request: http::Request<kube::client::Body>| {
        let connection = Arc::clone(&receiver.borrow());
        let (outage, requests) = (Arc::clone(&outage), Arc::clone(&requests));
        async move {
            let (method, sent) = (request.method().clone(), Instant::now());
            let answer = connection.client.send(request).await;
            let code = answer.as_ref().ok().map(http::Response::status);
            requests.answered(&connection.host, &method, code, sent.elapsed());
            outage.note(&connection.server, answer.as_ref().err());
            answer
        }
    });
    Ok(Client::new(service, namespace))
}

struct Connection {
    client: Client,
    server: http::Uri,
    /// The server's name and port.
    host: String,
}

/// Whether the server could not be reached last.
#[derive(Default)]
struct Outage(AtomicBool);

impl Outage {
    /// Notes how a request went: the first of many failures says what all have in common, and the first answer that it
    /// is over.
    fn note(&self, server: &http::Uri, failure: Option<&kube::Error>) {
        if !self.changes(failure.is_some()) {
            return;
        }
        match failure.map(first_cause) {
            Some(error) => tracing::warn!(%server, %error, "the API server can't be reached"),
            None => tracing::warn!(%server, "the API server is reached again"),
        }
    }

    fn changes(&self, failed: bool) -> bool {
        self.0.swap(failed, Ordering::Relaxed) != failed
    }
}

/// What is behind an error; the layers above it only say that there was one.
fn first_cause(error: &kube::Error) -> &dyn std::error::Error {
    let mut error: &dyn std::error::Error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

/// Until the last client is gone.
async fn follow(file: PathBuf, mut seen: Vec<u8>, sender: watch::Sender<Arc<Connection>>) {
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
            Ok((connection, now)) => {
                seen = now;
                sender.send_replace(Arc::new(connection));
                tracing::info!(file = %file.display(), "changed, and is used from now on");
            }
            Err(error) => tracing::warn!(%error, "the connection stays as it is"),
        }
    }
}

async fn connect(file: &Path) -> Result<(Connection, Vec<u8>), Error> {
    let seen = content(file)?;
    let config = config(file).await?;
    let server = config.cluster_url.clone();
    let connection = Connection {
        client: Client::try_from(config)?,
        host: server
            .authority()
            .map(ToString::to_string)
            .unwrap_or_default(),
        server,
    };
    Ok((connection, seen))
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
    fn an_outage_is_told_when_it_begins_and_when_it_ends() {
        let outage = Outage::default();
        let told: Vec<bool> = [false, true, true, false, false, true]
            .into_iter()
            .map(|failed| outage.changes(failed))
            .collect();
        assert_eq!(told, [false, true, false, true, false, true]);
    }

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

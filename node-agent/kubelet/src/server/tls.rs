//! TLS of the node's server: the certificate it was given, asked for or made for itself.

use std::sync::Arc;

use knarr_component::protocols::Protocols;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::sync::watch;

use crate::certificate::{self, CertificateAndKey, Shown, Usable};
use crate::config::{KubeletConfig, Serving};

/// Why the server can't speak TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Certificate and key do not fit, or are not usable.
    #[error(transparent)]
    Certificate(#[from] certificate::Error),
    /// The protocol versions don't fit the cryptography.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
    /// A certificate for itself could not be made.
    #[error("self-signed certificate: {0}")]
    SelfSigned(#[from] rcgen::Error),
}

/// The certificate that is shown to begin with; `None` when the cluster is still to be asked for it.
pub fn shown(config: &KubeletConfig) -> Result<Shown, TlsError> {
    let first = match &config.serving {
        Serving::SelfSigned => Some(Usable::new(&self_signed(config)?)?.shown),
        Serving::Given(pair) => Some(Usable::new(pair)?.shown),
        Serving::Requested(_) => None,
    };
    Ok(Shown::new(first))
}

/// The server's TLS configuration: each handshake shows the certificate of then.
pub fn tls_config(
    shown: watch::Receiver<Option<Arc<CertifiedKey>>>,
) -> Result<Arc<rustls::ServerConfig>, TlsError> {
    Ok(knarr_component::tls::config(
        Arc::new(Current(shown)),
        &Protocols::default(),
    )?)
}

#[derive(Debug)]
struct Current(watch::Receiver<Option<Arc<CertifiedKey>>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.0.borrow().clone();
        if shown.is_none() {
            tracing::info!("no serving certificate available for the kubelet");
        }
        shown
    }
}

fn self_signed(config: &KubeletConfig) -> Result<CertificateAndKey, TlsError> {
    let names = vec![
        config.node_name.clone(),
        config.node_ip.to_string(),
        "localhost".to_owned(),
    ];
    let made = rcgen::generate_simple_self_signed(names)?;
    Ok(CertificateAndKey {
        certificate: made.cert.pem(),
        key: made.signing_key.serialize_pem(),
    })
}

//! TLS of the node's server: the certificate it was given, asked for or made for itself; client
//! certificates of the cluster's CA are verified where one is shown.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use tokio::sync::watch;

use crate::certificate::{self, CertificateAndKey, Shown, Usable};
use crate::config::{KubeletConfig, Serving};

/// Why the server can't speak TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate or key is not PEM.
    #[error("not a PEM file: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// Certificate and key do not fit, or are not usable.
    #[error(transparent)]
    Certificate(#[from] certificate::Error),
    /// The protocol versions don't fit the cryptography.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
    /// The CA can't be used to verify clients.
    #[error("client CA: {0}")]
    ClientCa(#[from] rustls::server::VerifierBuilderError),
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
    config: &KubeletConfig,
    shown: watch::Receiver<Option<Arc<CertifiedKey>>>,
) -> Result<Arc<rustls::ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?;
    let mut tls = match client_verifier(config, provider)? {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    }
    .with_cert_resolver(Arc::new(Current(shown)));
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(tls))
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

fn client_verifier(
    config: &KubeletConfig,
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, TlsError> {
    let Some(ca) = &config.client_ca else {
        return Ok(None);
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca.as_bytes()) {
        roots.add(certificate?)?;
    }
    // Health checks come without a certificate; every other path asks for one.
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .allow_unauthenticated()
        .build()?;
    Ok(Some(verifier))
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

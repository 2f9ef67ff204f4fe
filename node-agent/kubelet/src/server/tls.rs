//! TLS of the node's server: the certificate it was given, or one it makes for itself; client
//! certificates of the cluster's CA are verified where one is shown.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

use crate::config::{KubeletConfig, ServingIdentity};

/// Why the server can't speak TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate or key is not PEM.
    #[error("not a PEM file: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// Certificate and key do not fit, or are not usable.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
    /// The CA can't be used to verify clients.
    #[error("client CA: {0}")]
    ClientCa(#[from] rustls::server::VerifierBuilderError),
    /// A certificate for itself could not be made.
    #[error("self-signed certificate: {0}")]
    SelfSigned(#[from] rcgen::Error),
}

/// The server's TLS configuration.
pub fn tls_config(config: &KubeletConfig) -> Result<Arc<rustls::ServerConfig>, TlsError> {
    let identity = match &config.tls {
        Some(identity) => identity.clone(),
        None => self_signed(config)?,
    };
    let chain = CertificateDer::pem_slice_iter(identity.certificate.as_bytes())
        .collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?;
    let mut tls = match client_verifier(config, provider)? {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    }
    .with_single_cert(chain, key)?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(tls))
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

fn self_signed(config: &KubeletConfig) -> Result<ServingIdentity, TlsError> {
    let names = vec![
        config.node_name.clone(),
        config.node_ip.to_string(),
        "localhost".to_owned(),
    ];
    let made = rcgen::generate_simple_self_signed(names)?;
    Ok(ServingIdentity {
        certificate: made.cert.pem(),
        key: made.signing_key.serialize_pem(),
    })
}

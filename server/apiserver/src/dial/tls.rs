//! The client's side of TLS, for whatever the API server connects to: whom it trusts, and how it shows itself.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::client::VerifierBuilderError;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use knarr_component::trusted::Trusted;
use knarr_component::unjudged::Unjudged;

/// Why there is no configuration. The texts are those of client-go's transport package.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("unable to load root certificates: {0}")]
    Roots(String),
    #[error("tls: failed to find any PEM data in certificate input: {0}")]
    Certificate(rustls::pki_types::pem::Error),
    #[error("tls: failed to find any PEM data in key input: {0}")]
    Key(rustls::pki_types::pem::Error),
    #[error("tls: {0}")]
    Rustls(#[from] rustls::Error),
    #[error("tls: {0}")]
    Verifier(#[from] VerifierBuilderError),
}

/// The PEM of a `caBundle`, which objects hold in base64.
pub fn ca_bundle(text: &str) -> Result<Vec<u8>, Error> {
    let decoded = STANDARD.decode(text);
    decoded.map_err(|error| Error::Roots(error.to_string()))
}

/// Whose certificates are good.
pub enum Trust {
    /// What these sign, and those certificates themselves.
    Roots(RootCertStore, Vec<CertificateDer<'static>>),
    /// Anybody's.
    Anyone,
}

impl Trust {
    /// The authorities of a PEM bundle.
    pub fn bundle(pem: &[u8]) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        let mut themselves = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| Error::Roots(error.to_string()))?;
            let added = roots.add(certificate.clone());
            added.map_err(|error| Error::Roots(error.to_string()))?;
            themselves.push(certificate);
        }
        if roots.is_empty() {
            return Err(Error::Roots(
                "unable to parse bytes as PEM block".to_owned(),
            ));
        }
        Ok(Self::Roots(roots, themselves))
    }

    /// The authorities of a PEM bundle, or those of this machine when it is empty.
    pub fn bundle_or_system(pem: &[u8]) -> Result<Self, Error> {
        if !pem.is_empty() {
            return Self::bundle(pem);
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Ok(Self::Roots(roots, Vec::new()))
    }
}

/// A configuration that shows a certificate (PEM, with its key) if it is given one.
pub fn config(trust: Trust, identity: Option<(&str, &str)>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?;
    let verified = |verifier: Arc<dyn ServerCertVerifier>| {
        let builder = builder.clone().dangerous();
        builder.with_custom_certificate_verifier(verifier)
    };
    let builder = match trust {
        Trust::Roots(roots, themselves) if !themselves.is_empty() => {
            verified(Arc::new(Trusted::new(roots, themselves, provider)?))
        }
        Trust::Roots(roots, _) => builder.with_root_certificates(roots),
        Trust::Anyone => verified(Arc::new(Unjudged(provider))),
    };
    let Some((cert, key)) = identity else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = CertificateDer::pem_slice_iter(cert.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(Error::Certificate)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(Error::Key)?;
    Ok(builder.with_client_auth_cert(chain, key)?)
}

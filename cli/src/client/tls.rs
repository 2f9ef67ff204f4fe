//! The TLS side of a connection: which CAs are trusted and which certificate is shown.

use crate::{
    error::{Error, Result},
    kubeconfig::Resolved,
};
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject};
use std::sync::Arc;

/// The TLS settings for a cluster and a user; `protocols` is the ALPN list.
pub fn config(resolved: &Resolved, protocols: &[&[u8]]) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let wrong = |error: rustls::Error| Error::message(format!("tls: {error}"));
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(wrong)?;
    let verifier: Arc<dyn ServerCertVerifier> = if resolved.insecure {
        Arc::new(Trusting(provider))
    } else {
        let roots = roots(resolved)?;
        if roots.is_empty() {
            return Ok(builder.with_root_certificates(roots).with_no_client_auth());
        }
        let roots = Arc::new(roots);
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider)
            .build()
            .map_err(|error| Error::message(format!("tls: {error}")))?;
        match &resolved.tls_server_name {
            Some(name) => {
                let name = ServerName::try_from(name.clone())
                    .map_err(|_| Error::message(format!("tls: \"{name}\" is no server name")))?;
                Arc::new(Named {
                    name,
                    inner: verifier,
                })
            }
            None => verifier,
        }
    };
    let builder = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match &resolved.credentials.certificate {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = CertificateDer::pem_slice_iter(certificate)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| {
                    Error::message(format!(
                        "tls: failed to find any PEM data in certificate input: {error}"
                    ))
                })?;
            let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
                Error::message(format!(
                    "tls: failed to find any PEM data in key input: {error}"
                ))
            })?;
            builder.with_client_auth_cert(chain, key).map_err(wrong)?
        }
    };
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(config)
}

fn roots(resolved: &Resolved) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match &resolved.certificate_authority {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|error| {
                    Error::message(format!("unable to load root certificates: {error}"))
                })?;
                roots.add(certificate).map_err(|error| {
                    Error::message(format!("unable to load root certificates: {error}"))
                })?;
            }
            if roots.is_empty() {
                return Err(Error::message(
                    "unable to load root certificates: unable to parse bytes as PEM block",
                ));
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() && resolved.server.starts_with("https") {
        return Err(Error::message(
            "no certificate authority is known: neither the kubeconfig nor the system has one",
        ));
    }
    Ok(roots)
}

/// Go's words for the faults of a certificate that users meet.
pub fn explain(cause: &str) -> String {
    let fault = cause
        .rsplit("invalid peer certificate: ")
        .next()
        .unwrap_or(cause);
    match fault {
        text if text.starts_with("UnknownIssuer") || text.starts_with("BadSignature") => {
            "x509: certificate signed by unknown authority".to_owned()
        }
        text if text.starts_with("certificate expired") || text.starts_with("Expired") => {
            format!("x509: certificate has expired or is not yet valid: {text}")
        }
        text if text.starts_with("certificate not valid for name") => {
            format!("x509: {text}")
        }
        text => format!("x509: {text}"),
    }
}

/// Checks the server against another name than the one it was reached by (`tls-server-name`).
#[derive(Debug)]
struct Named {
    name: ServerName<'static>,
    inner: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _reached_by: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.inner
            .verify_server_cert(end_entity, intermediates, &self.name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Accepts any certificate: what `--insecure-skip-tls-verify` asks for.
#[derive(Debug)]
struct Trusting(Arc<CryptoProvider>);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _reached_by: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

//! The verifier of servers whose own certificate stands in the bundle of those to trust. webpki takes no certificate of
//! an authority for that of a server; Go takes whatever is listed itself, and so do those who made one certificate with
//! `openssl req -x509` for both.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate};

/// See the head of this file.
#[derive(Debug)]
pub struct Listed {
    pub webpki: Arc<WebPkiServerVerifier>,
    pub certificates: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Listed {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.webpki
                .verify_server_cert(end_entity, intermediates, server_name, ocsp, now);
        if verified.is_ok() || !self.certificates.iter().any(|one| one == end_entity) {
            return verified;
        }
        check_time(end_entity, now)?;
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

fn check_time(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), CertificateError> {
    let parsed = X509Certificate::from_der(certificate);
    let (_, parsed) = parsed.map_err(|_| CertificateError::BadEncoding)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < parsed.validity().not_before.timestamp() {
        return Err(CertificateError::NotValidYet);
    }
    if now > parsed.validity().not_after.timestamp() {
        return Err(CertificateError::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::RootCertStore;
    use rustls::pki_types::pem::PemObject;

    use super::*;
    use crate::testing::pki::TestCa;

    /// What is said of an authority's own certificate, which has no name.
    fn judged(listed: bool, at: u64) -> Result<ServerCertVerified, Error> {
        let certificate = CertificateDer::from_pem_slice(TestCa::new().cert.as_bytes()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Listed {
            webpki: WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .unwrap(),
            certificates: listed.then(|| certificate.clone()).into_iter().collect(),
        };
        let name = ServerName::try_from("a").unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(at));
        verifier.verify_server_cert(&certificate, &[], &name, &[], now)
    }

    #[test]
    fn an_authority_that_is_listed_is_judged_by_its_time_and_name() {
        const IN_2030: u64 = 1_893_456_000;
        let shown = |listed, at| format!("{:?}", judged(listed, at).unwrap_err());
        assert!(shown(false, IN_2030).contains("CaUsedAsEndEntity"));
        assert!(shown(true, IN_2030).contains("NotValidForName"));
        assert!(shown(true, IN_2030 * 100).contains("Expired"));
        assert!(shown(true, 0).contains("NotValidYet"));
    }
}

//! The verifier of a client of TLS that trusts whom Go's does: what an authority signed, and a certificate that is itself
//! among the trusted ones. webpki takes the latter for a server's only if it is no authority's, but that is what `openssl
//! req -x509` and many generators of certificates for webhooks make.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};

/// See the head of this file.
#[derive(Debug)]
pub struct Trusted {
    signed: Arc<WebPkiServerVerifier>,
    themselves: Vec<CertificateDer<'static>>,
}

impl Trusted {
    /// Trusts what these sign, and these.
    pub fn new(
        roots: RootCertStore,
        themselves: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, VerifierBuilderError> {
        let signed = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        Ok(Self {
            signed: signed.build()?,
            themselves,
        })
    }
}

/// Whether a certificate that is trusted by itself is good for a server of this name, now.
fn judge(cert: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Result<(), Error> {
    let bad = CertificateError::BadEncoding;
    let (_, parsed) = X509Certificate::from_der(cert).map_err(|_| bad.clone())?;
    let seconds = i64::try_from(now.as_secs()).map_err(|_| bad.clone())?;
    let now = ASN1Time::from_timestamp(seconds).map_err(|_| bad.clone())?;
    let validity = parsed.validity();
    if now < validity.not_before {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > validity.not_after {
        return Err(CertificateError::Expired.into());
    }
    let uses = parsed.extended_key_usage().map_err(|_| bad)?;
    if uses.is_some_and(|uses| !uses.value.server_auth && !uses.value.any) {
        return Err(CertificateError::InvalidPurpose.into());
    }
    verify_server_name(&ParsedCertificate::try_from(cert)?, name)
}

impl ServerCertVerifier for Trusted {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.themselves.iter().any(|one| one == end_entity) {
            judge(end_entity, server_name, now)?;
            return Ok(ServerCertVerified::assertion());
        }
        let signed = &self.signed;
        signed.verify_server_cert(end_entity, intermediates, server_name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signed.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{TestCa, der};

    fn verify(
        trusted: &str,
        shown: &str,
        name: &'static str,
        later: Duration,
    ) -> Result<(), String> {
        let trusted = der(trusted);
        let mut roots = RootCertStore::empty();
        roots.add(trusted.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Trusted::new(roots, vec![trusted], provider).unwrap();
        let now =
            UnixTime::since_unix_epoch(Duration::from_secs(UnixTime::now().as_secs()) + later);
        let name = ServerName::try_from(name).unwrap();
        let judged = verifier.verify_server_cert(&der(shown), &[], &name, &[], now);
        judged.map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn a_certificate_that_is_trusted_itself_is_good_although_it_is_an_authoritys() {
        let own = TestCa::self_signed_server(&["127.0.0.1", "hook.default.svc"]);
        let soon = Duration::ZERO;
        for name in ["127.0.0.1", "hook.default.svc"] {
            assert_eq!(verify(&own, &own, name, soon), Ok(()), "{name}");
        }
        let error = verify(&own, &own, "other.default.svc", soon).unwrap_err();
        assert!(error.contains("not valid for name"), "{error}");
        let centuries = Duration::from_secs(60 * 60 * 24 * 365 * 7000);
        let error = verify(&own, &own, "127.0.0.1", centuries).unwrap_err();
        assert!(error.contains("Expired"), "{error}");
        let other = TestCa::self_signed_server(&["127.0.0.1"]);
        assert!(verify(&own, &other, "127.0.0.1", soon).is_err());
    }

    #[test]
    fn what_an_authority_signed_is_good() {
        let ca = TestCa::new();
        let (cert, _) = ca.server();
        assert_eq!(verify(&ca.cert, &cert, "localhost", Duration::ZERO), Ok(()));
        let (client, _) = ca.client("a", &[]);
        assert!(verify(&client, &client, "localhost", Duration::ZERO).is_err());
    }
}

//! The TLS side of a connection: which CAs are trusted and which certificate is shown.

use crate::{
    error::{Error, Result},
    kubeconfig::{Credentials, Resolved},
};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, InconsistentKeys, RootCertStore,
    SignatureScheme,
    client::{
        VerifierBuilderError, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    server::ParsedCertificate,
    sign::{CertifiedKey, SingleCertAndKey},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject};
use std::{
    fmt::Display,
    sync::{Arc, OnceLock},
};

/// The TLS settings for a cluster and a user's credentials; `protocols` is the ALPN list.
pub fn config(
    resolved: &Resolved,
    credentials: &Credentials,
    protocols: &[&[u8]],
) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let shown_by = provider.clone();
    let wrong = |error: rustls::Error| Error::message(format!("tls: {error}"));
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(wrong)?;
    let verifier: Arc<dyn ServerCertVerifier> = if resolved.insecure {
        Arc::new(Trusting(provider))
    } else {
        let trusted: Arc<dyn ServerCertVerifier> = match &resolved.certificate_authority {
            Some(pem) => {
                let trusted = Trusted::named(named_roots(pem)?, provider);
                Arc::new(trusted.map_err(|error| Error::message(format!("tls: {error}")))?)
            }
            None => Arc::new(Trusted::system(provider)),
        };
        match &resolved.tls_server_name {
            Some(name) => {
                let name = ServerName::try_from(name.clone())
                    .map_err(|_| Error::message(format!("tls: \"{name}\" is no server name")))?;
                Arc::new(Named {
                    name,
                    inner: trusted,
                })
            }
            None => trusted,
        }
    };
    let builder = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match &credentials.certificate {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let shown = SingleCertAndKey::from(shown(certificate, key, &shown_by)?);
            builder.with_client_cert_resolver(Arc::new(shown))
        }
    };
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(config)
}

/// The user's certificate and key. What kind of certificate it is, the server may judge.
fn shown(certificate: &[u8], key: &[u8], provider: &CryptoProvider) -> Result<CertifiedKey> {
    let wrong = |cause: &str| Error::Connection {
        host: String::new(),
        request: String::new(),
        cause: format!("tls: {cause}"),
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .unwrap_or_default();
    if chain.is_empty() {
        return Err(wrong("failed to find any PEM data in certificate input"));
    }
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|_| wrong("failed to find any PEM data in key input"))?;
    let key = provider.key_provider.load_private_key(key);
    let key = key.map_err(|_| wrong("failed to parse private key"))?;
    let shown = CertifiedKey::new(chain, key);
    match shown.keys_match() {
        Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(wrong("private key does not match public key"))
        }
        _ => Ok(shown),
    }
}

/// The certificate authorities that the kubeconfig names; what is no certificate among them is passed over.
fn named_roots(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let unreadable =
        |why: &dyn Display| Error::message(format!("unable to load root certificates: {why}"));
    let mut named = Vec::new();
    let mut fault = None;
    for certificate in CertificateDer::pem_slice_iter(pem).flatten() {
        match RootCertStore::empty().add(certificate.clone()) {
            Ok(()) => named.push(certificate),
            Err(why) => fault = fault.or(Some(why)),
        }
    }
    match fault {
        _ if !named.is_empty() => Ok(named),
        Some(fault) => Err(unreadable(&format!("failed to parse certificate: {fault}"))),
        // There is PEM to the last line, but of other things.
        None if pem.ends_with(b"-----\n") => {
            Err(unreadable(&"no valid certificate authority data seen"))
        }
        None => Err(unreadable(&"unable to parse bytes as PEM block")),
    }
}

/// Who is trusted: what the kubeconfig names, or what the system trusts. The system's authorities fill a hundred files and
/// more, which are read when a server shows its certificate, and not for one that has none.
#[derive(Debug)]
struct Trusted {
    provider: Arc<CryptoProvider>,
    known: OnceLock<Known>,
}

#[derive(Debug)]
struct Known {
    roots: Vec<CertificateDer<'static>>,
    verifier: Arc<WebPkiServerVerifier>,
}

impl Trusted {
    fn named(
        roots: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, VerifierBuilderError> {
        let known = Known::new(roots, &provider)?;
        Ok(Trusted {
            provider,
            known: OnceLock::from(known),
        })
    }

    fn system(provider: Arc<CryptoProvider>) -> Self {
        Trusted {
            provider,
            known: OnceLock::new(),
        }
    }

    fn known(&self) -> Result<&Known, rustls::Error> {
        if let Some(known) = self.known.get() {
            return Ok(known);
        }
        let roots = rustls_native_certs::load_native_certs().certs;
        let known = Known::new(roots, &self.provider).map_err(|_| {
            rustls::Error::General(
                "no certificate authority is known: neither the kubeconfig nor the system has one"
                    .to_owned(),
            )
        })?;
        Ok(self.known.get_or_init(|| known))
    }
}

impl Known {
    fn new(
        roots: Vec<CertificateDer<'static>>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, VerifierBuilderError> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().cloned());
        let builder =
            WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone());
        let verifier = builder.build()?;
        Ok(Known { roots, verifier })
    }

    /// As Go judges: a certificate that is itself among the trusted ones needs nobody else, also if it could sign others,
    /// which webpki allows to no server. Webpki says so only after it looked at the dates.
    fn judge(
        &self,
        judged: Result<ServerCertVerified, rustls::Error>,
        end_entity: &CertificateDer<'_>,
        name: &ServerName<'_>,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match judged {
            Err(fault) if format!("{fault:?}").contains(AUTHORITY_AS_SERVER) => {
                if !self.roots.contains(end_entity) {
                    return Err(CertificateError::UnknownIssuer.into());
                }
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            judged => judged,
        }
    }
}

/// webpki's word for a server's certificate that is an authority's.
const AUTHORITY_AS_SERVER: &str = "CaUsedAsEndEntity";

impl ServerCertVerifier for Trusted {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let known = self.known()?;
        let judged = known
            .verifier
            .verify_server_cert(end_entity, intermediates, name, ocsp, now);
        known.judge(judged, end_entity, name)
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
            &self.provider.signature_verification_algorithms,
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
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Go's words for what the server says before it hangs up.
pub fn alert(cause: &str) -> Option<String> {
    let name = cause.split_once("received fatal alert: ")?.1.trim();
    let words = match name {
        "BadRecordMAC" => "bad record MAC",
        "BadCertificateHashValue" => "bad certificate hash value",
        "CertificateExpired" => "expired certificate",
        "CertificateRevoked" => "revoked certificate",
        "CertificateUnknown" => "unknown certificate",
        "DecodeError" => "error decoding message",
        "DecryptError" => "error decrypting message",
        "InsufficientSecurity" => "insufficient security level",
        "NoApplicationProtocol" => "no application protocol",
        "ProtocolVersion" => "protocol version not supported",
        "UnknownCA" => "unknown certificate authority",
        // What is left has the words of its name.
        name => return Some(format!("remote error: tls: {}", spaced(name))),
    };
    Some(format!("remote error: tls: {words}"))
}

/// `BadCertificate` as `bad certificate`.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

/// Go's words for the faults of a certificate that users meet.
pub fn explain(cause: &str) -> String {
    let fault = cause
        .rsplit("invalid peer certificate: ")
        .next()
        .unwrap_or(cause);
    let words = match fault {
        text if text.starts_with("UnknownIssuer") || text.starts_with("BadSignature") => {
            Some("certificate signed by unknown authority".to_owned())
        }
        text if text.starts_with("certificate does not allow extended key usage") => {
            Some("certificate specifies an incompatible key usage".to_owned())
        }
        text if text.starts_with("certificate expired") => out_of_time(text, "after"),
        text if text.starts_with("certificate not valid yet") => out_of_time(text, "before"),
        text => text
            .strip_prefix("certificate not valid for name ")
            .and_then(another_name),
    };
    format!("x509: {}", words.as_deref().unwrap_or(fault))
}

/// Reads `…: verification time 5 (UNIX), but certificate is not valid after 3 (2 seconds ago)`.
fn out_of_time(text: &str, side: &str) -> Option<String> {
    let mut numbers = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|number| number.parse::<i64>().ok())
        .filter_map(|seconds| jiff::Timestamp::from_second(seconds).ok());
    let (now, limit) = (numbers.next()?, numbers.next()?);
    let now = now.to_zoned(jiff::tz::TimeZone::system());
    let now = now
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
        .replace("+00:00", "Z");
    Some(format!(
        "certificate has expired or is not yet valid: current time {now} is {side} {limit}"
    ))
}

/// Reads `"x"; certificate is only valid for DnsName("a"), IpAddress(127.0.0.1) or DnsName("b")`.
fn another_name(text: &str) -> Option<String> {
    let (wanted, presented) = text.strip_prefix('"')?.split_once("\"; certificate ")?;
    let is_address = wanted.parse::<std::net::IpAddr>().is_ok();
    let kind = if is_address { "IpAddress(" } else { "DnsName(" };
    let names: Vec<String> = presented
        .split(kind)
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|name| match name.parse::<std::net::IpAddr>() {
            Ok(address) => address.to_string(),
            Err(_) => name.trim_matches('"').to_owned(),
        })
        .collect();
    Some(match (names.is_empty(), is_address) {
        (true, true) => format!(
            "cannot validate certificate for {wanted} because it doesn't contain any IP SANs"
        ),
        (true, false) => {
            format!("certificate is not valid for any names, but wanted to match {wanted}")
        }
        (false, _) => format!(
            "certificate is valid for {}, not {wanted}",
            names.join(", ")
        ),
    })
}

/// Checks the server against another name than the one it was reached by (`tls-server-name`).
#[derive(Debug)]
struct Named {
    name: ServerName<'static>,
    inner: Arc<dyn ServerCertVerifier>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_have_gos_words() {
        let said = |name: &str| alert(&format!("received fatal alert: {name}"));
        for (name, expected) in [
            ("CertificateUnknown", "unknown certificate"),
            ("BadCertificate", "bad certificate"),
            ("UnknownCA", "unknown certificate authority"),
        ] {
            assert_eq!(said(name), Some(format!("remote error: tls: {expected}")));
        }
        assert_eq!(alert("connection reset"), None);
    }

    #[test]
    fn faults_of_certificates_have_gos_words() {
        let only = "certificate is only valid for DnsName(\"a\"), IpAddress(127.0.0.1), IpAddress(0::1) or DnsName(\"b\")";
        for (fault, expected) in [
            (
                format!("certificate not valid for name \"x\"; {only}"),
                "certificate is valid for a, b, not x",
            ),
            (
                format!("certificate not valid for name \"1.2.3.4\"; {only}"),
                "certificate is valid for 127.0.0.1, ::1, not 1.2.3.4",
            ),
            (
                "certificate not valid for name \"1.2.3.4\"; certificate is only valid for DnsName(\"a\")".to_owned(),
                "cannot validate certificate for 1.2.3.4 because it doesn't contain any IP SANs",
            ),
            ("UnknownIssuer".to_owned(), "certificate signed by unknown authority"),
        ] {
            let cause = format!("invalid peer certificate: {fault}");
            assert_eq!(explain(&cause), format!("x509: {expected}"));
        }
        let expired = "certificate expired: verification time 86400 (UNIX), but certificate is not valid after 3600 (82800 seconds ago)";
        let said = explain(expired);
        assert!(
            said.starts_with(
                "x509: certificate has expired or is not yet valid: current time 1970-01-0"
            ),
            "{said}"
        );
        assert!(said.ends_with(" is after 1970-01-01T01:00:00Z"), "{said}");
    }

    #[test]
    fn what_is_no_certificate_is_refused_before_it_is_shown() {
        let provider = ring::default_provider();
        let error = shown(b"", b"", &provider).expect_err("there is none");
        assert_eq!(
            error.report().0,
            "Unable to connect to the server: tls: failed to find any PEM data in certificate input"
        );
    }
}

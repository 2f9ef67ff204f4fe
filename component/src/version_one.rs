//! Certificates of X.509 version 1: what `openssl x509 -req` makes of a request when it is told no extensions. Upstream
//! takes them from clients, and webpki takes none; so they are judged here. The algorithms are those that webpki has.

use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use rustls::{DigitallySignedStruct, Error, PeerMisbehaved};
use webpki::RawPublicKeyEntity;
use x509_parser::asn1_rs::{Any, BitString};
use x509_parser::oid_registry::{
    OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_EXTENDED_KEY_USAGE, OID_X509_EXT_KEY_USAGE,
};
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate, X509Version};

/// The certificate, if it is one of version 1 and has nothing that only later versions have.
pub fn parse<'a>(cert: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    let (rest, parsed) = X509Certificate::from_der(cert).ok()?;
    let plain = parsed.issuer_uid.is_none()
        && parsed.subject_uid.is_none()
        && parsed.extensions().is_empty();
    (rest.is_empty() && parsed.version() == X509Version::V1 && plain).then_some(parsed)
}

/// Judges a certificate that [`parse`] gave: one of the authorities has to have signed it itself, as it can't tell of an
/// authority between them that it is one. `at` is in seconds since 1970; the error says why it is not trusted.
pub fn verify(
    cert: &X509Certificate<'_>,
    authorities: &[CertificateDer<'_>],
    algorithms: &WebPkiSupportedAlgorithms,
    at: i64,
) -> Result<(), String> {
    let at = ASN1Time::from_timestamp(at).map_err(|error| error.to_string())?;
    if !cert.validity().is_valid_at(at) {
        return Err("certificate has expired or is not yet valid".to_owned());
    }
    let signed = authorities.iter().any(|authority| {
        let parsed = X509Certificate::from_der(authority);
        parsed.is_ok_and(|(_, authority)| {
            authority.subject().as_raw() == cert.issuer().as_raw()
                && may_sign(&authority, at)
                && has_signed(&authority, cert, algorithms).is_some()
        })
    });
    if signed {
        Ok(())
    } else {
        Err("certificate signed by unknown authority".to_owned())
    }
}

/// Whether an authority may sign certificates of clients: RFC 5280, sections 4.2.1.3, 4.2.1.9 and 4.2.1.12, and nothing
/// critical that is not understood here.
fn may_sign(authority: &X509Certificate<'_>, at: ASN1Time) -> bool {
    let understood = [
        OID_X509_EXT_BASIC_CONSTRAINTS,
        OID_X509_EXT_KEY_USAGE,
        OID_X509_EXT_EXTENDED_KEY_USAGE,
    ];
    let strange = |extension: &x509_parser::prelude::X509Extension<'_>| {
        extension.critical && !understood.contains(&extension.oid)
    };
    if !authority.validity().is_valid_at(at) || authority.iter_extensions().any(strange) {
        return false;
    }
    let is_ca = match authority.version() {
        X509Version::V1 => authority.extensions().is_empty(),
        _ => authority.is_ca(),
    };
    let signs = match authority.key_usage() {
        Ok(usage) => usage.is_none_or(|usage| usage.value.key_cert_sign()),
        Err(_) => false,
    };
    let for_clients = match authority.extended_key_usage() {
        Ok(usage) => usage.is_none_or(|usage| usage.value.any || usage.value.client_auth),
        Err(_) => false,
    };
    is_ca && signs && for_clients
}

/// Whether the authority's key made the certificate's signature.
fn has_signed(
    authority: &X509Certificate<'_>,
    cert: &X509Certificate<'_>,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Option<()> {
    // RFC 5280, section 4.1.1.2.
    if cert.signature != cert.signature_algorithm {
        return None;
    }
    let (_, whole) = Any::from_der(cert.as_raw()).ok()?;
    let (rest, _) = Any::from_der(whole.data).ok()?;
    let signed = &whole.data[..whole.data.len() - rest.len()];
    let (rest, algorithm) = Any::from_der(rest).ok()?;
    let (rest, signature) = BitString::from_der(rest).ok()?;
    if !rest.is_empty() || signature.unused_bits != 0 {
        return None;
    }
    let key = SubjectPublicKeyInfoDer::from(authority.public_key().raw);
    let key = RawPublicKeyEntity::try_from(&key).ok()?;
    let mut fitting = algorithms
        .all
        .iter()
        .filter(|one| one.signature_alg_id().as_ref() == algorithm.data);
    fitting
        .any(|one| key.verify_signature(*one, signed, &signature.data).is_ok())
        .then_some(())
}

/// Whether the peer has the key of its certificate: the signature of a handshake of TLS 1.2.
pub fn verify_tls12_signature(
    cert: &X509Certificate<'_>,
    message: &[u8],
    signed: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<(), Error> {
    let key = SubjectPublicKeyInfoDer::from(cert.public_key().raw);
    let key =
        RawPublicKeyEntity::try_from(&key).map_err(|_| rustls::CertificateError::BadEncoding)?;
    let mut schemes = algorithms.mapping.iter();
    let (_, fitting) = schemes
        .find(|(scheme, _)| *scheme == signed.scheme)
        .ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
    let good = |one: &&dyn rustls::pki_types::SignatureVerificationAlgorithm| {
        key.verify_signature(*one, message, signed.signature())
            .is_ok()
    };
    if fitting.iter().any(good) {
        Ok(())
    } else {
        Err(rustls::CertificateError::BadSignature.into())
    }
}

/// The same for TLS 1.3.
pub fn verify_tls13_signature(
    cert: &X509Certificate<'_>,
    message: &[u8],
    signed: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<(), Error> {
    let key = SubjectPublicKeyInfoDer::from(cert.public_key().raw);
    verify_tls13_signature_with_raw_key(message, &key, signed, algorithms).map(|_| ())
}

//! Certificates of X.509 version 1: what `openssl x509 -req` makes of a request when it is told no extensions. Upstream
//! takes them from clients, and webpki takes none; so they are judged here. The algorithms are those that webpki has.

use std::cell::Cell;

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

/// How many authorities may stand between the certificate and one that is trusted, as webpki has it.
const DEPTH: u32 = 6;
/// How many signatures are looked at: whoever sends many authorities of one name is not listened to for ever.
const SIGNATURES: u32 = 100;

/// By whom a certificate can be vouched for.
pub struct Judge<'a> {
    authorities: Vec<X509Certificate<'a>>,
    intermediates: Vec<X509Certificate<'a>>,
    algorithms: &'a WebPkiSupportedAlgorithms,
    at: ASN1Time,
    left: Cell<u32>,
}

impl<'a> Judge<'a> {
    /// `authorities` are trusted, `intermediates` came with the certificate. `at` is in seconds since 1970.
    pub fn new(
        authorities: &'a [CertificateDer<'_>],
        intermediates: &'a [CertificateDer<'_>],
        algorithms: &'a WebPkiSupportedAlgorithms,
        at: i64,
    ) -> Result<Self, String> {
        let read = |all: &'a [CertificateDer<'_>]| {
            let parsed = all
                .iter()
                .filter_map(|one| X509Certificate::from_der(one).ok());
            parsed.map(|(_, one)| one).collect()
        };
        Ok(Self {
            authorities: read(authorities),
            intermediates: read(intermediates),
            algorithms,
            at: ASN1Time::from_timestamp(at).map_err(|error| error.to_string())?,
            left: Cell::new(SIGNATURES),
        })
    }

    /// Judges a certificate that [`parse`] gave; the error says why it is not trusted.
    pub fn verify(&self, cert: &X509Certificate<'_>) -> Result<(), String> {
        if !cert.validity().is_valid_at(self.at) {
            return Err("certificate has expired or is not yet valid".to_owned());
        }
        match self.is_vouched_for(cert, 0) {
            true => Ok(()),
            false => Err("certificate signed by unknown authority".to_owned()),
        }
    }

    /// Whether an authority signed the certificate, or one that an authority vouches for. `below` is how many
    /// authorities there are from the certificate down.
    fn is_vouched_for(&self, cert: &X509Certificate<'_>, below: u32) -> bool {
        let signed = |authority: &&X509Certificate<'_>| {
            authority.subject().as_raw() == cert.issuer().as_raw()
                && may_sign(authority, self.at, below)
                && self.left.get() > 0
                && {
                    self.left.set(self.left.get() - 1);
                    has_signed(authority, cert, self.algorithms).is_some()
                }
        };
        // One between has to say that it is an authority, which version 1 can't.
        let between = |one: &&X509Certificate<'_>| one.version() == X509Version::V3;
        self.authorities.iter().any(|one| signed(&one))
            || below < DEPTH
                && self
                    .intermediates
                    .iter()
                    .filter(between)
                    .filter(signed)
                    .any(|one| self.is_vouched_for(one, below + 1))
    }
}

/// Whether an authority may sign certificates of clients with so many authorities below it: RFC 5280, sections 4.2.1.3,
/// 4.2.1.9 and 4.2.1.12, and nothing critical that is not understood here.
fn may_sign(authority: &X509Certificate<'_>, at: ASN1Time, below: u32) -> bool {
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
    let length = match authority.basic_constraints() {
        Ok(constraints) => constraints.and_then(|found| found.value.path_len_constraint),
        Err(_) => return false,
    };
    is_ca && signs && for_clients && length.is_none_or(|length| below <= length)
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

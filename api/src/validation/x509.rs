//! What is inside requests for certificates, and inside certificates, as far as it can be refused for it.

use jiff::Timestamp;
use x509_parser::asn1_rs::BitString;
use x509_parser::certificate::X509Certificate;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::error::X509Error;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_NIST_EC_P384, OID_NIST_EC_P521, OID_SIG_ECDSA_WITH_SHA256, OID_SIG_ED25519,
};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::verify::verify_signature;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use crate::pem::{self, Block};
use crate::quote::quote;

/// Shorter keys are read, but their signatures can't be checked here.
const RSA_BITS_MIN: usize = 2048;

/// Why a text is refused. Upstream's words, but for what its parsers of ASN.1 say.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error("PEM block type must be CERTIFICATE REQUEST")]
    NoRequest,
    #[error("asn1: structure error: {0}")]
    Structure(String),
    #[error("asn1: syntax error: trailing data")]
    Trailing,
    #[error("crypto/rsa: verification error")]
    RsaSignature,
    #[error("x509: ECDSA verification failure")]
    EcdsaSignature,
    #[error("x509: Ed25519 verification failure")]
    EdSignature,
    #[error("only CERTIFICATE PEM blocks are allowed, found {0}")]
    OtherBlock(String),
    #[error("no PEM block headers are permitted")]
    Headers,
    #[error("found CERTIFICATE PEM block containing 0 certificates")]
    EmptyBlock,
    #[error("must contain at least one CERTIFICATE PEM block")]
    NoCertificate,
}

/// `validateCSR`: the request in the first block, whose signature must be its own key's.
pub(super) fn request(text: &str) -> Result<(), Error> {
    let request = pem::first(text, pem::CERTIFICATE_REQUEST).ok_or(Error::NoRequest)?;
    let (rest, request) = X509CertificationRequest::from_der(&request)
        .map_err(|error| Error::Structure(error.to_string()))?;
    if !rest.is_empty() {
        return Err(Error::Trailing);
    }
    let key = &request.certification_request_info.subject_pki;
    match request.verify_signature() {
        Err(X509Error::SignatureVerificationError) => wrong_signature(key),
        // What is not known here is left to the signer.
        _ => Ok(()),
    }
}

fn wrong_signature(key: &SubjectPublicKeyInfo<'_>) -> Result<(), Error> {
    match key.parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() < RSA_BITS_MIN => Ok(()),
        Ok(PublicKey::RSA(_)) => Err(Error::RsaSignature),
        Ok(PublicKey::EC(_)) => Err(Error::EcdsaSignature),
        _ => Err(Error::EdSignature),
    }
}

/// `validateCertificate`: certificates, and nothing else.
pub(super) fn certificates(text: &str) -> Result<(), Error> {
    let mut count = 0;
    for block in pem::blocks(text) {
        if block.label != "CERTIFICATE" {
            return Err(Error::OtherBlock(quote(block.label)));
        }
        if block.has_headers {
            return Err(Error::Headers);
        }
        count += 1;
        let mut rest = block.contents.as_slice();
        if rest.is_empty() {
            return Err(Error::EmptyBlock);
        }
        while !rest.is_empty() {
            let parsed = X509Certificate::from_der(rest);
            rest = parsed
                .map_err(|error| Error::Structure(error.to_string()))?
                .0;
        }
    }
    match count {
        0 => Err(Error::NoCertificate),
        _ => Ok(()),
    }
}

/// Why a block is no trust anchor, in the words that follow `entry N`.
pub(super) fn anchor(block: &Block<'_>) -> Option<String> {
    if block.label != "CERTIFICATE" {
        return Some(format!("has bad block type: {}", block.label));
    }
    if block.has_headers {
        return Some("has PEM block headers".to_owned());
    }
    let certificate = match X509Certificate::from_der(&block.contents) {
        Ok(([], certificate)) => certificate,
        _ => return Some("does not parse as X.509".to_owned()),
    };
    let constraints = certificate.basic_constraints().ok().flatten();
    let is_ca = constraints.is_some_and(|constraints| constraints.value.ca);
    (!is_ca).then(|| "does not have the CA bit set".to_owned())
}

/// What a proof that a key is held comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Valid,
    /// What is there is not the named thing.
    Unreadable(&'static str),
    /// A key that is not accepted; what is shown of it, if not the field, and why.
    Refused {
        shown: Option<String>,
        why: &'static str,
    },
    /// The signature is not the key's.
    Wrong,
}

/// Whether who has signed a message in `proof` holds the other half of a key in PKIX. Of what cannot be checked here
/// (P-521, and RSA with the longest salt) only the key is looked at, and the rest left to the signer.
pub(super) fn possession(key: &[u8], message: &[u8], proof: &[u8]) -> Proof {
    let Ok(([], key)) = SubjectPublicKeyInfo::from_der(key) else {
        return Proof::Unreadable("PKIX-serialized public key");
    };
    if let Err(refused) = acceptable(&key) {
        return refused;
    }
    let algorithm = match key.parsed() {
        Ok(PublicKey::EC(_)) => OID_SIG_ECDSA_WITH_SHA256,
        Ok(PublicKey::RSA(_)) => return Proof::Valid,
        _ => OID_SIG_ED25519,
    };
    let algorithm = AlgorithmIdentifier::new(algorithm, None);
    let signature = BitString::new(0, proof);
    match verify_signature(&key, &algorithm, &signature, message) {
        Err(X509Error::SignatureVerificationError) => Proof::Wrong,
        _ => Proof::Valid,
    }
}

/// Whether a request in PKCS#10 (DER) is signed by its own key, and the key is accepted.
pub(super) fn stub(request: &[u8]) -> Proof {
    let Ok(([], request)) = X509CertificationRequest::from_der(request) else {
        return Proof::Unreadable("PKCS#10 request");
    };
    if let Err(refused) = acceptable(&request.certification_request_info.subject_pki) {
        return refused;
    }
    match request.verify_signature() {
        Err(X509Error::SignatureVerificationError) => Proof::Wrong,
        _ => Proof::Valid,
    }
}

/// Which keys pods may have: Ed25519, three curves, and two lengths of RSA.
fn acceptable(key: &SubjectPublicKeyInfo<'_>) -> Result<(), Proof> {
    let refused = |shown: Option<String>, why| Err(Proof::Refused { shown, why });
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => match rsa.key_size() {
            3072 | 4096 => Ok(()),
            bits => refused(
                Some(format!("{bits}-bit modulus")),
                "RSA keys must have modulus size 3072 or 4096",
            ),
        },
        Ok(PublicKey::EC(_)) => {
            let parameters = key.algorithm.parameters.as_ref();
            let curve = parameters.and_then(|parameters| parameters.as_oid().ok());
            match curve {
                Some(oid) if [OID_EC_P256, OID_NIST_EC_P384, OID_NIST_EC_P521].contains(&oid) => {
                    Ok(())
                }
                // The only other one that Go reads.
                _ => refused(
                    Some("curve P-224".to_owned()),
                    // Upstream leaves out P521 here, which it accepts.
                    "elliptic public keys must use curve P256 or P384",
                ),
            }
        }
        _ if key.algorithm.algorithm == OID_SIG_ED25519 => Ok(()),
        _ => refused(
            None,
            "unknown public key type; supported types are Ed25519, ECDSA, and RSA",
        ),
    }
}

/// What is looked at in an issued certificate.
pub(super) struct Leaf {
    /// Algorithm, parameters and bits of the key, in DER.
    key: Vec<u8>,
    pub(super) dns_names: Vec<String>,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

/// Reads a certificate; `None` when it is none.
pub(super) fn leaf(contents: &[u8]) -> Option<Leaf> {
    let ([], certificate) = X509Certificate::from_der(contents).ok()? else {
        return None;
    };
    let names = certificate.subject_alternative_name().ok()?;
    let names = names.map(|names| names.value.general_names.iter());
    let dns = names.into_iter().flatten().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    });
    let validity = certificate.validity();
    let time = |time: ASN1Time| Timestamp::from_second(time.timestamp()).ok();
    Some(Leaf {
        key: certificate.public_key().raw.to_vec(),
        dns_names: dns.collect(),
        not_before: time(validity.not_before)?,
        not_after: time(validity.not_after)?,
    })
}

impl Leaf {
    /// Whether the certificate is for the key of the request that was made, or else for the key that was given.
    pub(super) fn is_of(&self, stub: &[u8], key: &[u8]) -> bool {
        if stub.is_empty() {
            return self.key == key;
        }
        X509CertificationRequest::from_der(stub).is_ok_and(|(_, request)| {
            request.certification_request_info.subject_pki.raw == self.key
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = include_str!("tests/request.pem");
    const AUTHORITY: &str = include_str!("tests/authority.pem");
    const LEAF: &str = include_str!("tests/leaf.pem");

    fn said<T, E: ToString>(result: Result<T, E>) -> String {
        result
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    /// The block with one bit of its last byte, which is in the signature, turned around.
    fn damaged(text: &str) -> String {
        use base64::Engine as _;
        let mut block = pem::blocks(text).next().expect("a block");
        *block.contents.last_mut().expect("bytes") ^= 1;
        let base64 = base64::engine::general_purpose::STANDARD.encode(&block.contents);
        let label = block.label;
        format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n")
    }

    #[test]
    fn requests() {
        let no_request = "PEM block type must be CERTIFICATE REQUEST";
        assert_eq!(said(request(REQUEST)), "");
        assert_eq!(said(request("")), no_request);
        assert_eq!(said(request(LEAF)), no_request);
        assert_eq!(
            said(request(&damaged(REQUEST))),
            "x509: ECDSA verification failure"
        );
        let empty = "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----";
        assert!(said(request(empty)).starts_with("asn1: structure error: "));
    }

    #[test]
    fn certificates_and_nothing_else() {
        assert_eq!(said(certificates(&format!("{LEAF}{AUTHORITY}"))), "");
        assert_eq!(
            said(certificates(REQUEST)),
            "only CERTIFICATE PEM blocks are allowed, found \"CERTIFICATE REQUEST\""
        );
        assert_eq!(
            said(certificates("x")),
            "must contain at least one CERTIFICATE PEM block"
        );
        let headers = LEAF.replacen('\n', "\nA: b\n\n", 1);
        assert_eq!(
            said(certificates(&headers)),
            "no PEM block headers are permitted"
        );
    }
}

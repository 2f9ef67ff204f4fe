//! Client certificates: the common name is the user, the organizations are its groups.

use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use sha2::{Digest, Sha256};
use x509_parser::asn1_rs::{Oid, oid};
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};

use crate::tls::PeerCertificates;
use crate::user::UserInfo;
use crate::version_one::{self, Judge};

/// Of the attribute of a subject that holds the user's identity (`AllowParsingUserUIDFromCertAuth`).
const UID: Oid<'static> = oid!(1.3.6.1.4.1.57683.2);

/// Why no authenticator could be made from a CA bundle.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the client CA is not PEM: {0}")]
    Pem(rustls::pki_types::pem::Error),
    #[error("the client CA cannot be used: {0}")]
    Rustls(#[from] rustls::Error),
    #[error("the client CA cannot be used: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

/// Trusts the certificates that one CA bundle signed for client authentication.
pub struct CertificateAuthenticator {
    verifier: Arc<dyn ClientCertVerifier>,
    /// The same authorities, for the certificates that the verifier does not know how to judge.
    authorities: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
    /// PEM, as it was given.
    pub bundle: String,
}

/// Who a good certificate speaks for, and until when (seconds since 1970).
#[derive(Clone)]
pub struct Verified {
    pub user: Arc<UserInfo>,
    pub not_after: i64,
}

impl CertificateAuthenticator {
    /// Reads the CA bundle.
    pub fn new(ca_pem: &str) -> Result<Self, Error> {
        let authorities = CertificateDer::pem_slice_iter(ca_pem.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(Error::Pem)?;
        let mut roots = RootCertStore::empty();
        for cert in &authorities {
            roots.add(cert.clone())?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        Ok(Self {
            verifier,
            authorities,
            algorithms,
            bundle: ca_pem.to_owned(),
        })
    }

    /// For whom a peer's certificate speaks; the error says why it is not trusted. What is found is noted with
    /// the peer, as a connection carries many requests.
    pub fn peer(self: &Arc<Self>, peer: &PeerCertificates, now: i64) -> Result<Verified, String> {
        let known = peer.verified.read().clone();
        if let Some((by, verified)) = known
            && Arc::ptr_eq(&by, self)
            && now <= verified.not_after
        {
            return Ok(verified);
        }
        let verified = self.verify(&peer.chain, now)?;
        *peer.verified.write() = Some((self.clone(), verified.clone()));
        Ok(verified)
    }

    /// Judges a chain, leaf first, at a time in seconds since 1970. The error says why it is not trusted.
    pub fn verify(&self, chain: &[CertificateDer<'_>], now: i64) -> Result<Verified, String> {
        let (leaf, intermediates) = chain.split_first().ok_or("it is empty")?;
        if let Some(old) = version_one::parse(leaf) {
            let judge = Judge::new(&self.authorities, intermediates, &self.algorithms, now)?;
            judge.verify(&old)?;
        } else {
            let at = UnixTime::since_unix_epoch(Duration::from_secs(now.max(0).unsigned_abs()));
            self.verifier
                .verify_client_cert(leaf, intermediates, at)
                .map_err(|error| error.to_string())?;
        }
        let (_, parsed) = X509Certificate::from_der(leaf).map_err(|error| error.to_string())?;
        let subject = parsed.subject();
        let name = subject
            .iter_common_name()
            .next()
            .and_then(|name| name.as_str().ok())
            .filter(|name| !name.is_empty())
            .ok_or("it has no common name")?;
        let groups = subject
            .iter_organization()
            .filter_map(|group| group.as_str().ok());
        let mut user = UserInfo::authenticated(name, groups);
        user.uid = uid(subject)?;
        let digest: String = Sha256::digest(leaf)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        user.extra.insert(
            "authentication.kubernetes.io/credential-id".to_owned(),
            vec![format!("X509SHA256={digest}")],
        );
        Ok(Verified {
            user: Arc::new(user),
            not_after: parsed.validity().not_after.timestamp(),
        })
    }
}

/// The user's identity, of the attribute that Kubernetes has made for it; empty when there is none.
fn uid(subject: &X509Name<'_>) -> Result<String, String> {
    let all = subject.iter_by_oid(&UID);
    let all: Result<Vec<&str>, _> = all.map(|one| one.as_str()).collect();
    match all.map_err(|_| "unable to parse UID into a string")?[..] {
        [] => Ok(String::new()),
        [""] => Err("UID cannot be an empty string".to_owned()),
        [uid] => Ok(uid.to_owned()),
        ref several => Err(format!(
            "expected 1 UID, but found multiple: [{}]",
            several.join(" ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TestCa, der};

    const NOW: i64 = 1_800_000_000;

    #[test]
    fn the_subject_is_the_user() {
        let ca = TestCa::new();
        let (cert, _) = ca.client("jane", &["ops"]);
        let der = der(&cert);
        let verified = CertificateAuthenticator::new(&ca.cert)
            .unwrap()
            .verify(&[der], NOW)
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(verified.user.name, "jane");
        assert_eq!(
            verified.user.groups,
            ["ops", crate::user::ALL_AUTHENTICATED]
        );
    }

    #[test]
    fn the_subject_may_have_the_users_identity() {
        let ca = TestCa::new();
        let judged = |uid: &str| {
            let (cert, _) = ca.client_with_uid("jane", uid);
            let authority = CertificateAuthenticator::new(&ca.cert).unwrap();
            let verified = authority.verify(&[der(&cert)], NOW);
            verified.map(|verified| verified.user.uid.clone())
        };
        assert_eq!(judged("u-1").unwrap(), "u-1");
        assert_eq!(judged("").unwrap_err(), "UID cannot be an empty string");
    }

    #[test]
    fn a_foreign_certificate_is_refused() {
        let (cert, _) = TestCa::new().client("jane", &[]);
        let der = der(&cert);
        let ours = CertificateAuthenticator::new(&TestCa::new().cert).unwrap();
        assert!(ours.verify(&[der], NOW).is_err());
    }

    /// What an authority says of a certificate of version 1.
    fn version_one(ca: &TestCa, signed_by: &TestCa, now: i64) -> Result<Verified, String> {
        let (cert, _) = signed_by.version_one("jane", &["ops"]);
        let authority = CertificateAuthenticator::new(&ca.cert).unwrap();
        authority.verify(&[der(&cert)], now)
    }

    #[test]
    fn certificates_of_version_one_are_judged_too() {
        let ca = TestCa::new();
        let verified = version_one(&ca, &ca, NOW).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(verified.user.name, "jane");
        assert_eq!(
            verified.user.groups,
            ["ops", crate::user::ALL_AUTHENTICATED]
        );
        let refused = |result: Result<Verified, String>| result.err().unwrap_or_default();
        let expired = version_one(&ca, &ca, 100_000_000_000);
        assert!(refused(expired).contains("expired"));
        // All authorities of tests have the same name.
        let foreign = version_one(&ca, &TestCa::new(), NOW);
        assert!(refused(foreign).contains("unknown authority"));
    }

    #[test]
    fn only_an_authority_vouches_for_a_certificate_of_version_one() {
        let ca = TestCa::new();
        let refused = |bundle: &str, chain: &[CertificateDer<'_>]| {
            let judged = CertificateAuthenticator::new(bundle)
                .unwrap()
                .verify(chain, NOW);
            judged.err().unwrap_or_default()
        };
        // Who holds a good certificate of its own is no authority, even where the bundle holds that certificate.
        let (cert, issuer) = ca.issuer("test");
        let (leaf, _) = issuer.version_one("admin", &["system:masters"]);
        let chain = [der(&leaf), der(&cert)];
        assert!(refused(&ca.cert, &chain).contains("unknown authority"));
        assert!(refused(&cert, &chain).contains("unknown authority"));
        // A byte that is not what was signed.
        let (leaf, _) = ca.version_one("jane", &[]);
        let mut changed = der(&leaf).to_vec();
        let at = changed.windows(4).position(|four| four == b"jane").unwrap();
        changed[at] = b'x';
        let changed = [CertificateDer::from(changed)];
        assert!(refused(&ca.cert, &changed).contains("unknown authority"));
    }

    #[test]
    fn an_authority_between_vouches_for_a_certificate_of_version_one() {
        let root = TestCa::new();
        let judged = |chain: &[&str]| {
            let chain: Vec<_> = chain.iter().map(|one| der(one)).collect();
            let authority = CertificateAuthenticator::new(&root.cert).unwrap();
            let verified = authority.verify(&chain, NOW);
            verified.map(|verified| verified.user.name.clone())
        };
        let upper = root.authority("upper", None);
        let lower = upper.authority("lower", Some(0));
        let (leaf, _) = lower.version_one("jane", &[]);
        assert_eq!(judged(&[&leaf, &lower.cert, &upper.cert]).unwrap(), "jane");
        assert_eq!(judged(&[&leaf, &upper.cert, &lower.cert]).unwrap(), "jane");
        assert!(judged(&[&leaf, &lower.cert]).is_err());
        // No authority is allowed below this one.
        let lowest = lower.authority("lowest", None);
        let (leaf, _) = lowest.version_one("jane", &[]);
        let chain = [&leaf, &lowest.cert, &lower.cert, &upper.cert].map(String::as_str);
        assert!(judged(&chain).is_err());
    }

    #[test]
    fn an_expired_certificate_is_refused() {
        let ca = TestCa::new();
        let (cert, _) = ca.client("jane", &[]);
        let der = der(&cert);
        let error = CertificateAuthenticator::new(&ca.cert)
            .unwrap()
            .verify(&[der], 100_000_000_000)
            .err()
            .unwrap_or_default();
        assert!(error.contains("xpired"), "{error}");
    }
}

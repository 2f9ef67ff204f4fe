//! Whether a certificate and a key belong together, with the words of Go's `tls.X509KeyPair`.

use rustls::{
    InconsistentKeys, crypto::ring::sign::any_supported_type, server::ParsedCertificate,
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

/// Why a pair is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    #[error("tls: failed to find any PEM data in {0} input")]
    NoPem(&'static str),
    #[error(
        "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may \
         have been switched"
    )]
    Switched,
    #[error("tls: found a certificate rather than a key in the PEM for the private key")]
    CertificateForKey,
    #[error("x509: malformed certificate")]
    Certificate,
    #[error("tls: failed to parse private key")]
    Key,
    #[error("tls: private key does not match public key")]
    Mismatch,
}

/// Refuses what no server could use.
pub fn check(certificate: &[u8], key: &[u8]) -> Result<(), PairError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
        .filter_map(Result::ok)
        .collect();
    if chain.is_empty() {
        return Err(match PrivateKeyDer::from_pem_slice(certificate) {
            Ok(_) => PairError::Switched,
            Err(_) => PairError::NoPem("certificate"),
        });
    }
    let Ok(key) = PrivateKeyDer::from_pem_slice(key) else {
        return Err(match CertificateDer::from_pem_slice(key) {
            Ok(_) => PairError::CertificateForKey,
            Err(_) => PairError::NoPem("key"),
        });
    };
    ParsedCertificate::try_from(&chain[0]).map_err(|_| PairError::Certificate)?;
    let is_sequence = key.secret_der().first() == Some(&0x30);
    match any_supported_type(&key) {
        Ok(key) => match CertifiedKey::new(chain, key).keys_match() {
            Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                Err(PairError::Mismatch)
            }
            _ => Ok(()),
        },
        // A curve that is not known here may be known to the server.
        Err(_) if is_sequence => Ok(()),
        Err(_) => Err(PairError::Key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pair_is_named() {
        let pem = |kind: &str| {
            format!("-----BEGIN {kind}-----\nAAAA\n-----END {kind}-----\n").into_bytes()
        };
        let (certificate, key) = (pem("CERTIFICATE"), pem("PRIVATE KEY"));
        assert_eq!(check(b"x", &key), Err(PairError::NoPem("certificate")));
        assert_eq!(check(&key, &key), Err(PairError::Switched));
        assert_eq!(check(&certificate, b"x"), Err(PairError::NoPem("key")));
        assert_eq!(
            check(&certificate, &certificate),
            Err(PairError::CertificateForKey)
        );
        assert_eq!(check(&certificate, &key), Err(PairError::Certificate));
    }
}

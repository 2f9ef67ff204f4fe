//! The keys that sign and verify service-account tokens: ES256 and RS256 (RFC 7518), as PEM or as a JWK.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use ring::rand::SystemRandom;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the service account key is not PEM: {0}")]
    Pem(rustls::pki_types::pem::Error),
    #[error("the service account key must be an ECDSA P-256 or RSA private key: {0}")]
    Unsupported(String),
    #[error("cannot sign: {0}")]
    Sign(ring::error::Unspecified),
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// A private key with the id under which its public half is published.
pub struct SigningKey {
    pair: Pair,
    /// The SHA-256 of the public key's SubjectPublicKeyInfo, base64url, as upstream derives `kid`.
    pub id: String,
    random: SystemRandom,
}

impl SigningKey {
    /// Reads a PEM private key: PKCS#8, SEC1 or PKCS#1.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(Error::Pem)?;
        let random = SystemRandom::new();
        let unsupported = |error: ring::error::KeyRejected| Error::Unsupported(error.to_string());
        let pair = match &der {
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                match EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random) {
                    Ok(pair) => Pair::Ec(pair),
                    Err(_) => Pair::Rsa(RsaKeyPair::from_pkcs8(der).map_err(unsupported)?),
                }
            }
            PrivateKeyDer::Pkcs1(der) => {
                Pair::Rsa(RsaKeyPair::from_der(der.secret_pkcs1_der()).map_err(unsupported)?)
            }
            PrivateKeyDer::Sec1(der) => Pair::Ec(sec1(der.secret_sec1_der(), &random)?),
            _ => return Err(Error::Unsupported("unknown encoding".to_owned())),
        };
        let id = B64.encode(Sha256::digest(subject_public_key_info(&pair)));
        Ok(Self { pair, id, random })
    }

    /// `ES256` or `RS256`.
    pub fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Ec(_) => "ES256",
            Pair::Rsa(_) => "RS256",
        }
    }

    /// Signs a message as JWS wants it.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match &self.pair {
            Pair::Ec(pair) => Ok(pair
                .sign(&self.random, message)
                .map_err(Error::Sign)?
                .as_ref()
                .to_vec()),
            Pair::Rsa(pair) => {
                let mut out = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &self.random, message, &mut out)
                    .map_err(Error::Sign)?;
                Ok(out)
            }
        }
    }

    /// True when this key made the signature.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let (algorithm, public): (&dyn signature::VerificationAlgorithm, &[u8]) = match &self.pair {
            Pair::Ec(pair) => (&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref()),
            Pair::Rsa(pair) => (&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref()),
        };
        UnparsedPublicKey::new(algorithm, public)
            .verify(message, signature)
            .is_ok()
    }

    /// The public half as a JSON Web Key (RFC 7517).
    pub fn jwk(&self) -> Value {
        let (alg, kid) = (self.algorithm(), &self.id);
        match &self.pair {
            Pair::Ec(pair) => {
                // An uncompressed point: 0x04, 32 bytes of x, 32 bytes of y.
                let point = pair.public_key().as_ref();
                let (x, y) = (B64.encode(&point[1..33]), B64.encode(&point[33..65]));
                json!({"use": "sig", "kty": "EC", "kid": kid, "crv": "P-256", "alg": alg, "x": x, "y": y})
            }
            Pair::Rsa(pair) => {
                let public: signature::RsaPublicKeyComponents<Vec<u8>> = pair.public().into();
                let (n, e) = (B64.encode(&public.n), B64.encode(&public.e));
                json!({"use": "sig", "kty": "RSA", "kid": kid, "alg": alg, "n": n, "e": e})
            }
        }
    }
}

/// SEC1 keys (`EC PRIVATE KEY`) carry the public point as an optional field; ring wants both halves.
fn sec1(der: &[u8], random: &SystemRandom) -> Result<EcdsaKeyPair, Error> {
    let unsupported = |text: &str| Error::Unsupported(text.to_owned());
    // ECPrivateKey ::= SEQUENCE { 1, OCTET STRING (32), [0] curve, [1] BIT STRING (0x00 0x04 …) }
    let private = der
        .windows(2)
        .position(|window| window == [0x04, 0x20])
        .and_then(|at| der.get(at + 2..at + 34))
        .ok_or_else(|| unsupported("no 256-bit private key"))?;
    let public = der
        .windows(4)
        .position(|window| window == [0x03, 0x42, 0x00, 0x04])
        .and_then(|at| der.get(at + 3..at + 68))
        .ok_or_else(|| unsupported("no public key inside"))?;
    EcdsaKeyPair::from_private_key_and_public_key(
        &ECDSA_P256_SHA256_FIXED_SIGNING,
        private,
        public,
        random,
    )
    .map_err(|error| unsupported(&error.to_string()))
}

/// The DER of the public half, wrapped as X.509 does.
fn subject_public_key_info(pair: &Pair) -> Vec<u8> {
    const EC: &[u8] = &[
        0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
    ];
    const RSA: &[u8] = &[
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    let (algorithm, key) = match pair {
        Pair::Ec(pair) => (EC, pair.public_key().as_ref()),
        Pair::Rsa(pair) => (RSA, pair.public_key().as_ref()),
    };
    let mut bits = vec![0];
    bits.extend_from_slice(key);
    let mut body = algorithm.to_vec();
    body.extend(der_element(0x03, &bits));
    der_element(0x30, &body)
}

fn der_element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        length @ 0..0x80 => out.push(length as u8),
        length @ 0x80..0x100 => out.extend([0x81, length as u8]),
        length => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509_parser::prelude::FromDer;
    use x509_parser::x509::SubjectPublicKeyInfo;

    #[test]
    fn a_signature_is_verified_with_the_same_key_only() {
        let key = SigningKey::from_pem(&crate::testing::pki::ec_key()).unwrap();
        let other = SigningKey::from_pem(&crate::testing::pki::ec_key()).unwrap();
        let signature = key.sign(b"text").unwrap();
        assert!(key.verify(b"text", &signature));
        assert!(!key.verify(b"Text", &signature));
        assert!(!other.verify(b"text", &signature));
    }

    #[test]
    fn the_key_is_published() {
        let key = SigningKey::from_pem(&crate::testing::pki::ec_key()).unwrap();
        let der = subject_public_key_info(&key.pair);
        assert!(SubjectPublicKeyInfo::from_der(&der).is_ok_and(|(rest, _)| rest.is_empty()));
        let jwk = key.jwk();
        assert_eq!(jwk["crv"], "P-256");
        assert_eq!(jwk["kid"], Value::String(key.id.clone()));
    }
}

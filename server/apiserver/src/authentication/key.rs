//! The keys that sign and verify tokens: ES256 and RS256 to sign, and what token issuers use beside them to verify
//! (RFC 7518); as PEM or as a JSON web key (RFC 7517).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use ring::rand::SystemRandom;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use rustls::pki_types::pem::{PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the service account key is not PEM: {0}")]
    Pem(rustls::pki_types::pem::Error),
    #[error("the service account key must be an ECDSA P-256 or RSA private key: {0}")]
    Unsupported(String),
    #[error("a public key for service account tokens must be an ECDSA or RSA key: {0}")]
    Public(String),
    #[error("data does not contain any valid RSA or ECDSA public keys")]
    NoPublicKey,
    #[error("cannot sign: {0}")]
    Sign(ring::error::Unspecified),
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// A private key with its public half.
pub struct SigningKey {
    pair: Pair,
    pub public: PublicKey,
    random: SystemRandom,
}

impl SigningKey {
    /// Reads a PEM private key: PKCS#8, SEC1 or PKCS#1.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(Error::Pem)?;
        Self::from_der(&der)
    }

    fn from_der(der: &PrivateKeyDer<'_>) -> Result<Self, Error> {
        let random = SystemRandom::new();
        let unsupported = |error: ring::error::KeyRejected| Error::Unsupported(error.to_string());
        let pair = match der {
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
        let public = match &pair {
            Pair::Ec(pair) => PublicKey::Ec {
                curve: Curve::P256,
                point: pair.public_key().as_ref().to_vec(),
            },
            Pair::Rsa(pair) => {
                let parts: RsaPublicKeyComponents<Vec<u8>> = pair.public().into();
                PublicKey::Rsa {
                    n: parts.n,
                    e: parts.e,
                }
            }
        };
        Ok(Self {
            pair,
            public,
            random,
        })
    }

    /// `ES256` or `RS256`.
    pub fn algorithm(&self) -> &'static str {
        self.public.algorithm()
    }

    /// Signs claims as a JSON web token.
    pub fn token(&self, claims: &[u8]) -> Result<String, Error> {
        let header = json!({"alg": self.algorithm(), "kid": self.public.id()}).to_string();
        let message = format!("{}.{}", B64.encode(header), B64.encode(claims));
        let signature = B64.encode(self.sign(message.as_bytes())?);
        Ok(format!("{message}.{signature}"))
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
}

/// The curves that tokens are signed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    P256,
    P384,
}

/// What verifies signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// With the uncompressed point: 0x04, x, y.
    Ec { curve: Curve, point: Vec<u8> },
    /// With modulus and exponent, big-endian without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl PublicKey {
    /// Reads all keys of a PEM file: public keys, private ones (their public half) and certificates.
    pub fn from_pem(pem: &str) -> Result<Vec<Self>, Error> {
        let mut keys = Vec::new();
        let mut rest = pem.as_bytes();
        while let Some((kind, der)) =
            rustls::pki_types::pem::from_buf(&mut rest).map_err(Error::Pem)?
        {
            match kind {
                SectionKind::PublicKey => keys.push(Self::from_spki(&der)?),
                SectionKind::Certificate => {
                    let der = CertificateDer::from(der);
                    let (_, cert) = X509Certificate::from_der(&der)
                        .map_err(|error| Error::Public(error.to_string()))?;
                    keys.push(Self::of_info(cert.public_key())?);
                }
                SectionKind::RsaPrivateKey => {
                    keys.push(SigningKey::from_der(&PrivateKeyDer::Pkcs1(der.into()))?.public);
                }
                SectionKind::PrivateKey => {
                    keys.push(SigningKey::from_der(&PrivateKeyDer::Pkcs8(der.into()))?.public);
                }
                SectionKind::EcPrivateKey => {
                    keys.push(SigningKey::from_der(&PrivateKeyDer::Sec1(der.into()))?.public);
                }
                _ => {}
            }
        }
        if keys.is_empty() {
            return Err(Error::NoPublicKey);
        }
        Ok(keys)
    }

    fn from_spki(der: &[u8]) -> Result<Self, Error> {
        let (_, info) = SubjectPublicKeyInfo::from_der(der)
            .map_err(|error| Error::Public(error.to_string()))?;
        Self::of_info(&info)
    }

    fn of_info(info: &SubjectPublicKeyInfo<'_>) -> Result<Self, Error> {
        match info
            .parsed()
            .map_err(|error| Error::Public(error.to_string()))?
        {
            Parsed::RSA(key) => Ok(Self::Rsa {
                n: trimmed(key.modulus),
                e: trimmed(key.exponent),
            }),
            Parsed::EC(point) => Self::of_point(point.data()),
            _ => Err(Error::Public("another kind of key".to_owned())),
        }
    }

    fn of_point(point: &[u8]) -> Result<Self, Error> {
        let curve = match (point.first(), point.len()) {
            (Some(4), 65) => Curve::P256,
            (Some(4), 97) => Curve::P384,
            _ => return Err(Error::Public("another curve".to_owned())),
        };
        Ok(Self::Ec {
            curve,
            point: point.to_vec(),
        })
    }

    /// Reads a JSON web key; `None` for one that signs nothing, or that is of another kind.
    pub fn from_jwk(jwk: &Value) -> Option<Self> {
        let bytes = |field: &str| {
            let text = jwk[field].as_str()?;
            B64.decode(text.trim_end_matches('=')).ok()
        };
        if jwk["use"].as_str().is_some_and(|usage| usage != "sig") {
            return None;
        }
        match jwk["kty"].as_str()? {
            "RSA" => Some(Self::Rsa {
                n: trimmed(&bytes("n")?),
                e: trimmed(&bytes("e")?),
            }),
            "EC" => {
                let point = [vec![4], bytes("x")?, bytes("y")?].concat();
                Self::of_point(&point).ok()
            }
            _ => None,
        }
    }

    /// The algorithm that this server signs with such a key.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Ec {
                curve: Curve::P256, ..
            } => "ES256",
            Self::Ec {
                curve: Curve::P384, ..
            } => "ES384",
            Self::Rsa { .. } => "RS256",
        }
    }

    /// True when the private half made the signature, by an algorithm that fits the key.
    pub fn verify(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ec { curve, point } => {
                let parameters: &dyn signature::VerificationAlgorithm = match (curve, algorithm) {
                    (Curve::P256, "ES256") => &signature::ECDSA_P256_SHA256_FIXED,
                    (Curve::P384, "ES384") => &signature::ECDSA_P384_SHA384_FIXED,
                    _ => return false,
                };
                let key = UnparsedPublicKey::new(parameters, point);
                key.verify(message, signature).is_ok()
            }
            Self::Rsa { n, e } => {
                let parameters = match algorithm {
                    "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
                    "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
                    "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
                    "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
                    "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
                    "PS512" => &signature::RSA_PSS_2048_8192_SHA512,
                    _ => return false,
                };
                let key = RsaPublicKeyComponents { n, e };
                key.verify(parameters, message, signature).is_ok()
            }
        }
    }

    /// The SHA-256 of the SubjectPublicKeyInfo, base64url, as upstream derives `kid`.
    pub fn id(&self) -> String {
        B64.encode(Sha256::digest(self.subject_public_key_info()))
    }

    /// As a JSON web key.
    pub fn jwk(&self) -> Value {
        let (alg, kid) = (self.algorithm(), self.id());
        match self {
            Self::Ec { curve, point } => {
                let crv = match curve {
                    Curve::P256 => "P-256",
                    Curve::P384 => "P-384",
                };
                let half = point.len() / 2;
                let (x, y) = (B64.encode(&point[1..=half]), B64.encode(&point[half + 1..]));
                json!({"use": "sig", "kty": "EC", "kid": kid, "crv": crv, "alg": alg, "x": x, "y": y})
            }
            Self::Rsa { n, e } => {
                let (n, e) = (B64.encode(n), B64.encode(e));
                json!({"use": "sig", "kty": "RSA", "kid": kid, "alg": alg, "n": n, "e": e})
            }
        }
    }

    /// DER, as X.509 wraps a public key.
    fn subject_public_key_info(&self) -> Vec<u8> {
        const EC_256: &[u8] = &[
            0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
            0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
        ];
        const EC_384: &[u8] = &[
            0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
            0x81, 0x04, 0x00, 0x22,
        ];
        const RSA: &[u8] = &[
            0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
            0x00,
        ];
        let (algorithm, key) = match self {
            Self::Ec {
                curve: Curve::P256,
                point,
            } => (EC_256, point.clone()),
            Self::Ec {
                curve: Curve::P384,
                point,
            } => (EC_384, point.clone()),
            Self::Rsa { n, e } => {
                let both = [der_integer(n), der_integer(e)].concat();
                (RSA, der_element(0x30, &both))
            }
        };
        let bits = [vec![0], key].concat();
        let body = [algorithm.to_vec(), der_element(0x03, &bits)].concat();
        der_element(0x30, &body)
    }
}

/// Without leading zeros.
fn trimmed(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number[zeros..].to_vec()
}

/// A positive number: one whose first bit is set gets a zero before it.
fn der_integer(number: &[u8]) -> Vec<u8> {
    match number.first() {
        Some(first) if first & 0x80 != 0 => der_element(0x02, &[&[0], number].concat()),
        _ => der_element(0x02, number),
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

    #[test]
    fn a_signature_is_verified_with_the_same_key_only() {
        let key = SigningKey::from_pem(&crate::testing::pki::ec_key()).unwrap();
        let other = SigningKey::from_pem(&crate::testing::pki::ec_key()).unwrap();
        let signature = key.sign(b"text").unwrap();
        assert!(key.public.verify("ES256", b"text", &signature));
        assert!(!key.public.verify("ES256", b"Text", &signature));
        assert!(!key.public.verify("RS256", b"text", &signature));
        assert!(!other.public.verify("ES256", b"text", &signature));
    }

    #[test]
    fn the_key_is_published() {
        let key = SigningKey::from_pem(&crate::testing::pki::ec_key())
            .unwrap()
            .public;
        assert_eq!(
            PublicKey::from_spki(&key.subject_public_key_info()).unwrap(),
            key
        );
        let jwk = key.jwk();
        assert_eq!(jwk["crv"], "P-256");
        assert_eq!(jwk["kid"], Value::String(key.id()));
        assert_eq!(PublicKey::from_jwk(&jwk).unwrap(), key);
    }

    #[test]
    fn rsa_keys_are_read_and_published_too() {
        // Any odd number of 2048 bits has the form of a modulus.
        let key = PublicKey::Rsa {
            n: vec![0x91; 256],
            e: vec![1, 0, 1],
        };
        assert_eq!(
            PublicKey::from_spki(&key.subject_public_key_info()).unwrap(),
            key
        );
        assert_eq!(PublicKey::from_jwk(&key.jwk()).unwrap(), key);
        assert!(!key.verify("RS256", b"text", b"no signature"));
    }

    #[test]
    fn public_halves_come_from_private_keys_and_certificates() {
        let ca = crate::testing::pki::TestCa::new();
        let (cert, key) = ca.client("jane", &[]);
        let keys = PublicKey::from_pem(&format!("{cert}{key}")).unwrap();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[0], keys[1]);
        assert!(matches!(
            PublicKey::from_pem("nothing"),
            Err(Error::NoPublicKey)
        ));
    }
}

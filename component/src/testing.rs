//! Certificates for tests, made anew each time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, SigningKey,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::asn1_rs::{Any, Class, FromDer};

/// A certificate authority.
pub struct TestCa {
    pub cert: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A new P-256 private key, PEM.
pub fn ec_key() -> String {
    key().serialize_pem()
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("ring makes P-256 keys")
}

/// What a handshake carries of a certificate.
pub fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("it was just made")
}

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;

/// A value of DER that is shorter than 64 KiB.
fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len())
        .expect("it is short")
        .to_be_bytes();
    let head = match length {
        [0, short] if short < 0x80 => vec![tag, short],
        [0, byte] => vec![tag, 0x81, byte],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [head.as_slice(), content].concat()
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

impl Default for TestCa {
    fn default() -> Self {
        Self::new()
    }
}

impl TestCa {
    pub fn new() -> Self {
        let key = key();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "test");
        let cert = params.self_signed(&key).expect("the parameters are valid");
        Self {
            cert: cert.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// The certificate of a server with these names that signed it itself, as an authority: what `openssl req -x509` makes.
    pub fn self_signed_server(names: &[&str]) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("the names are valid");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let cert = params.self_signed(&key());
        cert.expect("the parameters are valid").pem()
    }

    /// Certificate and key for a user.
    pub fn client(&self, name: &str, groups: &[&str]) -> (String, String) {
        self.client_of(
            name,
            groups.iter().map(|one| (DnType::OrganizationName, *one)),
        )
    }

    /// Certificate and key for a user whose identity is this.
    pub fn client_with_uid(&self, name: &str, uid: &str) -> (String, String) {
        let kind = DnType::CustomDnType(vec![1, 3, 6, 1, 4, 1, 57683, 2]);
        self.client_of(name, [(kind, uid)])
    }

    fn client_of<'a>(
        &self,
        name: &str,
        more: impl IntoIterator<Item = (DnType, &'a str)>,
    ) -> (String, String) {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        for (kind, value) in more {
            params.distinguished_name.push(kind, value);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.not_after = rcgen::date_time_ymd(2100, 1, 1);
        self.sign(params)
    }

    /// Certificate and key for a server at 127.0.0.1.
    pub fn server(&self) -> (String, String) {
        self.server_for(&["127.0.0.1", "localhost"])
    }

    /// Certificate and key for a server with these names.
    pub fn server_for(&self, names: &[&str]) -> (String, String) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("the names are valid");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params)
    }

    /// Certificate and key for a user, of X.509 version 1: the same as that of [`TestCa::client`] without what is only in
    /// version 3.
    pub fn version_one(&self, name: &str, groups: &[&str]) -> (String, String) {
        let (cert, key) = self.client(name, groups);
        let cert = der(&cert);
        let (_, whole) = Any::from_der(&cert).expect("it was just made");
        let (_, signed) = Any::from_der(whole.data).expect("it was just made");
        let mut fields = Vec::new();
        let mut rest = signed.data;
        while let Ok((after, field)) = Any::from_der(rest) {
            // The version and the extensions have tags of their own.
            if field.header.class() == Class::Universal {
                fields.extend_from_slice(&rest[..rest.len() - after.len()]);
            }
            rest = after;
        }
        let fields = tagged(SEQUENCE, &fields);
        let (_, algorithm) = Any::from_der(whole.data)
            .and_then(|(rest, _)| Any::from_der(rest))
            .expect("it was just made");
        let signature = self.issuer.key().sign(&fields).expect("ring signs");
        let signature = [&[0], signature.as_slice()].concat();
        let parts = [
            fields,
            tagged(SEQUENCE, algorithm.data),
            tagged(BIT_STRING, &signature),
        ];
        let cert = tagged(SEQUENCE, &parts.concat());
        (pem("CERTIFICATE", &cert), key)
    }

    /// An authority below this one, which lets so many stand below itself.
    pub fn authority(&self, name: &str, below: Option<u8>) -> Self {
        let key = key();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(match below {
            Some(length) => BasicConstraints::Constrained(length),
            None => BasicConstraints::Unconstrained,
        });
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let cert = params.signed_by(&key, &self.issuer);
        Self {
            cert: cert.expect("the parameters are valid").pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// Somebody with a certificate that is no authority's, who signs with its key all the same.
    pub fn issuer(&self, name: &str) -> (String, Self) {
        let (cert, key) = self.client(name, &[]);
        let key = KeyPair::from_pem(&key).expect("it was just made");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        let own = Self {
            cert: cert.clone(),
            issuer: Issuer::new(params, key),
        };
        (cert, own)
    }

    fn sign(&self, params: CertificateParams) -> (String, String) {
        let key = key();
        let cert = params
            .signed_by(&key, &self.issuer)
            .expect("the parameters are valid");
        (cert.pem(), key.serialize_pem())
    }
}

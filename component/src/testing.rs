//! Certificates for tests, made anew each time.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_ECDSA_P256_SHA256,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

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

    /// Certificate and key for a user.
    pub fn client(&self, name: &str, groups: &[&str]) -> (String, String) {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        for group in groups {
            params
                .distinguished_name
                .push(DnType::OrganizationName, *group);
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

    fn sign(&self, params: CertificateParams) -> (String, String) {
        let key = key();
        let cert = params
            .signed_by(&key, &self.issuer)
            .expect("the parameters are valid");
        (cert.pem(), key.serialize_pem())
    }
}

//! Signs certificate signing requests with an authority's key. The subject, the public key and the alternative names are
//! taken over byte by byte; everything else is the authority's to say (RFC 5280).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use knarr_api::pem;
use knarr_apiserver::authentication::key::{self, SigningKey};
use knarr_controller_manager::{SignToken, Signer, Signers, alternative_names};
use rcgen::{KeyPair, SigningKey as _};
use serde_json::Value;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::auth_options::read;
use crate::options::SigningOptions;
use crate::pki::Pki;

/// Certificates begin this long ago, as upstream: clocks of clients may be behind ours.
const BACKDATE: Duration = Duration::from_secs(300);
/// The shortest life that a request may ask for, as upstream.
const LEAST: Duration = Duration::from_secs(600);
/// Certificates that live shorter have all of their life before them, as upstream; that of others begins in the past.
const SHORT: Duration = Duration::from_secs(8 * 3600);

const SEQUENCE: u8 = 0x30;
const SET_OF_BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const INTEGER: u8 = 0x02;

/// An authority.
struct Authority {
    /// DER.
    certificate: Vec<u8>,
    key: KeyPair,
    duration: Duration,
}

/// An authority in files that others renew: they are read for every signature.
struct Files {
    cert: PathBuf,
    key: PathBuf,
    duration: Duration,
}

impl Files {
    fn authority(&self) -> anyhow::Result<Authority> {
        Authority::new(&read(&self.cert)?, &read(&self.key)?, self.duration)
    }
}

impl Signer for Files {
    fn sign(
        &self,
        request: &[u8],
        usages: &[String],
        seconds: Option<i32>,
    ) -> Result<Vec<u8>, String> {
        let authority = self.authority().map_err(|error| format!("{error:#}"))?;
        authority.sign(request, usages, seconds)
    }
}

/// Who signs what, by the flags, and for what they leave open by the cluster's own authority, if there is one here.
pub fn signers(options: &SigningOptions, pki: Option<&Pki>) -> anyhow::Result<Signers> {
    let authority = |cert: &str, key: &str| -> anyhow::Result<Arc<dyn Signer>> {
        Ok(Arc::new(Authority::new(
            cert,
            key,
            options.cluster_signing_duration,
        )?))
    };
    let from_files = |pair: (&Option<PathBuf>, &Option<PathBuf>)| -> anyhow::Result<_> {
        let (Some(cert), Some(key)) = pair else {
            return Ok(None);
        };
        let files = Files {
            cert: cert.clone(),
            key: key.clone(),
            duration: options.cluster_signing_duration,
        };
        files.authority()?;
        let signer: Arc<dyn Signer> = Arc::new(files);
        Ok(Some(signer))
    };
    let common = (
        &options.cluster_signing_cert_file,
        &options.cluster_signing_key_file,
    );
    let own = [
        (
            "kubernetes.io/kubelet-serving",
            &options.cluster_signing_kubelet_serving_cert_file,
            &options.cluster_signing_kubelet_serving_key_file,
        ),
        (
            "kubernetes.io/kube-apiserver-client-kubelet",
            &options.cluster_signing_kubelet_client_cert_file,
            &options.cluster_signing_kubelet_client_key_file,
        ),
        (
            "kubernetes.io/kube-apiserver-client",
            &options.cluster_signing_kube_apiserver_client_cert_file,
            &options.cluster_signing_kube_apiserver_client_key_file,
        ),
        (
            "kubernetes.io/legacy-unknown",
            &options.cluster_signing_legacy_unknown_cert_file,
            &options.cluster_signing_legacy_unknown_key_file,
        ),
    ];
    let named = own.iter().any(|(_, cert, _)| cert.is_some());
    let mut all = match (from_files(common)?, pki) {
        (Some(signer), _) => Signers::all(&signer),
        // As upstream: with authorities of their own, the signers that have none do not sign.
        (None, Some(pki)) if !named => Signers::all(&authority(pki.ca_cert(), &pki.ca_key()?)?),
        _ => Signers::default(),
    };
    for (name, cert, key) in own {
        if let Some(signer) = from_files((cert, key))? {
            all.0.insert(name, signer);
        }
    }
    Ok(all)
}

/// What signs the tokens of secrets.
pub fn token_signer(key_pem: &str) -> Result<Arc<SignToken>, key::Error> {
    let key = SigningKey::from_pem(key_pem)?;
    Ok(Arc::new(move |claims: &Value| {
        key.token(claims.to_string().as_bytes())
            .map_err(|error| error.to_string())
    }))
}

impl Authority {
    fn new(cert_pem: &str, key_pem: &str, duration: Duration) -> anyhow::Result<Self> {
        let (_, pem) = parse_x509_pem(cert_pem.as_bytes())?;
        X509Certificate::from_der(&pem.contents)?;
        Ok(Self {
            certificate: pem.contents,
            key: KeyPair::from_pem(key_pem)?,
            duration,
        })
    }

    fn certificate(
        &self,
        request: &[u8],
        usages: &[String],
        seconds: Option<i32>,
    ) -> Result<Vec<u8>, String> {
        let text = std::str::from_utf8(request).map_err(|error| error.to_string())?;
        let request = pem::first(text, pem::CERTIFICATE_REQUEST)
            .ok_or("PEM block type must be CERTIFICATE REQUEST")?;
        let (_, request) =
            X509CertificationRequest::from_der(&request).map_err(|error| error.to_string())?;
        request
            .verify_signature()
            .map_err(|error| error.to_string())?;
        let (_, ca) =
            X509Certificate::from_der(&self.certificate).map_err(|error| error.to_string())?;
        let info = &request.certification_request_info;
        let algorithm = self.algorithm()?;
        let extensions = element(
            0xa3,
            &element(
                SEQUENCE,
                &[
                    usage_extensions(usages)?,
                    extension(&[0x55, 0x1d, 0x13], true, &element(SEQUENCE, &[])),
                    authority_key(&ca),
                    alternative_names(&request)?.map_or_else(Vec::new, |names| {
                        extension(&[0x55, 0x1d, 0x11], names.critical, names.value)
                    }),
                ]
                .concat(),
            ),
        );
        let body = element(
            SEQUENCE,
            &[
                element(0xa0, &element(INTEGER, &[2])),
                element(INTEGER, &serial()),
                algorithm.clone(),
                ca.subject().as_raw().to_vec(),
                self.validity(&ca, seconds),
                info.subject.as_raw().to_vec(),
                info.subject_pki.raw.to_vec(),
                extensions,
            ]
            .concat(),
        );
        let signature = self.key.sign(&body).map_err(|error| error.to_string())?;
        let bits = element(SET_OF_BITS, &[&[0], signature.as_slice()].concat());
        Ok(element(SEQUENCE, &[body, algorithm, bits].concat()))
    }

    fn algorithm(&self) -> Result<Vec<u8>, String> {
        let (oid, null): (&[u8], &[u8]) = match self.key.algorithm() {
            one if one == &rcgen::PKCS_ECDSA_P256_SHA256 => {
                (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02], &[])
            }
            one if one == &rcgen::PKCS_ECDSA_P384_SHA384 => {
                (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03], &[])
            }
            one if one == &rcgen::PKCS_RSA_SHA256 => (
                &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b],
                &[0x05, 0x00],
            ),
            one if one == &rcgen::PKCS_ED25519 => (&[0x2b, 0x65, 0x70], &[]),
            _ => return Err("the authority's key is of a kind that cannot sign".to_owned()),
        };
        Ok(element(SEQUENCE, &[&element(OID, oid), null].concat()))
    }

    /// Not longer than the authority itself is valid.
    fn validity(&self, ca: &X509Certificate<'_>, seconds: Option<i32>) -> Vec<u8> {
        let asked = seconds
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(Duration::from_secs);
        let length = asked.map_or(self.duration, |asked| asked.max(LEAST).min(self.duration));
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let start = now.saturating_sub(BACKDATE);
        let begin = if length < SHORT { now } else { start };
        let ca_end = u64::try_from(ca.validity().not_after.timestamp()).unwrap_or(0);
        let (start, end) = (start.as_secs(), (begin + length).as_secs().min(ca_end));
        element(SEQUENCE, &[time(start), time(end)].concat())
    }
}

impl Signer for Authority {
    fn sign(
        &self,
        request: &[u8],
        usages: &[String],
        seconds: Option<i32>,
    ) -> Result<Vec<u8>, String> {
        use base64::Engine;
        let der = self.certificate(request, usages, seconds)?;
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
            .collect();
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.join("\n")
        );
        Ok(pem.into_bytes())
    }
}

/// A DER element.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let used = bytes.len() - length.leading_zeros() as usize / 8;
        out.push(0x80 | used as u8);
        out.extend_from_slice(&bytes[bytes.len() - used..]);
    }
    out.extend_from_slice(content);
    out
}

/// A positive number of 16 bytes that nobody can guess.
fn serial() -> Vec<u8> {
    let mut bytes = uuid_bytes();
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    bytes.to_vec()
}

fn uuid_bytes() -> [u8; 16] {
    let text = knarr_api::meta::new_uid().replace('-', "");
    u128::from_str_radix(&text, 16).unwrap_or(1).to_be_bytes()
}

/// Seconds since 1970 as X.509 writes a time: in two digits of the year until 2049, in four from then on.
fn time(seconds: u64) -> Vec<u8> {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let clock = format!(
        "{month:02}{day:02}{:02}{:02}{:02}Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    );
    if year < 2050 {
        element(0x17, format!("{:02}{clock}", year % 100).as_bytes())
    } else {
        element(0x18, format!("{year:04}{clock}").as_bytes())
    }
}

/// Year, month and day of a day since 1970, in the Gregorian calendar.
fn date(mut days: u64) -> (u64, usize, u64) {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [
        31,
        28 + u64::from(leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    (year, month + 1, days + 1)
}

fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let mut content = element(OID, oid);
    if critical {
        content.extend([0x01, 0x01, 0xff]);
    }
    content.extend(element(OCTETS, value));
    element(SEQUENCE, &content)
}

/// The key usages (the bit that stands for each) and the extended ones (the last byte of id-kp), by their names in
/// `certificates.k8s.io`.
const KEY_USAGES: &[(&str, u8)] = &[
    ("signing", 0),
    ("digital signature", 0),
    ("content commitment", 1),
    ("key encipherment", 2),
    ("data encipherment", 3),
    ("key agreement", 4),
    ("cert sign", 5),
    ("crl sign", 6),
    ("encipher only", 7),
];
const EXTENDED_USAGES: &[(&str, u8)] = &[
    ("server auth", 1),
    ("client auth", 2),
    ("code signing", 3),
    ("email protection", 4),
    ("s/mime", 4),
    ("ipsec end system", 5),
    ("ipsec tunnel", 6),
    ("ipsec user", 7),
    ("timestamping", 8),
    ("ocsp signing", 9),
];

fn usage_extensions(usages: &[String]) -> Result<Vec<u8>, String> {
    let mut bits: u8 = 0;
    let mut extended = Vec::new();
    for usage in usages {
        let find = |table: &[(&str, u8)]| {
            table
                .iter()
                .find(|(name, _)| name == usage)
                .map(|(_, code)| *code)
        };
        if let Some(bit) = find(KEY_USAGES) {
            bits |= 0x80 >> bit;
        } else if let Some(code) = find(EXTENDED_USAGES) {
            extended.extend(element(
                OID,
                &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, code],
            ));
        } else if usage == "any" {
            extended.extend(element(OID, &[0x55, 0x1d, 0x25, 0x00]));
        } else {
            return Err(format!("unrecognized usage values: {usage:?}"));
        }
    }
    let mut all = Vec::new();
    if bits != 0 {
        let unused = bits.trailing_zeros() as u8;
        all.extend(extension(
            &[0x55, 0x1d, 0x0f],
            true,
            &element(SET_OF_BITS, &[unused, bits]),
        ));
    }
    if !extended.is_empty() {
        all.extend(extension(
            &[0x55, 0x1d, 0x25],
            false,
            &element(SEQUENCE, &extended),
        ));
    }
    Ok(all)
}

/// Which key of the authority signed.
fn authority_key(ca: &X509Certificate<'_>) -> Vec<u8> {
    let id = ca
        .extensions()
        .iter()
        .find_map(|extension| match extension.parsed_extension() {
            x509_parser::extensions::ParsedExtension::SubjectKeyIdentifier(id) => {
                Some(id.0.to_vec())
            }
            _ => None,
        });
    id.map_or_else(Vec::new, |id| {
        extension(
            &[0x55, 0x1d, 0x23],
            false,
            &element(SEQUENCE, &element(0x80, &id)),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::defaults;
    use rcgen::{CertificateParams, DnType, PKCS_ECDSA_P256_SHA256};

    fn request() -> String {
        let mut params = CertificateParams::new(vec!["node.local".to_owned()]).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "system:node:a");
        params
            .distinguished_name
            .push(DnType::OrganizationName, "system:nodes");
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        params.serialize_request(&key).unwrap().pem().unwrap()
    }

    fn der(pem: &[u8]) -> Vec<u8> {
        parse_x509_pem(pem).unwrap().1.contents
    }

    fn signed(seconds: Option<i32>) -> (Vec<u8>, Vec<u8>) {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::open(dir.path()).unwrap();
        let signers = signers(&defaults(), Some(&pki)).unwrap();
        let usages = ["digital signature", "server auth"].map(str::to_owned);
        let signer = &signers.0["kubernetes.io/kubelet-serving"];
        let pem = signer.sign(request().as_bytes(), &usages, seconds).unwrap();
        (der(&pem), der(pki.ca_cert().as_bytes()))
    }

    #[test]
    fn each_signer_has_the_files_that_are_named_for_it_as_they_are_now() {
        let folder = tempfile::tempdir().unwrap();
        let pki = |name: &str| Pki::open(&folder.path().join(name)).unwrap();
        let (serving, client, renewed) = (pki("serving"), pki("client"), pki("renewed"));
        let files = |name: &str| {
            let file = |file: &str| Some(folder.path().join(name).join(file));
            (file("ca.crt"), file("ca.key"))
        };
        let ((serving_cert, serving_key), (client_cert, client_key)) =
            (files("serving"), files("client"));
        let options = SigningOptions {
            cluster_signing_kubelet_serving_cert_file: serving_cert.clone(),
            cluster_signing_kubelet_serving_key_file: serving_key.clone(),
            cluster_signing_kube_apiserver_client_cert_file: client_cert,
            cluster_signing_kube_apiserver_client_key_file: client_key,
            ..defaults()
        };
        let signers = signers(&options, Some(&pki("cluster"))).unwrap();
        let names: Vec<&str> = signers.0.keys().copied().collect();
        let (of_client, of_serving) = (
            "kubernetes.io/kube-apiserver-client",
            "kubernetes.io/kubelet-serving",
        );
        assert_eq!(names, [of_client, of_serving]);
        let by = |signer: &str, authority: &Pki| {
            let pem = signers.0[signer].sign(request().as_bytes(), &[], None);
            let (leaf, ca) = (der(&pem.unwrap()), der(authority.ca_cert().as_bytes()));
            let (_, leaf) = X509Certificate::from_der(&leaf).unwrap();
            let (_, ca) = X509Certificate::from_der(&ca).unwrap();
            leaf.verify_signature(Some(ca.public_key())).is_ok()
        };
        assert!(by(of_client, &client) && by(of_serving, &serving));
        let (new_cert, new_key) = files("renewed");
        std::fs::copy(new_cert.unwrap(), serving_cert.unwrap()).unwrap();
        std::fs::copy(new_key.unwrap(), serving_key.unwrap()).unwrap();
        assert!(by(of_serving, &renewed) && !by(of_serving, &serving));
    }

    #[test]
    fn a_request_becomes_a_certificate() {
        let (der, ca) = signed(Some(3600));
        let (_, ca) = X509Certificate::from_der(&ca).unwrap();
        let (rest, cert) = X509Certificate::from_der(&der).unwrap();
        assert!(rest.is_empty());
        assert!(cert.verify_signature(Some(ca.public_key())).is_ok());
        assert!(cert.subject().to_string().contains("system:node:a"));
        let lives = cert.validity().not_after.timestamp() - cert.validity().not_before.timestamp();
        assert_eq!(lives, 3600 + 300);
        let usage = cert.key_usage().unwrap().unwrap().value;
        assert!(usage.digital_signature() && !usage.key_encipherment());
        let extended = cert.extended_key_usage().unwrap().unwrap().value;
        assert!(extended.server_auth && !extended.client_auth);
        assert!(!cert.is_ca());
        let names = &cert
            .subject_alternative_name()
            .unwrap()
            .unwrap()
            .value
            .general_names;
        assert_eq!(names.len(), 1);
    }

    #[test]
    fn nobody_gets_more_than_the_authority_gives() {
        for seconds in [None, Some(i32::MAX)] {
            let (der, _) = signed(seconds);
            let (_, cert) = X509Certificate::from_der(&der).unwrap();
            let validity = cert.validity();
            let lives = validity.not_after.timestamp() - validity.not_before.timestamp();
            assert_eq!(lives, 365 * 24 * 3600);
        }
    }

    #[test]
    fn days_are_dates() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(20_454), (2026, 1, 1));
        assert_eq!(time(4_102_444_800)[0], 0x18);
    }

    #[test]
    fn garbage_is_not_signed() {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::open(dir.path()).unwrap();
        let signers = signers(&defaults(), Some(&pki)).unwrap();
        let signer = &signers.0["kubernetes.io/legacy-unknown"];
        assert!(signer.sign(b"garbage", &[], None).is_err());
    }
}

//! The cluster's certificates and keys: made on first start, made anew whenever they are asked for and near their end.
//! What they are used for is decided elsewhere; nothing here opens a connection.

use std::fs;
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
};

/// How long the certificate authority is valid: ten years, as kubeadm's.
const CA_VALIDITY: Duration = Duration::from_secs(3650 * 24 * 3600);
/// How long every other certificate is valid: one year, as kubeadm's.
const LEAF_VALIDITY: Duration = Duration::from_secs(365 * 24 * 3600);
/// A certificate with less than this left is made anew.
const RENEW_BEFORE: Duration = Duration::from_secs(90 * 24 * 3600);
/// Clocks of clients may be behind ours.
const CLOCK_SKEW: Duration = Duration::from_secs(300);

/// What can go wrong with the certificates; every variant names the file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {path}: {source}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot write {path}: {source}")]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path} is not a certificate or key that can be used: {reason}")]
    Malformed { path: PathBuf, reason: String },
    #[error(
        "the certificate authority {path} has expired: remove it and its key to make a new one"
    )]
    CaExpired { path: PathBuf },
    #[error("cannot make a certificate: {0}")]
    Generate(#[from] rcgen::Error),
}

/// A certificate chain and its private key, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub cert: String,
    pub key: String,
}

/// Who a client certificate speaks for: the common name is the user, the organizations are its groups.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    pub file: &'static str,
    pub user: &'static str,
    pub groups: &'static [&'static str],
}

/// The administrator of the cluster.
pub const ADMIN: Identity = Identity {
    file: "admin",
    user: "kubernetes-admin",
    groups: &["system:masters"],
};
/// The controller manager.
pub const CONTROLLER_MANAGER: Identity = Identity {
    file: "controller-manager",
    user: "system:kube-controller-manager",
    groups: &[],
};
/// The scheduler.
pub const SCHEDULER: Identity = Identity {
    file: "scheduler",
    user: "system:kube-scheduler",
    groups: &[],
};
/// The proxy of every node.
pub const PROXY: Identity = Identity {
    file: "proxy",
    user: "system:kube-proxy",
    groups: &["system:node-proxier"],
};
/// The API server as a client of the kubelets.
pub const KUBELET_CLIENT: Identity = Identity {
    file: "apiserver-kubelet-client",
    user: "kube-apiserver-kubelet-client",
    groups: &["system:masters"],
};

/// The API server as a front proxy of extension servers; signed by an authority of its own, so that a client
/// certificate of the cluster is no front proxy's.
pub const FRONT_PROXY_CLIENT: Identity = Identity {
    file: "front-proxy-client",
    user: "front-proxy-client",
    groups: &[],
};

/// The certificate authority and the folder that everything it signs is kept in.
pub struct Pki {
    dir: PathBuf,
    /// The name of its files, before `.crt` and `.key`.
    file: &'static str,
    ca_cert: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Pki {
    /// Opens the authority in `dir`, making it when there is none.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        Self::open_named(dir, "ca", "kubernetes")
    }

    /// The authority beside this one that signs the certificates of front proxies.
    pub fn front_proxy(&self) -> Result<Self, Error> {
        Self::open_named(&self.dir, "front-proxy-ca", "front-proxy-ca")
    }

    fn open_named(dir: &Path, file: &'static str, common_name: &str) -> Result<Self, Error> {
        fs::create_dir_all(dir).map_err(|source| Error::Write {
            path: dir.to_owned(),
            source,
        })?;
        let (cert_path, key_path) = (
            dir.join(format!("{file}.crt")),
            dir.join(format!("{file}.key")),
        );
        if !cert_path.exists() {
            let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
            let cert = ca_params(common_name)?.self_signed(&key)?;
            write_private(&key_path, &key.serialize_pem())?;
            write_public(&cert_path, &cert.pem())?;
        }
        let ca_cert = read(&cert_path)?;
        if remaining(&ca_cert)
            .map_err(|reason| Error::Malformed {
                path: cert_path.clone(),
                reason,
            })?
            .is_zero()
        {
            return Err(Error::CaExpired { path: cert_path });
        }
        let key = KeyPair::from_pem(&read(&key_path)?).map_err(|e| Error::Malformed {
            path: key_path,
            reason: e.to_string(),
        })?;
        let issuer = Issuer::from_ca_cert_pem(&ca_cert, key).map_err(|e| Error::Malformed {
            path: cert_path,
            reason: e.to_string(),
        })?;
        Ok(Self {
            dir: dir.to_owned(),
            file,
            ca_cert,
            issuer,
        })
    }

    /// The authority's certificate, PEM.
    pub fn ca_cert(&self) -> &str {
        &self.ca_cert
    }

    /// The authority's key, PEM: what signs certificate signing requests.
    pub fn ca_key(&self) -> Result<String, Error> {
        read(&self.dir.join(format!("{}.key", self.file)))
    }

    /// The client certificate of one of the cluster's own identities.
    pub fn client(&self, identity: Identity) -> Result<Pair, Error> {
        self.client_for(identity.file, identity.user, identity.groups)
    }

    /// The client certificate of the kubelet of `node`.
    pub fn node_client(&self, node: &str) -> Result<Pair, Error> {
        self.client_for(
            &format!("kubelet-{node}"),
            &format!("system:node:{node}"),
            &["system:nodes"],
        )
    }

    fn client_for(&self, file: &str, user: &str, groups: &[&str]) -> Result<Pair, Error> {
        let mut params = leaf_params(user, &[])?;
        for group in groups {
            params
                .distinguished_name
                .push(DnType::OrganizationName, *group);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.leaf(&self.dir, file, params, |_| true)
    }

    /// The serving certificate of the API server or a kubelet for these names and addresses. One that lacks a
    /// name is made anew, so that a changed address needs no attention.
    pub fn serving(&self, file: &str, common_name: &str, names: &[String]) -> Result<Pair, Error> {
        self.serving_in(&self.dir, file, common_name, names)
    }

    /// The same, kept in another folder.
    pub fn serving_in(
        &self,
        folder: &Path,
        file: &str,
        common_name: &str,
        names: &[String],
    ) -> Result<Pair, Error> {
        let mut params = leaf_params(common_name, names)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let wanted = params.subject_alt_names.clone();
        self.leaf(folder, file, params, |cert| {
            subject_alt_names(cert).is_some_and(|have| wanted.iter().all(|san| have.contains(san)))
        })
    }

    /// The key that signs service-account tokens, PEM (ECDSA P-256, so tokens are ES256).
    pub fn service_account_key(&self) -> Result<String, Error> {
        let path = self.dir.join("sa.key");
        if !path.exists() {
            write_private(
                &path,
                &KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?.serialize_pem(),
            )?;
        }
        read(&path)
    }

    fn leaf(
        &self,
        folder: &Path,
        file: &str,
        params: CertificateParams,
        fits: impl Fn(&str) -> bool,
    ) -> Result<Pair, Error> {
        let (cert_path, key_path) = (
            folder.join(format!("{file}.crt")),
            folder.join(format!("{file}.key")),
        );
        if let (Ok(cert), Ok(key)) = (
            fs::read_to_string(&cert_path),
            fs::read_to_string(&key_path),
        ) && remaining(&cert).is_ok_and(|left| left > RENEW_BEFORE)
            && self.signed(&cert)
            && fits(&cert)
        {
            return Ok(Pair { cert, key });
        }
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let cert = params.signed_by(&key, &self.issuer)?.pem();
        let key = key.serialize_pem();
        let pair = Pair { cert, key };
        write_pair(&cert_path, &key_path, &pair)?;
        Ok(pair)
    }

    /// Whether `cert` was signed by this authority, and not by one that stood here before.
    fn signed(&self, cert: &str) -> bool {
        let (Ok((_, ca)), Ok((_, leaf))) = (
            x509_parser::pem::parse_x509_pem(self.ca_cert.as_bytes()),
            x509_parser::pem::parse_x509_pem(cert.as_bytes()),
        ) else {
            return false;
        };
        let (Ok(ca), Ok(leaf)) = (ca.parse_x509(), leaf.parse_x509()) else {
            return false;
        };
        leaf.verify_signature(Some(ca.public_key())).is_ok()
    }
}

fn ca_params(common_name: &str) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::CrlSign,
    ];
    validity(&mut params, CA_VALIDITY);
    Ok(params)
}

fn leaf_params(common_name: &str, names: &[String]) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    params.use_authority_key_identifier_extension = true;
    validity(&mut params, LEAF_VALIDITY);
    Ok(params)
}

fn validity(params: &mut CertificateParams, length: Duration) {
    let now = SystemTime::now();
    params.not_before = (now - CLOCK_SKEW).into();
    params.not_after = (now + length).into();
}

/// How long the first certificate of `pem` is still valid; zero when it has expired.
fn remaining(pem: &str) -> Result<Duration, String> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).map_err(|e| e.to_string())?;
    let cert = pem.parse_x509().map_err(|e| e.to_string())?;
    let end = u64::try_from(cert.validity().not_after.timestamp()).unwrap_or(0);
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Ok(Duration::from_secs(end).saturating_sub(now))
}

fn subject_alt_names(pem: &str) -> Option<Vec<SanType>> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    let cert = pem.parse_x509().ok()?;
    let names = &cert.subject_alternative_name().ok()??.value.general_names;
    Some(
        names
            .iter()
            .filter_map(|name| match name {
                x509_parser::extensions::GeneralName::DNSName(dns) => {
                    Some(SanType::DnsName((*dns).try_into().ok()?))
                }
                x509_parser::extensions::GeneralName::IPAddress(bytes) => {
                    let ip = match bytes.len() {
                        4 => IpAddr::from(<[u8; 4]>::try_from(*bytes).ok()?),
                        _ => IpAddr::from(<[u8; 16]>::try_from(*bytes).ok()?),
                    };
                    Some(SanType::IpAddress(ip))
                }
                _ => None,
            })
            .collect(),
    )
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}

/// Keeps a certificate and its key, in a folder that need not be there yet.
pub fn write_pair(cert: &Path, key: &Path, pair: &Pair) -> Result<(), Error> {
    if let Some(folder) = cert.parent() {
        fs::create_dir_all(folder).map_err(|source| Error::Write {
            path: folder.to_owned(),
            source,
        })?;
    }
    write_private(key, &pair.key)?;
    write_public(cert, &pair.cert)
}

fn write_public(path: &Path, text: &str) -> Result<(), Error> {
    write(path, text, 0o644)
}

fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    write(path, text, 0o600)
}

/// Writes beside the file and renames, so that a crash leaves the old one or the new one.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), Error> {
    let beside = path.with_extension("new");
    let attempt = || {
        let mut file = fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(mode)
            .open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    attempt().map_err(|source| Error::Write {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_second_opening_finds_the_same_authority_and_certificates() {
        let dir = tempfile::tempdir().unwrap();
        let first = Pki::open(dir.path()).unwrap();
        let (ca, admin) = (first.ca_cert().to_owned(), first.client(ADMIN).unwrap());
        let second = Pki::open(dir.path()).unwrap();
        assert_eq!(second.ca_cert(), ca);
        assert_eq!(second.client(ADMIN).unwrap().cert, admin.cert);
    }

    #[test]
    fn a_serving_certificate_is_made_anew_when_a_name_is_missing_and_only_then() {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::open(dir.path()).unwrap();
        let first = pki
            .serving(
                "apiserver",
                "kube-apiserver",
                &names(&["localhost", "127.0.0.1"]),
            )
            .unwrap();
        let fewer = pki
            .serving("apiserver", "kube-apiserver", &names(&["127.0.0.1"]))
            .unwrap();
        let more = pki
            .serving(
                "apiserver",
                "kube-apiserver",
                &names(&["localhost", "10.0.0.7"]),
            )
            .unwrap();
        assert_eq!(first.cert, fewer.cert);
        assert_ne!(first.cert, more.cert);
    }

    #[test]
    fn certificates_of_an_authority_that_was_replaced_are_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let old = Pki::open(dir.path()).unwrap().client(ADMIN).unwrap();
        fs::remove_file(dir.path().join("ca.crt")).unwrap();
        fs::remove_file(dir.path().join("ca.key")).unwrap();
        let new = Pki::open(dir.path()).unwrap().client(ADMIN).unwrap();
        assert_ne!(old.cert, new.cert);
    }

    #[test]
    fn a_certificate_that_nears_its_end_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::open(dir.path()).unwrap();
        let mut params = leaf_params("kubernetes-admin", &[]).unwrap();
        validity(&mut params, RENEW_BEFORE - Duration::from_secs(60));
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let old = params.signed_by(&key, &pki.issuer).unwrap().pem();
        fs::write(dir.path().join("admin.crt"), &old).unwrap();
        fs::write(dir.path().join("admin.key"), key.serialize_pem()).unwrap();
        let new = pki.client(ADMIN).unwrap();
        assert_ne!(new.cert, old);
        assert!(remaining(&new.cert).unwrap() > RENEW_BEFORE);
    }

    #[test]
    fn front_proxies_have_an_authority_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::open(dir.path()).unwrap();
        let proxies = pki.front_proxy().unwrap();
        let client = proxies.client(FRONT_PROXY_CLIENT).unwrap();
        assert!(proxies.signed(&client.cert) && !pki.signed(&client.cert));
    }

    #[test]
    fn a_broken_authority_is_named_in_the_error_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("ca.crt"), "garbage").unwrap();
        fs::write(dir.path().join("ca.key"), "garbage").unwrap();
        let error = Pki::open(dir.path()).err().unwrap().to_string();
        assert!(error.contains("ca.crt"), "{error}");
        assert_eq!(
            fs::read_to_string(dir.path().join("ca.crt")).unwrap(),
            "garbage"
        );
    }

    #[test]
    fn private_keys_are_readable_by_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::open(dir.path()).unwrap();
        pki.service_account_key().unwrap();
        for file in ["ca.key", "sa.key"] {
            let mode = fs::metadata(dir.path().join(file))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }
}

//! Where certificates are kept: in the form and under the names that the kubelet gives them, so that either finds what
//! the other left.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{CertificateAndKey, Error};

/// The certificates of one purpose in a folder. `NAME-current.pem` is a link to the newest file, which holds the chain
/// and then the key.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    name: &'static str,
}

/// A certificate that can be used.
#[derive(Clone, Debug)]
pub struct Usable {
    /// The chain with its key, ready to be shown to a peer.
    pub(crate) shown: Arc<CertifiedKey>,
    /// From when to when it is good, in seconds since 1970.
    pub(super) from: i64,
    pub(super) until: i64,
}

impl Store {
    /// Those by which the kubelet is known to the API server.
    pub fn client(folder: PathBuf) -> Self {
        let name = "kubelet-client";
        Self { folder, name }
    }

    /// Those of the kubelet's own server.
    pub fn serving(folder: PathBuf) -> Self {
        let name = "kubelet-server";
        Self { folder, name }
    }

    /// The file that always holds the newest.
    pub fn current_file(&self) -> PathBuf {
        self.folder.join(format!("{}-current.pem", self.name))
    }

    /// Where the key is kept that an unanswered request was made with.
    pub(super) fn pending_key_file(&self) -> PathBuf {
        self.folder.join(format!("{}.key.tmp", self.name))
    }

    /// The newest certificate; `Ok(None)` when there is none.
    pub fn current(&self) -> Result<Option<Usable>, Error> {
        let path = self.current_file();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::Read { path, source }),
        };
        let key = key_start(&text)
            .ok_or_else(|| Error::Malformed(format!("{} holds no private key", path.display())))?;
        let pair = CertificateAndKey {
            certificate: text[..key].to_owned(),
            key: text[key..].to_owned(),
        };
        Ok(Some(Usable::new(&pair)?))
    }

    /// Keeps a new certificate as the newest; it must fit its key.
    pub fn update(&self, pair: &CertificateAndKey) -> Result<Usable, Error> {
        let usable = Usable::new(pair)?;
        let time = Timestamp::now().to_zoned(TimeZone::system());
        let file = format!("{}-{}.pem", self.name, time.strftime("%Y-%m-%d-%H-%M-%S"));
        let end = if pair.certificate.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        self.write(
            &self.folder.join(&file),
            &format!("{}{end}{}", pair.certificate, pair.key),
        )?;
        // A link is only replaced in one step by renaming another one.
        let next = self.folder.join(format!("{}-updated.pem", self.name));
        let linked = match fs::remove_file(&next) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => symlink(&file, &next).and_then(|()| fs::rename(&next, self.current_file())),
        };
        linked.map_err(|source| Error::Write { path: next, source })?;
        Ok(usable)
    }

    /// Writes a file of the folder that only its owner can read.
    pub(super) fn write(&self, path: &Path, text: &str) -> Result<(), Error> {
        let written = fs::create_dir_all(&self.folder)
            .and_then(|()| {
                fs::OpenOptions::new()
                    .write(true)
                    .create(true)
                    .truncate(true)
                    .mode(0o600)
                    .open(path)
            })
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            });
        written.map_err(|source| Error::Write {
            path: path.to_owned(),
            source,
        })
    }
}

/// Where the private key begins, after the chain.
fn key_start(text: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text[from..].find("-----BEGIN ") {
        let start = from + found;
        let line = text[start..].lines().next()?;
        if line.contains("PRIVATE KEY") {
            return Some(start);
        }
        from = start + line.len();
    }
    None
}

impl Usable {
    /// Whether it is no longer good.
    pub(super) fn has_ended(&self) -> bool {
        Timestamp::now().as_second() >= self.until
    }

    /// Reads a chain and its key, which must fit.
    pub(crate) fn new(pair: &CertificateAndKey) -> Result<Self, Error> {
        let malformed = |error: &dyn std::fmt::Display| Error::Malformed(error.to_string());
        let chain = CertificateDer::pem_slice_iter(pair.certificate.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| malformed(&error))?;
        let leaf = chain.first().ok_or_else(|| malformed(&"it is empty"))?;
        let (_, leaf) = X509Certificate::from_der(leaf).map_err(|error| malformed(&error))?;
        let validity = leaf.validity();
        let (from, until) = (
            validity.not_before.timestamp(),
            validity.not_after.timestamp(),
        );
        let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes());
        let key = key.map_err(|error| malformed(&error))?;
        let shown = CertifiedKey::from_der(chain, key, &default_provider());
        Ok(Self {
            shown: Arc::new(shown.map_err(|error| malformed(&error))?),
            from,
            until,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(names: &str) -> CertificateAndKey {
        let made = rcgen::generate_simple_self_signed([names.to_owned()]).unwrap();
        CertificateAndKey {
            certificate: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
        }
    }

    #[test]
    fn the_newest_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::client(folder.path().join("pki"));
        assert!(store.current().unwrap().is_none());
        let (first, second) = (pair("a"), pair("b"));
        store.update(&first).unwrap();
        let shown = |usable: Usable| usable.shown.cert.clone();
        let now = shown(store.current().unwrap().unwrap());
        assert_eq!(now, shown(Usable::new(&first).unwrap()));
        store.update(&second).unwrap();
        let now = shown(store.current().unwrap().unwrap());
        assert_eq!(now, shown(Usable::new(&second).unwrap()));
        assert!(
            store
                .current_file()
                .ends_with("pki/kubelet-client-current.pem")
        );
    }

    #[test]
    fn a_certificate_of_another_key_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::serving(folder.path().to_owned());
        let mixed = CertificateAndKey {
            key: pair("a").key,
            ..pair("a")
        };
        assert!(matches!(store.update(&mixed), Err(Error::Malformed(_))));
        assert!(store.current().unwrap().is_none());
    }
}

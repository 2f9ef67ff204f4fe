//! The certificate that a server shows, as flags of upstream's name it.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::auth_options::read;
use crate::pki::{self, Pair};

/// See the module.
#[derive(Args, Clone, Debug, Default)]
pub struct CertificateFiles {
    /// The certificate to serve with, and those of authorities between it and a known one; by default the server makes
    /// its own. It is read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_private_key_file")]
    pub tls_cert_file: Option<PathBuf>,
    /// The key of the certificate to serve with
    #[arg(long, value_name = "FILE", requires = "tls_cert_file")]
    pub tls_private_key_file: Option<PathBuf>,
    /// The folder in which a certificate that the server makes is kept
    #[arg(long, value_name = "DIR")]
    pub cert_dir: Option<PathBuf>,
}

impl CertificateFiles {
    /// What the files hold, if they are given.
    pub fn given(&self) -> anyhow::Result<Option<Pair>> {
        let (Some(cert), Some(key)) = (&self.tls_cert_file, &self.tls_private_key_file) else {
            return Ok(None);
        };
        Ok(Some(Pair {
            cert: read(cert)?,
            key: read(key)?,
        }))
    }

    /// What is given; otherwise what `program` made for itself before, or makes now.
    pub fn given_or_made(&self, program: &str) -> anyhow::Result<Pair> {
        if let Some(given) = self.given()? {
            return Ok(given);
        }
        let Some(folder) = &self.cert_dir else {
            return self_signed();
        };
        let file = |extension: &str| folder.join(format!("{program}.{extension}"));
        kept(&file("crt"), &file("key"))
    }
}

fn kept(cert: &Path, key: &Path) -> anyhow::Result<Pair> {
    if cert.exists() && key.exists() {
        return Ok(Pair {
            cert: read(cert)?,
            key: read(key)?,
        });
    }
    let made = self_signed()?;
    pki::write_pair(cert, key, &made)?;
    Ok(made)
}

fn self_signed() -> anyhow::Result<Pair> {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names)?;
    Ok(Pair {
        cert: made.cert.pem(),
        key: made.signing_key.serialize_pem(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_kept_where_a_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = CertificateFiles::default();
        let of = |files: &CertificateFiles| files.given_or_made("kube-scheduler").unwrap();
        assert_ne!(of(&nowhere), of(&nowhere));
        let somewhere = CertificateFiles {
            cert_dir: Some(folder.path().join("certs")),
            ..CertificateFiles::default()
        };
        let made = of(&somewhere);
        assert_eq!(of(&somewhere), made);
        let file = folder.path().join("certs/kube-scheduler.crt");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), made.cert);
        let given = CertificateFiles {
            tls_private_key_file: Some(file.with_extension("key")),
            tls_cert_file: Some(file),
            cert_dir: None,
        };
        assert_eq!(of(&given), made);
    }
}

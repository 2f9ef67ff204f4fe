//! What a node is told on the command line about its certificates. Names and meanings are the kubelet's
//! (<https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/>).

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use knarr_kubelet::Serving;
use knarr_kubelet::certificate::{self, CertificateAndKey, Store};

use crate::Place;

/// The certificates of a node that runs alone.
#[derive(Args, Clone, Debug)]
pub struct CertificateOptions {
    /// How the kubelet asks for its first client certificate, when the file of --kubeconfig is not there; it is written
    /// then
    #[arg(long, value_name = "FILE")]
    bootstrap_kubeconfig: Option<PathBuf>,
    /// The folder for certificates that the cluster signed; by default kubelet/pki in the node's data
    #[arg(long, value_name = "DIR")]
    cert_dir: Option<PathBuf>,
    /// Ask for a new client certificate before the one in --cert-dir ends
    #[arg(long, default_value_t = false, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL")]
    rotate_certificates: bool,
    /// Ask the cluster for the certificate of the kubelet's server, and for a new one before it ends
    #[arg(long, default_value_t = false, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set, value_name = "BOOL", conflicts_with = "tls_cert_file")]
    rotate_server_certificates: bool,
    /// The certificate of the kubelet's server; by default it makes its own
    #[arg(long, value_name = "FILE", requires = "tls_private_key_file")]
    tls_cert_file: Option<PathBuf>,
    /// The key of the certificate of the kubelet's server
    #[arg(long, value_name = "FILE", requires = "tls_cert_file")]
    tls_private_key_file: Option<PathBuf>,
}

/// The same, with the folder known.
pub struct Certificates {
    options: CertificateOptions,
    folder: PathBuf,
}

impl CertificateOptions {
    /// Settles where certificates are kept.
    pub fn stores(&self, place: &Place) -> anyhow::Result<Certificates> {
        let folder = match &self.cert_dir {
            Some(folder) => folder.clone(),
            None => place.certificates(),
        };
        // It is named in a kubeconfig, whose paths are read from its own folder.
        let folder = std::path::absolute(&folder).with_context(|| folder.display().to_string())?;
        Ok(Certificates {
            options: self.clone(),
            folder,
        })
    }
}

impl Certificates {
    fn client(&self) -> Store {
        Store::client(self.folder.clone())
    }

    /// Asks for the first client certificate, if that is wanted and needed.
    pub async fn bootstrap(&self, kubeconfig: &Path, node: &str) -> anyhow::Result<()> {
        let Some(first) = &self.options.bootstrap_kubeconfig else {
            return Ok(());
        };
        certificate::bootstrap(first, kubeconfig, &self.client(), node)
            .await
            .context("failed to run Kubelet: cannot make the kubeconfig")
    }

    /// The certificate of the kubelet's server.
    pub fn serving(&self) -> anyhow::Result<Serving> {
        let read = |file: &PathBuf| {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
        };
        let options = &self.options;
        Ok(
            match (&options.tls_cert_file, &options.tls_private_key_file) {
                (Some(certificate), Some(key)) => Serving::Given(CertificateAndKey {
                    certificate: read(certificate)?,
                    key: read(key)?,
                }),
                _ if options.rotate_server_certificates => {
                    Serving::Requested(Store::serving(self.folder.clone()))
                }
                _ => Serving::SelfSigned,
            },
        )
    }

    /// Where the client certificate is kept, if it is to be replaced before it ends.
    pub fn rotated(&self, kubeconfig: &Path) -> anyhow::Result<Option<Store>> {
        if !self.options.rotate_certificates {
            return Ok(None);
        }
        let store = self.client();
        anyhow::ensure!(
            certificate::names_store(kubeconfig, &store),
            "--rotate-certificates: the user of {} has to have {} as certificate and key",
            kubeconfig.display(),
            store.current_file().display()
        );
        Ok(Some(store))
    }
}

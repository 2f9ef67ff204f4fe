//! The node's own certificates: what it asks the cluster for, where it keeps what it was given, and when it asks anew
//! (<https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/>). Who signs, and whether, is
//! decided elsewhere.

mod bootstrap;
mod manager;
mod request;
mod store;

use std::path::PathBuf;

pub use bootstrap::{bootstrap, names_store};
pub use manager::{Manager, Shown};
pub use request::Wanted;
pub use store::{Store, Usable};

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the folder for certificates can't be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the folder for certificates can't be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The kubeconfig to start with, or the one to go on with, can't be used.
    #[error(transparent)]
    Kubeconfig(#[from] knarr_client::renewed::Error),
    /// The certificate, or its key, is no such thing, or they do not fit.
    #[error("the certificate can't be used: {0}")]
    Malformed(String),
    /// No key or request could be made.
    #[error("cannot make a certificate request: {0}")]
    Make(#[from] rcgen::Error),
    /// The API server did not take the request, or could not be reached.
    #[error("cannot create certificate signing request: {0}")]
    Ask(#[from] kube::Error),
    /// Somebody decided against it.
    #[error("certificate signing request is denied, reason: {reason}, message: {message}")]
    Denied {
        /// In one word.
        reason: String,
        /// In full.
        message: String,
    },
    /// The signer could not sign it.
    #[error("certificate signing request failed, reason: {reason}, message: {message}")]
    Failed {
        /// In one word.
        reason: String,
        /// In full.
        message: String,
    },
    /// Nobody decided, or signed.
    #[error("timed out waiting for certificate signing request {0}")]
    Late(String),
}

/// A certificate chain, leaf first, and its key, both in PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateAndKey {
    /// The chain.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

impl std::fmt::Debug for CertificateAndKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CertificateAndKey").finish_non_exhaustive()
    }
}

//! Images: references, registries, the store, archives. Containers are not its business.

mod archive;
mod client;
mod manifest;
mod pull;
mod reference;
mod registries;
mod store;
pub(crate) mod unpack;

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

pub use archive::import;
pub(crate) use archive::import_into;
pub use manifest::{Descriptor, ImageConfig, Manifest, RunConfig};
pub use pull::pull;
pub use reference::Reference;
pub use registries::Registries;
pub use store::{CONTAINER_LAYERS, ImageRecord, ImageStore, list, remove_name};

use crate::RuntimeError;

/// Why an image could not be fetched, unpacked or found.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The text is no image reference.
    #[error("couldn't parse image name \"{0}\": invalid reference format")]
    InvalidReference(String),
    /// A file operation failed.
    #[error("{step} {path}: {source}")]
    Io {
        /// What was done.
        step: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// `registries.yaml` is not valid.
    #[error("{path}: {message}")]
    Registries {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// An HTTP client could not be made.
    #[error("registry client: {0}")]
    Client(String),
    /// A request had no answer.
    #[error("failed to do request to {url}: {message}")]
    Request {
        /// Where to.
        url: String,
        /// All causes of the failure.
        message: String,
    },
    /// The registry answered with an unexpected status.
    #[error("unexpected status from GET request to {url}: {status}")]
    Registry {
        /// What was asked for.
        url: String,
        /// The answer.
        status: String,
    },
    /// The registry does not have the image.
    #[error("not found")]
    NotInRegistry,
    /// The registry wants other credentials, or hides that it does not have the image.
    #[error(
        "pull access denied, repository does not exist or may require authorization: \
         server message: insufficient_scope: authorization failed"
    )]
    Denied,
    /// Content is not what its digest says.
    #[error("digest mismatch: expected {expected}, got {actual}")]
    Digest {
        /// As the manifest says.
        expected: String,
        /// As computed.
        actual: String,
    },
    /// No image for this platform in an index.
    #[error("no match for platform in manifest: not found")]
    NoPlatform,
    /// A document or archive makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// A layer could not be unpacked.
    #[error("failed to extract layer {digest}: {message}")]
    Unpack {
        /// The layer.
        digest: String,
        /// Why.
        message: String,
    },
    /// Every endpoint failed.
    #[error(
        "failed to pull and unpack image \"{reference}\": failed to resolve reference \"{reference}\": {message}"
    )]
    Pull {
        /// The image.
        reference: String,
        /// What each endpoint said.
        message: String,
    },
}

impl ImageError {
    pub(crate) fn io(step: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            step,
            path: path.to_owned(),
            source,
        }
    }

    fn request(url: &str, error: reqwest::Error) -> Self {
        // reqwest's own text hides the cause ("connection refused") in its sources.
        let error = error.without_url();
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            message = format!("{message}: {inner}");
            cause = inner.source();
        }
        Self::Request {
            url: url.to_owned(),
            message,
        }
    }
}

impl From<ImageError> for RuntimeError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::InvalidReference(_) => Self::InvalidArgument(error.to_string()),
            ImageError::Pull { .. } => Self::ImagePull(error.to_string()),
            _ => Self::Internal(error.to_string()),
        }
    }
}

/// `sha256:…` of `bytes`.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", crate::hexadecimal(&Sha256::digest(bytes)))
}

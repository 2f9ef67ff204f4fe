//! Messages about images.

use serde::{Deserialize, Serialize};

/// An image that is present.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Digest of the image's configuration: `sha256:…`.
    pub id: String,
    /// Tags: `registry.k8s.io/pause:3.10`.
    pub repo_tags: Vec<String>,
    /// Digest references: `registry.k8s.io/pause@sha256:…`.
    pub repo_digests: Vec<String>,
    /// Bytes on disk.
    pub size: u64,
    /// Numeric user of the image, if it names one.
    pub uid: Option<i64>,
    /// Name of the image's user when it is not numeric; `runAsNonRoot` can't be verified then.
    pub username: String,
    /// The image must not be garbage collected.
    pub pinned: bool,
}

/// Credentials for a registry, from an image pull secret.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthConfig {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
    /// A token that is sent as it is (`Authorization: Bearer`).
    pub registry_token: String,
}

impl std::fmt::Debug for AuthConfig {
    // Credentials must not reach a log through `{:?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthConfig")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// What to pull.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PullImageRequest {
    /// Reference as the user wrote it, such as `nginx` or `registry.io:5000/leap/spark:latest`.
    pub image: String,
    /// Credentials to try; the registry configuration's are used when absent.
    pub auth: Option<AuthConfig>,
}

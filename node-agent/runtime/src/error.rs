//! The error of the seam: what the kubelet must be able to tell apart, as the gRPC codes of CRI do.

/// Result of every verb of the seam.
pub type Result<T, E = RuntimeError> = std::result::Result<T, E>;

/// Why a runtime verb failed. The text is shown to users in events and container states.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    /// No such sandbox, container or image.
    #[error("{kind} \"{id}\": not found")]
    NotFound {
        /// `container`, `sandbox` or `image`.
        kind: &'static str,
        /// The id or reference that was asked for.
        id: String,
    },
    /// The request can never succeed as it stands.
    #[error("{0}")]
    InvalidArgument(String),
    /// The object is in a state that does not allow the verb.
    #[error("{0}")]
    FailedPrecondition(String),
    /// A sandbox with the same name and attempt, or a container with the same name and attempt, exists.
    #[error("{0}")]
    AlreadyExists(String),
    /// The image could not be fetched; the kubelet shows it as `ErrImagePull`.
    #[error("{0}")]
    ImagePull(String),
    /// The registry could not be reached; the kubelet shows it as `RegistryUnavailable`.
    #[error("{0}")]
    RegistryUnavailable(String),
    /// The time given in the request is over.
    #[error("{0}")]
    DeadlineExceeded(String),
    /// This implementation does not have the verb.
    #[error("{0} is not supported by this runtime")]
    Unsupported(&'static str),
    /// Everything else: the kernel, the disk, a bug.
    #[error("{0}")]
    Internal(String),
}

impl RuntimeError {
    /// A missing container.
    pub fn no_container(id: &str) -> Self {
        Self::NotFound {
            kind: "container",
            id: id.to_owned(),
        }
    }

    /// A missing pod sandbox.
    pub fn no_sandbox(id: &str) -> Self {
        Self::NotFound {
            kind: "sandbox",
            id: id.to_owned(),
        }
    }

    /// A missing image.
    pub fn no_image(reference: &str) -> Self {
        Self::NotFound {
            kind: "image",
            id: reference.to_owned(),
        }
    }

    /// Whether the object of the request does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}

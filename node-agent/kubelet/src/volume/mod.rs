//! Volumes of a pod: one file per kind of source, one table of them. Setting a volume up is
//! idempotent: it is done again whenever its content may have changed.

mod atomic;
mod config_map;
mod content;
mod downward_api;
mod empty_dir;
mod host_path;
mod manager;
pub mod mounts;
mod persistent_volume_claim;
mod projected;
mod secret;
mod token;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, Volume};

use crate::env::fields::{FieldContext, FieldError};
use crate::objects::ObjectCache;

pub use manager::{
    PodVolumes, SetUpFailure, VolumeHost, remove_orphans, tear_down, tear_down_volumes,
};

/// Every kind of volume source the node knows, in the order of the API's documentation.
pub static PLUGINS: &[&dyn VolumePlugin] = &[
    &config_map::ConfigMapPlugin,
    &downward_api::DownwardApiPlugin,
    &empty_dir::EmptyDirPlugin,
    &host_path::HostPathPlugin,
    &persistent_volume_claim::PersistentVolumeClaimPlugin,
    &projected::ProjectedPlugin,
    &secret::SecretPlugin,
];

/// One kind of volume source.
#[async_trait]
pub trait VolumePlugin: Send + Sync {
    /// Upstream's plug-in name; `/` becomes `~` in the folder below `volumes/`.
    fn name(&self) -> &'static str;

    /// Whether the volume has this source.
    fn supports(&self, volume: &Volume) -> bool;

    /// Makes the volume's content what it should be now.
    async fn set_up(&self, request: &Request<'_>) -> Result<Mounted, VolumeError>;
}

/// What a plug-in works on.
pub struct Request<'a> {
    /// The pod.
    pub pod: &'a Pod,
    /// The volume of the pod's spec.
    pub volume: &'a Volume,
    /// The folder that is the volume's alone.
    pub dir: &'a Path,
    /// Config maps and secrets.
    pub objects: &'a ObjectCache,
    /// The API, for tokens and claims.
    pub client: &'a kube::Client,
    /// What the downward API tells.
    pub fields: FieldContext<'a>,
    /// Group that owns the content (`securityContext.fsGroup`).
    pub fs_group: Option<u32>,
    /// Tokens made before, to be kept until they near their end.
    pub tokens: &'a parking_lot::Mutex<token::Tokens>,
    /// Name of this node.
    pub node: &'a str,
}

/// A volume that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// The path on the host that containers mount.
    pub path: PathBuf,
    /// The volume can't be written.
    pub read_only: bool,
    /// When its content must be made anew, such as a token before it expires.
    pub refresh_at: Option<Timestamp>,
}

impl Mounted {
    /// A writable folder that changes only when an object does.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            read_only: false,
            refresh_at: None,
        }
    }

    /// Content that the node writes and containers only read.
    pub fn content(path: impl Into<PathBuf>, refresh_at: Option<Timestamp>) -> Self {
        Self {
            path: path.into(),
            read_only: true,
            refresh_at,
        }
    }
}

/// Why a volume is not ready; shown in the `FailedMount` event.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// An object it takes content from does not exist.
    #[error("{kind} \"{name}\" not found")]
    NotFound {
        /// `configmap`, `secret`, `persistentvolumeclaim` …
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The object can't be read.
    #[error("{0}")]
    Object(String),
    /// The object lacks a key that `items` names.
    #[error("references non-existent {kind} key: {key}")]
    NoKey {
        /// `config` or `secret`.
        kind: &'static str,
        /// The key.
        key: String,
    },
    /// A host path is not what `type` demands.
    #[error("hostPath type check failed: {path} is not {expected}")]
    HostPathType {
        /// The path.
        path: String,
        /// `a directory`, `a file` …
        expected: &'static str,
    },
    /// A path in the volume would lead out of it.
    #[error("invalid path {0:?} in volume")]
    InvalidPath(String),
    /// A field of the downward API.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The API refused a request.
    #[error(transparent)]
    Api(#[from] Box<kube::Error>),
    /// The claim or volume can't be used on this node.
    #[error("{0}")]
    Claim(String),
    /// A file operation.
    #[error("{what} {path}: {source}")]
    Io {
        /// `create`, `write` …
        what: &'static str,
        /// Where.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A mount operation.
    #[error("mount {path}: {source}")]
    Mount {
        /// Where.
        path: String,
        /// Why.
        source: nix::Error,
    },
    /// No plug-in knows the source.
    #[error("no volume plugin matched")]
    NoPlugin,
}

impl VolumeError {
    fn io<'a>(
        what: &'static str,
        path: &'a Path,
    ) -> impl FnOnce(std::io::Error) -> VolumeError + 'a {
        move |source| Self::Io {
            what,
            path: path.display().to_string(),
            source,
        }
    }
}

impl From<kube::Error> for VolumeError {
    fn from(error: kube::Error) -> Self {
        Self::Api(Box::new(error))
    }
}

/// The plug-in for a volume.
pub fn plugin(volume: &Volume) -> Result<&'static dyn VolumePlugin, VolumeError> {
    PLUGINS
        .iter()
        .copied()
        .find(|plugin| plugin.supports(volume))
        .ok_or(VolumeError::NoPlugin)
}

/// The folder of a volume below the pod's folder.
pub fn volume_dir(pod_dir: &Path, plugin: &str, volume: &str) -> PathBuf {
    pod_dir
        .join("volumes")
        .join(plugin.replace('/', "~"))
        .join(volume)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plug_ins_are_in_order_and_unique() {
        let names: Vec<_> = PLUGINS.iter().map(|plugin| plugin.name()).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
    }

    #[test]
    fn a_source_that_nobody_knows_is_an_error() {
        let volume = Volume {
            name: "v".into(),
            ..Volume::default()
        };
        assert_eq!(
            plugin(&volume).err().unwrap().to_string(),
            "no volume plugin matched"
        );
    }
}

//! The documents of the OCI image format and of Docker's schema 2, as far as running needs them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::StringMap;

/// Media types that are asked for, in order of preference.
pub const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// A pointer to content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Descriptor {
    /// Kind of content.
    pub media_type: String,
    /// `sha256:…`.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// Which platform an index entry is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Annotations; `org.opencontainers.image.ref.name` and `io.containerd.image.name` name images.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: StringMap,
}

/// Operating system and processor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Platform {
    /// `amd64`, `arm64`, …
    pub architecture: String,
    /// `linux`.
    pub os: String,
    /// `v7`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

/// An image manifest or an index: which one shows by what is filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// Kind of document; often missing in OCI documents.
    pub media_type: String,
    /// The image's configuration.
    pub config: Option<Descriptor>,
    /// Layers, the lowest first.
    pub layers: Vec<Descriptor>,
    /// Entries of an index.
    pub manifests: Vec<Descriptor>,
}

impl Manifest {
    /// The entry of an index for this machine.
    pub fn for_this_platform(&self) -> Option<&Descriptor> {
        let architecture = architecture();
        let mut linux = self.manifests.iter().filter(|entry| {
            entry.platform.as_ref().is_some_and(|platform| {
                platform.os == "linux" && platform.architecture == architecture
            })
        });
        // An index of one entry without a platform, as `docker save` writes it, is for everybody.
        let only = || match self.manifests.as_slice() {
            [only] if only.platform.is_none() => Some(only),
            _ => None,
        };
        linux.next().or_else(only)
    }
}

/// This machine's processor by the name that images use (Go's GOARCH).
pub fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64le",
        other => other,
    }
}

/// The image configuration document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageConfig {
    /// Processor.
    pub architecture: String,
    /// Operating system.
    pub os: String,
    /// How to run it.
    pub config: RunConfig,
    /// Digests of the unpacked layers.
    pub rootfs: RootFs,
}

/// How to run an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RunConfig {
    /// `user`, `uid`, `user:group`, …
    #[serde(deserialize_with = "null_as_default")]
    pub user: String,
    /// `NAME=value`.
    #[serde(deserialize_with = "null_as_default")]
    pub env: Vec<String>,
    /// First words of the command.
    #[serde(deserialize_with = "null_as_default")]
    pub entrypoint: Vec<String>,
    /// The other words.
    #[serde(deserialize_with = "null_as_default")]
    pub cmd: Vec<String>,
    /// Working directory.
    #[serde(deserialize_with = "null_as_default")]
    pub working_dir: String,
    /// Signal that asks it to stop.
    #[serde(deserialize_with = "null_as_default")]
    pub stop_signal: String,
}

/// Digests of the unpacked layers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RootFs {
    /// `sha256:…`, the lowest first.
    pub diff_ids: Vec<String>,
}

/// Docker writes `null` where Go had a nil slice.
fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_fields_of_docker_are_empty() {
        let text =
            r#"{"config":{"Cmd":["sh"],"Entrypoint":null,"Env":null,"User":""},"os":"linux"}"#;
        let config: ImageConfig = serde_json::from_str(text).unwrap();
        assert_eq!(config.config.cmd, ["sh"]);
        assert!(config.config.entrypoint.is_empty());
    }

    #[test]
    fn an_index_is_resolved_by_platform() {
        let entry = |arch: &str, digest: &str| Descriptor {
            digest: digest.into(),
            platform: Some(Platform {
                architecture: arch.into(),
                os: "linux".into(),
                variant: None,
            }),
            ..Default::default()
        };
        let index = Manifest {
            manifests: vec![entry("s390x", "a"), entry(architecture(), "b")],
            ..Default::default()
        };
        assert_eq!(index.for_this_platform().unwrap().digest, "b");
    }
}

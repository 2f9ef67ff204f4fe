//! `hostPath` volumes, with every type of the API.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

use async_trait::async_trait;
use k8s_openapi::api::core::v1::{HostPathVolumeSource, Volume};

use super::{Mounted, Request, VolumeError, VolumePlugin};

pub(super) struct HostPathPlugin;

#[async_trait]
impl VolumePlugin for HostPathPlugin {
    fn name(&self) -> &'static str {
        "kubernetes.io/host-path"
    }

    fn supports(&self, volume: &Volume) -> bool {
        volume.host_path.is_some()
    }

    async fn set_up(&self, request: &Request<'_>) -> Result<Mounted, VolumeError> {
        let source = request
            .volume
            .host_path
            .as_ref()
            .ok_or(VolumeError::NoPlugin)?;
        prepare(source)?;
        Ok(Mounted::at(&source.path))
    }
}

/// Checks the path against its type, and makes what `…OrCreate` asks for.
pub(super) fn prepare(source: &HostPathVolumeSource) -> Result<(), VolumeError> {
    let path = Path::new(&source.path);
    let wrong = |expected| {
        Err(VolumeError::HostPathType {
            path: source.path.clone(),
            expected,
        })
    };
    let kind = fs::metadata(path).ok().map(|metadata| metadata.file_type());
    match (source.type_.as_deref().unwrap_or_default(), kind) {
        ("DirectoryOrCreate", None) => {
            fs::create_dir_all(path).map_err(VolumeError::io("create", path))?;
            fs::set_permissions(path, fs::Permissions::from_mode(0o755))
                .map_err(VolumeError::io("chmod", path))
        }
        ("FileOrCreate", None) => {
            fs::File::create(path).map_err(VolumeError::io("create", path))?;
            fs::set_permissions(path, fs::Permissions::from_mode(0o644))
                .map_err(VolumeError::io("chmod", path))
        }
        ("Directory" | "DirectoryOrCreate", kind) if !kind.is_some_and(|kind| kind.is_dir()) => {
            wrong("a directory")
        }
        ("File" | "FileOrCreate", kind) if !kind.is_some_and(|kind| kind.is_file()) => {
            wrong("a file")
        }
        ("Socket", kind) if !kind.is_some_and(|kind| kind.is_socket()) => wrong("a socket file"),
        ("CharDevice", kind) if !kind.is_some_and(|kind| kind.is_char_device()) => {
            wrong("a character device")
        }
        ("BlockDevice", kind) if !kind.is_some_and(|kind| kind.is_block_device()) => {
            wrong("a block device")
        }
        // Without a type nothing is checked; the runtime makes a missing folder as Docker did.
        ("", None) => fs::create_dir_all(path).map_err(VolumeError::io("create", path)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &Path, type_: &str) -> Result<(), String> {
        let source = HostPathVolumeSource {
            path: path.display().to_string(),
            type_: Some(type_.to_owned()),
        };
        prepare(&source).map_err(|error| error.to_string())
    }

    #[test]
    fn types_are_checked_and_missing_ones_made() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("folder");
        let file = dir.path().join("file");
        assert!(
            check(&folder, "Directory")
                .unwrap_err()
                .ends_with("is not a directory")
        );
        check(&folder, "DirectoryOrCreate").unwrap();
        check(&folder, "Directory").unwrap();
        check(&folder, "").unwrap();
        assert!(
            check(&folder, "File")
                .unwrap_err()
                .ends_with("is not a file")
        );
        check(&file, "FileOrCreate").unwrap();
        check(&file, "File").unwrap();
        assert!(check(&file, "Socket").is_err());
        check(Path::new("/dev/null"), "CharDevice").unwrap();
    }
}

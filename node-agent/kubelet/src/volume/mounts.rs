//! What a container mounts: its volumes, with sub-paths that can't lead out of them.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use k8s_openapi::api::core::v1::{Container, VolumeMount};
use knarr_runtime::{Mount, MountPropagation};

use super::{Mounted, VolumeError};
use crate::env::expand::expand;

/// The mounts of a container's volumes.
pub fn container_mounts(
    container: &Container,
    mounted: &HashMap<String, Mounted>,
    environment: &[(String, String)],
) -> Result<Vec<Mount>, VolumeError> {
    let mut mounts = Vec::new();
    for mount in container.volume_mounts.iter().flatten() {
        let Some(volume) = mounted.get(&mount.name) else {
            return Err(VolumeError::Claim(format!(
                "cannot find volume \"{}\" to mount into container \"{}\"",
                mount.name, container.name
            )));
        };
        let host_path = match sub_path(mount, environment) {
            Some(sub_path) => resolve(&volume.path, &sub_path)?,
            None => volume.path.clone(),
        };
        let read_only = volume.read_only || mount.read_only == Some(true);
        mounts.push(Mount {
            container_path: absolute(&mount.mount_path),
            host_path: host_path.display().to_string(),
            readonly: read_only,
            recursive_read_only: mount.recursive_read_only.as_deref() == Some("Enabled"),
            propagation: match mount.mount_propagation.as_deref() {
                Some("HostToContainer") => MountPropagation::HostToContainer,
                Some("Bidirectional") => MountPropagation::Bidirectional,
                _ => MountPropagation::Private,
            },
        });
    }
    Ok(mounts)
}

fn absolute(path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}

fn sub_path(mount: &VolumeMount, environment: &[(String, String)]) -> Option<String> {
    if let Some(expression) = mount
        .sub_path_expr
        .as_deref()
        .filter(|text| !text.is_empty())
    {
        let lookup = |name: &str| {
            environment
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        };
        return Some(expand(expression, lookup));
    }
    mount.sub_path.clone().filter(|path| !path.is_empty())
}

/// The path in the volume, made when it is missing, with every link followed.
fn resolve(volume: &Path, sub_path: &str) -> Result<PathBuf, VolumeError> {
    let invalid = || VolumeError::InvalidPath(sub_path.to_owned());
    let plain = Path::new(sub_path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !plain {
        return Err(invalid());
    }
    let root = fs::canonicalize(volume).map_err(VolumeError::io("open", volume))?;
    let full = root.join(sub_path);
    if !full.exists() {
        // The deepest part that is there decides whether a link leads out.
        let known = full
            .ancestors()
            .find(|part| part.exists())
            .ok_or_else(invalid)?;
        let known = fs::canonicalize(known).map_err(VolumeError::io("open", known))?;
        if !known.starts_with(&root) {
            return Err(invalid());
        }
        make_like(&root, &full)?;
    }
    let real = fs::canonicalize(&full).map_err(VolumeError::io("open", &full))?;
    if real.starts_with(&root) {
        Ok(real)
    } else {
        Err(invalid())
    }
}

/// Makes the folders of a sub-path, open to whom the volume is open.
fn make_like(root: &Path, full: &Path) -> Result<(), VolumeError> {
    let open = |metadata: fs::Metadata| metadata.permissions();
    let permissions = fs::metadata(root)
        .map(open)
        .map_err(VolumeError::io("open", root))?;
    let missing: Vec<&Path> = full.ancestors().take_while(|part| !part.exists()).collect();
    fs::create_dir_all(full).map_err(VolumeError::io("create", full))?;
    for folder in missing {
        fs::set_permissions(folder, permissions.clone())
            .map_err(VolumeError::io("chmod", folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use serde_json::json;

    fn mounts(dir: &Path, mount: serde_json::Value) -> Result<Vec<Mount>, VolumeError> {
        let container: Container =
            serde_json::from_value(json!({"name": "a", "volumeMounts": [mount]})).unwrap();
        let mounted = HashMap::from([("v".to_owned(), Mounted::at(dir))]);
        container_mounts(
            &container,
            &mounted,
            &[("X".to_owned(), "from-env".to_owned())],
        )
    }

    #[test]
    fn sub_paths_are_made_and_stay_inside() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        let check = |mount: serde_json::Value, expected: &str| {
            let found = mounts(dir.path(), mount).unwrap();
            assert_eq!(Path::new(&found[0].host_path), root.join(expected));
        };
        fs::set_permissions(&root, fs::Permissions::from_mode(0o777)).unwrap();
        check(
            json!({"name": "v", "mountPath": "/m", "subPath": "a/b"}),
            "a/b",
        );
        for made in ["a", "a/b"] {
            let mode = fs::metadata(root.join(made)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o777, "{made}");
        }
        check(
            json!({"name": "v", "mountPath": "/m", "subPathExpr": "$(X)"}),
            "from-env",
        );
        std::os::unix::fs::symlink("/etc", dir.path().join("out")).unwrap();
        for path in ["../x", "/etc", "out", "out/new"] {
            let mount = json!({"name": "v", "mountPath": "/m", "subPath": path});
            assert!(mounts(dir.path(), mount).is_err(), "{path}");
        }
    }

    #[test]
    fn a_mount_of_a_volume_that_is_not_there_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let error = mounts(dir.path(), json!({"name": "w", "mountPath": "/m"})).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot find volume \"w\" to mount into container \"a\""
        );
    }
}

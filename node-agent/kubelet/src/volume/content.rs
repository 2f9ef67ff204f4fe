//! What config maps, secrets, projected volumes and the downward API have in common: keys become
//! files, and a folder in memory holds what must not reach a disk.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, KeyToPath};
use nix::mount::{MsFlags, mount};

use super::atomic::{File, Payload};
use super::{Request, VolumeError};
use crate::env::fields;
use crate::env::{ConfigKind, Data};
use crate::objects::Lookup;

/// Permission bits of a file when neither volume nor item says otherwise.
pub(super) const DEFAULT_MODE: i32 = 0o644;

/// Files from an object's keys: all of them, or those that `items` names.
pub(super) fn files_from_keys(
    kind: ConfigKind,
    data: &Data,
    items: Option<&[KeyToPath]>,
    default_mode: Option<i32>,
    optional: bool,
) -> Result<Payload, VolumeError> {
    let mode = |own: Option<i32>| own.or(default_mode).unwrap_or(DEFAULT_MODE) as u32;
    let file = |content: &Vec<u8>, own| File {
        content: content.clone(),
        mode: mode(own),
        owner: None,
    };
    let Some(items) = items.filter(|items| !items.is_empty()) else {
        return Ok(data
            .iter()
            .map(|(key, content)| (key.clone(), file(content, None)))
            .collect());
    };
    let mut payload = Payload::new();
    for item in items {
        match data.get(&item.key) {
            Some(content) => {
                payload.insert(item.path.clone(), file(content, item.mode));
            }
            None if optional => {}
            None => {
                let kind = match kind {
                    ConfigKind::ConfigMap => "config",
                    ConfigKind::Secret => "secret",
                };
                return Err(VolumeError::NoKey {
                    kind,
                    key: item.key.clone(),
                });
            }
        }
    }
    Ok(payload)
}

/// Data of a config map or secret of the pod's namespace; empty for an optional one that is missing.
pub(super) async fn object_data(
    request: &Request<'_>,
    kind: ConfigKind,
    name: &str,
    optional: bool,
) -> Result<Data, VolumeError> {
    let namespace = request
        .pod
        .metadata
        .namespace
        .as_deref()
        .unwrap_or_default();
    match request.objects.get(kind, namespace, name).await {
        Lookup::Found(data) => Ok((*data).clone()),
        Lookup::Missing if optional => Ok(Data::new()),
        Lookup::Missing => {
            let kind = match kind {
                ConfigKind::ConfigMap => "configmap",
                ConfigKind::Secret => "secret",
            };
            Err(VolumeError::NotFound {
                kind,
                name: name.to_owned(),
            })
        }
        Lookup::Failed(why) => Err(VolumeError::Object(why)),
    }
}

/// Files of the downward API.
pub(super) fn downward_files(
    request: &Request<'_>,
    items: &[DownwardAPIVolumeFile],
    default_mode: Option<i32>,
) -> Result<Payload, VolumeError> {
    let mut payload = Payload::new();
    for item in items {
        let text = if let Some(field) = &item.field_ref {
            fields::field(request.pod, &field.field_path, &request.fields)?
        } else if let Some(resource) = &item.resource_field_ref {
            fields::resource(request.pod, None, resource, &request.fields)?
        } else {
            continue;
        };
        let mode = item.mode.or(default_mode).unwrap_or(DEFAULT_MODE) as u32;
        payload.insert(
            item.path.clone(),
            File {
                content: text.into_bytes(),
                mode,
                owner: None,
            },
        );
    }
    Ok(payload)
}

/// Makes a folder that lives in memory; where mounting is not allowed it stays a plain folder that only
/// its owner can enter.
pub(super) fn memory_dir(dir: &Path, size: Option<u64>, mode: u32) -> Result<(), VolumeError> {
    fs::create_dir_all(dir).map_err(VolumeError::io("create", dir))?;
    if !is_mount_point(dir) {
        let size = size.map_or_else(String::new, |bytes| format!(",size={bytes}"));
        let options = format!("mode={mode:o}{size}");
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
        match mount(
            Some("tmpfs"),
            dir,
            Some("tmpfs"),
            flags,
            Some(options.as_str()),
        ) {
            Err(nix::Error::EPERM | nix::Error::EACCES) => {
                tracing::debug!(path = %dir.display(), "no right to mount: the folder stays on disk");
            }
            other => {
                other.map_err(|source| VolumeError::Mount {
                    path: dir.display().to_string(),
                    source,
                })?;
            }
        }
    }
    fs::set_permissions(dir, fs::Permissions::from_mode(mode))
        .map_err(VolumeError::io("chmod", dir))
}

/// Whether something is mounted on the folder itself.
pub(super) fn is_mount_point(dir: &Path) -> bool {
    let device = |path: &Path| {
        fs::symlink_metadata(path)
            .map(|metadata| metadata.dev())
            .ok()
    };
    dir.parent()
        .is_some_and(|parent| device(dir).is_some() && device(dir) != device(parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Data {
        Data::from([
            ("a".to_owned(), b"1".to_vec()),
            ("b".to_owned(), b"2".to_vec()),
        ])
    }

    fn item(key: &str, path: &str, mode: Option<i32>) -> KeyToPath {
        KeyToPath {
            key: key.into(),
            path: path.into(),
            mode,
        }
    }

    #[test]
    fn items_choose_keys_paths_and_modes() {
        let items = [item("b", "x/y", Some(0o400))];
        let payload = files_from_keys(
            ConfigKind::Secret,
            &data(),
            Some(&items),
            Some(0o600),
            false,
        )
        .unwrap();
        assert_eq!(payload.len(), 1);
        assert_eq!(
            (payload["x/y"].mode, payload["x/y"].content.as_slice()),
            (0o400, b"2".as_slice())
        );
        let all = files_from_keys(ConfigKind::Secret, &data(), None, Some(0o600), false).unwrap();
        assert_eq!((all.len(), all["a"].mode), (2, 0o600));
    }

    #[test]
    fn a_key_that_is_not_there_is_an_error_unless_optional() {
        let items = [item("c", "c", None)];
        let error = files_from_keys(ConfigKind::ConfigMap, &data(), Some(&items), None, false);
        assert_eq!(
            error.unwrap_err().to_string(),
            "references non-existent config key: c"
        );
        let none = files_from_keys(ConfigKind::ConfigMap, &data(), Some(&items), None, true);
        assert!(none.unwrap().is_empty());
    }
}

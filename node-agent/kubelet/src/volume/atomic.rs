//! The atomic writer: a whole set of files changes at once for whoever reads the folder.
//!
//! Files live in a folder with a time as name; `..data` is a symbolic link to it; each top-level name
//! is a link through `..data`. An update writes a new folder and renames one link.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path};

use super::VolumeError;

const DATA: &str = "..data";
const DATA_NEW: &str = "..data_tmp";

/// One file of the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    /// Its bytes.
    pub(super) content: Vec<u8>,
    /// Its permission bits.
    pub(super) mode: u32,
    /// Its owner; the agent's own user when absent.
    pub(super) owner: Option<u32>,
}

/// Files by path relative to the volume.
pub(super) type Payload = BTreeMap<String, File>;

/// Makes the folder show exactly `payload`; whether anything changed.
pub(super) fn write(
    dir: &Path,
    payload: &Payload,
    group: Option<u32>,
) -> Result<bool, VolumeError> {
    for path in payload.keys() {
        check_path(path)?;
    }
    fs::create_dir_all(dir).map_err(VolumeError::io("create", dir))?;
    let current = fs::read_link(dir.join(DATA)).ok();
    if let Some(current) = &current
        && is_same(&dir.join(current), payload)
    {
        return Ok(false);
    }
    let name = jiff::Zoned::now()
        .strftime("..%Y_%m_%d_%H_%M_%S.%N")
        .to_string();
    let fresh = dir.join(&name);
    write_files(&fresh, payload, group)?;
    let link = dir.join(DATA_NEW);
    remove_any(&link)?;
    symlink(&name, &link).map_err(VolumeError::io("link", &link))?;
    fs::rename(&link, dir.join(DATA)).map_err(VolumeError::io("rename", &link))?;
    link_names(dir, payload)?;
    if let Some(old) = current {
        let old = dir.join(old);
        fs::remove_dir_all(&old).map_err(VolumeError::io("remove", &old))?;
    }
    Ok(true)
}

/// A path must stay in the volume and must not touch the writer's own names.
fn check_path(path: &str) -> Result<(), VolumeError> {
    let plain = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if path.is_empty() || !plain || path.starts_with("..") {
        return Err(VolumeError::InvalidPath(path.to_owned()));
    }
    Ok(())
}

fn is_same(dir: &Path, payload: &Payload) -> bool {
    let mut on_disk = BTreeSet::new();
    list(dir, "", &mut on_disk);
    on_disk.len() == payload.len()
        && payload.iter().all(|(path, file)| {
            let full = dir.join(path);
            let mode = fs::metadata(&full).map(|metadata| metadata.permissions().mode() & 0o7777);
            on_disk.contains(path)
                && mode.is_ok_and(|mode| {
                    mode & 0o777 == file.mode & 0o777 || mode & file.mode == file.mode
                })
                && fs::read(&full).is_ok_and(|content| content == file.content)
        })
}

fn list(dir: &Path, prefix: &str, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            list(&entry.path(), &format!("{name}/"), into);
        } else {
            into.insert(name);
        }
    }
}

fn write_files(dir: &Path, payload: &Payload, group: Option<u32>) -> Result<(), VolumeError> {
    make_dir(dir, group)?;
    for (path, file) in payload {
        let full = dir.join(path);
        let mut parent = dir.to_path_buf();
        for part in Path::new(path)
            .parent()
            .into_iter()
            .flat_map(Path::components)
        {
            parent.push(part);
            if !parent.is_dir() {
                make_dir(&parent, group)?;
            }
        }
        fs::write(&full, &file.content).map_err(VolumeError::io("write", &full))?;
        if group.is_some() || file.owner.is_some() {
            std::os::unix::fs::chown(&full, file.owner, group)
                .map_err(VolumeError::io("chown", &full))?;
        }
        // A group that owns the volume can read what its owner can (upstream's `SetVolumeOwnership`).
        let mode = if group.is_some() {
            file.mode | 0o440
        } else {
            file.mode
        };
        fs::set_permissions(&full, fs::Permissions::from_mode(mode))
            .map_err(VolumeError::io("chmod", &full))?;
    }
    Ok(())
}

fn make_dir(dir: &Path, group: Option<u32>) -> Result<(), VolumeError> {
    fs::create_dir_all(dir).map_err(VolumeError::io("create", dir))?;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755))
        .map_err(VolumeError::io("chmod", dir))?;
    if group.is_some() {
        std::os::unix::fs::chown(dir, None, group).map_err(VolumeError::io("chown", dir))?;
    }
    Ok(())
}

/// Makes the top-level names, and removes those of files that went away.
fn link_names(dir: &Path, payload: &Payload) -> Result<(), VolumeError> {
    let wanted: BTreeSet<&str> = payload
        .keys()
        .filter_map(|path| path.split('/').next())
        .collect();
    for name in &wanted {
        let link = dir.join(name);
        if fs::symlink_metadata(&link).is_err() {
            let target = Path::new(DATA).join(name);
            symlink(target, &link).map_err(VolumeError::io("link", &link))?;
        }
    }
    for entry in fs::read_dir(dir)
        .map_err(VolumeError::io("read", dir))?
        .flatten()
    {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with("..") && !wanted.contains(name.as_ref()) {
            remove_any(&entry.path())?;
        }
    }
    Ok(())
}

fn remove_any(path: &Path) -> Result<(), VolumeError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other.map_err(VolumeError::io("remove", path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(files: &[(&str, &str)]) -> Payload {
        files
            .iter()
            .map(|(path, content)| {
                let content = content.as_bytes().to_vec();
                (
                    (*path).to_owned(),
                    File {
                        content,
                        mode: 0o644,
                        owner: None,
                    },
                )
            })
            .collect()
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.starts_with(".."))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn files_are_links_through_the_data_folder() {
        let dir = tempfile::tempdir().unwrap();
        assert!(write(dir.path(), &payload(&[("a", "1"), ("sub/b", "2")]), None).unwrap());
        assert_eq!(names(dir.path()), ["a", "sub"]);
        assert_eq!(
            fs::read_link(dir.path().join("a")).unwrap(),
            Path::new("..data/a")
        );
        assert_eq!(fs::read_to_string(dir.path().join("sub/b")).unwrap(), "2");
    }

    #[test]
    fn an_update_replaces_the_set_and_leaves_one_data_folder() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &payload(&[("a", "1"), ("gone", "x")]), None).unwrap();
        assert!(!write(dir.path(), &payload(&[("a", "1"), ("gone", "x")]), None).unwrap());
        assert!(write(dir.path(), &payload(&[("a", "2"), ("new", "y")]), None).unwrap());
        assert_eq!(names(dir.path()), ["a", "new"]);
        assert_eq!(fs::read_to_string(dir.path().join("a")).unwrap(), "2");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4);
    }

    #[test]
    fn paths_that_lead_out_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["../a", "/a", "a/../../b", "..data", ""] {
            assert!(
                write(dir.path(), &payload(&[(path, "x")]), None).is_err(),
                "{path}"
            );
        }
    }
}

//! The file systems that layers make up: an overlay where the kernel can, or else copies. From single-threaded
//! helper processes only: the working directory changes.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, lchown, symlink};
use std::path::Path;

use nix::mount::{MsFlags, mount};
use nix::sys::stat::{Mode, SFlag, mknod};

/// Marks a layer that was copied together: it holds the lower ones too.
pub const COMPLETE: &str = "complete";

/// Mounts the layers (the lowest first, by chain id) below a writable `upper` at `merged`.
///
/// The kernel takes one page of options, so the lower folders are named relative to `layers`: enough for about
/// fifty of them.
pub fn mount_overlay(
    layers: &Path,
    lowers: &[String],
    upper: &Path,
    work: &Path,
    merged: &Path,
) -> io::Result<()> {
    std::env::set_current_dir(layers)?;
    let lower: Vec<String> = lowers
        .iter()
        .rev()
        .map(|chain| format!("{chain}/fs"))
        .collect();
    let options = format!(
        "lowerdir={},upperdir={},workdir={}",
        lower.join(":"),
        upper.display(),
        work.display()
    );
    let outcome = mount(
        Some("overlay"),
        merged,
        Some("overlay"),
        MsFlags::empty(),
        Some(options.as_str()),
    );
    std::env::set_current_dir("/")?;
    Ok(outcome?)
}

/// Whether an overlay can't be made in `folder`, because it is on one itself.
pub fn must_copy(folder: &Path) -> bool {
    nix::sys::statfs::statfs(folder)
        .is_ok_and(|found| found.filesystem_type() == nix::sys::statfs::OVERLAYFS_SUPER_MAGIC)
}

/// Copies what the layers make up into `target`, where no overlay can be made. Hard links become files of their
/// own, and extended attributes stay behind.
pub fn copy_layers(layers: &Path, chains: &[String], target: &Path) -> io::Result<()> {
    let is_complete = |chain: &String| layers.join(chain).join(COMPLETE).exists();
    let first = chains.iter().rposition(is_complete).unwrap_or(0);
    for chain in &chains[first..] {
        copy_tree(&layers.join(chain).join("fs"), target)?;
    }
    Ok(())
}

fn copy_tree(source: &Path, target: &Path) -> io::Result<()> {
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        let (from, to) = (entry.path(), target.join(entry.file_name()));
        let found = entry.metadata()?;
        let kind = found.file_type();
        let is_new = fs::symlink_metadata(&to).map_or(true, |old| !(old.is_dir() && kind.is_dir()));
        if is_new {
            // A layer above replaces what one below put here.
            let _ = fs::remove_file(&to).or_else(|_| fs::remove_dir_all(&to));
        }
        if kind.is_char_device() && found.rdev() == 0 {
            continue;
        }
        if kind.is_dir() {
            if is_new {
                fs::create_dir(&to)?;
            }
            copy_tree(&from, &to)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(&from)?, &to)?;
        } else if kind.is_file() {
            fs::copy(&from, &to)?;
        } else {
            let node = SFlag::from_bits_truncate(found.mode() & SFlag::S_IFMT.bits());
            mknod(&to, node, Mode::from_bits_truncate(0o600), found.rdev())?;
        }
        lchown(&to, Some(found.uid()), Some(found.gid()))?;
        if !kind.is_symlink() {
            fs::set_permissions(&to, Permissions::from_mode(found.mode() & 0o7777))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_start_at_the_highest_complete_layer() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("low/fs/deleted-since", "");
        write("middle/fs/etc/kept", "middle");
        write("middle/complete", "");
        write("top/fs/etc/added", "top");
        let target = folder.path().join("target");
        fs::create_dir(&target).unwrap();
        let chains = ["low", "middle", "top"].map(str::to_owned);
        copy_layers(folder.path(), &chains, &target).unwrap();
        assert!(!target.join("deleted-since").exists());
        assert_eq!(
            fs::read_to_string(target.join("etc/kept")).unwrap(),
            "middle"
        );
        assert_eq!(fs::read_to_string(target.join("etc/added")).unwrap(), "top");
    }
}

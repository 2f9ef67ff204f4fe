//! Mounting overlay file systems, from single-threaded helper processes only: the working directory changes.

use std::io;
use std::path::Path;

use nix::mount::{MsFlags, mount};

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

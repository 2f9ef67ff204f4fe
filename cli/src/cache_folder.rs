//! The folder in which kubectl keeps what servers told it, and how files get there.

use std::{
    fs::DirBuilder,
    io::Write,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// `--cache-dir`, else `KUBECACHEDIR`, else `~/.kube/cache`.
pub fn base(flag: Option<&Path>) -> PathBuf {
    match (flag, std::env::var_os("KUBECACHEDIR")) {
        (Some(folder), _) => folder.to_owned(),
        (None, Some(folder)) => folder.into(),
        (None, None) => dirs::home_dir().unwrap_or_default().join(".kube/cache"),
    }
}

/// Writes a file for its owner and group. A reader never sees half of it: it is written beside its place and then moved
/// there.
pub fn write(folder: &Path, name: &str, parts: &[&[u8]]) -> std::io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o750)
        .create(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    for part in parts {
        file.write_all(part)?;
    }
    let permissions = std::fs::Permissions::from_mode(0o660);
    file.as_file().set_permissions(permissions)?;
    file.persist(folder.join(name))
        .map_err(|error| error.error)?;
    Ok(())
}

//! The file tree of the machine, and what was fetched from the web for a build.

use super::{error::Error, loader::Files, repository::Repository};
use std::{
    collections::HashMap,
    io::ErrorKind,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The machine's files.
#[derive(Default)]
pub struct Disk {
    /// Contents by URL.
    pub fetched: HashMap<String, Result<Vec<u8>, Error>>,
    /// Repositories; their folders go with this value.
    pub cloned: HashMap<Repository, Result<TempDir, Error>>,
}

impl Files for Disk {
    fn resolve(&self, path: &Path) -> Result<PathBuf, String> {
        path.canonicalize().map_err(|error| {
            // Go names the first part of the path that is missing.
            let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            let missing = absolute
                .ancestors()
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .find(|part| std::fs::symlink_metadata(part).is_err())
                .unwrap_or(&absolute);
            format!("lstat {}: {}", missing.display(), reason(&error))
        })
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|error| match error.kind() {
            ErrorKind::IsADirectory => format!("read {}: is a directory", path.display()),
            _ => format!("open {}: {}", path.display(), reason(&error)),
        })
    }

    fn remote(&self, url: &str) -> Option<Result<Vec<u8>, Error>> {
        self.fetched.get(url).cloned()
    }

    fn checkout(&self, repository: &Repository) -> Option<Result<PathBuf, Error>> {
        let found = self.cloned.get(repository)?.as_ref();
        let real = |folder: &TempDir| folder.path().canonicalize();
        Some(
            found
                .map_err(Clone::clone)
                .and_then(|folder| real(folder).map_err(|error| Error::text(error.to_string()))),
        )
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::NotADirectory => "not a directory".to_owned(),
        _ => error.to_string(),
    }
}

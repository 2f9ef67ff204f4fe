//! A file tree in memory, for tests. It is strict: what is not in it does not exist.

use super::{error::Error, loader::Files, repository::Repository};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Files by absolute path.
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Memory {
    pub fn new(files: &[(&str, &str)]) -> Self {
        Memory {
            files: files
                .iter()
                .map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec()))
                .collect(),
        }
    }
}

impl Files for Memory {
    fn resolve(&self, path: &Path) -> Result<PathBuf, String> {
        match self.files.contains_key(path) || self.is_folder(path) {
            true => Ok(path.to_owned()),
            false => Err(format!(
                "lstat {}: no such file or directory",
                path.display()
            )),
        }
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.files
            .keys()
            .any(|file| file != path && file.starts_with(path))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        self.files
            .get(path)
            .cloned()
            .ok_or_else(|| format!("open {}: no such file or directory", path.display()))
    }

    fn remote(&self, _: &str) -> Option<Result<Vec<u8>, Error>> {
        None
    }

    fn checkout(&self, _: &Repository) -> Option<Result<PathBuf, Error>> {
        None
    }
}

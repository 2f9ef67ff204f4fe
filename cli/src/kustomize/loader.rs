//! Which files a kustomization may read, and how its paths are meant. The files themselves are behind [`Files`].

use super::{
    error::{Error, Result, Wanted},
    repository::Repository,
};
use knarr_api::quote::quote;
use std::{
    path::{Component, Path, PathBuf},
    rc::Rc,
};

/// The names of a kustomization's own file.
pub const KUSTOMIZATION_FILES: [&str; 3] =
    ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The file tree that a build reads.
pub trait Files {
    /// The path without links; the error is the reason as the operating system words it, such as
    /// `lstat /a/b: no such file or directory`.
    fn resolve(&self, path: &Path) -> Result<PathBuf, String>;
    fn is_folder(&self, path: &Path) -> bool;
    /// The content; the error is the reason.
    fn read(&self, path: &Path) -> Result<Vec<u8>, String>;
    /// The content of a URL; `None` when it has not been fetched yet, an error when it can't be.
    fn remote(&self, url: &str) -> Option<Result<Vec<u8>, Error>>;
    /// The folder with a repository; `None` when it has not been fetched yet, an error when it can't be.
    fn checkout(&self, repository: &Repository) -> Option<Result<PathBuf, Error>>;
}

/// Whether files outside of a kustomization's folder may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restriction {
    RootOnly,
    None,
}

/// A folder from which a kustomization is read.
#[derive(Clone)]
pub struct Loader<'f> {
    files: &'f dyn Files,
    root: PathBuf,
    restriction: Restriction,
    referrer: Option<Rc<Loader<'f>>>,
    /// Where the folder comes from, if it is none of this machine's.
    repository: Option<Repository>,
}

impl<'f> Loader<'f> {
    /// A loader for the folder that the user names.
    pub fn new(files: &'f dyn Files, path: &str, restriction: Restriction) -> Result<Self> {
        if let Some(repository) = Repository::parse(path) {
            return Ok(Loader {
                files,
                root: cloned(files, &repository)?,
                restriction: Restriction::RootOnly,
                referrer: None,
                repository: Some(repository),
            });
        }
        let root = confirmed_folder(files, Path::new(path))
            .map_err(|error| error.within("must build at directory"))?;
        Ok(Loader {
            files,
            root,
            restriction,
            referrer: None,
            repository: None,
        })
    }

    pub fn root(&self) -> String {
        self.root.to_string_lossy().into_owned()
    }

    /// A loader for another kustomization, relative to this one.
    pub fn enter(&self, path: &str) -> Result<Loader<'f>> {
        if path.is_empty() {
            return Err(Error::text("new root cannot be empty"));
        }
        if let Some(repository) = Repository::parse(path) {
            self.refuse_repository_cycle(&repository)?;
            return Ok(Loader {
                files: self.files,
                root: cloned(self.files, &repository)?,
                // What comes from elsewhere never reads beyond itself.
                restriction: Restriction::RootOnly,
                referrer: Some(Rc::new(self.clone())),
                repository: Some(repository),
            });
        }
        if path.starts_with('/') {
            return Err(Error::text(format!("new root '{path}' cannot be absolute")));
        }
        let root = confirmed_folder(self.files, &self.root.join(path))
            .map_err(|error| error.within("must build at directory"))?;
        self.refuse_cycle(&root)?;
        Ok(Loader {
            files: self.files,
            root,
            restriction: self.restriction,
            referrer: Some(Rc::new(self.clone())),
            repository: None,
        })
    }

    fn refuse_repository_cycle(&self, wanted: &Repository) -> Result<()> {
        if let Some(own) = &self.repository
            && own.raw.starts_with(&wanted.raw)
        {
            return Err(Error::text(format!(
                "cycle detected: URI '{}' referenced by previous URI '{}'",
                wanted.raw, own.raw
            )));
        }
        match &self.referrer {
            Some(referrer) => referrer.refuse_repository_cycle(wanted),
            None => Ok(()),
        }
    }

    fn refuse_cycle(&self, candidate: &Path) -> Result<()> {
        if self.root.starts_with(candidate) {
            return Err(Error::text(format!(
                "cycle detected: candidate root '{}' contains visited root '{}'",
                candidate.display(),
                self.root.display()
            )));
        }
        match &self.referrer {
            Some(referrer) => referrer.refuse_cycle(candidate),
            None => Ok(()),
        }
    }

    /// Reads a file, relative to this folder, or a URL.
    pub fn load(&self, path: &str) -> Result<Vec<u8>> {
        if is_url(path) {
            return match self.files.remote(path) {
                Some(answer) => answer,
                None => Err(Error::Wanted(Wanted::Content(path.to_owned()))),
            };
        }
        let mut full = clean(&self.root.join(path));
        if self.restriction == Restriction::RootOnly {
            full = self.confined(&full)?;
        }
        self.files.read(&full).map_err(Error::Text)
    }

    /// Reads a file as text.
    pub fn load_text(&self, path: &str) -> Result<String> {
        self.load(path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The file without links, if it is in or below this folder.
    fn confined(&self, path: &Path) -> Result<PathBuf> {
        let real = resolved(self.files, path)?;
        let shown = path.display();
        if self.files.is_folder(&real) {
            return Err(Error::text(format!("'{shown}' must resolve to a file")));
        }
        if !real
            .parent()
            .is_some_and(|folder| folder.starts_with(&self.root))
        {
            return Err(Error::text(format!(
                "security; file '{shown}' is not in or below '{}'",
                self.root.display()
            )));
        }
        Ok(real)
    }
}

/// Whether a path is a web address.
pub fn is_url(path: &str) -> bool {
    path.starts_with("http://") || path.starts_with("https://")
}

/// The kustomization's folder in a repository, which must not lead out of it.
fn cloned(files: &dyn Files, repository: &Repository) -> Result<PathBuf> {
    let checkout = match files.checkout(repository) {
        Some(checkout) => checkout?,
        None => return Err(Error::Wanted(Wanted::Repository(repository.clone()))),
    };
    let root = clean(&checkout.join(&repository.folder));
    let shown = root.display();
    let real = files
        .resolve(&root)
        .map_err(|why| Error::text(format!("evalsymlink failure on '{shown}' : {why}")))?;
    if !files.is_folder(&real) {
        let name = real.file_name().unwrap_or_default().to_string_lossy();
        return Err(Error::text(format!(
            "'{shown}' refers to file '{name}'; expecting directory"
        )));
    }
    match real.starts_with(&checkout) {
        true => Ok(real),
        false => Err(Error::text(format!(
            "{} refers to directory outside of repo {}",
            quote(&root.to_string_lossy()),
            quote(&checkout.to_string_lossy())
        ))),
    }
}

fn resolved(files: &dyn Files, path: &Path) -> Result<PathBuf> {
    files.resolve(path).map_err(|why| {
        Error::text(format!(
            "evalsymlink failure on '{}' : {why}",
            path.display()
        ))
    })
}

fn confirmed_folder(files: &dyn Files, path: &Path) -> Result<PathBuf> {
    let path = match path.as_os_str().is_empty() {
        true => return Err(Error::text("directory path cannot be empty")),
        false => clean(path),
    };
    let real = resolved(files, &path).map_err(|error| error.within("not a valid directory"))?;
    match files.is_folder(&real) {
        true => Ok(real),
        false => Err(Error::text(format!(
            "'{}': file is not directory",
            path.display()
        ))),
    }
}

/// Takes `.` and `..` out of a path without looking at the files.
fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                let can_pop = matches!(
                    cleaned.components().next_back(),
                    Some(Component::Normal(_) | Component::RootDir)
                );
                match can_pop {
                    true => drop(cleaned.pop()),
                    false => cleaned.push(".."),
                }
            }
            other => cleaned.push(other),
        }
    }
    match cleaned.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => cleaned,
    }
}

#[cfg(test)]
mod tests {
    use super::super::memory::Memory;
    use super::*;

    #[test]
    fn files_outside_are_refused_unless_that_is_wished() {
        let files = Memory::new(&[("/a/k/kustomization.yaml", ""), ("/a/x.yaml", "x")]);
        let loader = Loader::new(&files, "/a/k", Restriction::RootOnly).expect("a folder");
        assert_eq!(
            loader.load("../x.yaml").expect_err("outside").to_string(),
            "security; file '/a/x.yaml' is not in or below '/a/k'"
        );
        let loader = Loader::new(&files, "/a/k", Restriction::None).expect("a folder");
        assert_eq!(loader.load("../x.yaml").expect("allowed"), b"x");
    }

    #[test]
    fn a_kustomization_can_not_contain_itself() {
        let files = Memory::new(&[("/a/k/kustomization.yaml", "")]);
        let loader = Loader::new(&files, "/a/k", Restriction::RootOnly).expect("a folder");
        let error = loader.enter("..").err().expect("a circle").to_string();
        assert_eq!(
            error,
            "cycle detected: candidate root '/a' contains visited root '/a/k'"
        );
    }
}

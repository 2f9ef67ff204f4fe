//! Why a build fails, in kustomize's words.

use super::repository::Repository;

/// The failure of a build. The kinds that steer how a failure is wrapped have variants of their own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Text(String),
    /// A file that is no YAML: what it might be else is not tried in messages.
    #[error("{0}")]
    MalformedYaml(String),
    /// A web server refused; the path is not tried as a folder then.
    #[error("{0}")]
    Http(String),
    /// Something of the network is needed, and not there yet. The caller fetches it and builds again.
    #[error("{0:?} is not loaded")]
    Wanted(Wanted),
}

/// What is fetched for a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The content of a URL.
    Content(String),
    Repository(Repository),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn text(text: impl Into<String>) -> Self {
        Error::Text(text.into())
    }

    /// Puts `prefix: ` in front.
    pub fn within(self, prefix: impl std::fmt::Display) -> Self {
        self.reworded(|text| format!("{prefix}: {text}"))
    }

    /// Changes the text, not the kind.
    pub fn reworded(self, change: impl FnOnce(&str) -> String) -> Self {
        match self {
            Error::Text(text) => Error::Text(change(&text)),
            Error::MalformedYaml(text) => Error::MalformedYaml(change(&text)),
            Error::Http(text) => Error::Http(change(&text)),
            wanted @ Error::Wanted(_) => wanted,
        }
    }
}

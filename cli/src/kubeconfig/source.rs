//! Where credentials come from that do not stay the same while the program runs, and when they are fetched anew: as
//! client-go's token source for files and its authenticator for plugins do.

use super::{Credentials, Resolved, exec};
use crate::{error::Result, kuberc::PluginPolicy};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::path::PathBuf;

/// How long a token from a file is believed: client-go's minute less its leeway.
const TOKEN_FILE_LIFETIME: SignedDuration = SignedDuration::from_secs(50);

/// What gives credentials anew.
#[derive(Clone, Debug, Default)]
pub enum Source {
    #[default]
    Nothing,
    /// Somebody else writes new tokens into it.
    TokenFile(PathBuf),
    /// A program, as the user's `exec` entry names it; a relative path counts from the folder.
    Plugin {
        entry: Value,
        folder: PathBuf,
        policy: PluginPolicy,
    },
}

impl Source {
    /// Whether credentials that were fetched at one moment are to be fetched again at another.
    pub fn is_stale(&self, credentials: &Credentials, fetched: Timestamp, now: Timestamp) -> bool {
        match self {
            Source::Nothing => false,
            Source::TokenFile(_) => now.duration_since(fetched) >= TOKEN_FILE_LIFETIME,
            Source::Plugin { .. } => credentials.expires.is_some_and(|end| end <= now),
        }
    }
}

impl Resolved {
    /// Whether a plugin gives the credentials; one of a version that nobody speaks is refused.
    pub fn has_plugin(&self) -> Result<bool> {
        match &self.source {
            Source::Plugin { entry, .. } => exec::version(entry).map(|_| true),
            Source::Nothing | Source::TokenFile(_) => Ok(false),
        }
    }

    /// The credentials of now; `last` are those that were used before.
    pub fn fetch_credentials(&self, last: Option<&Credentials>) -> Result<Credentials> {
        match &self.source {
            Source::Nothing => Ok(self.credentials.clone()),
            Source::TokenFile(path) => {
                let mut credentials = last.unwrap_or(&self.credentials).clone();
                // An unreadable file leaves the last token in use; the first one has been read already.
                if last.is_some()
                    && let Ok(token) = std::fs::read_to_string(path)
                {
                    credentials.token = Some(token.trim().to_owned());
                }
                Ok(credentials)
            }
            Source::Plugin {
                entry,
                folder,
                policy,
            } => exec::credentials(entry, folder, self, policy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[test]
    fn a_token_file_is_read_again_after_a_while() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("token");
        let resolved = Resolved {
            source: Source::TokenFile(path.clone()),
            ..Resolved::default()
        };
        let (start, soon, later) = (
            at("2026-01-01T00:00:00Z"),
            at("2026-01-01T00:00:49Z"),
            at("2026-01-01T00:00:50Z"),
        );
        let first = Credentials::default();
        assert!(!resolved.source.is_stale(&first, start, soon));
        assert!(resolved.source.is_stale(&first, start, later));
        std::fs::write(&path, "new\n").expect("it is writable");
        let next = |last: &Credentials| {
            let fetched = resolved.fetch_credentials(Some(last));
            fetched.expect("it never fails")
        };
        let second = next(&first);
        assert_eq!(second.token.as_deref(), Some("new"));
        std::fs::remove_file(&path).expect("it is there");
        assert_eq!(next(&second).token.as_deref(), Some("new"));
    }

    #[test]
    fn a_plugin_is_asked_again_when_its_credentials_end() {
        let source = Source::Plugin {
            entry: Value::Null,
            folder: PathBuf::new(),
            policy: PluginPolicy::default(),
        };
        let (start, end) = (at("2026-01-01T00:00:00Z"), at("2026-01-01T01:00:00Z"));
        let mut credentials = Credentials::default();
        assert!(!source.is_stale(&credentials, start, end));
        credentials.expires = Some(end);
        assert!(!source.is_stale(&credentials, start, start));
        assert!(source.is_stale(&credentials, start, end));
    }
}

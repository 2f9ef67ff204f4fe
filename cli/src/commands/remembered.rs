//! What `ctx -` and `ns -` go back to: one small file for each, beside kubectl's cache.

use crate::{
    error::{Error, Result},
    session::Session,
};
use std::path::PathBuf;

/// The value before the current one.
pub fn last(session: &Session, what: &str) -> Result<String> {
    let text = file(session, what)
        .and_then(|path| std::fs::read_to_string(path).ok())
        .unwrap_or_default();
    match text.trim() {
        "" => Err(Error::message("there is none before this one")),
        name => Ok(name.to_owned()),
    }
}

/// Remembers a value; where that fails, there is just nothing to go back to.
pub fn remember(session: &Session, what: &str, value: &str) {
    if let Some(path) = file(session, what) {
        if let Some(folder) = path.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        let _ = std::fs::write(path, value);
    }
}

fn file(session: &Session, what: &str) -> Option<PathBuf> {
    let folder = match &session.globals.cache_dir {
        Some(folder) => folder.clone(),
        None => dirs::home_dir()?.join(".kube/cache"),
    };
    Some(folder.join(format!("last-{what}")))
}

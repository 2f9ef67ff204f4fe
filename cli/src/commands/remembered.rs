//! What `ctx -` and `ns -` go back to: one small file for each, beside kubectl's cache.

use crate::{
    cache_folder,
    error::{Error, Result},
    session::Session,
};
use std::path::PathBuf;

/// The value before the current one.
pub fn last(session: &Session, what: &str) -> Result<String> {
    let path = folder(session).join(name(what));
    // Where there is no file, nothing was remembered.
    let text = std::fs::read_to_string(path).unwrap_or_default();
    match text.trim() {
        "" => Err(Error::message("there is none before this one")),
        name => Ok(name.to_owned()),
    }
}

/// Remembers a value; where that fails, there is just nothing to go back to.
pub fn remember(session: &Session, what: &str, value: &str) {
    let _ = cache_folder::write(&folder(session), &name(what), &[value.as_bytes()]);
}

fn folder(session: &Session) -> PathBuf {
    cache_folder::base(session.globals.cache_dir.as_deref())
}

fn name(what: &str) -> String {
    format!("last-{what}")
}

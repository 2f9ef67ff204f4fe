//! The program that shows the differences, and the two folders that it compares.

use crate::error::{Error, Result};
use std::{io::ErrorKind, path::Path, process::Command};
use tempfile::TempDir;

/// The objects as they are and as they would be, a file for each; gone when this is.
pub struct Folders {
    live: TempDir,
    merged: TempDir,
}

impl Folders {
    pub fn new() -> Result<Self> {
        let folder = |prefix| tempfile::Builder::new().prefix(prefix).tempdir();
        Ok(Folders {
            live: folder("LIVE-")?,
            merged: folder("MERGED-")?,
        })
    }

    pub fn live(&self) -> &Path {
        self.live.path()
    }

    pub fn merged(&self) -> &Path {
        self.merged.path()
    }

    /// Runs the program; tells whether it found differences.
    pub fn compare(&self) -> Result<bool> {
        let external = std::env::var("KUBECTL_EXTERNAL_DIFF").unwrap_or_default();
        let (program, flags) = words(&external);
        let (flags, own): (&[&str], &[&str]) = match external.is_empty() {
            true => (&flags, &[]),
            // Upstream puts the flags of the user's own program last.
            false => (&[], &flags),
        };
        let failed = |why: String| Error::message(format!("failed to run \"{program}\": {why}"));
        if program.is_empty() {
            return Err(failed("exec: no command".to_owned()));
        }
        let status = Command::new(program)
            .args(flags)
            .args([self.live(), self.merged()])
            .args(own)
            .status()
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => failed("executable file not found in $PATH".to_owned()),
                _ => failed(error.to_string()),
            })?;
        match status.code() {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(code) => Err(failed(format!("exit status {code}"))),
            None => Err(failed("it was ended by a signal".to_owned())),
        }
    }
}

/// The program of `KUBECTL_EXTERNAL_DIFF` with its flags, of which upstream takes only harmless ones, or `diff`.
fn words(external: &str) -> (&str, Vec<&str>) {
    if external.is_empty() {
        return ("diff", vec!["-u", "-N"]);
    }
    let mut words = external.split(' ');
    let program = words.next().unwrap_or_default();
    let is_harmless = |word: &&str| {
        let mut bytes = word.bytes();
        !word.is_empty()
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'='))
    };
    (program, words.filter(is_harmless).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_words_reach_the_users_program() {
        assert_eq!(words(""), ("diff", vec!["-u", "-N"]));
        assert_eq!(
            words("colordiff -N  --color=never ;rm $HOME a_b"),
            ("colordiff", vec!["-N", "--color=never"])
        );
    }
}

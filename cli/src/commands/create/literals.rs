//! Data for config maps and secrets: `--from-literal`, `--from-file`, `--from-env-file`.

use crate::error::{Error, Result};
use knarr_api::{quote::quote, validation::names};
use std::path::Path;

const WRONG_ENV_NAME: &str = "a valid environment variable name must consist of alphabetic characters, digits, '_', \
     '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex \
     used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')";
/// What some editors write in front of a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The three sources of data.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct DataArgs {
    /// Specify the path to a file to read lines of key=val pairs to create the data.
    #[arg(long, value_delimiter = ',')]
    from_env_file: Vec<String>,
    /// Key file can be specified using its file path, in which case file basename will be used as the key, or optionally with a key and file path, in which case the given key will be used.
    #[arg(long, value_delimiter = ',')]
    from_file: Vec<String>,
    /// Specify a key and literal value to insert (i.e. mykey=somevalue)
    #[arg(long)]
    from_literal: Vec<String>,
}

impl DataArgs {
    /// The keys and their bytes, sorted; a key may come only once.
    pub fn pairs(&self, what: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let others = self.from_file.len() + self.from_literal.len();
        if others > 0 && !self.from_env_file.is_empty() {
            return Err(Error::message(
                "from-env-file cannot be combined with from-file or from-literal",
            ));
        }
        let mut pairs = Vec::new();
        for source in &self.from_literal {
            pairs.push(literal(source)?);
        }
        for source in &self.from_file {
            add_file(source, &mut pairs)?;
        }
        for source in &self.from_env_file {
            add_env_file(source, &mut pairs)?;
        }
        for (key, _) in &pairs {
            let reasons = names::is_config_map_key(key);
            if !reasons.is_empty() {
                return Err(Error::message(format!(
                    "{} is not a valid key name for a {}: {}",
                    quote(key),
                    what.split(' ').next().unwrap_or_default(),
                    reasons.join(";")
                )));
            }
        }
        pairs.sort();
        if let Some(twice) = pairs.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let key = &twice[0].0;
            return Err(Error::message(match what.starts_with("Secret") {
                true => format!("cannot add key {key}, another key by that name already exists"),
                false => format!(
                    "cannot add key {}, another key by that name already exists in Data for {what}",
                    quote(key)
                ),
            }));
        }
        Ok(pairs)
    }
}

/// The keys and bytes of `--from-file`; a file without a key gets `default_key`, or else its own name.
pub fn files(sources: &[String], default_key: Option<&str>) -> Result<Vec<(String, Vec<u8>)>> {
    let mut pairs = Vec::new();
    for source in sources {
        match default_key.filter(|_| !source.contains('=') && !Path::new(source).is_dir()) {
            Some(key) => add_file(&format!("{key}={source}"), &mut pairs)?,
            None => add_file(source, &mut pairs)?,
        }
    }
    Ok(pairs)
}

fn literal(source: &str) -> Result<(String, Vec<u8>)> {
    match source.split_once('=') {
        Some((key, value)) if !key.is_empty() => {
            let value = value
                .strip_prefix(['"', '\''])
                .and_then(|rest| {
                    let mark = value.chars().next()?;
                    rest.strip_suffix(mark)
                })
                .unwrap_or(value);
            Ok((key.to_owned(), value.as_bytes().to_vec()))
        }
        _ => Err(Error::message(format!(
            "invalid literal source {source}, expected key=value"
        ))),
    }
}

fn add_file(source: &str, pairs: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    if source.matches('=').count() > 1 {
        return Err(Error::message("key names or file paths cannot contain '='"));
    }
    let (key, path) = match source.split_once('=') {
        Some(("", _)) => {
            return Err(Error::message(format!(
                "key name for file path {} missing",
                &source[1..]
            )));
        }
        Some((key, "")) => {
            return Err(Error::message(format!(
                "file path for key name {key} missing"
            )));
        }
        Some((key, path)) => (Some(key), path),
        None => (None, source),
    };
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::message(format!("error reading {path}: no such file or directory"))
        }
        _ => Error::message(format!("error reading {path}: {error}")),
    };
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        let base = Path::new(path)
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        pairs.push((
            key.map_or(base, str::to_owned),
            std::fs::read(path).map_err(failed)?,
        ));
        return Ok(());
    }
    if key.is_some() {
        return Err(Error::message(
            "cannot give a key name for a directory path",
        ));
    }
    for entry in std::fs::read_dir(path).map_err(failed)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_file() && !name.starts_with("..") {
            pairs.push((name, std::fs::read(entry.path()).map_err(failed)?));
        }
    }
    Ok(())
}

fn add_env_file(path: &str, pairs: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    let bytes = std::fs::read(path)
        .map_err(|_| Error::message(format!("error reading {path}: no such file or directory")))?;
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = std::str::from_utf8(line).map_err(|_| {
            let numbers: Vec<String> = line.iter().map(u8::to_string).collect();
            Error::message(format!(
                "env file {path} contains invalid utf8 bytes at line {}: [{}]",
                index + 1,
                numbers.join(" ")
            ))
        })?;
        let line = text.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key.to_owned(), value.to_owned()),
            None => (line.to_owned(), std::env::var(line).unwrap_or_default()),
        };
        if !is_env_name(&key) {
            return Err(Error::message(format!(
                "{} is not a valid key name: {WRONG_ENV_NAME}",
                quote(&key)
            )));
        }
        pairs.push((key, value.into_bytes()));
    }
    Ok(())
}

/// The rule of kubectl, which is stricter than the server's.
fn is_env_name(key: &str) -> bool {
    !key.is_empty()
        && !key.starts_with(|c: char| c.is_ascii_digit())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_needs_a_key() {
        assert_eq!(
            literal("a=b=c").expect("it has a key"),
            ("a".to_owned(), b"b=c".to_vec())
        );
        assert_eq!(literal("a=\"b\"").expect("it has a key").1, b"b");
        assert_eq!(
            literal("a").expect_err("no value").report().0,
            "error: invalid literal source a, expected key=value"
        );
    }
}

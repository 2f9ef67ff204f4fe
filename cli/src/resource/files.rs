//! Manifests: which files a `-f` flag means, their text, and the documents in it.

use crate::{
    client::download,
    error::{Error, Result},
    flags::FileArgs,
};
use knarr_api::{quote::quote, yaml};
use serde_json::Value;
use std::{
    io::Read,
    path::{Path, PathBuf},
};

const EXTENSIONS: &[&str] = &["json", "yaml", "yml"];

/// Stands before the folder of a kustomization among the sources; no path begins so.
const KUSTOMIZATION: &str = "\0";

/// The name of a source in messages.
pub fn shown(source: &str) -> &str {
    match source {
        "-" => "STDIN",
        _ => source.strip_prefix(KUSTOMIZATION).unwrap_or(source),
    }
}

/// The files, URLs and `-` that the flags mean, folders replaced by what is in them.
pub fn sources(files: &FileArgs) -> Result<Vec<String>> {
    let mut sources = Vec::new();
    if !files.kustomize.is_empty() {
        if !files.filename.is_empty() {
            return Err(Error::message("only one of -f or -k can be specified"));
        }
        if files.recursive {
            return Err(Error::message("the -k flag can't be used with -f or -R"));
        }
        sources.push(format!("{KUSTOMIZATION}{}", files.kustomize));
    }
    for name in &files.filename {
        if name == "-" || is_url(name) {
            sources.push(name.clone());
            continue;
        }
        let found = expand_glob(name);
        for path in found {
            add_path(&path, files.recursive, &mut sources)?;
        }
    }
    Ok(sources)
}

/// Whether a source is fetched from elsewhere.
pub fn is_url(name: &str) -> bool {
    name.starts_with("http://") || name.starts_with("https://")
}

/// A name that exists means itself; one with `*` or `?` in its last part means the files that match.
fn expand_glob(name: &str) -> Vec<PathBuf> {
    let path = PathBuf::from(name);
    let pattern = path
        .file_name()
        .map(|part| part.to_string_lossy().into_owned())
        .unwrap_or_default();
    if path.exists() || !pattern.contains(['*', '?']) {
        return vec![path];
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let matching =
        entries.filter(|entry| matches_glob(&pattern, &entry.file_name().to_string_lossy()));
    let mut found: Vec<PathBuf> = matching
        .map(|entry| path.with_file_name(entry.file_name()))
        .collect();
    found.sort();
    if found.is_empty() { vec![path] } else { found }
}

/// Whether a name matches a pattern with `*` and `?`.
pub fn matches_glob(pattern: &str, name: &str) -> bool {
    match (pattern.chars().next(), name.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            let rest = &pattern[1..];
            name.char_indices()
                .map(|(index, _)| index)
                .chain([name.len()])
                .any(|index| matches_glob(rest, &name[index..]))
        }
        (Some('?'), Some(c)) => matches_glob(&pattern[1..], &name[c.len_utf8()..]),
        (Some(p), Some(c)) if p == c => {
            matches_glob(&pattern[p.len_utf8()..], &name[c.len_utf8()..])
        }
        _ => false,
    }
}

fn add_path(path: &Path, recursive: bool, sources: &mut Vec<String>) -> Result<()> {
    let shown = path.to_string_lossy().into_owned();
    let metadata = std::fs::metadata(path).map_err(|error| {
        Error::message(match error.kind() {
            std::io::ErrorKind::NotFound => format!("the path {} does not exist", quote(&shown)),
            _ => format!("the path {} cannot be accessed: {error}", quote(&shown)),
        })
    })?;
    if !metadata.is_dir() {
        sources.push(shown);
        return Ok(());
    }
    let before = sources.len();
    add_folder(path, recursive, sources).map_err(|error| Error::message(error.to_string()))?;
    if sources.len() == before {
        return Err(Error::message(format!(
            "error reading [{shown}]: recognized file extensions are [.json .yaml .yml]"
        )));
    }
    Ok(())
}

fn add_folder(folder: &Path, recursive: bool, sources: &mut Vec<String>) -> std::io::Result<()> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if recursive {
                add_folder(&path, true, sources)?;
            }
        } else if path
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|extension| EXTENSIONS.contains(&extension))
        {
            sources.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

/// The text of one source.
pub async fn read_source(source: &str) -> Result<String> {
    if let Some(folder) = source.strip_prefix(KUSTOMIZATION) {
        let built = crate::commands::kustomization(folder).await?;
        return Ok(built.text());
    }
    if source == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    if is_url(source) {
        return read_url(source).await;
    }
    std::fs::read_to_string(source).map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => {
            Error::message(format!("open {source}: permission denied"))
        }
        _ => Error::message(format!("error reading {source}: {error}")),
    })
}

async fn read_url(url: &str) -> Result<String> {
    let answer = download(url).await?;
    match answer.code {
        200 => Ok(String::from_utf8_lossy(&answer.content).into_owned()),
        code => Err(Error::message(format!(
            "unable to read URL {}, server reported {code} {}, status code={code}",
            quote(url),
            answer.reason
        ))),
    }
}

/// The documents of a manifest, empty ones left out. What follows a fault is not read.
pub(super) fn documents(source: &str, text: &str) -> Vec<Result<Value>> {
    let failed = |error: &dyn std::fmt::Display| {
        Error::message(format!("error parsing {}: {error}", shown(source)))
    };
    yaml::documents(text)
        .into_iter()
        .map(|document| {
            let mut object = document.map_err(|error| match is_cut_off(text) {
                true => failed(&"unexpected EOF"),
                false => failed(&error),
            })?;
            // As Go's maps are written; a server names the faults of an object in the order in which they come.
            object.sort_all_objects();
            Ok(object)
        })
        .collect()
}

/// Whether a text is JSON that ends too early, of which upstream speaks as JSON.
fn is_cut_off(text: &str) -> bool {
    text.trim_start().starts_with('{')
        && serde_json::from_str::<Value>(text).is_err_and(|error| error.is_eof())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_means_its_manifests_in_order() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["b.yaml", "a.json", "notes.txt"] {
            std::fs::write(folder.path().join(name), "").expect("the folder is writable");
        }
        let files = FileArgs {
            filename: vec![folder.path().to_string_lossy().into_owned()],
            ..Default::default()
        };
        let found = sources(&files).expect("there are manifests");
        let names: Vec<_> = found
            .iter()
            .map(|path| Path::new(path).file_name().expect("a file"))
            .collect();
        assert_eq!(names, ["a.json", "b.yaml"]);
    }

    #[test]
    fn a_missing_path_is_named() {
        let files = FileArgs {
            filename: vec!["/nonexistent".into()],
            ..Default::default()
        };
        assert_eq!(
            sources(&files).expect_err("it is missing").report().0,
            "error: the path \"/nonexistent\" does not exist"
        );
    }

    #[test]
    fn a_pattern_matches_names() {
        assert!(matches_glob("*.yaml", "a.yaml") && matches_glob("a?.y*", "ab.yml"));
        assert!(!matches_glob("*.yaml", "a.json"));
    }
}

//! `[[NAMESPACE/]POD:]PATH`.

use crate::{
    error::{Error, Result},
    path::clean,
};

/// A path here, or in a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSpec {
    pub namespace: Option<String>,
    pub pod: Option<String>,
    pub path: String,
}

impl FileSpec {
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            Error::message("filespec must match the canonical format: [[namespace/]pod:]file/path")
        };
        let Some((pod, path)) = text.split_once(':') else {
            return Ok(FileSpec {
                namespace: None,
                pod: None,
                path: without_last_slash(text).to_owned(),
            });
        };
        let parts: Vec<&str> = pod.split('/').collect();
        let (namespace, pod) = match parts.as_slice() {
            [""] => return Err(wrong()),
            [pod] => (None, *pod),
            [namespace, pod] => (Some((*namespace).to_owned()), *pod),
            _ => return Err(wrong()),
        };
        Ok(FileSpec {
            namespace,
            pod: Some(pod.to_owned()),
            // A container's paths have no other slashes.
            path: without_last_slash(path).replace('\\', "/"),
        })
    }

    /// What every name in the archive of this path begins with: no leading slash, and no way above the root.
    pub fn archive_prefix(&self) -> String {
        let clean = clean(self.path.trim_start_matches('/'));
        let mut rest = clean.as_str();
        while let Some(shorter) = rest.strip_prefix("../") {
            rest = shorter;
        }
        match rest {
            "." | ".." => String::new(),
            rest => rest.trim_start_matches('/').to_owned(),
        }
    }
}

fn without_last_slash(path: &str) -> &str {
    match path {
        "/" => path,
        _ => path.strip_suffix('/').unwrap_or(path),
    }
}

/// The last part of a path.
pub fn base_name(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    trimmed.rsplit('/').next().unwrap_or(trimmed).to_owned()
}

/// All but the last part of a path.
pub fn folder_of(path: &str) -> String {
    match path.rfind('/') {
        Some(end) => clean(&path[..=end]),
        None => ".".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_path_names_its_pod() {
        let spec = |text: &str| FileSpec::parse(text).expect(text);
        assert_eq!(spec("a/b").pod, None);
        assert_eq!(spec("web:/tmp/x").pod.as_deref(), Some("web"));
        assert_eq!(
            (spec("a/").path, spec("web:/").path),
            ("a".into(), "/".into())
        );
        assert_eq!(spec("web:/a\\b/").path, "/a/b");
        assert_eq!(spec("ns/web:x").namespace.as_deref(), Some("ns"));
        assert!(FileSpec::parse(":x").is_err() && FileSpec::parse("a/b/c:x").is_err());
    }

    #[test]
    fn names_in_the_archive_never_lead_above_the_root() {
        let prefix = |path: &str| {
            FileSpec::parse(&format!("p:{path}"))
                .expect(path)
                .archive_prefix()
        };
        assert_eq!(prefix("/tmp//foo/"), "tmp/foo");
        assert_eq!(prefix("../../etc/x"), "etc/x");
        assert_eq!(prefix("."), "");
        assert_eq!(
            (folder_of("/tmp/a"), folder_of("a")),
            ("/tmp".into(), ".".into())
        );
        assert_eq!(base_name("/tmp/a/"), "a");
    }
}

//! Image references: how `nginx` becomes `docker.io/library/nginx:latest`.

use std::fmt;

use super::ImageError;

/// Registry that a reference without one means.
const DEFAULT_REGISTRY: &str = "docker.io";

/// A parsed and completed image reference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Host and port of the registry, such as `registry.io:5000`.
    pub registry: String,
    /// Repository, such as `leap/spark`.
    pub repository: String,
    /// Tag; absent when only a digest was given.
    pub tag: Option<String>,
    /// Digest, such as `sha256:…`.
    pub digest: Option<String>,
}

impl Reference {
    /// Parses a reference by the rules of the distribution project: a first component that holds a dot or a
    /// colon, or is `localhost`, is a registry; a reference without tag and digest gets the tag `latest`.
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        let invalid = || ImageError::InvalidReference(text.to_owned());
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(checked_digest(digest).ok_or_else(invalid)?)),
            None => (text, None),
        };
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        if let Some(tag) = tag
            && !is_tag(tag)
        {
            return Err(invalid());
        }
        let (registry, path) = match name.split_once('/') {
            Some((first, path)) if first.contains(['.', ':']) || first == "localhost" => {
                (first, path.to_owned())
            }
            _ => (DEFAULT_REGISTRY, name.to_owned()),
        };
        if !path.split('/').all(is_path_component) {
            return Err(invalid());
        }
        let repository = match registry == DEFAULT_REGISTRY && !path.contains('/') {
            true => format!("library/{path}"),
            false => path,
        };
        let tag = match (tag, &digest) {
            (None, None) => Some("latest".to_owned()),
            (tag, _) => tag.map(str::to_owned),
        };
        Ok(Self {
            registry: registry.to_owned(),
            repository,
            tag,
            digest,
        })
    }

    /// `registry/repository` without tag and digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// `registry/repository@digest`.
    pub fn with_digest(&self, digest: &str) -> String {
        format!("{}@{digest}", self.name())
    }

    /// What to ask the registry for: the digest when there is one, or else the tag.
    pub fn object(&self) -> &str {
        let object = self.digest.as_deref().or(self.tag.as_deref());
        object.unwrap_or("latest")
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

fn checked_digest(digest: &str) -> Option<String> {
    let hex = digest.strip_prefix("sha256:")?;
    let valid = hex.len() == 64
        && hex
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    valid.then(|| digest.to_owned())
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (1..=128).contains(&tag.len())
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

fn is_path_component(component: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let inner = |b: u8| plain(b) || matches!(b, b'.' | b'_' | b'-');
    let ends = [component.bytes().next(), component.bytes().next_back()];
    component.bytes().all(inner) && ends.iter().all(|end| end.is_some_and(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &str) {
        let shown = Reference::parse(input).map_or_else(|_| "invalid".into(), |r| r.to_string());
        assert_eq!(shown, expected, "for {input}");
    }

    #[test]
    fn references_are_completed_as_docker_does() {
        check("nginx", "docker.io/library/nginx:latest");
        check("bitnami/redis:7", "docker.io/bitnami/redis:7");
        check(
            "registry.io:5000/leap/spark:latest",
            "registry.io:5000/leap/spark:latest",
        );
        check("localhost/x", "localhost/x:latest");
        let digest = format!("sha256:{}", "a".repeat(64));
        check(&format!("a.b/c@{digest}"), &format!("a.b/c@{digest}"));
        check(&format!("a.b/c:1@{digest}"), &format!("a.b/c:1@{digest}"));
    }

    #[test]
    fn what_no_registry_accepts_is_refused() {
        for input in [
            "",
            "UPPER",
            "a//b",
            "a:",
            "a@sha256:12",
            "a b",
            "-a",
            "a/b-",
        ] {
            check(input, "invalid");
        }
    }
}

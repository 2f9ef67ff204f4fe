//! Addresses of git repositories, such as `github.com/org/repo//folder?ref=v1`: which part of one names the repository,
//! which the folder in it. The cases are those of kustomize's `RepoSpec`.

/// How long git may take, unless the address says so.
const SECONDS: u64 = 27;

/// A repository, and what is wanted of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Repository {
    /// The address as it was given.
    pub raw: String,
    /// What git is told to fetch from.
    pub url: String,
    /// The folder of the kustomization, relative to the repository's root.
    pub folder: String,
    /// A branch, a tag or a commit; `HEAD` if none is given.
    pub reference: String,
    pub seconds: u64,
    pub submodules: bool,
}

impl Repository {
    /// Reads an address; `None` for what is none, such as a path of this machine.
    pub fn parse(raw: &str) -> Option<Self> {
        if raw.starts_with('/') {
            return None;
        }
        let (address, query) = raw.split_once('?').unwrap_or((raw, ""));
        let address = address.strip_prefix("git::").unwrap_or(address);
        let (host, path) = split_host(address)?;
        let (repository, folder) = split_path(path, host == "file://")?;
        if repository.is_empty() || leaves(folder) {
            return None;
        }
        let parameter = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(known, value)| *known == name && !value.is_empty());
            found.map(|(_, value)| value)
        };
        let reference = parameter("ref").or(parameter("version")).unwrap_or("HEAD");
        let timeout = parameter("timeout").map(|text| text.strip_suffix('s').unwrap_or(text));
        Some(Repository {
            raw: raw.to_owned(),
            url: format!("{host}{repository}"),
            folder: folder.trim_start_matches('/').to_owned(),
            reference: reference.to_owned(),
            seconds: timeout
                .and_then(|text| text.parse().ok())
                .unwrap_or(SECONDS),
            submodules: parameter("submodules") != Some("false"),
        })
    }

    /// Whether the address has a prefix that kustomize takes off and warns about.
    pub fn forces_git(&self) -> bool {
        self.raw.starts_with("git::")
    }
}

/// Scheme, user and host, as far as the path begins. Addresses of GitHub have one form for each scheme.
fn split_host(address: &str) -> Option<(String, &str)> {
    let schemes = ["ssh://", "https://", "http://", "file://"];
    let scheme = schemes.into_iter().find(|scheme| {
        address
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    let rest = &address[scheme.map_or(0, str::len)..];
    if scheme == Some("file://") {
        return Some(("file://".to_owned(), rest));
    }
    let (user, rest) = match rest.split_once('@') {
        Some((user, host)) if is_user(user) => (format!("{user}@"), host),
        _ => (String::new(), rest),
    };
    let lower = rest.to_lowercase();
    let bare = lower.strip_prefix("www.").unwrap_or(&lower);
    let github = bare.starts_with("github.com/") || bare.starts_with("github.com:");
    let short = scheme.is_none() && (!user.is_empty() || github);
    if scheme.is_none() && !short {
        return None;
    }
    let slash = rest.find('/');
    let colon = rest.find(':').filter(|_| short);
    let end = match (slash, colon) {
        (Some(slash), Some(colon)) => slash.min(colon),
        (slash, colon) => slash.or(colon)?,
    };
    let (host, path) = rest.split_at(end + 1);
    let host = match (github, scheme == Some("ssh://") || !user.is_empty()) {
        (true, true) => "git@github.com:".to_owned(),
        (true, false) => "https://github.com/".to_owned(),
        (false, _) => format!("{}{user}{host}", scheme.unwrap_or_default()),
    };
    Some((host, path))
}

fn is_user(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// The repository and the folder in it: at a mark, else behind organisation and repository. The path of a file has no
/// such parts.
fn split_path(path: &str, is_file: bool) -> Option<(&str, &str)> {
    if let Some(at) = path.find("_git/") {
        let start = at + "_git/".len();
        let end = path[start..]
            .find('/')
            .map_or(path.len(), |end| start + end);
        return Some(path.split_at(end));
    }
    if let Some(parts) = path.split_once("//") {
        return Some(parts);
    }
    if let Some(at) = path.find(".git") {
        return Some(path.split_at(at + ".git".len()));
    }
    if is_file {
        return Some((path, ""));
    }
    let mut slashes = path.match_indices('/').map(|(at, _)| at);
    slashes.next()?;
    Some(path.split_at(slashes.next().unwrap_or(path.len())))
}

/// Whether a path leads out of the folder that it starts in.
fn leaves(path: &str) -> bool {
    let mut depth = 0_i32;
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_parted_as_kustomize_parts_them() {
        for (raw, url, folder, reference) in [
            (
                "github.com/org/repo",
                "https://github.com/org/repo",
                "",
                "HEAD",
            ),
            (
                "github.com/org/repo/a/b?ref=v1",
                "https://github.com/org/repo",
                "a/b",
                "v1",
            ),
            (
                "https://github.com/org/repo//a?version=v2",
                "https://github.com/org/repo",
                "a",
                "v2",
            ),
            (
                "git@github.com:org/repo.git//a",
                "git@github.com:org/repo.git",
                "a",
                "HEAD",
            ),
            (
                "ssh://git@github.com/org/repo/x",
                "git@github.com:org/repo",
                "x",
                "HEAD",
            ),
            (
                "https://h.example/r.git/a?ref=x&timeout=5s",
                "https://h.example/r.git",
                "a",
                "x",
            ),
            (
                "git::https://h.example/o/r",
                "https://h.example/o/r",
                "",
                "HEAD",
            ),
            (
                "https://dev.example/o/p/_git/r/x/y",
                "https://dev.example/o/p/_git/r",
                "x/y",
                "HEAD",
            ),
            ("file:///a/b//c", "file:///a/b", "c", "HEAD"),
            (
                "user@h.example:path/to/repo/k",
                "user@h.example:path/to",
                "repo/k",
                "HEAD",
            ),
        ] {
            let parsed = Repository::parse(raw).expect(raw);
            let found = (
                parsed.url.as_str(),
                parsed.folder.as_str(),
                parsed.reference.as_str(),
            );
            assert_eq!(found, (url, folder, reference), "{raw}");
        }
    }

    #[test]
    fn paths_and_files_are_no_repositories() {
        for raw in [
            "base",
            "../base",
            "/abs",
            "a/b/c",
            "https://h.example/x.yaml",
            "https://h.example/o/r//../..",
            "é",
            "httpé://x",
        ] {
            assert_eq!(Repository::parse(raw), None, "{raw}");
        }
    }
}

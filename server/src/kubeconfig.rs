//! Writes kubeconfig files: whole ones for the components, and one context merged into the user's own.
//! The CLI's reading of them lives in `cli`.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use serde_yaml::{Mapping, Value};

use crate::pki::Pair;

/// The name of the cluster, user and context that `knarr up` merges.
pub const NAME: &str = "knarr";

/// What can go wrong; every variant names the file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {path}: {source}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path} is not a kubeconfig, so it was left as it is: {reason}")]
    Malformed { path: PathBuf, reason: String },
    #[error("cannot write {path}: {source}")]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// Where the API server is, how to trust it, and as whom to speak to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    pub server: String,
    pub ca_cert: String,
    pub client: Pair,
}

/// Writes a kubeconfig that holds only this access.
pub fn write(path: &Path, access: &Access) -> Result<(), Error> {
    let mut config = Mapping::new();
    merge_into(&mut config, access);
    store(path, &config)
}

/// Adds or refreshes the context `knarr` in the kubeconfig at `path` and leaves everything else as it was. The
/// current context changes only when there is none, or when it already is ours.
pub fn merge(path: &Path, access: &Access) -> Result<(), Error> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(source) => {
            return Err(Error::Read {
                path: path.to_owned(),
                source,
            });
        }
    };
    let malformed = |reason: String| Error::Malformed {
        path: path.to_owned(),
        reason,
    };
    let mut config =
        match serde_yaml::from_str::<Value>(&text).map_err(|e| malformed(e.to_string()))? {
            Value::Null => Mapping::new(),
            Value::Mapping(mapping) => mapping,
            _ => return Err(malformed("it is no mapping".to_owned())),
        };
    for list in ["clusters", "users", "contexts"] {
        if !matches!(
            config.get(list),
            None | Some(Value::Null | Value::Sequence(_))
        ) {
            return Err(malformed(format!("`{list}` is no list")));
        }
    }
    let before = config.clone();
    merge_into(&mut config, access);
    if config == before {
        return Ok(());
    }
    store(path, &config)
}

fn merge_into(config: &mut Mapping, access: &Access) {
    use base64::Engine;
    let data = |pem: &str| Value::from(base64::engine::general_purpose::STANDARD.encode(pem));
    config
        .entry("apiVersion".into())
        .or_insert_with(|| "v1".into());
    config
        .entry("kind".into())
        .or_insert_with(|| "Config".into());
    let cluster = mapping([
        ("certificate-authority-data", data(&access.ca_cert)),
        ("server", access.server.as_str().into()),
    ]);
    let user = mapping([
        ("client-certificate-data", data(&access.client.cert)),
        ("client-key-data", data(&access.client.key)),
    ]);
    let context = mapping([("cluster", NAME.into()), ("user", NAME.into())]);
    // Nothing of an older cluster or user may stay: a token or `insecure-skip-tls-verify` would not fit the new one.
    *named(config, "clusters", "cluster") = cluster;
    *named(config, "users", "user") = user;
    let old = named(config, "contexts", "context");
    match (old, context) {
        // The namespace is the user's choice.
        (Value::Mapping(old), Value::Mapping(new)) => old.extend(new),
        (old, new) => *old = new,
    }
    let current = config
        .entry("current-context".into())
        .or_insert_with(|| NAME.into());
    if current.as_str().is_none_or(str::is_empty) {
        *current = NAME.into();
    }
}

fn mapping<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Mapping(
        fields
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect(),
    )
}

/// Finds or makes `<list>[name=knarr].<field>`; [`merge`] has seen to it that the list is one.
fn named<'a>(config: &'a mut Mapping, list: &str, field: &str) -> &'a mut Value {
    let entries = config.entry(list.into()).or_insert(Value::Null);
    let index = entries.as_sequence().and_then(|entries| {
        let mut entries = entries.iter();
        entries.position(|entry| entry.get("name").and_then(Value::as_str) == Some(NAME))
    });
    if entries.is_null() {
        *entries = Value::Sequence(Vec::new());
    }
    let entries = entries
        .as_sequence_mut()
        .expect("null became a list, and others are refused");
    let index = index.unwrap_or_else(|| {
        entries.push(mapping([("name", NAME.into())]));
        entries.len() - 1
    });
    &mut entries[index][field]
}

/// Writes beside the file and renames. A symbolic link is followed, so that it stays one; a file keeps its owner and
/// mode, a new one is private.
fn store(path: &Path, config: &Mapping) -> Result<(), Error> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let text = serde_yaml::to_string(config).map_err(|e| Error::Malformed {
        path: path.clone(),
        reason: e.to_string(),
    })?;
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let attempt = || {
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        let mut file = fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(text.as_bytes())?;
        if let Ok(former) = fs::metadata(&path) {
            // Only root can give a file away, and only root finds one that is not its own.
            chown(&beside, Some(former.uid()), Some(former.gid()))?;
            fs::set_permissions(&beside, former.permissions())?;
        }
        fs::rename(&beside, &path)
    };
    attempt().map_err(|source| Error::Write {
        path: path.clone(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn access() -> Access {
        let client = Pair {
            cert: "C".into(),
            key: "K".into(),
        };
        Access {
            server: "https://127.0.0.1:6443".into(),
            ca_cert: "A".into(),
            client,
        }
    }

    fn read(path: &Path) -> Value {
        serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn merging_keeps_what_others_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        fs::write(
            &path,
            "apiVersion: v1\nkind: Config\ncurrent-context: work\nextensions: [a]\nclusters:\n- name: work\n  cluster: {server: https://w}\n\
             contexts:\n- name: knarr\n  context: {cluster: old, namespace: mine, user: old}\nusers: null\n",
        )
        .unwrap();
        merge(&path, &access()).unwrap();
        let config = read(&path);
        assert_eq!(config["current-context"], "work");
        assert_eq!(config["extensions"][0], "a");
        assert_eq!(config["clusters"][0]["cluster"]["server"], "https://w");
        assert_eq!(
            config["clusters"][1]["cluster"]["server"],
            "https://127.0.0.1:6443"
        );
        assert_eq!(config["contexts"][0]["context"]["namespace"], "mine");
        assert_eq!(config["contexts"][0]["context"]["cluster"], "knarr");
        assert_eq!(config["users"][0]["user"]["client-key-data"], "Sw==");
    }

    #[test]
    fn nothing_of_an_older_cluster_or_user_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        fs::write(
            &path,
            "clusters:\n- name: knarr\n  cluster: {server: https://old, insecure-skip-tls-verify: true}\n\
             users:\n- name: knarr\n  user: {token: old}\n",
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        merge(&path, &access()).unwrap();
        let config = read(&path);
        let fields = |value: &Value| {
            let keys = value.as_mapping().unwrap().keys();
            keys.map(|key| key.as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            fields(&config["clusters"][0]["cluster"]),
            ["certificate-authority-data", "server"]
        );
        assert_eq!(
            fields(&config["users"][0]["user"]),
            ["client-certificate-data", "client-key-data"]
        );
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640, "the mode stays");
    }

    #[test]
    fn a_new_file_becomes_the_current_context_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".kube/config");
        merge(&path, &access()).unwrap();
        assert_eq!(read(&path)["current-context"], "knarr");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_file_that_is_no_kubeconfig_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["- a\n", "clusters: 3\n", "a: [\n"] {
            let path = dir.path().join("config");
            fs::write(&path, text).unwrap();
            let error = merge(&path, &access()).unwrap_err().to_string();
            assert!(error.contains("is not a kubeconfig"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}

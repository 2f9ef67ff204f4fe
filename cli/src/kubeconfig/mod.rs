//! Kubeconfig files: found, read, merged and written back. Files are kept as the values they hold, so that fields
//! this program does not know survive a change. What a context means for a connection is in `resolve`.

mod address;
mod exec;
mod faults;
mod resolve;
mod shapes;
mod source;

pub use resolve::{Credentials, First, Resolved};

use crate::error::{Error, Result, go_words};
use knarr_api::yaml;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The three lists of named entries of a kubeconfig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Clusters,
    Contexts,
    Users,
}

impl Section {
    /// The field that holds the list.
    pub fn list(self) -> &'static str {
        match self {
            Section::Clusters => "clusters",
            Section::Contexts => "contexts",
            Section::Users => "users",
        }
    }

    /// The field of one entry that holds its body.
    pub fn body(self) -> &'static str {
        match self {
            Section::Clusters => "cluster",
            Section::Contexts => "context",
            Section::Users => "user",
        }
    }
}

/// One file, as it was read.
#[derive(Clone, Debug)]
struct Source {
    path: PathBuf,
    exists: bool,
    value: Value,
}

/// All kubeconfig files of this run. For an entry that several files have, the first one counts.
#[derive(Clone, Debug)]
pub struct Kubeconfig {
    sources: Vec<Source>,
}

impl Kubeconfig {
    /// Reads the file that `--kubeconfig` names, else the files of `KUBECONFIG`, else `~/.kube/config`.
    pub fn load(explicit: Option<&Path>) -> Result<Self> {
        let mut sources = Vec::new();
        match explicit {
            Some(path) => {
                let source = Source::read(path)?;
                if !source.exists {
                    return Err(Error::message(format!(
                        "stat {}: no such file or directory",
                        path.display()
                    )));
                }
                sources.push(source);
            }
            None => {
                let mut faults = Vec::new();
                for path in default_paths() {
                    match Source::read(&path) {
                        Ok(source) => sources.push(source),
                        Err(fault) => faults.push(fault),
                    }
                }
                match faults.len() {
                    0 => {}
                    1 => return Err(faults.remove(0)),
                    _ => {
                        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
                        return Err(Error::Verbatim(lines.join("\n")));
                    }
                }
            }
        }
        Ok(Kubeconfig { sources })
    }

    /// As [`Kubeconfig::load`], for commands that may create the file which `--kubeconfig` names.
    pub fn load_for_change(explicit: Option<&Path>) -> Result<Self> {
        match explicit {
            Some(path) => Ok(Kubeconfig {
                sources: vec![Source::read(path)?],
            }),
            None => Self::load(None),
        }
    }

    /// The name of the current context; empty when there is none.
    pub fn current_context(&self) -> &str {
        self.sources
            .iter()
            .filter_map(|source| source.value["current-context"].as_str())
            .find(|name| !name.is_empty())
            .unwrap_or_default()
    }

    /// The body of an entry.
    pub fn get(&self, section: Section, name: &str) -> Option<&Value> {
        self.sources
            .iter()
            .find_map(|source| source.get(section, name))
    }

    /// The body of an entry, and the folder that its relative paths start from.
    pub fn get_with_folder(&self, section: Section, name: &str) -> Option<(&Value, &Path)> {
        self.sources.iter().find_map(|source| {
            let folder = source.path.parent().unwrap_or(Path::new(""));
            Some((source.get(section, name)?, folder))
        })
    }

    /// The names of all entries, sorted.
    pub fn names(&self, section: Section) -> Vec<String> {
        let mut names: Vec<String> = self
            .sources
            .iter()
            .flat_map(|source| source.entries(section))
            .filter_map(|entry| entry["name"].as_str().map(str::to_owned))
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// The files that exist.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let existing = self.sources.iter().filter(|source| source.exists);
        existing.map(|source| source.path.as_path())
    }

    /// Whether no file holds anything.
    pub fn is_empty(&self) -> bool {
        self.current_context().is_empty()
            && [Section::Clusters, Section::Contexts, Section::Users]
                .into_iter()
                .all(|section| self.names(section).is_empty())
    }

    /// The one value that all files make together, with fields and lists in the order that kubectl writes.
    pub fn merged(&self) -> Value {
        let list = |section: Section| -> Value {
            let entries = self.names(section).into_iter().filter_map(|name| {
                let body = in_order(section, self.get(section, &name)?);
                Some(json!({"name": name, section.body(): body}))
            });
            let entries: Vec<Value> = entries.collect();
            if entries.is_empty() {
                Value::Null
            } else {
                entries.into()
            }
        };
        let mut merged = json!({"kind": "Config", "apiVersion": "v1"});
        let preferences = self
            .sources
            .iter()
            .map(|source| &source.value["preferences"]);
        if let Some(preferences) = preferences
            .into_iter()
            .find(|value| value.as_object().is_some_and(|map| !map.is_empty()))
        {
            merged["preferences"] = preferences.clone();
        }
        for (field, value) in [
            ("clusters", list(Section::Clusters)),
            ("users", list(Section::Users)),
            ("contexts", list(Section::Contexts)),
            ("current-context", self.current_context().into()),
        ] {
            merged[field] = value;
        }
        let extensions = self
            .sources
            .iter()
            .map(|source| &source.value["extensions"])
            .find(|value| !value.is_null());
        if let Some(extensions) = extensions {
            merged["extensions"] = extensions.clone();
        }
        merged
    }

    /// The file that new entries go to: the first that exists, else the last that was named.
    pub fn default_file(&self) -> &Path {
        let source = self
            .sources
            .iter()
            .find(|source| source.exists)
            .or(self.sources.last());
        source.map_or(Path::new(""), |source| &source.path)
    }

    /// Puts an entry in the place of the one of the same name, in its file; a new one goes to the default file.
    pub fn set(&mut self, section: Section, name: &str, body: Value) {
        let place = self
            .sources
            .iter()
            .position(|source| source.get(section, name).is_some());
        let source = self.source_for_change(place);
        source.set(section, name, body);
    }

    /// The file in which an entry stands.
    pub fn file_of(&self, section: Section, name: &str) -> Option<&Path> {
        self.sources
            .iter()
            .find(|source| source.get(section, name).is_some())
            .map(|source| source.path.as_path())
    }

    /// Removes an entry from its file; `false` when no file has it.
    pub fn remove(&mut self, section: Section, name: &str) -> bool {
        let Some(source) = self
            .sources
            .iter_mut()
            .find(|source| source.get(section, name).is_some())
        else {
            return false;
        };
        if let Some(list) = source.value[section.list()].as_array_mut() {
            list.retain(|entry| entry["name"] != name);
            if list.is_empty() {
                source.value[section.list()] = Value::Null;
            }
        }
        true
    }

    /// Sets the current context, in the file that sets it now; an empty name unsets it.
    pub fn set_current_context(&mut self, name: &str) {
        let place = self.sources.iter().position(|source| {
            source.value["current-context"]
                .as_str()
                .is_some_and(|name| !name.is_empty())
        });
        self.source_for_change(place).value["current-context"] = name.into();
    }

    /// Writes back the files whose content is no longer that of `before`.
    pub fn save(&self, before: &Kubeconfig) -> Result<()> {
        for (source, old) in self.sources.iter().zip(&before.sources) {
            if source.value != old.value {
                source.write()?;
            }
        }
        Ok(())
    }

    fn source_for_change(&mut self, place: Option<usize>) -> &mut Source {
        let existing = self.sources.iter().position(|source| source.exists);
        let index = place
            .or(existing)
            .unwrap_or(self.sources.len().saturating_sub(1));
        &mut self.sources[index]
    }
}

impl Source {
    fn read(path: &Path) -> Result<Self> {
        let missing = || Source {
            path: path.to_owned(),
            exists: false,
            value: empty(),
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(missing()),
            Err(error) => {
                // A folder can be opened, and only then not be read.
                let action = match error.kind() {
                    std::io::ErrorKind::IsADirectory => "read",
                    _ => "open",
                };
                let path = path.display();
                return Err(Error::message(format!(
                    "error loading config file \"{path}\": {action} {path}: {}",
                    go_words(&error)
                )));
            }
        };
        let fault = |why: String| {
            let path = path.display();
            Error::message(format!("error loading config file \"{path}\": {why}"))
        };
        let mut value = match yaml::from_str(&text) {
            Ok(Value::Null) => empty(),
            Ok(value) => value,
            Err(error) => return Err(fault(error.cause())),
        };
        shapes::check(&value).map_err(fault)?;
        with_bodies(&mut value);
        Ok(Source {
            path: path.to_owned(),
            exists: true,
            value,
        })
    }

    fn entries(&self, section: Section) -> impl Iterator<Item = &Value> {
        self.value[section.list()].as_array().into_iter().flatten()
    }

    fn get(&self, section: Section, name: &str) -> Option<&Value> {
        self.entries(section)
            .find(|entry| entry["name"] == name)
            .map(|entry| &entry[section.body()])
    }

    fn set(&mut self, section: Section, name: &str, body: Value) {
        if !self.value[section.list()].is_array() {
            self.value[section.list()] = json!([]);
        }
        let Some(list) = self.value[section.list()].as_array_mut() else {
            return;
        };
        match list.iter_mut().find(|entry| entry["name"] == name) {
            Some(entry) => entry[section.body()] = body,
            None => list.push(json!({ section.body(): body, "name": name })),
        }
        list.sort_by(|left, right| left["name"].as_str().cmp(&right["name"].as_str()));
    }

    /// Replaces the file in one step, readable by its owner only: it holds keys.
    fn write(&self) -> Result<()> {
        use std::io::Write;
        let failed = |error: std::io::Error| {
            Error::message(format!("open {}: {error}", self.path.display()))
        };
        let folder = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(failed)?;
        let _lock = Lock::take(&self.path)?;
        let target = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = target
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(yaml::to_string(&self.value).as_bytes())
            .map_err(failed)?;
        file.persist(&target).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

/// The file that keeps other programs from writing a kubeconfig at the same time; it goes when this is dropped.
struct Lock(PathBuf);

impl Lock {
    fn take(path: &Path) -> Result<Self> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        match std::fs::File::create_new(&path) {
            Ok(_) => Ok(Lock(path)),
            Err(error) => Err(Error::message(format!(
                "open {}: {}",
                path.display(),
                go_words(&error)
            ))),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Who took it away has no use for it any more.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// An entry with nothing but a name is an entry.
fn with_bodies(value: &mut Value) {
    for section in [Section::Clusters, Section::Contexts, Section::Users] {
        let entries = value.get_mut(section.list()).and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten() {
            if entry[section.body()].is_null() {
                entry[section.body()] = json!({});
            }
        }
    }
}

fn empty() -> Value {
    json!({"apiVersion": "v1", "clusters": null, "contexts": null, "current-context": "", "kind": "Config", "users": null})
}

/// The files of `KUBECONFIG`, or the one in the home directory.
fn default_paths() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = Vec::new();
    if let Some(list) = std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty()) {
        for path in std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    if paths.is_empty() {
        paths.push(dirs::home_dir().unwrap_or_default().join(".kube/config"));
    }
    paths
}

/// The fields of an entry in the order in which kubectl's JSON has them; the ones it does not know come last.
fn in_order(section: Section, body: &Value) -> Value {
    let order: &[&str] = match section {
        Section::Clusters => &[
            "server",
            "tls-server-name",
            "insecure-skip-tls-verify",
            "certificate-authority",
            "certificate-authority-data",
            "proxy-url",
            "disable-compression",
        ],
        Section::Contexts => &["cluster", "user", "namespace"],
        Section::Users => &[
            "client-certificate",
            "client-certificate-data",
            "client-key",
            "client-key-data",
            "token",
            "tokenFile",
            "as",
            "as-uid",
            "as-groups",
            "as-user-extra",
            "username",
            "password",
            "auth-provider",
            "exec",
        ],
    };
    let Some(map) = body.as_object() else {
        return body.clone();
    };
    let place = |key: &str| {
        order
            .iter()
            .position(|known| *known == key)
            .unwrap_or(order.len())
    };
    let mut fields: Vec<(&String, &Value)> = map.iter().collect();
    fields.sort_by_key(|(key, _)| place(key));
    Value::Object(
        fields
            .into_iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

/// Paths in an entry count from the folder of its file.
pub fn with_absolute_paths(body: &Value, folder: &Path) -> Value {
    let mut body = body.clone();
    for field in [
        "certificate-authority",
        "client-certificate",
        "client-key",
        "tokenFile",
    ] {
        if let Some(path) = body[field]
            .as_str()
            .filter(|path| !path.is_empty() && Path::new(path).is_relative())
        {
            let joined = folder.join(path);
            body[field] = std::path::absolute(&joined)
                .unwrap_or(joined)
                .to_string_lossy()
                .into_owned()
                .into();
        }
    }
    body
}

#[cfg(test)]
mod tests;

//! Which rows of the table are served: all, but what `--runtime-config` turns off. Keys, their order of precedence and the
//! words of errors are upstream's
//! (<https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/>).

use std::collections::{BTreeMap, HashSet};

use super::{KINDS, Kind, api_version, groups};
use crate::strconv;

/// A key that stands for many versions, and which.
type Set = (&'static str, fn(&str) -> bool);

/// The later ones win.
const SETS: [Set; 4] = [
    ("api/all", |_| true),
    ("api/ga", |version| stage(version) == Some("")),
    ("api/beta", |version| stage(version) == Some("beta")),
    ("api/alpha", |version| stage(version) == Some("alpha")),
];

/// Why a flag cannot be followed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("invalid key with only api/all=false")]
    Nothing,
    #[error("runtime-config invalid key {0}")]
    Key(String),
    #[error("unknown api groups {0}")]
    Groups(String),
    #[error("invalid value {0}={1}")]
    SetValue(String, String),
    #[error("group version {0} that has not been registered")]
    Version(String),
    #[error("invalid value of {0}: {1}, err: strconv.ParseBool: parsing {1:?}: invalid syntax")]
    Value(String, String),
    #[error(
        "invalid key {0}: group/version/resource and resource is always lowercase plural, not {1:?}"
    )]
    Resource(String, String),
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    off: HashSet<(&'static str, &'static str, &'static str)>,
}

impl Served {
    /// Reads entries of the form `key=value`; of those with the same key the last one holds.
    pub fn read<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut asked: BTreeMap<&str, &str> = BTreeMap::new();
        for entry in entries.into_iter().filter(|entry| !entry.is_empty()) {
            let (key, value) = entry.split_once('=').unwrap_or((entry, ""));
            asked.insert(key.trim(), value.trim());
        }
        if asked.len() == 1 && asked.get("api/all") == Some(&"false") {
            return Err(Error::Nothing);
        }
        let named = named(&asked)?;
        let mut versions: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        for (key, contains) in SETS {
            let on = match asked.get(key) {
                None => continue,
                Some(&"true") => true,
                Some(&"false") => false,
                Some(value) => return Err(Error::SetValue(key.to_owned(), (*value).to_owned())),
            };
            let all = KINDS.iter().filter(|kind| contains(kind.version));
            versions.extend(all.map(|kind| ((kind.group, kind.version), on)));
        }
        let mut resources = BTreeMap::new();
        for (group, version, resource, on) in named {
            match resource {
                None => versions.insert((group, version), on),
                Some(resource) => resources.insert((group, version, resource), on),
            };
        }
        let is_on = |kind: &Kind| {
            let own = resources.get(&(kind.group, kind.version, kind.plural));
            let own = own.or_else(|| versions.get(&(kind.group, kind.version)));
            own.copied().unwrap_or(true)
        };
        let off = KINDS.iter().filter(|kind| !is_on(kind));
        Ok(Self {
            off: off.map(name).collect(),
        })
    }

    /// Whether a row is served; those of custom resources always are.
    pub fn has(&self, kind: &Kind) -> bool {
        kind.custom || !self.off.contains(&name(kind))
    }

    /// The rows that are served.
    pub fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        KINDS.iter().filter(|kind| self.has(kind))
    }

    /// The resources of a version that are not.
    pub fn off(&self, group: &str, version: &str) -> impl Iterator<Item = &'static str> {
        let of_version = move |kind: &&Kind| kind.group == group && kind.version == version;
        let off = KINDS.iter().filter(of_version);
        off.filter(|kind| !self.has(kind)).map(|kind| kind.plural)
    }

    /// The groups of which something is served, each with those of its versions, in the order of [`groups`].
    pub fn groups(&self) -> Vec<(&'static str, Vec<&'static str>)> {
        let has = |group, version| {
            let mut own = self.kinds();
            own.any(|kind| kind.group == group && kind.version == version)
        };
        let mut all = groups().to_vec();
        for (group, versions) in &mut all {
            versions.retain(|version| has(*group, *version));
        }
        all.retain(|(_, versions)| !versions.is_empty());
        all
    }
}

fn name(kind: &Kind) -> (&'static str, &'static str, &'static str) {
    (kind.group, kind.version, kind.plural)
}

/// A version by name: group, version, the resource if it is one, and whether it is to be served.
type Named<'a> = (&'a str, &'a str, Option<&'a str>, bool);

/// The entries that name a version, or a resource of one.
fn named<'a>(asked: &BTreeMap<&'a str, &'a str>) -> Result<Vec<Named<'a>>, Error> {
    let own = |key: &str| SETS.iter().all(|(set, _)| *set != key);
    let mut all = Vec::new();
    for (key, value) in asked.iter().filter(|(key, _)| own(key)) {
        let words: Vec<&str> = key.split('/').collect();
        let (group, version, resource) = match words[..] {
            [group, version] => (group, version, None),
            [group, version, resource] => (group, version, Some(resource)),
            _ => return Err(Error::Key((*key).to_owned())),
        };
        all.push((*key, *value, group, version, resource));
    }
    let of_group = |group: &str| groups().iter().find(|(known, _)| *known == group);
    let unknown = all.iter().map(|(_, _, group, ..)| *group);
    let unknown: Vec<&str> = unknown.filter(|group| of_group(group).is_none()).collect();
    if !unknown.is_empty() {
        return Err(Error::Groups(unknown.join(",")));
    }
    let check = |(key, value, group, version, resource): (&str, &str, _, _, Option<&'a str>)| {
        if of_group(group).is_none_or(|(_, versions)| !versions.contains(&version)) {
            return Err(Error::Version(api_version(group, version)));
        }
        // Nothing at all means yes.
        let on = match value {
            "" => Some(true),
            value => strconv::parse_bool(value),
        };
        let on = on.ok_or_else(|| Error::Value(key.to_owned(), value.to_owned()))?;
        match resource {
            Some(resource) if resource.to_lowercase() != resource => {
                Err(Error::Resource(key.to_owned(), resource.to_owned()))
            }
            _ => Ok((group, version, resource, on)),
        }
    };
    all.into_iter().map(check).collect()
}

/// `alpha`, `beta` or nothing of a Kubernetes version such as `v1beta2`.
fn stage(version: &str) -> Option<&'static str> {
    let rest = version.strip_prefix('v')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    for word in ["alpha", "beta"] {
        if let Some((major, minor)) = rest.split_once(word) {
            return (is_number(major) && is_number(minor)).then_some(word);
        }
    }
    is_number(rest).then_some("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::find;

    fn has(flag: &str, group: &str, version: &str, plural: &str) -> bool {
        let served = Served::read(flag.split(',')).unwrap();
        served.has(find(group, version, plural).unwrap())
    }

    #[test]
    fn what_is_named_more_exactly_wins() {
        assert!(has("", "apps", "v1", "deployments"));
        assert!(!has("api/beta=false", "apps", "v1beta1", "deployments"));
        assert!(has("api/beta=false", "apps", "v1", "deployments"));
        let apart = "api/beta=false,apps/v1beta1";
        assert!(has(apart, "apps", "v1beta1", "deployments"));
        assert!(!has(apart, "apps", "v1beta2", "deployments"));
        let one = "api/all=false,apps/v1/deployments=true";
        assert!(has(one, "apps", "v1", "deployments"));
        assert!(!has(one, "apps", "v1", "replicasets"));
        assert!(!has("/v1/pods=0", "", "v1", "pods"));
    }

    #[test]
    fn groups_of_which_nothing_is_left_are_gone() {
        let served = Served::read(["extensions/v1beta1=false", "batch/v1/jobs=false"]).unwrap();
        let groups = served.groups();
        assert!(groups.iter().all(|(group, _)| *group != "extensions"));
        assert!(groups.iter().any(|(group, _)| *group == "batch"));
        assert_eq!(served.off("batch", "v1").collect::<Vec<_>>(), ["jobs"]);
    }

    #[test]
    fn errors_are_upstreams() {
        for (flag, text) in [
            ("api/all=false", "invalid key with only api/all=false"),
            ("v1=true", "runtime-config invalid key v1"),
            ("a/b/c/d", "runtime-config invalid key a/b/c/d"),
            ("none.io/v1=true,zero/v1", "unknown api groups none.io,zero"),
            ("api/beta=maybe", "invalid value api/beta=maybe"),
            (
                "apps/v9=true",
                "group version apps/v9 that has not been registered",
            ),
            (
                "apps/v1=maybe",
                "invalid value of apps/v1: maybe, err: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
            (
                "apps/v1/Deployments=true",
                "invalid key apps/v1/Deployments: group/version/resource and resource is always lowercase plural, not \"Deployments\"",
            ),
        ] {
            let error = Served::read(flag.split(',')).unwrap_err();
            assert_eq!(error.to_string(), text);
        }
    }
}

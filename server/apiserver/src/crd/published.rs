//! What clients are told of the kinds that are served, made anew when the catalog changes, and only when asked for.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use knarr_api::discovery::{self, Group, Resource, Version};
use knarr_api::kinds::{self, Kind, Served};
use knarr_api::{meta, openapi};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest, Sha512};

use super::Catalog;
use super::catalog::{Known, is_builtin};
use crate::aggregation::{self, ApiService, CUSTOM, Services};
use crate::node_metrics;

/// The documents of one generation of the catalog.
pub struct Published {
    generation: (u64, u64),
    served: Arc<Served>,
    pub groups: Vec<Group>,
    /// The definitions behind the custom resources, with the index of the version.
    custom: Vec<(Arc<Known>, usize)>,
    /// What other servers answer for.
    remotes: Vec<Arc<ApiService>>,
    v2_json: OnceLock<Bytes>,
    v2_protobuf: OnceLock<Bytes>,
    v3_index: OnceLock<Value>,
}

/// Keeps the latest documents.
pub struct Publisher {
    /// What of the table of kinds is served.
    served: Arc<Served>,
    latest: Mutex<Option<Arc<Published>>>,
}

impl Publisher {
    /// Tells of these kinds, and of custom resources.
    pub fn new(served: Arc<Served>) -> Self {
        Self {
            served,
            latest: Mutex::default(),
        }
    }

    /// The documents for what the catalog and the API services say now.
    pub fn current(&self, catalog: &Catalog, services: &Services) -> Arc<Published> {
        let generation = (catalog.generation(), services.generation());
        let mut latest = self.latest.lock();
        match &*latest {
            Some(known) if known.generation == generation => known.clone(),
            _ => {
                let made = Arc::new(Published::of(
                    generation,
                    self.served.clone(),
                    served(catalog),
                    services.remotes(),
                ));
                *latest = Some(made.clone());
                made
            }
        }
    }
}

impl Published {
    fn of(
        generation: (u64, u64),
        served: Arc<Served>,
        custom: Vec<(Arc<Known>, usize)>,
        remotes: Vec<Arc<ApiService>>,
    ) -> Self {
        let mut groups = discovery::builtin(&served);
        groups.push(node_metrics::group());
        let names: HashSet<&str> = custom.iter().map(|one| row(one).group).collect();
        for one in &custom {
            add(&mut groups, row(one));
        }
        for group in &mut groups {
            if names.contains(group.name.as_str()) {
                group
                    .versions
                    .sort_by(|a, b| discovery::compare_versions(&b.name, &a.name));
            }
        }
        for service in &remotes {
            add_remote(&mut groups, service);
        }
        order(&mut groups, &remotes);
        Self {
            generation,
            served,
            groups,
            custom,
            remotes,
            v2_json: OnceLock::new(),
            v2_protobuf: OnceLock::new(),
            v3_index: OnceLock::new(),
        }
    }

    /// The OpenAPI document of version 2, as JSON or in gnostic's form.
    pub fn v2(&self, protobuf: bool) -> Bytes {
        let slot = if protobuf {
            &self.v2_protobuf
        } else {
            &self.v2_json
        };
        let made = slot.get_or_init(|| {
            let mut document = openapi::v2(&self.served, &self.schemas(|_| true));
            for service in &self.remotes {
                let remote = service.remote.as_ref();
                if let Some(told) = remote.and_then(|remote| remote.documents.openapi_v2.as_ref()) {
                    openapi::merge_v2(&mut document, told, &service.path());
                }
            }
            match protobuf {
                true => openapi::v2_protobuf(&document).into(),
                false => document.to_string().into(),
            }
        });
        made.clone()
    }

    /// The index of the documents of version 3. The hash of a document with custom resources is that of what its
    /// definitions are: their identity and how often they were changed. Of a version that is served in part, it is that
    /// of the whole one with what is left out.
    pub fn v3_index(&self) -> &Value {
        self.v3_index.get_or_init(|| {
            let mut index = openapi::v3_index().clone();
            let mut said: BTreeMap<(&str, &str), String> = BTreeMap::new();
            for (group, versions) in kinds::groups() {
                for version in versions {
                    let off: Vec<&str> = self.served.off(group, version).collect();
                    if !off.is_empty() {
                        let text = format!("without {} ", off.join(" "));
                        said.insert((*group, *version), text);
                    }
                }
            }
            for one in &self.custom {
                let (row, object) = (row(one), &one.0.object);
                let text = said.entry((row.group, row.version)).or_default();
                let (uid, generation) = (meta::uid(object), meta::generation(object));
                text.push_str(&format!(
                    "{uid}/{generation}/{} ",
                    object["status"]["acceptedNames"]
                ));
            }
            for ((group, version), text) in said {
                let path = match group {
                    "" => format!("api/{version}"),
                    group => format!("apis/{group}/{version}"),
                };
                let own = self.groups.iter().find(|known| known.name == group);
                let mut versions = own.into_iter().flat_map(|group| &group.versions);
                if !versions.any(|known| known.name == version) {
                    // Nothing of it is served.
                    if let Some(paths) = index["paths"].as_object_mut() {
                        paths.shift_remove(&path);
                        if own.is_none() {
                            paths.shift_remove(&format!("apis/{group}"));
                        }
                    }
                    continue;
                }
                let before = index["paths"][&path]["serverRelativeURL"].to_string();
                let hash = hash(format!("{before}{text}").as_bytes());
                let url = format!("/openapi/v3/{path}?hash={hash}");
                index["paths"][&path] = json!({"serverRelativeURL": url});
            }
            for service in &self.remotes {
                let remote = service.remote.as_ref();
                if let Some(url) = remote.and_then(|remote| remote.documents.openapi_v3.as_ref()) {
                    let path = service.path();
                    index["paths"][path.trim_start_matches('/')] =
                        json!({"serverRelativeURL": url});
                }
            }
            if let Some(paths) = index["paths"].as_object_mut() {
                paths.sort_keys();
            }
            index
        })
    }

    /// The document of a group and version.
    pub fn v3(&self, group: &str, version: &str) -> Option<Value> {
        let own = |row: &Kind| row.group == group && row.version == version;
        openapi::v3_with(&self.served, group, version, &self.schemas(own))
    }

    /// The document of what belongs to no version, such as `apis/batch`.
    pub fn v3_apart(&self, address: &str) -> Option<Value> {
        openapi::v3_apart(&self.served, address)
    }

    fn schemas(&self, wanted: impl Fn(&Kind) -> bool) -> Vec<openapi::Custom<'_>> {
        let wanted = self.custom.iter().filter(|one| wanted(row(one)));
        wanted
            .map(|one| openapi::Custom {
                kind: row(one),
                schema: &one.0.object["spec"]["versions"][one.1]["schema"]["openAPIV3Schema"],
            })
            .collect()
    }
}

/// All versions of custom resources that are served, in the order of group and plural.
fn served(catalog: &Catalog) -> Vec<(Arc<Known>, usize)> {
    let mut all = Vec::new();
    for known in catalog.all() {
        let definition = &known.definition;
        for (index, version) in definition.versions.iter().enumerate() {
            let own = is_builtin(version.kind.group, version.kind.plural);
            if definition.established && version.served && !own {
                all.push((known.clone(), index));
            }
        }
    }
    all.sort_by_key(|one| (row(one).group, row(one).plural));
    all
}

fn row((known, version): &(Arc<Known>, usize)) -> &'static Kind {
    known.definition.versions[*version].kind
}

/// The hash of a document, in upper case as upstream prints it.
pub fn hash(bytes: &[u8]) -> String {
    let digest = Sha512::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn add(groups: &mut Vec<Group>, row: &Kind) {
    let at = groups.iter().position(|group| group.name == row.group);
    let group = match at {
        Some(index) => &mut groups[index],
        None => {
            groups.push(Group {
                name: row.group.to_owned(),
                versions: Vec::new(),
            });
            let last = groups.len() - 1;
            &mut groups[last]
        }
    };
    let resource = Resource::from(row);
    match group
        .versions
        .iter_mut()
        .find(|version| version.name == row.version)
    {
        Some(version) => version.resources.push(resource),
        None => group.versions.push(Version {
            name: row.version.to_owned(),
            resources: vec![resource],
            remote: None,
        }),
    }
}

/// The version that another server answers for, in place of what this one would have answered.
fn add_remote(groups: &mut Vec<Group>, service: &ApiService) {
    let Some(remote) = &service.remote else {
        return;
    };
    let version = Version {
        name: service.version.clone(),
        resources: Vec::new(),
        remote: Some(remote.documents.version(&service.version, remote.available)),
    };
    let at = groups.iter().position(|group| group.name == service.group);
    let Some(group) = at.map(|at| &mut groups[at]) else {
        groups.push(Group {
            name: service.group.clone(),
            versions: vec![version],
        });
        return;
    };
    let mut known = group.versions.iter_mut();
    match known.find(|known| known.name == version.name) {
        Some(known) => *known = version,
        None => group.versions.push(version),
    }
}

/// Groups by the highest priority of their API services, and the versions of those that other servers answer for by
/// theirs, as kube-aggregator orders them. The server's own groups keep the order of the table of kinds.
fn order(groups: &mut [Group], remotes: &[Arc<ApiService>]) {
    groups.sort_by_key(|group| {
        let own = match group.name.as_str() {
            aggregation::GROUP => i64::MAX,
            name => aggregation::of_group(name).unwrap_or(0),
        };
        let local = group
            .versions
            .iter()
            .any(|version| version.remote.is_none());
        let own = if local { own.max(CUSTOM.0) } else { 0 };
        let remote = of_group(remotes, &group.name).map(|service| service.group_priority);
        Reverse(own.max(remote.max().unwrap_or(0)))
    });
    for group in groups {
        let of: Vec<_> = of_group(remotes, &group.name).collect();
        let priority = |name: &str| {
            let remote = of.iter().find(|service| service.version == name);
            remote.map_or(CUSTOM.1, |service| service.version_priority)
        };
        if !of.is_empty() {
            group.versions.sort_by(|a, b| {
                priority(&b.name)
                    .cmp(&priority(&a.name))
                    .then_with(|| discovery::compare_versions(&b.name, &a.name))
            });
        }
    }
}

fn of_group<'a>(
    remotes: &'a [Arc<ApiService>],
    group: &'a str,
) -> impl Iterator<Item = &'a Arc<ApiService>> {
    remotes.iter().filter(move |service| service.group == group)
}

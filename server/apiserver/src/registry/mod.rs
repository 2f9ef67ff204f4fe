//! Objects by kind: where they are kept, and what is particular to a kind. The order of a verb is in [`store`].

mod api_services;
mod claims;
mod csr;
mod custom;
mod daemon_sets;
mod definitions;
mod derived;
mod devices;
pub mod facts;
pub mod generation;
mod jobs;
mod label_keys;
mod limit_ranges;
mod namespaces;
mod nodes;
pub mod pods;
pub mod privileged;
mod service_accounts;
mod services;
mod slices;
pub mod store;
pub mod strategy;
mod volumes;

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Arc, OnceLock};

use foldhash::fast::RandomState;
use knarr_api::kinds::{self, Kind};
use knarr_api::status::{Status, StatusCause};
use knarr_api::{json, meta};
use knarr_storage::{At, Attributes, Entry, Figures, ListRequest, Store, WatchCache, cache};
use parking_lot::RwLock;
use serde_json::Value;

pub use derived::Derived;
pub use strategy::Strategy;

/// The kinds with a strategy of their own, by group and plural; the others have [`strategy::Plain`].
pub const STRATEGIES: &[(&str, &str, &dyn Strategy)] = &[
    ("", "limitranges", &limit_ranges::LimitRanges),
    ("", "namespaces", &namespaces::Namespaces),
    ("", "nodes", &nodes::Nodes),
    ("", "persistentvolumeclaims", &claims::Claims),
    ("", "persistentvolumes", &volumes::Volumes),
    ("", "pods", &pods::Pods),
    ("", "serviceaccounts", &service_accounts::ServiceAccounts),
    ("", "services", &services::Services),
    (
        "apiextensions.k8s.io",
        "customresourcedefinitions",
        &definitions::Definitions,
    ),
    (
        "apiregistration.k8s.io",
        "apiservices",
        &api_services::ApiServices,
    ),
    ("apps", "daemonsets", &daemon_sets::DaemonSets),
    ("batch", "jobs", &jobs::Jobs),
    (
        "certificates.k8s.io",
        "certificatesigningrequests",
        &csr::SigningRequests,
    ),
    (
        "certificates.k8s.io",
        "podcertificaterequests",
        &csr::PodRequests,
    ),
    (
        "discovery.k8s.io",
        "endpointslices",
        &slices::EndpointSlices,
    ),
    ("resource.k8s.io", "devicetaintrules", &devices::Tainted),
    ("resource.k8s.io", "resourceclaims", &devices::Claims),
    ("resource.k8s.io", "resourceslices", &devices::Tainted),
];

/// The strategy of a stored kind.
pub fn strategy(kind: &Kind) -> &'static dyn Strategy {
    if kind.custom {
        return &custom::CustomResources;
    }
    STRATEGIES
        .iter()
        .find(|(group, plural, _)| *group == kind.group && *plural == kind.plural)
        .map_or(&strategy::Plain, |(_, _, strategy)| *strategy)
}

/// The watch caches of all kinds. A cache starts with the first request for its kind.
pub struct Registry {
    store: Arc<dyn Store>,
    caches: HashMap<&'static str, OnceLock<WatchCache>, RandomState>,
    /// Those of custom resources, by storage prefix.
    custom: RwLock<HashMap<&'static str, CustomCache>>,
}

/// The cache of a custom resource; the fields that its objects can be selected by are those of all its versions.
#[derive(Default)]
struct CustomCache {
    fields: &'static [&'static str],
    cache: Option<WatchCache>,
}

impl Registry {
    /// A registry with a slot for every storage prefix.
    pub fn new(store: Arc<dyn Store>) -> Self {
        let caches = kinds::storage_versions()
            .map(|kind| (kind.storage_prefix, OnceLock::new()))
            .collect();
        Self {
            store,
            caches,
            custom: RwLock::default(),
        }
    }

    /// The cache that holds a kind, in whichever version it was asked for.
    pub fn cache(&self, kind: &'static Kind) -> WatchCache {
        if kind.custom {
            return self.custom_cache(kind);
        }
        self.built_in_cache(kind).clone()
    }

    fn built_in_cache(&self, kind: &'static Kind) -> &WatchCache {
        let stored = kinds::stored(kind);
        let slot = &self.caches[stored.storage_prefix];
        slot.get_or_init(|| self.start_cache(stored, stored.selectable_fields))
    }

    /// How many objects there are of a resource, as far as somebody has asked for it before.
    pub fn size(&self, group: &str, version: &str, plural: &str) -> usize {
        if let Some(kind) = kinds::find(group, version, plural) {
            return self.count(kinds::stored(kind)).unwrap_or(0);
        }
        let custom = self.custom.read();
        let slot = custom.get(format!("{group}/{plural}").as_str());
        let cache = slot.and_then(|slot| slot.cache.as_ref());
        cache.map_or(0, WatchCache::len)
    }

    /// How many objects of a kind there are; `None` when nobody has asked for any yet.
    pub fn count(&self, kind: &Kind) -> Option<usize> {
        let slot = self.caches.get(kind.storage_prefix)?;
        slot.get().map(WatchCache::len)
    }

    /// The caches that somebody has asked for: of which resource, and what has happened in them.
    pub fn figures(&self) -> Vec<(String, String, Figures)> {
        let built_in = kinds::storage_versions().filter_map(|kind| {
            let cache = self.caches.get(kind.storage_prefix)?.get()?;
            Some((
                kind.group.to_owned(),
                kind.plural.to_owned(),
                cache.figures(),
            ))
        });
        let custom = self.custom.read();
        let custom = custom.iter().filter_map(|(prefix, slot)| {
            let (group, plural) = prefix.split_once('/')?;
            let figures = slot.cache.as_ref()?.figures();
            Some((group.to_owned(), plural.to_owned(), figures))
        });
        built_in.chain(custom).collect()
    }

    /// Says by which fields the objects of a custom resource can be selected. A cache that knows others ends.
    pub fn define(&self, kind: &'static Kind, fields: &'static [&'static str]) {
        let mut custom = self.custom.write();
        let slot = custom.entry(kind.storage_prefix).or_default();
        if slot.fields != fields {
            *slot = CustomCache {
                fields,
                cache: None,
            };
        }
    }

    /// Ends the cache of a custom resource whose definition is gone.
    pub fn forget(&self, kind: &Kind) {
        self.custom.write().remove(kind.storage_prefix);
    }

    fn custom_cache(&self, kind: &'static Kind) -> WatchCache {
        let known =
            |custom: &HashMap<&str, CustomCache>| custom.get(kind.storage_prefix)?.cache.clone();
        if let Some(cache) = known(&self.custom.read()) {
            return cache;
        }
        let mut custom = self.custom.write();
        let slot = custom.entry(kind.storage_prefix).or_default();
        let fields = slot.fields;
        slot.cache
            .get_or_insert_with(|| self.start_cache(kind, fields))
            .clone()
    }

    fn start_cache(&self, kind: &'static Kind, fields: &'static [&'static str]) -> WatchCache {
        let attributes = Arc::new(move |object: &Value| attributes(kind, fields, object));
        WatchCache::new(self.store.clone(), &Self::prefix(kind, ""), attributes)
    }

    /// `/registry/pods/` or `/registry/pods/NAMESPACE/`.
    pub fn prefix(kind: &Kind, namespace: &str) -> String {
        let prefix = kind.storage_prefix;
        if namespace.is_empty() || !kind.namespaced {
            format!("/registry/{prefix}/")
        } else {
            format!("/registry/{prefix}/{namespace}/")
        }
    }

    /// The full key of an object.
    pub fn key(kind: &Kind, namespace: &str, name: &str) -> String {
        let mut key = Self::prefix(kind, namespace);
        key.push_str(name);
        key
    }

    /// The entry of an object; `Ok(None)` when there is none. A name that no key can have has no object.
    pub async fn entry(
        &self,
        kind: &'static Kind,
        namespace: &str,
        name: &str,
        at: At,
    ) -> Result<Option<Arc<Entry>>, Status> {
        if name.is_empty() || name.contains('/') || name.contains('\0') {
            return Ok(None);
        }
        self.cache(kind)
            .get(&Self::key(kind, namespace, name), at)
            .await
            .map_err(|error| storage_error(kind, name, error))
    }

    /// The decoded object, or 404.
    pub async fn get(
        &self,
        kind: &'static Kind,
        namespace: &str,
        name: &str,
        at: At,
    ) -> Result<Value, Status> {
        let entry = self.entry(kind, namespace, name, at).await?;
        let entry = entry.ok_or_else(|| Status::not_found(kind.group, kind.plural, name))?;
        decode(&entry)
    }

    /// The decoded objects of a namespace; of all namespaces when it is empty.
    pub async fn list(
        &self,
        kind: &'static Kind,
        namespace: &str,
        at: At,
    ) -> Result<Vec<Value>, Status> {
        let cache = self.cache(kind);
        let list = cache.list(ListRequest {
            prefix: Self::prefix(kind, namespace),
            at,
            ..ListRequest::default()
        });
        let list = list.await.map_err(|error| storage_error(kind, "", error))?;
        list.entries.iter().map(|entry| decode(entry)).collect()
    }

    /// The decoded object of a kind that is named by group and plural; `Ok(None)` when there is none.
    pub async fn find(
        &self,
        kind: &'static Kind,
        namespace: &str,
        name: &str,
        at: At,
    ) -> Result<Option<Value>, Status> {
        let entry = self.entry(kind, namespace, name, at).await?;
        entry.map(|entry| decode(&entry)).transpose()
    }
}

/// The object of an entry, with its resource version.
pub fn decode(entry: &Entry) -> Result<Value, Status> {
    serde_json::from_slice(&entry.object)
        .map_err(|error| Status::internal(format!("{}: {error}", entry.key)))
}

/// A row of the table that the code relies on.
pub fn known(group: &str, version: &str, plural: &str) -> &'static Kind {
    kinds::find(group, version, plural)
        .expect("the table of kinds has the kinds that the code names")
}

/// What selectors see of an object.
fn attributes(kind: &'static Kind, fields: &'static [&'static str], object: &Value) -> Attributes {
    let labels = meta::labels(object).into_iter().flatten();
    let own = fields.iter();
    let metadata: &[&str] = if kind.namespaced {
        &["metadata.name", "metadata.namespace"]
    } else {
        &["metadata.name"]
    };
    Attributes {
        labels: labels
            .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
            .collect(),
        fields: metadata
            .iter()
            .chain(own)
            .filter_map(|field| {
                let value = match kind.custom {
                    true => kinds::field_value(object, field).unwrap_or_default(),
                    false => kind.selectable_value(object, field)?,
                };
                Some((*field, value.into_owned()))
            })
            .collect(),
    }
}

/// 504 for a revision that is still to come. Clients know it by its cause, and list anew.
fn too_new(why: impl Display) -> Status {
    let mut status = Status::timeout(why, 1);
    if let Some(details) = &mut status.details {
        details.causes.push(StatusCause {
            reason: "ResourceVersionTooLarge".to_owned(),
            message: "Too large resource version".to_owned(),
            field: String::new(),
        });
    }
    status
}

/// What the cache's errors mean to a client.
pub fn storage_error(kind: &Kind, name: &str, error: cache::Error) -> Status {
    use knarr_storage::Error as Store;
    match error {
        cache::Error::Store(error) => match error {
            Store::Conflict { .. } => Status::modified(kind.group, kind.plural, name),
            Store::NotFound(_) => Status::not_found(kind.group, kind.plural, name),
            Store::Compacted {
                requested,
                compacted,
            } => Status::expired(format!(
                "too old resource version: {requested} ({compacted})"
            )),
            Store::Future { requested, current } => too_new(format!(
                "Too large resource version: {requested}, current: {current}"
            )),
            Store::TooLarge { size } => Status::too_large(format!(
                "limit is {}, the object has {size} bytes",
                store::MAX_OBJECT_BYTES
            )),
            Store::InvalidKey { why, .. } => {
                Status::bad_request(format!("invalid name {name:?}: {why}"))
            }
            other => Status::internal(other),
        },
        cache::Error::Expired { requested, oldest } => {
            Status::expired(format!("too old resource version: {requested} ({oldest})"))
        }
        error @ cache::Error::TooLargeRevision { .. } => too_new(error),
        error @ cache::Error::Undecodable { .. } => Status::internal(error),
        cache::Error::TooDeep => Status {
            code: 500,
            reason: "".into(),
            message: json::TOO_DEEP.to_owned(),
            details: None,
        },
    }
}

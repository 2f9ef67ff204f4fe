//! Shared informers: one watch per kind and process, decoded once, read by every controller. An informer holds nothing
//! that the API server does not say; a controller that acts on it must bear that it lags behind.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use futures::StreamExt;
use kube::{Client, Resource, ResourceExt};
use parking_lot::RwLock;
use tokio::sync::watch;

use crate::api::Api;
use crate::object::Object;
use crate::watcher::{self, watcher};

/// What tells an object of a kind from the others: its namespace (empty for cluster-scoped kinds) and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub namespace: String,
    pub name: String,
}

impl Key {
    pub fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    pub fn of<K: Resource>(object: &K) -> Self {
        Self {
            namespace: object.namespace().unwrap_or_default(),
            name: object.name_any(),
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.namespace.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{}/{}", self.namespace, self.name)
        }
    }
}

/// A change as handlers see it: the state before and after; one of them is missing when the object came or went.
pub struct Change<'a, K> {
    pub old: Option<&'a Arc<K>>,
    pub new: Option<&'a Arc<K>>,
}

impl<K> Change<'_, K> {
    /// The newest state that is known, the last one for an object that is gone.
    pub fn latest(&self) -> Option<&Arc<K>> {
        self.new.or(self.old)
    }
}

type Handler<K> = Box<dyn Fn(Change<'_, K>) + Send + Sync>;

/// All objects of a kind.
pub struct Informer<K> {
    objects: RwLock<Objects<K>>,
    handlers: RwLock<Vec<Handler<K>>>,
    synced: watch::Sender<bool>,
    /// Grows with every change.
    version: watch::Sender<u64>,
}

struct Objects<K> {
    by_namespace: BTreeMap<String, BTreeMap<String, Arc<K>>>,
    /// By the uid of the controlling owner.
    by_controller: HashMap<String, HashSet<Key>>,
}

impl<K> Default for Informer<K> {
    fn default() -> Self {
        let objects = Objects {
            by_namespace: BTreeMap::new(),
            by_controller: HashMap::new(),
        };
        Self {
            objects: RwLock::new(objects),
            handlers: RwLock::default(),
            synced: watch::Sender::new(false),
            version: watch::Sender::new(0),
        }
    }
}

impl<K: Object> Informer<K> {
    /// Calls `handler` on what is there already, and on every change from now on. Handlers run on the watch's own task:
    /// they only note what is to be looked at, and may be told of an object twice.
    pub fn on_change(&self, handler: impl Fn(Change<'_, K>) + Send + Sync + 'static) {
        let mut handlers = self.handlers.write();
        // The first listing may have come before the controller: inside one process it takes a millisecond.
        for object in self.all() {
            handler(Change {
                old: None,
                new: Some(&object),
            });
        }
        handlers.push(Box::new(handler));
    }

    pub fn get(&self, key: &Key) -> Option<Arc<K>> {
        self.objects
            .read()
            .by_namespace
            .get(&key.namespace)?
            .get(&key.name)
            .cloned()
    }

    /// All objects of a namespace, by name.
    pub fn in_namespace(&self, namespace: &str) -> Vec<Arc<K>> {
        let objects = self.objects.read();
        objects
            .by_namespace
            .get(namespace)
            .map(|objects| objects.values().cloned().collect())
            .unwrap_or_default()
    }

    /// All objects, by namespace and name.
    pub fn all(&self) -> Vec<Arc<K>> {
        self.objects
            .read()
            .by_namespace
            .values()
            .flat_map(BTreeMap::values)
            .cloned()
            .collect()
    }

    /// The objects whose controlling owner has this uid.
    pub fn controlled_by(&self, uid: &str) -> Vec<Arc<K>> {
        let objects = self.objects.read();
        let keys = objects.by_controller.get(uid).into_iter().flatten();
        keys.filter_map(|key| {
            objects
                .by_namespace
                .get(&key.namespace)?
                .get(&key.name)
                .cloned()
        })
        .collect()
    }

    /// Waits until the first listing is complete.
    pub async fn synced(&self) {
        // The sender lives as long as self, so that waiting can't fail.
        let _ = self.synced.subscribe().wait_for(|synced| *synced).await;
    }

    /// Waits for the next change after this call.
    pub fn changed(&self) -> impl Future<Output = ()> + use<K> {
        let mut version = self.version.subscribe();
        async move { drop(version.changed().await) }
    }

    /// Follows the API server for ever.
    pub async fn run(&self, client: Client, config: watcher::Config) {
        let mut events = watcher(Api::<K>::all(client), config);
        let mut listed = HashSet::new();
        while let Some(event) = events.next().await {
            match event {
                Ok(watcher::Event::Init) => listed.clear(),
                Ok(watcher::Event::InitApply(object)) => {
                    listed.insert(Key::of(&*object));
                    self.put(object);
                }
                Ok(watcher::Event::InitDone) => {
                    self.retain(&std::mem::take(&mut listed));
                    self.synced.send_replace(true);
                }
                Ok(watcher::Event::Apply(object)) => self.put(object),
                Ok(watcher::Event::Delete(object)) => {
                    self.remove(&Key::of(&*object), Some(object));
                }
                // It is logged, and the watcher goes on.
                Err(_) => {}
            }
        }
    }

    /// Takes over an object's newer state.
    pub fn set(&self, mut object: K) {
        // Nobody here looks at managed fields, and they are the larger half of most objects.
        object.meta_mut().managed_fields = None;
        self.put(Arc::new(object));
    }

    fn put(&self, object: Arc<K>) {
        let key = Key::of(&*object);
        let old = {
            let mut objects = self.objects.write();
            let namespace = objects
                .by_namespace
                .entry(key.namespace.clone())
                .or_default();
            let old = namespace.insert(key.name.clone(), object.clone());
            objects.index(&key, old.as_deref(), Some(&object));
            old
        };
        let (known, new) = (old.as_ref(), Some(&object));
        match known {
            Some(old) if old.resource_version() == object.resource_version() => {}
            // Another object of the same name, as it can come in a listing.
            Some(old) if old.uid() != object.uid() => {
                self.tell(Change {
                    old: known,
                    new: None,
                });
                self.tell(Change { old: None, new });
            }
            _ => self.tell(Change { old: known, new }),
        }
    }

    /// Forgets an object; handlers see its last state.
    pub fn remove(&self, key: &Key, last: Option<Arc<K>>) {
        let old = {
            let mut objects = self.objects.write();
            let Some(namespace) = objects.by_namespace.get_mut(&key.namespace) else {
                return;
            };
            let old = namespace.remove(&key.name);
            if namespace.is_empty() {
                objects.by_namespace.remove(&key.namespace);
            }
            objects.index(key, old.as_deref(), None);
            old
        };
        if let Some(old) = last.or(old) {
            self.tell(Change {
                old: Some(&old),
                new: None,
            });
        }
    }

    fn retain(&self, listed: &HashSet<Key>) {
        let gone: Vec<Key> = {
            let objects = self.objects.read();
            let known = objects
                .by_namespace
                .values()
                .flat_map(BTreeMap::values)
                .map(|object| Key::of(&**object));
            known.filter(|key| !listed.contains(key)).collect()
        };
        for key in gone {
            self.remove(&key, None);
        }
    }

    fn tell(&self, change: Change<'_, K>) {
        self.version.send_modify(|version| *version += 1);
        for handler in self.handlers.read().iter() {
            handler(Change {
                old: change.old,
                new: change.new,
            });
        }
    }
}

impl<K: Resource> Objects<K> {
    fn index(&mut self, key: &Key, old: Option<&K>, new: Option<&K>) {
        let (old, new) = (old.and_then(controller_uid), new.and_then(controller_uid));
        if old == new {
            return;
        }
        if let Some(old) = old
            && let Some(keys) = self.by_controller.get_mut(old)
        {
            keys.remove(key);
            if keys.is_empty() {
                self.by_controller.remove(old);
            }
        }
        if let Some(new) = new {
            self.by_controller
                .entry(new.to_owned())
                .or_default()
                .insert(key.clone());
        }
    }
}

/// The uid of the owner that controls the object, of which there is at most one.
pub fn controller_uid<K: Resource>(object: &K) -> Option<&str> {
    let owners = object
        .meta()
        .owner_references
        .as_deref()
        .unwrap_or_default();
    owners
        .iter()
        .find(|owner| owner.controller == Some(true))
        .map(|owner| owner.uid.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::Pod;
    use parking_lot::Mutex;
    use serde_json::json;

    fn pod(name: &str, version: &str, owner: Option<&str>) -> Pod {
        let owners = owner.map(|uid| json!([{ "apiVersion": "v1", "kind": "X", "name": "x", "uid": uid, "controller": true }]));
        let metadata = json!({ "name": name, "namespace": "n", "resourceVersion": version, "ownerReferences": owners });
        serde_json::from_value(json!({ "metadata": metadata })).unwrap()
    }

    #[test]
    fn objects_are_found_by_key_namespace_and_controller() {
        let informer = Informer::<Pod>::default();
        informer.set(pod("a", "1", Some("u")));
        informer.set(pod("b", "2", None));
        assert_eq!(informer.in_namespace("n").len(), 2);
        assert_eq!(informer.controlled_by("u").len(), 1);
        informer.set(pod("a", "3", None));
        informer.set(pod("b", "4", Some("u")));
        assert_eq!(informer.controlled_by("u")[0].name_any(), "b");
        informer.remove(&Key::new("n", "b"), None);
        assert!(informer.controlled_by("u").is_empty());
        assert!(informer.get(&Key::new("n", "b")).is_none());
    }

    #[test]
    fn handlers_see_changes_and_not_what_stayed_as_it_was() {
        let (informer, seen) = (Informer::<Pod>::default(), Arc::new(Mutex::new(Vec::new())));
        let log = seen.clone();
        informer.on_change(move |change: Change<'_, Pod>| {
            log.lock()
                .push((change.old.is_some(), change.new.is_some()))
        });
        informer.set(pod("a", "1", None));
        informer.set(pod("a", "1", None));
        informer.set(pod("a", "2", None));
        informer.set(pod("a", "3", None));
        let mut another = pod("a", "4", None);
        another.metadata.uid = Some("u".to_owned());
        informer.set(another);
        informer.retain(&HashSet::new());
        let (came, changed, went) = ((false, true), (true, true), (true, false));
        assert_eq!(*seen.lock(), [came, changed, changed, went, came, went]);
    }
}

//! The definitions of this moment. A follower of the watch keeps them current; a request that finds another revision
//! in the watch cache reads it itself, so that what a client was told is established is served.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use knarr_api::crd::Definition;
use knarr_api::kinds;
use knarr_api::kinds::intern::Interner;
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::At;
use parking_lot::{Mutex, RwLock};
use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::metrics::Metrics;
use super::{Custom, definitions};
use crate::registry::{self, Registry};

/// A definition at one revision.
#[derive(Debug)]
pub struct Known {
    pub definition: Definition,
    /// As it is stored.
    pub object: Value,
    revision: AtomicU64,
    /// Ends the watches that were opened under this definition: clients list again, under the new one.
    pub ended: CancellationToken,
}

/// All definitions by name.
pub struct Catalog {
    pub metrics: Metrics,
    interner: Mutex<Interner>,
    known: RwLock<BTreeMap<String, Arc<Known>>>,
    generation: AtomicU64,
    grown: Notify,
    /// The definitions that the controller is to look at.
    changed: Mutex<BTreeSet<String>>,
    wake: Notify,
}

impl Catalog {
    /// One without any definition.
    pub fn new(metrics: &knarr_component::metrics::Registry) -> Self {
        Self {
            metrics: Metrics::new(metrics),
            interner: Mutex::default(),
            known: RwLock::default(),
            generation: AtomicU64::default(),
            grown: Notify::default(),
            changed: Mutex::default(),
            wake: Notify::default(),
        }
    }

    /// The kind that a path names, if a definition serves it.
    pub async fn find(
        &self,
        registry: &Registry,
        group: &str,
        version: &str,
        plural: &str,
    ) -> Result<Option<Custom>, Status> {
        if !group.contains('.') || is_builtin(group, plural) {
            return Ok(None);
        }
        let name = format!("{plural}.{group}");
        let Some(entry) = registry.entry(definitions(), "", &name, At::Any).await? else {
            return Ok(None);
        };
        let fresh = self
            .get(&name)
            .filter(|known| known.revision.load(Ordering::Acquire) >= entry.revision);
        let known = match fresh {
            Some(known) => Some(known),
            None => {
                self.put(registry, registry::decode(&entry)?);
                self.get(&name)
            }
        };
        Ok(known.and_then(|known| Custom::of(known, version)))
    }

    /// A definition by its name.
    pub fn get(&self, name: &str) -> Option<Arc<Known>> {
        self.known.read().get(name).cloned()
    }

    /// All definitions, in the order of their names.
    pub fn all(&self) -> Vec<Arc<Known>> {
        self.known.read().values().cloned().collect()
    }

    /// Grows with every change of what is served.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    fn grow(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.grown.notify_one();
    }

    /// Returns when what is served has changed since it last did.
    pub async fn changed(&self) {
        self.grown.notified().await;
    }

    /// Takes in a definition. Watches of its objects end when it says something else than before.
    pub fn put(&self, registry: &Registry, object: Value) {
        let revision = meta::resource_version(&object).parse().unwrap_or(0);
        let name = meta::name(&object).to_owned();
        let mut known = self.known.write();
        let before = known.get(&name);
        if let Some(before) = before {
            if before.revision.load(Ordering::Acquire) >= revision {
                return;
            }
            if same(&before.object, &object) {
                before.revision.store(revision, Ordering::Release);
                self.look_again(&name);
                return;
            }
        }
        let start = Instant::now();
        let read = Definition::read(&object, &mut self.interner.lock());
        self.metrics.compiled(start.elapsed());
        let definition = match read {
            Ok(definition) => definition,
            Err(error) => {
                tracing::warn!(%error, name, "a definition is not served");
                return;
            }
        };
        let ended = match before {
            Some(before) if says_the_same(&before.object, &object) => before.ended.clone(),
            Some(before) => {
                before.ended.cancel();
                CancellationToken::new()
            }
            None => CancellationToken::new(),
        };
        if let Some(stored) = definition.stored() {
            registry.define(stored.kind, definition.stored_fields);
        }
        let current = Known {
            definition,
            object,
            revision: AtomicU64::new(revision),
            ended,
        };
        known.insert(name.clone(), Arc::new(current));
        self.grow();
        self.look_again(&name);
    }

    /// Has the controller look at a definition.
    pub fn look_again(&self, name: &str) {
        self.changed.lock().insert(name.to_owned());
        self.wake.notify_one();
    }

    /// The name of the next definition to look at.
    pub async fn next_changed(&self) -> String {
        loop {
            if let Some(name) = self.changed.lock().pop_first() {
                return name;
            }
            self.wake.notified().await;
        }
    }

    /// Forgets a definition, unless another one has its name by now.
    pub fn remove(&self, registry: &Registry, name: &str, uid: &str) {
        let gone = {
            let mut known = self.known.write();
            let same = known.get(name).is_some_and(|one| one.definition.uid == uid);
            if same { known.remove(name) } else { None }
        };
        let Some(gone) = gone else { return };
        gone.ended.cancel();
        if let Some(stored) = gone.definition.stored() {
            registry.forget(stored.kind);
        }
        // Its names are free for those that it was in the way of.
        for other in self.all() {
            if other.definition.group == gone.definition.group {
                self.look_again(&other.definition.name);
            }
        }
        self.grow();
    }

    /// Forgets everything but what these names say, after a list.
    pub fn retain(&self, registry: &Registry, keep: impl Fn(&str) -> bool) {
        let gone = self
            .all()
            .into_iter()
            .filter(|known| !keep(&known.definition.name));
        for known in gone {
            self.remove(registry, &known.definition.name, &known.definition.uid);
        }
    }
}

/// Whether a resource is one of the server's own: no definition changes it, nor its objects.
pub fn is_builtin(group: &str, plural: &str) -> bool {
    kinds::KINDS
        .iter()
        .any(|kind| kind.group == group && kind.plural == plural)
}

/// Whether nothing that is served differs.
fn same(before: &Value, after: &Value) -> bool {
    let conditions = ["Established", "Terminating"];
    says_the_same(before, after)
        && meta::uid(before) == meta::uid(after)
        && conditions.iter().all(|name| {
            knarr_api::crd::condition(before, name) == knarr_api::crd::condition(after, name)
        })
}

fn says_the_same(before: &Value, after: &Value) -> bool {
    before["spec"] == after["spec"]
        && before["status"]["acceptedNames"] == after["status"]["acceptedNames"]
}

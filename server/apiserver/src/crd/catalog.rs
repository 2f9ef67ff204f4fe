//! The definitions of this moment. A follower of the watch keeps them current; a request that finds another revision
//! in the watch cache reads it itself, so that what a client was told is established is served.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use knarr_api::crd::Definition;
use knarr_api::kinds::Kind;
use knarr_api::kinds::intern::Interner;
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::At;
use parking_lot::{Mutex, RwLock};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

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
#[derive(Debug, Default)]
pub struct Catalog {
    interner: Mutex<Interner>,
    known: RwLock<BTreeMap<String, Arc<Known>>>,
    generation: AtomicU64,
}

impl Catalog {
    /// The kind that a path names, if a definition serves it.
    pub async fn find(
        &self,
        registry: &Registry,
        group: &str,
        version: &str,
        plural: &str,
    ) -> Result<Option<Custom>, Status> {
        if !group.contains('.') {
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
                return;
            }
        }
        let definition = match Definition::read(&object, &mut self.interner.lock()) {
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
        known.insert(name, Arc::new(current));
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Forgets a definition.
    pub fn remove(&self, registry: &Registry, name: &str) {
        let Some(gone) = self.known.write().remove(name) else {
            return;
        };
        gone.ended.cancel();
        if let Some(stored) = gone.definition.stored() {
            registry.forget(stored.kind);
        }
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Forgets everything but what these names say, after a list.
    pub fn retain(&self, registry: &Registry, keep: impl Fn(&str) -> bool) {
        let gone: Vec<String> = self
            .known
            .read()
            .keys()
            .filter(|name| !keep(name))
            .cloned()
            .collect();
        for name in gone {
            self.remove(registry, &name);
        }
    }

    /// The row of the storage version of a plural in a group.
    pub fn stored(&self, name: &str) -> Option<&'static Kind> {
        self.get(name)?
            .definition
            .stored()
            .map(|version| version.kind)
    }
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

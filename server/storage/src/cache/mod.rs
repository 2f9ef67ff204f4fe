//! The watch cache: all objects of one kind in memory, kept current by one watch of the store.
//!
//! What comes from where: the latest state from the map; the recent past, and watches from a revision, from the ring
//! of changes; the older past from the store. To be linearizable a read asks the store for its revision, which for
//! an embedded store is a load from memory, and waits until the cache has applied it. No read of the latest state
//! scans the store.

mod change;
mod entry;
mod fill;
#[cfg(test)]
mod model_tests;
mod request;
mod shared;
mod splice;
mod state;
#[cfg(test)]
mod tests;
mod watchers;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio_util::task::AbortOnDropHandle;

pub use entry::{Attributes, Entry, Pairs};
pub use request::{
    At, Filter, ListRequest, ListResponse, WatchEvent, WatchFrom, WatchRequest, WatchStream,
};
pub use shared::Figures;
use shared::Shared;
use state::passes;

use crate::store::{self, Expected, KeyValue, RangeRequest, Revision, Store};

/// Derives the attributes of an object from its decoded form.
pub type AttributesOf = Arc<dyn Fn(&Value) -> Attributes + Send + Sync>;

/// How long a read waits for a revision that has not been reached: upstream's limit.
const FUTURE_REVISION_TIMEOUT: Duration = Duration::from_secs(3);

/// How many stored objects are looked at in one go for a list of the older past.
const PAST_PAGE: usize = 500;

/// Why the cache could not answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The revision is older than what the cache and the store still have: 410 Gone.
    #[error("too old resource version: {requested} ({oldest})")]
    Expired {
        requested: Revision,
        oldest: Revision,
    },
    /// The revision has not been reached after some seconds of waiting: 504.
    #[error("Too large resource version: {requested}, current: {current}")]
    TooLargeRevision {
        requested: Revision,
        current: Revision,
    },
    /// What is stored under a key is not an object.
    #[error("the value of {key} is not an object: {detail}")]
    Undecodable { key: String, detail: String },
    /// An object whose collections nest so deeply that nobody could read it again.
    #[error("exceeded max depth")]
    TooDeep,
}

/// The result of every operation of the cache.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The cache of one kind of object.
#[derive(Clone)]
pub struct WatchCache {
    store: Arc<dyn Store>,
    shared: Arc<Shared>,
    _task: Arc<AbortOnDropHandle<()>>,
}

impl WatchCache {
    /// A cache of everything under `prefix` (`/registry/pods/`). It starts to fill at once, in a task that ends when
    /// the last clone is dropped.
    pub fn new(store: Arc<dyn Store>, prefix: &str, attributes: AttributesOf) -> Self {
        let shared = Arc::new(Shared::new(prefix, attributes));
        let task = tokio::spawn(fill::run(Arc::clone(&store), Arc::downgrade(&shared)));
        Self {
            store,
            shared,
            _task: Arc::new(AbortOnDropHandle::new(task)),
        }
    }

    /// Waits until the cache has been filled for the first time; fails when that has failed.
    pub async fn ready(&self) -> Result<()> {
        self.shared.ready().await.map(drop)
    }

    /// The number of objects in the cache.
    pub fn len(&self) -> usize {
        self.shared.state.read().len()
    }

    /// Whether the cache holds no object.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A number that is another one when the objects are others than they were. It is to be read before them.
    pub fn generation(&self) -> u64 {
        self.shared.generation()
    }

    /// What has happened so far.
    pub fn figures(&self) -> Figures {
        self.shared.figures()
    }

    /// The number of open watches.
    pub fn watchers(&self) -> usize {
        self.shared.watchers.lock().len()
    }

    /// The object of a full key.
    pub async fn get(&self, key: &str, at: At) -> Result<Option<Arc<Entry>>> {
        self.reach(at).await?;
        let At::Exact(revision) = at else {
            return Ok(self.shared.state.read().get(key).cloned());
        };
        {
            let state = self.shared.state.read();
            if revision >= state.ring.start() {
                return Ok(state.get_at(key, revision).cloned());
            }
        }
        let (found, _) = self.store.get(key, Some(revision)).await.map_err(expired)?;
        found.map(|key_value| self.entry(&key_value)).transpose()
    }

    /// The objects under a prefix.
    pub async fn list(&self, request: ListRequest) -> Result<ListResponse> {
        self.reach(request.at).await?;
        let here = self.list_here(&request);
        match here {
            Ok(response) => Ok(response),
            Err(older) => self.list_past(request, older).await,
        }
    }

    /// A list from memory, or the revision that was asked for if it is older than the ring.
    fn list_here(&self, request: &ListRequest) -> Result<ListResponse, Revision> {
        let state = self.shared.state.read();
        let (page, revision) = match request.at {
            At::Exact(revision) if revision < state.ring.start() => return Err(revision),
            At::Exact(revision) => (state.list_at(request, revision), revision),
            // Under the lock: what is applied only after it belongs to a later revision.
            _ => (state.list(request), self.shared.revision()),
        };
        Ok(ListResponse {
            entries: page.entries,
            revision,
            next: page.next,
            remaining: page.remaining,
        })
    }

    /// A list of a state that is older than the ring.
    async fn list_past(&self, request: ListRequest, revision: Revision) -> Result<ListResponse> {
        let mut response = ListResponse {
            revision,
            ..ListResponse::default()
        };
        let mut range = RangeRequest {
            prefix: request.prefix,
            start_after: request.start_after,
            limit: PAST_PAGE,
            revision: Some(revision),
        };
        loop {
            let page = self.store.range(range.clone()).await.map_err(expired)?;
            range.start_after = page.items.last().map(|last| last.key.clone());
            for item in &page.items {
                let entry = self.entry(item)?;
                if !passes(request.filter.as_ref(), &entry) {
                    continue;
                }
                if request.limit > 0 && response.entries.len() == request.limit {
                    response.next = response.entries.last().map(|last| last.key.to_string());
                    return Ok(response);
                }
                response.entries.push(entry);
            }
            if !page.more {
                return Ok(response);
            }
        }
    }

    /// The changes under a prefix.
    pub async fn watch(&self, request: WatchRequest) -> Result<WatchStream> {
        match request.from {
            WatchFrom::State { at, .. } => self.reach(at).await?,
            // A revision that is still to come is not waited for: the watch hears what comes after it.
            WatchFrom::Revision(_) => self.reach(At::Any).await?,
        }
        self.shared.watch(request)
    }

    /// Creates an object: [`store::Error::Conflict`] if the key exists. `metadata.resourceVersion` is not stored.
    /// The answer is the entry as every reader will see it.
    pub async fn create(
        &self,
        key: &str,
        object: Value,
        ttl: Option<Duration>,
    ) -> Result<Arc<Entry>> {
        self.put(key, object, Expected::Absent, None, ttl).await
    }

    /// Replaces the object `current`: [`store::Error::Conflict`] with the present state (see [`WatchCache::entry`])
    /// if that is another.
    pub async fn update(
        &self,
        current: &Entry,
        object: Value,
        ttl: Option<Duration>,
    ) -> Result<Arc<Entry>> {
        let expected = Expected::Revision(current.revision);
        self.put(
            &current.key,
            object,
            expected,
            Some(current.create_revision),
            ttl,
        )
        .await
    }

    async fn put(
        &self,
        key: &str,
        object: Value,
        expected: Expected,
        create_revision: Option<Revision>,
        ttl: Option<Duration>,
    ) -> Result<Arc<Entry>> {
        let (value, attributes) = self.shared.encode(key, object)?;
        let prepared = self.shared.prepare(key, &value, &attributes);
        let mod_revision = self.store.put(key, value.clone(), expected, ttl).await?;
        prepared.keep();
        let create_revision = create_revision.unwrap_or(mod_revision);
        let key_value = KeyValue {
            key: key.to_owned(),
            value,
            create_revision,
            mod_revision,
        };
        shared::entry(&key_value, attributes).map(Arc::new)
    }

    /// Whether a write that changes nothing is to be carried out, because the object is to be stored in another form.
    pub async fn is_stale(&self, key: &str) -> Result<bool> {
        Ok(self.store.is_stale(key).await?)
    }

    /// Deletes an object of which `expected` is the revision (any, if none), and answers its last state with the
    /// deletion's revision.
    pub async fn delete(&self, key: &str, expected: Option<Revision>) -> Result<Arc<Entry>> {
        let expected = expected.map_or(Expected::Any, Expected::Revision);
        let known = self.shared.state.read().get(key).cloned();
        let (last, revision) = self.store.delete(key, expected).await?;
        let known = known.filter(|known| known.revision == last.mod_revision);
        let deleted = KeyValue {
            mod_revision: revision,
            ..last
        };
        match known {
            Some(known) => shared::entry(&deleted, Arc::clone(&known.attributes)).map(Arc::new),
            None => self.entry(&deleted),
        }
    }

    /// The entry of a stored value, as a conflict brings it.
    pub fn entry(&self, key_value: &KeyValue) -> Result<Arc<Entry>> {
        self.shared.decode(key_value).map(Arc::new)
    }

    /// Waits until the cache can answer for the state that is asked for.
    async fn reach(&self, at: At) -> Result<()> {
        self.ready().await?;
        let wanted = match at {
            At::Any => return Ok(()),
            At::Current => return self.catch_up().await.map(drop),
            At::NotOlderThan(revision) | At::Exact(revision) => revision,
        };
        if self.shared.revision() >= wanted || self.catch_up().await? >= wanted {
            return Ok(());
        }
        // Another server of the same store may have handed out a revision that has not come to us.
        let reached =
            tokio::time::timeout(FUTURE_REVISION_TIMEOUT, self.shared.wait_applied(wanted)).await;
        if reached.is_ok() || self.catch_up().await? >= wanted {
            return Ok(());
        }
        Err(Error::TooLargeRevision {
            requested: wanted,
            current: self.shared.revision(),
        })
    }

    /// Waits until the cache holds everything that was written before this call.
    async fn catch_up(&self) -> Result<Revision> {
        let current = self.store.current_revision().await?;
        if self.shared.revision() < current {
            self.shared.wait_position().await?;
            self.shared.advance(current);
        }
        Ok(self.shared.revision())
    }
}

/// A revision that the store no longer has is one that is too old for the client.
fn expired(error: store::Error) -> Error {
    match error {
        store::Error::Compacted {
            requested,
            compacted,
        } => Error::Expired {
            requested,
            oldest: compacted,
        },
        other => Error::Store(other),
    }
}

/// The encoded form of an object without its resource version.
fn encode(key: &str, object: &mut Value) -> Result<Bytes> {
    let undecodable = |detail: String| Error::Undecodable {
        key: key.to_owned(),
        detail,
    };
    match object.get_mut("metadata") {
        Some(Value::Object(metadata)) => metadata.shift_remove("resourceVersion"),
        _ => return Err(undecodable("it has no metadata".to_owned())),
    };
    if !fits(object, MAX_DEPTH) {
        return Err(Error::TooDeep);
    }
    serde_json::to_vec(object)
        .map(Bytes::from)
        .map_err(|error| undecodable(error.to_string()))
}

/// How many collections may stand within each other in an object. serde_json, here and in every client in Rust, reads
/// 127, and lists, watches and reviews put some around the object: one that goes deeper could be written, but neither
/// read nor deleted, and with it no list of its kind could be read.
const MAX_DEPTH: usize = 120;

fn fits(value: &Value, levels: usize) -> bool {
    let inner = |value| fits(value, levels - 1);
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(inner),
        Value::Object(map) => levels > 0 && map.values().all(inner),
        _ => true,
    }
}

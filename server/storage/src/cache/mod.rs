//! The watch cache: all objects of one kind in memory, kept current by one watch of the store.

mod entry;
mod request;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub use entry::{Attributes, Entry, Pairs};
pub use request::{
    At, Filter, ListRequest, ListResponse, WatchEvent, WatchFrom, WatchRequest, WatchStream,
};

use crate::store::{self, KeyValue, Revision, Store};

/// Derives the attributes of an object from its decoded form.
pub type AttributesOf = Arc<dyn Fn(&Value) -> Attributes + Send + Sync>;

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
    /// The revision has not been reached after some seconds of waiting: 504 with "Too large resource version".
    #[error("Too large resource version: {requested}, current: {current}")]
    TooLargeRevision {
        requested: Revision,
        current: Revision,
    },
    /// What is stored under a key is not an object.
    #[error("the value of {key} is not an object: {detail}")]
    Undecodable { key: String, detail: String },
}

/// The result of every operation of the cache.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The cache of one kind of object.
#[derive(Clone)]
pub struct WatchCache {}

impl WatchCache {
    /// A cache of everything under `prefix` (`/registry/pods/`). It starts to fill at once, in a task that ends when
    /// the last clone is dropped.
    pub fn new(_store: Arc<dyn Store>, _prefix: &str, _attributes: AttributesOf) -> Self {
        todo!()
    }

    /// The object of a full key. `At::Exact` is served as the state of that revision.
    pub async fn get(&self, _key: &str, _at: At) -> Result<Option<Arc<Entry>>> {
        todo!()
    }

    /// The objects under a prefix.
    pub async fn list(&self, _request: ListRequest) -> Result<ListResponse> {
        todo!()
    }

    /// The changes under a prefix.
    pub async fn watch(&self, _request: WatchRequest) -> Result<WatchStream> {
        todo!()
    }

    /// Creates an object: [`store::Error::Conflict`] if the key exists. `metadata.resourceVersion` is not stored.
    /// The answer is the entry that every reader will see.
    pub async fn create(
        &self,
        _key: &str,
        _object: Value,
        _ttl: Option<Duration>,
    ) -> Result<Arc<Entry>> {
        todo!()
    }

    /// Replaces an object of which `expected` is the revision: [`store::Error::Conflict`] with the present state
    /// (see [`WatchCache::entry`]) if it is another.
    pub async fn update(
        &self,
        _key: &str,
        _object: Value,
        _expected: Revision,
        _ttl: Option<Duration>,
    ) -> Result<Arc<Entry>> {
        todo!()
    }

    /// Deletes an object of which `expected` is the revision (any, if none), and answers its last state with the
    /// deletion's revision.
    pub async fn delete(&self, _key: &str, _expected: Option<Revision>) -> Result<Arc<Entry>> {
        todo!()
    }

    /// The entry of a stored value, as a conflict brings it.
    pub fn entry(&self, _key_value: &KeyValue) -> Result<Arc<Entry>> {
        todo!()
    }

    /// Waits until the cache has been filled for the first time.
    pub async fn ready(&self) -> Result<()> {
        todo!()
    }

    /// The number of objects in the cache.
    pub fn len(&self) -> usize {
        todo!()
    }

    /// Whether the cache holds no object.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

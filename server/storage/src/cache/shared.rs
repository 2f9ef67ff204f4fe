//! What a cache's handles, watchers and filling task share.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::{Mutex, RwLock};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use super::entry::{Attributes, Entry};
use super::request::{ListRequest, WatchEvent, WatchFrom, WatchRequest, WatchStream};
use super::state::State;
use super::watchers::{Events, Watchers, last_bookmark};
use super::{AttributesOf, Error, Result, encode, splice};
use crate::feed::Position;
use crate::store::{self, KeyValue, Revision};

/// The stored form of an object, and its attributes.
type Encoded = (Bytes, Arc<Attributes>);

/// Where the filling task is.
#[derive(Clone)]
enum Fill {
    Pending,
    Ready(Position),
    Failed(Error),
}

/// What is counted of a cache.
#[derive(Default)]
struct Counts {
    events: AtomicU64,
    fillings: AtomicU64,
    /// See [`Shared::generation`].
    generation: AtomicU64,
}

/// What has happened in a cache so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Changes that came from the store, and went to whom they concern.
    pub events: u64,
    /// How often the cache was filled.
    pub fillings: u64,
    /// Watches that were ended because they did not keep up.
    pub too_slow: u64,
    /// Up to where nothing is missing.
    pub revision: Revision,
}

/// The cache itself. Lock order: `watchers`, then `state`. A change is made and dispatched under `watchers`, so that
/// who registers sees it either in the state or as an event, never both or neither.
pub(super) struct Shared {
    pub prefix: String,
    pub state: RwLock<State>,
    pub watchers: Mutex<Watchers>,
    attributes_of: AttributesOf,
    /// Everything up to this revision of the store is in the state.
    revision: AtomicU64,
    /// The revision of the last event from the store: behind `revision` when the last writes were of other kinds.
    applied: watch::Sender<Revision>,
    fill: watch::Sender<Fill>,
    /// What has happened so far.
    counts: Counts,
    /// Attributes of writes under way, so that what a writer has just encoded need not be parsed.
    prepared: Mutex<HashMap<String, Vec<Encoded>>>,
}

impl Shared {
    pub fn new(prefix: &str, attributes_of: AttributesOf) -> Self {
        Self {
            prefix: prefix.to_owned(),
            state: RwLock::new(State::new(BTreeMap::new(), 0)),
            watchers: Mutex::new(Watchers::new(prefix)),
            attributes_of,
            revision: AtomicU64::new(0),
            applied: watch::Sender::new(0),
            fill: watch::Sender::new(Fill::Pending),
            counts: Counts::default(),
            prepared: Mutex::new(HashMap::new()),
        }
    }

    /// Everything up to this revision of the store is in the state.
    pub fn revision(&self) -> Revision {
        self.revision.load(Ordering::Acquire)
    }

    /// The revision of the last event that was applied.
    pub fn applied_revision(&self) -> Revision {
        *self.applied.borrow()
    }

    /// Another one after each change of the state, and while the cache can't tell: whoever reads it before the state
    /// knows by it whether what was read is current.
    pub fn generation(&self) -> u64 {
        self.counts.generation.load(Ordering::Acquire)
    }

    fn changed(&self) {
        self.counts.generation.fetch_add(1, Ordering::Release);
    }

    /// Notes that nothing is missing up to `revision`.
    pub fn advance(&self, revision: Revision) {
        self.revision.fetch_max(revision, Ordering::AcqRel);
    }

    /// Notes that the event of `revision` has been applied.
    pub fn applied(&self, revision: Revision) {
        self.advance(revision);
        self.applied.send_replace(revision);
    }

    /// Waits until the cache is filled; the answer tells how far the watch of the store has to go.
    pub async fn ready(&self) -> Result<Position> {
        if let Fill::Ready(position) = &*self.fill.borrow() {
            return Ok(position.clone());
        }
        let mut fill = self.fill.subscribe();
        let state = fill.wait_for(|fill| !matches!(fill, Fill::Pending)).await;
        match state.as_deref() {
            Ok(Fill::Ready(position)) => Ok(position.clone()),
            Ok(Fill::Failed(error)) => Err(error.clone()),
            Ok(Fill::Pending) | Err(_) => Err(store::Error::Closed.into()),
        }
    }

    /// Waits until all that the store has handed to the watch so far is applied.
    pub async fn wait_position(&self) -> Result<()> {
        let mut fill = self.fill.subscribe();
        loop {
            if let Some(newest) = self.ready().await?.newest() {
                self.wait_applied(newest).await;
                return Ok(());
            }
            // The watch has failed, and the filling task will notice and start again.
            fill.changed().await.map_err(|_| store::Error::Closed)?;
        }
    }

    /// Notes that the watch of the store is lost: until the cache is filled again, who wants to read has to wait.
    pub fn lost(&self) {
        self.fill.send_replace(Fill::Pending);
        self.changed();
    }

    /// Waits until an event of at least `revision` has been applied.
    pub async fn wait_applied(&self, revision: Revision) {
        if self.applied_revision() < revision {
            let mut applied = self.applied.subscribe();
            // The sender is a field of self, so this can't fail.
            let _reached = applied.wait_for(|applied| *applied >= revision).await;
        }
    }

    /// Starts again from a new state: all watchers have to come back.
    pub fn replace(&self, state: State, revision: Revision, position: Position) {
        let mut watchers = self.watchers.lock();
        watchers.clear();
        self.counts.fillings.fetch_add(1, Ordering::Relaxed);
        *self.state.write() = state;
        self.prepared.lock().clear();
        self.applied(revision);
        self.fill.send_replace(Fill::Ready(position));
        self.changed();
    }

    /// Tells those who wait for the cache to be filled why that failed.
    pub fn fail(&self, error: Error) {
        self.fill.send_replace(Fill::Failed(error));
    }

    pub fn put(&self, entry: Entry) {
        self.counts.events.fetch_add(1, Ordering::Relaxed);
        let mut watchers = self.watchers.lock();
        let revision = entry.revision;
        let change = {
            let mut state = self.state.write();
            let change = state.put(Arc::new(entry));
            self.advance(revision);
            change
        };
        self.changed();
        watchers.dispatch(&change);
    }

    pub fn delete(&self, key: &str, revision: Revision) {
        self.counts.events.fetch_add(1, Ordering::Relaxed);
        let mut watchers = self.watchers.lock();
        let change = {
            let mut state = self.state.write();
            let change = state.delete(key, revision);
            self.advance(revision);
            change
        };
        self.changed();
        if let Some(change) = change {
            watchers.dispatch(&change);
        }
    }

    /// What has happened so far.
    pub fn figures(&self) -> Figures {
        Figures {
            events: self.counts.events.load(Ordering::Relaxed),
            fillings: self.counts.fillings.load(Ordering::Relaxed),
            too_slow: self.watchers.lock().too_slow(),
            revision: self.revision(),
        }
    }

    pub fn wants_bookmarks(&self) -> bool {
        self.watchers.lock().want_bookmarks()
    }

    /// What is done once a minute: bookmarks, and forgetting old changes.
    pub fn tick(&self, revision: Revision, now: Instant) {
        let mut watchers = self.watchers.lock();
        self.state.write().ring.trim(now);
        watchers.bookmark(revision);
    }

    /// Registers a watcher; what it has to be told of the time before goes first.
    pub fn watch(self: &Arc<Self>, request: WatchRequest) -> Result<WatchStream> {
        let mut watchers = self.watchers.lock();
        let state = self.state.read();
        let revision = self.revision();
        let (initial, after) = match request.from {
            WatchFrom::State { mark_end, .. } => (
                initial_state(&state, &request, mark_end, revision),
                revision,
            ),
            WatchFrom::Revision(after) if after < state.ring.start() => {
                return Err(Error::Expired {
                    requested: after,
                    oldest: state.ring.start(),
                });
            }
            WatchFrom::Revision(after) => {
                let events: VecDeque<WatchEvent> = state
                    .ring
                    .after(after)
                    .filter(|change| change.key.starts_with(&request.prefix))
                    .filter_map(|change| change.event(request.filter.as_ref()))
                    .collect();
                (events, after.max(revision))
            }
        };
        let last_bookmark = last_bookmark(&request);
        let (id, live) = watchers.add(request, after);
        Ok(Box::pin(Events {
            initial,
            live,
            id,
            shared: Arc::downgrade(self),
            last_bookmark,
        }))
    }

    /// Decodes a stored object, as far as nobody has done so before.
    pub fn decode(&self, key_value: &KeyValue) -> Result<Entry> {
        let attributes = match self.take_prepared(key_value) {
            Some(attributes) => attributes,
            None => {
                let object: Value = serde_json::from_slice(&key_value.value)
                    .map_err(|error| undecodable(key_value, &error.to_string()))?;
                Arc::new((self.attributes_of)(&object))
            }
        };
        entry(key_value, attributes)
    }

    /// The stored form of an object, and what selectors see of it.
    pub fn encode(&self, key: &str, mut object: Value) -> Result<(Bytes, Arc<Attributes>)> {
        let value = encode(key, &mut object)?;
        Ok((value, Arc::new((self.attributes_of)(&object))))
    }

    /// Keeps the attributes of a value for when the store reports it.
    pub fn prepare<'a>(
        &'a self,
        key: &'a str,
        value: &Bytes,
        attributes: &Arc<Attributes>,
    ) -> Prepared<'a> {
        let mut prepared = self.prepared.lock();
        prepared
            .entry(key.to_owned())
            .or_default()
            .push((value.clone(), Arc::clone(attributes)));
        Prepared {
            shared: self,
            key,
            value: Some(value.clone()),
        }
    }

    fn take_prepared(&self, key_value: &KeyValue) -> Option<Arc<Attributes>> {
        let mut prepared = self.prepared.lock();
        let waiting = prepared.get_mut(&key_value.key)?;
        let index = waiting
            .iter()
            .position(|(value, _)| *value == key_value.value)?;
        let (_, attributes) = waiting.swap_remove(index);
        if waiting.is_empty() {
            prepared.remove(&key_value.key);
        }
        Some(attributes)
    }
}

/// Attributes that wait for their write; forgotten when the write fails or is given up.
pub(super) struct Prepared<'a> {
    shared: &'a Shared,
    key: &'a str,
    value: Option<Bytes>,
}

impl Prepared<'_> {
    /// The write has happened: the store's event takes the attributes.
    pub fn keep(mut self) {
        self.value = None;
    }
}

impl Drop for Prepared<'_> {
    fn drop(&mut self) {
        let Some(value) = &self.value else { return };
        let mut prepared = self.shared.prepared.lock();
        if let Some(waiting) = prepared.get_mut(self.key) {
            if let Some(index) = waiting.iter().position(|(other, _)| other == value) {
                waiting.swap_remove(index);
            }
            if waiting.is_empty() {
                prepared.remove(self.key);
            }
        }
    }
}

/// The entry of a stored value with known attributes.
pub(super) fn entry(key_value: &KeyValue, attributes: Arc<Attributes>) -> Result<Entry> {
    let object = splice::with_revision(&key_value.value, key_value.mod_revision)
        .ok_or_else(|| undecodable(key_value, "it has no metadata"))?;
    Ok(Entry {
        key: Arc::from(key_value.key.as_str()),
        create_revision: key_value.create_revision,
        revision: key_value.mod_revision,
        attributes,
        object,
    })
}

fn undecodable(key_value: &KeyValue, detail: &str) -> Error {
    Error::Undecodable {
        key: key_value.key.clone(),
        detail: detail.to_owned(),
    }
}

fn initial_state(
    state: &State,
    request: &WatchRequest,
    mark_end: bool,
    revision: Revision,
) -> VecDeque<WatchEvent> {
    let list = ListRequest {
        prefix: request.prefix.clone(),
        filter: request.filter.clone(),
        ..ListRequest::default()
    };
    let mut events: VecDeque<WatchEvent> = state
        .list(&list)
        .entries
        .into_iter()
        .map(WatchEvent::Added)
        .collect();
    if mark_end {
        events.push_back(WatchEvent::Bookmark {
            revision,
            initial_events_end: true,
        });
    }
    events
}

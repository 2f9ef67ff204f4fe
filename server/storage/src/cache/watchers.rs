//! The watchers of one cache, indexed so that a change reaches only those whom it can concern.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep_until};

use super::change::Change;
use super::entry::Entry;
use super::request::{Filter, WatchEvent, WatchRequest};
use super::shared::Shared;
use crate::store::Revision;

/// How many events may wait for a watcher before it is closed as too slow.
const QUEUE_LIMIT: usize = 8_192;

/// All watchers of one cache.
pub(super) struct Watchers {
    /// The prefix of the cache.
    root: String,
    next_id: u64,
    /// How many were removed because they had no room left.
    too_slow: u64,
    watchers: HashMap<u64, Watcher>,
    /// Those that every change concerns.
    general: Vec<u64>,
    /// Those of one namespace, by prefix.
    scoped: HashMap<String, Vec<u64>>,
    /// Those that require one value of a field: field, value.
    indexed: HashMap<String, HashMap<String, Vec<u64>>>,
}

struct Watcher {
    prefix: String,
    filter: Option<Filter>,
    index: Option<(String, String)>,
    bookmarks: bool,
    /// Changes up to this revision are not for this watcher.
    after: Revision,
    events: mpsc::Sender<WatchEvent>,
}

/// Where a watcher is listed.
enum Place<'a> {
    General,
    Scoped(&'a str),
    Indexed(&'a str, &'a str),
}

impl Watchers {
    pub fn new(root: &str) -> Self {
        Self {
            root: root.to_owned(),
            next_id: 0,
            too_slow: 0,
            watchers: HashMap::new(),
            general: Vec::new(),
            scoped: HashMap::new(),
            indexed: HashMap::new(),
        }
    }

    /// Adds a watcher of the changes after `after`.
    pub fn add(
        &mut self,
        request: WatchRequest,
        after: Revision,
    ) -> (u64, mpsc::Receiver<WatchEvent>) {
        let (events, receiver) = mpsc::channel(QUEUE_LIMIT);
        let id = self.next_id;
        self.next_id += 1;
        let WatchRequest {
            prefix,
            filter,
            index,
            bookmarks,
            ..
        } = request;
        let watcher = Watcher {
            prefix,
            filter,
            index,
            bookmarks,
            after,
            events,
        };
        match watcher.place(&self.root) {
            Place::General => self.general.push(id),
            Place::Scoped(prefix) => self.scoped.entry(prefix.to_owned()).or_default().push(id),
            Place::Indexed(field, value) => {
                let values = self.indexed.entry(field.to_owned()).or_default();
                values.entry(value.to_owned()).or_default().push(id);
            }
        }
        self.watchers.insert(id, watcher);
        (id, receiver)
    }

    /// Removes a watcher, which ends its stream.
    pub fn remove(&mut self, id: u64) {
        let Some(watcher) = self.watchers.remove(&id) else {
            return;
        };
        let drop_from = |ids: &mut Vec<u64>| {
            ids.retain(|other| *other != id);
            ids.is_empty()
        };
        match watcher.place(&self.root) {
            Place::General => {
                drop_from(&mut self.general);
            }
            Place::Scoped(prefix) => {
                if self.scoped.get_mut(prefix).is_some_and(drop_from) {
                    self.scoped.remove(prefix);
                }
            }
            Place::Indexed(field, value) => {
                let Some(values) = self.indexed.get_mut(field) else {
                    return;
                };
                if values.get_mut(value).is_some_and(drop_from) {
                    values.remove(value);
                }
                if values.is_empty() {
                    self.indexed.remove(field);
                }
            }
        }
    }

    /// Ends all streams.
    pub fn clear(&mut self) {
        *self = Self {
            next_id: self.next_id,
            too_slow: self.too_slow,
            ..Self::new(&self.root)
        };
    }

    pub fn len(&self) -> usize {
        self.watchers.len()
    }

    /// How many could not keep up so far.
    pub fn too_slow(&self) -> u64 {
        self.too_slow
    }

    /// Whether any watcher wants bookmarks.
    pub fn want_bookmarks(&self) -> bool {
        self.watchers.values().any(|watcher| watcher.bookmarks)
    }

    /// Hands a change to those whom it concerns. Who has no room left is removed.
    pub fn dispatch(&mut self, change: &Change) {
        if self.watchers.is_empty() {
            return;
        }
        let mut slow = Vec::new();
        let mut offer = |ids: &[u64]| {
            for id in ids {
                if self
                    .watchers
                    .get(id)
                    .is_some_and(|watcher| !watcher.offer(change))
                {
                    slow.push(*id);
                }
            }
        };
        offer(&self.general);
        if let Some(ids) = self
            .scope_of(&change.key)
            .and_then(|scope| self.scoped.get(scope))
        {
            offer(ids);
        }
        for (field, values) in &self.indexed {
            // An object without the field is selected by the empty value.
            let value = |entry: &Option<Arc<Entry>>| {
                let value = entry
                    .as_ref()?
                    .attributes
                    .fields
                    .get(field)
                    .unwrap_or_default();
                values.get_key_value(value)
            };
            let (before, after) = (value(&change.previous), value(&change.current));
            if let Some((_, ids)) = before {
                offer(ids);
            }
            if let Some((_, ids)) =
                after.filter(|after| before.is_none_or(|before| before.0 != after.0))
            {
                offer(ids);
            }
        }
        self.close(&slow);
    }

    /// Tells those who want to know that they have seen everything up to `revision`.
    pub fn bookmark(&mut self, revision: Revision) {
        let slow: Vec<u64> = self
            .watchers
            .iter()
            .filter(|(_, watcher)| watcher.bookmarks && revision >= watcher.after)
            .filter(|(_, watcher)| !watcher.tell(revision))
            .map(|(id, _)| *id)
            .collect();
        self.close(&slow);
    }

    /// The same for one watcher alone.
    pub fn bookmark_one(&mut self, id: u64, revision: Revision) {
        let Some(watcher) = self.watchers.get(&id) else {
            return;
        };
        if revision >= watcher.after && !watcher.tell(revision) {
            self.close(&[id]);
        }
    }

    fn close(&mut self, slow: &[u64]) {
        for id in slow {
            self.too_slow += 1;
            tracing::debug!(prefix = %self.root, "closing a watcher that is too slow");
            self.remove(*id);
        }
    }

    /// The prefix of the key's namespace: the cache's own and one segment more.
    fn scope_of<'k>(&self, key: &'k str) -> Option<&'k str> {
        let rest = key.strip_prefix(&self.root)?;
        let end = rest.find('/')? + 1;
        key.get(..self.root.len() + end)
    }
}

impl Watcher {
    fn place(&self, root: &str) -> Place<'_> {
        if let Some((field, value)) = &self.index {
            return Place::Indexed(field, value);
        }
        match self.prefix.strip_prefix(root) {
            Some(rest) if rest.find('/').is_some_and(|slash| slash + 1 == rest.len()) => {
                Place::Scoped(&self.prefix)
            }
            _ => Place::General,
        }
    }

    /// Sends a bookmark. False as in [`Self::offer`].
    fn tell(&self, revision: Revision) -> bool {
        let bookmark = WatchEvent::Bookmark {
            revision,
            initial_events_end: false,
        };
        self.events.try_send(bookmark).is_ok()
    }

    /// False if the watcher has no room left, or is gone.
    fn offer(&self, change: &Change) -> bool {
        if change.revision <= self.after || !change.key.starts_with(&self.prefix) {
            return true;
        }
        change
            .event(self.filter.as_ref())
            .is_none_or(|event| self.events.try_send(event).is_ok())
    }
}

/// How long before its end a watch gets the last bookmark: upstream's time.
const BEFORE_DEADLINE: Duration = Duration::from_secs(2);

/// The stream of one watcher: what was there at its start, then what is dispatched to it.
pub(super) struct Events {
    pub initial: VecDeque<WatchEvent>,
    pub live: mpsc::Receiver<WatchEvent>,
    pub id: u64,
    pub shared: Weak<Shared>,
    /// Runs until the last bookmark is due.
    pub last_bookmark: Option<Pin<Box<Sleep>>>,
}

/// The timer of the bookmark that goes out before a watch ends; none if that is too soon, as upstream.
pub(super) fn last_bookmark(request: &WatchRequest) -> Option<Pin<Box<Sleep>>> {
    let due = request.deadline?.checked_sub(BEFORE_DEADLINE)?;
    (request.bookmarks && due >= Instant::now()).then(|| Box::pin(sleep_until(due)))
}

impl Stream for Events {
    type Item = WatchEvent;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(event) = self.initial.pop_front() {
            return Poll::Ready(Some(event));
        }
        if self.initial.capacity() > 0 {
            self.initial = VecDeque::new();
        }
        if let Some(timer) = &mut self.last_bookmark
            && timer.as_mut().poll(context).is_ready()
        {
            self.last_bookmark = None;
            if let Some(shared) = self.shared.upgrade() {
                // The revision is read under the lock: everything up to it has been dispatched.
                let mut watchers = shared.watchers.lock();
                watchers.bookmark_one(self.id, shared.revision());
            }
        }
        self.live.poll_recv(context)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.watchers.lock().remove(self.id);
        }
    }
}

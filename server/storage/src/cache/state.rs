//! The objects of a cache, now and in the recent past.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::change::{Change, Ring};
use super::entry::Entry;
use super::request::{Filter, ListRequest};
use crate::store::Revision;

/// The objects of one kind, and how they came to be so.
pub(super) struct State {
    entries: BTreeMap<Arc<str>, Arc<Entry>>,
    /// How many there are in each folder: in each namespace.
    counts: HashMap<Box<str>, usize>,
    /// The bytes that the entries take.
    bytes: usize,
    pub ring: Ring,
}

/// One page of a list.
pub(super) struct Page {
    pub entries: Vec<Arc<Entry>>,
    pub next: Option<String>,
    pub remaining: Option<usize>,
}

impl State {
    /// The state as of `revision`, with nothing known of the time before.
    pub fn new(entries: BTreeMap<Arc<str>, Arc<Entry>>, revision: Revision) -> Self {
        let mut counts = HashMap::new();
        for key in entries.keys() {
            *counts.entry(folder(key).into()).or_default() += 1;
        }
        Self {
            bytes: entries.values().map(|entry| entry.size()).sum(),
            entries,
            counts,
            ring: Ring::new(revision),
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn get(&self, key: &str) -> Option<&Arc<Entry>> {
        self.entries.get(key)
    }

    /// The object at a revision, which must not be before the start of the ring.
    pub fn get_at(&self, key: &str, revision: Revision) -> Option<&Arc<Entry>> {
        match self.ring.after(revision).find(|change| &*change.key == key) {
            Some(change) => change.previous.as_ref(),
            None => self.get(key),
        }
    }

    /// Makes an entry the current one of its key.
    pub fn put(&mut self, entry: Arc<Entry>) -> Arc<Change> {
        self.bytes += entry.size();
        let previous = self
            .entries
            .insert(Arc::clone(&entry.key), Arc::clone(&entry));
        self.bytes -= previous.as_ref().map_or(0, |previous| previous.size());
        if previous.is_none() {
            *self.counts.entry(folder(&entry.key).into()).or_default() += 1;
        }
        self.record(Change::new(
            entry.revision,
            Arc::clone(&entry.key),
            previous,
            Some(entry),
        ))
    }

    /// Removes a key; none if it was not there.
    pub fn delete(&mut self, key: &str, revision: Revision) -> Option<Arc<Change>> {
        let (key, previous) = self.entries.remove_entry(key)?;
        self.bytes -= previous.size();
        let folder = folder(&key);
        if let Some(count) = self.counts.get_mut(folder) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(folder);
            }
        }
        Some(self.record(Change::new(revision, key, Some(previous), None)))
    }

    fn record(&mut self, change: Change) -> Arc<Change> {
        let change = Arc::new(change);
        self.ring.push(Arc::clone(&change), self.bytes);
        change
    }

    /// A page of the present state.
    pub fn list(&self, request: &ListRequest) -> Page {
        let all = request.following.or_else(|| self.count(request));
        page(self.range(request).map(|(_, entry)| entry), all, request)
    }

    /// How many objects a request is about, if nothing has to be counted for it.
    fn count(&self, request: &ListRequest) -> Option<usize> {
        let prefix = &request.prefix;
        let everything = || {
            let ends = [
                self.entries.first_key_value(),
                self.entries.last_key_value(),
            ];
            let within =
                |end: Option<(&Arc<str>, _)>| end.is_some_and(|(key, _)| key.starts_with(prefix));
            ends.into_iter().all(within).then_some(self.len())
        };
        match request.start_after {
            None => self
                .counts
                .get(prefix.as_str())
                .copied()
                .or_else(everything),
            Some(_) => None,
        }
    }

    /// A page of the state at a revision, which must not be before the start of the ring.
    pub fn list_at(&self, request: &ListRequest, revision: Revision) -> Page {
        let changed = self.changed_since(request, revision);
        if changed.is_empty() {
            return self.list(request);
        }
        let mut unchanged = self
            .range(request)
            .filter(|(key, _)| !changed.contains_key(&***key))
            .map(|(_, entry)| entry)
            .peekable();
        let mut earlier = changed.values().copied().flatten().peekable();
        let merged = std::iter::from_fn(|| match (unchanged.peek(), earlier.peek()) {
            (Some(a), Some(b)) if a.key < b.key => unchanged.next(),
            (_, Some(_)) => earlier.next(),
            (_, None) => unchanged.next(),
        });
        page(merged, request.following, request)
    }

    /// What was there at `revision` under the keys that have changed since.
    fn changed_since(
        &self,
        request: &ListRequest,
        revision: Revision,
    ) -> BTreeMap<&str, Option<&Arc<Entry>>> {
        let mut changed = BTreeMap::new();
        for change in self.ring.after(revision) {
            let key = &*change.key;
            let asked = key.starts_with(&request.prefix)
                && request
                    .start_after
                    .as_deref()
                    .is_none_or(|after| key > after);
            if asked {
                changed.entry(key).or_insert(change.previous.as_ref());
            }
        }
        changed
    }

    fn range<'a>(
        &'a self,
        request: &'a ListRequest,
    ) -> impl Iterator<Item = (&'a Arc<str>, &'a Arc<Entry>)> {
        let start = match &request.start_after {
            Some(key) if key.as_str() >= request.prefix.as_str() => Bound::Excluded(key.as_str()),
            _ => Bound::Included(request.prefix.as_str()),
        };
        self.entries
            .range::<str, _>((start, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(&request.prefix))
    }
}

/// Whether a filter lets an entry through.
pub(super) fn passes(filter: Option<&Filter>, entry: &Entry) -> bool {
    filter.is_none_or(|filter| filter(&entry.attributes))
}

/// The key up to its last slash.
fn folder(key: &str) -> &str {
    &key[..key.rfind('/').map_or(0, |slash| slash + 1)]
}

/// The page of `entries` that is asked for; `all` tells how many there are, unless they have to be counted.
fn page<'a>(
    entries: impl Iterator<Item = &'a Arc<Entry>>,
    all: Option<usize>,
    request: &ListRequest,
) -> Page {
    let filter = request.filter.as_ref();
    let mut entries = entries.filter(|entry| passes(filter, entry));
    if request.limit == 0 {
        return Page {
            entries: entries.cloned().collect(),
            next: None,
            remaining: None,
        };
    }
    let taken: Vec<Arc<Entry>> = entries.by_ref().take(request.limit).cloned().collect();
    let Some(_) = entries.next() else {
        return Page {
            entries: taken,
            next: None,
            remaining: None,
        };
    };
    let next = taken.last().map(|last| last.key.to_string());
    let remaining = filter.is_none().then(|| match all {
        Some(all) => all.saturating_sub(taken.len()),
        None => entries.count() + 1,
    });
    Page {
        entries: taken,
        next,
        remaining,
    }
}

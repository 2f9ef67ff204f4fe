//! One change of one object, and the ring of the recent ones: what watches from a revision and lists at a revision are
//! served from.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use super::entry::Entry;
use super::request::{Filter, WatchEvent};
use super::splice;
use crate::store::Revision;

/// The fewest changes that are kept, whatever their size and age.
const MIN_CHANGES: usize = 128;

/// The most changes that are kept, as in upstream's watch cache.
const MAX_CHANGES: usize = 102_400;

/// The memory that superseded objects may take: half of what the present ones do, within these bounds.
const MIN_BYTES: usize = 2 << 20;
const MAX_BYTES: usize = 16 << 20;

/// Changes are kept for as long as the store keeps its history: compaction comes every five minutes.
const MAX_AGE: Duration = Duration::from_secs(300);

/// One change of one object.
pub(super) struct Change {
    pub revision: Revision,
    pub key: Arc<str>,
    /// The state before; none for a creation.
    pub previous: Option<Arc<Entry>>,
    /// The state after; none for a deletion.
    pub current: Option<Arc<Entry>>,
    gone: OnceLock<Option<Arc<Entry>>>,
}

impl Change {
    pub fn new(
        revision: Revision,
        key: Arc<str>,
        previous: Option<Arc<Entry>>,
        current: Option<Arc<Entry>>,
    ) -> Self {
        Self {
            revision,
            key,
            previous,
            current,
            gone: OnceLock::new(),
        }
    }

    /// What a watch with this filter reports: an object that comes to pass the filter is added, one that ceases to is
    /// deleted.
    pub fn event(&self, filter: Option<&Filter>) -> Option<WatchEvent> {
        let passes = |entry: &&Arc<Entry>| filter.is_none_or(|filter| filter(&entry.attributes));
        let before = self.previous.as_ref().filter(passes);
        let after = self.current.as_ref().filter(passes);
        match (before, after) {
            (None, None) => None,
            (None, Some(current)) => Some(WatchEvent::Added(Arc::clone(current))),
            (Some(_), Some(current)) => Some(WatchEvent::Modified(Arc::clone(current))),
            (Some(_), None) => self.gone().map(WatchEvent::Deleted),
        }
    }

    /// The state before, with the revision of this change: what a deletion reports.
    pub fn gone(&self) -> Option<Arc<Entry>> {
        let gone = self.gone.get_or_init(|| {
            let previous = self.previous.as_ref()?;
            let object = splice::with_revision(&previous.object, self.revision)?;
            Some(Arc::new(Entry {
                revision: self.revision,
                object,
                ..Entry::clone(previous)
            }))
        });
        gone.clone()
    }

    fn size(&self) -> usize {
        160 + self.previous.as_ref().map_or(0, |entry| entry.size())
    }
}

/// The recent changes, oldest first.
pub(super) struct Ring {
    changes: VecDeque<(Instant, Arc<Change>)>,
    bytes: usize,
    /// Every change after this revision is in the ring.
    start: Revision,
}

impl Ring {
    /// An empty ring that is complete from `start` on.
    pub fn new(start: Revision) -> Self {
        Self {
            changes: VecDeque::new(),
            bytes: 0,
            start,
        }
    }

    pub fn start(&self) -> Revision {
        self.start
    }

    /// Adds a change of objects that take `live` bytes together.
    pub fn push(&mut self, change: Arc<Change>, live: usize) {
        self.bytes += change.size();
        self.changes.push_back((Instant::now(), change));
        let allowed = (live / 2).clamp(MIN_BYTES, MAX_BYTES);
        while self.changes.len() > MAX_CHANGES
            || (self.bytes > allowed && self.changes.len() > MIN_CHANGES)
        {
            self.drop_oldest();
        }
    }

    /// Drops what is too old to be asked for.
    pub fn trim(&mut self, now: Instant) {
        while self.changes.len() > MIN_CHANGES
            && self
                .changes
                .front()
                .is_some_and(|(at, _)| now.duration_since(*at) > MAX_AGE)
        {
            self.drop_oldest();
        }
        self.changes.shrink_to(2 * self.changes.len());
    }

    fn drop_oldest(&mut self) {
        if let Some((_, change)) = self.changes.pop_front() {
            self.bytes -= change.size();
            self.start = change.revision;
        }
    }

    /// The changes after a revision, oldest first; complete only if that is not before [`Ring::start`].
    pub fn after(&self, revision: Revision) -> impl Iterator<Item = &Arc<Change>> {
        let first = self
            .changes
            .partition_point(|(_, change)| change.revision <= revision);
        self.changes.range(first..).map(|(_, change)| change)
    }
}

//! What the writer and all readers know of the log: which states every key has had since the last compaction, and where
//! they lie. Values are not in it.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use super::record::{Head, Place};
use crate::store::Revision;

/// A write of a key: the state that it made, or its deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub head: Head,
    pub deleted: bool,
}

/// What is kept of a key.
#[derive(Debug)]
struct Versions {
    last: Version,
    /// Oldest first.
    older: Vec<Version>,
}

/// How much of a segment is still needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub bytes: u64,
    /// The last change that was first written there.
    pub newest: Revision,
}

#[derive(Debug)]
pub(super) struct Index {
    pub revision: Revision,
    /// Reads before this revision are refused.
    pub compacted: Revision,
    keys: BTreeMap<Arc<str>, Versions>,
    /// Which key each change was about, from the last compaction on.
    changes: VecDeque<(Revision, Arc<str>)>,
    /// What expires, by time and revision of the write.
    expiries: BTreeMap<(u64, Revision), Arc<str>>,
    held: BTreeMap<u32, Held>,
}

impl Index {
    pub fn new(revision: Revision, compacted: Revision) -> Self {
        Self {
            revision,
            compacted,
            keys: BTreeMap::new(),
            changes: VecDeque::new(),
            expiries: BTreeMap::new(),
            held: BTreeMap::new(),
        }
    }

    /// The last write of a key up to a revision.
    pub fn at(&self, key: &str, at: Revision) -> Option<Version> {
        self.keys.get(key)?.at(at)
    }

    /// The write of a key that had this revision.
    pub fn version(&self, key: &str, revision: Revision) -> Option<Version> {
        self.at(key, revision)
            .filter(|version| version.head.revision == revision)
    }

    /// Takes a change in; it must be the newest.
    pub fn change(&mut self, key: &str, version: Version) -> Arc<str> {
        let head = version.head;
        self.revision = self.revision.max(head.revision);
        let key = self.add(key, version);
        if head.expires != 0 {
            self.expiries
                .insert((head.expires, head.revision), Arc::clone(&key));
        }
        self.changes.push_back((head.revision, Arc::clone(&key)));
        let held = self.held.entry(head.place.segment).or_default();
        held.newest = held.newest.max(head.revision);
        key
    }

    /// Takes a state in that is no change since the last compaction, if it is not known yet.
    pub fn add(&mut self, key: &str, version: Version) -> Arc<str> {
        let place = version.head.place;
        let key = match self.keys.get_key_value(key) {
            Some((key, _)) => Arc::clone(key),
            None => Arc::from(key),
        };
        let added = match self.keys.get_mut(&key) {
            Some(versions) => versions.add(version),
            None => {
                let versions = Versions {
                    last: version,
                    older: Vec::new(),
                };
                self.keys.insert(Arc::clone(&key), versions);
                true
            }
        };
        if added {
            self.held.entry(place.segment).or_default().bytes += u64::from(place.length);
        }
        key
    }

    /// Notes when a state that was taken in by [`Index::add`] expires.
    pub fn expire(&mut self, key: &Arc<str>, head: &Head) {
        if head.expires != 0 {
            self.expiries
                .insert((head.expires, head.revision), Arc::clone(key));
        }
    }

    /// A state lies elsewhere now. Answers its key, if there is such a state.
    pub fn relocate(&mut self, key: &str, revision: Revision, to: Place) -> Option<Arc<str>> {
        let key = Arc::clone(self.keys.get_key_value(key)?.0);
        let version = self.keys.get_mut(&key)?.find(revision)?;
        let from = std::mem::replace(&mut version.head.place, to);
        self.held.entry(to.segment).or_default().bytes += u64::from(to.length);
        self.release(from);
        Some(key)
    }

    fn release(&mut self, place: Place) {
        if let Some(held) = self.held.get_mut(&place.segment) {
            held.bytes = held.bytes.saturating_sub(u64::from(place.length));
        }
    }

    /// Whether history before the last compaction is still in memory.
    pub fn is_scrubbed(&self) -> bool {
        self.changes
            .front()
            .is_none_or(|(revision, _)| *revision > self.compacted)
    }

    /// Forgets what was superseded up to the last compaction, at most so many changes at a time. Answers whether
    /// there is more.
    pub fn scrub(&mut self, mut limit: usize) -> bool {
        while !self.is_scrubbed() {
            if limit == 0 {
                return true;
            }
            limit -= 1;
            let Some((revision, key)) = self.changes.pop_front() else {
                break;
            };
            let Some(versions) = self.keys.get_mut(&key) else {
                continue;
            };
            let older = versions
                .older
                .partition_point(|version| version.head.revision < revision);
            let mut gone: Vec<Version> = versions.older.drain(..older).collect();
            let first = versions.older.first().copied();
            let first = first.unwrap_or(versions.last);
            if first.deleted && first.head.revision <= revision {
                gone.push(first);
                if versions.older.is_empty() {
                    self.keys.remove(&key);
                } else {
                    versions.older.remove(0);
                }
            }
            for version in gone {
                self.release(version.head.place);
            }
        }
        false
    }

    /// The keys under a prefix, after `start_after`, in order, with what each was at a revision; deleted ones are left
    /// out. One more than `limit` at most.
    pub fn range(
        &self,
        prefix: &str,
        start_after: Option<&str>,
        limit: usize,
        at: Revision,
    ) -> Vec<(Arc<str>, Head)> {
        let start = match start_after {
            Some(key) if key >= prefix => Bound::Excluded(key),
            _ => Bound::Included(prefix),
        };
        let keys = self.keys.range::<str, _>((start, Bound::Unbounded));
        keys.take_while(|(key, _)| key.starts_with(prefix))
            .filter_map(|(key, versions)| {
                let version = versions.at(at).filter(|version| !version.deleted)?;
                Some((Arc::clone(key), version.head))
            })
            .take(limit.saturating_add(1))
            .collect()
    }

    /// The changes under a prefix with `after < revision <= through`, at most `limit`.
    pub fn changes(
        &self,
        prefix: &str,
        after: Revision,
        through: Revision,
        limit: usize,
    ) -> Vec<(Arc<str>, Version)> {
        let start = self
            .changes
            .partition_point(|(revision, _)| *revision <= after);
        let changes = self.changes.range(start..);
        changes
            .take_while(|(revision, _)| *revision <= through)
            .filter(|(_, key)| key.starts_with(prefix))
            .filter_map(|(revision, key)| Some((Arc::clone(key), self.version(key, *revision)?)))
            .take(limit)
            .collect()
    }

    /// What expires up to `now`, taken out; at most `limit`.
    pub fn take_expired(&mut self, now: u64, limit: usize) -> Vec<(Arc<str>, Revision)> {
        let mut expired = Vec::new();
        while expired.len() < limit
            && let Some(first) = self.expiries.first_entry()
            && first.key().0 <= now
        {
            let ((_, revision), key) = first.remove_entry();
            expired.push((key, revision));
        }
        expired
    }

    /// When something expires next.
    pub fn next_expiry(&self) -> Option<u64> {
        self.expiries.first_key_value().map(|((at, _), _)| *at)
    }

    /// The keys that expire, as far as they were not written again, and when.
    pub fn expiring(&self) -> Vec<(Arc<str>, u64)> {
        let all = self.expiries.iter();
        all.filter(|((_, revision), key)| {
            let last = self.keys.get(*key).map(|versions| versions.last);
            last.is_some_and(|last| last.head.revision == *revision && !last.deleted)
        })
        .map(|((at, _), key)| (Arc::clone(key), *at))
        .collect()
    }

    /// What every segment is needed for.
    pub fn held(&self) -> &BTreeMap<u32, Held> {
        &self.held
    }

    /// A segment is no more.
    pub fn forget(&mut self, segment: u32) {
        self.held.remove(&segment);
    }

    /// The segment in which the oldest change lies that may still be asked for, if there is any.
    pub fn first_change(&self) -> Option<u32> {
        let at = self
            .changes
            .partition_point(|(revision, _)| *revision <= self.compacted);
        let (revision, key) = self.changes.get(at)?;
        Some(self.version(key, *revision)?.head.place.segment)
    }
}

impl Versions {
    fn at(&self, at: Revision) -> Option<Version> {
        if self.last.head.revision <= at {
            return Some(self.last);
        }
        let before = self
            .older
            .partition_point(|version| version.head.revision <= at);
        before.checked_sub(1).map(|at| self.older[at])
    }

    fn find(&mut self, revision: Revision) -> Option<&mut Version> {
        if self.last.head.revision == revision {
            return Some(&mut self.last);
        }
        self.older
            .iter_mut()
            .find(|version| version.head.revision == revision)
    }

    /// Puts a version in its place; false if it is there already.
    fn add(&mut self, version: Version) -> bool {
        let revision = version.head.revision;
        if revision > self.last.head.revision {
            self.older.push(std::mem::replace(&mut self.last, version));
            return true;
        }
        if self.find(revision).is_some() {
            return false;
        }
        let at = self
            .older
            .partition_point(|version| version.head.revision < revision);
        self.older.insert(at, version);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(revision: Revision, segment: u32, deleted: bool) -> Version {
        let place = Place {
            segment,
            offset: 0,
            length: 10,
        };
        let head = Head {
            revision,
            create_revision: revision,
            expires: 0,
            place,
        };
        Version { head, deleted }
    }

    fn held(index: &Index) -> Vec<(u32, u64)> {
        let held = index.held().iter();
        held.map(|(segment, held)| (*segment, held.bytes)).collect()
    }

    #[test]
    fn what_was_superseded_is_held_until_it_is_scrubbed() {
        let mut index = Index::new(1, 0);
        index.change("/a", version(2, 1, false));
        index.change("/a", version(3, 1, false));
        index.change("/b", version(4, 2, false));
        index.change("/b", version(5, 2, true));
        index.change("/a", version(6, 3, false));
        assert_eq!(held(&index), [(1, 20), (2, 20), (3, 10)]);
        index.compacted = 5;
        assert!(index.scrub(2) && !index.scrub(9));
        assert_eq!(held(&index), [(1, 10), (2, 0), (3, 10)]);
        assert_eq!(index.at("/a", 5).unwrap().head.revision, 3);
        assert!(index.at("/b", 9).is_none());
        assert_eq!(index.first_change(), Some(3));
    }

    #[test]
    fn what_moves_is_held_where_it_went() {
        let mut index = Index::new(1, 0);
        index.change("/a", version(2, 1, false));
        index.change("/a", version(3, 2, false));
        index.relocate("/a", 2, version(2, 4, false).head.place);
        index.relocate("/a", 9, version(9, 4, false).head.place);
        assert_eq!(held(&index), [(1, 0), (2, 10), (4, 10)]);
        assert_eq!(index.at("/a", 2).unwrap().head.place.segment, 4);
    }

    #[test]
    fn a_state_is_taken_in_once() {
        let mut index = Index::new(1, 4);
        index.add("/a", version(6, 1, false));
        index.add("/a", version(3, 1, false));
        index.add("/a", version(3, 1, false));
        index.change("/a", version(6, 1, false));
        assert_eq!(held(&index), [(1, 20)]);
        let changes = index.changes("/", 4, 9, 9);
        assert_eq!(changes.len(), 1);
        assert_eq!(index.at("/a", 5).unwrap().head.revision, 3);
    }
}

//! The open data directory, as readers and the writer share it: the index, and the log with the values.

use parking_lot::RwLock;

use bytes::Bytes;

use super::index::{Index, Version};
use super::io_error;
use super::log::Log;
use super::record::{Head, Record};
use crate::store::{Event, KeyValue, RangeRequest, Result, Revision};

pub(super) struct Disk {
    pub index: RwLock<Index>,
    pub log: Log,
    /// For messages.
    pub place: String,
}

impl Disk {
    /// The last revision, and that of the last compaction.
    pub fn revisions(&self) -> (Revision, Revision) {
        let index = self.index.read();
        (index.revision, index.compacted)
    }

    /// The last write of a key.
    pub fn last(&self, key: &str) -> Option<Version> {
        self.index.read().at(key, Revision::MAX)
    }

    /// The state of a key at a revision.
    pub fn get(&self, key: &str, at: Revision) -> Result<Option<KeyValue>> {
        let version = self.index.read().at(key, at);
        match version {
            Some(version) if !version.deleted => self.fetch(key, version.head).map(Some),
            _ => Ok(None),
        }
    }

    /// The items of a range as of a revision, and whether the limit cut it short.
    pub fn range(&self, request: &RangeRequest, at: Revision) -> Result<(Vec<KeyValue>, bool)> {
        let limit = match request.limit {
            0 => usize::MAX,
            limit => limit,
        };
        let start_after = request.start_after.as_deref();
        let index = self.index.read();
        let mut heads = index.range(&request.prefix, start_after, limit, at);
        drop(index);
        let more = heads.len() > limit;
        heads.truncate(limit);
        let items = heads.into_iter().map(|(key, head)| self.fetch(&key, head));
        Ok((items.collect::<Result<_>>()?, more))
    }

    /// See [`crate::feed::History::events`].
    pub fn events(
        &self,
        prefix: &str,
        after: Revision,
        through: Revision,
        limit: usize,
    ) -> Result<(Vec<Event>, Revision)> {
        let changes = self.index.read().changes(prefix, after, through, limit);
        let complete = match changes.last() {
            Some((_, last)) if changes.len() >= limit => last.head.revision,
            _ => through,
        };
        let events = changes.into_iter().map(|(key, version)| {
            if version.deleted {
                return Ok(Event::Delete {
                    key: key.as_ref().to_owned(),
                    revision: version.head.revision,
                });
            }
            self.fetch(&key, version.head).map(Event::Put)
        });
        Ok((events.collect::<Result<_>>()?, complete))
    }

    /// What has expired up to `now`.
    pub fn take_expired(&self, now: u64, limit: usize) -> Vec<(std::sync::Arc<str>, Revision)> {
        self.index.write().take_expired(now, limit)
    }

    /// A state of a key with its value.
    pub fn fetch(&self, key: &str, mut head: Head) -> Result<KeyValue> {
        loop {
            let bytes = self
                .log
                .read(head.place)
                .map_err(|error| match error.kind() {
                    std::io::ErrorKind::UnexpectedEof => {
                        self.log.damaged(head.place.segment, "it ends too early")
                    }
                    _ => io_error("read the log in", self.log.folder(), &error),
                })?;
            if let Some(bytes) = bytes {
                return self.key_value(key, head, &Bytes::from(bytes));
            }
            // Its segment is gone. It was moved before, unless it has been compacted away, or lost.
            let moved = self.index.read().version(key, head.revision);
            match moved.filter(|moved| moved.head.place != head.place) {
                Some(moved) => head = moved.head,
                None => return Err(self.log.damaged(head.place.segment, "it is missing")),
            }
        }
    }

    fn key_value(&self, key: &str, head: Head, bytes: &Bytes) -> Result<KeyValue> {
        let decoded = Record::decode(bytes, head.place.segment, head.place.offset);
        let (record, _) =
            decoded.map_err(|malformed| self.log.damaged(head.place.segment, &malformed.0))?;
        if record.key != key || record.revision != head.revision {
            let detail = format!("what should be {key} at {} is not", head.revision);
            return Err(self.log.damaged(head.place.segment, &detail));
        }
        Ok(KeyValue {
            key: key.to_owned(),
            value: bytes.slice_ref(record.value),
            create_revision: head.create_revision,
            mod_revision: head.revision,
        })
    }
}

//! A group of writes that is committed as one: what each would do is worked out against the index and the writes before
//! it in the group.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::disk::Disk;
use super::index::Version;
use super::record::{Head, Kind, Record};
use crate::store::{Error, Event, Expected, KeyValue, Result, Revision};

/// What the writer task is asked to do.
pub(super) enum Command {
    Put {
        key: String,
        value: Bytes,
        expected: Expected,
        ttl: Option<Duration>,
        reply: oneshot::Sender<Result<Revision>>,
    },
    Delete {
        key: String,
        expected: Expected,
        reply: oneshot::Sender<Result<(KeyValue, Revision)>>,
    },
    Compact {
        at: Revision,
        reply: oneshot::Sender<Result<()>>,
    },
    /// The checkpoint that was under way has ended.
    Checkpointed,
}

/// A reply that is held back until the group is on disk.
enum Reply {
    Put(oneshot::Sender<Result<Revision>>, Result<Revision>),
    Delete(
        oneshot::Sender<Result<(KeyValue, Revision)>>,
        Result<(KeyValue, Revision)>,
    ),
    Compact(oneshot::Sender<Result<()>>, Result<()>),
}

/// A group under construction.
pub(super) struct Batch<'d> {
    disk: &'d Disk,
    /// The segment that the group goes into, and from where on.
    segment: u32,
    offset: u32,
    pub revision: Revision,
    pub compacted: Revision,
    /// The records, as they are to be on disk.
    pub records: Vec<u8>,
    pub changes: Vec<(String, Version)>,
    pub events: Vec<Event>,
    replies: Vec<Reply>,
    /// What keys are that were written in this group, with their values.
    heads: HashMap<String, (Version, Bytes)>,
    /// About the bytes that this group leaves to history.
    pub superseded: usize,
}

/// What an entry of the history takes beside the value: a creation leaves that too, in memory.
const ENTRY: usize = 64;

impl<'d> Batch<'d> {
    pub fn new(disk: &'d Disk, segment: u32, offset: u32) -> Self {
        let (revision, compacted) = disk.revisions();
        Self {
            disk,
            segment,
            offset,
            revision,
            compacted,
            records: Vec::new(),
            changes: Vec::new(),
            events: Vec::new(),
            replies: Vec::new(),
            heads: HashMap::new(),
            superseded: 0,
        }
    }

    /// Works out a command. Its reply is sent by [`Batch::answer`].
    pub fn execute(&mut self, command: Command) {
        let reply = match command {
            Command::Put {
                key,
                value,
                expected,
                ttl,
                reply,
            } => Reply::Put(reply, self.put(key, value, expected, ttl)),
            Command::Delete {
                key,
                expected,
                reply,
            } => Reply::Delete(reply, self.delete(&key, expected)),
            Command::Compact { at, reply } => Reply::Compact(reply, self.compact(at)),
            Command::Checkpointed => return,
        };
        self.replies.push(reply);
    }

    /// Takes a command that is not to be carried out: its reply is the failure that [`Batch::answer`] is given.
    pub fn refuse(&mut self, command: Command) {
        self.replies.push(match command {
            Command::Put { reply, .. } => Reply::Put(reply, Err(Error::Closed)),
            Command::Delete { reply, .. } => Reply::Delete(reply, Err(Error::Closed)),
            Command::Compact { reply, .. } => Reply::Compact(reply, Err(Error::Closed)),
            Command::Checkpointed => return,
        });
    }

    /// Sends all replies: as they are, or `failure` if the commit failed.
    pub fn answer(self, failure: Option<&Error>) {
        fn send<T>(to: oneshot::Sender<Result<T>>, result: Result<T>, failure: Option<&Error>) {
            let result = match failure {
                Some(error) => Err(error.clone()),
                None => result,
            };
            // A caller that has gone away does not need the answer.
            let _unheard = to.send(result);
        }
        for reply in self.replies {
            match reply {
                Reply::Put(to, result) => send(to, result, failure),
                Reply::Delete(to, result) => send(to, result, failure),
                Reply::Compact(to, result) => send(to, result, failure),
            }
        }
    }

    fn put(
        &mut self,
        key: String,
        value: Bytes,
        expected: Expected,
        ttl: Option<Duration>,
    ) -> Result<Revision> {
        let live = self.live(&key);
        if !expected.admits(live.map(|head| head.revision)) {
            let current = live.map(|head| self.key_value(&key, head)).transpose()?;
            return Err(Error::Conflict { current });
        }
        let expires = ttl.map_or(0, |ttl| now_millis().saturating_add(millis(ttl)));
        self.superseded += ENTRY + live.map_or(0, |head| head.place.length as usize);
        let head = self.append(Kind::Put, &key, live, expires, &value);
        self.events.push(Event::Put(KeyValue {
            key: key.clone(),
            value: value.clone(),
            create_revision: head.create_revision,
            mod_revision: head.revision,
        }));
        self.note(key, head, false, value);
        Ok(head.revision)
    }

    fn delete(&mut self, key: &str, expected: Expected) -> Result<(KeyValue, Revision)> {
        let Some(head) = self.live(key) else {
            return Err(Error::NotFound(key.to_owned()));
        };
        let current = self.key_value(key, head)?;
        if !expected.admits(Some(head.revision)) {
            return Err(Error::Conflict {
                current: Some(current),
            });
        }
        self.superseded += ENTRY + head.place.length as usize;
        let deletion = self.append(Kind::Delete, key, Some(head), 0, &[]);
        self.events.push(Event::Delete {
            key: key.to_owned(),
            revision: deletion.revision,
        });
        self.note(key.to_owned(), deletion, true, Bytes::new());
        Ok((current, deletion.revision))
    }

    fn compact(&mut self, at: Revision) -> Result<()> {
        if at > self.revision {
            return Err(Error::Future {
                requested: at,
                current: self.revision,
            });
        }
        self.compacted = self.compacted.max(at);
        Ok(())
    }

    /// Deletes what has expired up to `now`, as far as it has not been written since.
    pub fn delete_expired(&mut self, now: u64, limit: usize) -> Result<()> {
        for (key, revision) in self.disk.take_expired(now, limit) {
            match self.delete(&key, Expected::Revision(revision)) {
                Ok(_) | Err(Error::NotFound(_) | Error::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The present state of a key, if it exists.
    fn live(&self, key: &str) -> Option<Head> {
        let version = match self.heads.get(key) {
            Some((version, _)) => Some(*version),
            None => self.disk.last(key),
        };
        version
            .filter(|version| !version.deleted)
            .map(|version| version.head)
    }

    fn key_value(&self, key: &str, head: Head) -> Result<KeyValue> {
        match self.heads.get(key) {
            Some((_, value)) => Ok(KeyValue {
                key: key.to_owned(),
                value: value.clone(),
                create_revision: head.create_revision,
                mod_revision: head.revision,
            }),
            None => self.disk.fetch(key, head),
        }
    }

    fn append(
        &mut self,
        kind: Kind,
        key: &str,
        previous: Option<Head>,
        expires: u64,
        value: &[u8],
    ) -> Head {
        self.revision += 1;
        let create_revision = previous.map_or(self.revision, |head| head.create_revision);
        let record = Record {
            kind,
            revision: self.revision,
            create_revision,
            expires,
            previous,
            key,
            value,
        };
        let place = record.encode(self.segment, self.offset, &mut self.records);
        Head {
            revision: self.revision,
            create_revision,
            expires,
            place,
        }
    }

    fn note(&mut self, key: String, head: Head, deleted: bool, value: Bytes) {
        let version = Version { head, deleted };
        self.changes.push((key.clone(), version));
        self.heads.insert(key, (version, value));
    }
}

/// The time in milliseconds since 1970.
pub(super) fn now_millis() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, millis)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

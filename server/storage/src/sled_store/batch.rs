//! A group of writes that is committed as one: what each would do is worked out against the disk and the writes before
//! it in the group.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::disk::{Disk, Head};
use super::record::{self, CHUNK, Index, Meta, Record};
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
    pub meta: Meta,
    pub writes: sled::Batch,
    pub events: Vec<Event>,
    replies: Vec<Reply>,
    /// The heads of keys that were written in this group, with their values.
    heads: HashMap<String, (Head, Bytes)>,
    /// The earliest expiry in this group, in milliseconds since 1970.
    pub next_expiry: Option<u64>,
    /// The bytes of values in this group.
    pub bytes: usize,
    /// About the bytes that this group leaves to history.
    pub superseded: usize,
}

/// What a write takes on disk beside its value: keys, checksums, numbers.
const OVERHEAD: usize = 160;

impl<'d> Batch<'d> {
    pub fn new(disk: &'d Disk, meta: Meta) -> Self {
        Self {
            disk,
            meta,
            writes: sled::Batch::default(),
            events: Vec::new(),
            replies: Vec::new(),
            heads: HashMap::new(),
            next_expiry: None,
            bytes: 0,
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
            } => Reply::Delete(reply, self.delete(key, expected)),
            Command::Compact { at, reply } => Reply::Compact(reply, self.compact(at)),
        };
        self.replies.push(reply);
    }

    /// Takes a command that is not to be carried out: its reply is the failure that [`Batch::answer`] is given.
    pub fn refuse(&mut self, command: Command) {
        self.replies.push(match command {
            Command::Put { reply, .. } => Reply::Put(reply, Err(Error::Closed)),
            Command::Delete { reply, .. } => Reply::Delete(reply, Err(Error::Closed)),
            Command::Compact { reply, .. } => Reply::Compact(reply, Err(Error::Closed)),
        });
    }

    /// Whether anything has to be written.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
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
        let head = self.head(&key)?;
        let live = head.filter(|head| !head.deleted);
        if !expected.admits(live.map(|head| head.revision)) {
            let current = live.map(|head| self.key_value(&key, head)).transpose()?;
            return Err(Error::Conflict { current });
        }
        let revision = self.append(
            &key,
            head,
            live.map(|head| head.create_revision),
            Some(&value),
        );
        if let Some(ttl) = ttl {
            self.expire(&key, revision, now_millis().saturating_add(millis(ttl)));
        }
        if live.is_some() {
            // The value before it is about as long.
            self.superseded += value.len() + OVERHEAD;
        }
        let create_revision = live.map_or(revision, |head| head.create_revision);
        self.events.push(Event::Put(KeyValue {
            key,
            value,
            create_revision,
            mod_revision: revision,
        }));
        Ok(revision)
    }

    fn delete(&mut self, key: String, expected: Expected) -> Result<(KeyValue, Revision)> {
        let Some(head) = self.head(&key)?.filter(|head| !head.deleted) else {
            return Err(Error::NotFound(key));
        };
        let current = self.key_value(&key, head)?;
        if !expected.admits(Some(head.revision)) {
            return Err(Error::Conflict {
                current: Some(current),
            });
        }
        self.superseded += current.value.len() + 2 * OVERHEAD;
        let revision = self.append(&key, Some(head), Some(head.create_revision), None);
        self.events.push(Event::Delete { key, revision });
        Ok((current, revision))
    }

    fn compact(&mut self, at: Revision) -> Result<()> {
        if at > self.meta.revision {
            return Err(Error::Future {
                requested: at,
                current: self.meta.revision,
            });
        }
        self.meta.compacted = self.meta.compacted.max(at);
        Ok(())
    }

    /// Deletes what expired up to `now`, as far as it has not been written since.
    pub fn delete_expired(&mut self, now: u64, limit: usize) -> Result<()> {
        for expiry in self.disk.expiries().take(limit) {
            let (at, revision, key) = expiry?;
            if at > now {
                break;
            }
            self.writes.remove(record::expiry_key(at, revision));
            match self.delete(key, Expected::Revision(revision)) {
                Ok(_) | Err(Error::NotFound(_) | Error::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn head(&self, key: &str) -> Result<Option<Head>> {
        match self.heads.get(key) {
            Some((head, _)) => Ok(Some(*head)),
            None => self.disk.head(key, Revision::MAX),
        }
    }

    fn key_value(&self, key: &str, head: Head) -> Result<KeyValue> {
        match self.heads.get(key) {
            Some((head, value)) => Ok(KeyValue {
                key: key.to_owned(),
                value: value.clone(),
                create_revision: head.create_revision,
                mod_revision: head.revision,
            }),
            None => self.disk.read(head.revision).map(|read| read.0),
        }
    }

    /// Adds a write; without a value it is a deletion.
    fn append(
        &mut self,
        key: &str,
        previous: Option<Head>,
        created: Option<Revision>,
        value: Option<&Bytes>,
    ) -> Revision {
        self.meta.revision += 1;
        let revision = self.meta.revision;
        let deleted = value.is_none();
        let value = value.cloned().unwrap_or_default();
        let create_revision = created.unwrap_or(revision);
        let record = Record {
            key: key.to_owned(),
            deleted,
            create_revision,
            // A deletion that compaction has removed already is not there to be superseded, which does no harm.
            previous: previous.map_or(0, |head| head.revision),
            length: value.len(),
            head: value.slice(..value.len().min(CHUNK)).to_vec(),
        };
        let record_key = record::revision_key(revision, 0);
        self.writes
            .insert(record_key.as_slice(), record.encode(&record_key));
        for (chunk, body) in (1_u16..).zip(value.chunks(CHUNK).skip(1)) {
            let chunk_key = record::revision_key(revision, chunk);
            self.writes
                .insert(chunk_key.as_slice(), record::seal(&chunk_key, body));
        }
        let index_key = record::index_key(key, revision);
        let index = Index {
            deleted,
            create_revision,
        };
        self.writes
            .insert(index_key.as_slice(), index.encode(&index_key));
        self.bytes += value.len();
        self.heads.insert(
            key.to_owned(),
            (
                Head {
                    revision,
                    create_revision,
                    deleted,
                },
                value,
            ),
        );
        revision
    }

    fn expire(&mut self, key: &str, revision: Revision, at: u64) {
        let expiry_key = record::expiry_key(at, revision);
        self.writes.insert(
            expiry_key.as_slice(),
            record::seal(&expiry_key, key.as_bytes()),
        );
        self.next_expiry = Some(self.next_expiry.map_or(at, |next| next.min(at)));
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

//! Opening and reading the data directory. Nothing here writes, apart from what sled does on its own.

use std::fs::{DirBuilder, File, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use bytes::Bytes;

use super::guard::guarded;
use super::marker::Marker;
use super::record::{self, Index, Malformed, Meta, Record};
use crate::store::{Error, Event, KeyValue, RangeRequest, Result, Revision};

/// The memory that sled may take for pages. Reads come from the watch caches, so that little more is needed than what
/// the writer touches.
const CACHE_BYTES: u64 = 16 << 20;

const LOCK_FILE: &str = "lock";

/// sled's own name for its log.
const LOG_FILE: &str = "db";

/// An open data directory.
pub(super) struct Disk {
    pub tree: sled::Tree,
    pub db: sled::Db,
    /// For messages.
    pub place: String,
    /// A handle of our own to sled's log, because sled's flush does not reach the disk.
    log: File,
    marker: Marker,
    /// Held until the directory is closed.
    _lock: File,
}

/// The last write of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub revision: Revision,
    pub create_revision: Revision,
    pub deleted: bool,
}

impl Disk {
    /// Opens a data directory, creating it if it is not there, and reads its state.
    pub fn open(directory: &Path) -> Result<(Self, Meta)> {
        let place = directory.display().to_string();
        let io = |action| move |error: std::io::Error| io_error(action, directory, &error);
        // Secrets are in it.
        let mut builder = DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(io("create"))?;
        let lock = lock(directory)?;
        let db =
            guarded(&place, || open_sled(directory))?.map_err(|error| sled_error(&place, error))?;
        let log = File::open(directory.join(LOG_FILE)).map_err(io("open the log in"))?;
        File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(io("sync"))?;
        let (marker, marked) = Marker::open(directory).map_err(io("read the revision of"))?;
        let disk = Self {
            tree: (*db).clone(),
            db,
            place,
            log,
            marker,
            _lock: lock,
        };
        let meta = guarded(&disk.place, || disk.meta())??;
        if meta.revision < marked {
            let found = meta.revision;
            return Err(disk.corrupt(&format!(
                "it ends at revision {found}, but had reached {marked}"
            )));
        }
        Ok((disk, meta))
    }

    fn meta(&self) -> Result<Meta> {
        let Some(sealed) = self
            .tree
            .get(record::META_KEY)
            .map_err(|error| self.failed(error))?
        else {
            if self
                .tree
                .first()
                .map_err(|error| self.failed(error))?
                .is_some()
            {
                return Err(self.corrupt("there are records, but not the one of the store's state"));
            }
            return Ok(Meta {
                revision: 1,
                compacted: 0,
                scrubbed: 0,
            });
        };
        match Meta::decode(&sealed).map_err(|malformed| self.malformed(&malformed))? {
            (_, Some(meta)) => Ok(meta),
            (format, None) => Err(Error::Configuration(format!(
                "the data in {} has format {format}; this program reads format {}",
                self.place,
                record::FORMAT
            ))),
        }
    }

    /// Returns when everything that was written to the tree is on the disk.
    pub fn sync(&self) -> Result<()> {
        self.db.flush().map_err(|error| self.failed(error))?;
        self.log.sync_data().map_err(|error| Error::Io {
            action: "sync",
            place: self.place.clone(),
            detail: error.to_string(),
        })
    }

    /// Notes that everything up to `revision` has been synced.
    pub fn mark(&self, revision: Revision) {
        self.marker.set(revision);
    }

    /// The last write of a key up to a revision.
    pub fn head(&self, key: &str, at: Revision) -> Result<Option<Head>> {
        let range = record::index_key(key, 0)..=record::index_key(key, at);
        let Some(found) = self.tree.range(range).next_back() else {
            return Ok(None);
        };
        let (index_key, sealed) = found.map_err(|error| self.failed(error))?;
        self.parse_head(&index_key, &sealed)
            .map(|(_, head)| Some(head))
    }

    /// The state of a key at a revision.
    pub fn get(&self, key: &str, at: Revision) -> Result<Option<KeyValue>> {
        match self.head(key, at)? {
            Some(head) if !head.deleted => self.read(head.revision).map(|read| Some(read.0)),
            _ => Ok(None),
        }
    }

    /// A write with its whole value, and whether it was a deletion.
    pub fn read(&self, revision: Revision) -> Result<(KeyValue, bool)> {
        let record = self.record(revision)?.ok_or_else(|| {
            self.corrupt(&format!("the record of revision {revision} is missing"))
        })?;
        let key_value = self.complete(revision, &record)?;
        Ok((key_value, record.deleted))
    }

    /// A write with the head of its value.
    pub fn record(&self, revision: Revision) -> Result<Option<Record>> {
        let key = record::revision_key(revision, 0);
        let Some(sealed) = self.tree.get(&key).map_err(|error| self.failed(error))? else {
            return Ok(None);
        };
        Record::decode(&key, &sealed)
            .map(Some)
            .map_err(|malformed| self.malformed(&malformed))
    }

    fn complete(&self, revision: Revision, record: &Record) -> Result<KeyValue> {
        let mut value = Vec::with_capacity(record.length);
        value.extend_from_slice(&record.head);
        for chunk in 1..record.chunks() {
            let key = record::revision_key(revision, chunk);
            let sealed = self.tree.get(&key).map_err(|error| self.failed(error))?;
            let sealed = sealed.ok_or_else(|| {
                self.corrupt(&format!("chunk {chunk} of revision {revision} is missing"))
            })?;
            let body =
                record::open(&key, &sealed).map_err(|malformed| self.malformed(&malformed))?;
            value.extend_from_slice(body);
        }
        if value.len() != record.length {
            return Err(self.corrupt(&format!(
                "the value of revision {revision} has a wrong length"
            )));
        }
        Ok(KeyValue {
            key: record.key.clone(),
            value: Bytes::from(value),
            create_revision: record.create_revision,
            mod_revision: revision,
        })
    }

    /// The items of a range as of a revision, and whether the limit cut it short.
    pub fn range(&self, request: &RangeRequest, at: Revision) -> Result<(Vec<KeyValue>, bool)> {
        let limit = if request.limit == 0 {
            usize::MAX
        } else {
            request.limit
        };
        let start = match &request.start_after {
            Some(key) if *key >= request.prefix => record::index_after(key),
            _ => record::index_prefix(&request.prefix),
        };
        let prefix = record::index_prefix(&request.prefix);
        let mut items = Vec::new();
        let mut last: Option<(String, Head)> = None;
        for found in self.tree.range(start..) {
            let (index_key, sealed) = found.map_err(|error| self.failed(error))?;
            if !index_key.starts_with(&prefix) {
                break;
            }
            let (key, head) = self.parse_head(&index_key, &sealed)?;
            if head.revision > at {
                continue;
            }
            match &mut last {
                Some((name, newest)) if name == key => *newest = head,
                _ => {
                    self.add(&mut items, last.take())?;
                    if items.len() > limit {
                        break;
                    }
                    last = Some((key.to_owned(), head));
                }
            }
        }
        self.add(&mut items, last)?;
        let more = items.len() > limit;
        items.truncate(limit);
        Ok((items, more))
    }

    fn add(&self, items: &mut Vec<KeyValue>, last: Option<(String, Head)>) -> Result<()> {
        if let Some((_, head)) = last
            && !head.deleted
        {
            items.push(self.read(head.revision)?.0);
        }
        Ok(())
    }

    /// See [`crate::feed::History::events`].
    pub fn events(
        &self,
        prefix: &str,
        after: Revision,
        through: Revision,
        limit: usize,
    ) -> Result<(Vec<Event>, Revision)> {
        let mut events = Vec::new();
        let range = record::revision_key(after + 1, 0)..=record::revision_key(through, u16::MAX);
        for found in self.tree.range(range) {
            let (key, sealed) = found.map_err(|error| self.failed(error))?;
            let (revision, chunk) =
                record::parse_revision_key(&key).map_err(|malformed| self.malformed(&malformed))?;
            if chunk != 0 || !Record::may_be_under(&sealed, prefix) {
                continue;
            }
            let record =
                Record::decode(&key, &sealed).map_err(|malformed| self.malformed(&malformed))?;
            if !record.key.starts_with(prefix) {
                continue;
            }
            events.push(if record.deleted {
                Event::Delete {
                    key: record.key,
                    revision,
                }
            } else {
                Event::Put(self.complete(revision, &record)?)
            });
            if events.len() >= limit {
                return Ok((events, revision));
            }
        }
        Ok((events, through))
    }

    /// What expires next: the time in milliseconds since 1970, the revision of the write, and its key.
    pub fn expiries(&self) -> impl Iterator<Item = Result<(u64, Revision, String)>> {
        self.tree.scan_prefix(record::EXPIRY_PREFIX).map(|found| {
            let (key, sealed) = found.map_err(|error| self.failed(error))?;
            let parsed = record::parse_expiry_key(&key)
                .and_then(|(at, revision)| Ok((at, revision, record::open(&key, &sealed)?)))
                .map_err(|malformed| self.malformed(&malformed))?;
            let (at, revision, name) = parsed;
            Ok((at, revision, String::from_utf8_lossy(name).into_owned()))
        })
    }

    fn parse_head<'a>(&self, index_key: &'a [u8], sealed: &[u8]) -> Result<(&'a str, Head)> {
        let (key, revision) =
            record::parse_index_key(index_key).map_err(|malformed| self.malformed(&malformed))?;
        let Index {
            deleted,
            create_revision,
        } = Index::decode(index_key, sealed).map_err(|malformed| self.malformed(&malformed))?;
        Ok((
            key,
            Head {
                revision,
                create_revision,
                deleted,
            },
        ))
    }

    pub fn failed(&self, error: sled::Error) -> Error {
        sled_error(&self.place, error)
    }

    fn malformed(&self, malformed: &Malformed) -> Error {
        self.corrupt(&malformed.0)
    }

    fn corrupt(&self, detail: &str) -> Error {
        Error::Corrupt {
            place: self.place.clone(),
            detail: detail.to_owned(),
        }
    }
}

fn open_sled(directory: &Path) -> sled::Result<sled::Db> {
    sled::Config::new()
        .path(directory)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None)
        .open()
}

/// Takes the directory for this process; the file names it for those who come later.
fn lock(directory: &Path) -> Result<File> {
    let path = directory.join(LOCK_FILE);
    let io = |error: std::io::Error| io_error("lock", &path, &error);
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(io)?;
            let holder = if holder.is_empty() {
                "another process"
            } else {
                holder.trim()
            };
            return Err(Error::Locked {
                directory: directory.display().to_string(),
                holder: holder.to_owned(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    let program = std::env::current_exe().ok();
    let program = program
        .as_deref()
        .and_then(Path::file_name)
        .unwrap_or_default()
        .to_string_lossy();
    file.set_len(0).map_err(io)?;
    file.rewind().map_err(io)?;
    writeln!(file, "process {} ({program})", std::process::id()).map_err(io)?;
    Ok(file)
}

pub(super) fn io_error(action: &'static str, place: &Path, error: &std::io::Error) -> Error {
    Error::Io {
        action,
        place: place.display().to_string(),
        detail: error.to_string(),
    }
}

fn sled_error(place: &str, error: sled::Error) -> Error {
    let place = place.to_owned();
    match error {
        sled::Error::Io(error) if error.kind() != std::io::ErrorKind::InvalidData => Error::Io {
            action: "use the store in",
            place,
            detail: error.to_string(),
        },
        sled::Error::Corruption { at: Some(at), .. } => Error::Corrupt {
            place,
            detail: format!("sled cannot read what it wrote at {at:?}"),
        },
        sled::Error::Corruption { at: None, .. } => Error::Corrupt {
            place,
            detail: "sled cannot read its configuration or log".to_owned(),
        },
        other => Error::Corrupt {
            place,
            detail: other.to_string(),
        },
    }
}

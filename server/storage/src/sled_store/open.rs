//! Opening a data directory: the lock, the index of the last checkpoint, and what the log has to add to it.
//!
//! ```text
//! lock          held as long as the store is open; names the holder
//! revision      how far the store had come
//! index/        sled
//! log/          the log's segments
//! ```

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use parking_lot::RwLock;

use super::checkpoint::{Checkpoint, Checkpoints};
use super::disk::Disk;
use super::index::{Index, Version};
use super::log::{Log, Tail};
use super::marker::Marker;
use super::record::{FORMAT, Head, Kind, Meta, Place, Record};
use super::{corrupt, io_error};
use crate::store::{Error, Result, Revision};

const LOCK_FILE: &str = "lock";
const INDEX_FOLDER: &str = "index";
const LOG_FOLDER: &str = "log";

/// Where sled was when it held everything.
const FORMER_FILE: &str = "db";

/// What opening a data directory gives.
pub(super) struct Opened {
    pub disk: Disk,
    pub checkpoints: Arc<Checkpoints>,
    pub tail: Tail,
    pub marker: Marker,
    /// The last checkpoint.
    pub meta: Meta,
    /// The sizes of the segments.
    pub sizes: BTreeMap<u32, u64>,
    /// What changed since the last checkpoint.
    pub dirty: Vec<Arc<str>>,
    /// Held until the directory is closed.
    pub lock: File,
}

/// Opens a data directory, creating it if it is not there.
pub(super) fn open(directory: &Path) -> Result<Opened> {
    let place = directory.display().to_string();
    let io = |action| move |error: std::io::Error| io_error(action, directory, &error);
    // Secrets are in it.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(io("create"))?;
    let lock = lock(directory)?;
    if directory.join(FORMER_FILE).exists() {
        return Err(Error::Configuration(format!(
            "the data in {place} has format 1; this program reads format {FORMAT}"
        )));
    }
    let (marker, mark) = Marker::open(directory).map_err(io("read the revision of"))?;
    let index_folder = directory.join(INDEX_FOLDER);
    let damaged = |detail: &str| corrupt(&index_folder.display().to_string(), detail);
    let checkpoints = Checkpoints::open(&index_folder)?;
    let log = Log::open(directory.join(LOG_FOLDER)).map_err(io("open the log in"))?;
    for folder in [directory, &index_folder] {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(io("sync"))?;
    }
    let found = checkpoints.meta()?;
    let meta = found.unwrap_or(Meta::EMPTY);
    if meta.checkpoint < mark.checkpoint {
        let (found, marked) = (meta.checkpoint, mark.checkpoint);
        let detail = format!("it ends at checkpoint {found}, but had reached {marked}");
        return Err(damaged(&detail));
    }
    let mut sizes = log.segments().map_err(io("read the log in"))?;
    if found.is_none()
        && sizes
            .keys()
            .next()
            .is_some_and(|first| *first != meta.segment)
    {
        return Err(damaged("it is empty, and the log is not"));
    }
    let mut replay = Replay {
        log: &log,
        meta,
        index: Index::new(meta.revision, meta.compacted),
        dirty: Vec::new(),
    };
    checkpoints.load(|key, head| replay.row(key, head))?;
    let end = replay.all(&sizes)?;
    let Replay { index, dirty, .. } = replay;
    check(&log, &index, &sizes, (mark.revision, end.0))?;
    let tail = log.tail(end.0, end.1).map_err(io("open the log in"))?;
    sizes.insert(end.0, end.1.into());
    Ok(Opened {
        disk: Disk {
            index: RwLock::new(index),
            log,
            place,
        },
        checkpoints: Arc::new(checkpoints),
        tail,
        marker,
        meta,
        sizes,
        dirty,
        lock,
    })
}

/// Makes a data directory whose history begins after `revision`.
pub(super) fn create(directory: &Path, revision: Revision) -> Result<()> {
    let opened = open(directory)?;
    if opened.meta.checkpoint != 0 || !opened.dirty.is_empty() {
        let place = &opened.disk.place;
        return Err(Error::Configuration(format!("there is a store in {place}")));
    }
    opened.checkpoints.write(&Checkpoint {
        meta: Meta {
            revision,
            compacted: revision,
            checkpoint: 1,
            ..Meta::EMPTY
        },
        heads: Vec::new(),
        obsolete: Vec::new(),
    })
}

/// Whether everything is there that the index points to, and that the store had acknowledged.
fn check(
    log: &Log,
    index: &Index,
    sizes: &BTreeMap<u32, u64>,
    (marked, last): (Revision, u32),
) -> Result<()> {
    if index.revision < marked {
        let found = index.revision;
        let detail = format!("it ends at revision {found}, but had reached {marked}");
        return Err(log.damaged(last, &detail));
    }
    for (segment, held) in index.held() {
        if held.bytes > sizes.get(segment).copied().unwrap_or(0) {
            return Err(log.damaged(*segment, "it is missing or cut short"));
        }
    }
    Ok(())
}

struct Replay<'a> {
    log: &'a Log,
    meta: Meta,
    index: Index,
    dirty: Vec<Arc<str>>,
}

impl Replay<'_> {
    fn row(&mut self, key: &str, head: Head) {
        let version = Version {
            head,
            deleted: false,
        };
        let key = self.index.add(key, version);
        self.index.expire(&key, &head);
    }

    /// Reads the log from where it has something to add, and answers where it ends.
    fn all(&mut self, sizes: &BTreeMap<u32, u64>) -> Result<(u32, u32)> {
        let first = self.meta.history.min(self.meta.segment);
        let last = sizes.keys().next_back().copied().unwrap_or(1);
        let mut end = (last.max(self.meta.segment), 0);
        for segment in sizes.range(first..).map(|(segment, _)| *segment) {
            let read = self.log.read_segment(segment);
            let bytes =
                read.map_err(|error| io_error("read the log in", self.log.folder(), &error))?;
            let mut offset = 0_u32;
            while (offset as usize) < bytes.len() {
                let rest = bytes.get(offset as usize..).unwrap_or_default();
                match Record::decode(rest, segment, offset) {
                    Ok((record, place)) => {
                        self.record(&record, place);
                        offset += place.length;
                    }
                    // A write that a crash cut short; if it was more than that, the marker tells.
                    Err(_) if segment == last => break,
                    Err(malformed) => return Err(self.log.damaged(segment, &malformed.0)),
                }
            }
            end = (segment, offset);
        }
        if end < (self.meta.segment, self.meta.offset) {
            let detail = "it ends before the last checkpoint";
            return Err(self.log.damaged(self.meta.segment, detail));
        }
        Ok(end)
    }

    fn record(&mut self, record: &Record<'_>, place: Place) {
        let after = (place.segment, place.offset) >= (self.meta.segment, self.meta.offset);
        if record.kind == Kind::Moved {
            let moved = self.index.relocate(record.key, record.revision, place);
            self.dirty.extend(moved.filter(|_| after));
            return;
        }
        if record.revision <= self.meta.compacted {
            return;
        }
        if let Some(head) = record.previous {
            let version = Version {
                head,
                deleted: false,
            };
            self.index.add(record.key, version);
        }
        let head = Head {
            revision: record.revision,
            create_revision: record.create_revision,
            expires: record.expires,
            place,
        };
        let deleted = record.kind == Kind::Delete;
        let key = self.index.change(record.key, Version { head, deleted });
        if after {
            self.dirty.push(key);
        }
    }
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

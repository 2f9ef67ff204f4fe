//! Checkpoints: the index as it is in sled, so that opening the store reads only the end of the log, and so that segments
//! of the log can go once nothing in sled points into them any more.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::batch::Command;
use super::guard::guarded;
use super::record::{self, Head, Malformed, Meta};
use super::{corrupt, io_error};
use crate::store::{Error, Result};

/// The memory that sled may take for pages. It is read once, when the store is opened.
const CACHE_BYTES: u64 = 1 << 20;

/// sled's own name for its log.
const SLED_FILE: &str = "db";

/// How many rows are written to sled at a time.
const ROWS: usize = 256;

/// How long sled's threads may take to let go of an index that was closed. The lock of the data directory tells that
/// nobody else has it open.
const LETTING_GO: Duration = Duration::from_secs(5);

/// How long to wait before the index is tried again.
const PAUSE: Duration = Duration::from_millis(5);

/// sled, as far as this store uses it.
pub(super) struct Checkpoints {
    tree: sled::Tree,
    db: sled::Db,
    /// A handle of our own to sled's log, because sled's flush does not reach the disk.
    file: File,
    /// For messages.
    place: String,
}

/// What changed since the last checkpoint.
pub(super) struct Checkpoint {
    pub meta: Meta,
    /// The present state of every key that was written or moved; none of one that was deleted.
    pub heads: Vec<(Arc<str>, Option<Head>)>,
    /// Segments that nothing points into any more when this is done.
    pub obsolete: Vec<u32>,
}

impl Checkpoints {
    pub fn open(folder: &Path) -> Result<Self> {
        let place = folder.display().to_string();
        let open = || {
            sled::Config::new()
                .path(folder)
                .cache_capacity(CACHE_BYTES)
                .flush_every_ms(None)
                .open()
        };
        let start = Instant::now();
        let db = loop {
            match guarded(&place, open)? {
                Err(error) if is_locked(&error) && start.elapsed() < LETTING_GO => {
                    thread::sleep(PAUSE);
                }
                opened => break opened.map_err(|error| sled_error(&place, error))?,
            }
        };
        let file = File::open(folder.join(SLED_FILE))
            .map_err(|error| io_error("open the index in", folder, &error))?;
        Ok(Self {
            tree: (*db).clone(),
            db,
            file,
            place,
        })
    }

    /// What the last checkpoint said of the whole store.
    pub fn meta(&self) -> Result<Option<Meta>> {
        guarded(&self.place, || {
            let row = self.tree.get(record::META_KEY);
            let Some(sealed) = row.map_err(|error| self.failed(error))? else {
                let first = self.tree.first().map_err(|error| self.failed(error))?;
                return match first {
                    None => Ok(None),
                    Some(_) => Err(corrupt(
                        &self.place,
                        "there are rows, but not the one of the store's state",
                    )),
                };
            };
            match Meta::decode(&sealed).map_err(|malformed| self.malformed(&malformed))? {
                (_, Some(meta)) => Ok(Some(meta)),
                (format, None) => Err(Error::Configuration(format!(
                    "the data in {} has format {format}; this program reads format {}",
                    self.place,
                    record::FORMAT
                ))),
            }
        })?
    }

    /// Hands the state of every key to `take`.
    pub fn load(&self, mut take: impl FnMut(&str, Head)) -> Result<()> {
        guarded(&self.place, || {
            for row in self.tree.scan_prefix(record::HEAD_PREFIX) {
                let (row, sealed) = row.map_err(|error| self.failed(error))?;
                let head = Head::decode(&row, &sealed).and_then(|head| {
                    take(record::parse_head_key(&row)?, head);
                    Ok(())
                });
                head.map_err(|malformed| self.malformed(&malformed))?;
            }
            Ok(())
        })?
    }

    /// Writes a checkpoint, and returns when it is on the disk. Of one that is cut short by a crash the rows may be
    /// there and the state not: then the log is read from the checkpoint before on, and says the same again.
    pub fn write(&self, checkpoint: &Checkpoint) -> Result<()> {
        guarded(&self.place, || {
            for rows in checkpoint.heads.chunks(ROWS) {
                let mut batch = sled::Batch::default();
                for (key, head) in rows {
                    let row = record::head_key(key);
                    match head {
                        Some(head) => batch.insert(row.as_slice(), head.encode(&row)),
                        None => batch.remove(row),
                    }
                }
                let applied = self.tree.apply_batch(batch);
                applied.map_err(|error| self.failed(error))?;
            }
            self.sync()?;
            let meta = checkpoint.meta.encode();
            let inserted = self.tree.insert(record::META_KEY, meta);
            inserted.map_err(|error| self.failed(error))?;
            self.sync()
        })?
    }

    fn sync(&self) -> Result<()> {
        self.db.flush().map_err(|error| self.failed(error))?;
        self.file.sync_data().map_err(|error| Error::Io {
            action: "sync",
            place: self.place.clone(),
            detail: error.to_string(),
        })
    }

    fn failed(&self, error: sled::Error) -> Error {
        sled_error(&self.place, error)
    }

    fn malformed(&self, malformed: &Malformed) -> Error {
        corrupt(&self.place, &malformed.0)
    }
}

/// Writes a checkpoint in a thread of its own, which tells the writer when it is done.
pub(super) fn start(
    checkpoints: &Arc<Checkpoints>,
    checkpoint: Checkpoint,
    done: mpsc::WeakSender<Command>,
) -> std::io::Result<JoinHandle<Result<Checkpoint>>> {
    let checkpoints = Arc::clone(checkpoints);
    std::thread::Builder::new()
        .name("sled-checkpoint".to_owned())
        .spawn(move || {
            let result = checkpoints.write(&checkpoint).map(|()| checkpoint);
            // A writer that is busy, or closing, looks by itself.
            if let Some(done) = done.upgrade() {
                let _busy = done.try_send(Command::Checkpointed);
            }
            result
        })
}

/// Whether sled says that the index is open elsewhere.
fn is_locked(error: &sled::Error) -> bool {
    let sled::Error::Io(error) = error else {
        return false;
    };
    error.to_string().starts_with("could not acquire lock")
}

pub(super) fn sled_error(place: &str, error: sled::Error) -> Error {
    let detail = match error {
        sled::Error::Io(error) if error.kind() != std::io::ErrorKind::InvalidData => {
            return Error::Io {
                action: "use the store in",
                place: place.to_owned(),
                detail: error.to_string(),
            };
        }
        sled::Error::Corruption { at: Some(at), .. } => {
            format!("sled cannot read what it wrote at {at:?}")
        }
        sled::Error::Corruption { at: None, .. } => {
            "sled cannot read its configuration or log".to_owned()
        }
        other => other.to_string(),
    };
    corrupt(place, &detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_is_let_go_of_is_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        drop(Checkpoints::open(directory.path()).unwrap());
        let held = File::open(directory.path().join(SLED_FILE)).unwrap();
        held.lock().unwrap();
        thread::scope(|scope| {
            let opening = scope.spawn(|| Checkpoints::open(directory.path()).map(drop));
            thread::sleep(4 * PAUSE);
            held.unlock().unwrap();
            opening.join().unwrap().unwrap();
        });
    }
}

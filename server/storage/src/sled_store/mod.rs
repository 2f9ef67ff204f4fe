//! The embedded store: a log of all writes, and sled with the index of it. It needs no set-up.
//!
//! Values go to the log alone, once; a group of writes is one append and one sync. Readers find values by the index in
//! memory. sled keeps that index across restarts: it is brought up to date in checkpoints, by a thread of its own, and
//! the end of the log tells what came after the last of them. What nobody may ask for any more is dropped from the index,
//! and segments of the log of which little is needed are emptied: sled alone would take seven times the size of what is
//! overwritten again and again.

mod batch;
mod checkpoint;
mod disk;
mod guard;
mod history;
mod index;
mod log;
mod marker;
mod open;
mod record;
mod space;
#[cfg(test)]
mod tests;
mod writer;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::feed::{History, Watch};
use crate::store::{
    Error, Event, Expected, KeyValue, RangeRequest, RangeResponse, Result, Revision, Store,
    check_key, check_value,
};
use batch::Command;
use disk::Disk;
use writer::{Shared, Writer};

/// How many writes may wait for the writer; more wait outside.
const QUEUE: usize = 1_024;

/// A store in a directory of this machine. One process at a time can have it open.
#[derive(Clone)]
pub struct SledStore {
    inner: Arc<Inner>,
}

struct Inner {
    directory: PathBuf,
    shared: Arc<Shared>,
    /// None only while it is being dropped.
    commands: Option<mpsc::Sender<Command>>,
    writer: Option<JoinHandle<()>>,
}

impl SledStore {
    /// Opens the store in a directory, which is created if it is not there.
    ///
    /// [`Error::Locked`] when another process has it open, [`Error::Corrupt`] when it is damaged. Blocks while sled
    /// reads its log.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self> {
        let opened = open::open(directory.as_ref())?;
        let (commands, receiver) = mpsc::channel(QUEUE);
        let (writer, shared) = Writer::new(opened, receiver, commands.downgrade());
        let spawned =
            |error: std::io::Error| io_error("start the writer of", directory.as_ref(), &error);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(spawned)?;
        let writer = std::thread::Builder::new()
            .name("sled-writer".to_owned())
            .spawn(move || runtime.block_on(writer.run()))
            .map_err(spawned)?;
        Ok(Self {
            inner: Arc::new(Inner {
                directory: directory.as_ref().to_owned(),
                shared,
                commands: Some(commands),
                writer: Some(writer),
            }),
        })
    }

    /// Makes a store in a directory that gives out revisions after `revision`, and refuses to tell of those up to it.
    ///
    /// [`Error::Configuration`] when there is a store already. Blocks, as [`SledStore::open`] does.
    pub fn create(directory: impl AsRef<Path>, revision: Revision) -> Result<Self> {
        open::create(directory.as_ref(), revision)?;
        Self::open(directory)
    }

    async fn send<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T>>) -> Command,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let commands = self.inner.commands.as_ref().ok_or(Error::Closed)?;
        commands
            .send(command(reply))
            .await
            .map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!(place = %self.shared.disk.place, "the store's writer panicked");
        }
    }
}

impl Shared {
    fn compacted(&self) -> Revision {
        self.disk.revisions().1
    }

    /// The revision to read at: the latest if none is asked for.
    fn readable(&self, requested: Option<Revision>) -> Result<Revision> {
        let current = self.feed.published();
        let compacted = self.compacted();
        match requested {
            None => Ok(current),
            Some(requested) if requested > current => Err(Error::Future { requested, current }),
            Some(requested) if requested < compacted => Err(Error::Compacted {
                requested,
                compacted,
            }),
            Some(requested) => Ok(requested),
        }
    }

    /// Reads at a revision in a thread that may block. If the revision is compacted meanwhile, the answer may lack
    /// what was scrubbed: then it is read again at the latest revision, or refused if one was asked for.
    async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        requested: Option<Revision>,
        read: impl Fn(&Disk, Revision) -> Result<T> + Send + 'static,
    ) -> Result<(T, Revision)> {
        let shared = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            loop {
                let at = shared.readable(requested)?;
                let result = read(&shared.disk, at);
                if shared.compacted() <= at {
                    return result.map(|value| (value, at));
                }
            }
        });
        task.await.map_err(|_| Error::Closed)?
    }
}

/// The bytes that the files of a folder take on disk. One that is removed meanwhile takes none.
fn allocated(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => allocated(&entry.path()),
            Ok(metadata) => metadata.blocks() * 512,
            Err(_) => 0,
        })
        .sum()
}

#[async_trait]
impl Store for SledStore {
    async fn get(
        &self,
        key: &str,
        revision: Option<Revision>,
    ) -> Result<(Option<KeyValue>, Revision)> {
        check_key(key)?;
        let key = key.to_owned();
        self.inner
            .shared
            .read(revision, move |disk, at| disk.get(&key, at))
            .await
    }

    async fn range(&self, request: RangeRequest) -> Result<RangeResponse> {
        let read = self
            .inner
            .shared
            .read(request.revision, move |disk, at| disk.range(&request, at));
        let ((items, more), revision) = read.await?;
        Ok(RangeResponse {
            items,
            more,
            revision,
        })
    }

    async fn put(
        &self,
        key: &str,
        value: Bytes,
        expected: Expected,
        ttl: Option<Duration>,
    ) -> Result<Revision> {
        check_key(key)?;
        check_value(&value)?;
        let key = key.to_owned();
        self.send(|reply| Command::Put {
            key,
            value,
            expected,
            ttl,
            reply,
        })
        .await
    }

    async fn delete(&self, key: &str, expected: Expected) -> Result<(KeyValue, Revision)> {
        check_key(key)?;
        let key = key.to_owned();
        self.send(|reply| Command::Delete {
            key,
            expected,
            reply,
        })
        .await
    }

    async fn watch(&self, prefix: &str, after: Revision) -> Result<Watch> {
        self.inner.shared.readable(Some(after))?;
        let history = Arc::new(Past(Arc::clone(&self.inner.shared))) as Arc<dyn History>;
        Ok(Watch::new(
            Arc::clone(&self.inner.shared.feed),
            history,
            prefix,
            after,
        ))
    }

    async fn current_revision(&self) -> Result<Revision> {
        Ok(self.inner.shared.feed.published())
    }

    async fn expiring(&self) -> Result<Vec<(String, Duration)>> {
        let now = batch::now_millis();
        let expiring = self.inner.shared.disk.index.read().expiring();
        let left = |at: u64| Duration::from_millis(at.saturating_sub(now).max(1));
        let all = expiring.into_iter();
        Ok(all
            .map(|(key, at)| (key.as_ref().to_owned(), left(at)))
            .collect())
    }

    async fn oldest_revision(&self, not_before: Revision) -> Result<Revision> {
        let compacted = self.inner.shared.compacted();
        Ok(compacted.max(not_before).max(1))
    }

    async fn size(&self) -> Result<Option<u64>> {
        let inner = self.inner.clone();
        let sum = tokio::task::spawn_blocking(move || allocated(&inner.directory));
        sum.await.map(Some).map_err(|_| Error::Closed)
    }

    async fn compact(&self, at: Revision) -> Result<()> {
        self.send(|reply| Command::Compact { at, reply }).await
    }
}

/// What watches read that are not at the end.
struct Past(Arc<Shared>);

#[async_trait]
impl History for Past {
    async fn events(
        &self,
        prefix: &str,
        after: Revision,
        through: Revision,
        limit: usize,
    ) -> Result<(Vec<Event>, Revision)> {
        let shared = Arc::clone(&self.0);
        let prefix = prefix.to_owned();
        let task =
            tokio::task::spawn_blocking(move || shared.disk.events(&prefix, after, through, limit));
        let events = task.await.map_err(|_| Error::Closed)?;
        // Afterwards: what was compacted meanwhile may be missing in the answer.
        let compacted = self.0.compacted();
        if after < compacted {
            return Err(Error::Compacted {
                requested: after,
                compacted,
            });
        }
        events
    }
}

fn io_error(action: &'static str, place: &Path, error: &std::io::Error) -> Error {
    Error::Io {
        action,
        place: place.display().to_string(),
        detail: error.to_string(),
    }
}

fn corrupt(place: &str, detail: &str) -> Error {
    Error::Corrupt {
        place: place.to_owned(),
        detail: detail.to_owned(),
    }
}

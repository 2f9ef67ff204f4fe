//! The embedded store: sled, with a history, group commit and checksums. It needs no set-up.

mod batch;
mod disk;
mod guard;
mod history;
mod marker;
mod record;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::feed::{Feed, History, Watch};
use crate::store::{
    Error, Event, Expected, KeyValue, RangeRequest, RangeResponse, Result, Revision, Store,
    check_key, check_value,
};
use batch::Command;
use disk::Disk;
use guard::guarded;
use writer::{Shared, Writer};

/// How many writes may wait for the writer; more wait outside.
const QUEUE: usize = 1_024;

/// A store in a directory of this machine. One process at a time can have it open.
#[derive(Clone)]
pub struct SledStore {
    inner: Arc<Inner>,
}

struct Inner {
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
        let (disk, meta) = Disk::open(directory.as_ref())?;
        let shared = Arc::new(Shared {
            disk: Arc::new(disk),
            feed: Arc::new(Feed::new(meta.revision)),
            compacted: AtomicU64::new(meta.compacted),
        });
        let (commands, receiver) = mpsc::channel(QUEUE);
        let place = shared.disk.place.clone();
        let writer = guarded(&place, || Writer::new(Arc::clone(&shared), meta, receiver))??;
        let spawned = |error: std::io::Error| {
            disk::io_error("start the writer of", directory.as_ref(), &error)
        };
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
                shared,
                commands: Some(commands),
                writer: Some(writer),
            }),
        })
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
    /// The revision to read at: the latest if none is asked for.
    fn readable(&self, requested: Option<Revision>) -> Result<Revision> {
        let current = self.feed.published();
        let compacted = self.compacted.load(Ordering::Acquire);
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
                let result = guarded(&shared.disk.place, || read(&shared.disk, at))
                    .and_then(|result| result);
                if shared.compacted.load(Ordering::Acquire) <= at {
                    return result.map(|value| (value, at));
                }
            }
        });
        task.await.map_err(|_| Error::Closed)?
    }
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
        let history = Arc::clone(&self.inner.shared) as Arc<dyn History>;
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
        let read = self.inner.shared.read(None, |disk, at| {
            let now = batch::now_millis();
            let mut all = Vec::new();
            for expiry in disk.expiries() {
                let (when, revision, key) = expiry?;
                let last = disk.head(&key, at)?;
                if last.is_some_and(|last| last.revision == revision && !last.deleted) {
                    let left = Duration::from_millis(when.saturating_sub(now).max(1));
                    all.push((key, left));
                }
            }
            Ok(all)
        });
        Ok(read.await?.0)
    }

    async fn oldest_revision(&self, not_before: Revision) -> Result<Revision> {
        let compacted = self.inner.shared.compacted.load(Ordering::Acquire);
        Ok(compacted.max(not_before).max(1))
    }

    async fn compact(&self, at: Revision) -> Result<()> {
        self.send(|reply| Command::Compact { at, reply }).await
    }
}

#[async_trait]
impl History for Shared {
    async fn events(
        &self,
        prefix: &str,
        after: Revision,
        through: Revision,
        limit: usize,
    ) -> Result<(Vec<Event>, Revision)> {
        let disk = Arc::clone(&self.disk);
        let prefix = prefix.to_owned();
        let task = tokio::task::spawn_blocking(move || {
            guarded(&disk.place, || disk.events(&prefix, after, through, limit))
        });
        let events = task
            .await
            .map_err(|_| Error::Closed)?
            .and_then(|result| result)?;
        let compacted = self.compacted.load(Ordering::Acquire);
        if after < compacted {
            return Err(Error::Compacted {
                requested: after,
                compacted,
            });
        }
        Ok(events)
    }
}

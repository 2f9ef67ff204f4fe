//! The only writer of the data directory: a thread that takes all commands that are waiting, commits them as one group
//! (one batch, one flush, one sync), hands the events to the watches, and answers.
//!
//! The slower the disk, the larger the groups: while one group is being synced the next one gathers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

use super::batch::{Batch, Command, now_millis};
use super::disk::Disk;
use super::guard::guarded;
use super::history::Superseded;
use super::record::{self, Meta};
use crate::feed::Feed;
use crate::store::{Error, Result, Revision};

/// The most commands in one group.
const GROUP: usize = 512;

/// The most bytes of values in one group.
const GROUP_BYTES: usize = 4 << 20;

/// How long a group waits for more commands when there are several writers: about half of what a sync takes.
const GATHER: Duration = Duration::from_micros(250);

/// A group of this size does not wait for more.
const WORTHWHILE_GROUP: usize = 16;

/// How many revisions are scrubbed between two groups, so that writers hardly notice a compaction.
const SCRUB: u64 = 256;

/// The longest sleep until an expiry: the clock may be set meanwhile.
const MAX_SLEEP: Duration = Duration::from_secs(30);

/// What the writer shares with the readers.
pub(super) struct Shared {
    pub disk: Arc<Disk>,
    pub feed: Arc<Feed>,
    pub compacted: AtomicU64,
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    meta: Meta,
    commands: mpsc::Receiver<Command>,
    /// When something expires next, in milliseconds since 1970.
    next_expiry: Option<u64>,
    /// How many commands the last group had.
    last_group: usize,
    /// After a failed commit nobody knows what is on disk: no further write is accepted until the store is opened
    /// again.
    failed: Option<Error>,
    superseded: Superseded,
}

/// What to do next.
enum Step {
    Group(Command),
    Idle,
    Closed,
}

impl Writer {
    pub fn new(shared: Arc<Shared>, meta: Meta, commands: mpsc::Receiver<Command>) -> Result<Self> {
        let mut writer = Self {
            shared,
            meta,
            commands,
            next_expiry: None,
            last_group: 0,
            failed: None,
            superseded: Superseded::new(meta.revision),
        };
        writer.next_expiry = writer.read_next_expiry()?;
        Ok(writer)
    }

    /// Works until all senders of commands are gone. It blocks on the disk, so it has a thread of its own.
    pub async fn run(mut self) {
        loop {
            match self.next().await {
                Step::Group(first) => self.group(Some(first)),
                Step::Idle => self.group(None),
                Step::Closed => break,
            }
        }
        if self.failed.is_none()
            && let Err(error) = self.shared.disk.sync()
        {
            tracing::error!(%error, "cannot flush the store on closing");
        }
    }

    async fn next(&mut self) -> Step {
        if self.scrubbing() {
            return match self.commands.try_recv() {
                Ok(command) => Step::Group(command),
                Err(mpsc::error::TryRecvError::Empty) => Step::Idle,
                Err(mpsc::error::TryRecvError::Disconnected) => Step::Closed,
            };
        }
        let received = match self.next_expiry.filter(|_| self.failed.is_none()) {
            None => self.commands.recv().await,
            Some(at) => {
                let wait = Duration::from_millis(at.saturating_sub(now_millis())).min(MAX_SLEEP);
                match tokio::time::timeout(wait, self.commands.recv()).await {
                    Ok(received) => received,
                    Err(_elapsed) => return Step::Idle,
                }
            }
        };
        received.map_or(Step::Closed, Step::Group)
    }

    fn scrubbing(&self) -> bool {
        self.meta.scrubbed < self.meta.compacted && self.failed.is_none()
    }

    /// One group: what was received, what else is waiting, what has expired, and a bit of scrubbing.
    fn group(&mut self, first: Option<Command>) {
        let disk = Arc::clone(&self.shared.disk);
        let mut batch = Batch::new(&disk, self.meta);
        let mut commands = 0;
        let mut next = first;
        if next.is_some() {
            self.gather();
        }
        if self.failed.is_none() {
            let committed = guarded(&disk.place, || {
                while let Some(command) = next.take() {
                    batch.execute(command);
                    commands += 1;
                    if commands < GROUP && batch.bytes < GROUP_BYTES {
                        next = self.commands.try_recv().ok();
                    }
                }
                self.commit(&mut batch)
            });
            self.failed = committed.and_then(|result| result).err();
            if let Some(error) = &self.failed {
                tracing::error!(%error, "the store accepts no more writes");
            }
        } else if let Some(command) = next {
            batch.refuse(command);
        }
        self.last_group = commands;
        batch.answer(self.failed.as_ref());
    }

    /// When there are several writers, lets some more of them come: larger groups cost each of them less than the
    /// pause. A lone writer never waits.
    fn gather(&self) {
        if self.last_group > 1 && self.commands.len() + 1 < self.last_group.max(WORTHWHILE_GROUP) {
            std::thread::sleep(GATHER);
        }
    }

    fn commit(&mut self, batch: &mut Batch<'_>) -> Result<()> {
        let now = now_millis();
        let expires = self.next_expiry.is_some_and(|at| at <= now);
        if expires {
            batch.delete_expired(now, GROUP)?;
        }
        let on_disk = || self.shared.disk.db.size_on_disk().unwrap_or(0);
        let end = batch.meta.revision;
        if let Some(at) = self.superseded.add(batch.superseded, end, on_disk) {
            batch.meta.compacted = batch.meta.compacted.max(at);
        }
        if self.scrubbing() {
            self.scrub(batch)?;
        }
        if batch.meta == self.meta && !expires {
            return Ok(());
        }
        let disk = &self.shared.disk;
        let mut writes = std::mem::take(&mut batch.writes);
        writes.insert(record::META_KEY, batch.meta.encode());
        disk.tree
            .apply_batch(writes)
            .map_err(|error| disk.failed(error))?;
        let durable = !batch.is_empty() || batch.meta.compacted != self.meta.compacted;
        if durable {
            disk.sync()?;
            disk.mark(batch.meta.revision);
        }
        self.meta = batch.meta;
        self.shared
            .compacted
            .store(self.meta.compacted, Ordering::Release);
        self.shared.feed.publish(&batch.events, self.meta.revision);
        if expires {
            self.next_expiry = self.read_next_expiry()?;
        }
        self.next_expiry = self.next_expiry.into_iter().chain(batch.next_expiry).min();
        Ok(())
    }

    /// Removes superseded writes: each write up to the compacted revision takes the one before it away, and a deletion
    /// itself too. What is removed twice, or was not there, does no harm, so scrubbing needs no sync of its own.
    fn scrub(&self, batch: &mut Batch<'_>) -> Result<()> {
        let disk = &self.shared.disk;
        // Never more slowly than new history comes.
        let step = SCRUB.max(2 * batch.events.len() as u64);
        let until = batch.meta.compacted.min(batch.meta.scrubbed + step);
        for revision in batch.meta.scrubbed + 1..=until {
            let Some(record) = disk.record(revision)? else {
                continue;
            };
            if record.previous != 0 {
                self.remove(batch, record.previous)?;
            }
            if record.deleted {
                self.remove(batch, revision)?;
            }
        }
        batch.meta.scrubbed = until;
        Ok(())
    }

    fn remove(&self, batch: &mut Batch<'_>, revision: Revision) -> Result<()> {
        let Some(record) = self.shared.disk.record(revision)? else {
            return Ok(());
        };
        for chunk in 0..record.chunks() {
            batch.writes.remove(record::revision_key(revision, chunk));
        }
        batch
            .writes
            .remove(record::index_key(&record.key, revision));
        Ok(())
    }

    fn read_next_expiry(&self) -> Result<Option<u64>> {
        let next = self.shared.disk.expiries().next();
        next.transpose().map(|next| next.map(|(at, _, _)| at))
    }
}

//! The only writer of the data directory: a thread that takes all commands that are waiting, commits them as one group
//! (one write to the log, one sync), hands the events to the watches, and answers.
//!
//! The slower the disk, the larger the groups: while one group is being synced the next one gathers. Between groups it
//! keeps the log small, in steps that writers hardly notice.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc;

use super::batch::{Batch, Command, now_millis};
use super::checkpoint::{self, Checkpoint, Checkpoints};
use super::disk::Disk;
use super::guard::guarded;
use super::history::Superseded;
use super::log::{SEGMENT, Tail};
use super::marker::{Mark, Marker};
use super::open::Opened;
use super::record::{Kind, Meta, Record};
use super::space::{Space, WRITTEN_PER_SEGMENT};
use super::{corrupt, io_error};
use crate::feed::Feed;
use crate::store::{Error, Result, Revision};

/// The most commands in one group.
const GROUP: usize = 512;

/// The most bytes in one group.
const GROUP_BYTES: usize = 4 << 20;

/// How long a group waits for more commands when there are several writers: about half of what a sync takes, in steps.
const GATHER: Duration = Duration::from_micros(50);
const GATHER_STEPS: usize = 3;

/// A group of this size does not wait for more.
const WORTHWHILE_GROUP: usize = 16;

/// How many changes are forgotten between two groups, at least.
const SCRUB: usize = 256;

/// The longest sleep until an expiry: the clock may be set meanwhile.
const MAX_SLEEP: Duration = Duration::from_secs(30);

/// What the writer shares with the readers.
pub(super) struct Shared {
    pub disk: Disk,
    pub feed: Arc<Feed>,
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    commands: mpsc::Receiver<Command>,
    /// For the thread of a checkpoint.
    notify: mpsc::WeakSender<Command>,
    checkpoints: Arc<Checkpoints>,
    tail: Tail,
    /// The file for the next segment, that is being made ready.
    spare: Option<JoinHandle<io::Result<()>>>,
    marker: Marker,
    /// The last checkpoint.
    meta: Meta,
    /// The checkpoint that is being written.
    running: Option<JoinHandle<Result<Checkpoint>>>,
    /// What was written or moved since the last checkpoint began.
    dirty: HashSet<Arc<str>>,
    space: Space,
    /// How many commands the last group had.
    last_group: usize,
    /// Whether there is more to tidy up when nobody writes.
    untidy: bool,
    /// After a failed commit nobody knows what is on disk: no further write is accepted until the store is opened
    /// again.
    failed: Option<Error>,
    superseded: Superseded,
    _lock: File,
}

/// What to do next.
enum Step {
    Group(Command),
    Idle,
    Closed,
}

impl Writer {
    /// A writer for what was opened, and what the readers share with it.
    pub fn new(
        opened: Opened,
        commands: mpsc::Receiver<Command>,
        notify: mpsc::WeakSender<Command>,
    ) -> (Self, Arc<Shared>) {
        let (revision, _) = opened.disk.revisions();
        let shared = Arc::new(Shared {
            disk: opened.disk,
            feed: Arc::new(Feed::new(revision)),
        });
        let writer = Self {
            shared: Arc::clone(&shared),
            commands,
            notify,
            checkpoints: opened.checkpoints,
            tail: opened.tail,
            spare: None,
            marker: opened.marker,
            meta: opened.meta,
            running: None,
            dirty: opened.dirty.into_iter().collect(),
            space: Space::new(opened.sizes),
            last_group: 0,
            untidy: true,
            failed: None,
            superseded: Superseded::new(revision),
            _lock: opened.lock,
        };
        (writer, shared)
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
        if let Err(error) = self.close() {
            tracing::error!(%error, "cannot write the store's last checkpoint");
        }
    }

    /// Leaves nothing to do for those who open the store next.
    fn close(&mut self) -> Result<()> {
        if let Some(spare) = self.spare.take() {
            // Whether there is one is no matter; nobody is to write here any more.
            let _ = spare.join();
        }
        self.end_checkpoint()?;
        if self.failed.is_some() || self.dirty.is_empty() {
            return Ok(());
        }
        let checkpoint = self.checkpoint();
        self.checkpoints.write(&checkpoint)?;
        self.checkpointed(checkpoint)
    }

    async fn next(&mut self) -> Step {
        if self.untidy && self.failed.is_none() {
            return match self.commands.try_recv() {
                Ok(command) => Step::Group(command),
                Err(mpsc::error::TryRecvError::Empty) => Step::Idle,
                Err(mpsc::error::TryRecvError::Disconnected) => Step::Closed,
            };
        }
        let expiry = self.shared.disk.index.read().next_expiry();
        let received = match expiry.filter(|_| self.failed.is_none()) {
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

    /// One group: what was received, what else is waiting, and what has expired; then a bit of tidying up.
    fn group(&mut self, first: Option<Command>) {
        let shared = Arc::clone(&self.shared);
        let mut batch = Batch::new(&shared.disk, self.tail.segment, self.tail.offset);
        let mut commands = 0;
        let mut next = first;
        if next.is_some() {
            self.gather();
        }
        if self.failed.is_none() {
            while let Some(command) = next.take() {
                batch.execute(command);
                commands += 1;
                if commands < GROUP && batch.records.len() < GROUP_BYTES {
                    next = self.commands.try_recv().ok();
                }
            }
            self.fail_on(|writer| writer.commit(&mut batch));
        } else if let Some(command) = next {
            batch.refuse(command);
        }
        self.last_group = commands;
        let (changes, written) = (batch.events.len(), batch.records.len());
        batch.answer(self.failed.as_ref());
        if self.failed.is_none() {
            // Never more slowly than new history comes.
            let scrub = SCRUB.max(2 * changes);
            self.fail_on(|writer| writer.tidy_up(scrub, 1 + written / WRITTEN_PER_SEGMENT));
        }
    }

    fn fail_on(&mut self, work: impl FnOnce(&mut Self) -> Result<()>) {
        self.failed = work(self).err();
        if let Some(error) = &self.failed {
            tracing::error!(%error, "the store accepts no more writes");
        }
    }

    /// When there are several writers, lets some more of them come: larger groups cost each of them less than the
    /// pause. A lone writer never waits.
    fn gather(&self) {
        let wanted = self.last_group.max(WORTHWHILE_GROUP);
        for _ in 0..GATHER_STEPS {
            if self.last_group < 2 || self.commands.len() + 1 >= wanted {
                break;
            }
            std::thread::sleep(GATHER);
        }
    }

    fn commit(&mut self, batch: &mut Batch<'_>) -> Result<()> {
        batch.delete_expired(now_millis(), GROUP)?;
        let held = self.space.held();
        let superseded = std::mem::take(&mut batch.superseded);
        if let Some(at) = self.superseded.add(superseded, batch.revision, held) {
            batch.compacted = batch.compacted.max(at);
        }
        self.append(&batch.records)?;
        let mut index = self.shared.disk.index.write();
        for (key, version) in batch.changes.drain(..) {
            let key = index.change(&key, version);
            self.dirty.insert(key);
        }
        index.compacted = batch.compacted;
        drop(index);
        if !batch.events.is_empty() {
            self.mark(batch.revision);
            self.shared.feed.publish(&batch.events, batch.revision);
        }
        Ok(())
    }

    fn append(&mut self, records: &[u8]) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let appended = self.tail.append(records);
        appended.map_err(|error| self.io_error("write the log in", &error))?;
        self.space.grow(self.tail.segment, records.len() as u64);
        Ok(())
    }

    /// Notes that everything up to `revision` has been synced.
    fn mark(&self, revision: Revision) {
        self.marker.set(Mark {
            revision,
            checkpoint: self.meta.checkpoint,
        });
    }

    /// Keeps memory and disk small: one step of what there is to do, so many changes and segments at most.
    fn tidy_up(&mut self, scrub: usize, segments: usize) -> Result<()> {
        if self.running.as_ref().is_some_and(JoinHandle::is_finished) || self.space.is_exhausted() {
            self.end_checkpoint()?;
        }
        self.untidy = self.shared.disk.index.write().scrub(scrub);
        self.rotate()?;
        for _ in 0..segments {
            let Some(segment) = self.worst() else { break };
            self.empty(segment)?;
            self.rotate()?;
            self.untidy = true;
        }
        if self.running.is_none() && self.space.is_checkpoint_due() {
            let checkpoint = self.checkpoint();
            let started = checkpoint::start(&self.checkpoints, checkpoint, self.notify.clone());
            let started = started.map_err(|error| self.io_error("start a checkpoint of", &error));
            self.running = Some(started?);
        }
        Ok(())
    }

    /// Begins the next segment when the last one is complete.
    fn rotate(&mut self) -> Result<()> {
        let log = &self.shared.disk.log;
        if self.tail.offset >= SEGMENT {
            let next = self.tail.segment + 1;
            let spare = self.spare.take_if(|spare| spare.is_finished());
            let tail = match spare.map(JoinHandle::join) {
                Some(Ok(Ok(()))) => log.tail_in_spare(next),
                // Without one it goes on all the same.
                _ => log.tail(next, 0),
            };
            self.tail = tail.map_err(|error| self.io_error("write the log in", &error))?;
        } else if self.tail.offset >= SEGMENT / 2 && self.spare.is_none() {
            self.spare = log.spare().ok();
        }
        Ok(())
    }

    /// The segment to empty next, if there has to be one.
    fn worst(&mut self) -> Option<u32> {
        let index = self.shared.disk.index.read();
        self.space.hold(index.held());
        if !index.is_scrubbed() {
            return None;
        }
        let (end, compacted) = (self.meta.segment, index.compacted);
        self.space.worst(index.held(), end, compacted)
    }

    /// Carries on what is still needed of a segment.
    fn empty(&mut self, segment: u32) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let disk = &shared.disk;
        let bytes = disk.log.read_segment(segment);
        let bytes = bytes.map_err(|error| self.io_error("read the log in", &error))?;
        let (mut records, mut moved) = (Vec::new(), Vec::new());
        let mut offset = 0;
        let index = disk.index.read();
        while let Some(rest) = bytes.get(offset as usize..).filter(|rest| !rest.is_empty()) {
            let decoded = Record::decode(rest, segment, offset);
            let (record, place) = decoded.map_err(|error| disk.log.damaged(segment, &error.0))?;
            offset += place.length;
            let version = index.version(record.key, record.revision);
            if version.is_some_and(|version| version.head.place == place) {
                let record = Record {
                    kind: Kind::Moved,
                    previous: None,
                    ..record
                };
                let to = record.encode(self.tail.segment, self.tail.offset, &mut records);
                moved.push((record.key, record.revision, to));
            }
        }
        drop(index);
        self.append(&records)?;
        let mut index = disk.index.write();
        for (key, revision, to) in moved {
            if let Some(key) = index.relocate(key, revision, to) {
                self.dirty.insert(key);
            }
        }
        self.space.empty(segment);
        Ok(())
    }

    /// What is to be written to the index on disk.
    fn checkpoint(&mut self) -> Checkpoint {
        let index = self.shared.disk.index.read();
        let heads = self.dirty.drain().map(|key| {
            let last = index.at(&key, Revision::MAX);
            let head = last.filter(|last| !last.deleted).map(|last| last.head);
            (key, head)
        });
        Checkpoint {
            heads: heads.collect(),
            meta: Meta {
                revision: index.revision,
                compacted: index.compacted,
                checkpoint: self.meta.checkpoint + 1,
                segment: self.tail.segment,
                offset: self.tail.offset,
                history: index.first_change().unwrap_or(self.tail.segment),
            },
            obsolete: self.space.checkpoint(),
        }
    }

    /// Waits for the checkpoint that is being written, if there is one.
    fn end_checkpoint(&mut self) -> Result<()> {
        let Some(running) = self.running.take() else {
            return Ok(());
        };
        let joined = guarded(&self.shared.disk.place, || running.join());
        match joined? {
            Ok(written) => self.checkpointed(written?),
            Err(_panicked) => Err(corrupt(&self.shared.disk.place, "a checkpoint gave up")),
        }
    }

    fn checkpointed(&mut self, checkpoint: Checkpoint) -> Result<()> {
        self.meta = checkpoint.meta;
        let (revision, _) = self.shared.disk.revisions();
        self.mark(revision);
        for segment in checkpoint.obsolete {
            let removed = self.shared.disk.log.remove(segment);
            removed.map_err(|error| self.io_error("remove a segment of the log in", &error))?;
            self.space.remove(segment);
            self.shared.disk.index.write().forget(segment);
        }
        Ok(())
    }

    fn io_error(&self, action: &'static str, error: &std::io::Error) -> Error {
        io_error(action, self.shared.disk.log.folder(), error)
    }
}

//! How much room the log takes, and which segment is worth being emptied: what is still needed of it is carried on to the
//! log's end, and its file goes after the next checkpoint.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Held;
use super::log::SEGMENT;
use crate::store::Revision;

/// The log may be larger than what it is needed for by this part of it, in tenths …
const SLACK_TENTHS: u64 = 4;

/// … and by this.
const SLACK: u64 = SEGMENT as u64;

/// A checkpoint is due when so much was logged since the last one, or waits for it to be removed, or a part of what the
/// log is needed for.
const CHECKPOINT: u64 = 2 << 20;
const CHECKPOINT_PART: u64 = 4;

/// How many bytes may be written for each segment that is emptied: a quarter of one, which is less than what becomes free.
pub(super) const WRITTEN_PER_SEGMENT: usize = SEGMENT as usize / 4;

/// A segment of which more is needed, in tenths, is not worth being emptied.
const WORTHLESS_TENTHS: u64 = 8;

/// What is known of the log's files.
#[derive(Debug)]
pub(super) struct Space {
    sizes: BTreeMap<u32, u64>,
    /// Segments that were emptied, and go after the next checkpoint.
    emptied: BTreeSet<u32>,
    /// How much was logged since the last checkpoint.
    logged: u64,
    held: u64,
}

impl Space {
    pub fn new(sizes: BTreeMap<u32, u64>) -> Self {
        Self {
            sizes,
            emptied: BTreeSet::new(),
            logged: 0,
            held: 0,
        }
    }

    /// Takes in how much of the log is needed.
    pub fn hold(&mut self, held: &BTreeMap<u32, Held>) {
        self.held = held.values().map(|held| held.bytes).sum();
    }

    /// How much of the log is needed.
    pub fn held(&self) -> u64 {
        self.held
    }

    /// Notes what was appended to a segment.
    pub fn grow(&mut self, segment: u32, bytes: u64) {
        *self.sizes.entry(segment).or_default() += bytes;
        self.logged += bytes;
    }

    /// Notes that nothing of a segment is needed any more.
    pub fn empty(&mut self, segment: u32) {
        self.emptied.insert(segment);
    }

    pub fn is_checkpoint_due(&self) -> bool {
        self.logged >= self.due() || self.waiting() >= self.due()
    }

    fn due(&self) -> u64 {
        CHECKPOINT.max(self.held / CHECKPOINT_PART)
    }

    /// A checkpoint begins. Answers which segments may go when it is done.
    pub fn checkpoint(&mut self) -> Vec<u32> {
        self.logged = 0;
        self.emptied.iter().copied().collect()
    }

    /// A segment's file has been removed.
    pub fn remove(&mut self, segment: u32) {
        self.sizes.remove(&segment);
        self.emptied.remove(&segment);
    }

    /// The segment to empty next, if the log is too large: the one of which least is needed. Only segments before
    /// `end` of which no change after `compacted` may be asked for.
    pub fn worst(&self, held: &BTreeMap<u32, Held>, end: u32, compacted: Revision) -> Option<u32> {
        let total = self.sizes.values().sum::<u64>() - self.waiting();
        if total <= self.held + self.held / 10 * SLACK_TENTHS + SLACK {
            return None;
        }
        let candidates = self.sizes.range(..end).filter_map(|(segment, size)| {
            let held = held.get(segment).copied().unwrap_or_default();
            let wanted = !self.emptied.contains(segment)
                && held.newest <= compacted
                && held.bytes * 10 < size * WORTHLESS_TENTHS;
            wanted.then_some((held.bytes * 1_000 / size.max(&1), *segment))
        });
        candidates.min().map(|(_, segment)| segment)
    }

    /// Whether the log has grown so much during a checkpoint that writers have to wait for it.
    pub fn is_exhausted(&self) -> bool {
        self.sizes.values().sum::<u64>() > self.held + self.held / 2 + 2 * self.due()
    }

    fn waiting(&self) -> u64 {
        let sizes = self
            .emptied
            .iter()
            .filter_map(|segment| self.sizes.get(segment));
        sizes.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn held(bytes: [u64; 4]) -> BTreeMap<u32, Held> {
        let all = (1..).zip(bytes).map(|(segment, bytes)| {
            let newest = u64::from(segment) * 100;
            (segment, Held { bytes, newest })
        });
        all.collect()
    }

    #[test]
    fn the_segment_that_holds_least_is_emptied_when_the_log_is_too_large() {
        let mut space = Space::new((1..=4).map(|segment| (segment, MIB)).collect());
        let full = held([MIB, MIB * 3 / 4, MIB, MIB]);
        space.hold(&full);
        assert_eq!(space.worst(&full, 9, 900), None);
        let sparse = held([MIB / 2, MIB / 8, MIB / 4, 0]);
        space.hold(&sparse);
        assert_eq!(space.worst(&sparse, 9, 900), Some(4));
        assert_eq!(space.worst(&sparse, 4, 900), Some(2));
        // Of segment 2 there are changes that may be asked for.
        assert_eq!(space.worst(&sparse, 4, 150), Some(1));
        for segment in [4, 2] {
            space.empty(segment);
        }
        assert_eq!(space.worst(&sparse, 9, 900), None);
        assert!(space.is_checkpoint_due());
        assert_eq!(space.checkpoint(), [2, 4]);
    }
}

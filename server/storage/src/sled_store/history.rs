//! How much superseded history the store holds, and when some of it has to go before its time, so that a few keys that
//! are written again and again do not fill the disk.

use crate::store::Revision;

/// History below this size is left to the regular compaction.
const FLOOR: usize = 4 << 20;

/// The part of what the store has to keep that history may take.
const PART: u64 = 4;

/// Superseded writes in two generations: when both together are too large, the older one goes.
#[derive(Debug)]
pub(super) struct Superseded {
    older: usize,
    recent: usize,
    /// Where the recent generation begins.
    since: Revision,
}

impl Superseded {
    /// Nothing is known of what was superseded before `revision`.
    pub fn new(revision: Revision) -> Self {
        Self {
            older: 0,
            recent: 0,
            since: revision,
        }
    }

    /// Takes in what a group that ends at `revision` superseded. Answers where to compact, if that has become
    /// necessary; `held` is how much the store has to keep.
    pub fn add(&mut self, bytes: usize, revision: Revision, held: u64) -> Option<Revision> {
        self.recent += bytes;
        let part = usize::try_from(held / PART).unwrap_or(usize::MAX);
        if self.recent < part.max(FLOOR) / 2 {
            return None;
        }
        // A generation is complete: what was superseded before it began goes.
        let at = self.since;
        let first = std::mem::replace(&mut self.older, self.recent) == 0;
        self.recent = 0;
        self.since = revision;
        (!first).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn the_older_half_goes_when_both_are_too_large() {
        let mut superseded = Superseded::new(1);
        let compacted: Vec<_> = (2..8)
            .map(|revision| superseded.add(MIB, revision, 0))
            .collect();
        let at: Vec<_> = compacted.into_iter().flatten().collect();
        assert_eq!(at, [3, 5]);
    }

    #[test]
    fn a_large_store_keeps_more() {
        let mut superseded = Superseded::new(1);
        let held = 400 * MIB as u64;
        assert_eq!(superseded.add(49 * MIB, 2, held), None);
        assert_eq!(superseded.add(MIB, 3, held), None);
        assert_eq!(superseded.add(49 * MIB, 4, held), None);
        assert_eq!(superseded.add(MIB, 5, held), Some(3));
    }
}

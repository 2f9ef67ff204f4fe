//! A map that remembers what was used last, and no more than it has room for.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// See the module.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    room: usize,
    /// With the turn in which it was last used.
    values: HashMap<K, (u64, V)>,
    /// By the turns, the oldest first.
    turns: BTreeMap<u64, K>,
    turn: u64,
}

impl<K: Clone + Eq + Hash, V> Recent<K, V> {
    /// With room for this many, one at least.
    pub(super) fn new(room: usize) -> Self {
        Self {
            room,
            values: HashMap::new(),
            turns: BTreeMap::new(),
            turn: 0,
        }
    }

    /// The value of the key, which is the one used last from now on; a new one takes the place of the one that was not
    /// used for the longest time.
    pub(super) fn entry(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        self.turn += 1;
        match self.values.get(&key) {
            Some((turn, _)) => drop(self.turns.remove(turn)),
            None if self.values.len() >= self.room => {
                if let Some((_, oldest)) = self.turns.pop_first() {
                    self.values.remove(&oldest);
                }
            }
            None => {}
        }
        self.turns.insert(self.turn, key.clone());
        let value = self.values.entry(key).or_insert_with(|| (0, new()));
        value.0 = self.turn;
        &mut value.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_the_longest_time_goes_first() {
        let mut recent = Recent::new(2);
        for (key, value) in [("a", 1), ("b", 2), ("a", 3), ("c", 4)] {
            recent.entry(key, || value);
        }
        assert_eq!((recent.values.len(), recent.turns.len()), (2, 2));
        assert_eq!(*recent.entry("a", || 0), 1);
        assert_eq!(*recent.entry("b", || 0), 0);
        assert_eq!(*recent.entry("c", || 5), 5);
    }
}

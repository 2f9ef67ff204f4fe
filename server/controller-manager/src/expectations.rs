//! What a controller has done and its informer has not shown yet. Until it has, the controller does nothing more for
//! that object, or it would create and delete too much.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use knarr_client::informer::Key;

/// After this the informer is believed again: an event may have been lost.
const TIMEOUT: Duration = Duration::from_secs(300);

/// By the key of the object whose dependents are meant.
#[derive(Default)]
pub struct Expectations {
    pending: Mutex<HashMap<Key, Pending>>,
}

struct Pending {
    creations: usize,
    /// By uid, as a deletion may be seen more than once.
    deletions: HashSet<String>,
    since: Instant,
}

impl Expectations {
    /// Notes that this many creations are about to be made.
    pub fn expect_creations(&self, key: &Key, count: usize) {
        self.change(key, |pending| pending.creations += count);
    }

    /// Notes that these are about to be deleted.
    pub fn expect_deletions(&self, key: &Key, uids: impl IntoIterator<Item = String>) {
        self.change(key, |pending| pending.deletions.extend(uids));
    }

    fn change(&self, key: &Key, change: impl FnOnce(&mut Pending)) {
        let mut pending = self.pending.lock();
        let new = || Pending {
            creations: 0,
            deletions: HashSet::new(),
            since: Instant::now(),
        };
        let entry = pending.entry(key.clone()).or_insert_with(new);
        entry.since = Instant::now();
        change(entry);
    }

    /// A creation was seen, or failed.
    pub fn created(&self, key: &Key) {
        self.settle(key, |pending| {
            pending.creations = pending.creations.saturating_sub(1)
        });
    }

    /// A deletion was seen, or failed.
    pub fn deleted(&self, key: &Key, uid: &str) {
        self.settle(key, |pending| {
            pending.deletions.remove(uid);
        });
    }

    fn settle(&self, key: &Key, change: impl FnOnce(&mut Pending)) {
        let mut pending = self.pending.lock();
        if let Some(entry) = pending.get_mut(key) {
            change(entry);
            if entry.creations == 0 && entry.deletions.is_empty() {
                pending.remove(key);
            }
        }
    }

    /// Whether everything was seen, so that the informer can be acted on.
    pub fn satisfied(&self, key: &Key) -> bool {
        let mut pending = self.pending.lock();
        match pending.get(key) {
            None => true,
            Some(entry) if entry.since.elapsed() > TIMEOUT => {
                pending.remove(key);
                true
            }
            Some(_) => false,
        }
    }

    /// Forgets an object that is gone.
    pub fn forget(&self, key: &Key) {
        self.pending.lock().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn everything_has_to_be_seen_or_time_out() {
        let (expectations, key) = (Expectations::default(), Key::new("n", "a"));
        assert!(expectations.satisfied(&key));
        expectations.expect_creations(&key, 2);
        expectations.expect_deletions(&key, ["u".to_owned()]);
        expectations.created(&key);
        expectations.deleted(&key, "other");
        expectations.deleted(&key, "u");
        assert!(!expectations.satisfied(&key));
        expectations.created(&key);
        assert!(expectations.satisfied(&key));
        expectations.expect_creations(&key, 1);
        tokio::time::advance(TIMEOUT + Duration::from_secs(1)).await;
        assert!(expectations.satisfied(&key));
    }
}

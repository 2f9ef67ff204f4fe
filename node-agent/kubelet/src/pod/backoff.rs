//! Exponential back-off by key, as client-go's `flowcontrol.Backoff`: a delay doubles with each
//! failure up to a maximum, and is forgotten when nothing failed for twice the maximum.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// Delays by key. Time is handed in.
#[derive(Debug)]
pub struct Backoff {
    base: Duration,
    max: Duration,
    entries: HashMap<String, Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    delay: Duration,
    updated: Instant,
}

impl Backoff {
    /// No key has failed yet.
    pub fn new(base: Duration, max: Duration) -> Self {
        Self {
            base,
            max,
            entries: HashMap::new(),
        }
    }

    /// The key failed once more at `now`.
    pub fn next(&mut self, key: &str, now: Instant) {
        let max = self.max;
        let delay = match self.entries.get(key) {
            Some(entry) if !expired(entry.updated, now, max) => (entry.delay * 2).min(max),
            _ => self.base,
        };
        self.entries.insert(
            key.to_owned(),
            Entry {
                delay,
                updated: now,
            },
        );
    }

    /// The delay that applies to the key now.
    pub fn delay(&self, key: &str) -> Duration {
        self.entries
            .get(key)
            .map_or(Duration::ZERO, |entry| entry.delay)
    }

    /// When the key may be tried again after an event at `since`; `None` when it may be now.
    pub fn until(&self, key: &str, since: Instant, now: Instant) -> Option<Instant> {
        let entry = self.entries.get(key)?;
        if expired(entry.updated, since, self.max) {
            return None;
        }
        let end = since + entry.delay;
        (now < end).then_some(end)
    }

    /// As [`Self::until`], counted from the last failure that was recorded.
    pub fn until_since_update(&self, key: &str, now: Instant) -> Option<Instant> {
        let entry = self.entries.get(key)?;
        if expired(entry.updated, now, self.max) {
            return None;
        }
        let end = entry.updated + entry.delay;
        (now < end).then_some(end)
    }

    /// Forgets one key.
    pub fn reset(&mut self, key: &str) {
        self.entries.remove(key);
    }
}

fn expired(updated: Instant, now: Instant, max: Duration) -> bool {
    now > updated + max * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A moment of the paused clock.
    fn at(second: u64) -> Instant {
        Instant::now() + Duration::from_secs(second)
    }

    #[tokio::test(start_paused = true)]
    async fn delays_double_up_to_the_maximum() {
        let mut backoff = Backoff::new(Duration::from_secs(10), Duration::from_secs(300));
        assert_eq!(backoff.until("a", at(0), at(0)), None);
        let mut seen = Vec::new();
        for step in 0..7 {
            backoff.next("a", at(step));
            seen.push(backoff.delay("a").as_secs());
        }
        assert_eq!(seen, [10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(backoff.until("a", at(10), at(20)), Some(at(310)));
        assert_eq!(backoff.until("a", at(10), at(310)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_quiet_time_starts_over() {
        let mut backoff = Backoff::new(Duration::from_secs(10), Duration::from_secs(300));
        backoff.next("a", at(0));
        backoff.next("a", at(1));
        assert_eq!(backoff.until("a", at(700), at(701)), None);
        backoff.next("a", at(700));
        assert_eq!(backoff.delay("a").as_secs(), 10);
    }
}

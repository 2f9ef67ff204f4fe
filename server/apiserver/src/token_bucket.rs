//! A rate with a burst: what is not used is saved up, to a limit.

use std::time::{Duration, Instant};

/// How often something may be done: on average, and at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub per_second: f64,
    pub burst: f64,
}

/// What is left of a [`Rate`].
#[derive(Debug)]
pub struct TokenBucket {
    rate: Rate,
    left: f64,
    since: Instant,
}

impl TokenBucket {
    /// A full bucket.
    pub fn new(rate: Rate, now: Instant) -> Self {
        Self {
            rate,
            left: rate.burst,
            since: now,
        }
    }

    /// When the bucket was last asked.
    pub fn since(&self) -> Instant {
        self.since
    }

    /// Takes one, if there is one now.
    pub fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        let enough = self.left >= 1.0;
        if enough {
            self.left -= 1.0;
        }
        enough
    }

    /// Takes one, now or in advance: the answer says how long it has to be waited for.
    pub fn reserve(&mut self, now: Instant) -> Duration {
        self.fill(now);
        self.left -= 1.0;
        let seconds = (-self.left).max(0.0) / self.rate.per_second;
        // A rate may be so low that its turn never comes.
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since).as_secs_f64();
        self.left = (self.left + passed * self.rate.per_second).min(self.rate.burst);
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_burst_each_waits_its_turn() {
        let start = Instant::now();
        let rate = Rate {
            per_second: 10.0,
            burst: 2.0,
        };
        let mut bucket = TokenBucket::new(rate, start);
        let waits = [0, 0, 0, 0].map(|_: u8| bucket.reserve(start).as_millis());
        assert_eq!(waits, [0, 0, 100, 200]);
        let later = start + Duration::from_secs(60);
        let waits = [0, 0, 0].map(|_: u8| bucket.reserve(later).as_millis());
        assert_eq!(waits, [0, 0, 100]);
    }

    #[test]
    fn a_turn_that_never_comes_is_waited_for() {
        let now = Instant::now();
        let rate = Rate {
            per_second: f64::MIN_POSITIVE,
            burst: 1.0,
        };
        let mut bucket = TokenBucket::new(rate, now);
        let waits = [0, 0].map(|_: u8| bucket.reserve(now));
        assert_eq!(waits, [Duration::ZERO, Duration::MAX]);
    }
}

//! What is counted of the requests of one flow schema.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use super::level::Refused;

/// The counters of one flow schema. They outlive a change of its object.
#[derive(Default)]
pub struct Counts {
    pub dispatched: AtomicU64,
    /// By reason, in the order of [`Counts::REASONS`].
    pub rejected: [AtomicU64; 4],
    pub waiting: AtomicI64,
    pub executing: AtomicI64,
    /// The seats of those that are worked on.
    pub seats: AtomicI64,
}

impl Counts {
    /// Why requests are rejected, in upstream's words.
    pub const REASONS: [&'static str; 4] =
        ["concurrency-limit", "queue-full", "time-out", "cancelled"];

    pub fn refused(&self, why: Refused) {
        let at = match why {
            Refused::ConcurrencyLimit => 0,
            Refused::QueueFull => 1,
            Refused::TimeOut => 2,
        };
        self.rejected[at].fetch_add(1, Ordering::Relaxed);
    }

    /// One waits, until what is answered is dropped.
    pub fn waits(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting {
            counts: self,
            over: false,
        }
    }
}

/// A request that waits.
pub struct Waiting<'a> {
    counts: &'a Counts,
    over: bool,
}

impl Waiting<'_> {
    /// It got its seat, or was refused. Who is dropped without that went away.
    pub fn over(mut self) {
        self.over = true;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
        if !self.over {
            self.counts.rejected[3].fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A request that is worked on.
pub struct Executing {
    counts: Arc<Counts>,
    seats: i64,
}

impl Executing {
    pub fn new(counts: Arc<Counts>, seats: u32) -> Self {
        let seats = i64::from(seats);
        counts.dispatched.fetch_add(1, Ordering::Relaxed);
        counts.executing.fetch_add(1, Ordering::Relaxed);
        counts.seats.fetch_add(seats, Ordering::Relaxed);
        Self { counts, seats }
    }
}

impl Drop for Executing {
    fn drop(&mut self) {
        self.counts.executing.fetch_sub(1, Ordering::Relaxed);
        self.counts.seats.fetch_sub(self.seats, Ordering::Relaxed);
    }
}

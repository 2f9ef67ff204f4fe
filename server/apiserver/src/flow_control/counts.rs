//! What is counted of the requests of one flow schema.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use knarr_component::metrics::{Definition, Histogram, Registry};

use super::level::Refused;

static WAITED: Definition = Definition::beta(
    "apiserver_flowcontrol_request_wait_duration_seconds",
    &["execute", "flow_schema", "priority_level"],
    "Length of time a request spent waiting in its queue",
);
static EXECUTED: Definition = Definition::alpha(
    "apiserver_flowcontrol_request_execution_seconds",
    &["flow_schema", "priority_level", "type"],
    "Duration of initial stage (for a WATCH) or any (for a non-WATCH) stage of request execution in the API Priority and Fairness subsystem",
);
static ESTIMATED: Definition = Definition::alpha(
    "apiserver_flowcontrol_work_estimated_seats",
    &["flow_schema", "priority_level"],
    "Number of estimated seats (maximum of initial and final seats) associated with requests in API Priority and Fairness",
);

const SECONDS: &[f64] = &[
    0.0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0,
];
const SEATS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 100.0];

/// How long requests wait and are worked on, and how much they take.
pub struct Durations {
    waited: Histogram,
    executed: Histogram,
    estimated: Histogram,
}

impl Durations {
    pub fn new(registry: &Registry) -> Self {
        Self {
            waited: registry.histogram(&WAITED, SECONDS),
            executed: registry.histogram(&EXECUTED, SECONDS),
            estimated: registry.histogram(&ESTIMATED, SEATS),
        }
    }
}

/// A flow schema and its priority level, by name.
#[derive(Clone)]
pub struct Names {
    pub schema: Arc<str>,
    pub level: Arc<str>,
}

impl Durations {
    /// A request takes so many seats.
    pub fn estimated(&self, of: &Names, seats: u32) {
        self.estimated
            .observe(&[&of.schema, &of.level], f64::from(seats));
    }

    /// A request has waited, and is worked on now or was refused.
    pub fn waited(&self, of: &Names, served: bool, took: Duration) {
        let served = if served { "true" } else { "false" };
        self.waited
            .observe(&[served, &of.schema, &of.level], took.as_secs_f64());
    }

    fn executed(&self, of: &Names, watch: bool, took: Duration) {
        let kind = if watch { "watch" } else { "regular" };
        self.executed
            .observe(&[&of.schema, &of.level, kind], took.as_secs_f64());
    }
}

/// The counters of one flow schema. They outlive a change of its object.
#[derive(Default)]
pub struct Counts {
    pub dispatched: AtomicU64,
    /// By reason, in the order of [`Counts::REASONS`].
    pub rejected: [AtomicU64; 4],
    pub waiting: AtomicI64,
    /// The seats of those that wait.
    pub waiting_seats: AtomicI64,
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

    /// One waits for so many seats, until what is answered is dropped.
    pub fn waits(&self, seats: u32) -> Waiting<'_> {
        let seats = i64::from(seats);
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.waiting_seats.fetch_add(seats, Ordering::Relaxed);
        Waiting {
            counts: self,
            seats,
            over: false,
        }
    }
}

/// A request that waits.
pub struct Waiting<'a> {
    counts: &'a Counts,
    seats: i64,
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
        let counts = self.counts;
        counts.waiting.fetch_sub(1, Ordering::Relaxed);
        counts
            .waiting_seats
            .fetch_sub(self.seats, Ordering::Relaxed);
        if !self.over {
            counts.rejected[3].fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A request that is worked on.
pub struct Executing {
    counts: Arc<Counts>,
    seats: i64,
    durations: Arc<Durations>,
    names: Names,
    watch: bool,
    began: Instant,
}

impl Executing {
    pub fn new(
        counts: Arc<Counts>,
        seats: u32,
        durations: Arc<Durations>,
        names: Names,
        watch: bool,
    ) -> Self {
        let seats = i64::from(seats);
        counts.dispatched.fetch_add(1, Ordering::Relaxed);
        counts.executing.fetch_add(1, Ordering::Relaxed);
        counts.seats.fetch_add(seats, Ordering::Relaxed);
        Self {
            counts,
            seats,
            durations,
            names,
            watch,
            began: Instant::now(),
        }
    }
}

impl Drop for Executing {
    fn drop(&mut self) {
        self.counts.executing.fetch_sub(1, Ordering::Relaxed);
        self.counts.seats.fetch_sub(self.seats, Ordering::Relaxed);
        self.durations
            .executed(&self.names, self.watch, self.began.elapsed());
    }
}

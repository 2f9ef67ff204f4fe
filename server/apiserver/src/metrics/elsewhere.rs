//! How long a request waits for others than this server: for a seat, and for webhooks. What it takes beyond that is what the
//! server promises (`apiserver_request_sli_duration_seconds`).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Of one request.
#[derive(Debug, Default)]
pub struct Elsewhere(AtomicU64);

impl Elsewhere {
    pub fn add(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.0.fetch_add(micros, Ordering::Relaxed);
    }

    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }
}

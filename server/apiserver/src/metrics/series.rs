//! Counters by labels, found without a lock: a table of fixed size whose rows are made once and never move.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// The rows of a table. Labels come from what is served, so their number is bounded; beyond it nothing is counted.
const ROWS: usize = 4096;
/// How many rows are looked at for one that is free.
const PROBES: usize = 64;

/// The status codes that are told apart; others are counted together as 0.
pub const CODES: [u16; 24] = [
    0, 101, 200, 201, 202, 206, 301, 304, 307, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415,
    422, 429, 500, 503, 504,
];

/// The bounds of durations in seconds: those of `apiserver_request_duration_seconds`.
pub const BUCKETS: [f64; 23] = [
    0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0,
    10.0, 15.0, 20.0, 30.0, 45.0, 60.0,
];

/// The bounds of durations without the time for which others were waited for, in seconds: those of
/// `apiserver_request_sli_duration_seconds`.
pub const OWN_BUCKETS: [f64; 21] = [
    0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0,
    30.0, 45.0, 60.0,
];

/// The bounds of sizes in bytes: those of `apiserver_response_sizes`.
pub const SIZES: [f64; 7] = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// What requests are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Labels<'a> {
    pub verb: &'static str,
    pub dry_run: &'static str,
    pub group: &'a str,
    pub version: &'a str,
    pub resource: &'a str,
    pub subresource: &'a str,
    pub scope: &'static str,
}

/// The counters of requests with the same labels.
pub struct Series {
    hash: u64,
    texts: [String; 4],
    verb: &'static str,
    dry_run: &'static str,
    scope: &'static str,
    codes: [AtomicU64; CODES.len()],
    /// How many took at most so long as the bound of the same place, and longer than the one before.
    pub buckets: [AtomicU64; BUCKETS.len()],
    longer: AtomicU64,
    micros: AtomicU64,
    /// The same without the time for which others were waited for.
    own: [AtomicU64; OWN_BUCKETS.len()],
    own_longer: AtomicU64,
    own_micros: AtomicU64,
    /// How many answers had at most so many bytes as the bound of the same place, and more than the one before.
    sizes: [AtomicU64; SIZES.len()],
    larger: AtomicU64,
    bytes: AtomicU64,
    /// Long requests that go on.
    pub open: AtomicI64,
    /// Events sent to watches.
    pub events: AtomicU64,
}

impl Series {
    fn new(hash: u64, labels: &Labels<'_>) -> Self {
        let Labels {
            group,
            version,
            resource,
            subresource,
            ..
        } = labels;
        Self {
            hash,
            texts: [group, version, resource, subresource].map(|text| (*text).to_owned()),
            verb: labels.verb,
            dry_run: labels.dry_run,
            scope: labels.scope,
            codes: std::array::from_fn(|_| AtomicU64::new(0)),
            buckets: std::array::from_fn(|_| AtomicU64::new(0)),
            longer: AtomicU64::new(0),
            micros: AtomicU64::new(0),
            own: std::array::from_fn(|_| AtomicU64::new(0)),
            own_longer: AtomicU64::new(0),
            own_micros: AtomicU64::new(0),
            sizes: std::array::from_fn(|_| AtomicU64::new(0)),
            larger: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            open: AtomicI64::new(0),
            events: AtomicU64::new(0),
        }
    }

    pub fn labels(&self) -> Labels<'_> {
        let [group, version, resource, subresource] = &self.texts;
        Labels {
            verb: self.verb,
            dry_run: self.dry_run,
            group,
            version,
            resource,
            subresource,
            scope: self.scope,
        }
    }

    /// Counts an answer.
    pub fn answered(&self, code: u16) {
        let at = CODES.iter().position(|known| *known == code).unwrap_or(0);
        self.codes[at].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts how long an answer took, and for how much of that others were waited for.
    pub fn took(&self, time: Duration, elsewhere: Duration) {
        count(&BUCKETS, &self.buckets, &self.longer, time.as_secs_f64());
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros(time), Ordering::Relaxed);
        let own = time.saturating_sub(elsewhere);
        count(&OWN_BUCKETS, &self.own, &self.own_longer, own.as_secs_f64());
        self.own_micros.fetch_add(micros(own), Ordering::Relaxed);
    }

    /// Counts how large an answer was.
    pub fn sized(&self, bytes: u64) {
        count(&SIZES, &self.sizes, &self.larger, bytes as f64);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The codes that were answered, with how often.
    pub fn codes(&self) -> impl Iterator<Item = (u16, u64)> {
        let all = CODES.iter().zip(&self.codes);
        all.map(|(code, count)| (*code, count.load(Ordering::Relaxed)))
            .filter(|(_, count)| *count > 0)
    }

    /// How many took at most so long as each bound, how many were measured, and the sum of their seconds.
    pub fn durations(&self) -> ([u64; BUCKETS.len()], u64, f64) {
        let (below, count) = cumulative(&self.buckets, &self.longer);
        let micros = self.micros.load(Ordering::Relaxed);
        (below, count, micros as f64 / 1e6)
    }

    /// As [`Series::durations`], without the time for which others were waited for.
    pub fn own_durations(&self) -> ([u64; OWN_BUCKETS.len()], u64, f64) {
        let (below, count) = cumulative(&self.own, &self.own_longer);
        let micros = self.own_micros.load(Ordering::Relaxed);
        (below, count, micros as f64 / 1e6)
    }

    /// How many answers had at most so many bytes as each bound, how many were measured, and the sum of their bytes.
    pub fn sizes(&self) -> ([u64; SIZES.len()], u64, f64) {
        let (below, count) = cumulative(&self.sizes, &self.larger);
        let bytes = self.bytes.load(Ordering::Relaxed);
        (below, count, bytes as f64)
    }
}

/// Counts in the bucket of the first bound that is no less than the value, or in `more`.
fn count<const N: usize>(
    bounds: &[f64; N],
    buckets: &[AtomicU64; N],
    more: &AtomicU64,
    value: f64,
) {
    let at = bounds.iter().position(|bound| value <= *bound);
    at.map_or(more, |at| &buckets[at])
        .fetch_add(1, Ordering::Relaxed);
}

fn cumulative<const N: usize>(buckets: &[AtomicU64; N], more: &AtomicU64) -> ([u64; N], u64) {
    let mut sum = 0;
    let below = std::array::from_fn(|at| {
        sum += buckets[at].load(Ordering::Relaxed);
        sum
    });
    (below, sum + more.load(Ordering::Relaxed))
}

/// All series.
pub struct Table {
    rows: Box<[OnceLock<Box<Series>>]>,
    hasher: RandomState,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            rows: (0..ROWS).map(|_| OnceLock::new()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Table {
    /// The row of these labels; `None` when the table is full.
    pub fn find(&self, labels: &Labels<'_>) -> Option<usize> {
        let hash = self.hasher.hash_one(labels);
        let start = usize::try_from(hash % ROWS as u64).unwrap_or(0);
        (0..PROBES).map(|step| (start + step) % ROWS).find(|row| {
            let made = self.rows[*row].get_or_init(|| Box::new(Series::new(hash, labels)));
            made.hash == hash
        })
    }

    /// A row that [`Table::find`] gave.
    pub fn row(&self, row: usize) -> Option<&Series> {
        self.rows.get(row)?.get().map(AsRef::as_ref)
    }

    /// All series, in the order of their labels.
    pub fn all(&self) -> Vec<&Series> {
        let mut all: Vec<&Series> = self
            .rows
            .iter()
            .filter_map(|row| row.get().map(AsRef::as_ref))
            .collect();
        all.sort_by_key(|series| (&series.texts, series.verb, series.scope, series.dry_run));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(resource: &str) -> Labels<'_> {
        Labels {
            verb: "GET",
            dry_run: "",
            group: "",
            version: "v1",
            resource,
            subresource: "",
            scope: "resource",
        }
    }

    #[test]
    fn the_same_labels_are_the_same_row_and_a_full_table_counts_nothing_more() {
        let table = Table::default();
        let names: Vec<String> = (0..2 * ROWS).map(|number| format!("r{number}")).collect();
        let rows: Vec<_> = names.iter().map(|name| table.find(&labels(name))).collect();
        let again: Vec<_> = names.iter().map(|name| table.find(&labels(name))).collect();
        assert_eq!(rows, again);
        assert!(rows.iter().filter(|row| row.is_some()).count() <= ROWS);
        assert!(rows.iter().any(Option::is_none));
    }

    #[test]
    fn durations_are_counted_below_their_bounds() {
        let series = Series::new(0, &labels("pods"));
        for millis in [1, 30, 90_000] {
            series.took(Duration::from_millis(millis), Duration::from_millis(20));
        }
        let (below, count, sum) = series.durations();
        assert_eq!(
            (below[0], below[1], below[2], below[22], count),
            (1, 1, 2, 2, 3)
        );
        assert!((sum - 90.031).abs() < 1e-6, "{sum}");
        let (below, count, sum) = series.own_durations();
        assert_eq!((below[0], below[20], count), (2, 2, 3));
        assert!((sum - 89.99).abs() < 1e-6, "{sum}");
    }
}

//! Counters by labels, found without a lock: a table of fixed size whose rows are made once and never move.

use std::hash::{BuildHasher, Hash};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use foldhash::quality::RandomState;
use knarr_component::metrics::Buckets;

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
pub const SECONDS: &[f64] = &[
    0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0,
    10.0, 15.0, 20.0, 30.0, 45.0, 60.0,
];

/// The bounds of durations without the time for which others were waited for, in seconds: those of
/// `apiserver_request_sli_duration_seconds`.
const OWN_SECONDS: &[f64] = &[
    0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0,
    30.0, 45.0, 60.0,
];

/// The bounds of sizes in bytes: those of `apiserver_response_sizes`.
const BYTES: &[f64] = &[1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

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
    /// Of answers, in seconds.
    pub durations: Buckets,
    /// The same without the time for which others were waited for.
    pub own_durations: Buckets,
    /// Of answers, in bytes.
    pub sizes: Buckets,
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
            durations: Buckets::new(SECONDS),
            own_durations: Buckets::new(OWN_SECONDS),
            sizes: Buckets::new(BYTES),
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
        self.durations.observe(time.as_secs_f64());
        let own = time.saturating_sub(elsewhere);
        self.own_durations.observe(own.as_secs_f64());
    }

    /// The codes that were answered, with how often.
    pub fn codes(&self) -> impl Iterator<Item = (u16, u64)> {
        let all = CODES.iter().zip(&self.codes);
        all.map(|(code, count)| (*code, count.load(Ordering::Relaxed)))
            .filter(|(_, count)| *count > 0)
    }
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
            hasher: RandomState::default(),
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
    use knarr_component::metrics::Page;

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
    fn what_others_were_waited_for_is_not_in_a_requests_own_time() {
        let series = Series::new(0, &labels("pods"));
        for millis in [125, 500, 64_000] {
            series.took(Duration::from_millis(millis), Duration::from_millis(250));
        }
        let text = |buckets: &Buckets| {
            let mut page = Page::default();
            buckets.write(&mut page, "x", "");
            page.into_text()
        };
        let (all, own) = (text(&series.durations), text(&series.own_durations));
        let has = |text: &str, line: &str| assert!(text.lines().any(|one| one == line), "{text}");
        has(&all, r#"x_bucket{le="0.4"} 1"#);
        has(&all, "x_sum 64.625");
        has(&own, r#"x_bucket{le="0.4"} 2"#);
        has(&own, r#"x_bucket{le="60"} 2"#);
        has(&own, "x_sum 64");
        has(&own, "x_count 3");
    }
}

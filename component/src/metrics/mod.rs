//! Figures under the names that upstream gives them. A component has one table of [`Definition`]s and gets its counters
//! from the [`Registry`] of its process; whoever serves `/metrics` writes the registry's [`Page`].

pub mod page;
pub mod process;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use parking_lot::{Mutex, RwLock};

pub use page::Page;

/// What a figure is. Labels in the order of their names, as upstream writes them.
#[derive(Debug)]
pub struct Definition {
    pub name: &'static str,
    pub help: &'static str,
    pub stability: &'static str,
    pub labels: &'static [&'static str],
}

impl Definition {
    /// One that upstream may take away at any time.
    pub const fn alpha(
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::new("ALPHA", name, labels, help)
    }

    /// One whose name and labels stay for a while.
    pub const fn beta(
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::new("BETA", name, labels, help)
    }

    /// One that stays.
    pub const fn stable(
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::new("STABLE", name, labels, help)
    }

    const fn new(
        stability: &'static str,
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self {
            name,
            help,
            stability,
            labels,
        }
    }
}

/// All figures of a process. Clones share them.
#[derive(Clone, Default)]
pub struct Registry(Arc<Inner>);

#[derive(Default)]
struct Inner {
    families: Mutex<BTreeMap<&'static str, Arc<Family>>>,
    looks: Mutex<Vec<Look>>,
}

/// Sets what is only known by looking; tells whether there is still something to look at.
type Look = Box<dyn Fn() -> bool + Send + Sync>;

/// All series of one name, by their labels. To count costs a look-up and an addition.
struct Family {
    definition: &'static Definition,
    kind: Kind,
    hasher: RandomState,
    series: RwLock<HashTable<Series>>,
}

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    Histogram(&'static [f64]),
}

struct Series {
    labels: Box<[String]>,
    /// The bits of the value; of histograms the sum of all.
    value: AtomicU64,
    /// How many were at most as large as the bound of the same place, and larger than the one before.
    buckets: Box<[AtomicU64]>,
    /// How many there were.
    count: AtomicU64,
}

impl Kind {
    /// One in which nothing was counted yet.
    fn series(self, labels: &[&str]) -> Series {
        let bounds = match self {
            Self::Histogram(bounds) => bounds.len(),
            Self::Counter | Self::Gauge => 0,
        };
        Series {
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            value: AtomicU64::new(0_f64.to_bits()),
            buckets: (0..bounds).map(|_| AtomicU64::new(0)).collect(),
            count: AtomicU64::new(0),
        }
    }
}

impl Series {
    fn labels(&self) -> impl Iterator<Item = &str> {
        self.labels.iter().map(String::as_str)
    }

    fn value(&self) -> f64 {
        f64::from_bits(self.value.load(Ordering::Relaxed))
    }

    fn add(&self, amount: f64) {
        let sum = |bits| Some((f64::from_bits(bits) + amount).to_bits());
        // It never gives up.
        let _ = self
            .value
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum);
    }
}

/// What only grows.
#[derive(Clone)]
pub struct Counter(Arc<Family>);

/// What is, at the moment.
#[derive(Clone)]
pub struct Gauge(Arc<Family>);

/// How large many things were.
#[derive(Clone)]
pub struct Histogram(Arc<Family>);

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

impl Registry {
    pub fn counter(&self, definition: &'static Definition) -> Counter {
        Counter(self.family(definition, Kind::Counter))
    }

    pub fn gauge(&self, definition: &'static Definition) -> Gauge {
        Gauge(self.family(definition, Kind::Gauge))
    }

    /// `bounds` in ascending order.
    pub fn histogram(&self, definition: &'static Definition, bounds: &'static [f64]) -> Histogram {
        Histogram(self.family(definition, Kind::Histogram(bounds)))
    }

    /// Several components of a process may count the same: they get the same family.
    fn family(&self, definition: &'static Definition, kind: Kind) -> Arc<Family> {
        let mut families = self.0.families.lock();
        let made = || {
            let family = Family {
                definition,
                kind,
                hasher: RandomState::default(),
                series: RwLock::default(),
            };
            // What has no labels is there from the beginning.
            if definition.labels.is_empty() {
                family.count(&[], |_| ());
            }
            Arc::new(family)
        };
        families.entry(definition.name).or_insert_with(made).clone()
    }

    /// Has `look` set figures whenever they are written, until it answers that there is nothing left to look at.
    pub fn before_writing(&self, look: impl Fn() -> bool + Send + Sync + 'static) {
        self.0.looks.lock().push(Box::new(look));
    }

    /// Writes all figures, in the order of their names.
    pub fn write(&self, page: &mut Page) {
        self.0.looks.lock().retain(|look| look());
        let families: Vec<_> = self.0.families.lock().values().cloned().collect();
        for family in families {
            family.write(page);
        }
    }
}

impl Counter {
    pub fn add(&self, labels: &[&str], amount: u64) {
        self.0.count(labels, |series| series.add(amount as f64));
    }
}

impl Gauge {
    pub fn set(&self, labels: &[&str], value: f64) {
        let bits = value.to_bits();
        let set = |series: &Series| series.value.store(bits, Ordering::Relaxed);
        self.0.count(labels, set);
    }
}

impl Histogram {
    pub fn observe(&self, labels: &[&str], value: f64) {
        let Kind::Histogram(bounds) = self.0.kind else {
            return;
        };
        self.0.count(labels, |series| {
            series.add(value);
            series.count.fetch_add(1, Ordering::Relaxed);
            if let Some(at) = bounds.iter().position(|bound| value <= *bound) {
                series.buckets[at].fetch_add(1, Ordering::Relaxed);
            }
        });
    }
}

impl Family {
    /// Counts in the series of these labels, which is made if it is not there yet.
    fn count(&self, labels: &[&str], count: impl FnOnce(&Series)) {
        let hash = self.hash(labels.iter().copied());
        let is_it = |series: &Series| series.labels().eq(labels.iter().copied());
        if let Some(series) = self.series.read().find(hash, is_it) {
            return count(series);
        }
        let mut all = self.series.write();
        // Somebody else may have made it in between.
        let entry = all.entry(hash, is_it, |series| self.hash(series.labels()));
        count(entry.or_insert_with(|| self.kind.series(labels)).get());
    }

    fn hash<'a>(&self, labels: impl Iterator<Item = &'a str>) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        labels.for_each(|label| label.hash(&mut hasher));
        hasher.finish()
    }

    fn write(&self, page: &mut Page) {
        let all = self.series.read();
        if all.is_empty() {
            return;
        }
        let mut series: Vec<&Series> = all.iter().collect();
        series.sort_unstable_by(|one, other| one.labels.cmp(&other.labels));
        let Definition {
            name,
            help,
            stability,
            labels: names,
        } = self.definition;
        let kind = match self.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram(_) => "histogram",
        };
        page.head(name, kind, stability, help);
        for series in series {
            let labels = page::labels(names.iter().copied().zip(series.labels()));
            match self.kind {
                Kind::Histogram(bounds) => {
                    let mut below = 0;
                    let cumulative = series.buckets.iter().map(|count| {
                        below += count.load(Ordering::Relaxed);
                        below
                    });
                    let cumulative: Vec<u64> = cumulative.collect();
                    let buckets = bounds.iter().copied().zip(cumulative);
                    let count = series.count.load(Ordering::Relaxed);
                    page.histogram(name, &labels, buckets, count, series.value());
                }
                _ => page.line(name, &labels, page::float(series.value())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static ASKED: Definition = Definition {
        name: "asked_total",
        help: "How often.",
        stability: "ALPHA",
        labels: &["code", "host"],
    };
    static WAITED: Definition = Definition {
        name: "waited_seconds",
        help: "How long.",
        stability: "STABLE",
        labels: &[],
    };

    #[test]
    fn figures_are_written_as_prometheus_reads_them() {
        let registry = Registry::default();
        let asked = registry.counter(&ASKED);
        asked.add(&["200", "a\"b\\"], 2);
        registry.counter(&ASKED).add(&["200", "a\"b\\"], 1);
        let waited = registry.histogram(&WAITED, &[0.5, 1.0]);
        for seconds in [0.25, 1.0, 7.0] {
            waited.observe(&[], seconds);
        }
        let mut page = Page::default();
        registry.write(&mut page);
        assert_eq!(
            page.text(),
            r#"# HELP asked_total [ALPHA] How often.
# TYPE asked_total counter
asked_total{code="200",host="a\"b\\"} 3
# HELP waited_seconds [STABLE] How long.
# TYPE waited_seconds histogram
waited_seconds_bucket{le="0.5"} 1
waited_seconds_bucket{le="1"} 2
waited_seconds_bucket{le="+Inf"} 3
waited_seconds_sum 8.25
waited_seconds_count 3
"#
        );
    }

    #[test]
    fn what_has_no_labels_is_there_from_the_beginning_and_the_rest_when_it_happens() {
        static IDLE: Definition = Definition {
            name: "idle",
            labels: &[],
            ..WAITED
        };
        let registry = Registry::default();
        registry.counter(&ASKED);
        registry.gauge(&IDLE);
        let mut page = Page::default();
        registry.write(&mut page);
        assert!(page.text().ends_with("# TYPE idle gauge\nidle 0\n"));
    }
}

//! Figures under the names that upstream gives them. A component has one table of [`Definition`]s and gets its counters
//! from the [`Registry`] of its process; whoever serves `/metrics` writes the registry's [`Page`].

mod buckets;
pub mod page;
pub mod process;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use parking_lot::{Mutex, RwLock};

use buckets::Sum;

pub use buckets::Buckets;
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
    value: Value,
}

enum Value {
    Number(Sum),
    Histogram(Buckets),
}

impl Value {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Counter | Kind::Gauge => Self::Number(Sum::default()),
            Kind::Histogram(bounds) => Self::Histogram(Buckets::new(bounds)),
        }
    }

    fn add(&self, amount: f64) {
        match self {
            Self::Number(sum) => sum.add(amount),
            Self::Histogram(buckets) => buckets.observe(amount),
        }
    }
}

impl Series {
    fn labels(&self) -> impl Iterator<Item = &str> {
        self.labels.iter().map(String::as_str)
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
        self.0.count(labels, |value| value.add(amount as f64));
    }
}

impl Gauge {
    pub fn set(&self, labels: &[&str], number: f64) {
        self.0.count(labels, |value| {
            if let Value::Number(sum) = value {
                sum.set(number);
            }
        });
    }
}

impl Gauge {
    /// Sets one series, and forgets the others.
    pub fn set_alone(&self, labels: &[&str], number: f64) {
        self.0.series.write().clear();
        self.set(labels, number);
    }
}

impl Histogram {
    pub fn observe(&self, labels: &[&str], value: f64) {
        self.0.count(labels, |all| all.add(value));
    }
}

impl Family {
    /// Counts in the series of these labels, which is made if it is not there yet.
    fn count(&self, labels: &[&str], count: impl FnOnce(&Value)) {
        let hash = self.hash(labels.iter().copied());
        let is_it = |series: &Series| series.labels().eq(labels.iter().copied());
        if let Some(series) = self.series.read().find(hash, is_it) {
            return count(&series.value);
        }
        let mut all = self.series.write();
        // Somebody else may have made it in between.
        let entry = all.entry(hash, is_it, |series| self.hash(series.labels()));
        let made = || Series {
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            value: Value::new(self.kind),
        };
        count(&entry.or_insert_with(made).get().value);
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
            match &series.value {
                Value::Number(sum) => page.line(name, &labels, page::float(sum.get())),
                Value::Histogram(buckets) => buckets.write(page, name, &labels),
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

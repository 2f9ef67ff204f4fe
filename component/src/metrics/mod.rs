//! Figures under the names that upstream gives them. A component has one table of [`Definition`]s and gets its counters
//! from the [`Registry`] of its process; whoever serves `/metrics` writes the registry's [`Page`].

pub mod page;
pub mod process;

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

pub use page::Page;

/// What a figure is.
#[derive(Debug)]
pub struct Definition {
    pub name: &'static str,
    pub help: &'static str,
    pub stability: &'static str,
    pub labels: &'static [&'static str],
}

/// All figures of a process. Clones share them.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<BTreeMap<&'static str, Arc<Family>>>>);

/// All series of one name.
struct Family {
    definition: &'static Definition,
    kind: Kind,
    series: Mutex<BTreeMap<Vec<String>, Series>>,
}

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    Histogram(&'static [f64]),
}

#[derive(Clone, Default)]
struct Series {
    /// The value; of histograms the sum of all.
    value: f64,
    /// How many were at most as large as the bound of the same place, and larger than the one before.
    buckets: Vec<u64>,
    /// How many there were.
    count: u64,
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
        let mut families = self.0.lock();
        let made = || {
            let family = Family {
                definition,
                kind,
                series: Mutex::default(),
            };
            // What has no labels is there from the beginning.
            if definition.labels.is_empty() {
                family.change(&[], |_| {});
            }
            Arc::new(family)
        };
        families.entry(definition.name).or_insert_with(made).clone()
    }

    /// Writes all figures, in the order of their names.
    pub fn write(&self, page: &mut Page) {
        let families: Vec<_> = self.0.lock().values().cloned().collect();
        for family in families {
            family.write(page);
        }
    }
}

impl Counter {
    pub fn add(&self, labels: &[&str], amount: u64) {
        self.0
            .change(labels, |series| series.value += amount as f64);
    }
}

impl Gauge {
    pub fn set(&self, labels: &[&str], value: f64) {
        self.0.change(labels, |series| series.value = value);
    }
}

impl Histogram {
    pub fn observe(&self, labels: &[&str], value: f64) {
        let Kind::Histogram(bounds) = self.0.kind else {
            return;
        };
        self.0.change(labels, |series| {
            series.value += value;
            series.count += 1;
            if let Some(at) = bounds.iter().position(|bound| value <= *bound) {
                series.buckets[at] += 1;
            }
        });
    }
}

impl Family {
    fn change(&self, labels: &[&str], change: impl FnOnce(&mut Series)) {
        let key = labels.iter().map(|label| (*label).to_owned()).collect();
        let mut all = self.series.lock();
        let series = all.entry(key).or_insert_with(|| Series {
            buckets: match self.kind {
                Kind::Histogram(bounds) => vec![0; bounds.len()],
                _ => Vec::new(),
            },
            ..Series::default()
        });
        change(series);
    }

    fn write(&self, page: &mut Page) {
        let series: Vec<_> = {
            let all = self.series.lock();
            all.iter()
                .map(|(labels, series)| (labels.clone(), series.clone()))
                .collect()
        };
        if series.is_empty() {
            return;
        }
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
        for (values, series) in series {
            let labels = page::labels(names.iter().copied().zip(values.iter().map(String::as_str)));
            match self.kind {
                Kind::Histogram(bounds) => {
                    let mut below = 0;
                    let cumulative = series.buckets.iter().map(|count| {
                        below += count;
                        below
                    });
                    let cumulative: Vec<u64> = cumulative.collect();
                    let buckets = bounds.iter().copied().zip(cumulative);
                    page.histogram(name, &labels, buckets, series.count, series.value);
                }
                _ => page.line(name, &labels, series.value),
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

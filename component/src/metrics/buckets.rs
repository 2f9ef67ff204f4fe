//! How large many things were: the counts that a histogram is written from.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Page;

/// A number that is added to without a lock; its bits.
#[derive(Debug, Default)]
pub(super) struct Sum(AtomicU64);

impl Sum {
    pub fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }

    pub fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }

    pub fn add(&self, amount: f64) {
        let sum = |bits| Some((f64::from_bits(bits) + amount).to_bits());
        // It never gives up.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum);
    }
}

/// Values by their size.
#[derive(Debug)]
pub struct Buckets {
    /// In ascending order.
    bounds: &'static [f64],
    /// How many were at most as large as the bound of the same place, and larger than the one before; the last ones are
    /// larger than every bound.
    counts: Box<[AtomicU64]>,
    sum: Sum,
}

impl Buckets {
    /// Nothing was counted yet. `bounds` in ascending order.
    pub fn new(bounds: &'static [f64]) -> Self {
        Self {
            bounds,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: Sum::default(),
        }
    }

    /// Counts a value.
    pub fn observe(&self, value: f64) {
        let smaller = self.bounds.iter().take_while(|bound| **bound < value);
        self.counts[smaller.count()].fetch_add(1, Ordering::Relaxed);
        self.sum.add(value);
    }

    /// Writes the lines of the histogram `name` with these labels.
    pub fn write(&self, page: &mut Page, name: &str, labels: &str) {
        let mut below = 0;
        let cumulative: Vec<u64> = self
            .counts
            .iter()
            .map(|count| {
                below += count.load(Ordering::Relaxed);
                below
            })
            .collect();
        let buckets = self.bounds.iter().copied().zip(cumulative);
        page.histogram(name, labels, buckets, below, self.sum.get());
    }

    /// Whether nothing was counted yet.
    pub fn is_empty(&self) -> bool {
        let mut counts = self.counts.iter();
        counts.all(|count| count.load(Ordering::Relaxed) == 0)
    }
}

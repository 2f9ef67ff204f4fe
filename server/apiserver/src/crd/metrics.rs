//! What is counted of the rules in CEL of custom resources, under upstream's names.

use std::time::Duration;

use knarr_component::metrics::{Definition, Histogram, Registry};

static COMPILATION: Definition = Definition::beta(
    "apiserver_cel_compilation_duration_seconds",
    &[],
    "CEL compilation time in seconds.",
);
static EVALUATION: Definition = Definition::beta(
    "apiserver_cel_evaluation_duration_seconds",
    &[],
    "CEL evaluation time in seconds.",
);

/// Those of Prometheus where nothing else is said.
const SECONDS: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// See the module.
pub struct Metrics {
    compilation: Histogram,
    evaluation: Histogram,
}

impl Metrics {
    pub fn new(registry: &Registry) -> Self {
        Self {
            compilation: registry.histogram(&COMPILATION, SECONDS),
            evaluation: registry.histogram(&EVALUATION, SECONDS),
        }
    }

    /// A definition was read, and its rules compiled.
    pub fn compiled(&self, took: Duration) {
        self.compilation.observe(&[], took.as_secs_f64());
    }

    /// The rules were evaluated on an object.
    pub fn evaluated(&self, took: Duration) {
        self.evaluation.observe(&[], took.as_secs_f64());
    }
}

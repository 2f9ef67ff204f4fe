//! `--feature-gates`, and the flags of upstream's profiler, which no part of Knarr has.

use clap::Args;
use knarr_component::feature_gates::{Error, FeatureGates, part};

/// The features that a process turns on and off.
#[derive(Args, Clone, Debug)]
pub struct FeatureGateOptions {
    /// Upstream's switches of single features: NAME=true|false, or kube:NAME=true|false; one that Knarr can only have in
    /// the other position is refused
    #[arg(long, value_name = "NAME=BOOL")]
    feature_gates: Vec<String>,
    #[command(flatten)]
    profiling: ProfilingOptions,
}

/// A profiler, which there is none of: only that is taken which says so.
#[derive(Args, Clone, Debug)]
struct ProfilingOptions {
    /// There is no /debug/pprof: only false is taken
    #[arg(long, default_value_t = false, num_args = 0..=1, default_missing_value = "true", value_parser = parse_off, action = clap::ArgAction::Set, value_name = "BOOL")]
    profiling: bool,
    /// There is no profile of locks either
    #[arg(long, default_value_t = false, num_args = 0..=1, default_missing_value = "true", value_parser = parse_off, action = clap::ArgAction::Set, value_name = "BOOL")]
    contention_profiling: bool,
}

/// A flag that can only be off.
fn parse_off(text: &str) -> Result<bool, String> {
    match text.parse() {
        Ok(false) => Ok(false),
        Ok(true) => Err("Knarr has no profiler to serve".to_owned()),
        Err(_) => Err("it must be true or false".to_owned()),
    }
}

impl FeatureGateOptions {
    /// For a process of these parts.
    pub fn gates(&self, parts: part::Parts) -> Result<FeatureGates, Error> {
        FeatureGates::read(self.feature_gates.iter().map(String::as_str), parts)
    }
}

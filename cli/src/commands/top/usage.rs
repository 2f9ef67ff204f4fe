//! What nodes, pods and containers use, and how it is sorted and printed (`kubectl/pkg/metricsutil`).

use knarr_api::{meta, quantity::Quantity};
use serde_json::Value;
use std::cmp::Ordering;

const MEBI: i64 = 1024 * 1024;
/// What stands where a node does not tell.
pub const UNKNOWN: &str = "<unknown>";

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    Name,
    Cpu,
    Memory,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Cpu,
    Memory,
    Swap,
}

impl Measure {
    /// What a list shows.
    pub fn shown(with_swap: bool) -> &'static [Measure] {
        match with_swap {
            true => &[Measure::Cpu, Measure::Memory, Measure::Swap],
            false => &[Measure::Cpu, Measure::Memory],
        }
    }

    /// Its key in a map of quantities.
    pub fn key(self) -> &'static str {
        match self {
            Measure::Cpu => "cpu",
            Measure::Memory => "memory",
            Measure::Swap => "swap",
        }
    }

    /// The header of its column.
    pub fn header(self) -> &'static str {
        match self {
            Measure::Cpu => "CPU(cores)",
            Measure::Memory => "MEMORY(bytes)",
            Measure::Swap => "SWAP(bytes)",
        }
    }

    /// The header of the column beside it, for the share of what there is.
    pub fn share_header(self) -> &'static str {
        match self {
            Measure::Cpu => "CPU(%)",
            Measure::Memory => "MEMORY(%)",
            Measure::Swap => "SWAP(%)",
        }
    }

    /// The quantity under its key; nothing if there is none.
    pub fn of(self, quantities: &Value) -> Quantity {
        Quantity::from_value(&quantities[self.key()]).unwrap_or_default()
    }

    /// How much of it the containers of a pod's metrics use together.
    pub fn of_pod(self, metrics: &Value) -> Quantity {
        containers(metrics)
            .iter()
            .fold(Quantity::ZERO, |sum, container| {
                sum + self.of(&container["usage"])
            })
    }

    pub fn text(self, quantity: Quantity) -> String {
        match self {
            Measure::Cpu => format!("{}m", quantity.milli_value()),
            Measure::Memory | Measure::Swap => format!("{}Mi", quantity.value() / MEBI),
        }
    }
}

/// The containers of a pod's metrics.
pub fn containers(metrics: &Value) -> &[Value] {
    metrics["containers"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

impl SortBy {
    /// The greatest use first, or by name; `used` is what one of both uses of a measure.
    pub fn compare(
        self,
        left: &Value,
        right: &Value,
        used: impl Fn(&Value, Measure) -> Quantity,
    ) -> Ordering {
        let greatest = |measure| used(right, measure).cmp(&used(left, measure));
        match self {
            SortBy::Name => name(left).cmp(name(right)),
            SortBy::Cpu => greatest(Measure::Cpu),
            SortBy::Memory => greatest(Measure::Memory),
        }
    }
}

/// A container has its name beside its usage, everything else in its metadata.
fn name(metrics: &Value) -> &str {
    match metrics["name"].as_str() {
        Some(name) => name,
        None => meta::name(metrics),
    }
}

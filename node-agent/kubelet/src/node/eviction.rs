//! The hard eviction thresholds (`--eviction-hard`): below them the node is under pressure and takes no more pods, and
//! they are kept back from what pods may have (<https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/>).

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use knarr_api::quantity::Quantity;

use super::machine::{Figure, Figures};

/// Upstream's thresholds (`DefaultEvictionHard`).
pub const DEFAULT: &str = "imagefs.available<15%,imagefs.inodesFree<5%,memory.available<100Mi,nodefs.available<10%,nodefs.inodesFree<5%";

/// How little may be left of each thing, by the signal's name; without a threshold it may run out.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds(BTreeMap<Signal, Amount>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Signal {
    ImagefsAvailable,
    ImagefsInodesFree,
    MemoryAvailable,
    NodefsAvailable,
    NodefsInodesFree,
    PidAvailable,
}

const SIGNALS: [(&str, Signal); 6] = [
    ("imagefs.available", Signal::ImagefsAvailable),
    ("imagefs.inodesFree", Signal::ImagefsInodesFree),
    ("memory.available", Signal::MemoryAvailable),
    ("nodefs.available", Signal::NodefsAvailable),
    ("nodefs.inodesFree", Signal::NodefsInodesFree),
    ("pid.available", Signal::PidAvailable),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Amount {
    /// So many bytes, inodes or process identifiers.
    Absolute(u64),
    /// This part of the whole, from 0 to 1.
    Part(f64),
}

impl Amount {
    fn of(self, total: u64) -> u64 {
        match self {
            Self::Absolute(amount) => amount,
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "upstream counts in floating point too; a part of the whole is in its range"
            )]
            Self::Part(part) => (total as f64 * part) as u64,
        }
    }
}

/// What runs short at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pressure {
    /// Memory.
    pub memory: bool,
    /// Disk.
    pub disk: bool,
    /// Process identifiers.
    pub pid: bool,
}

impl Default for Thresholds {
    fn default() -> Self {
        DEFAULT.parse().expect("the default thresholds are valid")
    }
}

impl Thresholds {
    /// What of the machine, whose images and volumes are on the file system of `disk`, is below its threshold now.
    pub fn pressure(&self, disk: &Path) -> Pressure {
        self.judge(&Figures::read(disk))
    }

    fn judge(&self, figures: &Figures) -> Pressure {
        let short = |signal, figure: Option<Figure>| {
            let threshold = self.0.get(&signal).zip(figure);
            threshold.is_some_and(|(amount, figure)| figure.available < amount.of(figure.total))
        };
        // Images are on the file system of the volumes.
        Pressure {
            memory: short(Signal::MemoryAvailable, figures.memory),
            disk: short(Signal::ImagefsAvailable, figures.disk)
                || short(Signal::NodefsAvailable, figures.disk)
                || short(Signal::ImagefsInodesFree, figures.inodes)
                || short(Signal::NodefsInodesFree, figures.inodes),
            pid: short(Signal::PidAvailable, figures.pids),
        }
    }

    /// Bytes of `total` bytes of memory that pods can't have.
    pub fn memory_kept(&self, total: u64) -> u64 {
        self.kept(Signal::MemoryAvailable, total)
    }

    /// Bytes of a disk of `total` bytes that pods can't have.
    pub fn disk_kept(&self, total: u64) -> u64 {
        self.kept(Signal::NodefsAvailable, total)
    }

    fn kept(&self, signal: Signal, total: u64) -> u64 {
        let amount = self.0.get(&signal);
        amount.map_or(0, |amount| amount.of(total).min(total))
    }

    /// Each threshold by the name of its signal, as in `evictionHard` of a `KubeletConfiguration`.
    pub fn by_name(&self) -> BTreeMap<&'static str, String> {
        let thresholds = SIGNALS.iter().filter_map(|(name, signal)| {
            let text = match self.0.get(signal)? {
                Amount::Absolute(amount) => amount.to_string(),
                Amount::Part(part) => format!("{}%", (part * 1e6).round() / 1e4),
            };
            Some((*name, text))
        });
        thresholds.collect()
    }
}

impl FromStr for Thresholds {
    type Err = String;

    /// Reads `signal<value,…`. A value is a quantity or a percentage; 0% and 100% are no threshold (upstream's
    /// `parseThresholdStatement`, whose words these are).
    fn from_str(text: &str) -> Result<Self, String> {
        let mut thresholds = BTreeMap::new();
        for pair in text.split(',').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair
                .split_once('<')
                .ok_or_else(|| format!("malformed pair, expect string<string: {pair}"))?;
            let (name, value) = (name.trim(), value.trim());
            let known = SIGNALS.iter().find(|(known, _)| *known == name);
            let (_, signal) = known.ok_or_else(|| format!("unsupported eviction signal {name}"))?;
            if let Some(amount) = threshold(name, value)? {
                thresholds.insert(*signal, amount);
            }
        }
        Ok(Self(thresholds))
    }
}

fn threshold(name: &str, value: &str) -> Result<Option<Amount>, String> {
    if let Some(percent) = value.strip_suffix('%') {
        let percent: f64 = percent
            .parse()
            .map_err(|_| format!("parsing {percent:?}: invalid syntax"))?;
        return match percent {
            percent if percent == 0.0 || percent == 100.0 => Ok(None),
            percent if percent < 0.0 => Err(format!(
                "eviction percentage threshold {name} must be >= 0%: {value}"
            )),
            percent if percent < 100.0 => Ok(Some(Amount::Part(percent / 100.0))),
            _ => Err(format!(
                "eviction percentage threshold {name} must be <= 100%: {value}"
            )),
        };
    }
    let quantity = Quantity::parse(value).map_err(|error| error.to_string())?;
    match u64::try_from(quantity.value()) {
        Ok(amount) if amount > 0 => Ok(Some(Amount::Absolute(amount))),
        _ => Err(format!(
            "eviction threshold {name} must be positive: {value}"
        )),
    }
}

impl fmt::Display for Thresholds {
    /// As the flag is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, value)) in self.by_name().iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{name}<{value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Thresholds, String> {
        text.parse()
    }

    #[test]
    fn a_machine_is_short_of_what_falls_below_its_threshold() {
        let of = |total, available| Some(Figure { total, available });
        let figures = Figures {
            memory: of(1 << 30, 200 << 20),
            disk: of(1000, 120),
            inodes: of(1000, 900),
            pids: of(1000, 1),
        };
        let judge = |text| parse(text).unwrap().judge(&figures);
        let disk = Pressure {
            disk: true,
            ..Pressure::default()
        };
        assert_eq!(judge(DEFAULT), disk);
        assert_eq!(judge("nodefs.available<10%"), Pressure::default());
        assert_eq!(judge("nodefs.available<121"), disk);
        assert_eq!(judge("nodefs.inodesFree<95%"), disk);
        let rest = judge("memory.available<201Mi,pid.available<10%");
        assert!(rest.memory && rest.pid && !rest.disk);
        assert_eq!(judge(""), Pressure::default());
    }

    #[test]
    fn what_is_kept_back_is_a_part_or_an_amount() {
        let thresholds = Thresholds::default();
        assert_eq!(thresholds.memory_kept(1 << 30), 100 << 20);
        assert_eq!(thresholds.memory_kept(1), 1);
        assert_eq!(thresholds.disk_kept(1000), 100);
        assert_eq!(parse("memory.available<1Gi").unwrap().disk_kept(1000), 0);
    }

    #[test]
    fn thresholds_are_written_as_they_are_read() {
        let text = "memory.available<104857600,nodefs.available<7.5%,pid.available<1000";
        assert_eq!(parse(text).unwrap().to_string(), text);
        assert_eq!(parse("nodefs.available<0%").unwrap(), parse("").unwrap());
    }

    #[test]
    fn wrong_thresholds_are_told_in_upstreams_words() {
        let wrong = [
            ("memory", "malformed pair, expect string<string: memory"),
            ("swap.free<1", "unsupported eviction signal swap.free"),
            (
                "memory.available<-1%",
                "eviction percentage threshold memory.available must be >= 0%: -1%",
            ),
            (
                "memory.available<101%",
                "eviction percentage threshold memory.available must be <= 100%: 101%",
            ),
            (
                "memory.available<0",
                "eviction threshold memory.available must be positive: 0",
            ),
            ("memory.available<x%", r#"parsing "x": invalid syntax"#),
        ];
        for (text, words) in wrong {
            assert_eq!(parse(text).unwrap_err(), words, "{text}");
        }
        assert!(parse("memory.available<NaN%").is_err());
        assert!(parse("memory.available<many").is_err());
    }
}

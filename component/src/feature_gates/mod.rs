//! `--feature-gates`: upstream's switches for single features. Nearly all of them have one position here, that of upstream's
//! default: who would have it otherwise is refused, instead of getting something else than they asked for.
//! (<https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/>)

mod table;

use std::collections::BTreeMap;

use crate::metrics::{Definition, Registry};
use part::Parts;
use table::GATES;

static ENABLED: Definition = Definition::beta(
    "kubernetes_feature_enabled",
    &["name", "stage"],
    "This metric records the data about the stage and enablement of a k8s feature.",
);

/// The parts of a cluster that a gate would change.
pub mod part {
    pub type Parts = u8;

    /// Nothing that anybody could see: Go's client library, clouds, Windows, or what is always so.
    pub const NOWHERE: Parts = 0;
    pub const API: Parts = 1;
    pub const CONTROLLERS: Parts = 2;
    pub const SCHEDULER: Parts = 4;
    pub const NODE: Parts = 8;
}

/// How far a feature has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Alpha,
    Beta,
    Stable,
    Deprecated,
}

impl Stage {
    /// As upstream's figures write it.
    fn text(self) -> &'static str {
        match self {
            Self::Alpha => "ALPHA",
            Self::Beta => "BETA",
            Self::Stable => "",
            Self::Deprecated => "DEPRECATED",
        }
    }
}

/// Whether a gate can be set here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Here {
    /// It stands as upstream's default has it.
    Usual,
    /// Upstream's default has it, and nothing here does.
    Missing,
    /// Its parts read it.
    Read,
}

/// One gate.
#[derive(Debug)]
pub struct Gate {
    name: &'static str,
    stage: Stage,
    default: bool,
    locked: bool,
    here: Here,
    parts: Parts,
}

impl Gate {
    const fn new(name: &'static str, stage: Stage, default: bool, parts: Parts) -> Self {
        Self {
            name,
            stage,
            default,
            locked: false,
            here: Here::Usual,
            parts,
        }
    }

    const fn alpha(name: &'static str, parts: Parts) -> Self {
        Self::new(name, Stage::Alpha, false, parts)
    }

    const fn beta(name: &'static str, parts: Parts) -> Self {
        Self::new(name, Stage::Beta, true, parts)
    }

    /// One that is off by default.
    const fn quiet_beta(name: &'static str, parts: Parts) -> Self {
        Self::new(name, Stage::Beta, false, parts)
    }

    const fn honoured_beta(name: &'static str, parts: Parts) -> Self {
        let gate = Self::beta(name, parts);
        Self {
            here: Here::Read,
            ..gate
        }
    }

    const fn missing_beta(name: &'static str, parts: Parts) -> Self {
        let gate = Self::beta(name, parts);
        Self {
            here: Here::Missing,
            ..gate
        }
    }

    const fn stable(name: &'static str, parts: Parts) -> Self {
        Self::new(name, Stage::Stable, true, parts)
    }

    const fn locked(name: &'static str, parts: Parts) -> Self {
        let gate = Self::stable(name, parts);
        Self {
            locked: true,
            ..gate
        }
    }

    const fn deprecated(name: &'static str, default: bool, parts: Parts) -> Self {
        Self::new(name, Stage::Deprecated, default, parts)
    }

    const fn locked_deprecated(name: &'static str, default: bool, parts: Parts) -> Self {
        let gate = Self::deprecated(name, default, parts);
        Self {
            locked: true,
            ..gate
        }
    }

    /// The position in which it stands when nothing is said.
    fn usual(&self) -> bool {
        self.default && self.here != Here::Missing
    }

    /// Whether these parts can have it so.
    fn takes(&self, value: bool, parts: Parts) -> bool {
        self.here == Here::Read || self.parts & parts == 0 || value == self.usual()
    }
}

/// Why gates cannot be set; upstream's words where it refuses too.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("malformed pair, expect string:string")]
    Pair,
    #[error("component not registered: {0}")]
    Component(String),
    #[error(
        "set kube feature gates with default empty prefix or kube: prefix consistently, do not mix use"
    )]
    Mixed,
    #[error("missing bool value for {0}")]
    NoValue(String),
    #[error("invalid value of {0}={1}, err: strconv.ParseBool: parsing {1:?}: invalid syntax")]
    NoBool(String, String),
    #[error("unrecognized feature gate: {0}")]
    Unknown(String),
    #[error("cannot set feature gate {0} to {1}, feature is locked to {default}", default = !.1)]
    Locked(String, bool),
    #[error("cannot set feature gate {0} to {1}: Knarr has it {position} and nothing else", position = state(!.1))]
    Fixed(String, bool),
    #[error("cannot set feature gate {0} to {1}: Knarr has {2} {position} and nothing else", position = state(!.1))]
    FixedOne(String, bool, &'static str),
}

fn state(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// All gates of the stage together.
const ALL: [(&str, Stage); 2] = [("AllAlpha", Stage::Alpha), ("AllBeta", Stage::Beta)];

/// How the gates of a process stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeatureGates {
    said: BTreeMap<String, bool>,
}

impl FeatureGates {
    /// Reads `--feature-gates`, which may be given several times, for a process of these parts.
    pub fn read<'a>(flags: impl IntoIterator<Item = &'a str>, parts: Parts) -> Result<Self, Error> {
        let said = said(flags)?;
        for (name, value) in &said {
            if let Some((_, stage)) = ALL.iter().find(|(all, _)| all == name) {
                let mut rest = GATES
                    .iter()
                    .filter(|gate| gate.stage == *stage && !said.contains_key(gate.name));
                if let Some(gate) = rest.find(|gate| !gate.takes(*value, parts)) {
                    return Err(Error::FixedOne(name.clone(), *value, gate.name));
                }
                continue;
            }
            let Some(gate) = find(name) else {
                return Err(Error::Unknown(name.clone()));
            };
            if gate.locked && gate.default != *value {
                return Err(Error::Locked(name.clone(), *value));
            }
            if !gate.takes(*value, parts) {
                return Err(Error::Fixed(name.clone(), *value));
            }
        }
        Ok(Self { said })
    }

    /// Whether a feature is on. What upstream does not know is off.
    pub fn is_on(&self, name: &str) -> bool {
        find(name).is_some_and(|gate| self.value(gate))
    }

    fn value(&self, gate: &Gate) -> bool {
        if let Some(said) = self.said.get(gate.name) {
            return *said;
        }
        let all = ALL.iter().find(|(_, stage)| *stage == gate.stage);
        let all = all.and_then(|(name, _)| self.said.get(*name));
        all.copied().unwrap_or_else(|| gate.usual())
    }

    /// Writes all gates to the figures.
    pub fn tell(&self, registry: &Registry) {
        let gauge = registry.gauge(&ENABLED);
        let tell = |name: &str, stage: Stage, on: bool| {
            gauge.set(&[name, stage.text()], f64::from(u8::from(on)));
        };
        for gate in GATES {
            tell(gate.name, gate.stage, self.value(gate));
        }
        for (name, stage) in ALL {
            tell(name, stage, self.said.get(name) == Some(&true));
        }
    }
}

fn find(name: &str) -> Option<&'static Gate> {
    let place = GATES.binary_search_by(|gate| gate.name.cmp(name)).ok()?;
    GATES.get(place)
}

/// What the flags say of which gate: `gate=true`, or `kube:gate=true` throughout.
fn said<'a>(flags: impl IntoIterator<Item = &'a str>) -> Result<BTreeMap<String, bool>, Error> {
    let pairs = flags.into_iter().flat_map(|flag| flag.split(','));
    let mut said = BTreeMap::new();
    let mut prefixed = None;
    for pair in pairs.filter(|pair| !pair.is_empty()) {
        let (component, pair) = match pair.split_once(':') {
            Some((component, pair)) => (Some(component.trim()), pair.trim()),
            None => (None, pair.trim()),
        };
        match component {
            None | Some("kube") => {}
            Some("") => return Err(Error::Pair),
            Some(other) => return Err(Error::Component(other.to_owned())),
        }
        if prefixed.is_some_and(|prefixed| prefixed != component.is_some()) {
            return Err(Error::Mixed);
        }
        prefixed = Some(component.is_some());
        let (name, value) = match pair.split_once('=') {
            Some((name, value)) => (name.trim(), value.trim()),
            None => return Err(Error::NoValue(pair.to_owned())),
        };
        // What Go's strconv.ParseBool takes.
        let value = match value {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
            "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
            other => return Err(Error::NoBool(name.to_owned(), other.to_owned())),
        };
        said.insert(name.to_owned(), value);
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::part::{API, CONTROLLERS, NODE};
    use super::*;
    use crate::metrics::Page;

    fn read(flag: &str) -> Result<FeatureGates, String> {
        FeatureGates::read([flag], API).map_err(|error| error.to_string())
    }

    #[test]
    fn gates_stand_in_order() {
        assert!(GATES.is_sorted_by(|a, b| a.name < b.name));
        for gate in GATES {
            assert!(!gate.locked || gate.here == Here::Usual, "{}", gate.name);
            let reads = gate.here == Here::Usual || gate.parts != part::NOWHERE;
            assert!(reads, "{} tells nobody", gate.name);
        }
    }

    #[test]
    fn faults_are_told_in_upstreams_words() {
        for (flag, expected) in [
            ("Nope=true", "unrecognized feature gate: Nope"),
            ("WatchList", "missing bool value for WatchList"),
            (
                "WatchList=maybe",
                "invalid value of WatchList=maybe, err: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
            ("wardle:WatchList=true", "component not registered: wardle"),
            (
                "kube:WatchList=true,APIServerIdentity=true",
                "set kube feature gates with default empty prefix or kube: prefix consistently, do not mix use",
            ),
            (
                "ConsistentListFromCache=false",
                "cannot set feature gate ConsistentListFromCache to false, feature is locked to true",
            ),
            (
                "SeparateCacheWatchRPC=true",
                "cannot set feature gate SeparateCacheWatchRPC to true, feature is locked to false",
            ),
            (
                "HPAScaleToZero=true",
                "cannot set feature gate HPAScaleToZero to true: Knarr has it off and nothing else",
            ),
            (
                "AllAlpha=true",
                "cannot set feature gate AllAlpha to true: Knarr has AllowUnsafeMalformedObjectDeletion off and nothing else",
            ),
        ] {
            assert_eq!(read(flag).unwrap_err(), expected, "{flag}");
        }
    }

    #[test]
    fn what_changes_nothing_may_be_said() {
        for flag in [
            "",
            "AllAlpha=false",
            "kube:SidecarContainers=true,kube:WatchList=0",
            "CBORServingAndStorage=false , WatchList=T",
            "EventedPLEG=true",
            "WindowsGracefulNodeShutdown=false",
        ] {
            assert!(read(flag).is_ok(), "{flag}");
        }
        assert!(FeatureGates::read(["EventedPLEG=true"], NODE).is_err());
        assert!(FeatureGates::read(["EventedPLEG=true"], CONTROLLERS).is_ok());
    }

    #[test]
    fn gates_are_told_as_they_stand() {
        let gates = read("WatchList=false").unwrap();
        assert!(!gates.is_on("WatchList") && gates.is_on("APIResponseCompression"));
        assert!(FeatureGates::default().is_on("WatchList"));
        let registry = Registry::default();
        gates.tell(&registry);
        let mut page = Page::default();
        registry.write(&mut page);
        for line in [
            "kubernetes_feature_enabled{name=\"WatchList\",stage=\"BETA\"} 0\n",
            "kubernetes_feature_enabled{name=\"CBORServingAndStorage\",stage=\"ALPHA\"} 0\n",
            "kubernetes_feature_enabled{name=\"SidecarContainers\",stage=\"\"} 1\n",
            "kubernetes_feature_enabled{name=\"AllBeta\",stage=\"BETA\"} 0\n",
        ] {
            assert!(page.text().contains(line), "{}", page.text());
        }
    }
}

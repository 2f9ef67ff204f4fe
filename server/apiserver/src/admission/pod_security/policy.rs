//! Levels, versions, the labels of a namespace, and the settings of the plugin.

use std::fmt;

use knarr_api::meta;
use serde_json::Value;

const PREFIX: &str = "pod-security.kubernetes.io/";
/// The modes, as labels name them.
pub const MODES: [&str; 3] = ["enforce", "audit", "warn"];

/// A level of the Pod Security Standards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    #[default]
    Privileged,
    Baseline,
    Restricted,
}

impl Level {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "privileged" => Some(Self::Privileged),
            "baseline" => Some(Self::Baseline),
            "restricted" => Some(Self::Restricted),
            _ => None,
        }
    }
}

/// The minor version of a policy; the newest when none is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version(Option<u32>);

impl Version {
    fn parse(text: &str) -> Option<Self> {
        if text == "latest" {
            return Some(Self(None));
        }
        let minor = text.strip_prefix("v1.")?;
        let plain = !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit());
        let leading = minor.len() > 1 && minor.starts_with('0');
        (plain && !leading).then(|| minor.parse().ok().map(Some).map(Self))?
    }

    /// Whether the policy is of this minor version or a newer one.
    pub fn since(self, minor: u32) -> bool {
        self.0.is_none_or(|own| own >= minor)
    }
}

/// A level, as it was in a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LevelVersion {
    pub level: Level,
    pub version: Version,
}

impl fmt::Display for LevelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        };
        match self.version.0 {
            None => write!(f, "{level}:latest"),
            Some(minor) => write!(f, "{level}:v1.{minor}"),
        }
    }
}

/// What holds in a namespace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    pub enforce: LevelVersion,
    pub audit: LevelVersion,
    pub warn: LevelVersion,
    /// What is wrong with the labels: the strictest level holds instead.
    pub fault: Option<String>,
}

/// A label that cannot be read: its key, its value, and why.
pub type Fault = (String, String, &'static str);

impl Policy {
    /// By the labels of the namespace, otherwise by the settings.
    pub fn of(namespace: &Value, configuration: &Configuration) -> Self {
        let (policy, faults) = Self::read(namespace, &configuration.defaults);
        let fault = faults.first().map(|(key, value, why)| {
            format!("metadata.labels[{key}]: Invalid value: {value:?}: {why}")
        });
        Self { fault, ..policy }
    }

    /// The same with all faults.
    pub fn read(namespace: &Value, defaults: &Self) -> (Self, Vec<Fault>) {
        let mut policy = defaults.clone();
        let mut faults = Vec::new();
        let own = [&mut policy.enforce, &mut policy.audit, &mut policy.warn];
        for (mode, level_version) in MODES.into_iter().zip(own) {
            let key = format!("{PREFIX}{mode}");
            if let Some(text) = meta::label(namespace, &key) {
                level_version.level = Level::parse(text).unwrap_or_else(|| {
                    let why = "must be one of privileged, baseline, restricted";
                    faults.push((key.clone(), text.to_owned(), why));
                    Level::Restricted
                });
            }
            let key = format!("{PREFIX}{mode}-version");
            if let Some(text) = meta::label(namespace, &key) {
                level_version.version = Version::parse(text).unwrap_or_else(|| {
                    let why = "must be \"latest\" or \"v1.x\"";
                    faults.push((key.clone(), text.to_owned(), why));
                    Version::default()
                });
            }
        }
        // Who is warned of nothing is warned of what is enforced.
        let unset = |mode: &str| meta::label(namespace, &format!("{PREFIX}{mode}")).is_none();
        if unset("warn") && !unset("enforce") && policy.warn.level < policy.enforce.level {
            policy.warn = policy.enforce;
        }
        (policy, faults)
    }
}

/// `PodSecurityConfiguration` of `pod-security.admission.config.k8s.io`.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    pub defaults: Policy,
    usernames: Vec<String>,
    namespaces: Vec<String>,
    runtime_classes: Vec<String>,
}

impl Configuration {
    /// Reads the settings; null is the default.
    pub fn parse(settings: &Value) -> Result<Self, String> {
        let mut configuration = Self::default();
        if settings.is_null() {
            return Ok(configuration);
        }
        let version = settings["apiVersion"].as_str().unwrap_or_default();
        let known = version
            .strip_prefix("pod-security.admission.config.k8s.io/")
            .is_some_and(|version| matches!(version, "v1" | "v1beta1" | "v1alpha1"));
        if !known || settings["kind"] != "PodSecurityConfiguration" {
            return Err(format!(
                "no kind {} is registered for version {version:?}",
                settings["kind"]
            ));
        }
        let defaults = &settings["defaults"];
        let own = &mut configuration.defaults;
        let own = [&mut own.enforce, &mut own.audit, &mut own.warn];
        for (mode, level_version) in MODES.into_iter().zip(own) {
            let version = format!("{mode}-version");
            if let Some(text) = defaults[mode].as_str() {
                level_version.level = Level::parse(text).ok_or_else(|| {
                    format!("defaults.{mode}: Invalid value: {text:?}: must be one of privileged, baseline, restricted")
                })?;
            }
            if let Some(text) = defaults[&version].as_str() {
                level_version.version = Version::parse(text).ok_or_else(|| {
                    format!("defaults.{version}: Invalid value: {text:?}: must be \"latest\" or \"v1.x\"")
                })?;
            }
        }
        let list = |field: &str| -> Vec<String> {
            let all = settings["exemptions"][field]
                .as_array()
                .into_iter()
                .flatten();
            all.filter_map(|one| one.as_str().map(str::to_owned))
                .collect()
        };
        configuration.usernames = list("usernames");
        configuration.namespaces = list("namespaces");
        configuration.runtime_classes = list("runtimeClasses");
        Ok(configuration)
    }

    /// Whether nothing holds for this user or in this namespace.
    pub fn exempts(&self, namespace: &str, user: &str) -> bool {
        self.namespaces.iter().any(|one| one == namespace)
            || self.usernames.iter().any(|one| one == user)
    }

    /// Whether nothing holds for pods of this runtime class.
    pub fn exempts_runtime_class(&self, class: &str) -> bool {
        !class.is_empty() && self.runtime_classes.iter().any(|one| one == class)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_win_over_settings_and_faults_are_strict() {
        let settings = json!({"apiVersion": "pod-security.admission.config.k8s.io/v1",
            "kind": "PodSecurityConfiguration",
            "defaults": {"enforce": "baseline", "enforce-version": "v1.20"},
            "exemptions": {"namespaces": ["kube-system"]}});
        let configuration = Configuration::parse(&settings).unwrap();
        let namespace = |labels: Value| json!({"metadata": {"labels": labels}});
        let policy = Policy::of(&namespace(json!({})), &configuration);
        assert_eq!(policy.enforce.to_string(), "baseline:v1.20");
        let labels = json!({"pod-security.kubernetes.io/enforce": "strict"});
        let policy = Policy::of(&namespace(labels), &configuration);
        assert_eq!(policy.enforce.level, Level::Restricted);
        assert_eq!(
            policy.fault.as_deref(),
            Some(
                "metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"strict\": must be one of privileged, baseline, restricted"
            )
        );
        assert!(configuration.exempts("kube-system", "x") && !configuration.exempts("a", "x"));
    }

    #[test]
    fn versions() {
        for bad in ["", "v1", "v1.", "v1.x", "v2.0", "1.20", "v1.01"] {
            assert_eq!(Version::parse(bad), None, "{bad}");
        }
        let old = Version::parse("v1.18").unwrap();
        assert!(old.since(18) && !old.since(19) && Version::default().since(99));
    }
}

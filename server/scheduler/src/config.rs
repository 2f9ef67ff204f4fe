//! The scheduler's configuration: profiles, chosen by a pod's `schedulerName`, from a file in the form of upstream's
//! `KubeSchedulerConfiguration` (kubescheduler.config.k8s.io/v1).

use serde::Deserialize;
use serde_json::{Value, json};

use crate::plugins::{self, Plugin};

/// The scheduler that a pod gets which names none.
pub const DEFAULT_SCHEDULER_NAME: &str = "default-scheduler";

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the scheduler's configuration can't be read: {0}")]
    Parse(#[from] serde_yaml::Error),
    #[error(
        "the scheduler's configuration is a {0}, not a kubescheduler.config.k8s.io/v1 KubeSchedulerConfiguration"
    )]
    Kind(String),
    #[error("profiles: duplicate schedulerName {0:?}")]
    Duplicate(String),
    #[error("profile {profile:?}: there is no plugin {plugin:?}")]
    UnknownPlugin { profile: String, plugin: String },
    #[error("percentageOfNodesToScore: {0} is not in the range 0-100")]
    Percentage(u32),
}

/// A set of plugins under a scheduler's name.
#[derive(Clone)]
pub struct Profile {
    pub scheduler_name: String,
    pub filters: Vec<&'static dyn Plugin>,
    /// With their weights.
    pub scores: Vec<(&'static dyn Plugin, i64)>,
    /// How many of the nodes are looked at until enough are found that fit; 0 chooses by the cluster's size.
    pub percentage_of_nodes_to_score: u32,
}

/// All profiles of a scheduler.
#[derive(Clone)]
pub struct SchedulerConfig {
    pub profiles: Vec<Profile>,
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        let profile =
            build(&ProfileFile::default(), 0).expect("the default profile names no plugin");
        Self {
            profiles: vec![profile],
        }
    }
}

impl SchedulerConfig {
    /// Reads a configuration file's text. Fields that this scheduler does not know are refused.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let file: File = serde_yaml::from_str(text)?;
        if (file.api_version.as_str(), file.kind.as_str())
            != (
                "kubescheduler.config.k8s.io/v1",
                "KubeSchedulerConfiguration",
            )
        {
            return Err(Error::Kind(format!("{} {}", file.api_version, file.kind)));
        }
        if file.percentage_of_nodes_to_score > 100 {
            return Err(Error::Percentage(file.percentage_of_nodes_to_score));
        }
        if file.profiles.is_empty() {
            return Ok(Self::default());
        }
        let mut profiles: Vec<Profile> = Vec::new();
        for profile in &file.profiles {
            let percentage = profile
                .percentage_of_nodes_to_score
                .unwrap_or(file.percentage_of_nodes_to_score);
            let built = build(profile, percentage)?;
            if profiles
                .iter()
                .any(|other| other.scheduler_name == built.scheduler_name)
            {
                return Err(Error::Duplicate(built.scheduler_name));
            }
            profiles.push(built);
        }
        Ok(Self { profiles })
    }

    /// The profiles as a KubeSchedulerConfiguration has them, with every plugin that runs.
    pub fn profiles(&self) -> Value {
        let profile = |profile: &Profile| {
            // One that rejects nothing says nothing of what undoes that.
            let filters = profile.filters.iter();
            let filters = filters.filter(|plugin| !plugin.undone_by().is_empty());
            let filters = filters.map(|plugin| json!({"name": plugin.name()}));
            let scores = profile.scores.iter();
            let scores =
                scores.map(|(plugin, weight)| json!({"name": plugin.name(), "weight": weight}));
            json!({
                "schedulerName": profile.scheduler_name,
                "percentageOfNodesToScore": profile.percentage_of_nodes_to_score,
                "plugins": {
                    "filter": {"enabled": filters.collect::<Value>()},
                    "score": {"enabled": scores.collect::<Value>()},
                },
            })
        };
        self.profiles.iter().map(profile).collect()
    }

    /// The profile that a pod with this `schedulerName` gets; `None` when another scheduler is meant.
    pub fn profile(&self, scheduler_name: &str) -> Option<&Profile> {
        self.profiles
            .iter()
            .find(|profile| profile.scheduler_name == scheduler_name)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    profiles: Vec<ProfileFile>,
    #[serde(default)]
    percentage_of_nodes_to_score: u32,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProfileFile {
    scheduler_name: Option<String>,
    percentage_of_nodes_to_score: Option<u32>,
    #[serde(default)]
    plugins: PluginsFile,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PluginsFile {
    #[serde(default)]
    multi_point: PluginSet,
    #[serde(default)]
    filter: PluginSet,
    #[serde(default)]
    score: PluginSet,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PluginSet {
    #[serde(default)]
    enabled: Vec<Named>,
    #[serde(default)]
    disabled: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    weight: Option<i64>,
}

impl PluginSet {
    fn enables(&self, name: &str) -> Option<&Named> {
        self.enabled.iter().find(|named| named.name == name)
    }

    fn disables(&self, name: &str) -> bool {
        self.disabled
            .iter()
            .any(|named| named.name == name || named.name == "*")
    }
}

/// A plugin runs at a point when that point enables it, or when neither the point nor all points together disable it.
fn build(file: &ProfileFile, percentage: u32) -> Result<Profile, Error> {
    let scheduler_name = file
        .scheduler_name
        .clone()
        .unwrap_or_else(|| DEFAULT_SCHEDULER_NAME.to_owned());
    let all = plugins::all();
    let sets = [
        &file.plugins.multi_point,
        &file.plugins.filter,
        &file.plugins.score,
    ];
    let named = sets
        .iter()
        .flat_map(|set| set.enabled.iter().chain(&set.disabled));
    for plugin in named.map(|named| &named.name).filter(|name| *name != "*") {
        if !all
            .iter()
            .any(|registered| registered.plugin.name() == plugin)
        {
            return Err(Error::UnknownPlugin {
                profile: scheduler_name,
                plugin: plugin.clone(),
            });
        }
    }
    let multi_point = &file.plugins.multi_point;
    let runs = |point: &PluginSet, name: &str| {
        point.enables(name).is_some()
            || (!point.disables(name)
                && (multi_point.enables(name).is_some() || !multi_point.disables(name)))
    };
    let filters = all
        .iter()
        .filter(|r| runs(&file.plugins.filter, r.plugin.name()))
        .map(|r| r.plugin)
        .collect();
    let scores = all
        .iter()
        .filter(|registered| runs(&file.plugins.score, registered.plugin.name()));
    let weighted = scores.map(|registered| {
        let name = registered.plugin.name();
        let set = [&file.plugins.score, multi_point]
            .into_iter()
            .find_map(|set| set.enables(name)?.weight);
        (
            registered.plugin,
            set.filter(|weight| *weight != 0)
                .unwrap_or(registered.weight),
        )
    });
    let scores = weighted.filter(|(_, weight)| *weight != 0).collect();
    Ok(Profile {
        scheduler_name,
        filters,
        scores,
        percentage_of_nodes_to_score: percentage,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";

    fn parse(rest: &str) -> Result<SchedulerConfig, Error> {
        SchedulerConfig::parse(&format!("{HEADER}{rest}"))
    }

    #[test]
    fn a_profile_is_told_with_the_plugins_that_work_at_each_point() {
        let all = SchedulerConfig::default().profiles();
        let profile = &all[0];
        assert_eq!(profile["schedulerName"], DEFAULT_SCHEDULER_NAME);
        let names = |point: &str| {
            let enabled = profile["plugins"][point]["enabled"].as_array();
            let names = enabled.into_iter().flatten();
            names
                .map(|plugin| plugin["name"].clone())
                .collect::<Vec<_>>()
        };
        let balanced = Value::from("NodeResourcesBalancedAllocation");
        assert!(names("score").contains(&balanced) && !names("filter").contains(&balanced));
        assert!(names("filter").contains(&"NodePorts".into()));
        assert!(!names("score").contains(&"NodePorts".into()));
    }

    #[test]
    fn the_default_profile_scores_by_what_remains() {
        let config = parse("").unwrap();
        let weights: Vec<_> = config.profiles[0]
            .scores
            .iter()
            .map(|(p, weight)| (p.name(), *weight))
            .collect();
        assert!(weights.contains(&("NodeResourcesFit", 1)));
        assert_eq!(config.profiles[0].filters.len(), plugins::all().len());
    }

    #[test]
    fn profiles_choose_plugins_and_weights() {
        let config = parse(
            "profiles:\n- schedulerName: default-scheduler\n- schedulerName: packed\n  plugins:\n    score:\n      disabled: [{name: '*'}]\n      \
             enabled: [{name: NodeAffinity, weight: 7}]\n    filter:\n      disabled: [{name: NodePorts}]\n",
        )
        .unwrap();
        let packed = config.profile("packed").unwrap();
        assert_eq!(
            packed
                .scores
                .iter()
                .map(|(p, w)| (p.name(), *w))
                .collect::<Vec<_>>(),
            [("NodeAffinity", 7)]
        );
        assert!(
            packed
                .filters
                .iter()
                .all(|plugin| plugin.name() != "NodePorts")
        );
        assert!(config.profile("other").is_none());
    }

    #[test]
    fn faults_are_named() {
        for (text, wanted) in [
            (
                "profiles:\n- schedulerName: a\n- schedulerName: a\n",
                "duplicate schedulerName",
            ),
            (
                "profiles:\n- plugins: {filter: {enabled: [{name: Nope}]}}\n",
                "no plugin \"Nope\"",
            ),
            ("percentageOfNodesToScore: 101\n", "0-100"),
            ("nonsense: 1\n", "unknown field"),
        ] {
            let error = parse(text).err().unwrap().to_string();
            assert!(error.contains(wanted), "{error}");
        }
        assert!(matches!(
            SchedulerConfig::parse("kind: Pod"),
            Err(Error::Kind(_))
        ));
    }
}

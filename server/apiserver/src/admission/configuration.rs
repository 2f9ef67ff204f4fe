//! What admission is told at the server's start: which plugins run, and the settings of those that have some
//! (`AdmissionConfiguration` of `apiserver.config.k8s.io/v1`).

use std::collections::HashMap;

use serde_json::Value;

use super::{Default as OnOff, PLUGINS, Plugin, Row};

const GROUP: &str = "apiserver.config.k8s.io";

/// Why admission cannot be set up. The texts are upstream's where it has one.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0}-admission-plugins plugin {1:?} is unknown")]
    Unknown(&'static str, String),
    #[error("[{0}] in enable-admission-plugins and disable-admission-plugins overlapped")]
    Overlap(String),
    #[error("the admission control configuration is not YAML: {0}")]
    Yaml(#[from] serde_yaml::Error),
    #[error(
        "the admission control configuration has the kind {kind} of {api_version:?}, and not AdmissionConfiguration of \"{GROUP}/v1\""
    )]
    Kind { api_version: String, kind: String },
    #[error("the settings of the admission plugin {plugin}, {path}: {source}")]
    File {
        plugin: String,
        path: String,
        source: std::io::Error,
    },
    #[error("the settings of the admission plugin {plugin}: {why}")]
    Settings { plugin: &'static str, why: String },
}

/// The flags and the file, read.
#[derive(Clone, Debug, Default)]
pub struct AdmissionConfig {
    /// `--enable-admission-plugins`, beside those that are on by default.
    pub enable: Vec<String>,
    /// `--disable-admission-plugins`.
    pub disable: Vec<String>,
    /// The settings of a plugin, by its name.
    pub settings: HashMap<String, Value>,
}

impl AdmissionConfig {
    /// Takes in the text of `--admission-control-config-file`. `read` opens the files that it names.
    pub fn read_file(
        &mut self,
        text: &str,
        read: impl Fn(&str) -> std::io::Result<String>,
    ) -> Result<(), ConfigError> {
        let file: Value = serde_yaml::from_str(text)?;
        let api_version = file["apiVersion"].as_str().unwrap_or_default();
        let kind = file["kind"].as_str().unwrap_or_default();
        let known = api_version
            .strip_prefix(GROUP)
            .is_some_and(|version| matches!(version, "/v1" | "/v1alpha1"));
        if kind != "AdmissionConfiguration" || !known {
            return Err(ConfigError::Kind {
                api_version: api_version.to_owned(),
                kind: kind.to_owned(),
            });
        }
        for plugin in file["plugins"].as_array().into_iter().flatten() {
            let name = plugin["name"].as_str().unwrap_or_default().to_owned();
            let settings = match plugin["path"].as_str().filter(|path| !path.is_empty()) {
                Some(path) => {
                    let text = read(path).map_err(|source| ConfigError::File {
                        plugin: name.clone(),
                        path: path.to_owned(),
                        source,
                    })?;
                    serde_yaml::from_str(&text)?
                }
                None => plugin["configuration"].clone(),
            };
            self.settings.insert(name, settings);
        }
        Ok(())
    }

    /// The settings of a plugin, null when there are none.
    pub fn settings_of(&self, plugin: &str) -> &Value {
        self.settings.get(plugin).unwrap_or(&Value::Null)
    }

    /// The settings of a plugin, read.
    pub fn typed<T>(
        &self,
        plugin: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        parse(self.settings_of(plugin)).map_err(|why| ConfigError::Settings { plugin, why })
    }

    /// The plugins that run, in their order.
    pub fn plugins(&self) -> Result<Vec<&'static Row>, ConfigError> {
        let known = |name: &String| PLUGINS.iter().any(|(_, _, plugin)| plugin.name() == name);
        for (flag, names) in [("enable", &self.enable), ("disable", &self.disable)] {
            if let Some(unknown) = names.iter().find(|name| !known(name)) {
                return Err(ConfigError::Unknown(flag, unknown.clone()));
            }
        }
        let both: Vec<&str> = self
            .enable
            .iter()
            .filter(|name| self.disable.contains(name))
            .map(String::as_str)
            .collect();
        if !both.is_empty() {
            return Err(ConfigError::Overlap(both.join(" ")));
        }
        let named = |names: &[String], plugin: &dyn Plugin| {
            names.iter().any(|name| name.as_str() == plugin.name())
        };
        Ok(PLUGINS
            .iter()
            .filter(|(default, _, plugin)| {
                (*default == OnOff::On || named(&self.enable, *plugin))
                    && !named(&self.disable, *plugin)
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(enable: &[&str], disable: &[&str]) -> AdmissionConfig {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        AdmissionConfig {
            enable: owned(enable),
            disable: owned(disable),
            ..AdmissionConfig::default()
        }
    }

    fn names(config: &AdmissionConfig) -> Vec<&'static str> {
        let plugins = config.plugins().unwrap();
        plugins.iter().map(|(_, _, plugin)| plugin.name()).collect()
    }

    #[test]
    fn flags_turn_plugins_on_and_off() {
        let all = names(&config(&["AlwaysPullImages"], &["Priority"]));
        assert!(all.contains(&"AlwaysPullImages") && !all.contains(&"Priority"));
        assert!(!names(&config(&[], &[])).contains(&"AlwaysPullImages"));
    }

    #[test]
    fn faults_are_told_in_upstreams_words() {
        let error = |enable: &[&str], disable: &[&str]| {
            let plugins = config(enable, disable).plugins();
            plugins.err().map(|error| error.to_string())
        };
        assert_eq!(
            error(&["Nope"], &[]).unwrap(),
            "enable-admission-plugins plugin \"Nope\" is unknown"
        );
        assert_eq!(
            error(&["Priority"], &["Priority"]).unwrap(),
            "[Priority] in enable-admission-plugins and disable-admission-plugins overlapped"
        );
    }

    #[test]
    fn settings_stand_in_the_file_or_beside_it() {
        let mut config = AdmissionConfig::default();
        let text = "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n\
            - {name: A, configuration: {x: 1}}\n- {name: B, path: b.yaml}\n";
        config
            .read_file(text, |path| Ok(format!("file: {path}")))
            .unwrap();
        assert_eq!(config.settings_of("A")["x"], 1);
        assert_eq!(config.settings_of("B")["file"], "b.yaml");
        assert!(
            config
                .read_file("kind: Pod", |_| Ok(String::new()))
                .is_err()
        );
    }
}

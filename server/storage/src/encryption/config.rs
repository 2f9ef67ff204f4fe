//! Upstream's `EncryptionConfiguration` (`apiserver.config.k8s.io/v1`): which resources are encrypted with which keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::cipher::{Cipher, Gcm};

const API_VERSION: &str = "apiserver.config.k8s.io/v1";
const KIND: &str = "EncryptionConfiguration";

/// Why a configuration can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read the encryption configuration: {0}")]
    Unreadable(String),
    /// All faults, in upstream's words.
    #[error("invalid encryption configuration: {}", .0.join(", "))]
    Invalid(Vec<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    api_version: String,
    kind: String,
    #[serde(default)]
    resources: Vec<Resources>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Resources {
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    providers: Vec<Providers>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Providers {
    aesgcm: Option<Keys>,
    aescbc: Option<Keys>,
    secretbox: Option<Keys>,
    identity: Option<Identity>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[serde(default)]
    keys: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    #[serde(default)]
    name: String,
    #[serde(default)]
    secret: String,
}

/// The keys for some resources.
#[derive(Clone)]
pub(super) struct Rule {
    /// As written: `secrets`, `deployments.apps`, `*.apps`, `*.`, `*.*`.
    pub resources: Vec<String>,
    /// The first writes; all read.
    pub transformers: Vec<Transformer>,
}

/// One key, or none at all.
#[derive(Clone)]
pub(super) enum Transformer {
    Identity,
    Key {
        /// What stands before the value: `k8s:enc:aesgcm:v1:NAME:`.
        prefix: Vec<u8>,
        cipher: Cipher,
    },
}

/// A configuration that has been checked.
#[derive(Clone)]
pub struct EncryptionConfig {
    pub(super) rules: Vec<Rule>,
}

impl EncryptionConfig {
    /// Reads the text of a configuration file.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let document: Document = serde_yaml::from_str(text)
            .map_err(|error| ConfigError::Unreadable(error.to_string()))?;
        if document.api_version != API_VERSION || document.kind != KIND {
            return Err(ConfigError::Unreadable(format!(
                "it is {} {}, not {API_VERSION} {KIND}",
                document.api_version, document.kind
            )));
        }
        let mut faults = Vec::new();
        if document.resources.is_empty() {
            faults.push("resources: Required value: at least one resources is required".to_owned());
        }
        let rules = document.resources.iter().enumerate();
        let rules = rules
            .map(|(index, one)| rule(one, &format!("resources[{index}]"), &mut faults))
            .collect();
        if faults.is_empty() {
            Ok(Self { rules })
        } else {
            Err(ConfigError::Invalid(faults))
        }
    }

    /// The transformers of a resource (`secrets`, `deployments.apps`): the first rule that names it wins.
    pub(super) fn transformers(&self, resource: &str) -> Option<&[Transformer]> {
        let rule = self.rules.iter().find(|rule| {
            let mut names = rule.resources.iter();
            names.any(|name| covers(name, resource))
        })?;
        Some(&rule.transformers)
    }
}

/// Whether the name of a rule covers a resource.
fn covers(name: &str, resource: &str) -> bool {
    let (_, group) = resource.split_once('.').unwrap_or((resource, ""));
    match name.strip_prefix("*.") {
        Some("*") => true,
        Some(of) => of == group,
        None => name == resource,
    }
}

fn rule(from: &Resources, path: &str, faults: &mut Vec<String>) -> Rule {
    check_resources(&from.resources, path, faults);
    if from.providers.is_empty() {
        faults.push(format!(
            "{path}.providers: Required value: at least one {path}.providers is required"
        ));
    }
    let mut transformers = Vec::new();
    for (index, provider) in from.providers.iter().enumerate() {
        let path = format!("{path}.providers[{index}]");
        let keyed = [
            ("aesgcm", &provider.aesgcm),
            ("aescbc", &provider.aescbc),
            ("secretbox", &provider.secretbox),
        ];
        let given = keyed.iter().filter(|(_, keys)| keys.is_some()).count()
            + usize::from(provider.identity.is_some());
        if given > 1 {
            faults.push(format!("{path}: Invalid value: more than one provider specified in a single element, should split into different list elements"));
        }
        if given == 0 {
            faults.push(format!("{path}: Invalid value: provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity"));
        }
        if provider.identity.is_some() {
            transformers.push(Transformer::Identity);
        }
        for (name, keys) in keyed {
            if let Some(keys) = keys {
                transformers.extend(transformers_of(
                    name,
                    keys,
                    &format!("{path}.{name}"),
                    faults,
                ));
            }
        }
    }
    Rule {
        resources: from.resources.clone(),
        transformers,
    }
}

fn check_resources(resources: &[String], path: &str, faults: &mut Vec<String>) {
    if resources.is_empty() {
        faults.push(format!(
            "{path}.resources: Required value: at least one {path}.resources is required"
        ));
    }
    for (index, resource) in resources.iter().enumerate() {
        let invalid =
            |why: &str| format!("{path}.resources[{index}]: Invalid value: {resource:?}: {why}");
        let (_, group) = resource.split_once('.').unwrap_or((resource, ""));
        if resource.chars().any(char::is_uppercase) {
            faults.push(invalid("resource name should not contain capital letters"));
        } else if group == "events.k8s.io" {
            faults.push(invalid("'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file"));
        } else if group == "extensions" {
            faults.push(invalid(
                "'extensions' group has been removed and cannot be used for encryption",
            ));
        } else if resource == "*" {
            faults.push(invalid("use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"));
        } else if resource.strip_prefix("*.").is_none() && resource.contains('*') {
            faults.push(invalid(
                "encrypting the same resource across groups is not supported",
            ));
        } else if resources[..index].contains(resource) {
            faults.push(invalid(
                "the same resource cannot be specified multiple times",
            ));
        } else if resources
            .iter()
            .any(|other| other != resource && covers(other, resource))
        {
            faults.push(invalid("using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked"));
        }
    }
}

fn transformers_of(
    provider: &str,
    keys: &Keys,
    path: &str,
    faults: &mut Vec<String>,
) -> Vec<Transformer> {
    if keys.keys.is_empty() {
        faults.push(format!(
            "{path}.keys: Required value: at least one {path}.keys is required"
        ));
    }
    let mut all = Vec::new();
    for (index, key) in keys.keys.iter().enumerate() {
        let path = format!("{path}.keys[{index}]");
        if key.name.is_empty() {
            faults.push(format!(
                "{path}.name: Required value: name is a mandatory field for a key"
            ));
        }
        match cipher(provider, &key.secret) {
            Ok(cipher) => all.push(Transformer::Key {
                prefix: format!("k8s:enc:{provider}:v1:{}:", key.name).into_bytes(),
                cipher,
            }),
            Err(why) => faults.push(format!("{path}.secret: {why}")),
        }
    }
    all
}

/// The cipher of a provider with a key in base64.
fn cipher(provider: &str, secret: &str) -> Result<Cipher, String> {
    if secret.is_empty() {
        return Err("Required value: secret is a mandatory field for a key".to_owned());
    }
    let key = STANDARD
        .decode(secret)
        .map_err(|_| "Invalid value: \"REDACTED\": secrets must be base64 encoded".to_owned())?;
    let length = |expected: &str| {
        let got = key.len();
        format!(
            "Invalid value: \"REDACTED\": secret is not of the expected length, got {got}, expected one of [{expected}]"
        )
    };
    match provider {
        "secretbox" => {
            let key: [u8; 32] = key.as_slice().try_into().map_err(|_| length("32"))?;
            Ok(Cipher::SecretBox(Box::new(key)))
        }
        "aescbc" if matches!(key.len(), 16 | 24 | 32) => Ok(Cipher::Cbc(key.into())),
        "aesgcm" => Gcm::new(&key)
            .map(Cipher::Gcm)
            .ok_or_else(|| length("16 24 32")),
        _ => Err(length("16 24 32")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets, widgets.example.com]
  providers:
  - aesgcm: {keys: [{name: key1, secret: c2VjcmV0IGlzIHNlY3VyZQ==}]}
  - identity: {}
- resources: ["*.apps"]
  providers: [{identity: {}}]
- resources: ["*.*"]
  providers:
  - secretbox: {keys: [{name: box, secret: YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=}]}
"#;

    fn writer(resource: &str) -> String {
        let config = EncryptionConfig::parse(GOOD).unwrap();
        match &config.transformers(resource).unwrap()[0] {
            Transformer::Identity => "identity".to_owned(),
            Transformer::Key { prefix, .. } => String::from_utf8(prefix.clone()).unwrap(),
        }
    }

    #[test]
    fn the_first_rule_that_covers_a_resource_wins() {
        assert_eq!(writer("secrets"), "k8s:enc:aesgcm:v1:key1:");
        assert_eq!(writer("widgets.example.com"), "k8s:enc:aesgcm:v1:key1:");
        assert_eq!(writer("deployments.apps"), "identity");
        assert_eq!(writer("configmaps"), "k8s:enc:secretbox:v1:box:");
    }

    fn faults(resources: &str) -> Vec<String> {
        let text = format!("apiVersion: {API_VERSION}\nkind: {KIND}\nresources:\n{resources}");
        match EncryptionConfig::parse(&text) {
            Err(ConfigError::Invalid(faults)) => faults,
            other => panic!("{:?}", other.map(drop)),
        }
    }

    #[test]
    fn all_faults_are_told_in_upstreams_words() {
        let found = faults(
            "- resources: [Secrets, '*', '*.', pods]\n  providers:\n  - aesgcm: {keys: [{name: '', secret: YQ==}]}\n  - {}\n",
        );
        assert_eq!(
            found,
            [
                r#"resources[0].resources[0]: Invalid value: "Secrets": resource name should not contain capital letters"#,
                r#"resources[0].resources[1]: Invalid value: "*": use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"#,
                r#"resources[0].resources[3]: Invalid value: "pods": using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked"#,
                "resources[0].providers[0].aesgcm.keys[0].name: Required value: name is a mandatory field for a key",
                r#"resources[0].providers[0].aesgcm.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 1, expected one of [16 24 32]"#,
                "resources[0].providers[1]: Invalid value: provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity",
            ]
        );
    }

    #[test]
    fn a_provider_that_is_not_served_is_refused() {
        let text = GOOD.replace("secretbox:", "kms:");
        let error = EncryptionConfig::parse(&text).map(drop).unwrap_err();
        assert!(error.to_string().contains("kms"), "{error}");
        assert!(EncryptionConfig::parse("kind: Pod\napiVersion: v1").is_err());
    }
}

//! The environment of a container: `env`, `envFrom`, and the variables of services. Pure: the config
//! maps and secrets it refers to are read before.

pub mod expand;
pub mod fields;
pub mod services;

use std::collections::{BTreeMap, HashMap};

use k8s_openapi::api::core::v1::{Container, EnvVarSource, Pod};

use expand::expand;
use fields::{FieldContext, FieldError};

/// Key and value of configuration data.
pub type Data = BTreeMap<String, Vec<u8>>;

/// Which kind of object configuration comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConfigKind {
    /// A ConfigMap.
    ConfigMap,
    /// A Secret.
    Secret,
}

impl ConfigKind {
    fn noun(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }
}

/// An object the environment refers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// Its kind.
    pub kind: ConfigKind,
    /// Its name, in the pod's namespace.
    pub name: String,
}

/// What was found of each reference; `None` for an object that does not exist.
pub type Found = HashMap<Reference, Option<Data>>;

/// Why a container's environment can't be made; shown as `CreateContainerConfigError`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvError {
    /// The object does not exist.
    #[error("{} \"{name}\" not found", kind.noun().to_lowercase())]
    NotFound {
        /// Which kind.
        kind: ConfigKind,
        /// Which name.
        name: String,
    },
    /// The object has no such key.
    #[error("couldn't find key {key} in {} {namespace}/{name}", kind.noun())]
    NoKey {
        /// Which kind.
        kind: ConfigKind,
        /// Where.
        namespace: String,
        /// Which name.
        name: String,
        /// Which key.
        key: String,
    },
    /// A field of the pod can't be told.
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// The objects that a container's environment refers to.
pub fn references(container: &Container) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut add = |kind, name: &String| {
        found.push(Reference {
            kind,
            name: name.clone(),
        })
    };
    for source in container.env_from.iter().flatten() {
        if let Some(source) = &source.config_map_ref {
            add(ConfigKind::ConfigMap, &source.name);
        }
        if let Some(source) = &source.secret_ref {
            add(ConfigKind::Secret, &source.name);
        }
    }
    for source in container
        .env
        .iter()
        .flatten()
        .filter_map(|env| env.value_from.as_ref())
    {
        if let Some(key) = &source.config_map_key_ref {
            add(ConfigKind::ConfigMap, &key.name);
        }
        if let Some(key) = &source.secret_key_ref {
            add(ConfigKind::Secret, &key.name);
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The environment in the order in which it is set.
pub fn environment(
    pod: &Pod,
    container: &Container,
    found: &Found,
    services: &BTreeMap<String, String>,
    context: &FieldContext<'_>,
) -> Result<Vec<(String, String)>, EnvError> {
    let mut env = Environment {
        ordered: Vec::new(),
        values: HashMap::new(),
    };
    for source in container.env_from.iter().flatten() {
        let prefix = source.prefix.as_deref().unwrap_or_default();
        if let Some(map) = &source.config_map_ref {
            let reference = Reference {
                kind: ConfigKind::ConfigMap,
                name: map.name.clone(),
            };
            env.add_all(prefix, &reference, map.optional, found)?;
        }
        if let Some(secret) = &source.secret_ref {
            let reference = Reference {
                kind: ConfigKind::Secret,
                name: secret.name.clone(),
            };
            env.add_all(prefix, &reference, secret.optional, found)?;
        }
    }
    for variable in container.env.iter().flatten() {
        let value = match (&variable.value, &variable.value_from) {
            (Some(value), _) if !value.is_empty() => Some(expand(value, |name| {
                env.values.get(name).or_else(|| services.get(name)).cloned()
            })),
            (_, Some(source)) => value_from(pod, container, source, found, context)?,
            _ => Some(String::new()),
        };
        if let Some(value) = value {
            env.set(variable.name.clone(), value);
        }
    }
    for (name, value) in services {
        if !env.values.contains_key(name) {
            env.set(name.clone(), value.clone());
        }
    }
    Ok(env.into_pairs())
}

struct Environment {
    ordered: Vec<String>,
    values: HashMap<String, String>,
}

impl Environment {
    fn set(&mut self, name: String, value: String) {
        if self.values.insert(name.clone(), value).is_none() {
            self.ordered.push(name);
        }
    }

    fn add_all(
        &mut self,
        prefix: &str,
        reference: &Reference,
        optional: Option<bool>,
        found: &Found,
    ) -> Result<(), EnvError> {
        let Some(data) = found.get(reference).and_then(Option::as_ref) else {
            if optional == Some(true) {
                return Ok(());
            }
            return Err(EnvError::NotFound {
                kind: reference.kind,
                name: reference.name.clone(),
            });
        };
        for (key, value) in data {
            // A name that no process could look up is left out, as upstream does.
            if !key.is_empty() && !key.contains('=') {
                self.set(
                    format!("{prefix}{key}"),
                    String::from_utf8_lossy(value).into_owned(),
                );
            }
        }
        Ok(())
    }

    fn into_pairs(mut self) -> Vec<(String, String)> {
        let ordered = std::mem::take(&mut self.ordered);
        ordered
            .into_iter()
            .filter_map(|name| self.values.remove(&name).map(|value| (name, value)))
            .collect()
    }
}

fn value_from(
    pod: &Pod,
    container: &Container,
    source: &EnvVarSource,
    found: &Found,
    context: &FieldContext<'_>,
) -> Result<Option<String>, EnvError> {
    if let Some(field) = &source.field_ref {
        return Ok(Some(fields::field(pod, &field.field_path, context)?));
    }
    if let Some(resource) = &source.resource_field_ref {
        return Ok(Some(fields::resource(
            pod,
            Some(container),
            resource,
            context,
        )?));
    }
    if let Some(key) = &source.config_map_key_ref {
        return by_key(
            pod,
            ConfigKind::ConfigMap,
            &key.name,
            &key.key,
            key.optional,
            found,
        );
    }
    if let Some(key) = &source.secret_key_ref {
        return by_key(
            pod,
            ConfigKind::Secret,
            &key.name,
            &key.key,
            key.optional,
            found,
        );
    }
    Ok(Some(String::new()))
}

fn by_key(
    pod: &Pod,
    kind: ConfigKind,
    name: &str,
    key: &str,
    optional: Option<bool>,
    found: &Found,
) -> Result<Option<String>, EnvError> {
    let reference = Reference {
        kind,
        name: name.to_owned(),
    };
    let optional = optional == Some(true);
    let Some(data) = found.get(&reference).and_then(Option::as_ref) else {
        return match optional {
            true => Ok(None),
            false => Err(EnvError::NotFound {
                kind,
                name: name.to_owned(),
            }),
        };
    };
    match data.get(key) {
        Some(value) => Ok(Some(String::from_utf8_lossy(value).into_owned())),
        None if optional => Ok(None),
        None => Err(EnvError::NoKey {
            kind,
            namespace: pod.metadata.namespace.clone().unwrap_or_default(),
            name: name.to_owned(),
            key: key.to_owned(),
        }),
    }
}

/// Command and arguments with `$(NAME)` replaced from the environment.
pub fn expand_all(words: &[String], environment: &[(String, String)]) -> Vec<String> {
    let lookup = |name: &str| {
        environment
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    words.iter().map(|word| expand(word, lookup)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn env(container: serde_json::Value, found: &Found) -> Result<Vec<(String, String)>, EnvError> {
        let pod: Pod = serde_json::from_value(
            json!({"metadata": {"name": "p", "namespace": "n"}, "spec": {"containers": []}}),
        )
        .unwrap();
        let container: Container = serde_json::from_value(container).unwrap();
        let services = BTreeMap::from([("SVC_HOST".to_owned(), "10.96.0.1".to_owned())]);
        environment(&pod, &container, found, &services, &FieldContext::default())
    }

    fn config(name: &str, key: &str, value: &str) -> Found {
        let data = Data::from([(key.to_owned(), value.as_bytes().to_vec())]);
        Found::from([(
            Reference {
                kind: ConfigKind::ConfigMap,
                name: name.into(),
            },
            Some(data),
        )])
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn values_expand_what_came_before_and_services() {
        let container = json!({"name": "a", "env": [
            {"name": "A", "value": "1"},
            {"name": "B", "value": "$(A)-$(SVC_HOST)-$(LATER)-$$(A)"},
            {"name": "LATER", "value": "x"}]});
        assert_eq!(
            env(container, &Found::new()).unwrap(),
            pairs(&[
                ("A", "1"),
                ("B", "1-10.96.0.1-$(LATER)-$(A)"),
                ("LATER", "x"),
                ("SVC_HOST", "10.96.0.1")
            ])
        );
    }

    #[test]
    fn env_overrides_env_from_in_place() {
        let container = json!({"name": "a",
            "envFrom": [{"prefix": "P_", "configMapRef": {"name": "c"}}],
            "env": [{"name": "P_K", "value": "new"},
                {"name": "F", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]});
        assert_eq!(
            env(container, &config("c", "K", "old")).unwrap(),
            pairs(&[("P_K", "new"), ("F", "p"), ("SVC_HOST", "10.96.0.1")])
        );
    }

    #[test]
    fn what_is_missing_is_named_unless_optional() {
        let missing = json!({"name": "a", "env": [{"name": "A",
            "valueFrom": {"configMapKeyRef": {"name": "c", "key": "other"}}}]});
        assert_eq!(
            env(missing.clone(), &config("c", "K", "v"))
                .unwrap_err()
                .to_string(),
            "couldn't find key other in ConfigMap n/c"
        );
        assert_eq!(
            env(missing, &Found::new()).unwrap_err().to_string(),
            "configmap \"c\" not found"
        );
        let optional = json!({"name": "a", "env": [{"name": "A",
            "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": true}}}]});
        assert_eq!(
            env(optional, &Found::new()).unwrap(),
            pairs(&[("SVC_HOST", "10.96.0.1")])
        );
    }
}

//! Which authorizers there are: `--authorization-mode`, or a file with an AuthorizationConfiguration.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authorization/#using-configuration-file-for-authorization>

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use knarr_api::cel::{Declaration, Environment, MatchConditions, condition};
use knarr_api::duration;
use serde_json::Value;

use super::webhook::{Settings, Webhook};
use super::{Member, Mode};
use crate::outbound;

/// Why the authorizers cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("authorization-mode {0:?} is not a valid mode")]
    UnknownMode(String),
    #[error("authorization-mode [{}] has mode specified more than once", quoted(.0))]
    Twice(Vec<String>),
    #[error("authorization-mode Webhook's authorization config file not passed")]
    NoWebhookFile,
    #[error("cannot specify --authorization-webhook-config-file without mode Webhook")]
    UnusedWebhookFile,
    #[error("authorization configuration: {0}")]
    Malformed(String),
    #[error("authorization webhook: {0}")]
    Webhook(#[from] outbound::Error),
}

/// Names as Go prints a list of them.
fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    names.join(" ")
}

/// The flags.
#[derive(Clone, Debug)]
pub struct AuthorizationFlags {
    pub modes: Vec<String>,
    pub webhook_file: Option<PathBuf>,
    pub webhook: Settings,
}

impl Default for AuthorizationFlags {
    fn default() -> Self {
        Self {
            modes: vec!["Node".to_owned(), "RBAC".to_owned()],
            webhook_file: None,
            webhook: Settings::default(),
        }
    }
}

impl AuthorizationFlags {
    /// The authorizers in the order of the flags.
    pub fn chain(&self) -> Result<Vec<Member>, Error> {
        let mut names = self.modes.clone();
        names.sort();
        names.dedup();
        if names.len() != self.modes.len() {
            return Err(Error::Twice(self.modes.clone()));
        }
        if self.webhook_file.is_some() && !self.modes.iter().any(|mode| mode == "Webhook") {
            return Err(Error::UnusedWebhookFile);
        }
        let mode = |name: &String| match name.as_str() {
            "Node" => Ok(Mode::Node),
            "RBAC" => Ok(Mode::Rbac),
            "AlwaysAllow" => Ok(Mode::AlwaysAllow),
            "AlwaysDeny" => Ok(Mode::AlwaysDeny),
            "Webhook" => {
                let file = self.webhook_file.as_ref().ok_or(Error::NoWebhookFile)?;
                webhook(file, self.webhook.clone())
            }
            _ => Err(Error::UnknownMode(name.clone())),
        };
        let modes = self.modes.iter().map(mode);
        modes.map(|mode| mode.map(Member::from)).collect()
    }
}

fn webhook(file: &Path, settings: Settings) -> Result<Mode, Error> {
    let server = outbound::Webhook::from_kubeconfig(file)?;
    Ok(Mode::Webhook(Arc::new(Webhook::new(server, settings))))
}

const GROUP: &str = "apiserver.config.k8s.io/";

/// The authorizers of a configuration file.
pub fn parse(text: &str) -> Result<Vec<Member>, Error> {
    let malformed = |why: &str| Error::Malformed(why.to_owned());
    let config: Value =
        serde_yaml::from_str(text).map_err(|error| Error::Malformed(error.to_string()))?;
    let version = config["apiVersion"].as_str().unwrap_or_default();
    if config["kind"] != "AuthorizationConfiguration"
        || !matches!(
            version.strip_prefix(GROUP),
            Some("v1" | "v1beta1" | "v1alpha1")
        )
    {
        return Err(malformed(
            "expected kind AuthorizationConfiguration of apiserver.config.k8s.io/v1",
        ));
    }
    let entries = config["authorizers"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if entries.is_empty() {
        return Err(malformed(
            "authorizers: Required value: at least one authorization mode must be defined",
        ));
    }
    let (mut chain, mut types, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for (index, entry) in entries.iter().enumerate() {
        let path = format!("authorizers[{index}]");
        let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
        let (kind, name) = (text("type"), text("name"));
        let mode = authorizer(&path, &kind, entry)?;
        if kind != "Webhook" && types.contains(&kind) {
            return Err(malformed(&format!(
                "{path}.type: Duplicate value: {kind:?}"
            )));
        }
        if name.is_empty() {
            return Err(malformed(&format!("{path}.name: Required value")));
        }
        if names.contains(&name) {
            return Err(malformed(&format!(
                "{path}.name: Duplicate value: {name:?}"
            )));
        }
        chain.push(Member::new(mode, &name));
        types.push(kind);
        names.push(name);
    }
    Ok(chain)
}

fn authorizer(path: &str, kind: &str, entry: &Value) -> Result<Mode, Error> {
    match kind {
        "Node" => Ok(Mode::Node),
        "RBAC" => Ok(Mode::Rbac),
        "AlwaysAllow" => Ok(Mode::AlwaysAllow),
        "AlwaysDeny" => Ok(Mode::AlwaysDeny),
        "Webhook" => from_entry(path, &entry["webhook"]),
        "" => Err(Error::Malformed(format!("{path}.type: Required value"))),
        other => Err(Error::Malformed(format!(
            "{path}.type: Unsupported value: {other:?}: supported values: \"AlwaysAllow\", \"AlwaysDeny\", \"Node\", \"RBAC\", \"Webhook\""
        ))),
    }
}

fn from_entry(path: &str, entry: &Value) -> Result<Mode, Error> {
    let required = |field: &str| Error::Malformed(format!("{path}.{field}: Required value"));
    let time = |field: &str, default: Duration| match entry[field].as_str() {
        None => Ok(default),
        Some(text) => duration::parse(text)
            .ok()
            .and_then(|time| Duration::try_from(time).ok())
            .ok_or_else(|| Error::Malformed(format!("{path}.{field}: Invalid value: {text:?}"))),
    };
    let environment = Environment::new().with("request", Declaration::dynamic());
    for (index, one) in entry["matchConditions"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let source = one["expression"].as_str().unwrap_or_default();
        condition(source, &environment).map_err(|error| {
            Error::Malformed(format!(
                "{path}.matchConditions[{index}].expression: Invalid value: {source:?}: {error}"
            ))
        })?;
    }
    let conditions = MatchConditions::compile(&entry["matchConditions"], &environment);
    let defaults = Settings::default();
    let deny_on_failure = match entry["failurePolicy"].as_str() {
        Some("Deny") => true,
        Some("NoOpinion") => false,
        _ => return Err(required("failurePolicy")),
    };
    let version = match entry["subjectAccessReviewVersion"].as_str() {
        Some(version @ ("v1" | "v1beta1")) => version.to_owned(),
        _ => return Err(required("subjectAccessReviewVersion")),
    };
    let info = &entry["connectionInfo"];
    if info["type"] != "KubeConfigFile" {
        return Err(Error::Malformed(format!(
            "{path}.connectionInfo.type: Unsupported value: {}: supported values: \"KubeConfigFile\"",
            info["type"]
        )));
    }
    let file = info["kubeConfigFile"]
        .as_str()
        .ok_or_else(|| required("connectionInfo.kubeConfigFile"))?;
    let settings = Settings {
        version,
        allowed_for: time("authorizedTTL", defaults.allowed_for)?,
        refused_for: time("unauthorizedTTL", defaults.refused_for)?,
        timeout: time("timeout", defaults.timeout)?,
        deny_on_failure,
        conditions: Arc::new(conditions),
    };
    webhook(Path::new(file), settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types and names.
    fn told(chain: &[Member]) -> Vec<(&str, &str)> {
        let told = chain.iter();
        told.map(|member| (member.mode.kind(), &*member.name))
            .collect()
    }

    #[test]
    fn the_flags_say_the_order() {
        let flags = |modes: &[&str]| AuthorizationFlags {
            modes: modes.iter().map(|mode| (*mode).to_owned()).collect(),
            ..AuthorizationFlags::default()
        };
        let chain = flags(&["RBAC", "Node"]).chain().unwrap_or_default();
        assert_eq!(told(&chain), [("RBAC", "rbac"), ("Node", "node")]);
        let error = |modes: &[&str]| flags(modes).chain().err().map(|error| error.to_string());
        assert_eq!(
            error(&["ABAC"]).unwrap_or_default(),
            "authorization-mode \"ABAC\" is not a valid mode"
        );
        assert_eq!(
            error(&["Node", "Node"]).unwrap_or_default(),
            r#"authorization-mode ["Node" "Node"] has mode specified more than once"#
        );
        assert!(error(&["Webhook"]).is_some_and(|error| error.contains("not passed")));
    }

    #[test]
    fn a_condition_that_does_not_compile_is_named() {
        let text = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n\
            authorizers: [{type: Webhook, name: w, webhook: {matchConditions: [{expression: 'request.user +'}]}}]";
        let error = parse(text)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(
            error.contains("authorizers[0].matchConditions[0].expression"),
            "{error}"
        );
    }

    #[test]
    fn a_file_says_the_order_too() {
        let text = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n\
            authorizers: [{type: Node, name: kubelets}, {type: RBAC, name: rbac}]";
        let chain = parse(text).unwrap_or_default();
        assert_eq!(told(&chain), [("Node", "kubelets"), ("RBAC", "rbac")]);
        let broken = |from: &str, to: &str| {
            let error = parse(&text.replace(from, to)).err();
            error.map(|error| error.to_string()).unwrap_or_default()
        };
        for (from, to, expected) in [
            (
                "type: RBAC",
                "type: Magic",
                "authorizers[1].type: Unsupported value: \"Magic\"",
            ),
            (
                "type: RBAC",
                "type: Node",
                "authorizers[1].type: Duplicate value: \"Node\"",
            ),
            (", name: rbac", "", "authorizers[1].name: Required value"),
            (
                "name: rbac",
                "name: kubelets",
                "authorizers[1].name: Duplicate value: \"kubelets\"",
            ),
        ] {
            let error = broken(from, to);
            assert!(error.contains(expected), "{error}");
        }
    }
}

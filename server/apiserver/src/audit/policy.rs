//! Which requests are recorded, and how much of them: `Policy` of `audit.k8s.io/v1`
//! (<https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/#audit-k8s-io-v1-Policy>).

use knarr_api::status::FieldError;
use serde::{Deserialize, Serialize};

use crate::authorization::Attributes;

const GROUP_VERSION: &str = "audit.k8s.io/v1";

/// How much of a request is recorded; each level holds what the one before it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Level {
    None,
    Metadata,
    Request,
    RequestResponse,
}

/// When a request is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Stage {
    RequestReceived,
    /// Only of requests that run long: the headers of the answer are sent.
    ResponseStarted,
    ResponseComplete,
    Panic,
}

/// The names of all levels, as faults list them.
const LEVELS: [(&str, Level); 4] = [
    ("None", Level::None),
    ("Metadata", Level::Metadata),
    ("Request", Level::Request),
    ("RequestResponse", Level::RequestResponse),
];

const STAGES: [(&str, Stage); 4] = [
    ("RequestReceived", Stage::RequestReceived),
    ("ResponseStarted", Stage::ResponseStarted),
    ("ResponseComplete", Stage::ResponseComplete),
    ("Panic", Stage::Panic),
];

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("failed decoding")]
    Yaml(#[from] serde_yaml::Error),
    #[error("unknown group version field {api_version:?} and kind {kind:?} in policy")]
    Kind { api_version: String, kind: String },
    #[error("loaded illegal policy with 0 rules")]
    Empty,
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Invalid(Vec<FieldError>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PolicyFile {
    api_version: String,
    kind: String,
    rules: Vec<RuleFile>,
    omit_stages: Vec<String>,
    omit_managed_fields: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RuleFile {
    level: String,
    users: Vec<String>,
    user_groups: Vec<String>,
    verbs: Vec<String>,
    resources: Vec<GroupResources>,
    namespaces: Vec<String>,
    #[serde(rename = "nonResourceURLs")]
    non_resource_urls: Vec<String>,
    omit_stages: Vec<String>,
    omit_managed_fields: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct GroupResources {
    group: String,
    resources: Vec<String>,
    resource_names: Vec<String>,
}

/// A policy, ready to be asked.
#[derive(Debug)]
pub struct Policy {
    rules: Vec<(RuleFile, Verdict)>,
    /// What holds when no rule does.
    otherwise: Verdict,
}

/// What is recorded of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub level: Level,
    pub omit_stages: Vec<Stage>,
    pub omit_managed_fields: bool,
}

impl Policy {
    /// Reads the file of `--audit-policy-file`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let file: PolicyFile = serde_yaml::from_str(text)?;
        if file.api_version != GROUP_VERSION || file.kind != "Policy" {
            return Err(Error::Kind {
                api_version: file.api_version,
                kind: file.kind,
            });
        }
        if file.rules.is_empty() {
            return Err(Error::Empty);
        }
        let mut faults = Vec::new();
        let common = stages(&file.omit_stages, "omitStages", &mut faults);
        let mut rules = Vec::with_capacity(file.rules.len());
        for (index, rule) in file.rules.into_iter().enumerate() {
            let path = format!("rules[{index}]");
            let level = check(&rule, &path, &mut faults);
            let mut omit_stages = common.clone();
            let own = stages(
                &rule.omit_stages,
                &format!("{path}.omitStages"),
                &mut faults,
            );
            omit_stages.extend(own.into_iter().filter(|stage| !common.contains(stage)));
            let verdict = Verdict {
                level,
                omit_stages,
                omit_managed_fields: rule.omit_managed_fields.unwrap_or(file.omit_managed_fields),
            };
            rules.push((rule, verdict));
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let otherwise = Verdict {
            level: Level::None,
            omit_stages: common,
            omit_managed_fields: file.omit_managed_fields,
        };
        Ok(Self { rules, otherwise })
    }

    /// The verdict of the first rule that a request matches.
    pub fn verdict(&self, request: &Attributes<'_>) -> &Verdict {
        self.rules
            .iter()
            .find(|(rule, _)| rule.matches(request))
            .map_or(&self.otherwise, |(_, verdict)| verdict)
    }
}

fn stages(names: &[String], path: &str, faults: &mut Vec<FieldError>) -> Vec<Stage> {
    let mut found = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match STAGES.iter().find(|(known, _)| known == name) {
            Some((_, stage)) => found.push(*stage),
            None => {
                let known: Vec<&str> = STAGES.iter().map(|(name, _)| *name).collect();
                let field = format!("{path}[{index}]");
                faults.push(FieldError::not_supported(field, name.as_str(), &known));
            }
        }
    }
    found
}

/// The level of a rule; what is wrong with the rule goes to `faults`.
fn check(rule: &RuleFile, path: &str, faults: &mut Vec<FieldError>) -> Level {
    let of_resources = !rule.resources.is_empty() || !rule.namespaces.is_empty();
    if of_resources && !rule.non_resource_urls.is_empty() {
        faults.push(FieldError::invalid(
            format!("{path}.nonResourceURLs"),
            rule.non_resource_urls.clone(),
            "rules cannot apply to both regular resources and non-resource URLs",
        ));
    }
    for (index, url) in rule.non_resource_urls.iter().enumerate() {
        let field = format!("{path}.nonResourceURLs[{index}]");
        if url != "*" && !url.starts_with('/') {
            let why = "non-resource URL rules must begin with a '/' character";
            faults.push(FieldError::invalid(field, url.as_str(), why));
        } else if url.find('*').is_some_and(|star| star + 1 != url.len()) {
            let why = "non-resource URL wildcards '*' must be the final character of the rule";
            faults.push(FieldError::invalid(field, url.as_str(), why));
        }
    }
    for (index, resources) in rule.resources.iter().enumerate() {
        if !resources.resource_names.is_empty() && resources.resources.is_empty() {
            faults.push(FieldError::invalid(
                format!("{path}.resources[{index}].resourceNames"),
                resources.resource_names.clone(),
                "using resourceNames requires at least one resource",
            ));
        }
    }
    if rule.level.is_empty() {
        faults.push(FieldError::required(format!("{path}.level"), ""));
        return Level::None;
    }
    match LEVELS.iter().find(|(name, _)| *name == rule.level) {
        Some((_, level)) => *level,
        None => {
            let known: Vec<&str> = LEVELS.iter().map(|(name, _)| *name).collect();
            let field = format!("{path}.level");
            faults.push(FieldError::not_supported(
                field,
                rule.level.as_str(),
                &known,
            ));
            Level::None
        }
    }
}

impl RuleFile {
    fn matches(&self, request: &Attributes<'_>) -> bool {
        let named = |list: &[String], one: &str| list.iter().any(|own| own == one);
        if !self.users.is_empty() && !named(&self.users, &request.user.name) {
            return false;
        }
        let groups = &request.user.groups;
        if !self.user_groups.is_empty()
            && !groups.iter().any(|group| named(&self.user_groups, group))
        {
            return false;
        }
        if !self.verbs.is_empty() && !named(&self.verbs, request.verb) {
            return false;
        }
        if !self.namespaces.is_empty() || !self.resources.is_empty() {
            return request.is_resource
                && (self.namespaces.is_empty() || named(&self.namespaces, request.namespace))
                && (self.resources.is_empty()
                    || self.resources.iter().any(|one| one.matches(request)));
        }
        if !self.non_resource_urls.is_empty() {
            return !request.is_resource
                && self
                    .non_resource_urls
                    .iter()
                    .any(|url| path_matches(request.path, url));
        }
        true
    }
}

/// `*` is everything, and a `*` at the end is everything that begins so.
fn path_matches(path: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => path == pattern,
    }
}

impl GroupResources {
    fn matches(&self, request: &Attributes<'_>) -> bool {
        if self.group != request.group {
            return false;
        }
        if self.resources.is_empty() {
            return true;
        }
        if !self.resource_names.is_empty()
            && !self.resource_names.iter().any(|name| name == request.name)
        {
            return false;
        }
        let whole = request.resource_path();
        self.resources.iter().any(|pattern| {
            *pattern == whole
                || pattern == "*"
                || pattern
                    .strip_prefix("*/")
                    .is_some_and(|sub| !sub.is_empty() && sub == request.subresource)
                || pattern.strip_suffix("/*") == Some(request.resource)
        })
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::request::RequestInfo;
    use crate::user::UserInfo;

    const POLICY: &str = "
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
omitManagedFields: true
rules:
- level: None
  users: [system:kube-proxy]
  verbs: [watch]
  resources: [{group: '', resources: [endpoints, services/status]}]
- level: None
  userGroups: [system:authenticated]
  nonResourceURLs: ['/api*', /version]
- level: Request
  resources: [{group: '', resources: [configmaps], resourceNames: [controller-leader]}]
  namespaces: [kube-system]
  omitStages: [ResponseStarted, RequestReceived]
  omitManagedFields: false
- level: Metadata
  resources: [{group: '', resources: ['pods/*', '*/scale']}, {group: apps}]
";

    fn level(user: &str, method: &str, uri: &str) -> Level {
        let policy = Policy::parse(POLICY).unwrap();
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let info = RequestInfo::parse(&method, path, query);
        let user = UserInfo::authenticated(user, [""; 0]);
        policy.verdict(&Attributes::of(&user, &info)).level
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let proxy = "system:kube-proxy";
        assert_eq!(
            level(proxy, "GET", "/api/v1/endpoints?watch=1"),
            Level::None
        );
        let leader = "/api/v1/namespaces/kube-system/configmaps/controller-leader";
        assert_eq!(level("a", "PUT", leader), Level::Request);
        assert_eq!(
            level("a", "GET", "/api/v1/namespaces/kube-system/configmaps/b"),
            Level::None
        );
        let exec = "/api/v1/namespaces/x/pods/p/exec";
        assert_eq!(level("a", "POST", exec), Level::Metadata);
        assert_eq!(
            level("a", "GET", "/api/v1/namespaces/x/pods/p"),
            Level::Metadata
        );
        assert_eq!(
            level("a", "GET", "/api/v1/namespaces/x/services/p"),
            Level::None
        );
        let scale = "/api/v1/namespaces/x/replicationcontrollers/p/scale";
        assert_eq!(level("a", "GET", scale), Level::Metadata);
        assert_eq!(
            level("a", "GET", "/apis/apps/v1/deployments"),
            Level::Metadata
        );
        assert_eq!(level("a", "GET", "/version"), Level::None);
    }

    #[test]
    fn stages_and_managed_fields_are_left_out_by_the_policy_and_by_the_rule() {
        let policy = Policy::parse(POLICY).unwrap();
        assert_eq!(
            policy.rules[2].1,
            Verdict {
                level: Level::Request,
                omit_stages: vec![Stage::RequestReceived, Stage::ResponseStarted],
                omit_managed_fields: false,
            }
        );
        assert!(policy.rules[3].1.omit_managed_fields);
    }

    #[test]
    fn faults_are_all_told() {
        let head = "apiVersion: audit.k8s.io/v1\nkind: Policy\n";
        let error = |text: &str| Policy::parse(text).unwrap_err().to_string();
        assert_eq!(error(head), "loaded illegal policy with 0 rules");
        assert_eq!(
            error("apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules: [{level: None}]"),
            "unknown group version field \"audit.k8s.io/v1beta1\" and kind \"Policy\" in policy"
        );
        assert_eq!(
            error(&format!(
                "{head}rules:\n- level: All\n- level: None\n  namespaces: [a]\n  nonResourceURLs: [/x]\n"
            )),
            "rules[0].level: Unsupported value: \"All\": supported values: \"None\", \"Metadata\", \"Request\", \"RequestResponse\", \
             rules[1].nonResourceURLs: Invalid value: [\"/x\"]: rules cannot apply to both regular resources and non-resource URLs"
        );
    }
}

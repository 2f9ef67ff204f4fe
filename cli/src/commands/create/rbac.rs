//! `kubectl create role|clusterrole|rolebinding|clusterrolebinding`.

use super::{Submission, SubmitArgs};
use crate::{
    error::{Error, Result},
    session::{Session, errln},
};
use serde_json::{Value, json};

const GROUP: &str = "rbac.authorization.k8s.io";

/// The verbs that the API server and its extensions know.
const VERBS: &[&str] = &[
    "*",
    "approve",
    "bind",
    "create",
    "delete",
    "deletecollection",
    "escalate",
    "get",
    "impersonate",
    "list",
    "patch",
    "proxy",
    "sign",
    "update",
    "use",
    "watch",
];

/// The verbs of rules about paths.
const URL_VERBS: &[&str] = &[
    "*", "get", "post", "put", "delete", "patch", "head", "options",
];

/// The words of a flag, each once.
fn distinct(words: &[String]) -> Vec<&String> {
    let mut found: Vec<&String> = Vec::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// A pair of the flag `--aggregation-rule`, with pflag's words for a wrong one.
fn label_pair(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err("malformed pair, expect string=string".to_owned()),
    }
}

/// What a rule allows, on what.
#[derive(clap::Args, Clone, Debug)]
pub struct RuleArgs {
    /// Verb that applies to the resources contained in the rule
    #[arg(long, value_delimiter = ',')]
    verb: Vec<String>,
    /// Resource that the rule applies to
    #[arg(long, value_delimiter = ',')]
    resource: Vec<String>,
    /// Resource in the white list that the rule applies to, repeat this flag for multiple items
    #[arg(long, value_delimiter = ',')]
    resource_name: Vec<String>,
}

impl RuleArgs {
    /// One rule for each API group among the resources.
    async fn rules(&self, session: &Session) -> Result<Vec<Value>> {
        if self.verb.is_empty() {
            return Err(Error::message("at least one verb must be specified"));
        }
        if self.resource.iter().all(String::is_empty) {
            return Err(Error::message("at least one resource must be specified"));
        }
        for verb in distinct(&self.verb)
            .into_iter()
            .filter(|verb| !VERBS.contains(&verb.as_str()))
        {
            errln!(session, "Warning: '{verb}' is not a standard resource verb");
        }
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        for word in distinct(&self.resource) {
            let (resource, subresource) = word.split_once('/').unwrap_or((word, ""));
            let (group, mut plural) = match resource {
                "*" => (String::new(), "*".to_owned()),
                "*.*" => ("*".to_owned(), "*".to_owned()),
                resource => {
                    let found = session.mapper()?.resource(resource).await;
                    let mapping = found.map_err(|error| match error {
                        Error::Message(text) => Error::Verbatim(text),
                        other => other,
                    })?;
                    (mapping.group, mapping.plural)
                }
            };
            if !subresource.is_empty() {
                plural = format!("{plural}/{subresource}");
            }
            match groups.iter_mut().find(|(known, _)| *known == group) {
                Some((_, resources)) => resources.push(plural),
                None => groups.push((group, vec![plural])),
            }
        }
        let rule = |(group, resources): (String, Vec<String>)| {
            let mut rule = json!({"verbs": distinct(&self.verb), "apiGroups": [group], "resources": resources});
            if !self.resource_name.is_empty() {
                rule["resourceNames"] = json!(distinct(&self.resource_name));
            }
            rule
        };
        Ok(groups.into_iter().map(rule).collect())
    }
}

#[derive(clap::Args, Clone, Debug)]
pub struct RoleArgs {
    /// NAME
    name: Vec<String>,
    #[command(flatten)]
    rule: RuleArgs,
    #[command(flatten)]
    submit: SubmitArgs,
}

pub async fn role(session: &Session, args: RoleArgs) -> Result<()> {
    let (name, submission) = args.submit.begin(session, &args.name, "create role")?;
    let rules = args.rule.rules(session).await?;
    let object = json!({"kind": "Role", "apiVersion": format!("{GROUP}/v1"), "metadata": {"name": name}, "rules": rules});
    submission.send(session, object).await
}

#[derive(clap::Args, Clone, Debug)]
pub struct ClusterRoleArgs {
    /// NAME
    name: Vec<String>,
    #[command(flatten)]
    rule: RuleArgs,
    /// An aggregation label selector for combining ClusterRoles.
    #[arg(long, value_delimiter = ',', value_parser = label_pair)]
    aggregation_rule: Vec<(String, String)>,
    /// A partial url that user should have access to.
    #[arg(long = "non-resource-url", value_delimiter = ',')]
    non_resource_url: Vec<String>,
    #[command(flatten)]
    submit: SubmitArgs,
}

pub async fn cluster_role(session: &Session, args: ClusterRoleArgs) -> Result<()> {
    let (name, submission) = args
        .submit
        .begin(session, &args.name, "create clusterrole")?;
    if !args.aggregation_rule.is_empty() {
        return aggregated(session, &args, name, submission).await;
    }
    check_urls(&args)?;
    let has_urls = !args.non_resource_url.is_empty();
    let has_resources = !args.rule.resource.iter().all(String::is_empty);
    if !args.rule.verb.is_empty() && !has_urls && !has_resources {
        return Err(Error::message(
            "one of resource or nonResourceURL must be specified",
        ));
    }
    let mut rules = match has_urls && args.rule.resource.is_empty() {
        true => Vec::new(),
        false => args.rule.rules(session).await?,
    };
    if has_urls {
        rules.push(json!({"verbs": args.rule.verb, "nonResourceURLs": args.non_resource_url}));
    }
    let object = json!({"kind": "ClusterRole", "apiVersion": format!("{GROUP}/v1"), "metadata": {"name": name}, "rules": rules});
    submission.send(session, object).await
}

/// Refuses paths that no rule can have, and verbs that paths do not know.
fn check_urls(args: &ClusterRoleArgs) -> Result<()> {
    if args.non_resource_url.is_empty() {
        return Ok(());
    }
    if args.rule.verb.is_empty() {
        return Err(Error::message("at least one verb must be specified"));
    }
    for verb in &args.rule.verb {
        if !URL_VERBS.contains(&verb.as_str()) {
            return Err(Error::message(format!(
                "invalid verb: '{verb}' for nonResourceURL"
            )));
        }
    }
    match args
        .non_resource_url
        .iter()
        .all(|url| url == "*" || url.starts_with('/'))
    {
        true => Ok(()),
        false => Err(Error::message("nonResourceURL should start with /")),
    }
}

/// A role that collects the rules of the roles with the labels `key=value,…`.
async fn aggregated(
    session: &Session,
    args: &ClusterRoleArgs,
    name: &str,
    submission: Submission<'_>,
) -> Result<()> {
    let given = !args.rule.verb.is_empty()
        || !args.rule.resource.is_empty()
        || !args.rule.resource_name.is_empty()
        || !args.non_resource_url.is_empty();
    if given {
        return Err(Error::message(
            "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
        ));
    }
    let labels: serde_json::Map<String, Value> = args
        .aggregation_rule
        .iter()
        .map(|(key, value)| (key.clone(), value.as_str().into()))
        .collect();
    let object = json!({
        "kind": "ClusterRole", "apiVersion": format!("{GROUP}/v1"), "metadata": {"name": name}, "rules": null,
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": labels}]},
    });
    submission.send(session, object).await
}

/// Who a role is bound to.
#[derive(clap::Args, Clone, Debug)]
pub struct SubjectArgs {
    /// Groups to bind to the role.
    #[arg(long)]
    group: Vec<String>,
    /// Service accounts to bind to the role, in the format <namespace>:<name>
    #[arg(long)]
    serviceaccount: Vec<String>,
}

impl SubjectArgs {
    fn subjects(&self, users: &[String]) -> Result<Vec<Value>> {
        let mut subjects: Vec<Value> = Vec::new();
        let plain =
            |kind: &str, name: &String| json!({"kind": kind, "apiGroup": GROUP, "name": name});
        subjects.extend(users.iter().map(|user| plain("User", user)));
        subjects.extend(self.group.iter().map(|group| plain("Group", group)));
        for account in &self.serviceaccount {
            let (namespace, name) = account
                .split_once(':')
                .filter(|(namespace, name)| !namespace.is_empty() && !name.is_empty())
                .filter(|(_, name)| !name.contains(':'))
                .ok_or_else(|| Error::message("serviceaccount must be <namespace>:<name>"))?;
            subjects.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
        }
        Ok(subjects)
    }
}

fn binding(kind: &str, name: &str, subjects: Vec<Value>, role_kind: &str, role: &str) -> Value {
    let mut object =
        json!({"kind": kind, "apiVersion": format!("{GROUP}/v1"), "metadata": {"name": name}});
    if !subjects.is_empty() {
        object["subjects"] = subjects.into();
    }
    object["roleRef"] = json!({"apiGroup": GROUP, "kind": role_kind, "name": role});
    object
}

#[derive(clap::Args, Clone, Debug)]
pub struct RoleBindingArgs {
    /// NAME
    name: Vec<String>,
    /// ClusterRole this RoleBinding should reference
    #[arg(long)]
    clusterrole: Option<String>,
    /// Role this RoleBinding should reference
    #[arg(long)]
    role: Option<String>,
    /// Usernames to bind to the role.
    #[arg(long)]
    user: Vec<String>,
    #[command(flatten)]
    subjects: SubjectArgs,
    #[command(flatten)]
    submit: SubmitArgs,
}

pub async fn role_binding(session: &Session, args: RoleBindingArgs) -> Result<()> {
    let (name, submission) = args
        .submit
        .begin(session, &args.name, "create rolebinding")?;
    fn given(flag: &Option<String>) -> Option<&str> {
        flag.as_deref().filter(|name| !name.is_empty())
    }
    let (kind, role) = match (given(&args.clusterrole), given(&args.role)) {
        (Some(role), None) => ("ClusterRole", role),
        (None, Some(role)) => ("Role", role),
        _ => {
            return Err(Error::message(
                "exactly one of clusterrole or role must be specified",
            ));
        }
    };
    let subjects = args.subjects.subjects(&args.user)?;
    submission
        .send(session, binding("RoleBinding", name, subjects, kind, role))
        .await
}

#[derive(clap::Args, Clone, Debug)]
pub struct ClusterRoleBindingArgs {
    /// NAME
    name: Vec<String>,
    /// ClusterRole this ClusterRoleBinding should reference
    #[arg(long, required = true)]
    clusterrole: String,
    /// Usernames to bind to the clusterrole.
    #[arg(long)]
    user: Vec<String>,
    #[command(flatten)]
    subjects: SubjectArgs,
    #[command(flatten)]
    submit: SubmitArgs,
}

pub async fn cluster_role_binding(session: &Session, args: ClusterRoleBindingArgs) -> Result<()> {
    let (name, submission) = args
        .submit
        .begin(session, &args.name, "create clusterrolebinding")?;
    let subjects = args.subjects.subjects(&args.user)?;
    submission
        .send(
            session,
            binding(
                "ClusterRoleBinding",
                name,
                subjects,
                "ClusterRole",
                &args.clusterrole,
            ),
        )
        .await
}

//! `kubectl create role|clusterrole|rolebinding|clusterrolebinding`.

use super::{Name, Submission, SubmitArgs};
use crate::{
    error::{Error, Result},
    session::{Session, errln},
};
use knarr_api::quote::quote;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const GROUP: &str = "rbac.authorization.k8s.io";

/// The verbs of rules about resources.
const VERBS: &[&str] = &[
    "*",
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
    "update",
    "use",
    "watch",
];

/// The verbs of rules about paths.
const URL_VERBS: &[&str] = &[
    "*", "get", "post", "put", "delete", "patch", "head", "options",
];

/// Verbs that mean something for a few resources only, which need not be served: group and resource.
const SPECIAL_VERBS: &[(&str, &[(&str, &str)])] = &[
    ("bind", &[(GROUP, "roles"), (GROUP, "clusterroles")]),
    ("escalate", &[(GROUP, "roles"), (GROUP, "clusterroles")]),
    (
        "impersonate",
        &[
            ("", "users"),
            ("", "serviceaccounts"),
            ("", "groups"),
            ("authentication.k8s.io", "userextras"),
        ],
    ),
    (
        "use",
        &[
            ("policy", "podsecuritypolicies"),
            ("extensions", "podsecuritypolicies"),
        ],
    ),
];

/// The words of a flag that takes several in one; an empty text holds none.
fn split(words: &[String]) -> &[String] {
    match words {
        [only] if only.is_empty() => &[],
        words => words,
    }
}

/// Words, each once.
fn distinct(words: &[String]) -> Vec<&String> {
    let mut found: Vec<&String> = Vec::new();
    for word in words {
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
    #[arg(long)]
    resource_name: Vec<String>,
}

/// A word of `--resource`: `NAME.GROUP/SUBRESOURCE`.
struct Wanted<'a> {
    name: &'a str,
    group: &'a str,
    subresource: &'a str,
}

impl<'a> Wanted<'a> {
    fn read(word: &'a str) -> Self {
        let (resource, subresource) = word.split_once('/').unwrap_or((word, ""));
        let (name, group) = resource.split_once('.').unwrap_or((resource, ""));
        Wanted {
            name,
            group,
            subresource,
        }
    }

    /// Group and name of the resource as the server has it.
    async fn find(&self, session: &Session) -> Result<(String, String)> {
        let word = match self.group {
            "" => self.name.to_owned(),
            group => format!("{}.{group}", self.name),
        };
        let place = match self.group {
            "" => String::new(),
            group => format!(" in group {}", quote(group)),
        };
        let unknown = || {
            Error::Verbatim(format!(
                "the server doesn't have a resource type {}{place}",
                quote(self.name)
            ))
        };
        match session.mapper()?.resource(&word).await {
            Ok(found) if found.group.starts_with(self.group) => Ok((found.group, found.plural)),
            Ok(_) | Err(Error::Message(_)) => Err(unknown()),
            Err(error) => Err(error),
        }
    }
}

impl RuleArgs {
    /// The verbs, each once; all of them leave nothing to add.
    fn verbs(&self) -> Vec<&str> {
        match self.verb.iter().any(|verb| verb == "*") {
            true => vec!["*"],
            false => distinct(split(&self.verb))
                .into_iter()
                .map(String::as_str)
                .collect(),
        }
    }

    /// The resources; all of them leave nothing to add.
    fn resources(&self) -> Vec<Wanted<'_>> {
        match self.resource.iter().any(|word| word == "*") {
            true => vec![Wanted::read("*")],
            false => {
                let words = split(&self.resource).iter();
                words.map(|word| Wanted::read(word)).collect()
            }
        }
    }

    /// Warns of verbs that are not usual, and refuses resources that nobody knows.
    async fn check(&self, session: &Session) -> Result<()> {
        let verbs = self.verbs();
        for verb in verbs.iter().filter(|verb| !VERBS.contains(verb)) {
            errln!(session, "Warning: '{verb}' is not a standard resource verb");
        }
        let resources = self.resources();
        if resources.is_empty() {
            return Err(Error::message("at least one resource must be specified"));
        }
        for wanted in &resources {
            if wanted.name.is_empty() {
                return Err(Error::message(
                    "resource must be specified if apiGroup/subresource specified",
                ));
            }
            if wanted.name == "*" {
                break;
            }
            let found = wanted.find(session).await;
            let (group, name) = match &found {
                Ok((group, name)) => (group.as_str(), name.as_str()),
                Err(_) => (wanted.group, wanted.name),
            };
            let special = SPECIAL_VERBS
                .iter()
                .filter(|(verb, _)| verbs.contains(verb));
            let mut is_special = false;
            for (verb, known) in special {
                is_special = known.contains(&(group, name));
                if !is_special {
                    return Err(Error::message(format!(
                        "can not perform '{verb}' on '{name}' in group '{group}'"
                    )));
                }
            }
            if !is_special {
                found?;
            }
        }
        Ok(())
    }

    /// One rule for each API group among the resources, by the group's name.
    async fn rules(&self, session: &Session) -> Vec<Value> {
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for wanted in self.resources() {
            let found = match wanted.name {
                "*" => None,
                _ => wanted.find(session).await.ok(),
            };
            let (group, mut name) =
                found.unwrap_or_else(|| (wanted.group.to_owned(), wanted.name.to_owned()));
            if !wanted.subresource.is_empty() {
                name = format!("{name}/{}", wanted.subresource);
            }
            let names = groups.entry(group).or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let resource_names = distinct(&self.resource_name);
        let rule = |(group, resources): (String, Vec<String>)| {
            let mut rule =
                json!({"verbs": self.verbs(), "apiGroups": [group], "resources": resources});
            if !resource_names.is_empty() {
                rule["resourceNames"] = json!(resource_names);
            }
            rule
        };
        groups.into_iter().map(rule).collect()
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
    let (name, submission) =
        args.submit
            .begin(session, &args.name, "create role", Name::Required)?;
    if args.rule.verbs().is_empty() {
        return Err(Error::message("at least one verb must be specified"));
    }
    args.rule.check(session).await?;
    let rules = args.rule.rules(session).await;
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
    let (name, submission) =
        args.submit
            .begin(session, &args.name, "create clusterrole", Name::Required)?;
    if !args.aggregation_rule.is_empty() {
        return aggregated(session, &args, name, submission).await;
    }
    let verbs = args.rule.verbs();
    let urls = distinct(split(&args.non_resource_url));
    if verbs.is_empty() {
        return Err(Error::message("at least one verb must be specified"));
    }
    let has_resources = !args.rule.resources().is_empty();
    if !has_resources && urls.is_empty() {
        return Err(Error::message(
            "one of resource or nonResourceURL must be specified",
        ));
    }
    if has_resources {
        args.rule.check(session).await?;
    }
    check_urls(&verbs, &urls)?;
    let mut rules = args.rule.rules(session).await;
    if !urls.is_empty() {
        rules.push(json!({"verbs": verbs, "nonResourceURLs": urls}));
    }
    let object = json!({"kind": "ClusterRole", "apiVersion": format!("{GROUP}/v1"), "metadata": {"name": name}, "rules": rules});
    submission.send(session, object).await
}

/// Refuses paths that no rule can have, and verbs that paths do not know.
fn check_urls(verbs: &[&str], urls: &[&String]) -> Result<()> {
    if urls.is_empty() {
        return Ok(());
    }
    for verb in verbs {
        if !URL_VERBS.contains(verb) {
            return Err(Error::message(format!(
                "invalid verb: '{verb}' for nonResourceURL"
            )));
        }
    }
    for url in urls.iter().filter(|url| url.as_str() != "*") {
        if !url.starts_with('/') {
            return Err(Error::message("nonResourceURL should start with /"));
        }
        if url.strip_suffix('*').unwrap_or(url).contains('*') {
            return Err(Error::message(
                "nonResourceURL only supports wildcard matches when '*' is at the end",
            ));
        }
    }
    Ok(())
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
    let (name, submission) =
        args.submit
            .begin(session, &args.name, "create rolebinding", Name::Required)?;
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
    let (name, submission) = args.submit.begin(
        session,
        &args.name,
        "create clusterrolebinding",
        Name::LeftToServer,
    )?;
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

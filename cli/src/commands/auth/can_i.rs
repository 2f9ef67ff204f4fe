//! `kubectl auth can-i`: one question (SelfSubjectAccessReview), or all that is allowed (SelfSubjectRulesReview).

use crate::{
    client::Request,
    describe::rule_rows,
    error::{Error, Result},
    printers::Tabs,
    session::{Session, errln, outln},
};
use http::Method;
use serde_json::{Value, json};

const RESOURCE_VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
];
const URL_VERBS: &[&str] = &[
    "get", "put", "post", "head", "options", "delete", "patch", "*",
];
const USAGE: &str = "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth \
                     can-i -h' for help and examples.";

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// VERB and TYPE, TYPE/NAME or NONRESOURCEURL
    words: Vec<String>,
    /// If true, check the specified action in all namespaces.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// If true, prints all allowed actions.
    #[arg(long)]
    list: bool,
    /// If true, prints allowed actions without headers
    #[arg(long)]
    no_headers: bool,
    /// If true, suppress output and just return the exit code.
    #[arg(short, long)]
    quiet: bool,
    /// SubResource such as pod/log or deployment/scale
    #[arg(long)]
    subresource: Option<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let subresource = args.subresource.clone().unwrap_or_default();
    if args.list {
        if !args.words.is_empty() {
            return Err(Error::message(
                "list option must be specified with no arguments",
            ));
        }
        if args.quiet || args.all_namespaces || !subresource.is_empty() {
            return Err(Error::message(
                "list option can't be specified with neither quiet, all-namespaces nor subresource options",
            ));
        }
        return list(session, &args).await;
    }
    let [verb, what] = args.words.as_slice() else {
        return Err(Error::message(USAGE));
    };
    let spec = if what.starts_with('/') {
        if !subresource.is_empty() {
            return Err(Error::message(
                "--subresource can not be used with NonResourceURL",
            ));
        }
        warn_unless_known(session, verb, URL_VERBS);
        json!({"nonResourceAttributes": {"path": what, "verb": verb}})
    } else {
        resource_question(session, &args, verb, what, &subresource).await?
    };
    if args.no_headers {
        return Err(Error::message(
            "--no-headers cannot be set without --list specified",
        ));
    }
    ask(session, &args, spec).await
}

fn warn_unless_known(session: &Session, verb: &str, known: &[&str]) {
    if !known.contains(&verb) {
        errln!(session, "Warning: verb '{verb}' is not a known verb\n");
    }
}

async fn resource_question(
    session: &Session,
    args: &Args,
    verb: &str,
    what: &str,
    subresource: &str,
) -> Result<Value> {
    let (word, name) = what.split_once('/').unwrap_or((what, ""));
    let found = match word {
        "*" => None,
        word => match session.mapper()?.resource(&word.to_lowercase()).await {
            Ok(mapping) => Some(mapping),
            Err(error) => {
                unknown_type(session, word);
                match error {
                    Error::Connection { .. } => return Err(error),
                    _ => None,
                }
            }
        },
    };
    let mut attributes = json!({});
    if !args.all_namespaces {
        attributes["namespace"] = session.namespace()?.into();
    }
    attributes["verb"] = verb.into();
    match &found {
        Some(mapping) => {
            if !mapping.group.is_empty() {
                attributes["group"] = mapping.group.as_str().into();
            }
            attributes["resource"] = mapping.plural.as_str().into();
            if !mapping.namespaced && !args.all_namespaces {
                let of_group = match mapping.group.as_str() {
                    "" => String::new(),
                    group => format!(" in group '{group}'"),
                };
                errln!(
                    session,
                    "Warning: resource '{}' is not namespace scoped{of_group}\n",
                    mapping.plural
                );
            }
        }
        None => attributes["resource"] = word.into(),
    }
    if !args.all_namespaces {
        warn_unless_known(session, verb, RESOURCE_VERBS);
    }
    for (field, value) in [("subresource", subresource), ("name", name)] {
        if !value.is_empty() {
            attributes[field] = value.into();
        }
    }
    Ok(json!({"resourceAttributes": attributes}))
}

fn unknown_type(session: &Session, word: &str) {
    let word = word.to_lowercase();
    let text = match word.split_once('.') {
        Some((resource, group)) => {
            format!(
                "Warning: the server doesn't have a resource type '{resource}' in group '{group}'\n"
            )
        }
        None => format!("Warning: the server doesn't have a resource type '{word}'\n"),
    };
    errln!(session, "{text}");
}

async fn ask(session: &Session, args: &Args, spec: Value) -> Result<()> {
    let review = json!({"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {}, "spec": spec,
        "status": {"allowed": false}});
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let answer = session
        .client()?
        .send(Request::new(Method::POST, path).typed().json(&review))
        .await?;
    let status = &answer["status"];
    let allowed = status["allowed"] == true;
    if !args.quiet {
        let mut text = if allowed { "yes" } else { "no" }.to_owned();
        for reason in ["reason", "evaluationError"] {
            if let Some(reason) = status[reason]
                .as_str()
                .filter(|why| !allowed && !why.is_empty())
            {
                text = format!("{text} - {reason}");
            }
        }
        outln!(session, "{text}")?;
    }
    if allowed { Ok(()) } else { Err(Error::Exit(1)) }
}

async fn list(session: &Session, args: &Args) -> Result<()> {
    let review = json!({"kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {},
        "spec": {"namespace": session.namespace()?},
        "status": {"resourceRules": null, "nonResourceRules": null, "incomplete": false}});
    let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let answer = session
        .client()?
        .send(Request::new(Method::POST, path).typed().json(&review))
        .await?;
    let status = &answer["status"];
    let rules: Vec<Value> = ["resourceRules", "nonResourceRules"]
        .iter()
        .flat_map(|field| status[*field].as_array().cloned().unwrap_or_default())
        .collect();
    let mut lines = String::new();
    if !args.no_headers {
        lines.push_str("Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
    }
    rule_rows(&rules)
        .iter()
        .for_each(|row| lines.push_str(&format!("{row}\n")));
    session.write(&Tabs::table().layout(&lines))?;
    if status["incomplete"] == true {
        let why = status["evaluationError"].as_str().unwrap_or_default();
        errln!(session, "warning: the list may be incomplete: {why}");
    }
    Ok(())
}

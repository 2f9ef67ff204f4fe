//! `kubectl set subject`: users, groups and service accounts of a binding.

use super::{ChangeArgs, Report};
use crate::{
    error::{Error, Result},
    resource::Info,
    session::Session,
};
use knarr_api::meta;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const GROUP: &str = "rbac.authorization.k8s.io";

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resources: TYPE NAME or TYPE/NAME
    resources: Vec<String>,
    #[command(flatten)]
    change: ChangeArgs,
    /// Groups to bind to the role
    #[arg(long)]
    group: Vec<String>,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.
    #[arg(short = 'l', long)]
    selector: Option<String>,
    /// Service accounts to bind to the role
    #[arg(long)]
    serviceaccount: Vec<String>,
    /// Usernames to bind to the role
    #[arg(long)]
    user: Vec<String>,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let plan = args.change.plan()?;
    let selector = args.selector.as_deref();
    let infos = args.change.find(session, &args.resources, selector).await?;
    args.change.check(&plan, selector)?;
    let subjects = subjects(session, &args, &infos)?;
    let errors = args
        .change
        .apply(
            session,
            plan,
            infos,
            Report::of(
                "subjects updated",
                "failed to patch subjects to rolebinding: ",
            ),
            |object| add(object, &subjects),
        )
        .await?;
    Error::all(errors)
}

fn add(object: &mut Value, subjects: &[Value]) -> Result<()> {
    if !matches!(meta::kind(object), "RoleBinding" | "ClusterRoleBinding") {
        return Err(Error::message(
            "setting subjects is only supported for RoleBinding/ClusterRoleBinding",
        ));
    }
    let mut all = object["subjects"].as_array().cloned().unwrap_or_default();
    for subject in subjects {
        if !all.contains(subject) {
            all.push(subject.clone());
        }
    }
    if !all.is_empty() {
        object["subjects"] = all.into();
    }
    Ok(())
}

fn subjects(session: &Session, args: &Args, infos: &[Info]) -> Result<Vec<Value>> {
    if args.user.is_empty() && args.group.is_empty() && args.serviceaccount.is_empty() {
        return Err(Error::message(
            "you must specify at least one value of user, group or serviceaccount",
        ));
    }
    let sorted = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
    let mut subjects = Vec::new();
    for (kind, names) in [("User", &args.user), ("Group", &args.group)] {
        for name in sorted(names) {
            subjects.push(json!({"kind": kind, "apiGroup": GROUP, "name": name}));
        }
    }
    for account in sorted(&args.serviceaccount) {
        let parts: Vec<&str> = account.split(':').collect();
        let [namespace, name] = parts.as_slice() else {
            return Err(Error::message("serviceaccount must be <namespace>:<name>"));
        };
        if name.is_empty() {
            return Err(Error::message("serviceaccount must be <namespace>:<name>"));
        }
        if namespace.is_empty()
            && infos
                .iter()
                .any(|info| info.mapping.kind == "ClusterRoleBinding")
        {
            return Err(Error::message(
                "serviceaccount must be <namespace>:<name>, namespace must be specified",
            ));
        }
        let namespace = match *namespace {
            "" => session.namespace()?,
            namespace => namespace,
        };
        subjects.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
    }
    Ok(subjects)
}

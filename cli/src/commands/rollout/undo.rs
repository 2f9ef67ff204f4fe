//! `kubectl rollout undo`: puts the pod template of an older revision back.

use super::{
    WorkloadArgs,
    revisions::{self, REVISION, Revision},
};
use crate::{
    commands::apply::LAST_APPLIED,
    describe,
    error::{Error, Result},
    flags::{self, DryRun, DryRunArgs, PrintArgs},
    printers::ResultPrinter,
    resource::Info,
    session::{Session, errln},
};
use knarr_api::meta;
use serde_json::{Value, json};

const TEMPLATE_HASH: &str = "pod-template-hash";

/// Annotations that belong to one replica set or to `apply`, and do not go back with its template.
const KEPT_ANNOTATIONS: &[&str] = &[
    LAST_APPLIED,
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    workloads: WorkloadArgs,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// The revision to rollback to. Default to 0 (last revision).
    #[arg(long, default_value = "0", value_parser = flags::int64)]
    to_revision: i64,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let dry_run = args.dry_run.strategy()?;
    let mut printer = ResultPrinter::late(&args.print, dry_run.suffix());
    let (infos, mut errors) = args.workloads.find(session).await?;
    for info in infos {
        match undo(session, &args, &info, dry_run).await {
            Ok(verb) => printer.print(session, &info, &verb)?,
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)
}

/// Rolls one workload back and says what was done; a dry run of the client says what would come back.
async fn undo(session: &Session, args: &Args, info: &Info, dry_run: DryRun) -> Result<String> {
    if args.to_revision < 0 {
        return Err(Error::message(format!(
            "unable to find specified revision {} in history",
            args.to_revision
        )));
    }
    if meta::annotation(&info.object, LAST_APPLIED).is_some() {
        errln!(
            session,
            "Warning: resource {}/{} was previously managed with 'kubectl apply'. Rolling back will not update the \
             {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. \
             Consider using 'kubectl apply' with your previous configuration file instead.",
            info.mapping.plural,
            info.name
        );
    }
    let history = revisions::of(session, info, "rollbacker").await?;
    let target = choose(&history, args.to_revision, info)?;
    if dry_run == DryRun::Client {
        return Ok(describe::pod_template_page(&target.template(&info.object)));
    }
    if info.object["spec"]["paused"] == true {
        return Err(Error::message(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    let template = without_hash(target.template(&info.object));
    let number = target.number;
    if template == without_hash(info.object["spec"]["template"].clone()) {
        return Ok(format!(
            "skipped rollback (current template already matches revision {number})"
        ));
    }
    let (content_type, patch) = match info.mapping.kind.as_str() {
        "Deployment" => (
            "application/json-patch+json",
            json!([
                {"op": "replace", "path": "/spec/template", "value": template},
                {"op": "replace", "path": "/metadata/annotations", "value": annotations(&info.object, &target.object)},
            ]),
        ),
        _ => (
            "application/strategic-merge-patch+json",
            target.object["data"].clone(),
        ),
    };
    info.patch(
        &session.client()?.typed(),
        content_type,
        &patch,
        dry_run.query().into_iter().collect(),
    )
    .await?;
    Ok("rolled back".to_owned())
}

fn choose<'a>(history: &'a [Revision], wanted: i64, info: &Info) -> Result<&'a Revision> {
    if wanted > 0 {
        return history
            .iter()
            .find(|revision| revision.number == wanted)
            .ok_or_else(|| {
                Error::message(format!(
                    "unable to find specified revision {wanted} in history"
                ))
            });
    }
    match history {
        [.., previous, _] => Ok(previous),
        _ if info.mapping.kind != "Deployment" => {
            Err(Error::message("no last revision to roll back to"))
        }
        _ => Err(Error::message(format!(
            "no rollout history found for {} \"{}\"",
            info.mapping.kind.to_lowercase(),
            info.name
        ))),
    }
}

fn without_hash(mut template: Value) -> Value {
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.shift_remove(TEMPLATE_HASH);
    }
    template
}

fn annotations(deployment: &Value, replica_set: &Value) -> Value {
    let mut merged = json!({});
    for (key, value) in meta::annotations(deployment).into_iter().flatten() {
        if KEPT_ANNOTATIONS.contains(&key.as_str()) {
            merged[key] = value.clone();
        }
    }
    for (key, value) in meta::annotations(replica_set).into_iter().flatten() {
        if !KEPT_ANNOTATIONS.contains(&key.as_str()) {
            merged[key] = value.clone();
        }
    }
    merged
}

//! `kubectl cordon` and `uncordon`.

use super::selection::Wanted;
use crate::{
    error::{Error, Result},
    flags::{DryRun, DryRunArgs},
    resource::{Info, Selection},
    session::{Session, outln},
};
use serde_json::json;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// NODE
    nodes: Vec<String>,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
}

pub async fn cordon(session: &Session, args: Args) -> Result<()> {
    run(session, &args, "cordon", true).await
}

pub async fn uncordon(session: &Session, args: Args) -> Result<()> {
    run(session, &args, "uncordon", false).await
}

async fn run(
    session: &Session,
    args: &Args,
    command: &'static str,
    unschedulable: bool,
) -> Result<()> {
    let dry_run = args.dry_run.strategy()?;
    let nodes = nodes(session, &args.nodes, args.selector.as_deref(), command).await?;
    let mut errors = Vec::new();
    for node in nodes {
        if let Err(error) = set_unschedulable(session, &node, unschedulable, dry_run).await {
            errors.push(Error::message(format!(
                "unable to {command} node \"{}\": {error}",
                node.name
            )));
        }
    }
    Error::all(errors)
}

/// The nodes that are named or selected; the first that can't be read ends it.
pub async fn nodes(
    session: &Session,
    names: &[String],
    selector: Option<&str>,
    command: &'static str,
) -> Result<Vec<Info>> {
    let selector = selector.unwrap_or_default();
    if names.is_empty() && selector.is_empty() {
        return Err(Error::usage(
            command,
            format!("USAGE: {command} NODE [flags]"),
        ));
    }
    if !names.is_empty() && !selector.is_empty() {
        return Err(Error::usage(
            command,
            "cannot specify both a node name and a --selector option",
        ));
    }
    let words: Vec<String> = match names.iter().any(|name| name.contains('/')) {
        true => names.to_vec(),
        false => std::iter::once("nodes".to_owned())
            .chain(names.iter().cloned())
            .collect(),
    };
    let selection = Selection {
        label_selector: selector.to_owned(),
        chunk: 500,
        ..Selection::default()
    };
    let wanted = Wanted {
        words: &words,
        selection,
        ..Wanted::default()
    };
    let (nodes, errors) = wanted.find(session).await?;
    match errors.into_iter().next() {
        Some(first) => Err(first),
        None => Ok(nodes),
    }
}

/// Opens or closes a node for new pods, and says so.
pub async fn set_unschedulable(
    session: &Session,
    node: &Info,
    unschedulable: bool,
    dry_run: DryRun,
) -> Result<()> {
    let verb = if unschedulable {
        "cordoned"
    } else {
        "uncordoned"
    };
    let is = node.object["spec"]["unschedulable"] == true;
    if is == unschedulable {
        return outln!(
            session,
            "{} already {verb}{}",
            node.title(),
            dry_run.suffix()
        );
    }
    if dry_run != DryRun::Client {
        let value = if unschedulable {
            json!(true)
        } else {
            json!(null)
        };
        let patch = json!({"spec": {"unschedulable": value}});
        node.patch(
            &session.client()?.typed(),
            "application/strategic-merge-patch+json",
            &patch,
            dry_run.query().into_iter().collect(),
        )
        .await?;
    }
    outln!(session, "{} {verb}{}", node.title(), dry_run.suffix())
}

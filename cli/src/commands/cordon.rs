//! `kubectl cordon` and `uncordon`.

use super::selection::Wanted;
use crate::{
    error::{Error, Result},
    flags::{DryRun, DryRunArgs},
    resource::{Info, Selection},
    session::{Session, errln, outln},
};
use knarr_api::quote::quote;
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
    refuse_words(&args.nodes, args.selector.as_deref(), command)?;
    let dry_run = args.dry_run.strategy()?;
    let nodes = nodes(session, &args.nodes, args.selector.as_deref(), CHUNK).await?;
    for node in nodes {
        set_unschedulable(session, &node, unschedulable, dry_run).await?;
    }
    Ok(())
}

/// How many nodes come at a time where no flag says.
const CHUNK: i64 = 500;

/// Refuses a call that names no nodes, or in two ways.
pub fn refuse_words(names: &[String], selector: Option<&str>, command: &'static str) -> Result<()> {
    if names.is_empty() && selector.is_none() {
        return Err(Error::usage(
            command,
            format!("USAGE: {command} NODE [flags]"),
        ));
    }
    if !names.is_empty() && selector.is_some_and(|selector| !selector.is_empty()) {
        return Err(Error::usage(
            command,
            "cannot specify both a node name and a --selector option",
        ));
    }
    Ok(())
}

/// The nodes that are named or selected; the first that can't be read, or is none, ends it.
pub async fn nodes(
    session: &Session,
    names: &[String],
    selector: Option<&str>,
    chunk: i64,
) -> Result<Vec<Info>> {
    let words: Vec<String> = match names.iter().any(|name| name.contains('/')) {
        true => names.to_vec(),
        false => std::iter::once("nodes".to_owned())
            .chain(names.iter().cloned())
            .collect(),
    };
    let selection = Selection {
        label_selector: selector.unwrap_or_default().to_owned(),
        chunk,
        ..Selection::default()
    };
    let wanted = Wanted {
        words: &words,
        selection,
        ..Wanted::default()
    };
    let (nodes, errors) = wanted.find(session).await?;
    if let Some(first) = errors.into_iter().next() {
        return Err(first);
    }
    match nodes.iter().find(|node| node.mapping.kind != "Node") {
        Some(other) => {
            let mapping = &other.mapping;
            let resource = format!(
                "{}/{}, Resource={}",
                mapping.group, mapping.version, mapping.plural
            );
            Err(Error::message(format!(
                "expected resource of type node, got {}",
                quote(&resource)
            )))
        }
        None => Ok(nodes),
    }
}

/// Opens or closes a node for new pods, and says so. What the server refuses is told of, and is no failure of the call.
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
        let client = session.client()?.typed();
        let patched = node.patch(
            &client,
            "application/strategic-merge-patch+json",
            &patch,
            dry_run.query().into_iter().collect(),
        );
        if let Err(error) = patched.await {
            let command = if unschedulable { "cordon" } else { "uncordon" };
            errln!(
                session,
                "error: unable to {command} node {}: {}",
                quote(&node.name),
                error.request_text()
            );
            return Ok(());
        }
    }
    outln!(session, "{} {verb}{}", node.title(), dry_run.suffix())
}

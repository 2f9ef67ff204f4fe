//! `kubectl drain`: closes a node and evicts its pods.

mod plan;
mod removal;

use super::cordon::{nodes, refuse_words, set_unschedulable};
use crate::{
    client::{Client, Request},
    error::{Error, Result},
    flags::{self, DryRun, DryRunArgs},
    mapper::Mapping,
    resource::{self, Info},
    session::{Session, errln, outln},
};
use knarr_api::{meta, quote::quote, selector::Selector};
use plan::{Plan, Unread};
use removal::Removal;
use std::time::Duration;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// NODE
    nodes: Vec<String>,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Return large lists in chunks rather than all at once. Pass 0 to disable.
    #[arg(long, default_value = "500", value_parser = flags::int64)]
    chunk_size: i64,
    /// Continue even if there are pods using emptyDir (local data that will be deleted when the node is drained).
    #[arg(long)]
    delete_emptydir_data: bool,
    /// Force drain to use delete, even if eviction is supported.
    #[arg(long)]
    disable_eviction: bool,
    /// Continue even if there are pods that do not declare a controller.
    #[arg(long)]
    force: bool,
    /// Period of time in seconds given to each pod to terminate gracefully. If negative, the default value specified in the pod will be used.
    #[arg(long, default_value = "-1", value_parser = flags::int64)]
    grace_period: i64,
    /// Ignore DaemonSet-managed pods.
    #[arg(long)]
    ignore_daemonsets: bool,
    /// Label selector to filter pods on the node
    #[arg(long)]
    pod_selector: Option<String>,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
    /// If pod DeletionTimestamp older than N seconds, skip waiting for the pod.  Seconds must be greater than 0 to skip.
    #[arg(long, default_value = "0", value_parser = flags::int64)]
    skip_wait_for_delete_timeout: i64,
    /// The length of time to wait before giving up, zero means infinite
    #[arg(long, default_value = "0s", value_parser = flags::duration)]
    timeout: Duration,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let selector = args.selector.as_deref();
    refuse_words(&args.nodes, selector, "drain")?;
    let dry_run = args.dry_run.strategy()?;
    session.resolved()?;
    let pod_selector = Selector::parse(args.pod_selector.as_deref().unwrap_or_default());
    let pod_selector = pod_selector.map_err(|_| {
        Error::message("--pod-selector=<pod_selector> must be a valid label selector")
    })?;
    let nodes = nodes(session, &args.nodes, selector, args.chunk_size).await?;
    for node in &nodes {
        set_unschedulable(session, node, true, dry_run).await?;
    }
    let (mut pending, mut errors) = (Vec::new(), Vec::new());
    for node in &nodes {
        match drain(session, &args, node, &pod_selector, dry_run).await {
            Ok(()) => outln!(session, "{} drained{}", node.title(), dry_run.suffix())?,
            Err(error @ Error::Output(_)) => return Err(error),
            Err(error) => {
                errln!(
                    session,
                    "error: unable to drain node {} due to error: {}, continuing command...",
                    quote(&node.name),
                    removal::inner_text(&error)
                );
                pending.push(node.name.as_str());
                errors.push(error);
            }
        }
    }
    if pending.is_empty() {
        return Ok(());
    }
    errln!(session, "There are pending nodes to be drained:");
    for name in pending {
        errln!(session, " {name}");
    }
    match errors.len() {
        1 => Err(errors.remove(0)),
        _ => Err(Error::Many(
            errors
                .into_iter()
                .map(|error| match error {
                    Error::Many(_) => Error::message(removal::inner_text(&error)),
                    other => other,
                })
                .collect(),
        )),
    }
}

async fn drain(
    session: &Session,
    args: &Args,
    node: &Info,
    selector: &Selector,
    dry_run: DryRun,
) -> Result<()> {
    let plan = plan(session, args, node, selector).await?;
    removal::together(plan.refusals)?;
    if !plan.warnings.is_empty() {
        errln!(session, "Warning: {}", plan.warnings);
    }
    let target = resource::Target {
        mapping: Mapping::guessed("v1", "Pod"),
        name: String::new(),
    };
    let pods: Vec<Info> = plan
        .removed
        .into_iter()
        .map(|pod| target.info(pod))
        .collect();
    if dry_run == DryRun::Client {
        for pod in &pods {
            let suffix = dry_run.suffix();
            outln!(
                session,
                "evicting pod {}/{}{suffix}",
                pod.namespace,
                pod.name
            )?;
        }
        return Ok(());
    }
    let removal = Removal {
        session,
        args,
        dry_run,
    };
    match removal.run(&pods).await {
        Err(error) if !matches!(error, Error::Output(_)) => {
            tell_pending(session, args, node, selector, &error).await;
            Err(error)
        }
        other => other,
    }
}

/// The node's pods and what is to become of them.
async fn plan(session: &Session, args: &Args, node: &Info, selector: &Selector) -> Result<Plan> {
    let client = session.client()?;
    let request = Request::get(Mapping::guessed("v1", "Pod").path("", ""))
        .typed()
        .query("fieldSelector", format!("spec.nodeName={}", node.name))
        .query("labelSelector", selector.to_string());
    let listed = resource::list(client, request, args.chunk_size).await;
    let pods = resource::flatten(listed.map_err(|error| Error::message(error.request_text()))?);
    let mut judged = Vec::new();
    for pod in pods {
        let now = jiff::Timestamp::now();
        let unread = match plan::daemon_set(&pod) {
            Some(name) if !plan::is_long_deleted(args, &pod, now) => {
                unread(client, meta::namespace(&pod), name).await
            }
            _ => None,
        };
        let verdict = plan::verdict(args, &pod, unread.as_ref(), now);
        judged.push((pod, verdict));
    }
    Ok(Plan::new(judged))
}

/// Why a daemon set can't be read.
async fn unread(client: &Client, namespace: &str, name: &str) -> Option<Unread> {
    let path = Mapping::guessed("apps/v1", "DaemonSet").path(namespace, name);
    let error = client.send(Request::get(path).typed()).await.err()?;
    Some(Unread {
        missing: error.is_not_found(),
        text: error.request_text(),
    })
}

/// Says which pods a removal has left behind.
async fn tell_pending(
    session: &Session,
    args: &Args,
    node: &Info,
    selector: &Selector,
    error: &Error,
) {
    let plan = match plan(session, args, node, selector).await {
        Ok(plan) => plan,
        Err(error) => Plan {
            refusals: vec![error.to_string()],
            ..Plan::default()
        },
    };
    if !plan.removed.is_empty() {
        errln!(
            session,
            "There are pending pods in node {} when an error occurred: {}",
            quote(&node.name),
            removal::inner_text(error)
        );
        for pod in &plan.removed {
            errln!(session, "pod/{}", meta::name(pod));
        }
    }
    if let Err(error) = removal::together(plan.refusals) {
        errln!(
            session,
            "Following errors occurred while getting the list of pods to delete:\n{}",
            removal::inner_text(&error)
        );
    }
}

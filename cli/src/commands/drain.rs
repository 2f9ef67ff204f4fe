//! `kubectl drain`: closes a node and evicts its pods.

use super::cordon::{nodes, set_unschedulable};
use crate::{
    client::Request,
    error::{Error, Result},
    flags::{self, DryRun, DryRunArgs},
    resource::{self, Info},
    session::{Session, errln, outln},
};
use http::Method;
use knarr_api::{meta, selector::Selector};
use serde_json::{Value, json};
use std::time::Duration;

const RETRY: Duration = Duration::from_secs(5);
const MIRROR: &str = "kubernetes.io/config.mirror";

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

/// Whether a pod can be taken off its node.
enum Verdict {
    Evict,
    EvictWith(&'static str),
    Skip,
    SkipWith(&'static str),
    Refuse(&'static str),
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let dry_run = args.dry_run.strategy()?;
    let nodes = nodes(session, &args.nodes, args.selector.as_deref(), "drain").await?;
    let pod_selector = Selector::parse(args.pod_selector.as_deref().unwrap_or_default());
    let pod_selector = pod_selector.map_err(|_| {
        Error::message("--pod-selector=<pod_selector> must be a valid label selector")
    })?;
    for node in &nodes {
        set_unschedulable(session, node, true, dry_run).await?;
    }
    let (mut pending, mut errors) = (Vec::new(), Vec::new());
    for node in &nodes {
        let draining = drain(session, &args, node, &pod_selector, dry_run);
        let drained = match args.timeout.is_zero() {
            true => draining.await,
            false => tokio::time::timeout(args.timeout, draining)
                .await
                .unwrap_or_else(|_| {
                    Err(Error::message(format!(
                        "drain did not complete within {}",
                        knarr_api::duration::format(args.timeout.try_into().unwrap_or_default())
                    )))
                }),
        };
        match drained {
            Ok(()) => outln!(session, "{} drained{}", node.title(), dry_run.suffix())?,
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => {
                errln!(
                    session,
                    "error: unable to drain node \"{}\" due to error: {error}, continuing command...",
                    node.name
                );
                pending.push(node.name.as_str());
                errors.push(error);
            }
        }
    }
    if !pending.is_empty() {
        errln!(session, "There are pending nodes to be drained:");
        for name in pending {
            errln!(session, " {name}");
        }
        return Err(Error::Many(errors));
    }
    Ok(())
}

async fn drain(
    session: &Session,
    args: &Args,
    node: &Info,
    selector: &Selector,
    dry_run: DryRun,
) -> Result<()> {
    let mapping = session.mapper()?.resource("pods").await?;
    let request = Request::get(mapping.path("", ""))
        .typed()
        .query("fieldSelector", format!("spec.nodeName={}", node.name))
        .query("labelSelector", selector.to_string());
    let pods =
        resource::flatten(resource::list(session.client()?, request, args.chunk_size).await?);
    let (mut evicted, mut refused, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    for pod in pods {
        let title = format!("{}/{}", meta::namespace(&pod), meta::name(&pod));
        match verdict(args, &pod) {
            Verdict::Skip => {}
            Verdict::SkipWith(why) => warnings.push((why, title)),
            Verdict::Refuse(why) => refused.push((why, title)),
            Verdict::Evict => evicted.push(pod),
            Verdict::EvictWith(why) => {
                warnings.push((why, title));
                evicted.push(pod);
            }
        }
    }
    if !refused.is_empty() {
        return Err(Error::message(joined(&refused)));
    }
    if !warnings.is_empty() {
        errln!(session, "Warning: {}", joined(&warnings));
    }
    let target = resource::Target {
        mapping,
        name: String::new(),
    };
    for pod in evicted {
        let pod = target.info(pod);
        if is_long_deleted(args, &pod.object) {
            continue;
        }
        let (namespace, name, suffix) = (&pod.namespace, &pod.name, dry_run.suffix());
        match dry_run {
            DryRun::None => errln!(session, "evicting pod {namespace}/{name}"),
            _ => outln!(session, "evicting pod {namespace}/{name}{suffix}")?,
        }
        if dry_run != DryRun::Client {
            evict(session, args, &pod, dry_run).await?;
        }
    }
    Ok(())
}

/// Whether the pod's deletion began so long ago that `--skip-wait-for-delete-timeout` passes it over.
fn is_long_deleted(args: &Args, pod: &Value) -> bool {
    let limit = args.skip_wait_for_delete_timeout;
    let since = meta::deletion_timestamp(pod)
        .and_then(|time| time.parse::<jiff::Timestamp>().ok())
        .map(|time| jiff::Timestamp::now().as_second() - time.as_second());
    limit > 0 && since.is_some_and(|seconds| seconds > limit)
}

/// `reason: a, b; other reason: c`
fn joined(found: &[(&'static str, String)]) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (why, title) in found {
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, titles)) => titles.push(title),
            None => reasons.push((why, vec![title])),
        }
    }
    let texts: Vec<String> = reasons
        .into_iter()
        .map(|(why, titles)| format!("{why}: {}", titles.join(", ")))
        .collect();
    texts.join("; ")
}

fn verdict(args: &Args, pod: &Value) -> Verdict {
    if meta::annotation(pod, MIRROR).is_some() {
        return Verdict::Skip;
    }
    let finished = matches!(
        pod["status"]["phase"].as_str(),
        Some("Succeeded" | "Failed")
    );
    let owner = meta::controller_of(pod);
    if owner.is_some_and(|owner| owner["kind"] == "DaemonSet") && !finished {
        return match args.ignore_daemonsets {
            true => Verdict::SkipWith("ignoring DaemonSet-managed Pods"),
            false => Verdict::Refuse(
                "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)",
            ),
        };
    }
    let local = pod["spec"]["volumes"].as_array().is_some_and(|volumes| {
        volumes
            .iter()
            .any(|volume| volume.get("emptyDir").is_some())
    });
    if local && !finished && !args.delete_emptydir_data {
        return Verdict::Refuse(
            "cannot delete Pods with local storage (use --delete-emptydir-data to override)",
        );
    }
    match (owner.is_some() || finished, args.force) {
        (true, _) => Verdict::Evict,
        (false, true) => Verdict::EvictWith("deleting Pods that declare no controller"),
        (false, false) => Verdict::Refuse(
            "cannot delete Pods that declare no controller (use --force to override)",
        ),
    }
}

async fn evict(session: &Session, args: &Args, pod: &Info, dry_run: DryRun) -> Result<()> {
    let client = session.client()?;
    let mut options = json!({});
    if args.grace_period >= 0 {
        options["gracePeriodSeconds"] = args.grace_period.into();
    }
    if dry_run == DryRun::Server {
        options["dryRun"] = json!(["All"]);
    }
    let request = match args.disable_eviction {
        true => {
            options["apiVersion"] = "v1".into();
            options["kind"] = "DeleteOptions".into();
            Request::new(Method::DELETE, pod.path()).json(&options)
        }
        false => {
            let eviction = json!({
                "apiVersion": "policy/v1", "kind": "Eviction",
                "metadata": {"name": pod.name, "namespace": pod.namespace}, "deleteOptions": options,
            });
            Request::new(Method::POST, format!("{}/eviction", pod.path())).json(&eviction)
        }
    };
    loop {
        match client.send(request.clone().typed()).await {
            Ok(_) => break,
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) if error.status().is_some_and(|status| status.code == 429) => {
                errln!(
                    session,
                    "error when evicting pods/\"{}\" -n \"{}\" (will retry after 5s): {error}",
                    pod.name,
                    pod.namespace
                );
                tokio::time::sleep(RETRY).await;
            }
            Err(error) => return Err(error),
        }
    }
    if dry_run == DryRun::Server {
        return Ok(());
    }
    super::delete::until_gone(
        session,
        pod,
        meta::uid(&pod.object),
        Duration::from_secs(7 * 24 * 3600),
    )
    .await?;
    let done = match args.disable_eviction {
        true => "deleted",
        false => "evicted",
    };
    outln!(session, "pod/{} {done}", pod.name)
}

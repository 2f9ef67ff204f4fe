//! `kubectl top node|pod`, from the metrics.k8s.io API.

use super::{Entry, dispatch, entry, group_args};
use crate::{
    client::Request,
    error::{Error, Result},
    printers::Tabs,
    resource,
    session::{Session, errln},
};
use jiff::{SignedDuration, Timestamp};
use knarr_api::{duration, meta, quantity::Quantity};
use serde_json::Value;

static SUBCOMMANDS: &[Entry] = &[
    entry!(
        Cluster,
        "node",
        ["nodes", "no"],
        NodeArgs,
        node,
        "Display resource (CPU/memory) usage of nodes"
    ),
    entry!(
        Cluster,
        "pod",
        ["pods", "po"],
        PodArgs,
        pod,
        "Display resource (CPU/memory) usage of pods"
    ),
];

group_args!(SUBCOMMANDS);

pub async fn run(session: &Session, args: Args) -> Result<()> {
    dispatch(session, SUBCOMMANDS, args.name(), args.matches(), "top").await
}

#[derive(clap::Args, Clone, Debug)]
pub struct NodeArgs {
    /// NAME
    name: Vec<String>,
    /// If present, print output without headers
    #[arg(long)]
    no_headers: bool,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
}

#[derive(clap::Args, Clone, Debug)]
pub struct PodArgs {
    /// NAME
    name: Vec<String>,
    /// If present, list the requested object(s) across all namespaces.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// If present, print output without headers
    #[arg(long)]
    no_headers: bool,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
}

async fn metrics(
    session: &Session,
    path: String,
    name: &[String],
    selector: Option<String>,
) -> Result<Vec<Value>> {
    let path = name
        .first()
        .map_or(path.clone(), |name| format!("{path}/{name}"));
    let request = Request::get(format!("/apis/metrics.k8s.io/v1beta1{path}"))
        .query("labelSelector", selector.unwrap_or_default());
    match session.client()?.send(request).await {
        Ok(answer) => Ok(resource::flatten(answer)),
        Err(error)
            if error
                .status()
                .is_some_and(|status| matches!(status.code, 404 | 503) && name.is_empty()) =>
        {
            Err(Error::message("Metrics API not available"))
        }
        Err(error) => Err(error),
    }
}

fn milli(value: &Value) -> i64 {
    Quantity::from_value(value).map_or(0, Quantity::milli_value)
}

fn mebi(value: &Value) -> i64 {
    Quantity::from_value(value).map_or(0, Quantity::value) / (1024 * 1024)
}

async fn node(session: &Session, args: NodeArgs) -> Result<()> {
    let mut usages = metrics(
        session,
        "/nodes".to_owned(),
        &args.name,
        args.selector.clone(),
    )
    .await?;
    usages.sort_by(|left, right| meta::name(left).cmp(meta::name(right)));
    let nodes = resource::flatten(
        session
            .client()?
            .send(Request::get("/api/v1/nodes"))
            .await?,
    );
    let mut text = String::new();
    if !args.no_headers {
        text.push_str("NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)\n");
    }
    for usage in &usages {
        let node = nodes
            .iter()
            .find(|node| meta::name(node) == meta::name(usage))
            .cloned()
            .unwrap_or_default();
        let allocatable = &node["status"]["allocatable"];
        let (cpu, memory) = (
            milli(&usage["usage"]["cpu"]),
            mebi(&usage["usage"]["memory"]),
        );
        let percent = |used: i64, all: i64| {
            if all > 0 {
                format!("{}%", used * 100 / all)
            } else {
                "<unknown>".to_owned()
            }
        };
        text.push_str(&format!(
            "{}\t{cpu}m\t{}\t{memory}Mi\t{}\n",
            meta::name(usage),
            percent(cpu, milli(&allocatable["cpu"])),
            percent(memory, mebi(&allocatable["memory"])),
        ));
    }
    session.write(&Tabs::table().layout(&text))
}

/// How old a pod is that must have metrics.
const METRICS_DELAY: SignedDuration = SignedDuration::from_mins(2);

/// Where there are pods, that there are no metrics is an error (upstream's `verifyEmptyMetrics`).
async fn why_none(session: &Session, args: &PodArgs) -> Result<()> {
    let path = match args.all_namespaces {
        true => "/api/v1/pods".to_owned(),
        false => format!("/api/v1/namespaces/{}/pods", session.namespace()?),
    };
    let request = match args.name.first() {
        Some(name) => Request::get(format!("{path}/{name}")),
        None => {
            Request::get(path).query("labelSelector", args.selector.clone().unwrap_or_default())
        }
    };
    let pods = resource::flatten(session.client()?.send(request).await?);
    for pod in &pods {
        let created = meta::creation_timestamp(pod).parse::<Timestamp>().ok();
        let age = created.map_or(SignedDuration::ZERO, |at| {
            Timestamp::now().duration_since(at)
        });
        if age > METRICS_DELAY {
            let (namespace, name) = (meta::namespace(pod), meta::name(pod));
            let age = duration::format(age);
            return Err(Error::message(format!(
                "Metrics not available for pod {namespace}/{name}, age: {age}"
            )));
        }
    }
    match pods.is_empty() {
        true => Ok(()),
        false => Err(Error::message("metrics not available yet")),
    }
}

async fn pod(session: &Session, args: PodArgs) -> Result<()> {
    let path = match args.all_namespaces {
        true => "/pods".to_owned(),
        false => format!("/namespaces/{}/pods", session.namespace()?),
    };
    let mut usages = metrics(session, path, &args.name, args.selector.clone()).await?;
    if usages.is_empty() {
        why_none(session, &args).await?;
        match args.all_namespaces {
            true => errln!(session, "No resources found"),
            false => errln!(
                session,
                "No resources found in {} namespace.",
                session.namespace()?
            ),
        }
        return Ok(());
    }
    usages.sort_by_key(|usage| {
        (
            meta::namespace(usage).to_owned(),
            meta::name(usage).to_owned(),
        )
    });
    let mut text = String::new();
    if !args.no_headers {
        text.push_str(if args.all_namespaces {
            "NAMESPACE\t"
        } else {
            ""
        });
        text.push_str("NAME\tCPU(cores)\tMEMORY(bytes)\n");
    }
    for usage in &usages {
        let containers = usage["containers"].as_array().cloned().unwrap_or_default();
        let cpu: i64 = containers
            .iter()
            .map(|container| milli(&container["usage"]["cpu"]))
            .sum();
        let memory: i64 = containers
            .iter()
            .map(|container| mebi(&container["usage"]["memory"]))
            .sum();
        if args.all_namespaces {
            text.push_str(&format!("{}\t", meta::namespace(usage)));
        }
        text.push_str(&format!("{}\t{cpu}m\t{memory}Mi\n", meta::name(usage)));
    }
    session.write(&Tabs::table().layout(&text))
}

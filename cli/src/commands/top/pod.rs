//! `kubectl top pod`.

use super::{
    CommonArgs,
    usage::{Measure, SortBy, containers},
};
use crate::{
    client::Request,
    error::{Error, Result},
    mapper::Mapping,
    printers::Tabs,
    resource,
    session::{Session, errln},
};
use jiff::{SignedDuration, Timestamp};
use knarr_api::{duration, meta, quantity::Quantity, selector::FieldSelector};
use serde_json::Value;

/// How old a pod is that must have metrics.
const METRICS_DELAY: SignedDuration = SignedDuration::from_mins(2);
/// The line above a sum.
const RULE: &str = "________\t";

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    common: CommonArgs,
    /// If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// If present, print usage of containers within a pod.
    #[arg(long)]
    containers: bool,
    /// Selector (field query) to filter on, supports '=', '==', and '!='. The server only supports a limited number of field queries per type.
    #[arg(long)]
    field_selector: Option<String>,
    /// Print the sum of the resource usage
    #[arg(long)]
    sum: bool,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let common = &args.common;
    let name = common.name("top pod", "pod [NAME | -l label]")?;
    let sort_by = common.sort_by()?;
    if name.is_some() && (common.selector.is_some() || args.field_selector.is_some()) {
        return Err(Error::message(
            "only one of NAME or selector can be provided",
        ));
    }
    let fields = FieldSelector::parse(args.field_selector.as_deref().unwrap_or_default())
        .map_err(|error| Error::message(error.to_string()))?
        .to_string();
    let path = match args.all_namespaces {
        true => "/pods".to_owned(),
        false => format!("/namespaces/{}/pods", session.namespace()?),
    };
    let mut metrics = common.metrics(session, &path, name, &fields).await?;
    if metrics.is_empty() {
        why_none(session, &args, &fields).await?;
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
    metrics.sort_by(|left, right| {
        let by_namespace = match (sort_by, args.all_namespaces) {
            (SortBy::Name, true) => meta::namespace(left).cmp(meta::namespace(right)),
            _ => std::cmp::Ordering::Equal,
        };
        by_namespace.then_with(|| sort_by.compare(left, right, |pod, measure| measure.of_pod(pod)))
    });
    session.write(&Tabs::table().layout(&table(&args, sort_by, &metrics)))
}

/// Where there are pods, that there are no metrics is an error (upstream's `verifyEmptyMetrics`).
async fn why_none(session: &Session, args: &Args, fields: &str) -> Result<()> {
    let path = Mapping::guessed("v1", "Pod").path(session.namespace()?, "");
    let request = Request::get(path)
        .query("fieldSelector", fields)
        .query("labelSelector", args.common.selector()?);
    let pods = resource::flatten(session.client()?.send(request.typed()).await?);
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

fn table(args: &Args, sort_by: SortBy, metrics: &[Value]) -> String {
    let measures = Measure::shown(args.common.show_swap);
    let mut text = String::new();
    // Without headers the sum stands where it would without the columns in front, as upstream has it.
    let mut columns = 1 + measures.len();
    if !args.common.no_headers {
        for (shown, header) in [
            (args.all_namespaces, "NAMESPACE\t"),
            (args.containers, "POD\t"),
        ] {
            if shown {
                text.push_str(header);
                columns += 1;
            }
        }
        text.push_str("NAME\t");
        measures
            .iter()
            .for_each(|measure| text.push_str(&format!("{}\t", measure.header())));
        text.push('\n');
    }
    for pod in metrics {
        let namespace = match args.all_namespaces {
            true => format!("{}\t", meta::namespace(pod)),
            false => String::new(),
        };
        let name = meta::name(pod);
        if !args.containers {
            let used = line(measures, |measure| measure.of_pod(pod));
            text.push_str(&format!("{namespace}{name}\t{used}"));
            continue;
        }
        let mut containers: Vec<&Value> = containers(pod).iter().collect();
        let of = |container: &Value, measure: Measure| measure.of(&container["usage"]);
        containers.sort_by(|left, right| sort_by.compare(left, right, of));
        for container in containers {
            let own = container["name"].as_str().unwrap_or_default();
            let used = line(measures, |measure| of(container, measure));
            text.push_str(&format!("{namespace}{name}\t{own}\t{used}"));
        }
    }
    if args.sum {
        let total = line(measures, |measure| {
            let used = metrics.iter().map(|pod| measure.of_pod(pod));
            used.fold(Quantity::ZERO, |sum, one| sum + one)
        });
        text.push_str(&format!(
            "{}{}\n{}\t{total}",
            "\t".repeat(columns - 2),
            RULE.repeat(2),
            "\t".repeat(columns - 3)
        ));
    }
    text
}

/// The cells of the measures, to the line's end.
fn line(measures: &[Measure], used: impl Fn(Measure) -> Quantity) -> String {
    let cells = measures
        .iter()
        .map(|measure| format!("{}\t", measure.text(used(*measure))));
    cells.chain(["\n".to_owned()]).collect()
}

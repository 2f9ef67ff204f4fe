//! `kubectl top node`.

use super::{
    CommonArgs,
    usage::{Measure, UNKNOWN},
};
use crate::{
    client::Request,
    error::{Error, Result},
    printers::Tabs,
    resource,
    session::Session,
};
use knarr_api::{
    meta,
    quantity::{Format, Quantity},
};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    common: CommonArgs,
    /// Print node resources based on Capacity instead of Allocatable(default) of the nodes.
    #[arg(long)]
    show_capacity: bool,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let common = &args.common;
    let name = common.name("top node", "node [NAME | -l label]")?;
    let sort_by = common.sort_by()?;
    let selector = common.selector()?;
    if name.is_some() && common.selector.is_some() {
        return Err(Error::message(
            "only one of NAME or --selector can be provided",
        ));
    }
    let mut metrics = common.metrics(session, "/nodes", name, "").await?;
    if metrics.is_empty() {
        return Err(Error::message("metrics not available yet"));
    }
    let request = match name {
        Some(name) => Request::get(format!("/api/v1/nodes/{name}")),
        None => Request::get("/api/v1/nodes").query("labelSelector", selector),
    };
    let nodes = resource::flatten(session.client()?.send(request.typed()).await?);
    metrics.sort_by(|left, right| {
        sort_by.compare(left, right, |node, measure| measure.of(&node["usage"]))
    });
    session.write(&Tabs::table().layout(&table(&args, &metrics, &nodes)))
}

fn table(args: &Args, metrics: &[Value], nodes: &[Value]) -> String {
    let measures = Measure::shown(args.common.show_swap);
    let mut text = String::new();
    if !args.common.no_headers {
        text.push_str("NAME\t");
        for measure in measures {
            text.push_str(&format!(
                "{}\t{}\t",
                measure.header(),
                measure.share_header()
            ));
        }
        text.push('\n');
    }
    let mut unmeasured: BTreeMap<&str, &Value> =
        nodes.iter().map(|node| (meta::name(node), node)).collect();
    for metrics in metrics {
        let node = unmeasured.remove(meta::name(metrics));
        text.push_str(&format!("{}\t", meta::name(metrics)));
        for measure in measures {
            let used = measure.of(&metrics["usage"]);
            text.push_str(&cells(*measure, used, node, args.show_capacity));
        }
        text.push('\n');
    }
    for name in unmeasured.keys() {
        let unknown = format!("{UNKNOWN}\t{UNKNOWN}\t").repeat(measures.len());
        text.push_str(&format!("{name}\t{unknown}\n"));
    }
    text
}

/// What is used, and its share of what the node has.
fn cells(measure: Measure, used: Quantity, node: Option<&Value>, of_capacity: bool) -> String {
    let of = match of_capacity {
        true => "capacity",
        false => "allocatable",
    };
    let available = match (measure, node) {
        (Measure::Swap, Some(node)) => {
            match node["status"]["nodeInfo"]["swap"]["capacity"].as_i64() {
                None => return format!("{UNKNOWN}\t{UNKNOWN}\t"),
                Some(bytes) => Some(Quantity::from_units(bytes, Format::BinarySi)),
            }
        }
        (_, Some(node)) => {
            let available = &node["status"][of];
            available.get(measure.key()).map(|_| measure.of(available))
        }
        (_, None) => None,
    };
    let mut text = format!("{}\t", measure.text(used));
    if let Some(available) = available {
        // The unit is a thousandth for each, as upstream divides them.
        let share = match available.is_zero() {
            true => 0.0,
            false => used.milli_value() as f64 / available.milli_value() as f64 * 100.0,
        };
        text.push_str(&format!("{}%\t", share.trunc()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn swap_is_unknown_on_a_node_that_does_not_tell() {
        let silent = json!({"status": {"allocatable": {"cpu": "2"}, "capacity": {"cpu": "4"}}});
        let telling = json!({"status": {"nodeInfo": {"swap": {"capacity": 2147483648_u64}}}});
        let gibi = Quantity::parse("1Gi").expect("it is one");
        let swap = |node| cells(Measure::Swap, gibi, Some(node), false);
        assert_eq!(swap(&silent), "<unknown>\t<unknown>\t");
        assert_eq!(swap(&telling), "1024Mi\t50%\t");
        let one = Quantity::parse("1").expect("it is one");
        let cpu = |of_capacity| cells(Measure::Cpu, one, Some(&silent), of_capacity);
        assert_eq!(cpu(false), "1000m\t50%\t");
        assert_eq!(cpu(true), "1000m\t25%\t");
    }
}

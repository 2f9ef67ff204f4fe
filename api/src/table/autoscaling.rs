//! Horizontal pod autoscalers (in their v2 form) and scales.

use super::cells::{Cells, quantity};
use super::columns::{AGE, Column, NAME, NAME_TEXT, integer, text};
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static HORIZONTAL_POD_AUTOSCALER: [Column; 7] = [
    NAME,
    text(
        "Reference",
        "scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.",
    ),
    text(
        "Targets",
        "metrics contains the specifications for which to use to calculate the desired replica count (the maximum replica count across all metrics will be used).  The desired replica count is calculated multiplying the ratio between the target value and the current value by the current number of pods.  Ergo, metrics used must decrease as the pod count is increased, and vice-versa.  See the individual metric source types for more information about how each type of metric must respond. If not set, the default metric will be set to 80% average CPU utilization.",
    ),
    text(
        "MinPods",
        "minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.  It defaults to 1 pod.  minReplicas is allowed to be 0 if the alpha feature gate HPAScaleToZero is enabled and at least one Object or External metric is configured.  Scaling is active as long as at least one metric value is available.",
    ),
    text(
        "MaxPods",
        "maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up. It cannot be less that minReplicas.",
    ),
    text(
        "Replicas",
        "currentReplicas is current number of replicas of pods managed by this autoscaler, as last seen by the autoscaler.",
    ),
    AGE,
];

/// How many metrics the targets cell shows before it counts.
const SHOWN: usize = 2;

pub(super) fn horizontal_pod_autoscaler(object: &Node<'_>, row: &mut Cells) {
    let (spec, status) = (&object["spec"], &object["status"]);
    let target = &spec["scaleTargetRef"];
    row.name(object)
        .push(format!("{}/{}", target.text("kind"), target.text("name")))
        .push(targets(spec.list("metrics"), status.list("currentMetrics")))
        .push(
            spec.opt_int("minReplicas")
                .map_or_else(|| "<unset>".to_owned(), |count| count.to_string()),
        )
        .push(spec.int("maxReplicas"))
        .push(status.int("currentReplicas"))
        .age(object);
}

fn targets(metrics: &[Node<'_>], statuses: &[Node<'_>]) -> String {
    if metrics.is_empty() {
        return "<none>".to_owned();
    }
    let shown: Vec<_> = metrics
        .iter()
        .take(SHOWN)
        .enumerate()
        .map(|(index, metric)| target(metric, statuses.get(index).unwrap_or(&Node::Null)))
        .collect();
    let joined = shown.join(", ");
    if metrics.len() > SHOWN {
        format!("{joined} + {} more...", metrics.len() - SHOWN)
    } else {
        joined
    }
}

/// A quantity that a pointer holds in upstream's types, whose absence is printed.
fn pointed(value: &Node<'_>) -> String {
    if value.is_null() {
        "<nil>".to_owned()
    } else {
        quantity(value)
    }
}

/// `current/target` of one metric, with the resource's name before it where there is one.
fn target(metric: &Node<'_>, status: &Node<'_>) -> String {
    let field = match metric.text("type") {
        "External" => "external",
        "Pods" => "pods",
        "Object" => "object",
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        _ => return "<unknown type>".to_owned(),
    };
    let (source, seen) = (&metric[field], &status[field]);
    let (goal, current) = (&source["target"], &seen["current"]);
    let known = |has: bool, text: String| if has { text } else { "<unknown>".to_owned() };
    let average = |present: bool| {
        let current = known(present, pointed(&current["averageValue"]));
        format!("{current}/{}", pointed(&goal["averageValue"]))
    };
    match field {
        "pods" => average(seen.is_object()),
        "external" | "object" if goal.has("averageValue") => {
            format!("{} (avg)", average(current.has("averageValue")))
        }
        "external" | "object" => {
            format!(
                "{}/{}",
                known(seen.is_object(), pointed(&current["value"])),
                pointed(&goal["value"])
            )
        }
        _ if goal.has("averageValue") => {
            format!("{}: {}", source.text("name"), average(seen.is_object()))
        }
        _ => {
            let percent = |value: Option<i64>, fallback: &str| {
                value.map_or_else(|| fallback.to_owned(), |value| format!("{value}%"))
            };
            let current = percent(current.opt_int("averageUtilization"), "<unknown>");
            let goal = percent(goal.opt_int("averageUtilization"), "<auto>");
            format!("{}: {current}/{goal}", source.text("name"))
        }
    }
}

pub(super) static SCALE: [Column; 4] = [
    text("Name", NAME_TEXT),
    integer(
        "Desired",
        "replicas is the desired number of instances for the scaled object.",
    ),
    integer(
        "Available",
        "replicas is the actual number of observed instances of the scaled object.",
    ),
    AGE,
];

pub(super) fn scale(object: &Node<'_>, row: &mut Cells) {
    row.name(object)
        .push(object["spec"].int("replicas"))
        .push(object["status"].int("replicas"))
        .age(object);
}

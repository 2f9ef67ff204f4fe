//! Horizontal pod autoscalers.

use super::{
    Context, events,
    page::{Page, items, line, number, text, time},
};
use crate::error::Result;
use knarr_api::meta;
use serde_json::Value;

const UNKNOWN: &str = "<unknown>";

pub async fn horizontal(context: &Context<'_>, page: &mut Page) -> Result<()> {
    let (object, spec, status) = (context.object(), context.spec(), context.status());
    page.field(0, "Name", meta::name(object));
    page.field(0, "Namespace", meta::namespace(object));
    page.labels(object);
    page.annotations(object);
    page.field(
        0,
        "CreationTimestamp",
        time(&object["metadata"]["creationTimestamp"]),
    );
    let target = &spec["scaleTargetRef"];
    let (kind, name) = (text(&target["kind"]), text(&target["name"]));
    page.field(0, "Reference", format!("{kind}/{name}"));
    page.field(0, "Metrics", "( current / target )");
    let current = items(&status["currentMetrics"]);
    for (index, wanted) in items(&spec["metrics"]).iter().enumerate() {
        metric(wanted, current.get(index).unwrap_or(&Value::Null), page);
    }
    match &spec["minReplicas"] {
        Value::Null => page.field(0, "Min replicas", "<unset>"),
        least => page.field(0, "Min replicas", text(least)),
    }
    page.field(0, "Max replicas", number(&spec["maxReplicas"]));
    if spec["behavior"].is_object() {
        line!(page, 0, "Behavior:");
        direction("Scale Up", &spec["behavior"]["scaleUp"], page);
        direction("Scale Down", &spec["behavior"]["scaleDown"], page);
    }
    let (now, wanted) = (
        number(&status["currentReplicas"]),
        number(&status["desiredReplicas"]),
    );
    page.field(
        0,
        &format!("{kind} pods"),
        format!("{now} current / {wanted} desired"),
    );
    conditions(items(&status["conditions"]), page);
    events::write(context, page).await
}

fn conditions(conditions: &[Value], page: &mut Page) {
    if conditions.is_empty() {
        return;
    }
    line!(page, 0, "Conditions:");
    line!(page, 1, "Type\tStatus\tReason\tMessage");
    line!(page, 1, "----\t------\t------\t-------");
    for condition in conditions {
        let field = |field: &str| text(&condition[field]);
        line!(
            page,
            1,
            "{}\t{}\t{}\t{}",
            field("type"),
            field("status"),
            field("reason"),
            field("message")
        );
    }
}

/// A value that may be missing.
fn known(value: &Value) -> String {
    match value {
        Value::Null => UNKNOWN.to_owned(),
        value => text(value),
    }
}

/// One metric: what it is now, and what it shall be.
fn metric(wanted: &Value, current: &Value, page: &mut Page) {
    let name = |source: &Value| text(&source["metric"]["name"]);
    match wanted["type"].as_str().unwrap_or_default() {
        "External" => {
            let (source, now) = (&wanted["external"], &current["external"]["current"]);
            let (field, what) = match source["target"]["averageValue"].is_null() {
                true => ("value", "value"),
                false => ("averageValue", "average value"),
            };
            let (now, goal) = (known(&now[field]), text(&source["target"][field]));
            line!(
                page,
                1,
                "\"{}\" (target {what}):\t{now} / {goal}",
                name(source)
            );
        }
        "Pods" => {
            let source = &wanted["pods"];
            let now = known(&current["pods"]["current"]["averageValue"]);
            let goal = text(&source["target"]["averageValue"]);
            line!(page, 1, "\"{}\" on pods:\t{now} / {goal}", name(source));
        }
        "Object" => {
            let (source, now) = (&wanted["object"], &current["object"]["current"]);
            let (field, what) = match source["target"]["type"] == "AverageValue" {
                true => ("averageValue", "average value"),
                false => ("value", "value"),
            };
            let object = &source["describedObject"];
            let (kind, object) = (text(&object["kind"]), text(&object["name"]));
            let (now, goal) = (known(&now[field]), text(&source["target"][field]));
            line!(
                page,
                1,
                "\"{}\" on {kind}/{object} (target {what}):\t{now} / {goal}",
                name(source)
            );
        }
        "Resource" => resource(
            &wanted["resource"],
            &current["resource"]["current"],
            "",
            page,
        ),
        "ContainerResource" => {
            let source = &wanted["containerResource"];
            let container = format!("of container \"{}\" ", text(&source["container"]));
            let now = &current["containerResource"]["current"];
            resource(source, now, &container, page);
        }
        other => line!(page, 1, "<unknown metric type \"{other}\">"),
    }
}

fn resource(source: &Value, current: &Value, container: &str, page: &mut Page) {
    let (target, name) = (&source["target"], text(&source["name"]));
    let title = format!("resource {name} {container}on pods");
    if !target["averageValue"].is_null() {
        let (now, goal) = (
            known(&current["averageValue"]),
            text(&target["averageValue"]),
        );
        return line!(page, 1, "{title}:\t{now} / {goal}");
    }
    let now = match current["averageUtilization"].as_i64() {
        Some(percent) => format!("{percent}% ({})", text(&current["averageValue"])),
        None => UNKNOWN.to_owned(),
    };
    let goal = match target["averageUtilization"].as_i64() {
        Some(percent) => format!("{percent}%"),
        None => "<auto>".to_owned(),
    };
    line!(
        page,
        1,
        "{title}  (as a percentage of request):\t{now} / {goal}"
    );
}

/// How fast the autoscaler may go in one direction.
fn direction(title: &str, rules: &Value, page: &mut Page) {
    if !rules.is_object() {
        return;
    }
    line!(page, 1, "{title}:");
    if let Some(seconds) = rules["stabilizationWindowSeconds"].as_i64() {
        line!(page, 2, "Stabilization Window: {seconds} seconds");
    }
    let policies = items(&rules["policies"]);
    if !policies.is_empty() {
        let choice = rules["selectPolicy"].as_str().unwrap_or("Max");
        line!(page, 2, "Select Policy: {choice}");
        line!(page, 2, "Policies:");
        for policy in policies {
            line!(
                page,
                3,
                "- Type: {}\tValue: {}\tPeriod: {} seconds",
                text(&policy["type"]),
                number(&policy["value"]),
                number(&policy["periodSeconds"])
            );
        }
    }
}

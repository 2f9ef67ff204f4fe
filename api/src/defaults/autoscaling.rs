//! Horizontal pod autoscalers in their v2 form.

use serde_json::{Value, json};

use super::set::{absent, always, child, each, quantity};
use crate::convert::autoscaling::ROUND_TRIPS;
use crate::walk::Walk;

/// Share of the requested CPU that is aimed at when no metric is named.
const CPU_PERCENT: i64 = 80;

pub(super) fn horizontal_pod_autoscaler(object: &mut Value) {
    drop_round_trips(object);
    let status = always(object, "status");
    absent(status, "desiredReplicas", 0);
    let spec = always(object, "spec");
    absent(spec, "minReplicas", 1);
    if spec.count("metrics") == 0 {
        let target = json!({"type": "Utilization", "averageUtilization": CPU_PERCENT});
        spec["metrics"] =
            json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]);
    }
    for metric in each(spec, "metrics") {
        for source in [
            "object",
            "pods",
            "resource",
            "containerResource",
            "external",
        ] {
            if let Some(target) = child(metric, source).and_then(|source| child(source, "target")) {
                quantity(target, "value");
                quantity(target, "averageValue");
            }
        }
    }
    if let Some(behavior) = child(spec, "behavior") {
        let pods = json!({"type": "Pods", "value": 4, "periodSeconds": 15});
        let percent = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
        rules(behavior, "scaleUp", vec![pods, percent.clone()]);
        rules(behavior, "scaleDown", vec![percent]);
        if let Some(up) = child(behavior, "scaleUp") {
            absent(up, "stabilizationWindowSeconds", 0);
        }
    }
}

/// Annotations in which older versions keep what has a field here: no client has a say in them.
fn drop_round_trips(object: &mut Value) {
    let annotations = object.pointer_mut("/metadata/annotations");
    if let Some(annotations) = annotations.and_then(Value::as_object_mut) {
        annotations.retain(|name, _| !ROUND_TRIPS.contains(&name.as_str()));
    }
}

fn rules(behavior: &mut Value, direction: &str, policies: Vec<Value>) {
    let rules = always(behavior, direction);
    absent(rules, "selectPolicy", "Max");
    absent(rules, "policies", policies);
}

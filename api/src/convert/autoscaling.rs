//! Horizontal pod autoscalers: `v1` knows one CPU target and keeps the rest in annotations.

use serde_json::{Map, Value, json};

use super::{ConvertError, metrics, set_annotation, take_annotation};

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";
const CURRENT_METRICS: &str = "autoscaling.alpha.kubernetes.io/current-metrics";

pub(super) fn v1_to_stored(object: &mut Value) -> Result<(), ConvertError> {
    let mut specs = parse_annotation(object, METRICS)?
        .and_then(into_list)
        .unwrap_or_default();
    specs.iter_mut().for_each(metrics::spec_to_v2);
    let mut statuses = parse_annotation(object, CURRENT_METRICS)?
        .and_then(into_list)
        .unwrap_or_default();
    statuses.iter_mut().for_each(metrics::status_to_v2);
    let behavior = parse_annotation(object, BEHAVIOR)?;
    let conditions = parse_annotation(object, CONDITIONS)?;
    if let Some(spec) = fields(object, "spec") {
        if let Some(percentage) = spec
            .shift_remove("targetCPUUtilizationPercentage")
            .filter(Value::is_number)
        {
            specs.push(json!({"type": "Resource", "resource": {
                "name": "cpu", "target": {"type": "Utilization", "averageUtilization": percentage}}}));
        }
        insert_list(spec, "metrics", specs);
        if let Some(behavior) = behavior {
            spec.insert("behavior".into(), behavior);
        }
    }
    if let Some(status) = fields(object, "status") {
        if let Some(percentage) = status
            .shift_remove("currentCPUUtilizationPercentage")
            .filter(Value::is_number)
        {
            statuses.push(json!({"type": "Resource", "resource": {
                "name": "cpu", "current": {"averageUtilization": percentage}}}));
        }
        insert_list(status, "currentMetrics", statuses);
        if let Some(conditions) = conditions {
            status.insert("conditions".into(), conditions);
        }
    }
    Ok(())
}

pub(super) fn v1_from_stored(object: &mut Value) {
    let mut annotations = Vec::new();
    if let Some(spec) = fields(object, "spec") {
        let mut specs = spec
            .shift_remove("metrics")
            .and_then(into_list)
            .unwrap_or_default();
        if let Some(percentage) = take_cpu(&mut specs, "/resource/target/averageUtilization") {
            spec.insert("targetCPUUtilizationPercentage".into(), percentage);
        }
        specs.iter_mut().for_each(metrics::spec_from_v2);
        annotations.push((METRICS, (!specs.is_empty()).then_some(Value::Array(specs))));
        annotations.push((BEHAVIOR, spec.shift_remove("behavior")));
    }
    if let Some(status) = fields(object, "status") {
        let mut statuses = status
            .shift_remove("currentMetrics")
            .and_then(into_list)
            .unwrap_or_default();
        if let Some(percentage) = take_cpu(&mut statuses, "/resource/current/averageUtilization") {
            status.insert("currentCPUUtilizationPercentage".into(), percentage);
        }
        statuses.iter_mut().for_each(metrics::status_from_v2);
        annotations.push((
            CURRENT_METRICS,
            (!statuses.is_empty()).then_some(Value::Array(statuses)),
        ));
        annotations.push((CONDITIONS, status.shift_remove("conditions")));
    }
    for (name, value) in annotations {
        if let Some(value) = value {
            set_annotation(object, name, value.to_string());
        }
    }
}

pub(super) fn v2beta1_to_stored(object: &mut Value) -> Result<(), ConvertError> {
    for_each(object, "/spec/metrics", metrics::spec_to_v2);
    for_each(object, "/status/currentMetrics", metrics::status_to_v2);
    if let Some(behavior) = parse_annotation(object, BEHAVIOR)?
        && let Some(spec) = fields(object, "spec")
    {
        spec.insert("behavior".into(), behavior);
    }
    Ok(())
}

pub(super) fn v2beta1_from_stored(object: &mut Value) {
    for_each(object, "/spec/metrics", metrics::spec_from_v2);
    for_each(object, "/status/currentMetrics", metrics::status_from_v2);
    if let Some(behavior) = fields(object, "spec").and_then(|spec| spec.shift_remove("behavior")) {
        set_annotation(object, BEHAVIOR, behavior.to_string());
    }
}

/// Takes the first metric that is the utilization of the CPU, which `v1` has a field for.
fn take_cpu(metrics: &mut Vec<Value>, pointer: &str) -> Option<Value> {
    let is_cpu = |metric: &Value| {
        metric["type"] == "Resource"
            && metric["resource"]["name"] == "cpu"
            && metric.pointer(pointer).is_some_and(Value::is_number)
    };
    let index = metrics.iter().position(is_cpu)?;
    metrics.remove(index).pointer(pointer).cloned()
}

fn for_each(object: &mut Value, pointer: &str, change: fn(&mut Value)) {
    let list = object.pointer_mut(pointer).and_then(Value::as_array_mut);
    list.into_iter().flatten().for_each(change);
}

fn parse_annotation(
    object: &mut Value,
    annotation: &'static str,
) -> Result<Option<Value>, ConvertError> {
    let Some(text) = take_annotation(object, annotation) else {
        return Ok(None);
    };
    match serde_json::from_str(&text) {
        Ok(value) => Ok(Some(value)),
        Err(error) => Err(ConvertError::Annotation {
            annotation,
            reason: error.to_string(),
        }),
    }
}

fn insert_list(object: &mut Map<String, Value>, name: &str, list: Vec<Value>) {
    if !list.is_empty() {
        object.insert(name.to_owned(), Value::Array(list));
    }
}

fn fields<'a>(object: &'a mut Value, name: &str) -> Option<&'a mut Map<String, Value>> {
    object.get_mut(name)?.as_object_mut()
}

fn into_list(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

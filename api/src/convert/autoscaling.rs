//! Horizontal pod autoscalers: `v1` knows one CPU target and keeps the rest in annotations.

use serde_json::{Map, Value, json};

use crate::schema::Schema;
use crate::schema::decode::{canonicalize, check_types};

use super::{ConvertError, metrics, set_annotation, take_annotation};

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";
const CURRENT_METRICS: &str = "autoscaling.alpha.kubernetes.io/current-metrics";

/// All of them: what a client writes there is not kept.
pub(crate) const ROUND_TRIPS: [&str; 4] = [METRICS, BEHAVIOR, CONDITIONS, CURRENT_METRICS];

/// The fields of a behavior, which is written with the names of upstream's own form.
const BEHAVIOR_FIELDS: [(&str, &str); 9] = [
    ("scaleUp", "ScaleUp"),
    ("scaleDown", "ScaleDown"),
    ("stabilizationWindowSeconds", "StabilizationWindowSeconds"),
    ("selectPolicy", "SelectPolicy"),
    ("policies", "Policies"),
    ("tolerance", "Tolerance"),
    ("type", "Type"),
    ("value", "Value"),
    ("periodSeconds", "PeriodSeconds"),
];

pub(super) fn v1_to_stored(object: &mut Value) -> Result<(), ConvertError> {
    let mut specs = list_annotation(object, METRICS).unwrap_or_default();
    specs.iter_mut().for_each(metrics::spec_to_v2);
    let mut specs = well_formed(specs.into(), "spec", "metrics")
        .and_then(into_list)
        .unwrap_or_default();
    let mut statuses = list_annotation(object, CURRENT_METRICS).unwrap_or_default();
    statuses.iter_mut().for_each(metrics::status_to_v2);
    let mut statuses = well_formed(statuses.into(), "status", "currentMetrics")
        .and_then(into_list)
        .unwrap_or_default();
    let behavior = behavior_annotation(object);
    let conditions = list_annotation(object, CONDITIONS)
        .and_then(|conditions| well_formed(conditions.into(), "status", "conditions"));
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
            && statuses.is_empty()
        {
            // The annotation says more than the field.
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
    for annotation in ROUND_TRIPS {
        take_annotation(object, annotation);
    }
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
        let behavior = spec.shift_remove("behavior");
        annotations.push((BEHAVIOR, behavior.as_ref().map(shown_behavior)));
    }
    if let Some(status) = fields(object, "status") {
        status.entry("currentReplicas").or_insert(json!(0));
        let mut statuses = status
            .shift_remove("currentMetrics")
            .and_then(into_list)
            .unwrap_or_default();
        // It stays in the annotation too, which has the raw value besides.
        let pointer = "/resource/current/averageUtilization";
        let cpu = statuses.iter().rfind(|metric| is_cpu(metric, pointer));
        if let Some(percentage) = cpu.and_then(|metric| metric.pointer(pointer)) {
            status.insert("currentCPUUtilizationPercentage".into(), percentage.clone());
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
    if let Some(behavior) = behavior_annotation(object)
        && let Some(spec) = fields(object, "spec")
    {
        spec.insert("behavior".into(), behavior);
    }
    Ok(())
}

pub(super) fn v2beta1_from_stored(object: &mut Value) {
    for_each(object, "/spec/metrics", metrics::spec_from_v2);
    for_each(object, "/status/currentMetrics", metrics::status_from_v2);
    for annotation in ROUND_TRIPS {
        take_annotation(object, annotation);
    }
    if let Some(behavior) = fields(object, "spec").and_then(|spec| spec.shift_remove("behavior")) {
        set_annotation(object, BEHAVIOR, shown_behavior(&behavior).to_string());
    }
}

/// Takes the first metric that is the utilization of the CPU, which `v1` has a field for.
fn take_cpu(metrics: &mut Vec<Value>, pointer: &str) -> Option<Value> {
    let index = metrics.iter().position(|metric| is_cpu(metric, pointer))?;
    metrics.remove(index).pointer(pointer).cloned()
}

fn is_cpu(metric: &Value, pointer: &str) -> bool {
    metric["type"] == "Resource"
        && metric["resource"]["name"] == "cpu"
        && metric.pointer(pointer).is_some_and(Value::is_number)
}

fn for_each(object: &mut Value, pointer: &str, change: fn(&mut Value)) {
    let list = object.pointer_mut(pointer).and_then(Value::as_array_mut);
    list.into_iter().flatten().for_each(change);
}

/// What an annotation held, if it can stand in a field of the stored version: no schema has looked at it yet, and what is
/// of another type could be read by nobody.
fn well_formed(mut value: Value, part: &str, field: &str) -> Option<Value> {
    let kind = Schema::for_gvk("autoscaling", "v2", "HorizontalPodAutoscaler")?;
    let schema = kind.child(part)?.child(field)?;
    check_types(&value, schema).ok()?;
    canonicalize(&mut value, schema);
    Some(value)
}

fn list_annotation(object: &mut Value, annotation: &str) -> Option<Vec<Value>> {
    let text = take_annotation(object, annotation)?;
    serde_json::from_str(&text).ok().and_then(into_list)
}

fn behavior_annotation(object: &mut Value) -> Option<Value> {
    let text = take_annotation(object, BEHAVIOR)?;
    let shown: Value = serde_json::from_str(&text).ok()?;
    let behavior = renamed(&shown, &|name, value| {
        let mut known = BEHAVIOR_FIELDS.iter();
        let found = known.find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.filter(|_| !value.is_null()).map(|(field, _)| *field)
    });
    let said = |behavior: &Value| {
        let fields = behavior.as_object();
        fields.is_some_and(|fields| !fields.is_empty())
    };
    well_formed(behavior, "spec", "behavior").filter(said)
}

/// A behavior as it stands in the annotation: its rules have all their fields.
fn shown_behavior(behavior: &Value) -> Value {
    let mut whole = Map::new();
    for direction in ["scaleUp", "scaleDown"] {
        let rules = &behavior[direction];
        let fields = BEHAVIOR_FIELDS[2..6].iter();
        let shown = fields.map(|(field, _)| ((*field).to_owned(), rules[*field].clone()));
        let shown = rules.is_object().then(|| Value::Object(shown.collect()));
        whole.insert(direction.to_owned(), shown.unwrap_or_default());
    }
    renamed(&Value::Object(whole), &|name, _| {
        let found = BEHAVIOR_FIELDS.iter().find(|(field, _)| *field == name);
        found.map(|(_, shown)| *shown)
    })
}

/// A value whose fields have the names that `rename` gives them; without one they are left out.
fn renamed(value: &Value, rename: &dyn Fn(&str, &Value) -> Option<&'static str>) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().filter_map(|(name, field)| {
                let name = rename(name, field)?;
                Some((name.to_owned(), renamed(field, rename)))
            });
            Value::Object(fields.collect())
        }
        Value::Array(items) => items.iter().map(|item| renamed(item, rename)).collect(),
        other => other.clone(),
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

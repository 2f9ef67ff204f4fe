//! The metrics of a horizontal pod autoscaler: `autoscaling/v2` has a metric and a target, the older form of
//! `v2beta1` (which the annotations of `v1` use too) has their parts side by side.

use serde_json::{Map, Value, json};

/// A `MetricSpec` of the older form as one of `v2`.
pub(super) fn spec_to_v2(spec: &mut Value) {
    convert(spec, |type_, mut source| {
        let mut target = Map::new();
        let mut take = |from: &str, to: &str, kind: &str| {
            if let Some(value) = source.shift_remove(from).filter(|value| !value.is_null()) {
                target.insert("type".into(), json!(kind));
                target.insert(to.into(), value);
            }
        };
        take("targetValue", "value", "Value");
        take(
            "targetAverageUtilization",
            "averageUtilization",
            "Utilization",
        );
        take("targetAverageValue", "averageValue", "AverageValue");
        take("averageValue", "averageValue", "AverageValue");
        nest_metric(type_, &mut source);
        source.insert("target".into(), Value::Object(target));
        source
    });
}

/// A `MetricSpec` of `v2` in the older form.
pub(super) fn spec_from_v2(spec: &mut Value) {
    convert(spec, |type_, mut source| {
        let target = source.shift_remove("target").unwrap_or_default();
        flatten_metric(type_, &mut source);
        let average = if type_ == "object" {
            "averageValue"
        } else {
            "targetAverageValue"
        };
        copy(&target, "value", &mut source, "targetValue");
        copy(
            &target,
            "averageUtilization",
            &mut source,
            "targetAverageUtilization",
        );
        copy(&target, "averageValue", &mut source, average);
        if type_ == "object" && !source.contains_key("targetValue") {
            source.insert("targetValue".into(), json!("0"));
        }
        source
    });
}

/// A `MetricStatus` of the older form as one of `v2`.
pub(super) fn status_to_v2(status: &mut Value) {
    convert(status, |type_, mut source| {
        let mut current = Map::new();
        for (from, to) in [
            ("currentValue", "value"),
            ("currentAverageUtilization", "averageUtilization"),
            ("currentAverageValue", "averageValue"),
            ("averageValue", "averageValue"),
        ] {
            if let Some(value) = source.shift_remove(from) {
                current.insert(to.into(), value);
            }
        }
        nest_metric(type_, &mut source);
        source.insert("current".into(), Value::Object(current));
        source
    });
}

/// A `MetricStatus` of `v2` in the older form.
pub(super) fn status_from_v2(status: &mut Value) {
    convert(status, |type_, mut source| {
        let current = source.shift_remove("current").unwrap_or_default();
        flatten_metric(type_, &mut source);
        let average = if type_ == "object" {
            "averageValue"
        } else {
            "currentAverageValue"
        };
        copy(&current, "value", &mut source, "currentValue");
        copy(
            &current,
            "averageUtilization",
            &mut source,
            "currentAverageUtilization",
        );
        copy(&current, "averageValue", &mut source, average);
        source
    });
}

/// Changes the one source of a metric; `type_` is the name of its field.
fn convert(metric: &mut Value, change: impl Fn(&str, Map<String, Value>) -> Map<String, Value>) {
    let Some(metric) = metric.as_object_mut() else {
        return;
    };
    for type_ in [
        "containerResource",
        "external",
        "object",
        "pods",
        "resource",
    ] {
        if let Some(Value::Object(source)) = metric.get_mut(type_) {
            *source = change(type_, std::mem::take(source));
        }
    }
}

/// Resources have a name; the others have a metric with a name and a selector.
fn nest_metric(type_: &str, source: &mut Map<String, Value>) {
    if matches!(type_, "resource" | "containerResource") {
        return;
    }
    let mut metric = Map::new();
    if let Some(name) = source.shift_remove("metricName") {
        metric.insert("name".into(), name);
    }
    if let Some(selector) = source.shift_remove(selector_name(type_)) {
        metric.insert("selector".into(), selector);
    }
    if type_ == "object"
        && let Some(target) = source.shift_remove("target")
    {
        source.insert("describedObject".into(), target);
    }
    source.insert("metric".into(), Value::Object(metric));
}

fn flatten_metric(type_: &str, source: &mut Map<String, Value>) {
    let metric = source.shift_remove("metric").unwrap_or_default();
    copy(&metric, "name", source, "metricName");
    copy(&metric, "selector", source, selector_name(type_));
    if let Some(described) = source.shift_remove("describedObject") {
        source.insert("target".into(), described);
    }
}

fn selector_name(type_: &str) -> &'static str {
    if type_ == "external" {
        "metricSelector"
    } else {
        "selector"
    }
}

fn copy(from: &Value, name: &str, to: &mut Map<String, Value>, as_name: &str) {
    if let Some(value) = from.get(name).filter(|value| !value.is_null()) {
        to.insert(as_name.to_owned(), value.clone());
    }
}

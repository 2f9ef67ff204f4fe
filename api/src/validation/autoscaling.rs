//! Horizontal pod autoscalers in their v2 form, and scales.

use serde_json::Value;

use super::errors::Errors;
use super::metadata::{self, label_selector};
use super::names::is_path_segment;
use super::path::Path;
use super::pod::SPEC;
use super::resources;
use crate::quantity::Quantity;
use crate::walk::Walk;

/// The longest look back, in seconds.
const STABILIZATION_MAX: i64 = 3600;

/// The longest time that a scaling policy counts in, in seconds.
const PERIOD_MAX: i64 = 1800;

/// Types of metrics and the field that describes each.
const SOURCES: [(&str, &str); 5] = [
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

/// `validateHorizontalPodAutoscalerSpec`.
pub(super) fn horizontal_pod_autoscaler(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    let (min, max) = (spec.opt_int("minReplicas"), spec.int("maxReplicas"));
    if let Some(min) = min.filter(|min| *min < 1) {
        out.invalid(
            &SPEC.child("minReplicas"),
            min,
            "must be greater than or equal to 1",
        );
    }
    let path = SPEC.child("maxReplicas");
    if max < 1 {
        out.invalid(&path, max, "must be greater than 0");
    }
    if min.is_some_and(|min| max < min) {
        out.invalid(&path, max, "must be greater than or equal to `minReplicas`");
    }
    reference(&spec["scaleTargetRef"], &SPEC.child("scaleTargetRef"), out);
    let metrics = SPEC.child("metrics");
    for (index, metric) in spec.list("metrics").iter().enumerate() {
        self::metric(metric, &metrics.index(index), out);
    }
    let behavior = SPEC.child("behavior");
    for direction in ["scaleUp", "scaleDown"] {
        if spec["behavior"].has(direction) {
            rules(
                &spec["behavior"][direction],
                &behavior.child(direction),
                out,
            );
        }
    }
}

/// `ValidateCrossVersionObjectReference`.
fn reference(reference: &Value, path: &Path<'_>, out: &mut Errors) {
    for field in ["kind", "name"] {
        let text = reference.text(field);
        if text.is_empty() {
            out.required(&path.child(field), "");
        } else {
            out.invalid_each(&path.child(field), text, is_path_segment(text));
        }
    }
}

fn metric(metric: &Value, path: &Path<'_>, out: &mut Errors) {
    let type_ = metric.text("type");
    let type_path = path.child("type");
    if type_.is_empty() {
        out.required(&type_path, "must specify a metric source type");
    }
    let Some((_, expected)) = SOURCES.iter().find(|(name, _)| *name == type_) else {
        return out.not_supported(&type_path, type_, &SOURCES.map(|(name, _)| name));
    };
    for (_, field) in SOURCES {
        if metric.has(field) {
            source(field, &metric[field], &path.child(field), out);
        }
    }
    if !metric.has(expected) {
        out.required(
            &path.child(expected),
            "must populate information for the given metric source",
        );
    }
    for (_, field) in SOURCES
        .iter()
        .filter(|(_, field)| field != expected && metric.has(field))
    {
        out.forbidden(
            &path.child(field),
            "must populate the given metric source only",
        );
    }
}

fn source(kind: &str, source: &Value, path: &Path<'_>, out: &mut Errors) {
    let (goal, goal_path) = (&source["target"], path.child("target"));
    if kind == "object" {
        reference(
            &source["describedObject"],
            &path.child("describedObject"),
            out,
        );
    }
    if matches!(kind, "object" | "pods" | "external") {
        let name = source["metric"].text("name");
        let metric = path.child("metric");
        let name_path = metric.child("name");
        if name.is_empty() {
            out.required(&name_path, "must specify a metric name");
        } else {
            out.invalid_each(&name_path, name, is_path_segment(name));
        }
        label_selector(
            &source["metric"]["selector"],
            &metric.child("selector"),
            out,
        );
    } else {
        if kind == "containerResource" && source.text("container").is_empty() {
            out.required(&path.child("container"), "must specify a container");
        }
        if source.text("name").is_empty() {
            out.required(&path.child("name"), "must specify a resource name");
        }
    }
    target(goal, &goal_path, out);
    let (value, average, utilization) = (
        goal.has("value"),
        goal.has("averageValue"),
        goal.has("averageUtilization"),
    );
    match kind {
        "object" | "external" if !value && !average => {
            out.required(
                &goal_path.child("averageValue"),
                "must set either a target value or averageValue",
            );
        }
        "external" if value && average => {
            let reason = "may not set both a target value for metric and a per-pod target";
            out.forbidden(&goal_path.child("value"), reason);
        }
        "pods" if !average => {
            out.required(
                &goal_path.child("averageValue"),
                "must specify a positive target averageValue",
            );
        }
        "resource" | "containerResource" if !utilization && !average => {
            let reason = "must set either a target raw value or a target utilization";
            out.required(&goal_path.child("averageUtilization"), reason);
        }
        "resource" | "containerResource" if utilization && average => {
            let reason = "may not set both a target raw value and a target utilization";
            out.forbidden(&goal_path.child("averageValue"), reason);
        }
        _ => {}
    }
}

fn target(target: &Value, path: &Path<'_>, out: &mut Errors) {
    let type_ = target.text("type");
    if type_.is_empty() {
        out.required(&path.child("type"), "must specify a metric target type");
    }
    if !matches!(type_, "Utilization" | "Value" | "AverageValue") {
        out.invalid(
            &path.child("type"),
            type_,
            "must be either Utilization, Value, or AverageValue",
        );
    }
    for field in ["value", "averageValue"] {
        if target.has(field) {
            let path = path.child(field);
            let quantity = resources::quantity(&target[field], &path, out);
            if let Some(quantity) = quantity.filter(|quantity| *quantity <= Quantity::default()) {
                out.invalid(&path, quantity.to_string(), "must be positive");
            }
        }
    }
    if let Some(percent) = target
        .opt_int("averageUtilization")
        .filter(|percent| *percent < 1)
    {
        out.invalid(
            &path.child("averageUtilization"),
            percent,
            "must be greater than 0",
        );
    }
}

fn rules(rules: &Value, path: &Path<'_>, out: &mut Errors) {
    if let Some(window) = rules.opt_int("stabilizationWindowSeconds") {
        let path = path.child("stabilizationWindowSeconds");
        if window < 0 {
            out.invalid(&path, window, "must be greater than or equal to zero");
        }
        if window > STABILIZATION_MAX {
            out.invalid(
                &path,
                window,
                format!("must be less than or equal to {STABILIZATION_MAX}"),
            );
        }
    }
    if let Some(policy) = rules.opt_text("selectPolicy") {
        out.one_of(
            &path.child("selectPolicy"),
            policy,
            &["Disabled", "Max", "Min"],
        );
    }
    let policies = path.child("policies");
    if rules.count("policies") == 0 {
        out.required(&policies, "must specify at least one Policy");
    }
    for (index, policy) in rules.list("policies").iter().enumerate() {
        let path = policies.index(index);
        out.one_of(
            &path.child("type"),
            policy.text("type"),
            &["Percent", "Pods"],
        );
        let (value, period) = (policy.int("value"), policy.int("periodSeconds"));
        if value <= 0 {
            out.invalid(&path.child("value"), value, "must be greater than zero");
        }
        if period <= 0 {
            out.invalid(
                &path.child("periodSeconds"),
                period,
                "must be greater than zero",
            );
        }
        if period > PERIOD_MAX {
            let reason = format!("must be less than or equal to {PERIOD_MAX}");
            out.invalid(&path.child("periodSeconds"), period, reason);
        }
    }
    if rules.has("tolerance") {
        let path = path.child("tolerance");
        let tolerance = resources::quantity(&rules["tolerance"], &path, out);
        if let Some(tolerance) = tolerance.filter(|tolerance| tolerance.signum() < 0) {
            out.invalid(&path, tolerance.to_string(), super::errors::IS_NEGATIVE);
        }
    }
}

/// `ValidateHorizontalPodAutoscalerStatusUpdate`.
pub(super) fn status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let path = Path::new("status");
    for field in ["currentReplicas", "desiredReplicas"] {
        out.non_negative(&path.child(field), new["status"].int(field));
    }
}

/// `ValidateScale`.
pub(super) fn scale(object: &Value, out: &mut Errors) {
    out.non_negative(&SPEC.child("replicas"), object["spec"].int("replicas"));
}

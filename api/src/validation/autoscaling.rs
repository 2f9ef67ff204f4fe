//! Horizontal pod autoscalers in their v2 form, and scales.

use serde_json::Value;

use super::errors::Errors;
use super::metadata;
use super::names::{is_dns1123_label, is_path_segment};
use super::path::Path;
use super::pod::SPEC;
use super::resources;
use crate::quantity::Quantity;
use crate::walk::Walk;

/// The longest look back, in seconds.
const STABILIZATION_MAX: i64 = 3600;

/// The longest time that a scaling policy counts in, in seconds.
const PERIOD_MAX: i64 = 1800;

/// The least number of replicas: none only with an alpha feature.
const REPLICAS_MIN: i64 = 1;

/// Types of metrics, as upstream lists them.
const TYPES: [&str; 5] = [
    "ContainerResource",
    "External",
    "Object",
    "Pods",
    "Resource",
];

/// The field that describes each type, in the order in which upstream looks at them.
const SOURCES: [(&str, &str); 5] = [
    ("Object", "object"),
    ("External", "external"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
];

/// What an autoscaler may have because it had it before, and what becomes of the version of a reference.
struct Known {
    min_replicas: i64,
    target: Version,
    object: Version,
}

/// What a reference must say of the version.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Any,
    Readable,
    WithGroup,
}

/// `ValidateHorizontalPodAutoscaler`, less the metadata.
pub(super) fn horizontal_pod_autoscaler(object: &Value, out: &mut Errors) {
    let known = Known {
        min_replicas: REPLICAS_MIN,
        target: target_version(object),
        object: Version::Readable,
    };
    autoscaler_spec(&object["spec"], &known, out);
}

/// What is scaled is in a group, but for the one kind of the core group that can be.
fn target_version(object: &Value) -> Version {
    match object["spec"]["scaleTargetRef"].text("kind") {
        "ReplicationController" => Version::Readable,
        _ => Version::WithGroup,
    }
}

/// `ValidateHorizontalPodAutoscalerUpdate`.
pub(super) fn update_autoscaler(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let (before, after) = (
        &old["spec"]["scaleTargetRef"],
        &new["spec"]["scaleTargetRef"],
    );
    let same = |field: &str| before.text(field) == after.text(field);
    let kept = same("apiVersion") && same("kind");
    let unreadable = old["spec"].list("metrics").iter().any(|metric| {
        let described = &metric["object"]["describedObject"];
        metric.text("type") == "Object" && version_fault(described, Version::Readable).is_some()
    });
    let known = Known {
        min_replicas: match old["spec"].opt_int("minReplicas") {
            Some(0) => 0,
            _ => REPLICAS_MIN,
        },
        target: if kept {
            Version::Any
        } else {
            target_version(new)
        },
        object: if unreadable {
            Version::Any
        } else {
            Version::Readable
        },
    };
    autoscaler_spec(&new["spec"], &known, out);
}

fn autoscaler_spec(spec: &Value, known: &Known, out: &mut Errors) {
    let (min, max) = (spec.opt_int("minReplicas"), spec.int("maxReplicas"));
    let least = known.min_replicas;
    if let Some(min) = min.filter(|min| *min < least) {
        let reason = format!("must be greater than or equal to {least}");
        out.invalid(&SPEC.child("minReplicas"), min, reason);
    }
    let path = SPEC.child("maxReplicas");
    if max < 1 {
        out.invalid(&path, max, "must be greater than 0");
    }
    if min.is_some_and(|min| max < min) {
        out.invalid(&path, max, "must be greater than or equal to `minReplicas`");
    }
    let path = SPEC.child("scaleTargetRef");
    reference(&spec["scaleTargetRef"], known.target, &path, out);
    let metrics = SPEC.child("metrics");
    let list = spec.list("metrics");
    for (index, metric) in list.iter().enumerate() {
        self::metric(metric, known.object, &metrics.index(index), out);
    }
    let outside = |metric: &Value| matches!(metric.text("type"), "Object" | "External");
    if min == Some(0) && !list.iter().any(outside) {
        let reason = "must specify at least one Object or External metric to support scaling to zero replicas";
        out.forbidden(&metrics, reason);
    }
    let behavior = SPEC.child("behavior");
    for direction in ["scaleUp", "scaleDown"] {
        if spec["behavior"].has(direction) {
            let path = behavior.child(direction);
            rules(&spec["behavior"][direction], &path, out);
        }
    }
}

/// `ValidateCrossVersionObjectReference`.
fn reference(reference: &Value, version: Version, path: &Path<'_>, out: &mut Errors) {
    for field in ["kind", "name"] {
        let text = reference.text(field);
        if text.is_empty() {
            out.required(&path.child(field), "");
        } else {
            out.invalid_each(&path.child(field), text, is_path_segment(text));
        }
    }
    if let Some(reason) = version_fault(reference, version) {
        out.invalid(
            &path.child("apiVersion"),
            reference.text("apiVersion"),
            reason,
        );
    }
}

/// `ValidateAPIVersion`.
fn version_fault(reference: &Value, wanted: Version) -> Option<String> {
    let version = reference.text("apiVersion");
    if wanted == Version::Any {
        return None;
    }
    if version.matches('/').count() > 1 {
        return Some(format!("unexpected GroupVersion string: {version}"));
    }
    let group = version.split_once('/').map_or("", |(group, _)| group);
    (wanted == Version::WithGroup && group.is_empty())
        .then(|| "apiVersion must specify API group".to_owned())
}

/// `validateMetricSpec`.
fn metric(metric: &Value, version: Version, path: &Path<'_>, out: &mut Errors) {
    let type_ = metric.text("type");
    let type_path = path.child("type");
    if type_.is_empty() {
        out.required(&type_path, "must specify a metric source type");
    }
    out.one_of(&type_path, type_, &TYPES);
    let fields = SOURCES.map(|(_, field)| field);
    let present: Vec<&str> = (fields.into_iter())
        .filter(|field| metric.has(field))
        .collect();
    if let Some(first) = present.first() {
        source(first, &metric[*first], version, &path.child(first), out);
    }
    let expected = SOURCES.iter().find(|(name, _)| *name == type_);
    match expected {
        Some((_, expected)) if !metric.has(expected) => {
            let reason = "must populate information for the given metric source";
            out.required(&path.child(expected), reason);
        }
        _ => {}
    }
    if present.len() == 1 {
        return;
    }
    let extra = present
        .iter()
        .filter(|field| expected.is_none_or(|(_, expected)| expected != *field));
    for field in extra {
        let reason = "must populate the given metric source only";
        out.forbidden(&path.child(field), reason);
    }
}

fn source(kind: &str, source: &Value, version: Version, path: &Path<'_>, out: &mut Errors) {
    if kind == "object" {
        let path = path.child("describedObject");
        reference(&source["describedObject"], version, &path, out);
    }
    if matches!(kind, "object" | "pods" | "external") {
        let name = source["metric"].text("name");
        let metric = path.child("metric");
        let path = metric.child("name");
        if name.is_empty() {
            out.required(&path, "must specify a metric name");
        } else {
            out.invalid_each(&path, name, is_path_segment(name));
        }
    } else if source.text("name").is_empty() {
        out.required(&path.child("name"), "must specify a resource name");
    }
    if kind == "containerResource" {
        let (container, path) = (source.text("container"), path.child("container"));
        if container.is_empty() {
            out.required(&path, "must specify a container");
        } else {
            out.invalid_each(&path, container, is_dns1123_label(container));
        }
    }
    target(&source["target"], &path.child("target"), out);
    goal(kind, &source["target"], &path.child("target"), out);
}

/// Which of the figures of a target a kind of source needs.
fn goal(kind: &str, goal: &Value, path: &Path<'_>, out: &mut Errors) {
    let (value, average, utilization) = (
        goal.has("value"),
        goal.has("averageValue"),
        goal.has("averageUtilization"),
    );
    let average_path = path.child("averageValue");
    match kind {
        "object" if !value && !average => {
            out.required(
                &average_path,
                "must set either a target value or averageValue",
            );
        }
        "external" if !value && !average => {
            let reason = "must set either a target value for metric or a per-pod target";
            out.required(&average_path, reason);
        }
        "external" if value && average => {
            let reason = "may not set both a target value for metric and a per-pod target";
            out.forbidden(&path.child("value"), reason);
        }
        "pods" if !average => {
            out.required(&average_path, "must specify a positive target averageValue");
        }
        "resource" | "containerResource" if !utilization && !average => {
            let reason = "must set either a target raw value or a target utilization";
            out.required(&path.child("averageUtilization"), reason);
        }
        "resource" | "containerResource" if utilization && average => {
            let reason = "may not set both a target raw value and a target utilization";
            out.forbidden(&average_path, reason);
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

//! Resource quotas and limit ranges.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::errors::{Errors, IS_IMMUTABLE};
use super::metadata::{self, texts};
use super::names::is_qualified_name;
use super::path::Path;
use super::pod::SPEC;
use super::resources::{
    self, container_resource_name, is_overcommit_allowed, is_quota_resource, quota_resource_name,
};
use crate::quantity::Quantity;
use crate::walk::Walk;

const SCOPES: [&str; 7] = [
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
    "VolumeAttributesClass",
];

const OPPOSITES: [(&str, &str); 2] = [
    ("BestEffort", "NotBestEffort"),
    ("Terminating", "NotTerminating"),
];

fn resource_list(list: &Value, path: &Path<'_>, out: &mut Errors) {
    for (name, value) in list.as_object().into_iter().flatten() {
        let path = path.key(name);
        quota_resource_name(name, &path, out);
        resources::quantity_value(name, value, &path, out);
    }
}

/// `ValidateResourceQuota`.
pub(super) fn resource_quota(object: &Value, out: &mut Errors) {
    quota_spec(&object["spec"], out);
    quota_status(&object["status"], out);
}

fn quota_spec(spec: &Value, out: &mut Errors) {
    resource_list(&spec["hard"], &SPEC.child("hard"), out);
    scopes(spec, out);
    scope_selector(spec, out);
}

fn quota_status(status: &Value, out: &mut Errors) {
    let path = Path::new("status");
    for list in ["hard", "used"] {
        resource_list(&status[list], &path.child(list), out);
    }
}

/// Whether a scope makes sense for a resource: what is not a pod's has no pod scopes.
fn scope_fits(scope: &str, resource: &str) -> bool {
    const OF_PODS: [&str; 10] = [
        "pods",
        "cpu",
        "memory",
        "ephemeral-storage",
        "requests.cpu",
        "requests.memory",
        "requests.ephemeral-storage",
        "limits.cpu",
        "limits.memory",
        "limits.ephemeral-storage",
    ];
    match scope {
        "Terminating"
        | "NotTerminating"
        | "NotBestEffort"
        | "PriorityClass"
        | "CrossNamespacePodAffinity" => OF_PODS.contains(&resource),
        "BestEffort" => resource == "pods",
        "VolumeAttributesClass" => {
            matches!(resource, "persistentvolumeclaims" | "requests.storage")
        }
        _ => true,
    }
}

fn hard_resources(spec: &Value) -> BTreeSet<&str> {
    spec.map("hard")
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect()
}

fn scopes(spec: &Value, out: &mut Errors) {
    let path = SPEC.child("scopes");
    let value = &spec["scopes"];
    for scope in texts(spec, "scopes") {
        if !SCOPES.contains(&scope) {
            out.invalid(&path, value.clone(), "unsupported scope");
        }
        for resource in hard_resources(spec) {
            if is_quota_resource(resource) && !scope_fits(scope, resource) {
                out.invalid(
                    &path,
                    value.clone(),
                    "unsupported scope applied to resource",
                );
            }
        }
    }
    let has = |wanted: &str| texts(spec, "scopes").any(|scope| scope == wanted);
    for (one, other) in OPPOSITES {
        if has(one) && has(other) {
            out.invalid(&path, value.clone(), "conflicting scopes");
        }
    }
}

fn scope_selector(spec: &Value, out: &mut Errors) {
    let selector = &spec["scopeSelector"];
    let path = SPEC.child("scopeSelector");
    let path = path.child("matchExpressions");
    for expression in selector.list("matchExpressions") {
        let (scope, operator) = (expression.text("scopeName"), expression.text("operator"));
        if !SCOPES.contains(&scope) {
            out.invalid(&path.child("scopeName"), scope, "unsupported scope");
        }
        for resource in hard_resources(spec) {
            if is_quota_resource(resource) && !scope_fits(scope, resource) {
                out.invalid(
                    &path,
                    selector.clone(),
                    "unsupported scope applied to resource",
                );
            }
        }
        if SCOPES.contains(&scope)
            && !matches!(scope, "PriorityClass" | "VolumeAttributesClass")
            && operator != "Exists"
        {
            let reason = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
            out.invalid(&path.child("operator"), operator, reason);
        }
        let values = path.child("values");
        match operator {
            "In" | "NotIn" => {
                if expression.count("values") == 0 {
                    let reason = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
                    out.required(&values, reason);
                }
            }
            "Exists" | "DoesNotExist" => {
                if expression.count("values") > 0 {
                    let reason = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
                    out.invalid(&values, expression["values"].clone(), reason);
                }
            }
            other => out.invalid(
                &path.child("operator"),
                other,
                "not a valid selector operator",
            ),
        }
    }
    let has = |wanted: &str| {
        selector
            .list("matchExpressions")
            .iter()
            .any(|e| e.text("scopeName") == wanted)
    };
    for (one, other) in OPPOSITES {
        if has(one) && has(other) {
            out.invalid(&path, spec["scopes"].clone(), "conflicting scopes");
        }
    }
}

/// `ValidateResourceQuotaUpdate`: the scopes stay what they are.
pub(super) fn update_quota(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    quota_spec(&new["spec"], out);
    let set = |object: &Value| {
        texts(&object["spec"], "scopes")
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
    };
    if set(new) != set(old) {
        out.invalid(
            &SPEC.child("scopes"),
            new["spec"]["scopes"].clone(),
            IS_IMMUTABLE,
        );
    }
}

/// `ValidateResourceQuotaStatusUpdate`.
pub(super) fn update_quota_status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    quota_status(&new["status"], out);
}

/// `ValidateLimitRange`.
pub(super) fn limit_range(object: &Value, out: &mut Errors) {
    let path = SPEC.child("limits");
    let mut types = BTreeSet::new();
    for (index, limit) in object["spec"].list("limits").iter().enumerate() {
        let path = path.index(index);
        let type_ = limit.text("type");
        limit_type(type_, &path.child("type"), out);
        if !types.insert(type_) {
            out.duplicate(&path.child("type"), type_);
        }
        limit_item(limit, &path, out);
    }
}

fn limit_type(type_: &str, path: &Path<'_>, out: &mut Errors) {
    let reasons = is_qualified_name(type_);
    if reasons.is_empty() {
        if !type_.contains('/') && !matches!(type_, "Pod" | "Container" | "PersistentVolumeClaim") {
            out.invalid(
                path,
                type_,
                "must be a standard limit type or fully qualified",
            );
        }
    } else {
        out.invalid_each(path, type_, reasons);
    }
}

fn limit_item(limit: &Value, path: &Path<'_>, out: &mut Errors) {
    let type_ = limit.text("type");
    let read = |list: &'static str, out: &mut Errors| -> BTreeMap<String, Quantity> {
        let path = path.child(list);
        let entries = limit.map(list).into_iter().flatten();
        entries
            .filter_map(|(name, value)| {
                let path = path.key(name);
                if matches!(type_, "Pod" | "Container") {
                    container_resource_name(name, &path, out);
                } else {
                    resources::resource_name(name, &path, out);
                }
                Some((name.clone(), resources::quantity(value, &path, out)?))
            })
            .collect()
    };
    let (max, min) = (read("max", out), read("min", out));
    let (mut defaults, mut requests) = (BTreeMap::new(), BTreeMap::new());
    if type_ == "Pod" {
        for list in ["default", "defaultRequest"] {
            if limit.count(list) > 0 {
                out.forbidden(
                    &path.child(list),
                    "may not be specified when `type` is 'Pod'",
                );
            }
        }
    } else {
        defaults = read("default", out);
        requests = read("defaultRequest", out);
    }
    if type_ == "PersistentVolumeClaim"
        && !min.contains_key("storage")
        && !max.contains_key("storage")
    {
        let reason =
            "either minimum or maximum storage value is required, but neither was provided";
        out.required(&path.child("limits"), reason);
    }
    let ratios = read("maxLimitRequestRatio", out);
    let names: BTreeSet<&String> = [&max, &min, &defaults, &requests, &ratios]
        .into_iter()
        .flat_map(|m| m.keys())
        .collect();
    for name in names {
        let get = |map: &BTreeMap<String, Quantity>| map.get(name).copied();
        let limits = Limits {
            name,
            min: get(&min),
            max: get(&max),
            default: get(&defaults),
            request: get(&requests),
            ratio: get(&ratios),
        };
        limits.consistent(path, out);
    }
}

/// The limits of one resource.
struct Limits<'a> {
    name: &'a str,
    min: Option<Quantity>,
    max: Option<Quantity>,
    default: Option<Quantity>,
    request: Option<Quantity>,
    ratio: Option<Quantity>,
}

impl Limits<'_> {
    fn consistent(&self, path: &Path<'_>, out: &mut Errors) {
        let mut ordered = |field: &'static str,
                           shown: Option<Quantity>,
                           low: (Option<Quantity>, &str),
                           high: (Option<Quantity>, &str)| {
            if let (Some(shown), Some(low_value), Some(high_value)) = (shown, low.0, high.0)
                && low_value > high_value
            {
                let reason = format!(
                    "{} {low_value} is greater than {} {high_value}",
                    low.1, high.1
                );
                let path = path.child(field);
                out.invalid(&path.key(self.name), shown.to_string(), reason);
            }
        };
        let (min, max) = ((self.min, "min value"), (self.max, "max value"));
        let request = (self.request, "default request value");
        ordered("min", self.min, min, max);
        ordered("defaultRequest", self.request, min, request);
        ordered("defaultRequest", self.request, request, max);
        ordered(
            "defaultRequest",
            self.request,
            request,
            (self.default, "default limit value"),
        );
        ordered("default", self.min, min, (self.default, "default value"));
        ordered("default", self.max, (self.default, "default value"), max);
        self.ratio_fits(path, out);
        if let (Some(default), Some(request)) = (self.default, self.request)
            && default != request
            && !is_overcommit_allowed(self.name)
        {
            let reason = format!(
                "default value {default} must equal to defaultRequest value {request} in {}",
                self.name
            );
            let path = path.child("defaultRequest");
            out.invalid(&path.key(self.name), request.to_string(), reason);
        }
    }

    fn ratio_fits(&self, path: &Path<'_>, out: &mut Errors) {
        let Some(ratio) = self.ratio else { return };
        let path = path.child("maxLimitRequestRatio");
        let path = path.key(self.name);
        if ratio.as_f64() < 1.0 {
            out.invalid(
                &path,
                ratio.to_string(),
                format!("ratio {ratio} is less than 1"),
            );
        }
        if let (Some(min), Some(max)) = (self.min, self.max) {
            let widest = max.as_f64() / min.as_f64();
            if ratio.as_f64() > widest {
                let reason = format!("ratio {ratio} is greater than max/min = {widest:.6}");
                out.invalid(&path, ratio.to_string(), reason);
            }
        }
    }
}

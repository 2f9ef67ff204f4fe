//! Names and quantities of resources, requests and limits.

use std::collections::BTreeSet;

use serde_json::Value;

use super::errors::{Errors, IS_NEGATIVE};
use super::names::is_qualified_name;
use super::path::Path;
use crate::quantity::Quantity;
use crate::status::FieldError;
use crate::walk::Walk;

/// Resources that a container can have.
const CONTAINER: [&str; 3] = ["cpu", "ephemeral-storage", "memory"];

/// Resources that a quota counts, beyond those of containers.
const QUOTA: [&str; 15] = [
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "requests.storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "services.nodeports",
    "services.loadbalancers",
    "replicationcontrollers",
    "secrets",
    "configmaps",
];

const HUGE_PAGES: &str = "hugepages-";

const BAD_QUANTITY: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

pub(super) fn is_huge_page(name: &str) -> bool {
    name.starts_with(HUGE_PAGES)
}

/// A resource of Kubernetes' own: without a domain, or of kubernetes.io.
pub(super) fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// A resource of somebody else's, such as a device plug-in's.
pub(super) fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && is_qualified_name(&format!("requests.{name}")).is_empty()
}

/// Whether more of a resource may be allowed than is requested.
pub(super) fn is_overcommit_allowed(name: &str) -> bool {
    is_native(name) && !is_huge_page(name)
}

pub(super) fn is_quota_resource(name: &str) -> bool {
    CONTAINER.contains(&name)
        || QUOTA.contains(&name)
        || name == "persistentvolumeclaims"
        || is_huge_page(name.strip_prefix("requests.").unwrap_or(name))
}

fn is_integer(name: &str) -> bool {
    const COUNTED: [&str; 9] = [
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    ];
    COUNTED.contains(&name) || is_extended(name)
}

/// `validateResourceName`; tells whether the name was accepted.
pub(super) fn resource_name(name: &str, path: &Path<'_>, out: &mut Errors) -> bool {
    let reasons = is_qualified_name(name);
    if !reasons.is_empty() {
        out.invalid_each(path, name, reasons);
        return false;
    }
    if !name.contains('/') && name != "storage" && !is_quota_resource(name) && !is_huge_page(name) {
        out.invalid(
            path,
            name,
            "must be a standard resource type or fully qualified",
        );
        return false;
    }
    true
}

/// `validateContainerResourceName`.
pub(super) fn container_resource_name(name: &str, path: &Path<'_>, out: &mut Errors) {
    resource_name(name, path, out);
    if !name.contains('/') {
        if !CONTAINER.contains(&name) && !is_huge_page(name) {
            out.invalid(path, name, "must be a standard resource for containers");
        }
    } else if !is_native(name) && !is_extended(name) {
        out.invalid(path, name, "doesn't follow extended resource name standard");
    }
}

/// Whether a pod can have the resource as a whole (KEP-2837).
pub(crate) fn is_pod_resource(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || is_huge_page(name)
}

/// `validatePodResourceName`.
pub(super) fn pod_resource_name(name: &str, path: &Path<'_>, out: &mut Errors) {
    if resource_name(name, path, out) && !is_pod_resource(name) {
        out.not_supported(path, name, &["cpu", "hugepages-", "memory"]);
    }
}

/// `ValidateResourceQuotaResourceName`.
pub(super) fn quota_resource_name(name: &str, path: &Path<'_>, out: &mut Errors) {
    resource_name(name, path, out);
    if !name.contains('/') && !is_quota_resource(name) {
        out.invalid(path, name, "must be a standard resource for quota");
    }
}

/// Reads a quantity, and reports one that can't be read.
pub(super) fn quantity(value: &Value, path: &Path<'_>, out: &mut Errors) -> Option<Quantity> {
    let parsed = match value {
        Value::String(text) => Quantity::parse(text).ok(),
        Value::Number(number) => Quantity::parse(&number.to_string()).ok(),
        _ => None,
    };
    if parsed.is_none() {
        out.invalid(path, value.clone(), BAD_QUANTITY);
    }
    parsed
}

/// A quantity where one is, without a report.
pub(crate) fn read(value: &Value) -> Option<Quantity> {
    quantity(value, &Path::new(""), &mut Errors::default())
}

/// `ValidateResourceQuantityValue`.
pub(super) fn quantity_value(
    name: &str,
    value: &Value,
    path: &Path<'_>,
    out: &mut Errors,
) -> Option<Quantity> {
    let quantity = quantity(value, path, out)?;
    if quantity < Quantity::default() {
        out.invalid(path, quantity.to_string(), IS_NEGATIVE);
    }
    if is_integer(name) && quantity.milli_value() % 1000 != 0 {
        out.invalid(path, quantity.to_string(), "must be an integer");
    }
    Some(quantity)
}

/// `validateResourceRequirements`: names, quantities, and requests within limits.
pub(super) fn requirements(
    resources: &Value,
    name_rule: fn(&str, &Path<'_>, &mut Errors),
    claims: &BTreeSet<&str>,
    path: &Path<'_>,
    out: &mut Errors,
) {
    let (limits, requests) = (path.child("limits"), path.child("requests"));
    let (mut cpu_or_memory, mut huge_pages) = (false, false);
    let mut one = |name: &str, value: &Value, path: &Path<'_>, out: &mut Errors| {
        name_rule(name, path, out);
        let quantity = quantity_value(name, value, path, out);
        cpu_or_memory |= matches!(name, "cpu" | "memory");
        huge_pages |= is_huge_page(name);
        if let Some(quantity) = quantity.as_ref().filter(|_| is_huge_page(name))
            && !is_multiple_of_page(name, quantity)
        {
            let text = quantity.to_string();
            out.invalid(
                path,
                text.clone(),
                format!("{text} is not positive integer multiple of {name}"),
            );
        }
        quantity
    };
    for (name, value) in resources.map("limits").into_iter().flatten() {
        one(name, value, &limits.key(name), out);
    }
    for (name, value) in resources.map("requests").into_iter().flatten() {
        let quantity = one(name, value, &requests.key(name), out);
        match (&resources["limits"][name.as_str()], quantity) {
            (Value::Null, _) => {
                if !is_overcommit_allowed(name) {
                    out.required(
                        &limits,
                        "Limit must be set for non overcommitable resources",
                    );
                }
            }
            (limit, Some(quantity)) => {
                let Some(limit) = read(limit) else { continue };
                if quantity != limit && !is_overcommit_allowed(name) {
                    out.invalid(
                        &requests,
                        quantity.to_string(),
                        format!("must be equal to {name} limit of {limit}"),
                    );
                } else if quantity > limit {
                    let reason = format!("must be less than or equal to {name} limit of {limit}");
                    out.invalid(&requests, quantity.to_string(), reason);
                }
            }
            (_, None) => {}
        }
    }
    if huge_pages && !cpu_or_memory {
        out.forbidden(path, "HugePages require cpu or memory");
    }
    claim_names(resources.list("claims"), claims, &path.child("claims"), out);
}

fn is_multiple_of_page(name: &str, quantity: &Quantity) -> bool {
    let Some(page) = name
        .strip_prefix(HUGE_PAGES)
        .and_then(|size| Quantity::parse(size).ok())
    else {
        return false;
    };
    page.value() > 0 && quantity.value() % page.value() == 0
}

/// The claims that a container uses are those of its pod.
fn claim_names(claims: &[Value], known: &BTreeSet<&str>, path: &Path<'_>, out: &mut Errors) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (index, claim) in claims.iter().enumerate() {
        let path = path.index(index);
        let (name, request) = (claim.text("name"), claim.text("request"));
        if name.is_empty() {
            out.required(&path, "");
            continue;
        }
        if !request.is_empty() {
            out.invalid_each(
                &path.child("request"),
                request,
                super::names::is_dns1123_label(request),
            );
        }
        let overlaps = |&(n, r): &(&str, &str)| {
            n == name && (r == request || r.is_empty() || request.is_empty())
        };
        if seen.iter().any(overlaps) {
            let text = if request.is_empty() || seen.contains(&(name, "")) {
                name.to_owned()
            } else {
                format!("{name}/{request}")
            };
            out.duplicate(&path, text);
        }
        seen.push((name, request));
        if !known.contains(name) {
            let names: Vec<_> = known.iter().copied().collect();
            let which = if names.is_empty() {
                " which is empty".to_owned()
            } else {
                format!(": {}", names.join(", "))
            };
            let mut error = FieldError::not_found(path.to_string(), name);
            error.detail = format!("must be one of the names in pod.spec.resourceClaims{which}");
            out.push(error);
        }
    }
}

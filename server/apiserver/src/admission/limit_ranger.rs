//! LimitRanger: the limit ranges of a namespace fill in what containers do not say, and bound what pods, containers and
//! claims may ask for.

use std::collections::BTreeMap;

use async_trait::async_trait;
use knarr_api::meta;
use knarr_api::quantity::Quantity;
use knarr_api::quota::{self, Amounts, pod};
use knarr_api::status::Status;
use knarr_storage::At;
use serde_json::{Value, json};

use super::{Operation, Plugin, Request};
use crate::registry::known;

/// Where the plugin notes what it filled in.
const ANNOTATION: &str = "kubernetes.io/limit-ranger";

/// The plugin; see the head of this file.
pub struct LimitRanger;

#[async_trait]
impl Plugin for LimitRanger {
    fn name(&self) -> &'static str {
        "LimitRanger"
    }

    /// Containers cannot change after the creation of a pod, but by `resize`.
    fn handles(&self, request: &Request<'_>) -> bool {
        let pod = request.is_of("", "pods");
        match (request.operation, request.subresource) {
            (Operation::Create, "") => pod || request.is("", "persistentvolumeclaims"),
            (Operation::Update, "") => request.is("", "persistentvolumeclaims"),
            (Operation::Update, "resize") => pod,
            _ => false,
        }
    }

    async fn admit(&self, request: &mut Request<'_>, object: &mut Value) -> Result<(), Status> {
        if !request.is("", "pods") {
            return Ok(());
        }
        for range in ranges(request).await? {
            fill_in(&range, object);
        }
        Ok(())
    }

    async fn validate(&self, request: &mut Request<'_>, object: &Value) -> Result<(), Status> {
        if request.old.is_some() && meta::deletion_timestamp(object).is_some() {
            return Ok(());
        }
        for range in ranges(request).await? {
            let faults = if request.is_of("", "pods") {
                check_pod(&range, object)
            } else {
                check_claim(&range, object)
            };
            match faults.as_slice() {
                [] => {}
                [one] => return Err(request.forbidden(one)),
                all => return Err(request.forbidden(format!("[{}]", all.join(", ")))),
            }
        }
        Ok(())
    }
}

async fn ranges(request: &Request<'_>) -> Result<Vec<Value>, Status> {
    let kind = known("", "v1", "limitranges");
    let registry = &request.shared.registry;
    registry.list(kind, request.namespace, At::Any).await
}

fn limits<'a>(range: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = range["spec"]["limits"].as_array().into_iter().flatten();
    all.filter(move |limit| limit["type"] == kind)
}

/// Gives containers the requests and limits that they do not have.
fn fill_in(range: &Value, pod: &mut Value) {
    let (mut requests, mut maxima) = (BTreeMap::new(), BTreeMap::new());
    for limit in limits(range, "Container") {
        for (list, into) in [("defaultRequest", &mut requests), ("default", &mut maxima)] {
            for (name, amount) in limit[list].as_object().into_iter().flatten() {
                into.insert(name.clone(), amount.clone());
            }
        }
    }
    if requests.is_empty() && maxima.is_empty() {
        return;
    }
    let mut notes = Vec::new();
    for (field, what) in [
        ("containers", "container"),
        ("initContainers", "init container"),
    ] {
        let containers = pod["spec"].get_mut(field).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            let name = container["name"].as_str().unwrap_or_default().to_owned();
            let limited = merge(container, "limits", &maxima);
            let requested = merge(container, "requests", &requests);
            for (added, list) in [(requested, "request"), (limited, "limit")] {
                if !added.is_empty() {
                    notes.push(format!("{} {list} for {what} {name}", added.join(", ")));
                }
            }
        }
    }
    if !notes.is_empty() {
        let note = format!("LimitRanger plugin set: {}", notes.join("; "));
        meta::set_annotation(pod, ANNOTATION, &note);
    }
}

/// Adds what is missing in a list; answers the names.
fn merge(container: &mut Value, list: &str, defaults: &BTreeMap<String, Value>) -> Vec<String> {
    let mut added = Vec::new();
    for (name, amount) in defaults {
        let resources = &mut container["resources"];
        if resources.is_null() {
            *resources = json!({});
        }
        if resources[list].get(name).is_none() {
            resources[list][name] = amount.clone();
            added.push(name.clone());
        }
    }
    added
}

/// The faults of a pod, in upstream's words.
fn check_pod(range: &Value, pod: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for limit in limits(range, "Container") {
        for field in ["containers", "initContainers"] {
            for container in pod["spec"][field].as_array().into_iter().flatten() {
                let resources = &container["resources"];
                let (requests, maxima) = (
                    quota::read(&resources["requests"]),
                    quota::read(&resources["limits"]),
                );
                check("Container", limit, &requests, &maxima, &mut faults);
            }
        }
    }
    for limit in limits(range, "Pod") {
        let (requests, maxima) = (pod::requests(pod), pod::limits(pod));
        check("Pod", limit, &requests, &maxima, &mut faults);
    }
    faults
}

fn check(
    kind: &str,
    limit: &Value,
    requests: &Amounts,
    limits: &Amounts,
    faults: &mut Vec<String>,
) {
    for (name, enforced) in &quota::read(&limit["min"]) {
        let (request, limit) = (requests.get(name), limits.get(name));
        let start = format!("minimum {name} usage per {kind} is {enforced}");
        faults.extend(match (request, limit) {
            (None, _) => Some(format!("{start}.  No request is specified")),
            (Some(asked), _) if asked < enforced => {
                Some(format!("{start}, but request is {asked}"))
            }
            (_, Some(limit)) if limit < enforced => Some(format!("{start}, but limit is {limit}")),
            _ => None,
        });
    }
    for (name, enforced) in &quota::read(&limit["max"]) {
        let (request, limit) = (requests.get(name), limits.get(name));
        let start = format!("maximum {name} usage per {kind} is {enforced}");
        faults.extend(match (request, limit) {
            (_, None) => Some(format!("{start}.  No limit is specified")),
            (_, Some(limit)) if limit > enforced => Some(format!("{start}, but limit is {limit}")),
            (Some(asked), _) if asked > enforced => {
                Some(format!("{start}, but request is {asked}"))
            }
            _ => None,
        });
    }
    for (name, enforced) in &quota::read(&limit["maxLimitRequestRatio"]) {
        let start = format!("{name} max limit to request ratio per {kind} is {enforced}");
        faults.extend(ratio(
            &start,
            *enforced,
            requests.get(name),
            limits.get(name),
        ));
    }
}

fn ratio(
    start: &str,
    enforced: Quantity,
    request: Option<&Quantity>,
    limit: Option<&Quantity>,
) -> Option<String> {
    let Some(request) = request.filter(|amount| !amount.is_zero()) else {
        return Some(format!(
            "{start}, but no request is specified or request is 0"
        ));
    };
    let Some(limit) = limit.filter(|amount| !amount.is_zero()) else {
        return Some(format!("{start}, but no limit is specified or limit is 0"));
    };
    let ratio = limit.as_f64() / request.as_f64();
    (ratio > enforced.as_f64()).then(|| format!("{start}, but provided ratio is {ratio:.6}"))
}

fn check_claim(range: &Value, claim: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let requests = quota::read(&claim["spec"]["resources"]["requests"]);
    for limit in limits(range, "PersistentVolumeClaim") {
        for (bound, over) in [("min", false), ("max", true)] {
            for (name, enforced) in &quota::read(&limit[bound]) {
                let start =
                    format!("{bound}imum {name} usage per PersistentVolumeClaim is {enforced}");
                faults.extend(match requests.get(name) {
                    None => Some(format!("{start}.  No request is specified")),
                    Some(asked) if (over && asked > enforced) || (!over && asked < enforced) => {
                        Some(format!("{start}, but request is {asked}"))
                    }
                    Some(_) => None,
                });
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(limits: Value) -> Value {
        json!({"spec": {"limits": limits}})
    }

    fn pod(resources: Value) -> Value {
        json!({"metadata": {}, "spec": {"containers": [{"name": "c", "resources": resources}]}})
    }

    #[test]
    fn defaults_are_filled_in_and_noted() {
        let range = range(
            json!([{"type": "Container", "default": {"cpu": "1", "memory": "1Gi"},
            "defaultRequest": {"cpu": "500m"}}]),
        );
        let mut pod = pod(json!({"limits": {"cpu": "2"}}));
        fill_in(&range, &mut pod);
        let resources = &pod["spec"]["containers"][0]["resources"];
        assert_eq!(
            resources,
            &json!({"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "500m"}})
        );
        assert_eq!(
            meta::annotation(&pod, ANNOTATION),
            Some(
                "LimitRanger plugin set: cpu request for container c; memory limit for container c"
            )
        );
        let once = pod.clone();
        fill_in(&range, &mut pod);
        assert_eq!(pod, once);
    }

    #[test]
    fn bounds_are_told_in_upstreams_words() {
        let check = |limits: Value, resources: Value, expected: &[&str]| {
            assert_eq!(check_pod(&range(limits), &pod(resources)), expected);
        };
        let limits =
            json!([{"type": "Container", "max": {"cpu": "800m"}, "min": {"memory": "1Mi"}}]);
        check(
            limits,
            json!({"limits": {"cpu": "1500m"}}),
            &[
                "minimum memory usage per Container is 1Mi.  No request is specified",
                "maximum cpu usage per Container is 800m, but limit is 1500m",
            ],
        );
        let limits = json!([{"type": "Pod", "maxLimitRequestRatio": {"cpu": "2"}}]);
        check(
            limits,
            json!({"limits": {"cpu": "4"}, "requests": {"cpu": "1"}}),
            &["cpu max limit to request ratio per Pod is 2, but provided ratio is 4.000000"],
        );
    }

    #[test]
    fn claims_have_bounds_too() {
        let range = range(json!([{"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}}]));
        let claim = json!({"spec": {"resources": {"requests": {"storage": "500Mi"}}}});
        assert_eq!(
            check_claim(&range, &claim),
            ["minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 500Mi"]
        );
    }
}

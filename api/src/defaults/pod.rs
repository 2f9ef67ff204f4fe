//! Pods and pod templates.

use serde_json::{Map, Value, json};

use super::container::{container, host_ports, requests_from_limits};
use super::core::first_of;
use super::set::{absent, always, child, each, fill_map, resource_list, unset};
use super::volume::volume;
use crate::quantity::Quantity;
use crate::walk::Walk;

const CONTAINERS: [&str; 2] = ["containers", "initContainers"];

const GRACE_SECONDS: i64 = 30;

pub(super) fn pod(object: &mut Value) {
    let status = always(object, "status");
    first_of(status, ("podIP", "podIPs"), "/0/ip", |ip| json!({"ip": ip}));
    let spec = always(object, "spec");
    pod_spec(spec);
    absent(spec, "enableServiceLinks", true);
    let host_network = spec.flag("hostNetwork");
    for list in CONTAINERS {
        for container in each(spec, list) {
            requests_from_limits(container);
            if host_network {
                host_ports(container);
            }
        }
    }
    pod_requests(spec);
}

/// `template` of a workload: what pods have, short of what is filled in for pods alone.
pub(super) fn template(spec: &mut Value) {
    let template = always(spec, "template");
    always(template, "metadata");
    pod_spec(always(template, "spec"));
}

/// The `PodTemplate` kind.
pub(super) fn pod_template(object: &mut Value) {
    template(object);
}

fn pod_spec(spec: &mut Value) {
    unset(spec, "dnsPolicy", "ClusterFirst");
    unset(spec, "restartPolicy", "Always");
    absent(spec, "securityContext", Map::new());
    absent(spec, "terminationGracePeriodSeconds", GRACE_SECONDS);
    unset(spec, "schedulerName", "default-scheduler");
    service_account(spec);
    each(spec, "volumes").for_each(volume);
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        each(spec, list).for_each(container);
    }
    resource_list(spec, "overhead");
    if let Some(resources) = child(spec, "resources") {
        resource_list(resources, "limits");
        resource_list(resources, "requests");
    }
}

/// `serviceAccount` is the old name of `serviceAccountName`; both are always shown.
fn service_account(spec: &mut Value) {
    let old = spec["serviceAccount"].clone();
    if !old.is_null() {
        unset(spec, "serviceAccountName", old);
    }
    if let (Some(name), Some(fields)) = (
        spec.opt_text("serviceAccountName").map(str::to_owned),
        spec.as_object_mut(),
    ) {
        fields.insert("serviceAccount".to_owned(), name.into());
    }
}

/// Requests of the pod as a whole, where it has limits as a whole: what its containers request together, else its
/// limits (KEP-2837).
fn pod_requests(spec: &mut Value) {
    if spec["resources"].count("limits") == 0 {
        return;
    }
    let supported =
        |name: &str| name == "cpu" || name == "memory" || name.starts_with("hugepages-");
    let mut requests = container_requests(spec);
    for (name, limit) in spec["resources"].map("limits").into_iter().flatten() {
        requests
            .entry(name.clone())
            .or_insert_with(|| limit.clone());
    }
    requests.retain(|name, _| supported(name));
    if let Some(resources) = child(spec, "resources") {
        fill_map(resources, "requests", &requests);
    }
}

/// What the containers request together, or any init container alone if that is more.
fn container_requests(spec: &Value) -> Map<String, Value> {
    let mut sums: Vec<(String, Quantity)> = Vec::new();
    let requests = |container: &Value| -> Vec<(String, Quantity)> {
        let list = container["resources"].map("requests").into_iter().flatten();
        list.filter_map(|(name, value)| {
            Some((name.clone(), Quantity::parse(value.as_str()?).ok()?))
        })
        .collect()
    };
    let sidecar = |container: &&Value| container.text("restartPolicy") == "Always";
    let together = spec
        .list("containers")
        .iter()
        .chain(spec.list("initContainers").iter().filter(sidecar));
    for (name, quantity) in together.flat_map(requests) {
        match sums.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum += quantity,
            None => sums.push((name, quantity)),
        }
    }
    let alone = spec
        .list("initContainers")
        .iter()
        .filter(|container| !sidecar(container));
    for (name, quantity) in alone.flat_map(requests) {
        match sums.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) if *sum < quantity => *sum = quantity,
            Some(_) => {}
            None => sums.push((name, quantity)),
        }
    }
    sums.into_iter()
        .map(|(name, quantity)| (name, quantity.to_string().into()))
        .collect()
}

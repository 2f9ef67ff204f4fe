//! Pods and pod templates.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::container::{container, host_ports, requests_from_limits};
use super::core::first_of;
use super::set::{absent, always, child, each, fill_map, resource_list, unset};
use super::volume::volume;
use crate::quantity::Quantity;
use crate::validation::{is_pod_resource, read_quantity};
use crate::walk::Walk;

const CONTAINERS: [&str; 2] = ["containers", "initContainers"];

const GRACE_SECONDS: i64 = 30;

/// How the names of resources that are huge pages begin.
const HUGE_PAGES: &str = "hugepages-";

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
    huge_page_limits(spec);
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

/// Limits of huge pages of a pod that has resources as a whole: what its containers have together
/// (`defaultHugePagePodLimits`).
fn huge_page_limits(spec: &mut Value) {
    let resources = &spec["resources"];
    if resources.count("limits") + resources.count("requests") == 0 {
        return;
    }
    let mut limits: Map<String, Value> = together(spec, "limits")
        .into_iter()
        .map(|(name, quantity)| (name.to_owned(), quantity.to_string().into()))
        .collect();
    limits.retain(|name, _| name.starts_with(HUGE_PAGES) && !resources["requests"].has(name));
    if let Some(resources) = child(spec, "resources") {
        fill_map(resources, "limits", &limits);
    }
}

/// Requests of the pod as a whole, where it has limits as a whole: what its containers request together, else its
/// limits (KEP-2837).
fn pod_requests(spec: &mut Value) {
    if spec["resources"].count("limits") == 0 {
        return;
    }
    let requested = container_requests(spec).into_iter();
    // Huge pages are not shared: what is requested of them is their limit.
    let mut requests: Map<String, Value> = requested
        .filter(|(name, _)| !name.starts_with(HUGE_PAGES))
        .map(|(name, quantity)| (name.to_owned(), quantity.to_string().into()))
        .collect();
    for (name, limit) in spec["resources"].map("limits").into_iter().flatten() {
        requests
            .entry(name.clone())
            .or_insert_with(|| limit.clone());
    }
    requests.retain(|name, _| is_pod_resource(name));
    if let Some(resources) = child(spec, "resources") {
        fill_map(resources, "requests", &requests);
    }
}

/// `AggregateContainerRequests`: what the containers and the sidecars request together, or any other init container
/// with the sidecars before it if that is more.
pub(crate) fn container_requests(spec: &Value) -> BTreeMap<&str, Quantity> {
    together(spec, "requests")
}

/// The requests or the limits of all containers together.
fn together<'a>(spec: &'a Value, list: &'static str) -> BTreeMap<&'a str, Quantity> {
    let add = |sums: &mut BTreeMap<&'a str, Quantity>, container: &'a Value| {
        for (name, value) in container["resources"].map(list).into_iter().flatten() {
            if let Some(quantity) = read_quantity(value) {
                *sums.entry(name.as_str()).or_default() += quantity;
            }
        }
    };
    let mut sums = BTreeMap::new();
    for container in spec.list("containers") {
        add(&mut sums, container);
    }
    let (mut sidecars, mut most) = (BTreeMap::new(), BTreeMap::new());
    for container in spec.list("initContainers") {
        let mut now: BTreeMap<&str, Quantity> = sidecars.clone();
        add(&mut now, container);
        if container.text("restartPolicy") == "Always" {
            add(&mut sums, container);
            sidecars = now.clone();
        }
        raise(&mut most, now);
    }
    raise(&mut sums, most);
    sums
}

fn raise<'a>(sums: &mut BTreeMap<&'a str, Quantity>, to: BTreeMap<&'a str, Quantity>) {
    for (name, quantity) in to {
        let sum = sums.entry(name).or_default();
        *sum = (*sum).max(quantity);
    }
}

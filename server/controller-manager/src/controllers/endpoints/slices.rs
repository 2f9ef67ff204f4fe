//! The endpoint slices of a service: at most a hundred endpoints each, all of the same ports and address family.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{ObjectReference, Pod, Service};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;

use super::ports::{self, Port};
use crate::ownership;
use crate::pods;

/// The label that names a slice's service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// The label that says who keeps a slice.
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslice-controller.k8s.io";
/// The label of slices of services without an address of their own.
const HEADLESS: &str = "service.kubernetes.io/headless";
/// The most endpoints in a slice, upstream's `--max-endpoints-per-slice`.
const MAX_ENDPOINTS: usize = 100;

/// A change of a service's slices.
#[derive(Debug)]
pub enum Action {
    Create(EndpointSlice),
    Update(EndpointSlice),
    Delete(String),
}

pub fn is_managed(slice: &EndpointSlice) -> bool {
    slice
        .labels()
        .get(MANAGED_BY)
        .is_some_and(|manager| manager == MANAGER)
}

pub fn service_name(slice: &EndpointSlice) -> Option<&str> {
    slice.labels().get(SERVICE_NAME).map(String::as_str)
}

/// What has to change so that the slices say where the service's pods are. Endpoints stay in the slice in which they
/// are, so that a change of one pod changes one slice.
pub fn plan(
    service: &Service,
    pods: &[Arc<Pod>],
    existing: &[Arc<EndpointSlice>],
    zone: impl Fn(&str) -> Option<String>,
) -> Vec<Action> {
    let mut groups: BTreeMap<(&'static str, Vec<Port>), BTreeMap<String, Endpoint>> =
        BTreeMap::new();
    let families = service
        .spec
        .as_ref()
        .and_then(|spec| spec.ip_families.clone())
        .unwrap_or_else(|| vec!["IPv4".into()]);
    for pod in pods {
        let ips = pod
            .status
            .iter()
            .flat_map(|status| status.pod_ips.iter().flatten());
        for ip in ips.map(|ip| ip.ip.as_str()) {
            let family = if ip.contains(':') { "IPv6" } else { "IPv4" };
            if families.iter().any(|wanted| wanted == family) {
                let group = groups
                    .entry((family, ports::of_pod(service, pod)))
                    .or_default();
                group.insert(
                    pod.uid().unwrap_or_default(),
                    endpoint(service, pod, ip, &zone),
                );
            }
        }
    }
    let mut actions = Vec::new();
    let mut placed: Vec<&str> = Vec::new();
    for ((family, ports), wanted) in &mut groups {
        let same = |slice: &&Arc<EndpointSlice>| {
            slice.address_type == *family && slice_ports(slice) == *ports
        };
        let group: Vec<&Arc<EndpointSlice>> = existing.iter().filter(same).collect();
        placed.extend(
            group
                .iter()
                .map(|slice| slice.metadata.name.as_deref().unwrap_or_default()),
        );
        actions.extend(refresh(service, &group, wanted));
        fill(service, family, ports, std::mem::take(wanted), &mut actions);
    }
    // One empty slice stands for a service that has no endpoints.
    let none_wanted = groups.is_empty();
    let mut kept_empty = false;
    for slice in existing
        .iter()
        .filter(|slice| !placed.contains(&slice.metadata.name.as_deref().unwrap_or_default()))
    {
        if none_wanted && !kept_empty {
            kept_empty = true;
            actions.extend(refresh(service, &[slice], &mut BTreeMap::new()));
            continue;
        }
        actions.push(Action::Delete(slice.name_any()));
    }
    if none_wanted && existing.is_empty() {
        let family = families
            .first()
            .cloned()
            .unwrap_or_else(|| "IPv4".to_owned());
        actions.push(Action::Create(new_slice(service, &family, &[], Vec::new())));
    }
    actions
}

/// Brings the slices of a group up to date with what is wanted of it, and takes from there what they hold.
fn refresh(
    service: &Service,
    group: &[&Arc<EndpointSlice>],
    wanted: &mut BTreeMap<String, Endpoint>,
) -> Vec<Action> {
    let uid = |endpoint: &Endpoint| {
        let target = endpoint.target_ref.as_ref();
        target
            .and_then(|target| target.uid.clone())
            .unwrap_or_default()
    };
    let mut contents: Vec<Vec<Endpoint>> = group
        .iter()
        .map(|slice| {
            held(slice)
                .iter()
                .filter_map(|endpoint| wanted.remove(&uid(endpoint)))
                .collect()
        })
        .collect();
    // What is new goes first where something has to be written anyway.
    let mut order: Vec<usize> = (0..group.len()).collect();
    order.sort_by_key(|index| contents[*index] == held(group[*index]));
    for index in order {
        let room = MAX_ENDPOINTS.saturating_sub(contents[index].len());
        let new = (0..room).map_while(|_| wanted.pop_first().map(|(_, endpoint)| endpoint));
        contents[index].extend(new);
    }
    let labels = labels(service);
    let changed = group.iter().zip(contents).filter(|(slice, endpoints)| {
        held(slice) != endpoints.as_slice() || slice.labels() != &labels
    });
    changed
        .map(|(slice, endpoints)| {
            let mut updated = EndpointSlice::clone(slice);
            updated.endpoints = Some(endpoints);
            updated.metadata.labels = Some(labels.clone());
            Action::Update(updated)
        })
        .collect()
}

fn held(slice: &EndpointSlice) -> &[Endpoint] {
    slice.endpoints.as_deref().unwrap_or_default()
}

/// New slices for what no existing one holds.
fn fill(
    service: &Service,
    family: &str,
    ports: &[Port],
    wanted: BTreeMap<String, Endpoint>,
    actions: &mut Vec<Action>,
) {
    let endpoints: Vec<Endpoint> = wanted.into_values().collect();
    for chunk in endpoints.chunks(MAX_ENDPOINTS) {
        actions.push(Action::Create(new_slice(
            service,
            family,
            ports,
            chunk.to_vec(),
        )));
    }
}

fn new_slice(
    service: &Service,
    family: &str,
    ports: &[Port],
    endpoints: Vec<Endpoint>,
) -> EndpointSlice {
    let ports: Vec<EndpointPort> = ports
        .iter()
        .map(|port| EndpointPort {
            name: Some(port.name.clone()),
            port: Some(port.number),
            protocol: Some(port.protocol.clone()),
            app_protocol: port.app_protocol.clone(),
        })
        .collect();
    EndpointSlice {
        address_type: family.to_owned(),
        endpoints: Some(endpoints),
        ports: Some(ports),
        metadata: ObjectMeta {
            generate_name: Some(format!("{}-", service.name_any())),
            namespace: service.namespace(),
            labels: Some(labels(service)),
            owner_references: Some(vec![ownership::controller_reference(service)]),
            ..ObjectMeta::default()
        },
    }
}

/// The service's own labels, and those that say whose slice it is.
fn labels(service: &Service) -> BTreeMap<String, String> {
    let mut labels = service.labels().clone();
    labels.remove(HEADLESS);
    labels.insert(SERVICE_NAME.to_owned(), service.name_any());
    labels.insert(MANAGED_BY.to_owned(), MANAGER.to_owned());
    let headless = service
        .spec
        .as_ref()
        .and_then(|spec| spec.cluster_ip.as_deref())
        == Some("None");
    if headless {
        labels.insert(HEADLESS.to_owned(), String::new());
    }
    labels
}

fn slice_ports(slice: &EndpointSlice) -> Vec<Port> {
    let mut ports: Vec<Port> = slice
        .ports
        .iter()
        .flatten()
        .map(|port| Port {
            name: port.name.clone().unwrap_or_default(),
            number: port.port.unwrap_or(0),
            protocol: port.protocol.clone().unwrap_or_else(|| "TCP".to_owned()),
            app_protocol: port.app_protocol.clone(),
        })
        .collect();
    ports.sort();
    ports
}

fn endpoint(
    service: &Service,
    pod: &Pod,
    ip: &str,
    zone: impl Fn(&str) -> Option<String>,
) -> Endpoint {
    let spec = pod.spec.as_ref();
    let node_name = spec.and_then(|spec| spec.node_name.clone());
    let publish = service
        .spec
        .as_ref()
        .and_then(|spec| spec.publish_not_ready_addresses)
        == Some(true);
    let (serving, terminating) = (pods::is_ready(pod), pods::is_terminating(pod));
    let in_domain = spec.and_then(|spec| spec.subdomain.as_deref()) == Some(&service.name_any());
    Endpoint {
        addresses: vec![ip.to_owned()],
        conditions: Some(EndpointConditions {
            ready: Some(publish || (serving && !terminating)),
            serving: Some(serving),
            terminating: Some(terminating),
        }),
        hostname: spec
            .and_then(|spec| spec.hostname.clone())
            .filter(|_| in_domain),
        zone: node_name.as_deref().and_then(zone),
        node_name,
        target_ref: Some(target(pod)),
        ..Endpoint::default()
    }
}

/// How an endpoint names its pod.
pub fn target(pod: &Pod) -> ObjectReference {
    ObjectReference {
        kind: Some("Pod".to_owned()),
        namespace: pod.namespace(),
        name: Some(pod.name_any()),
        uid: pod.uid(),
        ..ObjectReference::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn service() -> Service {
        serde_json::from_value(json!({
            "metadata": { "name": "web", "namespace": "n", "uid": "s", "labels": { "a": "b" } },
            "spec": { "selector": { "app": "web" }, "ports": [{ "port": 80, "targetPort": 8080 }] },
        }))
        .unwrap()
    }

    fn pod(index: usize, ready: bool) -> Arc<Pod> {
        let ip = format!("10.244.{}.{}", index / 250, index % 250 + 1);
        let ready = if ready { "True" } else { "False" };
        Arc::new(
            serde_json::from_value(json!({
                "metadata": { "name": format!("p{index}"), "namespace": "n", "uid": format!("u{index}") },
                "spec": { "nodeName": "node", "containers": [] },
                "status": { "podIP": ip, "podIPs": [{ "ip": ip }], "conditions": [{ "type": "Ready", "status": ready }] },
            }))
            .unwrap(),
        )
    }

    fn run(pods: &[Arc<Pod>], existing: &[Arc<EndpointSlice>]) -> Vec<Action> {
        plan(&service(), pods, existing, |_| None)
    }

    /// Plans, and executes the actions on an in-memory list.
    fn step(existing: &mut Vec<Arc<EndpointSlice>>, pods: &[Arc<Pod>]) {
        for action in run(pods, existing) {
            match action {
                Action::Create(mut slice) => {
                    slice.metadata.name = Some(format!("web-{}", existing.len()));
                    existing.push(Arc::new(slice));
                }
                Action::Update(slice) => {
                    let old = existing
                        .iter_mut()
                        .find(|old| old.metadata.name == slice.metadata.name)
                        .unwrap();
                    *old = Arc::new(slice);
                }
                Action::Delete(name) => existing.retain(|slice| slice.name_any() != name),
            }
        }
    }

    #[test]
    fn a_service_without_pods_has_one_empty_slice() {
        let mut slices = Vec::new();
        step(&mut slices, &[]);
        assert_eq!((slices.len(), held(&slices[0]).len()), (1, 0));
        assert!(run(&[], &slices).is_empty());
    }

    #[test]
    fn slices_follow_pods_and_their_readiness() {
        let mut slices = Vec::new();
        step(&mut slices, &[pod(0, false)]);
        assert_eq!(
            held(&slices[0])[0].conditions.as_ref().unwrap().ready,
            Some(false)
        );
        step(&mut slices, &[pod(0, true), pod(1, true)]);
        assert_eq!((slices.len(), held(&slices[0]).len()), (1, 2));
        assert_eq!(
            held(&slices[0])[0].conditions.as_ref().unwrap().ready,
            Some(true)
        );
        assert_eq!(slices[0].labels()[SERVICE_NAME], "web");
        assert!(run(&[pod(0, true), pod(1, true)], &slices).is_empty());
        step(&mut slices, &[]);
        assert_eq!((slices.len(), held(&slices[0]).len()), (1, 0));
    }

    #[test]
    fn a_hundred_endpoints_fill_a_slice() {
        let pods: Vec<_> = (0..250).map(|index| pod(index, true)).collect();
        let mut slices = Vec::new();
        step(&mut slices, &pods);
        let sizes: Vec<_> = slices.iter().map(|slice| held(slice).len()).collect();
        assert_eq!(sizes, [100, 100, 50]);
        assert_eq!(
            run(&pods[1..], &slices).len(),
            1,
            "one pod less changes one slice"
        );
    }
}

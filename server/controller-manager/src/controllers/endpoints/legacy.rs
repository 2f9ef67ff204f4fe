//! The endpoints object of a service, for clients that do not know endpoint slices.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{
    EndpointAddress, EndpointPort, EndpointSubset, Endpoints, Pod, Service,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;
use serde_json::json;

use super::ports::{self, Port};
use super::slices::target;
use crate::pods;

/// The label that says who keeps the object.
const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";
const MANAGER: &str = "endpoint-controller";
const HEADLESS: &str = "service.kubernetes.io/headless";
/// The most addresses in one object; the rest is cut off, as the annotation then says.
const MAX_ADDRESSES: usize = 1000;
const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";

/// The endpoints that the service has to have.
pub fn endpoints(service: &Service, pods: &[Arc<Pod>], present: Option<&Endpoints>) -> Endpoints {
    let publish = service
        .spec
        .as_ref()
        .and_then(|spec| spec.publish_not_ready_addresses)
        == Some(true);
    let pods = pods
        .iter()
        .filter(|pod| publish || !pods::is_terminating(pod));
    let pairs = pods.flat_map(|pod| {
        let (address, is_ready) = (address(service, pod), publish || pods::is_ready(pod));
        offered(service, pod).into_iter().map(move |ports| {
            let list = Some(vec![address.clone()]);
            let (addresses, not_ready_addresses) = match is_ready {
                true => (list, None),
                false => (None, list),
            };
            EndpointSubset {
                addresses,
                not_ready_addresses,
                ports,
            }
        })
    });
    let mut subsets = repacked(pairs.collect());
    let is_truncated = truncate(&mut subsets);
    let mut metadata = present
        .map(|present| present.metadata.clone())
        .unwrap_or_else(|| ObjectMeta {
            name: Some(service.name_any()),
            namespace: service.namespace(),
            ..ObjectMeta::default()
        });
    metadata.labels = Some(labels(service));
    let annotations = metadata.annotations.get_or_insert_default();
    match is_truncated {
        true => drop(annotations.insert(OVER_CAPACITY.to_owned(), "truncated".to_owned())),
        false => drop(annotations.remove(OVER_CAPACITY)),
    }
    metadata.annotations = metadata
        .annotations
        .filter(|annotations| !annotations.is_empty());
    Endpoints {
        metadata,
        subsets: (!subsets.is_empty()).then_some(subsets),
    }
}

/// The ports that a pod offers, each on its own, as upstream pairs them. A headless service may have none, and names its
/// pods all the same.
fn offered(service: &Service, pod: &Pod) -> Vec<Option<Vec<EndpointPort>>> {
    let spec = service.spec.as_ref();
    let has_ports = spec.is_some_and(|spec| spec.ports.iter().flatten().next().is_some());
    if !has_ports {
        return vec![None; usize::from(is_headless(service))];
    }
    let ports = ports::of_pod(service, pod).into_iter();
    ports.map(|one| Some(vec![port(one)])).collect()
}

fn is_headless(service: &Service) -> bool {
    let spec = service.spec.as_ref();
    spec.and_then(|spec| spec.cluster_ip.as_deref()) == Some("None")
}

/// The subsets in the form in which the API server keeps them.
fn repacked(subsets: Vec<EndpointSubset>) -> Vec<EndpointSubset> {
    let mut object = json!({ "subsets": subsets });
    knarr_api::endpoints::repack(&mut object);
    // They were such subsets before.
    serde_json::from_value(object["subsets"].take()).unwrap_or_default()
}

/// Cuts off what is too much (`truncateEndpoints`): each subset keeps its share, and what is not ready goes first.
fn truncate(subsets: &mut [EndpointSubset]) -> bool {
    let count = |list: fn(&EndpointSubset) -> &Option<Vec<EndpointAddress>>| -> usize {
        let lists = subsets.iter().map(list);
        lists.map(|list| list.iter().flatten().count()).sum()
    };
    let (ready, not_ready) = (
        count(|subset| &subset.addresses),
        count(|subset| &subset.not_ready_addresses),
    );
    if ready + not_ready <= MAX_ADDRESSES {
        return false;
    }
    let too_many_ready = ready > MAX_ADDRESSES;
    let (room, total) = match too_many_ready {
        true => (MAX_ADDRESSES, ready),
        false => (MAX_ADDRESSES - ready, not_ready),
    };
    let mut left = room;
    for subset in subsets {
        let list = match too_many_ready {
            true => &mut subset.addresses,
            false => &mut subset.not_ready_addresses,
        };
        let length = list.iter().flatten().count();
        let share = (length * room).div_ceil(total).min(left);
        if let Some(list) = list {
            list.truncate(share);
        }
        left -= length.min(share);
        if too_many_ready {
            subset.not_ready_addresses = None;
        }
        let lists = [&mut subset.addresses, &mut subset.not_ready_addresses];
        for list in lists {
            list.take_if(|list| list.is_empty());
        }
    }
    true
}

/// Whether the object is as it has to be.
pub fn same(present: &Endpoints, wanted: &Endpoints) -> bool {
    let view =
        |endpoints: &Endpoints| (endpoints.subsets.clone(), endpoints.metadata.labels.clone());
    view(present) == view(wanted) && present.metadata.annotations == wanted.metadata.annotations
}

fn labels(service: &Service) -> BTreeMap<String, String> {
    let mut labels = service.labels().clone();
    labels.insert(MANAGED_BY.to_owned(), MANAGER.to_owned());
    if is_headless(service) {
        labels.insert(HEADLESS.to_owned(), String::new());
    }
    labels
}

fn address(service: &Service, pod: &Pod) -> EndpointAddress {
    let spec = pod.spec.as_ref();
    let in_domain = spec.and_then(|spec| spec.subdomain.as_deref()) == Some(&service.name_any());
    EndpointAddress {
        ip: pod
            .status
            .as_ref()
            .and_then(|status| status.pod_ip.clone())
            .unwrap_or_default(),
        node_name: spec.and_then(|spec| spec.node_name.clone()),
        hostname: spec
            .and_then(|spec| spec.hostname.clone())
            .filter(|_| in_domain),
        target_ref: Some(target(pod)),
    }
}

fn port(port: Port) -> EndpointPort {
    EndpointPort {
        name: Some(port.name).filter(|name| !name.is_empty()),
        port: port.number,
        protocol: Some(port.protocol),
        app_protocol: port.app_protocol,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_sorted_by_readiness() {
        let service: Service = serde_json::from_value(json!({
            "metadata": { "name": "web", "namespace": "n" }, "spec": { "ports": [{ "port": 80 }] },
        }))
        .unwrap();
        let pod = |ip: &str, ready: &str| -> Arc<Pod> {
            let conditions = json!([{ "type": "Ready", "status": ready }]);
            Arc::new(
                serde_json::from_value(
                    json!({ "status": { "podIP": ip, "conditions": conditions } }),
                )
                .unwrap(),
            )
        };
        let pods = [pod("10.0.0.1", "True"), pod("10.0.0.2", "False")];
        let made = endpoints(&service, &pods, None);
        let subset = &made.subsets.as_ref().unwrap()[0];
        assert_eq!(subset.addresses.as_ref().unwrap()[0].ip, "10.0.0.1");
        assert_eq!(
            subset.not_ready_addresses.as_ref().unwrap()[0].ip,
            "10.0.0.2"
        );
        assert!(same(&made, &endpoints(&service, &pods, Some(&made))));
        assert_eq!(endpoints(&service, &[], None).subsets, None);
    }

    fn pod(ip: &str, port: Option<&str>, ready: bool) -> Arc<Pod> {
        let conditions =
            json!([{ "type": "Ready", "status": if ready { "True" } else { "False" } }]);
        let ports = port.map(|name| json!([{ "name": name, "containerPort": 9 }]));
        let pod = json!({ "metadata": { "uid": ip }, "spec": { "containers": [{ "name": "c", "ports": ports }] },
            "status": { "podIP": ip, "conditions": conditions } });
        Arc::new(serde_json::from_value(pod).unwrap())
    }

    fn service(spec: serde_json::Value) -> Service {
        serde_json::from_value(
            json!({ "metadata": { "name": "web", "namespace": "n" }, "spec": spec }),
        )
        .unwrap()
    }

    #[test]
    fn a_port_that_only_some_pods_have_makes_a_subset() {
        let two = json!([{ "name": "a", "port": 80 }, { "name": "b", "port": 81, "targetPort": "extra" }]);
        let pods = [
            pod("10.0.0.2", Some("extra"), true),
            pod("10.0.0.1", None, true),
        ];
        let made = endpoints(&service(json!({ "ports": two })), &pods, None);
        let subsets = made.subsets.unwrap_or_default();
        let of = |name: &str| {
            let named = |subset: &&EndpointSubset| {
                let ports: Vec<_> = subset.ports.iter().flatten().collect();
                ports.len() == 1 && ports[0].name.as_deref() == Some(name)
            };
            let subset = subsets.iter().find(named).expect("a subset");
            let addresses = subset.addresses.iter().flatten();
            addresses.map(|one| one.ip.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of("a"), ["10.0.0.1", "10.0.0.2"]);
        assert_eq!(of("b"), ["10.0.0.2"]);
    }

    #[test]
    fn without_ports_only_headless_services_have_endpoints() {
        let pods = [pod("10.0.0.1", None, true)];
        let made = |spec| endpoints(&service(spec), &pods, None).subsets;
        assert_eq!(made(json!({ "clusterIP": "10.96.0.7" })), None);
        let headless = made(json!({ "clusterIP": "None" })).unwrap_or_default();
        assert_eq!(headless.len(), 1);
        assert_eq!(headless[0].ports, None);
    }

    #[test]
    fn what_is_too_much_is_cut_off_and_the_ready_stay() {
        let spec = json!({ "ports": [{ "port": 80 }] });
        let all = |ready: usize, other: usize| -> Vec<Arc<Pod>> {
            let pods = (0..ready + other).map(|number| {
                let ip = format!("10.0.{}.{}", number / 250, number % 250 + 1);
                pod(&ip, None, number < ready)
            });
            pods.collect()
        };
        let counts = |ready, other| {
            let made = endpoints(&service(spec.clone()), &all(ready, other), None);
            let annotation = made.metadata.annotations.unwrap_or_default();
            let subset = &made.subsets.unwrap_or_default()[0];
            (
                subset.addresses.iter().flatten().count(),
                subset.not_ready_addresses.iter().flatten().count(),
                annotation.contains_key(OVER_CAPACITY),
            )
        };
        assert_eq!(counts(1000, 0), (1000, 0, false));
        assert_eq!(counts(990, 20), (990, 10, true));
        assert_eq!(counts(1001, 5), (1000, 0, true));
    }
}

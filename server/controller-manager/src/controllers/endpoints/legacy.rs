//! The endpoints object of a service, for clients that do not know endpoint slices.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{
    EndpointAddress, EndpointPort, EndpointSubset, Endpoints, Pod, Service,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;

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
    let mut subsets: BTreeMap<Vec<Port>, EndpointSubset> = BTreeMap::new();
    for pod in pods
        .iter()
        .take(MAX_ADDRESSES)
        .filter(|pod| publish || !pods::is_terminating(pod))
    {
        let subset = subsets.entry(ports::of_pod(service, pod)).or_default();
        let list = match publish || pods::is_ready(pod) {
            true => &mut subset.addresses,
            false => &mut subset.not_ready_addresses,
        };
        list.get_or_insert_default().push(address(service, pod));
    }
    let subsets: Vec<EndpointSubset> = subsets
        .into_iter()
        .map(|(ports, mut subset)| {
            subset.ports = (!ports.is_empty()).then(|| ports.into_iter().map(port).collect());
            subset
        })
        .collect();
    let mut metadata = present
        .map(|present| present.metadata.clone())
        .unwrap_or_else(|| ObjectMeta {
            name: Some(service.name_any()),
            namespace: service.namespace(),
            ..ObjectMeta::default()
        });
    metadata.labels = Some(labels(service));
    let annotations = metadata.annotations.get_or_insert_default();
    match pods.len() > MAX_ADDRESSES {
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

/// Whether the object is as it has to be.
pub fn same(present: &Endpoints, wanted: &Endpoints) -> bool {
    let view =
        |endpoints: &Endpoints| (endpoints.subsets.clone(), endpoints.metadata.labels.clone());
    view(present) == view(wanted) && present.metadata.annotations == wanted.metadata.annotations
}

fn labels(service: &Service) -> BTreeMap<String, String> {
    let mut labels = service.labels().clone();
    labels.insert(MANAGED_BY.to_owned(), MANAGER.to_owned());
    if service
        .spec
        .as_ref()
        .and_then(|spec| spec.cluster_ip.as_deref())
        == Some("None")
    {
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
    use serde_json::json;

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
}

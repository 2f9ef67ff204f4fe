//! Services and their endpoints as the proxy sees them: one row for each port of each address, and where its traffic
//! may go. Pure; the backends make rules of it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use kube::ResourceExt;

/// The label that names a slice's service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// The transport protocols that services have, with their IP protocol numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    Tcp = 6,
    Udp = 17,
    Sctp = 132,
}

impl Protocol {
    fn parse(text: Option<&str>) -> Option<Self> {
        match text.unwrap_or("TCP") {
            "TCP" => Some(Self::Tcp),
            "UDP" => Some(Self::Udp),
            "SCTP" => Some(Self::Sctp),
            _ => None,
        }
    }
}

/// An address and port that traffic is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    pub ip: Ipv4Addr,
    pub port: u16,
}

/// A port of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePortRow {
    /// `namespace/name:port`, which tells the rows apart.
    pub id: String,
    pub protocol: Protocol,
    /// The addresses that mean the service inside the cluster: its cluster IP.
    pub cluster_ips: Vec<Ipv4Addr>,
    /// The addresses that mean it outside: external IPs and those of a load balancer.
    pub external_ips: Vec<Ipv4Addr>,
    pub port: u16,
    pub node_port: Option<u16>,
    /// Where traffic from inside the cluster goes.
    pub targets: Vec<Target>,
    /// Where traffic from outside goes.
    pub external_targets: Vec<Target>,
    /// Whether the source address of traffic from outside has to be kept, which it only can be on its own node.
    pub keep_source: bool,
    /// Whether the service has endpoints anywhere: without any it is refused; without local ones it is dropped.
    pub has_endpoints: bool,
}

/// Works out the rows of all services, in the order of their ids.
pub fn rows<'a>(
    services: impl Iterator<Item = &'a Arc<Service>>,
    slices: impl Iterator<Item = &'a Arc<EndpointSlice>>,
    node: &str,
) -> Vec<ServicePortRow> {
    let mut by_service: BTreeMap<(String, String), Vec<&Arc<EndpointSlice>>> = BTreeMap::new();
    for slice in slices.filter(|slice| slice.address_type == "IPv4") {
        if let Some(name) = slice.labels().get(SERVICE_NAME) {
            let key = (slice.namespace().unwrap_or_default(), name.clone());
            by_service.entry(key).or_default().push(slice);
        }
    }
    let mut rows = Vec::new();
    for service in services {
        let key = (service.namespace().unwrap_or_default(), service.name_any());
        let slices = by_service.get(&key).map(Vec::as_slice).unwrap_or_default();
        rows.extend(service_rows(service, slices, node));
    }
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows
}

fn service_rows(
    service: &Service,
    slices: &[&Arc<EndpointSlice>],
    node: &str,
) -> Vec<ServicePortRow> {
    let Some(spec) = &service.spec else {
        return Vec::new();
    };
    let cluster_ips: Vec<Ipv4Addr> = spec
        .cluster_ips
        .iter()
        .flatten()
        .chain(&spec.cluster_ip)
        .filter_map(|ip| ip.parse().ok())
        .collect();
    if spec.type_.as_deref() == Some("ExternalName") || cluster_ips.is_empty() {
        return Vec::new();
    }
    let ingress = service
        .status
        .iter()
        .flat_map(|status| status.load_balancer.iter());
    let ingress = ingress
        .flat_map(|balancer| balancer.ingress.iter().flatten())
        .filter_map(|ingress| ingress.ip.as_ref());
    let external: BTreeSet<Ipv4Addr> = spec
        .external_ips
        .iter()
        .flatten()
        .chain(ingress)
        .filter_map(|ip| ip.parse().ok())
        .collect();
    let internal_local = spec.internal_traffic_policy.as_deref() == Some("Local");
    let external_local = spec.external_traffic_policy.as_deref() == Some("Local");
    let row = |port: &ServicePort| {
        let endpoints = Endpoints::of(slices, port, node);
        Some(ServicePortRow {
            id: format!(
                "{}/{}:{}",
                service.namespace()?,
                service.name_any(),
                port.name.as_deref().unwrap_or_default()
            ),
            protocol: Protocol::parse(port.protocol.as_deref())?,
            cluster_ips: cluster_ips
                .iter()
                .copied()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            external_ips: external.iter().copied().collect(),
            port: u16::try_from(port.port).ok()?,
            node_port: port
                .node_port
                .and_then(|port| u16::try_from(port).ok())
                .filter(|port| *port != 0),
            targets: endpoints.choose(internal_local),
            external_targets: endpoints.choose(external_local),
            keep_source: external_local,
            has_endpoints: !endpoints.choose(false).is_empty(),
        })
    };
    spec.ports.iter().flatten().filter_map(row).collect()
}

/// The endpoints of one port, by whether they are ready and on this node.
#[derive(Default)]
struct Endpoints {
    ready: BTreeSet<Target>,
    ready_local: BTreeSet<Target>,
    /// Terminating ones that still serve: used when there are no ready ones (KEP-1669).
    serving: BTreeSet<Target>,
    serving_local: BTreeSet<Target>,
}

impl Endpoints {
    fn of(slices: &[&Arc<EndpointSlice>], port: &ServicePort, node: &str) -> Self {
        let mut found = Self::default();
        for slice in slices {
            let same = |other: &&k8s_openapi::api::discovery::v1::EndpointPort| {
                other.name.as_deref().unwrap_or_default()
                    == port.name.as_deref().unwrap_or_default()
                    && Protocol::parse(other.protocol.as_deref())
                        == Protocol::parse(port.protocol.as_deref())
            };
            let number = slice
                .ports
                .iter()
                .flatten()
                .find(same)
                .and_then(|port| port.port);
            let Some(number) = number.and_then(|number| u16::try_from(number).ok()) else {
                continue;
            };
            for endpoint in slice.endpoints.iter().flatten() {
                found.add(endpoint, number, node);
            }
        }
        found
    }

    fn add(&mut self, endpoint: &Endpoint, port: u16, node: &str) {
        let Some(ip) = endpoint.addresses.first().and_then(|ip| ip.parse().ok()) else {
            return;
        };
        let target = Target { ip, port };
        let local = endpoint.node_name.as_deref() == Some(node);
        let conditions = endpoint.conditions.clone().unwrap_or_default();
        let ready = conditions.ready.unwrap_or(true);
        let draining = conditions.serving.unwrap_or(ready) && conditions.terminating == Some(true);
        let (all, here) = match () {
            () if ready => (&mut self.ready, &mut self.ready_local),
            () if draining => (&mut self.serving, &mut self.serving_local),
            () => return,
        };
        all.insert(target);
        if local {
            here.insert(target);
        }
    }

    fn choose(&self, only_local: bool) -> Vec<Target> {
        let (ready, serving) = if only_local {
            (&self.ready_local, &self.serving_local)
        } else {
            (&self.ready, &self.serving)
        };
        let chosen = if ready.is_empty() { serving } else { ready };
        chosen.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn service(extra: Value) -> Arc<Service> {
        let mut spec = json!({ "clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7"],
                               "ports": [{ "name": "web", "port": 80, "nodePort": 30080, "protocol": "TCP" }] });
        spec.as_object_mut()
            .unwrap()
            .extend(extra.as_object().cloned().unwrap_or_default());
        let service = json!({ "metadata": { "name": "s", "namespace": "n" }, "spec": spec });
        Arc::new(serde_json::from_value(service).unwrap())
    }

    fn slice(endpoints: Value) -> Arc<EndpointSlice> {
        let slice = json!({
            "metadata": { "name": "x", "namespace": "n", "labels": { SERVICE_NAME: "s" } }, "addressType": "IPv4",
            "ports": [{ "name": "web", "port": 8080, "protocol": "TCP" }], "endpoints": endpoints,
        });
        Arc::new(serde_json::from_value(slice).unwrap())
    }

    fn endpoint(ip: &str, node: &str, conditions: Value) -> Value {
        json!({ "addresses": [ip], "nodeName": node, "conditions": conditions })
    }

    fn ips(targets: &[Target]) -> Vec<String> {
        targets.iter().map(|target| target.ip.to_string()).collect()
    }

    #[test]
    fn traffic_goes_to_ready_endpoints_only() {
        let slice = slice(json!([
            endpoint("10.244.0.2", "a", json!({ "ready": true })),
            endpoint("10.244.0.3", "a", json!({ "ready": false })),
            endpoint("10.244.0.4", "b", json!({})),
        ]));
        let row = &rows([&service(json!({}))].into_iter(), [&slice].into_iter(), "a")[0];
        assert_eq!(ips(&row.targets), ["10.244.0.2", "10.244.0.4"]);
        assert_eq!(
            (
                row.id.as_str(),
                row.port,
                row.node_port,
                row.targets[0].port
            ),
            ("n/s:web", 80, Some(30080), 8080)
        );
    }

    #[test]
    fn local_policies_keep_to_the_node() {
        let slice = slice(json!([
            endpoint("10.244.0.2", "a", json!({ "ready": true })),
            endpoint("10.244.1.2", "b", json!({ "ready": true })),
        ]));
        let local =
            service(json!({ "externalTrafficPolicy": "Local", "internalTrafficPolicy": "Local" }));
        let row = &rows([&local].into_iter(), [&slice].into_iter(), "b")[0];
        assert_eq!(ips(&row.targets), ["10.244.1.2"]);
        assert_eq!(ips(&row.external_targets), ["10.244.1.2"]);
        let elsewhere = &rows([&local].into_iter(), [&slice].into_iter(), "c")[0];
        assert!(elsewhere.targets.is_empty() && elsewhere.has_endpoints);
    }

    #[test]
    fn draining_endpoints_serve_when_there_are_no_others() {
        let draining = json!({ "ready": false, "serving": true, "terminating": true });
        let slice = slice(json!([endpoint("10.244.0.2", "a", draining)]));
        let row = &rows([&service(json!({}))].into_iter(), [&slice].into_iter(), "a")[0];
        assert_eq!(ips(&row.targets), ["10.244.0.2"]);
    }

    #[test]
    fn headless_and_external_names_have_no_rules() {
        for extra in [
            json!({ "clusterIP": "None", "clusterIPs": ["None"] }),
            json!({ "type": "ExternalName" }),
        ] {
            assert!(rows([&service(extra)].into_iter(), [].into_iter(), "a").is_empty());
        }
    }
}

//! What the cluster's name server knows: the names of services, their ports, and pods, as the specification of
//! Kubernetes' DNS-based service discovery (version 1.1.0) lays down. Pure: a question in, records out.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::ResourceExt;

/// The label that names a slice's service.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// An answer's content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Record {
    Address(IpAddr),
    /// Another name for what was asked for.
    Alias(String),
    Service {
        port: u16,
        target: String,
    },
    /// The name of an address.
    Pointer(String),
    Text(String),
}

/// What becomes of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The name exists; it may have no record of the type asked for.
    Found(Vec<Record>),
    /// The name would be the cluster's, and does not exist.
    NoSuchName,
    /// The name is somebody else's.
    NotOurs,
}

/// The types of records that questions ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    A,
    Aaaa,
    Srv,
    Ptr,
    Txt,
    Any,
}

/// All names of the cluster.
#[derive(Debug, Default)]
pub struct Zone {
    domain: String,
    services: BTreeMap<(String, String), Entry>,
    /// Names of addresses, for the way back.
    pointers: BTreeMap<IpAddr, String>,
}

#[derive(Debug, Default)]
struct Entry {
    cluster_ips: Vec<IpAddr>,
    external_name: Option<String>,
    /// Name, protocol and number.
    ports: Vec<(String, String, u16)>,
    headless: bool,
    /// Hostname (or the address with dashes), address and ports.
    endpoints: Vec<Endpoint>,
}

#[derive(Debug)]
struct Endpoint {
    hostname: String,
    ip: IpAddr,
    ports: Vec<(String, String, u16)>,
}

impl Zone {
    /// Gathers the names of all services.
    pub fn new<'a>(
        domain: &str,
        services: impl Iterator<Item = &'a Arc<Service>>,
        slices: impl Iterator<Item = &'a Arc<EndpointSlice>>,
    ) -> Self {
        let mut zone = Self {
            domain: domain.trim_end_matches('.').to_lowercase(),
            ..Self::default()
        };
        for service in services {
            zone.add_service(service);
        }
        for slice in slices {
            zone.add_slice(slice);
        }
        zone
    }

    fn add_service(&mut self, service: &Service) {
        let Some(spec) = &service.spec else { return };
        let key = (service.namespace().unwrap_or_default(), service.name_any());
        let ports = spec.ports.iter().flatten().filter_map(|port| {
            let protocol = port.protocol.as_deref().unwrap_or("TCP").to_lowercase();
            Some((
                port.name.clone().unwrap_or_default(),
                protocol,
                u16::try_from(port.port).ok()?,
            ))
        });
        let external = spec.type_.as_deref() == Some("ExternalName");
        let entry = Entry {
            cluster_ips: spec
                .cluster_ips
                .iter()
                .flatten()
                .filter_map(|ip| ip.parse().ok())
                .collect(),
            external_name: spec.external_name.clone().filter(|_| external),
            ports: ports.collect(),
            headless: spec.cluster_ip.as_deref() == Some("None"),
            endpoints: Vec::new(),
        };
        for ip in &entry.cluster_ips {
            self.pointers
                .insert(*ip, format!("{}.{}.svc.{}", key.1, key.0, self.domain));
        }
        self.services.insert(key, entry);
    }

    /// Only the endpoints of services without an address have names.
    fn add_slice(&mut self, slice: &EndpointSlice) {
        let namespace = slice.namespace().unwrap_or_default();
        let Some(name) = slice.labels().get(SERVICE_NAME) else {
            return;
        };
        let Some(entry) = self
            .services
            .get_mut(&(namespace.clone(), name.clone()))
            .filter(|entry| entry.headless)
        else {
            return;
        };
        let ports: Vec<(String, String, u16)> = slice
            .ports
            .iter()
            .flatten()
            .filter_map(|port| {
                let protocol = port.protocol.as_deref().unwrap_or("TCP").to_lowercase();
                Some((
                    port.name.clone().unwrap_or_default(),
                    protocol,
                    u16::try_from(port.port?).ok()?,
                ))
            })
            .collect();
        for endpoint in slice.endpoints.iter().flatten() {
            let ready = endpoint
                .conditions
                .as_ref()
                .and_then(|conditions| conditions.ready)
                .unwrap_or(true);
            for ip in endpoint
                .addresses
                .iter()
                .filter(|_| ready)
                .filter_map(|ip| ip.parse::<IpAddr>().ok())
            {
                let named = endpoint
                    .hostname
                    .clone()
                    .filter(|hostname| !hostname.is_empty());
                if let Some(hostname) = &named {
                    self.pointers.insert(
                        ip,
                        format!("{hostname}.{name}.{namespace}.svc.{}", self.domain),
                    );
                }
                let hostname = named.unwrap_or_else(|| dashed(ip));
                entry.endpoints.push(Endpoint {
                    hostname: hostname.to_lowercase(),
                    ip,
                    ports: ports.clone(),
                });
            }
        }
    }

    /// The domain whose names these are.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Answers a question for a name (without the dot at its end).
    pub fn answer(&self, name: &str, wanted: Wanted) -> Answer {
        let name = name.trim_end_matches('.').to_lowercase();
        if let Some(ip) = reverse(&name) {
            return match self.pointers.get(&ip) {
                Some(pointer) if matches!(wanted, Wanted::Ptr | Wanted::Any) => {
                    Answer::Found(vec![Record::Pointer(pointer.clone())])
                }
                Some(_) => Answer::Found(Vec::new()),
                None => Answer::NotOurs,
            };
        }
        if name == self.domain {
            return Answer::Found(Vec::new());
        }
        let Some(inside) = name
            .strip_suffix(&self.domain)
            .and_then(|rest| rest.strip_suffix('.'))
        else {
            return Answer::NotOurs;
        };
        let labels: Vec<&str> = inside.split('.').collect();
        let found = match labels.as_slice() {
            ["dns-version"] if matches!(wanted, Wanted::Txt | Wanted::Any) => {
                Some(vec![Record::Text("1.1.0".into())])
            }
            ["dns-version" | "svc" | "pod"] => Some(Vec::new()),
            [ip, _namespace, "pod"] => {
                undashed(ip).map(|ip| filter(vec![Record::Address(ip)], wanted))
            }
            [namespace, "svc"] => self
                .services
                .keys()
                .any(|(n, _)| n == namespace)
                .then(Vec::new),
            [service, namespace, "svc"] => self
                .service(namespace, service)
                .map(|entry| filter(entry.records(), wanted)),
            [port, protocol, service, namespace, "svc"] => {
                let found = self.service(namespace, service);
                found
                    .and_then(|entry| self.service_port(entry, port, protocol, service, namespace))
                    .map(|records| filter(records, wanted))
            }
            [hostname, service, namespace, "svc"] => {
                let found = self.service(namespace, service);
                found
                    .and_then(|entry| entry.endpoint(hostname))
                    .map(|records| filter(records, wanted))
            }
            _ => None,
        };
        found.map_or(Answer::NoSuchName, Answer::Found)
    }

    fn service(&self, namespace: &str, name: &str) -> Option<&Entry> {
        self.services.get(&(namespace.to_owned(), name.to_owned()))
    }

    /// `_port._protocol.service…`: where the port is to be found.
    fn service_port(
        &self,
        entry: &Entry,
        port: &str,
        protocol: &str,
        service: &str,
        namespace: &str,
    ) -> Option<Vec<Record>> {
        let (port, protocol) = (port.strip_prefix('_')?, protocol.strip_prefix('_')?);
        let base = format!("{service}.{namespace}.svc.{}", self.domain);
        let is = |(name, of, _): &&(String, String, u16)| name == port && of == protocol;
        let records: Vec<Record> = if entry.headless {
            let named = entry.endpoints.iter().filter_map(|endpoint| {
                let target = format!("{}.{base}", endpoint.hostname);
                endpoint
                    .ports
                    .iter()
                    .find(is)
                    .map(|(_, _, port)| Record::Service {
                        port: *port,
                        target,
                    })
            });
            named.collect()
        } else {
            let ports = entry.ports.iter().filter(is);
            ports
                .map(|(_, _, port)| Record::Service {
                    port: *port,
                    target: base.clone(),
                })
                .collect()
        };
        (!records.is_empty()).then_some(records)
    }
}

impl Entry {
    fn records(&self) -> Vec<Record> {
        if let Some(name) = &self.external_name {
            return vec![Record::Alias(name.clone())];
        }
        let endpoints = self.endpoints.iter().map(|endpoint| endpoint.ip);
        self.cluster_ips
            .iter()
            .copied()
            .chain(endpoints)
            .map(Record::Address)
            .collect()
    }

    fn endpoint(&self, hostname: &str) -> Option<Vec<Record>> {
        let found = self
            .endpoints
            .iter()
            .filter(|endpoint| endpoint.hostname == hostname);
        let records: Vec<Record> = found.map(|endpoint| Record::Address(endpoint.ip)).collect();
        (!records.is_empty()).then_some(records)
    }
}

/// The records of the type asked for; an alias stands for any.
fn filter(records: Vec<Record>, wanted: Wanted) -> Vec<Record> {
    let fits = |record: &Record| {
        matches!(
            (record, wanted),
            (_, Wanted::Any)
                | (Record::Alias(_), _)
                | (Record::Address(IpAddr::V4(_)), Wanted::A)
                | (Record::Address(IpAddr::V6(_)), Wanted::Aaaa)
                | (Record::Service { .. }, Wanted::Srv)
        )
    };
    records.into_iter().filter(fits).collect()
}

fn dashed(ip: IpAddr) -> String {
    ip.to_string().replace(['.', ':'], "-")
}

fn undashed(text: &str) -> Option<IpAddr> {
    text.replace('-', ".")
        .parse()
        .or_else(|_| text.replace('-', ":").parse())
        .ok()
}

/// The address that a name of `in-addr.arpa` stands for.
fn reverse(name: &str) -> Option<IpAddr> {
    let digits = name.strip_suffix(".in-addr.arpa")?;
    let mut octets: Vec<u8> = digits
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    octets.reverse();
    Some(IpAddr::V4(Ipv4Addr::from(
        <[u8; 4]>::try_from(octets).ok()?,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn zone() -> Zone {
        let service =
            |value: Value| -> Arc<Service> { Arc::new(serde_json::from_value(value).unwrap()) };
        let services = [
            service(
                json!({ "metadata": { "name": "web", "namespace": "n" }, "spec": {
                "clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7"], "ports": [{ "name": "http", "port": 80 }] } }),
            ),
            service(
                json!({ "metadata": { "name": "db", "namespace": "n" }, "spec": { "clusterIP": "None", "clusterIPs": ["None"] } }),
            ),
            service(
                json!({ "metadata": { "name": "out", "namespace": "n" }, "spec": { "type": "ExternalName", "externalName": "example.com" } }),
            ),
        ];
        let slice: EndpointSlice = serde_json::from_value(json!({
            "metadata": { "name": "x", "namespace": "n", "labels": { SERVICE_NAME: "db" } }, "addressType": "IPv4",
            "ports": [{ "name": "sql", "port": 5432 }],
            "endpoints": [
                { "addresses": ["10.244.0.2"], "hostname": "db-0", "conditions": { "ready": true } },
                { "addresses": ["10.244.0.3"], "conditions": { "ready": true } },
                { "addresses": ["10.244.0.4"], "conditions": { "ready": false } },
            ],
        }))
        .unwrap();
        Zone::new("cluster.local", services.iter(), [Arc::new(slice)].iter())
    }

    fn address(text: &str) -> Record {
        Record::Address(text.parse().unwrap())
    }

    fn check(name: &str, wanted: Wanted, answer: Answer) {
        assert_eq!(zone().answer(name, wanted), answer, "{name} {wanted:?}");
    }

    #[test]
    fn services_have_addresses() {
        check(
            "web.n.svc.cluster.local.",
            Wanted::A,
            Answer::Found(vec![address("10.96.0.7")]),
        );
        check(
            "WEB.N.svc.Cluster.Local",
            Wanted::A,
            Answer::Found(vec![address("10.96.0.7")]),
        );
        check(
            "web.n.svc.cluster.local",
            Wanted::Aaaa,
            Answer::Found(vec![]),
        );
        check("nope.n.svc.cluster.local", Wanted::A, Answer::NoSuchName);
        check("n.svc.cluster.local", Wanted::A, Answer::Found(vec![]));
        check("example.com", Wanted::A, Answer::NotOurs);
        check("web.n.svc.cluster.locale", Wanted::A, Answer::NotOurs);
    }

    #[test]
    fn headless_services_name_their_ready_endpoints() {
        let both = vec![address("10.244.0.2"), address("10.244.0.3")];
        check("db.n.svc.cluster.local", Wanted::A, Answer::Found(both));
        check(
            "db-0.db.n.svc.cluster.local",
            Wanted::A,
            Answer::Found(vec![address("10.244.0.2")]),
        );
        check(
            "10-244-0-3.db.n.svc.cluster.local",
            Wanted::A,
            Answer::Found(vec![address("10.244.0.3")]),
        );
        check("db-1.db.n.svc.cluster.local", Wanted::A, Answer::NoSuchName);
    }

    #[test]
    fn ports_are_found_by_name() {
        let target = "web.n.svc.cluster.local".to_owned();
        let found = Answer::Found(vec![Record::Service { port: 80, target }]);
        check("_http._tcp.web.n.svc.cluster.local", Wanted::Srv, found);
        check(
            "_http._udp.web.n.svc.cluster.local",
            Wanted::Srv,
            Answer::NoSuchName,
        );
        let Answer::Found(records) = zone().answer("_sql._tcp.db.n.svc.cluster.local", Wanted::Srv)
        else {
            panic!()
        };
        assert_eq!(
            records[0],
            Record::Service {
                port: 5432,
                target: "db-0.db.n.svc.cluster.local".into()
            }
        );
    }

    #[test]
    fn the_rest_of_the_specification() {
        check(
            "out.n.svc.cluster.local",
            Wanted::A,
            Answer::Found(vec![Record::Alias("example.com".into())]),
        );
        check(
            "10-244-0-9.n.pod.cluster.local",
            Wanted::A,
            Answer::Found(vec![address("10.244.0.9")]),
        );
        check(
            "7.0.96.10.in-addr.arpa",
            Wanted::Ptr,
            Answer::Found(vec![Record::Pointer("web.n.svc.cluster.local".into())]),
        );
        check("9.9.9.9.in-addr.arpa", Wanted::Ptr, Answer::NotOurs);
        check(
            "dns-version.cluster.local",
            Wanted::Txt,
            Answer::Found(vec![Record::Text("1.1.0".into())]),
        );
    }
}

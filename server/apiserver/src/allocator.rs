//! ClusterIPs and NodePorts: who holds which. Derived from the services, so that nothing else has to be stored.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use knarr_api::meta;
use knarr_api::status::FieldError;
use parking_lot::Mutex;
use rand::RngExt;
use serde_json::{Value, json};

use crate::port_range::PortRange;

/// The range of ClusterIPs cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "service cluster IP range {0:?} must be an IPv4 range such as 10.96.0.0/12, of at most 20 bits"
)]
pub struct RangeError(String);

/// Why a service cannot have what it asks for. Boxed, because it is the rare case.
pub type Refusal = Box<FieldError>;

/// An IPv4 range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    first: u32,
    /// How many addresses, the first and the last included.
    size: u32,
}

impl Range {
    /// Reads `10.96.0.0/12`.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        let parsed = text.split_once('/').and_then(|(address, bits)| {
            let address: Ipv4Addr = address.parse().ok()?;
            let bits: u32 = bits.parse().ok().filter(|bits| (8..=30).contains(bits))?;
            let size = 1_u32 << (32 - bits);
            Some(Self {
                first: u32::from(address) & !(size - 1),
                size,
            })
        });
        parsed.ok_or_else(|| RangeError(text.to_owned()))
    }

    /// The address at a place in the range.
    pub fn nth(self, index: u32) -> Ipv4Addr {
        Ipv4Addr::from(self.first + index)
    }

    fn usable(self, address: Ipv4Addr) -> bool {
        let address = u32::from(address);
        address > self.first && address < self.first + self.size - 1
    }
}

/// Addresses below this place are for services that ask for one (upstream's KEP-3070).
fn dynamic_start(size: u32) -> u32 {
    (size / 16).clamp(16, 256).min(size.saturating_sub(2))
}

#[derive(Default)]
struct Held {
    addresses: HashMap<Ipv4Addr, String>,
    /// By protocol too: one number may be held for TCP and UDP.
    ports: HashMap<(u16, String), String>,
}

/// The allocator of one cluster.
pub struct ServiceAllocator {
    range: Range,
    text: String,
    ports: PortRange,
    held: Mutex<Held>,
}

impl ServiceAllocator {
    /// An allocator in which nothing is held.
    pub fn new(range: &str, ports: PortRange) -> Result<Self, RangeError> {
        Ok(Self {
            range: Range::parse(range)?,
            text: range.to_owned(),
            ports,
            held: Mutex::default(),
        })
    }

    /// The address of the service `kubernetes`.
    pub fn first_address(&self) -> Ipv4Addr {
        self.range.nth(1)
    }

    /// Takes in a stored service.
    pub fn observe(&self, service: &Value) {
        let owner = owner(service);
        let mut held = self.held.lock();
        held.forget(&owner);
        for address in addresses(service) {
            held.addresses.insert(address, owner.clone());
        }
        for port in node_ports(service) {
            held.ports.insert(port, owner.clone());
        }
    }

    /// Releases what a service held.
    pub fn release(&self, service: &Value) {
        self.held.lock().forget(&owner(service));
    }

    /// Fills in what the service lacks and reserves all it has. When the write fails afterwards, call
    /// [`ServiceAllocator::observe`] with the old service, or [`ServiceAllocator::release`].
    pub fn allocate(&self, service: &mut Value) -> Result<(), Refusal> {
        let owner = owner(service);
        let mut held = self.held.lock();
        self.allocate_address(&mut held, &owner, service)?;
        self.allocate_ports(&mut held, &owner, service)?;
        self.allocate_health_port(&mut held, &owner, service)
    }

    fn allocate_address(
        &self,
        held: &mut Held,
        owner: &str,
        service: &mut Value,
    ) -> Result<(), Refusal> {
        let spec = &service["spec"];
        let (kind, wanted) = (spec["type"].as_str(), spec["clusterIP"].as_str());
        if kind == Some("ExternalName") {
            return Ok(());
        }
        let address = match wanted.unwrap_or_default() {
            "None" => {
                service["spec"]["clusterIPs"] = json!(["None"]);
                return Ok(());
            }
            "" => self.free_address(held).ok_or_else(|| {
                FieldError::internal(
                    "spec.clusterIPs",
                    "failed to allocate a serviceIP: range is full",
                )
            })?,
            text => self.named_address(held, owner, text)?,
        };
        held.addresses.insert(address, owner.to_owned());
        let text = address.to_string();
        service["spec"]["clusterIPs"] = json!([text]);
        service["spec"]["clusterIP"] = text.into();
        Ok(())
    }

    fn named_address(&self, held: &Held, owner: &str, text: &str) -> Result<Ipv4Addr, Refusal> {
        let refuse =
            |why: String| Box::new(FieldError::invalid("spec.clusterIPs", json!([text]), why));
        let address: Ipv4Addr = text.parse().map_err(|_| {
            refuse("failed to allocate IP: the provided IP is not a valid IPv4 address".to_owned())
        })?;
        if !self.range.usable(address) {
            return Err(refuse(format!(
                "failed to allocate IP {text}: the provided IP ({text}) is not in the valid range. The range of valid IPs is {}",
                self.text
            )));
        }
        match held.addresses.get(&address) {
            Some(holder) if holder != owner => Err(refuse(format!(
                "failed to allocate IP {text}: provided IP is already allocated"
            ))),
            _ => Ok(address),
        }
    }

    /// A random free address of the dynamic part, or the first free one anywhere.
    fn free_address(&self, held: &Held) -> Option<Ipv4Addr> {
        let last = self.range.size.saturating_sub(1);
        let start = dynamic_start(self.range.size).max(1);
        let offset = rand::rng().random_range(start..last.max(start + 1));
        (offset..last)
            .chain(start..offset)
            .chain(1..start)
            .map(|index| self.range.nth(index))
            .find(|address| !held.addresses.contains_key(address))
    }

    fn allocate_ports(
        &self,
        held: &mut Held,
        owner: &str,
        service: &mut Value,
    ) -> Result<(), Refusal> {
        let spec = &mut service["spec"];
        let wants = match spec["type"].as_str() {
            Some("NodePort") => true,
            Some("LoadBalancer") => spec["allocateLoadBalancerNodePorts"] != false,
            _ => return Ok(()),
        };
        let Some(ports) = spec.get_mut("ports").and_then(Value::as_array_mut) else {
            return Ok(());
        };
        let mut chosen: Vec<(u16, String)> = Vec::new();
        for (index, port) in ports.iter_mut().enumerate() {
            let protocol = port["protocol"].as_str().unwrap_or("TCP").to_owned();
            let field = format!("spec.ports[{index}].nodePort");
            let number = match port["nodePort"].as_u64().unwrap_or(0) {
                0 if !wants => continue,
                0 => self.free_port(held, &chosen, &protocol).ok_or_else(|| {
                    FieldError::internal(field, "failed to allocate a nodePort: range is full")
                })?,
                asked => self.named_port(held, owner, asked, &protocol, &field)?,
            };
            port["nodePort"] = number.into();
            held.ports
                .insert((number, protocol.clone()), owner.to_owned());
            chosen.push((number, protocol));
        }
        Ok(())
    }

    /// The port at which nodes tell a load balancer whether they have pods of the service.
    fn allocate_health_port(
        &self,
        held: &mut Held,
        owner: &str,
        service: &mut Value,
    ) -> Result<(), Refusal> {
        if !has_health_port(service) {
            return Ok(());
        }
        let field = "spec.healthCheckNodePort";
        let port = match service["spec"]["healthCheckNodePort"].as_u64() {
            None | Some(0) => self.free_port(held, &[], "TCP").ok_or_else(|| {
                FieldError::internal(
                    field,
                    "failed to allocate a HealthCheck NodePort: range is full",
                )
            })?,
            Some(asked) => self.named_port(held, owner, asked, "TCP", field)?,
        };
        held.ports
            .insert((port, "TCP".to_owned()), owner.to_owned());
        service["spec"]["healthCheckNodePort"] = port.into();
        Ok(())
    }

    fn named_port(
        &self,
        held: &Held,
        owner: &str,
        asked: u64,
        protocol: &str,
        field: &str,
    ) -> Result<u16, Refusal> {
        let port = u16::try_from(asked).ok();
        let refuse = |why: String| Box::new(FieldError::invalid(field, asked, why));
        let holder = port.and_then(|port| held.ports.get(&(port, protocol.to_owned())));
        match (port, holder) {
            // What a service has it keeps, also when the range has changed.
            (Some(port), Some(holder)) if holder == owner => Ok(port),
            (Some(port), holder) if self.ports.contains(port) => match holder {
                Some(_) => Err(refuse("provided port is already allocated".to_owned())),
                None => Ok(port),
            },
            _ => Err(refuse(format!(
                "provided port is not in the valid range. The range of valid ports is {}",
                self.ports
            ))),
        }
    }

    /// A random free port of the dynamic part, or the first free one anywhere. One number may serve two protocols of the
    /// same service, as upstream lets it.
    fn free_port(&self, held: &Held, own: &[(u16, String)], protocol: &str) -> Option<u16> {
        let (first, last) = (self.ports.first(), self.ports.last());
        let start = self.ports.dynamic_start();
        let shared = own
            .iter()
            .find(|(_, other)| other != protocol)
            .map(|(number, _)| *number);
        let offset = rand::rng().random_range(start..=last);
        shared
            .into_iter()
            .chain(offset..=last)
            .chain(start..offset)
            .chain(first..start)
            .find(|port| {
                let key = (*port, protocol.to_owned());
                let taken_by_other = ["TCP", "UDP", "SCTP"].iter().any(|other| {
                    held.ports.contains_key(&(*port, (*other).to_owned()))
                        && !own.iter().any(|(number, _)| number == port)
                });
                *port != 0 && !held.ports.contains_key(&key) && !taken_by_other
            })
    }
}

impl Held {
    fn forget(&mut self, owner: &str) {
        self.addresses.retain(|_, holder| holder != owner);
        self.ports.retain(|_, holder| holder != owner);
    }
}

/// Whether nodes answer a load balancer that asks for the service's pods there.
pub fn has_health_port(service: &Value) -> bool {
    let spec = &service["spec"];
    spec["type"] == "LoadBalancer" && spec["externalTrafficPolicy"] == "Local"
}

fn owner(service: &Value) -> String {
    format!("{}/{}", meta::namespace(service), meta::name(service))
}

fn addresses(service: &Value) -> impl Iterator<Item = Ipv4Addr> {
    let all = service["spec"]["clusterIPs"]
        .as_array()
        .into_iter()
        .flatten();
    all.chain(std::iter::once(&service["spec"]["clusterIP"]))
        .filter_map(|address| address.as_str()?.parse().ok())
}

fn node_ports(service: &Value) -> impl Iterator<Item = (u16, String)> {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    let health = &service["spec"]["healthCheckNodePort"];
    let numbered = ports
        .map(|port| {
            (
                &port["nodePort"],
                port["protocol"].as_str().unwrap_or("TCP"),
            )
        })
        .chain(std::iter::once((health, "TCP")));
    numbered.filter_map(|(number, protocol)| {
        let number = u16::try_from(number.as_u64()?).ok()?;
        (number != 0).then(|| (number, protocol.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allocator() -> ServiceAllocator {
        ServiceAllocator::new("10.0.0.0/28", PortRange::new(30000, 30002)).unwrap()
    }

    fn service(name: &str, spec: Value) -> Value {
        json!({"metadata": {"name": name, "namespace": "a"}, "spec": spec})
    }

    #[test]
    fn addresses_are_given_once_and_released() {
        let allocator = allocator();
        let mut seen = std::collections::HashSet::new();
        for index in 0..14 {
            let mut one = service(&format!("s{index}"), json!({}));
            allocator.allocate(&mut one).unwrap();
            assert!(seen.insert(one["spec"]["clusterIP"].to_string()));
        }
        let mut late = service("late", json!({}));
        assert!(allocator.allocate(&mut late).is_err());
        allocator.release(&service("s3", json!({})));
        allocator.allocate(&mut late).unwrap();
    }

    #[test]
    fn a_wanted_address_must_be_free_and_in_range() {
        let allocator = allocator();
        let mut one = service("one", json!({"clusterIP": "10.0.0.5"}));
        allocator.allocate(&mut one).unwrap();
        allocator.allocate(&mut one).unwrap();
        let mut two = service("two", json!({"clusterIP": "10.0.0.5"}));
        let error = allocator.allocate(&mut two).unwrap_err().to_string();
        assert!(
            error.ends_with("provided IP is already allocated"),
            "{error}"
        );
        let mut far = service("far", json!({"clusterIP": "10.0.1.5"}));
        assert!(allocator.allocate(&mut far).is_err());
    }

    #[test]
    fn node_ports() {
        let allocator = allocator();
        let spec = json!({"type": "NodePort", "ports": [
            {"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}, {"port": 54}]});
        let mut one = service("one", spec);
        allocator.allocate(&mut one).unwrap();
        let ports = &one["spec"]["ports"];
        assert_eq!(ports[0]["nodePort"], ports[1]["nodePort"]);
        assert_ne!(ports[0]["nodePort"], ports[2]["nodePort"]);
        let mut bad = service(
            "bad",
            json!({"type": "NodePort", "ports": [{"nodePort": 80}]}),
        );
        assert_eq!(
            allocator.allocate(&mut bad).unwrap_err().to_string(),
            "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-30002"
        );
    }

    #[test]
    fn another_range_leaves_services_what_they_have() {
        let old = service(
            "old",
            json!({"type": "NodePort", "ports": [{"nodePort": 31000}]}),
        );
        let allocator = allocator();
        allocator.observe(&old);
        allocator.allocate(&mut old.clone()).unwrap();
        let mut other = service("other", old["spec"].clone());
        assert!(allocator.allocate(&mut other).is_err());
    }

    #[test]
    fn ports_that_nobody_asks_for_come_from_the_upper_part() {
        let ports = PortRange::new(100, 131);
        let allocator = ServiceAllocator::new("10.0.0.0/24", ports).unwrap();
        let mut given = Vec::new();
        for index in 0..32 {
            let spec = json!({"type": "NodePort", "ports": [{"port": 1}]});
            let mut one = service(&format!("s{index}"), spec);
            allocator.allocate(&mut one).unwrap();
            given.push(one["spec"]["ports"][0]["nodePort"].as_u64().unwrap());
        }
        let (upper, lower) = given.split_at_mut(16);
        upper.sort_unstable();
        assert!(upper.iter().copied().eq(116..132), "{upper:?}");
        assert!(lower.iter().copied().eq(100..116), "{lower:?}");
    }

    #[test]
    fn load_balancers_of_local_traffic_have_a_port_for_health() {
        let allocator = allocator();
        let spec = json!({"type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": [{"port": 80}]});
        let mut one = service("one", spec.clone());
        allocator.allocate(&mut one).unwrap();
        let health = one["spec"]["healthCheckNodePort"].clone();
        assert!(health.is_u64() && health != one["spec"]["ports"][0]["nodePort"]);
        let mut two = service("two", spec);
        two["spec"]["healthCheckNodePort"] = health.clone();
        assert_eq!(
            allocator.allocate(&mut two).unwrap_err().to_string(),
            format!(
                "spec.healthCheckNodePort: Invalid value: {health}: provided port is already allocated"
            )
        );
        // A port is known to be held after a restart, too.
        let restarted = self::allocator();
        restarted.observe(&one);
        assert!(restarted.allocate(&mut two).is_err());
    }

    #[test]
    fn headless_services_have_no_address() {
        let mut one = service("one", json!({"clusterIP": "None"}));
        allocator().allocate(&mut one).unwrap();
        assert_eq!(one["spec"]["clusterIPs"], json!(["None"]));
    }
}

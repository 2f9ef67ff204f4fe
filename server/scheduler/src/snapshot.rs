//! What the scheduler knows of nodes and of the pods on them, as the plugins see it.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, NodeSelectorTerm, Pod};
use k8s_openapi::jiff::Timestamp;

use crate::resources::{self, Resources};

/// How many pods a node takes that does not say.
const DEFAULT_MAX_PODS: i64 = 110;

/// A port of a node's own that a container binds: address, protocol, number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    pub ip: String,
    pub protocol: String,
    pub port: i32,
}

impl HostPort {
    /// Whether both can't be bound on one node: the wildcard address covers every other.
    pub fn conflicts(&self, other: &Self) -> bool {
        let wildcard = |ip: &str| ip == "0.0.0.0" || ip == "::";
        self.port == other.port
            && self.protocol == other.protocol
            && (wildcard(&self.ip) || wildcard(&other.ip) || self.ip == other.ip)
    }
}

/// A pod with what the plugins need of it, worked out once.
#[derive(Clone, Debug)]
pub struct PodInfo {
    pub pod: Arc<Pod>,
    pub requests: Resources,
    /// CPU (milli) and memory (bytes) as scoring counts them.
    pub non_zero: (i64, i64),
    pub host_ports: Vec<HostPort>,
}

impl PodInfo {
    pub fn new(pod: Arc<Pod>) -> Self {
        let requests = resources::pod_requests(&pod);
        let non_zero = resources::non_zero(&requests);
        let host_ports = host_ports(&pod);
        Self {
            pod,
            requests,
            non_zero,
            host_ports,
        }
    }

    pub fn uid(&self) -> &str {
        self.pod.metadata.uid.as_deref().unwrap_or_default()
    }

    pub fn name(&self) -> &str {
        self.pod.metadata.name.as_deref().unwrap_or_default()
    }

    pub fn namespace(&self) -> &str {
        self.pod.metadata.namespace.as_deref().unwrap_or_default()
    }

    pub fn priority(&self) -> i32 {
        self.pod
            .spec
            .as_ref()
            .and_then(|spec| spec.priority)
            .unwrap_or(0)
    }

    pub fn node_name(&self) -> Option<&str> {
        self.pod
            .spec
            .as_ref()?
            .node_name
            .as_deref()
            .filter(|name| !name.is_empty())
    }

    pub fn scheduler_name(&self) -> &str {
        self.pod
            .spec
            .as_ref()
            .and_then(|spec| spec.scheduler_name.as_deref())
            .unwrap_or("default-scheduler")
    }

    pub fn start_time(&self) -> Option<Timestamp> {
        self.pod
            .status
            .as_ref()?
            .start_time
            .as_ref()
            .map(|time| time.0)
    }

    /// Whether the pod has run to its end, so that it holds no resources any more.
    pub fn terminated(&self) -> bool {
        let phase = self
            .pod
            .status
            .as_ref()
            .and_then(|status| status.phase.as_deref());
        matches!(phase, Some("Succeeded" | "Failed"))
    }

    pub fn terminating(&self) -> bool {
        self.pod.metadata.deletion_timestamp.is_some()
    }

    /// Whether a scheduling gate holds the pod back (KEP-3521).
    pub fn gated(&self) -> bool {
        self.pod
            .spec
            .as_ref()
            .and_then(|spec| spec.scheduling_gates.as_ref())
            .is_some_and(|gates| !gates.is_empty())
    }

    /// The terms of the required node affinity; `None` when there is no such requirement.
    pub fn required_node_terms(&self) -> Option<&[NodeSelectorTerm]> {
        let affinity = self
            .pod
            .spec
            .as_ref()?
            .affinity
            .as_ref()?
            .node_affinity
            .as_ref()?;
        let required = affinity
            .required_during_scheduling_ignored_during_execution
            .as_ref()?;
        Some(&required.node_selector_terms)
    }
}

fn host_ports(pod: &Pod) -> Vec<HostPort> {
    let Some(spec) = &pod.spec else {
        return Vec::new();
    };
    let sidecars = spec
        .init_containers
        .iter()
        .flatten()
        .filter(|c| c.restart_policy.as_deref() == Some("Always"));
    let ports = spec
        .containers
        .iter()
        .chain(sidecars)
        .flat_map(|container| container.ports.iter().flatten());
    ports
        .filter_map(|port| {
            let number = port.host_port.filter(|number| *number > 0)?;
            let ip = port
                .host_ip
                .clone()
                .filter(|ip| !ip.is_empty())
                .unwrap_or_else(|| "0.0.0.0".to_owned());
            let protocol = port.protocol.clone().unwrap_or_else(|| "TCP".to_owned());
            Some(HostPort {
                ip,
                protocol,
                port: number,
            })
        })
        .collect()
}

/// A node, the pods on it (assumed ones included) and what they use.
#[derive(Clone, Debug)]
pub struct NodeInfo {
    pub name: Arc<str>,
    pub node: Arc<Node>,
    pub allocatable: Resources,
    pub max_pods: i64,
    pub requested: Resources,
    /// CPU (milli) and memory (bytes) in use as scoring counts them.
    pub non_zero: (i64, i64),
    /// By uid.
    pub pods: BTreeMap<String, Arc<PodInfo>>,
}

impl NodeInfo {
    pub fn new(node: Arc<Node>) -> Self {
        let mut info = Self {
            name: node.metadata.name.as_deref().unwrap_or_default().into(),
            node: node.clone(),
            allocatable: Resources::default(),
            max_pods: 0,
            requested: Resources::default(),
            non_zero: (0, 0),
            pods: BTreeMap::new(),
        };
        info.set_node(node);
        info
    }

    /// Takes over a newer state of the node; the pods stay.
    pub fn set_node(&mut self, node: Arc<Node>) {
        let allocatable = node
            .status
            .as_ref()
            .and_then(|status| status.allocatable.as_ref());
        self.allocatable = allocatable.map(Resources::from_list).unwrap_or_default();
        let pods = allocatable.and_then(|list| list.get("pods"));
        self.max_pods = pods
            .and_then(|amount| knarr_api::quantity::Quantity::parse(&amount.0).ok())
            .map_or(DEFAULT_MAX_PODS, |amount| amount.value());
        self.node = node;
    }

    pub fn add_pod(&mut self, pod: Arc<PodInfo>) {
        self.remove_pod(pod.uid());
        self.requested.add(&pod.requests);
        self.non_zero = (
            self.non_zero.0 + pod.non_zero.0,
            self.non_zero.1 + pod.non_zero.1,
        );
        self.pods.insert(pod.uid().to_owned(), pod);
    }

    pub fn remove_pod(&mut self, uid: &str) {
        if let Some(pod) = self.pods.remove(uid) {
            self.requested.subtract(&pod.requests);
            self.non_zero = (
                self.non_zero.0 - pod.non_zero.0,
                self.non_zero.1 - pod.non_zero.1,
            );
        }
    }

    pub fn label(&self, key: &str) -> Option<&str> {
        self.node
            .metadata
            .labels
            .as_ref()?
            .get(key)
            .map(String::as_str)
    }
}

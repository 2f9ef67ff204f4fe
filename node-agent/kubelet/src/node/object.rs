//! The Node object as the kubelet registers it. Pure.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    DaemonEndpoint, Node, NodeAddress, NodeDaemonEndpoints, NodeSpec, NodeStatus, NodeSwapStatus,
    NodeSystemInfo,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::eviction::Thresholds;
use super::machine::Machine;
use crate::config::KUBELET_VERSION;

/// Resources by name.
pub type Resources = BTreeMap<String, Quantity>;

/// What identifies a node and does not change while the kubelet runs.
#[derive(Debug, Clone)]
pub struct NodeFacts {
    /// Name of the Node and of the host.
    pub name: String,
    /// The InternalIP.
    pub ip: String,
    /// Extra labels.
    pub labels: BTreeMap<String, String>,
    /// The machine.
    pub machine: Machine,
    /// Resources that replace the machine's.
    pub capacity: BTreeMap<String, String>,
    /// What is kept back from pods.
    pub eviction: Thresholds,
    /// Pods accepted.
    pub max_pods: u32,
    /// Port of the HTTPS server.
    pub port: u16,
    /// `name://version` of the runtime.
    pub runtime_version: String,
}

impl NodeFacts {
    /// The labels every node has.
    pub fn labels(&self) -> BTreeMap<String, String> {
        let architecture = &self.machine.architecture;
        let mut labels = BTreeMap::from([
            ("beta.kubernetes.io/arch".to_owned(), architecture.clone()),
            ("beta.kubernetes.io/os".to_owned(), "linux".to_owned()),
            ("kubernetes.io/arch".to_owned(), architecture.clone()),
            ("kubernetes.io/hostname".to_owned(), self.name.clone()),
            ("kubernetes.io/os".to_owned(), "linux".to_owned()),
        ]);
        labels.extend(self.labels.clone());
        labels
    }

    /// What the node has.
    pub fn capacity(&self) -> Resources {
        let machine = &self.machine;
        let mut resources = Resources::from([
            ("cpu".to_owned(), Quantity(machine.cpus.to_string())),
            ("ephemeral-storage".to_owned(), kibibytes(machine.disk)),
            ("memory".to_owned(), kibibytes(machine.memory)),
            ("pods".to_owned(), Quantity(self.max_pods.to_string())),
        ]);
        for (name, bytes) in &machine.huge_pages {
            let value = if *bytes == 0 {
                Quantity("0".into())
            } else {
                kibibytes(*bytes)
            };
            resources.insert(name.clone(), value);
        }
        for (name, value) in &self.capacity {
            resources.insert(name.clone(), Quantity(value.clone()));
        }
        resources
    }

    /// What pods may have of it: memory and disk less what eviction keeps back, but a declared
    /// amount as declared.
    pub fn allocatable(&self) -> Resources {
        let mut resources = self.capacity();
        let machine = &self.machine;
        let declared = |name: &str| self.capacity.contains_key(name);
        if !declared("memory") {
            let memory = machine.memory - self.eviction.memory_kept(machine.memory);
            resources.insert("memory".to_owned(), kibibytes(memory));
        }
        if !declared("ephemeral-storage") {
            let disk = machine.disk - self.eviction.disk_kept(machine.disk);
            resources.insert("ephemeral-storage".to_owned(), Quantity(disk.to_string()));
        }
        resources
    }

    /// Addresses by which the node is known.
    pub fn addresses(&self) -> Vec<NodeAddress> {
        vec![
            NodeAddress {
                type_: "InternalIP".to_owned(),
                address: self.ip.clone(),
            },
            NodeAddress {
                type_: "Hostname".to_owned(),
                address: self.name.clone(),
            },
        ]
    }

    /// Versions and identifiers.
    pub fn system_info(&self) -> NodeSystemInfo {
        let machine = &self.machine;
        NodeSystemInfo {
            architecture: machine.architecture.clone(),
            boot_id: machine.boot_id.clone(),
            container_runtime_version: self.runtime_version.clone(),
            kernel_version: machine.kernel.clone(),
            kube_proxy_version: String::new(),
            kubelet_version: KUBELET_VERSION.to_owned(),
            machine_id: machine.machine_id.clone(),
            operating_system: "linux".to_owned(),
            os_image: machine.os_image.clone(),
            swap: (machine.swap > 0).then(|| NodeSwapStatus {
                capacity: i64::try_from(machine.swap).ok(),
            }),
            system_uuid: machine.system_uuid.clone(),
        }
    }

    /// The port of the HTTPS server as the status shows it.
    pub fn endpoints(&self) -> NodeDaemonEndpoints {
        NodeDaemonEndpoints {
            kubelet_endpoint: Some(DaemonEndpoint {
                port: i32::from(self.port),
            }),
        }
    }

    /// The object to create.
    pub fn node(&self, status: NodeStatus) -> Node {
        Node {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                labels: Some(self.labels()),
                annotations: Some(BTreeMap::from([(
                    "volumes.kubernetes.io/controller-managed-attach-detach".to_owned(),
                    "true".to_owned(),
                )])),
                ..ObjectMeta::default()
            },
            spec: Some(NodeSpec::default()),
            status: Some(status),
        }
    }
}

fn kibibytes(bytes: u64) -> Quantity {
    Quantity(format!("{}Ki", bytes / 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> NodeFacts {
        NodeFacts {
            name: "n".into(),
            ip: "192.0.2.1".into(),
            labels: BTreeMap::new(),
            machine: Machine {
                cpus: 2,
                memory: 1 << 30,
                disk: 1000 * 1024,
                architecture: "amd64".into(),
                ..Machine::default()
            },
            capacity: BTreeMap::new(),
            eviction: Thresholds::default(),
            max_pods: 110,
            port: 10250,
            runtime_version: "knarr://0.1.0".into(),
        }
    }

    #[test]
    fn capacity_is_the_machines_and_allocatable_keeps_some_back() {
        let facts = facts();
        assert_eq!(facts.capacity()["memory"].0, "1048576Ki");
        assert_eq!(facts.allocatable()["memory"].0, "946176Ki");
        assert_eq!(facts.allocatable()["ephemeral-storage"].0, "921600");
        assert_eq!(facts.allocatable()["pods"].0, "110");
    }

    #[test]
    fn declared_capacity_wins_and_is_allocatable_whole() {
        let mut facts = facts();
        facts.capacity = BTreeMap::from([
            ("cpu".into(), "64".into()),
            ("memory".into(), "128Gi".into()),
        ]);
        assert_eq!(facts.capacity()["cpu"].0, "64");
        assert_eq!(facts.allocatable()["memory"].0, "128Gi");
    }

    #[test]
    fn the_hostname_label_is_the_name() {
        assert_eq!(facts().labels()["kubernetes.io/hostname"], "n");
    }
}

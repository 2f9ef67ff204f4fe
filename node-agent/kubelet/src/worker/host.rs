//! What all pod workers of a node share.

use std::path::PathBuf;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Service};
use knarr_client::Informer;
use knarr_runtime::Runtime;
use tokio::sync::watch;

use crate::config::KubeletConfig;
use crate::env::fields::FieldContext;
use crate::metrics::Metrics;
use crate::probe::Prober;
use crate::volume::VolumeHost;
use knarr_client::events::Recorder;

/// The node as its pods see it.
pub struct Host {
    /// The configuration.
    pub config: KubeletConfig,
    /// The API.
    pub client: kube::Client,
    /// Containers.
    pub runtime: Arc<dyn Runtime>,
    /// Events.
    pub recorder: Recorder,
    /// Probes.
    pub prober: Prober,
    /// Volumes.
    pub volumes: VolumeHost,
    /// Services, for their variables.
    pub services: Arc<Informer<Service>>,
    /// The Node object.
    pub node: watch::Receiver<Option<Arc<Node>>>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The node's address as text.
    pub host_ip: String,
    /// Memory of the machine in bytes.
    pub memory_capacity: u64,
    /// CPU, memory and disk that pods may have, in milli-units and bytes.
    pub allocatable: (i64, i64, i64),
}

impl Host {
    /// The folder of a pod.
    pub fn pod_dir(&self, uid: &str) -> PathBuf {
        self.volumes.pods_dir.join(uid)
    }

    /// What the downward API tells a pod with these addresses.
    pub fn fields<'a>(&'a self, pod_ips: &'a [String]) -> FieldContext<'a> {
        let (node_cpu, node_memory, node_storage) = self.allocatable;
        FieldContext {
            pod_ips,
            host_ip: &self.host_ip,
            node_cpu,
            node_memory,
            node_storage,
        }
    }
}

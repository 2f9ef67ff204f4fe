//! What the kubelet is told when it starts, and every default in one place.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use knarr_api::zpages::Flags;
use knarr_component::metrics::Registry;

use crate::certificate::{CertificateAndKey, Store};
use crate::node::eviction::Thresholds;
use crate::server::Access;

/// The version the node reports. The suffix says that this is no upstream build.
pub const KUBELET_VERSION: &str = knarr_api::version::COMPONENT;
/// Pods that one node accepts.
pub const MAX_PODS: u32 = 110;
/// How often the node's status is looked at; it is written only when something changed.
pub const STATUS_CHECK_PERIOD: Duration = Duration::from_secs(10);
/// How often an unchanged status is written all the same.
pub const STATUS_REPORT_PERIOD: Duration = Duration::from_secs(300);
/// How often the lease is renewed: a quarter of its duration, as upstream.
pub const LEASE_RENEW_PERIOD: Duration = Duration::from_secs(10);
/// How long the lease holds without renewal, in seconds.
pub const LEASE_DURATION_SECONDS: i32 = 40;
/// First wait before a container that exited is started again.
pub const RESTART_BACKOFF_BASE: Duration = Duration::from_secs(10);
/// Longest wait between restarts and between image pulls.
pub const BACKOFF_MAX: Duration = Duration::from_secs(300);
/// Bytes of a termination message, and of the log's tail that stands in for it.
pub const TERMINATION_MESSAGE_BYTES: usize = 4096;
/// Dead containers kept of each container of a living pod, for `logs --previous`.
pub const DEAD_CONTAINERS_KEPT: usize = 1;
/// How often dead containers, orphaned folders and unused images are looked for.
pub const GARBAGE_PERIOD: Duration = Duration::from_secs(60);
/// Image storage above this share of the disk starts image garbage collection (percent).
pub const IMAGE_GC_HIGH_PERCENT: u64 = 85;
/// Longest time one container operation of the runtime may take beyond its own grace period.
pub const RUNTIME_TIMEOUT: Duration = Duration::from_secs(120);

/// Configuration of one real node.
#[derive(Debug, Clone)]
pub struct KubeletConfig {
    /// Name of the Node object; also `kubernetes.io/hostname`.
    pub node_name: String,
    /// The node's InternalIP, and the host IP of its pods.
    pub node_ip: IpAddr,
    /// Where pods' volumes and checkpoints live (`/var/lib/kubelet` upstream).
    pub root_dir: PathBuf,
    /// Where container logs live (`/var/log/pods` upstream).
    pub log_dir: PathBuf,
    /// Resources that replace what the machine has, by name (`cpu` → `64`).
    pub capacity: BTreeMap<String, String>,
    /// How little the machine may have left.
    pub eviction: Thresholds,
    /// Extra labels of the node, set when it registers.
    pub labels: BTreeMap<String, String>,
    /// Name servers of pods with `dnsPolicy: ClusterFirst`.
    pub cluster_dns: Vec<IpAddr>,
    /// Domain of the cluster's own names.
    pub cluster_domain: String,
    /// The resolver file pods inherit.
    pub resolv_conf: PathBuf,
    /// Address and port of the HTTPS server. Port 0 takes any free port.
    pub bind_address: IpAddr,
    /// See `bind_address`.
    pub port: u16,
    /// What the HTTPS server shows.
    pub serving: Serving,
    /// Where the client certificate is kept that is replaced before it ends.
    pub rotated: Option<Store>,
    /// CA in PEM that signs the client certificates the HTTPS server trusts. Without one its clients need tokens.
    pub client_ca: Option<String>,
    /// The file that it came from, which is read again when it changes.
    pub client_ca_file: Option<PathBuf>,
    /// Whom the HTTPS server hears, and who decides what they may.
    pub access: Access,
    /// Where everybody can ask whether the kubelet is well, without TLS.
    pub healthz: Option<SocketAddr>,
    /// Pods that the node accepts.
    pub max_pods: u32,
    /// What this process counts.
    pub registry: Registry,
    /// The flags of this process, for `/flagz`.
    pub flags: Flags,
}

/// The certificate of the HTTPS server.
#[derive(Clone, Debug)]
pub enum Serving {
    /// One that it makes for itself.
    SelfSigned,
    /// This one.
    Given(CertificateAndKey),
    /// One that it asks the cluster for, and for a new one before that one ends; kept here. Until it is there, no
    /// connection comes about.
    Requested(Store),
}

impl KubeletConfig {
    /// A configuration with every default, for the given node and data folder.
    pub fn new(
        node_name: impl Into<String>,
        node_ip: IpAddr,
        data_dir: impl Into<PathBuf>,
    ) -> Self {
        let data_dir = data_dir.into();
        Self {
            node_name: node_name.into(),
            node_ip,
            root_dir: data_dir.join("kubelet"),
            log_dir: data_dir.join("logs/pods"),
            capacity: BTreeMap::new(),
            eviction: Thresholds::default(),
            labels: BTreeMap::new(),
            cluster_dns: vec![IpAddr::V4(Ipv4Addr::new(10, 96, 0, 10))],
            cluster_domain: "cluster.local".into(),
            resolv_conf: PathBuf::from("/etc/resolv.conf"),
            bind_address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            port: 10250,
            serving: Serving::SelfSigned,
            rotated: None,
            client_ca: None,
            client_ca_file: None,
            access: Access::default(),
            healthz: None,
            max_pods: MAX_PODS,
            registry: Registry::default(),
            flags: Flags::default(),
        }
    }
}

/// Configuration of many simulated nodes in one process.
#[derive(Debug, Clone)]
pub struct SimulatedConfig {
    /// How many nodes; they are named `<prefix>-0` and up.
    pub nodes: u32,
    /// What the names begin with.
    pub name_prefix: String,
    /// CPU of each node, as a quantity.
    pub cpu: String,
    /// Memory of each node, as a quantity.
    pub memory: String,
    /// Pods of each node.
    pub pods: u32,
}

impl SimulatedConfig {
    /// Nodes of 32 CPUs and 128 Gi, each with 110 pods.
    pub fn new(nodes: u32) -> Self {
        Self {
            nodes,
            name_prefix: "simulated".into(),
            cpu: "32".into(),
            memory: "128Gi".into(),
            pods: MAX_PODS,
        }
    }
}

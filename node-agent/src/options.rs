//! What a node is told on the command line. A flag that means the same as the kubelet's has its name. Every default is
//! here.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use knarr_api::validation::names::{is_label_value, is_qualified_name};
use knarr_kubelet::eviction::{self, Thresholds};
use knarr_runtime::image::Registries;

/// The kubelet's port.
pub const KUBELET_PORT: u16 = 10250;
/// The data directory when nothing is said; it needs no name of its own on the machine.
pub const DATA_DIR: &str = "/var/lib/knarr";

/// A node's options.
#[derive(Args, Clone, Debug)]
pub struct NodeOptions {
    /// The node's name; by default the machine's
    #[arg(long, value_name = "NAME")]
    pub hostname_override: Option<String>,
    /// The node's address; by default the one that the machine's default route has
    #[arg(long, value_name = "IP")]
    pub node_ip: Option<IpAddr>,
    /// Resources that the node declares in place of what it has, such as cpu=64,memory=256Gi
    #[arg(long, value_delimiter = ',', value_name = "NAME=QUANTITY")]
    pub node_capacity: Vec<String>,
    /// How little the machine may have left before the node takes no more pods, such as
    /// memory.available<1Gi,nodefs.available<5%; what is not named may run out
    #[arg(long, default_value = eviction::DEFAULT, value_name = "SIGNAL<QUANTITY")]
    pub eviction_hard: Thresholds,
    /// Labels that the node registers with, such as disk=ssd,zone=a
    #[arg(long, value_delimiter = ',', value_name = "KEY=VALUE")]
    pub node_labels: Vec<String>,
    /// Mirrors and credentials of registries, in the form of k3s' registries.yaml
    #[arg(
        long,
        default_value = "/etc/knarr/registries.yaml",
        value_name = "FILE"
    )]
    pub private_registry: PathBuf,
    /// The kubelet's port
    #[arg(long, default_value_t = KUBELET_PORT, value_name = "PORT")]
    pub kubelet_port: u16,
    /// The address of the cluster's name server
    #[arg(long, default_value_t = Ipv4Addr::new(10, 96, 0, 10), value_name = "IP")]
    pub cluster_dns: Ipv4Addr,
    /// The domain of the cluster's own names
    #[arg(long, default_value = "cluster.local", value_name = "DOMAIN")]
    pub cluster_domain: String,
    /// The file that names the servers for all other names
    #[arg(long, default_value = "/etc/resolv.conf", value_name = "FILE")]
    pub resolv_conf: PathBuf,
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self {
            hostname_override: None,
            node_ip: None,
            node_capacity: Vec::new(),
            eviction_hard: Thresholds::default(),
            node_labels: Vec::new(),
            private_registry: PathBuf::from("/etc/knarr/registries.yaml"),
            kubelet_port: KUBELET_PORT,
            cluster_dns: Ipv4Addr::new(10, 96, 0, 10),
            cluster_domain: "cluster.local".to_owned(),
            resolv_conf: PathBuf::from("/etc/resolv.conf"),
        }
    }
}

impl NodeOptions {
    /// Whether all options can be understood, and this machine has what they name.
    pub fn check(&self) -> anyhow::Result<()> {
        parse_quantities(&self.node_capacity)?;
        check_labels(&parse_pairs(&self.node_labels)?)?;
        if let Some(ip) = self.node_ip {
            check_address(ip).context("--node-ip")?;
        }
        Registries::load(&self.private_registry).context("--private-registry")?;
        Ok(())
    }
}

/// The API server would refuse the node for ever.
fn check_labels(labels: &BTreeMap<String, String>) -> anyhow::Result<()> {
    for (key, value) in labels {
        let mut faults = is_qualified_name(key);
        faults.extend(is_label_value(value));
        anyhow::ensure!(
            faults.is_empty(),
            "--node-labels {key}={value}: {}",
            faults.join("; ")
        );
    }
    Ok(())
}

/// Whether a node can have the address, in the kubelet's words (pkg/kubelet/kubelet_node_status.go, validateNodeIP).
fn check_address(ip: IpAddr) -> anyhow::Result<()> {
    anyhow::ensure!(!ip.is_unspecified(), "nodeIP can't be all zeros address");
    anyhow::ensure!(!ip.is_multicast(), "nodeIP can't be a multicast address");
    // An address can be bound when it is one of the machine's.
    let bound = std::net::UdpSocket::bind((ip, 0));
    anyhow::ensure!(
        bound.is_ok(),
        "node IP: {:?} not found in the host's network interfaces",
        ip.to_string()
    );
    Ok(())
}

/// Says that `what` needs root, in place of the system call that would fail first.
pub fn require_root(what: &str) -> anyhow::Result<()> {
    let root = nix::unistd::geteuid().is_root();
    anyhow::ensure!(root, "{what} can be had by root only");
    Ok(())
}

/// Where a node keeps its things.
#[derive(Clone, Debug)]
pub struct Place {
    /// Images, volumes and logs.
    pub data: PathBuf,
    /// What does not outlive a boot: sockets and states of running containers.
    pub run: PathBuf,
    /// The control group above all pods.
    pub cgroup: String,
}

impl Place {
    /// The place of the node whose cluster or data is in `data_dir`.
    pub fn new(data_dir: &Path) -> Self {
        let instance = instance(data_dir);
        Self {
            // Mounts of containers name folders from the root on.
            data: absolute(data_dir).join("node"),
            run: Path::new("/run").join(&instance),
            cgroup: instance,
        }
    }

    /// Where certificates are kept that the cluster signed for the node.
    pub fn certificates(&self) -> PathBuf {
        self.data.join("kubelet/pki")
    }

    /// Where the runtime keeps images and writable layers.
    pub fn runtime_root(&self) -> PathBuf {
        self.data.join("runtime")
    }
}

/// The name that tells what belongs to one data directory from what belongs to another on the same machine.
pub fn instance(data_dir: &Path) -> String {
    let absolute = absolute(data_dir);
    if absolute == Path::new(DATA_DIR) {
        return "knarr".to_owned();
    }
    let bytes = absolute.as_os_str().as_encoded_bytes();
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |sum, byte| {
        (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    format!("knarr-{hash:08x}")
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Reads `name=quantity` pairs.
pub fn parse_quantities(pairs: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    let quantities = parse_pairs(pairs)?;
    for (name, quantity) in &quantities {
        let parsed = knarr_api::quantity::Quantity::parse(quantity);
        anyhow::ensure!(
            parsed.is_ok(),
            "--node-capacity {name}={quantity}: {quantity:?} is not a quantity"
        );
    }
    Ok(quantities)
}

/// Reads `key=value` pairs.
pub fn parse_pairs(pairs: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    let pair = |text: &String| {
        let (key, value) = text.split_once('=')?;
        (!key.is_empty()).then(|| (key.to_owned(), value.to_owned()))
    };
    pairs
        .iter()
        .map(|text| {
            pair(text).ok_or_else(|| anyhow::anyhow!("{text:?} is not of the form name=value"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_data_directory_has_a_name_of_its_own() {
        assert_eq!(instance(Path::new("/var/lib/knarr")), "knarr");
        assert_ne!(instance(Path::new("/a")), instance(Path::new("/b")));
        assert!(Place::new(Path::new("here")).data.is_absolute());
    }

    /// What is wrong with options that are otherwise the usual ones.
    fn fault(change: impl FnOnce(&mut NodeOptions)) -> String {
        let mut options = NodeOptions::default();
        change(&mut options);
        options
            .check()
            .map_or_else(|error| format!("{error:#}"), |()| String::new())
    }

    #[test]
    fn labels_are_such_as_the_server_takes() {
        let label = |text: &str| fault(|options| options.node_labels = vec![text.to_owned()]);
        assert_eq!(label("example.com/disk=ssd"), "");
        assert_eq!(label("empty="), "");
        let key = label("a b=c");
        assert!(
            key.starts_with("--node-labels a b=c: name part must consist of"),
            "{key}"
        );
        let value = label("a=b c");
        assert!(
            value.starts_with("--node-labels a=b c: a valid label must be"),
            "{value}"
        );
    }

    #[test]
    fn the_address_is_one_of_the_machines() {
        let address = |text: &str| fault(|options| options.node_ip = Some(text.parse().unwrap()));
        assert_eq!(address("127.0.0.1"), "");
        assert_eq!(
            address("203.0.113.9"),
            r#"--node-ip: node IP: "203.0.113.9" not found in the host's network interfaces"#
        );
        assert_eq!(
            address("0.0.0.0"),
            "--node-ip: nodeIP can't be all zeros address"
        );
        assert_eq!(
            address("224.0.0.1"),
            "--node-ip: nodeIP can't be a multicast address"
        );
    }

    #[test]
    fn a_broken_file_of_registries_is_told_at_the_start() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "mirrors: [a").unwrap();
        let path = file.path().to_owned();
        let fault = fault(|options| options.private_registry = path.clone());
        let start = format!("--private-registry: {}: ", path.display());
        assert!(fault.starts_with(&start), "{fault}");
    }

    #[test]
    fn pairs_are_checked() {
        let pairs = |text: &str| parse_quantities(&[text.to_owned()]);
        assert_eq!(pairs("cpu=64").unwrap()["cpu"], "64");
        for bad in ["cpu", "=1", "cpu=many"] {
            assert!(pairs(bad).is_err(), "{bad}");
        }
    }
}

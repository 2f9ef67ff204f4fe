//! The pod network of one node: a bridge, a veth pair and an address for each pod.
//!
//! A pod has its address as a /32 and reaches everything, its neighbours on the bridge too, through the node. So
//! every packet passes the node's routing and its rules, and service addresses work between neighbours without
//! the kernel's bridge filter.

mod ipam;
mod netns;

use std::net::IpAddr;
use std::path::PathBuf;

use futures::TryStreamExt as _;
use ipnet::IpNet;
use rtnetlink::packet_route::link::{InfoData, InfoKind, InfoVeth};
use rtnetlink::{
    Handle, LinkBridge, LinkBridgePort, LinkMessageBuilder, LinkUnspec, LinkVeth,
    RouteMessageBuilder,
};

pub use ipam::AddressPool;
pub use netns::{connect_in, enter_network};

/// Name of a pod's interface, as every CNI plug-in calls it.
const POD_INTERFACE: &str = "eth0";
/// First bytes of the bridge's hardware address: locally administered.
const BRIDGE_ADDRESS_PREFIX: [u8; 2] = [0x0a, 0x58];

/// Why the network could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The pod CIDR is not one.
    #[error("invalid pod CIDR {0:?}")]
    InvalidCidr(String),
    /// No address is free.
    #[error("failed to allocate for range {0}: no IP addresses available in range set")]
    Exhausted(IpNet),
    /// A file operation failed.
    #[error("{step}: {source}")]
    Io {
        /// What was done.
        step: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The kernel refused a change.
    #[error("{step}: {message}")]
    Netlink {
        /// What was done.
        step: String,
        /// What the kernel said.
        message: String,
    },
}

impl NetworkError {
    fn io(step: impl Into<String>, source: std::io::Error) -> Self {
        let step = step.into();
        Self::Io { step, source }
    }

    fn netlink(step: &str) -> impl FnOnce(rtnetlink::Error) -> Self + use<> {
        let step = step.to_owned();
        move |error| Self::Netlink {
            step,
            message: error.to_string(),
        }
    }
}

/// The bridge and its addresses.
#[derive(Debug)]
pub struct PodNetwork {
    bridge: String,
    pool: AddressPool,
}

impl PodNetwork {
    /// Brings the bridge up for a pod CIDR, or finds it up.
    pub async fn open(bridge: &str, cidr: IpNet, state: PathBuf) -> Result<Self, NetworkError> {
        let network = Self {
            bridge: bridge.to_owned(),
            pool: AddressPool::open(cidr, state)?,
        };
        network.ensure_bridge().await?;
        Ok(network)
    }

    /// The pod CIDR.
    pub fn cidr(&self) -> IpNet {
        self.pool.cidr()
    }

    /// Connects the network namespace of `pid` and returns the pod's address.
    pub async fn attach(&self, sandbox: &str, pid: i32) -> Result<IpAddr, NetworkError> {
        let address = self.pool.allocate(sandbox)?;
        let outcome = self.connect(sandbox, pid, address).await;
        if outcome.is_err() {
            self.detach(sandbox).await;
        }
        outcome.map(|()| address)
    }

    /// Removes the pod's interface and releases its address. Idempotent.
    pub async fn detach(&self, sandbox: &str) {
        detach(sandbox).await;
        self.pool.release(sandbox);
    }

    /// Releases addresses of sandboxes that don't exist any more.
    pub fn retain(&self, exists: impl Fn(&str) -> bool) {
        self.pool.retain(exists);
    }

    async fn connect(&self, sandbox: &str, pid: i32, address: IpAddr) -> Result<(), NetworkError> {
        let (_connection, handle) = netlink("open netlink")?;
        let bridge = self.ensure_bridge_with(&handle).await?;
        let peer = LinkMessageBuilder::<LinkUnspec>::new()
            .name(POD_INTERFACE)
            .setns_by_pid(u32::try_from(pid).unwrap_or_default())
            .build();
        let name = interface_of(sandbox);
        let link = LinkMessageBuilder::<LinkVeth>::new_with_info_kind(InfoKind::Veth)
            .name(name.clone())
            .controller(bridge)
            .set_info_data(InfoData::Veth(InfoVeth::Peer(peer)))
            .up()
            .build();
        let step = format!("create interface {name}");
        handle
            .link()
            .add(link)
            .execute()
            .await
            .map_err(NetworkError::netlink(&step))?;
        if let Some(port) = link_index(&handle, &name).await? {
            // A pod that calls a service may get itself as the endpoint.
            let hairpin = LinkBridgePort::new(port).hairpin(true).build();
            let _ = handle.link().set_port(hairpin).execute().await;
        }
        self.configure_inside(pid, address).await
    }

    /// Address and routes of the pod's side.
    async fn configure_inside(&self, pid: i32, address: IpAddr) -> Result<(), NetworkError> {
        let runtime = tokio::runtime::Handle::current();
        let open = move || {
            let _context = runtime.enter();
            rtnetlink::new_connection()
        };
        let opened = enter_network(pid, open)
            .await
            .map_err(|error| NetworkError::io("enter pod network", error))?;
        let (connection, handle, _) =
            opened.map_err(|error| NetworkError::io("open netlink in pod", error))?;
        let _connection = AbortOnDrop(tokio::spawn(connection));
        let index = link_index(&handle, POD_INTERFACE)
            .await?
            .ok_or_else(|| NetworkError::io("eth0", std::io::ErrorKind::NotFound.into()))?;
        let host_bits = if address.is_ipv4() { 32 } else { 128 };
        handle
            .address()
            .add(index, address, host_bits)
            .execute()
            .await
            .map_err(NetworkError::netlink("add address"))?;
        let up = LinkUnspec::new_with_index(index).up().build();
        handle
            .link()
            .set(up)
            .execute()
            .await
            .map_err(NetworkError::netlink("eth0 up"))?;
        let gateway = self.pool.gateway();
        let step = NetworkError::netlink("add default route");
        let request = match (gateway, address) {
            (IpAddr::V4(gateway), IpAddr::V4(_)) => handle.route().add(
                RouteMessageBuilder::<std::net::Ipv4Addr>::new()
                    .gateway(gateway)
                    .output_interface(index)
                    .onlink()
                    .build(),
            ),
            (IpAddr::V6(gateway), _) => handle.route().add(
                RouteMessageBuilder::<std::net::Ipv6Addr>::new()
                    .gateway(gateway)
                    .output_interface(index)
                    .onlink()
                    .build(),
            ),
            (IpAddr::V4(_), IpAddr::V6(_)) => return Ok(()),
        };
        request.execute().await.map_err(step)
    }

    async fn ensure_bridge(&self) -> Result<(), NetworkError> {
        let (_connection, handle) = netlink("open netlink")?;
        self.ensure_bridge_with(&handle).await?;
        let bridge = &self.bridge;
        let settings = [
            ("net/ipv4/ip_forward".to_owned(), "1"),
            // Pods are told to use the node as a router even for their neighbours.
            ("net/ipv4/conf/all/send_redirects".to_owned(), "0"),
            (format!("net/ipv4/conf/{bridge}/send_redirects"), "0"),
        ];
        for (name, value) in settings {
            let path = format!("/proc/sys/{name}");
            let current = std::fs::read_to_string(&path).unwrap_or_default();
            if current.trim() != value {
                std::fs::write(&path, value).map_err(|error| NetworkError::io(path, error))?;
            }
        }
        Ok(())
    }

    /// Finds or makes the bridge; returns its index. Somebody may have removed it.
    async fn ensure_bridge_with(&self, handle: &Handle) -> Result<u32, NetworkError> {
        if let Some(index) = link_index(handle, &self.bridge).await? {
            return Ok(index);
        }
        let gateway = self.pool.gateway();
        let link = LinkBridge::new(&self.bridge)
            .address(hardware_address(gateway))
            .build();
        let step = format!("create bridge {}", self.bridge);
        match handle.link().add(link).execute().await {
            Ok(()) => {}
            Err(rtnetlink::Error::NetlinkError(error)) if error.raw_code() == -libc::EEXIST => {}
            Err(error) => return Err(NetworkError::netlink(&step)(error)),
        }
        let missing = || NetworkError::io(step.clone(), std::io::ErrorKind::NotFound.into());
        let index = link_index(handle, &self.bridge)
            .await?
            .ok_or_else(missing)?;
        let added = handle
            .address()
            .add(index, gateway, self.cidr().prefix_len());
        match added.execute().await {
            Ok(()) => Ok(index),
            Err(rtnetlink::Error::NetlinkError(error)) if error.raw_code() == -libc::EEXIST => {
                Ok(index)
            }
            Err(error) => Err(NetworkError::netlink("add bridge address")(error)),
        }
    }
}

/// Removes the host's side of a pod's interface, and with it the pod's side.
pub async fn detach(sandbox: &str) {
    let Ok((_connection, handle)) = netlink("open netlink") else {
        return;
    };
    if let Ok(Some(index)) = link_index(&handle, &interface_of(sandbox)).await {
        // It may go by itself at this moment, with its namespace.
        let _ = handle.link().del(index).execute().await;
    }
}

/// A task that ends with its owner.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn netlink(step: &str) -> Result<(AbortOnDrop, Handle), NetworkError> {
    let (connection, handle, _) =
        rtnetlink::new_connection().map_err(|error| NetworkError::io(step, error))?;
    Ok((AbortOnDrop(tokio::spawn(connection)), handle))
}

async fn link_index(handle: &Handle, name: &str) -> Result<Option<u32>, NetworkError> {
    let mut links = handle.link().get().match_name(name.to_owned()).execute();
    match links.try_next().await {
        Ok(link) => Ok(link.map(|link| link.header.index)),
        Err(rtnetlink::Error::NetlinkError(error)) if error.raw_code() == -libc::ENODEV => Ok(None),
        Err(error) => Err(NetworkError::netlink(&format!("find interface {name}"))(
            error,
        )),
    }
}

/// Name of the host's side: an interface name holds 15 bytes.
fn interface_of(sandbox: &str) -> String {
    let short: String = sandbox.chars().take(11).collect();
    format!("veth{short}")
}

/// A hardware address made from the gateway's: without one of its own, a bridge takes that of its lowest port
/// and changes it as pods come and go, and the pods' neighbour tables go stale.
fn hardware_address(gateway: IpAddr) -> Vec<u8> {
    let bytes: Vec<u8> = match gateway {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[12..].to_vec(),
    };
    [BRIDGE_ADDRESS_PREFIX.to_vec(), bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interface_names_fit_the_kernel() {
        let name = interface_of(&crate::new_id());
        assert_eq!(name.len(), 15);
    }

    #[test]
    fn the_bridge_address_is_locally_administered_unicast() {
        let address = hardware_address("10.244.0.1".parse().unwrap());
        assert_eq!(address, [0x0a, 0x58, 10, 244, 0, 1]);
        assert_eq!(address[0] & 0b11, 0b10);
    }
}

//! Services on a node: packet rules and cluster DNS.
//!
//! The cluster is known only through the Kubernetes API; the kernel only through the backend. What the rules are is
//! decided by pure functions in [`model`] and in the backend's `ruleset`.

mod address;
mod dns;
mod model;
mod nftables;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use knarr_client::{Informer, watcher};
use kube::Client;
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

use dns::zone::Zone;
use nftables::{Nftables, Node};

/// Changes that come within this are made together, so that a rollout does not rewrite the rules for every pod.
const GATHER: Duration = Duration::from_millis(50);
/// After a failure everything is tried again after this.
const RETRY: Duration = Duration::from_secs(1);

/// What the proxy is told.
#[derive(Clone, Debug)]
pub struct ProxyConfig {
    pub node_name: String,
    /// The addresses of all pods of the cluster.
    pub cluster_cidr: (Ipv4Addr, u8),
    /// Where the cluster's name server is reached.
    pub cluster_dns: Ipv4Addr,
    pub cluster_domain: String,
    /// The file that names the servers for all other names.
    pub resolv_conf: PathBuf,
}

/// Why the proxy can't work on this node.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot set the packet rules up: {0}")]
    Rules(#[from] nftables::Error),
    #[error("cannot give the node the address {address} of the cluster's name server: {reason}")]
    Address { address: Ipv4Addr, reason: String },
    #[error("cannot serve names at {address}: {source}")]
    Serve {
        address: SocketAddr,
        source: std::io::Error,
    },
}

/// Keeps the node's rules and names in step with the cluster until cancelled. `ready` is told when names are answered
/// and the first rules stand.
pub async fn run(
    client: Client,
    config: ProxyConfig,
    ready: oneshot::Sender<()>,
    cancel: CancellationToken,
) -> Result<(), Error> {
    let node = Node {
        cluster_cidr: config.cluster_cidr,
        local_addresses: vec![config.cluster_dns],
    };
    let rules = Nftables::set_up(node)?;
    let address = config.cluster_dns;
    address::ensure(address)
        .await
        .map_err(|error| Error::Address {
            address,
            reason: error.to_string(),
        })?;
    let (zone, zones) = watch::channel(Arc::new(Zone::default()));
    let resolv_conf = tokio::fs::read_to_string(&config.resolv_conf)
        .await
        .unwrap_or_default();
    let upstream = dns::name_servers(&resolv_conf, IpAddr::V4(address));
    let address = SocketAddr::from((address, 53));
    let server = dns::Server::bind(address, zones, upstream);
    let server = server
        .await
        .map_err(|source| Error::Serve { address, source })?;
    let (services, slices) = (
        Informer::<Service>::default(),
        Informer::<EndpointSlice>::default(),
    );
    let work = async {
        tokio::join!(
            server.run(),
            services.run(client.clone(), watcher::Config::default()),
            slices.run(client, watcher::Config::default()),
            keep(rules, &config, &services, &slices, &zone, ready),
        )
    };
    tokio::select! {
        _ = work => {}
        () = cancel.cancelled() => {}
    }
    // The rules stay when the agent stops: pods go on running, and go on being reached.
    Ok(())
}

/// Brings rules and names to the newest state, whenever that changes.
async fn keep(
    mut rules: Nftables,
    config: &ProxyConfig,
    services: &Informer<Service>,
    slices: &Informer<EndpointSlice>,
    zone: &watch::Sender<Arc<Zone>>,
    ready: oneshot::Sender<()>,
) {
    services.synced().await;
    slices.synced().await;
    let mut ready = Some(ready);
    loop {
        let changed = (services.changed(), slices.changed());
        let (all_services, all_slices) = (services.all(), slices.all());
        zone.send_replace(Arc::new(Zone::new(
            &config.cluster_domain,
            all_services.iter(),
            all_slices.iter(),
        )));
        let rows = model::rows(all_services.iter(), all_slices.iter(), &config.node_name);
        let applied = rules.apply(&rows);
        if let Some(ready) = ready.take() {
            // Nobody may be waiting for it.
            let _ = ready.send(());
        }
        if let Err(error) = applied {
            tracing::warn!(%error, "the packet rules could not be changed");
            tokio::time::sleep(RETRY).await;
            continue;
        }
        tokio::select! {
            () = changed.0 => {}
            () = changed.1 => {}
        }
        tokio::time::sleep(GATHER).await;
    }
}

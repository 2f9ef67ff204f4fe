//! Starts a node's parts in the order in which they need each other, and says when it is ready.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use futures::StreamExt;
use k8s_openapi::api::core::v1::Node as ApiNode;
use knarr_api::zpages::Flags;
use knarr_client::Api;
use knarr_client::watcher::{self, watcher};
use knarr_component::metrics::Registry;
use knarr_kubelet::certificate::Store;
use knarr_kubelet::{Access, KubeletConfig, Serving, SimulatedConfig};
use knarr_proxy::ProxyConfig;
use knarr_runtime::{EmbeddedConfig, EmbeddedRuntime, Runtime};
use kube::Client;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::options::{NodeOptions, Place, parse_pairs, parse_quantities};

/// Why a node could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the container runtime: {0}")]
    Runtime(#[from] knarr_runtime::RuntimeError),
    #[error("the kubelet: {0}")]
    Kubelet(#[from] knarr_kubelet::Error),
    #[error("the proxy: {0}")]
    Proxy(#[from] knarr_proxy::Error),
    #[error("{0:#}")]
    Options(anyhow::Error),
    #[error("the node ended before it was ready")]
    Ended,
}

/// How the node's parts reach the API server: each as itself.
pub struct Clients {
    pub kubelet: Client,
    pub proxy: Client,
    /// What they count, and the kubelet's server tells.
    pub registry: Registry,
}

/// A running node.
pub struct Node {
    name: String,
    client: Client,
    names_ready: Option<oneshot::Receiver<()>>,
    tasks: JoinSet<Result<(), Error>>,
}

/// What the node is, beside its options.
pub struct Identity {
    pub name: String,
    pub ip: IpAddr,
    /// Who signs the certificates of those that may use the kubelet's server, PEM.
    pub client_ca: Option<String>,
    /// The file that it came from, which is read again when it changes.
    pub client_ca_file: Option<PathBuf>,
    /// Whom the kubelet's server hears, and who decides what they may.
    pub access: Access,
    /// Where everybody on the machine can ask whether the kubelet is well.
    pub healthz: Option<SocketAddr>,
    /// The certificate of the kubelet's server.
    pub serving: Serving,
    /// Where the client certificate is kept that is replaced before it ends.
    pub rotated: Option<Store>,
    /// The addresses of all pods of the cluster.
    pub cluster_cidr: (std::net::Ipv4Addr, u8),
    /// The flags of this process, for `/flagz`.
    pub flags: Flags,
}

impl Node {
    /// Opens the runtime, finds the pods of an earlier run, and starts kubelet and proxy.
    pub async fn start(
        clients: Clients,
        options: &NodeOptions,
        identity: Identity,
        place: &Place,
        cancel: CancellationToken,
    ) -> Result<Self, Error> {
        let registries = Some(options.private_registry.clone());
        let runtime = EmbeddedRuntime::open(EmbeddedConfig {
            root: place.runtime_root(),
            state: place.run.clone(),
            registries,
            cgroup_parent: place.cgroup.clone(),
            ..EmbeddedConfig::default()
        })
        .await?;
        let runtime: Arc<dyn Runtime> = Arc::new(runtime);
        let mut kubelet =
            KubeletConfig::new(identity.name.clone(), identity.ip, place.data.clone());
        kubelet.capacity = parse_quantities(&options.node_capacity).map_err(Error::Options)?;
        kubelet.eviction = options.eviction_hard.clone();
        kubelet.labels = parse_pairs(&options.node_labels).map_err(Error::Options)?;
        kubelet.cluster_dns = vec![IpAddr::V4(options.cluster_dns)];
        kubelet.cluster_domain.clone_from(&options.cluster_domain);
        kubelet.resolv_conf.clone_from(&options.resolv_conf);
        kubelet.port = options.kubelet_port;
        kubelet.client_ca = identity.client_ca;
        kubelet.client_ca_file = identity.client_ca_file;
        kubelet.access = identity.access;
        kubelet.healthz = identity.healthz;
        kubelet.serving = identity.serving;
        kubelet.rotated = identity.rotated;
        kubelet.registry = clients.registry;
        kubelet.flags = identity.flags;
        let proxy = ProxyConfig {
            node_name: identity.name.clone(),
            cluster_cidr: identity.cluster_cidr,
            cluster_dns: options.cluster_dns,
            cluster_domain: options.cluster_domain.clone(),
            resolv_conf: options.resolv_conf.clone(),
        };
        let (ready, names_ready) = oneshot::channel();
        let mut tasks = JoinSet::new();
        let client = clients.kubelet.clone();
        let ending = cancel.clone();
        tasks.spawn(async move {
            Ok(knarr_kubelet::run(clients.kubelet, kubelet, runtime, ending).await?)
        });
        tasks
            .spawn(async move { Ok(knarr_proxy::run(clients.proxy, proxy, ready, cancel).await?) });
        Ok(Self {
            name: identity.name,
            client,
            names_ready: Some(names_ready),
            tasks,
        })
    }

    /// Waits until the node's Ready condition is true.
    pub async fn ready(&mut self) -> Result<(), Error> {
        let (client, name) = (self.client.clone(), self.name.clone());
        tokio::select! {
            () = node_ready(client, &name) => Ok(()),
            ended = self.tasks.join_next() => Err(why_ended(ended)),
        }
    }

    /// Waits until names are answered.
    pub async fn names_ready(&mut self) -> Result<(), Error> {
        let Some(ready) = self.names_ready.take() else {
            return Ok(());
        };
        tokio::select! {
            told = ready => told.map_err(|_| Error::Ended),
            ended = self.tasks.join_next() => Err(why_ended(ended)),
        }
    }

    /// Waits until everything has ended, which it does when the token is cancelled, or fails.
    pub async fn ended(mut self) -> Result<(), Error> {
        while let Some(task) = self.tasks.join_next().await {
            task.map_err(|_| Error::Ended)??;
        }
        Ok(())
    }
}

fn why_ended(task: Option<Result<Result<(), Error>, tokio::task::JoinError>>) -> Error {
    match task {
        Some(Ok(Err(error))) => error,
        _ => Error::Ended,
    }
}

async fn node_ready(client: Client, name: &str) {
    let only = watcher::Config::default().fields(&format!("metadata.name={name}"));
    let mut nodes = watcher(Api::<ApiNode>::all(client), only);
    while let Some(event) = nodes.next().await {
        let Some(node) = event.ok().and_then(watcher::Event::applied) else {
            continue;
        };
        let conditions = node
            .status
            .iter()
            .flat_map(|status| status.conditions.iter().flatten());
        if conditions
            .into_iter()
            .any(|condition| condition.type_ == "Ready" && condition.status == "True")
        {
            return;
        }
    }
}

/// Nodes that only pretend, many in one process.
pub struct Simulated {
    tasks: JoinSet<Result<(), Error>>,
    client: Client,
    first: String,
}

impl Simulated {
    /// Starts `count` nodes.
    pub fn start(client: Client, count: u32, cancel: CancellationToken) -> Self {
        let config = SimulatedConfig::new(count);
        let first = format!("{}-0", config.name_prefix);
        let mut tasks = JoinSet::new();
        let nodes = client.clone();
        tasks.spawn(async move { Ok(knarr_kubelet::run_simulated(nodes, config, cancel).await?) });
        Self {
            tasks,
            client,
            first,
        }
    }

    /// Waits until the first of them is ready.
    pub async fn ready(&mut self) -> Result<(), Error> {
        tokio::select! {
            () = node_ready(self.client.clone(), &self.first) => Ok(()),
            ended = self.tasks.join_next() => Err(why_ended(ended)),
        }
    }

    /// Waits until all have ended.
    pub async fn ended(mut self) -> Result<(), Error> {
        while let Some(task) = self.tasks.join_next().await {
            task.map_err(|_| Error::Ended)??;
        }
        Ok(())
    }
}

//! Composes one real node: registration, pods, and the HTTPS server.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures::future::OptionFuture;
use k8s_openapi::api::core::v1::{Node, Service};
use knarr_api::quantity::Quantity;
use knarr_client::zpages::Zpages;
use knarr_client::{Informer, watcher};
use knarr_runtime::{Runtime, RuntimeError};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::certificate::{self, Shown, Store, Wanted};
use crate::config::{KubeletConfig, Serving};
use crate::metrics::Metrics;
use crate::node::heartbeat::Heartbeat;
use crate::node::machine::Machine;
use crate::node::object::{NodeFacts, Resources};
use crate::objects::ObjectCache;
use crate::probe::Prober;
use crate::server::{self, Guard, Server};
use crate::volume::VolumeHost;
use crate::worker::host::Host;
use crate::worker::manager::Manager;
use knarr_client::events::Recorder;

/// Why a node could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port of the HTTPS server is taken or not allowed.
    #[error("listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The certificate of the HTTPS server can't be used.
    #[error("serving certificate: {0}")]
    Tls(#[from] server::TlsError),
    /// The authority of clients can't be used.
    #[error(transparent)]
    ClientCa(#[from] knarr_component::certificate::Error),
    /// The data folders can't be made.
    #[error("create {path}: {source}")]
    Folder {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The runtime does not answer.
    #[error("container runtime: {0}")]
    Runtime(#[from] RuntimeError),
}

/// Runs one node until cancelled. Containers go on running after that, and are found again by the next
/// run.
pub async fn run(
    client: kube::Client,
    config: KubeletConfig,
    runtime: Arc<dyn Runtime>,
    cancel: CancellationToken,
) -> Result<(), Error> {
    let pods_dir = config.root_dir.join("pods");
    for folder in [&pods_dir, &config.log_dir] {
        tokio::fs::create_dir_all(folder)
            .await
            .map_err(|source| Error::Folder {
                path: folder.display().to_string(),
                source,
            })?;
    }
    let address = SocketAddr::new(config.bind_address, config.port);
    let listen = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let port = listener.local_addr().map_err(listen)?.port();
    let shown = server::shown(&config)?;
    let tls = server::tls_config(shown.subscribe())?;
    let guard = Guard::new(
        client.clone(),
        config.node_name.clone(),
        config.client_ca.as_deref(),
        &config.access,
    )?;
    let follow_ca = config.client_ca_file.clone().map(|file| {
        let used = config.client_ca.clone().unwrap_or_default();
        server::client_ca::follow(file, used, guard.delegated.clone())
    });
    let healthz = config.healthz.map(server::healthz::serve);
    let configuration = server::configz::configuration(&config);
    let rotations = rotations(&config, &client, shown);
    let facts = facts(&config, &*runtime, port).await?;
    let (recorder, events) = Recorder::new(client.clone(), "kubelet", config.node_name.clone());
    let (node, node_receiver) = watch::channel(None);
    let services = Arc::new(Informer::default());
    let follow_services = {
        let (services, client) = (services.clone(), client.clone());
        async move { services.run(client, watcher::Config::default()).await }
    };
    let host = Arc::new(host(
        &config,
        &client,
        &runtime,
        &recorder,
        node_receiver,
        services,
        &facts,
    ));
    let metrics = host.metrics.clone();
    let name = facts.name.clone();
    let heartbeat = Heartbeat {
        client,
        facts,
        runtime: runtime.clone(),
        recorder,
        disk: config.root_dir.clone(),
        node,
    };
    let (queries, receiver) = mpsc::channel(16);
    let server = Server {
        runtime,
        node: name,
        queries,
        metrics,
        registry: config.registry,
        results: Arc::default(),
        configuration: Arc::new(configuration),
        zpages: Arc::new(Zpages {
            component: "kubelet",
            paths: server::PATHS,
            flags: config.flags,
        }),
    };
    let manager = Manager::new(host).run(receiver, cancel.clone());
    // The server goes on until the manager has ended.
    let serving = CancellationToken::new();
    let _ends = serving.clone().drop_guard();
    let serve = server.serve(listener, tls, guard, serving);
    tokio::select! {
        // The manager ends first, in its own time, when the token is cancelled.
        () = manager => {}
        () = heartbeat.run() => {}
        () = events => {}
        () = follow_services => {}
        () = serve => {}
        () = rotations => {}
        Some(()) = OptionFuture::from(follow_ca) => {}
        Some(()) = OptionFuture::from(healthz) => {}
    }
    Ok(())
}

/// Keeps the certificates fresh that the cluster signs for this node; never ends.
fn rotations(
    config: &KubeletConfig,
    client: &kube::Client,
    shown: Shown,
) -> impl Future<Output = ()> + use<> {
    let node = &config.node_name;
    let manager = |store: &Store, wanted| certificate::Manager {
        store: store.clone(),
        wanted,
    };
    // The connection to the API server looks at the store's file by itself.
    let own = config
        .rotated
        .as_ref()
        .map(|store| manager(store, Wanted::client(node)).run(client.clone(), Shown::new(None)));
    let serving = match &config.serving {
        Serving::Requested(store) => {
            let names = vec![node.clone(), config.node_ip.to_string()];
            Some(manager(store, Wanted::serving(node, names)).run(client.clone(), shown))
        }
        _ => None,
    };
    async move {
        tokio::join!(OptionFuture::from(own), OptionFuture::from(serving));
        std::future::pending::<()>().await;
    }
}

/// What the node is, from the machine, the runtime and the configuration.
async fn facts(
    config: &KubeletConfig,
    runtime: &dyn Runtime,
    port: u16,
) -> Result<NodeFacts, Error> {
    let version = runtime.version().await?;
    Ok(NodeFacts {
        name: config.node_name.clone(),
        ip: config.node_ip.to_string(),
        labels: config.labels.clone(),
        machine: Machine::read(&config.root_dir),
        capacity: config.capacity.clone(),
        eviction: config.eviction.clone(),
        max_pods: config.max_pods,
        port,
        runtime_version: format!("{}://{}", version.runtime_name, version.runtime_version),
    })
}

fn host(
    config: &KubeletConfig,
    client: &kube::Client,
    runtime: &Arc<dyn Runtime>,
    recorder: &Recorder,
    node: watch::Receiver<Option<Arc<Node>>>,
    services: Arc<Informer<Service>>,
    facts: &NodeFacts,
) -> Host {
    let allocatable = facts.allocatable();
    let (cpu, memory, storage) = (
        milli(&allocatable, "cpu"),
        milli(&allocatable, "memory") / 1000,
        milli(&allocatable, "ephemeral-storage") / 1000,
    );
    Host {
        host_ip: ip_text(config.node_ip),
        memory_capacity: facts.machine.memory,
        allocatable: (cpu, memory, storage),
        prober: Prober {
            runtime: runtime.clone(),
            recorder: recorder.clone(),
        },
        volumes: VolumeHost {
            client: client.clone(),
            objects: Arc::new(ObjectCache::new(client.clone())),
            pods_dir: config.root_dir.join("pods"),
            node: config.node_name.clone(),
        },
        recorder: recorder.clone(),
        metrics: Arc::new(Metrics::new(&config.registry, &config.node_name)),
        runtime: runtime.clone(),
        client: client.clone(),
        config: config.clone(),
        services,
        node,
    }
}

fn ip_text(ip: IpAddr) -> String {
    ip.to_string()
}

fn milli(resources: &Resources, name: &str) -> i64 {
    let quantity = resources
        .get(name)
        .and_then(|value| Quantity::parse(&value.0).ok());
    quantity.map_or(0, |quantity| quantity.milli_value())
}

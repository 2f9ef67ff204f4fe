//! `knarr up`: a whole cluster in one process.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use clap::Args;

use knarr_node::{
    Access, CertificateAndKey, Clients, Identity, Node, NodeOptions, Place, Serving, Simulated,
};
use knarr_server::commands::cancelled_by_signal;
use knarr_server::control_plane::{ControlPlane, parse_cidr};
use knarr_server::options::{self, ApiServerOptions, ControllerManagerOptions, SchedulerOptions};
use knarr_server::progress::Progress;
use knarr_server::{Flags, kubeconfig, machine, pki};
use tokio_util::sync::CancellationToken;

/// Pods of simulated nodes have no real addresses; the range only has to have a part for each of thousands of nodes.
const SIMULATED_CLUSTER_CIDR: &str = "10.128.0.0/9";

/// What the one node keeps free. The disk of somebody's machine is often fuller than a node's may be, and a cluster that
/// takes no pods would be of no use on it; kind decides the same.
const EVICTION_HARD: &str = "memory.available<100Mi";

/// Bring up a whole cluster on this machine
#[derive(Args, Clone, Debug)]
#[command(mut_arg("eviction_hard", |arg| arg.default_value(EVICTION_HARD)))]
pub struct UpArgs {
    /// The folder that holds the whole cluster
    #[arg(long, default_value_os_t = options::default_data_dir(), value_name = "DIR")]
    data_dir: PathBuf,
    /// The API server's port
    #[arg(long, default_value_t = options::SECURE_PORT, value_name = "PORT")]
    port: u16,
    /// The address that the API server listens on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED), value_name = "IP")]
    bind_address: IpAddr,
    /// Simulate this many nodes of 32 CPUs and 128 Gi each, in place of the real one
    #[arg(long, value_name = "N")]
    nodes_simulated: Option<u32>,
    #[command(flatten)]
    node: NodeOptions,
}

pub async fn run(args: UpArgs, flags: Flags) -> anyhow::Result<()> {
    // What is wrong with a flag is said before anything starts.
    args.node.check()?;
    let (progress, cancel) = (Progress::default(), cancelled_by_signal()?);
    progress.say(format_args!("knarr {}", env!("CARGO_PKG_VERSION")));
    let mut api = ApiServerOptions::new(&args.data_dir);
    api.secure_port = args.port;
    api.bind_address = args.bind_address;
    api.flags = flags;
    let mut controllers = options::defaults::<ControllerManagerOptions>();
    let simulated = simulated_nodes(&args, &progress);
    if simulated.is_some() {
        controllers.cluster_cidr = SIMULATED_CLUSTER_CIDR.to_owned();
    }
    let mut control_plane = ControlPlane::start(api, &progress, cancel.clone()).await?;
    let start = async { control_plane.start_controllers(&controllers) };
    progress
        .stage("controllers", start, |()| String::new())
        .await?;
    let start = async { control_plane.start_scheduler(&options::defaults::<SchedulerOptions>()) };
    progress
        .stage("scheduler", start, |()| String::new())
        .await?;
    let nodes = tokio::select! {
        nodes = start_nodes(&args, simulated, &control_plane, &controllers, &progress, cancel.clone()) => nodes?,
        () = cancel.cancelled() => Nodes::None,
    };
    if !cancel.is_cancelled() {
        progress.say(format_args!("  ready in {}", progress.elapsed()));
        say_what_next(&progress, &control_plane)?;
    }
    let ended = nodes.ended().await;
    cancel.cancel();
    control_plane.ended().await;
    progress.say("stopped");
    ended
}

/// How many nodes are simulated; `None` for the real one.
fn simulated_nodes(args: &UpArgs, progress: &Progress) -> Option<u32> {
    if args.nodes_simulated.is_none() && !options::is_root() {
        progress.say("  Without root there are no containers: the node is a simulated one.");
        return Some(1);
    }
    args.nodes_simulated
}

enum Nodes {
    Real(Node),
    Simulated(Simulated),
    None,
}

impl Nodes {
    async fn ended(self) -> anyhow::Result<()> {
        match self {
            Self::Real(node) => Ok(node.ended().await?),
            Self::Simulated(nodes) => Ok(nodes.ended().await?),
            Self::None => Ok(()),
        }
    }
}

async fn start_nodes(
    args: &UpArgs,
    simulated: Option<u32>,
    control_plane: &ControlPlane,
    controllers: &ControllerManagerOptions,
    progress: &Progress,
    cancel: CancellationToken,
) -> anyhow::Result<Nodes> {
    if let Some(count) = simulated {
        let client = control_plane.client(pki::ADMIN);
        let start = async {
            let mut nodes = Simulated::start(client, count, cancel);
            nodes.ready().await.map(|()| nodes)
        };
        let nodes = progress
            .stage("nodes", start, |_| format!("{count} simulated"))
            .await?;
        return Ok(Nodes::Simulated(nodes));
    }
    let name = args
        .node
        .hostname_override
        .clone()
        .unwrap_or_else(machine::name);
    let user = format!("system:node:{name}");
    let clients = Clients {
        kubelet: control_plane.client_as(&user, &["system:nodes"]),
        proxy: control_plane.client(pki::PROXY),
        registry: Default::default(),
    };
    let ip = args
        .node
        .node_ip
        .unwrap_or_else(|| control_plane.options.reachable_address());
    let names = [name.clone(), ip.to_string()];
    let serving = control_plane
        .pki
        .serving(&format!("kubelet-{name}-server"), &user, &names)?;
    let identity = Identity {
        name: name.clone(),
        ip,
        client_ca: Some(control_plane.pki.ca_cert().to_owned()),
        client_ca_file: None,
        access: Access::default(),
        healthz: None,
        serving: Serving::Given(CertificateAndKey {
            certificate: serving.cert,
            key: serving.key,
        }),
        rotated: None,
        cluster_cidr: cluster_cidr(&controllers.cluster_cidr)?,
        flags: control_plane.options.flags.clone(),
    };
    let place = Place::new(&args.data_dir);
    let start = async {
        let mut node = Node::start(clients, &args.node, identity, &place, cancel).await?;
        node.ready().await.map(|()| node)
    };
    let mut node = progress
        .stage("node", start, |_| format!("{name} at {ip}"))
        .await?;
    let names = node.names_ready();
    progress
        .stage("DNS", names, |()| {
            format!("{} at {}", args.node.cluster_domain, args.node.cluster_dns)
        })
        .await?;
    Ok(Nodes::Real(node))
}

/// The range of pods' addresses; the packet rules are for IPv4.
pub fn cluster_cidr(text: &str) -> anyhow::Result<(Ipv4Addr, u8)> {
    match parse_cidr(text)? {
        (IpAddr::V4(network), length) => Ok((network, length)),
        (IpAddr::V6(_), _) => {
            anyhow::bail!("--cluster-cidr {text:?}: the packet rules are for IPv4")
        }
    }
}

/// Merges the cluster into the user's kubeconfig, and says how to use it.
fn say_what_next(progress: &Progress, control_plane: &ControlPlane) -> anyhow::Result<()> {
    let admin = control_plane
        .options
        .data_dir
        .join("kubeconfig/admin.kubeconfig");
    let access = control_plane.access(control_plane.pki.client(pki::ADMIN)?);
    progress.say("");
    match user_kubeconfig() {
        Some(file) => match kubeconfig::merge(&file, &access) {
            Ok(()) => {
                let text = format!(
                    "The context `{}` is in {}. Next:\n",
                    kubeconfig::NAME,
                    file.display()
                );
                progress.say(text);
            }
            // A broken file of the user's is not ours to mend, and no reason to have no cluster.
            Err(error) => progress.say(format_args!("warning: {error}\n")),
        },
        None => progress.say("There is no home directory for a kubeconfig. Next:\n"),
    }
    progress.say(format_args!("    export KUBECONFIG={}", admin.display()));
    progress.say("    kubectl get nodes        # or: knarr kubectl get nodes");
    Ok(())
}

/// The first file that `KUBECONFIG` names, or `~/.kube/config`.
fn user_kubeconfig() -> Option<PathBuf> {
    let named = std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty());
    let first =
        named.and_then(|list| std::env::split_paths(&list).find(|path| path != Path::new("")));
    first.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".kube/config")))
}

//! `knarr node`: a node alone, against any API server.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use knarr_api::zpages::Flags;
use knarr_client::renewed::{config, renewed};
use knarr_component::machine;
use knarr_component::metrics::Registry;
use tokio_util::sync::CancellationToken;

use crate::access::AccessOptions;
use crate::certificates::CertificateOptions;
use crate::options::{DATA_DIR, require_root};
use crate::{Clients, Identity, Node, NodeOptions, Place};

/// Run a node alone
#[derive(Args, Clone, Debug)]
pub struct NodeArgs {
    /// How the kubelet reaches the API server, and as whom; with --bootstrap-kubeconfig it need not be there yet
    #[arg(long, value_name = "FILE")]
    kubeconfig: PathBuf,
    /// The same for the proxy; by default the kubelet's
    #[arg(long, value_name = "FILE")]
    proxy_kubeconfig: Option<PathBuf>,
    /// The folder that holds images, volumes and logs
    #[arg(long, default_value = DATA_DIR, value_name = "DIR")]
    data_dir: PathBuf,
    /// Who signs the certificates of those that may use the kubelet's server; by default the kubeconfig's authority. The
    /// file is read again when it changes
    #[arg(long, value_name = "FILE")]
    client_ca_file: Option<PathBuf>,
    /// The addresses of all pods of the cluster
    #[arg(long, default_value = "10.244.0.0/16", value_name = "CIDR")]
    cluster_cidr: ipnet::Ipv4Net,
    #[command(flatten)]
    certificates: CertificateOptions,
    #[command(flatten)]
    access: AccessOptions,
    #[command(flatten)]
    options: NodeOptions,
}

/// Runs the node until cancelled.
pub async fn run(args: NodeArgs, flags: Flags, cancel: CancellationToken) -> anyhow::Result<()> {
    args.options.check()?;
    require_root("a node with containers")?;
    let place = Place::new(&args.data_dir);
    let name = args
        .options
        .hostname_override
        .clone()
        .unwrap_or_else(machine::name);
    let certificates = args.certificates.stores(&place)?;
    certificates.bootstrap(&args.kubeconfig, &name).await?;
    let client_ca = match &args.client_ca_file {
        Some(file) => Some(
            std::fs::read_to_string(file)
                .with_context(|| format!("cannot read {}", file.display()))?,
        ),
        None => {
            let kubelet = config(&args.kubeconfig).await?;
            kubelet.root_cert.as_ref().map(|certs| pem(certs))
        }
    };
    let proxy = args.proxy_kubeconfig.as_ref().unwrap_or(&args.kubeconfig);
    let registry = Registry::default();
    let clients = Clients {
        kubelet: renewed(&args.kubeconfig, &registry).await?,
        proxy: renewed(proxy, &registry).await?,
        registry,
    };
    let identity = Identity {
        name,
        ip: args.options.node_ip.unwrap_or_else(machine::address),
        client_ca,
        client_ca_file: args.client_ca_file,
        access: args.access.access(),
        healthz: args.access.healthz(),
        serving: certificates.serving()?,
        rotated: certificates.rotated(&args.kubeconfig)?,
        cluster_cidr: (args.cluster_cidr.network(), args.cluster_cidr.prefix_len()),
        flags,
    };
    let mut node = Node::start(clients, &args.options, identity, &place, cancel.clone()).await?;
    let ready = async {
        node.ready().await?;
        node.names_ready().await
    };
    tokio::select! {
        ready = ready => {
            ready?;
            println!("node ready");
        }
        () = cancel.cancelled() => {}
    }
    Ok(node.ended().await?)
}

fn pem(certs: &[Vec<u8>]) -> String {
    use base64::Engine;
    let block = |der: &Vec<u8>| {
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    };
    certs.iter().map(block).collect()
}

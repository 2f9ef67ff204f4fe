//! `knarr controller-manager`: the controllers alone, against any API server.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use knarr_client::renewed;
use knarr_component::metrics::Registry;

use super::{cancelled_by_signal, serving};
use crate::control_plane::controller_config;
use crate::leader_options::{LeaderElectionOptions, LeaseOptions};
use crate::options::ControllerManagerOptions;
use crate::secure_serving::{SecureServingOptions, Usual};

/// Of the server of health and metrics.
const USUAL: Usual = Usual {
    program: "kube-controller-manager",
    port: 10257,
    tolerates_failed_lookup: false,
    tells_whether_ready: false,
};

/// Run the controllers alone
#[derive(Args, Clone, Debug)]
pub struct ControllerManagerArgs {
    /// How to reach the API server, and as whom
    #[arg(long, value_name = "FILE")]
    kubeconfig: PathBuf,
    /// The certificate authority that pods verify the API server with
    #[arg(long, value_name = "FILE")]
    root_ca_file: PathBuf,
    #[command(flatten)]
    leader_election: LeaderElectionOptions,
    #[command(flatten)]
    lease: LeaseOptions,
    #[command(flatten)]
    serving: SecureServingOptions,
    #[command(flatten)]
    options: ControllerManagerOptions,
}

pub async fn run(args: ControllerManagerArgs) -> anyhow::Result<()> {
    args.leader_election.check()?;
    let cancel = cancelled_by_signal()?;
    let file = &args.root_ca_file;
    let root_ca =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let config = controller_config(&args.options, root_ca, None)?;
    let registry = Registry::default();
    let client = renewed(&args.kubeconfig, &registry).await?;
    let leader = &args.leader_election;
    let serve = args
        .serving
        .start(&USUAL, &registry, leader.is_on(), cancel.clone())
        .await?;
    let work =
        |cancel| knarr_controller_manager::run(client.clone(), config, registry.clone(), cancel);
    let lease = args.lease.name("kube-controller-manager");
    let lead = leader.run(client.clone(), lease, &registry, cancel.clone(), work);
    Ok(serving(serve, lead, cancel).await?)
}

//! `knarr controller-manager`: the controllers alone, against any API server.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use knarr_client::renewed;

use super::cancelled_by_signal;
use crate::control_plane::controller_config;
use crate::leader_options::LeaderElectionOptions;
use crate::options::ControllerManagerOptions;

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
    options: ControllerManagerOptions,
}

pub async fn run(args: ControllerManagerArgs) -> anyhow::Result<()> {
    args.leader_election.check()?;
    let cancel = cancelled_by_signal()?;
    let file = &args.root_ca_file;
    let root_ca =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let config = controller_config(&args.options, root_ca, None)?;
    let client = renewed(&args.kubeconfig).await?;
    let work = |cancel| knarr_controller_manager::run(client.clone(), config, cancel);
    let leader = &args.leader_election;
    Ok(leader
        .run(client.clone(), "kube-controller-manager", cancel, work)
        .await?)
}

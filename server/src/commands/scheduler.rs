//! `knarr scheduler`: the scheduler alone, against any API server.

use std::path::PathBuf;

use clap::Args;
use knarr_client::renewed;

use super::cancelled_by_signal;
use crate::control_plane::scheduler_config;
use crate::leader_options::LeaderElectionOptions;
use crate::options::SchedulerOptions;

/// Run the scheduler alone
#[derive(Args, Clone, Debug)]
pub struct SchedulerArgs {
    /// How to reach the API server, and as whom
    #[arg(long, value_name = "FILE")]
    kubeconfig: PathBuf,
    #[command(flatten)]
    leader_election: LeaderElectionOptions,
    #[command(flatten)]
    options: SchedulerOptions,
}

pub async fn run(args: SchedulerArgs) -> anyhow::Result<()> {
    args.leader_election.check()?;
    let (cancel, config) = (cancelled_by_signal()?, scheduler_config(&args.options)?);
    let client = renewed(&args.kubeconfig).await?;
    let work = |cancel| knarr_scheduler::run(client.clone(), config, cancel);
    let leader = &args.leader_election;
    Ok(leader
        .run(client.clone(), "kube-scheduler", cancel, work)
        .await?)
}

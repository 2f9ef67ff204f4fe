//! `knarr server`: API server, controllers and scheduler in one process.

use clap::Args;
use knarr_api::zpages::Flags;
use knarr_component::feature_gates::part;

use super::cancelled_by_signal;
use crate::control_plane::ControlPlane;
use crate::leader_options::LeaderElectionOptions;
use crate::options::{ApiServerOptions, ControllerManagerOptions, SchedulerOptions};
use crate::progress::Progress;

/// Run the API server, the controllers and the scheduler in one process
#[derive(Args, Clone, Debug)]
pub struct ServerArgs {
    #[command(flatten)]
    api: ApiServerOptions,
    #[command(flatten)]
    controllers: ControllerManagerOptions,
    #[command(flatten)]
    scheduler: SchedulerOptions,
    #[command(flatten)]
    leader_election: LeaderElectionOptions,
}

pub async fn run(mut args: ServerArgs, flags: Flags) -> anyhow::Result<()> {
    args.api.flags = flags;
    args.api.parts_beside = part::CONTROLLERS | part::SCHEDULER;
    args.leader_election.check()?;
    let (progress, cancel) = (Progress::default(), cancelled_by_signal()?);
    let mut control_plane = ControlPlane::start(args.api, &progress, cancel).await?;
    control_plane.elect(args.leader_election);
    let controllers = async { control_plane.start_controllers(&args.controllers) };
    progress
        .stage("controllers", controllers, |()| String::new())
        .await?;
    let scheduler = async { control_plane.start_scheduler(&args.scheduler) };
    progress
        .stage("scheduler", scheduler, |()| String::new())
        .await?;
    progress.say(format_args!("  ready in {}", progress.elapsed()));
    control_plane.ended().await;
    Ok(())
}

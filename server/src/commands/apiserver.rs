//! `knarr apiserver`: the API server alone.

use clap::Args;
use knarr_api::zpages::Flags;

use super::cancelled_by_signal;
use crate::control_plane::ControlPlane;
use crate::options::ApiServerOptions;
use crate::progress::Progress;

/// Run the API server alone
#[derive(Args, Clone, Debug)]
pub struct ApiServerArgs {
    #[command(flatten)]
    options: ApiServerOptions,
}

pub async fn run(mut args: ApiServerArgs, flags: Flags) -> anyhow::Result<()> {
    args.options.flags = flags;
    let (progress, cancel) = (Progress::default(), cancelled_by_signal()?);
    let control_plane = ControlPlane::start(args.options, &progress, cancel).await?;
    progress.say(format_args!("  ready in {}", progress.elapsed()));
    control_plane.ended().await;
    Ok(())
}

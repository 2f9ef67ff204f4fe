//! `knarr controller-manager`: the controllers alone, against any API server.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use knarr_client::renewed;

use super::cancelled_by_signal;
use crate::control_plane::controller_config;
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
    options: ControllerManagerOptions,
}

pub async fn run(args: ControllerManagerArgs) -> anyhow::Result<()> {
    let cancel = cancelled_by_signal()?;
    let file = &args.root_ca_file;
    let root_ca =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let config = controller_config(&args.options, root_ca, None)?;
    knarr_controller_manager::run(renewed(&args.kubeconfig).await?, config, cancel).await;
    Ok(())
}

//! The `knarr-server` program: the control plane alone, as `knarr server`.

use clap::Parser;
use knarr_server::commands::server;

/// The control plane of a Kubernetes cluster: API server, controllers and scheduler
#[derive(Parser)]
#[command(name = "knarr-server", version)]
struct Cli {
    #[command(flatten)]
    args: server::ServerArgs,
}

fn main() -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(server::run(Cli::parse().args))
}

//! The `knarr-server` program: the control plane alone, as `knarr server`.

use clap::{CommandFactory, FromArgMatches, Parser};
use knarr_component::flags;
use knarr_server::commands::server;

/// The control plane of a Kubernetes cluster: API server, controllers and scheduler
#[derive(Parser)]
#[command(name = "knarr-server", version)]
struct Cli {
    #[command(flatten)]
    args: server::ServerArgs,
}

fn main() -> anyhow::Result<()> {
    let command = Cli::command();
    let matches = command.clone().get_matches();
    let args = Cli::from_arg_matches(&matches)?.args;
    let flags = flags::told(&command, &matches);
    tokio::runtime::Runtime::new()?.block_on(server::run(args, flags))
}

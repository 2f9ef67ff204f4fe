//! The `knarr-node` program: a node alone, as `knarr node`.

use clap::{CommandFactory, FromArgMatches, Parser};
use knarr_component::flags;
use knarr_node::commands::node;

/// A node of a Kubernetes cluster: kubelet, container runtime, proxy and name server
#[derive(Parser)]
#[command(name = "knarr-node", version)]
struct Cli {
    #[command(flatten)]
    args: node::NodeArgs,
}

fn main() -> anyhow::Result<()> {
    // Before any thread starts: the program may have been started again to become a container.
    knarr_node::dispatch();
    let command = Cli::command();
    let matches = command.clone().get_matches();
    let args = Cli::from_arg_matches(&matches)?.args;
    let flags = flags::told(&command, &matches);
    tokio::runtime::Runtime::new()?.block_on(async {
        let cancel = tokio_util::sync::CancellationToken::new();
        let ending = cancel.clone();
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::spawn(async move {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            ending.cancel();
        });
        node::run(args, flags, cancel).await
    })
}

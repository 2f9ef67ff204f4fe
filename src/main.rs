//! The `knarr` program: a whole Kubernetes, or any part of it, by the first argument. Called as `kubectl` it is the CLI.

mod config_file;
mod logging;
mod up;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use knarr_node::commands::{image, node};
use knarr_server::commands::{
    apiserver, backup, cancelled_by_signal, controller_manager, migrate, restore, scheduler, server,
};
use knarr_server::{Flags, causes, flags};

/// The servers make and drop many small values on several threads, which glibc's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// mimalloc's option `purge_delay` (of its `mi_option_t`): how many milliseconds it keeps pages that nobody uses.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// Gives memory back as soon as it is not needed: what a list of everything took would stay otherwise.
#[allow(unsafe_code)]
fn give_memory_back() {
    // SAFETY: an option is a number behind an index, which mimalloc checks.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, 0) };
}

/// A whole Kubernetes in one small program
#[derive(Parser)]
#[command(name = "knarr", version, arg_required_else_help = true)]
struct Cli {
    /// How much is logged: 0 warnings, 2 what is done, 4 for debugging, 6 everything
    #[arg(short, long = "v", global = true, value_name = "LEVEL")]
    verbosity: Option<u8>,
    /// In which form logs are written
    #[arg(long, global = true, default_value = "text", value_name = "FORMAT")]
    logging_format: logging::Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bring up a whole cluster on this machine
    Up(Box<up::UpArgs>),
    /// Run the API server, the controllers and the scheduler in one process
    Server(Box<server::ServerArgs>),
    /// Run the API server alone
    Apiserver(Box<apiserver::ApiServerArgs>),
    /// Run the controllers alone
    ControllerManager(Box<controller_manager::ControllerManagerArgs>),
    /// Run the scheduler alone
    Scheduler(scheduler::SchedulerArgs),
    /// Run a node alone
    Node(node::NodeArgs),
    /// Load, list and remove this node's images
    Image(image::ImageArgs),
    /// Copy the state from the data directory to etcd, or back
    Migrate(migrate::MigrateArgs),
    /// Write the state of a cluster to a file
    Backup(backup::BackupArgs),
    /// Make the state of a cluster from a backup
    Restore(restore::RestoreArgs),
    /// The command line of Kubernetes
    #[command(disable_help_flag = true)]
    Kubectl {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        arguments: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    // Before any thread starts: the program may have been started again to become a container.
    knarr_node::dispatch();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let called = arguments
        .first()
        .and_then(|program| Path::new(program).file_name())
        .and_then(|name| name.to_str());
    if called == Some("kubectl") {
        return knarr_cli::main(arguments, "kubectl");
    }
    if arguments
        .get(1)
        .is_some_and(|argument| argument == "kubectl")
    {
        return knarr_cli::main(arguments.into_iter().skip(1), "kubectl");
    }
    give_memory_back();
    match parse(arguments).and_then(|(cli, flags)| {
        logging::start(cli.verbosity, cli.logging_format);
        run(cli.command, flags)
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", causes::line(&error));
            ExitCode::FAILURE
        }
    }
}

/// Reads the command line, and the file of flags that it may name; also gives all flags of the program that it calls.
fn parse(arguments: Vec<OsString>) -> anyhow::Result<(Cli, Flags)> {
    let mut command = config_file::declare(Cli::command());
    let arguments = config_file::expand(&command, arguments)?;
    let matches = command
        .try_get_matches_from_mut(arguments)
        .unwrap_or_else(|error| error.exit());
    let program = matches.subcommand().and_then(|(name, matches)| {
        let program = command.find_subcommand(name)?;
        Some(flags::told(program, matches))
    });
    let cli = Cli::from_arg_matches(&matches)?;
    Ok((cli, program.unwrap_or_default()))
}

fn run(command: Command, flags: Flags) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let result = runtime.block_on(async {
        match command {
            Command::Up(args) => up::run(*args, flags).await,
            Command::Server(args) => server::run(*args, flags).await,
            Command::Apiserver(args) => apiserver::run(*args, flags).await,
            Command::ControllerManager(args) => controller_manager::run(*args, flags).await,
            Command::Scheduler(args) => scheduler::run(args, flags).await,
            Command::Node(args) => node::run(args, flags, cancelled_by_signal()?).await,
            Command::Image(args) => image::run(args).await,
            Command::Migrate(args) => migrate::run(args).await,
            Command::Backup(args) => backup::run(args).await,
            Command::Restore(args) => restore::run(args).await,
            // `main` has passed it on.
            Command::Kubectl { .. } => Ok(()),
        }
    });
    // What still waits for a slow client or disk does not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    result
}

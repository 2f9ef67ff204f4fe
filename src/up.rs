//! `knarr up`: a whole cluster in one process.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use clap::Args;
use knarr_server::commands::cancelled_by_signal;
use knarr_server::control_plane::ControlPlane;
use knarr_server::kubeconfig;
use knarr_server::options::{self, ApiServerOptions, ControllerManagerOptions, SchedulerOptions};
use knarr_server::pki;
use knarr_server::progress::Progress;

/// Bring up a whole cluster on this machine
#[derive(Args, Clone, Debug)]
pub struct UpArgs {
    /// The folder that holds the whole cluster
    #[arg(long, default_value_os_t = options::default_data_dir(), value_name = "DIR")]
    data_dir: PathBuf,
    /// The API server's port
    #[arg(long, default_value_t = options::SECURE_PORT, value_name = "PORT")]
    port: u16,
    /// The address that the API server listens on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED), value_name = "IP")]
    bind_address: IpAddr,
}

pub async fn run(args: UpArgs) -> anyhow::Result<()> {
    let (progress, cancel) = (Progress::default(), cancelled_by_signal()?);
    progress.say(format_args!("knarr {}", env!("CARGO_PKG_VERSION")));
    let mut api = ApiServerOptions::new(&args.data_dir);
    api.secure_port = args.port;
    api.bind_address = args.bind_address;
    let mut control_plane = ControlPlane::start(api, &progress, cancel.clone()).await?;
    let controllers =
        async { control_plane.start_controllers(&ControllerManagerOptions::default()) };
    progress
        .stage("controllers", controllers, |()| String::new())
        .await?;
    let scheduler = async { control_plane.start_scheduler(&SchedulerOptions::default()) };
    progress
        .stage("scheduler", scheduler, |()| String::new())
        .await?;
    progress.say(format_args!("  ready in {}", progress.elapsed()));
    say_what_next(&progress, &control_plane)?;
    control_plane.ended().await;
    progress.say("stopped");
    Ok(())
}

/// Merges the cluster into the user's kubeconfig, and says how to use it.
fn say_what_next(progress: &Progress, control_plane: &ControlPlane) -> anyhow::Result<()> {
    let admin = control_plane
        .options
        .data_dir
        .join("kubeconfig/admin.kubeconfig");
    let access = control_plane.access(control_plane.pki.client(pki::ADMIN)?);
    progress.say("");
    match user_kubeconfig() {
        Some(file) => match kubeconfig::merge(&file, &access) {
            Ok(()) => progress.say(format_args!(
                "The context `{}` is in {}. Next:\n",
                kubeconfig::NAME,
                file.display()
            )),
            // A broken file of the user's is not ours to mend, and no reason to have no cluster.
            Err(error) => progress.say(format_args!("warning: {error}\n")),
        },
        None => progress.say("There is no home directory for a kubeconfig. Next:\n"),
    }
    progress.say(format_args!("    export KUBECONFIG={}", admin.display()));
    progress.say("    kubectl get nodes        # or: knarr kubectl get nodes");
    Ok(())
}

/// The first file that `KUBECONFIG` names, or `~/.kube/config`.
fn user_kubeconfig() -> Option<PathBuf> {
    let named = std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty());
    let first =
        named.and_then(|list| std::env::split_paths(&list).find(|path| path != Path::new("")));
    first.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".kube/config")))
}

//! `knarr scheduler`: the scheduler alone, against any API server.

use std::path::PathBuf;

use clap::Args;
use knarr_api::zpages::Flags;
use knarr_client::renewed;
use knarr_component::feature_gates::part;
use knarr_component::metrics::Registry;
use knarr_scheduler::SchedulerConfig;
use serde_json::{Value, json};

use super::{cancelled_by_signal, serving};
use crate::control_plane::scheduler_config;
use crate::feature_gates::FeatureGateOptions;
use crate::leader_options::{LeaderElectionOptions, LeaseOptions};
use crate::options::SchedulerOptions;
use crate::secure_serving::{SecureServingOptions, Shown, Usual};

/// Of the server of health and metrics.
const USUAL: Usual = Usual {
    program: "kube-scheduler",
    port: 10259,
    tolerates_failed_lookup: true,
    tells_whether_ready: true,
};

const LEASE: &str = "kube-scheduler";

/// Run the scheduler alone
#[derive(Args, Clone, Debug)]
pub struct SchedulerArgs {
    /// How to reach the API server, and as whom
    #[arg(long, value_name = "FILE")]
    kubeconfig: PathBuf,
    #[command(flatten)]
    leader_election: LeaderElectionOptions,
    #[command(flatten)]
    lease: LeaseOptions,
    #[command(flatten)]
    gates: FeatureGateOptions,
    #[command(flatten)]
    serving: SecureServingOptions,
    #[command(flatten)]
    options: SchedulerOptions,
}

pub async fn run(args: SchedulerArgs, flags: Flags) -> anyhow::Result<()> {
    args.leader_election.check()?;
    let (cancel, config) = (cancelled_by_signal()?, scheduler_config(&args.options)?);
    let registry = Registry::default();
    args.gates.gates(part::SCHEDULER)?.tell(&registry);
    let client = renewed(&args.kubeconfig, &registry).await?;
    let leader = &args.leader_election;
    let shown = Shown {
        registry: registry.clone(),
        elects: leader.is_on(),
        configuration: args.configuration(&config),
        flags,
    };
    let serve = args.serving.start(&USUAL, shown, cancel.clone()).await?;
    let work = |cancel| knarr_scheduler::run(client.clone(), config, registry.clone(), cancel);
    let lease = args.lease.name(LEASE);
    let lead = leader.run(client.clone(), lease, &registry, cancel.clone(), work);
    Ok(serving(serve, lead, cancel).await?)
}

impl SchedulerArgs {
    /// The KubeSchedulerConfiguration of what this scheduler has.
    fn configuration(&self, config: &SchedulerConfig) -> Value {
        json!({"componentconfig": {
            "kind": "KubeSchedulerConfiguration",
            "apiVersion": "kubescheduler.config.k8s.io/v1",
            "leaderElection": self.leader_election.to_value(self.lease.name(LEASE)),
            "clientConnection": {"kubeconfig": self.kubeconfig},
            "profiles": config.profiles(),
        }})
    }
}

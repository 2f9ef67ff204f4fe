//! `knarr controller-manager`: the controllers alone, against any API server.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use knarr_api::zpages::Flags;
use knarr_client::renewed;
use knarr_component::feature_gates::part;
use knarr_component::metrics::Registry;
use serde_json::{Value, json};

use super::{cancelled_by_signal, serving};
use crate::control_plane::controller_config;
use crate::feature_gates::FeatureGateOptions;
use crate::leader_options::{LeaderElectionOptions, LeaseOptions};
use crate::options::{ControllerManagerOptions, file};
use crate::secure_serving::{SecureServingOptions, Shown, Usual};

/// Of the server of health and metrics.
const USUAL: Usual = Usual {
    program: "kube-controller-manager",
    port: 10257,
    tolerates_failed_lookup: false,
    tells_whether_ready: false,
};

const LEASE: &str = "kube-controller-manager";

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
    leader_election: LeaderElectionOptions,
    #[command(flatten)]
    lease: LeaseOptions,
    #[command(flatten)]
    gates: FeatureGateOptions,
    #[command(flatten)]
    serving: SecureServingOptions,
    #[command(flatten)]
    options: ControllerManagerOptions,
}

pub async fn run(args: ControllerManagerArgs, flags: Flags) -> anyhow::Result<()> {
    args.leader_election.check()?;
    let cancel = cancelled_by_signal()?;
    let file = &args.root_ca_file;
    let root_ca =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let config = controller_config(&args.options, root_ca, None)?;
    let registry = Registry::default();
    args.gates.gates(part::CONTROLLERS)?.tell(&registry);
    let client = renewed(&args.kubeconfig, &registry).await?;
    let leader = &args.leader_election;
    let shown = Shown {
        registry: registry.clone(),
        elects: leader.is_on(),
        configuration: args.configuration(),
        flags,
    };
    let serve = args.serving.start(&USUAL, shown, cancel.clone()).await?;
    let work =
        |cancel| knarr_controller_manager::run(client.clone(), config, registry.clone(), cancel);
    let lease = args.lease.name(LEASE);
    let lead = leader.run(client.clone(), lease, &registry, cancel.clone(), work);
    Ok(serving(serve, lead, cancel).await?)
}

impl ControllerManagerArgs {
    /// The KubeControllerManagerConfiguration of what this controller manager has. Most fields are named as in Go.
    fn configuration(&self) -> Value {
        let options = &self.options;
        json!({"kubecontrollermanager.config.k8s.io": {
            "kind": "KubeControllerManagerConfiguration",
            "apiVersion": "kubecontrollermanager.config.k8s.io/v1alpha1",
            "Generic": {
                "ClientConnection": {"kubeconfig": self.kubeconfig},
                "Controllers": options.controllers,
                "LeaderElection": self.leader_election.to_value(self.lease.name(LEASE)),
            },
            "KubeCloudShared": {"ClusterCIDR": options.cluster_cidr, "AllocateNodeCIDRs": true},
            "CSRSigningController": options.signing.to_value(),
            "SAController": {
                "RootCAFile": self.root_ca_file,
                "ServiceAccountKeyFile": file(options.signing.service_account_private_key_file.as_ref()),
            },
        }})
    }
}

//! What every controller is given: the connection, the shared informers, the event recorder and the settings.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicy;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{
    ConfigMap, Endpoints, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod,
    ResourceQuota, Secret, Service, ServiceAccount,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::rbac::v1::ClusterRole;
use knarr_client::Informer;
use knarr_client::events::Recorder;
use knarr_client::watcher;
use knarr_component::metrics::Registry;
use kube::Client;

use crate::controllers::{OFF_BY_DEFAULT, SignToken, Signers};
use crate::metrics::QueueMetrics;
use crate::work_queue::WorkQueue;

/// The settings; defaults are upstream's.
#[derive(Clone)]
pub struct ControllerConfig {
    /// The certificate that clients in pods verify the API server with, PEM; published as `kube-root-ca.crt`.
    pub root_ca: String,
    /// Where the addresses of pods are taken from, as network and prefix length: every node gets a /24 of it.
    pub cluster_cidr: (IpAddr, u8),
    /// How long a node may be silent until it is not ready any more.
    pub node_monitor_grace_period: Duration,
    /// How often the silence of nodes is looked at.
    pub node_monitor_period: Duration,
    /// How many ended pods are kept before the garbage collection of pods deletes the oldest.
    pub terminated_pod_gc_threshold: usize,
    /// Which controllers run, by name as `--controllers` gives them: `*` is all, `-name` leaves one out.
    pub controllers: Vec<String>,
    /// Who signs certificate signing requests.
    pub signers: Signers,
    /// What signs the tokens of secrets; without it there are none.
    pub sign_token: Option<Arc<SignToken>>,
}

impl ControllerConfig {
    pub fn new(root_ca: String) -> Self {
        Self {
            root_ca,
            cluster_cidr: (IpAddr::from([10, 244, 0, 0]), 16),
            node_monitor_grace_period: Duration::from_secs(50),
            node_monitor_period: Duration::from_secs(5),
            terminated_pod_gc_threshold: 12_500,
            controllers: vec!["*".to_owned()],
            signers: Signers::default(),
            sign_token: None,
        }
    }

    /// Whether the controller of this name is to run.
    pub fn enables(&self, name: &str) -> bool {
        let is = |entry: &String, prefix: &str| entry.strip_prefix(prefix) == Some(name);
        if self.controllers.iter().any(|entry| is(entry, "-")) {
            return false;
        }
        self.controllers
            .iter()
            .any(|entry| entry == name || (entry == "*" && !OFF_BY_DEFAULT.contains(&name)))
    }
}

/// See the module.
pub struct Context {
    pub client: Client,
    pub config: ControllerConfig,
    pub events: Recorder,
    pub informers: Informers,
    pub registry: Registry,
}

impl Context {
    /// A queue, by upstream's name of it.
    pub fn queue<T>(&self, name: &'static str) -> Arc<WorkQueue<T>> {
        Arc::new(WorkQueue::new(QueueMetrics::new(&self.registry, name)))
    }
}

/// The kinds that controllers look at. Each is watched once, by all of them together.
#[derive(Default)]
pub struct Informers {
    /// The secrets that are bootstrap tokens.
    pub bootstrap_secrets: Informer<Secret>,
    pub cluster_roles: Informer<ClusterRole>,
    pub config_maps: Informer<ConfigMap>,
    pub deployments: Informer<Deployment>,
    pub endpoint_slices: Informer<EndpointSlice>,
    pub endpoints: Informer<Endpoints>,
    pub leases: Informer<Lease>,
    pub namespaces: Informer<Namespace>,
    pub nodes: Informer<Node>,
    pub persistent_volume_claims: Informer<PersistentVolumeClaim>,
    pub persistent_volumes: Informer<PersistentVolume>,
    pub pods: Informer<Pod>,
    pub replica_sets: Informer<ReplicaSet>,
    pub resource_quotas: Informer<ResourceQuota>,
    pub service_accounts: Informer<ServiceAccount>,
    pub services: Informer<Service>,
    pub signing_requests: Informer<CertificateSigningRequest>,
    /// The secrets that hold tokens of service accounts.
    pub token_secrets: Informer<Secret>,
    pub validating_policies: Informer<ValidatingAdmissionPolicy>,
}

impl Informers {
    /// Follows the API server for ever.
    pub async fn run(&self, client: &Client) {
        let all = watcher::Config::default;
        let root_ca = watcher::Config::default().fields("metadata.name=kube-root-ca.crt");
        let of_type = |name: &str| watcher::Config::default().fields(&format!("type={name}"));
        let bootstrap = of_type("bootstrap.kubernetes.io/token");
        let tokens = of_type("kubernetes.io/service-account-token");
        tokio::join!(
            self.bootstrap_secrets.run(client.clone(), bootstrap),
            self.cluster_roles.run(client.clone(), all()),
            self.config_maps.run(client.clone(), root_ca),
            self.deployments.run(client.clone(), all()),
            self.endpoint_slices.run(client.clone(), all()),
            self.endpoints.run(client.clone(), all()),
            self.leases.run(client.clone(), all()),
            self.namespaces.run(client.clone(), all()),
            self.nodes.run(client.clone(), all()),
            self.persistent_volume_claims.run(client.clone(), all()),
            self.persistent_volumes.run(client.clone(), all()),
            self.pods.run(client.clone(), all()),
            self.replica_sets.run(client.clone(), all()),
            self.resource_quotas.run(client.clone(), all()),
            self.service_accounts.run(client.clone(), all()),
            self.services.run(client.clone(), all()),
            self.signing_requests.run(client.clone(), all()),
            self.token_secrets.run(client.clone(), tokens),
            self.validating_policies.run(client.clone(), all()),
        );
    }

    /// Waits until the first listing of every kind is complete.
    pub async fn synced(&self) {
        tokio::join!(
            self.bootstrap_secrets.synced(),
            self.cluster_roles.synced(),
            self.config_maps.synced(),
            self.deployments.synced(),
            self.endpoint_slices.synced(),
            self.endpoints.synced(),
            self.leases.synced(),
            self.namespaces.synced(),
            self.nodes.synced(),
            self.persistent_volume_claims.synced(),
            self.persistent_volumes.synced(),
            self.pods.synced(),
            self.replica_sets.synced(),
            self.resource_quotas.synced(),
            self.service_accounts.synced(),
            self.services.synced(),
            self.signing_requests.synced(),
            self.token_secrets.synced(),
            self.validating_policies.synced(),
        );
    }
}

/// Shared by all controllers of a process.
pub type SharedContext = Arc<Context>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controllers_are_enabled_and_left_out_by_name() {
        let mut config = ControllerConfig::new(String::new());
        assert!(config.enables("deployment-controller"));
        config.controllers = vec!["*".into(), "-deployment-controller".into()];
        assert!(
            !config.enables("deployment-controller") && config.enables("replicaset-controller")
        );
        assert!(!config.enables("token-cleaner-controller"));
        config.controllers = vec!["*".into(), "token-cleaner-controller".into()];
        assert!(config.enables("token-cleaner-controller"));
        config.controllers = vec!["replicaset-controller".into()];
        assert!(
            !config.enables("deployment-controller") && config.enables("replicaset-controller")
        );
    }
}

//! Keeps the node's objects alive: registers the node, hands its pod CIDR to the runtime, writes its
//! status when it changes or every five minutes, and renews its lease.

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, NodeCondition, NodeStatus};
use knarr_client::Api;
use knarr_client::watcher::{self, watcher};
use knarr_runtime::{Runtime, RuntimeConfig};
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::Instant;

use super::lease;
use super::object::NodeFacts;
use super::status::{self, Health};
use crate::config::{LEASE_RENEW_PERIOD, STATUS_CHECK_PERIOD, STATUS_REPORT_PERIOD};
use knarr_client::events::{About, Recorder};

/// First and longest wait between attempts to register.
const REGISTER_BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(7));

/// Attempts against other writers of the node (upstream's `nodeStatusUpdateRetry`).
const CONFLICTS: u32 = 5;

/// The task that speaks for the node.
pub struct Heartbeat {
    /// The API.
    pub client: kube::Client,
    /// What the node is.
    pub facts: NodeFacts,
    /// Whose health it reports.
    pub runtime: Arc<dyn Runtime>,
    /// Where events go.
    pub recorder: Recorder,
    /// The folder whose disk counts.
    pub disk: std::path::PathBuf,
    /// The Node object as it is stored, for those who need it.
    pub node: watch::Sender<Option<Arc<Node>>>,
}

impl Heartbeat {
    /// Registers the node and reports until dropped.
    pub async fn run(self) {
        let about = About::node(&self.facts.name);
        self.recorder.normal(about, "Starting", "Starting kubelet.");
        let mut current = self.register().await;
        self.renew_lease(&current).await;
        let watched = self.watch_node();
        let reported = async {
            let mut reported_at = Instant::now();
            let mut changes = self.node.subscribe();
            let mut configured = String::new();
            let mut check = tokio::time::interval(STATUS_CHECK_PERIOD);
            let mut renew =
                tokio::time::interval_at(Instant::now() + LEASE_RENEW_PERIOD, LEASE_RENEW_PERIOD);
            check.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            renew.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = renew.tick() => { self.renew_lease(&current).await; continue }
                    _ = check.tick() => {}
                    changed = changes.changed() => {
                        if changed.is_err() { return }
                        let Some(node) = changes.borrow_and_update().clone() else { continue };
                        if !self.configure_runtime(&node, &mut configured).await { continue }
                    }
                }
                self.report(&mut current, &mut reported_at).await;
            }
        };
        tokio::join!(watched, reported);
    }

    /// Follows the node's own object.
    async fn watch_node(&self) {
        let api: Api<Node> = Api::all(self.client.clone());
        let config =
            watcher::Config::default().fields(&format!("metadata.name={}", self.facts.name));
        let mut stream = watcher(api, config);
        loop {
            match stream.try_next().await {
                Ok(Some(watcher::Event::Apply(node) | watcher::Event::InitApply(node))) => {
                    self.node.send_replace(Some(node));
                }
                Ok(Some(_)) => {}
                Ok(None) => return,
                // It is logged, and the watcher goes on.
                Err(_) => {}
            }
        }
    }

    /// Hands a new pod CIDR to the runtime; whether it did.
    async fn configure_runtime(&self, node: &Node, configured: &mut String) -> bool {
        let Some(cidr) = node.spec.as_ref().and_then(|spec| spec.pod_cidr.as_ref()) else {
            return false;
        };
        if cidr == configured {
            return false;
        }
        match self
            .runtime
            .update_runtime_config(RuntimeConfig {
                pod_cidr: cidr.clone(),
            })
            .await
        {
            Ok(()) => {
                tracing::info!(pod_cidr = %cidr, "pod network configured");
                configured.clone_from(cidr);
                true
            }
            Err(error) => {
                tracing::error!(%error, pod_cidr = %cidr, "the pod network was not configured");
                false
            }
        }
    }

    /// Creates the Node or brings the one that is there up to date; tries until it works.
    async fn register(&self) -> Node {
        let mut delay = REGISTER_BACKOFF.0;
        loop {
            match self.try_register().await {
                Ok(node) => {
                    tracing::info!(node = %self.facts.name, "node registered");
                    self.node.send_replace(Some(Arc::new(node.clone())));
                    return node;
                }
                Err(error) => {
                    tracing::warn!(%error, node = %self.facts.name, "node was not registered")
                }
            }
            tokio::time::sleep(delay).await;
            delay = (delay * 2).min(REGISTER_BACKOFF.1);
        }
    }

    async fn try_register(&self) -> Result<Node, kube::Error> {
        let api: Api<Node> = Api::all(self.client.clone());
        let new = self.observe(&[]).await;
        let node = self.facts.node(new);
        match api.create(&PostParams::default(), &node).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            other => return other,
        }
        let metadata = json!({"metadata": {
            "labels": node.metadata.labels, "annotations": node.metadata.annotations,
        }});
        let existing = api
            .patch(
                &self.facts.name,
                &PatchParams::default(),
                &Patch::Merge(metadata),
            )
            .await?;
        // A node that had addresses before has its network at once: its pods were ready and stay so.
        self.configure_runtime(&existing, &mut String::new()).await;
        let old = existing.status.unwrap_or_default();
        let new = self
            .observe(old.conditions.as_deref().unwrap_or_default())
            .await;
        self.write_status(&old, &new).await
    }

    /// The status as it is now.
    async fn observe(&self, old: &[NodeCondition]) -> NodeStatus {
        let health = Health {
            pressure: self.facts.eviction.pressure(&self.disk),
            errors: runtime_errors(&*self.runtime).await,
        };
        let images = self.runtime.list_images().await.unwrap_or_default();
        status::status(
            &self.facts,
            &health,
            status::images(&images),
            old,
            Timestamp::now(),
        )
    }

    /// Writes the status when it changed or when it is due.
    async fn report(&self, current: &mut Node, reported_at: &mut Instant) {
        let old = current.status.clone().unwrap_or_default();
        let old_conditions = old.conditions.as_deref().unwrap_or_default();
        let new = self.observe(old_conditions).await;
        let merged = self.kept_from_others(&old, &new);
        if status::is_unchanged(&old, &merged) && reported_at.elapsed() < STATUS_REPORT_PERIOD {
            return;
        }
        match self.write_status(&old, &new).await {
            Ok(node) => {
                self.announce(
                    old_conditions,
                    new.conditions.as_deref().unwrap_or_default(),
                );
                *current = node;
                *reported_at = Instant::now();
            }
            Err(kube::Error::Api(status)) if status.code == 404 => {
                *current = self.register().await;
                *reported_at = Instant::now();
            }
            Err(error) => tracing::warn!(%error, "the node's status was not written"),
        }
    }

    /// `new` with what other writers own in `old`, as the stored object will look after the patch.
    fn kept_from_others(&self, old: &NodeStatus, new: &NodeStatus) -> NodeStatus {
        let own = new.conditions.as_deref().unwrap_or_default();
        let mut conditions = old.conditions.clone().unwrap_or_default();
        for condition in own {
            match conditions
                .iter_mut()
                .find(|known| known.type_ == condition.type_)
            {
                Some(known) => *known = condition.clone(),
                None => conditions.push(condition.clone()),
            }
        }
        NodeStatus {
            conditions: Some(conditions),
            capacity: new.capacity.clone(),
            allocatable: new.allocatable.clone(),
            addresses: new.addresses.clone(),
            daemon_endpoints: new.daemon_endpoints.clone(),
            node_info: new.node_info.clone(),
            images: new.images.clone(),
            ..old.clone()
        }
    }

    /// Writes the status, again when other writers of the node were faster.
    async fn write_status(&self, old: &NodeStatus, new: &NodeStatus) -> Result<Node, kube::Error> {
        let api: Api<Node> = Api::all(self.client.clone());
        let patch = Patch::Strategic(status::status_patch(old, new));
        let params = PatchParams::default();
        for _ in 1..CONFLICTS {
            match api.patch_status(&self.facts.name, &params, &patch).await {
                Err(kube::Error::Api(status)) if status.code == 409 => {}
                other => return other,
            }
            tokio::time::sleep(REGISTER_BACKOFF.0).await;
        }
        api.patch_status(&self.facts.name, &params, &patch).await
    }

    fn announce(&self, old: &[NodeCondition], new: &[NodeCondition]) {
        for condition in new {
            let before = old.iter().find(|before| before.type_ == condition.type_);
            let changed = before.is_none_or(|before| before.status != condition.status);
            let Some(event) = status::transition_event(condition).filter(|_| changed) else {
                continue;
            };
            let message = format!("Node {} status is now: {event}", self.facts.name);
            self.recorder
                .normal(About::node(&self.facts.name), event, message);
        }
    }

    async fn renew_lease(&self, node: &Node) {
        let uid = node.metadata.uid.as_deref().unwrap_or_default();
        if let Err(error) = lease::renew(&self.client, &self.facts.name, uid).await {
            tracing::warn!(%error, "the node's lease was not renewed");
        }
    }
}

/// Why the runtime can't run pods, in the words of upstream's runtime state.
pub async fn runtime_errors(runtime: &dyn Runtime) -> Vec<String> {
    let status = match runtime.status().await {
        Ok(status) => status,
        Err(error) => {
            return vec![format!(
                "container runtime status check may not have completed yet: {error}"
            )];
        }
    };
    let mut errors = Vec::new();
    for (what, name, condition) in [
        (
            "container runtime not ready",
            "RuntimeReady",
            &status.runtime,
        ),
        (
            "container runtime network not ready",
            "NetworkReady",
            &status.network,
        ),
    ] {
        if !condition.ready {
            errors.push(format!(
                "{what}: {name}=false reason:{} message:{}",
                condition.reason, condition.message
            ));
        }
    }
    errors
}

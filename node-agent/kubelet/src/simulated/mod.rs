//! Many pretended nodes in one process: every pod bound to one of them is at once running, and gone when
//! it is deleted. One watch of pods serves all nodes; a node costs its name and two timers' turns.

mod pod;

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, Pod};
use knarr_client::Api;
use knarr_client::watcher::{self, watcher};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Duration, interval};
use tokio_util::sync::CancellationToken;

use crate::agent::Error;
use crate::config::{LEASE_RENEW_PERIOD, STATUS_REPORT_PERIOD, SimulatedConfig};
use crate::node::eviction::Thresholds;
use crate::node::lease;
use crate::node::machine::Machine;
use crate::node::object::NodeFacts;
use crate::node::status::{self, Health};
use crate::pod::identity;

/// Requests under way at once.
const CONCURRENCY: usize = 64;
/// Attempts of one request before the pod or node waits for its next turn.
const ATTEMPTS: u32 = 5;
/// Disk of a simulated node.
const DISK: u64 = 1 << 40;

/// Runs the nodes until cancelled.
pub async fn run_simulated(
    client: kube::Client,
    config: SimulatedConfig,
    cancel: CancellationToken,
) -> Result<(), Error> {
    let fleet = Arc::new(Fleet::new(client, &config));
    let work = async {
        fleet.register().await;
        tracing::info!(nodes = fleet.nodes.len(), "simulated nodes registered");
        tokio::join!(
            fleet.clone().follow_pods(),
            fleet.in_turn(LEASE_RENEW_PERIOD, Beat::Lease),
            fleet.in_turn(STATUS_REPORT_PERIOD, Beat::Status)
        );
    };
    tokio::select! {
        () = work => {}
        () = cancel.cancelled() => {}
    }
    Ok(())
}

struct SimulatedNode {
    name: String,
    ip: String,
    uid: parking_lot::Mutex<String>,
}

/// What keeps a node alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beat {
    /// Its lease is renewed.
    Lease,
    /// Its conditions are confirmed.
    Status,
}

/// All simulated nodes of the process.
struct Fleet {
    client: kube::Client,
    config: SimulatedConfig,
    nodes: Vec<SimulatedNode>,
    by_name: HashMap<String, usize>,
    permits: Semaphore,
}

impl Fleet {
    fn new(client: kube::Client, config: &SimulatedConfig) -> Self {
        // 198.18.0.0/15 is set aside for simulations (RFC 2544): nobody else has these addresses.
        let first = u32::from(Ipv4Addr::new(198, 18, 0, 1));
        let nodes: Vec<_> = (0..config.nodes)
            .map(|index| SimulatedNode {
                name: format!("{}-{index}", config.name_prefix),
                ip: Ipv4Addr::from(first + index).to_string(),
                uid: parking_lot::Mutex::default(),
            })
            .collect();
        let by_name = nodes
            .iter()
            .enumerate()
            .map(|(index, node)| (node.name.clone(), index))
            .collect();
        Self {
            client,
            config: config.clone(),
            nodes,
            by_name,
            permits: Semaphore::new(CONCURRENCY),
        }
    }

    fn facts(&self, node: &SimulatedNode) -> NodeFacts {
        let config = &self.config;
        NodeFacts {
            name: node.name.clone(),
            ip: node.ip.clone(),
            labels: BTreeMap::new(),
            machine: Machine {
                disk: DISK,
                architecture: "amd64".into(),
                os_image: "Simulated".into(),
                kernel: "simulated".into(),
                ..Machine::default()
            },
            capacity: BTreeMap::from([
                ("cpu".to_owned(), config.cpu.clone()),
                ("memory".to_owned(), config.memory.clone()),
            ]),
            eviction: Thresholds::default(),
            max_pods: config.pods,
            port: 0,
            runtime_version: concat!("simulated://", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    async fn register(&self) {
        stream::iter(&self.nodes)
            .for_each_concurrent(CONCURRENCY, |node| async move {
                for attempt in 0.. {
                    match self.try_register(node).await {
                        Ok(uid) => {
                            *node.uid.lock() = uid;
                            return;
                        }
                        Err(error) => {
                            tracing::warn!(%error, node = %node.name, "node was not registered")
                        }
                    }
                    tokio::time::sleep(Duration::from_millis(200) * (1 << attempt.min(5))).await;
                }
            })
            .await;
    }

    async fn try_register(&self, node: &SimulatedNode) -> Result<String, kube::Error> {
        let api: Api<Node> = Api::all(self.client.clone());
        let facts = self.facts(node);
        let status = status::status(
            &facts,
            &Health::default(),
            Vec::new(),
            &[],
            Timestamp::now(),
        );
        let object = facts.node(status.clone());
        let stored = match api.create(&PostParams::default(), &object).await {
            Err(kube::Error::Api(answer)) if answer.code == 409 => {
                let patch = Patch::Strategic(json!({"status": status}));
                api.patch_status(&node.name, &PatchParams::default(), &patch)
                    .await?
            }
            other => other?,
        };
        let uid = stored.metadata.uid.unwrap_or_default();
        lease::renew(&self.client, &node.name, &uid).await?;
        Ok(uid)
    }

    /// Does one beat of a node.
    async fn beat(&self, node: &SimulatedNode, beat: Beat) -> Result<(), kube::Error> {
        if beat == Beat::Lease {
            let uid = node.uid.lock().clone();
            return lease::renew(&self.client, &node.name, &uid).await;
        }
        let api: Api<Node> = Api::all(self.client.clone());
        let beats: Vec<_> = status::conditions(&Health::default(), &[], Timestamp::now())
            .into_iter()
            .map(|condition| {
                json!({"type": condition.type_, "lastHeartbeatTime": condition.last_heartbeat_time})
            })
            .collect();
        let patch = Patch::Strategic(json!({"status": {"conditions": beats}}));
        let params = PatchParams::default();
        api.patch_status(&node.name, &params, &patch)
            .await
            .map(drop)
    }

    /// Gives every node its beat once per period, spread evenly.
    async fn in_turn(&self, period: Duration, beat: Beat) {
        if self.nodes.is_empty() {
            return std::future::pending().await;
        }
        // A few at once, so that thousands of nodes don't make thousands of wake-ups a second.
        let batch = self.nodes.len().div_ceil(200);
        let turns = self.nodes.len().div_ceil(batch);
        let mut timer = interval(period.div_f64(turns as f64));
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            for nodes in self.nodes.chunks(batch) {
                timer.tick().await;
                stream::iter(nodes)
                    .for_each_concurrent(CONCURRENCY, |node| async move {
                        if let Err(error) = self.beat(node, beat).await {
                            tracing::debug!(%error, node = %node.name, "heartbeat failed");
                        }
                    })
                    .await;
            }
        }
    }

    /// Follows the pods of all nodes.
    async fn follow_pods(self: Arc<Self>) {
        let api: Api<Pod> = Api::all(self.client.clone());
        let config = watcher::Config::default().fields("spec.nodeName!=");
        let mut pods = watcher(api, config);
        let mut tasks = JoinSet::new();
        let mut next_address = u32::from(Ipv4Addr::new(100, 64, 0, 0));
        loop {
            tokio::select! {
                Some(_) = tasks.join_next() => {}
                event = pods.try_next() => match event {
                    Ok(Some(watcher::Event::Apply(pod) | watcher::Event::InitApply(pod))) => {
                        let Some(node) = self.node_of(&pod) else { continue };
                        let Some(step) = pod::step(&pod) else { continue };
                        next_address += 1;
                        let address = Ipv4Addr::from(next_address).to_string();
                        tasks.spawn(self.clone().perform(node, pod, step, address));
                    }
                    Ok(Some(_)) => {}
                    Ok(None) => return,
                    // It is logged, and the watcher goes on.
                    Err(_) => {}
                },
            }
        }
    }

    fn node_of(&self, pod: &Pod) -> Option<usize> {
        self.by_name
            .get(pod.spec.as_ref()?.node_name.as_deref()?)
            .copied()
    }

    async fn perform(
        self: Arc<Self>,
        node: usize,
        pod: Arc<Pod>,
        step: pod::Step,
        address: String,
    ) {
        // The semaphore lives as long as the fleet and is never closed.
        let Ok(_permit) = self.permits.acquire().await else {
            return;
        };
        let api: Api<Pod> = Api::namespaced(self.client.clone(), identity::namespace(&pod));
        let name = identity::name(&pod);
        for attempt in 0..ATTEMPTS {
            let result = match step {
                pod::Step::Run => {
                    let patch =
                        pod::running_patch(&pod, &self.nodes[node].ip, &address, Timestamp::now());
                    let patch = Patch::Strategic(patch);
                    api.patch_status(name, &PatchParams::default(), &patch)
                        .await
                        .map(drop)
                }
                pod::Step::LetGo => api.delete(name, &let_go(&pod)).await.map(drop),
            };
            match result {
                Ok(()) => return,
                Err(kube::Error::Api(status)) if [404, 422].contains(&status.code) => return,
                Err(error) => tracing::debug!(%error, pod = %name, "a simulated pod waits"),
            }
            tokio::time::sleep(Duration::from_millis(200) * (1 << attempt)).await;
        }
    }
}

fn let_go(pod: &Pod) -> DeleteParams {
    DeleteParams {
        grace_period_seconds: Some(0),
        preconditions: Some(Preconditions {
            uid: Some(identity::uid(pod).to_owned()),
            resource_version: None,
        }),
        ..DeleteParams::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fleet_can_be_spawned() {
        fn assert_send<T: Send>(_: fn(kube::Client, SimulatedConfig, CancellationToken) -> T) {}
        assert_send(run_simulated);
    }

    #[test]
    fn nodes_declare_what_they_were_told_to() {
        let service = tower::service_fn(|_: http::Request<kube::client::Body>| async {
            Ok::<_, std::convert::Infallible>(http::Response::new(kube::client::Body::empty()))
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let _guard = runtime.enter();
        let fleet = Fleet::new(
            kube::Client::new(service, "default"),
            &SimulatedConfig::new(3),
        );
        let facts = fleet.facts(&fleet.nodes[2]);
        assert_eq!(
            (facts.name.as_str(), facts.ip.as_str()),
            ("simulated-2", "198.18.0.3")
        );
        assert_eq!(facts.allocatable()["cpu"].0, "32");
        assert_eq!(facts.allocatable()["memory"].0, "128Gi");
        assert_eq!(facts.allocatable()["pods"].0, "110");
    }
}

//! A node under test: the agent with the simulated runtime and an API server in memory.
#![allow(dead_code, reason = "each test program uses its part")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use knarr_kubelet::KubeletConfig;
use knarr_runtime::{SimulatedOptions, SimulatedRuntime};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::fake_api::FakeApi;

pub const PODS: &str = "/api/v1/namespaces/default/pods";
pub const POD: &str = "/api/v1/namespaces/default/pods/web";

pub struct TestNode {
    pub api: FakeApi,
    pub runtime: SimulatedRuntime,
    pub dir: tempfile::TempDir,
    /// PEM of the CA whose clients the node's server trusts.
    pub client_ca: Option<String>,
    pub agent: Option<(
        CancellationToken,
        JoinHandle<Result<(), knarr_kubelet::Error>>,
    )>,
}

impl TestNode {
    /// A node that is registered and has its pod CIDR.
    pub async fn start(options: SimulatedOptions) -> Self {
        Self::start_with(options, None).await
    }

    /// As [`Self::start`], with a CA for the clients of the node's server.
    pub async fn start_with(options: SimulatedOptions, client_ca: Option<String>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = SimulatedRuntime::new(options);
        let mut node = Self {
            api: FakeApi::new(),
            runtime,
            dir,
            client_ca,
            agent: None,
        };
        node.restart().await;
        node.api
            .until("the node", |api| api.get("/api/v1/nodes/n1"))
            .await;
        node.api.change("/api/v1/nodes/n1", |node| {
            node["spec"]["podCIDR"] = json!("10.244.0.0/24")
        });
        node
    }

    /// Ends the agent, if it runs, and starts it anew.
    pub async fn restart(&mut self) {
        self.stop().await;
        let localhost = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut config = KubeletConfig::new("n1", localhost, self.dir.path());
        (config.bind_address, config.port) = (localhost, 0);
        config.client_ca.clone_from(&self.client_ca);
        config.capacity.insert("cpu".into(), "4".into());
        let cancel = CancellationToken::new();
        let runtime = Arc::new(self.runtime.clone());
        let agent = knarr_kubelet::run(self.api.client(), config, runtime, cancel.clone());
        self.agent = Some((cancel, tokio::spawn(agent)));
    }

    pub async fn stop(&mut self) {
        if let Some((cancel, agent)) = self.agent.take() {
            cancel.cancel();
            agent.await.unwrap().unwrap();
        }
    }

    /// Stores a pod bound to the node.
    pub fn run_pod(&self, spec: Value) {
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "web", "namespace": "default", "uid": "uid-web"},
            "spec": {"nodeName": "n1", "restartPolicy": "Always",
                "terminationGracePeriodSeconds": 30, "enableServiceLinks": true},
            "status": {"phase": "Pending"}});
        for (key, value) in spec.as_object().unwrap() {
            pod["spec"][key] = value.clone();
        }
        self.api.put(PODS, pod);
    }

    pub async fn until_container(&self, what: &str, found: impl Fn(&Value) -> bool) -> Value {
        self.api
            .until(what, |api| {
                let pod = api.get(POD)?;
                let status = pod["status"]["containerStatuses"].get(0)?;
                found(status).then(|| pod.clone())
            })
            .await
    }

    pub async fn until_phase(&self, phase: &str) -> Value {
        self.api
            .until(phase, |api| {
                api.get(POD).filter(|pod| pod["status"]["phase"] == phase)
            })
            .await
    }

    pub async fn until_event(&self, reason: &str) -> Value {
        let events = "/api/v1/namespaces/default/events/";
        let found = |api: &FakeApi| {
            api.list(events)
                .into_iter()
                .find(|event| event["reason"] == reason)
        };
        self.api.until(reason, found).await
    }
}

impl TestNode {
    pub async fn run_second_pod(&self) {
        let pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "second", "namespace": "default"},
            "spec": {"nodeName": "n1", "containers": [{"name": "b", "image": "img:1"}]}});
        self.api.put(PODS, pod);
        let running = |api: &FakeApi| {
            let pod = api.get(&format!("{PODS}/second"))?;
            (pod["status"]["phase"] == "Running").then_some(())
        };
        self.api.until("the second pod", running).await;
    }
}

pub fn one_container(extra: Value) -> Value {
    let mut container = json!({"name": "a", "image": "img:1", "imagePullPolicy": "IfNotPresent"});
    for (key, value) in extra.as_object().unwrap() {
        container[key] = value.clone();
    }
    json!({"containers": [container]})
}

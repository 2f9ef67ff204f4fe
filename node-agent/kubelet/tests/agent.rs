//! One node with the simulated runtime against an API server in memory: what a pod's author sees.

mod fake_api;
mod test_node;

use fake_api::FakeApi;
use knarr_runtime::{ContainerFilter, ContainerState, Runtime, RuntimeError, SimulatedOptions};
use serde_json::{Value, json};
use test_node::{POD, TestNode, one_container};

#[tokio::test(start_paused = true)]
async fn a_node_registers_and_is_ready_once_it_has_its_pod_network() {
    let mut node = TestNode::start(SimulatedOptions::default()).await;
    let ready = |api: &FakeApi| {
        let node = api.get("/api/v1/nodes/n1")?;
        let conditions = node["status"]["conditions"].as_array()?.clone();
        let ready = conditions
            .iter()
            .find(|condition| condition["type"] == "Ready")?;
        (ready["status"] == "True").then(|| node.clone())
    };
    let object = node.api.until("a ready node", ready).await;
    assert_eq!(object["metadata"]["labels"]["kubernetes.io/hostname"], "n1");
    assert_eq!(object["status"]["capacity"]["cpu"], "4");
    assert_eq!(
        object["status"]["nodeInfo"]["kubeletVersion"],
        "v1.36.0+knarr"
    );
    let lease = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1";
    let lease = node.api.until("a lease", |api| api.get(lease)).await;
    assert_eq!(lease["spec"]["leaseDurationSeconds"], 40);
    assert_eq!(lease["metadata"]["ownerReferences"][0]["kind"], "Node");
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_pod_runs_and_is_let_go_when_it_is_deleted() {
    let mut node = TestNode::start(SimulatedOptions::default()).await;
    node.run_pod(one_container(json!({})));
    let pod = node.until_phase("Running").await;
    assert_eq!(pod["status"]["containerStatuses"][0]["ready"], true);
    assert!(
        pod["status"]["podIP"]
            .as_str()
            .unwrap()
            .starts_with("10.244.0.")
    );
    for reason in ["Pulling", "Pulled", "Created", "Started"] {
        node.until_event(reason).await;
    }
    let pulled = node.until_event("Pulled").await;
    let message = pulled["message"].as_str().unwrap();
    assert!(
        message.starts_with("Successfully pulled image \"img:1\" in "),
        "{message}"
    );
    assert_eq!(pulled["involvedObject"]["fieldPath"], "spec.containers{a}");
    node.api.change(POD, |pod| {
        pod["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        pod["metadata"]["deletionGracePeriodSeconds"] = json!(30);
    });
    node.api
        .until("the deletion", |api| api.get(POD).is_none().then_some(()))
        .await;
    assert_eq!(
        node.until_event("Killing").await["message"],
        "Stopping container a"
    );
    assert!(
        node.runtime
            .list_containers(ContainerFilter::default())
            .await
            .unwrap()
            .is_empty()
    );
    assert!(!node.dir.path().join("kubelet/pods/uid-web").exists());
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_image_that_cannot_be_pulled_backs_off() {
    let failure = RuntimeError::ImagePull("connection refused".into());
    let mut node = TestNode::start(SimulatedOptions {
        pull_failures: [("img:1".to_owned(), failure)].into(),
        ..SimulatedOptions::default()
    })
    .await;
    node.run_pod(one_container(json!({})));
    let waits =
        |reason: &'static str| move |status: &Value| status["state"]["waiting"]["reason"] == reason;
    node.until_container("ErrImagePull", waits("ErrImagePull"))
        .await;
    let pod = node
        .until_container("ImagePullBackOff", waits("ImagePullBackOff"))
        .await;
    assert_eq!(
        pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"],
        "Back-off pulling image \"img:1\": ErrImagePull: connection refused"
    );
    let failed = node.until_event("Failed").await;
    assert_eq!(
        failed["message"],
        "Failed to pull image \"img:1\": connection refused"
    );
    node.runtime
        .configure(|options| options.pull_failures.clear());
    node.until_phase("Running").await;
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_crashing_container_restarts_ever_more_slowly() {
    let mut node = TestNode::start(SimulatedOptions::default()).await;
    node.run_pod(one_container(json!({})));
    let pod = node.until_phase("Running").await;
    let id = |pod: &Value| {
        let id = pod["status"]["containerStatuses"][0]["containerID"]
            .as_str()
            .unwrap();
        id.trim_start_matches("knarr://").to_owned()
    };
    assert!(node.runtime.finish_container(&id(&pod), 3, ""));
    // The first restart comes at once.
    let runs = |count: i64| {
        move |status: &Value| {
            status["restartCount"] == count && status["state"]["running"].is_object()
        }
    };
    let pod = node.until_container("one restart", runs(1)).await;
    assert_eq!(
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"],
        3
    );
    assert!(node.runtime.finish_container(&id(&pod), 3, ""));
    let waiting = |status: &Value| status["state"]["waiting"]["reason"] == "CrashLoopBackOff";
    let pod = node.until_container("CrashLoopBackOff", waiting).await;
    assert_eq!(
        pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"],
        "back-off 10s restarting failed container=a pod=web_default(uid-web)"
    );
    assert_eq!(
        node.until_event("BackOff").await["message"],
        "Back-off restarting failed container a in pod web_default(uid-web)"
    );
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_completes_keeps_its_containers_until_it_is_deleted() {
    let mut node = TestNode::start(SimulatedOptions::default()).await;
    let mut spec = one_container(json!({}));
    spec["restartPolicy"] = json!("Never");
    node.run_pod(spec);
    node.until_phase("Running").await;
    let containers = node
        .runtime
        .list_containers(ContainerFilter::default())
        .await
        .unwrap();
    assert!(node.runtime.finish_container(&containers[0].id, 0, ""));
    let pod = node.until_phase("Succeeded").await;
    assert_eq!(pod["status"]["conditions"][2]["reason"], "PodCompleted");
    let containers = node
        .runtime
        .list_containers(ContainerFilter::default())
        .await
        .unwrap();
    assert_eq!(containers[0].state, ContainerState::Exited);
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_restarted_agent_finds_its_pods_running() {
    let mut node = TestNode::start(SimulatedOptions::default()).await;
    node.run_pod(one_container(json!({})));
    let before = node.until_phase("Running").await;
    node.restart().await;
    // A change that only a working agent answers.
    node.api
        .until("the node again", |api| {
            let writes = api.writes();
            (writes
                .iter()
                .filter(|write| *write == "POST /api/v1/nodes")
                .count()
                >= 2)
                .then_some(())
        })
        .await;
    node.run_second_pod().await;
    let after = node.api.get(POD).unwrap();
    assert_eq!(
        before["status"]["containerStatuses"],
        after["status"]["containerStatuses"]
    );
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn configuration_that_is_missing_holds_the_container_back() {
    let mut node = TestNode::start(SimulatedOptions::default()).await;
    node.run_pod(one_container(json!({"env": [{"name": "A",
        "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}}]})));
    let waiting =
        |status: &Value| status["state"]["waiting"]["reason"] == "CreateContainerConfigError";
    let pod = node
        .until_container("CreateContainerConfigError", waiting)
        .await;
    assert_eq!(
        pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"],
        "configmap \"settings\" not found"
    );
    node.api.put(
        "/api/v1/namespaces/default/configmaps",
        json!({"metadata": {"name": "settings", "namespace": "default"}, "data": {"a": "1"}}),
    );
    node.until_phase("Running").await;
    let containers = node
        .runtime
        .list_containers(ContainerFilter::default())
        .await
        .unwrap();
    let config = node.runtime.container_config(&containers[0].id).unwrap();
    assert!(
        config
            .envs
            .iter()
            .any(|env| env.key == "A" && env.value == "1")
    );
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_mounted_config_map_follows_its_object() {
    let mut node = TestNode::start(SimulatedOptions::default()).await;
    let maps = "/api/v1/namespaces/default/configmaps";
    node.api.put(
        maps,
        json!({"metadata": {"name": "files", "namespace": "default"}, "data": {"k": "1"}}),
    );
    let mut spec = one_container(json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}));
    spec["volumes"] = json!([{"name": "v", "configMap": {"name": "files"}}]);
    node.run_pod(spec);
    node.until_phase("Running").await;
    let file = node
        .dir
        .path()
        .join("kubelet/pods/uid-web/volumes/kubernetes.io~configmap/v/k");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "1");
    node.api.change(&format!("{maps}/files"), |map| {
        map["data"]["k"] = json!("2")
    });
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    while std::fs::read_to_string(&file).unwrap() != "2" {
        assert!(
            tokio::time::Instant::now() < deadline,
            "the file never changed"
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_does_not_fit_is_refused() {
    let mut node = TestNode::start(SimulatedOptions::default()).await;
    node.run_pod(one_container(
        json!({"resources": {"requests": {"cpu": "5"}}}),
    ));
    let pod = node.until_phase("Failed").await;
    assert_eq!(pod["status"]["reason"], "OutOfcpu");
    assert_eq!(
        pod["status"]["message"],
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 5000, used: 0, capacity: 4000"
    );
    node.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_failed_liveness_probe_restarts_the_container() {
    let failed = knarr_runtime::ExecSyncResponse {
        exit_code: 1,
        ..Default::default()
    };
    let mut node = TestNode::start(SimulatedOptions {
        exec_results: [("check".to_owned(), failed)].into(),
        ..SimulatedOptions::default()
    })
    .await;
    node.run_pod(one_container(json!({"livenessProbe": {
        "exec": {"command": ["check"]}, "periodSeconds": 1, "failureThreshold": 2}})));
    let restarted = |status: &Value| status["restartCount"] == 1;
    node.until_container("a restart", restarted).await;
    let killing = node.until_event("Killing").await;
    assert_eq!(
        killing["message"],
        "Container a failed liveness probe, will be restarted"
    );
    let waits = |status: &Value| status["state"]["waiting"]["reason"] == "CrashLoopBackOff";
    node.until_container("a wait before a later restart", waits)
        .await;
    assert!(
        node.until_event("Unhealthy").await["count"]
            .as_i64()
            .unwrap()
            >= 1
    );
    node.stop().await;
}

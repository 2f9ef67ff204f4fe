//! The metrics of a node whose kubelet answers over TLS.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::KubeletClient;
use crate::testing::TestServer;
use crate::testing::pki::TestCa;
use crate::tls;

/// A kubelet whose node uses half a core.
async fn kubelet(ca: &TestCa) -> u16 {
    let (cert, key) = ca.server();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    static LOOKS: AtomicU64 = AtomicU64::new(1);
    let summary = || async {
        let look = LOOKS.fetch_add(1, Ordering::Relaxed);
        let figures = json!({"time": format!("2026-01-01T00:00:{:02}Z", look * 2),
            "usageCoreNanoSeconds": look * 1_000_000_000});
        let memory = json!({"workingSetBytes": 4096});
        axum::Json(
            json!({"node": {"cpu": figures, "memory": memory}, "pods": [{
            "podRef": {"namespace": "default", "name": "p"},
            "containers": [{"name": "c", "cpu": figures, "memory": memory}]}]}),
        )
    };
    let router = axum::Router::new().route("/stats/summary", get(summary));
    let config = tls::server_config(&cert, &key).unwrap();
    tokio::spawn(tls::serve(
        listener,
        config,
        router,
        CancellationToken::new(),
    ));
    port
}

#[tokio::test]
async fn nodes_and_pods_are_measured_when_asked_for() {
    let ca = TestCa::new();
    let port = kubelet(&ca).await;
    let (cert, key) = ca.client("kube-apiserver-kubelet-client", &["system:masters"]);
    let client = KubeletClient {
        cert,
        key,
        ca: Some(ca.cert.clone()),
    };
    let server = TestServer::with(|config| config.kubelet_client = Some(client)).await;
    let node = |name: &str, port: u16| {
        json!({"metadata": {"name": name, "labels": {"of": name}}, "status": {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}}}})
    };
    for (name, port) in [("n", port), ("simulated", 0)] {
        server
            .post("/api/v1/nodes", node(name, port))
            .await
            .expect(201);
    }
    let account = json!({"metadata": {"name": "default"}});
    server
        .post("/api/v1/namespaces/default/serviceaccounts", account)
        .await
        .expect(201);
    let pod = json!({"metadata": {"name": "p"}, "spec": {"nodeName": "n",
        "containers": [{"name": "c", "image": "i"}]}});
    server
        .post("/api/v1/namespaces/default/pods", pod)
        .await
        .expect(201);
    let running = json!({"status": {"phase": "Running"}});
    let status = "/api/v1/namespaces/default/pods/p/status";
    server.patch("merge", status, running).await.expect(200);
    let metrics = "/apis/metrics.k8s.io/v1beta1";
    let list = server.get(&format!("{metrics}/nodes")).await.expect(200);
    assert_eq!(list["kind"], "NodeMetricsList");
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let usage = json!({"cpu": "500000000n", "memory": "4Ki"});
    assert_eq!(list["items"][0]["usage"], usage);
    assert_eq!(list["items"][0]["window"], "2s");
    let one = server
        .get(&format!("{metrics}/namespaces/default/pods/p"))
        .await
        .expect(200);
    assert_eq!(one["kind"], "PodMetrics");
    assert_eq!(one["containers"], json!([{"name": "c", "usage": usage}]));
    let none = server
        .get(&format!("{metrics}/nodes?labelSelector=of%3Dother"))
        .await
        .expect(200);
    assert_eq!(none["items"], json!([]));
    let absent = server.get(&format!("{metrics}/nodes/simulated")).await;
    assert_eq!(
        absent.message(),
        "nodemetrics.metrics.k8s.io \"simulated\" not found"
    );
    let told = server.get(metrics).await.expect(200);
    assert_eq!(told["resources"][1]["kind"], "PodMetrics");
    server
        .delete(&format!("{metrics}/nodes/n"))
        .await
        .expect(405);
}

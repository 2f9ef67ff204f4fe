//! Endpoints and endpoint slices come with their service, and go with it.

use serde_json::json;

use crate::cluster::{Cluster, items};

#[tokio::test]
async fn a_service_without_pods_has_empty_endpoints_and_a_slice() {
    let cluster = Cluster::start().await;
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "empty"},
        "spec": {"selector": {"app": "nobody"}, "ports": [{"port": 80}]}});
    cluster
        .create("/api/v1/namespaces/default/services", &service)
        .await;
    let endpoints = "/api/v1/namespaces/default/endpoints/empty";
    let found = cluster
        .until(endpoints, |endpoints| endpoints.is_object())
        .await;
    assert_eq!(found.get("subsets"), None);
    let slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name=empty";
    let found = cluster.until(slices, |list| items(list).len() == 1).await;
    assert!(
        items(&found)[0]["endpoints"]
            .as_array()
            .is_none_or(Vec::is_empty)
    );
    cluster
        .delete("/api/v1/namespaces/default/services/empty", "Background")
        .await;
    cluster.until_gone(endpoints).await;
    cluster.until(slices, |list| items(list).is_empty()).await;
}

//! What every namespace has, and how it goes.

use serde_json::{Value, json};

use crate::cluster::Cluster;

async fn with_namespace() -> Cluster {
    let cluster = Cluster::start().await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}});
    cluster.create("/api/v1/namespaces", &namespace).await;
    cluster
}

#[tokio::test]
async fn every_namespace_has_the_certificate_of_the_authority() {
    let cluster = with_namespace().await;
    let path = "/api/v1/namespaces/n/configmaps/kube-root-ca.crt";
    let whole = |map: &Value| {
        map["data"]["ca.crt"]
            .as_str()
            .is_some_and(|text| text.contains("BEGIN CERTIFICATE"))
    };
    let first = cluster.until(path, whole).await;
    cluster.delete(path, "Background").await;
    let other = |map: &Value| whole(map) && map["metadata"]["uid"] != first["metadata"]["uid"];
    cluster.until(path, other).await;
    cluster
        .patch(path, &json!({"data": {"ca.crt": "", "other": "x"}}))
        .await;
    let mended = cluster.until(path, whole).await;
    assert_eq!(mended["data"].get("other"), None);
}

#[tokio::test]
async fn a_namespace_goes_with_all_that_is_in_it() {
    let cluster = with_namespace().await;
    let maps = "/api/v1/namespaces/n/configmaps";
    let held = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "held", "finalizers": ["example.com/hold"]}});
    cluster.create(maps, &held).await;
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "a", "image": "example.com/a:1"}]}});
    cluster
        .until(
            "/api/v1/namespaces/n/serviceaccounts/default",
            Value::is_object,
        )
        .await;
    cluster.create("/api/v1/namespaces/n/pods", &pod).await;
    let path = "/api/v1/namespaces/n";
    cluster.delete(path, "Background").await;
    let condition = |namespace: &Value, name: &str| {
        let all = namespace["status"]["conditions"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        all.into_iter()
            .find(|one| one["type"] == name)
            .unwrap_or_default()
    };
    let waiting = cluster
        .until(path, |namespace| {
            condition(namespace, "NamespaceFinalizersRemaining")["status"] == "True"
        })
        .await;
    assert_eq!(waiting["status"]["phase"], "Terminating");
    assert_eq!(
        condition(&waiting, "NamespaceFinalizersRemaining")["message"],
        "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
    );
    cluster.until_gone("/api/v1/namespaces/n/pods/p").await;
    cluster
        .patch(
            &format!("{maps}/held"),
            &json!({"metadata": {"finalizers": null}}),
        )
        .await;
    cluster.until_gone(path).await;
}

//! Quotas follow what is used.

use serde_json::{Value, json};

use crate::cluster::{Cluster, DEFAULT, REPLICA_SETS, replica_set, template};

/// Makes a quota and waits until it is counted.
async fn limit(cluster: &Cluster, name: &str, hard: Value, scopes: Value) -> String {
    let quotas = format!("{DEFAULT}/resourcequotas");
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name},
        "spec": {"hard": hard, "scopes": scopes}});
    cluster.create(&quotas, &quota).await;
    let path = format!("{quotas}/{name}");
    let counted =
        |quota: &Value| quota["status"]["hard"] == hard && quota["status"]["used"].is_object();
    cluster.until(&path, counted).await;
    path
}

async fn until_used(cluster: &Cluster, quota: &str, used: &Value) {
    cluster
        .until(quota, |quota| quota["status"]["used"] == *used)
        .await;
}

fn pod(name: &str, resources: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"containers": [{"name": "a", "image": "example.com/a:1", "resources": resources}]}})
}

#[tokio::test]
async fn the_life_of_a_pod_is_counted() {
    let cluster = Cluster::start().await;
    let hard = json!({"pods": "5", "cpu": "1", "memory": "500Mi", "ephemeral-storage": "50Gi",
        "requests.example.com/dongle": "3"});
    let quota = limit(&cluster, "q", hard, Value::Null).await;
    let none = json!({"pods": "0", "cpu": "0", "memory": "0", "ephemeral-storage": "0", "requests.example.com/dongle": "0"});
    until_used(&cluster, &quota, &none).await;
    let resources = |cpu: &str, dongles: &str| {
        json!({"requests": {"cpu": cpu, "memory": "252Mi", "ephemeral-storage": "30Gi", "example.com/dongle": dongles},
            "limits": {"example.com/dongle": dongles}})
    };
    let pods = format!("{DEFAULT}/pods");
    cluster
        .create(&pods, &pod("fits", resources("500m", "2")))
        .await;
    let used = json!({"pods": "1", "cpu": "500m", "memory": "252Mi", "ephemeral-storage": "30Gi",
        "requests.example.com/dongle": "2"});
    until_used(&cluster, &quota, &used).await;
    for (cpu, dongles) in [("600m", "1"), ("100m", "2")] {
        let refused = cluster
            .try_create(&pods, &pod("too-much", resources(cpu, dongles)))
            .await;
        assert_eq!(refused, Err(403));
    }
    cluster.delete(&format!("{pods}/fits"), "Background").await;
    until_used(&cluster, &quota, &none).await;
}

#[tokio::test]
async fn the_lives_of_other_objects_are_counted() {
    let cluster = Cluster::start().await;
    let hard =
        json!({"count/replicasets.apps": "5", "replicationcontrollers": "5", "secrets": "5"});
    let quota = limit(&cluster, "q", hard, Value::Null).await;
    let used = |sets: &str, controllers: &str, secrets: &str| json!({"count/replicasets.apps": sets, "replicationcontrollers": controllers, "secrets": secrets});
    until_used(&cluster, &quota, &used("0", "0", "0")).await;
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "Yg=="}});
    let controllers = format!("{DEFAULT}/replicationcontrollers");
    let secrets = format!("{DEFAULT}/secrets");
    cluster.create(REPLICA_SETS, &replica_set("s", 0)).await;
    until_used(&cluster, &quota, &used("1", "0", "0")).await;
    let controller = json!({"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "s"},
        "spec": {"replicas": 0, "selector": {"app": "s"}, "template": template(json!({"app": "s"}))}});
    cluster.create(&controllers, &controller).await;
    cluster.create(&secrets, &secret).await;
    until_used(&cluster, &quota, &used("1", "1", "1")).await;
    cluster
        .delete(&format!("{REPLICA_SETS}/s"), "Background")
        .await;
    cluster
        .delete(&format!("{controllers}/s"), "Background")
        .await;
    cluster.delete(&format!("{secrets}/s"), "Background").await;
    until_used(&cluster, &quota, &used("0", "0", "0")).await;
}

#[tokio::test]
async fn a_scope_counts_its_pods_alone() {
    let cluster = Cluster::start().await;
    let hard = json!({"pods": "5"});
    let best = limit(&cluster, "best", hard.clone(), json!(["BestEffort"])).await;
    let other = limit(&cluster, "other", hard, json!(["NotBestEffort"])).await;
    let used = |count: &str| json!({"pods": count});
    let pods = format!("{DEFAULT}/pods");
    let modest = json!({"requests": {"cpu": "100m", "memory": "100Mi"}, "limits": {"cpu": "200m", "memory": "200Mi"}});
    for (resources, counting, resting) in [(json!({}), &best, &other), (modest, &other, &best)] {
        cluster.create(&pods, &pod("p", resources)).await;
        until_used(&cluster, counting, &used("1")).await;
        until_used(&cluster, resting, &used("0")).await;
        cluster.delete(&format!("{pods}/p"), "Background").await;
        until_used(&cluster, counting, &used("0")).await;
    }
}

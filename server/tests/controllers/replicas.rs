//! Replica sets: whom they adopt and release, and what they say when they may not create.

use serde_json::{Value, json};

use crate::cluster::{Cluster, DEFAULT, REPLICA_SETS, items, replica_set, template};

fn pod(name: &str) -> Value {
    let mut pod = template(json!({"app": "own"}));
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    pod["metadata"]["name"] = name.into();
    pod
}

fn controller_of(pod: &Value) -> &Value {
    &pod["metadata"]["ownerReferences"][0]["name"]
}

#[tokio::test]
async fn matching_pods_are_adopted_and_others_released() {
    let cluster = Cluster::start().await;
    let pods = format!("{DEFAULT}/pods");
    cluster.create(&pods, &pod("orphan")).await;
    cluster.create(REPLICA_SETS, &replica_set("own", 1)).await;
    let path = format!("{pods}/orphan");
    cluster
        .until(&path, |pod| controller_of(pod) == "own")
        .await;
    assert_eq!(
        items(&cluster.get(&pods).await).len(),
        1,
        "an adopted pod counts"
    );
    cluster
        .patch(&path, &json!({"metadata": {"labels": {"app": "another"}}}))
        .await;
    cluster
        .until(&path, |pod| {
            pod["metadata"].get("ownerReferences").is_none()
        })
        .await;
    let own = format!("{pods}?labelSelector=app=own");
    cluster.until(&own, |list| items(list).len() == 1).await;
}

#[tokio::test]
async fn a_failure_to_create_pods_is_a_condition_until_it_is_over() {
    let cluster = Cluster::start().await;
    let quotas = format!("{DEFAULT}/resourcequotas");
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"},
        "spec": {"hard": {"pods": "2"}}});
    cluster.create(&quotas, &quota).await;
    cluster
        .until(&format!("{quotas}/q"), |quota| {
            quota["status"]["used"]["pods"] == "0"
        })
        .await;
    cluster.create(REPLICA_SETS, &replica_set("s", 3)).await;
    let path = format!("{REPLICA_SETS}/s");
    let fails = |set: &Value| set["status"]["conditions"][0]["type"] == "ReplicaFailure";
    let failing = cluster.until(&path, fails).await;
    let condition = &failing["status"]["conditions"][0];
    assert_eq!(condition["reason"], "FailedCreate");
    let message = condition["message"].as_str().unwrap_or_default();
    assert!(message.contains("exceeded quota: q"), "{message}");
    cluster
        .patch(&path, &json!({"spec": {"replicas": 2}}))
        .await;
    cluster.until(&path, |set| !fails(set)).await;
}

#[tokio::test]
async fn a_replica_set_is_scaled() {
    let cluster = Cluster::start().await;
    cluster.create(REPLICA_SETS, &replica_set("s", 1)).await;
    let scale = format!("{REPLICA_SETS}/s/scale");
    cluster
        .until(&scale, |scale| scale["status"]["replicas"] == 1)
        .await;
    cluster
        .patch(&scale, &json!({"spec": {"replicas": 2}}))
        .await;
    let scaled = cluster
        .until(&scale, |scale| scale["status"]["replicas"] == 2)
        .await;
    assert_eq!(scaled["status"]["selector"], "app=s");
}

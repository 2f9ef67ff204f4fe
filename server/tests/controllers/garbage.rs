//! Dependents go with their owners, before them, or stay.

use serde_json::{Value, json};

use crate::cluster::{Cluster, DEFAULT, REPLICA_SETS, items, replica_set, template};

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

fn is_empty(list: &Value) -> bool {
    items(list).is_empty()
}

async fn with_deployment() -> Cluster {
    let cluster = Cluster::start().await;
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "d"}}, "template": template(json!({"app": "d"}))}});
    cluster.create(DEPLOYMENTS, &deployment).await;
    cluster
        .until(REPLICA_SETS, |list| items(list).len() == 1)
        .await;
    cluster
}

#[tokio::test]
async fn replica_sets_go_with_their_deployment() {
    let cluster = with_deployment().await;
    cluster
        .delete(&format!("{DEPLOYMENTS}/d"), "Background")
        .await;
    cluster.until(REPLICA_SETS, is_empty).await;
    cluster.until(&format!("{DEFAULT}/pods"), is_empty).await;
}

#[tokio::test]
async fn orphaned_replica_sets_stay_and_forget_their_owner() {
    let cluster = with_deployment().await;
    cluster.delete(&format!("{DEPLOYMENTS}/d"), "Orphan").await;
    cluster.until_gone(&format!("{DEPLOYMENTS}/d")).await;
    let left = cluster.get(REPLICA_SETS).await;
    assert_eq!(items(&left).len(), 1);
    assert_eq!(items(&left)[0]["metadata"].get("ownerReferences"), None);
}

/// A replica set with as many pods, which are there.
async fn with_pods(cluster: &Cluster, name: &str, count: u32) -> Vec<Value> {
    cluster
        .create(REPLICA_SETS, &replica_set(name, count))
        .await;
    let pods = format!("{DEFAULT}/pods?labelSelector=app={name}");
    let list = cluster
        .until(&pods, |list| items(list).len() == count as usize)
        .await;
    items(&list).to_vec()
}

fn path_of(pod: &Value) -> String {
    format!(
        "{DEFAULT}/pods/{}",
        pod["metadata"]["name"].as_str().unwrap_or_default()
    )
}

#[tokio::test]
async fn pods_go_with_their_replica_set() {
    let cluster = Cluster::start().await;
    with_pods(&cluster, "s", 2).await;
    cluster
        .delete(&format!("{REPLICA_SETS}/s"), "Background")
        .await;
    cluster.until(&format!("{DEFAULT}/pods"), is_empty).await;
}

#[tokio::test]
async fn an_owner_stays_until_its_last_dependent_is_gone() {
    let cluster = Cluster::start().await;
    let pods = with_pods(&cluster, "s", 2).await;
    let held = path_of(&pods[0]);
    cluster
        .patch(
            &held,
            &json!({"metadata": {"finalizers": ["example.com/hold"]}}),
        )
        .await;
    let owner = format!("{REPLICA_SETS}/s");
    cluster.delete(&owner, "Foreground").await;
    cluster.until_gone(&path_of(&pods[1])).await;
    let waiting = cluster.get(&owner).await;
    assert_eq!(
        waiting["metadata"]["finalizers"],
        json!(["foregroundDeletion"])
    );
    cluster
        .patch(&held, &json!({"metadata": {"finalizers": null}}))
        .await;
    cluster.until_gone(&owner).await;
    cluster.until_gone(&held).await;
}

#[tokio::test]
async fn a_dependent_with_another_owner_stays() {
    let cluster = Cluster::start().await;
    let pods = with_pods(&cluster, "leaving", 2).await;
    let staying = cluster
        .create(REPLICA_SETS, &replica_set("staying", 0))
        .await;
    let shared = path_of(&pods[0]);
    let mut references = pods[0]["metadata"]["ownerReferences"].clone();
    let second = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "staying",
        "uid": staying["metadata"]["uid"]});
    references
        .as_array_mut()
        .expect("it has an owner")
        .push(second);
    cluster
        .patch(
            &shared,
            &json!({"metadata": {"ownerReferences": references}}),
        )
        .await;
    cluster
        .delete(&format!("{REPLICA_SETS}/leaving"), "Foreground")
        .await;
    cluster.until_gone(&path_of(&pods[1])).await;
    cluster.until_gone(&format!("{REPLICA_SETS}/leaving")).await;
    let left = cluster.get(&shared).await;
    assert_eq!(left["metadata"].get("deletionTimestamp"), None);
    let names: Vec<_> = left["metadata"]["ownerReferences"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|owner| owner["name"].clone())
        .collect();
    assert_eq!(names, ["staying"]);
}

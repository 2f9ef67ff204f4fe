//! Who owns the fields of built-in kinds after writes to them and to their subresources.

use axum::body::Body;
use serde_json::{Value, json};

use crate::testing::{TestServer, request};

const PODS: &str = "/api/v1/namespaces/default/pods";

async fn with_pod() -> TestServer {
    let server = TestServer::new().await;
    let account = json!({"metadata": {"name": "default"}});
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    server.post(accounts, account).await;
    let pod =
        json!({"metadata": {"name": "a"}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    server.post(PODS, pod).await.expect(201);
    server
}

async fn patched(server: &TestServer, path: &str, type_: &str, body: &Value) -> Value {
    let type_ = format!("application/{type_}");
    let body = Body::from(body.to_string());
    server
        .send(request("PATCH", path, &type_, body))
        .await
        .expect(200)
}

/// What the entry of a manager has.
fn fields<'a>(object: &'a Value, manager: &str, subresource: Value) -> Option<&'a Value> {
    let entries = object["metadata"]["managedFields"].as_array()?;
    let found = entries
        .iter()
        .find(|entry| entry["manager"] == manager && entry["subresource"] == subresource);
    found.map(|entry| &entry["fieldsV1"])
}

#[tokio::test]
async fn nobody_owns_what_admission_adds() {
    let server = with_pod().await;
    let pod = server.get(&format!("{PODS}/a")).await.expect(200);
    assert!(pod["spec"]["tolerations"].is_array());
    let owned = &fields(&pod, "unknown", Value::Null).unwrap()["f:spec"];
    assert!(owned["f:containers"].is_object() && owned["f:dnsPolicy"].is_object());
    for added in [
        "f:tolerations",
        "f:volumes",
        "f:priority",
        "f:serviceAccount",
    ] {
        assert!(owned[added].is_null(), "{added} in {owned}");
    }
}

#[tokio::test]
async fn bindings_and_evictions_make_no_owner() {
    let server = with_pod().await;
    let before = server.get(&format!("{PODS}/a")).await.expect(200);
    let binding = json!({"metadata": {"name": "a"}, "target": {"kind": "Node", "name": "n"}});
    server
        .post(&format!("{PODS}/a/binding"), binding)
        .await
        .expect(201);
    let eviction =
        json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a"}});
    server
        .post(&format!("{PODS}/a/eviction"), eviction)
        .await
        .expect(201);
    let after = server.get(&format!("{PODS}/a")).await.expect(200);
    assert_eq!(after["spec"]["nodeName"], "n");
    assert!(after["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(
        after["metadata"]["managedFields"],
        before["metadata"]["managedFields"]
    );
}

#[tokio::test]
async fn a_status_owns_the_metadata_that_its_strategy_leaves_to_it() {
    let server = with_pod().await;
    let status = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"a": "b"},
        "ownerReferences": []}, "spec": {"nodeName": "n"}, "status": {"message": "m"}});
    let path = format!("{PODS}/a/status?fieldManager=m");
    let pod = patched(&server, &path, "apply-patch+yaml", &status).await;
    assert_eq!(
        fields(&pod, "m", "status".into()).unwrap(),
        &json!({"f:metadata": {"f:labels": {"f:a": {}}}, "f:status": {"f:message": {}}})
    );
}

#[tokio::test]
async fn a_write_takes_nothing_that_it_can_not_change() {
    let server = with_pod().await;
    let status = json!({"status": {"message": "m"}, "spec": {"nodeName": "n"}});
    let path = format!("{PODS}/a/status?fieldManager=kubelet");
    patched(&server, &path, "merge-patch+json", &status).await;
    let main =
        json!({"status": {"message": null, "reason": "r"}, "metadata": {"labels": {"a": "b"}}});
    let path = format!("{PODS}/a?fieldManager=client");
    let pod = patched(&server, &path, "merge-patch+json", &main).await;
    assert_eq!(pod["status"]["message"], "m");
    let of_status = json!({"f:status": {"f:message": {}}});
    assert_eq!(fields(&pod, "kubelet", "status".into()), Some(&of_status));
    let of_labels = json!({"f:metadata": {"f:labels": {".": {}, "f:a": {}}}});
    assert_eq!(fields(&pod, "client", Value::Null), Some(&of_labels));
}

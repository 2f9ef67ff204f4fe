//! What the server itself does to pods: generations, classes of service, what is refused before any node sees them.

use serde_json::{Value, json};

use super::{NAMESPACE, make_namespace};
use crate::testing::TestServer;

const PODS: &str = "/api/v1/namespaces/kinds/pods";

fn pod(name: &str, spec: Value) -> Value {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"containers": [{"name": "a", "image": "example.com/a:1"}]}});
    for (field, value) in spec.as_object().into_iter().flatten() {
        pod["spec"][field] = value.clone();
    }
    pod
}

async fn started() -> TestServer {
    let server = TestServer::new().await;
    make_namespace(&server).await;
    server
}

#[tokio::test]
async fn the_generation_counts_changes_of_the_spec() {
    let server = started().await;
    let mut custom = pod("p", json!({}));
    custom["metadata"]["generation"] = 100.into();
    let created = server.post(PODS, custom).await.expect(201);
    assert_eq!(created["metadata"]["generation"], 1);
    let path = format!("{PODS}/p");
    let binding = json!({"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "p"},
        "target": {"kind": "Node", "name": "n"}});
    server
        .post(&format!("{path}/binding"), binding)
        .await
        .expect(201);
    let steps = [
        ("", json!({"metadata": {"labels": {"a": "b"}}}), 1),
        (
            "",
            json!({"spec": {"containers": [{"name": "a", "image": "example.com/a:2"}]}}),
            2,
        ),
        ("", json!({"spec": {"activeDeadlineSeconds": 5000}}), 3),
        (
            "",
            json!({"spec": {"tolerations": [{"key": "new", "operator": "Exists"}]}}),
            4,
        ),
        (
            "/ephemeralcontainers",
            json!({"spec": {"ephemeralContainers": [{"name": "e", "image": "example.com/e:1"}]}}),
            5,
        ),
        (
            "/status",
            json!({"status": {"observedGeneration": 5, "phase": "Running"}}),
            5,
        ),
    ];
    for (subresource, patch, generation) in steps {
        let patched = server
            .patch("strategic", &format!("{path}{subresource}"), patch.clone())
            .await;
        assert_eq!(
            patched.expect(200)["metadata"]["generation"],
            generation,
            "{patch}"
        );
    }
    // A graceful deletion is a change too.
    server.delete(&path).await.expect(200);
    let read = server.get(&path).await.expect(200);
    assert_eq!(read["metadata"]["generation"], 6);
    assert_eq!(read["metadata"]["deletionGracePeriodSeconds"], 30);
}

#[tokio::test]
async fn ephemeral_containers_are_added_one_by_one() {
    let server = started().await;
    server.post(PODS, pod("p", json!({}))).await.expect(201);
    let path = format!("{PODS}/p/ephemeralcontainers");
    for (count, name) in [(1, "one"), (2, "two")] {
        let patch =
            json!({"spec": {"ephemeralContainers": [{"name": name, "image": "example.com/e:1"}]}});
        server.patch("strategic", &path, patch).await.expect(200);
        let read = server.get(&path).await.expect(200);
        assert_eq!(
            read["spec"]["ephemeralContainers"].as_array().map(Vec::len),
            Some(count)
        );
    }
    let removed = json!({"spec": {"ephemeralContainers": null}});
    let refused = server.patch("merge", &path, removed).await;
    assert_eq!(refused.code.as_u16(), 422, "{}", refused.text);
}

#[tokio::test]
async fn a_pod_is_patched_and_its_status_replaced() {
    let server = started().await;
    server.post(PODS, pod("p", json!({}))).await.expect(201);
    let path = format!("{PODS}/p");
    let patch = json!({"metadata": {"labels": {"test": "patched"}},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": "a", "image": "example.com/b:1"}]}});
    // Of the spec only images, deadlines and tolerations change.
    let refused = server.patch("strategic", &path, patch).await.expect(422);
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("Pod \"p\" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`"),
        "{message}"
    );
    let mut read = server.get(&format!("{path}/status")).await.expect(200);
    let ready = |status: &str| json!([{"type": "Ready", "status": status}, {"type": "ContainersReady", "status": status}]);
    read["status"]["conditions"] = ready("False");
    server
        .put(&format!("{path}/status"), read)
        .await
        .expect(200);
    let patch =
        json!({"status": {"message": "Patched", "reason": "Tried", "conditions": ready("True")}});
    server
        .patch("strategic", &format!("{path}/status"), patch)
        .await
        .expect(200);
    let read = server.get(&path).await.expect(200);
    assert_eq!(
        (&read["status"]["message"], &read["status"]["reason"]),
        (&json!("Patched"), &json!("Tried"))
    );
    let conditions = read["status"]["conditions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    assert_eq!(conditions.len(), 2, "conditions are merged by their type");
    assert!(
        conditions
            .iter()
            .all(|condition| condition["status"] == "True")
    );
}

#[tokio::test]
async fn a_class_of_runtimes_must_be_there() {
    let server = started().await;
    let wanting = || pod("p", json!({"runtimeClassName": "kind-of"}));
    let refused = server.post(PODS, wanting()).await.expect(403);
    assert_eq!(
        refused["message"],
        "pods \"p\" is forbidden: pod rejected: RuntimeClass \"kind-of\" not found"
    );
    let classes = "/apis/node.k8s.io/v1/runtimeclasses";
    let class = json!({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass",
        "metadata": {"name": "kind-of"}, "handler": "h", "overhead": {"podFixed": {"cpu": "10m", "memory": "1Mi"}}});
    server.post(classes, class).await.expect(201);
    let path = format!("{classes}/kind-of");
    server.get(&path).await.expect(200);
    let made = server.post(PODS, wanting()).await.expect(201);
    assert_eq!(
        made["spec"]["overhead"],
        json!({"cpu": "10m", "memory": "1Mi"})
    );
    server.delete(&path).await.expect(200);
    server.get(&path).await.expect(404);
    let mut late = wanting();
    late["metadata"]["name"] = "late".into();
    server.post(PODS, late).await.expect(403);
}

#[tokio::test]
async fn sysctls_that_are_none_are_refused() {
    let server = started().await;
    let sysctls = ["foo-", "kernel.shmmax", "safe-and-unsafe", "bar.."]
        .map(|name| json!({"name": name, "value": "1"}));
    let refused = server
        .post(
            PODS,
            pod("p", json!({"securityContext": {"sysctls": sysctls}})),
        )
        .await
        .expect(422);
    let causes = refused["details"]["causes"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let fields: Vec<_> = causes
        .iter()
        .filter_map(|cause| cause["field"].as_str())
        .collect();
    assert_eq!(
        fields,
        [
            "spec.securityContext.sysctls[0].name",
            "spec.securityContext.sysctls[3].name"
        ]
    );
}

#[tokio::test]
async fn a_pod_is_classified_by_its_requests() {
    let server = started().await;
    let resources = json!({"requests": {"cpu": "100m", "memory": "100Mi"}, "limits": {"cpu": "100m", "memory": "100Mi"}});
    let container = json!({"name": "a", "image": "i", "resources": resources});
    let made = server
        .post(PODS, pod("p", json!({"containers": [container]})))
        .await
        .expect(201);
    assert_eq!(made["status"]["qosClass"], "Guaranteed");
}

#[tokio::test]
async fn inline_volumes_of_storage_drivers_are_kept() {
    let server = started().await;
    let volume = json!({"name": "v", "csi": {"driver": "disk.example.com", "readOnly": true,
        "volumeAttributes": {"a": "b"}}});
    let made = server
        .post(PODS, pod("p", json!({"volumes": [volume]})))
        .await
        .expect(201);
    assert_eq!(made["spec"]["volumes"][0], volume);
    let patched = server
        .patch(
            "merge",
            &format!("{PODS}/p"),
            json!({"metadata": {"labels": {"a": "b"}}}),
        )
        .await
        .expect(200);
    assert_eq!(patched["spec"]["volumes"][0], volume);
}

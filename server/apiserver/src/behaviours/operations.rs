//! The operations that clients rely on, with every built-in kind: create, read, list, watch, the four patches, update,
//! status, delete, and delete of a collection by label.

use std::sync::Arc;

use knarr_api::kinds::{self, Kind};
use serde_json::{Value, json};

use super::{NAMESPACE, make_namespace, names, objects, watched};
use crate::testing::TestServer;

/// What somebody writes to the status of a kind; nothing in the server itself writes these fields.
fn status(kind: &str) -> Value {
    let condition = |name: &str| {
        json!({"type": name, "status": "True", "reason": "Tried", "message": "by hand",
            "lastTransitionTime": "2026-01-02T03:04:05Z"})
    };
    match kind {
        "APIService" => json!({"conditions": [condition("Tried")]}),
        "CertificateSigningRequest" => json!({"conditions": [condition("Tried")]}),
        "CronJob" => json!({"lastScheduleTime": "2026-01-02T03:04:05Z"}),
        "CustomResourceDefinition" => json!({"conditions": [condition("Tried")]}),
        "DaemonSet" => {
            json!({"currentNumberScheduled": 1, "desiredNumberScheduled": 2, "numberMisscheduled": 0,
            "numberReady": 0, "conditions": [condition("Tried")]})
        }
        "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet" => {
            json!({"replicas": 3, "readyReplicas": 2, "conditions": [condition("Tried")]})
        }
        "FlowSchema"
        | "PriorityLevelConfiguration"
        | "ServiceCIDR"
        | "ValidatingAdmissionPolicy" => json!({"conditions": [condition("Tried")]}),
        "HorizontalPodAutoscaler" => {
            json!({"currentReplicas": 1, "desiredReplicas": 2, "currentMetrics": null,
            "conditions": [condition("Tried")]})
        }
        "Ingress" => json!({"loadBalancer": {"ingress": [{"ip": "169.1.1.1"}]}}),
        "Job" => json!({"active": 1}),
        "Node" => {
            json!({"capacity": {"cpu": "4"}, "nodeInfo": {"kernelVersion": "6", "machineID": "m",
            "systemUUID": "s", "bootID": "b", "osImage": "o", "containerRuntimeVersion": "r",
            "kubeletVersion": "k", "kubeProxyVersion": "", "operatingSystem": "linux",
            "architecture": "amd64"}})
        }
        "PersistentVolume" => json!({"phase": "Failed", "message": "by hand", "reason": "Tried"}),
        "PersistentVolumeClaim" => json!({"phase": "Lost", "conditions": [condition("Tried")]}),
        "Pod" => json!({"phase": "Running", "message": "by hand", "hostIP": "192.0.2.9"}),
        "PodDisruptionBudget" => {
            json!({"observedGeneration": 1, "disruptionsAllowed": 1, "currentHealthy": 2,
            "desiredHealthy": 1, "expectedPods": 2, "conditions": [condition("Tried")]})
        }
        "ResourceClaim" => json!({"allocation": {"devices": {"results": [{"request": "one",
            "driver": "gpu.example.com", "pool": "pool", "device": "gpu-0"}]}}}),
        "ResourceQuota" => json!({"hard": {"pods": "10"}, "used": {"pods": "3"}}),
        "Service" => json!({"loadBalancer": {}, "conditions": [condition("Tried")]}),
        "VolumeAttachment" => json!({"attached": true}),
        other => panic!("no status of {other} to write"),
    }
}

/// One kind, with an object to try it on.
struct Case {
    kind: &'static Kind,
    object: Value,
    collection: String,
    path: String,
}

impl Case {
    fn new(object: Value) -> Self {
        let api_version = object["apiVersion"].as_str().unwrap_or_default();
        let name = object["kind"].as_str().unwrap_or_default();
        let (group, version) = kinds::split_api_version(api_version);
        let kind = kinds::by_kind(group, version, name)
            .unwrap_or_else(|| panic!("{api_version} {name} is served"));
        let collection = collection(kind, Some(NAMESPACE));
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        Self {
            path: format!("{collection}/{name}"),
            kind,
            object,
            collection,
        }
    }

    /// The object with labels.
    fn labelled(&self, labels: Value) -> Value {
        let mut object = self.object.clone();
        object["metadata"]["labels"] = labels;
        object
    }

    /// Changes the object as a client does, again where somebody in the server was faster.
    async fn update(&self, server: &TestServer, path: &str, change: impl Fn(&mut Value)) -> Value {
        loop {
            let mut object = server.get(path).await.expect(200);
            change(&mut object);
            let answer = server.put(path, object).await;
            if answer.code.as_u16() != 409 {
                return answer.expect(200);
            }
        }
    }

    /// Takes away the finalizers that admission gave it, as the controllers would.
    async fn release(&self, server: &TestServer, path: &str) {
        let released = json!({"metadata": {"finalizers": null}});
        server.patch("merge", path, released).await;
    }
}

/// The path of a collection; of all namespaces, if none is named.
fn collection(kind: &Kind, namespace: Option<&str>) -> String {
    let root = match kind.group {
        "" => format!("/api/{}", kind.version),
        group => format!("/apis/{group}/{}", kind.version),
    };
    match namespace.filter(|_| kind.namespaced) {
        Some(namespace) => format!("{root}/namespaces/{namespace}/{}", kind.plural),
        None => format!("{root}/{}", kind.plural),
    }
}

#[test]
fn every_kind_has_an_object_to_try() {
    let have: Vec<_> = objects()
        .into_iter()
        .map(|object| Case::new(object).kind)
        .collect();
    let missing: Vec<_> = kinds::storage_versions()
        .filter(|kind| kind.has_verb("create") && kind.has_verb("list"))
        .filter(|kind| kind.version == "v1" && !have.contains(kind))
        .map(|kind| kind.kind)
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn every_kind_supports_all_operations() {
    let server = Arc::new(TestServer::new().await);
    make_namespace(&server).await;
    let mut failed = Vec::new();
    for object in objects() {
        if object["kind"] == "Namespace" {
            continue;
        }
        let case = Case::new(object);
        let name = case.kind.kind;
        let server = server.clone();
        // In a task of its own, so that one kind's failure does not hide the others'.
        let tried = tokio::spawn(async move { operations(&server, &case).await }).await;
        if tried.is_err() {
            failed.push(name);
        }
    }
    assert_eq!(failed, [""; 0], "their panics say more");
}

async fn operations(server: &TestServer, case: &Case) {
    let plural = case.kind.plural;
    let before = server.get(&case.collection).await.expect(200);
    let from = before["metadata"]["resourceVersion"].clone();
    let from = from.as_str().expect("a list has a version");
    let object = case.labelled(json!({"tried": plural}));
    let created = server
        .post(&case.collection, object.clone())
        .await
        .expect(201);
    assert!(created["metadata"]["uid"].is_string(), "{created}");
    let again = server.post(&case.collection, object).await.expect(409);
    assert_eq!(again["reason"], "AlreadyExists");
    reads(server, case).await;
    writes(server, case, &created).await;
    if case.kind.subresource("status").is_some() {
        writes_of_status(server, case).await;
    }
    deletes(server, case, &created).await;
    let query = format!("resourceVersion={from}&labelSelector=tried={plural}");
    let changes = watched(server, &case.collection, &query).await;
    let kinds: Vec<&str> = changes.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds.first(), Some(&"ADDED"), "{kinds:?}");
    assert_eq!(kinds.last(), Some(&"DELETED"), "{kinds:?}");
    let between = &kinds[1..kinds.len() - 1];
    assert!(
        between.len() > 4 && between.iter().all(|kind| *kind == "MODIFIED"),
        "{kinds:?}"
    );
    assert_eq!(changes[0].1["metadata"]["uid"], created["metadata"]["uid"]);
    deletes_of_a_collection(server, case).await;
}

async fn reads(server: &TestServer, case: &Case) {
    let name = case.object["metadata"]["name"].as_str().unwrap_or_default();
    let read = server.get(&case.path).await.expect(200);
    assert_eq!(read["kind"], case.object["kind"]);
    let selector = format!("labelSelector=tried={}", case.kind.plural);
    for collection in [&case.collection, &collection(case.kind, None)] {
        let list = server
            .get(&format!("{collection}?{selector}"))
            .await
            .expect(200);
        assert_eq!(list["kind"], case.kind.list_kind());
        assert_eq!(names(&list), [name]);
        let field = format!("{collection}?fieldSelector=metadata.name={name}");
        assert_eq!(names(&server.get(&field).await.expect(200)), [name]);
    }
    let elsewhere = collection(case.kind, Some("default"));
    let list = server
        .get(&format!("{elsewhere}?{selector}"))
        .await
        .expect(200);
    assert_eq!(names(&list).is_empty(), case.kind.namespaced);
}

async fn writes(server: &TestServer, case: &Case, created: &Value) {
    let patches = [
        (
            "merge",
            json!({"metadata": {"annotations": {"merge": "yes"}}}),
        ),
        (
            "strategic",
            json!({"metadata": {"annotations": {"strategic": "yes"}}}),
        ),
        (
            "json",
            json!([
                {"op": "test", "path": "/metadata/name", "value": case.object["metadata"]["name"]},
                {"op": "add", "path": "/metadata/annotations/json", "value": "yes"},
            ]),
        ),
        (
            "apply",
            json!({"apiVersion": case.object["apiVersion"], "kind": case.object["kind"],
            "metadata": {"annotations": {"apply": "yes"}}}),
        ),
    ];
    for (kind, patch) in patches {
        let manager = if kind == "apply" {
            "?fieldManager=tests"
        } else {
            ""
        };
        let path = format!("{}{manager}", case.path);
        let patched = server.patch(kind, &path, patch).await.expect(200);
        assert_eq!(patched["metadata"]["annotations"][kind], "yes");
    }
    let annotate = |object: &mut Value| object["metadata"]["annotations"]["updated"] = "yes".into();
    let updated = case.update(server, &case.path, annotate).await;
    assert_eq!(updated["metadata"]["annotations"]["updated"], "yes");
    assert_eq!(updated["metadata"]["uid"], created["metadata"]["uid"]);
    let read = server.get(&case.path).await.expect(200);
    for key in ["merge", "strategic", "json", "apply", "updated"] {
        assert_eq!(read["metadata"]["annotations"][key], "yes", "{key}");
    }
    let mut stale = created.clone();
    stale["metadata"]["annotations"]["stale"] = "yes".into();
    let stale = server.put(&case.path, stale).await.expect(409);
    assert_eq!(stale["reason"], "Conflict");
}

async fn writes_of_status(server: &TestServer, case: &Case) {
    let path = format!("{}/status", case.path);
    let wanted = status(case.kind.kind);
    let has_all = |object: &Value| {
        for (field, value) in wanted.as_object().into_iter().flatten() {
            let is = &object["status"][field];
            let found = match (field.as_str(), is, value) {
                ("conditions", Value::Array(all), Value::Array(some)) => some
                    .iter()
                    .all(|one| all.iter().any(|other| other["type"] == one["type"])),
                _ => is == value,
            };
            assert!(found, "status.{field} is {is}, and {value} was written");
        }
    };
    // By the object itself nobody writes its status.
    let by_hand = case.update(server, &case.path, |object| {
        object["status"] = wanted.clone()
    });
    let before = server.get(&case.path).await.expect(200);
    assert_eq!(by_hand.await["status"], before["status"]);
    let spec = server.get(&path).await.expect(200)["spec"].clone();
    let updated = case.update(server, &path, |object| {
        object["spec"] = json!({});
        object["status"] = wanted.clone();
    });
    let updated = updated.await;
    has_all(&updated);
    assert_eq!(updated["spec"], spec, "what is not the status stays");
    let cleared = case.update(server, &path, |object| {
        object["status"] = before["status"].clone()
    });
    cleared.await;
    let patched = server
        .patch("merge", &path, json!({"status": wanted}))
        .await
        .expect(200);
    has_all(&patched);
    has_all(&server.get(&case.path).await.expect(200));
}

async fn deletes(server: &TestServer, case: &Case, created: &Value) {
    case.release(server, &case.path).await;
    let dry = server.delete(&format!("{}?dryRun=All", case.path)).await;
    assert_eq!(dry.code.as_u16(), 200, "{}", dry.text);
    let other = json!({"preconditions": {"uid": "another"}});
    let refused = server.delete_with(&case.path, other).await.expect(409);
    assert_eq!(refused["reason"], "Conflict");
    let uid = &created["metadata"]["uid"];
    let own = json!({"preconditions": {"uid": uid}, "gracePeriodSeconds": 0,
        "propagationPolicy": "Background"});
    let deleted = server.delete_with(&case.path, own).await;
    assert_eq!(deleted.code.as_u16(), 200, "{}", deleted.text);
    gone(server, case).await;
}

/// Definitions go when their objects have gone, all else at once.
async fn gone(server: &TestServer, case: &Case) {
    server
        .until(&case.path, |answer| answer.code.as_u16() == 404)
        .await;
}

/// Only what the selector selects goes.
async fn deletes_of_a_collection(server: &TestServer, case: &Case) {
    let tried = json!({"tried": format!("{}-all", case.kind.plural)});
    server
        .post(&case.collection, case.labelled(tried))
        .await
        .expect(201);
    case.release(server, &case.path).await;
    let delete = |label: String| {
        let path = format!("{}?labelSelector=tried={label}", case.collection);
        async move {
            let options = json!({"gracePeriodSeconds": 0, "propagationPolicy": "Background"});
            let answer = server.delete_with(&path, options).await;
            assert_eq!(answer.code.as_u16(), 200, "{}", answer.text);
        }
    };
    delete("others".to_owned()).await;
    server.get(&case.path).await.expect(200);
    delete(format!("{}-all", case.kind.plural)).await;
    gone(server, case).await;
}

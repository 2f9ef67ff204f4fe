//! Webhooks as the conformance of their behaviours describes them; what they are sent is in the tests of their plugin.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::names;
use crate::testing::TestServer;
use crate::testing::webhook::TestWebhook;

const GROUP: &str = "/apis/admissionregistration.k8s.io/v1";
const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const FOOS: &str = "/apis/tried.example.com/v1/namespaces/default/foos";

fn config_map(name: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

fn patch(operations: Value) -> Value {
    json!({"allowed": true, "patchType": "JSONPatch", "patch": STANDARD.encode(operations.to_string())})
}

fn allow() -> Value {
    json!({"allowed": true})
}

fn rules(group: &str, resource: &str, operations: &[&str]) -> Value {
    json!([{"apiGroups": [group], "apiVersions": ["*"], "operations": operations, "resources": [resource]}])
}

/// One webhook behind `client_config`; `more` replaces fields.
fn hook(client_config: Value, rules: Value, more: Value) -> Value {
    let mut hook = json!({"name": "hook.example.com", "clientConfig": client_config, "rules": rules,
        "sideEffects": "None", "admissionReviewVersions": ["v1"]});
    for (key, value) in more.as_object().into_iter().flatten() {
        hook[key] = value.clone();
    }
    hook
}

/// Registers it, and gives the path of its configuration.
async fn register(server: &TestServer, kind: &str, name: &str, hooks: Value) -> String {
    let kind = format!("{kind}WebhookConfiguration");
    let collection = format!("{GROUP}/{}s", kind.to_lowercase());
    let body = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
        "metadata": {"name": name, "labels": {"tried": "hooks"}}, "webhooks": hooks});
    server.post(&collection, body).await.expect(201);
    let path = format!("{collection}/{name}");
    seen(server, &path).await;
    path
}

/// Waits until the caches that admission reads know what the client knows.
async fn seen(server: &TestServer, path: &str) {
    server.get(path).await;
}

/// A definition of `foos` in two versions, of which `v1` is stored; and waits until it is served.
async fn define(server: &TestServer, data: Value) {
    let version = |name: &str| {
        json!({"name": name, "served": true, "storage": name == "v1", "schema": {"openAPIV3Schema":
            {"type": "object", "properties": {"data": data}}}})
    };
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "foos.tried.example.com"},
        "spec": {"group": "tried.example.com", "scope": "Namespaced", "names": {"plural": "foos", "kind": "Foo"},
            "versions": [version("v1"), version("v2")]}});
    server.post(DEFINITIONS, definition).await.expect(201);
    server
        .until(FOOS, |answer| answer.code.as_u16() == 200)
        .await;
}

fn foo(data: Value) -> Value {
    json!({"apiVersion": "tried.example.com/v1", "kind": "Foo", "metadata": {"name": "a"}, "data": data})
}

fn any_data() -> Value {
    json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

/// Adds `mutation-stage-1` to what starts, and `mutation-stage-2` to what has the first.
fn stages(request: &Value) -> Value {
    let data = &request["object"]["data"];
    let stage = if data["mutation-start"] == "yes" && data["mutation-stage-1"].is_null() {
        "1"
    } else if data["mutation-stage-1"] == "yes" && data["mutation-stage-2"].is_null() {
        "2"
    } else {
        return allow();
    };
    patch(json!([{"op": "add", "path": format!("/data/mutation-stage-{stage}"), "value": "yes"}]))
}

#[tokio::test]
async fn configurations_are_listed_and_deleted_by_their_label() {
    let webhook = TestWebhook::new(stages).await;
    let server = TestServer::new().await;
    for index in 0..10 {
        let hooks = json!([hook(
            webhook.client_config("/"),
            rules("", "configmaps", &["CREATE"]),
            json!({})
        )]);
        register(&server, "Mutating", &format!("hooks-{index}"), hooks).await;
    }
    let collection = format!("{GROUP}/mutatingwebhookconfigurations?labelSelector=tried=hooks");
    let list = server.get(&collection).await.expect(200);
    assert_eq!(names(&list).len(), 10);
    let start = json!({"mutation-start": "yes"});
    let made = server
        .post(CONFIGMAPS, config_map("a", start.clone()))
        .await
        .expect(201);
    assert_eq!(
        made["data"],
        json!({"mutation-start": "yes", "mutation-stage-1": "yes", "mutation-stage-2": "yes"})
    );
    server.delete(&collection).await.expect(200);
    seen(&server, &collection).await;
    assert_eq!(names(&server.get(&collection).await.expect(200)), [""; 0]);
    let made = server
        .post(CONFIGMAPS, config_map("b", start.clone()))
        .await
        .expect(201);
    assert_eq!(made["data"], start);
}

#[tokio::test]
async fn a_changed_configuration_counts_at_once() {
    let webhook = TestWebhook::new(|_| json!({"allowed": false})).await;
    let server = TestServer::new().await;
    let hooks = json!([hook(
        webhook.client_config("/"),
        rules("", "configmaps", &["CREATE"]),
        json!({})
    )]);
    let path = register(&server, "Validating", "v", hooks).await;
    server
        .post(CONFIGMAPS, config_map("a", json!({})))
        .await
        .expect(400);
    let mut configuration = server.get(&path).await.expect(200);
    configuration["webhooks"][0]["rules"] = rules("", "configmaps", &["UPDATE"]);
    server.put(&path, configuration).await.expect(200);
    seen(&server, &path).await;
    server
        .post(CONFIGMAPS, config_map("a", json!({})))
        .await
        .expect(201);
    let create =
        json!([{"op": "replace", "path": "/webhooks/0/rules/0/operations", "value": ["CREATE"]}]);
    server.patch("json", &path, create).await.expect(200);
    seen(&server, &path).await;
    server
        .post(CONFIGMAPS, config_map("b", json!({})))
        .await
        .expect(400);
}

#[tokio::test]
async fn match_conditions_are_kept_changed_and_checked() {
    let webhook = TestWebhook::new(|_| json!({"allowed": false})).await;
    let server = TestServer::new().await;
    let condition = |expression: &str| json!([{"name": "expression-1", "expression": expression}]);
    for kind in ["Mutating", "Validating"] {
        let first = condition("object.metadata.name != 'skip-me'");
        let more = json!({"matchConditions": first});
        let hooks = |more: Value| {
            json!([hook(
                webhook.client_config("/"),
                rules("", "configmaps", &["CREATE"]),
                more
            )])
        };
        let path = register(&server, kind, "conditions", hooks(more)).await;
        let mut configuration = server.get(&path).await.expect(200);
        assert_eq!(configuration["webhooks"][0]["matchConditions"], first);
        server
            .post(CONFIGMAPS, config_map("skip-me", json!({})))
            .await
            .expect(201);
        server
            .post(CONFIGMAPS, config_map("other", json!({})))
            .await
            .expect(400);
        let second = condition("object.metadata.name == 'nobody'");
        configuration["webhooks"][0]["matchConditions"] = second.clone();
        server.put(&path, configuration).await.expect(200);
        let read = server.get(&path).await.expect(200);
        assert_eq!(read["webhooks"][0]["matchConditions"], second);
        let broken = json!([{"op": "replace", "path": "/webhooks/0/matchConditions/0/expression", "value": "a bad expression"}]);
        let refused = server.patch("json", &path, broken).await.expect(422);
        assert_eq!(
            refused["details"]["causes"][0]["field"],
            "webhooks[0].matchConditions[0].expression"
        );
        server.delete(&path).await.expect(200);
        seen(&server, &path).await;
        server
            .delete(&format!("{CONFIGMAPS}/skip-me"))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn attaching_to_a_pod_is_denied() {
    let webhook = TestWebhook::new(
        |_| json!({"allowed": false, "status": {"message": "attaching to pod is not allowed"}}),
    )
    .await;
    let server = TestServer::new().await;
    let hooks = json!([hook(
        webhook.client_config("/"),
        rules("", "pods/attach", &["CONNECT"]),
        json!({})
    )]);
    register(&server, "Validating", "v", hooks).await;
    let attach = server
        .get("/api/v1/namespaces/default/pods/p/attach?container=c&stdin=true")
        .await;
    assert_eq!(
        attach.message(),
        "admission webhook \"hook.example.com\" denied the request: attaching to pod is not allowed"
    );
    let object = &webhook.seen()[0]["request"]["object"];
    assert_eq!(object["kind"], "PodAttachOptions");
    assert_eq!(object["container"], "c");
}

#[tokio::test]
async fn writes_of_custom_resources_are_denied() {
    let webhook = TestWebhook::new(|request| {
        let held = |object: &Value| object["data"]["webhook-e2e-test"] == "webhook-disallow";
        let object = if request["operation"] == "DELETE" { &request["oldObject"] } else { &request["object"] };
        json!({"allowed": !held(object), "status": {"message": "the custom resource contains unwanted data"}})
    })
    .await;
    let server = TestServer::new().await;
    define(&server, any_data()).await;
    let hooks = json!([hook(
        webhook.client_config("/"),
        rules("tried.example.com", "foos", &["CREATE", "UPDATE", "DELETE"]),
        json!({})
    )]);
    let path = register(&server, "Validating", "v", hooks).await;
    let held = json!({"webhook-e2e-test": "webhook-disallow"});
    let denied = "admission webhook \"hook.example.com\" denied the request: the custom resource contains unwanted data";
    assert_eq!(
        server.post(FOOS, foo(held.clone())).await.expect(400)["message"],
        denied
    );
    server
        .post(FOOS, foo(json!({"webhook-e2e-test": "fine"})))
        .await
        .expect(201);
    let one = format!("{FOOS}/a");
    let changed = server
        .patch("merge", &one, json!({"data": held}))
        .await
        .expect(400);
    assert_eq!(changed["message"], denied);
    server.delete(&path).await.expect(200);
    seen(&server, &path).await;
    server
        .patch("merge", &one, json!({"data": held}))
        .await
        .expect(200);
    let hooks = json!([hook(
        webhook.client_config("/"),
        rules("tried.example.com", "foos", &["DELETE"]),
        json!({})
    )]);
    register(&server, "Validating", "w", hooks).await;
    assert_eq!(server.delete(&one).await.expect(400)["message"], denied);
    server
        .patch("merge", &one, json!({"data": {"webhook-e2e-test": "fine"}}))
        .await
        .expect(200);
    server.delete(&one).await.expect(200);
}

#[tokio::test]
async fn timeouts_are_honoured() {
    let webhook = TestWebhook::slow(Duration::from_millis(1500), |_| allow()).await;
    let server = TestServer::new().await;
    for (name, timeout, policy, code) in [
        ("late", 1, "Fail", 500),
        ("ignored", 1, "Ignore", 201),
        ("patient", 10, "Fail", 201),
    ] {
        let more = json!({"timeoutSeconds": timeout, "failurePolicy": policy});
        let hooks = json!([hook(
            webhook.client_config("/"),
            rules("", "configmaps", &["CREATE"]),
            more
        )]);
        let path = register(&server, "Validating", name, hooks).await;
        let answer = server.post(CONFIGMAPS, config_map(name, json!({}))).await;
        assert_eq!(answer.code.as_u16(), code, "{name}: {}", answer.text);
        if code == 500 {
            assert!(
                answer.message().contains("context deadline exceeded"),
                "{}",
                answer.text
            );
        }
        server.delete(&path).await.expect(200);
        seen(&server, &path).await;
    }
    let hooks = json!([hook(
        webhook.client_config("/"),
        rules("", "configmaps", &["CREATE"]),
        json!({})
    )]);
    let path = register(&server, "Validating", "default", hooks).await;
    assert_eq!(
        server.get(&path).await.expect(200)["webhooks"][0]["timeoutSeconds"],
        10
    );
}

#[tokio::test]
async fn custom_resources_are_mutated_and_pruned() {
    let webhook = TestWebhook::new(stages).await;
    let server = TestServer::new().await;
    let string = json!({"type": "string"});
    // The second stage's field is not in the schema.
    let data = json!({"type": "object", "properties": {"mutation-start": string, "mutation-stage-1": string}});
    define(&server, data).await;
    let first = hook(
        webhook.client_config("/"),
        rules("tried.example.com", "foos", &["CREATE"]),
        json!({}),
    );
    let mut second = first.clone();
    second["name"] = "second.example.com".into();
    register(&server, "Mutating", "m", json!([first, second])).await;
    let made = server
        .post(FOOS, foo(json!({"mutation-start": "yes"})))
        .await
        .expect(201);
    assert_eq!(
        made["data"],
        json!({"mutation-start": "yes", "mutation-stage-1": "yes"})
    );
    assert_eq!(webhook.seen().len(), 2);
}

#[tokio::test]
async fn custom_resources_are_mutated_when_another_version_is_stored() {
    let webhook = TestWebhook::new(stages).await;
    let server = TestServer::new().await;
    define(&server, any_data()).await;
    let hooks = json!([hook(
        webhook.client_config("/"),
        rules("tried.example.com", "foos", &["CREATE", "UPDATE"]),
        json!({})
    )]);
    register(&server, "Mutating", "m", hooks).await;
    let made = server
        .post(FOOS, foo(json!({"mutation-start": "yes"})))
        .await
        .expect(201);
    assert_eq!(made["data"]["mutation-stage-1"], "yes");
    let definition = format!("{DEFINITIONS}/foos.tried.example.com");
    let store_second = json!([{"op": "replace", "path": "/spec/versions/0/storage", "value": false},
        {"op": "replace", "path": "/spec/versions/1/storage", "value": true}]);
    server
        .patch("json", &definition, store_second)
        .await
        .expect(200);
    server
        .until(&definition, |answer| {
            answer.json()["status"]["storedVersions"] == json!(["v1", "v2"])
        })
        .await;
    let patch = json!({"data": {"dummy": "test"}});
    let patched = server
        .patch("merge", &format!("{FOOS}/a"), patch)
        .await
        .expect(200);
    assert_eq!(patched["apiVersion"], "tried.example.com/v1");
    assert_eq!(patched["data"]["dummy"], "test");
    assert_eq!(patched["data"]["mutation-stage-2"], "yes");
}

#[tokio::test]
async fn defaults_come_after_mutation() {
    let container = json!({"name": "webhook-added-init-container", "image": "example.com/init:1"});
    let webhook = TestWebhook::new(move |_| {
        patch(json!([{"op": "add", "path": "/spec/initContainers", "value": [container]}]))
    })
    .await;
    let server = TestServer::new().await;
    super::make_namespace(&server).await;
    let hooks = json!([hook(
        webhook.client_config("/"),
        rules("", "pods", &["CREATE"]),
        json!({})
    )]);
    register(&server, "Mutating", "m", hooks).await;
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "a", "image": "example.com/a:1"}]}});
    let made = server
        .post("/api/v1/namespaces/kinds/pods", pod)
        .await
        .expect(201);
    let added = &made["spec"]["initContainers"][0];
    assert_eq!(added["name"], "webhook-added-init-container");
    assert_eq!(added["terminationMessagePolicy"], "File");
}

#[tokio::test]
async fn a_webhook_that_fails_closed_refuses_all() {
    let webhook = TestWebhook::new(|_| allow()).await;
    let server = TestServer::new().await;
    server
        .post(CONFIGMAPS, config_map("there", json!({})))
        .await
        .expect(201);
    // Without the bundle of its authority nobody can talk to it.
    let url = webhook.client_config("/")["url"].clone();
    let more = json!({"failurePolicy": "Fail"});
    let hooks = json!([hook(
        json!({"url": url}),
        rules("", "configmaps", &["*"]),
        more
    )]);
    register(&server, "Validating", "v", hooks).await;
    let denied = [
        server.post(CONFIGMAPS, config_map("a", json!({}))).await,
        server
            .patch(
                "merge",
                &format!("{CONFIGMAPS}/there"),
                json!({"data": {"a": "b"}}),
            )
            .await,
        server.delete(&format!("{CONFIGMAPS}/there")).await,
        server.delete(CONFIGMAPS).await,
    ];
    for answer in denied {
        assert_eq!(answer.code.as_u16(), 500, "{}", answer.text);
        assert!(
            answer.message().contains("failed calling webhook"),
            "{}",
            answer.text
        );
    }
    server.get(&format!("{CONFIGMAPS}/there")).await.expect(200);
}

//! Webhooks as clients see them: the server in process, the webhook behind TLS.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::testing::TestServer;
use crate::testing::webhook::TestWebhook;

const GROUP: &str = "/apis/admissionregistration.k8s.io/v1";
const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";

fn config_map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
}

fn allow() -> Value {
    json!({"allowed": true})
}

fn patch(operations: Value) -> Value {
    let patch = STANDARD.encode(operations.to_string());
    json!({"allowed": true, "patchType": "JSONPatch", "patch": patch})
}

/// One webhook for writes of config maps; `more` replaces fields.
fn hook(name: &str, client_config: Value, more: Value) -> Value {
    let mut hook = json!({
        "name": name, "clientConfig": client_config, "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"],
            "resources": ["configmaps"]}],
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        hook[key] = value.clone();
    }
    hook
}

async fn configure(server: &TestServer, kind: &str, name: &str, hooks: Vec<Value>) {
    let plural = format!("{}s", kind.to_lowercase());
    let body = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
        "metadata": {"name": name}, "webhooks": hooks});
    server
        .post(&format!("{GROUP}/{plural}"), body)
        .await
        .expect(201);
    // The list of webhooks is read from the cache, which follows.
    server
        .get(&format!("{GROUP}/{plural}/{name}"))
        .await
        .expect(200);
}

async fn validating(server: &TestServer, name: &str, hooks: Vec<Value>) {
    configure(server, "ValidatingWebhookConfiguration", name, hooks).await;
}

async fn mutating(server: &TestServer, name: &str, hooks: Vec<Value>) {
    configure(server, "MutatingWebhookConfiguration", name, hooks).await;
}

#[tokio::test]
async fn a_refusal_reaches_the_client_in_upstreams_words() {
    let webhook = TestWebhook::new(|_| {
        json!({"allowed": false, "status": {"code": 403, "message": "no config maps here"},
            "warnings": ["mind the gap"]})
    })
    .await;
    let server = TestServer::new().await;
    validating(
        &server,
        "v",
        vec![hook(
            "v.example.com",
            webhook.client_config("/x"),
            json!({}),
        )],
    )
    .await;
    let refused = server.post(CONFIGMAPS, config_map("a")).await;
    assert_eq!(refused.headers["warning"], "299 - \"mind the gap\"");
    let refused = refused.expect(403);
    assert_eq!(
        refused["message"],
        "admission webhook \"v.example.com\" denied the request: no config maps here"
    );
    let seen = &webhook.seen()[0];
    assert_eq!(seen["apiVersion"], "admission.k8s.io/v1");
    let request = &seen["request"];
    assert_eq!(
        request["kind"],
        json!({"group": "", "version": "v1", "kind": "ConfigMap"})
    );
    assert_eq!(request["operation"], "CREATE");
    assert_eq!(request["namespace"], "default");
    assert_eq!(request["userInfo"]["username"], "admin");
    assert_eq!(request["object"]["metadata"]["name"], "a");
    assert_eq!(request["oldObject"], Value::Null);
    assert_eq!(request["options"]["kind"], "CreateOptions");
    server.get(&format!("{CONFIGMAPS}/a")).await.expect(404);
}

#[tokio::test]
async fn a_patch_changes_what_is_stored() {
    let webhook = TestWebhook::new(|_| {
        patch(json!([{"op": "add", "path": "/data", "value": {"by": "webhook"}}]))
    })
    .await;
    let server = TestServer::new().await;
    mutating(
        &server,
        "m",
        vec![hook("m.example.com", webhook.client_config("/"), json!({}))],
    )
    .await;
    let created = server.post(CONFIGMAPS, config_map("a")).await.expect(201);
    assert_eq!(created["data"]["by"], "webhook");
    server.delete(&format!("{CONFIGMAPS}/a")).await.expect(500);
}

/// Whatever the policy for failures is: the webhook did answer.
#[tokio::test]
async fn a_patch_that_does_not_apply_is_told() {
    let server = TestServer::new().await;
    for (operations, expected) in [
        (
            json!([{"op": "remove", "path": "/nope"}]),
            "error in remove for path: '/nope': Unable to remove nonexistent key: nope: missing value",
        ),
        (
            json!({"op": "remove"}),
            "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
        ),
    ] {
        let webhook = TestWebhook::new(move |_| patch(operations.clone())).await;
        let client = webhook.client_config("/");
        let hooks = vec![hook(
            "m.example.com",
            client,
            json!({"failurePolicy": "Ignore"}),
        )];
        mutating(&server, "m", hooks).await;
        let refused = server.post(CONFIGMAPS, config_map("a")).await;
        let message = format!("Internal error occurred: {expected}");
        assert_eq!(refused.expect(500)["message"], message);
        server
            .delete("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/m")
            .await;
    }
}

#[tokio::test]
async fn a_webhook_that_does_not_answer_counts_by_its_policy() {
    let server = TestServer::new().await;
    let nobody = json!({"url": "https://127.0.0.1:1/v"});
    let ignored = hook(
        "i.example.com",
        nobody.clone(),
        json!({"failurePolicy": "Ignore"}),
    );
    validating(&server, "ignored", vec![ignored]).await;
    server.post(CONFIGMAPS, config_map("a")).await.expect(201);
    let needed = hook("n.example.com", nobody, json!({"timeoutSeconds": 3}));
    validating(&server, "needed", vec![needed]).await;
    let failed = server.post(CONFIGMAPS, config_map("b")).await.expect(500);
    assert_eq!(
        failed["message"],
        "Internal error occurred: failed calling webhook \"n.example.com\": failed to call webhook: Post \"https://127.0.0.1:1/v?timeout=3s\": dial tcp 127.0.0.1:1: connect: connection refused"
    );
}

#[tokio::test]
async fn a_service_that_is_not_there_is_told() {
    let server = TestServer::new().await;
    let service = json!({"service": {"namespace": "default", "name": "hooks", "path": "/v"}});
    validating(
        &server,
        "v",
        vec![hook("v.example.com", service, json!({}))],
    )
    .await;
    let failed = server.post(CONFIGMAPS, config_map("b")).await.expect(500);
    assert_eq!(
        failed["message"],
        "Internal error occurred: failed calling webhook \"v.example.com\": failed to call webhook: Post \"https://hooks.default.svc:443/v?timeout=10s\": service \"hooks\" not found"
    );
}

#[tokio::test]
async fn another_authority_is_not_trusted() {
    let (webhook, other) = (
        TestWebhook::new(|_| allow()).await,
        TestWebhook::new(|_| allow()).await,
    );
    let server = TestServer::new().await;
    let mut config = webhook.client_config("/");
    config["caBundle"] = other.ca_bundle().into();
    validating(&server, "v", vec![hook("v.example.com", config, json!({}))]).await;
    let failed = server.post(CONFIGMAPS, config_map("b")).await.expect(500);
    let message = failed["message"].as_str().unwrap_or_default();
    assert!(
        message.ends_with(
            "tls: failed to verify certificate: x509: certificate signed by unknown authority"
        ),
        "{message}"
    );
}

#[tokio::test]
async fn selectors_say_what_is_asked_about() {
    let webhook = TestWebhook::new(|_| json!({"allowed": false})).await;
    let server = TestServer::new().await;
    let more = json!({"objectSelector": {"matchLabels": {"look": "yes"}},
        "namespaceSelector": {"matchExpressions": [
            {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]}]}});
    let hooks = vec![hook("v.example.com", webhook.client_config("/"), more)];
    validating(&server, "v", hooks).await;
    server
        .post(CONFIGMAPS, config_map("plain"))
        .await
        .expect(201);
    let mut labelled = config_map("labelled");
    labelled["metadata"]["labels"] = json!({"look": "yes"});
    let refused = server.post(CONFIGMAPS, labelled.clone()).await.expect(400);
    assert_eq!(
        refused["message"],
        "admission webhook \"v.example.com\" denied the request without explanation"
    );
    server
        .post("/api/v1/namespaces/kube-system/configmaps", labelled)
        .await
        .expect(201);
}

#[tokio::test]
async fn match_conditions_say_what_is_asked_about() {
    let webhook = TestWebhook::new(|_| json!({"allowed": false})).await;
    let server = TestServer::new().await;
    let condition = |policy: &str, expression: &str| {
        json!({"failurePolicy": policy, "objectSelector": {"matchLabels": {"policy": policy}},
            "matchConditions": [{"name": "c", "expression": expression}]})
    };
    let named = condition("Fail", "object.metadata.name == 'asked'");
    let broken = condition("Ignore", "object.data.none == 'x'");
    let hooks = vec![
        hook("v.example.com", webhook.client_config("/"), named),
        hook("i.example.com", webhook.client_config("/"), broken),
    ];
    validating(&server, "v", hooks).await;
    let labelled = |name: &str, policy: &str| {
        let mut object = config_map(name);
        object["metadata"]["labels"] = json!({"policy": policy});
        object
    };
    server
        .post(CONFIGMAPS, labelled("asked", "Fail"))
        .await
        .expect(400);
    server
        .post(CONFIGMAPS, labelled("other", "Fail"))
        .await
        .expect(201);
    // Conditions that fail to evaluate count by the policy.
    server
        .post(CONFIGMAPS, labelled("broken", "Ignore"))
        .await
        .expect(201);
    let broken = condition("Fail", "object.data.none == 'x'");
    let hooks = vec![hook("f.example.com", webhook.client_config("/"), broken)];
    validating(&server, "w", hooks).await;
    let refused = server.post(CONFIGMAPS, labelled("broken2", "Fail")).await;
    let refused = refused.expect(403);
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("expression 'object.data.none == 'x'' resulted in error"),
        "{message}"
    );
}

#[tokio::test]
async fn an_equivalent_version_is_seen_as_the_rule_wants_it() {
    let webhook = TestWebhook::new(|_| allow()).await;
    let server = TestServer::new().await;
    let rules = json!([{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"],
        "resources": ["deployments"]}]);
    let equivalent = hook(
        "e.example.com",
        webhook.client_config("/"),
        json!({"rules": rules}),
    );
    let exact = hook(
        "x.example.com",
        webhook.client_config("/exact"),
        json!({"rules": rules, "matchPolicy": "Exact"}),
    );
    validating(&server, "v", vec![equivalent, exact]).await;
    let body = json!({"apiVersion": "apps/v1beta1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"template": {"metadata": {"labels": {"app": "d"}},
            "spec": {"containers": [{"name": "c", "image": "i"}]}}}});
    server
        .post("/apis/apps/v1beta1/namespaces/default/deployments", body)
        .await
        .expect(201);
    let seen = webhook.seen();
    assert_eq!(seen.len(), 1);
    let request = &seen[0]["request"];
    assert_eq!(request["object"]["apiVersion"], "apps/v1");
    assert_eq!(request["resource"]["version"], "v1");
    assert_eq!(request["requestResource"]["version"], "v1beta1");
}

#[tokio::test]
async fn a_custom_resource_is_seen_in_the_version_of_the_rule() {
    let webhook =
        TestWebhook::new(|_| patch(json!([{"op": "add", "path": "/spec/by", "value": "webhook"}])))
            .await;
    let server = TestServer::new().await;
    let version = |name: &str, storage: bool| {
        json!({"name": name, "served": true, "storage": storage, "schema": {"openAPIV3Schema":
            {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})
    };
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "foos.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": "foos", "kind": "Foo"},
            "versions": [version("v1", true), version("v2", false)]}});
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    server.post(definitions, definition).await.expect(201);
    let foos = "/apis/example.com/v2/namespaces/default/foos";
    for _ in 0..500 {
        if server.get(foos).await.code == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let rules = json!([{"apiGroups": ["example.com"], "apiVersions": ["v1"], "operations": ["CREATE"],
        "resources": ["foos"]}]);
    let equivalent = hook(
        "e.example.com",
        webhook.client_config("/"),
        json!({"rules": rules}),
    );
    mutating(&server, "m", vec![equivalent]).await;
    let object = json!({"apiVersion": "example.com/v2", "kind": "Foo", "metadata": {"name": "a"}, "spec": {}});
    let made = server.post(foos, object).await.expect(201);
    assert_eq!(made["apiVersion"], "example.com/v2");
    assert_eq!(made["spec"]["by"], "webhook");
    let request = &webhook.seen()[0]["request"];
    assert_eq!(request["object"]["apiVersion"], "example.com/v1");
    assert_eq!(request["resource"]["version"], "v1");
    assert_eq!(request["requestResource"]["version"], "v2");
}

#[tokio::test]
async fn dry_runs_ask_only_webhooks_without_side_effects() {
    let webhook = TestWebhook::new(|_| allow()).await;
    let server = TestServer::new().await;
    // v1 admits `Some` no more: a configuration of the old version does.
    let body = json!({"apiVersion": "admissionregistration.k8s.io/v1beta1",
        "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "v"},
        "webhooks": [{"name": "v.example.com", "clientConfig": webhook.client_config("/"),
            "failurePolicy": "Fail", "sideEffects": "Some",
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"],
                "resources": ["configmaps"]}]}]});
    let path = "/apis/admissionregistration.k8s.io/v1beta1/validatingwebhookconfigurations";
    server.post(path, body).await.expect(201);
    server.get(&format!("{path}/v")).await.expect(200);
    let dry = server
        .post(&format!("{CONFIGMAPS}?dryRun=All"), config_map("a"))
        .await
        .expect(400);
    assert_eq!(
        dry["message"],
        "admission webhook \"v.example.com\" does not support dry run"
    );
    assert!(webhook.seen().is_empty());
    server.post(CONFIGMAPS, config_map("a")).await.expect(201);
    assert_eq!(webhook.seen()[0]["apiVersion"], "admission.k8s.io/v1beta1");
}

#[tokio::test]
async fn a_webhook_is_asked_again_when_a_later_one_changed_the_object() {
    let count = TestWebhook::new(|_| allow()).await;
    let change = TestWebhook::new(|request| {
        if request["object"]["data"].is_null() {
            patch(json!([{"op": "add", "path": "/data", "value": {"a": "b"}}]))
        } else {
            allow()
        }
    })
    .await;
    let server = TestServer::new().await;
    let again = json!({"reinvocationPolicy": "IfNeeded"});
    mutating(
        &server,
        "m",
        vec![
            hook("first.example.com", count.client_config("/"), again),
            hook("once.example.com", count.client_config("/once"), json!({})),
            hook("later.example.com", change.client_config("/"), json!({})),
        ],
    )
    .await;
    server.post(CONFIGMAPS, config_map("a")).await.expect(201);
    let seen = count.seen();
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[2]["request"]["object"]["data"]["a"], "b");
    assert_eq!(count.connections(), 1, "the connection is used again");
}

#[tokio::test]
async fn connections_and_subresources_are_asked_about() {
    let webhook =
        TestWebhook::new(|_| json!({"allowed": false, "status": {"message": "no"}})).await;
    let server = TestServer::new().await;
    let rules = json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CONNECT", "CREATE"],
        "resources": ["pods/exec", "pods/eviction", "pods/binding"]}]);
    let hooks = vec![hook(
        "v.example.com",
        webhook.client_config("/"),
        json!({"rules": rules}),
    )];
    validating(&server, "v", hooks).await;
    let pod = "/api/v1/namespaces/default/pods/p";
    let exec = server
        .get(&format!("{pod}/exec?command=sh&command=-c&stdin=true"))
        .await;
    assert_eq!(
        exec.message(),
        "admission webhook \"v.example.com\" denied the request: no"
    );
    let eviction =
        json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}});
    server
        .post(&format!("{pod}/eviction"), eviction)
        .await
        .expect(400);
    let seen = webhook.seen();
    let object = &seen[0]["request"]["object"];
    assert_eq!(object["kind"], "PodExecOptions");
    assert_eq!(object["command"], json!(["sh", "-c"]));
    assert_eq!(seen[0]["request"]["operation"], "CONNECT");
    assert_eq!(seen[1]["request"]["kind"]["kind"], "Eviction");
    assert_eq!(seen[1]["request"]["subResource"], "eviction");
}

#[tokio::test]
async fn webhook_configurations_themselves_are_never_asked_about() {
    let webhook = TestWebhook::new(|_| json!({"allowed": false})).await;
    let server = TestServer::new().await;
    let rules = json!([{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"],
        "resources": ["*/*"]}]);
    let hooks = vec![hook(
        "v.example.com",
        webhook.client_config("/"),
        json!({"rules": rules}),
    )];
    validating(&server, "v", hooks).await;
    server.post(CONFIGMAPS, config_map("a")).await.expect(400);
    let path = format!("{GROUP}/validatingwebhookconfigurations/v");
    server.delete(&path).await.expect(200);
    server.get(&path).await.expect(404);
    server.post(CONFIGMAPS, config_map("a")).await.expect(201);
}

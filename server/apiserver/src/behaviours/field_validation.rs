//! Unknown and duplicate fields: refused, warned of, or ignored, as the client asks.

use axum::body::Body;
use serde_json::{Value, json};

use crate::testing::{Answer, TestServer, request};

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";
const JSON: &str = "application/json";
const APPLY: &str = "application/apply-patch+yaml";

async fn send(server: &TestServer, method: &str, path: &str, kind: &str, text: &str) -> Answer {
    server
        .send(request(method, path, kind, Body::from(text.to_owned())))
        .await
}

/// A deployment with an unknown field, one in its metadata, and one that comes twice.
const FAULTY: &str = r#"{"apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "d", "unknownMeta": "x", "labels": {"app": "d"}},
    "spec": {"unknown": 1, "paused": true, "paused": false, "selector": {"matchLabels": {"app": "d"}},
        "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}}"#;

#[tokio::test]
async fn faults_of_a_typed_object_are_told() {
    let server = TestServer::new().await;
    let refused = send(
        &server,
        "POST",
        &format!("{DEPLOYMENTS}?fieldValidation=Strict"),
        JSON,
        FAULTY,
    )
    .await;
    assert_eq!(
        refused.expect(400)["message"],
        "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: duplicate field \"spec.paused\", unknown field \"metadata.unknownMeta\", unknown field \"spec.unknown\""
    );
    let warned = send(
        &server,
        "POST",
        &format!("{DEPLOYMENTS}?dryRun=All"),
        JSON,
        FAULTY,
    )
    .await;
    let warnings: Vec<_> = warned
        .headers
        .get_all("warning")
        .iter()
        .filter_map(|one| one.to_str().ok())
        .collect();
    assert_eq!(
        warnings,
        [
            "299 - \"duplicate field \\\"spec.paused\\\"\"",
            "299 - \"unknown field \\\"metadata.unknownMeta\\\"\"",
            "299 - \"unknown field \\\"spec.unknown\\\"\"",
        ]
    );
    warned.expect(201);
    let ignored = send(
        &server,
        "POST",
        &format!("{DEPLOYMENTS}?fieldValidation=Ignore"),
        JSON,
        FAULTY,
    )
    .await;
    assert!(!ignored.headers.contains_key("warning"));
    let made = ignored.expect(201);
    assert_eq!(made["spec"].get("unknown"), None);
    assert_eq!(made["metadata"].get("unknownMeta"), None);
}

#[tokio::test]
async fn faults_of_patches_are_told() {
    let server = TestServer::new().await;
    send(
        &server,
        "POST",
        &format!("{DEPLOYMENTS}?fieldValidation=Ignore"),
        JSON,
        FAULTY,
    )
    .await
    .expect(201);
    let path = format!("{DEPLOYMENTS}/d?fieldValidation=Strict");
    let unknown = r#"{"spec": {"unknown": 1}}"#;
    let added = r#"[{"op": "add", "path": "/spec/unknown", "value": 1}]"#;
    for (kind, patch, shown) in [
        (
            "merge-patch",
            unknown,
            "{\\\"apiVersion\\\":\\\"apps/v1\\\",",
        ),
        (
            "strategic-merge-patch",
            unknown,
            "map[spec:map[unknown:1]]\": strict",
        ),
        ("json-patch", added, "{\\\"apiVersion\\\":\\\"apps/v1\\\","),
    ] {
        let kind = format!("application/{kind}+json");
        let refused = send(&server, "PATCH", &path, &kind, patch)
            .await
            .expect(422);
        let message = refused["message"].as_str().unwrap_or_default();
        let start = format!(" \"\" is invalid: patch: Invalid value: \"{shown}");
        assert!(message.starts_with(&start), "{message}");
        assert!(
            message.ends_with("strict decoding error: unknown field \"spec.unknown\""),
            "{message}"
        );
    }
    let twice = r#"{"spec": {"paused": true, "paused": false}}"#;
    let refused = send(
        &server,
        "PATCH",
        &path,
        "application/merge-patch+json",
        twice,
    )
    .await;
    assert!(
        refused
            .message()
            .contains("duplicate field \"spec.paused\""),
        "{}",
        refused.text
    );
    let applied = format!("{path}&fieldManager=tests");
    let twice = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  paused: true\n  paused: false\n";
    let refused = send(&server, "PATCH", &applied, APPLY, twice).await;
    assert_eq!(refused.code.as_u16(), 400, "{}", refused.text);
    assert!(
        refused
            .message()
            .contains("line 6: key \"paused\" already set in map"),
        "{}",
        refused.text
    );
}

/// What is not in the schema can't be applied, even where unknown fields are ignored.
#[tokio::test]
async fn what_is_applied_must_be_declared() {
    let server = TestServer::new().await;
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: default}\nspec:\n  unknown: 1\n  template:\n    spec:\n      containers:\n      - {name: c, odd: 1}\n";
    let path = format!("{DEPLOYMENTS}/d?fieldManager=tests&fieldValidation=Ignore");
    let refused = send(&server, "PATCH", &path, APPLY, text).await.expect(500);
    assert_eq!(
        refused["message"],
        "failed to create typed patch object (default/d; apps/v1, Kind=Deployment): errors:\n  .spec.unknown: field not declared in schema\n  .spec.template.spec.containers[name=\"c\"].odd: field not declared in schema"
    );
}

#[tokio::test]
async fn what_is_applied_must_have_its_types() {
    let server = TestServer::new().await;
    let path = format!("{DEPLOYMENTS}/d?fieldManager=tests");
    let applied = |head: &'static str, spec: &'static str| {
        format!("{head}\nmetadata: {{name: d, namespace: default}}\nspec: {spec}\n")
    };
    let head = "apiVersion: apps/v1\nkind: Deployment";
    let object = "failed to create typed patch object (default/d; apps/v1, Kind=Deployment): ";
    let containers = ".spec.template.spec.containers";
    for (spec, told) in [
        (
            "{replicas: x}",
            ".spec.replicas: expected numeric (int or float), got string".to_owned(),
        ),
        (
            "{paused: 1}",
            ".spec.paused: expected boolean, got &{1}".to_owned(),
        ),
        ("[]", ".spec: expected map, got &{[]}".to_owned()),
        (
            "{template: {spec: {nodeName: 1}}}",
            ".spec.template.spec.nodeName: expected string, got &value.valueUnstructured{Value:1}"
                .to_owned(),
        ),
        (
            "{template: {spec: {containers: {}}}}",
            format!("{containers}: expected list, got &{{map[]}}"),
        ),
        (
            "{template: {spec: {containers: [{name: c}, {name: c}]}}}",
            format!("{containers}: duplicate entries for key [name=\"c\"]"),
        ),
        (
            "{template: {spec: {containers: [{image: c}]}}}",
            format!(
                "{containers}: element 0: associative list with keys has an element that omits all key fields [\"name\"] (and doesn't have default values for any key fields)"
            ),
        ),
        (
            "{strategy: {rollingUpdate: {maxSurge: {}}}}",
            ".spec.strategy.rollingUpdate.maxSurge: expected any scalar, got &{map[]}".to_owned(),
        ),
    ] {
        let refused = send(&server, "PATCH", &path, APPLY, &applied(head, spec))
            .await
            .expect(500);
        assert_eq!(refused["message"], format!("{object}{told}"));
    }
    let other = "apiVersion: apps/v1beta1\nkind: Deployment";
    let refused = send(&server, "PATCH", &path, APPLY, &applied(other, "{}"))
        .await
        .expect(400);
    assert_eq!(
        refused["message"],
        "invalid object type: apps/v1beta1, Kind=Deployment"
    );
    let refused = send(
        &server,
        "PATCH",
        &path,
        APPLY,
        &applied("apiVersion: apps/v1", "{}"),
    )
    .await
    .expect(400);
    assert_eq!(refused["message"], "invalid object type: apps/v1, Kind=");
}

/// A definition of `noxus`, with the schema.
async fn noxus(schema: Value) -> TestServer {
    let server = TestServer::new().await;
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "noxus.tried.example.com"},
        "spec": {"group": "tried.example.com", "scope": "Namespaced", "names": {"plural": "noxus", "kind": "Noxu"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]}});
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    server.post(definitions, definition).await.expect(201);
    server
        .until(NOXUS, |answer| answer.code.as_u16() == 200)
        .await;
    server
}

const NOXUS: &str = "/apis/tried.example.com/v1/namespaces/default/noxus";

fn noxu(rest: &str) -> String {
    format!(
        r#"{{"apiVersion": "tried.example.com/v1", "kind": "Noxu", "metadata": {{"name": "n"}}{rest}}}"#
    )
}

/// Creates or applies strictly.
async fn strictly(server: &TestServer, kind: &str, text: &str) -> Answer {
    let (method, path) = if kind == APPLY {
        (
            "PATCH",
            format!("{NOXUS}/n?fieldManager=tests&fieldValidation=Strict"),
        )
    } else {
        ("POST", format!("{NOXUS}?fieldValidation=Strict"))
    };
    send(server, method, &path, kind, text).await
}

#[tokio::test]
async fn a_definition_without_schema_takes_anything() {
    let server =
        noxus(json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})).await;
    let wild = noxu(r#", "spec": {"foo": {"bar": 1}}"#);
    for kind in [JSON, APPLY] {
        let made = strictly(&server, kind, &wild).await;
        assert!(made.code.is_success(), "{}", made.text);
        assert_eq!(made.json()["spec"]["foo"]["bar"], 1);
    }
    server.delete(&format!("{NOXUS}/n")).await.expect(200);
    let twice = noxu(r#", "spec": {"foo": 1, "foo": 2}"#);
    let refused = strictly(&server, JSON, &twice).await.expect(400);
    assert_eq!(
        refused["message"],
        "Noxu in version \"v1\" cannot be handled as a Noxu: strict decoding error: duplicate field \"spec.foo\""
    );
    let meta = r#"{"apiVersion": "tried.example.com/v1", "kind": "Noxu", "metadata": {"name": "n", "unknownMeta": 1}}"#;
    let refused = strictly(&server, JSON, meta).await.expect(400);
    assert_eq!(
        refused["message"],
        "Noxu in version \"v1\" cannot be handled as a Noxu: strict decoding error: unknown field \"metadata.unknownMeta\""
    );
}

#[tokio::test]
async fn a_schema_knows_its_fields() {
    let server = noxus(
        json!({"type": "object", "properties": {"spec": {"type": "object",
        "properties": {"cronSpec": {"type": "string"}, "extra": {"type": "object",
            "x-kubernetes-preserve-unknown-fields": true}}}}}),
    )
    .await;
    let valid = noxu(r#", "spec": {"cronSpec": "* * * * */5", "extra": {"any": "thing"}}"#);
    let faulty = noxu(r#", "spec": {"cronSpec": "*", "extra": {"any": 1}, "unknown": "x"}"#);
    for kind in [JSON, APPLY] {
        let refused = strictly(&server, kind, &faulty).await;
        let message = refused.message();
        assert!(!refused.code.is_success(), "{kind}");
        let expected = if kind == APPLY {
            "field not declared in schema"
        } else {
            "unknown field \"spec.unknown\""
        };
        assert!(message.contains(expected), "{kind}: {message}");
        let made = strictly(&server, kind, &valid).await;
        assert!(made.code.is_success(), "{}", made.text);
    }
    let twice = noxu(r#", "spec": {"extra": {"any": 1, "any": 2}}"#);
    let refused = strictly(&server, JSON, &twice).await.expect(400);
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(
        message.ends_with("strict decoding error: duplicate field \"spec.extra.any\""),
        "{message}"
    );
}

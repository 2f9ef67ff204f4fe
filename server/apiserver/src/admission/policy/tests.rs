//! Policies as clients see them: the server in process.

use serde_json::{Value, json};

use crate::testing::TestServer;

const GROUP: &str = "/apis/admissionregistration.k8s.io/v1";
const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

fn config_map(name: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

fn constraints(group: &str, resource: &str) -> Value {
    json!({"resourceRules": [{"apiGroups": [group], "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"], "resources": [resource]}]})
}

/// Makes a policy of config maps (unless it says otherwise) and its binding, both named `p`.
async fn make(server: &TestServer, kind: &str, mut spec: Value, mut binding: Value) {
    if spec["matchConstraints"].is_null() {
        spec["matchConstraints"] = constraints("", "configmaps");
    }
    binding["policyName"] = "p".into();
    let plural = format!("{}admissionpolic", kind.to_lowercase());
    for (plural, kind, spec) in [
        (
            format!("{plural}ies"),
            format!("{kind}AdmissionPolicy"),
            spec,
        ),
        (
            format!("{plural}ybindings"),
            format!("{kind}AdmissionPolicyBinding"),
            binding,
        ),
    ] {
        let body = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
            "metadata": {"name": "p"}, "spec": spec});
        let made = server.post(&format!("{GROUP}/{plural}"), body).await;
        made.expect(201);
        // Policies are read from the cache, which follows.
        server.get(&format!("{GROUP}/{plural}/p")).await.expect(200);
    }
}

#[tokio::test]
async fn a_failed_validation_refuses_in_upstreams_words() {
    let server = TestServer::new().await;
    let spec = json!({
        "matchConstraints": constraints("apps", "deployments"),
        "validations": [{"expression": "object.spec.replicas <= 5"}],
    });
    make(
        &server,
        "Validating",
        spec,
        json!({"validationActions": ["Deny"]}),
    )
    .await;
    let deployment = |replicas: i64| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"a": "b"}},
                "template": {"metadata": {"labels": {"a": "b"}},
                    "spec": {"containers": [{"name": "c", "image": "i"}]}}}})
    };
    let refused = server.post(DEPLOYMENTS, deployment(6)).await.expect(422);
    assert_eq!(
        refused["message"],
        "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: failed expression: object.spec.replicas <= 5"
    );
    assert_eq!(refused["reason"], "Invalid");
    server.post(DEPLOYMENTS, deployment(5)).await.expect(201);
}

#[tokio::test]
async fn variables_params_messages_and_reasons() {
    let server = TestServer::new().await;
    server
        .post(CONFIGMAPS, config_map("limits", json!({"max": "3"})))
        .await
        .expect(201);
    let spec = json!({
        "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
        "matchConditions": [{"name": "not-limits", "expression": "object.metadata.name != 'limits'"}],
        "variables": [
            {"name": "max", "expression": "int(params.data.max)"},
            {"name": "long", "expression": "object.data.filter(k, size(object.data[k]) > variables.max)"},
        ],
        "validations": [{"expression": "variables.long.size() == 0", "reason": "Forbidden",
            "messageExpression": "'too long: ' + variables.long.join(',') + ' for ' + request.userInfo.username + ' in ' + namespaceObject.metadata.name"}],
    });
    let binding = json!({"validationActions": ["Deny"],
        "paramRef": {"name": "limits", "parameterNotFoundAction": "Deny"}});
    make(&server, "Validating", spec, binding).await;
    let refused = server
        .post(CONFIGMAPS, config_map("a", json!({"k": "abcd"})))
        .await
        .expect(403);
    assert_eq!(
        refused["message"],
        "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: too long: k for admin in default"
    );
    server
        .post(CONFIGMAPS, config_map("a", json!({"k": "abc"})))
        .await
        .expect(201);
    server
        .delete(&format!("{CONFIGMAPS}/limits"))
        .await
        .expect(200);
    server
        .get(&format!("{CONFIGMAPS}/limits"))
        .await
        .expect(404);
    let refused = server
        .post(CONFIGMAPS, config_map("b", json!({"k": "a"})))
        .await
        .expect(422);
    assert_eq!(
        refused["message"],
        "configmaps \"b\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"
    );
}

#[tokio::test]
async fn warnings_do_not_refuse() {
    let server = TestServer::new().await;
    let spec = json!({"validations": [{"expression": "has(object.data)", "message": "no data"}]});
    make(
        &server,
        "Validating",
        spec,
        json!({"validationActions": ["Warn", "Audit"]}),
    )
    .await;
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    let created = server.post(CONFIGMAPS, body).await;
    assert_eq!(
        created.headers["warning"],
        "299 - \"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p': no data\""
    );
    created.expect(201);
}

#[tokio::test]
async fn what_fails_to_evaluate_follows_the_failure_policy() {
    for (policy, code) in [("Fail", 422), ("Ignore", 201)] {
        let server = TestServer::new().await;
        let spec = json!({"failurePolicy": policy,
            "validations": [{"expression": "object.data.missing == 'x'"}]});
        make(
            &server,
            "Validating",
            spec,
            json!({"validationActions": ["Deny"]}),
        )
        .await;
        let answer = server
            .post(CONFIGMAPS, config_map("a", json!({"k": "v"})))
            .await;
        let body = answer.expect(code);
        if code == 422 {
            assert_eq!(
                body["message"],
                "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: expression 'object.data.missing == 'x'' resulted in error: no such key: missing"
            );
        }
    }
}

#[tokio::test]
async fn authorizers_answer_expressions() {
    let server = TestServer::new().await;
    let spec = json!({"validations": [{"expression":
        "authorizer.requestResource.check('delete').allowed() && !authorizer.serviceAccount('default', 'x').group('').resource('secrets').namespace('default').check('get').allowed()"}]});
    make(
        &server,
        "Validating",
        spec,
        json!({"validationActions": ["Deny"]}),
    )
    .await;
    server
        .post(CONFIGMAPS, config_map("a", json!({})))
        .await
        .expect(201);
}

#[tokio::test]
async fn expressions_that_do_not_compile_are_refused() {
    let server = TestServer::new().await;
    let body = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "p"}, "spec": {"matchConstraints": constraints("", "configmaps"),
            "validations": [{"expression": "object.x +"}]}});
    let refused = server
        .post(&format!("{GROUP}/validatingadmissionpolicies"), body)
        .await
        .expect(422);
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("spec.validations[0].expression: Invalid value: \"object.x +\": compilation failed: ERROR: <input>:1:11: Syntax error"),
        "{message}"
    );
}

/// Pods need the service account that a controller makes.
async fn with_service_account() -> TestServer {
    let server = TestServer::new().await;
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
    let path = "/api/v1/namespaces/default/serviceaccounts";
    server.post(path, account).await.expect(201);
    server.get(&format!("{path}/default")).await.expect(200);
    server
}

#[tokio::test]
async fn apply_configurations_are_merged() {
    let server = with_service_account().await;
    let spec = json!({
        "reinvocationPolicy": "Never",
        "matchConstraints": constraints("", "pods"),
        "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression":
            "Object{metadata: Object.metadata{labels: {'by': 'policy'}}, spec: Object.spec{initContainers: [Object.spec.initContainers{name: 'mesh', image: 'mesh:1', restartPolicy: 'Always'}]}}"}}],
    });
    make(&server, "Mutating", spec, json!({})).await;
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"own": "x"}},
        "spec": {"initContainers": [{"name": "first", "image": "i"}], "containers": [{"name": "c", "image": "i"}]}});
    let created = server
        .post("/api/v1/namespaces/default/pods", pod)
        .await
        .expect(201);
    assert_eq!(
        created["metadata"]["labels"],
        json!({"own": "x", "by": "policy"})
    );
    let names: Vec<&str> = created["spec"]["initContainers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|container| container["name"].as_str())
        .collect();
    assert_eq!(names, ["first", "mesh"]);
    // What a policy adds is completed like what a client sends.
    assert_eq!(
        created["spec"]["initContainers"][1]["terminationMessagePath"],
        "/dev/termination-log"
    );
}

#[tokio::test]
async fn json_patches_are_applied() {
    let server = TestServer::new().await;
    let spec = json!({
        "reinvocationPolicy": "IfNeeded",
        "mutations": [
            {"patchType": "JSONPatch", "jsonPatch": {"expression":
                "[JSONPatch{op: 'test', path: '/data/a', value: '1'}, JSONPatch{op: 'add', path: '/data/' + 'x.y', value: 'z'}]"}},
            {"patchType": "JSONPatch", "jsonPatch": {"expression":
                "[JSONPatch{op: 'add', path: '/data/count', value: string(object.data.size())}]"}},
        ],
    });
    make(&server, "Mutating", spec, json!({})).await;
    let created = server
        .post(CONFIGMAPS, config_map("a", json!({"a": "1"})))
        .await
        .expect(201);
    assert_eq!(created["data"], json!({"a": "1", "x.y": "z", "count": "2"}));
    let refused = server
        .post(CONFIGMAPS, config_map("b", json!({"a": "2"})))
        .await
        .expect(403);
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with(
            "policy 'p' with binding 'p' denied request: JSON Patch: testing value /data/a failed: "
        ),
        "{message}"
    );
}

#[tokio::test]
async fn a_configuration_may_not_replace_an_atomic_list() {
    let server = with_service_account().await;
    let spec = json!({
        "reinvocationPolicy": "Never",
        "matchConstraints": constraints("", "pods"),
        "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression":
            "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'c', args: ['x']}]}}"}}],
    });
    make(&server, "Mutating", spec, json!({})).await;
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
        "spec": {"containers": [{"name": "c", "image": "i"}]}});
    let refused = server
        .post("/api/v1/namespaces/default/pods", pod)
        .await
        .expect(403);
    assert_eq!(
        refused["message"],
        "policy 'p' with binding 'p' denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.containers.args"
    );
}

//! Who is let in by which token, and what nobody may grant: asked in process.

use std::time::Duration;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::testing::TestServer;
use crate::user::UserInfo;

/// Who the server takes the bearer of a token for; the message of the refusal where it does not.
async fn whoami(server: &TestServer, token: &str) -> Result<Value, String> {
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let request = Request::post("/apis/authentication.k8s.io/v1/selfsubjectreviews")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Body::from(review.to_string()))
        .expect("the request is valid");
    let answer = server
        .server
        .router()
        .oneshot(request)
        .await
        .expect("the router never fails");
    let code = answer.status().as_u16();
    let bytes = answer
        .into_body()
        .collect()
        .await
        .expect("the body can be read")
        .to_bytes();
    let value: Value = serde_json::from_slice(&bytes).expect("the answer is JSON");
    if code == 201 {
        Ok(value["status"]["userInfo"].clone())
    } else {
        Err(value["message"].as_str().unwrap_or_default().to_owned())
    }
}

async fn review(server: &TestServer, token: &str, audiences: &[&str]) -> Value {
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
        "spec": {"token": token, "audiences": audiences}});
    let path = "/apis/authentication.k8s.io/v1/tokenreviews";
    server.post(path, review).await.expect(201)["status"].clone()
}

const ACCOUNTS: &str = "/api/v1/namespaces/default/serviceaccounts";

async fn token(server: &TestServer, spec: Value) -> String {
    let request =
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec});
    let answer = server
        .post(&format!("{ACCOUNTS}/bot/token"), request)
        .await
        .expect(201);
    answer["status"]["token"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

async fn with_account() -> TestServer {
    let server = TestServer::with(|config| config.bootstrap_tokens = true).await;
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot"}});
    server.post(ACCOUNTS, account).await.expect(201);
    server
}

#[tokio::test]
async fn a_token_ends_with_what_it_is_bound_to() {
    let server = with_account().await;
    let secrets = "/api/v1/namespaces/default/secrets";
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}});
    server.post(secrets, secret).await.expect(201);
    let reference = json!({"kind": "Secret", "apiVersion": "v1", "name": "s"});
    let token = token(&server, json!({"boundObjectRef": reference})).await;
    let user = whoami(&server, &token).await.expect("the token is good");
    assert_eq!(user["username"], "system:serviceaccount:default:bot");
    assert_eq!(review(&server, &token, &[]).await["authenticated"], true);
    server.delete(&format!("{secrets}/s")).await.expect(200);
    let refused = review(&server, &token, &[]).await;
    assert_eq!(refused["authenticated"], Value::Null);
    assert_eq!(
        refused["error"],
        "[invalid bearer token, service account token has been invalidated]"
    );
    // A review asks the store; a request is let in until the watch cache has heard of the deletion.
    let refused = async {
        loop {
            if let Err(answer) = whoami(&server, &token).await {
                break answer;
            }
            tokio::task::yield_now().await;
        }
    };
    let refused = tokio::time::timeout(Duration::from_secs(30), refused).await;
    assert_eq!(refused.as_deref(), Ok("Unauthorized"));
}

#[tokio::test]
async fn a_token_is_for_its_audience() {
    let server = with_account().await;
    let vault = token(&server, json!({"audiences": ["vault"]})).await;
    assert!(whoami(&server, &vault).await.is_err());
    let status = review(&server, &vault, &["vault", "other"]).await;
    assert_eq!(
        (&status["authenticated"], &status["audiences"]),
        (&json!(true), &json!(["vault"]))
    );
    let other = review(&server, &vault, &["other"]).await;
    assert_eq!(
        other["error"],
        "[invalid bearer token, token audiences [\"vault\"] is invalid for the target audiences [\"other\"]]"
    );
}

#[tokio::test]
async fn a_bootstrap_token_is_let_in_while_its_secret_is_there() {
    let server = with_account().await;
    let data = |text: &str| STANDARD.encode(text);
    let secrets = "/api/v1/namespaces/kube-system/secrets";
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "type": "bootstrap.kubernetes.io/token",
        "metadata": {"name": "bootstrap-token-abcdef"},
        "data": {"token-id": data("abcdef"), "token-secret": data("0123456789abcdef"),
            "usage-bootstrap-authentication": data("true")}});
    server.post(secrets, secret).await.expect(201);
    let user = whoami(&server, "abcdef.0123456789abcdef")
        .await
        .expect("the token is good");
    assert_eq!(user["username"], "system:bootstrap:abcdef");
    assert_eq!(
        user["groups"],
        json!(["system:bootstrappers", "system:authenticated"])
    );
    assert!(whoami(&server, "abcdef.0123456789abcdee").await.is_err());
}

#[tokio::test]
async fn nobody_grants_what_they_do_not_have() {
    let server = TestServer::new().await;
    let group = "/apis/rbac.authorization.k8s.io/v1";
    let may = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "manager"}, "rules": [{"apiGroups": ["rbac.authorization.k8s.io"],
            "resources": ["clusterroles"], "verbs": ["create"]}]});
    server
        .post(&format!("{group}/clusterroles"), may)
        .await
        .expect(201);
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "manager"}, "subjects": [{"kind": "User", "name": "jane"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "manager"}});
    server
        .post(&format!("{group}/clusterrolebindings"), binding)
        .await
        .expect(201);
    let jane = server.acting_as(UserInfo::authenticated("jane", ["dev"]));
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "more"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]});
    let mut message = String::new();
    // The binding counts as soon as the index has heard of it.
    for _ in 0..1000 {
        message = jane
            .post(&format!("{group}/clusterroles"), role.clone())
            .await
            .message();
        if message.contains("attempting") {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(
        message,
        "clusterroles.rbac.authorization.k8s.io \"more\" is forbidden: user \"jane\" (groups=[\"dev\" \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"get\" \"list\"]}"
    );
}

/// Lists or gets as another user, and gives the code with the message of the refusal.
async fn as_another(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("the request is valid");
    let answer = server.send(request).await;
    let code = answer.code.as_u16();
    (
        code,
        if code == 200 {
            String::new()
        } else {
            answer.message()
        },
    )
}

const PODS: &str = "/api/v1/namespaces/default/pods";

/// Bob may list pods as Jane, who may do everything, and look at the node n1 as that node.
const BOBS_ROLE: &str = r#"[
    {"apiGroups": ["authentication.k8s.io"], "resources": ["users"], "verbs": ["impersonate:user-info"], "resourceNames": ["jane"]},
    {"apiGroups": ["authentication.k8s.io"], "resources": ["nodes"], "verbs": ["impersonate:arbitrary-node"], "resourceNames": ["n1"]},
    {"apiGroups": ["authentication.k8s.io"], "resources": ["groups"], "verbs": ["impersonate:user-info"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["impersonate-on:user-info:list"]},
    {"apiGroups": [""], "resources": ["nodes"], "verbs": ["impersonate-on:arbitrary-node:get"]}]"#;

/// A server that Bob asks.
async fn with_bob() -> TestServer {
    let server = TestServer::new().await;
    let rules: Value = serde_json::from_str(BOBS_ROLE).expect("the rules are JSON");
    let rbac = "rbac.authorization.k8s.io/v1";
    let role = json!({"apiVersion": rbac, "kind": "ClusterRole", "metadata": {"name": "deputy"}, "rules": rules});
    let bind = |name: &str, role: &str, user: &str| {
        json!({"apiVersion": rbac, "kind": "ClusterRoleBinding", "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]})
    };
    let path = format!("/apis/{rbac}/clusterroles");
    server.post(&path, role).await.expect(201);
    for (name, role, user) in [("bob", "deputy", "bob"), ("jane", "cluster-admin", "jane")] {
        let path = format!("/apis/{rbac}/clusterrolebindings");
        server.post(&path, bind(name, role, user)).await.expect(201);
    }
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}});
    server.post("/api/v1/nodes", node).await.expect(201);
    let bob = server.acting_as(UserInfo::authenticated("bob", ["dev"]));
    // Bindings count as soon as the index has heard of them.
    let heard = async {
        while as_another(&bob, PODS, &[("impersonate-user", "jane")])
            .await
            .0
            != 200
        {
            tokio::task::yield_now().await;
        }
    };
    let heard = tokio::time::timeout(Duration::from_secs(30), heard).await;
    heard.expect("the index hears of the bindings");
    bob
}

#[tokio::test]
async fn a_deputy_does_as_another_only_what_was_entrusted() {
    let bob = with_bob().await;
    let jane = [("impersonate-user", "jane")];
    assert_eq!(as_another(&bob, PODS, &jane).await.0, 200);
    // Jane may read secrets, and Bob may not read them as Jane.
    let secrets = as_another(&bob, "/api/v1/namespaces/default/secrets", &jane).await;
    let text = r#"secrets is forbidden: User "bob" cannot impersonate-on:user-info:list resource "secrets" in API group "" in the namespace "default""#;
    assert_eq!(secrets, (403, text.to_owned()));
    let joe = as_another(&bob, PODS, &[("impersonate-user", "joe")]).await;
    let text = r#"users.authentication.k8s.io "joe" is forbidden: User "bob" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope"#;
    assert_eq!(joe, (403, text.to_owned()));
    // A group that may do everything is nobody's to hand out.
    let masters = [
        ("impersonate-user", "jane"),
        ("impersonate-group", "system:masters"),
    ];
    let (code, message) = as_another(&bob, PODS, &masters).await;
    assert_eq!(code, 403);
    assert!(
        message.ends_with("impersonating the system:masters group is not allowed"),
        "{message}"
    );
}

#[tokio::test]
async fn a_node_that_is_impersonated_is_one() {
    let bob = with_bob().await;
    let as_node = [("impersonate-user", "system:node:n1")];
    assert_eq!(as_another(&bob, "/api/v1/nodes/n1", &as_node).await.0, 200);
    let other = [("impersonate-user", "system:node:n2")];
    assert_eq!(as_another(&bob, "/api/v1/nodes/n1", &other).await.0, 403);
}

#[tokio::test]
async fn who_may_impersonate_as_ever_still_may() {
    let admin = TestServer::new()
        .await
        .acting_as(UserInfo::authenticated("root", [crate::user::MASTERS]));
    let (code, message) = as_another(
        &admin,
        "/api/v1/nodes",
        &[
            ("impersonate-user", "joe"),
            ("impersonate-extra-scopes", "view"),
        ],
    )
    .await;
    assert_eq!(code, 403);
    assert!(
        message.contains(r#"User "joe" cannot list resource "nodes""#),
        "{message}"
    );
}

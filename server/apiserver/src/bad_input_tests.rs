//! What comes at the door and is no good: it is refused with a reason, and the server goes on.

use axum::body::Body;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::request::body;
use crate::testing::{TestServer, request};
use crate::tls_tests;

const PATH: &str = "/api/v1/namespaces/default/configmaps";
const JSON: &str = "application/json";
const YAML: &str = "application/yaml";

async fn refused(method: &str, path: &str, kind: &str, body: impl Into<Body>, code: u16) -> String {
    let server = TestServer::new().await;
    let answer = server.send(request(method, path, kind, body.into())).await;
    assert_eq!(answer.code, code, "{}", answer.text);
    let message = answer.message();
    server.get(PATH).await.expect(200);
    message
}

#[tokio::test]
async fn a_body_may_have_three_megabytes() {
    let of_size = |size: usize| {
        let rest = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}"#;
        format!("{}{rest}", " ".repeat(size - rest.len()))
    };
    let message = refused("POST", PATH, JSON, of_size(body::LIMIT + 1), 413).await;
    assert!(message.contains("limit is 3145728"), "{message}");
    let server = TestServer::new().await;
    let largest = request("POST", PATH, JSON, of_size(body::LIMIT).into());
    server.send(largest).await.expect(201);
}

#[tokio::test]
async fn what_is_nested_too_deeply_is_refused() {
    for depth in [200, 9_000, 400_000] {
        let nested = |open: &str, close: &str| {
            format!(
                "{{\"data\": {}{}}}",
                open.repeat(depth),
                close.repeat(depth)
            )
        };
        refused("POST", PATH, JSON, nested("[", "]"), 400).await;
        refused("POST", PATH, JSON, nested("{\"a\":", "}"), 400).await;
        refused("POST", PATH, YAML, nested("[", "]"), 400).await;
        let patch = "application/merge-patch+json";
        let path = format!("{PATH}/kube-root-ca.crt");
        // It is read, but that there is no such object is said first.
        refused("PATCH", &path, patch, nested("[", "]"), 404).await;
        let apply = "application/apply-patch+yaml";
        let path = format!("{path}?fieldManager=m");
        refused("PATCH", &path, apply, nested("[", "]"), 400).await;
    }
}

#[tokio::test]
async fn aliases_that_grow_are_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let before = level - 1;
        let aliases = vec![format!("*a{before}"); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let message = refused("POST", PATH, YAML, text, 400).await;
    assert!(
        message.contains("document contains excessive aliasing"),
        "{message}"
    );
}

#[tokio::test]
async fn what_is_no_text_is_refused() {
    refused("POST", PATH, JSON, &b"{\"kind\":\"\xff\"}"[..], 400).await;
    refused("POST", PATH, YAML, &b"kind: \xff"[..], 400).await;
    refused(
        "POST",
        PATH,
        "application/vnd.kubernetes.protobuf",
        &b"k8s\0\xff\xff\xff\xff"[..],
        400,
    )
    .await;
    refused("POST", PATH, "text/html", "x", 415).await;
    // Told before its options are looked at: clients fall back to what is known.
    let forced = format!("{PATH}/a?force=true&fieldManager=m");
    refused("PATCH", &forced, "application/apply-patch+cbor", "x", 415).await;
}

#[tokio::test]
async fn numbers_too_large_for_anything_are_refused() {
    let pods = "/api/v1/namespaces/default/pods";
    for number in ["1e400", "99999999999999999999999", "-1e999"] {
        let body = format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{{\"name\":\"a\"}},\"spec\":{{\"priority\":{number}}}}}"
        );
        refused("POST", pods, JSON, body, 400).await;
    }
    refused(
        "GET",
        &format!("{PATH}?limit=99999999999999999999"),
        "",
        "",
        400,
    )
    .await;
    refused(
        "GET",
        &format!("{PATH}?resourceVersion=99999999999999999999"),
        "",
        "",
        400,
    )
    .await;
    refused("GET", &format!("{PATH}?continue=%00%ff"), "", "", 400).await;
}

#[tokio::test]
async fn a_key_that_comes_twice_is_told_or_refused() {
    let server = TestServer::new().await;
    let body = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"1","x":"2"}}"#;
    let post = |validation: &str| {
        let path = format!("{PATH}?dryRun=All&fieldValidation={validation}");
        request("POST", &path, JSON, body.into())
    };
    let strict = server.send(post("Strict")).await;
    assert_eq!(strict.code, 400);
    assert!(
        strict.message().contains("duplicate field \"data.x\""),
        "{}",
        strict.text
    );
    let warned = server.send(post("Warn")).await;
    assert_eq!(
        warned.headers["warning"],
        "299 - \"duplicate field \\\"data.x\\\"\""
    );
    assert_eq!(warned.expect(201)["data"], json!({"x": "2"}));
    assert!(
        !server
            .send(post("Ignore"))
            .await
            .headers
            .contains_key("warning")
    );
}

/// The connection is closed by the server; how long that takes is the server's clock, which runs ahead when all wait.
#[tokio::test]
async fn a_client_that_sends_its_request_letter_by_letter_is_given_up() {
    let server = tls_tests::start().await;
    let mut stream = server.connect(None, "http/1.1").await;
    stream
        .write_all(b"GET /version HTTP/1.1\r\nhost: l")
        .await
        .unwrap();
    stream.flush().await.unwrap();
    tokio::time::pause();
    let mut rest = Vec::new();
    // Closed with or without an answer, but closed.
    let _ = stream.read_to_end(&mut rest).await;
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
    tokio::time::resume();
    server.stop().await;
}

#[tokio::test]
async fn a_watch_ends_when_its_client_is_gone() {
    let server = tls_tests::start().await;
    let shared = server.shared();
    let kind = crate::registry::known("", "v1", "namespaces");
    let watchers = || shared.registry.cache(kind).watchers();
    let admin = server.ca.client("admin", &["system:masters"]);
    let mut stream = server.connect(Some(admin), "http/1.1").await;
    let head = "GET /api/v1/namespaces?watch=1 HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut start = [0; 15];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    let before = watchers();
    assert!(before > 0);
    // The client's half of the connection is closed; it still listens.
    stream.shutdown().await.unwrap();
    while watchers() >= before {
        tokio::task::yield_now().await;
    }
    server.stop().await;
}

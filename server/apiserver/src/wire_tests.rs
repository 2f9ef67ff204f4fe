//! Lists and watches as they cross the wire: pages, initial events, bookmarks, time limits, compression, the end.

use std::io::Read;
use std::sync::Arc;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::read::GzDecoder;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use knarr_storage::{Expected, MemoryStore, Store};
use serde_json::{Value, json};

use crate::testing::TestServer;
use crate::tls::Remote;

const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";

async fn with_config_maps(names: &[&str]) -> TestServer {
    let server = TestServer::new().await;
    fill(&server, names).await;
    server
}

async fn fill(server: &TestServer, names: &[&str]) {
    for name in names {
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
        server.post(CONFIGMAPS, object).await.expect(201);
    }
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| item["metadata"]["name"].as_str().unwrap())
        .collect()
}

/// The events of a watch that ends by itself, in short. The clock is paused, so that this takes no time.
async fn watched(server: &TestServer, query: &str) -> Vec<String> {
    let answer = server
        .get(&format!("{CONFIGMAPS}?watch=true&{query}"))
        .await;
    assert_eq!(answer.code, StatusCode::OK, "{}", answer.text);
    let short = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        let metadata = &event["object"]["metadata"];
        let end = &metadata["annotations"]["k8s.io/initial-events-end"];
        let name = metadata["name"].as_str().unwrap_or_default();
        let name = if end == "true" {
            "end of initial events"
        } else {
            name
        };
        format!("{} {name}", event["type"].as_str().unwrap())
    };
    answer.text.lines().map(short).collect()
}

#[tokio::test(start_paused = true)]
async fn a_streaming_list_ends_with_its_bookmark() {
    let server = with_config_maps(&["a", "b"]).await;
    let initial = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=5";
    let shown = watched(&server, &format!("{initial}&allowWatchBookmarks=true")).await;
    assert_eq!(
        shown,
        ["ADDED a", "ADDED b", "BOOKMARK end of initial events"]
    );
    let figures = server.get("/metrics").await.text;
    let listed = r#"apiserver_watch_list_duration_seconds_count{group="",resource="configmaps",scope="namespace",version="v1"} 1"#;
    assert!(figures.contains(listed), "{figures}");
    assert_eq!(watched(&server, initial).await, ["ADDED a", "ADDED b"]);
    let none = "sendInitialEvents=false&resourceVersionMatch=NotOlderThan&timeoutSeconds=5";
    assert_eq!(watched(&server, none).await, [""; 0]);
    assert_eq!(
        watched(&server, "timeoutSeconds=5").await,
        ["ADDED a", "ADDED b"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_bookmark_comes_about_every_minute() {
    let server = with_config_maps(&["a"]).await;
    let list = server.get(CONFIGMAPS).await.expect(200);
    let version = list["metadata"]["resourceVersion"].as_str().unwrap();
    let query = format!("resourceVersion={version}&timeoutSeconds=150");
    let shown = watched(&server, &format!("{query}&allowWatchBookmarks=true")).await;
    assert_eq!(shown, ["BOOKMARK ", "BOOKMARK "]);
    assert_eq!(watched(&server, &query).await, [""; 0]);
}

#[tokio::test]
async fn a_list_whose_state_is_gone_can_be_continued_inconsistently() {
    let store = MemoryStore::new();
    for _ in 0..20 {
        let put = store.put("/registry/others/a", "1".into(), Expected::Any, None);
        put.await.unwrap();
    }
    store.compact(15).await.unwrap();
    let server = TestServer::on(Arc::new(store)).await;
    fill(&server, &["a", "b", "c"]).await;
    let old = URL_SAFE_NO_PAD.encode(r#"{"v":"meta.k8s.io/v1","rv":5,"start":"a\u0000"}"#);
    let gone = server
        .get(&format!("{CONFIGMAPS}?limit=1&continue={old}"))
        .await
        .expect(410);
    assert_eq!(gone["reason"], "Expired");
    let message = gone["message"].as_str().unwrap();
    assert!(
        message.starts_with("The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use"),
        "{message}"
    );
    let token = gone["metadata"]["continue"].as_str().unwrap();
    let page = server
        .get(&format!("{CONFIGMAPS}?limit=1&continue={token}"))
        .await
        .expect(200);
    assert_eq!(names(&page), ["b"]);
    let token = page["metadata"]["continue"].as_str().unwrap();
    let last = server
        .get(&format!("{CONFIGMAPS}?limit=1&continue={token}"))
        .await
        .expect(200);
    assert_eq!(names(&last), ["c"]);
    assert_eq!(
        last["metadata"]["resourceVersion"],
        page["metadata"]["resourceVersion"]
    );
}

#[tokio::test]
async fn the_pages_of_a_list_are_of_one_state() {
    let server = with_config_maps(&["a", "c", "d"]).await;
    let first = server
        .get(&format!("{CONFIGMAPS}?limit=1"))
        .await
        .expect(200);
    fill(&server, &["b"]).await;
    server.delete(&format!("{CONFIGMAPS}/d")).await.expect(200);
    let token = first["metadata"]["continue"].as_str().unwrap();
    let rest = server
        .get(&format!("{CONFIGMAPS}?continue={token}"))
        .await
        .expect(200);
    assert_eq!(names(&rest), ["c", "d"]);
    assert_eq!(
        rest["metadata"]["resourceVersion"],
        first["metadata"]["resourceVersion"]
    );
    let refused = server
        .get(&format!("{CONFIGMAPS}?continue={token}&resourceVersion=3"))
        .await
        .expect(400);
    assert_eq!(
        refused["message"],
        "specifying resource version is not allowed when using continue"
    );
}

#[tokio::test]
async fn options_that_do_not_go_together_are_invalid() {
    let server = TestServer::new().await;
    let refused = server
        .get(&format!("{CONFIGMAPS}?resourceVersionMatch=Exact"))
        .await
        .expect(422);
    assert_eq!(
        refused["message"],
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
    );
    assert_eq!(
        refused["details"]["causes"][0]["field"],
        "resourceVersionMatch"
    );
}

#[tokio::test]
async fn large_lists_are_compressed_for_those_who_accept_it() {
    let server = TestServer::new().await;
    for name in ["a", "b"] {
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
            "data": {"text": "x".repeat(100_000)}});
        server.post(CONFIGMAPS, object).await.expect(201);
    }
    let get = || Request::get(CONFIGMAPS).header("accept-encoding", "gzip");
    let plain = server.get(CONFIGMAPS).await;
    assert!(!plain.headers.contains_key("content-encoding"));
    let request = get().body(Body::empty()).unwrap();
    let response = server.raw(request).await;
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let compressed = response.into_body().collect().await.unwrap().to_bytes();
    assert!(compressed.len() < plain.text.len() / 10);
    let mut text = String::new();
    GzDecoder::new(&compressed[..])
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, plain.text);
    for (address, compresses) in [("192.0.2.1", true), ("::1", false)] {
        let mut request = get().body(Body::empty()).unwrap();
        let remote = Remote(address.parse().unwrap());
        request.extensions_mut().insert(remote);
        let response = server.raw(request).await;
        let is_compressed = response.headers().contains_key("content-encoding");
        assert_eq!(is_compressed, compresses, "{address}");
    }
}

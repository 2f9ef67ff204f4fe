//! Lists and watches as they cross the wire: pages, initial events, bookmarks, time limits, compression, the end.

use std::io::Read;
use std::sync::Arc;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::read::GzDecoder;
use http::header::ACCEPT;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use knarr_api::protobuf;
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
    let initial = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1";
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

/// The text of a watch of the config maps in a form.
async fn watched_as(server: &TestServer, query: &str, accept: &str) -> (StatusCode, String) {
    let watch = Request::get(format!("{CONFIGMAPS}?watch=true&{query}")).header(ACCEPT, accept);
    let answer = server.send(watch.body(Body::empty()).unwrap()).await;
    (answer.code, answer.text)
}

#[tokio::test(start_paused = true)]
async fn bookmarks_have_the_form_that_was_asked_for() {
    let server = with_config_maps(&["a"]).await;
    let query = "allowWatchBookmarks=true&timeoutSeconds=1";
    let bookmark = async |as_: &str| {
        let accept = format!("application/json{as_}");
        let (_, text) = watched_as(&server, query, &accept).await;
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!(last["type"], "BOOKMARK");
        last["object"].clone()
    };
    let metadata = |object: &Value| {
        let version = &object["metadata"]["resourceVersion"];
        assert!(version.is_string());
        json!({"resourceVersion": version, "annotations": {"k8s.io/initial-events-end": "true"}})
    };
    let partial = |metadata: Value| json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata});
    let plain = bookmark("").await;
    assert_eq!(
        plain,
        json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata(&plain)})
    );
    let alone = bookmark(";as=PartialObjectMetadata;g=meta.k8s.io;v=v1").await;
    assert_eq!(alone, partial(metadata(&alone)));
    let table = bookmark(";as=Table;g=meta.k8s.io;v=v1").await;
    assert_eq!(table["rows"][0]["object"], partial(metadata(&table)));
    let unknown = watched_as(&server, query, "application/json;stream=other").await;
    assert_eq!(unknown.0, StatusCode::NOT_ACCEPTABLE);
    let (code, text) = watched_as(&server, query, "application/yaml").await;
    assert_eq!(code, StatusCode::NOT_ACCEPTABLE);
    assert!(text.contains("application/json;stream=watch"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn metadata_is_watched_in_protobuf() {
    let server = with_config_maps(&["a"]).await;
    let accept = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    let watch = Request::get(format!("{CONFIGMAPS}?watch=true&timeoutSeconds=5"));
    let watch = watch.header(ACCEPT, accept).body(Body::empty()).unwrap();
    let answer = server.raw(watch).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let frames = answer.into_body();
    let frames = frames.collect().await.unwrap().to_bytes();
    let event = protobuf::decode_event(&frames[4..]).unwrap();
    assert_eq!(event["type"], "ADDED");
    assert_eq!(event["object"]["kind"], "PartialObjectMetadata");
    assert_eq!(event["object"]["metadata"]["name"], "a");
}

#[tokio::test(start_paused = true)]
async fn a_watch_may_start_where_nobody_is_yet() {
    let server = with_config_maps(&["a"]).await;
    let future = "resourceVersion=1000000&timeoutSeconds=5";
    assert_eq!(watched(&server, future).await, [""; 0]);
    let initial = format!("{future}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
    let (code, text) = watched_as(&server, &initial, "application/json").await;
    let event: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &event["type"]), (StatusCode::OK, &"ERROR".into()));
    assert_eq!(event["object"]["code"], 504);
    assert_eq!(watched(&server, "timeoutSeconds=-1").await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_bookmark_comes_about_every_minute_and_before_the_end() {
    let server = with_config_maps(&["a"]).await;
    let list = server.get(CONFIGMAPS).await.expect(200);
    let version = list["metadata"]["resourceVersion"].as_str().unwrap();
    let query = format!("resourceVersion={version}&timeoutSeconds=150");
    let shown = watched(&server, &format!("{query}&allowWatchBookmarks=true")).await;
    assert_eq!(shown, ["BOOKMARK ", "BOOKMARK ", "BOOKMARK "]);
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

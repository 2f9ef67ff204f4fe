//! Definitions and their objects as the conformance of their behaviours describes them.

use serde_json::{Value, json};

use super::{names, watched};
use crate::testing::TestServer;
use crate::testing::webhook::TestWebhook;

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const DEFINITION: &str =
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/foos.tried.example.com";

fn foos(version: &str) -> String {
    format!("/apis/tried.example.com/{version}/namespaces/default/foos")
}

fn version(name: &str, stored: bool, schema: Value) -> Value {
    json!({"name": name, "served": true, "storage": stored, "schema": {"openAPIV3Schema": schema}})
}

fn definition(plural: &str, versions: Value) -> Value {
    let kind = format!(
        "{}{}",
        plural[..1].to_uppercase(),
        &plural[1..plural.len() - 1]
    );
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.tried.example.com"), "labels": {"tried": plural}},
        "spec": {"group": "tried.example.com", "scope": "Namespaced", "names": {"plural": plural, "kind": kind},
            "versions": versions}})
}

fn loose() -> Value {
    json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

async fn defined(definition: Value) -> TestServer {
    let server = TestServer::new().await;
    server.post(DEFINITIONS, definition).await.expect(201);
    server
        .until(&foos("v1"), |answer| answer.code.as_u16() == 200)
        .await;
    server
}

fn foo(version: &str, name: &str, spec: Value) -> Value {
    json!({"apiVersion": format!("tried.example.com/{version}"), "kind": "Foo",
        "metadata": {"name": name}, "spec": spec})
}

#[tokio::test]
async fn definitions_are_listed_and_deleted_by_their_label() {
    let server = TestServer::new().await;
    let versions = json!([version("v1", true, loose())]);
    for index in 0..10 {
        let mut one = definition(&format!("n{index}foos"), versions.clone());
        one["metadata"]["labels"] = json!({"tried": "many"});
        server.post(DEFINITIONS, one).await.expect(201);
    }
    server
        .post(DEFINITIONS, definition("foos", versions))
        .await
        .expect(201);
    let many = format!("{DEFINITIONS}?labelSelector=tried=many");
    assert_eq!(names(&server.get(&many).await.expect(200)).len(), 10);
    server.delete(&many).await.expect(200);
    server
        .until(&many, |answer| names(&answer.json()).is_empty())
        .await;
    server.get(DEFINITION).await.expect(200);
}

#[tokio::test]
async fn a_watch_of_definitions_and_of_their_objects_sees_them_come_and_go() {
    let server = TestServer::new().await;
    let from = server.get(DEFINITIONS).await.expect(200)["metadata"]["resourceVersion"].clone();
    let from = from.as_str().unwrap_or_default();
    server
        .post(
            DEFINITIONS,
            definition("foos", json!([version("v1", true, loose())])),
        )
        .await
        .expect(201);
    let foos = foos("v1");
    server
        .until(&foos, |answer| answer.code.as_u16() == 200)
        .await;
    let objects_from = server.get(&foos).await.expect(200)["metadata"]["resourceVersion"].clone();
    server
        .post(&foos, foo("v1", "a", json!({})))
        .await
        .expect(201);
    let one = format!("{foos}/a");
    server
        .patch("merge", &one, json!({"spec": {"a": 1}}))
        .await
        .expect(200);
    server.delete(&one).await.expect(200);
    let query = format!(
        "resourceVersion={}",
        objects_from.as_str().unwrap_or_default()
    );
    let kinds: Vec<String> = watched(&server, &foos, &query)
        .await
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds, ["ADDED", "MODIFIED", "DELETED"]);
    server.delete(DEFINITION).await.expect(200);
    server
        .until(DEFINITION, |answer| answer.code.as_u16() == 404)
        .await;
    let kinds: Vec<String> = watched(&server, DEFINITIONS, &format!("resourceVersion={from}"))
        .await
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds.first().map(String::as_str), Some("ADDED"));
    assert!(kinds.iter().any(|kind| kind == "MODIFIED"));
    assert_eq!(kinds.last().map(String::as_str), Some("DELETED"));
}

/// A default that comes later is seen in what was stored before it.
#[tokio::test]
async fn defaults_are_filled_in_from_requests_and_from_the_store() {
    let spec = |properties: Value| json!({"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}});
    let string = json!({"type": "string"});
    let versions = json!([version("v1", true, spec(json!({"a": string, "b": string})))]);
    let server = defined(definition("foos", versions)).await;
    let foos = foos("v1");
    server
        .post(&foos, foo("v1", "first", json!({})))
        .await
        .expect(201);
    let set = |properties: Value| {
        let path = "/spec/versions/0/schema/openAPIV3Schema";
        json!([{"op": "replace", "path": path, "value": spec(properties)}])
    };
    let first = format!("{foos}/first");
    let with_a = set(json!({"a": {"type": "string", "default": "A"}, "b": string}));
    server.patch("json", DEFINITION, with_a).await.expect(200);
    server
        .until(&first, |answer| answer.json()["spec"]["a"] == "A")
        .await;
    assert_eq!(
        server.get(&foos).await.expect(200)["items"][0]["spec"]["a"],
        "A"
    );
    let second = server
        .post(&foos, foo("v1", "second", json!({})))
        .await
        .expect(201);
    assert_eq!(second["spec"], json!({"a": "A"}));
    let with_b = set(json!({"a": string, "b": {"type": "string", "default": "B"}}));
    server.patch("json", DEFINITION, with_b).await.expect(200);
    let second = format!("{foos}/second");
    let read = server
        .until(&second, |answer| answer.json()["spec"]["b"] == "B")
        .await;
    assert_eq!(
        read.json()["spec"],
        json!({"a": "A", "b": "B"}),
        "what was stored stays"
    );
    assert_eq!(
        server.get(&first).await.expect(200)["spec"],
        json!({"b": "B"})
    );
}

/// A webhook that gives and takes the field `hostPort` of v1 as `host` and `port` of v2.
fn convert(request: &Value) -> Value {
    let wanted = request["desiredAPIVersion"].clone();
    let objects = request["objects"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|object| {
            let mut object = object.clone();
            if object["apiVersion"] == wanted {
                return object;
            }
            let spec = object["spec"].clone();
            let text = |field: &str| spec[field].as_str().unwrap_or_default().to_owned();
            object["apiVersion"] = wanted.clone();
            object["spec"] = match text("hostPort").split_once(':') {
                Some((host, port)) => json!({"host": host, "port": port}),
                None => json!({"hostPort": format!("{}:{}", text("host"), text("port"))}),
            };
            object
        });
    json!({"convertedObjects": objects.collect::<Vec<_>>(), "result": {"status": "Success"}})
}

fn converted(webhook: &TestWebhook) -> Value {
    let mut definition = definition(
        "foos",
        json!([version("v1", true, loose()), version("v2", false, loose())]),
    );
    for (index, field) in ["hostPort", "host"].iter().enumerate() {
        definition["spec"]["versions"][index]["selectableFields"] =
            json!([{"jsonPath": format!(".spec.{field}")}]);
        definition["spec"]["versions"][index]["schema"]["openAPIV3Schema"]["properties"] = json!({"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
                "properties": {*field: {"type": "string"}}}});
    }
    definition["spec"]["conversion"] = json!({"strategy": "Webhook", "webhook":
        {"clientConfig": webhook.client_config("/convert"), "conversionReviewVersions": ["v1"]}});
    definition
}

#[tokio::test]
async fn objects_of_several_stored_versions_are_read_in_any() {
    let webhook = TestWebhook::new(convert).await;
    let server = defined(converted(&webhook)).await;
    server
        .post(&foos("v1"), foo("v1", "one", json!({"hostPort": "a:80"})))
        .await
        .expect(201);
    let read = server.get(&format!("{}/one", foos("v2"))).await.expect(200);
    assert_eq!(read["apiVersion"], "tried.example.com/v2");
    assert_eq!(read["spec"], json!({"host": "a", "port": "80"}));
    let store_second = json!([{"op": "replace", "path": "/spec/versions/0/storage", "value": false},
        {"op": "replace", "path": "/spec/versions/1/storage", "value": true}]);
    server
        .patch("json", DEFINITION, store_second)
        .await
        .expect(200);
    server
        .until(DEFINITION, |answer| {
            answer.json()["status"]["storedVersions"] == json!(["v1", "v2"])
        })
        .await;
    server
        .post(&foos("v1"), foo("v1", "two", json!({"hostPort": "b:81"})))
        .await
        .expect(201);
    let second = server.get(&foos("v2")).await.expect(200);
    let specs: Vec<_> = second["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| item["spec"].clone())
        .collect();
    assert_eq!(
        specs,
        [
            json!({"host": "a", "port": "80"}),
            json!({"host": "b", "port": "81"})
        ]
    );
    let first = server.get(&foos("v1")).await.expect(200);
    let specs: Vec<_> = first["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| item["spec"].clone())
        .collect();
    assert_eq!(
        specs,
        [json!({"hostPort": "a:80"}), json!({"hostPort": "b:81"})]
    );
}

#[tokio::test]
async fn objects_are_selected_and_watched_by_fields_of_each_version() {
    let webhook = TestWebhook::new(convert).await;
    let server = defined(converted(&webhook)).await;
    let from = server.get(&foos("v1")).await.expect(200)["metadata"]["resourceVersion"].clone();
    for (name, spec) in [
        ("one", "host1:80"),
        ("two", "host2:8080"),
        ("three", "host1:81"),
    ] {
        server
            .post(&foos("v1"), foo("v1", name, json!({"hostPort": spec})))
            .await
            .expect(201);
    }
    let first = server
        .get(&format!(
            "{}?fieldSelector=spec.hostPort=host1:80",
            foos("v1")
        ))
        .await;
    assert_eq!(names(&first.expect(200)), ["one"]);
    let second = server
        .get(&format!("{}?fieldSelector=spec.host=host1", foos("v2")))
        .await;
    assert_eq!(names(&second.expect(200)), ["one", "three"]);
    // An object that no longer is what is watched for is gone from the watch.
    let moved = json!({"spec": {"host": "host9"}});
    server
        .patch("merge", &format!("{}/three", foos("v2")), moved)
        .await
        .expect(200);
    server
        .delete(&format!("{}/one", foos("v2")))
        .await
        .expect(200);
    let query = format!(
        "resourceVersion={}&fieldSelector=spec.host=host1",
        from.as_str().unwrap_or_default()
    );
    let seen: Vec<_> = watched(&server, &foos("v2"), &query)
        .await
        .into_iter()
        .map(|(kind, object)| {
            format!(
                "{kind} {}",
                object["metadata"]["name"].as_str().unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        seen,
        ["ADDED one", "ADDED three", "DELETED three", "DELETED one"]
    );
}

/// A schema that becomes stricter does not lock up what is stored (KEP-4008).
#[tokio::test]
async fn what_was_invalid_before_may_stay_in_an_update() {
    let spec = |properties: Value| json!({"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}});
    let (text, list) = (
        json!({"type": "string"}),
        json!({"type": "array", "items": {"type": "string"}}),
    );
    let properties = json!({"name": text, "other": text, "tags": list});
    let server = defined(definition(
        "foos",
        json!([version("v1", true, spec(properties))]),
    ))
    .await;
    let one = format!("{}/one", foos("v1"));
    let stored = foo("v1", "one", json!({"name": "UPPER", "tags": ["a", "a"]}));
    server.post(&foos("v1"), stored).await.expect(201);
    let mut strict = json!({"name": text, "other": text, "tags": list});
    strict["name"]["pattern"] = "^[a-z]+$".into();
    strict["tags"]["x-kubernetes-list-type"] = "set".into();
    let path = "/spec/versions/0/schema/openAPIV3Schema";
    let stricter = json!([{"op": "replace", "path": path, "value": spec(strict)}]);
    server.patch("json", DEFINITION, stricter).await.expect(200);
    let new = foo("v1", "two", json!({"name": "UPPER"}));
    let dry = format!("{}?dryRun=All", foos("v1"));
    server
        .until_posted(&dry, &new, |answer| answer.code.as_u16() == 422)
        .await;
    let twice = foo("v1", "two", json!({"name": "lower", "tags": ["a", "a"]}));
    server.post(&foos("v1"), twice).await.expect(422);
    server
        .patch("merge", &one, json!({"spec": {"other": "changed"}}))
        .await
        .expect(200);
    server
        .patch("merge", &one, json!({"spec": {"name": "OTHER"}}))
        .await
        .expect(422);
}

//! What clients find out about the API.

use axum::body::Body;
use http::HeaderValue;
use http::header::ACCEPT;
use serde_json::{Value, json};

use crate::UserInfo;
use crate::testing::{Answer, TestServer, request};

async fn get_as(server: &TestServer, path: &str, accept: &'static str) -> Answer {
    let mut asked = request("GET", path, "", Body::empty());
    asked
        .headers_mut()
        .insert(ACCEPT, HeaderValue::from_static(accept));
    server.send(asked).await
}

#[tokio::test]
async fn every_group_prefers_one_of_its_versions_and_lists_its_resources() {
    let server = TestServer::new().await;
    let groups = server.get("/apis").await.expect(200);
    let groups = groups["groups"].as_array().cloned().unwrap_or_default();
    assert!(groups.len() > 15);
    for group in &groups {
        let versions = group["versions"].as_array().cloned().unwrap_or_default();
        assert!(versions.contains(&group["preferredVersion"]), "{group}");
        let name = group["name"].as_str().unwrap_or_default();
        let alone = server.get(&format!("/apis/{name}")).await.expect(200);
        assert_eq!(alone["versions"], group["versions"]);
        for version in &versions {
            let group_version = version["groupVersion"].as_str().unwrap_or_default();
            let list = server
                .get(&format!("/apis/{group_version}"))
                .await
                .expect(200);
            assert_eq!(list["groupVersion"], group_version);
            let resources = list["resources"].as_array().cloned().unwrap_or_default();
            assert!(!resources.is_empty());
            for resource in resources {
                for field in ["name", "kind"] {
                    assert!(
                        resource[field]
                            .as_str()
                            .is_some_and(|text| !text.is_empty()),
                        "{resource}"
                    );
                }
                assert!(resource["verbs"].is_array(), "{resource}");
            }
        }
    }
}

#[tokio::test]
async fn definitions_themselves_are_found() {
    let server = TestServer::new().await;
    let list = server
        .get("/apis/apiextensions.k8s.io/v1")
        .await
        .expect(200);
    let names: Vec<_> = list["resources"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one["name"].clone())
        .collect();
    assert_eq!(
        names,
        [
            "customresourcedefinitions",
            "customresourcedefinitions/status"
        ]
    );
}

/// What does not know tables (a review) says so.
#[tokio::test]
async fn a_table_of_what_has_none_is_not_acceptable() {
    let server = TestServer::new().await;
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}});
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let mut asked = request("POST", path, "application/json", review.to_string().into());
    let accept = HeaderValue::from_static("application/json;as=Table;v=v1;g=meta.k8s.io");
    asked.headers_mut().insert(ACCEPT, accept);
    let refused = server.send(asked).await.expect(406);
    assert_eq!(refused["reason"], "NotAcceptable");
}

/// Versions, as names with the properties of their schemas.
fn definition(plural: &str, versions: &[(&str, Value)]) -> Value {
    let kind = format!(
        "{}{}",
        plural[..1].to_uppercase(),
        &plural[1..plural.len() - 1]
    );
    let versions: Vec<Value> = versions
        .iter()
        .enumerate()
        .map(|(index, (name, schema))| {
            json!({"name": name, "served": true, "storage": index == 0, "schema": {"openAPIV3Schema": schema}})
        })
        .collect();
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.tried.example.com")},
        "spec": {"group": "tried.example.com", "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind}, "versions": versions}})
}

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

fn schema() -> Value {
    json!({"type": "object", "description": "Foo CRD for Testing", "properties": {
        "spec": {"type": "object", "required": ["bars"], "properties": {
            "bars": {"type": "array", "items": {"type": "object", "required": ["name"],
                "properties": {"name": {"type": "string", "description": "Name of Bar."}}}}}},
        "loose": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})
}

fn loose() -> Value {
    json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

/// The names of the resources that aggregated discovery shows in a version of the group.
fn resources(groups: &Value, version: &str) -> Vec<Value> {
    let all = groups["items"].as_array().into_iter().flatten();
    all.filter(|group| group["metadata"]["name"] == "tried.example.com")
        .flat_map(|group| group["versions"].as_array().into_iter().flatten())
        .filter(|one| one["version"] == version)
        .flat_map(|one| one["resources"].as_array().into_iter().flatten())
        .map(|resource| resource["resource"].clone())
        .collect()
}

#[tokio::test]
async fn custom_resources_are_in_aggregated_discovery() {
    const ACCEPTED: &str =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    let server = TestServer::new().await;
    server
        .post(DEFINITIONS, definition("foos", &[("v1", schema())]))
        .await
        .expect(201);
    server
        .post(DEFINITIONS, definition("bars", &[("v2", loose())]))
        .await
        .expect(201);
    server
        .until("/apis/tried.example.com/v2", |answer| {
            answer.code.as_u16() == 200
        })
        .await;
    server
        .until("/apis/tried.example.com/v1", |answer| {
            answer.code.as_u16() == 200
        })
        .await;
    let found = get_as(&server, "/apis", ACCEPTED).await;
    let kind = found.headers["content-type"]
        .to_str()
        .unwrap_or_default()
        .to_owned();
    assert!(kind.contains("as=APIGroupDiscoveryList"), "{kind}");
    let found = found.expect(200);
    assert_eq!(resources(&found, "v1"), ["foos"]);
    assert_eq!(resources(&found, "v2"), ["bars"]);
    assert_eq!(
        get_as(&server, "/api", ACCEPTED).await.expect(200)["items"][0]["versions"][0]["version"],
        "v1"
    );
}

/// The definition of a kind in the second version of OpenAPI, once it is there.
async fn published(server: &TestServer, version: &str, kind: &str) -> Value {
    let name = format!("com.example.tried.{version}.{kind}");
    let answer = server
        .until("/openapi/v2", |answer| {
            answer.json()["definitions"].get(&name).is_some()
        })
        .await;
    answer.json()["definitions"][&name].clone()
}

#[tokio::test]
async fn schemas_of_custom_resources_are_published() {
    let server = TestServer::new().await;
    server
        .post(
            DEFINITIONS,
            definition("foos", &[("v1", schema()), ("v2", schema())]),
        )
        .await
        .expect(201);
    server
        .post(DEFINITIONS, definition("wilds", &[("v1", loose())]))
        .await
        .expect(201);
    for version in ["v1", "v2"] {
        let foo = published(&server, version, "Foo").await;
        assert_eq!(foo["description"], "Foo CRD for Testing");
        let spec = &foo["properties"]["spec"];
        assert_eq!(spec["required"], json!(["bars"]));
        let bar = &spec["properties"]["bars"]["items"]["properties"]["name"];
        assert_eq!(
            bar,
            &json!({"type": "string", "description": "Name of Bar."})
        );
        assert_eq!(
            foo["properties"]["loose"]["x-kubernetes-preserve-unknown-fields"],
            true
        );
        let marks = json!([{"group": "tried.example.com", "version": version, "kind": "Foo"}]);
        assert_eq!(foo["x-kubernetes-group-version-kind"], marks);
        assert!(foo["properties"]["metadata"].is_object(), "{foo}");
        let path = format!("/openapi/v3/apis/tried.example.com/{version}");
        let third = server
            .until(&path, |answer| answer.code.as_u16() == 200)
            .await
            .json();
        let name = format!("com.example.tried.{version}.Foo");
        assert_eq!(
            third["components"]["schemas"][&name]["properties"]["spec"],
            *spec
        );
    }
    let wild = published(&server, "v1", "Wild").await;
    assert_eq!(wild["x-kubernetes-preserve-unknown-fields"], true);
}

#[tokio::test]
async fn a_renamed_version_is_published_under_its_new_name() {
    let server = TestServer::new().await;
    let made = definition("foos", &[("v2", schema()), ("v3", schema())]);
    server.post(DEFINITIONS, made).await.expect(201);
    let before = published(&server, "v3", "Foo").await;
    let rename = json!([{"op": "test", "path": "/spec/versions/1/name", "value": "v3"},
        {"op": "replace", "path": "/spec/versions/1/name", "value": "v4"}]);
    let path = format!("{DEFINITIONS}/foos.tried.example.com");
    server.patch("json", &path, rename).await.expect(200);
    let after = published(&server, "v4", "Foo").await;
    assert_eq!(after["properties"]["spec"], before["properties"]["spec"]);
    let whole = server.get("/openapi/v2").await.expect(200);
    assert!(
        whole["definitions"]
            .get("com.example.tried.v3.Foo")
            .is_none()
    );
    published(&server, "v2", "Foo").await;
    // What is no longer served is no longer published.
    let unserved = json!([{"op": "replace", "path": "/spec/versions/1/served", "value": false}]);
    server.patch("json", &path, unserved).await.expect(200);
    server
        .until("/openapi/v2", |answer| {
            answer.json()["definitions"]
                .get("com.example.tried.v4.Foo")
                .is_none()
        })
        .await;
}

/// RFC 6797: browsers use nothing but TLS from then on.
#[tokio::test]
async fn every_answer_tells_of_strict_transport_security_if_it_is_asked_for() {
    let server = TestServer::with(|config| {
        config.strict_transport_security = Some(HeaderValue::from_static("max-age=9"));
    })
    .await;
    for path in ["/version", "/api/v1/nodes/none"] {
        let answer = server.raw(request("GET", path, "", Body::empty())).await;
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=9");
    }
}

/// KEP-4827 and KEP-4828: text for people, an object for who names it, and neither for who may not.
#[tokio::test]
async fn the_server_tells_of_itself() {
    let server = TestServer::with(|config| {
        config.flags.insert("secure-port".into(), "6443".into());
    })
    .await;
    let text = server.get("/flagz").await.text;
    assert!(text.starts_with("\napiserver flagz\nWarning: "), "{text}");
    assert!(text.ends_with("\nsecure-port=6443\n"), "{text}");
    let ask = |accept| get_as(&server, "/statusz", accept);
    let object = ask("application/json;v=v1beta1;g=config.k8s.io;as=Statusz").await;
    let object = object.expect(200);
    let told = json!([object["kind"], object["metadata"]["name"], object["paths"]]);
    let paths = json!([
        "/flagz", "/healthz", "/livez", "/metrics", "/readyz", "/statusz", "/version"
    ]);
    assert_eq!(told, json!(["Statusz", "apiserver", paths]));
    let refused = ask("application/json").await.expect(406);
    assert_eq!(refused["reason"], "NotAcceptable");
    let nobody = server.acting_as(UserInfo::anonymous());
    nobody.get("/statusz").await.expect(403);
}

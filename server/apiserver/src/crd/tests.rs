//! Custom resources as clients see them.

use axum::body::Body;
use http::header::ACCEPT;
use serde_json::{Value, json};

use crate::testing::{Answer, TestServer, request};

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const CRONTABS: &str = "/apis/stable.example.com/v1/namespaces/default/crontabs";

fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "crontabs.stable.example.com"},
        "spec": {
            "group": "stable.example.com",
            "scope": "Namespaced",
            "names": {"plural": "crontabs", "singular": "crontab", "kind": "CronTab", "shortNames": ["ct"],
                "categories": ["all"]},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "required": ["cron"], "properties": {
                        "cron": {"type": "string", "pattern": "^\\S+( \\S+)*$"},
                        "image": {"type": "string", "default": "busybox"},
                        "replicas": {"type": "integer", "minimum": 0, "maximum": 10},
                        "hosts": {"type": "array", "x-kubernetes-list-type": "map",
                            "x-kubernetes-list-map-keys": ["name"], "items": {"type": "object",
                                "required": ["name"], "properties": {"name": {"type": "string"},
                                    "port": {"type": "integer"}}}},
                    }},
                    "status": {"type": "object", "properties": {"replicas": {"type": "integer"},
                        "selector": {"type": "string"}}},
                }}},
                "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.replicas",
                    "statusReplicasPath": ".status.replicas", "labelSelectorPath": ".status.selector"}},
                "selectableFields": [{"jsonPath": ".spec.image"}],
                "additionalPrinterColumns": [{"name": "Cron", "type": "string", "jsonPath": ".spec.cron"}],
            }, {
                "name": "v1beta1", "served": true, "storage": false, "deprecated": true,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
            }],
        },
    })
}

fn crontab(name: &str, spec: Value) -> Value {
    json!({"apiVersion": "stable.example.com/v1", "kind": "CronTab", "metadata": {"name": name}, "spec": spec})
}

/// Asks until the answer is as wanted.
async fn until(server: &TestServer, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
    server.until(path, wanted).await
}

fn has_condition(answer: &Answer, name: &str, status: &str) -> bool {
    let conditions = answer.json()["status"]["conditions"].clone();
    let conditions = conditions.as_array().cloned().unwrap_or_default();
    conditions
        .iter()
        .any(|one| one["type"] == name && one["status"] == status)
}

async fn established(definition: Value) -> TestServer {
    let server = TestServer::new().await;
    establish(&server, definition).await;
    server
}

async fn establish(server: &TestServer, definition: Value) {
    let name = definition["metadata"]["name"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    server.post(DEFINITIONS, definition).await.expect(201);
    let path = format!("{DEFINITIONS}/{name}");
    until(server, &path, |answer| {
        has_condition(answer, "Established", "True")
    })
    .await;
}

#[tokio::test]
async fn an_object_is_pruned_completed_and_checked() {
    let server = established(definition()).await;
    let created = server
        .post(CRONTABS, crontab("a", json!({"cron": "* *", "other": 1})))
        .await;
    let warning = created.headers["warning"]
        .to_str()
        .unwrap_or_default()
        .to_owned();
    assert_eq!(warning, r#"299 - "unknown field \"spec.other\"""#);
    let created = created.expect(201);
    assert_eq!(created["spec"], json!({"cron": "* *", "image": "busybox"}));
    assert_eq!(created["metadata"]["generation"], 1);
    let strict = server
        .post(
            &format!("{CRONTABS}?fieldValidation=Strict"),
            crontab("b", json!({"cron": "*", "other": 1})),
        )
        .await;
    assert_eq!(
        strict.expect(400)["message"],
        "CronTab in version \"v1\" cannot be handled as a CronTab: strict decoding error: unknown field \"spec.other\""
    );
    let invalid = server
        .post(CRONTABS, crontab("b", json!({"cron": 5, "replicas": 11})))
        .await
        .expect(422);
    assert_eq!(
        invalid["message"],
        "CronTab.stable.example.com \"b\" is invalid: [spec.cron: Invalid value: \"integer\": spec.cron in body must be of type string: \"integer\", spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10]"
    );
}

#[tokio::test]
async fn rules_of_the_definition_are_asked() {
    let mut with_rules = definition();
    with_rules["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["x-kubernetes-validations"] = json!([
        {"rule": "self.replicas <= size(self.hosts)", "message": "more replicas than hosts"},
        {"rule": "self.cron == oldSelf.cron", "message": "cron is immutable"},
    ]);
    let mut unusable = with_rules.clone();
    unusable["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["x-kubernetes-validations"]
        [0]["rule"] = "self.nothing > 1".into();
    let server = established(with_rules).await;
    let hosts = json!([{"name": "a"}]);
    let spec =
        |cron: &str, replicas: u32| json!({"cron": cron, "replicas": replicas, "hosts": hosts});
    let refused = server.post(CRONTABS, crontab("a", spec("* *", 2))).await;
    assert_eq!(
        refused.expect(422)["message"],
        "CronTab.stable.example.com \"a\" is invalid: spec: Invalid value: more replicas than hosts"
    );
    let good = server.post(CRONTABS, crontab("a", spec("* *", 1))).await;
    let mut changed = good.expect(201);
    changed["spec"]["cron"] = "1 1".into();
    let refused = server.put(&format!("{CRONTABS}/a"), changed).await;
    assert_eq!(
        refused.expect(422)["details"]["causes"][0]["message"],
        "Invalid value: cron is immutable"
    );
    unusable["metadata"]["name"] = "crontabs.other.example.com".into();
    unusable["spec"]["group"] = "other.example.com".into();
    let refused = server.post(DEFINITIONS, unusable).await.expect(422);
    let field = &refused["details"]["causes"][0]["field"];
    assert_eq!(
        field,
        "spec.versions[0].schema.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule"
    );
}

#[tokio::test]
async fn status_and_scale_are_apart() {
    let server = established(definition()).await;
    let mut object = crontab("a", json!({"cron": "*", "replicas": 2}));
    object["status"] = json!({"replicas": 7});
    let created = server.post(CRONTABS, object).await.expect(201);
    assert_eq!(created.get("status"), None);
    let path = format!("{CRONTABS}/a");
    let patched = server
        .patch(
            "merge",
            &format!("{path}/status"),
            json!({"status": {"replicas": 1, "selector": "a=b"}, "spec": {"cron": "x"}}),
        )
        .await
        .expect(200);
    assert_eq!(patched["spec"]["cron"], "*");
    assert_eq!(patched["metadata"]["generation"], 1);
    let scale = server.get(&format!("{path}/scale")).await.expect(200);
    assert_eq!(scale["spec"], json!({"replicas": 2}));
    assert_eq!(scale["status"], json!({"replicas": 1, "selector": "a=b"}));
    let scaled = server
        .patch(
            "merge",
            &format!("{path}/scale"),
            json!({"spec": {"replicas": 4}}),
        )
        .await
        .expect(200);
    assert_eq!(scaled["spec"]["replicas"], 4);
    let after = server.get(&path).await.expect(200);
    assert_eq!(after["metadata"]["generation"], 2);
    let beyond = server
        .patch(
            "merge",
            &format!("{path}/scale"),
            json!({"spec": {"replicas": 40}}),
        )
        .await;
    assert_eq!(beyond.code, 422, "{}", beyond.text);
}

#[tokio::test]
async fn versions_share_their_objects() {
    let server = established(definition()).await;
    server
        .post(CRONTABS, crontab("a", json!({"cron": "*"})))
        .await
        .expect(201);
    let beta = "/apis/stable.example.com/v1beta1/namespaces/default/crontabs";
    let read = server.get(&format!("{beta}/a")).await;
    assert_eq!(
        read.headers["warning"],
        "299 - \"stable.example.com/v1beta1 CronTab is deprecated\""
    );
    let mut read = read.expect(200);
    assert_eq!(read["apiVersion"], "stable.example.com/v1beta1");
    read["spec"]["cron"] = "@daily".into();
    let written = server.put(&format!("{beta}/a"), read).await.expect(200);
    assert_eq!(written["apiVersion"], "stable.example.com/v1beta1");
    let stored = server.get(&format!("{CRONTABS}/a")).await.expect(200);
    assert_eq!(stored["apiVersion"], "stable.example.com/v1");
    assert_eq!(stored["spec"]["cron"], "@daily");
    let list = server.get(beta).await.expect(200);
    assert_eq!(list["kind"], "CronTabList");
    assert_eq!(list["items"][0]["apiVersion"], "stable.example.com/v1beta1");
}

#[tokio::test]
async fn objects_are_selected_and_shown_as_the_definition_says() {
    let server = established(definition()).await;
    for (name, image) in [("a", "one"), ("b", "two")] {
        let object = crontab(name, json!({"cron": "*", "image": image}));
        server.post(CRONTABS, object).await.expect(201);
    }
    let selected = server
        .get(&format!("{CRONTABS}?fieldSelector=spec.image%3Dtwo"))
        .await
        .expect(200);
    assert_eq!(selected["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(selected["items"][0]["metadata"]["name"], "b");
    let unknown = server
        .get(&format!("{CRONTABS}?fieldSelector=spec.cron%3Dx"))
        .await
        .expect(400);
    assert_eq!(unknown["message"], "field label not supported: spec.cron");
    let mut table = request("GET", CRONTABS, "", Body::empty());
    table.headers_mut().insert(
        ACCEPT,
        "application/json;as=Table;v=v1;g=meta.k8s.io"
            .parse()
            .expect("a header"),
    );
    let table = server.send(table).await.expect(200);
    assert_eq!(table["rows"][0]["cells"], json!(["a", "*"]));
    let found = server.get("/apis/stable.example.com/v1").await.expect(200);
    assert_eq!(found["resources"][0]["shortNames"], json!(["ct"]));
    let verbs = found["resources"][0]["verbs"].as_array().map(Vec::len);
    assert_eq!(verbs, Some(8), "{found}");
    let group = server.get("/apis/stable.example.com").await.expect(200);
    assert_eq!(group["preferredVersion"]["version"], "v1");
}

#[tokio::test]
async fn managers_own_items_of_map_lists() {
    let server = established(definition()).await;
    let path = format!("{CRONTABS}/a");
    let apply = |manager: &'static str, hosts: Value| {
        let body = crontab("a", json!({"cron": "*", "hosts": hosts}));
        let path = format!("{path}?fieldManager={manager}");
        let server = &server;
        async move { server.patch("apply", &path, body).await }
    };
    apply("one", json!([{"name": "x", "port": 1}]))
        .await
        .expect(201);
    let both = apply("two", json!([{"name": "y", "port": 2}]))
        .await
        .expect(200);
    assert_eq!(both["spec"]["hosts"].as_array().map(Vec::len), Some(2));
    let conflict = apply("two", json!([{"name": "x", "port": 3}]))
        .await
        .expect(409);
    assert_eq!(
        conflict["message"],
        "Apply failed with 1 conflict: conflict with \"one\": .spec.hosts[name=\"x\"].port"
    );
    let owned = &both["metadata"]["managedFields"][1]["fieldsV1"]["f:spec"];
    assert!(
        owned["f:hosts"].get("k:{\"name\":\"y\"}").is_some(),
        "{owned}"
    );
}

#[tokio::test]
async fn a_definition_goes_with_its_objects() {
    let server = established(definition()).await;
    let mut held = crontab("a", json!({"cron": "*"}));
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    server.post(CRONTABS, held).await.expect(201);
    server
        .post(CRONTABS, crontab("b", json!({"cron": "*"})))
        .await
        .expect(201);
    let path = format!("{DEFINITIONS}/crontabs.stable.example.com");
    server.delete(&path).await.expect(200);
    until(&server, &format!("{CRONTABS}/b"), |answer| {
        answer.code == 404
    })
    .await;
    let refused = server
        .post(CRONTABS, crontab("c", json!({"cron": "*"})))
        .await
        .expect(403);
    assert_eq!(
        refused["message"],
        "crontabs.stable.example.com \"c\" is forbidden: create not allowed while custom resource definition is terminating"
    );
    assert!(has_condition(
        &server.get(&path).await,
        "Terminating",
        "True"
    ));
    server
        .patch(
            "merge",
            &format!("{CRONTABS}/a"),
            json!({"metadata": {"finalizers": null}}),
        )
        .await
        .expect(200);
    until(&server, &path, |answer| answer.code == 404).await;
    until(&server, CRONTABS, |answer| answer.code == 404).await;
}

#[tokio::test]
async fn names_that_are_taken_are_not_served() {
    let server = established(definition()).await;
    let mut other = definition();
    other["metadata"]["name"] = "tabs.stable.example.com".into();
    other["spec"]["names"] = json!({"plural": "tabs", "singular": "tab", "kind": "CronTab"});
    server.post(DEFINITIONS, other).await.expect(201);
    let path = format!("{DEFINITIONS}/tabs.stable.example.com");
    until(&server, &path, |answer| {
        has_condition(answer, "NamesAccepted", "False")
    })
    .await;
    let tabs = server
        .get("/apis/stable.example.com/v1/namespaces/default/tabs")
        .await;
    assert_eq!(tabs.code, 404);
    server
        .delete(&format!("{DEFINITIONS}/crontabs.stable.example.com"))
        .await
        .expect(200);
    until(&server, &path, |answer| {
        has_condition(answer, "Established", "True")
    })
    .await;
}

#[tokio::test]
async fn a_definition_of_2018_is_served() {
    const LEGACY: &str = "/apis/apiextensions.k8s.io/v1beta1/customresourcedefinitions";
    let server = TestServer::new().await;
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1beta1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "etcdclusters.etcd.database.coreos.com"},
        "spec": {"group": "etcd.database.coreos.com", "version": "v1beta2", "scope": "Namespaced",
            "names": {"kind": "EtcdCluster", "plural": "etcdclusters", "shortNames": ["etcd"]},
            "additionalPrinterColumns": [{"name": "Size", "type": "integer", "JSONPath": ".spec.size"}]},
    });
    let made = server.post(LEGACY, definition).await;
    assert_eq!(
        made.headers["warning"],
        "299 - \"apiextensions.k8s.io/v1beta1 CustomResourceDefinition is deprecated in v1.16+, unavailable in v1.22+; use apiextensions.k8s.io/v1 CustomResourceDefinition\""
    );
    let made = made.expect(201);
    assert_eq!(made["spec"]["version"], "v1beta2");
    assert_eq!(made["spec"]["preserveUnknownFields"], true);
    let name = "etcdclusters.etcd.database.coreos.com";
    let now = until(&server, &format!("{DEFINITIONS}/{name}"), |answer| {
        has_condition(answer, "Established", "True")
    })
    .await
    .expect(200);
    assert_eq!(
        now["spec"]["versions"],
        json!([{"name": "v1beta2", "served": true, "storage": true,
            "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}]}])
    );
    let clusters = "/apis/etcd.database.coreos.com/v1beta2/namespaces/default/etcdclusters";
    let object = json!({"apiVersion": "etcd.database.coreos.com/v1beta2", "kind": "EtcdCluster",
        "metadata": {"name": "example"}, "spec": {"size": 3, "anything": {"goes": [1]}}});
    let stored = server.post(clusters, object).await.expect(201);
    assert_eq!(stored["spec"]["anything"], json!({"goes": [1]}));
    let patch = json!({"spec": {"validation": {"openAPIV3Schema": {"properties": {
        "spec": {"properties": {"size": {"type": "integer", "maximum": 7}}}}}}}});
    let path = format!("{LEGACY}/{name}");
    server.patch("merge", &path, patch).await.expect(200);
    let path = format!("{clusters}/example");
    until(&server, &format!("{LEGACY}/{name}"), |answer| {
        answer.json()["spec"]["validation"].is_object()
    })
    .await;
    let refused = server
        .patch("merge", &path, json!({"spec": {"size": 9}}))
        .await;
    assert_eq!(refused.code, 422, "{}", refused.text);
}

#[tokio::test]
async fn what_was_stored_can_be_read_however_deep_it_is() {
    let mut definition = definition();
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["x-kubernetes-preserve-unknown-fields"] =
        true.into();
    let server = established(definition).await;
    let mut refusals = Vec::new();
    for levels in 100..130 {
        let deep = (0..levels).fold(json!(1), |inner, _| json!({"a": inner}));
        let path = format!("{CRONTABS}/deep");
        let created = server
            .post(CRONTABS, crontab("deep", json!({"cron": "*", "x": deep})))
            .await;
        if created.code != 201 {
            refusals.push((created.code.as_u16(), created.message()));
            continue;
        }
        server.get(&path).await.expect(200);
        server.get(CRONTABS).await.expect(200);
        server.delete(&path).await.expect(200);
    }
    let (written, read): (Vec<_>, Vec<_>) = refusals.iter().partition(|(code, _)| *code == 500);
    assert!(!written.is_empty() && !read.is_empty(), "{refusals:?}");
    assert!(
        written
            .iter()
            .all(|(_, message)| message == "exceeded max depth")
    );
    let body =
        "couldn't get version/kind; json parse error: invalid character '{' exceeded max depth";
    assert!(
        read.iter()
            .all(|(code, message)| *code == 400 && message.contains(body)),
        "{read:?}"
    );
}

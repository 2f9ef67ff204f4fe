//! The server as clients see it, asked in process on the memory store.

use axum::body::Body;
use http::HeaderValue;
use http_body_util::BodyExt;
use knarr_api::protobuf;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::testing::{TestServer, request};
use crate::user::UserInfo;

const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";

fn config_map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}})
}

#[tokio::test]
async fn an_object_lives_and_dies() {
    let server = TestServer::new().await;
    let created = server.post(CONFIGMAPS, config_map("one")).await.expect(201);
    assert!(created["metadata"]["uid"].is_string());
    assert!(created["metadata"]["resourceVersion"].is_string());
    let path = format!("{CONFIGMAPS}/one");
    let mut read = server.get(&path).await.expect(200);
    assert_eq!(read, created);
    read["data"]["a"] = "c".into();
    let updated = server.put(&path, read.clone()).await.expect(200);
    assert_ne!(
        updated["metadata"]["resourceVersion"],
        created["metadata"]["resourceVersion"]
    );
    let stale = server.put(&path, read).await;
    assert_eq!(
        stale.message(),
        "Operation cannot be fulfilled on configmaps \"one\": the object has been modified; please apply your changes to the latest version and try again"
    );
    let patched = server
        .patch("merge", &path, json!({"data": {"x": "y"}}))
        .await
        .expect(200);
    assert_eq!(patched["data"], json!({"a": "c", "x": "y"}));
    let deleted = server.delete(&path).await.expect(200);
    assert_eq!(deleted["status"], "Success");
    assert_eq!(
        server.get(&path).await.expect(404)["message"],
        "configmaps \"one\" not found"
    );
}

#[tokio::test]
async fn creating_twice_is_a_conflict() {
    let server = TestServer::new().await;
    server.post(CONFIGMAPS, config_map("one")).await.expect(201);
    let again = server.post(CONFIGMAPS, config_map("one")).await.expect(409);
    assert_eq!(again["message"], "configmaps \"one\" already exists");
}

#[tokio::test]
async fn a_missing_namespace_is_not_found() {
    let server = TestServer::new().await;
    let answer = server
        .post("/api/v1/namespaces/nope/configmaps", config_map("one"))
        .await;
    assert_eq!(
        answer.expect(404)["message"],
        "namespaces \"nope\" not found"
    );
}

#[tokio::test]
async fn lists_are_paged() {
    let server = TestServer::new().await;
    for name in ["a", "b", "c"] {
        server.post(CONFIGMAPS, config_map(name)).await.expect(201);
    }
    let first = server
        .get(&format!("{CONFIGMAPS}?limit=2"))
        .await
        .expect(200);
    assert_eq!(first["kind"], "ConfigMapList");
    assert_eq!(first["items"].as_array().map(Vec::len), Some(2));
    let token = first["metadata"]["continue"].as_str().unwrap_or_default();
    let second = server
        .get(&format!("{CONFIGMAPS}?limit=2&continue={token}"))
        .await
        .expect(200);
    assert_eq!(second["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(second["items"][0]["metadata"]["name"], "c");
}

#[tokio::test]
async fn selectors_select() {
    let server = TestServer::new().await;
    let mut labelled = config_map("b");
    labelled["metadata"]["labels"] = json!({"app": "x"});
    server.post(CONFIGMAPS, config_map("a")).await.expect(201);
    server.post(CONFIGMAPS, labelled).await.expect(201);
    let names = |list: Value| -> Vec<String> {
        let items = list["items"].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .map(|item| item["metadata"]["name"].to_string())
            .collect()
    };
    let list = server
        .get(&format!("{CONFIGMAPS}?labelSelector=app%3Dx"))
        .await
        .expect(200);
    assert_eq!(names(list), ["\"b\""]);
    let list = server
        .get(&format!("{CONFIGMAPS}?fieldSelector=metadata.name!%3Db"))
        .await;
    assert_eq!(names(list.expect(200)), ["\"a\""]);
    let unknown = server
        .get(&format!("{CONFIGMAPS}?fieldSelector=spec.x%3Db"))
        .await;
    assert_eq!(
        unknown.expect(400)["message"],
        "\"spec.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
    );
}

#[tokio::test]
async fn a_watch_tells_of_changes() {
    let server = TestServer::new().await;
    let list = server.get(CONFIGMAPS).await.expect(200);
    let version = list["metadata"]["resourceVersion"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    server.post(CONFIGMAPS, config_map("one")).await.expect(201);
    server
        .delete(&format!("{CONFIGMAPS}/one"))
        .await
        .expect(200);
    let path = format!("{CONFIGMAPS}?watch=1&resourceVersion={version}&timeoutSeconds=1");
    let frames = server.get(&path).await.text;
    let kinds: Vec<String> = frames
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].to_string())
        .collect();
    assert_eq!(kinds, ["\"ADDED\"", "\"DELETED\""]);
}

#[tokio::test]
async fn generated_names() {
    let server = TestServer::new().await;
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "g-"}});
    let created = server.post(CONFIGMAPS, body).await.expect(201);
    let name = created["metadata"]["name"].as_str().unwrap_or_default();
    assert!(name.starts_with("g-") && name.len() == 7, "{name}");
}

#[tokio::test]
async fn dry_run_stores_nothing() {
    let server = TestServer::new().await;
    let path = format!("{CONFIGMAPS}?dryRun=All");
    server.post(&path, config_map("one")).await.expect(201);
    server.get(&format!("{CONFIGMAPS}/one")).await.expect(404);
}

#[tokio::test]
async fn bad_bodies() {
    let server = TestServer::new().await;
    let post = |text: &'static str| {
        server.send(request(
            "POST",
            CONFIGMAPS,
            "application/json",
            Body::from(text),
        ))
    };
    let broken = post("{\"a\":").await.expect(400);
    let message = broken["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input ("), "{message}");
    let protobuf = request("POST", CONFIGMAPS, "application/cbor", Body::empty());
    server.send(protobuf).await.expect(415);
    let large = Body::from(vec![b' '; 4 << 20]);
    let answer = server
        .send(request("POST", CONFIGMAPS, "application/json", large))
        .await;
    assert!(
        answer.expect(413)["message"]
            .as_str()
            .unwrap_or_default()
            .starts_with("Request entity too large")
    );
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": 1}});
    let wrong = server.post(CONFIGMAPS, body).await.expect(400);
    assert!(
        wrong["message"]
            .as_str()
            .unwrap_or_default()
            .contains("json: cannot unmarshal number"),
        "{wrong}"
    );
}

#[tokio::test]
async fn a_legacy_deployment_is_stored_as_apps_v1_with_a_warning() {
    let server = TestServer::new().await;
    let body = json!({"apiVersion": "apps/v1beta1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"template": {"metadata": {"labels": {"app": "d"}},
            "spec": {"containers": [{"name": "c", "image": "i"}]}}}});
    let answer = server
        .post("/apis/apps/v1beta1/namespaces/default/deployments", body)
        .await;
    assert_eq!(
        answer.headers["warning"],
        "299 - \"apps/v1beta1 Deployment is deprecated in v1.8+, unavailable in v1.16+; use apps/v1 Deployment\""
    );
    assert_eq!(answer.expect(201)["apiVersion"], "apps/v1beta1");
    let current = server
        .get("/apis/apps/v1/namespaces/default/deployments/d")
        .await
        .expect(200);
    assert_eq!(current["apiVersion"], "apps/v1");
    assert_eq!(
        current["spec"]["selector"]["matchLabels"],
        json!({"app": "d"})
    );
}

#[tokio::test]
async fn who_may_not_is_told_so() {
    let server = TestServer::new().await;
    let jane = server.acting_as(UserInfo::authenticated("jane", ["dev"]));
    let answer = jane.get(CONFIGMAPS).await.expect(403);
    assert_eq!(
        answer["message"],
        "configmaps is forbidden: User \"jane\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"default\""
    );
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "jane"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole", "name": "system:aggregate-to-view"}, "subjects": [{"kind": "User", "name": "jane"}]});
    let bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
    server.post(bindings, binding).await.expect(201);
    let mut code = 403;
    for _ in 0..100 {
        code = jane.get(CONFIGMAPS).await.code.as_u16();
        if code == 200 {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(code, 200);
    jane.post(CONFIGMAPS, config_map("one")).await.expect(403);
}

#[tokio::test]
async fn a_service_gets_an_address_and_returns_it() {
    let server = TestServer::new().await;
    let services = "/api/v1/namespaces/default/services";
    let body = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
        "spec": {"type": "NodePort", "ports": [{"port": 80}], "selector": {"a": "b"}}});
    let created = server.post(services, body).await.expect(201);
    let address = created["spec"]["clusterIP"].as_str().unwrap_or_default();
    assert!(address.starts_with("10."), "{created}");
    assert!(
        created["spec"]["ports"][0]["nodePort"]
            .as_u64()
            .unwrap_or(0)
            >= 30000
    );
    let kubernetes = server
        .get(&format!("{services}/kubernetes"))
        .await
        .expect(200);
    assert_eq!(kubernetes["spec"]["clusterIP"], "10.96.0.1");
    let taken = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "t"},
        "spec": {"clusterIP": address, "ports": [{"port": 80}]}});
    server.post(services, taken.clone()).await.expect(422);
    server.delete(&format!("{services}/s")).await.expect(200);
    server.post(services, taken).await.expect(201);
}

#[tokio::test]
async fn a_namespace_goes_when_its_finalizer_is_gone() {
    let server = TestServer::new().await;
    let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}});
    let created = server.post("/api/v1/namespaces", body).await.expect(201);
    assert_eq!(created["spec"]["finalizers"], json!(["kubernetes"]));
    let mut going = server.delete("/api/v1/namespaces/n").await.expect(200);
    assert_eq!(going["status"]["phase"], "Terminating");
    let refused = server
        .post("/api/v1/namespaces/n/configmaps", config_map("late"))
        .await;
    assert!(
        refused.expect(403)["message"]
            .as_str()
            .unwrap_or_default()
            .contains("being terminated")
    );
    going["spec"]["finalizers"] = json!([]);
    server
        .put("/api/v1/namespaces/n/finalize", going)
        .await
        .expect(200);
    server.get("/api/v1/namespaces/n").await.expect(404);
}

#[tokio::test]
async fn a_token_is_issued_and_reviewed() {
    let server = TestServer::new().await;
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot"}});
    server.post(accounts, account).await.expect(201);
    let request =
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let issued = server
        .post(&format!("{accounts}/bot/token"), request)
        .await
        .expect(201);
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
        "spec": {"token": issued["status"]["token"]}});
    let reviews = "/apis/authentication.k8s.io/v1/tokenreviews";
    let answer = server.post(reviews, review.clone()).await.expect(201);
    assert_eq!(
        answer["status"]["user"]["username"],
        "system:serviceaccount:default:bot"
    );
    server.delete(&format!("{accounts}/bot")).await.expect(200);
    let answer = server.post(reviews, review).await.expect(201);
    assert_eq!(answer["status"]["authenticated"], Value::Null);
}

#[tokio::test]
async fn discovery_and_health() {
    let server = TestServer::new().await;
    assert_eq!(server.get("/readyz").await.text, "ok");
    assert!(
        server
            .get("/readyz?verbose")
            .await
            .text
            .contains("[+]etcd ok")
    );
    assert_eq!(server.get("/version").await.expect(200)["minor"], "36");
    assert_eq!(
        server.get("/apis/apps/v1").await.expect(200)["kind"],
        "APIResourceList"
    );
    assert_eq!(server.get("/api").await.expect(200)["kind"], "APIVersions");
    assert_eq!(
        server.get("/apis/nope/v1/things").await.text,
        "404 page not found\n"
    );
}

#[tokio::test]
async fn server_side_apply_keeps_owners_apart() {
    let server = TestServer::new().await;
    let path = format!("{CONFIGMAPS}/one?fieldManager=a");
    let mut body = config_map("one");
    let created = server.patch("apply", &path, body.clone()).await.expect(201);
    assert_eq!(created["metadata"]["managedFields"][0]["manager"], "a");
    body["data"]["a"] = "other".into();
    let path = format!("{CONFIGMAPS}/one?fieldManager=b");
    let conflict = server.patch("apply", &path, body.clone()).await.expect(409);
    assert_eq!(
        conflict["message"],
        "Apply failed with 1 conflict: conflict with \"a\": .data.a"
    );
    let forced = server
        .patch("apply", &format!("{path}&force=true"), body)
        .await
        .expect(200);
    assert_eq!(forced["data"]["a"], "other");
}

#[tokio::test]
async fn a_binding_is_no_new_generation() {
    let server = TestServer::new().await;
    let pods = "/api/v1/namespaces/default/pods";
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    server.post(accounts, account).await.expect(201);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "a", "image": "i"}]}});
    server.post(pods, pod).await.expect(201);
    let binding = json!({"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "p"},
        "target": {"kind": "Node", "name": "n1"}});
    let path = format!("{pods}/p/binding");
    server.post(&path, binding).await.expect(201);
    let bound = server.get(&format!("{pods}/p")).await.expect(200);
    assert_eq!(bound["spec"]["nodeName"], "n1");
    assert_eq!(bound["metadata"]["generation"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_pod_waits_for_the_account_of_a_new_namespace() {
    let server = TestServer::new().await;
    let pods = "/api/v1/namespaces/default/pods";
    let pod = |name: &str, account: &str| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"serviceAccountName": account, "containers": [{"name": "a", "image": "i"}]}})
    };
    let none = server.post(pods, pod("a", "none")).await;
    assert_eq!(none.code.as_u16(), 403, "{}", none.text);
    let began = tokio::time::Instant::now();
    let late = server.post(pods, pod("a", "default")).await;
    assert_eq!(
        late.message(),
        "pods \"a\" is forbidden: error looking up service account default/default: serviceaccount \"default\" not found"
    );
    assert!(began.elapsed() > std::time::Duration::from_secs(1));
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
    let later = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let accounts = "/api/v1/namespaces/default/serviceaccounts";
        server.post(accounts, account).await.expect(201);
    };
    let (made, ()) = tokio::join!(server.post(pods, pod("a", "default")), later);
    made.expect(201);
}

#[tokio::test]
async fn a_deletion_shows_what_it_marked() {
    let server = TestServer::new().await;
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    server.post(accounts, account).await.expect(201);
    let pods = "/api/v1/namespaces/default/pods";
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "a", "image": "i"}]}});
    server.post(pods, pod).await.expect(201);
    let gone = server.delete(&format!("{pods}/p")).await.expect(200);
    assert_eq!(gone["metadata"]["deletionGracePeriodSeconds"], 0);
    assert!(gone["metadata"]["deletionTimestamp"].is_string());
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}});
    server
        .post("/api/v1/namespaces", namespace)
        .await
        .expect(201);
    let held = server.delete("/api/v1/namespaces/n").await.expect(200);
    assert!(held["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(held["metadata"]["deletionGracePeriodSeconds"], Value::Null);
}

#[tokio::test]
async fn a_node_is_judged_whole_when_its_spec_changes() {
    let server = TestServer::new().await;
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}});
    server.post("/api/v1/nodes", node.clone()).await.expect(201);
    let mut wrong = node;
    wrong["spec"] = json!({"podCIDR": "x"});
    let refused = server.put("/api/v1/nodes/n", wrong).await;
    assert_eq!(refused.code.as_u16(), 422, "{}", refused.text);
    assert!(
        refused.message().contains("spec.podCIDRs[0]"),
        "{}",
        refused.text
    );
}

#[tokio::test]
async fn a_strategic_patch_merges_lists_by_key() {
    let server = TestServer::new().await;
    let deployments = "/apis/apps/v1/namespaces/default/deployments";
    let body = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"selector": {"matchLabels": {"app": "d"}}, "template": {"metadata": {"labels": {"app": "d"}},
            "spec": {"containers": [{"name": "c", "image": "i"}]}}}});
    server.post(deployments, body).await.expect(201);
    let patch =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "j"}]}}}});
    let patched = server
        .patch("strategic", &format!("{deployments}/d"), patch)
        .await
        .expect(200);
    let container = &patched["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], "j");
    assert_eq!(container["terminationMessagePath"], "/dev/termination-log");
    assert_eq!(patched["metadata"]["generation"], 2);
    let scale = json!({"spec": {"replicas": 4}});
    let scaled = server
        .patch("merge", &format!("{deployments}/d/scale"), scale)
        .await
        .expect(200);
    assert_eq!(
        (&scaled["kind"], &scaled["spec"]["replicas"]),
        (&json!("Scale"), &json!(4))
    );
    let status = json!({"status": {"replicas": 4}, "spec": {"replicas": 9}});
    let patched = server
        .patch("merge", &format!("{deployments}/d/status"), status)
        .await
        .expect(200);
    assert_eq!(
        (&patched["status"]["replicas"], &patched["spec"]["replicas"]),
        (&json!(4), &json!(4))
    );
}

/// The bytes of an answer in the form that typed Go clients ask for first.
async fn protobuf_answer(server: &TestServer, path: &str) -> Vec<u8> {
    let mut asked = request("GET", path, "", Body::empty());
    asked.headers_mut().insert(
        "accept",
        HeaderValue::from_static("application/vnd.kubernetes.protobuf,application/json"),
    );
    asked
        .extensions_mut()
        .insert(UserInfo::authenticated("admin", ["system:masters"]));
    let answer = server.server.router().oneshot(asked).await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with(protobuf::MEDIA_TYPE), "{kind}");
    let body = answer.into_body().collect().await.unwrap();
    body.to_bytes().to_vec()
}

#[tokio::test]
async fn typed_clients_are_answered_in_protobuf() {
    let server = TestServer::new().await;
    let created = server.post(CONFIGMAPS, config_map("one")).await.expect(201);
    let path = format!("{CONFIGMAPS}/one");
    let read = protobuf::decode(&protobuf_answer(&server, &path).await).unwrap();
    assert_eq!(read, created);
    let missing = protobuf_answer(&server, &format!("{CONFIGMAPS}/two")).await;
    let missing = protobuf::decode(&missing).unwrap();
    assert_eq!(missing["message"], "configmaps \"two\" not found");
    let list = protobuf_answer(&server, CONFIGMAPS).await;
    let text = String::from_utf8_lossy(&list);
    assert!(text.starts_with("k8s\0") && text.contains("ConfigMapList"));
    let frames = protobuf_answer(
        &server,
        &format!("{CONFIGMAPS}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Done"),
    )
    .await;
    let (length, frame) = frames.split_first_chunk::<4>().unwrap();
    assert_eq!(u32::from_be_bytes(*length) as usize, frame.len());
    // Tag and length of each, then the type, and the object in its envelope.
    assert_eq!(&frame[2..7], b"ADDED");
    let envelope = frame.windows(4).position(|four| four == b"k8s\0").unwrap();
    assert_eq!(protobuf::decode(&frame[envelope..]), Ok(created));
}

#[tokio::test]
async fn a_backup_is_given_to_administrators_alone_as_it_is_at_rest() {
    use knarr_storage::{EncryptedStore, Encryption, EncryptionConfig, MemoryStore, backup};
    let text = "
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: ['*.*']
  providers:
  - aesgcm: {keys: [{name: key1, secret: c2VjcmV0IGlzIHNlY3VyZQ==}]}
";
    let encrypted = |inner: MemoryStore| {
        let config = EncryptionConfig::parse(text).expect("it is valid");
        let all: knarr_storage::encryption::ResourceOf = std::sync::Arc::new(|_| Some("x".into()));
        let inner = std::sync::Arc::new(inner);
        std::sync::Arc::new(EncryptedStore::new(inner, Encryption::new(config, all)))
    };
    let server = TestServer::with(|config| config.store = encrypted(MemoryStore::new())).await;
    server.post(CONFIGMAPS, config_map("one")).await.expect(201);
    let path = "/knarr/v1/backup";
    let jane = server.acting_as(UserInfo::authenticated("jane", ["system:authenticated"]));
    let refused = jane.get(path).await;
    assert_eq!(refused.code.as_u16(), 403);
    let words = "forbidden: User \"jane\" cannot get path \"/knarr/v1/backup\"";
    assert!(refused.message().starts_with(words), "{}", refused.text);
    let answer = server.raw(request("GET", path, "", Body::empty())).await;
    let file = answer
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    let plain = file.windows(11).any(|part| part == b"\"ConfigMap\"");
    assert!(!plain, "it was decrypted");
    let restored = MemoryStore::new();
    let contents = backup::restore(&*file, &restored)
        .await
        .expect("it is whole");
    assert!(contents.keys > 10);
    let server = TestServer::with(|config| config.store = encrypted(restored)).await;
    let read = server.get(&format!("{CONFIGMAPS}/one")).await.expect(200);
    assert_eq!(read["data"]["a"], "b");
}

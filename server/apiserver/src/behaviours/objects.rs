//! What is particular to some kinds as clients see it: namespaces, services, what is immutable, what is refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::testing::TestServer;

const DEFAULT: &str = "/api/v1/namespaces/default";

fn config_map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}})
}

/// "Namespaces should apply a finalizer to a Namespace", and the status beside it.
#[tokio::test]
async fn a_namespace_has_finalizers_and_a_status() {
    let server = TestServer::new().await;
    let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}});
    let mut namespace = server.post("/api/v1/namespaces", body).await.expect(201);
    assert_eq!(namespace["status"], json!({"phase": "Active"}));
    namespace["spec"]["finalizers"] = json!(["kubernetes", "example.com/hold"]);
    let path = "/api/v1/namespaces/n/finalize";
    let held = server.put(path, namespace).await.expect(200);
    assert_eq!(
        held["spec"]["finalizers"],
        json!(["kubernetes", "example.com/hold"])
    );
    let mut read = server.get("/api/v1/namespaces/n").await.expect(200);
    // By the namespace itself its finalizers do not change.
    read["spec"]["finalizers"] = json!([]);
    let kept = server.put("/api/v1/namespaces/n", read).await.expect(200);
    assert_eq!(kept["spec"], held["spec"]);
    let mut released = kept;
    released["spec"]["finalizers"] = json!(["kubernetes"]);
    let released = server.put(path, released).await.expect(200);
    assert_eq!(released["spec"]["finalizers"], json!(["kubernetes"]));

    let status = "/api/v1/namespaces/n/status";
    let condition = |name: &str| {
        json!({"type": name, "status": "True", "reason": "E2E", "message": "by hand",
            "lastTransitionTime": "2026-01-02T03:04:05Z"})
    };
    let patch = json!({"metadata": {"annotations": {"e2e": "patched"}}, "status": {"conditions": [condition("Patched")]}});
    let mut patched = server.patch("merge", status, patch).await.expect(200);
    assert_eq!(patched["status"]["conditions"][0]["type"], "Patched");
    assert_eq!(patched["status"]["phase"], "Active");
    patched["status"]["conditions"] = json!([condition("Patched"), condition("Updated")]);
    let updated = server.put(status, patched).await.expect(200);
    assert_eq!(updated["status"]["conditions"][1]["type"], "Updated");
}

#[tokio::test]
async fn what_is_immutable_stays_and_its_metadata_changes() {
    let server = TestServer::new().await;
    for (kind, plural, data) in [
        ("ConfigMap", "configmaps", "b"),
        ("Secret", "secrets", "Yg=="),
    ] {
        let collection = format!("{DEFAULT}/{plural}");
        let body = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "fixed"}, "data": {"a": data}});
        server.post(&collection, body).await.expect(201);
        let path = format!("{collection}/fixed");
        let patch = |patch: Value| server.patch("merge", &path, patch);
        patch(json!({"data": {"a": "Yw=="}})).await.expect(200);
        patch(json!({"immutable": true})).await.expect(200);
        for change in [
            json!({"data": {"a": "ZA=="}}),
            json!({"immutable": false}),
            json!({"immutable": null}),
        ] {
            let refused = patch(change).await.expect(422);
            let field = if refused["details"]["causes"][0]["field"] == "data" {
                "data"
            } else {
                "immutable"
            };
            let message = format!(
                "{kind} \"fixed\" is invalid: {field}: Forbidden: field is immutable when `immutable` is set"
            );
            assert_eq!(refused["message"], message);
        }
        patch(json!({"metadata": {"labels": {"still": "changes"}}}))
            .await
            .expect(200);
        server.delete(&path).await.expect(200);
    }
}

#[tokio::test]
async fn keys_of_secrets_and_config_maps_are_not_empty() {
    let server = TestServer::new().await;
    for (kind, plural) in [("ConfigMap", "configmaps"), ("Secret", "secrets")] {
        let body = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "empty"}, "data": {"": "dmFsdWU="}});
        let refused = server
            .post(&format!("{DEFAULT}/{plural}"), body)
            .await
            .expect(422);
        assert_eq!(refused["details"]["causes"][0]["field"], "data[]");
    }
}

#[tokio::test]
async fn a_priority_class_keeps_its_value() {
    let server = TestServer::new().await;
    let classes = "/apis/scheduling.k8s.io/v1/priorityclasses";
    let body = json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
        "metadata": {"name": "p1"}, "value": 1});
    server.post(classes, body).await.expect(201);
    let path = format!("{classes}/p1");
    let changed = server
        .patch("merge", &path, json!({"description": "new"}))
        .await
        .expect(200);
    assert_eq!(changed["description"], "new");
    for (field, reason, change) in [
        ("value", "FieldValueForbidden", json!({"value": 2})),
        (
            "preemptionPolicy",
            "FieldValueInvalid",
            json!({"preemptionPolicy": "Never"}),
        ),
    ] {
        let refused = server.patch("merge", &path, change).await.expect(422);
        assert_eq!(refused["details"]["causes"][0]["field"], field);
        assert_eq!(refused["details"]["causes"][0]["reason"], reason);
    }
}

/// An endpoints object is patched with a new address and port, and goes by its label.
#[tokio::test]
async fn endpoints_live_and_die() {
    let server = TestServer::new().await;
    let collection = format!("{DEFAULT}/endpoints");
    let subset = |ip: &str, port: u16| json!([{"addresses": [{"ip": ip}], "ports": [{"name": "http", "port": port, "protocol": "TCP"}]}]);
    let body = json!({"apiVersion": "v1", "kind": "Endpoints",
        "metadata": {"name": "e", "labels": {"test": "yes"}}, "subsets": subset("10.0.0.24", 80)});
    server.post(&collection, body).await.expect(201);
    let path = format!("{collection}/e");
    let patch =
        json!({"metadata": {"labels": {"patched": "yes"}}, "subsets": subset("10.0.0.25", 8080)});
    server.patch("strategic", &path, patch).await.expect(200);
    let read = server.get(&path).await.expect(200);
    assert_eq!(read["subsets"], subset("10.0.0.25", 8080));
    server
        .delete(&format!("{collection}?labelSelector=patched=yes"))
        .await
        .expect(200);
    server.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_service_changes_its_type() {
    let server = TestServer::new().await;
    let collection = format!("{DEFAULT}/services");
    let path = format!("{collection}/s");
    let body = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
        "spec": {"type": "ExternalName", "externalName": "foo.example.com"}});
    let service = server.post(&collection, body).await.expect(201);
    assert!(
        service["spec"].get("clusterIP").is_none_or(|ip| ip == ""),
        "{service}"
    );
    let ports = json!([{"name": "http", "port": 80, "protocol": "TCP"}]);
    let change = |kind: &'static str, name: Value, ports: Value| {
        let (server, path) = (&server, &path);
        async move {
            let mut service = server.get(path).await.expect(200);
            service["spec"]["type"] = kind.into();
            service["spec"]["externalName"] = name;
            service["spec"]["ports"] = ports;
            server.put(path, service).await.expect(200)["spec"].clone()
        }
    };
    let node_port = |spec: &Value| spec["ports"][0]["nodePort"].as_u64();
    let inner = change("ClusterIP", Value::Null, ports.clone()).await;
    assert!(
        inner["clusterIP"]
            .as_str()
            .is_some_and(|ip| ip.starts_with("10.")),
        "{inner}"
    );
    assert_eq!(node_port(&inner), None);
    let outer = change("NodePort", Value::Null, ports.clone()).await;
    assert_eq!(outer["clusterIP"], inner["clusterIP"]);
    let port = node_port(&outer).expect("it has a node port");
    let named = change(
        "ExternalName",
        "bar.example.com".into(),
        outer["ports"].clone(),
    )
    .await;
    assert!(named.get("clusterIP").is_none_or(|ip| ip == ""), "{named}");
    assert_eq!(node_port(&named), None);
    // What it had is free again.
    let taker = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "taker"},
        "spec": {"type": "NodePort", "clusterIP": inner["clusterIP"],
            "ports": [{"port": 80, "nodePort": port}]}});
    server.post(&collection, taker).await.expect(201);
    let again = change("NodePort", Value::Null, ports).await;
    assert!(node_port(&again).is_some_and(|other| other != port));
}

#[tokio::test]
async fn session_affinity_is_switched() {
    let server = TestServer::new().await;
    let body = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
        "spec": {"ports": [{"port": 80}], "sessionAffinity": "ClientIP"}});
    let service = server
        .post(&format!("{DEFAULT}/services"), body)
        .await
        .expect(201);
    assert_eq!(
        service["spec"]["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"],
        10800
    );
    let none = json!({"spec": {"sessionAffinity": "None"}});
    let path = format!("{DEFAULT}/services/s");
    let service = server.patch("strategic", &path, none).await.expect(200);
    assert_eq!(service["spec"]["sessionAffinity"], "None");
    assert_eq!(service["spec"].get("sessionAffinityConfig"), None);
}

/// The service `kubernetes` has endpoints that lead to this server.
#[tokio::test]
async fn the_server_has_a_service_of_its_own() {
    let server = TestServer::new().await;
    let all = server.get("/api/v1/services").await.expect(200);
    let own = all["items"].as_array().into_iter().flatten();
    assert!(
        own.clone()
            .any(|service| service["metadata"]["name"] == "kubernetes"
                && service["metadata"]["namespace"] == "default")
    );
    let endpoints = format!("{DEFAULT}/endpoints/kubernetes");
    let endpoints = server
        .until(&endpoints, |answer| answer.code.as_u16() == 200)
        .await;
    assert_eq!(
        endpoints.json()["subsets"][0]["addresses"],
        json!([{"ip": "10.1.2.3"}])
    );
    let slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
    let slices = format!("{slices}?labelSelector=kubernetes.io/service-name=kubernetes");
    let found = server
        .until(&slices, |answer| answer.json()["items"][0].is_object())
        .await;
    assert_eq!(
        found.json()["items"][0]["endpoints"][0]["addresses"],
        json!(["10.1.2.3"])
    );
}

#[tokio::test]
async fn a_quota_is_updated_and_deleted() {
    let server = TestServer::new().await;
    let quotas = format!("{DEFAULT}/resourcequotas");
    let body = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"},
        "spec": {"hard": {"cpu": "1", "memory": "500Mi"}}});
    server.post(&quotas, body).await.expect(201);
    let path = format!("{quotas}/q");
    let more = json!({"spec": {"hard": {"cpu": "2", "memory": "1Gi"}}});
    server.patch("merge", &path, more).await.expect(200);
    let read = server.get(&path).await.expect(200);
    assert_eq!(read["spec"]["hard"], json!({"cpu": "2", "memory": "1Gi"}));
    server.delete(&path).await.expect(200);
    server.get(&path).await.expect(404);
}

/// A list comes in chunks that know how much remains.
#[tokio::test]
async fn chunks_say_how_many_items_remain() {
    let server = TestServer::new().await;
    let collection = format!("{DEFAULT}/configmaps");
    for index in 0..40 {
        server
            .post(&collection, config_map(&format!("chunk-{index:04}")))
            .await
            .expect(201);
    }
    let (mut found, mut token, mut version) = (0, String::new(), Value::Null);
    loop {
        let chunk = server
            .get(&format!("{collection}?limit=17&continue={token}"))
            .await
            .expect(200);
        let metadata = &chunk["metadata"];
        found += chunk["items"].as_array().map_or(0, Vec::len);
        if version.is_null() {
            version = metadata["resourceVersion"].clone();
        }
        assert_eq!(metadata["resourceVersion"], version);
        let Some(next) = metadata["continue"]
            .as_str()
            .filter(|next| !next.is_empty())
        else {
            assert_eq!(metadata.get("remainingItemCount"), None);
            break;
        };
        assert_eq!(metadata["remainingItemCount"], 40 - found);
        token = next.to_owned();
    }
    assert_eq!(found, 40);
    let whole = server.get(&collection).await.expect(200);
    assert_eq!(whole["items"].as_array().map(Vec::len), Some(40));
}

#[tokio::test]
async fn access_reviews_agree_with_what_is_allowed() {
    let server = TestServer::new().await;
    let account = "system:serviceaccount:default:bot";
    let groups = ["system:serviceaccounts", "system:serviceaccounts:default"];
    let bot = server.acting_as(crate::user::UserInfo::authenticated(account, groups));
    let attributes = json!({"verb": "list", "resource": "configmaps", "namespace": "default"});
    let asked = [
        (
            "subjectaccessreviews".to_owned(),
            "SubjectAccessReview",
            json!({}),
        ),
        (
            "namespaces/default/localsubjectaccessreviews".to_owned(),
            "LocalSubjectAccessReview",
            json!({"namespace": "default"}),
        ),
    ];
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "bot"}, "subjects": [{"kind": "ServiceAccount", "name": "bot", "namespace": "default"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}});
    for allowed in [false, true] {
        if allowed {
            let bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
            server.post(bindings, role.clone()).await.expect(201);
            bot.until(&format!("{DEFAULT}/configmaps"), |answer| {
                answer.code.as_u16() == 200
            })
            .await;
        }
        let code = bot
            .get(&format!("{DEFAULT}/configmaps"))
            .await
            .code
            .as_u16();
        assert_eq!(code == 200, allowed);
        for (path, kind, metadata) in &asked {
            let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": kind, "metadata": metadata,
                "spec": {"user": account, "groups": groups, "resourceAttributes": attributes}});
            let path = format!("/apis/authorization.k8s.io/v1/{path}");
            let answer = server.post(&path, review).await.expect(201);
            assert_eq!(answer["status"]["allowed"], allowed, "{answer}");
        }
    }
}

/// Who applies a Scale owns the replicas, and nothing else of the workload.
#[tokio::test]
async fn a_scale_is_applied() {
    let server = TestServer::new().await;
    let collection = "/apis/apps/v1/namespaces/default/deployments";
    let body = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "d"}}, "template": {
            "metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}});
    let made = format!("{collection}?fieldManager=maker");
    server.post(&made, body).await.expect(201);
    let scale = json!({"apiVersion": "autoscaling/v1", "kind": "Scale",
        "metadata": {"name": "d", "namespace": "default"}, "spec": {"replicas": 3}});
    let path = format!("{collection}/d/scale?fieldManager=scaler");
    let conflict = server
        .patch("apply", &path, scale.clone())
        .await
        .expect(409);
    assert_eq!(
        conflict["message"],
        "Apply failed with 1 conflict: conflict with \"maker\" using apps/v1: .spec.replicas"
    );
    let forced = format!("{path}&force=true");
    let scaled = server.patch("apply", &forced, scale).await.expect(200);
    assert_eq!(
        (&scaled["kind"], &scaled["spec"]["replicas"]),
        (&json!("Scale"), &json!(3))
    );
    let read = server.get(&format!("{collection}/d")).await.expect(200);
    assert_eq!(read["spec"]["replicas"], 3);
    let managers = read["metadata"]["managedFields"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let own = managers
        .iter()
        .find(|one| one["manager"] == "scaler")
        .expect("it is noted");
    assert_eq!(own["subresource"], "scale");
    assert_eq!(own["operation"], "Apply");
    assert_eq!(own["fieldsV1"], json!({"f:spec": {"f:replicas": {}}}));
}

#[tokio::test]
async fn a_patch_makes_no_other_kind_of_an_object() {
    let server = TestServer::new().await;
    server
        .post(&format!("{DEFAULT}/configmaps"), config_map("m"))
        .await
        .expect(201);
    let path = format!("{DEFAULT}/configmaps/m");
    let other = json!([{"op": "replace", "path": "/kind", "value": "Odd"}]);
    for (patch, body) in [("json", other), ("merge", json!({"kind": "Odd"}))] {
        let refused = server.patch(patch, &path, body).await.expect(422);
        let why = refused["details"]["causes"][0]["message"]
            .as_str()
            .unwrap_or_default();
        assert!(why.ends_with("no kind \"Odd\" is registered for version \"v1\" in scheme \"pkg/api/legacyscheme/scheme.go:30\""), "{why}");
    }
    let kept = server
        .patch(
            "strategic",
            &path,
            json!({"kind": "Odd", "data": {"a": "b"}}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&kept["kind"], &kept["data"]["a"]),
        (&json!("ConfigMap"), &json!("b"))
    );
    let without = json!([{"op": "remove", "path": "/kind"}]);
    let kept = server.patch("json", &path, without).await.expect(200);
    assert_eq!(kept["kind"], "ConfigMap");
}

#[tokio::test]
async fn a_status_is_written_without_labels_where_upstream_does_so() {
    let server = TestServer::new().await;
    let patch = json!({"metadata": {"labels": {"by": "status"}}, "status": {"conditions": []}});
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template}});
    let deployments = "/apis/apps/v1/namespaces/default/deployments";
    server.post(deployments, deployment).await.expect(201);
    let range = json!({"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": "r"},
        "spec": {"cidrs": ["10.50.0.0/24"]}});
    let ranges = "/apis/networking.k8s.io/v1/servicecidrs";
    server.post(ranges, range).await.expect(201);
    for path in [
        format!("{deployments}/d/status"),
        format!("{ranges}/r/status"),
    ] {
        let patched = server
            .patch("merge", &path, patch.clone())
            .await
            .expect(200);
        assert_eq!(patched["metadata"]["labels"]["by"], Value::Null, "{path}");
    }
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}});
    server.post("/api/v1/nodes", node).await.expect(201);
    let patched = server
        .patch("merge", "/api/v1/nodes/n/status", patch)
        .await
        .expect(200);
    assert_eq!(patched["metadata"]["labels"]["by"], "status");
}

#[tokio::test]
async fn what_the_server_notes_of_new_objects() {
    let server = TestServer::new().await;
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"},
        "secrets": [{"name": "s", "kind": "Secret", "namespace": "other"}]});
    let made = server
        .post(&format!("{DEFAULT}/serviceaccounts"), account)
        .await
        .expect(201);
    assert_eq!(made["secrets"], json!([{"name": "s"}]));
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "v"},
        "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/v"}},
        "status": {"phase": "Bound"}});
    let made = server
        .post("/api/v1/persistentvolumes", volume)
        .await
        .expect(201);
    assert_eq!(made["status"]["phase"], "Pending");
    assert!(made["status"]["lastPhaseTransitionTime"].is_string());
    let slice = json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": "s"},
        "spec": {"driver": "d.example.com", "nodeName": "n", "pool": {"name": "p", "generation": 1, "resourceSliceCount": 1},
            "devices": [{"name": "d", "taints": [{"key": "k", "effect": "NoSchedule"}]}]}});
    let made = server
        .post("/apis/resource.k8s.io/v1/resourceslices", slice)
        .await
        .expect(201);
    assert!(made["spec"]["devices"][0]["taints"][0]["timeAdded"].is_string());
    assert_eq!(made["metadata"]["generation"], 1);
    let key = rcgen::KeyPair::generate().unwrap();
    let pem = rcgen::CertificateParams::default()
        .serialize_request(&key)
        .unwrap()
        .pem()
        .unwrap();
    let pem = STANDARD.encode(pem);
    let request = json!({"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": "c"},
        "spec": {"request": pem, "signerName": "example.com/s", "usages": ["client auth"]}});
    let requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    server.post(requests, request).await.expect(201);
    let approved = json!({"status": {"certificate": "YQ==", "conditions": [{"type": "Approved", "status": "True"}]}});
    let refused = server
        .patch("merge", &format!("{requests}/c/status"), approved.clone())
        .await
        .expect(422);
    let causes = refused["details"]["causes"].to_string();
    assert!(
        causes.contains("updates may not add a condition of type \\\"Approved\\\""),
        "{causes}"
    );
    let approved = server
        .patch("merge", &format!("{requests}/c/approval"), approved)
        .await
        .expect(200);
    assert_eq!(approved["status"]["conditions"][0]["type"], "Approved");
    assert_eq!(approved["status"]["certificate"], Value::Null);
}

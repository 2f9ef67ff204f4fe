//! Objects that others wait for: watches with a selector, disruption budgets and evictions, ranges of resources, and what
//! is told beside an answer.

use serde_json::{Value, json};

use super::{names, watched};
use crate::testing::TestServer;

const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";
const PODS: &str = "/api/v1/namespaces/default/pods";
const BUDGETS: &str = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

async fn started() -> TestServer {
    let server = TestServer::new().await;
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    server.post(accounts, account).await.expect(201);
    server
}

fn pod(name: &str, container: Value) -> Value {
    let mut container = container;
    container["name"] = "c".into();
    container["image"] = "example.com/c:1".into();
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "a"}},
        "spec": {"containers": [container]}})
}

fn version(object: &Value) -> &str {
    object["metadata"]["resourceVersion"]
        .as_str()
        .unwrap_or_default()
}

#[tokio::test]
async fn a_watch_sees_objects_come_into_its_selection_and_leave_it() {
    let server = TestServer::new().await;
    let labelled = |label: &str, step: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", "labels": {"watch": label}},
            "data": {"mutation": step}})
    };
    let created = server
        .post(CONFIGMAPS, labelled("a", "0"))
        .await
        .expect(201);
    let path = format!("{CONFIGMAPS}/m");
    for (label, step) in [("a", "1"), ("b", "2"), ("b", "3"), ("a", "4")] {
        server.put(&path, labelled(label, step)).await.expect(200);
    }
    server.delete(&path).await.expect(200);
    let told = |changes: &[(String, Value)]| -> Vec<String> {
        let step = |(kind, object): &(String, Value)| {
            format!(
                "{kind} {}",
                object["data"]["mutation"].as_str().unwrap_or_default()
            )
        };
        changes.iter().map(step).collect()
    };
    let select = "labelSelector=watch=a&resourceVersion=";
    let changes = watched(
        &server,
        CONFIGMAPS,
        &format!("{select}{}", version(&created)),
    )
    .await;
    // An object that leaves is told of as it was.
    let all = ["MODIFIED 1", "DELETED 1", "ADDED 4", "DELETED 4"];
    assert_eq!(told(&changes), all);
    assert!(version(&changes[1].1) > version(&changes[0].1));
    // Another watch goes on from what this one saw last.
    let from = version(&changes[1].1);
    let rest = watched(&server, CONFIGMAPS, &format!("{select}{from}")).await;
    assert_eq!(told(&rest), all[2..]);
}

#[tokio::test]
async fn an_eviction_waits_for_its_budget() {
    let server = started().await;
    let path = format!("{PODS}/p");
    server.post(PODS, pod("p", json!({}))).await.expect(201);
    let ready = json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
    let status = format!("{path}/status");
    server.patch("merge", &status, ready).await.expect(200);
    let binding = json!({"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n"}});
    server
        .post(&format!("{path}/binding"), binding)
        .await
        .expect(201);
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "a"}}}});
    server.post(BUDGETS, budget).await.expect(201);
    let evictions = format!("{path}/eviction");
    let evict = || {
        let eviction =
            json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}});
        server.post(&evictions, eviction)
    };
    let unseen = evict().await;
    assert_eq!(unseen.headers["retry-after"], "10");
    let unseen = unseen.expect(429);
    assert_eq!(unseen["details"]["causes"][0]["reason"], "DisruptionBudget");
    let counted = |allowed: i64| {
        json!({"status": {"observedGeneration": 1, "desiredHealthy": 1, "currentHealthy": 1,
        "expectedPods": 1, "disruptionsAllowed": allowed}})
    };
    let budget = format!("{BUDGETS}/b");
    let status = format!("{budget}/status");
    server.patch("merge", &status, counted(0)).await.expect(200);
    let refused = evict().await.expect(429);
    assert_eq!(
        refused["message"],
        "Cannot evict pod as it would violate the pod's disruption budget."
    );
    assert_eq!(
        refused["details"]["causes"][0]["message"],
        "The disruption budget b needs 1 healthy pods and has 1 currently"
    );
    server.patch("merge", &status, counted(1)).await.expect(200);
    evict().await.expect(201);
    let evicted = server.get(&path).await.expect(200);
    assert!(evicted["metadata"]["deletionTimestamp"].is_string());
    let conditions = evicted["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten();
    let why = conditions
        .filter(|one| one["type"] == "DisruptionTarget")
        .map(|one| one["reason"].clone());
    assert_eq!(why.collect::<Vec<_>>(), ["EvictionByEvictionAPI"]);
    let spent = server.get(&budget).await.expect(200);
    assert_eq!(spent["status"]["disruptionsAllowed"], 0);
    assert!(spent["status"]["disruptedPods"]["p"].is_string());
}

#[tokio::test]
async fn a_range_of_resources_fills_in_and_bounds() {
    let server = started().await;
    let ranges = "/api/v1/namespaces/default/limitranges";
    let range = json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "r"}, "spec": {"limits": [{
        "type": "Container", "min": {"cpu": "50m", "memory": "100Mi"}, "max": {"cpu": "500m", "memory": "500Mi"},
        "default": {"cpu": "500m", "memory": "500Mi"}, "defaultRequest": {"cpu": "100m", "memory": "200Mi"}}]}});
    let made = server.post(ranges, range).await.expect(201);
    assert_eq!(
        made["spec"]["limits"][0]["defaultRequest"]["memory"],
        "200Mi"
    );
    let resources = |pod: &Value| pod["spec"]["containers"][0]["resources"].clone();
    let plain = server.post(PODS, pod("plain", json!({}))).await.expect(201);
    let limits = json!({"cpu": "500m", "memory": "500Mi"});
    assert_eq!(
        resources(&plain),
        json!({"limits": limits, "requests": {"cpu": "100m", "memory": "200Mi"}})
    );
    let some = json!({"resources": {"requests": {"cpu": "200m"}}});
    let some = server.post(PODS, pod("some", some)).await.expect(201);
    assert_eq!(
        resources(&some),
        json!({"limits": limits, "requests": {"cpu": "200m", "memory": "200Mi"}})
    );
    for (cpu, told) in [("10m", "minimum cpu usage"), ("600m", "maximum cpu usage")] {
        let strange = json!({"resources": {"requests": {"cpu": cpu}, "limits": {"cpu": cpu}}});
        let refused = server.post(PODS, pod("strange", strange)).await.expect(403);
        let message = refused["message"].as_str().unwrap_or_default();
        assert!(message.contains(told), "{message}");
    }
    let wider = json!({"spec": {"limits": [{"type": "Container", "min": {"cpu": "5m"}, "max": {"cpu": "500m"}}]}});
    server
        .patch("merge", &format!("{ranges}/r"), wider)
        .await
        .expect(200);
    // A read at the current state makes sure that admission knows it too.
    server.get(ranges).await.expect(200);
    let small = json!({"resources": {"requests": {"cpu": "10m"}}});
    server.post(PODS, pod("small", small)).await.expect(201);
    server.delete(ranges).await.expect(200);
    assert_eq!(names(&server.get(ranges).await.expect(200)), [""; 0]);
    let large = json!({"resources": {"requests": {"cpu": "600m"}}});
    server.post(PODS, pod("large", large)).await.expect(201);
}

#[tokio::test]
async fn what_is_accepted_with_a_doubt_is_warned_of() {
    let server = started().await;
    let ports = json!({"ports": [{"containerPort": 80}, {"containerPort": 80}]});
    let warnings = |answer: crate::testing::Answer| {
        let all = answer.headers.get_all("warning").iter();
        let texts: Vec<String> = all
            .filter_map(|value| Some(value.to_str().ok()?.to_owned()))
            .collect();
        texts
    };
    let told = "299 - \"spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]\"";
    let dry = server
        .post(&format!("{PODS}?dryRun=All"), pod("p", ports.clone()))
        .await;
    assert_eq!(warnings(dry), [told]);
    assert_eq!(warnings(server.post(PODS, pod("p", ports)).await), [told]);
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
        "spec": {"ports": [{"port": 80}], "externalName": "x"}});
    let services = "/api/v1/namespaces/default/services";
    let ignored =
        "299 - \"spec.externalName is ignored when spec.type is not \\\"ExternalName\\\"\"";
    assert_eq!(warnings(server.post(services, service).await), [ignored]);
    let label = json!({"metadata": {"labels": {"a": "b"}}});
    let patched = server.patch("merge", &format!("{services}/s"), label).await;
    assert_eq!(warnings(patched), [ignored]);
}

#[tokio::test]
async fn the_issuer_of_tokens_is_found_by_its_documents() {
    let server = TestServer::new().await;
    let document = server
        .get("/.well-known/openid-configuration")
        .await
        .expect(200);
    for field in [
        "issuer",
        "jwks_uri",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
    ] {
        assert!(!document[field].is_null(), "{field}: {document}");
    }
    let keys = server.get("/openid/v1/jwks").await;
    assert_eq!(keys.headers["content-type"], "application/jwk-set+json");
    let keys = keys.expect(200);
    assert!(keys["keys"][0]["kid"].is_string(), "{keys}");
}

#[tokio::test]
async fn a_pod_that_is_gated_says_so() {
    let server = started().await;
    let mut gated = pod("p", json!({}));
    gated["spec"]["schedulingGates"] = json!([{"name": "example.com/gate"}]);
    let made = server.post(PODS, gated).await.expect(201);
    let condition = &made["status"]["conditions"][0];
    assert_eq!(
        (&condition["type"], &condition["reason"]),
        (&json!("PodScheduled"), &json!("SchedulingGated"))
    );
}

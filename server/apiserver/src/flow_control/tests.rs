//! Which requests belong where, and the limits without fairness.

use http::Method;
use knarr_storage::memory::MemoryStore;
use serde_json::json;

use super::*;
use crate::bootstrap::flow_control as objects;

async fn admit(control: &FlowControl, user: &str, group: &str, uri: &str) -> (String, String) {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let info = RequestInfo::parse(&Method::GET, path, query);
    let user = Arc::new(UserInfo::authenticated(user, [group]));
    let registry = Registry::new(Arc::new(MemoryStore::new()));
    let (classified, permit) = control.admit(&user, &info, query, &registry).await;
    let classified = classified.unwrap();
    assert!(permit.is_ok());
    let text = |value: HeaderValue| value.to_str().unwrap().to_owned();
    (text(classified.schema), text(classified.level))
}

fn with_suggested() -> FlowControl {
    let control = FlowControl::new(FlowSettings::default(), &metrics::Registry::default());
    let named = |mut object: Value| {
        let name = meta::name(&object).to_owned();
        meta::set_uid(&mut object, &name);
        object
    };
    for object in objects::levels() {
        control.put(ObjectKind::Level, &named(object));
    }
    for object in objects::schemas() {
        control.put(ObjectKind::Schema, &named(object));
    }
    control
}

#[tokio::test]
async fn requests_are_classified_as_upstream_does() {
    let control = with_suggested();
    for (user, group, uri, schema, level) in [
        ("a", MASTERS, "/api/v1/pods", "exempt", "exempt"),
        ("a", "", "/healthz", "probes", "exempt"),
        ("a", "", "/api/v1/pods", "global-default", "global-default"),
        (
            "system:node:n",
            "system:nodes",
            "/api/v1/nodes/n",
            "system-node-high",
            "node-high",
        ),
        (
            "system:node:n",
            "system:nodes",
            "/api/v1/pods",
            "system-nodes",
            "system",
        ),
        (
            "system:kube-scheduler",
            "",
            "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x",
            "system-leader-election",
            "leader-election",
        ),
        (
            "system:kube-scheduler",
            "",
            "/api/v1/pods",
            "kube-scheduler",
            "workload-high",
        ),
        (
            "system:serviceaccount:kube-system:dns",
            "system:serviceaccounts",
            "/api/v1/pods",
            "kube-system-service-accounts",
            "workload-high",
        ),
        (
            "system:serviceaccount:a:b",
            "system:serviceaccounts",
            "/api/v1/pods",
            "service-accounts",
            "workload-low",
        ),
    ] {
        let found = admit(&control, user, group, uri).await;
        assert_eq!(found, (schema.to_owned(), level.to_owned()), "{user} {uri}");
    }
}

#[tokio::test]
async fn a_schema_of_a_level_that_is_not_there_is_passed_over() {
    let control = with_suggested();
    let schema = json!({"metadata": {"name": "mine", "uid": "mine"}, "spec": {
        "priorityLevelConfiguration": {"name": "none"}, "matchingPrecedence": 5,
        "rules": [{"subjects": [{"kind": "User", "user": {"name": "*"}}],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]}]}});
    control.put(ObjectKind::Schema, &schema);
    assert_eq!(
        admit(&control, "a", "", "/version").await.0,
        "global-default"
    );
    let level = json!({"metadata": {"name": "none", "uid": "none"}, "spec": {"type": "Exempt"}});
    control.put(ObjectKind::Level, &level);
    assert_eq!(admit(&control, "a", "", "/version").await.0, "mine");
}

#[tokio::test]
async fn without_fairness_two_limits_hold() {
    let settings = FlowSettings {
        fair: false,
        max_requests: 1,
        max_mutating: 1,
    };
    let control = FlowControl::new(settings, &metrics::Registry::default());
    let registry = Registry::new(Arc::new(MemoryStore::new()));
    let get = RequestInfo::parse(&Method::GET, "/api/v1/pods", "");
    let post = RequestInfo::parse(&Method::POST, "/api/v1/namespaces/a/pods", "");
    let user = Arc::new(UserInfo::authenticated("a", [""; 0]));
    let root = Arc::new(UserInfo::authenticated("a", [MASTERS]));
    let first = control.admit(&user, &get, "", &registry).await.1;
    assert!(first.is_ok());
    assert!(control.admit(&user, &get, "", &registry).await.1.is_err());
    assert!(control.admit(&root, &get, "", &registry).await.1.is_ok());
    assert!(control.admit(&user, &post, "", &registry).await.1.is_ok());
    drop(first);
    assert!(control.admit(&user, &get, "", &registry).await.1.is_ok());
}

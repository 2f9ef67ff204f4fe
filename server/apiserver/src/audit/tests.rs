//! The audit log of a server that is asked in process: what the file holds at the end.

use std::path::PathBuf;

use knarr_component::metrics::Page;
use serde_json::{Value, json};

use super::{AuditConfig, Delivery, Format, Limits, LogSettings, Mode};
use crate::testing::TestServer;
use crate::user::UserInfo;

const POLICY: &str = "
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  nonResourceURLs: [/version]
- level: RequestResponse
  omitManagedFields: true
  resources: [{group: '', resources: [configmaps]}]
- level: Metadata
";

/// A server that records, and its log. The file is removed at the end.
struct Recorded {
    server: TestServer,
    path: PathBuf,
}

impl Drop for Recorded {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Recorded {
    async fn new(policy: &str, mode: Mode) -> Self {
        Self::with(policy, Delivery::one_by_one(mode, 100)).await
    }

    async fn with(policy: &str, delivery: Delivery) -> Self {
        let name = format!("knarr-audit-{}.log", uuid::Uuid::new_v4());
        let path = std::env::temp_dir().join(name);
        let log = LogSettings {
            path: path.clone(),
            max_age: 0,
            max_backups: 0,
            max_size: 0,
            compress: false,
            format: Format::Json,
            delivery,
        };
        let config = AuditConfig {
            policy: policy.to_owned(),
            log: Some(log),
            webhook: None,
        };
        let server = TestServer::with(|server| server.audit = Some(config)).await;
        Self { server, path }
    }

    fn events(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.path).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The last event, without what differs each time.
    fn last(&self) -> Value {
        let mut event = self.events().pop().unwrap();
        for field in [
            "auditID",
            "requestReceivedTimestamp",
            "stageTimestamp",
            "user",
        ] {
            let there = event.as_object_mut().unwrap().shift_remove(field);
            assert!(there.is_some(), "{field}");
        }
        event
    }
}

fn configmap() -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1"}})
}

#[tokio::test]
async fn a_write_is_recorded_with_what_was_sent_and_what_was_answered() {
    let recorded = Recorded::new(POLICY, Mode::Blocking).await;
    let path = "/api/v1/namespaces/default/configmaps";
    let answer = recorded.server.post(path, configmap()).await;
    let id = answer.headers["audit-id"].to_str().unwrap().to_owned();
    let created = answer.expect(201);
    let event = recorded.events().pop().unwrap();
    assert_eq!(event["auditID"], id);
    assert_eq!(
        event["user"],
        json!({"username": "admin", "groups": ["system:masters", "system:authenticated"]})
    );
    let mut shown = created.clone();
    knarr_api::meta::remove(&mut shown, "managedFields");
    assert_eq!(
        recorded.last(),
        json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse",
            "stage": "ResponseComplete", "requestURI": path, "verb": "create",
            "sourceIPs": ["127.0.0.1"],
            "objectRef": {"resource": "configmaps", "namespace": "default", "name": "a", "apiVersion": "v1"},
            "responseStatus": {"metadata": {}, "code": 201},
            "requestObject": configmap(),
            "responseObject": shown,
            "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""},
        })
    );
}

#[tokio::test]
async fn a_refusal_says_why() {
    let recorded = Recorded::new(POLICY, Mode::Blocking).await;
    let nobody = recorded
        .server
        .acting_as(UserInfo::authenticated("nobody", [""; 0]));
    nobody.get("/api/v1/nodes/n").await.expect(403);
    let event = recorded.last();
    let annotations = &event["annotations"];
    assert_eq!(annotations["authorization.k8s.io/decision"], "forbid");
    let message = "nodes \"n\" is forbidden: User \"nobody\" cannot get resource \"nodes\" in API group \"\" at the cluster scope";
    assert_eq!(
        event["responseStatus"],
        json!({"metadata": {}, "status": "Failure", "message": message, "reason": "Forbidden",
            "details": {"name": "n", "kind": "nodes"}, "code": 403})
    );
}

#[tokio::test]
async fn a_deletion_is_recorded_with_its_status_and_rules_that_say_none_are_silent() {
    let recorded = Recorded::new(POLICY, Mode::Blocking).await;
    let path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/view";
    recorded.server.delete(path).await.expect(200);
    let event = recorded.last();
    assert_eq!(event["responseStatus"]["status"], "Success");
    assert_eq!(event["responseStatus"]["code"], 200);
    assert_eq!(event["responseStatus"]["details"]["name"], "view");
    let before = recorded.events().len();
    recorded.server.get("/version").await.expect(200);
    assert_eq!(recorded.events().len(), before);
}

#[tokio::test]
async fn a_watch_is_recorded_at_its_start_and_at_its_end() {
    let recorded = Recorded::new(POLICY, Mode::Blocking).await;
    let path = "/api/v1/nodes?watch=true&timeoutSeconds=1000";
    let request = crate::testing::request("GET", path, "", axum::body::Body::empty());
    let answer = recorded.server.raw(request).await;
    let stages = || {
        let events = recorded.events();
        let stages = events.iter().map(|event| event["stage"].to_string());
        stages.collect::<Vec<_>>()
    };
    assert_eq!(stages(), ["\"ResponseStarted\""]);
    drop(answer);
    while stages().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(stages(), ["\"ResponseStarted\"", "\"ResponseComplete\""]);
}

#[tokio::test]
async fn what_is_recorded_in_the_background_is_there_at_the_end() {
    let recorded = Recorded::new(POLICY, Mode::Batch).await;
    recorded.server.get("/api/v1/nodes").await.expect(200);
    recorded.server.server.finish_audit().await;
    assert_eq!(recorded.events().len(), 1);
}

fn metrics(server: &TestServer) -> String {
    let mut page = Page::default();
    server.shared().config.registry.write(&mut page);
    page.text().to_owned()
}

#[tokio::test]
async fn an_event_that_is_too_large_is_recorded_without_its_objects_or_not_at_all() {
    for (event, recorded_events, lost) in [(2000, 1, 0), (300, 0, 1)] {
        for mode in [Mode::BlockingStrict, Mode::Batch] {
            let delivery = Delivery {
                limits: Some(Limits {
                    event,
                    batch: event,
                }),
                ..Delivery::one_by_one(mode, usize::MAX)
            };
            let recorded = Recorded::with(POLICY, delivery).await;
            let mut large = configmap();
            large["data"]["x"] = "x".repeat(3000).into();
            let path = "/api/v1/namespaces/default/configmaps";
            recorded.server.post(path, large).await.expect(201);
            recorded.server.server.finish_audit().await;
            let errors = format!("apiserver_audit_error_total{{plugin=\"truncate\"}} {lost}\n");
            let metrics = metrics(&recorded.server);
            assert_eq!(metrics.contains(&errors), lost > 0, "{metrics}");
            let events = recorded.events();
            assert_eq!(events.len(), recorded_events);
            for event in events {
                assert_eq!(event["annotations"]["audit.k8s.io/truncated"], "true");
                assert!(event["requestObject"].is_null() && event["responseObject"].is_null());
                assert_eq!(event["objectRef"]["name"], "a");
            }
        }
    }
}

#[tokio::test]
async fn a_strict_log_that_cannot_be_written_refuses_requests() {
    let policy = "{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Metadata}]}";
    let config = |mode| AuditConfig {
        policy: policy.to_owned(),
        log: Some(LogSettings {
            path: PathBuf::from("/dev/full"),
            max_age: 0,
            max_backups: 0,
            max_size: 0,
            compress: false,
            format: Format::Legacy,
            delivery: Delivery::one_by_one(mode, 100),
        }),
        webhook: None,
    };
    let strict = TestServer::with(|server| server.audit = Some(config(Mode::BlockingStrict))).await;
    let answer = strict.get("/api/v1/nodes").await;
    assert_eq!(answer.code, 500);
    assert!(answer.message().contains("failed to store audit event"));
    let metrics = metrics(&strict);
    for line in [
        "apiserver_audit_level_total{level=\"Metadata\"} 1\n",
        "apiserver_audit_requests_rejected_total 1\n",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    assert!(!metrics.contains("apiserver_audit_event_total 0\n"));
    let loose = TestServer::with(|server| server.audit = Some(config(Mode::Blocking))).await;
    loose.get("/api/v1/nodes").await.expect(200);
}

//! What every conformant cluster shows of its API, tried on the server in process. Behaviours that need a controller are
//! in the tests of the crate that composes the control plane; those of one admission plugin are beside it.
//!
//! | behaviours of the conformance profile | held by |
//! |---|---|
//! | API operations, lifecycles, status endpoints and collections, of every kind | `operations` |
//! | AdmissionWebhook | `webhooks`, `admission::webhook::tests` |
//! | ValidatingAdmissionPolicy, MutatingAdmissionPolicy | `admission::policy::tests` |
//! | AggregatedDiscovery, Discovery, CustomResourcePublishOpenAPI, Table transformation | `discovery` |
//! | CustomResourceDefinition, conversion webhooks, field selectors | `custom_resources`, `crd::tests` |
//! | FieldValidation | `field_validation` |
//! | Aggregator | `aggregation::tests` |
//! | API chunking | `objects`, `wire_tests` |
//! | Watchers; evictions and budgets; LimitRange; issuer discovery | `lifecycles` |
//! | Namespaces; immutable ConfigMaps and Secrets; Services that change; PriorityClass; scales | `objects` |
//! | Pods: generation, ephemeral containers, status, QoS, sysctls, RuntimeClass, CSI volumes | `pods` |
//! | SubjectReview | `objects`, `auth_tests` |
//! | Garbage collector, ResourceQuota, ReplicaSets, kube-root-ca.crt, Endpoints | `server/tests/controllers` |

mod custom_resources;
mod discovery;
mod field_validation;
mod lifecycles;
mod objects;
mod operations;
mod pods;
mod runtime_config;
mod webhooks;

use serde_json::Value;

use crate::testing::TestServer;

/// The namespace of the objects in `testdata`.
const NAMESPACE: &str = "kinds";

/// One object of every kind that can be created and listed.
fn objects() -> Vec<Value> {
    let files = [
        include_str!("../../../../testdata/kinds.yaml"),
        include_str!("../../../../testdata/api_kinds.yaml"),
    ];
    files
        .into_iter()
        .flat_map(knarr_api::yaml::documents)
        .map(|document| document.expect("the file is YAML"))
        .collect()
}

/// Makes the namespace of the objects, with the account that its pods run as.
async fn make_namespace(server: &TestServer) {
    let namespace = serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
    server
        .post("/api/v1/namespaces", namespace)
        .await
        .expect(201);
    let account = serde_json::json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
    let accounts = format!("/api/v1/namespaces/{NAMESPACE}/serviceaccounts");
    server.post(&accounts, account).await.expect(201);
}

/// The names of a list's items.
fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().into_iter().flatten();
    items
        .filter_map(|item| item["metadata"]["name"].as_str())
        .collect()
}

/// The changes that a watch tells of until it ends, as type and object.
async fn watched(server: &TestServer, collection: &str, query: &str) -> Vec<(String, Value)> {
    let path = format!("{collection}?watch=true&timeoutSeconds=1&{query}");
    let answer = server.get(&path).await;
    assert_eq!(answer.code.as_u16(), 200, "{path}: {}", answer.text);
    let change = |line: &str| {
        let change: Value = serde_json::from_str(line).expect("a line is a change");
        let kind = change["type"].as_str().unwrap_or_default().to_owned();
        (kind, change["object"].clone())
    };
    answer.text.lines().map(change).collect()
}

//! The flow schemas and priority levels that every cluster has, and has as they are
//! (`pkg/apis/flowcontrol/bootstrap` upstream), with what others are made of, too.

use serde_json::{Value, json};

/// The level of who never waits, and the schema of it.
pub const EXEMPT: &str = "exempt";

/// The level and the schema of what no other schema matches.
pub const CATCH_ALL: &str = "catch-all";

/// A priority level.
pub fn level(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "flowcontrol.apiserver.k8s.io/v1", "kind": "PriorityLevelConfiguration",
        "metadata": {"name": name}, "spec": spec})
}

/// The levels that every request can fall back on.
pub fn mandatory_levels() -> Vec<Value> {
    vec![
        level(
            EXEMPT,
            &json!({"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}}),
        ),
        level(
            CATCH_ALL,
            &json!({"type": "Limited", "limited": {"nominalConcurrencyShares": 5,
                "lendablePercent": 0, "limitResponse": {"type": "Reject"}}}),
        ),
    ]
}

/// Groups, as subjects.
pub fn groups(names: &[&str]) -> Vec<Value> {
    let groups = names.iter();
    groups
        .map(|name| json!({"kind": "Group", "group": {"name": name}}))
        .collect()
}

/// A rule for resources in all namespaces, and for resources without one if `cluster`.
pub fn resource(verbs: &[&str], group: &str, resources: &[&str], cluster: bool) -> Value {
    let mut rule = json!({"verbs": verbs, "apiGroups": [group], "resources": resources,
        "namespaces": ["*"]});
    if cluster {
        rule["clusterScope"] = true.into();
    }
    rule
}

/// Every request of the subjects.
pub fn everything(subjects: Vec<Value>) -> Value {
    json!({"subjects": subjects, "resourceRules": [resource(&["*"], "*", &["*"], true)],
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]})
}

/// A flow schema with one rule; `by` is the method that tells its flows apart, empty for none.
pub fn schema(name: &str, level: &str, precedence: u32, by: &str, rule: Value) -> Value {
    let mut spec = json!({"priorityLevelConfiguration": {"name": level},
        "matchingPrecedence": precedence, "rules": [rule]});
    if !by.is_empty() {
        spec["distinguisherMethod"] = json!({"type": by});
    }
    json!({"apiVersion": "flowcontrol.apiserver.k8s.io/v1", "kind": "FlowSchema",
        "metadata": {"name": name}, "spec": spec})
}

/// Who has been authenticated, and who has not.
pub const EVERYBODY: &[&str] = &["system:unauthenticated", "system:authenticated"];
/// Each user has a flow.
pub const BY_USER: &str = "ByUser";

/// The schemas that match what no other does, and who is never to wait.
pub fn mandatory_schemas() -> Vec<Value> {
    vec![
        schema(
            EXEMPT,
            EXEMPT,
            1,
            "",
            everything(groups(&["system:masters"])),
        ),
        schema(
            CATCH_ALL,
            CATCH_ALL,
            10_000,
            BY_USER,
            everything(groups(EVERYBODY)),
        ),
    ]
}

//! The taints that a node's conditions call for.

use k8s_openapi::api::core::v1::{Node, Taint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// A condition, the status in which it taints, and the taint. Those of readiness evict as well.
const BY_CONDITION: [(&str, &str, &str); 6] = [
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    (
        "MemoryPressure",
        "True",
        "node.kubernetes.io/memory-pressure",
    ),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
    (
        "NetworkUnavailable",
        "True",
        "node.kubernetes.io/network-unavailable",
    ),
];

/// All taints that the node is to have: others' stay, ours follow its conditions.
pub fn wanted(node: &Node, now: Timestamp) -> Vec<Taint> {
    let present = node
        .spec
        .as_ref()
        .and_then(|spec| spec.taints.clone())
        .unwrap_or_default();
    let conditions = node
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_deref())
        .unwrap_or_default();
    let holds = |type_: &str, status: &str| {
        conditions
            .iter()
            .any(|c| c.type_ == type_ && c.status == status)
    };
    let mut called_for: Vec<(&str, &str)> = Vec::new();
    for (type_, status, key) in BY_CONDITION {
        if holds(type_, status) {
            called_for.push((key, "NoSchedule"));
            if type_ == "Ready" {
                called_for.push((key, "NoExecute"));
            }
        }
    }
    if node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true) {
        called_for.push((UNSCHEDULABLE, "NoSchedule"));
    }
    // Until the kubelet has said anything, the taint that the node registered with stays.
    let unheard = !conditions
        .iter()
        .any(|condition| condition.type_ == "Ready");
    let ours = |taint: &Taint| {
        taint.key == UNSCHEDULABLE
            || (!(unheard && taint.key == NOT_READY)
                && BY_CONDITION.iter().any(|(_, _, key)| *key == taint.key))
    };
    let is = |taint: &Taint, key: &str, effect: &str| taint.key == key && taint.effect == effect;
    let stays = |taint: &Taint| {
        !ours(taint)
            || called_for
                .iter()
                .any(|(key, effect)| is(taint, key, effect))
    };
    let mut wanted: Vec<Taint> = present.into_iter().filter(stays).collect();
    for (key, effect) in called_for {
        if !wanted.iter().any(|taint| is(taint, key, effect)) {
            let (key, effect) = (key.to_owned(), effect.to_owned());
            wanted.push(Taint {
                key,
                effect,
                value: None,
                time_added: Some(Time(now)),
            });
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn keys(conditions: Value, spec: Value) -> Vec<String> {
        let node =
            serde_json::from_value(json!({ "spec": spec, "status": { "conditions": conditions } }))
                .unwrap();
        wanted(&node, Timestamp::UNIX_EPOCH)
            .into_iter()
            .map(|taint| format!("{}:{}", taint.key, taint.effect))
            .collect()
    }

    #[test]
    fn taints_follow_conditions() {
        let unreachable = [
            "node.kubernetes.io/unreachable:NoSchedule",
            "node.kubernetes.io/unreachable:NoExecute",
        ];
        assert_eq!(
            keys(json!([{ "type": "Ready", "status": "Unknown" }]), json!({})),
            unreachable
        );
        let pressed = json!([{ "type": "Ready", "status": "True" }, { "type": "DiskPressure", "status": "True" }]);
        assert_eq!(
            keys(pressed, json!({})),
            ["node.kubernetes.io/disk-pressure:NoSchedule"]
        );
        let cordoned = json!({ "unschedulable": true });
        assert_eq!(
            keys(json!([]), cordoned),
            ["node.kubernetes.io/unschedulable:NoSchedule"]
        );
    }

    #[test]
    fn others_taints_stay_and_ours_go_when_the_node_is_well() {
        let taints = json!({ "taints": [
            { "key": "mine", "effect": "NoSchedule" },
            { "key": "node.kubernetes.io/not-ready", "effect": "NoExecute" },
        ] });
        assert_eq!(
            keys(
                json!([{ "type": "Ready", "status": "True" }]),
                taints.clone()
            ),
            ["mine:NoSchedule"]
        );
        assert_eq!(
            keys(json!([]), taints).len(),
            2,
            "the kubelet has not spoken yet"
        );
    }
}

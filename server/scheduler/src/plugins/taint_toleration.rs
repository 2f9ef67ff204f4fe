//! Taints keep pods away from a node; tolerations let them in.

use k8s_openapi::api::core::v1::{Taint, Toleration};

use super::{ClusterEvent, Plugin, Rejection, normalize_to_highest};
use crate::snapshot::{NodeInfo, PodInfo};

pub struct TaintToleration;

impl Plugin for TaintToleration {
    fn name(&self) -> &'static str {
        "TaintToleration"
    }

    fn filter(&self, pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
        let keeps_away =
            |taint: &&Taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute");
        match taints(node)
            .filter(keeps_away)
            .any(|taint| !tolerated(pod, taint))
        {
            true => Err(Rejection::because(
                "node(s) had untolerated taint(s)",
                false,
            )),
            false => Ok(()),
        }
    }

    /// How many taints of the softer effect the pod does not tolerate.
    fn score(&self, pod: &PodInfo, node: &NodeInfo) -> Option<i64> {
        let untolerated = taints(node)
            .filter(|taint| taint.effect == "PreferNoSchedule" && !tolerated(pod, taint))
            .count();
        Some(i64::try_from(untolerated).unwrap_or(i64::MAX))
    }

    fn normalize(&self, scores: &mut [i64]) {
        normalize_to_highest(scores, true);
    }

    fn undone_by(&self) -> &'static [ClusterEvent] {
        &[ClusterEvent::NodeAdded, ClusterEvent::NodeTaints]
    }
}

fn taints(node: &NodeInfo) -> impl Iterator<Item = &Taint> {
    node.node
        .spec
        .iter()
        .flat_map(|spec| spec.taints.iter().flatten())
}

fn tolerated(pod: &PodInfo, taint: &Taint) -> bool {
    tolerates(
        pod,
        &taint.key,
        taint.value.as_deref().unwrap_or_default(),
        &taint.effect,
    )
}

/// Whether the pod tolerates a taint of this key, value and effect.
pub fn tolerates(pod: &PodInfo, key: &str, value: &str, effect: &str) -> bool {
    let tolerations = pod
        .pod
        .spec
        .as_ref()
        .and_then(|spec| spec.tolerations.as_deref())
        .unwrap_or_default();
    tolerations
        .iter()
        .any(|toleration| matches(toleration, key, value, effect))
}

fn matches(toleration: &Toleration, key: &str, value: &str, effect: &str) -> bool {
    let given = |field: &Option<String>| {
        field
            .as_deref()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    if given(&toleration.effect).is_some_and(|wanted| wanted != effect) {
        return false;
    }
    if given(&toleration.key).is_some_and(|wanted| wanted != key) {
        return false;
    }
    match toleration.operator.as_deref() {
        Some("Exists") => true,
        None | Some("" | "Equal") => toleration.value.as_deref().unwrap_or_default() == value,
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{node_from, pod_from};
    use serde_json::{Value, json};

    fn check(taint: Value, tolerations: Value, wanted: bool) {
        let node = NodeInfo::new(node_from(
            json!({ "metadata": { "name": "n" }, "spec": { "taints": [taint] } }),
        ));
        let pod = pod_from("p", json!({ "containers": [], "tolerations": tolerations }));
        assert_eq!(
            TaintToleration.filter(&pod, &node).is_ok(),
            wanted,
            "{taint} {tolerations}"
        );
    }

    #[test]
    fn a_toleration_matches_by_key_value_and_effect() {
        let taint = json!({ "key": "k", "value": "v", "effect": "NoSchedule" });
        check(taint.clone(), json!([]), false);
        check(taint.clone(), json!([{ "key": "k", "value": "v" }]), true);
        check(
            taint.clone(),
            json!([{ "key": "k", "operator": "Equal", "value": "w" }]),
            false,
        );
        check(
            taint.clone(),
            json!([{ "key": "k", "operator": "Exists", "effect": "NoExecute" }]),
            false,
        );
        check(
            taint.clone(),
            json!([{ "key": "k", "operator": "Exists", "effect": "NoSchedule" }]),
            true,
        );
        check(taint, json!([{ "operator": "Exists" }]), true);
        check(
            json!({ "key": "k", "effect": "PreferNoSchedule" }),
            json!([]),
            true,
        );
    }
}

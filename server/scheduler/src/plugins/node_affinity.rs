//! Node selectors and node affinity: where a pod must run, and where it would like to.

use k8s_openapi::api::core::v1::{NodeSelectorRequirement, NodeSelectorTerm};

use super::{ClusterEvent, Plugin, Rejection, normalize_to_highest};
use crate::snapshot::{NodeInfo, PodInfo};

pub struct NodeAffinity;

impl Plugin for NodeAffinity {
    fn name(&self) -> &'static str {
        "NodeAffinity"
    }

    fn filter(&self, pod: &PodInfo, node: &NodeInfo) -> Result<(), Rejection> {
        let selector = pod
            .pod
            .spec
            .iter()
            .flat_map(|spec| spec.node_selector.iter().flatten());
        let selected = selector
            .into_iter()
            .all(|(key, value)| node.label(key) == Some(value));
        let affine = pod
            .required_node_terms()
            .is_none_or(|terms| terms.iter().any(|term| term_matches(term, node)));
        match selected && affine {
            true => Ok(()),
            false => Err(Rejection::because(
                "node(s) didn't match Pod's node affinity/selector",
                false,
            )),
        }
    }

    fn score(&self, pod: &PodInfo, node: &NodeInfo) -> Option<i64> {
        let affinity = pod
            .pod
            .spec
            .as_ref()?
            .affinity
            .as_ref()?
            .node_affinity
            .as_ref()?;
        let preferred = affinity
            .preferred_during_scheduling_ignored_during_execution
            .as_ref()?;
        let matching = preferred
            .iter()
            .filter(|term| term.weight != 0 && term_matches(&term.preference, node));
        Some(matching.map(|term| i64::from(term.weight)).sum())
    }

    fn normalize(&self, scores: &mut [i64]) {
        normalize_to_highest(scores, false);
    }

    fn undone_by(&self) -> &'static [ClusterEvent] {
        &[ClusterEvent::NodeAdded, ClusterEvent::NodeLabels]
    }
}

/// Whether every requirement of the term holds; a term without any matches nothing.
fn term_matches(term: &NodeSelectorTerm, node: &NodeInfo) -> bool {
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    let field = |key: &str| (key == "metadata.name").then_some(&*node.name);
    (!expressions.is_empty() || !fields.is_empty())
        && expressions
            .iter()
            .all(|requirement| holds(requirement, node.label(&requirement.key)))
        && fields
            .iter()
            .all(|requirement| holds(requirement, field(&requirement.key)))
}

fn holds(requirement: &NodeSelectorRequirement, actual: Option<&str>) -> bool {
    let values = requirement.values.as_deref().unwrap_or_default();
    let listed = || actual.is_some_and(|actual| values.iter().any(|value| value == actual));
    let compare = |order: std::cmp::Ordering| {
        let actual: Option<i64> = actual.and_then(|text| text.parse().ok());
        let bound: Option<i64> = values.first().and_then(|text| text.parse().ok());
        actual
            .zip(bound)
            .is_some_and(|(actual, bound)| actual.cmp(&bound) == order)
    };
    match requirement.operator.as_str() {
        "In" => listed(),
        "NotIn" => !listed(),
        "Exists" => actual.is_some(),
        "DoesNotExist" => actual.is_none(),
        "Gt" => compare(std::cmp::Ordering::Greater),
        "Lt" => compare(std::cmp::Ordering::Less),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{node_from, pod_from};
    use serde_json::{Value, json};

    fn node() -> NodeInfo {
        let labels = json!({ "zone": "a", "cores": "8" });
        NodeInfo::new(node_from(
            json!({ "metadata": { "name": "n", "labels": labels } }),
        ))
    }

    fn requires(requirement: Value) -> bool {
        let required = json!({ "nodeSelectorTerms": [{ "matchExpressions": [requirement] }] });
        let affinity = json!({ "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": required } });
        NodeAffinity
            .filter(
                &pod_from("p", json!({ "containers": [], "affinity": affinity })),
                &node(),
            )
            .is_ok()
    }

    #[test]
    fn every_operator() {
        for (operator, key, values, wanted) in [
            ("In", "zone", json!(["a", "b"]), true),
            ("In", "zone", json!(["b"]), false),
            ("In", "none", json!(["b"]), false),
            ("NotIn", "zone", json!(["b"]), true),
            ("NotIn", "none", json!(["b"]), true),
            ("NotIn", "zone", json!(["a"]), false),
            ("Exists", "zone", json!([]), true),
            ("DoesNotExist", "zone", json!([]), false),
            ("Gt", "cores", json!(["7"]), true),
            ("Gt", "cores", json!(["8"]), false),
            ("Lt", "cores", json!(["9"]), true),
            ("Lt", "zone", json!(["9"]), false),
        ] {
            let requirement = json!({ "key": key, "operator": operator, "values": values });
            assert_eq!(requires(requirement), wanted, "{operator} {key} {values}");
        }
    }

    #[test]
    fn a_selector_needs_every_label() {
        let select = |selector: Value| {
            NodeAffinity
                .filter(
                    &pod_from("p", json!({ "containers": [], "nodeSelector": selector })),
                    &node(),
                )
                .is_ok()
        };
        assert!(select(json!({ "zone": "a" })));
        assert!(!select(json!({ "zone": "a", "cores": "4" })));
    }

    #[test]
    fn a_field_selects_by_name_and_an_empty_term_matches_nothing() {
        let by = |terms: Value| {
            let affinity = json!({ "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms } } });
            NodeAffinity
                .filter(
                    &pod_from("p", json!({ "containers": [], "affinity": affinity })),
                    &node(),
                )
                .is_ok()
        };
        let name = |name: &str| json!([{ "matchFields": [{ "key": "metadata.name", "operator": "In", "values": [name] }] }]);
        assert!(by(name("n")));
        assert!(!by(name("m")));
        assert!(!by(json!([{}])));
    }
}

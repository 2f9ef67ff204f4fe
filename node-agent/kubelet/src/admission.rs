//! Whether the node takes a pod that was bound to it: the scheduler may have known less than the node
//! does, or a pod may name its node itself. Pure.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Node, NodeSelectorRequirement, NodeSelectorTerm, Pod};
use knarr_api::quantity::Quantity;

use crate::pod::resources::requests;

/// Why a pod is refused: reason and message of its failed status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// One word, such as `OutOfcpu`.
    pub reason: String,
    /// For people.
    pub message: String,
}

/// Decides for a pod, given the pods the node has already.
pub fn admit<'a>(
    node: &Node,
    present: impl Iterator<Item = &'a Pod> + Clone,
    pod: &Pod,
) -> Result<(), Rejection> {
    if !matches_node(node, pod) {
        return Err(Rejection {
            reason: "NodeAffinity".into(),
            message: "Predicate NodeAffinity failed".into(),
        });
    }
    let wanted = host_ports(pod);
    let conflict = present.clone().flat_map(host_ports).any(|used| {
        wanted.iter().any(|port| {
            let overlap = port.2 == used.2 || port.2 == "0.0.0.0" || used.2 == "0.0.0.0";
            port.0 == used.0 && port.1 == used.1 && overlap
        })
    });
    if conflict {
        return Err(Rejection {
            reason: "NodePorts".into(),
            message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports".into(),
        });
    }
    fits(node, present, pod)
}

fn fits<'a>(
    node: &Node,
    present: impl Iterator<Item = &'a Pod> + Clone,
    pod: &Pod,
) -> Result<(), Rejection> {
    let status = node.status.as_ref();
    let Some(allocatable) = status.and_then(|status| status.allocatable.as_ref()) else {
        return Ok(());
    };
    let capacity = |name: &str| {
        let quantity = allocatable
            .get(name)
            .and_then(|value| Quantity::parse(&value.0).ok());
        quantity.map_or(0, |quantity| quantity.milli_value())
    };
    let count = i64::try_from(present.clone().count()).unwrap_or(i64::MAX);
    let room = capacity("pods") / 1000;
    if count + 1 > room {
        return Err(out_of("pods", 1, count, room));
    }
    let mut used: BTreeMap<String, i64> = BTreeMap::new();
    for other in present {
        for (name, amount) in requests(other) {
            *used.entry(name).or_default() += amount;
        }
    }
    for (name, requested) in requests(pod) {
        let (used, capacity) = (used.get(&name).copied().unwrap_or(0), capacity(&name));
        if used + requested > capacity {
            // CPU is counted in milli-units, everything else in whole ones.
            let unit = if name == "cpu" { 1 } else { 1000 };
            return Err(out_of(
                &name,
                requested / unit,
                used / unit,
                capacity / unit,
            ));
        }
    }
    Ok(())
}

fn out_of(name: &str, requested: i64, used: i64, capacity: i64) -> Rejection {
    Rejection {
        reason: format!("OutOf{name}"),
        message: format!(
            "Node didn't have enough resource: {name}, requested: {requested}, used: {used}, capacity: {capacity}"
        ),
    }
}

fn host_ports(pod: &Pod) -> Vec<(i32, String, String)> {
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    containers
        .flat_map(|container| container.ports.iter().flatten())
        .filter_map(|port| {
            let number = port.host_port.filter(|port| *port > 0)?;
            let address = port.host_ip.clone().filter(|ip| !ip.is_empty());
            Some((
                number,
                port.protocol.clone().unwrap_or_else(|| "TCP".into()),
                address.unwrap_or_else(|| "0.0.0.0".into()),
            ))
        })
        .collect()
}

fn matches_node(node: &Node, pod: &Pod) -> bool {
    let empty = BTreeMap::new();
    let labels = node.metadata.labels.as_ref().unwrap_or(&empty);
    let Some(spec) = &pod.spec else { return true };
    let selected = spec
        .node_selector
        .iter()
        .flatten()
        .all(|(key, value)| labels.get(key) == Some(value));
    let required = spec
        .affinity
        .as_ref()
        .and_then(|affinity| affinity.node_affinity.as_ref())
        .and_then(|affinity| {
            affinity
                .required_during_scheduling_ignored_during_execution
                .as_ref()
        });
    selected
        && required.is_none_or(|required| {
            required
                .node_selector_terms
                .iter()
                .any(|term| matches_term(node, labels, term))
        })
}

fn matches_term(node: &Node, labels: &BTreeMap<String, String>, term: &NodeSelectorTerm) -> bool {
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    let name = node.metadata.name.as_ref();
    // A term without requirements matches nothing.
    !(expressions.is_empty() && fields.is_empty())
        && expressions
            .iter()
            .all(|requirement| satisfies(labels.get(&requirement.key), requirement))
        && fields.iter().all(|requirement| {
            satisfies(
                name.filter(|_| requirement.key == "metadata.name"),
                requirement,
            )
        })
}

fn satisfies(value: Option<&String>, requirement: &NodeSelectorRequirement) -> bool {
    let values = requirement.values.as_deref().unwrap_or_default();
    let number = |text: Option<&String>| text.and_then(|text| text.parse::<i64>().ok());
    match requirement.operator.as_str() {
        "In" => value.is_some_and(|value| values.contains(value)),
        "NotIn" => value.is_none_or(|value| !values.contains(value)),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => number(value)
            .zip(number(values.first()))
            .is_some_and(|(have, least)| have > least),
        "Lt" => number(value)
            .zip(number(values.first()))
            .is_some_and(|(have, most)| have < most),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn node() -> Node {
        serde_json::from_value(json!({"metadata": {"name": "n", "labels": {"zone": "a"}},
            "status": {"allocatable": {"cpu": "2", "memory": "1Gi", "pods": "3"}}}))
        .unwrap()
    }

    fn pod(spec: Value) -> Pod {
        serde_json::from_value(json!({"spec": spec})).unwrap()
    }

    fn check(present: &[Pod], spec: Value) -> Result<(), String> {
        admit(&node(), present.iter(), &pod(spec))
            .map_err(|rejection| format!("{}: {}", rejection.reason, rejection.message))
    }

    fn cpu(amount: &str) -> Value {
        json!({"containers": [{"name": "a", "resources": {"requests": {"cpu": amount}}}]})
    }

    #[test]
    fn a_pod_must_fit_beside_those_that_are_there() {
        assert_eq!(check(&[pod(cpu("1"))], cpu("1")), Ok(()));
        assert_eq!(
            check(&[pod(cpu("1500m"))], cpu("5")).unwrap_err(),
            "OutOfcpu: Node didn't have enough resource: cpu, requested: 5000, used: 1500, capacity: 2000"
        );
        let many = [pod(cpu("0")), pod(cpu("0")), pod(cpu("0"))];
        assert_eq!(
            check(&many, cpu("0")).unwrap_err(),
            "OutOfpods: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3"
        );
    }

    #[test]
    fn selectors_and_affinity_must_match() {
        let with = |extra: Value| {
            let mut spec = cpu("0");
            spec.as_object_mut()
                .unwrap()
                .extend(extra.as_object().unwrap().clone());
            spec
        };
        assert_eq!(
            check(&[], with(json!({"nodeSelector": {"zone": "a"}}))),
            Ok(())
        );
        assert!(check(&[], with(json!({"nodeSelector": {"zone": "b"}}))).is_err());
        let affinity = |operator: &str| {
            with(
                json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
                {"nodeSelectorTerms": [{"matchExpressions":
                    [{"key": "zone", "operator": operator, "values": ["a"]}]}]}}}}),
            )
        };
        assert_eq!(check(&[], affinity("In")), Ok(()));
        assert_eq!(
            check(&[], affinity("NotIn")).unwrap_err(),
            "NodeAffinity: Predicate NodeAffinity failed"
        );
    }

    #[test]
    fn host_ports_are_taken_once() {
        let port = |ip: &str| json!({"containers": [{"name": "a", "ports": [{"containerPort": 1, "hostPort": 80, "hostIP": ip}]}]});
        assert!(
            check(&[pod(port(""))], port("127.0.0.1"))
                .unwrap_err()
                .starts_with("NodePorts")
        );
        assert_eq!(check(&[pod(port("127.0.0.2"))], port("127.0.0.1")), Ok(()));
    }
}

//! `matchLabelKeys` and `mismatchLabelKeys` of a new pod: what its own labels say goes into the selectors
//! (KEP-3243, KEP-3633).

use serde_json::{Value, json};

/// Completes the selectors of a pod's affinities and of its spread over topologies.
pub fn merge(pod: &mut Value) {
    let labels = pod["metadata"]["labels"].clone();
    let Some(spec) = pod.get_mut("spec").filter(|spec| spec.is_object()) else {
        return;
    };
    for kind in ["podAffinity", "podAntiAffinity"] {
        let terms = format!("/affinity/{kind}/preferredDuringSchedulingIgnoredDuringExecution");
        for term in each(spec, &terms) {
            if let Some(term) = term.get_mut("podAffinityTerm") {
                complete(term, &labels);
            }
        }
        let terms = format!("/affinity/{kind}/requiredDuringSchedulingIgnoredDuringExecution");
        each(spec, &terms).for_each(|term| complete(term, &labels));
    }
    each(spec, "/topologySpreadConstraints").for_each(|constraint| complete(constraint, &labels));
}

fn each<'a>(spec: &'a mut Value, pointer: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = spec.pointer_mut(pointer).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

/// No selector selects nothing, and stays so.
fn complete(term: &mut Value, labels: &Value) {
    let mut added = Vec::new();
    for (field, operator) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
        for key in term[field].as_array().into_iter().flatten() {
            if let Some(value) = key.as_str().and_then(|key| labels[key].as_str()) {
                added.push(json!({"key": key, "operator": operator, "values": [value]}));
            }
        }
    }
    if added.is_empty() || !term["labelSelector"].is_object() {
        return;
    }
    let expressions = &mut term["labelSelector"]["matchExpressions"];
    match expressions.as_array_mut() {
        Some(expressions) => expressions.append(&mut added),
        None => *expressions = Value::Array(added),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_the_pod_become_part_of_selectors() {
        let term = |selector: Value| json!({"matchLabelKeys": ["a", "none"], "mismatchLabelKeys": ["b"], "labelSelector": selector});
        let mut pod = json!({"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {
            "affinity": {"podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [term(json!({}))],
                "preferredDuringSchedulingIgnoredDuringExecution": [{"podAffinityTerm": term(Value::Null)}]}},
            "topologySpreadConstraints": [{"matchLabelKeys": ["a"],
                "labelSelector": {"matchExpressions": [{"key": "c", "operator": "Exists"}]}}]}});
        merge(&mut pod);
        let affinity = &pod["spec"]["affinity"]["podAntiAffinity"];
        let (one, two) = (
            json!({"key": "a", "operator": "In", "values": ["1"]}),
            json!({"key": "b", "operator": "NotIn", "values": ["2"]}),
        );
        assert_eq!(
            affinity["requiredDuringSchedulingIgnoredDuringExecution"][0]["labelSelector"],
            json!({"matchExpressions": [one, two]})
        );
        let preferred = &affinity["preferredDuringSchedulingIgnoredDuringExecution"][0];
        assert_eq!(preferred["podAffinityTerm"]["labelSelector"], Value::Null);
        assert_eq!(
            pod["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchExpressions"],
            json!([{"key": "c", "operator": "Exists"}, one])
        );
    }
}

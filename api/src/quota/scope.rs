//! The scopes of a quota: which pods and claims it counts.

use serde_json::{Value, json};

use super::pod;

/// Whether a quota with these `spec.scopes` and this `spec.scopeSelector` counts an object of the kind. Only pods and
/// claims have scopes: a quota with scopes counts nothing else.
pub fn in_scope(quota: &Value, group: &str, plural: &str, object: &Value) -> bool {
    let spec = &quota["spec"];
    let named = spec["scopes"].as_array().into_iter().flatten();
    let named = named.map(|scope| json!({"scopeName": scope, "operator": "Exists"}));
    let selected = spec["scopeSelector"]["matchExpressions"].as_array();
    let selected = selected.into_iter().flatten().cloned();
    named
        .chain(selected)
        .all(|requirement| matches(&requirement, group, plural, object))
}

fn matches(requirement: &Value, group: &str, plural: &str, object: &Value) -> bool {
    let scope = requirement["scopeName"].as_str().unwrap_or_default();
    let spec = &object["spec"];
    match (group, plural, scope) {
        ("", "pods", "Terminating") => is_terminating(spec),
        ("", "pods", "NotTerminating") => !is_terminating(spec),
        ("", "pods", "BestEffort") => is_best_effort(object),
        ("", "pods", "NotBestEffort") => !is_best_effort(object),
        ("", "pods", "CrossNamespacePodAffinity") => crosses_namespaces(spec),
        ("", "pods", "PriorityClass") => selects(requirement, &[text(&spec["priorityClassName"])]),
        ("", "persistentvolumeclaims", "VolumeAttributesClass") => {
            let status = &object["status"];
            let names = [
                &spec["volumeAttributesClassName"],
                &status["currentVolumeAttributesClassName"],
                &status["modifyVolumeStatus"]["targetVolumeAttributesClassName"],
            ];
            selects(requirement, &names.map(text))
        }
        _ => false,
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Whether the operator accepts one of the names; an empty one is none.
fn selects(requirement: &Value, names: &[&str]) -> bool {
    let names: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !name.is_empty())
        .collect();
    let values = requirement["values"].as_array();
    let listed = |name: &&str| values.is_some_and(|all| all.iter().any(|value| value == *name));
    match requirement["operator"].as_str() {
        Some("Exists") => !names.is_empty(),
        Some("DoesNotExist") => names.is_empty(),
        Some("In") => names.iter().any(listed),
        Some("NotIn") => !names.iter().any(listed),
        _ => false,
    }
}

fn is_terminating(spec: &Value) -> bool {
    spec["activeDeadlineSeconds"]
        .as_i64()
        .is_some_and(|seconds| seconds >= 0)
}

fn is_best_effort(object: &Value) -> bool {
    let says_nothing = |amounts: super::Amounts| {
        let own = amounts.iter();
        own.filter(|(name, _)| matches!(name.as_str(), "cpu" | "memory"))
            .all(|(_, amount)| amount.is_zero())
    };
    says_nothing(pod::requests(object)) && says_nothing(pod::limits(object))
}

fn crosses_namespaces(spec: &Value) -> bool {
    let crosses = |term: &Value| {
        term["namespaces"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
            || !term["namespaceSelector"].is_null()
    };
    ["podAffinity", "podAntiAffinity"].iter().any(|kind| {
        let affinity = &spec["affinity"][kind];
        let required = affinity["requiredDuringSchedulingIgnoredDuringExecution"].as_array();
        let preferred = affinity["preferredDuringSchedulingIgnoredDuringExecution"].as_array();
        required.into_iter().flatten().any(crosses)
            || preferred
                .into_iter()
                .flatten()
                .any(|weighted| crosses(&weighted["podAffinityTerm"]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(spec: Value, pod: Value, expected: bool) {
        let quota = json!({"spec": spec});
        assert_eq!(
            in_scope(&quota, "", "pods", &json!({"spec": pod})),
            expected,
            "{spec} {pod}"
        );
    }

    #[test]
    fn pods_by_scope() {
        let scoped = |scope: &str| json!({"scopes": [scope]});
        check(
            scoped("Terminating"),
            json!({"activeDeadlineSeconds": 5}),
            true,
        );
        check(
            scoped("NotTerminating"),
            json!({"activeDeadlineSeconds": 5}),
            false,
        );
        check(scoped("BestEffort"), json!({"containers": [{}]}), true);
        let burstable = json!({"containers": [{"resources": {"requests": {"cpu": "1m"}}}]});
        check(scoped("BestEffort"), burstable.clone(), false);
        check(scoped("NotBestEffort"), burstable, true);
        let affinity = json!({"affinity": {"podAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [{"namespaces": ["x"]}]}}});
        check(scoped("CrossNamespacePodAffinity"), affinity, true);
    }

    #[test]
    fn pods_by_priority_class() {
        let selector = |operator: &str| {
            json!({"scopeSelector": {"matchExpressions": [
                {"scopeName": "PriorityClass", "operator": operator, "values": ["high"]}]}})
        };
        let high = json!({"priorityClassName": "high"});
        check(selector("In"), high.clone(), true);
        check(selector("NotIn"), high.clone(), false);
        check(selector("Exists"), high, true);
        check(selector("DoesNotExist"), json!({}), true);
    }

    #[test]
    fn what_has_no_scopes_is_not_counted_by_a_scoped_quota() {
        let quota = json!({"spec": {"scopes": ["BestEffort"]}});
        assert!(!in_scope(&quota, "", "services", &json!({})));
        assert!(in_scope(&json!({"spec": {}}), "", "services", &json!({})));
    }
}

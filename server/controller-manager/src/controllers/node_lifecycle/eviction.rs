//! When a pod has to leave a node because of taints with the effect NoExecute.

use k8s_openapi::api::core::v1::{Node, Pod, Taint, Toleration};
use k8s_openapi::jiff::{SignedDuration, Timestamp};

/// The taints that evict.
pub fn no_execute(node: &Node) -> Vec<Taint> {
    let taints = node
        .spec
        .iter()
        .flat_map(|spec| spec.taints.iter().flatten());
    taints
        .filter(|taint| taint.effect == "NoExecute")
        .cloned()
        .collect()
}

/// When the pod has to go; `None` when it may stay. A taint without a time counts from now.
pub fn due(pod: &Pod, taints: &[Taint], now: Timestamp) -> Option<Timestamp> {
    let tolerations = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.tolerations.as_deref())
        .unwrap_or_default();
    let mut due: Option<Timestamp> = None;
    for taint in taints {
        let since = taint.time_added.as_ref().map_or(now, |time| time.0);
        let matching: Vec<&Toleration> = tolerations
            .iter()
            .filter(|toleration| tolerates(toleration, taint))
            .collect();
        let until = match matching
            .iter()
            .filter_map(|toleration| toleration.toleration_seconds)
            .min()
        {
            _ if matching.is_empty() => now,
            None => continue,
            Some(seconds) => since
                .checked_add(SignedDuration::from_secs(seconds.max(0)))
                .unwrap_or(Timestamp::MAX),
        };
        due = Some(due.map_or(until, |due| due.min(until)));
    }
    due
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let differs = |wanted: &Option<String>, actual: &str| {
        wanted
            .as_deref()
            .is_some_and(|w| !w.is_empty() && w != actual)
    };
    if differs(&toleration.effect, &taint.effect) || differs(&toleration.key, &taint.key) {
        return false;
    }
    match toleration.operator.as_deref() {
        Some("Exists") => true,
        _ => {
            toleration.value.as_deref().unwrap_or_default()
                == taint.value.as_deref().unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(tolerations: Value, wanted: Option<&str>) {
        let pod: Pod = serde_json::from_value(
            json!({ "spec": { "containers": [], "tolerations": tolerations } }),
        )
        .unwrap();
        let taint =
            json!({ "key": "k", "effect": "NoExecute", "timeAdded": "2026-01-01T00:00:00Z" });
        let due = due(
            &pod,
            &[serde_json::from_value(taint).unwrap()],
            "2026-01-01T00:01:00Z".parse().unwrap(),
        );
        assert_eq!(
            due.map(|due| due.to_string()).as_deref(),
            wanted,
            "{tolerations}"
        );
    }

    #[test]
    fn tolerated_for_ever_for_a_while_or_not_at_all() {
        check(json!([]), Some("2026-01-01T00:01:00Z"));
        check(json!([{ "key": "k", "operator": "Exists" }]), None);
        check(
            json!([{ "key": "k", "operator": "Exists", "tolerationSeconds": 300 }]),
            Some("2026-01-01T00:05:00Z"),
        );
        check(
            json!([{ "key": "k", "operator": "Exists", "effect": "NoSchedule" }]),
            Some("2026-01-01T00:01:00Z"),
        );
        check(
            json!([{ "operator": "Exists" }, { "key": "k", "operator": "Exists", "tolerationSeconds": 9 }]),
            Some("2026-01-01T00:00:09Z"),
        );
    }
}

//! Pods: the first status, the quality-of-service class, and deletion with grace.

use knarr_api::app_armor;
use knarr_api::kinds::Kind;
use knarr_api::meta;
use knarr_api::qos;
use serde_json::{Value, json};

use super::facts::METADATA;
use super::label_keys;
use super::strategy::{Strategy, copy_field};
use crate::user::UserInfo;

/// The strategy of pods.
pub struct Pods;

impl Strategy for Pods {
    fn prepare_create(&self, _kind: &Kind, _user: &UserInfo, object: &mut Value) {
        object["status"] = json!({"phase": "Pending", "qosClass": qos::class(object)});
        if object["spec"]["schedulingGates"]
            .as_array()
            .is_some_and(|gates| !gates.is_empty())
        {
            object["status"]["conditions"] = json!([{"type": "PodScheduled", "status": "False",
                "lastProbeTime": null, "lastTransitionTime": null, "reason": "SchedulingGated",
                "message": "Scheduling is blocked due to non-empty scheduling gates"}]);
        }
        label_keys::merge(object);
        app_armor::adopt(object);
    }

    fn warn_before(&self, object: &Value) -> Vec<String> {
        app_armor::warnings(object)
    }

    fn prepare_update(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        copy_field(new, old, "status");
    }

    fn prepare_status(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        copy_field(new, old, "spec");
        // Old kubelets know nothing of owners.
        meta::set(
            new,
            "ownerReferences",
            old["metadata"]["ownerReferences"].clone(),
        );
        if new["status"]["qosClass"]
            .as_str()
            .unwrap_or_default()
            .is_empty()
        {
            new["status"]["qosClass"] = qos::class(new).into();
        }
        keep_observed(&mut new["status"], &old["status"]);
    }

    /// A pod that no node has, or that has ended, goes at once.
    fn grace_period(&self, object: &Value, requested: Option<i64>) -> Option<i64> {
        let unscheduled = object["spec"]["nodeName"]
            .as_str()
            .unwrap_or_default()
            .is_empty();
        let ended = matches!(
            object["status"]["phase"].as_str(),
            Some("Succeeded" | "Failed")
        );
        if unscheduled || ended {
            return Some(0);
        }
        let own = object["spec"]["terminationGracePeriodSeconds"].as_i64();
        let period = requested.or(own).unwrap_or(30);
        Some(if period < 0 { 1 } else { period })
    }
}

/// Clients that know nothing of observed generations do not take them away (`preserveOldObservedGeneration`).
fn keep_observed(new: &mut Value, old: &Value) {
    const FIELD: &str = "observedGeneration";
    let keep = |new: &mut Value, old: &Value| {
        if new[FIELD].as_i64().unwrap_or_default() == 0 && old[FIELD].is_i64() {
            new[FIELD] = old[FIELD].clone();
        }
    };
    keep(new, old);
    let mut before: Vec<&Value> = old["conditions"]
        .as_array()
        .map(|conditions| conditions.iter().collect())
        .unwrap_or_default();
    let conditions = new.get_mut("conditions").and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten() {
        let index = before
            .iter()
            .position(|known| known["type"] == condition["type"]);
        // Several conditions may have one type: each is matched once.
        if let Some(index) = index {
            keep(condition, before.remove(index));
        }
    }
}

/// Metadata is not what is updated through a subresource of a pod.
fn keep_metadata(new: &mut Value, old: &Value) {
    for field in METADATA {
        meta::set(new, field, old["metadata"][*field].clone());
    }
}

/// Of an update of `ephemeralcontainers` nothing else counts.
pub fn keep_all_but_ephemeral(new: &mut Value, old: &Value) {
    keep_metadata(new, old);
    let wanted = new["spec"]["ephemeralContainers"].take();
    copy_field(new, old, "spec");
    copy_field(new, old, "status");
    match wanted.is_array() {
        true => new["spec"]["ephemeralContainers"] = wanted,
        // Validation refuses that one is taken away.
        false => drop(
            new["spec"]
                .as_object_mut()
                .and_then(|spec| spec.shift_remove("ephemeralContainers")),
        ),
    }
}

/// Of an update of `resize` only the resources of containers count. That containers come, go or move, validation
/// refuses.
pub fn keep_all_but_resources(new: &mut Value, old: &Value) {
    const LISTS: [&str; 2] = ["containers", "initContainers"];
    let names = |pod: &Value| {
        LISTS.map(|list| {
            let containers = pod["spec"][list].as_array().into_iter().flatten();
            let names = containers.map(|container| container["name"].clone());
            names.collect::<Vec<Value>>()
        })
    };
    if names(new) != names(old) {
        return;
    }
    keep_metadata(new, old);
    let wanted = new["spec"].take();
    copy_field(new, old, "spec");
    copy_field(new, old, "status");
    for list in LISTS {
        let asked = wanted[list].as_array().into_iter().flatten();
        let containers = new["spec"].get_mut(list).and_then(Value::as_array_mut);
        for (container, change) in containers.into_iter().flatten().zip(asked) {
            for key in ["resources", "resizePolicy"] {
                copy_field(container, change, key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_without_a_node_goes_at_once() {
        let pending = json!({"spec": {"terminationGracePeriodSeconds": 30}});
        assert_eq!(Pods.grace_period(&pending, None), Some(0));
        let running = json!({"spec": {"terminationGracePeriodSeconds": 30, "nodeName": "a"}});
        assert_eq!(Pods.grace_period(&running, None), Some(30));
        assert_eq!(Pods.grace_period(&running, Some(5)), Some(5));
    }

    #[test]
    fn observed_generations_stay() {
        let old = json!({"observedGeneration": 3, "conditions": [
            {"type": "A", "observedGeneration": 1}, {"type": "A", "observedGeneration": 2}, {"type": "B"}]});
        let mut new = json!({"conditions": [{"type": "A"}, {"type": "A", "observedGeneration": 9}, {"type": "B"}]});
        keep_observed(&mut new, &old);
        assert_eq!(
            new,
            json!({"observedGeneration": 3, "conditions": [
                {"type": "A", "observedGeneration": 1}, {"type": "A", "observedGeneration": 9}, {"type": "B"}]})
        );
    }
}

//! Pods: the first status, the quality-of-service class, and deletion with grace.

use knarr_api::kinds::Kind;
use knarr_api::meta;
use knarr_api::qos;
use serde_json::{Value, json};

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

/// Of an update of `ephemeralcontainers` nothing else counts.
pub fn keep_all_but_ephemeral(new: &mut Value, old: &Value) {
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

/// Of an update of `resize` only the resources of known containers count.
pub fn keep_all_but_resources(new: &mut Value, old: &Value) {
    let wanted = new["spec"].take();
    copy_field(new, old, "spec");
    copy_field(new, old, "status");
    for field in ["containers", "initContainers"] {
        let asked = wanted[field].as_array().cloned().unwrap_or_default();
        let containers = new["spec"].get_mut(field).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            if let Some(change) = asked.iter().find(|one| one["name"] == container["name"]) {
                for key in ["resources", "resizePolicy"] {
                    copy_field(container, change, key);
                }
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
}

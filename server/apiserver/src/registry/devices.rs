//! Devices: taints have the time at which they came, and claims tell only of devices that they have.

use knarr_api::kinds::Kind;
use knarr_api::meta;
use serde_json::Value;

use super::facts::METADATA;
use super::strategy::{Strategy, copy_field, has_status, reset_status};
use crate::user::UserInfo;

/// The strategy of slices of devices, and of rules that taint devices.
pub struct Tainted;

impl Strategy for Tainted {
    fn prepare_create(&self, kind: &Kind, _user: &UserInfo, object: &mut Value) {
        reset_status(kind, object);
        stamp(object);
    }

    fn prepare_update(&self, kind: &Kind, new: &mut Value, old: &Value) {
        if has_status(kind) {
            copy_field(new, old, "status");
        }
        restart(new, old);
        stamp(new);
    }
}

/// The strategy of claims of devices.
pub struct Claims;

impl Strategy for Claims {
    fn prepare_status(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        copy_field(new, old, "spec");
        for field in METADATA {
            meta::set(new, field, old["metadata"][*field].clone());
        }
        forget_given_back(new, old);
    }
}

/// Takes the devices that a claim had and has no longer out of what its status tells of devices
/// (`dropDeallocatedStatusDevices`).
fn forget_given_back(new: &mut Value, old: &Value) {
    const RESULTS: &str = "/status/allocation/devices/results";
    let id =
        |device: &Value| ["driver", "pool", "device", "shareID"].map(|key| device[key].clone());
    let results = |claim: &Value| -> Vec<[Value; 4]> {
        let all = claim.pointer(RESULTS).and_then(Value::as_array);
        all.into_iter().flatten().map(id).collect()
    };
    let (had, has) = (results(old), results(new));
    let Some(devices) = new
        .pointer_mut("/status/devices")
        .and_then(Value::as_array_mut)
    else {
        return;
    };
    devices.retain(|device| {
        let id = id(device);
        has.contains(&id) || !had.contains(&id)
    });
    if devices.is_empty()
        && let Some(status) = new["status"].as_object_mut()
    {
        status.shift_remove("devices");
    }
}

/// A rule's taint that has another effect began now, unless the client says otherwise.
fn restart(new: &mut Value, old: &Value) {
    let before = &old["spec"]["taint"];
    let Some(taint) = new["spec"].get_mut("taint") else {
        return;
    };
    if taint["effect"] != before["effect"] && taint["timeAdded"] == before["timeAdded"] {
        taint["timeAdded"] = meta::now_rfc3339().into();
    }
}

fn stamp(object: &mut Value) {
    let spec = &mut object["spec"];
    if let Some(taint) = spec.get_mut("taint") {
        stamp_taint(taint);
    }
    let devices = spec.get_mut("devices").and_then(Value::as_array_mut);
    for device in devices.into_iter().flatten() {
        let taints = device.get_mut("taints").and_then(Value::as_array_mut);
        taints.into_iter().flatten().for_each(stamp_taint);
    }
}

fn stamp_taint(taint: &mut Value) {
    if taint.is_object() && taint.get("timeAdded").is_none_or(Value::is_null) {
        taint["timeAdded"] = meta::now_rfc3339().into();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::registry::known;

    #[test]
    fn a_taint_with_another_effect_began_now() {
        let kind = known("resource.k8s.io", "v1beta2", "devicetaintrules");
        let time = "2026-01-01T00:00:00Z";
        let rule = |effect: &str, time: Value| json!({"spec": {"taint": {"key": "k", "effect": effect, "timeAdded": time}}});
        let old = rule("None", json!(time));
        let updated = |mut new: Value| {
            Tainted.prepare_update(kind, &mut new, &old);
            new["spec"]["taint"]["timeAdded"].clone()
        };
        assert_eq!(updated(rule("None", json!(time))), time);
        assert_ne!(updated(rule("NoExecute", json!(time))), time);
        assert!(updated(rule("NoExecute", Value::Null)).is_string());
        let own = "2026-02-02T00:00:00Z";
        assert_eq!(updated(rule("NoExecute", json!(own))), own);
    }

    #[test]
    fn a_claim_forgets_devices_that_it_gives_back() {
        let kind = known("resource.k8s.io", "v1", "resourceclaims");
        let device = |name: &str| json!({"driver": "d", "pool": "p", "device": name});
        let claim = |allocated: &[&str], told: &[&str]| {
            let list = |names: &[&str]| names.iter().map(|name| device(name)).collect::<Vec<_>>();
            json!({"metadata": {}, "spec": {}, "status": {"allocation": {"devices": {"results": list(allocated)}},
                "devices": list(told)}})
        };
        let old = claim(&["a", "b"], &["a", "b"]);
        let mut new = claim(&["b"], &["a", "b"]);
        Claims.prepare_status(kind, &mut new, &old);
        assert_eq!(new["status"]["devices"], json!([device("b")]));
        let mut new = claim(&[], &["a"]);
        Claims.prepare_status(kind, &mut new, &old);
        assert_eq!(new["status"].get("devices"), None);
        // What was never allocated is for validation to refuse.
        let mut new = claim(&["a"], &["x"]);
        Claims.prepare_status(kind, &mut new, &old);
        assert_eq!(new["status"]["devices"], json!([device("x")]));
    }
}

//! Devices: taints have the time at which they came.

use knarr_api::kinds::Kind;
use knarr_api::meta;
use serde_json::Value;

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
        stamp(new);
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

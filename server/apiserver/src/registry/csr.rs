//! Certificate signing requests: who asks is written into the spec by the server, never by the client. And the requests
//! of kubelets for certificates of pods, of which nothing but the answer changes.

use knarr_api::kinds::Kind;
use serde_json::{Value, json};

use knarr_api::meta;

use super::facts::METADATA;
use super::strategy::{Strategy, copy_field};
use crate::user::UserInfo;

/// The strategy of certificate signing requests.
pub struct SigningRequests;

impl Strategy for SigningRequests {
    fn prepare_create(&self, _kind: &Kind, user: &UserInfo, object: &mut Value) {
        object["status"] = json!({});
        let spec = &mut object["spec"];
        spec["username"] = user.name.as_str().into();
        spec["groups"] = json!(user.groups);
        if !user.uid.is_empty() {
            spec["uid"] = user.uid.as_str().into();
        }
        if !user.extra.is_empty() {
            spec["extra"] = json!(user.extra);
        }
    }

    fn prepare_status(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        copy_field(new, old, "spec");
        keep_conditions(new, old, &["Approved", "Denied"]);
        stamp(new, old, &["lastUpdateTime", "lastTransitionTime"]);
    }

    fn prepare_update(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        copy_field(new, old, "spec");
        copy_field(new, old, "status");
    }
}

/// Of an update of `approval` nothing but the conditions counts.
pub fn keep_all_but_conditions(new: &mut Value, old: &Value) {
    let conditions = new["status"]["conditions"].take();
    copy_field(new, old, "spec");
    copy_field(new, old, "status");
    if conditions.is_array() {
        new["status"]["conditions"] = conditions;
    } else if let Some(status) = new["status"].as_object_mut() {
        status.shift_remove("conditions");
    }
    stamp(new, old, &["lastUpdateTime", "lastTransitionTime"]);
}

/// The strategy of requests for certificates of pods.
pub struct PodRequests;

impl Strategy for PodRequests {
    fn prepare_status(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        copy_field(new, old, "spec");
        for field in METADATA {
            meta::set(new, field, old["metadata"][*field].clone());
        }
        keep_conditions(new, old, &["Issued", "Denied", "Failed"]);
        stamp(new, old, &["lastTransitionTime"]);
    }
}

/// Conditions that decide are what they were, as far as the update has as many of them: that they come or go is refused
/// later, in words.
fn keep_conditions(new: &mut Value, old: &Value, types: &[&str]) {
    for type_ in types {
        let is = |condition: &&mut Value| condition["type"] == *type_;
        let all = old["status"]["conditions"].as_array().into_iter().flatten();
        let before: Vec<&Value> = all.filter(|one| one["type"] == **type_).collect();
        let after = new.pointer_mut("/status/conditions");
        let after = after.and_then(Value::as_array_mut).into_iter().flatten();
        let after: Vec<&mut Value> = after.filter(is).collect();
        if before.len() == after.len() {
            after
                .into_iter()
                .zip(before)
                .for_each(|(new, old)| *new = old.clone());
        }
    }
}

/// Gives new conditions the times at which they came, as upstream: a condition that is there with the same status keeps
/// its transition's.
fn stamp(new: &mut Value, old: &Value, times: &[&str]) {
    let before = old["status"]["conditions"].clone();
    let same = |condition: &Value| {
        let mut all = before.as_array().into_iter().flatten();
        all.find(|one| one["type"] == condition["type"])
            .filter(|one| one["status"] == condition["status"])
            .cloned()
    };
    let conditions = new.pointer_mut("/status/conditions");
    let conditions = conditions.and_then(Value::as_array_mut);
    let now = meta::now_rfc3339();
    for condition in conditions.into_iter().flatten() {
        for time in times {
            if !condition[*time].is_null() {
                continue;
            }
            let since = match *time {
                "lastTransitionTime" => same(condition).map(|one| one[*time].clone()),
                _ => None,
            };
            let since = since.filter(|time| !time.is_null());
            condition[*time] = since.unwrap_or_else(|| now.as_str().into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_condition_gets_its_time_and_an_old_one_keeps_it() {
        let old = json!({"status": {"conditions": [
            {"type": "Failed", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}});
        let mut new = json!({"status": {"conditions": [
            {"type": "Failed", "status": "True"}, {"type": "Approved", "status": "True"}]}});
        stamp(&mut new, &old, &["lastUpdateTime", "lastTransitionTime"]);
        let conditions = &new["status"]["conditions"];
        assert_eq!(conditions[0]["lastTransitionTime"], "2026-01-01T00:00:00Z");
        assert!(conditions[1]["lastTransitionTime"].is_string());
        assert!(conditions[1]["lastUpdateTime"].is_string());
    }
}

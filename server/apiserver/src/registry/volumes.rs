//! Persistent volumes: a new one is pending, and the time of its last phase is noted.

use knarr_api::kinds::Kind;
use knarr_api::meta;
use serde_json::{Value, json};

use super::strategy::{Strategy, copy_field};
use crate::user::UserInfo;

/// The strategy of persistent volumes.
pub struct Volumes;

impl Strategy for Volumes {
    fn prepare_create(&self, _kind: &Kind, _user: &UserInfo, object: &mut Value) {
        object["status"] =
            json!({"phase": "Pending", "lastPhaseTransitionTime": meta::now_rfc3339()});
    }

    fn prepare_status(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        copy_field(new, old, "spec");
        let (before, after) = (&old["status"], &mut new["status"]);
        let time = "lastPhaseTransitionTime";
        let told = after.get(time).is_some_and(|time| !time.is_null());
        if before["phase"] != after["phase"] && (!told || before[time] == after[time]) {
            after[time] = meta::now_rfc3339().into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_phase_has_a_new_time() {
        let kind = crate::registry::known("", "v1", "persistentvolumes");
        let old = json!({"spec": {}, "status": {"phase": "Pending", "lastPhaseTransitionTime": "2026-01-01T00:00:00Z"}});
        let prepared = |status: Value| {
            let mut new = json!({"spec": {"odd": 1}, "status": status});
            Volumes.prepare_status(kind, &mut new, &old);
            assert_eq!(new["spec"], json!({}));
            new["status"]["lastPhaseTransitionTime"].clone()
        };
        let time = old["status"]["lastPhaseTransitionTime"].clone();
        assert_eq!(prepared(old["status"].clone()), time);
        assert_ne!(
            prepared(json!({"phase": "Bound", "lastPhaseTransitionTime": time})),
            time
        );
        assert!(prepared(json!({"phase": "Bound"})).is_string());
        let own = json!("2026-02-02T00:00:00Z");
        assert_eq!(
            prepared(json!({"phase": "Bound", "lastPhaseTransitionTime": own})),
            own
        );
    }
}

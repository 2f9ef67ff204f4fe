//! Claims of volumes: where their data comes from is said in two fields, of which clients may know one (KEP-1495).

use knarr_api::kinds::Kind;
use serde_json::Value;

use super::strategy::{Strategy, copy_field, reset_status};
use crate::user::UserInfo;

/// The strategy of claims.
pub struct Claims;

impl Strategy for Claims {
    fn prepare_create(&self, kind: &Kind, _user: &UserInfo, object: &mut Value) {
        reset_status(kind, object);
        data_source(&mut object["spec"], None);
    }

    fn prepare_update(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        copy_field(new, old, "status");
        data_source(&mut new["spec"], Some(&old["spec"]));
    }
}

fn data_source(spec: &mut Value, old: Option<&Value>) {
    let had = |field: &str| old.is_some_and(|old| !old[field].is_null());
    // A source in another namespace needs a feature that is off.
    if is_elsewhere(&spec["dataSourceRef"]) && !had("dataSourceRef") {
        remove(spec, "dataSourceRef");
    }
    let (older, newer) = (spec["dataSource"].clone(), spec["dataSourceRef"].clone());
    let known = had("dataSource") || had("dataSourceRef");
    match (older.is_object(), newer.is_object()) {
        (true, false) if !known && !is_claim_or_snapshot(&older) => remove(spec, "dataSource"),
        (true, false) => spec["dataSourceRef"] = older,
        (false, true) if !is_elsewhere(&newer) => {
            spec["dataSource"] = newer;
            remove(&mut spec["dataSource"], "namespace");
        }
        _ => {}
    }
}

fn remove(holder: &mut Value, field: &str) {
    if let Some(fields) = holder.as_object_mut() {
        fields.shift_remove(field);
    }
}

fn is_elsewhere(source: &Value) -> bool {
    let namespace = source["namespace"].as_str().unwrap_or_default();
    !namespace.is_empty()
}

/// What the older field may name; anything else is dropped without a word, as it always was.
fn is_claim_or_snapshot(source: &Value) -> bool {
    let group = source["apiGroup"].as_str().unwrap_or_default();
    matches!(
        (group, source["kind"].as_str()),
        ("", Some("PersistentVolumeClaim")) | ("snapshot.storage.k8s.io", Some("VolumeSnapshot"))
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_fields_say_where_data_comes_from() {
        let claim = json!({"kind": "PersistentVolumeClaim", "name": "a"});
        let other = json!({"apiGroup": "x.y", "kind": "Other", "name": "a"});
        let far = json!({"kind": "PersistentVolumeClaim", "name": "a", "namespace": "n"});
        let both = |source: &Value| json!({"dataSource": source, "dataSourceRef": source});
        for (before, old, after) in [
            (json!({"dataSource": claim}), None, both(&claim)),
            (json!({"dataSourceRef": other}), None, both(&other)),
            (json!({"dataSource": other}), None, json!({})),
            (json!({"dataSourceRef": far}), None, json!({})),
            (
                json!({"dataSource": other}),
                Some(both(&other)),
                both(&other),
            ),
            (json!({}), None, json!({})),
        ] {
            let mut spec = before;
            data_source(&mut spec, old.as_ref());
            assert_eq!(spec, after);
        }
    }
}

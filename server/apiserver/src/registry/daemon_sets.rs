//! Daemon sets: an annotation counts the changes of the template, for those who knew the field that it once was.

use knarr_api::kinds::Kind;
use knarr_api::meta;
use serde_json::Value;

use super::strategy::{Strategy, copy_field, only_status, reset_status};
use crate::user::UserInfo;

/// The strategy of daemon sets.
pub struct DaemonSets;

const GENERATION: &str = "deprecated.daemonset.template.generation";

impl Strategy for DaemonSets {
    fn prepare_create(&self, kind: &Kind, _user: &UserInfo, object: &mut Value) {
        reset_status(kind, object);
        let generation = generation(object).max(1);
        set_generation(object, generation);
    }

    fn prepare_update(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        copy_field(new, old, "status");
        let changed = new["spec"]["template"] != old["spec"]["template"];
        set_generation(new, generation(old) + i64::from(changed));
    }

    fn prepare_status(&self, kind: &Kind, new: &mut Value, old: &Value) {
        only_status(kind, new, old);
        set_generation(new, generation(old));
    }
}

fn generation(object: &Value) -> i64 {
    let text = object["metadata"]["annotations"][GENERATION].as_str();
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn set_generation(object: &mut Value, generation: i64) {
    meta::set_annotation(object, GENERATION, &generation.to_string());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates_are_counted() {
        let kind = crate::registry::known("apps", "v1", "daemonsets");
        let mut old = json!({"metadata": {}, "spec": {"template": {"spec": {"a": 1}}}});
        DaemonSets.prepare_create(kind, &UserInfo::default(), &mut old);
        assert_eq!(old["metadata"]["annotations"][GENERATION], "1");
        // Who leaves it out, or counts differently, changes nothing.
        let mut new = json!({"metadata": {"annotations": {GENERATION: "7"}}, "spec": old["spec"]});
        DaemonSets.prepare_update(kind, &mut new, &old);
        assert_eq!(generation(&new), 1);
        new["spec"]["template"]["spec"]["a"] = json!(2);
        DaemonSets.prepare_update(kind, &mut new, &old);
        assert_eq!(generation(&new), 2);
        let mut status = json!({"metadata": {}, "spec": {}, "status": {}});
        DaemonSets.prepare_status(kind, &mut status, &new);
        assert_eq!((generation(&status), &status["spec"]), (2, &new["spec"]));
    }
}

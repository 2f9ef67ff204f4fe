//! Namespaces: the finalizer `kubernetes` in the spec holds them until the controller has emptied them.

use knarr_api::kinds::Kind;
use knarr_api::meta;
use serde_json::{Value, json};

use super::strategy::{Strategy, copy_field};
use crate::user::UserInfo;

/// The strategy of namespaces.
pub struct Namespaces;

const FINALIZER: &str = "kubernetes";
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

impl Strategy for Namespaces {
    fn prepare_create(&self, _kind: &Kind, _user: &UserInfo, object: &mut Value) {
        object["status"] = json!({"phase": "Active"});
        let finalizers = &mut object["spec"]["finalizers"];
        let has = finalizers
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one == FINALIZER));
        if !has {
            match finalizers.as_array_mut() {
                Some(all) => all.push(FINALIZER.into()),
                None => *finalizers = json!([FINALIZER]),
            }
        }
        label(object);
    }

    fn prepare_update(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        // The spec holds finalizers only, and they are changed through `finalize`.
        copy_field(new, old, "spec");
        copy_field(new, old, "status");
        label(new);
    }

    fn may_vanish(&self, object: &Value) -> bool {
        object["spec"]["finalizers"]
            .as_array()
            .is_none_or(Vec::is_empty)
    }

    fn mark_deleted(&self, object: &mut Value) {
        // Upstream marks namespaces and definitions in their own registries, which know of no grace period.
        meta::remove(object, "deletionGracePeriodSeconds");
        object["status"]["phase"] = "Terminating".into();
    }
}

fn label(object: &mut Value) {
    let name = meta::name(object).to_owned();
    if !name.is_empty() {
        meta::set_label(object, NAME_LABEL, &name);
    }
}

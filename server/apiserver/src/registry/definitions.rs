//! Custom resource definitions: the versions that objects were ever stored in, and a deletion that takes the objects
//! with it.

use knarr_api::crd::{CLEANUP_FINALIZER, names};
use knarr_api::kinds::Kind;
use knarr_api::meta;
use serde_json::{Value, json};

use super::strategy::{Strategy, copy_field};

/// The strategy of CustomResourceDefinitions.
pub struct Definitions;

impl Strategy for Definitions {
    fn prepare_update(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        copy_field(new, old, "status");
        let versions = new["spec"]["versions"].as_array().into_iter().flatten();
        let storage = versions
            .filter(|version| version["storage"] == true)
            .find_map(|version| version["name"].as_str().map(str::to_owned));
        let Some(storage) = storage else { return };
        let stored = &mut new["status"]["storedVersions"];
        match stored.as_array_mut() {
            Some(known) if known.iter().any(|one| *one == *storage) => {}
            Some(known) => known.push(storage.into()),
            None => *stored = json!([storage]),
        }
    }

    fn mark_deleted(&self, object: &mut Value) {
        meta::remove(object, "deletionGracePeriodSeconds");
        if !meta::has_finalizer(object, CLEANUP_FINALIZER) {
            let mut finalizers: Vec<String> = meta::finalizers(object).map(str::to_owned).collect();
            finalizers.push(CLEANUP_FINALIZER.to_owned());
            meta::set_finalizers(object, finalizers);
        }
        let message =
            "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
        let pending = ("True", "InstanceDeletionPending", message.to_owned());
        let now = meta::now_rfc3339();
        if object["status"].is_null() {
            object["status"] = json!({});
        }
        names::set_condition(&mut object["status"], "Terminating", pending, &now);
    }
}

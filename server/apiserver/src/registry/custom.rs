//! Custom resources: the status is the status subresource's, and the generation counts everything else.

use knarr_api::kinds::Kind;
use knarr_api::meta;
use serde_json::Value;

use super::strategy::{Strategy, copy_field, has_status};
use crate::user::UserInfo;

/// The strategy of every custom resource.
pub struct CustomResources;

impl Strategy for CustomResources {
    fn prepare_create(&self, kind: &Kind, _user: &UserInfo, object: &mut Value) {
        if has_status(kind)
            && let Some(fields) = object.as_object_mut()
        {
            fields.shift_remove("status");
        }
    }

    fn prepare_status(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        let mut prepared = old.clone();
        copy_field(&mut prepared, new, "status");
        let asked = new["metadata"].take();
        for field in ["managedFields", "resourceVersion"] {
            let value = asked.get(field).cloned().unwrap_or(Value::Null);
            meta::set(&mut prepared, field, value);
        }
        *new = prepared;
    }
}

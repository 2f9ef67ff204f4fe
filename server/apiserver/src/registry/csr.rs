//! Certificate signing requests: who asks is written into the spec by the server, never by the client.

use knarr_api::kinds::Kind;
use serde_json::{Value, json};

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

    fn prepare_update(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        copy_field(new, old, "spec");
        copy_field(new, old, "status");
    }
}

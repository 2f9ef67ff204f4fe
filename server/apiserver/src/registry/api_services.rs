//! API services: one that this server answers for itself is available from the start.

use knarr_api::crd::names::set_condition;
use knarr_api::kinds::Kind;
use knarr_api::meta;
use serde_json::Value;

use super::strategy::{Strategy, copy_field, reset_status};
use crate::user::UserInfo;

/// The strategy of APIServices.
pub struct ApiServices;

impl Strategy for ApiServices {
    fn prepare_create(&self, kind: &Kind, _user: &UserInfo, object: &mut Value) {
        reset_status(kind, object);
        if is_local(object) {
            say_local(object);
        }
    }

    fn prepare_update(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        copy_field(new, old, "status");
        if is_local(new) && !is_local(old) {
            say_local(new);
        }
    }
}

fn is_local(object: &Value) -> bool {
    object["spec"]["service"].is_null()
}

/// What upstream's controller for local API services says of each.
fn say_local(object: &mut Value) {
    let message = "Local APIServices are always available".to_owned();
    let condition = ("True", "Local", message);
    set_condition(
        &mut object["status"],
        "Available",
        condition,
        &meta::now_rfc3339(),
    );
}

//! Service accounts: of the secrets that they name, only the names are kept.

use knarr_api::kinds::Kind;
use serde_json::{Value, json};

use super::strategy::Strategy;
use crate::user::UserInfo;

/// The strategy of service accounts.
pub struct ServiceAccounts;

impl Strategy for ServiceAccounts {
    fn prepare_create(&self, _kind: &Kind, _user: &UserInfo, object: &mut Value) {
        names_alone(object);
    }

    fn prepare_update(&self, _kind: &Kind, new: &mut Value, _old: &Value) {
        names_alone(new);
    }
}

fn names_alone(object: &mut Value) {
    let secrets = object.get_mut("secrets").and_then(Value::as_array_mut);
    for secret in secrets.into_iter().flatten() {
        *secret = json!({"name": secret["name"].as_str().unwrap_or_default()});
    }
}

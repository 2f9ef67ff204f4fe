//! Limit ranges: one without a name gets one.

use knarr_api::kinds::Kind;
use knarr_api::meta;
use serde_json::Value;

use super::strategy::Strategy;
use crate::user::UserInfo;

/// The strategy of limit ranges.
pub struct LimitRanges;

impl Strategy for LimitRanges {
    fn prepare_create(&self, _kind: &Kind, _user: &UserInfo, object: &mut Value) {
        if meta::name(object).is_empty() {
            meta::set_name(object, &meta::new_uid());
        }
    }
}

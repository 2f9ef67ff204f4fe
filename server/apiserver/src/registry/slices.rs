//! Endpoint slices: v1 takes no topology of endpoints any more.

use knarr_api::kinds::Kind;
use serde_json::Value;

use super::strategy::Strategy;
use crate::user::UserInfo;

/// The strategy of endpoint slices.
pub struct EndpointSlices;

impl Strategy for EndpointSlices {
    fn prepare_create(&self, _kind: &Kind, _user: &UserInfo, object: &mut Value) {
        drop_topology(object);
    }

    fn prepare_update(&self, _kind: &Kind, new: &mut Value, old: &Value) {
        if new["endpoints"] != old["endpoints"] {
            drop_topology(new);
        }
    }
}

fn drop_topology(slice: &mut Value) {
    let endpoints = slice["endpoints"].as_array_mut().into_iter().flatten();
    for endpoint in endpoints.filter_map(Value::as_object_mut) {
        endpoint.shift_remove("deprecatedTopology");
    }
}

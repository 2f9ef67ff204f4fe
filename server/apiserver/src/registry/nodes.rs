//! Nodes: a node agent registers itself with its status, so creation keeps it.

use knarr_api::kinds::Kind;
use serde_json::Value;

use super::strategy::Strategy;
use crate::user::UserInfo;

/// The strategy of nodes.
pub struct Nodes;

impl Strategy for Nodes {
    fn prepare_create(&self, _kind: &Kind, _user: &UserInfo, _object: &mut Value) {}
}

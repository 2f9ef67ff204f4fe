//! Endpoints: their subsets are stored in the canonical form.

use knarr_api::endpoints;
use serde_json::Value;

use super::strategy::Strategy;

/// The strategy of endpoints.
pub struct Endpoints;

impl Strategy for Endpoints {
    fn canonicalize(&self, object: &mut Value) {
        endpoints::repack(object);
    }
}

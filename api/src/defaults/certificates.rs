//! Requests for certificates of pods.

use serde_json::Value;

use super::set::{absent, always};

/// A day.
const LIFETIME_SECONDS: i64 = 86_400;

pub(super) fn pod_certificate_request(object: &mut Value) {
    absent(
        always(object, "spec"),
        "maxExpirationSeconds",
        LIFETIME_SECONDS,
    );
}

//! Webhook configurations of `admissionregistration.k8s.io/v1beta1`: the fields are those of v1, their defaults are not
//! (k8s.io/api/admissionregistration/v1beta1 before v1.22).

use serde_json::{Value, json};

use super::ConvertError;

const TIMEOUT_SECONDS: i64 = 30;

pub(super) fn webhooks_to_stored(object: &mut Value) -> Result<(), ConvertError> {
    let webhooks = object.get_mut("webhooks").and_then(Value::as_array_mut);
    for webhook in webhooks.into_iter().flatten() {
        let Some(fields) = webhook.as_object_mut() else {
            continue;
        };
        for (field, value) in [
            ("failurePolicy", json!("Ignore")),
            ("matchPolicy", json!("Exact")),
            ("sideEffects", json!("Unknown")),
            ("timeoutSeconds", json!(TIMEOUT_SECONDS)),
            ("admissionReviewVersions", json!(["v1beta1"])),
        ] {
            fields.entry(field).or_insert(value);
        }
    }
    Ok(())
}

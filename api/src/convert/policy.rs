//! Pod disruption budgets of `policy/v1beta1`: an empty selector meant no pod, in `policy/v1` it means every pod.
//! The stored form tells the two apart with a requirement that no or every pod fulfils, as upstream does.

use serde_json::{Value, json};

use super::ConvertError;

const NEVER_PRESENT: &str = "pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match";

pub(super) fn to_stored(object: &mut Value) -> Result<(), ConvertError> {
    if let Some(selector) = object.pointer_mut("/spec/selector") {
        if is_empty(selector) {
            *selector = requirement("Exists");
        } else if *selector == requirement("DoesNotExist") {
            *selector = json!({});
        }
    }
    Ok(())
}

pub(super) fn from_stored(object: &mut Value) {
    if let Some(selector) = object.pointer_mut("/spec/selector") {
        if *selector == requirement("Exists") {
            *selector = json!({});
        } else if is_empty(selector) {
            *selector = requirement("DoesNotExist");
        }
    }
}

fn is_empty(selector: &Value) -> bool {
    selector.as_object().is_some_and(|fields| fields.is_empty())
}

fn requirement(operator: &str) -> Value {
    json!({ "matchExpressions": [{ "key": NEVER_PRESENT, "operator": operator }] })
}

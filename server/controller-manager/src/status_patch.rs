//! Merge patches of a status: what the new one leaves out goes, because a merge patch keeps what it does not name.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// The patch that makes the status `new` of the object with this uid.
pub fn status_patch<S: Serialize>(old: Option<&S>, new: &S, uid: Option<String>) -> Value {
    let fields = |status: &S| match knarr_client::object::to_value(status) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let mut status = fields(new);
    for (name, _) in old.map(fields).unwrap_or_default() {
        status.entry(name).or_insert(Value::Null);
    }
    json!({ "status": status, "metadata": { "uid": uid } })
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::DeploymentStatus;

    use super::*;

    #[test]
    fn a_count_that_falls_to_zero_is_taken_away() {
        let old = DeploymentStatus {
            ready_replicas: Some(2),
            ..DeploymentStatus::default()
        };
        let new = DeploymentStatus {
            observed_generation: Some(3),
            ..DeploymentStatus::default()
        };
        assert_eq!(
            status_patch(Some(&old), &new, Some("u".to_owned())),
            json!({"status": {"observedGeneration": 3, "readyReplicas": null}, "metadata": {"uid": "u"}})
        );
    }
}

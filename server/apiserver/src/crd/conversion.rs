//! Conversion of custom resources between versions: nothing but the version changes, or a webhook is asked
//! (`apiextensions.k8s.io/v1` ConversionReview).

use std::sync::Arc;
use std::time::Duration;

use knarr_api::crd::Definition;
use knarr_api::kinds::Kind;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::{Value, json};

use crate::server::Shared;
use crate::webhook_client::Endpoint;

/// As upstream: a webhook that takes longer has failed.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Brings objects of any version of a definition to the version of `kind`.
pub async fn convert(
    shared: &Arc<Shared>,
    definition: &Definition,
    kind: &Kind,
    mut objects: Vec<Value>,
) -> Result<Vec<Value>, Status> {
    let wanted = kind.api_version();
    let Some(webhook) = &definition.webhook else {
        for object in &mut objects {
            object["apiVersion"] = wanted.as_str().into();
        }
        return Ok(objects);
    };
    let others: Vec<usize> = (0..objects.len())
        .filter(|index| meta::api_version(&objects[*index]) != wanted)
        .collect();
    let Some(first) = others.first() else {
        return Ok(objects);
    };
    let from = meta::api_version(&objects[*first]).to_owned();
    let failed = |why: String| {
        let kind = kind.kind;
        Status::internal(format!("conversion webhook for {from}, Kind={kind} {why}"))
    };
    let sent: Vec<Value> = others.iter().map(|index| objects[*index].clone()).collect();
    let uid = meta::new_uid();
    let version = review_version(&webhook.review_versions);
    let review = json!({
        "kind": "ConversionReview",
        "apiVersion": format!("apiextensions.k8s.io/{version}"),
        "request": {"uid": uid, "desiredAPIVersion": wanted, "objects": sent},
    });
    let endpoint = Endpoint::parse(&webhook.client_config)
        .map_err(|error| failed(format!("failed: {error}")))?;
    let clients = &shared.webhook_clients;
    let answer = clients.post(shared, &endpoint, &review, TIMEOUT).await;
    let answer = answer.map_err(|error| failed(format!("failed: {error}")))?;
    let converted = converted(&answer, &uid, &sent, &wanted).map_err(failed)?;
    for (index, object) in others.into_iter().zip(converted) {
        objects[index] = object;
    }
    Ok(objects)
}

/// The first of the versions that the webhook speaks and that the server does.
fn review_version(spoken: &[String]) -> &str {
    let known = spoken
        .iter()
        .find(|version| matches!(version.as_str(), "v1" | "v1beta1"));
    known.map_or("v1", String::as_str)
}

/// The objects of an answer, each with the identity that it was sent with.
fn converted(
    answer: &Value,
    uid: &str,
    sent: &[Value],
    wanted: &str,
) -> Result<Vec<Value>, String> {
    let response = &answer["response"];
    if !response.is_object() {
        return Err("failed: no response provided".to_owned());
    }
    let told = response["uid"].as_str().unwrap_or_default();
    if told != uid {
        return Err(format!(
            "failed: expected response.uid={uid:?}, got {told:?}"
        ));
    }
    let result = &response["result"];
    if result["status"] != "Success" {
        let why = result["message"].as_str().filter(|text| !text.is_empty());
        return Err(format!("failed: {}", why.unwrap_or("no reason was given")));
    }
    let objects = response["convertedObjects"].as_array();
    let objects = objects.map(Vec::as_slice).unwrap_or_default();
    if objects.len() != sent.len() {
        return Err(format!(
            "returned {} objects, expected {}",
            objects.len(),
            sent.len()
        ));
    }
    let pairs = objects.iter().zip(sent).enumerate();
    pairs
        .map(|(index, (object, original))| {
            let invalid =
                |why: String| format!("returned invalid converted object at index {index}: {why}");
            let version = meta::api_version(object);
            if version != wanted {
                return Err(invalid(format!(
                    "invalid groupVersion (expected {wanted}, received {version})"
                )));
            }
            if meta::kind(object) != meta::kind(original) {
                return Err(invalid(format!(
                    "invalid kind (expected {}, received {})",
                    meta::kind(original),
                    meta::kind(object)
                )));
            }
            for field in ["name", "namespace", "uid"] {
                let (before, after) = (&original["metadata"][field], &object["metadata"][field]);
                if before != after {
                    return Err(invalid(format!(
                        "invalid metadata.{field} (expected {before}, received {after})"
                    )));
                }
            }
            Ok(restored(object, original))
        })
        .collect()
}

/// Of the metadata a webhook may change labels and annotations only.
fn restored(object: &Value, original: &Value) -> Value {
    let mut object = object.clone();
    let changed = object["metadata"].take();
    object["metadata"] = original["metadata"].clone();
    for field in ["labels", "annotations"] {
        let value = changed.get(field).cloned().unwrap_or(Value::Null);
        meta::set(&mut object, field, value);
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(version: &str, name: &str) -> Value {
        json!({"apiVersion": format!("example.com/{version}"), "kind": "Foo",
            "metadata": {"name": name, "uid": "1", "labels": {"a": "b"}, "generation": 3}})
    }

    fn answer(objects: Value) -> Value {
        json!({"response": {"uid": "u", "result": {"status": "Success"}, "convertedObjects": objects}})
    }

    #[test]
    fn only_labels_and_annotations_change() {
        let mut changed = object("v1", "x");
        changed["metadata"]["labels"] = json!({"a": "c"});
        changed["metadata"]["generation"] = 9.into();
        let read = converted(
            &answer(json!([changed])),
            "u",
            &[object("v1beta1", "x")],
            "example.com/v1",
        );
        let read = read.expect("a good answer");
        assert_eq!(read[0]["metadata"]["labels"], json!({"a": "c"}));
        assert_eq!(read[0]["metadata"]["generation"], 3);
    }

    #[test]
    fn what_is_wrong_with_an_answer_is_said() {
        let sent = [object("v1beta1", "x")];
        let why = |answer: Value| converted(&answer, "u", &sent, "example.com/v1").unwrap_err();
        assert_eq!(why(answer(json!([]))), "returned 0 objects, expected 1");
        assert_eq!(
            why(answer(json!([object("v2", "x")]))),
            "returned invalid converted object at index 0: invalid groupVersion (expected example.com/v1, received example.com/v2)"
        );
        assert_eq!(
            why(answer(json!([object("v1", "y")]))),
            "returned invalid converted object at index 0: invalid metadata.name (expected \"x\", received \"y\")"
        );
        assert_eq!(
            why(json!({"response": {"uid": "u", "result": {"status": "Failed", "message": "no"}}})),
            "failed: no"
        );
        assert_eq!(
            why(json!({"response": {"uid": "v"}})),
            "failed: expected response.uid=\"u\", got \"v\""
        );
    }
}

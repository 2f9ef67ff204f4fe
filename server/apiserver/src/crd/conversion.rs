//! Conversion of custom resources between versions: nothing but the version changes, or a webhook is asked
//! (`apiextensions.k8s.io/v1` ConversionReview).

use std::sync::Arc;
use std::time::Duration;

use knarr_api::crd::Definition;
use knarr_api::kinds::Kind;
use knarr_api::meta;
use knarr_api::status::{Status, aggregate};
use knarr_api::{json, validation};
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
        plain(format!("conversion webhook for {from}, Kind={kind} {why}"))
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
    let answered = Answered { uid: &uid, version };
    let all = answered
        .objects(&answer)
        .map_err(|why| failed(format!("failed: {why}")))?;
    let converted = converted(all, &sent, &wanted).map_err(failed)?;
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

/// Upstream tells it without a reason.
fn plain(message: String) -> Status {
    Status {
        code: 500,
        reason: "".into(),
        message,
        details: None,
    }
}

/// What an answer has to fit.
struct Answered<'a> {
    uid: &'a str,
    /// Of the review that was sent.
    version: &'a str,
}

impl Answered<'_> {
    /// The objects of an answer, or why it is none.
    fn objects<'v>(&self, answer: &'v Value) -> Result<&'v [Value], String> {
        self.check_review(answer)?;
        let response = &answer["response"];
        if !response.is_object() {
            return Err("no response provided".to_owned());
        }
        let told = response["uid"].as_str().unwrap_or_default();
        if told != self.uid && self.version == "v1" {
            return Err(format!(
                "expected response.uid={:?}, got {told:?}",
                self.uid
            ));
        }
        let result = &response["result"];
        if result["status"] != "Success" {
            let message = result["message"].as_str().unwrap_or_default();
            let status = result["status"].as_str().unwrap_or_default();
            return Err(match message {
                "" => format!("response.result.status was '{status}', not 'Success'"),
                message => message.to_owned(),
            });
        }
        let objects = response["convertedObjects"].as_array();
        Ok(objects.map(Vec::as_slice).unwrap_or_default())
    }

    /// Whether the answer is a review in the version that was sent. That of v1beta1 need not say what it is.
    fn check_review(&self, answer: &Value) -> Result<(), String> {
        if !answer.is_object() && !answer.is_null() {
            return Err(json::unversioned(answer));
        }
        let (api_version, kind) = (meta::api_version(answer), meta::kind(answer));
        let (group, version) = meta::split_api_version(api_version);
        match (group, version, kind) {
            ("", "", "") if self.version == "v1" => Err(
                "expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got /, Kind="
                    .to_owned(),
            ),
            ("", "", "") => Ok(()),
            ("apiextensions.k8s.io", "v1" | "v1beta1", "ConversionReview") => {
                if version == self.version {
                    return Ok(());
                }
                let own = self.version;
                Err(format!(
                    "converting ({version}.{kind}) to ({own}.{kind}): unknown conversion"
                ))
            }
            _ => Err(format!(
                "no kind {kind:?} is registered for version {api_version:?} in scheme \"k8s.io/apiserver/pkg/util/webhook/client.go:71\""
            )),
        }
    }
}

/// The objects that a webhook has answered with, each with the identity that it was sent with.
fn converted(objects: &[Value], sent: &[Value], wanted: &str) -> Result<Vec<Value>, String> {
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
            let at = Place {
                index,
                alone: sent.len() == 1,
            };
            check_type(object, original, wanted)
                .map_err(|why| at.object(&format!(" at index {index}"), &why))?;
            check_identity(object, original).map_err(|why| at.object("", &why))?;
            restored(object, original).map_err(|why| at.metadata(&why))
        })
        .collect()
}

/// Which of the objects is told of; one alone has words of its own.
struct Place {
    index: usize,
    alone: bool,
}

impl Place {
    fn object(&self, place: &str, why: &str) -> String {
        match self.alone {
            true => format!("returned invalid object{place}: {why}"),
            false => format!(
                "returned invalid converted object at index {}: {why}",
                self.index
            ),
        }
    }

    fn metadata(&self, why: &str) -> String {
        match self.alone {
            true => format!("returned invalid metadata: {why}"),
            false => format!(
                "returned invalid metadata in object at index {}: {why}",
                self.index
            ),
        }
    }
}

fn check_type(object: &Value, original: &Value, wanted: &str) -> Result<(), String> {
    let version = meta::api_version(object);
    if version != wanted {
        return Err(format!(
            "invalid groupVersion (expected {wanted}, received {version})"
        ));
    }
    let (before, after) = (meta::kind(original), meta::kind(object));
    if before != after {
        return Err(format!(
            "invalid kind (expected {before}, received {after})"
        ));
    }
    Ok(())
}

fn check_identity(object: &Value, original: &Value) -> Result<(), String> {
    for (field, name) in [("name", "name"), ("namespace", "namespace"), ("uid", "UID")] {
        let of = |object: &'_ Value| {
            let text = object["metadata"][field].as_str();
            text.unwrap_or_default().to_owned()
        };
        let (before, after) = (of(original), of(object));
        if before != after {
            return Err(format!("must have the same {name}: {before} != {after}"));
        }
    }
    Ok(())
}

/// Of the metadata a webhook may change labels and annotations only.
fn restored(object: &Value, original: &Value) -> Result<Value, String> {
    let mut object = object.clone();
    let changed = object["metadata"].take();
    object["metadata"] = original["metadata"].clone();
    for field in ["labels", "annotations"] {
        let value = changed.get(field).cloned().unwrap_or(Value::Null);
        for (key, text) in value.as_object().into_iter().flatten() {
            if !text.is_string() {
                return Err(format!(
                    "metadata.{field}[{key}] must be a string, but is {} in converted object",
                    go_type(text)
                ));
            }
        }
        if value != original["metadata"][field] {
            let faults = validation::converted_metadata(field, &value);
            if !faults.is_empty() {
                return Err(aggregate(&faults));
            }
        }
        meta::set(&mut object, field, value);
    }
    Ok(object)
}

/// The type in which Go holds a value that it has no type for.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(version: &str, name: &str) -> Value {
        json!({"apiVersion": format!("example.com/{version}"), "kind": "Foo",
            "metadata": {"name": name, "uid": "1", "labels": {"a": "b"}, "generation": 3}})
    }

    fn told(answer: &Value, sent: &[Value]) -> String {
        let answered = Answered {
            uid: "u",
            version: "v1",
        };
        let result = answered.objects(answer);
        let result = result.map_err(|why| format!("failed: {why}"));
        result
            .and_then(|all| converted(all, sent, "example.com/v1"))
            .unwrap_err()
    }

    fn answer(response: Value) -> Value {
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview", "response": response})
    }

    fn success(objects: Value) -> Value {
        answer(json!({"uid": "u", "result": {"status": "Success"}, "convertedObjects": objects}))
    }

    #[test]
    fn only_labels_and_annotations_change() {
        let mut changed = object("v1", "x");
        changed["metadata"]["labels"] = json!({"a": "c"});
        changed["metadata"]["generation"] = 9.into();
        let read = converted(&[changed], &[object("v1beta1", "x")], "example.com/v1");
        let read = read.expect("a good answer");
        assert_eq!(read[0]["metadata"]["labels"], json!({"a": "c"}));
        assert_eq!(read[0]["metadata"]["generation"], 3);
    }

    #[test]
    fn what_is_wrong_with_an_object_is_said() {
        let sent = [object("v1beta1", "x")];
        let why = |objects: Value| told(&success(objects), &sent);
        assert_eq!(why(json!([])), "returned 0 objects, expected 1");
        assert_eq!(
            why(json!([object("v2", "x")])),
            "returned invalid object at index 0: invalid groupVersion (expected example.com/v1, received example.com/v2)"
        );
        assert_eq!(
            why(json!([object("v1", "y")])),
            "returned invalid object: must have the same name: x != y"
        );
        let mut labelled = object("v1", "x");
        labelled["metadata"]["labels"] = json!({"a": 1});
        assert_eq!(
            why(json!([labelled])),
            "returned invalid metadata: metadata.labels[a] must be a string, but is int64 in converted object"
        );
        labelled["metadata"]["labels"] = json!({"a": "!"});
        let invalid = why(json!([labelled]));
        let start = "returned invalid metadata: metadata.labels: Invalid value: \"!\": ";
        assert!(invalid.starts_with(start), "{invalid}");
        let two = [object("v1beta1", "x"), object("v1beta1", "y")];
        let second = success(json!([object("v1", "x"), object("v1", "z")]));
        assert_eq!(
            told(&second, &two),
            "returned invalid converted object at index 1: must have the same name: y != z"
        );
    }

    #[test]
    fn what_is_wrong_with_an_answer_is_said() {
        let why = |answer: Value| told(&answer, &[object("v1beta1", "x")]);
        let result = |result: Value| why(answer(json!({"uid": "u", "result": result})));
        assert_eq!(
            result(json!({"status": "Failure", "message": "no"})),
            "failed: no"
        );
        assert_eq!(
            result(json!({"status": "Failure"})),
            "failed: response.result.status was 'Failure', not 'Success'"
        );
        assert_eq!(
            why(answer(json!({"uid": "v"}))),
            "failed: expected response.uid=\"u\", got \"v\""
        );
        assert_eq!(why(answer(Value::Null)), "failed: no response provided");
        assert_eq!(
            why(json!({"response": {}})),
            "failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got /, Kind="
        );
        let mut other = answer(json!({"uid": "u"}));
        other["apiVersion"] = "apiextensions.k8s.io/v1beta1".into();
        assert_eq!(
            why(other.clone()),
            "failed: converting (v1beta1.ConversionReview) to (v1.ConversionReview): unknown conversion"
        );
        other["kind"] = "Other".into();
        assert_eq!(
            why(other),
            "failed: no kind \"Other\" is registered for version \"apiextensions.k8s.io/v1beta1\" in scheme \"k8s.io/apiserver/pkg/util/webhook/client.go:71\""
        );
    }

    #[test]
    fn a_review_of_v1beta1_may_have_another_uid() {
        let answered = Answered {
            uid: "u",
            version: "v1beta1",
        };
        let answer = json!({"response": {"uid": "v", "result": {"status": "Success"}, "convertedObjects": [1]}});
        assert_eq!(answered.objects(&answer).map(<[Value]>::len), Ok(1));
    }
}

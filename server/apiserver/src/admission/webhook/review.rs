//! `AdmissionReview` of `admission.k8s.io`, v1 and v1beta1: what is asked, and how an answer is read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use knarr_api::json::type_name;
use knarr_api::kinds::Kind;
use knarr_api::meta;
use knarr_api::schema::decode::FieldValidation;
use knarr_api::status::{Status, StatusDetails};
use serde_json::{Map, Value, json};

use super::hook::Hook;
use crate::admission::{Operation, Request, versions};
use crate::request::Options;
use crate::request::options::{DeleteOptions, Propagation};

/// The only type of patches.
const JSON_PATCH: &str = "JSONPatch";
const GROUP: &str = "admission.k8s.io";

/// What a webhook says.
#[derive(Debug, Default, PartialEq)]
pub struct Answer {
    pub allowed: bool,
    /// The patch as it came, with its type; empty for none.
    pub patch: Vec<u8>,
    pub patch_type: String,
    pub status: Value,
    pub annotations: Vec<(String, String)>,
    pub warnings: Vec<String>,
}

/// The question, in the version of the resource that the webhook wants, or why it cannot be asked.
pub async fn request(
    hook: &Hook,
    request: &Request<'_>,
    kind: &'static Kind,
    object: &Value,
) -> Result<Value, String> {
    let version = hook
        .versions
        .iter()
        .find(|version| matches!(version.as_str(), "v1" | "v1beta1"))
        .ok_or("webhook does not accept known AdmissionReview versions (v1, v1beta1)")?;
    let failed = |status: Status| status.message;
    let object = versions::shown(request, kind, object)
        .await
        .map_err(failed)?;
    let old = request.old.unwrap_or(&Value::Null);
    let old = versions::shown(request, kind, old).await.map_err(failed)?;
    let own_kind = if object.is_object() { &object } else { &old };
    let mut body = Map::new();
    body.insert("uid".to_owned(), meta::new_uid().into());
    body.extend(attributes(request, kind, own_kind));
    body.insert("object".to_owned(), object);
    body.insert("oldObject".to_owned(), old);
    Ok(json!({
        "kind": "AdmissionReview",
        "apiVersion": format!("{GROUP}/{version}"),
        "request": body,
    }))
}

/// What a request is about, without its objects. `object` is the one that tells the kind, in the version `kind`.
pub fn attributes(
    request: &Request<'_>,
    kind: &'static Kind,
    object: &Value,
) -> Map<String, Value> {
    let mut body = Map::new();
    let mut set = |field: &str, value: Value| {
        body.insert(field.to_owned(), value);
    };
    set("kind", kind_of(request, kind, object));
    set("resource", resource(kind));
    if !request.subresource.is_empty() {
        set("subResource", request.subresource.into());
    }
    set("requestKind", kind_of(request, request.requested, object));
    set("requestResource", resource(request.requested));
    if !request.subresource.is_empty() {
        set("requestSubResource", request.subresource.into());
    }
    if !request.name.is_empty() {
        set("name", request.name.as_str().into());
    }
    let namespace = if request.is_namespace() {
        &request.name
    } else {
        request.namespace
    };
    if !namespace.is_empty() {
        set("namespace", namespace.into());
    }
    set("operation", request.operation.as_str().into());
    set("userInfo", user(request));
    set("dryRun", request.dry_run.into());
    set("options", options(request));
    body
}

fn kind_of(request: &Request<'_>, kind: &Kind, object: &Value) -> Value {
    let named = meta::kind(object);
    if named.is_empty() || named == request.kind.kind {
        return json!({"group": kind.group, "version": kind.version, "kind": kind.kind});
    }
    let (group, version) = meta::split_api_version(meta::api_version(object));
    json!({"group": group, "version": version, "kind": named})
}

fn resource(kind: &Kind) -> Value {
    json!({"group": kind.group, "version": kind.version, "resource": kind.plural})
}

fn user(request: &Request<'_>) -> Value {
    let user = request.user;
    let mut info = json!({"username": user.name});
    if !user.uid.is_empty() {
        info["uid"] = user.uid.as_str().into();
    }
    info["groups"] = json!(user.groups);
    if !user.extra.is_empty() {
        info["extra"] = json!(user.extra);
    }
    info
}

fn options(request: &Request<'_>) -> Value {
    let kind = match request.operation {
        Operation::Create => "CreateOptions",
        Operation::Update => "UpdateOptions",
        Operation::Delete => "DeleteOptions",
        Operation::Connect => return Value::Null,
    };
    let mut value = json!({"kind": kind, "apiVersion": "meta.k8s.io/v1"});
    if request.dry_run {
        value["dryRun"] = json!(["All"]);
    }
    match request.options {
        Some(options) if request.operation == Operation::Delete => {
            delete_options(&mut value, &options.delete);
        }
        Some(options) => write_options(&mut value, options),
        None => {}
    }
    value
}

fn write_options(value: &mut Value, options: &Options) {
    if !options.field_manager.is_empty() {
        value["fieldManager"] = options.field_manager.as_str().into();
    }
    if !options.says_validation {
        return;
    }
    value["fieldValidation"] = match options.field_validation {
        FieldValidation::Ignore => "Ignore",
        FieldValidation::Warn => "Warn",
        FieldValidation::Strict => "Strict",
    }
    .into();
}

fn delete_options(value: &mut Value, options: &DeleteOptions) {
    if let Some(seconds) = options.grace_period_seconds {
        value["gracePeriodSeconds"] = seconds.into();
    }
    if let Some(uid) = &options.uid {
        value["preconditions"]["uid"] = uid.as_str().into();
    }
    if let Some(version) = &options.resource_version {
        value["preconditions"]["resourceVersion"] = version.as_str().into();
    }
    if let Some(orphan) = options.orphan_dependents {
        value["orphanDependents"] = orphan.into();
    }
    if let Some(policy) = options.propagation_policy {
        value["propagationPolicy"] = match policy {
            Propagation::Orphan => "Orphan",
            Propagation::Background => "Background",
            Propagation::Foreground => "Foreground",
        }
        .into();
    }
}

/// Why an answer does not count, in upstream's words.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be decoded.
    #[error("failed to call webhook: {0}")]
    Undecodable(String),
    #[error("received invalid webhook response: {0}")]
    Invalid(String),
    #[error("received undecodable patch in webhook response: {0}")]
    Patch(String),
    #[error("unsupported patch type {0:?}")]
    PatchType(String),
}

/// Whether Go would decode the answer into the type that was asked for.
fn check_types(answer: &Value, version: &str) -> Result<(), Fault> {
    let undecodable = |why| Err(Fault::Undecodable(why));
    let (kind, own) = (meta::kind(answer), meta::api_version(answer));
    let known = ["v1", "v1beta1"].map(|version| format!("{GROUP}/{version}"));
    if !own.is_empty() && (kind != "AdmissionReview" || !known.iter().any(|one| one == own)) {
        return undecodable(format!(
            "no kind {kind:?} is registered for version {own:?} in scheme \"k8s.io/apiserver/pkg/util/webhook/client.go:71\""
        ));
    }
    if !own.is_empty() && own != version {
        let short = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
        let (from, to) = (short(own), short(version));
        return undecodable(format!(
            "converting ({from}.AdmissionReview) to ({to}.AdmissionReview): unknown conversion"
        ));
    }
    for (field, wanted, fits) in FIELDS {
        let value = &answer["response"][field];
        if !value.is_null() && !fits(value) {
            let what = type_name(value);
            return undecodable(format!(
                "json: cannot unmarshal {what} into Go struct field AdmissionResponse.response.{field} of type {wanted}"
            ));
        }
    }
    Ok(())
}

/// A field of an answer, its type in Go, and which values have it.
type Field = (&'static str, &'static str, fn(&Value) -> bool);

/// What is looked at before an answer is read.
const FIELDS: [Field; 4] = [
    ("uid", "types.UID", Value::is_string),
    ("allowed", "bool", Value::is_boolean),
    ("patchType", "v1.PatchType", Value::is_string),
    ("warnings", "[]string", Value::is_array),
];

/// Reads an answer to a question of this version and uid.
pub fn read(answer: &Value, version: &str, uid: &str, mutating: bool) -> Result<Answer, Fault> {
    check_types(answer, version)?;
    checked(answer, version, uid, mutating).map_err(Fault::Invalid)
}

fn checked(answer: &Value, version: &str, uid: &str, mutating: bool) -> Result<Answer, String> {
    let strict = version.ends_with("/v1");
    let (kind, own) = (meta::kind(answer), meta::api_version(answer));
    if strict && (kind != "AdmissionReview" || own != version) {
        // An answer that does not say what it is is decoded all the same; so Go writes its version.
        let own = if own.is_empty() { "/" } else { own };
        return Err(format!(
            "expected webhook response of {version}, Kind=AdmissionReview, got {own}, Kind={kind}"
        ));
    }
    let response = &answer["response"];
    if !response.is_object() {
        return Err("webhook response was absent".to_owned());
    }
    let text = |field: &str| response[field].as_str().unwrap_or_default();
    if strict && text("uid") != uid {
        return Err(format!(
            "expected response.uid={uid:?}, got {:?}",
            text("uid")
        ));
    }
    let (patch, patch_type) = patch(response, strict, mutating)?;
    let annotations = response["auditAnnotations"].as_object().into_iter();
    let warnings = response["warnings"].as_array().into_iter();
    Ok(Answer {
        allowed: response["allowed"].as_bool().unwrap_or(false),
        patch,
        patch_type,
        status: response["status"].clone(),
        annotations: annotations
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect(),
        warnings: warnings
            .flatten()
            .filter_map(|text| Some(text.as_str()?.to_owned()))
            .collect(),
    })
}

/// The patch and its type. Of v1beta1 neither was verified: a patch is a JSON patch there.
fn patch(response: &Value, strict: bool, mutating: bool) -> Result<(Vec<u8>, String), String> {
    let none = Ok(Default::default());
    let encoded = response["patch"].as_str().unwrap_or_default();
    let patch_type = response["patchType"].as_str();
    if !mutating {
        return match (strict, encoded.is_empty(), patch_type) {
            (true, false, _) => Err("validating webhook may not return response.patch".to_owned()),
            (true, _, Some(_)) => {
                Err("validating webhook may not return response.patchType".to_owned())
            }
            _ => none,
        };
    }
    match (encoded.is_empty(), patch_type) {
        (true, Some(_)) if strict => {
            return Err("webhook returned response.patchType but not response.patch".to_owned());
        }
        (true, _) => return none,
        (false, None) if strict => {
            return Err("webhook returned response.patch but not response.patchType".to_owned());
        }
        (false, Some("")) if strict => {
            return Err("webhook returned invalid response.patchType of \"\"".to_owned());
        }
        _ => {}
    }
    let patch_type = patch_type.filter(|_| strict).unwrap_or(JSON_PATCH);
    let bytes = STANDARD
        .decode(encoded)
        .map_err(|error| error.to_string())?;
    Ok((bytes, patch_type.to_owned()))
}

impl Answer {
    /// What is to be changed; null for nothing.
    pub fn operations(&self) -> Result<Value, Fault> {
        if self.patch.is_empty() {
            return Ok(Value::Null);
        }
        let decoded = knarr_api::json::from_slice(&self.patch);
        let decoded: Value = decoded.map_err(|error| Fault::Patch(error.to_string()))?;
        let decoded = match decoded.as_array() {
            Some(operations) if operations.is_empty() => return Ok(Value::Null),
            _ => decoded,
        };
        match self.patch_type.as_str() {
            JSON_PATCH => Ok(decoded),
            other => Err(Fault::PatchType(other.to_owned())),
        }
    }
}

/// The refusal of a webhook: never a success, and always with its name.
pub fn refusal(name: &str, result: &Value) -> Status {
    let text = |field: &str| result[field].as_str().unwrap_or_default().to_owned();
    let denied = format!("admission webhook {name:?} denied the request");
    let (message, reason) = (text("message"), text("reason"));
    let code = result["code"]
        .as_u64()
        .and_then(|code| u16::try_from(code).ok());
    let details = result["details"].is_object();
    Status {
        code: code.filter(|code| (400..600).contains(code)).unwrap_or(400),
        message: if !message.is_empty() {
            format!("{denied}: {message}")
        } else if !reason.is_empty() {
            format!("{denied}: {reason}")
        } else {
            format!("{denied} without explanation")
        },
        reason: reason.into(),
        details: details.then(|| Box::new(StatusDetails::from_value(&result["details"]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v1(response: Value) -> Value {
        json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": response})
    }

    fn fault(answer: Value, mutating: bool) -> String {
        let read = read(&answer, "admission.k8s.io/v1", "u", mutating);
        let operations = read.and_then(|answer| answer.operations());
        let why = operations.unwrap_err().to_string();
        let invalid = "received invalid webhook response: ";
        why.strip_prefix(invalid).unwrap_or(&why).to_owned()
    }

    #[test]
    fn faulty_answers() {
        assert_eq!(
            fault(json!({}), true),
            "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /, Kind="
        );
        assert_eq!(fault(v1(Value::Null), true), "webhook response was absent");
        assert_eq!(
            fault(v1(json!({"uid": "x"})), true),
            "expected response.uid=\"u\", got \"x\""
        );
        let patch = json!({"uid": "u", "allowed": true, "patch": "W10="});
        assert_eq!(
            fault(v1(patch.clone()), true),
            "webhook returned response.patch but not response.patchType"
        );
        assert_eq!(
            fault(v1(patch), false),
            "validating webhook may not return response.patch"
        );
    }

    #[test]
    fn answers_that_go_does_not_decode() {
        let of = |version: &str, kind: &str, response: Value| json!({"kind": kind, "apiVersion": version, "response": response});
        for (answer, expected) in [
            (
                of("admission.k8s.io/v9", "AdmissionReview", Value::Null),
                "failed to call webhook: no kind \"AdmissionReview\" is registered for version \"admission.k8s.io/v9\" in scheme \"k8s.io/apiserver/pkg/util/webhook/client.go:71\"",
            ),
            (
                of("admission.k8s.io/v1beta1", "AdmissionReview", Value::Null),
                "failed to call webhook: converting (v1beta1.AdmissionReview) to (v1.AdmissionReview): unknown conversion",
            ),
            (
                v1(json!({"uid": "u", "allowed": "yes"})),
                "failed to call webhook: json: cannot unmarshal string into Go struct field AdmissionResponse.response.allowed of type bool",
            ),
            (
                // {nope
                v1(json!({"uid": "u", "patchType": "JSONPatch", "patch": "e25vcGU="})),
                "received undecodable patch in webhook response: invalid character 'n' looking for beginning of object key string",
            ),
            (
                // [{}]
                v1(json!({"uid": "u", "patchType": "Merge", "patch": "W3t9XQ=="})),
                "unsupported patch type \"Merge\"",
            ),
        ] {
            assert_eq!(fault(answer, true), expected);
        }
    }

    #[test]
    fn the_old_version_is_read_leniently() {
        let answer = json!({"response": {"allowed": true, "patch": "W10="}});
        let read = read(&answer, "admission.k8s.io/v1beta1", "u", true).unwrap();
        assert!(read.allowed);
        assert_eq!(read.operations(), Ok(Value::Null));
    }

    #[test]
    fn refusals_name_the_webhook() {
        let check = |result: Value, code: u16, message: &str| {
            let status = refusal("a.b.c", &result);
            assert_eq!((status.code, status.message.as_str()), (code, message));
        };
        check(
            json!({"message": "no", "code": 403}),
            403,
            "admission webhook \"a.b.c\" denied the request: no",
        );
        check(
            json!({"reason": "Why", "code": 200}),
            400,
            "admission webhook \"a.b.c\" denied the request: Why",
        );
        check(
            Value::Null,
            400,
            "admission webhook \"a.b.c\" denied the request without explanation",
        );
    }
}

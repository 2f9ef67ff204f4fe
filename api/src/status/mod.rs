//! `Status`: the one error type that crosses the wire, with the message texts of upstream's `apierrors`.
//!
//! What validation finds wrong with a field is a [`FieldError`]; everything that fails a request becomes
//! a [`Status`] in the end.

mod field;
mod server_response;

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value, json};

pub use field::{FieldError, FieldErrorKind, aggregate};

use crate::quote::quote;

/// A failed request as Kubernetes answers it (`v1` kind `Status`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The HTTP status code.
    pub code: u16,
    /// The machine-readable reason (`NotFound`, `Conflict` …); empty where upstream gives none.
    pub reason: Cow<'static, str>,
    pub message: String,
    pub details: Option<Box<StatusDetails>>,
}

/// What the failure is about. Empty strings are left out of the JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusDetails {
    pub name: String,
    pub group: String,
    /// The plural of the resource, or the kind for `Invalid` (upstream mixes both).
    pub kind: String,
    pub uid: String,
    pub causes: Vec<StatusCause>,
    pub retry_after_seconds: Option<u32>,
    /// Where a list can go on whose state is gone. On the wire it stands in the Status' metadata.
    pub continue_token: String,
}

/// One of several causes of a failure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusCause {
    pub reason: String,
    pub message: String,
    pub field: String,
}

impl std::error::Error for Status {}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// `pods` or `deployments.apps`, as `schema.GroupResource` prints itself; the same for group and kind.
pub fn qualified(group: &str, resource: &str) -> String {
    if group.is_empty() {
        resource.to_owned()
    } else {
        format!("{resource}.{group}")
    }
}

fn details(group: &str, kind: &str, name: &str) -> StatusDetails {
    StatusDetails {
        name: name.to_owned(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        ..Default::default()
    }
}

impl Status {
    fn bare(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason: Cow::Borrowed(reason),
            message: message.into(),
            details: None,
        }
    }

    fn with_details(mut self, details: StatusDetails) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// 404: `pods "x" not found`.
    pub fn not_found(group: &str, plural: &str, name: &str) -> Self {
        let message = format!("{} {} not found", qualified(group, plural), quote(name));
        Self::bare(404, "NotFound", message).with_details(details(group, plural, name))
    }

    /// 404 for a resource or path that is not served.
    pub fn not_found_path() -> Self {
        Self::bare(
            404,
            "NotFound",
            "the server could not find the requested resource",
        )
        .with_details(Default::default())
    }

    /// 409: `pods "x" already exists`.
    pub fn already_exists(group: &str, plural: &str, name: &str) -> Self {
        let message = format!(
            "{} {} already exists",
            qualified(group, plural),
            quote(name)
        );
        Self::bare(409, "AlreadyExists", message).with_details(details(group, plural, name))
    }

    /// 409 when `generateName` hit names that exist.
    pub fn generate_name_conflict(group: &str, plural: &str, name: &str) -> Self {
        let message = format!(
            "{} {} already exists, the server was not able to generate a unique name for the object",
            qualified(group, plural),
            quote(name)
        );
        let details = StatusDetails {
            retry_after_seconds: Some(1),
            ..details(group, plural, name)
        };
        Self::bare(409, "AlreadyExists", message).with_details(details)
    }

    /// 409: `Operation cannot be fulfilled on pods "x": WHY`.
    pub fn conflict(group: &str, plural: &str, name: &str, why: impl fmt::Display) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} {}: {why}",
            qualified(group, plural),
            quote(name)
        );
        Self::bare(409, "Conflict", message).with_details(details(group, plural, name))
    }

    /// [`Status::conflict`] for a stale resource version.
    pub fn modified(group: &str, plural: &str, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(group, plural, name, why)
    }

    /// 409 of server-side apply; the causes name each field and its manager.
    pub fn apply_conflict(message: impl Into<String>, causes: Vec<StatusCause>) -> Self {
        Self::bare(409, "Conflict", message).with_details(StatusDetails {
            causes,
            ..Default::default()
        })
    }

    /// 422: `Deployment.apps "x" is invalid: FIELD: …`, several in brackets.
    pub fn invalid(group: &str, kind: &str, name: &str, errors: Vec<FieldError>) -> Self {
        let mut message = format!("{} {} is invalid", qualified(group, kind), quote(name));
        if !errors.is_empty() {
            message.push_str(": ");
            message.push_str(&aggregate(&errors));
        }
        let causes = errors
            .iter()
            .map(|error| StatusCause {
                reason: error.kind.reason().to_owned(),
                message: error.body(),
                field: error.field.clone(),
            })
            .collect();
        Self::bare(422, "Invalid", message).with_details(StatusDetails {
            causes,
            ..details(group, kind, name)
        })
    }

    /// 400 with the message as it is.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::bare(400, "BadRequest", message)
    }

    /// 403: `pods "x" is forbidden: WHY`; without a name `pods is forbidden: WHY`, without a resource
    /// `forbidden: WHY`.
    pub fn forbidden(group: &str, plural: &str, name: &str, why: impl fmt::Display) -> Self {
        let message = match (plural.is_empty(), name.is_empty()) {
            (true, _) => format!("forbidden: {why}"),
            (false, true) => format!("{} is forbidden: {why}", qualified(group, plural)),
            (false, false) => format!(
                "{} {} is forbidden: {why}",
                qualified(group, plural),
                quote(name)
            ),
        };
        Self::bare(403, "Forbidden", message).with_details(details(group, plural, name))
    }

    /// 401.
    pub fn unauthorized() -> Self {
        Self::bare(401, "Unauthorized", "Unauthorized")
    }

    /// 405: `patch is not supported on resources of kind "pods"`.
    pub fn method_not_allowed(group: &str, plural: &str, action: &str) -> Self {
        let message = format!(
            "{action} is not supported on resources of kind {}",
            quote(&qualified(group, plural))
        );
        Self::bare(405, "MethodNotAllowed", message).with_details(details(group, plural, ""))
    }

    /// 406; `accepted` are the media types that can be produced.
    pub fn not_acceptable(accepted: &[&str]) -> Self {
        let message = format!(
            "only the following media types are accepted: {}",
            accepted.join(", ")
        );
        Self::bare(406, "NotAcceptable", message)
    }

    /// 415; `accepted` are the media types that can be read.
    pub fn unsupported_media_type(accepted: &[&str]) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            accepted.join(", ")
        );
        Self::bare(415, "UnsupportedMediaType", message)
    }

    /// 410 for a revision or continue token that is no longer served.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::bare(410, "Expired", message)
    }

    /// 410 for something that was and is no more.
    pub fn gone(message: impl Into<String>) -> Self {
        Self::bare(410, "Gone", message)
    }

    /// 413: `Request entity too large: WHY`.
    pub fn too_large(why: impl fmt::Display) -> Self {
        Self::bare(
            413,
            "RequestEntityTooLarge",
            format!("Request entity too large: {why}"),
        )
    }

    /// 500: `Internal error occurred: WHY`.
    pub fn internal(why: impl fmt::Display) -> Self {
        let cause = StatusCause {
            message: why.to_string(),
            ..Default::default()
        };
        Self::bare(
            500,
            "InternalError",
            format!("Internal error occurred: {why}"),
        )
        .with_details(StatusDetails {
            causes: vec![cause],
            ..Default::default()
        })
    }

    /// 504: `Timeout: WHY`.
    pub fn timeout(why: impl fmt::Display, retry_after_seconds: u32) -> Self {
        Self::bare(504, "Timeout", format!("Timeout: {why}")).with_details(StatusDetails {
            retry_after_seconds: Some(retry_after_seconds),
            ..Default::default()
        })
    }

    /// 500 for an operation that could not be completed in time.
    pub fn server_timeout(
        group: &str,
        plural: &str,
        operation: &str,
        retry_after_seconds: u32,
    ) -> Self {
        let message = format!(
            "The {operation} operation against {} could not be completed at this time, please try again.",
            qualified(group, plural)
        );
        let details = StatusDetails {
            retry_after_seconds: Some(retry_after_seconds),
            ..details(group, plural, operation)
        };
        Self::bare(500, "ServerTimeout", message).with_details(details)
    }

    /// 429 with the message as it is.
    pub fn too_many_requests(message: impl Into<String>, retry_after_seconds: u32) -> Self {
        Self::bare(429, "TooManyRequests", message).with_details(StatusDetails {
            retry_after_seconds: Some(retry_after_seconds),
            ..Default::default()
        })
    }

    /// 503 with the message as it is.
    pub fn service_unavailable(message: impl Into<String>) -> Self {
        Self::bare(503, "ServiceUnavailable", message)
    }

    /// Adds causes to the details.
    pub fn with_causes(mut self, causes: Vec<StatusCause>) -> Self {
        self.details.get_or_insert_default().causes.extend(causes);
        self
    }

    /// Says which object the failure is about, by its uid.
    pub fn with_uid(mut self, uid: &str) -> Self {
        self.details.get_or_insert_default().uid = uid.to_owned();
        self
    }

    /// The `v1` Status object, fields in the order that Kubernetes writes them.
    pub fn to_value(&self) -> Value {
        let mut status =
            json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"});
        if !self.message.is_empty() {
            status["message"] = Value::from(self.message.as_str());
        }
        if !self.reason.is_empty() {
            status["reason"] = Value::from(self.reason.as_ref());
        }
        if let Some(details) = &self.details {
            if details.continue_token.is_empty() {
                status["details"] = details.to_value();
            } else {
                status["metadata"]["continue"] = Value::from(details.continue_token.as_str());
            }
        }
        status["code"] = Value::from(self.code);
        status
    }

    /// Reads a `v1` Status of an answer; `None` if the value is no failed Status.
    pub fn from_value(value: &Value) -> Option<Self> {
        if value.get("kind")?.as_str()? != "Status"
            || value.get("status").and_then(Value::as_str) == Some("Success")
        {
            return None;
        }
        Some(Self {
            code: value
                .get("code")
                .and_then(Value::as_u64)
                .and_then(|code| u16::try_from(code).ok())
                .unwrap_or(0),
            reason: Cow::Owned(text(value, "reason")),
            message: text(value, "message"),
            details: value
                .get("details")
                .map(|details| Box::new(StatusDetails::from_value(details))),
        })
    }
}

impl StatusDetails {
    fn to_value(&self) -> Value {
        let mut out = Map::new();
        for (key, value) in [
            ("name", &self.name),
            ("group", &self.group),
            ("kind", &self.kind),
            ("uid", &self.uid),
        ] {
            insert_text(&mut out, key, value);
        }
        if !self.causes.is_empty() {
            out.insert(
                "causes".into(),
                self.causes.iter().map(StatusCause::to_value).collect(),
            );
        }
        if let Some(seconds) = self.retry_after_seconds {
            out.insert("retryAfterSeconds".into(), seconds.into());
        }
        Value::Object(out)
    }

    /// Reads the `details` of an answer.
    pub fn from_value(value: &Value) -> Self {
        let causes = value
            .get("causes")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let seconds = value.get("retryAfterSeconds").and_then(Value::as_u64);
        Self {
            name: text(value, "name"),
            group: text(value, "group"),
            kind: text(value, "kind"),
            uid: text(value, "uid"),
            causes: causes
                .iter()
                .map(|cause| StatusCause {
                    reason: text(cause, "reason"),
                    message: text(cause, "message"),
                    field: text(cause, "field"),
                })
                .collect(),
            retry_after_seconds: seconds.and_then(|seconds| u32::try_from(seconds).ok()),
            continue_token: String::new(),
        }
    }
}

impl StatusCause {
    fn to_value(&self) -> Value {
        let mut out = Map::new();
        for (key, value) in [
            ("reason", &self.reason),
            ("message", &self.message),
            ("field", &self.field),
        ] {
            insert_text(&mut out, key, value);
        }
        Value::Object(out)
    }
}

fn insert_text(out: &mut Map<String, Value>, key: &str, value: &str) {
    if !value.is_empty() {
        out.insert(key.to_owned(), value.into());
    }
}

fn text(value: &Value, key: &str) -> String {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_upstreams() {
        for (status, code, message) in [
            (
                Status::not_found("", "pods", "x"),
                404,
                r#"pods "x" not found"#,
            ),
            (
                Status::not_found("", "namespaces", "x"),
                404,
                r#"namespaces "x" not found"#,
            ),
            (
                Status::already_exists("apps", "deployments", "x"),
                409,
                r#"deployments.apps "x" already exists"#,
            ),
            (
                Status::modified("apps", "deployments", "x"),
                409,
                r#"Operation cannot be fulfilled on deployments.apps "x": the object has been modified; please apply your changes to the latest version and try again"#,
            ),
            (
                Status::invalid(
                    "apps",
                    "Deployment",
                    "x",
                    vec![FieldError::invalid("spec.replicas", -1, "no")],
                ),
                422,
                r#"Deployment.apps "x" is invalid: spec.replicas: Invalid value: -1: no"#,
            ),
            (
                Status::invalid(
                    "",
                    "Pod",
                    "x",
                    vec![
                        FieldError::required("spec.a", ""),
                        FieldError::required("spec.b", "why"),
                    ],
                ),
                422,
                r#"Pod "x" is invalid: [spec.a: Required value, spec.b: Required value: why]"#,
            ),
            (
                Status::invalid("", "Pod", "x", vec![]),
                422,
                r#"Pod "x" is invalid"#,
            ),
            (
                Status::not_found_path(),
                404,
                "the server could not find the requested resource",
            ),
            (
                Status::forbidden("", "pods", "x", "no"),
                403,
                r#"pods "x" is forbidden: no"#,
            ),
            (
                Status::forbidden("", "pods", "", "no"),
                403,
                "pods is forbidden: no",
            ),
            (Status::forbidden("", "", "", "no"), 403, "forbidden: no"),
            (
                Status::method_not_allowed("apps", "deployments", "patch"),
                405,
                r#"patch is not supported on resources of kind "deployments.apps""#,
            ),
            (Status::internal("x"), 500, "Internal error occurred: x"),
            (
                Status::too_large("limit is 3145728"),
                413,
                "Request entity too large: limit is 3145728",
            ),
        ] {
            assert_eq!(status.message, message);
            assert_eq!(status.code, code);
        }
    }

    #[test]
    fn json_has_upstreams_shape_and_order() {
        let status = Status::invalid(
            "apps",
            "Deployment",
            "x",
            vec![FieldError::invalid("spec.replicas", -1, "no")],
        );
        assert_eq!(
            status.to_value().to_string(),
            r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Deployment.apps \"x\" is invalid: spec.replicas: Invalid value: -1: no","reason":"Invalid","details":{"name":"x","group":"apps","kind":"Deployment","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: -1: no","field":"spec.replicas"}]},"code":422}"#
        );
    }

    #[test]
    fn survives_the_wire() {
        for status in [
            Status::not_found("apps", "deployments", "x").with_uid("u"),
            Status::invalid("", "Pod", "x", vec![FieldError::required("a", "")]),
            Status::too_many_requests("slow down", 3),
            Status::unauthorized(),
        ] {
            assert_eq!(Status::from_value(&status.to_value()), Some(status));
        }
        assert_eq!(
            Status::from_value(&json!({"kind": "Status", "status": "Success"})),
            None
        );
        assert_eq!(Status::from_value(&json!({"kind": "Pod"})), None);
    }
}

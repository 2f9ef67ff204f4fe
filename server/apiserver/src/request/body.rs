//! From the bytes of a body to an object of the kind that the path names, with upstream's texts for what is wrong.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use knarr_api::crd::Version;
use knarr_api::kinds::Kind;
use knarr_api::schema::decode::{self, FieldValidation};
use knarr_api::schema::{Schema, strict};
use knarr_api::status::Status;
use knarr_api::{json, meta, protobuf, yaml};
use serde_json::Value;

use super::accept::{self, BodyFormat};

/// As upstream: the largest body that is read.
pub const LIMIT: usize = 3 * 1024 * 1024;

/// The media types of a body, as the 415 message lists them.
pub const MEDIA_TYPES: &[&str] = &["application/json", "application/yaml", protobuf::MEDIA_TYPE];

/// How much of an unreadable body a message shows.
const SUMMARY: usize = 30;

/// How long a body may take to arrive: upstream's time for a request.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Reads a body up to [`LIMIT`]. A client that sends it byte by byte is not waited for.
pub async fn read(body: axum::body::Body) -> Result<Bytes, Status> {
    let collected = tokio::time::timeout(TIMEOUT, Limited::new(body, LIMIT).collect()).await;
    let Ok(collected) = collected else {
        return Err(Status::timeout(
            "request did not complete within the allotted timeout",
            0,
        ));
    };
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Status::too_large(format!("limit is {LIMIT}")))
        }
        Err(error) => Err(Status::bad_request(format!(
            "cannot read the body: {error}"
        ))),
    }
}

/// The `Content-Type`, empty when absent.
pub fn content_type(headers: &HeaderMap) -> &str {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// In which format the body came; 415 for any that is not read.
pub fn format(headers: &HeaderMap) -> Result<BodyFormat, Status> {
    let identity = headers
        .get(CONTENT_ENCODING)
        .is_none_or(|value| value == "identity");
    accept::body(content_type(headers))
        .filter(|_| identity)
        .ok_or_else(|| Status::unsupported_media_type(MEDIA_TYPES))
}

/// Parses bytes to a value of any kind; `expected` is named in the message.
pub fn parse(bytes: &[u8], format: BodyFormat, expected: &str) -> Result<Value, Status> {
    let unrecognized = |why: String| {
        Status::bad_request(format!(
            "the object provided is unrecognized (must be of type {expected}): {why} ({})",
            summary(bytes)
        ))
    };
    let value = match format {
        BodyFormat::Json => json::from_slice(bytes).map_err(|error| {
            unrecognized(format!(
                "couldn't get version/kind; json parse error: {error}"
            ))
        })?,
        BodyFormat::Protobuf => {
            protobuf::decode(bytes).map_err(|error| unrecognized(error.to_string()))?
        }
        BodyFormat::Yaml => {
            let text =
                std::str::from_utf8(bytes).map_err(|error| unrecognized(error.to_string()))?;
            yaml::from_str(text).map_err(|error| unrecognized(error.to_string()))?
        }
    };
    match value {
        Value::Object(_) => Ok(value),
        other => Err(unrecognized(json::unversioned(&other))),
    }
}

/// Decodes the object of a create or update: its kind must be the one of the path; fields that the schema does not
/// know are an error, a warning or nothing, and are dropped; a wrong type is an error.
pub fn decode(
    bytes: &[u8],
    format: BodyFormat,
    expected: Expected<'_>,
    validation: FieldValidation,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    let mut value = parse(bytes, format, expected.kind)?;
    expected.check_kind(&mut value)?;
    let mut duplicates = Vec::new();
    if validation != FieldValidation::Ignore {
        match format {
            BodyFormat::Protobuf => {}
            BodyFormat::Json => duplicates = strict::duplicate_fields(bytes),
            BodyFormat::Yaml => {
                let text = std::str::from_utf8(bytes).unwrap_or_default();
                duplicates.extend(
                    yaml::from_str_strict(text)
                        .err()
                        .map(|error| error.to_string()),
                );
            }
        }
    }
    check_schema(&mut value, expected, duplicates, validation, warnings)
        .map_err(|why| decode::cannot_be_handled(expected.version, expected.kind, &why))?;
    Ok(value)
}

/// The kind that a body must have, and its schema.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub group: &'a str,
    pub version: &'a str,
    pub kind: &'a str,
    pub definition: Option<&'a str>,
    /// The schema of a custom resource.
    pub custom: Option<&'a Version>,
}

impl<'a> Expected<'a> {
    /// Of a row of the table of kinds.
    pub fn of(kind: &'a Kind) -> Self {
        Self {
            group: kind.group,
            version: kind.version,
            kind: kind.kind,
            definition: Some(kind.definition),
            custom: None,
        }
    }

    fn api_version(&self) -> String {
        knarr_api::kinds::api_version(self.group, self.version)
    }

    /// Fills in what the body leaves out, and refuses another kind.
    pub fn check_kind(&self, value: &mut Value) -> Result<(), Status> {
        let own = self.api_version();
        let (api_version, kind) = (meta::api_version(value), meta::kind(value));
        if api_version == own && kind == self.kind {
            return Ok(());
        }
        if !kind.is_empty() && kind != self.kind {
            let (_, version) = meta::split_api_version(api_version);
            return Err(Status::bad_request(format!(
                "{kind} in version {version:?} cannot be handled as a {}: converting ({version}.{kind}) to ({}.{}): unknown conversion",
                self.kind, self.version, self.kind
            )));
        }
        if !api_version.is_empty() && api_version != own {
            return Err(Status::bad_request(format!(
                "the API version in the data ({api_version}) does not match the expected API version ({own})"
            )));
        }
        value["apiVersion"] = own.into();
        value["kind"] = self.kind.into();
        Ok(())
    }
}

/// Checks types, reports unknown fields and drops them. The error is why the value can't be read.
pub fn check_schema(
    value: &mut Value,
    expected: Expected<'_>,
    duplicates: Vec<String>,
    validation: FieldValidation,
    warnings: &mut Vec<String>,
) -> Result<(), String> {
    if let Some(version) = expected.custom {
        return check_custom(value, version, duplicates, validation, warnings);
    }
    if let Some(schema) = expected.definition.and_then(Schema::for_definition) {
        warnings.extend(decode::decode(value, schema, duplicates, validation)?);
    }
    Ok(())
}

/// The same for a custom resource; types are looked at by validation.
fn check_custom(
    value: &mut Value,
    version: &Version,
    mut findings: Vec<String>,
    validation: FieldValidation,
    warnings: &mut Vec<String>,
) -> Result<(), String> {
    let unknown = version.prune(value).map_err(|status| status.message)?;
    findings.extend(unknown.iter().map(|path| format!("unknown field {path:?}")));
    match validation {
        FieldValidation::Ignore => {}
        FieldValidation::Warn => warnings.append(&mut findings),
        FieldValidation::Strict => {
            if let Some(message) = strict::error_message(&findings) {
                return Err(message);
            }
        }
    }
    Ok(())
}

/// The start of a body: as text if it looks like JSON, otherwise in hexadecimal, as upstream shows it.
fn summary(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "<empty>".to_owned();
    }
    let shown = &bytes[..bytes.len().min(SUMMARY)];
    let dots = if bytes.len() > SUMMARY { " ..." } else { "" };
    if bytes[0] == b'{' {
        return format!("{}{dots}", String::from_utf8_lossy(shown));
    }
    let hex: String = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}{dots}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let endless = axum::body::Body::from_stream(futures::stream::pending::<
            Result<Bytes, std::convert::Infallible>,
        >());
        let status = read(endless).await.unwrap_err();
        assert_eq!((status.code, &*status.reason), (504, "Timeout"));
    }

    fn check(body: &str, validation: FieldValidation, expected: &str) {
        let kind = knarr_api::kinds::by_kind("", "v1", "ConfigMap").unwrap();
        let mut warnings = Vec::new();
        let result = decode(
            body.as_bytes(),
            BodyFormat::Json,
            Expected::of(kind),
            validation,
            &mut warnings,
        );
        let shown = match result {
            Ok(value) => format!("{value} {warnings:?}"),
            Err(status) => status.message,
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_is_left_out_is_filled_in() {
        check(
            "{}",
            FieldValidation::Warn,
            r#"{"apiVersion":"v1","kind":"ConfigMap"} []"#,
        );
    }

    #[test]
    fn another_kind_is_refused() {
        check(
            r#"{"apiVersion":"v1","kind":"Pod"}"#,
            FieldValidation::Warn,
            r#"Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (v1.ConfigMap): unknown conversion"#,
        );
        check(
            r#"{"apiVersion":"apps/v1","kind":"ConfigMap"}"#,
            FieldValidation::Warn,
            "the API version in the data (apps/v1) does not match the expected API version (v1)",
        );
    }

    #[test]
    fn unknown_fields() {
        let body = r#"{"apiVersion":"v1","kind":"ConfigMap","spec":{}}"#;
        check(
            body,
            FieldValidation::Strict,
            r#"ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "spec""#,
        );
        check(
            body,
            FieldValidation::Warn,
            r#"{"apiVersion":"v1","kind":"ConfigMap"} ["unknown field \"spec\""]"#,
        );
    }
}

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
use knarr_api::status::{FieldError, Status};
use knarr_api::{json, meta, protobuf, yaml};
use serde_json::{Map, Value};

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
    match read_value(bytes, format).map_err(|why| unrecognized(bytes, expected, why))? {
        value @ Value::Object(_) => Ok(value),
        other => Err(unrecognized(bytes, expected, json::unversioned(&other))),
    }
}

/// The value of a body, whatever it is; the error is why there is none.
fn read_value(bytes: &[u8], format: BodyFormat) -> Result<Value, String> {
    match format {
        BodyFormat::Json => json::from_slice(bytes)
            .map_err(|error| format!("couldn't get version/kind; json parse error: {error}")),
        BodyFormat::Protobuf => protobuf::decode(bytes).map_err(|error| error.to_string()),
        BodyFormat::Yaml => {
            let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
            yaml::from_str(text).map_err(|error| {
                let why = error.to_string();
                let prefix = "error converting YAML to JSON: ";
                why.strip_prefix(prefix).unwrap_or(&why).to_owned()
            })
        }
    }
}

fn unrecognized(bytes: &[u8], expected: &str, why: impl std::fmt::Display) -> Status {
    Status::bad_request(format!(
        "the object provided is unrecognized (must be of type {expected}): {why} ({})",
        summary(bytes)
    ))
}

/// The DeleteOptions of a body. They may come in any version, and without version and kind.
pub fn delete_options(bytes: &[u8], format: BodyFormat) -> Result<Value, Status> {
    const KIND: &str = "DeleteOptions";
    let read = || {
        let mut value = match read_value(bytes, format)? {
            Value::Null => Value::Object(Map::new()),
            value @ Value::Object(_) => value,
            other => return Err(json::unversioned(&other)),
        };
        type_meta(&value)?;
        let version = match meta::api_version(&value) {
            "" => "v1",
            version => version,
        };
        match meta::kind(&value) {
            "" | KIND => {}
            // The kinds that have no version.
            kind @ ("Status" | "APIVersions" | "APIGroup" | "APIGroupList" | "APIResourceList") => {
                return Err(format!(
                    "converting ({version}.{kind}) to (v1.{KIND}): unknown conversion"
                ));
            }
            kind => {
                return Err(format!(
                    "no kind {kind:?} is registered for version {version:?} in scheme \"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27\""
                ));
            }
        }
        if let Some(schema) = Schema::for_gvk("", "v1", KIND) {
            decode::decode(&mut value, schema, Vec::new(), FieldValidation::Ignore)?;
        }
        Ok(value)
    };
    read().map_err(Status::bad_request)
}

/// Version and kind are texts, and the version has one slash at most.
fn type_meta(value: &Value) -> Result<(), String> {
    for field in ["apiVersion", "kind"] {
        let value = &value[field];
        if !value.is_null() && !value.is_string() {
            return Err(format!(
                "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go struct field .{field} of type string",
                json::type_name(value)
            ));
        }
    }
    let version = meta::api_version(value);
    if version.matches('/').count() > 1 {
        return Err(format!("unexpected GroupVersion string: {version}"));
    }
    Ok(())
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
    let mut value = match read_value(bytes, format) {
        // Of a kind that is known nothing is an empty object.
        Ok(Value::Null) if expected.custom.is_none() => Value::Object(Map::new()),
        Ok(Value::Null) => return Err(expected.without_kind(bytes)),
        Ok(value @ Value::Object(_)) => value,
        Ok(other) => {
            return Err(unrecognized(
                bytes,
                expected.kind,
                json::unversioned(&other),
            ));
        }
        Err(why) => return Err(unrecognized(bytes, expected.kind, why)),
    };
    type_meta(&value).map_err(|why| unrecognized(bytes, expected.kind, why))?;
    if expected.custom.is_some() {
        expected.check_custom_kind(&value, bytes)?;
    } else {
        expected.check_kind(&mut value)?;
    }
    let mut duplicates = Vec::new();
    if validation != FieldValidation::Ignore {
        match format {
            BodyFormat::Protobuf => {}
            BodyFormat::Json => duplicates = strict::duplicate_fields(bytes),
            BodyFormat::Yaml => {
                let text = std::str::from_utf8(bytes).unwrap_or_default();
                let error = yaml::from_str_strict(text).err();
                let error = error.map(|error| error.to_string()).into_iter();
                match validation {
                    FieldValidation::Warn => {
                        duplicates.extend(error.flat_map(|error| yaml_warnings(&error)));
                    }
                    _ => duplicates.extend(error),
                }
            }
        }
    }
    check_schema(&mut value, expected, duplicates, validation, warnings)
        .map_err(|why| decode::cannot_be_handled(expected.version, expected.kind, &why))?;
    Ok(value)
}

/// What is wrong with a YAML text, a warning for each line of it.
pub fn yaml_warnings(error: &str) -> Vec<String> {
    const PREFIXES: [&str; 2] = [
        "error converting YAML to JSON: yaml: unmarshal errors:",
        "yaml: unmarshal errors:",
    ];
    let mut all = PREFIXES
        .iter()
        .filter_map(|prefix| error.strip_prefix(prefix));
    let told = all.next().unwrap_or(error).trim().lines();
    told.map(|line| line.trim().to_owned()).collect()
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

    /// Custom resources say what they are.
    fn check_custom_kind(&self, value: &Value, body: &[u8]) -> Result<(), Status> {
        let (own, version) = (self.api_version(), meta::api_version(value));
        let kind = meta::kind(value);
        if kind.is_empty() {
            return Err(self.without_kind(body));
        }
        if version != own {
            return Err(Status::bad_request(format!(
                "the API version in the data ({version}) does not match the expected API version ({own})"
            )));
        }
        if kind != self.kind {
            return Err(self.another("kind", value));
        }
        Ok(())
    }

    /// 422 for a custom resource that says by its `kind` or `apiVersion` that it is another.
    pub fn another(&self, field: &str, value: &Value) -> Status {
        let own = match field {
            "kind" => self.kind.to_owned(),
            _ => self.api_version(),
        };
        let fault = FieldError::invalid(field, value[field].clone(), format!("must be {own}"));
        let (group, _) = meta::split_api_version(meta::api_version(value));
        Status::invalid(group, meta::kind(value), meta::name(value), vec![fault])
    }

    fn without_kind(&self, body: &[u8]) -> Status {
        let shown = String::from_utf8_lossy(body);
        unrecognized(
            body,
            self.kind,
            format!("Object 'Kind' is missing in '{shown}'"),
        )
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
    fn what_is_no_kind_is_refused() {
        let wrapped = "the object provided is unrecognized (must be of type ConfigMap): ";
        let number = format!(
            "{wrapped}couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({{\"kind\":1}})"
        );
        check(r#"{"kind":1}"#, FieldValidation::Warn, &number);
        let slashes = format!(
            "{wrapped}unexpected GroupVersion string: a/b/c ({{\"apiVersion\":\"a/b/c\"}})"
        );
        check(r#"{"apiVersion":"a/b/c"}"#, FieldValidation::Warn, &slashes);
        let empty = r#"{"apiVersion":"v1","kind":"ConfigMap"} []"#;
        check("null", FieldValidation::Warn, empty);
    }

    #[test]
    fn the_body_of_a_deletion_is_read_as_its_options() {
        let told = |body: &str| match delete_options(body.as_bytes(), BodyFormat::Json) {
            Ok(value) => value.to_string(),
            Err(status) => status.message,
        };
        assert_eq!(told("null"), "{}");
        let own = r#"{"kind":"DeleteOptions","apiVersion":"x/v1","dryRun":["All"]}"#;
        assert_eq!(told(own), own);
        let types = r#"json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64"#;
        assert_eq!(told(r#"{"gracePeriodSeconds":"x"}"#), types);
        let other = r#"no kind "Foo" is registered for version "v1" in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27""#;
        assert_eq!(told(r#"{"kind":"Foo"}"#), other);
        let status = "converting (v1.Status) to (v1.DeleteOptions): unknown conversion";
        assert_eq!(told(r#"{"kind":"Status"}"#), status);
        let list = told("[]");
        assert!(list.starts_with(
            "couldn't get version/kind; json parse error: json: cannot unmarshal array"
        ));
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

//! `patch`: JSON, merge and strategic merge patches, and server-side apply.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use knarr_api::kinds::Kind;
use knarr_api::patch::{json_patch, merge_patch, strategic_merge};
use knarr_api::quote::go_value;
use knarr_api::schema::decode::{self, FieldValidation};
use knarr_api::schema::{Schema, strict};
use knarr_api::status::{FieldError, Status};
use knarr_api::{apply, json, meta, yaml};
use knarr_storage::At;
use serde_json::{Map, Value};

use crate::call::Call;
use crate::registry::store;
use crate::registry::strategy::Part;
use crate::request::body::{self, Expected, yaml_warnings};

/// The media types of patches, as the 415 message lists them.
const MEDIA_TYPES: &[&str] = &[
    "application/json-patch+json",
    "application/merge-patch+json",
    STRATEGIC,
    APPLY,
];
const APPLY: &str = "application/apply-patch+yaml";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// How objects can be patched that no built-in type has strategies for.
fn without_strategic() -> Vec<&'static str> {
    let known = MEDIA_TYPES.iter().copied();
    known.filter(|name| *name != STRATEGIC).collect()
}

/// A patch as it came.
#[derive(Debug)]
pub enum Patch {
    Json(Value),
    Merge(Value),
    Strategic(Value),
    Apply(Value),
}

/// Whether the patch is a server-side apply.
fn applies(call: &Call) -> bool {
    body::content_type(&call.headers).starts_with(APPLY)
}

/// Reads the body of a patch request, with what it names twice.
pub async fn read_patch(call: &Call, body: Body) -> Result<(Patch, Vec<String>), Status> {
    let content_type = body::content_type(&call.headers);
    let media_type = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned();
    let known = match call.kind.custom {
        true => without_strategic(),
        false => MEDIA_TYPES.to_vec(),
    };
    if !known.contains(&media_type.as_str()) {
        return Err(Status::unsupported_media_type(&known));
    }
    call.options.check("PatchOptions", applies(call))?;
    let bytes = body::read(body).await?;
    let read = |words: &dyn Fn(String) -> String| {
        json::from_slice(&bytes).map_err(|error| Status::bad_request(words(error)))
    };
    let ignores = call.options.field_validation == FieldValidation::Ignore;
    let words = |error: String| match (ignores, media_type.as_str()) {
        (true, "application/merge-patch+json") => "Invalid JSON Patch".to_owned(),
        (true, _) => error,
        (false, _) => format!("error decoding patch: {error}"),
    };
    let patch = match media_type.as_str() {
        "application/json-patch+json" => Patch::Json(operations(read(&words)?, ignores)?),
        "application/merge-patch+json" => Patch::Merge(merged(read(&words)?, ignores)?),
        STRATEGIC => Patch::Strategic(read(&|error| error)?),
        APPLY => Patch::Apply(applied(&bytes)?),
        _ => return Err(Status::unsupported_media_type(&known)),
    };
    if let Some(audit) = &call.audit {
        let (Patch::Json(value)
        | Patch::Merge(value)
        | Patch::Strategic(value)
        | Patch::Apply(value)) = &patch;
        audit.patch(value);
    }
    let duplicates = match (&patch, call.options.field_validation) {
        (_, FieldValidation::Ignore) => Vec::new(),
        (Patch::Apply(_), _) => twice_in_yaml(&bytes),
        (Patch::Json(operations), _) => {
            let twice = strict::duplicate_fields(&bytes).into_iter();
            let all = twice.chain(unknown_of_operations(operations));
            all.map(|finding| format!("json patch {finding}")).collect()
        }
        _ => strict::duplicate_fields(&bytes),
    };
    Ok((patch, duplicates))
}

/// The operations of a JSON patch; null is none of them. Upstream reads them twice unless fields are not validated.
fn operations(patch: Value, ignores: bool) -> Result<Value, Status> {
    let (prefix, list, one) = match ignores {
        true => ("", "jsonpatch.Patch", "jsonpatch.Operation"),
        false => (
            "error decoding patch: ",
            "[]handlers.jsonPatchOp",
            "handlers.jsonPatchOp",
        ),
    };
    let refused = |value: &Value, wanted: &str| {
        let found = json::type_name(value);
        Status::bad_request(format!(
            "{prefix}json: cannot unmarshal {found} into Go value of type {wanted}"
        ))
    };
    match patch {
        Value::Null => Ok(Value::Array(Vec::new())),
        Value::Array(all) => match all.iter().find(|value| !value.is_object()) {
            Some(other) => Err(refused(other, one)),
            None => Ok(Value::Array(all)),
        },
        other => Err(refused(&other, list)),
    }
}

fn unknown_of_operations(operations: &Value) -> impl Iterator<Item = String> {
    const FIELDS: [&str; 4] = ["op", "path", "from", "value"];
    let operations = operations.as_array().into_iter().flatten().enumerate();
    operations.flat_map(|(index, operation)| {
        let names = operation.as_object().into_iter().flat_map(|map| map.keys());
        let unknown = names.filter(|name| !FIELDS.contains(&name.as_str()));
        unknown.map(move |name| format!("unknown field \"[{index}].{name}\""))
    })
}

/// A merge patch is an object. A list takes the place of the object, unless the patch is looked at before.
fn merged(patch: Value, ignores: bool) -> Result<Value, Status> {
    if patch.is_object() || ignores && patch.is_array() {
        return Ok(patch);
    }
    Err(Status::bad_request(match ignores || patch.is_null() {
        true => "Invalid JSON Patch".to_owned(),
        false => format!(
            "error decoding patch: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            json::type_name(&patch)
        ),
    }))
}

fn twice_in_yaml(bytes: &Bytes) -> Vec<String> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let error = yaml::from_str_strict(text).err();
    error.map(|error| error.to_string()).into_iter().collect()
}

/// An applied configuration is YAML; JSON is YAML too, and cheaper to read.
fn applied(bytes: &Bytes) -> Result<Value, Status> {
    if bytes.first() == Some(&b'{')
        && let Ok(value) = serde_json::from_slice(bytes)
    {
        return Ok(value);
    }
    let refused = |why: String| Status::bad_request(format!("error decoding YAML: {why}"));
    let text = std::str::from_utf8(bytes).map_err(|error| refused(error.to_string()))?;
    match yaml::from_str(text).map_err(|error| refused(error.to_string()))? {
        Value::Null => Ok(Value::Object(Map::new())),
        value @ Value::Object(_) => Ok(value),
        other => Err(refused(format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            json::type_name(&other)
        ))),
    }
}

/// Reads the patch and applies it to the object, or to its status.
pub async fn patch(call: &mut Call, body: Body, part: Part) -> Result<Response, Status> {
    let (patch, duplicates) = match read_patch(call, body).await {
        // Upstream reads a patch when it has the object.
        Err(status) if status.code == 400 && !applies(call) => {
            call.find(At::Current).await?;
            return Err(status);
        }
        read => read?,
    };
    match patch {
        Patch::Apply(configuration) => apply_patch(call, configuration, duplicates, part).await,
        patch => {
            let kind = call.kind;
            let validation = call.options.field_validation;
            let mut warnings = std::mem::take(&mut call.warnings);
            let shared_call = &*call;
            let written = store::update(
                &call.write(&call.info.name, part),
                store::Expected::Plain,
                &mut warnings,
                |old, warnings| {
                    let live = shared_call.requested(old.clone());
                    let mut new = patched(kind, &live, &patch)?;
                    keep_kind(shared_call, &live, &mut new, &patch)?;
                    let expected = shared_call.expected();
                    let findings = duplicates.clone();
                    body::check_schema(&mut new, expected, findings, validation, warnings)
                        // With all that was patched, of which some is gone by now.
                        .map_err(|why| match patched(kind, &live, &patch) {
                            Ok(whole) => unreadable(&patch, &whole, why),
                            Err(status) => status,
                        })?;
                    // Only a version that the patch itself names makes it conditional.
                    if meta::resource_version(&new) == meta::resource_version(&live) {
                        meta::remove(&mut new, "resourceVersion");
                    }
                    let mut new = shared_call.to_stored(new)?;
                    shared_call.default(&mut new);
                    Ok(new)
                },
            )
            .await;
            call.warnings = warnings;
            call.object(StatusCode::OK, written?)
        }
    }
}

/// A patch does not make another kind of an object: a strategic one is read into the type that it has, and what others
/// make must be of that type. Custom resources say what they are.
fn keep_kind(call: &Call, live: &Value, new: &mut Value, patch: &Patch) -> Result<(), Status> {
    let custom = call.kind.custom;
    if !new.is_object() {
        return Err(unreadable(patch, new, json::unversioned(new)));
    }
    if custom && meta::kind(new).is_empty() {
        let why = format!("Object 'Kind' is missing in '{}'", in_order(new));
        return Err(unreadable(patch, new, why));
    }
    if custom && meta::api_version(new).is_empty() {
        let why = "Object 'apiVersion' is missing in 'object has no apiVersion field'";
        return Err(Status::internal(why));
    }
    for field in ["kind", "apiVersion"] {
        let changed = (custom || !new[field].is_null()) && new[field] != live[field];
        if changed && !matches!(patch, Patch::Strategic(_)) {
            return Err(match custom {
                true => call.expected().another(field, new),
                false => unreadable(patch, new, not_registered(new)),
            });
        }
        if let Some(object) = new.as_object_mut() {
            object.insert(field.to_owned(), live[field].clone());
        }
    }
    Ok(())
}

fn not_registered(object: &Value) -> String {
    let (version, kind) = (meta::api_version(object), meta::kind(object));
    format!(
        "no kind {kind:?} is registered for version {version:?} in scheme \"pkg/api/legacyscheme/scheme.go:30\""
    )
}

/// What a patch makes of the object can't be read. Of a strategic patch the patch is shown, of others the result.
pub fn unreadable(patch: &Patch, new: &Value, why: String) -> Status {
    let shown = match patch {
        Patch::Strategic(patch) => go_value(patch),
        _ => in_order(new).to_string(),
    };
    let error = FieldError::invalid("patch", shown, why);
    Status::invalid("", "", "", vec![error])
}

/// What a patch has made of an object, with its fields in the order of their names.
fn in_order(new: &Value) -> Value {
    let mut new = new.clone();
    new.sort_all_objects();
    new
}

/// The patched form of a live object, both in the requested version.
pub fn patched(kind: &Kind, live: &Value, patch: &Patch) -> Result<Value, Status> {
    patched_as(kind.group, kind.version, kind.kind, live, patch)
}

/// [`patched`], of a kind that may have no row of its own (Scale).
pub fn patched_as(
    group: &str,
    version: &str,
    kind: &str,
    live: &Value,
    patch: &Patch,
) -> Result<Value, Status> {
    match patch {
        Patch::Json(patch) => json_patch(live, patch),
        Patch::Merge(patch) => {
            let mut new = live.clone();
            merge_patch(&mut new, patch);
            Ok(new)
        }
        Patch::Strategic(patch) => match Schema::for_gvk(group, version, kind) {
            Some(schema) => strategic_merge(live.clone(), patch, schema),
            None => Err(Status::unsupported_media_type(&without_strategic())),
        },
        Patch::Apply(_) => Err(Status::bad_request("apply is not supported here")),
    }
}

/// Server-side apply (<https://kubernetes.io/docs/reference/using-api/server-side-apply/>).
async fn apply_patch(
    call: &mut Call,
    mut applied: Value,
    duplicates: Vec<String>,
    part: Part,
) -> Result<Response, Status> {
    check_applied(call, &mut applied)?;
    refuse_duplicates(call, duplicates)?;
    if call.custom.is_some() {
        json::settle_numbers(&mut applied);
    }
    let applied = call.to_stored(applied)?;
    let registry = &call.shared.registry;
    let exists = registry
        .entry(call.stored, call.namespace(), &call.info.name, At::Current)
        .await?
        .is_some();
    if !exists {
        return create_applied(call, applied, part).await;
    }
    let mut warnings = std::mem::take(&mut call.warnings);
    let merge = |live: Option<&Value>| merge_applied(call, live, &applied);
    let written = store::update(
        &call.write(&call.info.name, part),
        store::Expected::Applied,
        &mut warnings,
        |old, _| {
            let mut new = merge(Some(old))?;
            if meta::resource_version(&applied).is_empty() {
                meta::remove(&mut new, "resourceVersion");
            }
            Ok(new)
        },
    )
    .await;
    call.warnings = warnings;
    call.object(StatusCode::OK, written?)
}

fn refuse_duplicates(call: &mut Call, mut duplicates: Vec<String>) -> Result<(), Status> {
    match call.options.field_validation {
        FieldValidation::Ignore => {}
        FieldValidation::Warn => {
            let told = duplicates.drain(..).flat_map(|error| yaml_warnings(&error));
            call.warnings.extend(told);
        }
        FieldValidation::Strict => {
            if let Some(error) = duplicates.first() {
                let message = format!("error strict decoding YAML: {error}");
                return Err(Status::bad_request(message));
            }
        }
    }
    Ok(())
}

/// What the schema does not know can't be applied, however fields are validated.
fn check_applied(call: &Call, applied: &mut Value) -> Result<(), Status> {
    let expected = call.expected();
    check_applied_kind(applied, &call.kind.api_version(), call.kind.kind)?;
    let mut unknown = faults(&expected, applied);
    if unknown.is_empty() {
        let ignore = FieldValidation::Ignore;
        return body::check_schema(applied, expected, Vec::new(), ignore, &mut Vec::new())
            .map_err(|why| decode::cannot_be_handled(expected.version, expected.kind, &why));
    }
    let faults = match unknown.as_mut_slice() {
        [one] => std::mem::take(one),
        all => format!("errors:\n  {}", all.join("\n  ")),
    };
    let (namespace, name) = (meta::namespace(applied), meta::name(applied));
    Err(Status {
        code: 500,
        reason: "".into(),
        message: format!(
            "failed to create typed patch object ({namespace}/{name}; {}, Kind={}): {faults}",
            meta::api_version(applied),
            meta::kind(applied)
        ),
        details: None,
    })
}

/// 400 for a configuration of another kind than the one that is applied to.
pub fn check_applied_kind(applied: &Value, version: &str, kind: &str) -> Result<(), Status> {
    let (own_version, own_kind) = (meta::api_version(applied), meta::kind(applied));
    if own_version == version && own_kind == kind {
        return Ok(());
    }
    let (group, version) = meta::split_api_version(own_version);
    let why = format!("invalid object type: {group}/{version}, Kind={own_kind}");
    Err(Status::bad_request(why))
}

/// Why the configuration has not the form of the requested version, in the words of structured-merge-diff.
fn faults(expected: &Expected<'_>, applied: &Value) -> Vec<String> {
    let typed = |schema| apply::undeclared(applied, schema);
    let schema = match expected.custom {
        Some(version) => version.schema(),
        None => expected.definition.and_then(Schema::for_definition),
    };
    let paths = match expected.custom {
        // What is pruned is unknown; how deep maps and lists go is told by the schema.
        Some(version) => match version.prune(&mut applied.clone()) {
            Ok(unknown) if unknown.is_empty() => unknown,
            pruned => match (schema.map(typed), pruned) {
                (Some(paths), Ok(unknown)) if paths.len() == unknown.len() => paths,
                (_, Ok(unknown)) => unknown.iter().map(|path| format!(".{path}")).collect(),
                (paths, Err(_)) => paths.unwrap_or_default(),
            },
        },
        None => schema.map(typed).unwrap_or_default(),
    };
    let told = |path: String| format!("{path}: field not declared in schema");
    let others = schema.map(|schema| apply::mistyped(applied, schema));
    let all = paths.into_iter().map(told);
    all.chain(others.unwrap_or_default()).collect()
}

/// The live object with what is applied merged into it.
pub fn merge_applied(call: &Call, live: Option<&Value>, applied: &Value) -> Result<Value, Status> {
    let (version, time) = (call.stored.api_version(), meta::now_rfc3339());
    let write = call.write(&call.info.name, Part::Main);
    let writer = write.writer(&version, &time);
    let mut new = apply::apply(
        live,
        applied,
        &writer,
        call.options.force == Some(true),
        write.schema(),
    )?;
    match (&call.custom, write.schema()) {
        // What has a type holds no nulls; of what has none validation tells.
        (Some(custom), _) => custom.version().default_applied(&mut new),
        (None, schema) => {
            if let Some(schema) = schema {
                decode::canonicalize(&mut new, schema);
            }
            call.default(&mut new);
        }
    }
    Ok(new)
}

async fn create_applied(call: &mut Call, applied: Value, part: Part) -> Result<Response, Status> {
    if part != Part::Main {
        return Err(call.not_found());
    }
    let uid = meta::uid(&applied);
    if !uid.is_empty() {
        let why = format!(
            "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
        );
        let (group, plural) = (call.kind.group, call.kind.plural);
        return Err(Status::conflict(group, plural, &call.info.name, why));
    }
    super::create::refuse_terminating(call, &call.info.name)?;
    let mut object = merge_applied(call, None, &applied)?;
    // There is no state that the configuration could have been made for.
    meta::remove(&mut object, "resourceVersion");
    meta::set_name(&mut object, &call.info.name.clone());
    let mut warnings = std::mem::take(&mut call.warnings);
    let created = store::create(
        &call.write(&call.info.name, part),
        store::Expected::Applied,
        object,
        &mut warnings,
    )
    .await;
    call.warnings = warnings;
    call.object(StatusCode::CREATED, created?)
}

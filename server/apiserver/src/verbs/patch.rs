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
use serde_json::Value;

use crate::call::Call;
use crate::registry::store;
use crate::registry::strategy::Part;
use crate::request::body::{self, Expected};

/// The media types of patches, as the 415 message lists them.
const MEDIA_TYPES: &[&str] = &[
    "application/json-patch+json",
    "application/merge-patch+json",
    STRATEGIC,
    "application/apply-patch+yaml",
];
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
    let applies = media_type == "application/apply-patch+yaml";
    call.options.check("PatchOptions", applies)?;
    let bytes = body::read(body).await?;
    let ignores = call.options.field_validation == FieldValidation::Ignore;
    let json = |words: &dyn Fn(String) -> String| {
        json::from_slice(&bytes).map_err(|error| Status::bad_request(words(error)))
    };
    let decoding = |error: String| format!("error decoding patch: {error}");
    let patch = match media_type.as_str() {
        "application/json-patch+json" if ignores => Patch::Json(json(&|error| error)?),
        "application/json-patch+json" => Patch::Json(json(&decoding)?),
        "application/merge-patch+json" if ignores => {
            Patch::Merge(json(&|_| "Invalid JSON Patch".to_owned())?)
        }
        "application/merge-patch+json" => Patch::Merge(json(&decoding)?),
        STRATEGIC => Patch::Strategic(json(&|error| error)?),
        "application/apply-patch+yaml" => Patch::Apply(applied(&bytes)?),
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
        _ => strict::duplicate_fields(&bytes),
    };
    Ok((patch, duplicates))
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
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Status::bad_request(format!("error decoding YAML: {error}")))?;
    yaml::from_str(text)
        .map_err(|error| Status::bad_request(format!("error decoding YAML: {error}")))
}

/// Reads the patch and applies it to the object, or to its status.
pub async fn patch(call: &mut Call, body: Body, part: Part) -> Result<Response, Status> {
    let (patch, duplicates) = read_patch(call, body).await?;
    match patch {
        Patch::Apply(configuration) => {
            refuse_duplicates(call, duplicates)?;
            apply_patch(call, configuration, part).await
        }
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
                    keep_kind(&live, &mut new, &patch)?;
                    // Only a version that the patch itself names makes it conditional.
                    if meta::resource_version(&new) == meta::resource_version(&live) {
                        meta::remove(&mut new, "resourceVersion");
                    }
                    let expected = shared_call.expected();
                    let findings = duplicates.clone();
                    body::check_schema(&mut new, expected, findings, validation, warnings)
                        .map_err(|why| unreadable(&patch, &new, why))?;
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
/// make must be of that type.
fn keep_kind(live: &Value, new: &mut Value, patch: &Patch) -> Result<(), Status> {
    for field in ["apiVersion", "kind"] {
        let changed = !new[field].is_null() && new[field] != live[field];
        if changed && !matches!(patch, Patch::Strategic(_)) {
            let (version, kind) = (meta::api_version(new), meta::kind(new));
            let why = format!(
                "no kind {kind:?} is registered for version {version:?} in scheme \"pkg/api/legacyscheme/scheme.go:30\""
            );
            return Err(unreadable(patch, new, why));
        }
        if let Some(object) = new.as_object_mut() {
            object.insert(field.to_owned(), live[field].clone());
        }
    }
    Ok(())
}

/// What a patch makes of the object can't be read. Of a strategic patch the patch is shown, of others the result.
fn unreadable(patch: &Patch, new: &Value, why: String) -> Status {
    let shown = match patch {
        Patch::Strategic(patch) => go_value(patch),
        _ => new.to_string(),
    };
    let error = FieldError::invalid("patch", shown, why);
    Status::invalid("", "", "", vec![error])
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
async fn apply_patch(call: &mut Call, mut applied: Value, part: Part) -> Result<Response, Status> {
    check_applied(call, &mut applied)?;
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
        FieldValidation::Warn => call.warnings.append(&mut duplicates),
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
    let version = meta::api_version(applied);
    if version != call.kind.api_version() {
        return Err(Status::bad_request(format!(
            "Incorrect version specified in apply patch. Specified patch version: {version}, expected: {}",
            call.kind.api_version()
        )));
    }
    let mut unknown = match meta::kind(applied) {
        "" => vec![format!("no corresponding type for {version}, Kind=")],
        _ => {
            expected.check_kind(applied)?;
            faults(&expected, applied)?
        }
    };
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

/// Why the configuration has not the form of the requested version, in the words of structured-merge-diff.
fn faults(expected: &Expected<'_>, applied: &Value) -> Result<Vec<String>, Status> {
    let typed = |schema| apply::undeclared(applied, schema);
    let schema = match expected.custom {
        Some(version) => version.schema(),
        None => expected.definition.and_then(Schema::for_definition),
    };
    let paths = match expected.custom {
        // What is pruned is unknown; how deep maps and lists go is told by the schema.
        Some(version) => match version.prune(&mut applied.clone())? {
            unknown if unknown.is_empty() => unknown,
            unknown => match schema.map(typed) {
                Some(paths) if paths.len() == unknown.len() => paths,
                _ => unknown.iter().map(|path| format!(".{path}")).collect(),
            },
        },
        None => schema.map(typed).unwrap_or_default(),
    };
    let told = |path: String| format!("{path}: field not declared in schema");
    let others = schema.map(|schema| apply::mistyped(applied, schema));
    let all = paths.into_iter().map(told);
    Ok(all.chain(others.unwrap_or_default()).collect())
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
    call.default(&mut new);
    Ok(new)
}

async fn create_applied(call: &mut Call, applied: Value, part: Part) -> Result<Response, Status> {
    if part != Part::Main || !meta::uid(&applied).is_empty() {
        return Err(call.not_found());
    }
    super::create::refuse_terminating(call)?;
    let mut object = merge_applied(call, None, &applied)?;
    meta::set_name(&mut object, &call.info.name.clone());
    let mut warnings = std::mem::take(&mut call.warnings);
    let created = store::create(&call.write(&call.info.name, part), object, &mut warnings).await;
    call.warnings = warnings;
    call.object(StatusCode::CREATED, created?)
}

//! `scale`: the replicas of a workload as `autoscaling/v1` Scale (extensions and the beta versions of apps spoke their own).

use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use knarr_api::crd::scale::Scale;
use knarr_api::meta;
use knarr_api::selector::Selector;
use knarr_api::status::{FieldError, Status};
use knarr_storage::At;
use serde_json::{Value, json};

use super::read_body;
use crate::admission::{self, Operation};
use crate::call::Call;
use crate::registry::store::{self, Expected};
use crate::registry::strategy::Part;
use crate::request::Verb;
use crate::request::body;
use crate::verbs::{self, Patch};

/// Get, update and patch.
pub async fn run(call: &mut Call, body: Body) -> Result<Response, Status> {
    match call.info.verb {
        Verb::Get => {
            let object = call.find(At::Current).await?;
            if let Some(why) = custom(call).and_then(|scale| scale.missing(&object)) {
                return Err(Status::internal(why));
            }
            Ok(call.answer(StatusCode::OK, &scale_of(call, &object)?))
        }
        Verb::Update => {
            let (group, version) = form(call);
            let scale = read_body(call, body, group, version, "Scale").await?;
            write(call, Expected::Plain, |_| Ok(scale.clone())).await
        }
        Verb::Patch => patch(call, body).await,
        _ => Err(verbs::not_allowed(call.kind, &call.info)),
    }
}

async fn patch(call: &mut Call, body: Body) -> Result<Response, Status> {
    let (patch, duplicates) = verbs::read_patch(call, body).await?;
    let (group, version) = form(call);
    if let Patch::Apply(configuration) = &patch {
        let api_version = knarr_api::kinds::api_version(group, version);
        verbs::check_applied_kind(configuration, &api_version, "Scale")?;
        let spec = Patch::Merge(json!({"spec": configuration["spec"]}));
        let merged = |live: &Value| verbs::patched_as(group, version, "Scale", live, &spec);
        return write(call, Expected::Applied, merged).await;
    }
    let definition = knarr_api::schema::definition_name(group, version, "Scale");
    let expected = body::Expected {
        group,
        version,
        kind: "Scale",
        definition: Some(&definition),
        custom: None,
    };
    let validation = call.options.field_validation;
    let noted = Mutex::new(Vec::new());
    let answer = write(call, Expected::Plain, |live| {
        let mut new = verbs::patched_as(group, version, "Scale", live, &patch)?;
        let mut warnings = Vec::new();
        body::check_schema(
            &mut new,
            expected,
            duplicates.clone(),
            validation,
            &mut warnings,
        )
        .map_err(|why| verbs::unreadable(&patch, &new, why))?;
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = warnings;
        Ok(new)
    })
    .await;
    let mut noted = noted.into_inner().unwrap_or_else(PoisonError::into_inner);
    call.warnings.append(&mut noted);
    answer
}

/// Group and version of the Scale that the kind speaks.
fn form(call: &Call) -> (&'static str, &'static str) {
    let row = call.kind.subresource("scale");
    row.map_or(("autoscaling", "v1"), |row| (row.group, row.version))
}

async fn write<F>(call: &mut Call, expected: Expected, change: F) -> Result<Response, Status>
where
    F: Fn(&Value) -> Result<Value, Status> + Send + Sync,
{
    for _ in 1..store::ATTEMPTS {
        match attempt(call, expected, &change).await {
            Ok(object) => return Ok(call.answer(StatusCode::OK, &scale_of(call, &object)?)),
            // A replacement that names the version it replaces fails; everything else looks at the object again.
            Err((status, conditional)) if conditional || status.code != 409 => return Err(status),
            Err(_) => {}
        }
    }
    let last = attempt(call, expected, &change).await;
    let object = last.map_err(|(status, _)| status)?;
    Ok(call.answer(StatusCode::OK, &scale_of(call, &object)?))
}

/// One round: reads the object, changes and admits its Scale, and writes. A failure says whether it is final.
async fn attempt<F>(
    call: &mut Call,
    expected: Expected,
    change: &F,
) -> Result<Value, (Status, bool)>
where
    F: Fn(&Value) -> Result<Value, Status> + Send + Sync,
{
    let last = |status: Status| (status, true);
    let registry = &call.shared.registry;
    let object = registry
        .get(call.stored, call.namespace(), &call.info.name, At::Current)
        .await
        .map_err(last)?;
    let live = scale_of(call, &object).map_err(last)?;
    let mut scale = change(&live).map_err(last)?;
    store::check_identity(&call.write(&call.info.name, Part::Other), &scale).map_err(last)?;
    let version = meta::resource_version(&scale);
    let conditional = !version.is_empty() && version != meta::resource_version(&live)
        || call.info.verb == Verb::Update && !version.is_empty();
    if version.is_empty() {
        meta::set_resource_version(&mut scale, meta::resource_version(&live));
    }
    admission::unstored(call, Operation::Update, Some(&live), &mut scale)
        .await
        .map_err(last)?;
    let mut warnings = std::mem::take(&mut call.warnings);
    let shared_call = &*call;
    let written = store::update(
        &call.write(&call.info.name, Part::Other),
        expected,
        &mut warnings,
        |object, _| scaled(shared_call, expected, object, &scale),
    )
    .await;
    call.warnings = warnings;
    let bytes = written.map_err(|status| (status, conditional))?;
    serde_json::from_slice(&bytes).map_err(|error| last(Status::internal(error)))
}

/// The workload with the replicas of a Scale; the Scale's resource version is the workload's.
fn scaled(call: &Call, expected: Expected, object: &Value, scale: &Value) -> Result<Value, Status> {
    let replicas = scale["spec"]["replicas"].as_i64().unwrap_or(0);
    // Custom resources are checked as a whole.
    if replicas < 0 && custom(call).is_none() {
        let error = FieldError::invalid(
            "spec.replicas",
            replicas,
            "must be greater than or equal to 0",
        );
        return Err(Status::invalid(
            "autoscaling",
            "Scale",
            meta::name(object),
            vec![error],
        ));
    }
    let wanted = meta::uid(scale);
    if !wanted.is_empty() && wanted != meta::uid(object) {
        let why = format!(
            "Precondition failed: UID in precondition: {wanted}, UID in object meta: {}",
            meta::uid(object)
        );
        return Err(Status::conflict(
            call.kind.group,
            call.kind.plural,
            meta::name(object),
            why,
        ));
    }
    let set = |object: &mut Value| match custom(call) {
        Some(scale) => scale.set(object, replicas),
        None => object["spec"]["replicas"] = replicas.into(),
    };
    let mut new = match expected {
        Expected::Plain | Expected::Untracked => {
            let mut new = object.clone();
            set(&mut new);
            new
        }
        // The manager of a Scale owns the replicas of the workload, and nothing else.
        Expected::Applied => {
            let mut applied = json!({"apiVersion": object["apiVersion"], "kind": object["kind"]});
            set(&mut applied);
            verbs::merge_applied(call, Some(object), &applied)?
        }
    };
    meta::set_resource_version(&mut new, meta::resource_version(scale));
    Ok(new)
}

/// Where the replicas of a custom resource are.
fn custom(call: &Call) -> Option<&Scale> {
    call.custom.as_ref()?.version().scale.as_ref()
}

fn scale_of(call: &Call, object: &Value) -> Result<Value, Status> {
    if let Some(scale) = custom(call) {
        return Ok(scale.of(object));
    }
    let (group, version) = form(call);
    let mut metadata = json!({"name": meta::name(object)});
    for field in ["namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = object["metadata"].get(field) {
            metadata[field] = value.clone();
        }
    }
    let selector = &object["spec"]["selector"];
    // A replication controller selects by a plain map.
    let selector = match selector.as_object() {
        Some(map) if !map.contains_key("matchLabels") && !map.contains_key("matchExpressions") => {
            Selector::from_map(map)
        }
        _ => Selector::from_label_selector(selector).map_err(Status::internal)?,
    };
    let replicas = object["spec"]["replicas"].as_i64().unwrap_or(0);
    let mut status = json!({"replicas": object["status"]["replicas"].as_i64().unwrap_or(0)});
    let mut spec = json!({});
    if replicas != 0 {
        spec["replicas"] = replicas.into();
    }
    if group == "autoscaling" {
        status["selector"] = selector.to_string().into();
    } else {
        status["selector"] = object["spec"]["selector"]["matchLabels"].clone();
        status["targetSelector"] = selector.to_string().into();
    }
    Ok(json!({
        "kind": "Scale",
        "apiVersion": knarr_api::kinds::api_version(group, version),
        "metadata": metadata,
        "spec": spec,
        "status": status,
    }))
}

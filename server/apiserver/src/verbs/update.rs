//! `update`: a body replaces an object.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use knarr_api::meta;
use knarr_api::status::{FieldError, Status};
use knarr_storage::At;
use serde_json::Value;

use crate::call::Call;
use crate::registry::Registry;
use crate::registry::facts::facts;
use crate::registry::store;
use crate::registry::strategy as strategy_of;
use crate::registry::strategy::Part;
use crate::request::body;

/// Reads the body and replaces the object, or its status.
pub async fn update(call: &mut Call, body: Body, part: Part) -> Result<Response, Status> {
    call.options.check("UpdateOptions", false)?;
    let format = body::format(&call.headers)?;
    let bytes = body::read(body).await?;
    let validation = call.options.field_validation;
    let mut warnings = std::mem::take(&mut call.warnings);
    let object = body::decode(&bytes, format, call.expected(), validation, &mut warnings);
    call.warnings = warnings;
    let object = object?;
    replace(call, object, part).await
}

async fn replace(call: &mut Call, object: Value, part: Part) -> Result<Response, Status> {
    store::check_identity(&call.write(&call.info.name, part), &object)?;
    let mut object = call.to_stored(object)?;
    call.default(&mut object);
    call.record_stored(&object);
    if part == Part::Main
        && strategy_of(call.stored).creates_on_update(call.stored)
        && meta::resource_version(&object).is_empty()
        && missing(call).await?
    {
        let mut warnings = std::mem::take(&mut call.warnings);
        let created = store::create(
            &call.write(&call.info.name, part),
            store::Expected::Plain,
            object,
            &mut warnings,
        )
        .await;
        call.warnings = warnings;
        return call.object(StatusCode::CREATED, created?);
    }
    let mut warnings = std::mem::take(&mut call.warnings);
    let written = store::update(
        &call.write(&call.info.name, part),
        store::Expected::Plain,
        &mut warnings,
        |old, _| {
            check_preconditions(call, &object, old)?;
            Ok(object.clone())
        },
    )
    .await;
    call.warnings = warnings;
    call.object(StatusCode::OK, written?)
}

/// A replacement is for the object that it names, and of some kinds for the state that it names.
fn check_preconditions(call: &Call, object: &Value, live: &Value) -> Result<(), Status> {
    let (uid, live) = (meta::uid(object), meta::uid(live));
    if !uid.is_empty() && uid != live {
        let key = Registry::key(call.stored, call.namespace(), &call.info.name);
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {live}"
        );
        let (group, plural) = (call.kind.group, call.kind.plural);
        return Err(Status::conflict(group, plural, &call.info.name, why));
    }
    let names_none = matches!(meta::resource_version(object), "" | "0");
    if !names_none || !facts(call.stored).conditional {
        return Ok(());
    }
    let why = "must be specified for an update";
    let fault = FieldError::invalid("metadata.resourceVersion", 0, why);
    let (group, plural) = (call.kind.group, call.kind.plural);
    Err(Status::invalid(group, plural, &call.info.name, vec![fault]))
}

async fn missing(call: &Call) -> Result<bool, Status> {
    let registry = &call.shared.registry;
    let entry = registry.entry(call.stored, call.namespace(), &call.info.name, At::Current);
    Ok(entry.await?.is_none())
}

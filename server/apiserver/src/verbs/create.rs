//! `create`: a body becomes an object.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::Value;

use crate::call::Call;
use crate::registry::store;
use crate::registry::strategy::Part;
use crate::request::body;

/// Reads the body and creates the object.
pub async fn create(call: &mut Call, body: Body) -> Result<Response, Status> {
    call.options.check("CreateOptions", false)?;
    let format = body::format(&call.headers)?;
    let bytes = body::read(body).await?;
    let validation = call.options.field_validation;
    let mut warnings = std::mem::take(&mut call.warnings);
    let object = body::decode(&bytes, format, call.expected(), validation, &mut warnings);
    call.warnings = warnings;
    let object = object?;
    create_value(call, object).await
}

/// Creates an object that is in the requested version.
async fn create_value(call: &mut Call, object: Value) -> Result<Response, Status> {
    if call.kind.namespaced && call.info.namespace.is_empty() {
        return Err(super::not_allowed(call.kind, &call.info));
    }
    refuse_terminating(call, meta::name(&object))?;
    let mut object = call.to_stored(object)?;
    call.default(&mut object);
    call.record_stored(&object);
    let mut warnings = std::mem::take(&mut call.warnings);
    let name = meta::name(&object).to_owned();
    let created = store::create(
        &call.write(&name, Part::Main),
        store::Expected::Plain,
        object,
        &mut warnings,
    )
    .await;
    call.warnings = warnings;
    call.object(StatusCode::CREATED, created?)
}

/// Nothing is created while the definition of its kind goes.
pub fn refuse_terminating(call: &Call, name: &str) -> Result<(), Status> {
    let custom = call.custom.as_ref();
    if !custom.is_some_and(|custom| custom.definition().terminating) {
        return Ok(());
    }
    let why = "create not allowed while custom resource definition is terminating";
    let (group, plural) = (call.kind.group, call.kind.plural);
    Err(Status::forbidden(group, plural, name, why))
}

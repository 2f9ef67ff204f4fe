//! `create`: a body becomes an object.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use knarr_api::defaults;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::Value;

use crate::call::Call;
use crate::registry::store;
use crate::registry::strategy::Part;
use crate::request::body::{self, Expected};

/// Reads the body and creates the object.
pub async fn create(call: &mut Call, body: Body) -> Result<Response, Status> {
    let format = body::format(&call.headers)?;
    let bytes = body::read(body).await?;
    let validation = call.options.field_validation;
    let expected = Expected::of(call.kind);
    let object = body::decode(&bytes, format, expected, validation, &mut call.warnings)?;
    create_value(call, object).await
}

/// Creates an object that is in the requested version.
async fn create_value(call: &mut Call, object: Value) -> Result<Response, Status> {
    if call.kind.namespaced && call.info.namespace.is_empty() {
        return Err(super::not_allowed(call.kind));
    }
    let mut object = call.to_stored(object)?;
    defaults::apply(call.stored, &mut object);
    let mut warnings = std::mem::take(&mut call.warnings);
    let name = meta::name(&object).to_owned();
    let created = store::create(&call.write(&name, Part::Main), object, &mut warnings).await;
    call.warnings = warnings;
    call.object(StatusCode::CREATED, created?)
}

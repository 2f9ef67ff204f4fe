//! `get`: one object from the cache.

use axum::response::Response;
use http::StatusCode;
use knarr_api::status::Status;
use knarr_storage::At;

use crate::call::Call;
use crate::registry::store;

/// Answers one object. Without a resource version the answer is as new as the store.
pub async fn get(call: &Call) -> Result<Response, Status> {
    let at = match call.options.resource_version.as_str() {
        "" => At::Current,
        "0" => At::Any,
        version => At::NotOlderThan(super::select::revision(version)?),
    };
    let registry = &call.shared.registry;
    let entry = registry
        .entry(call.stored, call.namespace(), &call.info.name, at)
        .await?
        .ok_or_else(|| call.not_found())?;
    if call.custom.is_some() {
        let object = call.decode(&[entry]).await?.pop();
        let object = object.ok_or_else(|| call.not_found())?;
        return call.object(StatusCode::OK, store::encode(&object)?);
    }
    call.object(StatusCode::OK, entry.object.clone())
}

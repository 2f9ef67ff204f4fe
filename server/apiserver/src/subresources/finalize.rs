//! `namespaces/finalize`: the namespace controller takes its finalizer out of the spec; the last one lets the namespace go.

use axum::body::Body;
use axum::response::Response;
use knarr_api::status::Status;

use crate::call::Call;
use crate::registry::strategy::Part;
use crate::verbs;

/// Replaces the finalizers of the spec.
pub async fn run(call: &mut Call, body: Body) -> Result<Response, Status> {
    verbs::part(call, body, Part::Finalize).await
}

//! `pods/ephemeralcontainers` and `pods/resize`: updates of a pod that may touch one part of its spec only.

use axum::body::Body;
use axum::response::Response;
use knarr_api::status::Status;

use crate::call::Call;
use crate::registry::strategy::Part;
use crate::verbs;

/// Adds debugging containers to a running pod (KEP-277).
pub async fn ephemeral_containers(call: &mut Call, body: Body) -> Result<Response, Status> {
    verbs::part(call, body, Part::EphemeralContainers).await
}

/// Changes the resources of a running pod's containers (KEP-1287).
pub async fn resize(call: &mut Call, body: Body) -> Result<Response, Status> {
    verbs::part(call, body, Part::Resize).await
}

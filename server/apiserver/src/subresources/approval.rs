//! `certificatesigningrequests/approval`: the conditions may change, and nothing else.

use axum::body::Body;
use axum::response::Response;
use knarr_api::status::Status;

use crate::call::Call;
use crate::registry::strategy::Part;
use crate::verbs;

/// Get, update and patch.
pub async fn run(call: &mut Call, body: Body) -> Result<Response, Status> {
    verbs::part(call, body, Part::Approval).await
}

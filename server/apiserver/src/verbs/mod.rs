//! One file for each verb on a resource: from the call to the answer.

mod converted;
mod create;
mod decoded_list;
mod delete;
mod delete_collection;
mod get;
pub mod list;
mod list_body;
mod list_options;
mod patch;
mod select;
mod update;
mod watch;

use axum::body::Body;
use axum::response::Response;
use knarr_api::kinds::Kind;
use knarr_api::status::Status;

use crate::call::Call;
use crate::registry::strategy::Part;
use crate::request::{RequestInfo, Verb};

pub use get::get;
pub use list_body::WriteItem;
pub use patch::{Patch, check_applied_kind, merge_applied, patched_as, read_patch, unreadable};

/// Runs the verb of a call on the main resource.
pub async fn run(call: &mut Call, body: Body) -> Result<Response, Status> {
    if !call.kind.has_verb(call.info.verb.as_str()) {
        return Err(not_allowed(call.kind, &call.info));
    }
    match call.info.verb {
        Verb::Get => get(call).await,
        Verb::List => list::list(call).await,
        Verb::Watch => watch::watch(call).await,
        Verb::Create => create::create(call, body).await,
        Verb::Update => update::update(call, body, Part::Main).await,
        Verb::Patch => patch::patch(call, body, Part::Main).await,
        Verb::Delete => delete::delete(call, body).await,
        Verb::DeleteCollection => delete_collection::delete_collection(call, body).await,
        Verb::Other(_) => Err(not_allowed(call.kind, &call.info)),
    }
}

/// Runs the verb of a call on the `status` of an object.
pub async fn status(call: &mut Call, body: Body) -> Result<Response, Status> {
    part(call, body, Part::Status).await
}

/// Reads or writes one part of an object.
pub async fn part(call: &mut Call, body: Body, part: Part) -> Result<Response, Status> {
    match call.info.verb {
        Verb::Get => get(call).await,
        Verb::Update => update::update(call, body, part).await,
        Verb::Patch => patch::patch(call, body, part).await,
        _ => Err(not_allowed(call.kind, &call.info)),
    }
}

/// 405 for a verb that a path does not have. It names no kind, because upstream answers before it knows one, but for
/// custom resources.
pub fn not_allowed(kind: &Kind, info: &RequestInfo) -> Status {
    if kind.custom {
        return Status::method_not_allowed(&info.group, &info.resource, info.verb.as_str());
    }
    Status {
        code: 405,
        reason: "MethodNotAllowed".into(),
        message: "the server does not allow this method on the requested resource".to_owned(),
        details: Some(Box::default()),
    }
}

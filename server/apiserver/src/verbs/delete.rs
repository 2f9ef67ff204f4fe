//! `delete`: one object goes, or is marked.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use knarr_api::status::Status;
use serde_json::{Value, json};

use crate::bootstrap::is_system_class;
use crate::call::Call;
use crate::registry::store::{self, Deleted};
use crate::registry::strategy;
use crate::registry::strategy::Part;
use crate::request::body;
use crate::request::options::Propagation;

/// Reads the options of the body and deletes the object.
pub async fn delete(call: &mut Call, body: Body) -> Result<Response, Status> {
    read_options(call, body).await?;
    refuse_system_class(call)?;
    let propagation = propagation(call);
    let write = call.write(&call.info.name, Part::Main);
    let mut warnings = Vec::new();
    let deleted = store::delete(&write, &call.options.delete, propagation, &mut warnings).await;
    call.warnings.append(&mut warnings);
    let deleted = deleted?;
    if deleted.gone && !call.stored.returns_deleted() {
        return Ok(call.answer(StatusCode::OK, &success(call, &deleted)));
    }
    // Of something that is still going the answer is 202 upstream only where a Status is answered: it is 200 here.
    call.object(StatusCode::OK, deleted.object)
}

/// The priority classes of Kubernetes itself stay; only a deletion of all takes them along.
fn refuse_system_class(call: &Call) -> Result<(), Status> {
    let (group, plural, name) = (call.kind.group, call.kind.plural, call.info.name.as_str());
    if (group, plural) != ("scheduling.k8s.io", "priorityclasses") || !is_system_class(name) {
        return Ok(());
    }
    let why = "this is a system priority class and cannot be deleted";
    Err(Status::forbidden(group, plural, name, why))
}

/// Takes in the DeleteOptions of the body, if there is one.
pub async fn read_options(call: &mut Call, body: Body) -> Result<(), Status> {
    let bytes = body::read(body).await?;
    if !bytes.is_empty() {
        let format = body::format(&call.headers)?;
        let value = body::delete_options(&bytes, format)?;
        call.record(&value);
        call.options.set_delete_body(&value);
    }
    call.options.check_delete()
}

/// What becomes of dependents: as asked, otherwise as the requested version has it.
pub fn propagation(call: &Call) -> Propagation {
    let options = &call.options.delete;
    match (options.propagation_policy, options.orphan_dependents) {
        (Some(policy), _) => policy,
        (None, Some(true)) => Propagation::Orphan,
        (None, Some(false)) => Propagation::Background,
        (None, None) => strategy(call.stored).default_propagation(call.kind),
    }
}

fn success(call: &Call, deleted: &Deleted) -> Value {
    let mut details = json!({"name": call.info.name, "group": call.kind.group, "kind": call.kind.plural, "uid": deleted.uid});
    if call.kind.group.is_empty()
        && let Some(details) = details.as_object_mut()
    {
        details.shift_remove("group");
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}

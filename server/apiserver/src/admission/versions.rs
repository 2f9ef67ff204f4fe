//! The versions of the resource that a request is about: whoever is asked by an equivalent rule sees the object in the
//! version of that rule, and what it changes there is taken over.

use knarr_api::kinds::{KINDS, Kind, stored};
use knarr_api::schema::Schema;
use knarr_api::schema::decode::{self, FieldValidation};
use knarr_api::status::Status;
use knarr_api::{convert, defaults, meta};
use serde_json::Value;

use super::Request;

/// The versions of the resource that are served beside the one that was asked for.
pub fn others<'r>(request: &'r Request<'_>) -> Box<dyn Iterator<Item = &'static Kind> + 'r> {
    let other = |kind: &&'static Kind| *kind != request.requested;
    match request.custom {
        Some(custom) => {
            let versions = custom.definition().versions.iter();
            let served = versions.filter(|version| version.served);
            Box::new(served.map(|version| version.kind).filter(other))
        }
        None => {
            let same =
                |kind: &&'static Kind| kind.is_stored() && std::ptr::eq(stored(kind), request.kind);
            Box::new(KINDS.iter().filter(same).filter(other))
        }
    }
}

/// An object in a version of the resource. What is no object of the resource itself stays as it is.
pub async fn shown(
    request: &Request<'_>,
    kind: &'static Kind,
    object: &Value,
) -> Result<Value, Status> {
    if !is_own(request, object) || std::ptr::eq(kind, request.kind) {
        return Ok(object.clone());
    }
    match request.custom {
        Some(custom) => {
            custom
                .in_version(request.shared, kind, object.clone())
                .await
        }
        None => Ok(convert::from_stored(kind, object.clone())),
    }
}

/// Whether an object is one of the resource, and not what hangs below it.
pub fn is_own(request: &Request<'_>, object: &Value) -> bool {
    meta::kind(object) == request.kind.kind
}

/// What was changed in a version of the resource, in the form of the request. What is no object of the resource itself
/// (`own` is false) stays as it is.
pub async fn taken_over(
    request: &Request<'_>,
    kind: &'static Kind,
    own: bool,
    mut new: Value,
) -> Result<Value, Status> {
    if !own {
        return Ok(new);
    }
    if let Some(custom) = request.custom {
        return custom.in_version(request.shared, request.kind, new).await;
    }
    if let Some(schema) = Schema::for_definition(kind.definition) {
        decode::decode(&mut new, schema, Vec::new(), FieldValidation::Ignore)
            .map_err(|why| decode::cannot_be_handled(kind.version, kind.kind, &why))
            .map_err(|status| Status::internal(status.message))?;
    }
    let mut new = convert::to_stored(kind, new)?;
    defaults::apply(request.kind, &mut new);
    Ok(new)
}

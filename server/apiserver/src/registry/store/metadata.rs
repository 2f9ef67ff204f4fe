//! The metadata that the server owns: set at creation, kept in updates.

use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::Value;

use super::Write;

/// Checks and fills in the metadata of a new object, but for its name.
pub fn prepare_create(write: &Write<'_>, object: &mut Value) -> Result<(), Status> {
    if !meta::resource_version(object).is_empty() {
        return Err(Status {
            code: 500,
            reason: "".into(),
            message: "resourceVersion should not be set on objects to be created".to_owned(),
            details: None,
        });
    }
    let namespace = meta::namespace(object);
    if write.kind.namespaced {
        if !namespace.is_empty() && namespace != write.namespace {
            return Err(Status::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        meta::set_namespace(object, write.namespace);
    } else {
        meta::remove(object, "namespace");
    }
    for field in [
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
    ] {
        meta::remove(object, field);
    }
    meta::set_uid(object, &meta::new_uid());
    meta::set_creation_timestamp(object, &meta::now_rfc3339());
    Ok(())
}

/// Keeps what the server owns in an update, and refuses another identity.
pub fn prepare_update(write: &Write<'_>, new: &mut Value, old: &Value) -> Result<(), Status> {
    let name = meta::name(new);
    if name.is_empty() {
        meta::set_name(new, write.name);
    } else if name != write.name {
        return Err(Status::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            write.name
        )));
    }
    let namespace = meta::namespace(new);
    if write.kind.namespaced {
        if !namespace.is_empty() && namespace != write.namespace {
            return Err(Status::bad_request(format!(
                "the namespace of the object ({namespace}) does not match the namespace on the URL ({})",
                write.namespace
            )));
        }
        meta::set_namespace(new, write.namespace);
    } else {
        meta::remove(new, "namespace");
    }
    let (uid, live) = (meta::uid(new), meta::uid(old));
    if !uid.is_empty() && uid != live {
        return Err(Status::conflict(
            write.kind.group,
            write.kind.plural,
            write.name,
            format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {live}"),
        ));
    }
    meta::remove(new, "selfLink");
    for field in [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ] {
        let kept = old["metadata"].get(field).cloned().unwrap_or(Value::Null);
        meta::set(new, field, kept);
    }
    Ok(())
}

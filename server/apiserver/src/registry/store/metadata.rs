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
    check_namespace(write, object)?;
    set_namespace(write, object);
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

fn check_namespace(write: &Write<'_>, object: &Value) -> Result<(), Status> {
    match write.kind.namespaced {
        true => same_namespace(object, write.namespace),
        false => Ok(()),
    }
}

/// 400 if an object names another namespace than the request.
pub fn same_namespace(object: &Value, namespace: &str) -> Result<(), Status> {
    let named = meta::namespace(object);
    if named.is_empty() || named == namespace {
        return Ok(());
    }
    Err(Status::bad_request(
        "the namespace of the provided object does not match the namespace sent on the request",
    ))
}

fn set_namespace(write: &Write<'_>, object: &mut Value) {
    if write.kind.namespaced {
        meta::set_namespace(object, write.namespace);
    } else {
        meta::remove(object, "namespace");
    }
}

/// 400 unless the object is the one of the request's path.
pub fn check_identity(write: &Write<'_>, object: &Value) -> Result<(), Status> {
    check_namespace(write, object)?;
    let (name, path) = (meta::name(object), write.name);
    let why = match name {
        "" => format!(
            "the name of the object ({path} based on URL) was undeterminable: name must be provided"
        ),
        name if name == path => return Ok(()),
        name => {
            format!("the name of the object ({name}) does not match the name on the URL ({path})")
        }
    };
    Err(Status::bad_request(why))
}

/// Keeps what the server owns in an update, and refuses another identity.
pub fn prepare_update(write: &Write<'_>, new: &mut Value, old: &Value) -> Result<(), Status> {
    check_identity(write, new)?;
    set_namespace(write, new);
    meta::remove(new, "selfLink");
    if meta::uid(new).is_empty() {
        meta::set_uid(new, meta::uid(old));
    }
    // What is there stays; what is not there can't be set either: validation refuses it.
    for (field, always) in [
        ("creationTimestamp", true),
        ("deletionTimestamp", true),
        ("deletionGracePeriodSeconds", false),
    ] {
        let own = &new["metadata"][field];
        match old["metadata"].get(field) {
            Some(kept) if always || own.is_null() => meta::set(new, field, kept.clone()),
            None if own.is_null() => meta::set(new, field, Value::Null),
            _ => {}
        }
    }
    Ok(())
}

//! What is particular to a kind: which fields a client may set, how it is deleted, what it needs before a write.

use knarr_api::defaults;
use knarr_api::kinds::Kind;
use knarr_api::meta;
use knarr_api::status::Status;
use serde_json::{Value, json};

use super::facts::facts;
use super::generation;
use crate::request::options::Propagation;
use crate::server::Shared;
use crate::user::UserInfo;

/// Which part of an object a write is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Everything but the status.
    Main,
    /// The status only.
    Status,
    /// The conditions of a certificate signing request only.
    Approval,
    /// `spec.ephemeralContainers` of a pod only.
    EphemeralContainers,
    /// `resources` of a pod's containers only.
    Resize,
    /// The finalizers of a namespace's spec.
    Finalize,
    /// Another subresource: the caller has changed only what is its own, and has asked admission about it in the form
    /// that the client sent.
    Other,
}

/// The particulars of one kind. All objects are in the stored form.
pub trait Strategy: Send + Sync {
    /// Sets what a client may not choose at creation.
    fn prepare_create(&self, kind: &Kind, _user: &UserInfo, object: &mut Value) {
        reset_status(kind, object);
    }

    /// What is to be told of a new object before [`Strategy::prepare_create`] changes it.
    fn warn_before(&self, _object: &Value) -> Vec<String> {
        Vec::new()
    }

    /// Undoes what a client may not change in an update of the main part.
    fn prepare_update(&self, kind: &Kind, new: &mut Value, old: &Value) {
        if has_status(kind) {
            copy_field(new, old, "status");
        }
    }

    /// Undoes what a client may not change in an update of the status: all but the status and some metadata.
    fn prepare_status(&self, kind: &Kind, new: &mut Value, old: &Value) {
        only_status(kind, new, old);
    }

    /// Whether a PUT of an object that does not exist creates it.
    fn creates_on_update(&self, kind: &Kind) -> bool {
        facts(kind).put_creates
    }

    /// The grace period of a deletion in seconds; `None` when objects of the kind go at once.
    fn grace_period(&self, _object: &Value, _requested: Option<i64>) -> Option<i64> {
        None
    }

    /// What becomes of dependents when the client does not say.
    fn default_propagation(&self, kind: &Kind) -> Propagation {
        if generation::ORPHANS_BY_DEFAULT.contains(&(kind.group, kind.version, kind.plural)) {
            Propagation::Orphan
        } else {
            Propagation::Background
        }
    }

    /// Whether an object that is being deleted may go: more than its finalizers may hold it.
    fn may_vanish(&self, _object: &Value) -> bool {
        true
    }

    /// Marks an object whose deletion begins.
    fn mark_deleted(&self, _object: &mut Value) {}

    /// Brings an object that was found valid into the form in which it is stored.
    fn canonicalize(&self, _object: &mut Value) {}

    /// Reserves what the object needs from the cluster, and fills it in.
    fn reserve(
        &self,
        _server: &Shared,
        _new: &mut Value,
        _old: Option<&Value>,
    ) -> Result<(), Status> {
        Ok(())
    }

    /// Gives back what [`Strategy::reserve`] took for `new`: the write failed, and `old` is what is stored.
    fn unreserve(&self, _server: &Shared, _new: &Value, _old: Option<&Value>) {}

    /// Gives back what an object had reserved and no longer has: this is what an update has stored.
    fn settle(&self, _server: &Shared, _stored: &[u8]) {}
}

/// The strategy of kinds without particulars.
pub struct Plain;

impl Strategy for Plain {}

/// Whether a kind has a `status` subresource.
pub fn has_status(kind: &Kind) -> bool {
    kind.subresource("status").is_some()
}

/// Replaces the status by that of an object that nobody has worked on yet.
pub fn reset_status(kind: &Kind, object: &mut Value) {
    if has_status(kind)
        && let Some(fields) = object.as_object_mut()
    {
        fields.insert("status".to_owned(), json!({}));
        // A claim is pending and a budget has counts from the start: the status has defaults of its own.
        defaults::apply(kind, object);
    }
}

/// Takes over all of an object but its status and the metadata that a status may not touch.
pub fn only_status(kind: &Kind, new: &mut Value, old: &Value) {
    let fields: Vec<String> = new
        .as_object()
        .into_iter()
        .chain(old.as_object())
        .flat_map(|object| object.keys().cloned())
        .filter(|key| !matches!(key.as_str(), "status" | "metadata" | "apiVersion" | "kind"))
        .collect();
    for field in fields {
        copy_field(new, old, &field);
    }
    for field in facts(kind).kept_by_status {
        meta::set(new, field, old["metadata"][*field].clone());
    }
}

/// Makes a top-level field of `new` what it is in `old`.
pub fn copy_field(new: &mut Value, old: &Value, field: &str) {
    let Some(object) = new.as_object_mut() else {
        return;
    };
    match old.get(field) {
        Some(value) => {
            object.insert(field.to_owned(), value.clone());
        }
        None => {
            object.shift_remove(field);
        }
    }
}

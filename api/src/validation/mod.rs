//! Validation: what Kubernetes v1.36 demands of an object on creation and on update, kind by kind, with upstream's
//! field paths, wording and order.

mod errors;
mod metadata;
pub mod names;
mod path;

use serde_json::Value;

use crate::kinds::Kind;
use crate::status::FieldError;

/// The faults of an object that is to be created, in its stored form and with its defaults.
pub fn create(kind: &Kind, object: &Value) -> Vec<FieldError> {
    let mut out = errors::Errors::default();
    metadata::create(object, kind.namespaced, metadata::path_segment, &mut out);
    out.into_list()
}

/// The faults of an object that is to replace another.
pub fn update(_kind: &Kind, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut out = errors::Errors::default();
    metadata::update(new, old, &mut out);
    out.into_list()
}

/// The faults of a new status; everything else of the object is the old one's.
pub fn update_status(_kind: &Kind, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut out = errors::Errors::default();
    metadata::update(new, old, &mut out);
    out.into_list()
}

//! Events of `events.k8s.io` are stored as those of the core group; the fields have other names.

use serde_json::Value;

use super::{ConvertError, rename};

/// Names in `events.k8s.io`, names in the core group.
const FIELDS: &[(&str, &str)] = &[
    ("note", "message"),
    ("regarding", "involvedObject"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
];

pub(super) fn to_stored(object: &mut Value) -> Result<(), ConvertError> {
    if let Some(event) = object.as_object_mut() {
        FIELDS
            .iter()
            .for_each(|(theirs, core)| rename(event, theirs, core));
    }
    Ok(())
}

pub(super) fn from_stored(object: &mut Value) {
    if let Some(event) = object.as_object_mut() {
        FIELDS
            .iter()
            .for_each(|(theirs, core)| rename(event, core, theirs));
    }
}

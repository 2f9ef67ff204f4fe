//! The conditions of a status, for the kinds whose conditions are `metav1.Condition`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::errors::Errors;
use super::metadata::label_name;
use super::path::Path;
use crate::walk::Walk;

const MAX_REASON: usize = 1024;
const MAX_MESSAGE: usize = 32 * 1024;

const BAD_REASON: &str = "a condition reason must start with alphabetic character, optionally followed by a string of \
    alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or \
    'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is \
    '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";

static REASON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$").expect("the pattern is right")
});

/// `ValidateConditions`.
pub(super) fn conditions(status: &Value, path: &Path<'_>, out: &mut Errors) {
    let path = path.child("conditions");
    let mut types = BTreeSet::new();
    for (index, condition) in status.list("conditions").iter().enumerate() {
        let path = path.index(index);
        let type_ = condition.text("type");
        if !types.insert(type_) {
            out.duplicate(&path.child("type"), type_);
        }
        one(condition, &path, out);
    }
}

fn one(condition: &Value, path: &Path<'_>, out: &mut Errors) {
    label_name(condition.text("type"), &path.child("type"), out);
    let statuses = ["False", "True", "Unknown"];
    out.one_of(&path.child("status"), condition.text("status"), &statuses);
    let generation = condition.int("observedGeneration");
    if generation < 0 {
        let path = path.child("observedGeneration");
        out.invalid(&path, generation, "must be greater than or equal to zero");
    }
    if !condition.has("lastTransitionTime") {
        out.required(&path.child("lastTransitionTime"), "");
    }
    let (reason, reason_path) = (condition.text("reason"), path.child("reason"));
    if reason.is_empty() {
        out.required(&reason_path, "");
    } else {
        if !REASON.is_match(reason) {
            out.invalid(&reason_path, reason, BAD_REASON);
        }
        if reason.len() > MAX_REASON {
            out.too_long(&reason_path, MAX_REASON);
        }
    }
    if condition.text("message").len() > MAX_MESSAGE {
        out.too_long(&path.child("message"), MAX_MESSAGE);
    }
}

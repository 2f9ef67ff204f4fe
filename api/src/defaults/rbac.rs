//! Role bindings: the API groups of roles and subjects.

use serde_json::Value;

use super::set::{always, each, unset};
use crate::walk::Walk;

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn binding(object: &mut Value) {
    unset(always(object, "roleRef"), "apiGroup", GROUP);
    for subject in each(object, "subjects") {
        if matches!(subject.text("kind"), "User" | "Group") {
            unset(subject, "apiGroup", GROUP);
        }
    }
}

//! Migrations of what is stored to the version that is stored now.

use serde_json::{Value, json};

use super::conditions::conditions;
use super::errors::{Errors, IS_IMMUTABLE, go_texts};
use super::metadata;
use super::names::{Reasons, is_dns1035_label, is_dns1123_subdomain};
use super::path::Path;
use super::pod::SPEC;
use crate::walk::Walk;

/// `ValidateStorageVersionMigration`, less the metadata.
pub(super) fn migration(object: &Value, out: &mut Errors) {
    let resource = &object["spec"]["resource"];
    let path = SPEC.child("resource");
    let (name, group) = (resource.text("resource"), resource.text("group"));
    if name.is_empty() {
        out.required(&path.child("resource"), "resource is required to be set");
    } else {
        joined(name, is_dns1035_label(name), &path.child("resource"), out);
    }
    if !group.is_empty() {
        joined(
            group,
            is_dns1123_subdomain(group),
            &path.child("group"),
            out,
        );
    }
}

fn joined(value: &str, reasons: Reasons, path: &Path<'_>, out: &mut Errors) {
    if !reasons.is_empty() {
        out.invalid(path, value, reasons.join(","));
    }
}

/// `ValidateStorageVersionMigrationUpdate`.
pub(super) fn update(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    migration(new, out);
    out.immutable_as(&SPEC, &new["spec"], &old["spec"], |spec| {
        // The resource is a type of apimachinery, which has names for JSON.
        json!({"Resource": go_texts(&spec["resource"], &[("group", "group"), ("resource", "resource")])})
    });
}

/// `ValidateStorageVersionMigrationStatusUpdate`.
pub(super) fn status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let path = Path::new("status");
    let version_path = path.child("resourceVersion");
    let (version, before) = (
        new["status"].text("resourceVersion"),
        old["status"].text("resourceVersion"),
    );
    if let Some(reason) = version_fault(version) {
        out.invalid(&version_path, version, reason);
    }
    conditions(&new["status"], &path, out);
    if !before.is_empty() && version != before {
        out.invalid(&version_path, version, IS_IMMUTABLE);
    }
    let path = path.child("conditions");
    let is = |object: &Value, type_: &str| {
        let conditions = object["status"].list("conditions");
        let found = conditions
            .iter()
            .find(|condition| condition.text("type") == type_);
        found.is_some_and(|condition| condition.text("status") == "True")
    };
    let (succeeded, failed) = (is(new, "Succeeded"), is(new, "Failed"));
    let running = is(new, "Running");
    for (wrong, reason) in [
        (
            succeeded && failed,
            "Both success and failed conditions cannot be true at the same time",
        ),
        (
            succeeded && running,
            "Running condition cannot be true when success condition is true",
        ),
        (
            failed && running,
            "Running condition cannot be true when failed condition is true",
        ),
        (
            is(old, "Succeeded") && !succeeded,
            "Success condition cannot be set to false once it is true",
        ),
        (
            is(old, "Failed") && !failed,
            "Failed condition cannot be set to false once it is true",
        ),
    ] {
        if wrong {
            out.invalid(&path, new["status"]["conditions"].clone(), reason);
        }
    }
}

/// Why a text is no resource version (`CompareResourceVersion`).
fn version_fault(version: &str) -> Option<String> {
    let digits = version.bytes().all(|byte| byte.is_ascii_digit());
    let formed = !version.is_empty() && !version.starts_with('0') && digits;
    (!formed).then(|| format!("resource version is not well formed: {version}"))
}

//! API services (`apiregistration.k8s.io`).

use serde_json::Value;

use super::address;
use super::errors::Errors;
use super::metadata::{self, METADATA};
use super::names::{is_dns1035_label, is_dns1123_subdomain};
use super::path::Path;
use super::pod::SPEC;
use crate::quote::quote;
use crate::walk::Walk;

/// `ValidateAPIService`.
pub(super) fn api_service(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    let (name, group, version) = (
        object["metadata"].text("name"),
        spec.text("group"),
        spec.text("version"),
    );
    let wanted = format!("{version}.{group}");
    if name != wanted {
        let reason = format!(
            "must be `spec.version+\".\"+spec.group`: {}",
            quote(&wanted)
        );
        out.invalid(&METADATA.child("name"), name, reason);
    }
    let path = SPEC.child("group");
    if group.is_empty() && version != "v1" {
        let reason = "only v1 may have an empty group and it better be legacy kube";
        out.required(&path, reason);
    }
    if !group.is_empty() {
        out.invalid_each(&path, group, is_dns1123_subdomain(group));
    }
    out.invalid_each(&SPEC.child("version"), version, is_dns1035_label(version));
    for (field, max) in [("groupPriorityMinimum", 20_000), ("versionPriority", 1000)] {
        let priority = spec.int(field);
        if !(1..=max).contains(&priority) {
            let reason = format!("must be positive and less than {max}");
            out.invalid(&SPEC.child(field), priority, reason);
        }
    }
    let (bundle, insecure) = (spec.text("caBundle"), spec.flag("insecureSkipTLSVerify"));
    let insecure_path = SPEC.child("insecureSkipTLSVerify");
    if !spec.has("service") {
        if !bundle.is_empty() {
            let reason = "local APIServices may not have a caBundle";
            out.invalid(&SPEC.child("caBundle"), shown(bundle), reason);
        }
        if insecure {
            let reason = "local APIServices may not have insecureSkipTLSVerify";
            out.invalid(&insecure_path, true, reason);
        }
        return;
    }
    let (service, path) = (&spec["service"], SPEC.child("service"));
    for field in ["namespace", "name"] {
        if service.text(field).is_empty() {
            out.required(&path.child(field), "");
        }
    }
    let port = service.int("port");
    if !address::is_port(port) {
        let reason = format!("port is not valid: {}", address::NOT_A_PORT);
        out.invalid(&path.child("port"), port, reason);
    }
    if insecure && !bundle.is_empty() {
        let reason = "may not be true if caBundle is present";
        out.invalid(&insecure_path, true, reason);
    }
}

/// A bundle by its length: what is in it is no text to show.
fn shown(bundle: &str) -> String {
    // Breaks between its lines are no part of it.
    let digits = bundle.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let digits = digits.filter(|byte| *byte != b'=').count();
    format!("{} bytes", digits * 3 / 4)
}

/// `ValidateAPIServiceStatusUpdate`.
pub(super) fn status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let path = Path::new("status.conditions");
    let conditions = new["status"].list("conditions").iter();
    for (index, condition) in conditions.enumerate() {
        let path = path.index(index);
        let statuses = ["True", "False", "Unknown"];
        out.one_of(&path.child("status"), condition.text("status"), &statuses);
    }
}

//! Nodes.

use serde_json::{Value, json};

use super::address;
use super::errors::{Errors, go_struct};
use super::metadata::{self, METADATA, label_name, texts};
use super::names::is_label_value;
use super::path::Path;
use super::pod::{SPEC, taint_effect};
use super::resources;
use crate::status::FieldError;
use crate::walk::Walk;

/// `ValidateNode`.
pub(super) fn node(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    taints(spec.list("taints"), &METADATA.child("taints"), out);
    node_resources(&object["status"], out);
    let ranges: Vec<&str> = texts(spec, "podCIDRs").collect();
    let path = SPEC.child("podCIDRs");
    for (index, range) in ranges.iter().enumerate() {
        address::cidr(range, &path.index(index), out);
    }
    if ranges.len() > 1 && !address::is_dual_stack(&ranges) {
        out.invalid(
            &path,
            spec["podCIDRs"].clone(),
            "may specify no more than one CIDR for each IP family",
        );
    }
    for (index, range) in ranges.iter().enumerate() {
        if ranges[..index].contains(range) {
            out.duplicate(&path.index(index), *range);
        }
    }
}

fn node_resources(status: &Value, out: &mut Errors) {
    let status_path = Path::new("status");
    for list in ["capacity", "allocatable"] {
        let path = status_path.child(list);
        for (name, value) in status.map(list).into_iter().flatten() {
            resources::quantity_value(name, value, &path.child(name), out);
        }
    }
}

/// `validateNodeTaints`.
fn taints(taints: &[Value], path: &Path<'_>, out: &mut Errors) {
    for (index, taint) in taints.iter().enumerate() {
        let path = path.index(index);
        let (key, value, effect) = (taint.text("key"), taint.text("value"), taint.text("effect"));
        label_name(key, &path.child("key"), out);
        let reasons = is_label_value(value);
        if !reasons.is_empty() {
            out.invalid(&path.child("value"), value, reasons.join(";"));
        }
        if effect.is_empty() {
            out.required(&path.child("effect"), "");
        } else {
            taint_effect(effect, &path.child("effect"), out);
        }
        if taints[..index]
            .iter()
            .any(|other| other.text("key") == key && other.text("effect") == effect)
        {
            let shown = json!({"Key": key, "Value": value, "Effect": effect, "TimeAdded": taint["timeAdded"]});
            let mut error = FieldError::duplicate(path.to_string(), shown);
            error.detail = "taints must be unique by key and effect pair".to_owned();
            out.push(error);
        }
    }
}

/// What an update of the spec must follow: the rules of new nodes as well.
pub(super) fn update(new: &Value, old: &Value, out: &mut Errors) {
    node(new, out);
    update_status(new, old, out);
}

/// `ValidateNodeUpdate`, which is all that an update of the status must follow.
pub(super) fn update_status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    node_resources(&new["status"], out);
    let addresses = new["status"].list("addresses");
    let status = Path::new("status");
    let path = status.child("addresses");
    for (index, address) in addresses.iter().enumerate() {
        if addresses[..index].contains(address) {
            let shown = go_struct(address, &[("Type", "type"), ("Address", "address")]);
            out.duplicate(&path.index(index), shown);
        }
    }
    let (new, old) = (&new["spec"], &old["spec"]);
    if old.count("podCIDRs") > 0 && new["podCIDRs"] != old["podCIDRs"] {
        let reason = "node updates may not change podCIDR except from \"\" to valid";
        out.forbidden(&SPEC.child("podCIDRs"), reason);
    }
    if !old.text("providerID").is_empty() && new.text("providerID") != old.text("providerID") {
        let reason = "node updates may not change providerID except from \"\" to valid";
        out.forbidden(&SPEC.child("providerID"), reason);
    }
    taints(new.list("taints"), &METADATA.child("taints"), out);
    if new.text("externalID") != old.text("externalID") {
        out.forbidden(&SPEC.child("externalID"), "may not be updated");
    }
}

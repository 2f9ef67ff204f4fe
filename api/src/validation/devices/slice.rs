//! Slices of pools of devices, as drivers publish them, and rules that taint devices.

use serde_json::Value;

use super::capacity::{capacity, counters};
use super::{
    CONDITIONS_MAX, binding_conditions, bounded, bounded_set, driver_name, label, name_of,
    pool_name, qualified_name, taint,
};
use crate::cel::is_semantic_version;
use crate::validation::conditions::conditions;
use crate::validation::errors::Errors;
use crate::validation::metadata;
use crate::validation::names::is_dns1123_subdomain;
use crate::validation::path::Path;
use crate::validation::pod::{SPEC, node_selector};
use crate::walk::Walk;

const DEVICES_MAX: usize = 128;
/// The most devices of a slice in which one has taints or consumes counters.
const ADVANCED_DEVICES_MAX: usize = 64;
const COUNTER_SETS_MAX: usize = 8;
const CONSUMPTIONS_MAX: usize = 2;
const NAMES_MAX: usize = 32;
const TAINTS_MAX: usize = 16;
const ATTRIBUTE_MAX: usize = 64;

/// The longest name that is told whole: a domain, a slash and an identifier.
const NAME_MAX: usize = 63 + 1 + super::IDENTIFIER_MAX;

const ONE_PLACE: &str =
    "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
const DEVICE_PLACE: &str = "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when \
    `perDeviceNodeSelection` is set to true in the ResourceSlice spec";

/// `ValidateResourceSlice`.
pub(in crate::validation) fn slice(object: &Value, out: &mut Errors) {
    compared(&object["spec"], &Value::Null, out);
}

pub(in crate::validation) fn update_slice(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    compared(&new["spec"], &old["spec"], out);
}

fn compared(spec: &Value, old: &Value, out: &mut Errors) {
    driver_name(spec.text("driver"), &SPEC.child("driver"), out);
    let (pool, path) = (&spec["pool"], SPEC.child("pool"));
    pool_name(pool.text("name"), &path.child("name"), out);
    let (slices, generation) = (pool.int("resourceSliceCount"), pool.int("generation"));
    if slices <= 0 {
        let path = path.child("resourceSliceCount");
        out.invalid(&path, slices, "must be greater than zero");
    }
    if generation < 0 {
        let path = path.child("generation");
        out.invalid(&path, generation, "must be greater than or equal to zero");
    }
    if old.is_object() {
        out.immutable(&path.child("name"), &pool["name"], &old["pool"]["name"]);
        for field in ["driver", "nodeName"] {
            out.immutable(&SPEC.child(field), &spec[field], &old[field]);
        }
    }
    placed(spec, out);
    if spec.has("sharedCounters") && spec.has("devices") {
        let reason = "only one of `sharedCounters` or `devices` is allowed";
        out.invalid(&SPEC, "", reason);
    }
    devices(spec, old, out);
    bounded_set(
        spec.list("sharedCounters"),
        COUNTER_SETS_MAX,
        &SPEC.child("sharedCounters"),
        out,
        |set, path, out| counters(set, "name", path, out),
        name_of,
    );
}

/// The fields that say on which nodes devices are, checked one by one; as they are told when there are several.
fn places(holder: &Value, empty: &str, path: &Path<'_>, out: &mut Errors) -> Vec<&'static str> {
    let mut set = Vec::new();
    match holder.opt_text("nodeName") {
        None => {}
        Some("") => out.invalid(&path.child("nodeName"), "", empty),
        Some(name) => {
            set.push("`nodeName`");
            out.invalid_each(&path.child("nodeName"), name, is_dns1123_subdomain(name));
        }
    }
    if holder["nodeSelector"].is_object() {
        set.push("`nodeSelector`");
        node_selector(&holder["nodeSelector"], &path.child("nodeSelector"), out);
    }
    set
}

/// Notes a field that is true or absent.
fn marked(
    holder: &Value,
    (field, told): (&'static str, &'static str),
    set: &mut Vec<&'static str>,
    path: &Path<'_>,
    out: &mut Errors,
) {
    match holder.opt_flag(field) {
        None => {}
        Some(true) => set.push(told),
        Some(false) => {
            let path = path.child(field);
            out.invalid(&path, false, "must be either unset or set to true");
        }
    }
}

fn placed(spec: &Value, out: &mut Errors) {
    let empty = "must be either unset or set to a non-empty string";
    let mut set = places(spec, empty, &SPEC, out);
    let selector = &spec["nodeSelector"];
    if selector.is_object() && selector.count("nodeSelectorTerms") != 1 {
        let path = SPEC.child("nodeSelector");
        out.invalid(
            &path.child("nodeSelectorTerms"),
            selector["nodeSelectorTerms"].clone(),
            "must have exactly one node selector term",
        );
    }
    for field in [
        ("allNodes", "`allNodes`"),
        ("perDeviceNodeSelection", "`perDeviceNodeSelection`"),
    ] {
        marked(spec, field, &mut set, &SPEC, out);
    }
    match set.len() {
        0 => out.required(&SPEC, ONE_PLACE),
        1 => {}
        _ => {
            let reason = format!("{ONE_PLACE}, but multiple fields are set");
            out.invalid(&SPEC, format!("{{{}}}", set.join(", ")), reason);
        }
    }
}

fn devices(spec: &Value, old: &Value, out: &mut Errors) {
    let all = spec.list("devices");
    let advanced = |device: &Value| device.count("taints") + device.count("consumesCounters") > 0;
    let max = match all.iter().any(advanced) {
        true => ADVANCED_DEVICES_MAX,
        false => DEVICES_MAX,
    };
    let per_device = spec.flag("perDeviceNodeSelection");
    bounded_set(
        all,
        max,
        &SPEC.child("devices"),
        out,
        |one, path, out| {
            let mut before = old.list("devices").iter();
            let before = before.find(|other| other["name"] == one["name"]);
            device(one, before.unwrap_or(&Value::Null), per_device, path, out);
        },
        name_of,
    );
}

fn device(device: &Value, old: &Value, per_device: bool, path: &Path<'_>, out: &mut Errors) {
    label(device.text("name"), &path.child("name"), out);
    let count = device.count("attributes") + device.count("capacity");
    if count > NAMES_MAX {
        let reason =
            format!("the total number of attributes and capacities must not exceed {NAMES_MAX}");
        out.invalid(path, count, reason);
    }
    let shared = device.flag("allowMultipleAllocations");
    for list in ["attributes", "capacity"] {
        let path = path.child(list);
        for (name, value) in device.map(list).into_iter().flatten() {
            let told = shortened(name);
            let path = path.key(&told);
            qualified_name(name, &path, out);
            match list {
                "attributes" => attribute(value, &path, out),
                _ => capacity(value, shared, &path, out),
            }
        }
    }
    if old.is_null() || old["taints"] != device["taints"] {
        let path = path.child("taints");
        bounded(
            device.list("taints"),
            TAINTS_MAX,
            &path,
            out,
            |one, path, out| {
                taint(one, &Value::Null, path, out);
            },
        );
    }
    bounded_set(
        device.list("consumesCounters"),
        CONSUMPTIONS_MAX,
        &path.child("consumesCounters"),
        out,
        |set, path, out| counters(set, "counterSet", path, out),
        |set| set.text("counterSet").to_owned(),
    );
    device_place(device, per_device, path, out);
    binding_conditions(device, path, out);
}

fn device_place(device: &Value, per_device: bool, path: &Path<'_>, out: &mut Errors) {
    if !per_device {
        let places = ["nodeName", "nodeSelector", "allNodes"];
        if places.iter().any(|field| device.has(field)) {
            let reason = "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set \
                to true in the ResourceSlice spec";
            out.invalid(path, Value::Null, reason);
        }
        return;
    }
    let mut set = places(device, "must not be empty", path, out);
    marked(device, ("allNodes", "`allNodes`"), &mut set, path, out);
    match set.len() {
        0 => out.required(path, DEVICE_PLACE),
        1 => {}
        _ => out.invalid(path, format!("{{{}}}", set.join(", ")), DEVICE_PLACE),
    }
}

/// A name that is too long for a message, without its middle.
fn shortened(name: &str) -> String {
    const ELLIPSIS: &str = "...";
    if name.len() <= NAME_MAX {
        return name.to_owned();
    }
    let rest = NAME_MAX - ELLIPSIS.len();
    let (head, tail) = (rest.div_ceil(2), name.len() - rest / 2);
    format!(
        "{}{ELLIPSIS}{}",
        &name[..name.floor_char_boundary(head)],
        &name[name.ceil_char_boundary(tail)..]
    )
}

fn attribute(attribute: &Value, path: &Path<'_>, out: &mut Errors) {
    for field in ["string", "version"] {
        let Some(text) = attribute.opt_text(field) else {
            continue;
        };
        let path = path.child(field);
        if field == "version" && !is_semantic_version(text) {
            let reason = "must be a string compatible with semver.org spec 2.0.0";
            out.invalid(&path, text, reason);
        }
        if text.len() > ATTRIBUTE_MAX {
            out.too_long(&path, ATTRIBUTE_MAX);
        }
    }
    let reason = "exactly one value must be specified";
    match attribute.as_object().map_or(0, |fields| {
        fields.values().filter(|value| !value.is_null()).count()
    }) {
        0 => out.invalid(path, "", reason),
        1 => {}
        _ => out.invalid(path, attribute.clone(), reason),
    }
}

/// `ValidateDeviceTaintRule`.
pub(in crate::validation) fn taint_rule(object: &Value, out: &mut Errors) {
    compared_rule(&object["spec"], &Value::Null, out);
}

pub(in crate::validation) fn update_taint_rule(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    compared_rule(&new["spec"], &old["spec"]["taint"], out);
}

fn compared_rule(spec: &Value, old: &Value, out: &mut Errors) {
    let (selector, path) = (&spec["deviceSelector"], SPEC.child("deviceSelector"));
    if let Some(driver) = selector.opt_text("driver") {
        driver_name(driver, &path.child("driver"), out);
    }
    if let Some(pool) = selector.opt_text("pool") {
        pool_name(pool, &path.child("pool"), out);
    }
    if let Some(device) = selector.opt_text("device") {
        label(device, &path.child("device"), out);
    }
    taint(&spec["taint"], old, &SPEC.child("taint"), out);
}

/// `ValidateDeviceTaintRuleStatusUpdate`.
pub(in crate::validation) fn taint_rule_status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let (status, path) = (&new["status"], Path::new("status"));
    conditions(status, &path, out);
    let count = status.count("conditions");
    if count > CONDITIONS_MAX {
        out.too_many(&path.child("conditions"), count, CONDITIONS_MAX);
    }
}

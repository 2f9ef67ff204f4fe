//! The status of a claim: which devices it has been given, who uses them, and what their drivers say of them.

use serde_json::Value;

use super::claim::Requests;
use super::{
    CONDITIONS_MAX, CONFIG_MAX, binding_conditions, bounded, bounded_set, configuration,
    driver_name, json_object, label, pool_name, share, text_of,
};
use crate::validation::address;
use crate::validation::conditions::conditions;
use crate::validation::errors::Errors;
use crate::validation::metadata;
use crate::validation::path::Path;
use crate::validation::pod::node_selector;
use crate::walk::Walk;

const STATUS: Path<'static> = Path::new("status");
const CONSUMERS_MAX: usize = 256;
const RESULTS_MAX: usize = 32;
const INTERFACE_NAME_MAX: usize = 256;
const HARDWARE_ADDRESS_MAX: usize = 128;
const ADDRESSES_MAX: usize = 16;

/// `ValidateResourceClaimStatusUpdate`.
pub(in crate::validation) fn update_claim_status(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    let (status, before) = (&new["status"], &old["status"]);
    let consumers = STATUS.child("reservedFor");
    bounded_set(
        status.list("reservedFor"),
        CONSUMERS_MAX,
        &consumers,
        out,
        consumer,
        |consumer| consumer.text("uid").to_owned(),
    );
    let allocated = &status["allocation"]["devices"];
    bounded_set(
        status.list("devices"),
        usize::MAX,
        &STATUS.child("devices"),
        out,
        |one, path, out| device(one, allocated, path, out),
        identity,
    );
    let reserved = status.list("reservedFor");
    if !reserved.is_empty() && !status["allocation"].is_object() {
        let reason = "may not be specified when `allocated` is not set";
        out.forbidden(&consumers, reason);
    } else if new["metadata"].has("deletionTimestamp")
        && reserved
            .iter()
            .any(|one| !before.list("reservedFor").contains(one))
    {
        let reason = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set";
        out.forbidden(&consumers, reason);
    }
    let path = STATUS.child("allocation");
    if status["allocation"].is_object() && before["allocation"].is_object() {
        out.immutable(&path, &status["allocation"], &before["allocation"]);
    } else if status["allocation"].is_object() {
        allocation(
            &status["allocation"],
            &Requests::of(&new["spec"]),
            &path,
            out,
        );
    }
}

fn consumer(consumer: &Value, path: &Path<'_>, out: &mut Errors) {
    for field in ["resource", "name", "uid"] {
        if consumer.text(field).is_empty() {
            out.required(&path.child(field), "");
        }
    }
}

/// Driver, pool and device, and the share of it.
fn identity(device: &Value) -> String {
    let parts = ["driver", "pool", "device"].map(|field| device.text(field));
    match device.opt_text("shareID") {
        Some(share) => format!("{}/{share}", parts.join("/")),
        None => parts.join("/"),
    }
}

fn allocation(allocation: &Value, requests: &Requests<'_>, path: &Path<'_>, out: &mut Errors) {
    let (devices, devices_path) = (&allocation["devices"], path.child("devices"));
    bounded(
        devices.list("results"),
        RESULTS_MAX,
        &devices_path.child("results"),
        out,
        |result, path, out| {
            requests.check(result.text("request"), &path.child("request"), out);
            named(result, path, out);
            binding_conditions(result, path, out);
            share(result, path, out);
        },
    );
    bounded(
        devices.list("config"),
        2 * CONFIG_MAX,
        &devices_path.child("config"),
        out,
        |config, path, out| {
            let sources = ["FromClaim", "FromClass"];
            out.required_one_of(&path.child("source"), config.text("source"), &sources);
            requests.check_all(config, path, out);
            configuration(config, path, out);
        },
    );
    if allocation["nodeSelector"].is_object() {
        let path = path.child("nodeSelector");
        node_selector(&allocation["nodeSelector"], &path, out);
    }
}

/// Where a device is found.
fn named(device: &Value, path: &Path<'_>, out: &mut Errors) {
    driver_name(device.text("driver"), &path.child("driver"), out);
    pool_name(device.text("pool"), &path.child("pool"), out);
    label(device.text("device"), &path.child("device"), out);
}

fn device(device: &Value, allocated: &Value, path: &Path<'_>, out: &mut Errors) {
    named(device, path, out);
    share(device, path, out);
    let own = identity(device);
    let results = allocated.list("results");
    if !results.iter().any(|result| identity(result) == own) {
        out.invalid(path, own, "must be an allocated device in the claim");
    }
    let count = device.count("conditions");
    if count > CONDITIONS_MAX {
        out.too_many(&path.child("conditions"), count, CONDITIONS_MAX);
    }
    conditions(device, path, out);
    if device.has("data") {
        json_object(&device["data"], &path.child("data"), out);
    }
    network(&device["networkData"], &path.child("networkData"), out);
}

fn network(data: &Value, path: &Path<'_>, out: &mut Errors) {
    for (field, max) in [
        ("interfaceName", INTERFACE_NAME_MAX),
        ("hardwareAddress", HARDWARE_ADDRESS_MAX),
    ] {
        if data.text(field).len() > max {
            out.too_long(&path.child(field), max);
        }
    }
    bounded_set(
        data.list("ips"),
        ADDRESSES_MAX,
        &path.child("ips"),
        out,
        |text, path, out| address::of_interface(text.as_str().unwrap_or_default(), path, out),
        text_of,
    );
}

//! The `storage.k8s.io` group.

use std::collections::BTreeSet;

use serde_json::Value;

use super::errors::{Errors, IS_IMMUTABLE, go_struct, same};
use super::metadata::{self, dns_subdomain, label_name, label_selector, texts};
use super::names::{is_dns1123_subdomain, is_qualified_name};
use super::path::Path;
use super::pod::{SPEC, csi_driver_name};
use super::resources;
use crate::quantity::Quantity;
use crate::walk::Walk;

/// All parameters of a class together, in bytes.
const PARAMETERS_MAX: usize = 256 * 1024;

const PARAMETERS_COUNT_MAX: usize = 512;

/// `ValidateStorageClass`.
pub(super) fn storage_class(object: &Value, out: &mut Errors) {
    let provisioner = object.text("provisioner");
    let path = Path::new("provisioner");
    if provisioner.is_empty() {
        out.required(&path, "");
    } else {
        out.invalid_each(
            &path,
            provisioner,
            is_qualified_name(&provisioner.to_lowercase()),
        );
    }
    parameters(object, out);
    let policy = object.text("reclaimPolicy");
    if !policy.is_empty() {
        out.one_of(&Path::new("reclaimPolicy"), policy, &["Delete", "Retain"]);
    }
    let mode = object.text("volumeBindingMode");
    out.required_one_of(
        &Path::new("volumeBindingMode"),
        mode,
        &["Immediate", "WaitForFirstConsumer"],
    );
    let topologies = Path::new("allowedTopologies");
    for (index, term) in object.list("allowedTopologies").iter().enumerate() {
        let path = topologies.index(index);
        let path = path.child("matchLabelExpressions");
        let mut keys = BTreeSet::new();
        for (index, expression) in term.list("matchLabelExpressions").iter().enumerate() {
            let path = path.index(index);
            let values = path.child("values");
            if expression.count("values") == 0 {
                out.required(&values, "");
            }
            let mut seen = BTreeSet::new();
            for (index, value) in texts(expression, "values").enumerate() {
                if !seen.insert(value) {
                    out.duplicate(&values.index(index), value);
                }
            }
            let key = expression.text("key");
            label_name(key, &path.child("key"), out);
            if !keys.insert(key) {
                out.duplicate(&path.child("key"), key);
            }
        }
    }
}

fn parameters(object: &Value, out: &mut Errors) {
    let path = Path::new("parameters");
    if object.count("parameters") > PARAMETERS_COUNT_MAX {
        out.too_long(&path, PARAMETERS_COUNT_MAX);
    }
    let mut size = 0;
    for (key, value) in object.map("parameters").into_iter().flatten() {
        if key.is_empty() {
            out.invalid(&path, key.as_str(), "field can not be empty.");
        }
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > PARAMETERS_MAX {
        out.too_long(&path, PARAMETERS_MAX);
    }
}

/// `ValidateStorageClassUpdate`: volumes have been made as the class said.
pub(super) fn update_storage_class(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    for field in ["parameters", "provisioner", "reclaimPolicy"] {
        if !same(&new[field], &old[field]) {
            out.forbidden(
                &Path::new(field),
                format!("updates to {field} are forbidden."),
            );
        }
    }
    let field = "volumeBindingMode";
    out.immutable(&Path::new(field), &new[field], &old[field]);
}

/// `ValidateVolumeAttributesClass`.
pub(super) fn volume_attributes_class(object: &Value, out: &mut Errors) {
    csi_driver_name(object.text("driverName"), &Path::new("driverName"), out);
    if object.count("parameters") == 0 {
        out.required(
            &Path::new("parameters"),
            "must contain at least one key/value pair",
        );
    }
    parameters(object, out);
}

pub(super) fn update_volume_attributes_class(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    for field in ["driverName", "parameters"] {
        if !same(&new[field], &old[field]) {
            out.forbidden(
                &Path::new(field),
                format!("updates to {field} are forbidden."),
            );
        }
    }
}

/// `ValidateVolumeAttachment`.
pub(super) fn volume_attachment(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    let attacher = spec.text("attacher");
    let path = SPEC.child("attacher");
    if attacher.is_empty() {
        out.required(&path, "");
    } else {
        csi_driver_name(attacher, &path, out);
    }
    let source = &spec["source"];
    let path = SPEC.child("source");
    match (
        source.has("inlineVolumeSpec"),
        source.opt_text("persistentVolumeName"),
    ) {
        (true, Some(_)) => {
            out.forbidden(
                &path,
                "must specify exactly one of inlineVolumeSpec and persistentVolumeName",
            );
        }
        (false, None) => out.required(
            &path,
            "must specify exactly one of inlineVolumeSpec and persistentVolumeName",
        ),
        (false, Some("")) => out.required(
            &path.child("persistentVolumeName"),
            "must specify non empty persistentVolumeName",
        ),
        _ => {}
    }
    let node = spec.text("nodeName");
    out.invalid_each(&SPEC.child("nodeName"), node, dns_subdomain(node, false));
}

pub(super) fn update_volume_attachment(new: &Value, old: &Value, out: &mut Errors) {
    volume_attachment(new, out);
    metadata::update(new, old, out);
    out.immutable(&SPEC, &new["spec"], &old["spec"]);
}

/// `ValidateCSINode`.
pub(super) fn csi_node(object: &Value, out: &mut Errors) {
    let path = SPEC.child("drivers");
    let mut names = BTreeSet::new();
    for (index, driver) in object["spec"].list("drivers").iter().enumerate() {
        let path = path.index(index);
        let name = driver.text("name");
        csi_driver_name(name, &path.child("name"), out);
        let node = driver.text("nodeID");
        if node.is_empty() {
            out.required(&path.child("nodeID"), "");
        }
        if let Some(count) = driver["allocatable"].opt_int("count") {
            let path = path.child("allocatable");
            out.non_negative(&path.child("count"), count);
        }
        let keys = path.child("topologyKeys");
        for (index, key) in texts(driver, "topologyKeys").enumerate() {
            label_name(key, &keys.index(index), out);
        }
        if !names.insert(name) {
            out.duplicate(&path.child("name"), name);
        }
    }
}

/// What a node says of a driver stays, but for how many volumes it can take.
pub(super) fn update_csi_node(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    csi_node(new, out);
    for before in old["spec"].list("drivers") {
        let named = |driver: &&Value| driver["name"] == before["name"];
        for after in new["spec"].list("drivers").iter().filter(named) {
            for field in ["nodeID", "topologyKeys"] {
                if !same(&before[field], &after[field]) {
                    let path = Path::new("CSINodeDriver");
                    let fields = [
                        ("Name", "name"),
                        ("NodeID", "nodeID"),
                        ("TopologyKeys", "topologyKeys"),
                        ("Allocatable", "allocatable"),
                    ];
                    out.invalid(&path, go_struct(after, &fields), IS_IMMUTABLE);
                    break;
                }
            }
        }
    }
}

/// `ValidateCSIDriverUpdate`.
pub(super) fn update_csi_driver(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    csi_driver(new, out);
    // The first name is upstream's.
    for (field, told) in [
        ("attachRequired", "attachedRequired"),
        ("volumeLifecycleModes", "volumeLifecycleModes"),
    ] {
        let (new, old) = (&new["spec"][field], &old["spec"][field]);
        out.immutable(&SPEC.child(told), new, old);
    }
}

/// `ValidateCSIStorageCapacityUpdate`: the parameters of the question stay.
pub(super) fn update_csi_storage_capacity(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    csi_storage_capacity(new, out);
    for field in ["nodeTopology", "storageClassName"] {
        out.immutable(&Path::new(field), &new[field], &old[field]);
    }
}

/// `ValidateCSIDriver`.
pub(super) fn csi_driver(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    for field in ["attachRequired", "podInfoOnMount", "storageCapacity"] {
        if !spec.has(field) {
            out.required(&SPEC.child(field), "");
        }
    }
    if let Some(policy) = spec.opt_text("fsGroupPolicy") {
        out.one_of(
            &SPEC.child("fsGroupPolicy"),
            policy,
            &["File", "None", "ReadWriteOnceWithFSType"],
        );
    }
    let mut audiences = BTreeSet::new();
    let requests = SPEC.child("tokenRequests");
    for (index, request) in spec.list("tokenRequests").iter().enumerate() {
        let path = requests.index(index);
        let audience = request.text("audience");
        if !audiences.insert(audience) {
            out.duplicate(&path.child("audience"), audience);
        }
        if let Some(seconds) = request.opt_int("expirationSeconds") {
            let path = path.child("expirationSeconds");
            if seconds < 600 {
                out.invalid(
                    &path,
                    seconds,
                    "may not specify a duration less than 10 minutes",
                );
            }
            if seconds > 1 << 32 {
                out.invalid(
                    &path,
                    seconds,
                    "may not specify a duration larger than 2^32 seconds",
                );
            }
        }
    }
    if let Some(seconds) = spec
        .opt_int("nodeAllocatableUpdatePeriodSeconds")
        .filter(|seconds| *seconds < 10)
    {
        let path = SPEC.child("nodeAllocatableUpdatePeriodSeconds");
        out.invalid(&path, seconds, "must be greater than or equal to 10");
    }
    for mode in texts(spec, "volumeLifecycleModes") {
        out.one_of(
            &SPEC.child("volumeLifecycleModes"),
            mode,
            &["Ephemeral", "Persistent"],
        );
    }
}

/// `ValidateCSIStorageCapacity`.
pub(super) fn csi_storage_capacity(object: &Value, out: &mut Errors) {
    label_selector(&object["nodeTopology"], &Path::new("nodeTopology"), out);
    let class = object.text("storageClassName");
    out.invalid_each(
        &Path::new("storageClassName"),
        class,
        is_dns1123_subdomain(class),
    );
    for field in ["capacity", "maximumVolumeSize"] {
        if object.has(field) {
            let path = Path::new(field);
            let quantity = resources::quantity(&object[field], &path, out);
            if let Some(quantity) = quantity.filter(|quantity| *quantity < Quantity::default()) {
                out.invalid(&path, quantity.to_string(), super::errors::IS_NEGATIVE);
            }
        }
    }
}

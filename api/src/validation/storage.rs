//! The `storage.k8s.io` group.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::errors::{Errors, IS_IMMUTABLE, IS_NEGATIVE, go_struct, range, same};
use super::metadata::{self, dns_subdomain, label_name, label_selector, texts};
use super::names::{is_dns1123_subdomain, is_qualified_name};
use super::path::Path;
use super::pod::{SPEC, SourceOf, csi_driver_name, one_volume_source};
use super::{resources, volume_claim};
use crate::quantity::Quantity;
use crate::walk::Walk;

/// All parameters of a class together, in bytes.
const PARAMETERS_MAX: usize = 256 * 1024;

const PARAMETERS_COUNT_MAX: usize = 512;
const ATTACHMENT_METADATA_MAX: usize = 256 * 1024;
const VOLUME_ERROR_MAX: usize = 1024;
const NODE_ID_MAX: usize = 256;

/// A field of drivers, and the name that upstream gives it in errors.
const ATTACH: (&str, &str) = ("attachRequired", "attachedRequired");

/// `ValidateStorageClass`.
pub(super) fn storage_class(object: &Value, out: &mut Errors) {
    provisioner(object, "provisioner", out);
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
    allowed_topologies(object.list("allowedTopologies"), out);
}

fn allowed_topologies(terms: &[Value], out: &mut Errors) {
    let topologies = Path::new("allowedTopologies");
    // Upstream compares with as many terms without expressions as there are terms, too.
    let mut before = vec![BTreeMap::new(); terms.len()];
    for (index, term) in terms.iter().enumerate() {
        let path = topologies.index(index);
        let path = path.child("matchLabelExpressions");
        let mut values_of = BTreeMap::new();
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
            if values_of.insert(key, seen).is_some() {
                out.duplicate(&path.child("key"), key);
            }
        }
        for _ in before.iter().filter(|earlier| **earlier == values_of) {
            out.duplicate(&path, "");
        }
        before.push(values_of);
    }
}

/// A name that stands for a driver or a plugin, in any case.
fn provisioner(object: &Value, field: &str, out: &mut Errors) {
    let (path, name) = (Path::new(field), object.text(field).to_lowercase());
    match name.as_str() {
        "" => out.required(&path, ""),
        name => out.invalid_each(&path, name, is_qualified_name(name)),
    }
}

fn parameters(object: &Value, out: &mut Errors) {
    let path = Path::new("parameters");
    if object.count("parameters") > PARAMETERS_COUNT_MAX {
        return out.too_long(&path, PARAMETERS_COUNT_MAX);
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
    storage_class(new, out);
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
    provisioner(object, "driverName", out);
    parameters(object, out);
    if object.count("parameters") == 0 {
        out.required(
            &Path::new("parameters"),
            "must contain at least one key/value pair",
        );
    }
}

pub(super) fn update_volume_attributes_class(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    volume_attributes_class(new, out);
    for field in ["driverName", "parameters"] {
        if !same(&new[field], &old[field]) {
            out.forbidden(
                &Path::new(field),
                format!("updates to {field} are forbidden."),
            );
        }
    }
}

/// `ValidateVolumeAttachment`, and what v1 demands beyond it.
pub(super) fn volume_attachment(object: &Value, out: &mut Errors) {
    attachment(object, out);
    let attacher = object["spec"].text("attacher");
    csi_driver_name(attacher, &SPEC.child("attacher"), out);
    let source = SPEC.child("source");
    if let Some(name) = object["spec"]["source"].opt_text("persistentVolumeName") {
        let path = source.child("persistentVolumeName");
        out.invalid_each(&path, name, is_dns1123_subdomain(name));
    }
}

fn attachment(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    if spec.text("attacher").is_empty() {
        out.required(&SPEC.child("attacher"), "");
    }
    attachment_source(&spec["source"], &SPEC.child("source"), out);
    let node = spec.text("nodeName");
    out.invalid_each(&SPEC.child("nodeName"), node, dns_subdomain(node, false));
    let (status, path) = (&object["status"], Path::new("status"));
    let metadata = status.map("attachmentMetadata").into_iter().flatten();
    let size = metadata.map(|(key, value)| key.len() + value.as_str().map_or(0, str::len));
    if size.sum::<usize>() > ATTACHMENT_METADATA_MAX {
        let path = path.child("attachmentMetadata");
        out.too_long(&path, ATTACHMENT_METADATA_MAX);
    }
    for field in ["attachError", "detachError"] {
        let (error, path) = (&status[field], path.child(field));
        if error.text("message").len() > VOLUME_ERROR_MAX {
            // The limit that is told is the other one, as upstream.
            out.too_long(&path.child("message"), ATTACHMENT_METADATA_MAX);
        }
        if let Some(code) = error.opt_int("errorCode").filter(|code| *code < 0) {
            let reason = range(0, i64::from(i32::MAX));
            out.invalid(&path.child("errorCode"), code, reason);
        }
    }
}

fn attachment_source(source: &Value, path: &Path<'_>, out: &mut Errors) {
    const ONE: &str = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    let inline = source.has("inlineVolumeSpec");
    match (inline, source.opt_text("persistentVolumeName")) {
        (true, Some(_)) => out.forbidden(path, ONE),
        (false, None) => out.required(path, ONE),
        (false, Some("")) => out.required(
            &path.child("persistentVolumeName"),
            "must specify non empty persistentVolumeName",
        ),
        (false, Some(_)) => {}
        (true, None) => {
            let path = path.child("inlineVolumeSpec");
            inline_volume(&source["inlineVolumeSpec"], &path, out);
        }
    }
}

/// `ValidatePersistentVolumeSpec` of a volume that no object stands for: only a migrated CSI volume can be one.
fn inline_volume(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    const NOT_HERE: &str = "may not be specified in the context of inline volumes";
    let forbid = |field: &str, out: &mut Errors| {
        if spec.has(field) && spec[field] != "" {
            out.forbidden(&path.child(field), NOT_HERE);
        }
    };
    forbid("claimRef", out);
    if spec.count("capacity") > 0 {
        out.forbidden(&path.child("capacity"), NOT_HERE);
    }
    if !spec.has("csi") {
        let reason = "has to be specified in the context of inline volumes";
        out.required(&path.child("csi"), reason);
    }
    volume_claim::access_modes(spec, "", path, out);
    if !matches!(spec.text("persistentVolumeReclaimPolicy"), "" | "Retain") {
        let reason = "may only be Retain in the context of inline volumes";
        out.forbidden(&path.child("persistentVolumeReclaimPolicy"), reason);
    }
    forbid("nodeAffinity", out);
    if !one_volume_source(spec, SourceOf::PersistentVolume, path, out) {
        out.required(path, "must specify a volume type");
    }
    forbid("storageClassName", out);
    if !matches!(spec.text("volumeMode"), "" | "Filesystem") {
        let reason =
            "may not specify volumeMode other than Filesystem in the context of inline volumes";
        out.forbidden(&path.child("volumeMode"), reason);
    }
}

/// `ValidateVolumeAttachmentUpdate`, of the object and of its status.
pub(super) fn update_volume_attachment(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    attachment(new, out);
    out.immutable_as(&SPEC, &new["spec"], &old["spec"], |spec| {
        const SOURCE: [(&str, &str); 2] = [
            ("PersistentVolumeName", "persistentVolumeName"),
            ("InlineVolumeSpec", "inlineVolumeSpec"),
        ];
        json!({"Attacher": spec.text("attacher"), "Source": go_struct(&spec["source"], &SOURCE),
            "NodeName": spec.text("nodeName")})
    });
}

/// `ValidateCSINode`.
pub(super) fn csi_node(object: &Value, out: &mut Errors) {
    let path = SPEC.child("drivers");
    let mut names = BTreeSet::new();
    for (index, driver) in object["spec"].list("drivers").iter().enumerate() {
        let path = path.index(index);
        let name = driver.text("name");
        csi_driver_name(name, &path.child("name"), out);
        let (node, node_path) = (driver.text("nodeID"), path.child("nodeID"));
        if node.is_empty() {
            out.required(&node_path, "");
        }
        if node.len() > NODE_ID_MAX {
            let reason = format!("must be {NODE_ID_MAX} characters or less");
            out.invalid(&node_path, node, reason);
        }
        if let Some(count) = driver["allocatable"].opt_int("count") {
            let path = path.child("allocatable");
            out.non_negative(&path.child("count"), count);
        }
        if !names.insert(name) {
            out.duplicate(&path.child("name"), name);
        }
        let mut keys = BTreeSet::new();
        for key in texts(driver, "topologyKeys") {
            if key.is_empty() {
                out.required(&path, "");
            }
            if !keys.insert(key) {
                out.duplicate(&path, key);
            }
            label_name(key, &path, out);
        }
    }
}

/// What a node says of a driver stays, but for how many volumes it can take.
pub(super) fn update_csi_node(new: &Value, old: &Value, out: &mut Errors) {
    const FIELDS: [(&str, &str); 4] = [
        ("Name", "name"),
        ("NodeID", "nodeID"),
        ("TopologyKeys", "topologyKeys"),
        ("Allocatable", ""),
    ];
    metadata::update(new, old, out);
    csi_node(new, out);
    for before in old["spec"].list("drivers") {
        let named = |driver: &&Value| driver["name"] == before["name"];
        for after in new["spec"].list("drivers").iter().filter(named) {
            let differs = |field: &&str| !same(&before[*field], &after[*field]);
            if ["nodeID", "topologyKeys"].iter().any(differs) {
                let path = SPEC.child("drivers");
                out.invalid(&path, go_struct(after, &FIELDS), IS_IMMUTABLE);
            }
        }
    }
}

/// `ValidateCSIDriverUpdate`.
pub(super) fn update_csi_driver(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    csi_driver(new, out);
    for (field, told) in [ATTACH, ("volumeLifecycleModes", "volumeLifecycleModes")] {
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
    for (field, told) in [
        ATTACH,
        ("podInfoOnMount", "podInfoOnMount"),
        ("storageCapacity", "storageCapacity"),
    ] {
        if !spec.has(field) {
            out.required(&SPEC.child(told), "");
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
            continue;
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
    for mode in texts(spec, "volumeLifecycleModes") {
        let modes = ["Persistent", "Ephemeral"];
        out.one_of(&SPEC.child("volumeLifecycleModes"), mode, &modes);
    }
    let period = spec.opt_int("nodeAllocatableUpdatePeriodSeconds");
    if let Some(seconds) = period.filter(|seconds| *seconds < 10) {
        let path = SPEC.child("nodeAllocatableUpdatePeriodSeconds");
        let reason = "must be greater than or equal to 10 seconds";
        out.invalid(&path, seconds, reason);
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
    if object.has("capacity") {
        let path = Path::new("capacity");
        let quantity = resources::quantity(&object["capacity"], &path, out);
        if let Some(quantity) = quantity.filter(|quantity| *quantity < Quantity::default()) {
            out.invalid(&path, quantity.to_string(), IS_NEGATIVE);
        }
    }
}

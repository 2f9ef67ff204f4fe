//! Persistent volumes and the claims on them.

use serde_json::Value;

use super::diff::diff;
use super::errors::{Errors, IS_IMMUTABLE, IS_NOT_POSITIVE, same};
use super::metadata::{self, METADATA, dns_label, dns_subdomain, texts};
use super::names::{is_dns1123_subdomain, is_qualified_name};
use super::path::Path;
use super::pod::{SPEC, SourceOf, iscsi_interface, node_selector, one_volume_source};
use super::resources;
use crate::quantity::Quantity;
use crate::walk::Walk;

const ACCESS_MODES: [&str; 4] = [
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOnce",
    "ReadWriteOncePod",
];

const VOLUME_MODES: [&str; 2] = ["Block", "Filesystem"];

/// The annotation that named the class before there was a field for it.
const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";

/// The modes of a volume or of a claim.
pub(super) fn access_modes(object: &Value, detail: &str, path: &Path<'_>, out: &mut Errors) {
    let path = path.child("accessModes");
    if object.count("accessModes") == 0 {
        out.required(&path, detail);
    }
    for mode in texts(object, "accessModes") {
        out.one_of(&path, mode, &ACCESS_MODES);
    }
    let exclusive = texts(object, "accessModes").any(|mode| mode == "ReadWriteOncePod");
    if exclusive && texts(object, "accessModes").any(|mode| ACCESS_MODES[..3].contains(&mode)) {
        out.forbidden(
            &path,
            "may not use ReadWriteOncePod with other access modes",
        );
    }
}

/// `validateBasicResource`.
fn valid_quantity(value: &Value, path: &Path<'_>, out: &mut Errors) {
    if let Some(quantity) = resources::read(value).filter(|quantity| quantity.signum() < 0) {
        out.invalid(path, quantity.value(), "must be a valid resource quantity");
    }
}

fn positive_quantity(value: &Value, path: &Path<'_>, out: &mut Errors) -> bool {
    match resources::quantity(value, path, out) {
        Some(quantity) if quantity <= Quantity::default() => {
            out.invalid(path, quantity.to_string(), IS_NOT_POSITIVE);
            false
        }
        other => other.is_some(),
    }
}

/// `ValidatePersistentVolumeSpec`.
pub(super) fn volume(object: &Value, out: &mut Errors) {
    let spec = &object["spec"];
    access_modes(spec, "", &SPEC, out);
    let capacity = SPEC.child("capacity");
    if spec.count("capacity") == 0 {
        out.required(&capacity, "");
    }
    if spec["capacity"]["storage"].is_null() || spec.count("capacity") > 1 {
        out.not_supported(&capacity, spec["capacity"].clone(), &["storage"]);
    }
    for (name, value) in spec.map("capacity").into_iter().flatten() {
        let path = capacity.key(name);
        valid_quantity(value, &path, out);
        positive_quantity(value, &path, out);
    }
    let policy = spec.text("persistentVolumeReclaimPolicy");
    if !policy.is_empty() {
        out.one_of(
            &SPEC.child("persistentVolumeReclaimPolicy"),
            policy,
            &["Delete", "Recycle", "Retain"],
        );
    }
    if spec.has("nodeAffinity") {
        let path = SPEC.child("nodeAffinity");
        let path = path.child("required");
        if spec["nodeAffinity"].has("required") {
            node_selector(&spec["nodeAffinity"]["required"], &path, out);
        } else {
            out.required(&path, "must specify required node constraints");
        }
    }
    if !one_volume_source(spec, SourceOf::PersistentVolume, &SPEC, out) {
        out.required(&SPEC, "must specify a volume type");
    }
    if let Some(reason) = iscsi_interface(object["metadata"].text("name"), &spec["iscsi"]) {
        let portal = spec["iscsi"].text("targetPortal");
        out.invalid(&SPEC.child("iscsi").child("targetportal"), portal, reason);
    }
    if spec.has("local") && !spec.has("nodeAffinity") {
        out.required(
            &SPEC.child("nodeAffinity"),
            "Local volume requires node affinity",
        );
    }
    if is_root(spec["hostPath"].text("path")) && policy == "Recycle" {
        let reason = "may not be 'recycle' for a hostPath mount of '/'";
        out.forbidden(&SPEC.child("persistentVolumeReclaimPolicy"), reason);
    }
    let class = spec.text("storageClassName");
    if !class.is_empty() {
        out.invalid_each(
            &SPEC.child("storageClassName"),
            class,
            dns_subdomain(class, false),
        );
    }
    if let Some(mode) = spec.opt_text("volumeMode") {
        out.one_of(&SPEC.child("volumeMode"), mode, &VOLUME_MODES);
    }
    if let Some(class) = spec.opt_text("volumeAttributesClassName") {
        let path = SPEC.child("volumeAttributesClassName");
        if class.is_empty() {
            out.required(&path, "an empty string is disallowed");
        } else {
            out.invalid_each(&path, class, dns_subdomain(class, false));
        }
        if !spec.has("csi") {
            out.required(
                &SPEC.child("csi"),
                "has to be specified when using volumeAttributesClassName",
            );
        }
    }
}

/// Whether a path is the root's, however it is written.
fn is_root(path: &str) -> bool {
    path.starts_with('/') && path.split('/').all(|part| matches!(part, "" | "." | ".."))
}

/// `ValidatePersistentVolumeUpdate`: the source is what the volume is.
pub(super) fn update_volume(new: &Value, old: &Value, out: &mut Errors) {
    metadata::create(new, false, dns_subdomain, out);
    volume(new, out);
    let (mut after, mut before) = (source_of(&new["spec"]), source_of(&old["spec"]));
    if !before["csi"].has("controllerExpandSecretRef") && before.has("csi") && after.has("csi") {
        after["csi"]["controllerExpandSecretRef"] = Value::Null;
        before["csi"]["controllerExpandSecretRef"] = Value::Null;
    }
    if !same(&after, &before) {
        let changes = diff("core.PersistentVolumeSource", &before, &after);
        let reason = format!("spec.persistentvolumesource is immutable after creation\n{changes}");
        out.forbidden(&SPEC.child("persistentvolumesource"), reason);
    }
    out.immutable(
        &Path::new("volumeMode"),
        &new["spec"]["volumeMode"],
        &old["spec"]["volumeMode"],
    );
    let (new_affinity, old_affinity) = (&new["spec"]["nodeAffinity"], &old["spec"]["nodeAffinity"]);
    if old_affinity.is_object() && !same(new_affinity, &modern(old_affinity, new_affinity)) {
        let reason = format!("{IS_IMMUTABLE}, except for updating from beta label to GA");
        out.invalid(&Path::new("nodeAffinity"), new_affinity.clone(), reason);
    }
    if old["spec"].has("volumeAttributesClassName") && !new["spec"].has("volumeAttributesClassName")
    {
        out.forbidden(
            &SPEC.child("volumeAttributesClassName"),
            "update from non-nil value to nil is forbidden",
        );
    }
}

/// The affinity with the names of labels that have since become stable, where the other one has them.
fn modern(affinity: &Value, other: &Value) -> Value {
    const STABLE: [(&str, &str); 5] = [
        (
            "failure-domain.beta.kubernetes.io/zone",
            "topology.kubernetes.io/zone",
        ),
        (
            "failure-domain.beta.kubernetes.io/region",
            "topology.kubernetes.io/region",
        ),
        ("beta.kubernetes.io/os", "kubernetes.io/os"),
        ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
        (
            "beta.kubernetes.io/instance-type",
            "node.kubernetes.io/instance-type",
        ),
    ];
    match (affinity, other) {
        (Value::Object(fields), Value::Object(_)) => fields
            .iter()
            .map(|(name, value)| (name.clone(), modern(value, &other[name.as_str()])))
            .collect(),
        (Value::Array(list), Value::Array(others)) => list
            .iter()
            .zip(others.iter().chain(std::iter::repeat(&Value::Null)))
            .map(|(value, other)| modern(value, other))
            .collect(),
        (Value::String(old), Value::String(new)) if STABLE.contains(&(old, new)) => other.clone(),
        _ => affinity.clone(),
    }
}

/// The part of a volume's spec that says where its data is.
fn source_of(spec: &Value) -> Value {
    const OTHER: [&str; 9] = [
        "accessModes",
        "capacity",
        "claimRef",
        "mountOptions",
        "nodeAffinity",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "volumeAttributesClassName",
        "volumeMode",
    ];
    let fields = spec.as_object().into_iter().flatten();
    fields
        .filter(|(key, _)| !OTHER.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

pub(super) fn claim(object: &Value, out: &mut Errors) {
    claim_spec(&object["spec"], &SPEC, out);
}

/// `ValidatePersistentVolumeClaimTemplate`, of an ephemeral volume.
pub(super) fn template(template: &Value, path: &Path<'_>, out: &mut Errors) {
    let metadata_path = path.child("metadata");
    let metadata = &template["metadata"];
    metadata::annotations(
        &metadata["annotations"],
        &metadata_path.child("annotations"),
        out,
    );
    metadata::labels(&metadata["labels"], &metadata_path.child("labels"), out);
    for (field, value) in metadata.as_object().into_iter().flatten() {
        if !matches!(field.as_str(), "annotations" | "labels") && !value.is_null() {
            out.forbidden(&metadata_path.child(field), "cannot be set");
        }
    }
    claim_spec(&template["spec"], &path.child("spec"), out);
}

/// `ValidatePersistentVolumeClaimSpec`.
pub(super) fn claim_spec(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let at = path.child("accessModes");
    if spec.count("accessModes") == 0 {
        out.required(&at, "at least 1 access mode is required");
    }
    metadata::label_selector(&spec["selector"], &path.child("selector"), out);
    if spec.count("accessModes") > 0 {
        access_modes(spec, "", path, out);
    }
    let resources = path.child("resources");
    let storage = resources.key("storage");
    match &spec["resources"]["requests"]["storage"] {
        Value::Null => out.required(&storage, ""),
        value => {
            positive_quantity(value, &storage, out);
        }
    }
    let class = spec.text("storageClassName");
    if !class.is_empty() {
        out.invalid_each(
            &path.child("storageClassName"),
            class,
            dns_subdomain(class, false),
        );
    }
    if let Some(mode) = spec.opt_text("volumeMode") {
        out.one_of(&path.child("volumeMode"), mode, &VOLUME_MODES);
    }
    for field in ["dataSource", "dataSourceRef"] {
        if spec.has(field) {
            data_source(&spec[field], &path.child(field), out);
        }
    }
    data_sources_agree(spec, path, out);
    let class = spec.text("volumeAttributesClassName");
    if !class.is_empty() {
        out.invalid_each(
            &path.child("volumeAttributesClassName"),
            class,
            dns_subdomain(class, false),
        );
    }
}

fn data_source(source: &Value, path: &Path<'_>, out: &mut Errors) {
    for field in ["name", "kind"] {
        if source.text(field).is_empty() {
            out.required(&path.child(field), "");
        }
    }
    let group = source.text("apiGroup");
    if group.is_empty() && source.text("kind") != "PersistentVolumeClaim" {
        let reason = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
        out.invalid(path, source.text("kind"), reason);
    }
    if !group.is_empty() {
        out.invalid_each(&path.child("apiGroup"), group, is_dns1123_subdomain(group));
    }
    let namespace = source.text("namespace");
    if !namespace.is_empty() {
        out.invalid_each(
            &path.child("namespace"),
            namespace,
            dns_label(namespace, false),
        );
    }
}

fn data_sources_agree(spec: &Value, path: &Path<'_>, out: &mut Errors) {
    let (source, reference) = (&spec["dataSource"], &spec["dataSourceRef"]);
    if !source.is_object() || !reference.is_object() {
        return;
    }
    let value = path.child("dataSource").to_string();
    if !reference.text("namespace").is_empty() {
        out.invalid(
            path,
            value,
            "may not be specified when dataSourceRef.namespace is specified",
        );
    } else if ["apiGroup", "kind", "name"]
        .iter()
        .any(|field| source[*field] != reference[*field])
    {
        out.invalid(path, value, "must match dataSourceRef");
    }
}

/// `ValidatePersistentVolumeClaimUpdate`: a bound claim may grow, nothing else.
pub(super) fn update_claim(new: &Value, old: &Value, out: &mut Errors) {
    metadata::update(new, old, out);
    metadata::create(new, true, dns_subdomain, out);
    claim(new, out);
    let (mut after, mut before) = (new["spec"].clone(), old["spec"].clone());
    if before.text("volumeName").is_empty() {
        before["volumeName"] = after["volumeName"].clone();
    }
    if sets_class(new, old, out) {
        after["storageClassName"] = Value::Null;
    }
    if new["status"].text("phase") == "Bound" {
        if after["resources"]["requests"].is_object() {
            after["resources"]["requests"]["storage"] =
                before["resources"]["requests"]["storage"].clone();
        }
        if after.has("volumeAttributesClassName") {
            after["volumeAttributesClassName"] = before["volumeAttributesClassName"].clone();
        }
    }
    if !same(&after, &before) {
        let changes = diff("core.PersistentVolumeClaimSpec", &before, &after);
        let reason = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        out.forbidden(&SPEC, format!("{reason}\n{changes}"));
    }
    size_not_below_capacity(new, old, out);
    out.immutable(
        &Path::new("volumeMode"),
        &new["spec"]["volumeMode"],
        &old["spec"]["volumeMode"],
    );
    if old["spec"].has("volumeAttributesClassName") {
        let path = SPEC.child("volumeAttributesClassName");
        match new["spec"].opt_text("volumeAttributesClassName") {
            None => out.forbidden(&path, "update from non-nil value to nil is forbidden"),
            Some("") => out.forbidden(
                &path,
                "update from non-nil value to an empty string is forbidden",
            ),
            Some(_) => {}
        }
    }
}

/// Whether a claim without a class is given one, as it may once: the class of its annotation, if it has that. The
/// annotation itself may go then, and stays as it is at any other time.
fn sets_class(new: &Value, old: &Value, out: &mut Errors) -> bool {
    let annotation = |object: &Value| {
        let annotations = &object["metadata"]["annotations"];
        annotations.opt_text(CLASS_ANNOTATION).map(str::to_owned)
    };
    let (after, before) = (annotation(new), annotation(old));
    let class = new["spec"].opt_text("storageClassName");
    let first = class.is_some() && !old["spec"].has("storageClassName");
    let fits = before.is_none() || before.as_deref() == class;
    let moved = first && fits && before.is_some() && (after.is_none() || after == before);
    if !moved && after.as_deref().unwrap_or_default() != before.as_deref().unwrap_or_default() {
        let annotations = METADATA.child("annotations");
        out.invalid(
            &annotations.child(CLASS_ANNOTATION),
            after.unwrap_or_default(),
            IS_IMMUTABLE,
        );
    }
    first && fits
}

/// After a failed expansion a claim may be asked for less, but not for less than it has.
fn size_not_below_capacity(new: &Value, old: &Value, out: &mut Errors) {
    let size = |object: &Value| {
        resources::read(&object["spec"]["resources"]["requests"]["storage"]).unwrap_or_default()
    };
    let capacity = resources::read(&old["status"]["capacity"]["storage"]).unwrap_or_default();
    if size(new) < size(old) && size(new) <= capacity {
        let resources = SPEC.child("resources");
        let requests = resources.child("requests");
        out.forbidden(
            &requests.child("storage"),
            "field can not be less than status.capacity",
        );
    }
}

/// `ValidatePersistentVolumeClaimStatusUpdate`.
pub(super) fn claim_status(new: &Value, old: &Value, out: &mut Errors) {
    const STATUSES: [&str; 5] = [
        "ControllerResizeInProgress",
        "ControllerResizeInfeasible",
        "NodeResizeInProgress",
        "NodeResizeInfeasible",
        "NodeResizePending",
    ];
    metadata::update(new, old, out);
    if new["spec"].count("accessModes") == 0 {
        out.required(&Path::new("Spec").child("accessModes"), "");
    }
    let path = Path::new("status");
    let status = &new["status"];
    let capacity = path.child("capacity");
    for (name, size) in status.map("capacity").into_iter().flatten() {
        valid_quantity(size, &capacity.key(name), out);
    }
    let at = path.child("allocatedResourceStatus");
    for (name, state) in status
        .map("allocatedResourceStatuses")
        .into_iter()
        .flatten()
    {
        claim_resource(name, &at, out);
        if !state
            .as_str()
            .is_some_and(|state| STATUSES.contains(&state))
        {
            out.not_supported(&at, name.as_str(), &STATUSES);
        }
    }
    let at = path.child("allocatedResources");
    for (name, size) in status.map("allocatedResources").into_iter().flatten() {
        if claim_resource(name, &at, out) {
            valid_quantity(size, &at.key(name), out);
        }
    }
}

/// `validatePersistentVolumeClaimResourceKey`: storage, or a resource of somebody else's; tells whether it was.
fn claim_resource(name: &str, path: &Path<'_>, out: &mut Errors) -> bool {
    let before = out.len();
    out.invalid_each(path, name, is_qualified_name(name));
    if out.len() == before && resources::is_native(name) && name != "storage" {
        out.not_supported(path, name, &["storage"]);
    }
    out.len() == before
}

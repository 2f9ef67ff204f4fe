//! A pod's volumes by name, the places where containers mount them, and the rules for paths.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Scope;
use super::container::Around;
use super::volume_source::{self, SourceOf};
use crate::quote::quote;
use crate::validation::errors::Errors;
use crate::validation::metadata::dns_subdomain;
use crate::validation::names::is_dns1123_label;
use crate::validation::path::Path;
use crate::walk::Walk;

/// `ValidateVolumes`; gives the volumes that are in order, by name.
pub(super) fn volumes<'a>(
    scope: Scope<'a>,
    path: &Path<'_>,
    out: &mut Errors,
) -> BTreeMap<&'a str, &'a Value> {
    let volumes = scope.spec.list("volumes");
    let pod = scope.pod_name.filter(|name| !name.is_empty());
    let created: BTreeSet<String> = volumes
        .iter()
        .filter(|volume| volume.has("ephemeral"))
        .filter_map(|volume| Some(format!("{}-{}", pod?, volume.text("name"))))
        .collect();
    let mut known = BTreeMap::new();
    for (index, volume) in volumes.iter().enumerate() {
        let path = path.index(index);
        let before = out.len();
        let name = volume.text("name");
        source(volume, scope.is_pod(), pod, &path, out);
        if name.is_empty() {
            out.required(&path.child("name"), "");
        } else {
            out.invalid_each(&path.child("name"), name, is_dns1123_label(name));
        }
        if known.contains_key(name) {
            out.duplicate(&path.child("name"), name);
        }
        if out.len() == before {
            known.insert(name, volume);
        }
        let claim = volume["persistentVolumeClaim"].text("claimName");
        if created.contains(claim) {
            let path = path.child("persistentVolumeClaim");
            out.invalid(
                &path.child("claimName"),
                claim,
                "must not reference a PVC that gets created for an ephemeral volume",
            );
        }
    }
    known
}

/// `validateVolumeSource`: exactly one source, and that in order.
fn source(volume: &Value, is_pod: bool, pod: Option<&str>, path: &Path<'_>, out: &mut Errors) {
    let of = match is_pod {
        true => SourceOf::Pod,
        false => SourceOf::PodTemplate,
    };
    let found = volume_source::exactly_one(volume, of, path, out);
    if !found {
        out.required(path, "must specify a volume type");
    }
    let name = volume.text("name");
    if let Some(reason) = volume_source::iscsi_interface(name, &volume["iscsi"]) {
        out.invalid(&path.child("name"), name, reason);
    }
    if let (true, Some(pod), false) = (volume.has("ephemeral"), pod, name.is_empty()) {
        let claim = format!("{pod}-{name}");
        for reason in dns_subdomain(&claim, false) {
            out.invalid(
                &path.child("name"),
                name,
                format!("PVC name {}: {reason}", quote(&claim)),
            );
        }
    }
}

/// `ValidateVolumeMounts`.
pub(super) fn mounts(container: &Value, around: &Around<'_>, path: &Path<'_>, out: &mut Errors) {
    let devices = container.list("volumeDevices");
    let mut points = BTreeSet::new();
    for (index, mount) in container.list("volumeMounts").iter().enumerate() {
        let at = path.index(index);
        let (name, point) = (mount.text("name"), mount.text("mountPath"));
        if name.is_empty() {
            out.required(&at.child("name"), "");
        }
        if !around.volumes.contains_key(name) {
            out.not_found(&at.child("name"), name);
        }
        if point.is_empty() {
            out.required(&at.child("mountPath"), "");
        }
        if !points.insert(point) {
            out.invalid(&at.child("mountPath"), point, "must be unique");
        }
        if devices.iter().any(|device| device.text("name") == name) {
            out.invalid(
                &at.child("name"),
                name,
                "must not already exist in volumeDevices",
            );
        }
        if devices
            .iter()
            .any(|device| device.text("devicePath") == point)
        {
            out.invalid(
                &at.child("mountPath"),
                point,
                "must not already exist as a path in volumeDevices",
            );
        }
        let (sub, expression) = (mount.text("subPath"), mount.text("subPathExpr"));
        if !sub.is_empty() {
            descending_path(sub, &path.child("subPath"), out);
        }
        if !expression.is_empty() {
            if !sub.is_empty() {
                out.invalid(
                    &at.child("subPathExpr"),
                    expression,
                    "subPathExpr and subPath are mutually exclusive",
                );
            }
            descending_path(expression, &path.child("subPathExpr"), out);
        }
        propagation(mount, container, &path.child("mountPropagation"), out);
        recursive_read_only(mount, &path.child("recursiveReadOnly"), out);
    }
}

fn propagation(mount: &Value, container: &Value, path: &Path<'_>, out: &mut Errors) {
    let Some(mode) = mount.opt_text("mountPropagation") else {
        return;
    };
    out.one_of(path, mode, &["Bidirectional", "HostToContainer", "None"]);
    if mode == "Bidirectional" && !container["securityContext"].flag("privileged") {
        out.forbidden(
            path,
            "Bidirectional mount propagation is available only to privileged containers",
        );
    }
}

fn recursive_read_only(mount: &Value, path: &Path<'_>, out: &mut Errors) {
    match mount.opt_text("recursiveReadOnly") {
        None | Some("Disabled") => {}
        Some("Enabled" | "IfPossible") => {
            if !mount.flag("readOnly") {
                out.forbidden(path, "may only be specified when readOnly is true");
            }
            if !matches!(mount.opt_text("mountPropagation"), None | Some("None")) {
                out.forbidden(
                    path,
                    "may only be specified when mountPropagation is None or not specified",
                );
            }
        }
        Some(other) => out.not_supported(path, other, &["Disabled", "Enabled", "IfPossible"]),
    }
}

/// `ValidateVolumeDevices`.
pub(super) fn devices(container: &Value, around: &Around<'_>, path: &Path<'_>, out: &mut Errors) {
    let mounts = container.list("volumeMounts");
    let (mut names, mut points) = (BTreeSet::new(), BTreeSet::new());
    for (index, device) in container.list("volumeDevices").iter().enumerate() {
        let at = path.index(index);
        let (name, point) = (device.text("name"), device.text("devicePath"));
        let (name_path, point_path) = (at.child("name"), at.child("devicePath"));
        if name.is_empty() {
            out.required(&name_path, "");
        }
        if names.contains(name) {
            out.invalid(&name_path, name, "must be unique");
        }
        match around.volumes.get(name) {
            Some(volume) if !volume.has("persistentVolumeClaim") && !volume.has("ephemeral") => out.invalid(
                &name_path,
                name,
                "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
            ),
            Some(_) => {}
            None => out.not_found(&name_path, name),
        }
        if point.is_empty() {
            out.required(&point_path, "");
        }
        if points.contains(point) {
            out.invalid(&point_path, point, "must be unique");
        }
        if point.split('/').any(|part| part == "..") {
            out.invalid(&point_path, point, "can not contain backsteps ('..')");
        } else {
            points.insert(point);
        }
        if mounts.iter().any(|mount| mount.text("name") == name) {
            out.invalid(&name_path, name, "must not already exist in volumeMounts");
        }
        if mounts.iter().any(|mount| mount.text("mountPath") == point) {
            out.invalid(
                &point_path,
                point,
                "must not already exist as a path in volumeMounts",
            );
        }
        if !name.is_empty() {
            names.insert(name);
        }
    }
}

/// `validatePathNoBacksteps`.
pub(in crate::validation) fn no_backsteps(text: &str, path: &Path<'_>, out: &mut Errors) {
    if text.split('/').any(|part| part == "..") {
        out.invalid(path, text, "must not contain '..'");
    }
}

/// `validateLocalDescendingPath`: relative, and without a step back.
pub(in crate::validation) fn descending_path(text: &str, path: &Path<'_>, out: &mut Errors) {
    if text.starts_with('/') {
        out.invalid(path, text, "must be a relative path");
    }
    no_backsteps(text, path, out);
}

/// `ValidateLocalNonReservedPath`: a descending path that doesn't begin as the kubelet's own files do.
pub(super) fn non_reserved_path(text: &str, path: &Path<'_>, out: &mut Errors) {
    descending_path(text, path, out);
    if text.starts_with("..") && text != ".." && !text.starts_with("../") {
        out.invalid(path, text, "must not start with '..'");
    }
}

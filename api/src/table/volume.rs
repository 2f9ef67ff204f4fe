//! Persistent volumes and their claims.

use super::cells::{Cells, access_modes, or, quantity};
use super::columns::{AGE, Column, NAME, text, wide};
use crate::raw::Node;
use crate::walk::Walk;

/// The annotation that named the class before there was a field for it; it still wins.
const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";

pub(super) static PERSISTENT_VOLUME: [Column; 11] = [
    NAME,
    text(
        "Capacity",
        "capacity is the description of the persistent volume's resources and capacity. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#capacity",
    ),
    text(
        "Access Modes",
        "accessModes contains all ways the volume can be mounted. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes",
    ),
    text(
        "Reclaim Policy",
        "persistentVolumeReclaimPolicy defines what happens to a persistent volume when released from its claim. Valid options are Retain (default for manually created PersistentVolumes), Delete (default for dynamically provisioned PersistentVolumes), and Recycle (deprecated). Recycle must be supported by the volume plugin underlying this PersistentVolume. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#reclaiming",
    ),
    text(
        "Status",
        "phase indicates if a volume is available, bound to a claim, or released by a claim. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#phase",
    ),
    text(
        "Claim",
        "claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim. Expected to be non-nil when bound. claim.VolumeName is the authoritative bind between PV and PVC. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#binding",
    ),
    text("StorageClass", "StorageClass of the pv"),
    text("VolumeAttributesClass", "VolumeAttributesClass of the pv"),
    text(
        "Reason",
        "reason is a brief CamelCase string that describes any failure and is meant for machine parsing and tidy display in the CLI.",
    ),
    AGE,
    wide(
        "VolumeMode",
        "volumeMode defines if a volume is intended to be used with a formatted filesystem or to remain in raw block state. Value of Filesystem is implied when not included in spec.",
    ),
];

pub(super) fn persistent_volume(object: &Node<'_>, row: &mut Cells) {
    let (spec, status) = (&object["spec"], &object["status"]);
    let claim = &spec["claimRef"];
    let claim = if claim.is_object() {
        format!("{}/{}", claim.text("namespace"), claim.text("name"))
    } else {
        String::new()
    };
    row.name(object)
        .push(quantity(&spec["capacity"]["storage"]))
        .push(access_modes(spec.list("accessModes")))
        .push(spec.text("persistentVolumeReclaimPolicy"))
        .push(phase(object))
        .push(claim)
        .push(class(object))
        .push(
            spec.opt_text("volumeAttributesClassName")
                .unwrap_or("<unset>"),
        )
        .push(status.text("reason"))
        .age(object)
        .push(spec.opt_text("volumeMode").unwrap_or("<unset>"));
}

pub(super) static PERSISTENT_VOLUME_CLAIM: [Column; 9] = [
    NAME,
    text(
        "Status",
        "phase represents the current phase of PersistentVolumeClaim.",
    ),
    text(
        "Volume",
        "volumeName is the binding reference to the PersistentVolume backing this claim.",
    ),
    text(
        "Capacity",
        "capacity represents the actual resources of the underlying volume.",
    ),
    text(
        "Access Modes",
        "accessModes contains the actual access modes the volume backing the PVC has. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes-1",
    ),
    text("StorageClass", "StorageClass of the pvc"),
    text("VolumeAttributesClass", "VolumeAttributesClass of the pvc"),
    AGE,
    wide(
        "VolumeMode",
        "volumeMode defines what type of volume is required by the claim. Value of Filesystem is implied when not included in claim spec.",
    ),
];

pub(super) fn persistent_volume_claim(object: &Node<'_>, row: &mut Cells) {
    let (spec, status) = (&object["spec"], &object["status"]);
    let bound = !spec.text("volumeName").is_empty();
    row.name(object)
        .push(phase(object))
        .push(spec.text("volumeName"))
        .push(if bound {
            quantity(&status["capacity"]["storage"])
        } else {
            String::new()
        })
        .push(if bound {
            access_modes(status.list("accessModes"))
        } else {
            String::new()
        })
        .push(class(object))
        .push(
            spec.opt_text("volumeAttributesClassName")
                .unwrap_or("<unset>"),
        )
        .age(object)
        .push(spec.opt_text("volumeMode").unwrap_or("<unset>"));
}

fn phase<'a>(object: &'a Node<'_>) -> &'a str {
    if object["metadata"].has("deletionTimestamp") {
        "Terminating"
    } else {
        object["status"].text("phase")
    }
}

fn class<'a>(object: &'a Node<'_>) -> &'a str {
    match object["metadata"]["annotations"].opt_text(CLASS_ANNOTATION) {
        Some(class) => class,
        None => or(object["spec"].text("storageClassName"), ""),
    }
}

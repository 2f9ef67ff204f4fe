//! Volumes and claims: fields that do nothing any more, and sizes that are no whole bytes.

use serde_json::Value;

use super::{METADATA, SPEC, has_annotation, labels};
use crate::validation::path::Path;
use crate::validation::read_quantity;
use crate::walk::Walk;

const CLASS: &str = "volume.beta.kubernetes.io/storage-class";
const MOUNT_OPTIONS: &str = "volume.beta.kubernetes.io/mount-options";

/// Volume plugins that are gone, in pods and in persistent volumes.
pub(super) const GONE: &[(&str, &str)] = &[
    (
        "photonPersistentDisk",
        "deprecated in v1.11, non-functional in v1.16+",
    ),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

/// A quantity of bytes in a map of resources.
pub(super) fn whole_bytes(resources: &Value, name: &str, path: &Path<'_>, out: &mut Vec<String>) {
    if !resources.has(name) {
        return;
    }
    if let Some(size) = read_quantity(&resources[name])
        && size.milli_value() % 1000 != 0
    {
        out.push(format!(
            "{}: fractional byte value \"{size}\" is invalid, must be an integer",
            path.key(name)
        ));
    }
}

/// The plugins of a volume that are gone.
pub(super) fn plugins(volume: &Value, path: &Path<'_>, out: &mut Vec<String>) {
    for (field, message) in GONE.iter().filter(|(field, _)| volume.has(field)) {
        let told = match *field {
            "storageos" => "storageOS",
            field => field,
        };
        out.push(format!("{}: {message}", path.child(told)));
    }
}

pub(super) fn claim(new: &Value, _: Option<&Value>, out: &mut Vec<String>) {
    class(new, out);
    claim_spec(&new["spec"], &SPEC, out);
}

fn class(object: &Value, out: &mut Vec<String>) {
    if has_annotation(object, CLASS) {
        let path = METADATA.child("annotations");
        out.push(format!(
            "{}: deprecated since v1.8; use \"storageClassName\" attribute instead",
            path.key(CLASS)
        ));
    }
}

/// The spec of a claim, or of a template of claims.
pub(super) fn claim_spec(spec: &Value, path: &Path<'_>, out: &mut Vec<String>) {
    let path = path.child("resources");
    let requests = &spec["resources"]["requests"];
    whole_bytes(requests, "storage", &path.child("requests"), out);
}

pub(super) fn volume(new: &Value, _: Option<&Value>, out: &mut Vec<String>) {
    let spec = &new["spec"];
    class(new, out);
    if has_annotation(new, MOUNT_OPTIONS) {
        let path = METADATA.child("annotations");
        out.push(format!(
            "{}: deprecated since v1.31; use \"mountOptions\" attribute instead",
            path.key(MOUNT_OPTIONS)
        ));
    }
    if spec.text("persistentVolumeReclaimPolicy") == "Recycle" {
        out.push(
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended \
             approach is to use dynamic provisioning."
                .to_owned(),
        );
    }
    let path = Path::new("spec.nodeAffinity.required.nodeSelectorTerms");
    let terms = spec["nodeAffinity"]["required"].list("nodeSelectorTerms");
    for (index, term) in terms.iter().enumerate() {
        labels::term(term, false, &path.index(index), out);
    }
    plugins(spec, &SPEC, out);
}

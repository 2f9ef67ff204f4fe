//! Volumes of a pod, persistent volumes and claims.

use serde_json::{Map, Value};

use super::container::{pull_policy, value_source};
use super::set::{absent, always, child, each, quantity, resource_list, unset};
use crate::walk::Walk;

/// 0644, the mode of files from config maps, secrets and the downward API.
const FILE_MODE: i64 = 0o644;

/// How long a projected service account token lives, in seconds.
const TOKEN_SECONDS: i64 = 3600;

/// A volume of a pod; one without a source is an empty directory.
pub(super) fn volume(volume: &mut Value) {
    let sources = volume.as_object().into_iter().flatten();
    if sources
        .filter(|(key, value)| key.as_str() != "name" && !value.is_null())
        .count()
        == 0
    {
        absent(volume, "emptyDir", Map::new());
    }
    for name in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = child(volume, name) {
            absent(source, "defaultMode", FILE_MODE);
        }
    }
    if let Some(source) = child(volume, "emptyDir") {
        quantity(source, "sizeLimit");
    }
    if let Some(source) = child(volume, "downwardAPI") {
        each(source, "items").for_each(value_source);
    }
    if let Some(source) = child(volume, "projected") {
        for projection in each(source, "sources") {
            if let Some(downward) = child(projection, "downwardAPI") {
                each(downward, "items").for_each(value_source);
            }
            if let Some(token) = child(projection, "serviceAccountToken") {
                absent(token, "expirationSeconds", TOKEN_SECONDS);
            }
        }
    }
    if let Some(image) = child(volume, "image") {
        let policy = pull_policy(image.text("reference"));
        unset(image, "pullPolicy", policy);
    }
    if let Some(template) =
        child(volume, "ephemeral").and_then(|source| child(source, "volumeClaimTemplate"))
    {
        claim_spec(always(template, "spec"));
    }
    network_sources(volume);
}

/// The sources that pods and persistent volumes have in common.
fn network_sources(volume: &mut Value) {
    if let Some(source) = child(volume, "hostPath") {
        absent(source, "type", "");
    }
    if let Some(source) = child(volume, "iscsi") {
        unset(source, "iscsiInterface", "default");
    }
    if let Some(source) = child(volume, "rbd") {
        unset(source, "pool", "rbd");
        unset(source, "user", "admin");
        unset(source, "keyring", "/etc/ceph/keyring");
    }
    if let Some(source) = child(volume, "azureDisk") {
        absent(source, "cachingMode", "ReadWrite");
        absent(source, "kind", "Shared");
        absent(source, "fsType", "ext4");
        absent(source, "readOnly", false);
    }
    if let Some(source) = child(volume, "scaleIO") {
        unset(source, "storageMode", "ThinProvisioned");
        unset(source, "fsType", "xfs");
    }
}

pub(super) fn persistent_volume(object: &mut Value) {
    unset(always(object, "status"), "phase", "Pending");
    let spec = always(object, "spec");
    unset(spec, "persistentVolumeReclaimPolicy", "Retain");
    absent(spec, "volumeMode", "Filesystem");
    resource_list(spec, "capacity");
    network_sources(spec);
}

pub(super) fn persistent_volume_claim(object: &mut Value) {
    let status = always(object, "status");
    unset(status, "phase", "Pending");
    for list in ["capacity", "allocatedResources"] {
        resource_list(status, list);
    }
    claim_spec(always(object, "spec"));
}

fn claim_spec(spec: &mut Value) {
    absent(spec, "volumeMode", "Filesystem");
    let resources = always(spec, "resources");
    resource_list(resources, "limits");
    resource_list(resources, "requests");
}

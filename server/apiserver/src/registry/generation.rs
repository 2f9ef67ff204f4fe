//! `metadata.generation`, and what deletions of old versions leave behind.

use knarr_api::kinds::Kind;
use knarr_api::meta;
use serde_json::Value;

use super::facts::{Generation, facts};

/// Kinds whose old versions leave dependents alone unless told otherwise.
pub const ORPHANS_BY_DEFAULT: &[(&str, &str, &str)] = &[
    ("", "v1", "replicationcontrollers"),
    ("batch", "v1", "jobs"),
    ("batch", "v1beta1", "cronjobs"),
    ("apps", "v1beta1", "deployments"),
    ("apps", "v1beta1", "statefulsets"),
    ("apps", "v1beta2", "deployments"),
    ("apps", "v1beta2", "statefulsets"),
    ("apps", "v1beta2", "replicasets"),
    ("apps", "v1beta2", "daemonsets"),
    ("extensions", "v1beta1", "deployments"),
    ("extensions", "v1beta1", "replicasets"),
    ("extensions", "v1beta1", "daemonsets"),
];

/// Sets the first generation.
pub fn start(kind: &Kind, object: &mut Value) {
    if facts(kind).generation == Generation::None {
        meta::remove(object, "generation");
    } else {
        meta::set_generation(object, 1);
    }
}

/// Sets the generation of an update: one more when what it counts has changed.
pub fn advance(kind: &Kind, new: &mut Value, old: &Value) {
    let before = meta::generation(old);
    let counts = facts(kind).generation == Generation::Counted;
    let after = if counts && changed(kind, new, old) {
        before + 1
    } else {
        before
    };
    if after > 0 {
        meta::set_generation(new, after);
    } else {
        meta::remove(new, "generation");
    }
}

/// The spec, or everything but metadata and status where there is none; of some kinds a part of the metadata too.
fn changed(kind: &Kind, new: &Value, old: &Value) -> bool {
    let differs = |field: &&str| {
        let of = |object: &Value| object["metadata"][*field].as_object().cloned();
        of(new).unwrap_or_default() != of(old).unwrap_or_default()
    };
    if facts(kind).also_counted.iter().any(differs) {
        return true;
    }
    if kind.custom {
        return counted(kind, new) != counted(kind, old);
    }
    if kind.group.is_empty() && kind.plural == "pods" {
        // A binding is no change of what was asked for; nothing else changes the node.
        let rest = |pod: &Value| {
            let mut spec = pod["spec"].clone();
            spec.as_object_mut()
                .and_then(|spec| spec.shift_remove("nodeName"));
            spec
        };
        return rest(new) != rest(old);
    }
    if old.get("spec").is_some() || new.get("spec").is_some() {
        return new.get("spec") != old.get("spec");
    }
    counted(kind, new) != counted(kind, old)
}

/// Everything but the metadata and the status; a custom resource without a status subresource has no status of the
/// kind that is meant.
fn counted(kind: &Kind, object: &Value) -> Option<serde_json::Map<String, Value>> {
    let mut fields = object.as_object()?.clone();
    fields.shift_remove("metadata");
    if !kind.custom || kind.subresource("status").is_some() {
        fields.shift_remove("status");
    }
    Some(fields)
}

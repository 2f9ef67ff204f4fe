//! Warnings: what Kubernetes v1.36 accepts but tells the client of, kind by kind, in upstream's words
//! (`WarningsOnCreate` and `WarningsOnUpdate` of its strategies).

mod addresses;
mod definitions;
mod labels;
mod overlaps;
mod pod;
mod service;
mod storage;
#[cfg(test)]
mod tests;
mod workload;

use serde_json::Value;
use std::sync::LazyLock;

use crate::kinds::{ByKind, Kind};
use crate::meta;
use crate::validation::names::{is_dns1123_label, is_qualified_name};
use crate::validation::path::Path;
use crate::walk::Walk;

/// The object, what it replaces (`None` when it is new), and where warnings go.
type Warn = fn(&Value, Option<&Value>, &mut Vec<String>);

const METADATA: Path<'static> = Path::new("metadata");
const SPEC: Path<'static> = Path::new("spec");

/// One row per kind, in order of group and kind; the others have nothing to tell.
static WARNINGS: &[(&str, &str, Warn)] = &[
    ("", "Endpoints", addresses::endpoints),
    ("", "Node", node),
    ("", "PersistentVolume", storage::volume),
    ("", "PersistentVolumeClaim", storage::claim),
    ("", "Pod", pod::pod),
    ("", "PodTemplate", workload::pod_template),
    ("", "ReplicationController", workload::named),
    ("", "Secret", secret),
    ("", "Service", service::service),
    ("", "ServiceAccount", service_account),
    (
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        definitions::formats,
    ),
    ("apps", "DaemonSet", workload::unnamed),
    ("apps", "Deployment", workload::named),
    ("apps", "ReplicaSet", workload::named),
    ("apps", "StatefulSet", workload::stateful_set),
    ("batch", "CronJob", workload::cron_job),
    ("batch", "Job", workload::job),
    ("discovery.k8s.io", "EndpointSlice", addresses::slice),
    ("networking.k8s.io", "Ingress", ingress),
    (
        "networking.k8s.io",
        "NetworkPolicy",
        addresses::network_policy,
    ),
    ("node.k8s.io", "RuntimeClass", labels::runtime_class),
    ("storage.k8s.io", "CSIStorageCapacity", labels::capacity),
    ("storage.k8s.io", "StorageClass", labels::storage_class),
];

/// What is to be told of a new object, in its stored form and valid.
pub fn create(kind: &Kind, object: &Value) -> Vec<String> {
    told(kind, object, None)
}

/// What is to be told of a changed object; both in their stored form, and valid.
pub fn update(kind: &Kind, new: &Value, old: &Value) -> Vec<String> {
    told(kind, new, Some(old))
}

fn told(kind: &Kind, new: &Value, old: Option<&Value>) -> Vec<String> {
    static ROWS: LazyLock<ByKind<Warn>> = LazyLock::new(|| {
        let rows = WARNINGS.iter().map(|row| ((row.0, row.1), row.2));
        rows.collect()
    });
    let mut out = Vec::new();
    if kind.custom {
        finalizers(new, old, &mut out);
        return out;
    }
    if let Some(warn) = ROWS.get(&(kind.storage_group, kind.kind)) {
        warn(new, old, &mut out);
    }
    out
}

fn has_annotation(object: &Value, key: &str) -> bool {
    object["metadata"]["annotations"].has(key)
}

/// Finalizers that are added to a custom resource should not be somebody else's.
fn finalizers(new: &Value, old: Option<&Value>, out: &mut Vec<String>) {
    const STANDARD: [&str; 3] = ["orphan", "foregroundDeletion", "kubernetes"];
    const ACCIDENT: &str = "to avoid accidental conflicts with other finalizer writers";
    let before: Vec<&str> = old
        .map(|old| meta::finalizers(old).collect())
        .unwrap_or_default();
    let mut added: Vec<&str> = meta::finalizers(new)
        .filter(|name| !before.contains(name))
        .collect();
    added.sort_unstable();
    for name in added {
        let place = format!("metadata.finalizers: {name:?}");
        for reason in is_qualified_name(name) {
            out.push(format!("{place}: {reason}"));
        }
        if !name.contains('/') && !STANDARD.contains(&name) {
            let path = if name.contains('.') {
                "including a path (/) "
            } else {
                ""
            };
            let advice = "prefer a domain-qualified finalizer name";
            out.push(format!("{place}: {advice} {path}{ACCIDENT}"));
        }
    }
}

/// The names of pods and hosts are made of this name.
fn name(object: &Value, used_in: &str, out: &mut Vec<String>) {
    let reasons = is_dns1123_label(meta::name(object));
    if !reasons.is_empty() {
        out.push(format!(
            "metadata.name: this is used in {used_in}, which can result in surprising behavior; a DNS label is \
             recommended: [{}]",
            reasons.join(" ")
        ));
    }
}

fn node(new: &Value, _: Option<&Value>, out: &mut Vec<String>) {
    let spec = &new["spec"];
    if spec.has("configSource") {
        out.push("spec.configSource: the feature is removed".to_owned());
    }
    if !spec.text("externalID").is_empty() {
        let text = "spec.externalID: this field is deprecated, and is unused by Kubernetes";
        out.push(text.to_owned());
    }
    addresses::ranges(spec, "podCIDRs", &SPEC, out);
}

/// Keys and certificates that can't be read; that one belongs to the other is not looked at.
fn secret(new: &Value, _: Option<&Value>, out: &mut Vec<String>) {
    use base64::Engine as _;
    if new.text("type") != "kubernetes.io/tls" {
        return;
    }
    for (field, input) in [("tls.crt", "certificate"), ("tls.key", "key")] {
        let bytes = base64::engine::general_purpose::STANDARD.decode(new["data"].text(field));
        let text = bytes.unwrap_or_default();
        if !text.windows(11).any(|window| window == b"-----BEGIN ") {
            out.push(format!("tls: failed to find any PEM data in {input} input"));
            return;
        }
    }
}

fn service_account(new: &Value, old: Option<&Value>, out: &mut Vec<String>) {
    const KEY: &str = "kubernetes.io/enforce-mountable-secrets";
    let value = |object: &Value| object["metadata"]["annotations"][KEY].clone();
    if has_annotation(new, KEY) && old.is_none_or(|old| value(old) != value(new)) {
        out.push(format!(
            "metadata.annotations[{KEY}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted \
             secrets"
        ));
    }
}

fn ingress(new: &Value, old: Option<&Value>, out: &mut Vec<String>) {
    const KEY: &str = "kubernetes.io/ingress.class";
    if old.is_none() && has_annotation(new, KEY) && !new["spec"].has("ingressClassName") {
        out.push(format!(
            "annotation {KEY:?} is deprecated, please use 'spec.ingressClassName' instead"
        ));
    }
}

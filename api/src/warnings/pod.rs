//! Pods and templates of pods.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{labels, overlaps, storage};
use crate::app_armor;
use crate::quote::quote;
use crate::validation::path::Path;
use crate::walk::Walk;

const ANNOTATIONS: &[(&str, &str)] = &[
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
];

const SECCOMP: &str = "non-functional in v1.27+; use the \"seccompProfile\" field instead";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";

const NULL_SELECTOR: &str = "a null labelSelector results in matching no pod";

/// A pod; one that is changed is not looked at, since people seldom do that.
pub(super) fn pod(new: &Value, old: Option<&Value>, out: &mut Vec<String>) {
    if old.is_none() {
        super::name(new, "the Pod's hostname", out);
        with_metadata(new, &super::SPEC, &super::METADATA, true, out);
    }
}

/// A template at `path`.
pub(super) fn template(template: &Value, path: &Path<'_>, out: &mut Vec<String>) {
    let (spec, metadata) = (path.child("spec"), path.child("metadata"));
    with_metadata(template, &spec, &metadata, false, out);
}

fn with_metadata(
    pod: &Value,
    path: &Path<'_>,
    metadata: &Path<'_>,
    is_pod: bool,
    out: &mut Vec<String>,
) {
    let spec = &pod["spec"];
    nodes(spec, path, out);
    let known = &pod["metadata"]["annotations"];
    let annotations = metadata.child("annotations");
    for (key, message) in ANNOTATIONS.iter().filter(|(key, _)| known.has(key)) {
        out.push(format!("{}: {message}", annotations.key(key)));
    }
    volumes(spec, path, out);
    overlaps::volumes(spec, out);
    twice(spec, path, out);
    for name in ["memory", "ephemeral-storage"] {
        storage::whole_bytes(&spec["overhead"], name, &path.child("overhead"), out);
    }
    if known.has(SECCOMP_POD) && !spec["securityContext"].has("seccompProfile") {
        out.push(format!("{}: {SECCOMP}", annotations.key(SECCOMP_POD)));
    }
    // Of pods it is told where fields are made of the annotations.
    let confined = is_pod || spec["securityContext"].has("appArmorProfile");
    let containers = Containers { spec, path };
    containers.each(|container, path| {
        profiles(container, known, confined, &annotations, out);
        resources(container, path, out);
        environment(container, path, out);
    });
    ports(&containers, out);
    if spec.int("terminationGracePeriodSeconds") < 0 {
        let path = path.child("terminationGracePeriodSeconds");
        out.push(format!(
            "{path}: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    affinity(&spec["affinity"], &path.child("affinity"), out);
}

/// The containers of a pod, of all three kinds.
struct Containers<'a> {
    spec: &'a Value,
    path: &'a Path<'a>,
}

impl<'a> Containers<'a> {
    fn each(&self, mut visit: impl FnMut(&'a Value, &Path<'_>)) {
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            let path = self.path.child(list);
            for (index, container) in self.spec.list(list).iter().enumerate() {
                visit(container, &path.index(index));
            }
        }
    }
}

/// On which nodes a pod may run.
fn nodes(spec: &Value, path: &Path<'_>, out: &mut Vec<String>) {
    let selector = path.child("nodeSelector");
    for (key, message) in labels::keys(&spec["nodeSelector"]) {
        out.push(format!("{}: {message}", selector.key(key)));
    }
    let (affinity, affinity_path) = (&spec["affinity"]["nodeAffinity"], path.child("affinity"));
    let affinity_path = affinity_path.child("nodeAffinity");
    let (field, required) = (
        "requiredDuringSchedulingIgnoredDuringExecution",
        affinity_path.child("requiredDuringSchedulingIgnoredDuringExecution"),
    );
    let terms = required.child("nodeSelectorTerms");
    for (index, term) in affinity[field].list("nodeSelectorTerms").iter().enumerate() {
        labels::term(term, true, &terms.index(index), out);
    }
    let field = "preferredDuringSchedulingIgnoredDuringExecution";
    let preferred = affinity_path.child(field);
    for (index, term) in affinity.list(field).iter().enumerate() {
        let path = preferred.index(index);
        labels::term(&term["preference"], true, &path.child("preference"), out);
    }
    let spread = path.child("topologySpreadConstraints");
    for (index, one) in spec.list("topologySpreadConstraints").iter().enumerate() {
        let path = spread.index(index);
        labels::key(one, "topologyKey", &path, out);
        null_selector(one, &path, out);
    }
}

fn null_selector(term: &Value, path: &Path<'_>, out: &mut Vec<String>) {
    if !term.has("labelSelector") {
        out.push(format!("{}: {NULL_SELECTOR}", path.child("labelSelector")));
    }
}

fn affinity(affinity: &Value, path: &Path<'_>, out: &mut Vec<String>) {
    for kind in ["podAffinity", "podAntiAffinity"] {
        let (terms, path) = (&affinity[kind], path.child(kind));
        let field = "requiredDuringSchedulingIgnoredDuringExecution";
        let required = path.child(field);
        for (index, term) in terms.list(field).iter().enumerate() {
            null_selector(term, &required.index(index), out);
        }
        let field = "preferredDuringSchedulingIgnoredDuringExecution";
        let preferred = path.child(field);
        for (index, term) in terms.list(field).iter().enumerate() {
            let path = preferred.index(index);
            null_selector(
                &term["podAffinityTerm"],
                &path.child("podAffinityTerm"),
                out,
            );
        }
    }
}

fn volumes(spec: &Value, path: &Path<'_>, out: &mut Vec<String>) {
    let path = path.child("volumes");
    for (index, volume) in spec.list("volumes").iter().enumerate() {
        let path = path.index(index);
        if volume.has("gitRepo") {
            out.push(format!("{}: deprecated in v1.11", path.child("gitRepo")));
        }
        storage::plugins(volume, &path, out);
        let template = &volume["ephemeral"]["volumeClaimTemplate"];
        if template.is_object() {
            let path = path.child("ephemeral");
            let path = path.child("volumeClaimTemplate");
            storage::claim_spec(&template["spec"], &path.child("spec"), out);
        }
    }
}

/// Items of lists that should not come twice.
fn twice(spec: &Value, path: &Path<'_>, out: &mut Vec<String>) {
    for (list, field) in [("hostAliases", "ip"), ("imagePullSecrets", "name")] {
        let path = path.child(list);
        let mut seen = BTreeSet::new();
        for (index, item) in spec.list(list).iter().enumerate() {
            let value = item.text(field);
            if !seen.insert(value) {
                let path = path.index(index);
                let value = quote(value);
                out.push(format!("{}: duplicate {field} {value}", path.child(field)));
            }
        }
    }
    let path = path.child("imagePullSecrets");
    for (index, item) in spec.list("imagePullSecrets").iter().enumerate() {
        if item.text("name").is_empty() {
            let path = path.index(index);
            out.push(format!("{}: invalid empty name \"\"", path.child("name")));
        }
    }
}

/// Annotations of a container for which there are fields.
fn profiles(
    container: &Value,
    known: &Value,
    confined: bool,
    annotations: &Path<'_>,
    out: &mut Vec<String>,
) {
    let (name, security) = (container.text("name"), &container["securityContext"]);
    let confined = confined || security.has("appArmorProfile");
    for (prefix, has_field, message) in [
        (SECCOMP_CONTAINER, security.has("seccompProfile"), SECCOMP),
        (app_armor::ANNOTATION, confined, app_armor::DEPRECATED),
    ] {
        let key = format!("{prefix}{name}");
        if !has_field && known.has(&key) {
            out.push(format!("{}: {message}", annotations.key(&key)));
        }
    }
}

fn resources(container: &Value, path: &Path<'_>, out: &mut Vec<String>) {
    let path = path.child("resources");
    for name in ["memory", "ephemeral-storage"] {
        for list in ["limits", "requests"] {
            let resources = &container["resources"][list];
            storage::whole_bytes(resources, name, &path.child(list), out);
        }
    }
}

/// Variables that come twice: the later one should be made of the earlier one.
fn environment(container: &Value, path: &Path<'_>, out: &mut Vec<String>) {
    let path = path.child("env");
    let mut seen = BTreeSet::new();
    for (index, variable) in container.list("env").iter().enumerate() {
        let (name, value) = (variable.text("name"), variable.text("value"));
        if seen.insert(name) {
            continue;
        }
        let reference = format!("$({name})");
        if variable.has("valueFrom") || value == reference || !value.contains(&reference) {
            out.push(format!(
                "{}: hides previous definition of {}, which may be dropped when using apply",
                path.index(index),
                quote(name)
            ));
        }
    }
}

/// Ports of all containers that are one, or that nobody can tell apart.
fn ports(containers: &Containers<'_>, out: &mut Vec<String>) {
    let mut all: BTreeMap<(i64, &str), Vec<(String, &Value)>> = BTreeMap::new();
    containers.each(|container, path| {
        let path = path.child("ports");
        for (index, port) in container.list("ports").iter().enumerate() {
            let path = path.index(index).to_string();
            let (ip, host_port) = (port.text("hostIP"), port.int("hostPort"));
            if !ip.is_empty() && host_port == 0 {
                out.push(format!(
                    "{path}: hostIP set without hostPort: {{Name:{} HostPort:0 ContainerPort:{} Protocol:{} HostIP:{ip}}}",
                    port.text("name"),
                    port.int("containerPort"),
                    port.text("protocol"),
                ));
            }
            let key = (port.int("containerPort"), port.text("protocol"));
            let others = all.entry(key).or_default();
            for (other_path, other) in others.iter() {
                let (other_ip, other_port) = (other.text("hostIP"), other.int("hostPort"));
                let clash = if (ip, host_port) == (other_ip, other_port) {
                    "duplicate"
                } else if host_port == 0 || other_port == 0 {
                    "overlapping"
                } else if host_port == other_port && ip.is_empty() != other_ip.is_empty() {
                    "dangerously ambiguous"
                } else {
                    continue;
                };
                out.push(format!("{path}: {clash} port definition with {other_path}"));
            }
            others.push((path, port));
        }
    });
}

//! Labels of nodes that have other names now.

use serde_json::Value;

use crate::validation::names::is_label_value;
use crate::validation::path::Path;
use crate::walk::Walk;

const DEPRECATED: &[(&str, &str)] = &[
    (
        "beta.kubernetes.io/arch",
        "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
    ),
    (
        "beta.kubernetes.io/os",
        "deprecated since v1.14; use \"kubernetes.io/os\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
    ),
    (
        "beta.kubernetes.io/instance-type",
        "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    ),
    ("app.kubernetes.io/created-by", "deprecated since v1.9"),
    (
        "scheduler.alpha.kubernetes.io/preferAvoidPods",
        "deprecated since v1.22; use Taints and Tolerations instead",
    ),
    (
        "node-role.kubernetes.io/master",
        "use \"node-role.kubernetes.io/control-plane\" instead",
    ),
];

/// What is to be told of a label of nodes.
pub(super) fn deprecated(key: &str) -> Option<&'static str> {
    let found = DEPRECATED.iter().find(|(label, _)| *label == key);
    found.map(|(_, message)| *message)
}

/// Tells of a key where a list of requirements names it.
fn named(key: &str, path: &Path<'_>, out: &mut Vec<String>) {
    if let Some(message) = deprecated(key) {
        out.push(format!("{path}: {key} is {message}"));
    }
}

/// A field that holds the key of a label.
pub(super) fn key(holder: &Value, field: &'static str, path: &Path<'_>, out: &mut Vec<String>) {
    named(holder.text(field), &path.child(field), out);
}

/// The requirements of a term of a node selector; pods may ask for values that no label can have.
pub(super) fn term(term: &Value, values: bool, path: &Path<'_>, out: &mut Vec<String>) {
    let path = path.child("matchExpressions");
    for (index, requirement) in term.list("matchExpressions").iter().enumerate() {
        let path = path.index(index);
        key(requirement, "key", &path, out);
        let asked = requirement.list("values").iter().filter(|_| values);
        let path = path.child("values");
        for (index, value) in asked.enumerate() {
            let value = value.as_str().unwrap_or_default();
            for reason in is_label_value(value) {
                out.push(format!(
                    "{}: {value} is invalid, {reason}",
                    path.index(index)
                ));
            }
        }
    }
}

/// The keys of a map of labels.
pub(super) fn keys(labels: &Value) -> impl Iterator<Item = (&str, &'static str)> {
    let keys = labels.as_object().into_iter().flat_map(|map| map.keys());
    keys.filter_map(|key| Some((key.as_str(), deprecated(key)?)))
}

pub(super) fn runtime_class(new: &Value, _: Option<&Value>, out: &mut Vec<String>) {
    for (_, message) in keys(&new["scheduling"]["nodeSelector"]) {
        out.push(format!("scheduling.nodeSelector: {message}"));
    }
}

pub(super) fn capacity(new: &Value, _: Option<&Value>, out: &mut Vec<String>) {
    let (topology, path) = (&new["nodeTopology"], Path::new("nodeTopology"));
    term(topology, false, &path, out);
    let path = path.child("matchLabels");
    for (key, message) in keys(&topology["matchLabels"]) {
        out.push(format!("{}: {message}", path.child(key)));
    }
}

pub(super) fn storage_class(new: &Value, _: Option<&Value>, out: &mut Vec<String>) {
    let path = Path::new("allowedTopologies");
    for (index, topology) in new.list("allowedTopologies").iter().enumerate() {
        let path = path.index(index);
        let path = path.child("matchLabelExpressions");
        for (index, requirement) in topology.list("matchLabelExpressions").iter().enumerate() {
            if let Some(message) = deprecated(requirement.text("key")) {
                out.push(format!("{}: {message}", path.index(index).child("key")));
            }
        }
    }
}

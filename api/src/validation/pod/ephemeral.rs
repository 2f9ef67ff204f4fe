//! Ephemeral containers, which are for looking into a pod and may not have what a service needs.

use std::collections::BTreeSet;

use super::container::{Around, common, trimmed_image};
use crate::validation::errors::Errors;
use crate::validation::path::Path;
use crate::walk::Walk;

/// Fields of a container that an ephemeral one can't have.
const REFUSED: [&str; 9] = [
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
];

const REFUSAL: &str = "cannot be set for an Ephemeral Container";

/// `validateEphemeralContainers`.
pub(super) fn containers(around: &Around<'_>, path: &Path<'_>, out: &mut Errors) {
    let spec = around.scope.spec;
    let regular: BTreeSet<&str> = spec
        .list("containers")
        .iter()
        .chain(spec.list("initContainers"))
        .map(|c| c.text("name"))
        .collect();
    let mut names = regular.clone();
    for (index, container) in spec.list("ephemeralContainers").iter().enumerate() {
        let path = path.index(index);
        common(container, around, &path, out);
        trimmed_image(container, &path, out);
        if !names.insert(container.text("name")) {
            out.duplicate(&path.child("name"), container.text("name"));
        }
        let target = container.text("targetContainerName");
        if !target.is_empty() && !regular.contains(target) {
            out.not_found(&path.child("targetContainerName"), target);
        }
        for field in REFUSED {
            let set = match field {
                "restartPolicy" => container.has(field),
                "ports" | "resizePolicy" | "resources" | "restartPolicyRules" => {
                    container.count(field) > 0
                }
                _ => container[field].is_object(),
            };
            if set {
                out.forbidden(&path.child(field), REFUSAL);
            }
        }
        let mounts = path.child("volumeMounts");
        for (index, mount) in container.list("volumeMounts").iter().enumerate() {
            let path = mounts.index(index);
            for field in ["subPath", "subPathExpr"] {
                if !mount.text(field).is_empty() {
                    out.forbidden(&path.child(field), REFUSAL);
                }
            }
        }
    }
}

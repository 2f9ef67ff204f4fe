//! Pods and pod templates in depth: `ValidatePodCreate`, `ValidatePodTemplateSpec` and what they call.

mod affinity;
mod container;
mod environment;
mod ephemeral;
mod probe;
mod projected;
mod resize;
mod scheduling;
mod security;
mod spec;
mod status;
#[cfg(test)]
mod tests;
mod update;
mod volume;
mod volume_source;
mod windows;

use serde_json::Value;

use super::errors::Errors;
use super::metadata::{self, METADATA};
use super::path::Path;
use crate::walk::Walk;

pub(super) use self::affinity::node_selector;
pub(super) use self::probe::port as port_number_or_name;
pub(super) use self::resize::resize;
pub(super) use self::scheduling::{preemption_policy, taint_effect, tolerations};
pub(super) use self::status::update as update_status;
pub(super) use self::update::{ephemeral_containers, update};

pub(super) use self::volume_source::{
    SourceOf, csi_driver_name, exactly_one as one_volume_source, iscsi_interface,
};

pub(super) const SPEC: Path<'static> = Path::new("spec");

/// Marks the pod that stands for a static pod of a node.
const MIRROR_ANNOTATION: &str = "kubernetes.io/config.mirror";

const DELETION_COST_ANNOTATION: &str = "controller.kubernetes.io/pod-deletion-cost";

const SECCOMP_POD_ANNOTATION: &str = "seccomp.security.alpha.kubernetes.io/pod";

const SECCOMP_CONTAINER_ANNOTATION: &str = "container.seccomp.security.alpha.kubernetes.io/";

const APP_ARMOR_ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

/// What validation knows of the pod around the part that it looks at.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) spec: &'a Value,
    /// The name of a real pod; a template has none.
    pub(super) pod_name: Option<&'a str>,
}

impl Scope<'_> {
    fn is_pod(&self) -> bool {
        self.pod_name.is_some()
    }

    fn host_users(&self) -> bool {
        self.spec.opt_flag("hostUsers").unwrap_or(true)
    }
}

/// `ValidatePodCreate`, less the metadata.
pub(super) fn create(pod: &Value, out: &mut Errors) {
    annotations_and_spec(pod, out);
    let spec = &pod["spec"];
    if spec.count("ephemeralContainers") > 0 {
        out.forbidden(
            &SPEC.child("ephemeralContainers"),
            "cannot be set on create",
        );
    }
    if !spec.text("nodeName").is_empty() && spec.count("schedulingGates") > 0 {
        out.forbidden(
            &SPEC.child("nodeName"),
            "cannot be set until all schedulingGates have been cleared",
        );
    }
    security::annotations_match(&pod["metadata"]["annotations"], spec, &SPEC, out);
}

/// `validatePodMetadataAndSpec`, less the metadata.
fn annotations_and_spec(pod: &Value, out: &mut Errors) {
    let (metadata, spec) = (&pod["metadata"], &pod["spec"]);
    annotations(
        &metadata["annotations"],
        spec,
        &METADATA.child("annotations"),
        out,
    );
    spec::spec(
        Scope {
            spec,
            pod_name: Some(metadata.text("name")),
        },
        &SPEC,
        out,
    );
    if spec.text("serviceAccountName").is_empty() {
        tokens_without_account(spec, out);
    }
    for list in ["containers", "initContainers"] {
        container::only_for_pod(spec.list(list), &SPEC.child(list), out);
    }
}

fn tokens_without_account(spec: &Value, out: &mut Errors) {
    let volumes = SPEC.child("volumes");
    for (index, volume) in spec.list("volumes").iter().enumerate() {
        for (source_index, source) in volume["projected"].list("sources").iter().enumerate() {
            if source.has("serviceAccountToken") {
                let volume = volumes.index(index);
                let projected = volume.child("projected");
                let sources = projected.child("sources");
                let source = sources.index(source_index);
                out.forbidden(
                    &source.child("serviceAccountToken"),
                    "must not be specified when serviceAccountName is not set",
                );
            }
        }
    }
}

/// `ValidatePodTemplateSpec`.
pub(super) fn template(template: &Value, path: &Path<'_>, out: &mut Errors) {
    let (metadata, spec) = (&template["metadata"], &template["spec"]);
    let labels_path = path.child("labels");
    let annotations_path = path.child("annotations");
    let spec_path = path.child("spec");
    metadata::labels(&metadata["labels"], &labels_path, out);
    metadata::annotations(&metadata["annotations"], &annotations_path, out);
    annotations(&metadata["annotations"], spec, &annotations_path, out);
    spec::spec(
        Scope {
            spec,
            pod_name: None,
        },
        &spec_path,
        out,
    );
    security::annotations_match(&metadata["annotations"], spec, &spec_path, out);
    if spec.count("ephemeralContainers") > 0 {
        out.forbidden(
            &spec_path.child("ephemeralContainers"),
            "ephemeral containers not allowed in pod template",
        );
    }
}

/// The `PodTemplate` kind.
pub(super) fn pod_template(object: &Value, out: &mut Errors) {
    template(&object["template"], &Path::new("template"), out);
}

/// `ValidatePodSpecificAnnotations`.
fn annotations(annotations: &Value, spec: &Value, path: &Path<'_>, out: &mut Errors) {
    if annotations.has(MIRROR_ANNOTATION) && spec.text("nodeName").is_empty() {
        out.invalid(
            &path.key(MIRROR_ANNOTATION),
            annotations.text(MIRROR_ANNOTATION),
            "must set spec.nodeName if mirror pod annotation is set",
        );
    }
    if let Some(cost) = annotations.opt_text(DELETION_COST_ANNOTATION) {
        let canonical = cost.parse::<i32>().is_ok()
            && !cost.starts_with('+')
            && (cost == "0" || !cost.trim_start_matches('-').starts_with('0'));
        if !canonical {
            out.invalid(
                &path.key(DELETION_COST_ANNOTATION),
                cost,
                "must be a 32bit integer",
            );
        }
    }
    security::annotations(annotations, spec, path, out);
}

/// The containers of every kind, with the name of the list that they stand in.
fn all_containers(spec: &Value) -> impl Iterator<Item = (&'static str, usize, &Value)> {
    ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .flat_map(|list| {
            spec.list(list)
                .iter()
                .enumerate()
                .map(move |(index, container)| (list, index, container))
        })
}

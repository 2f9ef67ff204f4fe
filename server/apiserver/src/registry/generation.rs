//! Tables of facts about kinds that strategies share, from upstream's registry packages.

use knarr_api::kinds::Kind;
use knarr_api::meta;
use serde_json::Value;

/// Kinds whose `metadata.generation` counts the changes of the spec.
const GENERATION: &[(&str, &str)] = &[
    ("", "pods"),
    ("", "podtemplates"),
    ("", "replicationcontrollers"),
    ("apps", "daemonsets"),
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("apps", "statefulsets"),
    ("batch", "cronjobs"),
    ("batch", "jobs"),
    ("networking.k8s.io", "ingresses"),
    ("networking.k8s.io", "ingressclasses"),
    ("networking.k8s.io", "networkpolicies"),
    ("policy", "poddisruptionbudgets"),
    ("flowcontrol.apiserver.k8s.io", "flowschemas"),
    (
        "flowcontrol.apiserver.k8s.io",
        "prioritylevelconfigurations",
    ),
    ("apiextensions.k8s.io", "customresourcedefinitions"),
    (
        "admissionregistration.k8s.io",
        "validatingwebhookconfigurations",
    ),
    (
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
    ),
    (
        "admissionregistration.k8s.io",
        "validatingadmissionpolicies",
    ),
    (
        "admissionregistration.k8s.io",
        "validatingadmissionpolicybindings",
    ),
    ("admissionregistration.k8s.io", "mutatingadmissionpolicies"),
    (
        "admissionregistration.k8s.io",
        "mutatingadmissionpolicybindings",
    ),
    ("discovery.k8s.io", "endpointslices"),
    ("resource.k8s.io", "deviceclasses"),
    ("resource.k8s.io", "devicetaintrules"),
    ("resource.k8s.io", "resourceslices"),
    ("storage.k8s.io", "csidrivers"),
];

/// Kinds whose generation is set once and stays.
const FIRST_ONLY: &[(&str, &str)] = &[("scheduling.k8s.io", "priorityclasses")];

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

/// Kinds that a PUT creates (AllowCreateOnUpdate).
pub const CREATE_ON_UPDATE: &[(&str, &str)] = &[
    ("", "endpoints"),
    ("", "events"),
    ("", "limitranges"),
    ("", "services"),
    ("coordination.k8s.io", "leases"),
    ("rbac.authorization.k8s.io", "clusterroles"),
    ("rbac.authorization.k8s.io", "clusterrolebindings"),
    ("rbac.authorization.k8s.io", "roles"),
    ("rbac.authorization.k8s.io", "rolebindings"),
    ("autoscaling", "horizontalpodautoscalers"),
    ("node.k8s.io", "runtimeclasses"),
];

/// Kinds that are not replaced without a resource version (AllowUnconditionalUpdate is false).
const CONDITIONAL: &[(&str, &str)] = &[
    ("admissionregistration.k8s.io", "mutatingadmissionpolicies"),
    (
        "admissionregistration.k8s.io",
        "mutatingadmissionpolicybindings",
    ),
    (
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
    ),
    (
        "admissionregistration.k8s.io",
        "validatingadmissionpolicies",
    ),
    (
        "admissionregistration.k8s.io",
        "validatingadmissionpolicybindings",
    ),
    (
        "admissionregistration.k8s.io",
        "validatingwebhookconfigurations",
    ),
    ("apiextensions.k8s.io", "customresourcedefinitions"),
    ("apiregistration.k8s.io", "apiservices"),
    ("coordination.k8s.io", "leasecandidates"),
    ("coordination.k8s.io", "leases"),
    ("node.k8s.io", "runtimeclasses"),
    ("policy", "poddisruptionbudgets"),
    ("storage.k8s.io", "csidrivers"),
    ("storage.k8s.io", "csinodes"),
    ("storage.k8s.io", "csistoragecapacities"),
    ("storage.k8s.io", "volumeattachments"),
];

/// Kinds whose deletion answers with the object instead of a Status (ReturnDeletedObject).
const RETURNS_DELETED: &[(&str, &str)] = &[
    ("", "persistentvolumeclaims"),
    ("", "persistentvolumes"),
    ("", "pods"),
    ("", "podtemplates"),
    ("", "resourcequotas"),
    ("", "serviceaccounts"),
    ("", "services"),
];

/// The metadata that a client sets and that a write to the status may not touch.
const METADATA: &[&str] = &["annotations", "finalizers", "labels", "ownerReferences"];

/// Kinds whose status is written without any of it (ResetObjectMetaForStatus).
const STATUS_ALONE: &[(&str, &str)] = &[
    ("apiextensions.k8s.io", "customresourcedefinitions"),
    ("apiregistration.k8s.io", "apiservices"),
    (
        "admissionregistration.k8s.io",
        "validatingadmissionpolicies",
    ),
    ("flowcontrol.apiserver.k8s.io", "flowschemas"),
    (
        "flowcontrol.apiserver.k8s.io",
        "prioritylevelconfigurations",
    ),
    ("networking.k8s.io", "servicecidrs"),
    ("resource.k8s.io", "devicetaintrules"),
    ("resource.k8s.io", "resourceclaims"),
];

/// The metadata that a write to the status leaves as it is.
pub fn kept_by_status(kind: &Kind) -> &'static [&'static str] {
    match (kind.group, kind.plural) {
        ("apps", "deployments") => &["labels"],
        row if STATUS_ALONE.contains(&row) => METADATA,
        _ => &[],
    }
}

/// Whether objects of the kind are only replaced by those who say which state they replace.
pub fn is_conditional(kind: &Kind) -> bool {
    kind.custom || CONDITIONAL.contains(&(kind.group, kind.plural))
}

/// Whether a deletion answers with the object.
pub fn returns_deleted(kind: &Kind) -> bool {
    RETURNS_DELETED.contains(&(kind.group, kind.plural))
}

fn counts(kind: &Kind) -> bool {
    kind.custom || GENERATION.contains(&(kind.group, kind.plural))
}

/// Sets the first generation.
pub fn start(kind: &Kind, object: &mut Value) {
    if counts(kind) || FIRST_ONLY.contains(&(kind.group, kind.plural)) {
        meta::set_generation(object, 1);
    } else {
        meta::remove(object, "generation");
    }
}

/// Sets the generation of an update: one more when what it counts has changed.
pub fn advance(kind: &Kind, new: &mut Value, old: &Value) {
    let before = meta::generation(old);
    let after = if counts(kind) && changed(kind, new, old) {
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

/// The spec, or everything but metadata and status where there is none. Of deployments the annotations count too, of
/// endpoint slices the labels.
fn changed(kind: &Kind, new: &Value, old: &Value) -> bool {
    if kind.plural == "deployments" && meta::annotations(new) != meta::annotations(old) {
        return true;
    }
    if kind.plural == "endpointslices" && new["metadata"]["labels"] != old["metadata"]["labels"] {
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

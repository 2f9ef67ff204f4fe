//! Conversion between the versions of a kind that are served and the one that is stored: the field changes, and the
//! defaults that were particular to a legacy version. Defaults that all versions share are in [`crate::defaults`].

mod admission;
pub(crate) mod apiextensions;
mod apps;
pub(crate) mod autoscaling;
mod certificates;
mod discovery;
mod events;
mod flowcontrol;
mod metrics;
mod networking;
mod policy;
mod resource;

use serde_json::{Map, Value};

use crate::{
    kinds::{self, Kind},
    status::Status,
};

/// How one served version differs from the stored one beyond its name.
struct Conversion {
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    to_stored: fn(&mut Value) -> Result<(), ConvertError>,
    from_stored: fn(&mut Value),
}

/// A value that can't be expressed in the stored version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    #[error("unable to read annotation {annotation}: {reason}")]
    Annotation {
        annotation: &'static str,
        reason: String,
    },
    #[error("{field}: {reason}")]
    Field { field: &'static str, reason: String },
}

const CONVERSIONS: &[Conversion] = &[
    of(
        "admissionregistration.k8s.io",
        "v1beta1",
        "MutatingWebhookConfiguration",
        admission::webhooks_to_stored,
        unchanged,
    ),
    of(
        "admissionregistration.k8s.io",
        "v1beta1",
        "ValidatingWebhookConfiguration",
        admission::webhooks_to_stored,
        unchanged,
    ),
    of(
        "apiextensions.k8s.io",
        "v1beta1",
        "CustomResourceDefinition",
        apiextensions::to_stored,
        apiextensions::from_stored,
    ),
    of(
        "apps",
        "v1beta1",
        "Deployment",
        apps::deployment_from_apps,
        apps::deployment_to_legacy,
    ),
    of(
        "apps",
        "v1beta1",
        "StatefulSet",
        apps::stateful_set_from_v1beta1,
        unchanged,
    ),
    of(
        "extensions",
        "v1beta1",
        "Deployment",
        apps::deployment_from_extensions,
        apps::deployment_to_legacy,
    ),
    of(
        "extensions",
        "v1beta1",
        "DaemonSet",
        apps::daemon_set_from_extensions,
        apps::daemon_set_to_extensions,
    ),
    of(
        "extensions",
        "v1beta1",
        "ReplicaSet",
        apps::replica_set_from_extensions,
        unchanged,
    ),
    of(
        "extensions",
        "v1beta1",
        "Ingress",
        networking::ingress_to_stored,
        networking::ingress_from_stored,
    ),
    of(
        "networking.k8s.io",
        "v1beta1",
        "Ingress",
        networking::ingress_to_stored,
        networking::ingress_from_stored,
    ),
    of(
        "autoscaling",
        "v1",
        "HorizontalPodAutoscaler",
        autoscaling::v1_to_stored,
        autoscaling::v1_from_stored,
    ),
    of(
        "autoscaling",
        "v2beta1",
        "HorizontalPodAutoscaler",
        autoscaling::v2beta1_to_stored,
        autoscaling::v2beta1_from_stored,
    ),
    of(
        "events.k8s.io",
        "v1",
        "Event",
        events::to_stored,
        events::from_stored,
    ),
    of(
        "events.k8s.io",
        "v1beta1",
        "Event",
        events::to_stored,
        events::from_stored,
    ),
    of(
        "discovery.k8s.io",
        "v1beta1",
        "EndpointSlice",
        discovery::to_stored,
        discovery::from_stored,
    ),
    of(
        "certificates.k8s.io",
        "v1beta1",
        "CertificateSigningRequest",
        certificates::to_stored,
        unchanged,
    ),
    of(
        "flowcontrol.apiserver.k8s.io",
        "v1beta1",
        "PriorityLevelConfiguration",
        flowcontrol::assured_to_stored,
        flowcontrol::assured_from_stored,
    ),
    of(
        "flowcontrol.apiserver.k8s.io",
        "v1beta2",
        "PriorityLevelConfiguration",
        flowcontrol::assured_to_stored,
        flowcontrol::assured_from_stored,
    ),
    of(
        "flowcontrol.apiserver.k8s.io",
        "v1beta3",
        "PriorityLevelConfiguration",
        flowcontrol::v1beta3_to_stored,
        flowcontrol::v1beta3_from_stored,
    ),
    of(
        "policy",
        "v1beta1",
        "PodDisruptionBudget",
        policy::to_stored,
        policy::from_stored,
    ),
    of(
        "resource.k8s.io",
        "v1beta1",
        "ResourceClaim",
        resource::claim_to_stored,
        resource::claim_from_stored,
    ),
    of(
        "resource.k8s.io",
        "v1beta1",
        "ResourceClaimTemplate",
        resource::template_to_stored,
        resource::template_from_stored,
    ),
    of(
        "resource.k8s.io",
        "v1beta1",
        "ResourceSlice",
        resource::slice_to_stored,
        resource::slice_from_stored,
    ),
];

/// Converts an object of the version `kind` to the version that is stored, filling in the defaults that only the
/// legacy version had. An object that can't be converted is a bad request.
pub fn to_stored(kind: &Kind, mut object: Value) -> Result<Value, Status> {
    if kind.is_storage_version() {
        return Ok(object);
    }
    if let Some(conversion) = find(kind) {
        (conversion.to_stored)(&mut object)
            .map_err(|error| Status::bad_request(error.to_string()))?;
    }
    set_version(&mut object, kind.storage_group, kind.storage_version);
    Ok(object)
}

/// Converts a stored object to the version `kind`.
pub fn from_stored(kind: &Kind, mut object: Value) -> Value {
    if kind.is_storage_version() {
        return object;
    }
    if let Some(conversion) = find(kind) {
        (conversion.from_stored)(&mut object);
    }
    set_version(&mut object, kind.group, kind.version);
    object
}

const fn of(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    to_stored: fn(&mut Value) -> Result<(), ConvertError>,
    from_stored: fn(&mut Value),
) -> Conversion {
    Conversion {
        group,
        version,
        kind,
        to_stored,
        from_stored,
    }
}

fn unchanged(_: &mut Value) {}

fn find(kind: &Kind) -> Option<&'static Conversion> {
    CONVERSIONS.iter().find(|conversion| {
        (conversion.group, conversion.version, conversion.kind)
            == (kind.group, kind.version, kind.kind)
    })
}

fn set_version(object: &mut Value, group: &str, version: &str) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(
            "apiVersion".into(),
            Value::from(kinds::api_version(group, version)),
        );
    }
}

/// Renames a field in place, keeping the order of the others.
fn rename(object: &mut Map<String, Value>, from: &str, to: &str) {
    if object.contains_key(from) {
        *object = std::mem::take(object)
            .into_iter()
            .map(|(name, value)| {
                if name == from {
                    (to.to_owned(), value)
                } else {
                    (name, value)
                }
            })
            .collect();
    }
}

/// The items of the list at a JSON pointer, as objects.
fn items<'a>(
    object: &'a mut Value,
    pointer: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    object
        .pointer_mut(pointer)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
}

/// Takes an annotation away; an empty map of annotations goes with it.
fn take_annotation(object: &mut Value, name: &str) -> Option<String> {
    let metadata = object.get_mut("metadata")?.as_object_mut()?;
    let annotations = metadata.get_mut("annotations")?.as_object_mut()?;
    let value = annotations.shift_remove(name)?;
    if annotations.is_empty() {
        metadata.shift_remove("annotations");
    }
    value.as_str().map(str::to_owned)
}

fn set_annotation(object: &mut Value, name: &str, value: String) {
    object["metadata"]["annotations"][name] = Value::from(value);
}

#[cfg(test)]
mod tests;

//! Objects that are in order, kind by kind, and what is said of them once a field is changed.

mod changes;
mod creation;
mod groups;
mod valid;
mod words;

use serde_json::{Value, json};

use self::valid::valid;
use super::{RULES, create, update, update_status};
use crate::defaults;
use crate::kinds::{self, Kind};

/// The stored row of a kind.
pub(super) fn row(group: &str, kind: &str) -> &'static Kind {
    let found = kinds::KINDS
        .iter()
        .find(|row| row.storage_group == group && row.kind == kind && row.group == group);
    found.unwrap_or_else(|| panic!("no kind {group}/{kind}"))
}

/// The object with its defaults, and the metadata that the server gives it.
fn complete(kind: &Kind, mut object: Value) -> Value {
    if kind.namespaced && object["metadata"]["namespace"].is_null() {
        object["metadata"]["namespace"] = json!("default");
    }
    if object["metadata"]["name"].is_null() {
        object["metadata"]["name"] = json!("a");
    }
    object["metadata"]["uid"] = json!("u1");
    object["metadata"]["resourceVersion"] = json!("1");
    defaults::apply(kind, &mut object);
    object
}

pub(super) fn valid_object(group: &str, kind: &str) -> Value {
    let row = row(group, kind);
    let found = valid()
        .into_iter()
        .find(|(g, k, _)| *g == group && *k == kind);
    complete(row, found.unwrap_or_else(|| panic!("no valid {kind}")).2)
}

pub(super) fn texts(errors: &[crate::status::FieldError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn the_table_is_in_order_and_names_served_kinds() {
    for pair in RULES.windows(2) {
        assert!(
            (pair[0].group, pair[0].kind) < (pair[1].group, pair[1].kind),
            "{}",
            pair[1].kind
        );
    }
    for rules in RULES.iter().filter(|rules| rules.kind != "Scale") {
        assert!(
            kinds::KINDS.iter().any(
                |kind| [kind.group, kind.storage_group].contains(&rules.group)
                    && kind.kind == rules.kind
            ),
            "{}/{}",
            rules.group,
            rules.kind
        );
    }
}

#[test]
fn valid_objects_are_created_and_updated_unchanged() {
    for (group, kind, _) in valid() {
        let object = valid_object(group, kind);
        assert_eq!(
            texts(&create(row(group, kind), &object)),
            Vec::<String>::new(),
            "create {kind}"
        );
        assert_eq!(
            texts(&update(row(group, kind), &object, &object)),
            Vec::<String>::new(),
            "update {kind}"
        );
        assert_eq!(
            texts(&update_status(row(group, kind), &object, &object)),
            Vec::<String>::new(),
            "status {kind}"
        );
    }
}

/// Whether the object is one of the type, with nothing that the type does not know.
fn is_a<T: serde::de::DeserializeOwned + serde::Serialize>(object: &Value) -> Result<(), String> {
    let typed: T = serde_json::from_value(object.clone()).map_err(|error| error.to_string())?;
    let again = serde_json::to_value(typed).map_err(|error| error.to_string())?;
    unknown(object, &again, "")
}

/// What was lost on the way through a type; empty lists and objects may be.
fn unknown(before: &Value, after: &Value, path: &str) -> Result<(), String> {
    match (before, after) {
        (Value::Object(fields), _) => fields
            .iter()
            .try_for_each(|(name, field)| unknown(field, &after[name], &format!("{path}.{name}"))),
        (Value::Array(items), _) => {
            let mut pairs = items.iter().enumerate();
            pairs.try_for_each(|(index, item)| {
                unknown(item, &after[index], &format!("{path}[{index}]"))
            })
        }
        (before, after) if before == after => Ok(()),
        (before, after) => Err(format!("{path}: {before} became {after}")),
    }
}

#[test]
fn completed_objects_have_their_types() {
    use k8s_openapi::api::{
        admissionregistration::v1 as admission, apps::v1 as apps, autoscaling::v2 as autoscaling,
        batch::v1 as batch, coordination::v1 as coordination, core::v1 as core,
        discovery::v1 as discovery, flowcontrol::v1 as flowcontrol, networking::v1 as networking,
        node::v1 as node, policy::v1 as policy, rbac::v1 as rbac, resource::v1 as resource,
        resource::v1beta2, scheduling::v1 as scheduling, storage::v1 as storage,
    };
    use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;

    for (group, kind, _) in valid() {
        let object = valid_object(group, kind);
        let found = match kind {
            "ConfigMap" => is_a::<core::ConfigMap>(&object),
            "Endpoints" => is_a::<core::Endpoints>(&object),
            "LimitRange" => is_a::<core::LimitRange>(&object),
            "Namespace" => is_a::<core::Namespace>(&object),
            "Node" => is_a::<core::Node>(&object),
            "PersistentVolume" => is_a::<core::PersistentVolume>(&object),
            "PersistentVolumeClaim" => is_a::<core::PersistentVolumeClaim>(&object),
            "Pod" => is_a::<core::Pod>(&object),
            "PodTemplate" => is_a::<core::PodTemplate>(&object),
            "ReplicationController" => is_a::<core::ReplicationController>(&object),
            "ResourceQuota" => is_a::<core::ResourceQuota>(&object),
            "Secret" => is_a::<core::Secret>(&object),
            "Service" => is_a::<core::Service>(&object),
            "ServiceAccount" => is_a::<core::ServiceAccount>(&object),
            "MutatingWebhookConfiguration" => {
                is_a::<admission::MutatingWebhookConfiguration>(&object)
            }
            "ValidatingWebhookConfiguration" => {
                is_a::<admission::ValidatingWebhookConfiguration>(&object)
            }
            "ValidatingAdmissionPolicy" => is_a::<admission::ValidatingAdmissionPolicy>(&object),
            "ValidatingAdmissionPolicyBinding" => {
                is_a::<admission::ValidatingAdmissionPolicyBinding>(&object)
            }
            "CustomResourceDefinition" => is_a::<apiextensions::CustomResourceDefinition>(&object),
            "ControllerRevision" => is_a::<apps::ControllerRevision>(&object),
            "DaemonSet" => is_a::<apps::DaemonSet>(&object),
            "Deployment" => is_a::<apps::Deployment>(&object),
            "ReplicaSet" => is_a::<apps::ReplicaSet>(&object),
            "StatefulSet" => is_a::<apps::StatefulSet>(&object),
            "HorizontalPodAutoscaler" => is_a::<autoscaling::HorizontalPodAutoscaler>(&object),
            "CronJob" => is_a::<batch::CronJob>(&object),
            "Job" => is_a::<batch::Job>(&object),
            "Lease" => is_a::<coordination::Lease>(&object),
            "EndpointSlice" => is_a::<discovery::EndpointSlice>(&object),
            "FlowSchema" => is_a::<flowcontrol::FlowSchema>(&object),
            "PriorityLevelConfiguration" => {
                is_a::<flowcontrol::PriorityLevelConfiguration>(&object)
            }
            "IPAddress" => is_a::<networking::IPAddress>(&object),
            "Ingress" => is_a::<networking::Ingress>(&object),
            "IngressClass" => is_a::<networking::IngressClass>(&object),
            "NetworkPolicy" => is_a::<networking::NetworkPolicy>(&object),
            "ServiceCIDR" => is_a::<networking::ServiceCIDR>(&object),
            "RuntimeClass" => is_a::<node::RuntimeClass>(&object),
            "PodDisruptionBudget" => is_a::<policy::PodDisruptionBudget>(&object),
            "ClusterRole" => is_a::<rbac::ClusterRole>(&object),
            "ClusterRoleBinding" => is_a::<rbac::ClusterRoleBinding>(&object),
            "Role" => is_a::<rbac::Role>(&object),
            "RoleBinding" => is_a::<rbac::RoleBinding>(&object),
            "DeviceClass" => is_a::<resource::DeviceClass>(&object),
            "DeviceTaintRule" => is_a::<v1beta2::DeviceTaintRule>(&object),
            "ResourceClaim" => is_a::<resource::ResourceClaim>(&object),
            "ResourceClaimTemplate" => is_a::<resource::ResourceClaimTemplate>(&object),
            "ResourceSlice" => is_a::<resource::ResourceSlice>(&object),
            "PriorityClass" => is_a::<scheduling::PriorityClass>(&object),
            "CSIDriver" => is_a::<storage::CSIDriver>(&object),
            "CSINode" => is_a::<storage::CSINode>(&object),
            "StorageClass" => is_a::<storage::StorageClass>(&object),
            "VolumeAttachment" => is_a::<storage::VolumeAttachment>(&object),
            "Event" | "LeaseCandidate" | "StorageVersionMigration" => Ok(()),
            other => panic!("no type for {other}"),
        };
        assert_eq!(found, Ok(()), "{kind}: {object}");
    }
}

#[test]
fn defaults_applied_twice_change_nothing() {
    for (group, kind, _) in valid() {
        let once = valid_object(group, kind);
        let mut twice = once.clone();
        defaults::apply(row(group, kind), &mut twice);
        assert_eq!(once, twice, "{kind}");
    }
}

/// Sets what a JSON pointer names, and reports what creation then says.
pub(super) fn refused(group: &str, kind: &str, pointer: &str, value: Value) -> Vec<String> {
    let mut object = valid_object(group, kind);
    set(&mut object, pointer, value);
    texts(&create(row(group, kind), &object))
}

pub(super) fn set(object: &mut Value, pointer: &str, value: Value) {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    let parent = object
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("no {parent}"));
    match parent {
        Value::Array(list) => {
            let index: usize = field.parse().expect("an index");
            if index < list.len() {
                list[index] = value
            } else {
                list.push(value)
            }
        }
        parent => parent[field] = value,
    }
}

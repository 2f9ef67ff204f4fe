//! Validation: what Kubernetes v1.36 demands of an object on creation and on update, kind by kind, with upstream's
//! field paths, wording and order.

mod address;
mod admission;
mod api_service;
mod apiextensions;
mod autoscaling;
mod certificates;
mod conditions;
mod core;
mod cron;
mod devices;
mod diff;
mod endpoints;
mod errors;
mod event;
mod expressions;
mod flowcontrol;
mod job;
mod job_policy;
mod job_status;
pub(crate) mod metadata;
pub mod names;
mod networking;
mod node;
pub(crate) mod path;
mod pod;
mod pod_certificate;
mod quota;
mod rbac;
mod resources;
mod reviews;
mod scheduling;
mod service;
mod service_update;
mod stateful_set;
mod storage;
mod storage_migration;
#[cfg(test)]
mod tests;
mod trust_bundle;
mod volume_claim;
mod workload;
mod workload_status;
mod x509;

use serde_json::Value;
use std::sync::LazyLock;

pub(crate) use self::address::{network, parse_cidr, read_ip};
use self::errors::Errors;
use self::metadata::{NameRule, dns_label, dns_subdomain, dns1035_label, path_segment};
pub(crate) use self::resources::{is_pod_resource, read as read_quantity};
use crate::kinds::groups::{
    ADMISSION, CERTIFICATES, COORDINATION, EVENTS, FLOW_CONTROL, NETWORKING, RBAC, RESOURCE,
    STORAGE,
};
use crate::kinds::{ByKind, Kind};
use crate::status::FieldError;

type Check = fn(&Value, &mut Errors);
type Compare = fn(&Value, &Value, &mut Errors);

/// What one kind demands.
#[derive(Clone, Copy)]
struct Rules {
    group: &'static str,
    kind: &'static str,
    name: NameRule,
    /// Everything but the metadata.
    object: Check,
    /// Replaces `object` and the metadata's rules on update, where there is more to say.
    update: Option<Compare>,
    /// Replaces the metadata's rules on updates of the status.
    status: Option<Compare>,
    /// Replaces the object's rules where a legacy version allowed more.
    legacy: Option<(&'static str, Check)>,
}

const fn rules(group: &'static str, kind: &'static str, name: NameRule, object: Check) -> Rules {
    Rules {
        group,
        kind,
        name,
        object,
        update: None,
        status: None,
        legacy: None,
    }
}

impl Rules {
    const fn update(self, update: Compare) -> Self {
        Self {
            update: Some(update),
            ..self
        }
    }

    const fn status(self, status: Compare) -> Self {
        Self {
            status: Some(status),
            ..self
        }
    }

    const fn legacy(self, version: &'static str, object: Check) -> Self {
        Self {
            legacy: Some((version, object)),
            ..self
        }
    }
}

fn nothing(_: &Value, _: &mut Errors) {}

/// One row per kind, in order of group and kind. Kinds without a row need metadata in order, and a name that can
/// stand in a path.
static RULES: &[Rules] = &[
    rules("", "ConfigMap", dns_subdomain, core::config_map).update(core::update_config_map),
    rules("", "Endpoints", dns_subdomain, endpoints::endpoints).update(endpoints::update_endpoints),
    rules("", "Event", path_segment, event::event),
    rules("", "LimitRange", dns_subdomain, quota::limit_range),
    rules("", "Namespace", dns_label, core::namespace).status(core::namespace_status),
    rules("", "Node", dns_subdomain, node::node)
        .update(node::update)
        .status(node::update_status),
    rules("", "PersistentVolume", dns_subdomain, volume_claim::volume)
        .update(volume_claim::update_volume),
    rules(
        "",
        "PersistentVolumeClaim",
        dns_subdomain,
        volume_claim::claim,
    )
    .update(volume_claim::update_claim)
    .status(volume_claim::claim_status),
    rules("", "Pod", dns_subdomain, pod::create)
        .update(pod::update)
        .status(pod::update_status),
    rules("", "PodTemplate", dns_subdomain, pod::pod_template),
    rules(
        "",
        "ReplicationController",
        dns_subdomain,
        workload::replication_controller,
    )
    .status(workload_status::replicas_status),
    rules("", "ResourceQuota", dns_subdomain, quota::resource_quota)
        .update(quota::update_quota)
        .status(quota::update_quota_status),
    rules("", "Secret", dns_subdomain, core::secret).update(core::update_secret),
    rules("", "Service", dns1035_label, service::service)
        .update(service_update::update)
        .status(service_update::update_status),
    rules("", "ServiceAccount", dns_subdomain, nothing),
    rules(
        ADMISSION,
        "MutatingAdmissionPolicy",
        dns_subdomain,
        expressions::mutating_policy,
    ),
    rules(
        ADMISSION,
        "MutatingAdmissionPolicyBinding",
        dns_subdomain,
        admission::policy_binding,
    ),
    rules(
        ADMISSION,
        "MutatingWebhookConfiguration",
        dns_subdomain,
        admission::webhooks,
    )
    .update(admission::update_webhooks)
    .legacy("v1beta1", admission::legacy_webhooks),
    rules(
        ADMISSION,
        "ValidatingAdmissionPolicy",
        dns_subdomain,
        expressions::validating_policy,
    )
    .status(expressions::policy_status),
    rules(
        ADMISSION,
        "ValidatingAdmissionPolicyBinding",
        dns_subdomain,
        admission::policy_binding,
    ),
    rules(
        ADMISSION,
        "ValidatingWebhookConfiguration",
        dns_subdomain,
        admission::webhooks,
    )
    .update(admission::update_webhooks)
    .legacy("v1beta1", admission::legacy_webhooks),
    rules(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        dns_subdomain,
        apiextensions::custom_resource_definition,
    )
    .update(apiextensions::update_custom_resource_definition)
    .status(apiextensions::update_status)
    .legacy("v1beta1", apiextensions::legacy_definition),
    rules(
        "apiregistration.k8s.io",
        "APIService",
        path_segment,
        api_service::api_service,
    )
    .status(api_service::status),
    rules(
        "apps",
        "ControllerRevision",
        dns_subdomain,
        workload::controller_revision,
    )
    .update(workload::update_controller_revision),
    rules("apps", "DaemonSet", dns_subdomain, workload::daemon_set)
        .update(workload::update_daemon_set)
        .status(workload_status::daemon_set_status),
    rules("apps", "Deployment", dns_subdomain, workload::deployment)
        .update(workload::update_deployment)
        .status(workload_status::deployment_status),
    rules("apps", "ReplicaSet", dns_subdomain, workload::replica_set)
        .update(workload::update_replica_set)
        .status(workload_status::replicas_status),
    rules("apps", "StatefulSet", dns_label, stateful_set::stateful_set)
        .update(stateful_set::update_stateful_set)
        .status(workload_status::stateful_set_status),
    rules(
        "autoscaling",
        "HorizontalPodAutoscaler",
        dns_subdomain,
        autoscaling::horizontal_pod_autoscaler,
    )
    .update(autoscaling::update_autoscaler)
    .status(autoscaling::status),
    rules("autoscaling", "Scale", path_segment, autoscaling::scale),
    rules("batch", "CronJob", dns_subdomain, job::cron_job).update(job::update_cron_job),
    rules("batch", "Job", dns_subdomain, job::job)
        .update(job::update_job)
        .status(job_status::job_status),
    rules(
        CERTIFICATES,
        "CertificateSigningRequest",
        path_segment,
        certificates::signing_request,
    )
    .update(certificates::update_signing_request)
    .status(certificates::update_status),
    rules(
        CERTIFICATES,
        "ClusterTrustBundle",
        path_segment,
        trust_bundle::cluster_trust_bundle,
    )
    .update(trust_bundle::update_cluster_trust_bundle),
    rules(
        CERTIFICATES,
        "PodCertificateRequest",
        dns_subdomain,
        pod_certificate::request,
    )
    .update(pod_certificate::update)
    .status(pod_certificate::status),
    rules(COORDINATION, "Lease", dns_subdomain, scheduling::lease),
    rules(
        COORDINATION,
        "LeaseCandidate",
        scheduling::lease_candidate_name,
        scheduling::lease_candidate,
    )
    .update(scheduling::update_lease_candidate),
    rules(
        "discovery.k8s.io",
        "EndpointSlice",
        dns_subdomain,
        endpoints::slice,
    )
    .update(endpoints::update_slice),
    rules(EVENTS, "Event", dns_subdomain, event::strict)
        .update(event::update)
        .legacy("v1beta1", event::event),
    rules(
        FLOW_CONTROL,
        "FlowSchema",
        dns_subdomain,
        flowcontrol::flow_schema,
    )
    .status(flowcontrol::status),
    rules(
        FLOW_CONTROL,
        "PriorityLevelConfiguration",
        dns_subdomain,
        flowcontrol::priority_level,
    )
    .status(flowcontrol::status),
    rules(
        NETWORKING,
        "IPAddress",
        networking::ip_address_name,
        networking::ip_address,
    )
    .update(networking::update_ip_address),
    rules(NETWORKING, "Ingress", dns_subdomain, networking::ingress)
        .update(networking::update_ingress)
        .status(networking::ingress_status),
    rules(
        NETWORKING,
        "IngressClass",
        dns_subdomain,
        networking::ingress_class,
    )
    .update(networking::update_ingress_class),
    rules(
        NETWORKING,
        "NetworkPolicy",
        dns_subdomain,
        networking::network_policy,
    ),
    rules(
        NETWORKING,
        "ServiceCIDR",
        dns_subdomain,
        networking::service_cidr,
    )
    .update(networking::update_service_cidr),
    rules(
        "node.k8s.io",
        "RuntimeClass",
        dns_subdomain,
        scheduling::runtime_class,
    )
    .update(scheduling::update_runtime_class),
    rules(
        "policy",
        "PodDisruptionBudget",
        path_segment,
        scheduling::pod_disruption_budget,
    )
    .status(scheduling::pod_disruption_budget_status),
    rules(RBAC, "ClusterRole", path_segment, rbac::cluster_role),
    rules(
        RBAC,
        "ClusterRoleBinding",
        path_segment,
        rbac::cluster_role_binding,
    )
    .update(rbac::update_cluster_role_binding),
    rules(RBAC, "Role", path_segment, rbac::role),
    rules(RBAC, "RoleBinding", path_segment, rbac::role_binding).update(rbac::update_role_binding),
    rules(RESOURCE, "DeviceClass", dns_subdomain, devices::class).update(devices::update_class),
    rules(
        RESOURCE,
        "DeviceTaintRule",
        dns_subdomain,
        devices::taint_rule,
    )
    .update(devices::update_taint_rule)
    .status(devices::taint_rule_status),
    rules(RESOURCE, "ResourceClaim", dns_subdomain, devices::claim)
        .update(devices::update_claim)
        .status(devices::update_claim_status),
    rules(
        RESOURCE,
        "ResourceClaimTemplate",
        dns_subdomain,
        devices::template,
    )
    .update(devices::update_template),
    rules(RESOURCE, "ResourceSlice", dns_subdomain, devices::slice).update(devices::update_slice),
    rules(
        "scheduling.k8s.io",
        "PriorityClass",
        dns_subdomain,
        scheduling::priority_class,
    )
    .update(scheduling::update_priority_class),
    rules(STORAGE, "CSIDriver", dns_subdomain, storage::csi_driver)
        .update(storage::update_csi_driver),
    rules(STORAGE, "CSINode", dns_subdomain, storage::csi_node).update(storage::update_csi_node),
    rules(
        STORAGE,
        "CSIStorageCapacity",
        dns_subdomain,
        storage::csi_storage_capacity,
    )
    .update(storage::update_csi_storage_capacity),
    rules(
        STORAGE,
        "StorageClass",
        dns_subdomain,
        storage::storage_class,
    )
    .update(storage::update_storage_class),
    rules(
        STORAGE,
        "VolumeAttachment",
        dns_subdomain,
        storage::volume_attachment,
    )
    .update(storage::update_volume_attachment)
    .status(storage::update_volume_attachment),
    rules(
        STORAGE,
        "VolumeAttributesClass",
        dns_subdomain,
        storage::volume_attributes_class,
    )
    .update(storage::update_volume_attributes_class),
    rules(
        "storagemigration.k8s.io",
        "StorageVersionMigration",
        dns_subdomain,
        storage_migration::migration,
    )
    .update(storage_migration::update)
    .status(storage_migration::status),
];

/// What holds for a kind without a row.
const ANY: Rules = rules("", "", path_segment, nothing);

/// The faults of an object that is to be created, in its stored form, with its defaults and a generated name. `kind` is
/// the version that the client speaks.
pub fn create(kind: &Kind, object: &Value) -> Vec<FieldError> {
    let mut out = Errors::default();
    let rules = find(kind);
    let name = match kind.custom {
        true => dns_subdomain,
        false => rules.name,
    };
    metadata::create(object, kind.namespaced, name, &mut out);
    match rules.legacy {
        Some((version, legacy)) if version == kind.version => legacy(object, &mut out),
        _ => (rules.object)(object, &mut out),
    }
    out.into_list()
}

/// The faults of metadata that every update is refused for, whatever part of the object it changes; the rules of the part
/// find them again.
pub fn every_update(kind: &Kind, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut out = Errors::default();
    metadata::every_update(new, old, kind.namespaced, &mut out);
    out.into_list()
}

/// The faults of an object that is to replace another; both in their stored form, with defaults.
pub fn update(kind: &Kind, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut out = Errors::default();
    let rules = find(kind);
    match rules.update {
        Some(update) => update(new, old, &mut out),
        None => {
            metadata::update(new, old, &mut out);
            (rules.object)(new, &mut out);
        }
    }
    out.forgive_addresses(old);
    out.into_list()
}

/// The faults of a new status; everything else of the object is the old one's.
pub fn update_status(kind: &Kind, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut out = Errors::default();
    match find(kind).status {
        Some(status) => status(new, old, &mut out),
        None => metadata::update(new, old, &mut out),
    }
    out.forgive_addresses(old);
    out.into_list()
}

/// The faults of an approval of a certificate signing request, its `approval` subresource.
pub fn update_approval(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut out = Errors::default();
    certificates::update_approval(new, old, &mut out);
    out.into_list()
}

/// The faults of new ephemeral containers, the pod's `ephemeralcontainers` subresource.
pub fn update_ephemeral_containers(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut out = Errors::default();
    pod::ephemeral_containers(new, old, &mut out);
    out.forgive_addresses(old);
    out.into_list()
}

/// The faults of new resources of a running pod, the pod's `resize` subresource.
pub fn update_resize(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut out = Errors::default();
    pod::resize(new, old, &mut out);
    out.forgive_addresses(old);
    out.into_list()
}

/// The faults of labels or annotations that a conversion has changed.
pub fn converted_metadata(field: &str, value: &Value) -> Vec<FieldError> {
    let mut out = Errors::default();
    let root = path::Path::new("metadata");
    match field {
        "labels" => metadata::labels(value, &root.child("labels"), &mut out),
        // Upstream leaves a letter out.
        _ => metadata::annotations(value, &root.child("annotation"), &mut out),
    }
    out.into_list()
}

/// The faults of a change of metadata alone: what is left to check where the server itself has made the rest.
pub fn update_metadata(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut out = Errors::default();
    metadata::update(new, old, &mut out);
    out.into_list()
}

/// The faults of a scale, the subresource of what has replicas.
pub fn scale(object: &Value) -> Vec<FieldError> {
    let mut out = Errors::default();
    autoscaling::scale(object, &mut out);
    out.into_list()
}

/// The faults of a review of access, which is never stored.
pub fn access_review(kind: &Kind, review: &Value) -> Vec<FieldError> {
    let mut out = Errors::default();
    reviews::access_review(kind.kind, review, &mut out);
    out.into_list()
}

/// The faults of a `fieldManager` parameter.
pub fn field_manager(manager: &str) -> Vec<FieldError> {
    let mut out = Errors::default();
    metadata::field_manager(manager, &path::Path::new("fieldManager"), &mut out);
    out.into_list()
}

/// The faults of the key of an `extra` of a user: a path with a domain before it, such as `acme.io/foo`.
pub fn user_extra_key(key: &str) -> Vec<FieldError> {
    let mut out = Errors::default();
    metadata::domain_prefixed_path(key, &path::Path::new("extra.key"), &mut out);
    out.into_list()
}

/// The row of the kind as the client knows it, or else of what it is stored as: events have more rules in their own group.
fn find(kind: &Kind) -> Rules {
    static ROWS: LazyLock<ByKind<&Rules>> = LazyLock::new(|| {
        let rows = RULES.iter().map(|rules| ((rules.group, rules.kind), rules));
        rows.collect()
    });
    let row = |group| ROWS.get(&(group, kind.kind));
    let found = row(kind.group).or_else(|| row(kind.storage_group));
    found.map_or(ANY, |rules| **rules)
}

//! The defaults that Kubernetes v1.36 puts into an object before it is admitted and stored, kind by kind. What is
//! allocated (cluster addresses, node ports) or decided by admission (priorities, tolerations, service accounts) is
//! not here.

mod admission;
mod apiextensions;
mod apps;
mod autoscaling;
mod batch;
mod certificates;
mod container;
mod core;
mod flowcontrol;
mod networking;
pub(crate) mod pod;
mod rbac;
mod scheduling;
mod service;
mod set;
mod storage;
#[cfg(test)]
mod tests;
mod volume;
mod zero;

use serde_json::Value;
use std::sync::LazyLock;

use crate::kinds::groups::{
    ADMISSION, CERTIFICATES, COORDINATION, FLOW_CONTROL, NETWORKING, RBAC, RESOURCE, STORAGE,
};
use crate::kinds::{ByKind, Kind};

type Defaults = fn(&mut Value);

/// Group, kind and defaults, in that order; kinds without defaults are absent.
static DEFAULTS: &[(&str, &str, Defaults)] = &[
    ("", "Endpoints", core::endpoints),
    ("", "LimitRange", core::limit_range),
    ("", "Namespace", core::namespace),
    ("", "Node", core::node),
    ("", "PersistentVolume", volume::persistent_volume),
    ("", "PersistentVolumeClaim", volume::persistent_volume_claim),
    ("", "Pod", pod::pod),
    ("", "PodTemplate", pod::pod_template),
    ("", "ReplicationController", core::replication_controller),
    ("", "ResourceQuota", core::resource_quota),
    ("", "Secret", core::secret),
    ("", "Service", service::service),
    (ADMISSION, "MutatingAdmissionPolicy", admission::policy),
    (
        ADMISSION,
        "MutatingAdmissionPolicyBinding",
        admission::policy_binding,
    ),
    (
        ADMISSION,
        "MutatingWebhookConfiguration",
        admission::mutating_webhooks,
    ),
    (
        ADMISSION,
        "ValidatingAdmissionPolicy",
        admission::validating_policy,
    ),
    (
        ADMISSION,
        "ValidatingAdmissionPolicyBinding",
        admission::policy_binding,
    ),
    (
        ADMISSION,
        "ValidatingWebhookConfiguration",
        admission::validating_webhooks,
    ),
    (
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        apiextensions::custom_resource_definition,
    ),
    (
        "apiregistration.k8s.io",
        "APIService",
        admission::api_service,
    ),
    ("apps", "DaemonSet", apps::daemon_set),
    ("apps", "Deployment", apps::deployment),
    ("apps", "ReplicaSet", apps::replica_set),
    ("apps", "StatefulSet", apps::stateful_set),
    (
        "autoscaling",
        "HorizontalPodAutoscaler",
        autoscaling::horizontal_pod_autoscaler,
    ),
    ("batch", "CronJob", batch::cron_job),
    ("batch", "Job", batch::job),
    (
        CERTIFICATES,
        "PodCertificateRequest",
        certificates::pod_certificate_request,
    ),
    (COORDINATION, "Lease", scheduling::lease),
    (COORDINATION, "LeaseCandidate", scheduling::lease),
    (
        "discovery.k8s.io",
        "EndpointSlice",
        networking::endpoint_slice,
    ),
    (FLOW_CONTROL, "FlowSchema", flowcontrol::flow_schema),
    (
        FLOW_CONTROL,
        "PriorityLevelConfiguration",
        flowcontrol::priority_level,
    ),
    (NETWORKING, "Ingress", networking::ingress),
    (NETWORKING, "IngressClass", networking::ingress_class),
    (NETWORKING, "NetworkPolicy", networking::network_policy),
    (
        "policy",
        "PodDisruptionBudget",
        scheduling::pod_disruption_budget,
    ),
    (RBAC, "ClusterRoleBinding", rbac::binding),
    (RBAC, "RoleBinding", rbac::binding),
    (RESOURCE, "DeviceClass", scheduling::device_class),
    (RESOURCE, "ResourceClaim", scheduling::resource_claim),
    (
        RESOURCE,
        "ResourceClaimTemplate",
        scheduling::resource_claim_template,
    ),
    (RESOURCE, "ResourceSlice", scheduling::resource_slice),
    (
        "scheduling.k8s.io",
        "PriorityClass",
        scheduling::priority_class,
    ),
    (STORAGE, "CSIDriver", storage::csi_driver),
    (STORAGE, "CSIStorageCapacity", storage::csi_storage_capacity),
    (STORAGE, "StorageClass", storage::storage_class),
    (STORAGE, "VolumeAttachment", storage::volume_attachment),
];

/// Completes an object in its stored form. Defaults never overwrite what is set, and applying them twice changes
/// nothing.
pub fn apply(kind: &Kind, object: &mut Value) {
    if let Some(defaults) = find(kind.storage_group, kind.kind) {
        defaults(object);
    }
    zero::write(kind, object);
}

fn find(group: &str, kind: &str) -> Option<Defaults> {
    static ROWS: LazyLock<ByKind<Defaults>> = LazyLock::new(|| {
        let rows = DEFAULTS.iter().map(|row| ((row.0, row.1), row.2));
        rows.collect()
    });
    ROWS.get(&(group, kind)).copied()
}

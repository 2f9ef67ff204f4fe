//! Tables (`meta.k8s.io/v1` Table): the columns and cells that the server prints for every kind, as upstream's
//! printers do. Kinds that are not in the list of printers have a name and a creation time.

mod admission;
mod apiregistration;
mod apps;
mod autoscaling;
mod batch;
mod cells;
mod certificates;
mod columns;
mod coordination;
mod core;
mod flowcontrol;
mod networking;
mod node;
mod pod;
mod rbac;
mod render;
mod resource;
mod scheduling;
mod service;
mod storage;
#[cfg(test)]
mod tests;
mod volume;

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use self::cells::Cells;
pub use self::columns::Column;
pub(crate) use self::render::assemble;
pub use self::render::{IncludeObject, Options, Rows, partial_metadata};
use self::render::{cells_of, print};
use crate::kinds::Kind;
use crate::kinds::groups::{
    ADMISSION, CERTIFICATES, COORDINATION, FLOW_CONTROL, NETWORKING, RBAC, RESOURCE, STORAGE,
};
use crate::raw::{MANAGED_FIELDS, Node, Parts};

type CellsFn = fn(&Node<'_>, &mut Cells);

/// How one kind is printed.
struct Printer {
    group: &'static str,
    kind: &'static str,
    columns: &'static [Column],
    cells: CellsFn,
    /// Conditions of the row, such as that a pod has completed.
    conditions: Option<fn(&Node<'_>) -> Option<Value>>,
    /// The order of a list, where it is not that of the keys.
    order: Option<fn(&Value, &Value) -> Ordering>,
    /// What the row is made of.
    read: Parts,
}

const fn printer(
    group: &'static str,
    kind: &'static str,
    columns: &'static [Column],
    cells: CellsFn,
) -> Printer {
    Printer {
        group,
        kind,
        columns,
        cells,
        conditions: None,
        order: None,
        // No cell shows them.
        read: Parts::AllBut(&[MANAGED_FIELDS]),
    }
}

/// One row per printed kind, in order of group and kind; legacy versions print as the kind that is stored.
static PRINTERS: &[Printer] = &[
    printer(
        "",
        "ComponentStatus",
        &core::COMPONENT_STATUS,
        core::component_status,
    ),
    printer("", "ConfigMap", &core::CONFIG_MAP, core::config_map),
    printer("", "Endpoints", &service::ENDPOINTS, service::endpoints),
    printer("", "Event", &core::EVENT, core::event),
    printer("", "Namespace", &core::NAMESPACE, core::namespace),
    printer("", "Node", &node::COLUMNS, node::cells),
    printer(
        "",
        "PersistentVolume",
        &volume::PERSISTENT_VOLUME,
        volume::persistent_volume,
    ),
    printer(
        "",
        "PersistentVolumeClaim",
        &volume::PERSISTENT_VOLUME_CLAIM,
        volume::persistent_volume_claim,
    ),
    Printer {
        conditions: Some(pod::conditions),
        read: Parts::Only(pod::READ),
        ..printer("", "Pod", &pod::COLUMNS, pod::cells)
    },
    printer("", "PodTemplate", &core::POD_TEMPLATE, core::pod_template),
    printer(
        "",
        "ReplicationController",
        &core::REPLICATION_CONTROLLER,
        core::replication_controller,
    ),
    printer(
        "",
        "ResourceQuota",
        &core::RESOURCE_QUOTA,
        core::resource_quota,
    ),
    printer("", "Secret", &core::SECRET, core::secret),
    printer("", "Service", &service::SERVICE, service::service),
    printer(
        "",
        "ServiceAccount",
        &columns::NAME_AND_AGE,
        cells::name_and_age,
    ),
    printer(
        ADMISSION,
        "MutatingAdmissionPolicy",
        &admission::MUTATING_POLICY,
        admission::mutating_policy,
    ),
    printer(
        ADMISSION,
        "MutatingAdmissionPolicyBinding",
        &admission::POLICY_BINDING,
        admission::policy_binding,
    ),
    printer(
        ADMISSION,
        "MutatingWebhookConfiguration",
        &admission::WEBHOOKS,
        admission::webhooks,
    ),
    printer(
        ADMISSION,
        "ValidatingAdmissionPolicy",
        &admission::VALIDATING_POLICY,
        admission::validating_policy,
    ),
    printer(
        ADMISSION,
        "ValidatingAdmissionPolicyBinding",
        &admission::POLICY_BINDING,
        admission::policy_binding,
    ),
    printer(
        ADMISSION,
        "ValidatingWebhookConfiguration",
        &admission::WEBHOOKS,
        admission::webhooks,
    ),
    printer(
        "apiregistration.k8s.io",
        "APIService",
        &apiregistration::COLUMNS,
        apiregistration::cells,
    ),
    printer(
        "apps",
        "ControllerRevision",
        &apps::CONTROLLER_REVISION,
        apps::controller_revision,
    ),
    printer("apps", "DaemonSet", &apps::DAEMON_SET, apps::daemon_set),
    printer("apps", "Deployment", &apps::DEPLOYMENT, apps::deployment),
    printer("apps", "ReplicaSet", &apps::REPLICA_SET, apps::replica_set),
    printer(
        "apps",
        "StatefulSet",
        &apps::STATEFUL_SET,
        apps::stateful_set,
    ),
    printer(
        "autoscaling",
        "HorizontalPodAutoscaler",
        &autoscaling::HORIZONTAL_POD_AUTOSCALER,
        autoscaling::horizontal_pod_autoscaler,
    ),
    printer(
        "autoscaling",
        "Scale",
        &autoscaling::SCALE,
        autoscaling::scale,
    ),
    printer("batch", "CronJob", &batch::CRON_JOB, batch::cron_job),
    printer("batch", "Job", &batch::JOB, batch::job),
    printer(
        CERTIFICATES,
        "CertificateSigningRequest",
        &certificates::SIGNING_REQUEST,
        certificates::signing_request,
    ),
    printer(
        CERTIFICATES,
        "ClusterTrustBundle",
        &certificates::CLUSTER_TRUST_BUNDLE,
        certificates::cluster_trust_bundle,
    ),
    printer(
        CERTIFICATES,
        "PodCertificateRequest",
        &certificates::POD_CERTIFICATE_REQUEST,
        certificates::pod_certificate_request,
    ),
    printer(
        COORDINATION,
        "Lease",
        &coordination::LEASE,
        coordination::lease,
    ),
    printer(
        COORDINATION,
        "LeaseCandidate",
        &coordination::LEASE_CANDIDATE,
        coordination::lease_candidate,
    ),
    printer(
        "discovery.k8s.io",
        "EndpointSlice",
        &service::ENDPOINT_SLICE,
        service::endpoint_slice,
    ),
    printer("events.k8s.io", "Event", &core::EVENT, core::event),
    Printer {
        order: Some(flowcontrol::precedence),
        ..printer(
            FLOW_CONTROL,
            "FlowSchema",
            &flowcontrol::FLOW_SCHEMA,
            flowcontrol::flow_schema,
        )
    },
    printer(
        FLOW_CONTROL,
        "PriorityLevelConfiguration",
        &flowcontrol::PRIORITY_LEVEL,
        flowcontrol::priority_level,
    ),
    printer(
        "internal.apiserver.k8s.io",
        "StorageVersion",
        &storage::STORAGE_VERSION,
        storage::storage_version,
    ),
    printer(
        NETWORKING,
        "IPAddress",
        &networking::IP_ADDRESS,
        networking::ip_address,
    ),
    printer(
        NETWORKING,
        "Ingress",
        &networking::INGRESS,
        networking::ingress,
    ),
    printer(
        NETWORKING,
        "IngressClass",
        &networking::INGRESS_CLASS,
        networking::ingress_class,
    ),
    printer(
        NETWORKING,
        "NetworkPolicy",
        &networking::NETWORK_POLICY,
        networking::network_policy,
    ),
    printer(
        NETWORKING,
        "ServiceCIDR",
        &networking::SERVICE_CIDR,
        networking::service_cidr,
    ),
    printer(
        "node.k8s.io",
        "RuntimeClass",
        &scheduling::RUNTIME_CLASS,
        scheduling::runtime_class,
    ),
    printer(
        "policy",
        "PodDisruptionBudget",
        &scheduling::POD_DISRUPTION_BUDGET,
        scheduling::pod_disruption_budget,
    ),
    printer(
        RBAC,
        "ClusterRoleBinding",
        &rbac::CLUSTER_ROLE_BINDING,
        rbac::binding,
    ),
    printer(RBAC, "RoleBinding", &rbac::ROLE_BINDING, rbac::binding),
    printer(
        RESOURCE,
        "DeviceClass",
        &columns::NAME_AND_AGE,
        cells::name_and_age,
    ),
    printer(
        RESOURCE,
        "DeviceTaintRule",
        &resource::TAINT_RULE,
        resource::taint_rule,
    ),
    printer(RESOURCE, "ResourceClaim", &resource::CLAIM, resource::claim),
    printer(
        RESOURCE,
        "ResourceClaimTemplate",
        &columns::NAME_AND_AGE,
        cells::name_and_age,
    ),
    printer(RESOURCE, "ResourceSlice", &resource::SLICE, resource::slice),
    printer(
        "scheduling.k8s.io",
        "PriorityClass",
        &scheduling::PRIORITY_CLASS,
        scheduling::priority_class,
    ),
    printer(
        STORAGE,
        "CSIDriver",
        &storage::CSI_DRIVER,
        storage::csi_driver,
    ),
    printer(STORAGE, "CSINode", &storage::CSI_NODE, storage::csi_node),
    printer(
        STORAGE,
        "CSIStorageCapacity",
        &storage::CSI_STORAGE_CAPACITY,
        storage::csi_storage_capacity,
    ),
    printer(
        STORAGE,
        "StorageClass",
        &storage::STORAGE_CLASS,
        storage::storage_class,
    ),
    printer(
        STORAGE,
        "VolumeAttachment",
        &storage::VOLUME_ATTACHMENT,
        storage::volume_attachment,
    ),
    printer(
        STORAGE,
        "VolumeAttributesClass",
        &storage::VOLUME_ATTRIBUTES_CLASS,
        storage::volume_attributes_class,
    ),
    printer(
        "storagemigration.k8s.io",
        "StorageVersionMigration",
        &storage::STORAGE_VERSION_MIGRATION,
        storage::storage_version_migration,
    ),
];

/// Any other kind: its name and the moment of its creation.
static DEFAULT: Printer = printer("", "", &columns::NAME_AND_CREATED, |object, row| {
    let created = object["metadata"]["creationTimestamp"].to_value();
    row.name(object).push(created);
});

/// The columns of a kind, whichever of its versions is asked for.
pub fn columns(kind: &Kind) -> &'static [Column] {
    find(kind.storage_group, kind.kind).columns
}

/// The cells of one object in its stored form.
pub fn rows(kind: &Kind, object: &Value, now: Timestamp) -> Vec<Value> {
    cells_of(find(kind.storage_group, kind.kind), &object.into(), now)
}

/// Objects in their stored form as a Table.
pub fn table(kind: &Kind, items: Vec<Value>, options: &Options<'_>) -> Value {
    print(find(kind.storage_group, kind.kind), items, options)
}

/// The beginning of an encoded Table and what writes its rows, from encoded objects in their stored form, without
/// decoding what they do not show. `None` where rows hold whole objects or have an order of their own: those are for
/// [`table`].
pub fn encoded(kind: &Kind, options: &Options<'_>) -> Option<serde_json::Result<(Vec<u8>, Rows)>> {
    let printer = find(kind.storage_group, kind.kind);
    let is_simple = printer.order.is_none() && options.include != IncludeObject::Object;
    is_simple.then(|| Rows::begin(printer, options))
}

/// The table of a kind that no row of [`crate::kinds::KINDS`] describes, such as the `Scale` of a subresource.
pub fn table_of(group: &str, kind: &str, items: Vec<Value>, options: &Options<'_>) -> Value {
    print(find(group, kind), items, options)
}

fn find(group: &str, kind: &str) -> &'static Printer {
    let found =
        PRINTERS.binary_search_by(|printer| (printer.group, printer.kind).cmp(&(group, kind)));
    found.map_or(&DEFAULT, |index| &PRINTERS[index])
}

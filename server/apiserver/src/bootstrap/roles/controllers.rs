//! The rights of each controller, for those that run with a service account of their own, as upstream's controller
//! manager does with `--use-service-account-credentials`. One row for each rule; the account is
//! `kube-system/CONTROLLER`, the role and the binding are `system:controller:CONTROLLER`.

use super::R::{self, Named, On};
use super::{APPS, CORE, EVENT, EVENTS, READ};

/// The beginning of the names of roles and bindings.
pub const PREFIX: &str = "system:controller:";

const APPS_EXTENSIONS: &[&str] = &["apps", "extensions"];
const BATCH: &[&str] = &["batch"];
const CERTIFICATES: &[&str] = &["certificates.k8s.io"];
const DISCOVERY: &[&str] = &["discovery.k8s.io"];
const NETWORKING: &[&str] = &["networking.k8s.io"];
const RESOURCE: &[&str] = &["resource.k8s.io"];
const STORAGE: &[&str] = &["storage.k8s.io"];
const ANY: &[&str] = &["*"];
const LIST: &[&str] = &["list", "watch"];
const UPDATE: &[&str] = &["update"];
const PATCH_UPDATE: &[&str] = &["patch", "update"];
const GET_UPDATE: &[&str] = &["get", "list", "update", "watch"];
const GET_DELETE: &[&str] = &["delete", "get", "list", "watch"];
const PODS: &[&str] = &["create", "delete", "list", "patch", "watch"];
const OBJECTS: &[&str] = &["create", "delete", "get", "list", "update", "watch"];
const ALL: &[&str] = &[
    "create", "delete", "get", "list", "patch", "update", "watch",
];

const fn events(controller: &'static str) -> (&'static str, R) {
    (controller, On(EVENT, EVENTS, &["events"]))
}

const ATTACH: &str = "attachdetach-controller";
const CRON: &str = "cronjob-controller";
const DAEMON: &str = "daemon-set-controller";
const DEPLOYMENT: &str = "deployment-controller";
const DISRUPTION: &str = "disruption-controller";
const ENDPOINT: &str = "endpoint-controller";
const SLICE: &str = "endpointslice-controller";
const MIRROR: &str = "endpointslicemirroring-controller";
const EXPAND: &str = "expand-controller";
const EPHEMERAL: &str = "ephemeral-volume-controller";
const CLAIM: &str = "resource-claim-controller";
const TAINT: &str = "device-taint-eviction-controller";
const HPA: &str = "horizontal-pod-autoscaler";
const JOB: &str = "job-controller";
const NAMESPACE: &str = "namespace-controller";
const NODE: &str = "node-controller";
const BINDER: &str = "persistent-volume-binder";
const POD_GC: &str = "pod-garbage-collector";
const REPLICA_SET: &str = "replicaset-controller";
const REPLICATION: &str = "replication-controller";
const QUOTA: &str = "resourcequota-controller";
const CIDRS: &str = "service-cidrs-controller";
const SERVICE: &str = "service-controller";
const STATEFUL: &str = "statefulset-controller";
const CERTIFICATE: &str = "certificate-controller";
const LEGACY: &str = "legacy-service-account-token-cleaner";
const PVC: &str = "pvc-protection-controller";
const CLASS: &str = "volumeattributesclass-protection-controller";
const MIGRATOR: &str = "storage-version-migrator-controller";
const SELINUX: &str = "selinux-warning-controller";

/// Controller and rule; the rules of one controller stand together.
pub const RULES: &[(&str, R)] = &[
    (
        ATTACH,
        On(LIST, CORE, &["persistentvolumeclaims", "persistentvolumes"]),
    ),
    (ATTACH, On(READ, CORE, &["nodes"])),
    (ATTACH, On(PATCH_UPDATE, CORE, &["nodes/status"])),
    (ATTACH, On(LIST, CORE, &["pods"])),
    events(ATTACH),
    (
        ATTACH,
        On(
            &["create", "delete", "get", "list", "watch"],
            STORAGE,
            &["volumeattachments"],
        ),
    ),
    (ATTACH, On(READ, STORAGE, &["csidrivers"])),
    (ATTACH, On(READ, STORAGE, &["csinodes"])),
    (
        "clusterrole-aggregation-controller",
        On(
            &["escalate", "get", "list", "patch", "update", "watch"],
            &["rbac.authorization.k8s.io"],
            &["clusterroles"],
        ),
    ),
    (CRON, On(GET_UPDATE, BATCH, &["cronjobs"])),
    (CRON, On(ALL, BATCH, &["jobs"])),
    (CRON, On(UPDATE, BATCH, &["cronjobs/status"])),
    (CRON, On(UPDATE, BATCH, &["cronjobs/finalizers"])),
    (CRON, On(&["delete", "list", "watch"], CORE, &["pods"])),
    events(CRON),
    (DAEMON, On(READ, APPS_EXTENSIONS, &["daemonsets"])),
    (DAEMON, On(UPDATE, APPS_EXTENSIONS, &["daemonsets/status"])),
    (
        DAEMON,
        On(UPDATE, APPS_EXTENSIONS, &["daemonsets/finalizers"]),
    ),
    (DAEMON, On(LIST, CORE, &["nodes"])),
    (DAEMON, On(PODS, CORE, &["pods"])),
    (DAEMON, On(&["create"], CORE, &["pods/binding"])),
    (DAEMON, On(ALL, APPS, &["controllerrevisions"])),
    events(DAEMON),
    (
        DEPLOYMENT,
        On(GET_UPDATE, APPS_EXTENSIONS, &["deployments"]),
    ),
    (
        DEPLOYMENT,
        On(UPDATE, APPS_EXTENSIONS, &["deployments/status"]),
    ),
    (
        DEPLOYMENT,
        On(UPDATE, APPS_EXTENSIONS, &["deployments/finalizers"]),
    ),
    (DEPLOYMENT, On(ALL, APPS_EXTENSIONS, &["replicasets"])),
    (DEPLOYMENT, On(GET_UPDATE, CORE, &["pods"])),
    events(DEPLOYMENT),
    (DISRUPTION, On(READ, APPS_EXTENSIONS, &["deployments"])),
    (DISRUPTION, On(READ, APPS_EXTENSIONS, &["replicasets"])),
    (DISRUPTION, On(READ, CORE, &["replicationcontrollers"])),
    (DISRUPTION, On(READ, &["policy"], &["poddisruptionbudgets"])),
    (DISRUPTION, On(READ, APPS, &["statefulsets"])),
    (
        DISRUPTION,
        On(UPDATE, &["policy"], &["poddisruptionbudgets/status"]),
    ),
    (DISRUPTION, On(PATCH_UPDATE, CORE, &["pods/status"])),
    (DISRUPTION, On(&["get"], ANY, &["*/scale"])),
    events(DISRUPTION),
    (ENDPOINT, On(READ, CORE, &["pods", "services"])),
    (ENDPOINT, On(OBJECTS, CORE, &["endpoints"])),
    (ENDPOINT, On(&["create"], CORE, &["endpoints/restricted"])),
    events(ENDPOINT),
    (SLICE, On(READ, CORE, &["nodes", "pods", "services"])),
    (SLICE, On(UPDATE, CORE, &["services/finalizers"])),
    (SLICE, On(OBJECTS, DISCOVERY, &["endpointslices"])),
    events(SLICE),
    (MIRROR, On(READ, CORE, &["endpoints", "services"])),
    (MIRROR, On(UPDATE, CORE, &["services/finalizers"])),
    (MIRROR, On(UPDATE, CORE, &["endpoints/finalizers"])),
    (MIRROR, On(OBJECTS, DISCOVERY, &["endpointslices"])),
    events(MIRROR),
    (
        EXPAND,
        On(
            &["get", "list", "patch", "update", "watch"],
            CORE,
            &["persistentvolumes"],
        ),
    ),
    (
        EXPAND,
        On(PATCH_UPDATE, CORE, &["persistentvolumeclaims/status"]),
    ),
    (EXPAND, On(READ, CORE, &["persistentvolumeclaims"])),
    events(EXPAND),
    (EXPAND, On(&["get"], CORE, &["services"])),
    (EPHEMERAL, On(READ, CORE, &["pods"])),
    (EPHEMERAL, On(UPDATE, CORE, &["pods/finalizers"])),
    (
        EPHEMERAL,
        On(
            &["create", "get", "list", "watch"],
            CORE,
            &["persistentvolumeclaims"],
        ),
    ),
    events(EPHEMERAL),
    (CLAIM, On(READ, CORE, &["pods"])),
    (CLAIM, On(UPDATE, CORE, &["pods/finalizers"])),
    (
        CLAIM,
        On(
            &["create", "delete", "get", "list", "watch"],
            RESOURCE,
            &["resourceclaims"],
        ),
    ),
    (
        CLAIM,
        On(
            PATCH_UPDATE,
            RESOURCE,
            &["resourceclaims", "resourceclaims/status"],
        ),
    ),
    (CLAIM, On(PATCH_UPDATE, CORE, &["pods/status"])),
    events(CLAIM),
    (TAINT, On(GET_DELETE, CORE, &["pods"])),
    (TAINT, On(PATCH_UPDATE, CORE, &["pods/status"])),
    (TAINT, On(READ, RESOURCE, &["resourceclaims"])),
    (TAINT, On(READ, RESOURCE, &["resourceslices"])),
    (TAINT, On(READ, RESOURCE, &["deviceclasses"])),
    (TAINT, On(READ, RESOURCE, &["devicetaintrules"])),
    events(TAINT),
    (
        "generic-garbage-collector",
        On(
            &["delete", "get", "list", "patch", "update", "watch"],
            ANY,
            &["*"],
        ),
    ),
    events("generic-garbage-collector"),
    (
        HPA,
        On(READ, &["autoscaling"], &["horizontalpodautoscalers"]),
    ),
    (
        HPA,
        On(
            UPDATE,
            &["autoscaling"],
            &["horizontalpodautoscalers/status"],
        ),
    ),
    (HPA, On(&["get", "update"], ANY, &["*/scale"])),
    (HPA, On(LIST, CORE, &["pods"])),
    (HPA, On(LIST, &["metrics.k8s.io"], &["pods"])),
    (HPA, On(READ, &["custom.metrics.k8s.io"], &["*"])),
    (HPA, On(READ, &["external.metrics.k8s.io"], &["*"])),
    events(HPA),
    (
        JOB,
        On(
            &["get", "list", "patch", "update", "watch"],
            BATCH,
            &["jobs"],
        ),
    ),
    (JOB, On(UPDATE, BATCH, &["jobs/status"])),
    (JOB, On(UPDATE, BATCH, &["jobs/finalizers"])),
    (JOB, On(PODS, CORE, &["pods"])),
    events(JOB),
    (NAMESPACE, On(GET_DELETE, CORE, &["namespaces"])),
    (
        NAMESPACE,
        On(UPDATE, CORE, &["namespaces/finalize", "namespaces/status"]),
    ),
    (
        NAMESPACE,
        On(
            &["delete", "deletecollection", "get", "list", "watch"],
            ANY,
            &["*"],
        ),
    ),
    (
        NODE,
        On(
            &["delete", "get", "list", "patch", "update", "watch"],
            CORE,
            &["nodes"],
        ),
    ),
    (NODE, On(PATCH_UPDATE, CORE, &["nodes/status"])),
    (NODE, On(PATCH_UPDATE, CORE, &["pods/status"])),
    (NODE, On(GET_DELETE, CORE, &["pods"])),
    events(NODE),
    (BINDER, On(OBJECTS, CORE, &["persistentvolumes"])),
    (BINDER, On(UPDATE, CORE, &["persistentvolumes/status"])),
    (BINDER, On(GET_UPDATE, CORE, &["persistentvolumeclaims"])),
    (BINDER, On(UPDATE, CORE, &["persistentvolumeclaims/status"])),
    (
        BINDER,
        On(
            &["create", "delete", "get", "list", "watch"],
            CORE,
            &["pods"],
        ),
    ),
    (BINDER, On(READ, STORAGE, &["storageclasses"])),
    (BINDER, On(LIST, CORE, &["nodes"])),
    events(BINDER),
    (BINDER, On(&["watch"], CORE, &["events"])),
    (BINDER, On(&["get"], CORE, &["services"])),
    (POD_GC, On(&["delete", "list", "watch"], CORE, &["pods"])),
    (POD_GC, On(READ, CORE, &["nodes"])),
    (POD_GC, On(&["patch"], CORE, &["pods/status"])),
    (
        REPLICA_SET,
        On(GET_UPDATE, APPS_EXTENSIONS, &["replicasets"]),
    ),
    (
        REPLICA_SET,
        On(UPDATE, APPS_EXTENSIONS, &["replicasets/status"]),
    ),
    (
        REPLICA_SET,
        On(UPDATE, APPS_EXTENSIONS, &["replicasets/finalizers"]),
    ),
    (REPLICA_SET, On(PODS, CORE, &["pods"])),
    events(REPLICA_SET),
    (
        REPLICATION,
        On(GET_UPDATE, CORE, &["replicationcontrollers"]),
    ),
    (
        REPLICATION,
        On(UPDATE, CORE, &["replicationcontrollers/status"]),
    ),
    (
        REPLICATION,
        On(UPDATE, CORE, &["replicationcontrollers/finalizers"]),
    ),
    (REPLICATION, On(PODS, CORE, &["pods"])),
    events(REPLICATION),
    (QUOTA, On(LIST, ANY, &["*"])),
    (QUOTA, On(UPDATE, CORE, &["resourcequotas/status"])),
    events(QUOTA),
    ("route-controller", On(LIST, CORE, &["nodes"])),
    ("route-controller", On(&["patch"], CORE, &["nodes/status"])),
    events("route-controller"),
    (
        "service-account-controller",
        On(&["create"], CORE, &["serviceaccounts"]),
    ),
    events("service-account-controller"),
    (SERVICE, On(READ, CORE, &["services"])),
    (SERVICE, On(PATCH_UPDATE, CORE, &["services/status"])),
    (SERVICE, On(LIST, CORE, &["nodes"])),
    events(SERVICE),
    (
        CIDRS,
        On(
            &["get", "list", "patch", "update", "watch"],
            NETWORKING,
            &["servicecidrs"],
        ),
    ),
    (
        CIDRS,
        On(PATCH_UPDATE, NETWORKING, &["servicecidrs/finalizers"]),
    ),
    (
        CIDRS,
        On(PATCH_UPDATE, NETWORKING, &["servicecidrs/status"]),
    ),
    (CIDRS, On(READ, NETWORKING, &["ipaddresses"])),
    events(CIDRS),
    (STATEFUL, On(LIST, CORE, &["pods"])),
    (STATEFUL, On(READ, APPS, &["statefulsets"])),
    (STATEFUL, On(UPDATE, APPS, &["statefulsets/status"])),
    (STATEFUL, On(UPDATE, APPS, &["statefulsets/finalizers"])),
    (
        STATEFUL,
        On(
            &["create", "delete", "get", "patch", "update"],
            CORE,
            &["pods"],
        ),
    ),
    (STATEFUL, On(ALL, APPS, &["controllerrevisions"])),
    (
        STATEFUL,
        On(
            &["create", "get", "list", "watch"],
            CORE,
            &["persistentvolumeclaims"],
        ),
    ),
    (
        STATEFUL,
        On(&["delete", "update"], CORE, &["persistentvolumeclaims"]),
    ),
    (STATEFUL, On(UPDATE, CORE, &["pods/finalizers"])),
    events(STATEFUL),
    (
        "ttl-controller",
        On(&["list", "patch", "update", "watch"], CORE, &["nodes"]),
    ),
    events("ttl-controller"),
    (
        CERTIFICATE,
        On(GET_DELETE, CERTIFICATES, &["certificatesigningrequests"]),
    ),
    (
        CERTIFICATE,
        On(
            UPDATE,
            CERTIFICATES,
            &[
                "certificatesigningrequests/approval",
                "certificatesigningrequests/status",
            ],
        ),
    ),
    (
        CERTIFICATE,
        Named(
            &["approve"],
            CERTIFICATES,
            &["signers"],
            &["kubernetes.io/kube-apiserver-client-kubelet"],
        ),
    ),
    (
        CERTIFICATE,
        Named(
            &["sign"],
            CERTIFICATES,
            &["signers"],
            &[
                "kubernetes.io/kube-apiserver-client",
                "kubernetes.io/kube-apiserver-client-kubelet",
                "kubernetes.io/kubelet-serving",
                "kubernetes.io/legacy-unknown",
            ],
        ),
    ),
    (
        CERTIFICATE,
        On(
            &["create"],
            &["authorization.k8s.io"],
            &["subjectaccessreviews"],
        ),
    ),
    events(CERTIFICATE),
    (
        "podcertificaterequestcleaner",
        On(GET_DELETE, CERTIFICATES, &["podcertificaterequests"]),
    ),
    (PVC, On(GET_UPDATE, CORE, &["persistentvolumeclaims"])),
    (PVC, On(READ, CORE, &["pods"])),
    events(PVC),
    (
        "pv-protection-controller",
        On(GET_UPDATE, CORE, &["persistentvolumes"]),
    ),
    events("pv-protection-controller"),
    (CLASS, On(READ, CORE, &["persistentvolumeclaims"])),
    (CLASS, On(READ, CORE, &["persistentvolumes"])),
    (CLASS, On(GET_UPDATE, STORAGE, &["volumeattributesclasses"])),
    events(CLASS),
    (
        "ttl-after-finished-controller",
        On(GET_DELETE, BATCH, &["jobs"]),
    ),
    events("ttl-after-finished-controller"),
    (
        "root-ca-cert-publisher",
        On(&["create", "update"], CORE, &["configmaps"]),
    ),
    events("root-ca-cert-publisher"),
    (
        "validatingadmissionpolicy-status-controller",
        On(
            READ,
            &["admissionregistration.k8s.io"],
            &["validatingadmissionpolicies"],
        ),
    ),
    (
        "validatingadmissionpolicy-status-controller",
        On(
            &["get", "patch", "update"],
            &["admissionregistration.k8s.io"],
            &["validatingadmissionpolicies/status"],
        ),
    ),
    events("validatingadmissionpolicy-status-controller"),
    (
        LEGACY,
        Named(
            &["get"],
            CORE,
            &["configmaps"],
            &["kube-apiserver-legacy-service-account-token-tracking"],
        ),
    ),
    (LEGACY, On(&["delete", "patch"], CORE, &["secrets"])),
    (
        MIGRATOR,
        On(&["create", "list", "patch", "watch"], ANY, &["*"]),
    ),
    (
        MIGRATOR,
        On(
            UPDATE,
            &["storagemigration.k8s.io"],
            &["storageversionmigrations/status"],
        ),
    ),
    events(SELINUX),
    (SELINUX, On(READ, CORE, &["persistentvolumes"])),
    (SELINUX, On(READ, CORE, &["persistentvolumeclaims"])),
    (SELINUX, On(READ, CORE, &["pods"])),
    (SELINUX, On(READ, STORAGE, &["csidrivers"])),
];

/// The controllers with their rules.
pub fn by_controller() -> Vec<(&'static str, Vec<&'static R>)> {
    let mut all: Vec<(&str, Vec<&R>)> = Vec::new();
    for (controller, rule) in RULES {
        match all.last_mut() {
            Some((last, rules)) if last == controller => rules.push(rule),
            _ => all.push((controller, vec![rule])),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_a_controller_stand_together() {
        let mut names: Vec<&str> = by_controller().iter().map(|(name, _)| *name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}

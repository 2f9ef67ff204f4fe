//! What the components of the control plane and of the nodes may do.

use super::R::{self, Named, On, Paths};
use super::{APPS, CORE, EVENT, EVENTS, READ, READ_UPDATE};

pub const AUTH_DELEGATION: &[R] = &[
    On(&["create"], &["authentication.k8s.io"], &["tokenreviews"]),
    On(
        &["create"],
        &["authorization.k8s.io"],
        &["subjectaccessreviews"],
    ),
];

/// What one identity for all controllers needs: the garbage collector and the namespace controller read and delete
/// everything; the others create what they own.
pub const CONTROLLER_MANAGER: &[R] = &[
    On(
        &[
            "delete",
            "deletecollection",
            "get",
            "list",
            "patch",
            "update",
            "watch",
        ],
        &["*"],
        &["*"],
    ),
    On(EVENT, EVENTS, &["events"]),
    On(
        &["create"],
        CORE,
        &[
            "configmaps",
            "endpoints",
            "persistentvolumeclaims",
            "persistentvolumes",
            "pods",
            "secrets",
            "serviceaccounts",
            "serviceaccounts/token",
            "pods/eviction",
        ],
    ),
    On(&["create"], &["coordination.k8s.io"], &["leases"]),
    On(&["create"], &["discovery.k8s.io"], &["endpointslices"]),
    On(&["create"], APPS, &["controllerrevisions", "replicasets"]),
    On(&["create"], &["batch"], &["jobs"]),
    On(&["create"], &["resource.k8s.io"], &["resourceclaims"]),
    On(&["create"], &["storage.k8s.io"], &["volumeattachments"]),
    On(&["approve", "sign"], &["certificates.k8s.io"], &["signers"]),
    On(
        &["escalate"],
        &["rbac.authorization.k8s.io"],
        &["clusterroles"],
    ),
    Paths(&["get"], &["*"]),
];

pub const SCHEDULER: &[R] = &[
    On(EVENT, EVENTS, &["events"]),
    On(&["create"], &["coordination.k8s.io"], &["leases"]),
    Named(
        &["get", "list", "update", "watch"],
        &["coordination.k8s.io"],
        &["leases"],
        &["kube-scheduler"],
    ),
    On(READ, CORE, &["nodes", "namespaces"]),
    On(&["delete", "get", "list", "watch"], CORE, &["pods"]),
    On(&["create"], CORE, &["bindings", "pods/binding"]),
    On(&["patch", "update"], CORE, &["pods/status"]),
    On(READ, CORE, &["replicationcontrollers", "services"]),
    On(
        READ,
        &["apps", "extensions"],
        &["replicasets", "statefulsets"],
    ),
    On(READ, &["policy"], &["poddisruptionbudgets"]),
    On(
        READ_UPDATE,
        CORE,
        &["persistentvolumeclaims", "persistentvolumes"],
    ),
    On(READ, &["scheduling.k8s.io"], &["priorityclasses"]),
    On(
        READ,
        &["storage.k8s.io"],
        &[
            "csidrivers",
            "csinodes",
            "csistoragecapacities",
            "storageclasses",
            "volumeattachments",
        ],
    ),
    On(
        READ_UPDATE,
        &["resource.k8s.io"],
        &["resourceclaims", "resourceclaims/status"],
    ),
    On(
        READ,
        &["resource.k8s.io"],
        &["deviceclasses", "resourceslices", "devicetaintrules"],
    ),
];

pub const NODE_PROXIER: &[R] = &[
    On(READ, CORE, &["endpoints", "services"]),
    On(READ, CORE, &["nodes"]),
    On(EVENT, EVENTS, &["events"]),
    On(READ, &["discovery.k8s.io"], &["endpointslices"]),
    On(READ, &["networking.k8s.io"], &["servicecidrs"]),
];

/// What nodes need. Nobody is bound to it: the node authorizer permits them what of it concerns them.
pub const NODE: &[R] = &[
    On(&["create"], &["authentication.k8s.io"], &["tokenreviews"]),
    On(
        &["create"],
        &["authorization.k8s.io"],
        &["localsubjectaccessreviews", "subjectaccessreviews"],
    ),
    On(READ, CORE, &["services"]),
    On(&["create", "get", "list", "watch"], CORE, &["nodes"]),
    On(&["patch", "update"], CORE, &["nodes/status"]),
    On(&["patch", "update"], CORE, &["nodes"]),
    On(EVENT, EVENTS, &["events"]),
    On(READ, CORE, &["pods"]),
    On(&["create", "delete"], CORE, &["pods"]),
    On(&["patch", "update"], CORE, &["pods/status"]),
    On(&["create"], CORE, &["pods/eviction"]),
    On(READ, CORE, &["configmaps", "secrets"]),
    On(
        &["get"],
        CORE,
        &["persistentvolumeclaims", "persistentvolumes"],
    ),
    On(&["get"], CORE, &["endpoints"]),
    On(
        &["create", "get", "list", "watch"],
        &["certificates.k8s.io"],
        &["certificatesigningrequests"],
    ),
    On(
        &["create", "delete", "get", "patch", "update"],
        &["coordination.k8s.io"],
        &["leases"],
    ),
    On(&["get"], &["storage.k8s.io"], &["volumeattachments"]),
    On(&["create"], CORE, &["serviceaccounts/token"]),
    On(
        &["get", "patch", "update"],
        CORE,
        &["persistentvolumeclaims/status"],
    ),
    On(READ, &["storage.k8s.io"], &["csidrivers"]),
    On(
        &["create", "delete", "get", "patch", "update"],
        &["storage.k8s.io"],
        &["csinodes"],
    ),
    On(READ, &["node.k8s.io"], &["runtimeclasses"]),
    On(&["get"], &["resource.k8s.io"], &["resourceclaims"]),
    On(
        &["deletecollection"],
        &["resource.k8s.io"],
        &["resourceslices"],
    ),
    On(
        &[
            "create", "delete", "get", "list", "patch", "update", "watch",
        ],
        &["resource.k8s.io"],
        &["resourceslices"],
    ),
    On(READ, &["certificates.k8s.io"], &["clustertrustbundles"]),
    On(
        &["create", "get", "list", "watch"],
        &["certificates.k8s.io"],
        &["podcertificaterequests"],
    ),
];

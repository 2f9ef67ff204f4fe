//! What people may do: the parts of `admin`, `edit` and `view`.

use super::R::{self, On};
use super::{APPS, CORE, READ, READ_WRITE, WRITE};

pub const VIEW: &[R] = &[
    On(
        READ,
        CORE,
        &[
            "configmaps",
            "endpoints",
            "persistentvolumeclaims",
            "persistentvolumeclaims/status",
            "pods",
            "replicationcontrollers",
            "replicationcontrollers/scale",
            "serviceaccounts",
            "services",
            "services/status",
        ],
    ),
    On(
        READ,
        CORE,
        &[
            "bindings",
            "events",
            "limitranges",
            "namespaces/status",
            "pods/log",
            "pods/status",
            "replicationcontrollers/status",
            "resourcequotas",
            "resourcequotas/status",
        ],
    ),
    On(READ, CORE, &["namespaces"]),
    On(READ, &["discovery.k8s.io"], &["endpointslices"]),
    On(
        READ,
        APPS,
        &[
            "controllerrevisions",
            "daemonsets",
            "daemonsets/status",
            "deployments",
            "deployments/scale",
            "deployments/status",
            "replicasets",
            "replicasets/scale",
            "replicasets/status",
            "statefulsets",
            "statefulsets/scale",
            "statefulsets/status",
        ],
    ),
    On(
        READ,
        &["autoscaling"],
        &[
            "horizontalpodautoscalers",
            "horizontalpodautoscalers/status",
        ],
    ),
    On(
        READ,
        &["batch"],
        &["cronjobs", "cronjobs/status", "jobs", "jobs/status"],
    ),
    On(
        READ,
        &["extensions"],
        &[
            "daemonsets",
            "daemonsets/status",
            "deployments",
            "deployments/scale",
            "deployments/status",
            "ingresses",
            "ingresses/status",
            "networkpolicies",
            "replicasets",
            "replicasets/scale",
            "replicasets/status",
            "replicationcontrollers/scale",
        ],
    ),
    On(
        READ,
        &["policy"],
        &["poddisruptionbudgets", "poddisruptionbudgets/status"],
    ),
    On(
        READ,
        &["networking.k8s.io"],
        &["ingresses", "ingresses/status", "networkpolicies"],
    ),
];

pub const EDIT: &[R] = &[
    On(
        READ,
        CORE,
        &[
            "pods/attach",
            "pods/exec",
            "pods/portforward",
            "pods/proxy",
            "secrets",
            "services/proxy",
        ],
    ),
    On(&["impersonate"], CORE, &["serviceaccounts"]),
    On(
        WRITE,
        CORE,
        &[
            "pods",
            "pods/attach",
            "pods/exec",
            "pods/portforward",
            "pods/proxy",
        ],
    ),
    On(&["create"], CORE, &["pods/eviction"]),
    On(
        WRITE,
        CORE,
        &[
            "configmaps",
            "events",
            "persistentvolumeclaims",
            "replicationcontrollers",
            "replicationcontrollers/scale",
            "secrets",
            "serviceaccounts",
            "services",
            "services/proxy",
        ],
    ),
    On(&["create"], CORE, &["serviceaccounts/token"]),
    On(
        WRITE,
        APPS,
        &[
            "daemonsets",
            "deployments",
            "deployments/rollback",
            "deployments/scale",
            "replicasets",
            "replicasets/scale",
            "statefulsets",
            "statefulsets/scale",
        ],
    ),
    On(WRITE, &["autoscaling"], &["horizontalpodautoscalers"]),
    On(WRITE, &["batch"], &["cronjobs", "jobs"]),
    On(
        WRITE,
        &["extensions"],
        &[
            "daemonsets",
            "deployments",
            "deployments/rollback",
            "deployments/scale",
            "ingresses",
            "networkpolicies",
            "replicasets",
            "replicasets/scale",
            "replicationcontrollers/scale",
        ],
    ),
    On(WRITE, &["policy"], &["poddisruptionbudgets"]),
    On(
        WRITE,
        &["networking.k8s.io"],
        &["ingresses", "networkpolicies"],
    ),
    On(READ_WRITE, &["coordination.k8s.io"], &["leases"]),
];

pub const ADMIN: &[R] = &[
    On(
        &["create"],
        &["authorization.k8s.io"],
        &["localsubjectaccessreviews"],
    ),
    On(
        READ_WRITE,
        &["rbac.authorization.k8s.io"],
        &["rolebindings", "roles"],
    ),
];

/// What nodes and pods use: the role that metrics-server brings along, for those that are served without it.
pub const METRICS: &[R] = &[On(READ, &["metrics.k8s.io"], &["nodes", "pods"])];

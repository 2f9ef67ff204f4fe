//! The kinds of the core group (`v1`).

use super::{
    ALL, CONNECT, CREATE, Kind, PROXY, READ_WRITE, SCALE, cluster, deprecated, namespaced, status,
    subresource,
};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        verbs: CREATE,
        ..namespaced(
            "",
            "v1",
            "Binding",
            "bindings",
            "binding",
            "io.k8s.api.core.v1.Binding",
        )
    },
    Kind {
        short_names: &["cs"],
        verbs: &["get", "list"],
        deprecated: Some(deprecated("1.19", "", "")),
        ..cluster(
            "",
            "v1",
            "ComponentStatus",
            "componentstatuses",
            "componentstatus",
            "io.k8s.api.core.v1.ComponentStatus",
        )
    },
    Kind {
        short_names: &["cm"],
        ..namespaced(
            "",
            "v1",
            "ConfigMap",
            "configmaps",
            "configmap",
            "io.k8s.api.core.v1.ConfigMap",
        )
    },
    Kind {
        short_names: &["ep"],
        storage_prefix: "services/endpoints",
        deprecated: Some(deprecated("1.33", "", "discovery.k8s.io/v1 EndpointSlice")),
        ..namespaced(
            "",
            "v1",
            "Endpoints",
            "endpoints",
            "endpoints",
            "io.k8s.api.core.v1.Endpoints",
        )
    },
    Kind {
        short_names: &["ev"],
        selectable_fields: &[
            "involvedObject.apiVersion",
            "involvedObject.fieldPath",
            "involvedObject.kind",
            "involvedObject.name",
            "involvedObject.namespace",
            "involvedObject.resourceVersion",
            "involvedObject.uid",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        ..namespaced(
            "",
            "v1",
            "Event",
            "events",
            "event",
            "io.k8s.api.core.v1.Event",
        )
    },
    Kind {
        short_names: &["limits"],
        ..namespaced(
            "",
            "v1",
            "LimitRange",
            "limitranges",
            "limitrange",
            "io.k8s.api.core.v1.LimitRange",
        )
    },
    Kind {
        short_names: &["ns"],
        verbs: &[
            "create", "delete", "get", "list", "patch", "update", "watch",
        ],
        subresources: &[
            subresource("finalize", "", "v1", "Namespace", &["update"]),
            status("", "v1", "Namespace"),
        ],
        selectable_fields: &["status.phase"],
        ..cluster(
            "",
            "v1",
            "Namespace",
            "namespaces",
            "namespace",
            "io.k8s.api.core.v1.Namespace",
        )
    },
    Kind {
        short_names: &["no"],
        subresources: &[
            subresource("proxy", "", "v1", "NodeProxyOptions", PROXY),
            status("", "v1", "Node"),
        ],
        storage_prefix: "minions",
        selectable_fields: &["spec.unschedulable"],
        ..cluster("", "v1", "Node", "nodes", "node", "io.k8s.api.core.v1.Node")
    },
    Kind {
        short_names: &["pvc"],
        subresources: &[status("", "v1", "PersistentVolumeClaim")],
        ..namespaced(
            "",
            "v1",
            "PersistentVolumeClaim",
            "persistentvolumeclaims",
            "persistentvolumeclaim",
            "io.k8s.api.core.v1.PersistentVolumeClaim",
        )
    },
    Kind {
        short_names: &["pv"],
        subresources: &[status("", "v1", "PersistentVolume")],
        ..cluster(
            "",
            "v1",
            "PersistentVolume",
            "persistentvolumes",
            "persistentvolume",
            "io.k8s.api.core.v1.PersistentVolume",
        )
    },
    Kind {
        short_names: &["po"],
        categories: ALL,
        subresources: &[
            subresource("attach", "", "v1", "PodAttachOptions", CONNECT),
            subresource("binding", "", "v1", "Binding", CREATE),
            subresource("ephemeralcontainers", "", "v1", "Pod", READ_WRITE),
            subresource("eviction", "policy", "v1", "Eviction", CREATE),
            subresource("exec", "", "v1", "PodExecOptions", CONNECT),
            subresource("log", "", "v1", "Pod", &["get"]),
            subresource("portforward", "", "v1", "PodPortForwardOptions", CONNECT),
            subresource("proxy", "", "v1", "PodProxyOptions", PROXY),
            subresource("resize", "", "v1", "Pod", READ_WRITE),
            status("", "v1", "Pod"),
        ],
        selectable_fields: &[
            "spec.hostNetwork",
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "status.nominatedNodeName",
            "status.phase",
            "status.podIP",
        ],
        ..namespaced("", "v1", "Pod", "pods", "pod", "io.k8s.api.core.v1.Pod")
    },
    namespaced(
        "",
        "v1",
        "PodTemplate",
        "podtemplates",
        "podtemplate",
        "io.k8s.api.core.v1.PodTemplate",
    ),
    Kind {
        short_names: &["rc"],
        categories: ALL,
        subresources: &[SCALE, status("", "v1", "ReplicationController")],
        storage_prefix: "controllers",
        selectable_fields: &["status.replicas"],
        ..namespaced(
            "",
            "v1",
            "ReplicationController",
            "replicationcontrollers",
            "replicationcontroller",
            "io.k8s.api.core.v1.ReplicationController",
        )
    },
    Kind {
        short_names: &["quota"],
        subresources: &[status("", "v1", "ResourceQuota")],
        ..namespaced(
            "",
            "v1",
            "ResourceQuota",
            "resourcequotas",
            "resourcequota",
            "io.k8s.api.core.v1.ResourceQuota",
        )
    },
    Kind {
        selectable_fields: &["type"],
        ..namespaced(
            "",
            "v1",
            "Secret",
            "secrets",
            "secret",
            "io.k8s.api.core.v1.Secret",
        )
    },
    Kind {
        short_names: &["sa"],
        subresources: &[subresource(
            "token",
            "authentication.k8s.io",
            "v1",
            "TokenRequest",
            CREATE,
        )],
        ..namespaced(
            "",
            "v1",
            "ServiceAccount",
            "serviceaccounts",
            "serviceaccount",
            "io.k8s.api.core.v1.ServiceAccount",
        )
    },
    Kind {
        short_names: &["svc"],
        categories: ALL,
        subresources: &[
            subresource("proxy", "", "v1", "ServiceProxyOptions", PROXY),
            status("", "v1", "Service"),
        ],
        storage_prefix: "services/specs",
        selectable_fields: &["spec.clusterIP", "spec.type"],
        ..namespaced(
            "",
            "v1",
            "Service",
            "services",
            "service",
            "io.k8s.api.core.v1.Service",
        )
    },
];

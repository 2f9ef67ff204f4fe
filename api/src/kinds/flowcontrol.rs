//! The kinds of `flowcontrol.apiserver.k8s.io`.

use super::{Kind, cluster, status};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        subresources: &[status("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema")],
        ..cluster(
            "flowcontrol.apiserver.k8s.io",
            "v1",
            "FlowSchema",
            "flowschemas",
            "flowschema",
            "io.k8s.api.flowcontrol.v1.FlowSchema",
        )
    },
    Kind {
        subresources: &[status(
            "flowcontrol.apiserver.k8s.io",
            "v1",
            "PriorityLevelConfiguration",
        )],
        ..cluster(
            "flowcontrol.apiserver.k8s.io",
            "v1",
            "PriorityLevelConfiguration",
            "prioritylevelconfigurations",
            "prioritylevelconfiguration",
            "io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration",
        )
    },
];

//! The kinds of `flowcontrol.apiserver.k8s.io`.

use super::{Kind, cluster, deprecated, status};

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
    Kind {
        subresources: &[status(
            "flowcontrol.apiserver.k8s.io",
            "v1beta1",
            "FlowSchema",
        )],
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.23",
            "1.26",
            "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema",
        )),
        ..cluster(
            "flowcontrol.apiserver.k8s.io",
            "v1beta1",
            "FlowSchema",
            "flowschemas",
            "flowschema",
            "io.k8s.api.flowcontrol.v1beta1.FlowSchema",
        )
    },
    Kind {
        subresources: &[status(
            "flowcontrol.apiserver.k8s.io",
            "v1beta1",
            "PriorityLevelConfiguration",
        )],
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.23",
            "1.26",
            "flowcontrol.apiserver.k8s.io/v1beta3 PriorityLevelConfiguration",
        )),
        ..cluster(
            "flowcontrol.apiserver.k8s.io",
            "v1beta1",
            "PriorityLevelConfiguration",
            "prioritylevelconfigurations",
            "prioritylevelconfiguration",
            "io.k8s.api.flowcontrol.v1beta1.PriorityLevelConfiguration",
        )
    },
    Kind {
        subresources: &[status(
            "flowcontrol.apiserver.k8s.io",
            "v1beta2",
            "FlowSchema",
        )],
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.26",
            "1.29",
            "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema",
        )),
        ..cluster(
            "flowcontrol.apiserver.k8s.io",
            "v1beta2",
            "FlowSchema",
            "flowschemas",
            "flowschema",
            "io.k8s.api.flowcontrol.v1beta2.FlowSchema",
        )
    },
    Kind {
        subresources: &[status(
            "flowcontrol.apiserver.k8s.io",
            "v1beta2",
            "PriorityLevelConfiguration",
        )],
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.26",
            "1.29",
            "flowcontrol.apiserver.k8s.io/v1beta3 PriorityLevelConfiguration",
        )),
        ..cluster(
            "flowcontrol.apiserver.k8s.io",
            "v1beta2",
            "PriorityLevelConfiguration",
            "prioritylevelconfigurations",
            "prioritylevelconfiguration",
            "io.k8s.api.flowcontrol.v1beta2.PriorityLevelConfiguration",
        )
    },
    Kind {
        subresources: &[status(
            "flowcontrol.apiserver.k8s.io",
            "v1beta3",
            "FlowSchema",
        )],
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.29",
            "1.32",
            "flowcontrol.apiserver.k8s.io/v1 FlowSchema",
        )),
        ..cluster(
            "flowcontrol.apiserver.k8s.io",
            "v1beta3",
            "FlowSchema",
            "flowschemas",
            "flowschema",
            "io.k8s.api.flowcontrol.v1beta3.FlowSchema",
        )
    },
    Kind {
        subresources: &[status(
            "flowcontrol.apiserver.k8s.io",
            "v1beta3",
            "PriorityLevelConfiguration",
        )],
        storage_version: "v1",
        deprecated: Some(deprecated(
            "1.29",
            "1.32",
            "flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration",
        )),
        ..cluster(
            "flowcontrol.apiserver.k8s.io",
            "v1beta3",
            "PriorityLevelConfiguration",
            "prioritylevelconfigurations",
            "prioritylevelconfiguration",
            "io.k8s.api.flowcontrol.v1beta3.PriorityLevelConfiguration",
        )
    },
];

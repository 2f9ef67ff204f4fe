//! The marks that `k8s-openapi` lacks: how lists and maps merge (KEP-555), strategic merge patch's strategies and
//! keys, and the defaults that are part of a map key. Facts of the v1.36 OpenAPI; what is not listed is the rule:
//! lists are atomic, maps and structs are granular, a patch replaces.

/// Structs that are owned as a whole.
pub(super) const ATOMIC: &[&str] = &[
    "io.k8s.api.admissionregistration.v1.MatchResources",
    "io.k8s.api.admissionregistration.v1.NamedRuleWithOperations",
    "io.k8s.api.admissionregistration.v1.ParamKind",
    "io.k8s.api.admissionregistration.v1.ParamRef",
    "io.k8s.api.admissionregistration.v1.Variable",
    "io.k8s.api.admissionregistration.v1beta1.MatchResources",
    "io.k8s.api.admissionregistration.v1beta1.NamedRuleWithOperations",
    "io.k8s.api.admissionregistration.v1beta1.ParamKind",
    "io.k8s.api.admissionregistration.v1beta1.ParamRef",
    "io.k8s.api.admissionregistration.v1beta1.Variable",
    "io.k8s.api.autoscaling.v1.CrossVersionObjectReference",
    "io.k8s.api.core.v1.ConfigMapKeySelector",
    "io.k8s.api.core.v1.EndpointAddress",
    "io.k8s.api.core.v1.EndpointPort",
    "io.k8s.api.core.v1.FileKeySelector",
    "io.k8s.api.core.v1.LocalObjectReference",
    "io.k8s.api.core.v1.NodeSelector",
    "io.k8s.api.core.v1.NodeSelectorTerm",
    "io.k8s.api.core.v1.ObjectFieldSelector",
    "io.k8s.api.core.v1.ObjectReference",
    "io.k8s.api.core.v1.ResourceFieldSelector",
    "io.k8s.api.core.v1.ScopeSelector",
    "io.k8s.api.core.v1.SecretKeySelector",
    "io.k8s.api.core.v1.SecretReference",
    "io.k8s.api.core.v1.TopologySelectorTerm",
    "io.k8s.api.core.v1.TypedLocalObjectReference",
    "io.k8s.api.discovery.v1.EndpointPort",
    "io.k8s.api.networking.v1.ServiceBackendPort",
    "io.k8s.api.rbac.v1.RoleRef",
    "io.k8s.api.rbac.v1.Subject",
    "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector",
    "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference",
];

/// Definition, then its marked fields.
pub(super) const FIELDS: &[(&str, &[Mark])] = &[
    (
        "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicySpec",
        &[map("matchConditions", &["name"]).merge("name")],
    ),
    (
        "io.k8s.api.admissionregistration.v1.MutatingWebhook",
        &[map("matchConditions", &["name"]).merge("name")],
    ),
    (
        "io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration",
        &[map("webhooks", &["name"]).merge("name")],
    ),
    (
        "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec",
        &[set("validationActions")],
    ),
    (
        "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec",
        &[
            map("matchConditions", &["name"]).merge("name"),
            map("variables", &["name"]).merge("name"),
        ],
    ),
    (
        "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus",
        &[map("conditions", &["type"])],
    ),
    (
        "io.k8s.api.admissionregistration.v1.ValidatingWebhook",
        &[map("matchConditions", &["name"]).merge("name")],
    ),
    (
        "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration",
        &[map("webhooks", &["name"]).merge("name")],
    ),
    (
        "io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicySpec",
        &[map("matchConditions", &["name"]).merge("name")],
    ),
    (
        "io.k8s.api.apps.v1.DaemonSetStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.apps.v1.DeploymentSpec",
        &[field("strategy").retain_keys()],
    ),
    (
        "io.k8s.api.apps.v1.DeploymentStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.apps.v1.ReplicaSetStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.apps.v1.StatefulSetStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.batch.v1.JobStatus",
        &[field("conditions").merge("type")],
    ),
    (
        "io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement",
        &[set("values")],
    ),
    (
        "io.k8s.api.batch.v1.UncountedTerminatedPods",
        &[set("failed"), set("succeeded")],
    ),
    (
        "io.k8s.api.certificates.v1.CertificateSigningRequestStatus",
        &[map("conditions", &["type"])],
    ),
    (
        "io.k8s.api.certificates.v1beta1.PodCertificateRequestStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.core.v1.ComponentStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.core.v1.Container",
        &[
            map("env", &["name"]).merge("name"),
            map("ports", &["containerPort", "protocol"]).merge("containerPort"),
            map("volumeDevices", &["devicePath"]).merge("devicePath"),
            map("volumeMounts", &["mountPath"]).merge("mountPath"),
        ],
    ),
    (
        "io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes",
        &[set("values")],
    ),
    (
        "io.k8s.api.core.v1.ContainerStatus",
        &[
            map("allocatedResourcesStatus", &["name"]).merge("name"),
            map("volumeMounts", &["mountPath"]).merge("mountPath"),
        ],
    ),
    (
        "io.k8s.api.core.v1.EphemeralContainer",
        &[
            map("env", &["name"]).merge("name"),
            map("ports", &["containerPort", "protocol"]).merge("containerPort"),
            map("volumeDevices", &["devicePath"]).merge("devicePath"),
            map("volumeMounts", &["mountPath"]).merge("mountPath"),
        ],
    ),
    (
        "io.k8s.api.core.v1.NamespaceStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus",
        &[set("containers")],
    ),
    ("io.k8s.api.core.v1.NodeSpec", &[set("podCIDRs").merge("")]),
    (
        "io.k8s.api.core.v1.NodeStatus",
        &[
            map("addresses", &["type"]).merge("type"),
            map("conditions", &["type"]).merge("type"),
        ],
    ),
    (
        "io.k8s.api.core.v1.PersistentVolumeClaimStatus",
        &[
            granular("allocatedResourceStatuses"),
            map("conditions", &["type"]).merge("type"),
        ],
    ),
    (
        "io.k8s.api.core.v1.PersistentVolumeSpec",
        &[granular("claimRef")],
    ),
    (
        "io.k8s.api.core.v1.PodSpec",
        &[
            map("containers", &["name"]).merge("name"),
            map("ephemeralContainers", &["name"]).merge("name"),
            map("hostAliases", &["ip"]).merge("ip"),
            map("imagePullSecrets", &["name"]).merge("name"),
            map("initContainers", &["name"]).merge("name"),
            atomic_map("nodeSelector"),
            map("resourceClaims", &["name"]).merge("name").retain_keys(),
            map("schedulingGates", &["name"]).merge("name"),
            map(
                "topologySpreadConstraints",
                &["topologyKey", "whenUnsatisfiable"],
            )
            .merge("topologyKey"),
            map("volumes", &["name"]).merge("name").retain_keys(),
        ],
    ),
    (
        "io.k8s.api.core.v1.PodStatus",
        &[
            map("conditions", &["type"]).merge("type"),
            field("hostIPs").merge("ip"),
            map("podIPs", &["ip"]).merge("ip"),
            map("resourceClaimStatuses", &["name"])
                .merge("name")
                .retain_keys(),
        ],
    ),
    (
        "io.k8s.api.core.v1.ReplicationControllerSpec",
        &[atomic_map("selector")],
    ),
    (
        "io.k8s.api.core.v1.ReplicationControllerStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.core.v1.ResourceRequirements",
        &[map("claims", &["name"])],
    ),
    (
        "io.k8s.api.core.v1.ResourceStatus",
        &[map("resources", &["resourceID"])],
    ),
    (
        "io.k8s.api.core.v1.ServiceAccount",
        &[map("secrets", &["name"]).merge("name")],
    ),
    (
        "io.k8s.api.core.v1.ServiceSpec",
        &[
            map("ports", &["port", "protocol"]).merge("port"),
            atomic_map("selector"),
        ],
    ),
    (
        "io.k8s.api.core.v1.ServiceStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    ("io.k8s.api.discovery.v1.Endpoint", &[set("addresses")]),
    (
        "io.k8s.api.flowcontrol.v1.FlowSchemaStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.flowcontrol.v1.NonResourcePolicyRule",
        &[set("nonResourceURLs"), set("verbs")],
    ),
    (
        "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.flowcontrol.v1.ResourcePolicyRule",
        &[
            set("apiGroups"),
            set("namespaces"),
            set("resources"),
            set("verbs"),
        ],
    ),
    (
        "io.k8s.api.networking.v1.ServiceCIDRStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.networking.v1beta1.ServiceCIDRStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.node.v1.Scheduling",
        &[atomic_map("nodeSelector")],
    ),
    (
        "io.k8s.api.policy.v1.PodDisruptionBudgetSpec",
        &[field("selector").replace()],
    ),
    (
        "io.k8s.api.policy.v1.PodDisruptionBudgetStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.resource.v1.AllocatedDeviceStatus",
        &[map("conditions", &["type"])],
    ),
    (
        "io.k8s.api.resource.v1.ResourceClaimStatus",
        &[
            map("devices", &["driver", "device", "pool", "shareID"]),
            map("reservedFor", &["uid"]).merge("uid"),
        ],
    ),
    (
        "io.k8s.api.resource.v1beta1.AllocatedDeviceStatus",
        &[map("conditions", &["type"])],
    ),
    (
        "io.k8s.api.resource.v1beta1.ResourceClaimStatus",
        &[
            map("devices", &["driver", "device", "pool", "shareID"]),
            map("reservedFor", &["uid"]).merge("uid"),
        ],
    ),
    (
        "io.k8s.api.resource.v1beta2.AllocatedDeviceStatus",
        &[map("conditions", &["type"])],
    ),
    (
        "io.k8s.api.resource.v1beta2.DeviceTaintRuleStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.api.resource.v1beta2.ResourceClaimStatus",
        &[
            map("devices", &["driver", "device", "pool", "shareID"]),
            map("reservedFor", &["uid"]).merge("uid"),
        ],
    ),
    (
        "io.k8s.api.storage.v1.CSIDriverSpec",
        &[set("volumeLifecycleModes")],
    ),
    (
        "io.k8s.api.storage.v1.CSINodeSpec",
        &[map("drivers", &["name"]).merge("name")],
    ),
    (
        "io.k8s.api.storagemigration.v1beta1.StorageVersionMigrationStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus",
        &[map("conditions", &["type"])],
    ),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps",
        &[map("x-kubernetes-validations", &["rule"]).merge("rule")],
    ),
    (
        "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
        &[
            set("finalizers").merge(""),
            map("ownerReferences", &["uid"]).merge("uid"),
        ],
    ),
    (
        "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus",
        &[map("conditions", &["type"]).merge("type")],
    ),
];

/// Definition, field, default: those that server-side apply needs to know to identify a list item.
pub(super) const DEFAULTS: &[(&str, &str, &str)] = &[
    ("io.k8s.api.core.v1.ContainerPort", "protocol", "TCP"),
    ("io.k8s.api.core.v1.ServicePort", "protocol", "TCP"),
];

/// What is particular about one field.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mark {
    pub field: &'static str,
    /// The keys of an associative list; empty if it is none.
    pub keys: &'static [&'static str],
    pub set: bool,
    pub atomic_map: bool,
    /// A struct that is atomic elsewhere merges by field here.
    pub granular: bool,
    pub merge: bool,
    /// The key by which strategic merge matches items; empty for lists of scalars.
    pub merge_key: &'static str,
    pub retain_keys: bool,
    pub replace: bool,
}

const fn field(field: &'static str) -> Mark {
    Mark {
        field,
        keys: &[],
        set: false,
        atomic_map: false,
        granular: false,
        merge: false,
        merge_key: "",
        retain_keys: false,
        replace: false,
    }
}

const fn map(name: &'static str, keys: &'static [&'static str]) -> Mark {
    Mark {
        keys,
        ..field(name)
    }
}

const fn set(name: &'static str) -> Mark {
    Mark {
        set: true,
        ..field(name)
    }
}

const fn atomic_map(name: &'static str) -> Mark {
    Mark {
        atomic_map: true,
        ..field(name)
    }
}

const fn granular(name: &'static str) -> Mark {
    Mark {
        granular: true,
        ..field(name)
    }
}

impl Mark {
    const fn merge(self, merge_key: &'static str) -> Self {
        Self {
            merge: true,
            merge_key,
            ..self
        }
    }

    const fn retain_keys(self) -> Self {
        Self {
            retain_keys: true,
            ..self
        }
    }

    const fn replace(self) -> Self {
        Self {
            replace: true,
            ..self
        }
    }
}

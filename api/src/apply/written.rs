//! What upstream's types write even when nobody has set it: structs that are held by value, and fields without
//! `omitempty`. Such fields are there in every object, so that nobody comes to own one by writing the first field of it.

use crate::schema::{SchemaRef, Type};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// A type, with its fields that are structs and those that are null where nobody has set them. Metadata, spec and
/// status are structs of every type that has them, but for those of [`POINTERS`].
type Row = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const OF_EVERY_TYPE: &[&str] = &["metadata", "spec", "status"];

/// Types whose status may be absent.
const POINTERS: &[&str] = &["CustomResourceSubresources", "ResourcePoolStatusRequest"];

/// From the types of k8s.io/api and apiextensions v1.36, in order.
const TABLE: &[Row] = &[
    ("AllocatedDeviceStatus", &[], &["conditions"]),
    ("AllocationResult", &["devices"], &[]),
    ("AzureFilePersistentVolumeSource", &[], &["secretNamespace"]),
    ("CSINodeDriver", &[], &["topologyKeys"]),
    ("CSINodeSpec", &[], &["drivers"]),
    ("CapacityRequestPolicy", &[], &["default"]),
    ("CephFSPersistentVolumeSource", &[], &["monitors"]),
    ("CephFSVolumeSource", &[], &["monitors"]),
    ("CertificateSigningRequestSpec", &[], &["request"]),
    ("ClusterRole", &[], &["rules"]),
    ("ClusterRoleBinding", &["roleRef"], &[]),
    ("Condition", &[], &["lastTransitionTime"]),
    ("Container", &["resources"], &[]),
    ("ContainerImage", &[], &["names"]),
    ("ContainerResourceMetricSource", &["target"], &[]),
    ("ContainerResourceMetricStatus", &["current"], &[]),
    ("ContainerStatus", &["lastState", "state"], &[]),
    ("Counter", &[], &["value"]),
    ("CronJobSpec", &["jobTemplate"], &[]),
    ("CustomResourceDefinitionSpec", &["names"], &["versions"]),
    (
        "CustomResourceDefinitionStatus",
        &["acceptedNames"],
        &["conditions", "storedVersions"],
    ),
    (
        "DaemonSetSpec",
        &["template", "updateStrategy"],
        &["selector"],
    ),
    ("DeploymentSpec", &["strategy", "template"], &["selector"]),
    ("DeviceCapacity", &[], &["value"]),
    ("DeviceClaim", &[], &["requests"]),
    ("DeviceTaintRuleSpec", &["taint"], &[]),
    ("Endpoint", &["conditions"], &["addresses"]),
    ("EndpointSlice", &[], &["endpoints", "ports"]),
    ("EphemeralContainer", &["resources"], &[]),
    (
        "Event",
        &["deprecatedSource", "involvedObject", "regarding", "source"],
        &[],
    ),
    ("EventSeries", &[], &["lastObservedTime"]),
    ("ExternalMetricSource", &["metric", "target"], &[]),
    ("ExternalMetricStatus", &["current", "metric"], &[]),
    ("FlowSchemaSpec", &["priorityLevelConfiguration"], &[]),
    ("GRPCAction", &[], &["service"]),
    ("HTTPGetAction", &[], &["port"]),
    ("HTTPIngressPath", &["backend"], &["pathType"]),
    ("HTTPIngressRuleValue", &[], &["paths"]),
    ("HorizontalPodAutoscalerSpec", &["scaleTargetRef"], &[]),
    ("HorizontalPodAutoscalerStatus", &[], &["currentMetrics"]),
    ("IngressClassParametersReference", &[], &["scope"]),
    ("IngressServiceBackend", &["port"], &[]),
    ("IngressStatus", &["loadBalancer"], &[]),
    ("JobSpec", &["template"], &[]),
    ("LimitRangeSpec", &[], &["limits"]),
    (
        "LimitedPriorityLevelConfiguration",
        &["limitResponse"],
        &["nominalConcurrencyShares"],
    ),
    (
        "MutatingWebhook",
        &["clientConfig"],
        &["admissionReviewVersions", "sideEffects"],
    ),
    ("NetworkPolicySpec", &["podSelector"], &[]),
    ("NodeAllocatableResourceClaimStatus", &[], &["resources"]),
    ("NodeDaemonEndpoints", &["kubeletEndpoint"], &[]),
    ("NodeSelector", &[], &["nodeSelectorTerms"]),
    ("NodeStatus", &["daemonEndpoints", "nodeInfo"], &[]),
    ("NonResourcePolicyRule", &[], &["nonResourceURLs", "verbs"]),
    (
        "ObjectMetricSource",
        &["describedObject", "metric", "target"],
        &[],
    ),
    (
        "ObjectMetricStatus",
        &["current", "describedObject", "metric"],
        &[],
    ),
    ("OpaqueDeviceConfiguration", &[], &["parameters"]),
    ("PersistentVolumeClaimSpec", &["resources"], &[]),
    (
        "PodCertificateRequestSpec",
        &[],
        &["pkixPublicKey", "proofOfPossession", "stubPKCS10Request"],
    ),
    ("PodExtendedResourceClaimStatus", &[], &["requestMappings"]),
    ("PodFailurePolicy", &[], &["rules"]),
    ("PodFailurePolicyOnExitCodesRequirement", &[], &["values"]),
    ("PodGroupTemplateReference", &[], &["workload"]),
    ("PodSpec", &[], &["containers"]),
    ("PodTemplate", &["template"], &[]),
    ("PodsMetricSource", &["metric", "target"], &[]),
    ("PodsMetricStatus", &["current", "metric"], &[]),
    ("PolicyRule", &[], &["verbs"]),
    ("PolicyRulesWithSubjects", &[], &["subjects"]),
    ("PreferredSchedulingTerm", &["preference"], &[]),
    ("ProjectedVolumeSource", &[], &["sources"]),
    ("RBDPersistentVolumeSource", &[], &["monitors"]),
    ("RBDVolumeSource", &[], &["monitors"]),
    ("RangeAllocation", &[], &["data"]),
    ("ReplicaSetSpec", &["template"], &["selector"]),
    ("ResourceClaimSpec", &["devices"], &[]),
    ("ResourceMetricSource", &["target"], &[]),
    ("ResourceMetricStatus", &["current"], &[]),
    (
        "ResourcePolicyRule",
        &[],
        &["apiGroups", "namespaces", "resources", "verbs"],
    ),
    ("ResourceSliceSpec", &["pool"], &[]),
    ("Role", &[], &["rules"]),
    ("RoleBinding", &["roleRef"], &[]),
    ("ScaleIOPersistentVolumeSource", &[], &["secretRef"]),
    ("ScaleIOVolumeSource", &[], &["secretRef"]),
    ("ServiceStatus", &["loadBalancer"], &[]),
    (
        "StatefulSetSpec",
        &["template", "updateStrategy"],
        &["selector"],
    ),
    ("SuccessPolicy", &[], &["rules"]),
    ("TCPSocketAction", &[], &["port"]),
    ("TopologySelectorLabelRequirement", &[], &["values"]),
    ("TypedLocalObjectReference", &[], &["apiGroup"]),
    ("TypedObjectReference", &[], &["apiGroup"]),
    (
        "ValidatingWebhook",
        &["clientConfig"],
        &["admissionReviewVersions", "sideEffects"],
    ),
    ("VolumeAttachmentSpec", &["source"], &[]),
    ("WebhookConversion", &[], &["conversionReviewVersions"]),
    ("WeightedPodAffinityTerm", &["podAffinityTerm"], &[]),
    ("WorkloadSpec", &[], &["podGroupTemplates"]),
];

/// What upstream's types hold where a field is absent.
pub(super) fn absent(schema: SchemaRef<'_>, name: &str) -> Option<&'static Value> {
    static EMPTY: LazyLock<Value> = LazyLock::new(|| Value::Object(Map::new()));
    let definition = type_name(schema)?;
    let (structs, nulls) = row(definition);
    if nulls.contains(&name) {
        return schema.field(name).map(|_| &Value::Null);
    }
    let every = OF_EVERY_TYPE.contains(&name) && !POINTERS.contains(&definition);
    if !every && !structs.contains(&name) {
        return None;
    }
    let field = schema.field(name)?;
    (field.type_() == Type::Struct).then(|| &*EMPTY)
}

/// The fields that may be [`absent`] from a value and are written all the same.
pub(super) fn fields(schema: SchemaRef<'_>) -> impl Iterator<Item = &'static str> {
    let (structs, nulls) = type_name(schema).map_or((&[][..], &[][..]), row);
    let all = OF_EVERY_TYPE.iter().chain(structs).chain(nulls);
    all.copied()
        .filter(move |name| absent(schema, name).is_some())
}

/// The type's name without its package; custom resources have none.
fn type_name(schema: SchemaRef<'_>) -> Option<&str> {
    let package = schema.definition_name()?.strip_prefix("io.k8s.")?;
    package.rsplit('.').next()
}

fn row(definition: &str) -> (&'static [&'static str], &'static [&'static str]) {
    let found = TABLE.binary_search_by(|(name, _, _)| (*name).cmp(definition));
    found.map_or((&[], &[]), |at| (TABLE[at].1, TABLE[at].2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    #[test]
    fn the_table_is_in_order_and_names_fields() {
        assert!(TABLE.is_sorted_by(|(a, _, _), (b, _, _)| a < b));
        let schema = Schema::for_gvk("apps", "v1", "Deployment").unwrap();
        let spec = schema.field("spec").unwrap();
        let names: Vec<_> = fields(spec).collect();
        assert_eq!(names, ["strategy", "template", "selector"]);
        assert_eq!(fields(schema).collect::<Vec<_>>(), OF_EVERY_TYPE);
    }

    #[test]
    fn a_replication_controller_may_have_no_template() {
        let schema = Schema::for_gvk("", "v1", "ReplicationController").unwrap();
        assert_eq!(absent(schema.field("spec").unwrap(), "template"), None);
    }

    #[test]
    fn custom_resources_hold_nothing_that_is_not_written() {
        let custom = serde_json::json!({"type": "object", "properties": {"spec": {"type": "object",
            "properties": {"a": {"type": "string"}}}}});
        let schema = Schema::from_openapi_v3(&custom);
        assert_eq!(absent(schema.root().unwrap(), "spec"), None);
        assert_eq!(absent(schema.root().unwrap(), "metadata"), None);
    }
}

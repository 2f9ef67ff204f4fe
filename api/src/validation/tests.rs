//! Objects that are in order, kind by kind, and what is said of them once a field is changed.

use serde_json::{Value, json};

use super::{RULES, create, update, update_status};
use crate::defaults;
use crate::kinds::{self, Kind};

/// The stored row of a kind.
pub(super) fn row(group: &str, kind: &str) -> &'static Kind {
    let found = kinds::KINDS
        .iter()
        .find(|row| row.storage_group == group && row.kind == kind && row.group == group);
    found.unwrap_or_else(|| panic!("no kind {group}/{kind}"))
}

/// The object with its defaults, and the metadata that the server gives it.
fn complete(kind: &Kind, mut object: Value) -> Value {
    if kind.namespaced && object["metadata"]["namespace"].is_null() {
        object["metadata"]["namespace"] = json!("default");
    }
    if object["metadata"]["name"].is_null() {
        object["metadata"]["name"] = json!("a");
    }
    object["metadata"]["uid"] = json!("u1");
    object["metadata"]["resourceVersion"] = json!("1");
    defaults::apply(kind, &mut object);
    object
}

pub(super) fn texts(errors: &[crate::status::FieldError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

fn pod_spec() -> Value {
    json!({"containers": [{"name": "c", "image": "i"}]})
}

fn template() -> Value {
    json!({"metadata": {"labels": {"app": "a"}}, "spec": pod_spec()})
}

fn selector() -> Value {
    json!({"matchLabels": {"app": "a"}})
}

fn job_labels() -> Value {
    json!({"batch.kubernetes.io/controller-uid": "u1", "batch.kubernetes.io/job-name": "a",
        "controller-uid": "u1", "job-name": "a"})
}

fn devices_claimed() -> Value {
    let wanted = json!({"deviceClassName": "gpus"});
    let mut other = wanted.clone();
    other["name"] = json!("small");
    json!({"requests": [{"name": "one", "exactly": wanted}, {"name": "two", "firstAvailable": [other]}],
        "constraints": [{"requests": ["one", "two/small"], "matchAttribute": "gpu.example.com/model"}]})
}

/// A valid object of most kinds that have rules.
fn valid() -> Vec<(&'static str, &'static str, Value)> {
    let workload = json!({"spec": {"selector": selector(), "template": template()}});
    let never = json!({"containers": [{"name": "c", "image": "i"}], "restartPolicy": "Never"});
    let service = json!({"name": "s", "port": {"number": 80}});
    let path = json!({"path": "/", "pathType": "Prefix", "backend": {"service": service}});
    let rule = json!({"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]});
    let webhook = json!({"name": "a.example.com", "rules": [rule.clone()], "sideEffects": "None",
        "admissionReviewVersions": ["v1"], "clientConfig": {"service": {"name": "s", "namespace": "n"}}});
    let constraints = json!({"resourceRules": [rule]});
    vec![
        (
            "",
            "ConfigMap",
            json!({"data": {"a": "b"}, "binaryData": {"c": "AAAA"}}),
        ),
        (
            "",
            "Endpoints",
            json!({"subsets": [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}]}),
        ),
        (
            "",
            "Event",
            json!({"involvedObject": {"kind": "Pod", "namespace": "default", "name": "p"}}),
        ),
        (
            "",
            "LimitRange",
            json!({"spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "1"}}]}}),
        ),
        (
            "",
            "Namespace",
            json!({"spec": {"finalizers": ["kubernetes"]}}),
        ),
        (
            "",
            "Node",
            json!({"spec": {"podCIDRs": ["10.244.0.0/24"]}, "status": {"capacity": {"cpu": "4", "pods": "110"}}}),
        ),
        (
            "",
            "PersistentVolume",
            json!({"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}}),
        ),
        (
            "",
            "PersistentVolumeClaim",
            json!({"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}),
        ),
        ("", "Pod", json!({"spec": pod_spec()})),
        ("", "PodTemplate", json!({"template": template()})),
        (
            "",
            "ReplicationController",
            json!({"spec": {"template": template()}}),
        ),
        (
            "",
            "ResourceQuota",
            json!({"spec": {"hard": {"pods": "10", "requests.cpu": "4", "count/deployments.apps": "3"}}}),
        ),
        ("", "Secret", json!({"data": {"a": "AAAA"}})),
        (
            "",
            "Service",
            json!({"spec": {"clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.9"], "ports": [{"port": 80}], "selector": {"app": "a"}}}),
        ),
        ("", "ServiceAccount", json!({})),
        (
            super::ADMISSION,
            "MutatingWebhookConfiguration",
            json!({"webhooks": [webhook.clone()]}),
        ),
        (
            super::ADMISSION,
            "ValidatingWebhookConfiguration",
            json!({"webhooks": [webhook]}),
        ),
        (
            super::ADMISSION,
            "ValidatingAdmissionPolicy",
            json!({"spec": {"matchConstraints": constraints, "validations": [{"expression": "true"}]}}),
        ),
        (
            super::ADMISSION,
            "ValidatingAdmissionPolicyBinding",
            json!({"spec": {"policyName": "p", "validationActions": ["Deny"]}}),
        ),
        (
            "apiextensions.k8s.io",
            "CustomResourceDefinition",
            json!({"metadata": {"name": "foos.example.com"}, "spec": {
            "group": "example.com", "scope": "Namespaced", "names": {"plural": "foos", "kind": "Foo"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}]}}),
        ),
        (
            "apps",
            "ControllerRevision",
            json!({"data": {"a": 1}, "revision": 1}),
        ),
        ("apps", "DaemonSet", workload.clone()),
        ("apps", "Deployment", workload.clone()),
        ("apps", "ReplicaSet", workload.clone()),
        (
            "apps",
            "StatefulSet",
            json!({"spec": {"selector": selector(), "serviceName": "s", "template": template(),
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}]}}),
        ),
        (
            "autoscaling",
            "HorizontalPodAutoscaler",
            json!({"spec": {"maxReplicas": 3, "behavior": {"scaleUp": {}, "scaleDown": {}},
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}}}),
        ),
        (
            "batch",
            "CronJob",
            json!({"spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": {"template": {"spec": never.clone()}}}}}),
        ),
        (
            "batch",
            "Job",
            json!({"spec": {"selector": {"matchLabels": job_labels()}, "template": {"metadata": {"labels": job_labels()}, "spec": never}}}),
        ),
        (
            super::COORDINATION,
            "LeaseCandidate",
            json!({"spec": {"leaseName": "l", "binaryVersion": "1.36.0", "emulationVersion": "1.35.0", "strategy": "OldestEmulationVersion"}}),
        ),
        (
            super::NETWORKING,
            "ServiceCIDR",
            json!({"spec": {"cidrs": ["10.96.0.0/12", "fd00::/108"]}}),
        ),
        (
            super::NETWORKING,
            "IPAddress",
            json!({"metadata": {"name": "10.96.0.1"}, "spec": {"parentRef": {"resource": "services", "namespace": "default", "name": "kubernetes"}}}),
        ),
        (
            super::COORDINATION,
            "Lease",
            json!({"spec": {"leaseDurationSeconds": 40, "holderIdentity": "n"}}),
        ),
        (
            "discovery.k8s.io",
            "EndpointSlice",
            json!({"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}], "ports": [{"port": 80}]}),
        ),
        (
            super::FLOW_CONTROL,
            "FlowSchema",
            json!({"spec": {"priorityLevelConfiguration": {"name": "p"}, "rules": [
            {"subjects": [{"kind": "User", "user": {"name": "u"}}], "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["/"]}]}]}}),
        ),
        (
            super::FLOW_CONTROL,
            "PriorityLevelConfiguration",
            json!({"spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Queue", "queuing": {}}}}}),
        ),
        (
            super::NETWORKING,
            "Ingress",
            json!({"spec": {"rules": [{"host": "*.example.com", "http": {"paths": [path]}}], "tls": [{"hosts": ["a.example.com"], "secretName": "t"}]}}),
        ),
        (
            super::NETWORKING,
            "IngressClass",
            json!({"spec": {"controller": "example.com/c"}}),
        ),
        (
            super::NETWORKING,
            "NetworkPolicy",
            json!({"spec": {"ingress": [{"ports": [{"port": 80, "endPort": 90}], "from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]}]}}),
        ),
        ("node.k8s.io", "RuntimeClass", json!({"handler": "h"})),
        (
            "policy",
            "PodDisruptionBudget",
            json!({"spec": {"minAvailable": "50%", "selector": selector()}}),
        ),
        (
            super::RBAC,
            "ClusterRole",
            json!({"rules": [{"verbs": ["get"], "nonResourceURLs": ["/healthz"]}]}),
        ),
        (
            super::RBAC,
            "ClusterRoleBinding",
            json!({"roleRef": {"kind": "ClusterRole", "name": "r"}, "subjects": [{"kind": "Group", "name": "system:masters"}]}),
        ),
        (
            super::RBAC,
            "Role",
            json!({"metadata": {"name": "system:a"}, "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]}),
        ),
        (
            super::RBAC,
            "RoleBinding",
            json!({"roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "ServiceAccount", "name": "s"}]}),
        ),
        (
            super::RESOURCE,
            "DeviceClass",
            json!({"spec": {"selectors": [{"cel": {"expression": "device.driver == 'gpu.example.com'"}}],
            "config": [{"opaque": {"driver": "gpu.example.com", "parameters": {"a": 1}}}]}}),
        ),
        (
            super::RESOURCE,
            "DeviceTaintRule",
            json!({"spec": {"deviceSelector": {"driver": "gpu.example.com", "pool": "a/b"}, "taint": {"key": "k", "effect": "None"}}}),
        ),
        (
            super::RESOURCE,
            "ResourceClaim",
            json!({"spec": {"devices": devices_claimed()}}),
        ),
        (
            super::RESOURCE,
            "ResourceClaimTemplate",
            json!({"spec": {"spec": {"devices": devices_claimed()}}}),
        ),
        (
            super::RESOURCE,
            "ResourceSlice",
            json!({"spec": {"driver": "gpu.example.com", "nodeName": "n", "pool": {"name": "p", "generation": 1, "resourceSliceCount": 1},
            "devices": [{"name": "gpu-0", "attributes": {"model": {"string": "a"}, "x.example.com/v": {"version": "1.0.0"}},
                "capacity": {"memory": {"value": "8Gi"}}}]}}),
        ),
        ("scheduling.k8s.io", "PriorityClass", json!({"value": 1000})),
        (super::STORAGE, "CSIDriver", json!({"spec": {}})),
        (
            super::STORAGE,
            "CSINode",
            json!({"spec": {"drivers": [{"name": "d.example.com", "nodeID": "n"}]}}),
        ),
        (
            super::STORAGE,
            "StorageClass",
            json!({"provisioner": "example.com/p"}),
        ),
        (
            super::STORAGE,
            "VolumeAttachment",
            json!({"spec": {"attacher": "d.example.com", "nodeName": "n", "source": {"persistentVolumeName": "v"}}}),
        ),
    ]
}

pub(super) fn valid_object(group: &str, kind: &str) -> Value {
    let row = row(group, kind);
    let found = valid()
        .into_iter()
        .find(|(g, k, _)| *g == group && *k == kind);
    complete(row, found.unwrap_or_else(|| panic!("no valid {kind}")).2)
}

#[test]
fn the_table_is_in_order_and_names_served_kinds() {
    for pair in RULES.windows(2) {
        assert!(
            (pair[0].group, pair[0].kind) < (pair[1].group, pair[1].kind),
            "{}",
            pair[1].kind
        );
    }
    for rules in RULES.iter().filter(|rules| rules.kind != "Scale") {
        assert!(
            kinds::KINDS.iter().any(
                |kind| [kind.group, kind.storage_group].contains(&rules.group)
                    && kind.kind == rules.kind
            ),
            "{}/{}",
            rules.group,
            rules.kind
        );
    }
}

#[test]
fn valid_objects_are_created_and_updated_unchanged() {
    for (group, kind, _) in valid() {
        let object = valid_object(group, kind);
        assert_eq!(
            texts(&create(row(group, kind), &object)),
            Vec::<String>::new(),
            "create {kind}"
        );
        assert_eq!(
            texts(&update(row(group, kind), &object, &object)),
            Vec::<String>::new(),
            "update {kind}"
        );
        assert_eq!(
            texts(&update_status(row(group, kind), &object, &object)),
            Vec::<String>::new(),
            "status {kind}"
        );
    }
}

/// Whether the object is one of the type, with nothing that the type does not know.
fn is_a<T: serde::de::DeserializeOwned + serde::Serialize>(object: &Value) -> Result<(), String> {
    let typed: T = serde_json::from_value(object.clone()).map_err(|error| error.to_string())?;
    let again = serde_json::to_value(typed).map_err(|error| error.to_string())?;
    unknown(object, &again, "")
}

/// What was lost on the way through a type; empty lists and objects may be.
fn unknown(before: &Value, after: &Value, path: &str) -> Result<(), String> {
    match (before, after) {
        (Value::Object(fields), _) => fields
            .iter()
            .try_for_each(|(name, field)| unknown(field, &after[name], &format!("{path}.{name}"))),
        (Value::Array(items), _) => {
            let mut pairs = items.iter().enumerate();
            pairs.try_for_each(|(index, item)| {
                unknown(item, &after[index], &format!("{path}[{index}]"))
            })
        }
        (before, after) if before == after => Ok(()),
        (before, after) => Err(format!("{path}: {before} became {after}")),
    }
}

#[test]
fn completed_objects_have_their_types() {
    use k8s_openapi::api::{
        admissionregistration::v1 as admission, apps::v1 as apps, autoscaling::v2 as autoscaling,
        batch::v1 as batch, coordination::v1 as coordination, core::v1 as core,
        discovery::v1 as discovery, flowcontrol::v1 as flowcontrol, networking::v1 as networking,
        node::v1 as node, policy::v1 as policy, rbac::v1 as rbac, resource::v1 as resource,
        resource::v1beta2, scheduling::v1 as scheduling, storage::v1 as storage,
    };
    use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;

    for (group, kind, _) in valid() {
        let object = valid_object(group, kind);
        let found = match kind {
            "ConfigMap" => is_a::<core::ConfigMap>(&object),
            "Endpoints" => is_a::<core::Endpoints>(&object),
            "LimitRange" => is_a::<core::LimitRange>(&object),
            "Namespace" => is_a::<core::Namespace>(&object),
            "Node" => is_a::<core::Node>(&object),
            "PersistentVolume" => is_a::<core::PersistentVolume>(&object),
            "PersistentVolumeClaim" => is_a::<core::PersistentVolumeClaim>(&object),
            "Pod" => is_a::<core::Pod>(&object),
            "PodTemplate" => is_a::<core::PodTemplate>(&object),
            "ReplicationController" => is_a::<core::ReplicationController>(&object),
            "ResourceQuota" => is_a::<core::ResourceQuota>(&object),
            "Secret" => is_a::<core::Secret>(&object),
            "Service" => is_a::<core::Service>(&object),
            "ServiceAccount" => is_a::<core::ServiceAccount>(&object),
            "MutatingWebhookConfiguration" => {
                is_a::<admission::MutatingWebhookConfiguration>(&object)
            }
            "ValidatingWebhookConfiguration" => {
                is_a::<admission::ValidatingWebhookConfiguration>(&object)
            }
            "ValidatingAdmissionPolicy" => is_a::<admission::ValidatingAdmissionPolicy>(&object),
            "ValidatingAdmissionPolicyBinding" => {
                is_a::<admission::ValidatingAdmissionPolicyBinding>(&object)
            }
            "CustomResourceDefinition" => is_a::<apiextensions::CustomResourceDefinition>(&object),
            "ControllerRevision" => is_a::<apps::ControllerRevision>(&object),
            "DaemonSet" => is_a::<apps::DaemonSet>(&object),
            "Deployment" => is_a::<apps::Deployment>(&object),
            "ReplicaSet" => is_a::<apps::ReplicaSet>(&object),
            "StatefulSet" => is_a::<apps::StatefulSet>(&object),
            "HorizontalPodAutoscaler" => is_a::<autoscaling::HorizontalPodAutoscaler>(&object),
            "CronJob" => is_a::<batch::CronJob>(&object),
            "Job" => is_a::<batch::Job>(&object),
            "Lease" => is_a::<coordination::Lease>(&object),
            "EndpointSlice" => is_a::<discovery::EndpointSlice>(&object),
            "FlowSchema" => is_a::<flowcontrol::FlowSchema>(&object),
            "PriorityLevelConfiguration" => {
                is_a::<flowcontrol::PriorityLevelConfiguration>(&object)
            }
            "IPAddress" => is_a::<networking::IPAddress>(&object),
            "Ingress" => is_a::<networking::Ingress>(&object),
            "IngressClass" => is_a::<networking::IngressClass>(&object),
            "NetworkPolicy" => is_a::<networking::NetworkPolicy>(&object),
            "ServiceCIDR" => is_a::<networking::ServiceCIDR>(&object),
            "RuntimeClass" => is_a::<node::RuntimeClass>(&object),
            "PodDisruptionBudget" => is_a::<policy::PodDisruptionBudget>(&object),
            "ClusterRole" => is_a::<rbac::ClusterRole>(&object),
            "ClusterRoleBinding" => is_a::<rbac::ClusterRoleBinding>(&object),
            "Role" => is_a::<rbac::Role>(&object),
            "RoleBinding" => is_a::<rbac::RoleBinding>(&object),
            "DeviceClass" => is_a::<resource::DeviceClass>(&object),
            "DeviceTaintRule" => is_a::<v1beta2::DeviceTaintRule>(&object),
            "ResourceClaim" => is_a::<resource::ResourceClaim>(&object),
            "ResourceClaimTemplate" => is_a::<resource::ResourceClaimTemplate>(&object),
            "ResourceSlice" => is_a::<resource::ResourceSlice>(&object),
            "PriorityClass" => is_a::<scheduling::PriorityClass>(&object),
            "CSIDriver" => is_a::<storage::CSIDriver>(&object),
            "CSINode" => is_a::<storage::CSINode>(&object),
            "StorageClass" => is_a::<storage::StorageClass>(&object),
            "VolumeAttachment" => is_a::<storage::VolumeAttachment>(&object),
            "Event" | "LeaseCandidate" => Ok(()),
            other => panic!("no type for {other}"),
        };
        assert_eq!(found, Ok(()), "{kind}: {object}");
    }
}

#[test]
fn defaults_applied_twice_change_nothing() {
    for (group, kind, _) in valid() {
        let once = valid_object(group, kind);
        let mut twice = once.clone();
        defaults::apply(row(group, kind), &mut twice);
        assert_eq!(once, twice, "{kind}");
    }
}

/// Sets what a JSON pointer names, and reports what creation then says.
pub(super) fn refused(group: &str, kind: &str, pointer: &str, value: Value) -> Vec<String> {
    let mut object = valid_object(group, kind);
    set(&mut object, pointer, value);
    texts(&create(row(group, kind), &object))
}

pub(super) fn set(object: &mut Value, pointer: &str, value: Value) {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    let parent = object
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("no {parent}"));
    match parent {
        Value::Array(list) => {
            let index: usize = field.parse().expect("an index");
            if index < list.len() {
                list[index] = value
            } else {
                list.push(value)
            }
        }
        parent => parent[field] = value,
    }
}

#[test]
fn creation_is_refused_in_upstreams_words() {
    const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    let cases: Vec<(&str, &str, &str, Value, Vec<String>)> = vec![
        ("", "Namespace", "/metadata/name", json!("A_b"), vec![format!("metadata.name: Invalid value: \"A_b\": {LABEL}")]),
        ("", "ConfigMap", "/metadata/name", json!("A"), vec![format!("metadata.name: Invalid value: \"A\": {SUBDOMAIN}")]),
        ("", "ConfigMap", "/metadata/name", json!(""), vec!["metadata.name: Required value: name or generateName is required".into()]),
        ("", "ConfigMap", "/metadata/namespace", json!(""), vec!["metadata.namespace: Required value".into()]),
        ("", "Namespace", "/metadata/namespace", json!("x"), vec!["metadata.namespace: Forbidden: not allowed on this type".into()]),
        ("", "ConfigMap", "/metadata/finalizers", json!(["x"]), vec!["metadata.finalizers[0]: Invalid value: \"x\": name is neither a standard finalizer name nor is it fully qualified".into()]),
        ("", "ConfigMap", "/data/c", json!("x"), vec!["data[c]: Invalid value: \"c\": duplicate of key present in binaryData".into()]),
        ("", "ConfigMap", "/data", json!({"a": "x".repeat(1024 * 1024 + 1)}), vec![": Too long: may not be more than 1048576 bytes".into()]),
        ("", "Secret", "/type", json!("kubernetes.io/tls"), vec!["data[tls.crt]: Required value".into(), "data[tls.key]: Required value".into()]),
        ("apps", "Deployment", "/spec/replicas", json!(-1), vec!["spec.replicas: Invalid value: -1: must be greater than or equal to 0".into()]),
        ("apps", "Deployment", "/spec/selector", json!({"matchLabels": {"app": "b"}}), vec!["spec.template.metadata.labels: Invalid value: {\"app\":\"a\"}: `selector` does not match template `labels`".into()]),
        ("apps", "Deployment", "/spec/selector", json!({}), vec!["spec.selector: Invalid value: {}: empty selector is invalid for deployment".into()]),
        ("apps", "Deployment", "/spec/template/spec/restartPolicy", json!("Never"), vec!["spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"".into()]),
        ("apps", "Deployment", "/spec/strategy/type", json!("Recreate"), vec!["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'".into()]),
        ("apps", "Deployment", "/spec/strategy/rollingUpdate", json!({"maxUnavailable": 0, "maxSurge": "0%"}), vec!["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0".into()]),
        ("apps", "Deployment", "/spec/strategy/rollingUpdate/maxUnavailable", json!("150%"), vec!["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"150%\": must not be greater than 100%".into()]),
        ("apps", "Deployment", "/spec/progressDeadlineSeconds", json!(0), vec!["spec.progressDeadlineSeconds: Invalid value: 0: must be greater than minReadySeconds".into()]),
        ("apps", "StatefulSet", "/spec/updateStrategy/type", json!("OnDelete"), vec!["spec.updateStrategy.rollingUpdate: Invalid value: {\"Partition\":0,\"MaxUnavailable\":1}: only allowed for updateStrategy 'RollingUpdate'".into()]),
        ("apps", "DaemonSet", "/spec/updateStrategy/rollingUpdate/maxSurge", json!(1), vec!["spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero".into()]),
        ("batch", "Job", "/spec/template/spec/restartPolicy", json!("Always"), vec!["spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"".into()]),
        ("batch", "Job", "/spec/completionMode", json!("Indexed"), vec![]),
        ("batch", "Job", "/spec/maxFailedIndexes", json!(1), vec![
            "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified".into(),
            "spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode".into(),
        ]),
        ("batch", "Job", "/spec/managedBy", json!("acme"), vec!["spec.managedBy: Invalid value: \"acme\": must be a domain-prefixed path (such as \"acme.io/foo\")".into()]),
        ("batch", "Job", "/spec/podFailurePolicy", json!({"rules": [{"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [2, 1]}}, {"onPodConditions": []}]}), vec![
            "spec.podFailurePolicy.rules[0].action: Invalid value: \"FailIndex\": requires the backoffLimitPerIndex to be set".into(),
            "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,1]: must be ordered".into(),
            "spec.podFailurePolicy.rules[1].action: Required value: valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]".into(),
            "spec.podFailurePolicy.rules[1]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required".into(),
            "spec.podReplacementPolicy: Unsupported value: \"TerminatingOrFailed\": supported values: \"Failed\"".into(),
        ]),
        ("batch", "Job", "/spec/successPolicy", json!({"rules": []}), vec!["spec.successPolicy: Invalid value: {\"rules\":[]}: requires indexed completion mode".into()]),
        (super::NETWORKING, "ServiceCIDR", "/spec/cidrs", json!([]), vec!["spec.cidrs: Required value: at least one CIDR required".into()]),
        (super::NETWORKING, "ServiceCIDR", "/spec/cidrs", json!(["10.0.0.0/8", "10.1.0.0/16"]), vec!["spec.cidrs: Invalid value: {\"CIDRs\":[\"10.0.0.0/8\",\"10.1.0.0/16\"]}: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64".into()]),
        (super::NETWORKING, "IPAddress", "/metadata/name", json!("10.0.0.01"), vec!["metadata.name: Invalid value: \"10.0.0.01\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".into()]),
        (super::NETWORKING, "IPAddress", "/spec/parentRef", Value::Null, vec!["spec.parentRef: Required value".into()]),
        (super::COORDINATION, "LeaseCandidate", "/spec/binaryVersion", json!("1.36"), vec!["spec.binaryVersion: Invalid value: \"1.36\": must be a valid semantic version".into()]),
        ("batch", "CronJob", "/spec/schedule", json!("foo"), vec!["spec.schedule: Invalid value: \"foo\": expected exactly 5 fields, found 1: [foo]".into()]),
        ("batch", "CronJob", "/metadata/name", json!("a".repeat(53)), vec![format!("metadata.name: Invalid value: \"{}\": must be no more than 52 characters", "a".repeat(53))]),
        ("", "Service", "/metadata/name", json!("1a"), vec!["metadata.name: Invalid value: \"1a\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')".into()]),
        ("", "Service", "/spec/ports", json!([]), vec!["spec.ports: Required value".into()]),
        ("", "Service", "/spec/ports/0/port", json!(70000), vec!["spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive".into()]),
        ("", "Service", "/spec/ports/0/nodePort", json!(30000), vec!["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'".into()]),
        ("", "Service", "/spec/type", json!("Foo"), vec![
            "spec.type: Unsupported value: \"Foo\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"".into()]),
        ("", "Service", "/spec/sessionAffinity", json!("x"), vec!["spec.sessionAffinity: Unsupported value: \"x\": supported values: \"ClientIP\", \"None\"".into()]),
        ("", "PersistentVolumeClaim", "/spec/resources", json!({}), vec!["spec.resources[storage]: Required value".into()]),
        ("", "PersistentVolumeClaim", "/spec/accessModes", json!([]), vec!["spec.accessModes: Required value: at least 1 access mode is required".into()]),
        ("", "PersistentVolume", "/spec/hostPath", Value::Null, vec!["spec: Required value: must specify a volume type".into()]),
        ("", "PersistentVolume", "/spec/nfs", json!({"server": "s", "path": "/"}), vec!["spec.nfs: Forbidden: may not specify more than 1 volume type".into()]),
        ("", "ResourceQuota", "/spec/hard/foo", json!("1"), vec![
            "spec.hard[foo]: Invalid value: \"foo\": must be a standard resource type or fully qualified".into(),
            "spec.hard[foo]: Invalid value: \"foo\": must be a standard resource for quota".into()]),
        ("", "LimitRange", "/spec/limits/0/min/cpu", json!("3"), vec![
            "spec.limits[0].min[cpu]: Invalid value: \"3\": min value 3 is greater than max value 2".into(),
            "spec.limits[0].defaultRequest[cpu]: Invalid value: \"2\": min value 3 is greater than default request value 2".into(),
            "spec.limits[0].default[cpu]: Invalid value: \"3\": min value 3 is greater than default value 2".into()]),
        ("", "Endpoints", "/subsets/0/addresses/0/ip", json!("127.0.0.1"), vec!["subsets[0].addresses[0].ip: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)".into()]),
        ("", "Node", "/spec/taints", json!([{"key": "k", "effect": "x"}]), vec!["metadata.taints[0].effect: Unsupported value: \"x\": supported values: \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\"".into()]),
        (super::RBAC, "RoleBinding", "/roleRef/kind", json!("x"), vec!["roleRef.kind: Unsupported value: \"x\": supported values: \"Role\", \"ClusterRole\"".into()]),
        (super::RBAC, "Role", "/rules/0/verbs", json!([]), vec!["rules[0].verbs: Required value: verbs must contain at least one value".into()]),
        (super::NETWORKING, "Ingress", "/spec/rules/0/http/paths/0/pathType", Value::Null, vec!["spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified".into()]),
        (super::NETWORKING, "NetworkPolicy", "/spec/ingress/0/from/0", json!({}), vec!["spec.ingress[0].from[0]: Required value: must specify a peer".into()]),
        ("autoscaling", "HorizontalPodAutoscaler", "/spec/maxReplicas", json!(0), vec![
            "spec.maxReplicas: Invalid value: 0: must be greater than 0".into(),
            "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`".into()]),
        ("policy", "PodDisruptionBudget", "/spec/maxUnavailable", json!(1), vec![
            "spec: Invalid value: {\"MinAvailable\":\"50%\",\"Selector\":{\"matchLabels\":{\"app\":\"a\"}},\"MaxUnavailable\":1,\"UnhealthyPodEvictionPolicy\":null}: minAvailable and maxUnavailable cannot be both set".into()]),
        ("scheduling.k8s.io", "PriorityClass", "/value", json!(2_000_000_000), vec!["value: Forbidden: maximum allowed value of a user defined priority is 1000000000".into()]),
        ("scheduling.k8s.io", "PriorityClass", "/metadata/name", json!("system-x"), vec!["metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class".into()]),
        ("apiextensions.k8s.io", "CustomResourceDefinition", "/metadata/name", json!("x"), vec!["metadata.name: Invalid value: \"x\": must be spec.names.plural+\".\"+spec.group".into()]),
        (super::COORDINATION, "Lease", "/spec/leaseDurationSeconds", json!(0), vec!["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0".into()]),
        (super::STORAGE, "StorageClass", "/reclaimPolicy", json!("x"), vec!["reclaimPolicy: Unsupported value: \"x\": supported values: \"Delete\", \"Retain\"".into()]),
        ("discovery.k8s.io", "EndpointSlice", "/addressType", json!(""), vec!["addressType: Required value".into()]),
    ];
    for (group, kind, pointer, value, expected) in cases {
        if expected.is_empty() {
            continue;
        }
        assert_eq!(
            refused(group, kind, pointer, value),
            expected,
            "{kind} {pointer}"
        );
    }
}

/// Changes one field of a stored object, and reports what the update then says.
fn changed(group: &str, kind: &str, pointer: &str, value: Value) -> Vec<String> {
    let old = valid_object(group, kind);
    let mut new = old.clone();
    set(&mut new, pointer, value);
    texts(&update(row(group, kind), &new, &old))
}

#[test]
fn what_must_not_change_is_refused() {
    let cases: Vec<(&str, &str, &str, Value, &str)> = vec![
        (
            "",
            "ConfigMap",
            "/metadata/uid",
            json!("u2"),
            "metadata.uid: Invalid value: \"u2\": field is immutable",
        ),
        (
            "",
            "ConfigMap",
            "/metadata/resourceVersion",
            json!(""),
            "metadata.resourceVersion: Invalid value: \"\": must be specified for an update",
        ),
        (
            "",
            "Secret",
            "/type",
            json!("other"),
            "type: Invalid value: \"other\": field is immutable",
        ),
        (
            "",
            "Service",
            "/spec/clusterIPs/0",
            json!("10.96.0.8"),
            "spec.clusterIPs[0]: Invalid value: [\"10.96.0.8\"]: may not change once set",
        ),
        (
            "apps",
            "StatefulSet",
            "/spec/serviceName",
            json!("other"),
            "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ),
        (
            super::RBAC,
            "RoleBinding",
            "/roleRef/name",
            json!("x"),
            "roleRef: Invalid value: {\"APIGroup\":\"rbac.authorization.k8s.io\",\"Kind\":\"Role\",\"Name\":\"x\"}: cannot change roleRef",
        ),
        (
            super::STORAGE,
            "StorageClass",
            "/provisioner",
            json!("x.y/z"),
            "provisioner: Forbidden: updates to provisioner are forbidden.",
        ),
        (
            "scheduling.k8s.io",
            "PriorityClass",
            "/value",
            json!(5),
            "value: Forbidden: may not be changed in an update.",
        ),
        (
            "batch",
            "Job",
            "/spec/completions",
            json!(5),
            "spec.completions: Invalid value: 5: field is immutable",
        ),
        (
            "",
            "Node",
            "/spec/podCIDRs",
            json!(["10.1.0.0/24"]),
            "spec.podCIDRs: Forbidden: node updates may not change podCIDR except from \"\" to valid",
        ),
        (
            "discovery.k8s.io",
            "EndpointSlice",
            "/addressType",
            json!("FQDN"),
            "addressType: Invalid value: \"FQDN\": field is immutable",
        ),
    ];
    for (group, kind, pointer, value, expected) in cases {
        let found = changed(group, kind, pointer, value);
        assert!(
            found.iter().any(|text| text == expected),
            "{kind} {pointer}: {found:?}"
        );
    }
    let selector = json!({"matchLabels": {"app": "a"}, "matchExpressions": [{"key": "app", "operator": "Exists"}]});
    assert_eq!(
        changed("apps", "Deployment", "/spec/selector", selector),
        [
            "spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"a\"},\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"Exists\"}]}: field is immutable"
        ]
    );
}

#[test]
fn what_a_driver_said_stays() {
    let changed = |kind: &str, pointer: &str, value: Value| {
        let old = valid_object(super::STORAGE, kind);
        let mut new = old.clone();
        set(&mut new, pointer, value);
        texts(&update(row(super::STORAGE, kind), &new, &old))
    };
    assert_eq!(
        changed("CSIDriver", "/spec/attachRequired", json!(false)),
        ["spec.attachedRequired: Invalid value: false: field is immutable"]
    );
    assert_eq!(
        changed("CSIDriver", "/spec/podInfoOnMount", json!(true)),
        [""; 0]
    );
    assert_eq!(
        changed("CSINode", "/spec/drivers/0/nodeID", json!("m")),
        [
            "CSINodeDriver: Invalid value: {\"Name\":\"d.example.com\",\"NodeID\":\"m\",\"TopologyKeys\":null,\"Allocatable\":null}: field is immutable"
        ]
    );
    assert_eq!(
        changed(
            "CSINode",
            "/spec/drivers/0/allocatable",
            json!({"count": 3})
        ),
        [""; 0]
    );
}

#[test]
fn a_second_family_comes_beside_a_range() {
    let row = row(super::NETWORKING, "ServiceCIDR");
    let object = |ranges: Value| complete(row, json!({"spec": {"cidrs": ranges}}));
    let old = object(json!(["10.0.0.0/24"]));
    let told = |ranges: Value| texts(&update(row, &object(ranges), &old));
    assert_eq!(told(json!(["10.0.0.0/24", "fd00::/64"])), [""; 0]);
    assert_eq!(
        told(json!(["10.0.1.0/24"])),
        ["spec.cidrs[0]: Invalid value: \"10.0.1.0/24\": field is immutable"]
    );
    assert_eq!(
        told(json!([])),
        ["spec.cidrs: Invalid value: []: field is immutable"]
    );
}

#[test]
fn a_status_is_checked_too() {
    let told = |group: &str, kind: &str, status: Value| {
        let old = valid_object(group, kind);
        let mut new = old.clone();
        new["status"] = status;
        texts(&update_status(row(group, kind), &new, &old))
    };
    assert_eq!(
        told(
            "autoscaling",
            "HorizontalPodAutoscaler",
            json!({"currentReplicas": -1})
        ),
        ["status.currentReplicas: Invalid value: -1: must be greater than or equal to 0"]
    );
    let points = json!([{"ip": "x"}, {"hostname": "10.0.0.1"}]);
    assert_eq!(
        told(
            super::NETWORKING,
            "Ingress",
            json!({"loadBalancer": {"ingress": points}})
        ),
        [
            "status.loadBalancer.ingress[0].ip: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
            "status.loadBalancer.ingress[1].hostname: Invalid value: \"10.0.0.1\": must be a DNS name, not an IP address",
        ]
    );
    assert_eq!(
        told(
            "",
            "PersistentVolumeClaim",
            json!({"capacity": {"storage": "-1"}})
        ),
        ["status.capacity[storage]: Invalid value: -1: must be a valid resource quantity"]
    );
    let twice = json!({"conditions": [{"type": "A"}, {"type": "A"}]});
    assert_eq!(
        told(super::FLOW_CONTROL, "FlowSchema", twice),
        ["status.conditions[1].type: Duplicate value: \"A\""]
    );
}

#[test]
fn an_immutable_config_map_stays() {
    let mut old = valid_object("", "ConfigMap");
    old["immutable"] = json!(true);
    let mut new = old.clone();
    new["data"] = json!({"a": "changed"});
    new["immutable"] = json!(false);
    assert_eq!(
        texts(&update(row("", "ConfigMap"), &new, &old)),
        [
            "immutable: Forbidden: field is immutable when `immutable` is set",
            "data: Forbidden: field is immutable when `immutable` is set"
        ]
    );
}

#[test]
fn no_finalizer_is_added_to_what_is_being_deleted() {
    let mut old = valid_object("", "ConfigMap");
    old["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let mut new = old.clone();
    new["metadata"]["finalizers"] = json!(["example.com/a"]);
    assert_eq!(
        texts(&update(row("", "ConfigMap"), &new, &old)),
        [
            "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"example.com/a\"}"
        ]
    );
}

#[test]
fn a_namespaces_phase_follows_its_deletion() {
    let old = valid_object("", "Namespace");
    let mut new = old.clone();
    new["status"]["phase"] = json!("Terminating");
    assert_eq!(
        texts(&update_status(row("", "Namespace"), &new, &old)),
        [
            "status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty"
        ]
    );
}

#[test]
fn a_bound_claim_may_only_grow() {
    let mut old = valid_object("", "PersistentVolumeClaim");
    old["status"] = json!({"phase": "Bound", "capacity": {"storage": "1Gi"}});
    old["spec"]["volumeName"] = json!("v");
    let grown = |size: &str| {
        let mut new = old.clone();
        new["spec"]["resources"]["requests"]["storage"] = json!(size);
        texts(&update(row("", "PersistentVolumeClaim"), &new, &old))
    };
    assert_eq!(grown("2Gi"), Vec::<String>::new());
    assert_eq!(
        grown("512Mi"),
        ["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"]
    );
    let mut moved = old.clone();
    moved["spec"]["volumeName"] = json!("w");
    let found = texts(&update(row("", "PersistentVolumeClaim"), &moved, &old));
    assert!(found[0].starts_with("spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n"), "{found:?}");
}

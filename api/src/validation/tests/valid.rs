//! A valid object of most kinds, as a user writes it.

use serde_json::{Value, json};

use crate::validation::{
    ADMISSION, COORDINATION, FLOW_CONTROL, NETWORKING, RBAC, RESOURCE, STORAGE,
};

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
pub(super) fn valid() -> Vec<(&'static str, &'static str, Value)> {
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
            ADMISSION,
            "MutatingWebhookConfiguration",
            json!({"webhooks": [webhook.clone()]}),
        ),
        (
            ADMISSION,
            "ValidatingWebhookConfiguration",
            json!({"webhooks": [webhook]}),
        ),
        (
            ADMISSION,
            "ValidatingAdmissionPolicy",
            json!({"spec": {"matchConstraints": constraints, "validations": [{"expression": "true"}]}}),
        ),
        (
            ADMISSION,
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
            COORDINATION,
            "LeaseCandidate",
            json!({"spec": {"leaseName": "l", "binaryVersion": "1.36.0", "emulationVersion": "1.35.0", "strategy": "OldestEmulationVersion"}}),
        ),
        (
            NETWORKING,
            "ServiceCIDR",
            json!({"spec": {"cidrs": ["10.96.0.0/12", "fd00::/108"]}}),
        ),
        (
            NETWORKING,
            "IPAddress",
            json!({"metadata": {"name": "10.96.0.1"}, "spec": {"parentRef": {"resource": "services", "namespace": "default", "name": "kubernetes"}}}),
        ),
        (
            COORDINATION,
            "Lease",
            json!({"spec": {"leaseDurationSeconds": 40, "holderIdentity": "n"}}),
        ),
        (
            "discovery.k8s.io",
            "EndpointSlice",
            json!({"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}], "ports": [{"port": 80}]}),
        ),
        (
            FLOW_CONTROL,
            "FlowSchema",
            json!({"spec": {"priorityLevelConfiguration": {"name": "p"}, "rules": [
            {"subjects": [{"kind": "User", "user": {"name": "u"}}], "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["/"]}]}]}}),
        ),
        (
            FLOW_CONTROL,
            "PriorityLevelConfiguration",
            json!({"spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Queue", "queuing": {}}}}}),
        ),
        (
            NETWORKING,
            "Ingress",
            json!({"spec": {"rules": [{"host": "*.example.com", "http": {"paths": [path]}}], "tls": [{"hosts": ["a.example.com"], "secretName": "t"}]}}),
        ),
        (
            NETWORKING,
            "IngressClass",
            json!({"spec": {"controller": "example.com/c"}}),
        ),
        (
            NETWORKING,
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
            RBAC,
            "ClusterRole",
            json!({"rules": [{"verbs": ["get"], "nonResourceURLs": ["/healthz"]}]}),
        ),
        (
            RBAC,
            "ClusterRoleBinding",
            json!({"roleRef": {"kind": "ClusterRole", "name": "r"}, "subjects": [{"kind": "Group", "name": "system:masters"}]}),
        ),
        (
            RBAC,
            "Role",
            json!({"metadata": {"name": "system:a"}, "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]}),
        ),
        (
            RBAC,
            "RoleBinding",
            json!({"roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "ServiceAccount", "name": "s"}]}),
        ),
        (
            "storagemigration.k8s.io",
            "StorageVersionMigration",
            json!({"spec": {"resource": {"group": "apps", "resource": "deployments"}}, "status": {"resourceVersion": "5"}}),
        ),
        (
            RESOURCE,
            "DeviceClass",
            json!({"spec": {"selectors": [{"cel": {"expression": "device.driver == 'gpu.example.com'"}}],
            "config": [{"opaque": {"driver": "gpu.example.com", "parameters": {"a": 1}}}]}}),
        ),
        (
            RESOURCE,
            "DeviceTaintRule",
            json!({"spec": {"deviceSelector": {"driver": "gpu.example.com", "pool": "a/b"}, "taint": {"key": "k", "effect": "None"}}}),
        ),
        (
            RESOURCE,
            "ResourceClaim",
            json!({"spec": {"devices": devices_claimed()}}),
        ),
        (
            RESOURCE,
            "ResourceClaimTemplate",
            json!({"spec": {"spec": {"devices": devices_claimed()}}}),
        ),
        (
            RESOURCE,
            "ResourceSlice",
            json!({"spec": {"driver": "gpu.example.com", "nodeName": "n", "pool": {"name": "p", "generation": 1, "resourceSliceCount": 1},
            "devices": [{"name": "gpu-0", "attributes": {"model": {"string": "a"}, "x.example.com/v": {"version": "1.0.0"}},
                "capacity": {"memory": {"value": "8Gi"}}}]}}),
        ),
        ("scheduling.k8s.io", "PriorityClass", json!({"value": 1000})),
        (STORAGE, "CSIDriver", json!({"spec": {}})),
        (
            STORAGE,
            "CSINode",
            json!({"spec": {"drivers": [{"name": "d.example.com", "nodeID": "n"}]}}),
        ),
        (
            STORAGE,
            "StorageClass",
            json!({"provisioner": "example.com/p"}),
        ),
        (
            STORAGE,
            "VolumeAttachment",
            json!({"spec": {"attacher": "d.example.com", "nodeName": "n", "source": {"persistentVolumeName": "v"}}}),
        ),
    ]
}

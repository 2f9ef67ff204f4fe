//! What creation says of an object once a field of it is wrong.

use serde_json::{Value, json};

use super::refused;
use crate::validation::{COORDINATION, NETWORKING, RBAC, STORAGE};

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
        (NETWORKING, "ServiceCIDR", "/spec/cidrs", json!([]), vec!["spec.cidrs: Required value: at least one CIDR required".into()]),
        (NETWORKING, "ServiceCIDR", "/spec/cidrs", json!(["10.0.0.0/8", "10.1.0.0/16"]), vec!["spec.cidrs: Invalid value: {\"CIDRs\":[\"10.0.0.0/8\",\"10.1.0.0/16\"]}: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64".into()]),
        (NETWORKING, "IPAddress", "/metadata/name", json!("10.0.0.01"), vec!["metadata.name: Invalid value: \"10.0.0.01\": must not have leading 0s".into()]),
        (NETWORKING, "IPAddress", "/spec/parentRef", Value::Null, vec!["spec.parentRef: Required value".into()]),
        (COORDINATION, "LeaseCandidate", "/spec/binaryVersion", json!("1.36"), vec![
            "spec.binaryVersion: Invalid value: \"1.36\": must be a valid semantic version".into(),
            "spec.binaryVersion: Required value: must be specified when `strategy` is 'OldestEmulationVersion'".into(),
        ]),
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
        ("", "PersistentVolumeClaim", "/spec/resources/requests/storage", json!("0"), vec!["spec.resources[storage]: Invalid value: \"0\": must be greater than zero".into()]),
        ("", "PersistentVolume", "/spec/capacity/storage", json!("-1"), vec![
            "spec.capacity[storage]: Invalid value: -1: must be a valid resource quantity".into(),
            "spec.capacity[storage]: Invalid value: \"-1\": must be greater than zero".into()]),
        ("", "PersistentVolume", "/spec/nodeAffinity", json!({}), vec!["spec.nodeAffinity.required: Required value: must specify required node constraints".into()]),
        ("", "Secret", "/type", json!("kubernetes.io/dockercfg"), vec!["data[.dockercfg]: Required value".into()]),
        ("", "Node", "/spec/podCIDRs", json!(["10.0.0.0/24", "10.0.0.0/24"]), vec![
            "spec.podCIDRs: Invalid value: [\"10.0.0.0/24\",\"10.0.0.0/24\"]: may specify no more than one CIDR for each IP family".into(),
            "spec.podCIDRs[1]: Duplicate value: \"10.0.0.0/24\"".into()]),
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
        (RBAC, "RoleBinding", "/roleRef/kind", json!("x"), vec!["roleRef.kind: Unsupported value: \"x\": supported values: \"Role\", \"ClusterRole\"".into()]),
        (RBAC, "Role", "/rules/0/verbs", json!([]), vec!["rules[0].verbs: Required value: verbs must contain at least one value".into()]),
        (NETWORKING, "Ingress", "/spec/rules/0/http/paths/0/pathType", Value::Null, vec!["spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified".into()]),
        (NETWORKING, "NetworkPolicy", "/spec/ingress/0/from/0", json!({}), vec!["spec.ingress[0].from[0]: Required value: must specify a peer".into()]),
        ("autoscaling", "HorizontalPodAutoscaler", "/spec/maxReplicas", json!(0), vec![
            "spec.maxReplicas: Invalid value: 0: must be greater than 0".into(),
            "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`".into()]),
        ("policy", "PodDisruptionBudget", "/spec/maxUnavailable", json!(1), vec![
            "spec: Invalid value: {\"MinAvailable\":\"50%\",\"Selector\":{\"matchLabels\":{\"app\":\"a\"}},\"MaxUnavailable\":1,\"UnhealthyPodEvictionPolicy\":null}: minAvailable and maxUnavailable cannot be both set".into()]),
        ("scheduling.k8s.io", "PriorityClass", "/value", json!(2_000_000_000), vec!["value: Forbidden: maximum allowed value of a user defined priority is 1000000000".into()]),
        ("scheduling.k8s.io", "PriorityClass", "/metadata/name", json!("system-x"), vec!["metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class".into()]),
        ("apiextensions.k8s.io", "CustomResourceDefinition", "/metadata/name", json!("x"), vec!["metadata.name: Invalid value: \"x\": must be spec.names.plural+\".\"+spec.group".into()]),
        (COORDINATION, "Lease", "/spec/leaseDurationSeconds", json!(0), vec!["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0".into()]),
        (STORAGE, "StorageClass", "/reclaimPolicy", json!("x"), vec!["reclaimPolicy: Unsupported value: \"x\": supported values: \"Delete\", \"Retain\"".into()]),
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

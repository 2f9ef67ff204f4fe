//! What is told of objects that are accepted.

use serde_json::{Value, json};

use super::{WARNINGS, create, update};
use crate::defaults;
use crate::kinds::{self, Kind};

fn row(group: &str, kind: &str) -> &'static Kind {
    let found = kinds::storage_versions().find(|row| row.group == group && row.kind == kind);
    found.unwrap_or_else(|| panic!("no kind {group}/{kind}"))
}

fn check(group: &str, kind: &str, mut object: Value, expected: &[&str]) {
    let row = row(group, kind);
    defaults::apply(row, &mut object);
    assert_eq!(create(row, &object), expected, "{kind}");
}

#[test]
fn the_table_is_in_order_and_names_served_kinds() {
    for pair in WARNINGS.windows(2) {
        assert!(
            (pair[0].0, pair[0].1) < (pair[1].0, pair[1].1),
            "{}",
            pair[1].1
        );
    }
    for (group, kind, _) in WARNINGS {
        row(group, kind);
    }
}

fn pod(spec: Value) -> Value {
    let mut pod =
        json!({"metadata": {"name": "a"}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    for (field, value) in spec.as_object().into_iter().flatten() {
        pod["spec"][field] = value.clone();
    }
    pod
}

fn container(fields: Value) -> Value {
    let mut container = fields;
    container["name"] = json!("c");
    container["image"] = json!("i");
    pod(json!({"containers": [container]}))
}

#[test]
fn templates_that_name_profiles_in_annotations() {
    let key = "container.apparmor.security.beta.kubernetes.io/c";
    let mut template = container(json!({}));
    template["metadata"]["annotations"] = json!({key: "runtime/default"});
    let check = |template: &Value, expected: &[&str]| {
        let object = json!({"metadata": {"name": "t"}, "template": template});
        check("", "PodTemplate", object, expected);
    };
    check(
        &template,
        &[
            "template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the \"appArmorProfile\" field instead",
        ],
    );
    template["spec"]["securityContext"] = json!({"appArmorProfile": {"type": "RuntimeDefault"}});
    check(&template, &[]);
}

#[test]
fn pods() {
    let check = |object: Value, expected: &[&str]| check("", "Pod", object, expected);
    check(pod(json!({})), &[]);
    let mut dotted = pod(json!({}));
    dotted["metadata"]["name"] = json!("a.b");
    dotted["metadata"]["annotations"] = json!({"scheduler.alpha.kubernetes.io/critical-pod": "",
        "container.apparmor.security.beta.kubernetes.io/c": "runtime/default"});
    check(
        dotted,
        &[
            "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
            "metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the \"priorityClassName\" field instead",
        ],
    );
    let term = json!({"matchExpressions": [{"key": "beta.kubernetes.io/os", "operator": "In", "values": ["a b"]}]});
    check(
        pod(
            json!({"nodeSelector": {"node-role.kubernetes.io/master": ""},
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}},
                "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"podAffinityTerm": {"topologyKey": "a"}}]}},
            "topologySpreadConstraints": [{"topologyKey": "failure-domain.beta.kubernetes.io/zone"}]}),
        ),
        &[
            "spec.nodeSelector[node-role.kubernetes.io/master]: use \"node-role.kubernetes.io/control-plane\" instead",
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use \"kubernetes.io/os\" instead",
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values[0]: a b is invalid, a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
            "spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
            "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod",
            "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector: a null labelSelector results in matching no pod",
        ],
    );
    check(
        pod(
            json!({"imagePullSecrets": [{"name": "a"}, {"name": "a"}, {}], "terminationGracePeriodSeconds": -1,
            "hostAliases": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.1"}]}),
        ),
        &[
            "spec.hostAliases[1].ip: duplicate ip \"10.0.0.1\"",
            "spec.imagePullSecrets[1].name: duplicate name \"a\"",
            "spec.imagePullSecrets[2].name: invalid empty name \"\"",
            "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1",
        ],
    );
    let changed = pod(json!({"terminationGracePeriodSeconds": -1}));
    assert_eq!(update(row("", "Pod"), &changed, &pod(json!({}))), [""; 0]);
}

#[test]
fn containers() {
    let check = |object: Value, expected: &[&str]| check("", "Pod", object, expected);
    check(
        container(
            json!({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)2"}, {"name": "A", "value": "3"}],
            "resources": {"limits": {"memory": "1500m"}}}),
        ),
        &[
            "spec.containers[0].resources.limits[memory]: fractional byte value \"1500m\" is invalid, must be an integer",
            "spec.containers[0].resources.requests[memory]: fractional byte value \"1500m\" is invalid, must be an integer",
            "spec.containers[0].env[2]: hides previous definition of \"A\", which may be dropped when using apply",
        ],
    );
    check(
        container(
            json!({"ports": [{"containerPort": 80}, {"containerPort": 80}, {"containerPort": 80, "hostPort": 8080},
            {"containerPort": 81, "hostPort": 81}, {"containerPort": 81, "hostPort": 81, "hostIP": "10.0.0.1"},
            {"name": "w", "containerPort": 82, "hostIP": "10.0.0.1"}]}),
        ),
        &[
            "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
            "spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[0]",
            "spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[1]",
            "spec.containers[0].ports[4]: dangerously ambiguous port definition with spec.containers[0].ports[3]",
            "spec.containers[0].ports[5]: hostIP set without hostPort: {Name:w HostPort:0 ContainerPort:82 Protocol:TCP HostIP:10.0.0.1}",
        ],
    );
}

#[test]
fn volumes_of_pods() {
    let items = |paths: &[&str]| {
        json!(
            paths
                .iter()
                .map(|path| json!({"key": "k", "path": path}))
                .collect::<Vec<_>>()
        )
    };
    check(
        "",
        "Pod",
        pod(
            json!({"volumes": [{"name": "g", "gitRepo": {"repository": "r"}}, {"name": "r", "rbd": {}},
            {"name": "c", "configMap": {"name": "m", "items": items(&["a", "a/b"])}},
            {"name": "p", "projected": {"sources": [{"secret": {"name": "s", "items": items(&["t"])}},
                {"serviceAccountToken": {"path": "t"}}, {}]}}]}),
        ),
        &[
            "spec.volumes[0].gitRepo: deprecated in v1.11",
            "spec.volumes[1].rbd: deprecated in v1.28, non-functional in v1.31+",
            "volume \"c\" (ConfigMap \"m\"): overlapping paths: \"a/b\" with \"a\"",
            "volume \"p\" (Projected ServiceAccountToken): overlapping paths: \"t\" with \"t\"",
            "volume \"p\" (Projected) has no sources provided",
        ],
    );
}

#[test]
fn workloads() {
    let template = pod(json!({"terminationGracePeriodSeconds": -1}));
    let workload = json!({"metadata": {"name": "a.b", "generation": 1}, "spec": {"template": template, "revisionHistoryLimit": -1,
        "volumeClaimTemplates": [{"spec": {"resources": {"requests": {"storage": "1m"}}}}]}});
    let grace = "spec.template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1";
    let name = "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]";
    for kind in ["Deployment", "ReplicaSet"] {
        check("apps", kind, workload.clone(), &[name, grace]);
    }
    check("batch", "Job", workload.clone(), &[name, grace]);
    check("apps", "DaemonSet", workload.clone(), &[grace]);
    let history = "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended";
    let size = "spec.volumeClaimTemplates[0].resources.requests[storage]: fractional byte value \"1m\" is invalid, must be an integer";
    check(
        "apps",
        "StatefulSet",
        workload.clone(),
        &[grace, size, history],
    );
    let deployment = row("apps", "Deployment");
    assert_eq!(update(deployment, &workload, &workload), [""; 0]);
    let mut next = workload.clone();
    next["metadata"]["generation"] = json!(2);
    assert_eq!(update(deployment, &next, &workload), [grace]);
    let cron = json!({"metadata": {"name": "a"}, "spec": {"jobTemplate": {"spec": {"completionMode": "Indexed",
        "completions": 100_001, "parallelism": 10_001, "template": pod(json!({}))}}}});
    check(
        "batch",
        "CronJob",
        cron,
        &[
            "spec.jobTemplate.spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail",
        ],
    );
}

#[test]
fn zones_in_schedules() {
    let job = json!({"spec": {"schedule": "TZ=UTC * * * * *"}});
    assert_eq!(
        update(row("batch", "CronJob"), &job, &job),
        [
            "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
        ]
    );
}

#[test]
fn services_and_addresses() {
    check(
        "",
        "Service",
        json!({"spec": {"clusterIP": "None", "loadBalancerIP": "::ffff:10.0.0.1", "externalName": "x", "trafficDistribution": "PreferClose",
            "sessionAffinity": "ClientIP", "loadBalancerSourceRanges": ["10.0.0.1/8", "FD00::/8", "10.0.0.0/8"]}}),
        &[
            "spec.loadBalancerIP is ignored for headless services",
            "spec.SessionAffinity is ignored for headless services",
            "spec.loadBalancerIP: non-standard IP address \"::ffff:10.0.0.1\" is invalid: use \"10.0.0.1\"",
            "spec.loadBalancerSourceRanges[0]: CIDR value \"10.0.0.1/8\" is ambiguous in this context (should be \"10.0.0.0/8\" or \"10.0.0.1/32\"?)",
            "spec.loadBalancerSourceRanges[1]: IPv6 CIDR value \"FD00::/8\" should be in RFC 5952 canonical format (\"fd00::/8\")",
            "spec.externalName is ignored when spec.type is not \"ExternalName\"",
            "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"",
        ],
    );
    check(
        "",
        "Service",
        json!({"spec": {"clusterIP": "fd00::01", "clusterIPs": ["fd00::01"], "externalIPs": ["192.0.2.1"]}}),
        &[
            "spec.clusterIPs[0]: IPv6 address \"fd00::01\" should be in RFC 5952 canonical format (\"fd00::1\")",
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
        ],
    );
    let peer = json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.1/16"]}});
    check(
        "networking.k8s.io",
        "NetworkPolicy",
        json!({"spec": {"egress": [{"to": [peer]}]}}),
        &[
            "spec.egress[0].to[0].ipBlock.except[0]: CIDR value \"10.1.0.1/16\" is ambiguous in this context (should be \"10.1.0.0/16\" or \"10.1.0.1/32\"?)",
        ],
    );
    check(
        "",
        "Endpoints",
        json!({"subsets": [{"addresses": [{"ip": "FD00::1"}]}]}),
        &[
            "subsets[0].addresses[0].ip: IPv6 address \"FD00::1\" should be in RFC 5952 canonical format (\"fd00::1\")",
        ],
    );
    check(
        "discovery.k8s.io",
        "EndpointSlice",
        json!({"addressType": "IPv6", "endpoints": [{"addresses": ["FD00::1"]}]}),
        &[
            "endpoints[0].addresses[0]: IPv6 address \"FD00::1\" should be in RFC 5952 canonical format (\"fd00::1\")",
        ],
    );
}

#[test]
fn others() {
    let class = json!({"volume.beta.kubernetes.io/storage-class": "c", "volume.beta.kubernetes.io/mount-options": "o"});
    check(
        "",
        "PersistentVolume",
        json!({"metadata": {"annotations": class}, "spec": {"persistentVolumeReclaimPolicy": "Recycle", "cephfs": {}}}),
        &[
            "metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use \"storageClassName\" attribute instead",
            "metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use \"mountOptions\" attribute instead",
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
            "spec.cephfs: deprecated in v1.28, non-functional in v1.31+",
        ],
    );
    check(
        "",
        "PersistentVolumeClaim",
        json!({"spec": {"resources": {"requests": {"storage": "1500m"}}}}),
        &[
            "spec.resources.requests[storage]: fractional byte value \"1500m\" is invalid, must be an integer",
        ],
    );
    check(
        "",
        "Secret",
        json!({"type": "kubernetes.io/tls", "data": {"tls.crt": "", "tls.key": ""}}),
        &["tls: failed to find any PEM data in certificate input"],
    );
    check(
        "",
        "Node",
        json!({"spec": {"externalID": "x", "podCIDRs": ["10.0.0.1/24"]}}),
        &[
            "spec.externalID: this field is deprecated, and is unused by Kubernetes",
            "spec.podCIDRs[0]: CIDR value \"10.0.0.1/24\" is ambiguous in this context (should be \"10.0.0.0/24\" or \"10.0.0.1/32\"?)",
        ],
    );
    check(
        "",
        "ServiceAccount",
        json!({"metadata": {"annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}}}),
        &[
            "metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets",
        ],
    );
    check(
        "networking.k8s.io",
        "Ingress",
        json!({"metadata": {"annotations": {"kubernetes.io/ingress.class": "n"}}}),
        &[
            "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead",
        ],
    );
    check(
        "node.k8s.io",
        "RuntimeClass",
        json!({"scheduling": {"nodeSelector": {"beta.kubernetes.io/arch": "x"}}}),
        &["scheduling.nodeSelector: deprecated since v1.14; use \"kubernetes.io/arch\" instead"],
    );
    check(
        "storage.k8s.io",
        "StorageClass",
        json!({"allowedTopologies": [{"matchLabelExpressions": [{"key": "beta.kubernetes.io/os"}]}]}),
        &[
            "allowedTopologies[0].matchLabelExpressions[0].key: deprecated since v1.14; use \"kubernetes.io/os\" instead",
        ],
    );
    check(
        "storage.k8s.io",
        "CSIStorageCapacity",
        json!({"nodeTopology": {"matchLabels": {"beta.kubernetes.io/os": "x"}}}),
        &[
            "nodeTopology.matchLabels.beta.kubernetes.io/os: deprecated since v1.14; use \"kubernetes.io/os\" instead",
        ],
    );
}

#[test]
fn formats_of_definitions() {
    let version =
        |schema: Value| json!({"spec": {"versions": [{"schema": {"openAPIV3Schema": schema}}]}});
    let old = version(
        json!({"properties": {"a": {"type": "string", "format": "date-time"}, "b": {"type": "integer", "format": "int64"},
        "c": {"type": "array", "items": {"type": "string", "format": "odd"}}}}),
    );
    let kind = row("apiextensions.k8s.io", "CustomResourceDefinition");
    assert_eq!(create(kind, &old), ["unrecognized format \"odd\""]);
    assert_eq!(update(kind, &old, &old), [""; 0]);
    let new = version(json!({"properties": {"a": {"type": "boolean", "format": "date"}}}));
    assert_eq!(update(kind, &new, &old), ["unrecognized format \"date\""]);
}

#[test]
fn finalizers_of_custom_resources() {
    let kind = Kind {
        custom: true,
        ..*row("", "ConfigMap")
    };
    let object = |finalizers: Value| json!({"metadata": {"finalizers": finalizers}});
    let told = "to avoid accidental conflicts with other finalizer writers";
    assert_eq!(
        create(
            &kind,
            &object(json!([
                "one",
                "two.example.com",
                "three.example.com/x",
                "orphan"
            ]))
        ),
        [
            format!(
                "metadata.finalizers: \"one\": prefer a domain-qualified finalizer name {told}"
            ),
            format!(
                "metadata.finalizers: \"two.example.com\": prefer a domain-qualified finalizer name including a path (/) {told}"
            ),
        ]
    );
    let old = object(json!(["one"]));
    assert_eq!(update(&kind, &old, &old), [""; 0]);
}

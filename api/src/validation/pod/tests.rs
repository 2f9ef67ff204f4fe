//! Pods that are in order, and what is said of them once something is changed.

use serde_json::{Value, json};

use super::super::errors::Errors;
use super::{create, ephemeral_containers, resize, template, update, update_status};
use crate::defaults;
use crate::kinds;
use crate::validation::path::Path;

/// A pod with a bit of everything, with its defaults.
fn pod() -> Value {
    let mut pod = json!({
        "metadata": {"name": "p", "namespace": "default", "uid": "u", "resourceVersion": "1", "annotations": {}},
        "spec": {
            "containers": [{
                "name": "main",
                "image": "registry.io:5000/leap/spark:latest",
                "ports": [{"containerPort": 8081, "name": "port-1"}],
                "env": [
                    {"name": "DEBUG", "value": "__DEBUG"},
                    {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
                    {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
                    {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
                ],
                "envFrom": [{"configMapRef": {"name": "c"}}],
                "resources": {"requests": {"cpu": "5"}, "limits": {"cpu": "5", "memory": "2G"}},
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                "livenessProbe": {"httpGet": {"port": "port-1"}},
                "lifecycle": {"preStop": {"exec": {"command": ["sh"]}}},
                "securityContext": {"runAsUser": 0, "capabilities": {"add": ["NET_ADMIN"]}}
            }],
            "initContainers": [{"name": "init", "image": "i"}],
            "volumes": [
                {"name": "data"},
                {"name": "token", "projected": {"sources": [
                    {"serviceAccountToken": {"path": "token"}},
                    {"configMap": {"name": "c", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                    {"downwardAPI": {"items": [{"path": "ns", "fieldRef": {"fieldPath": "metadata.namespace"}}]}}
                ]}}
            ],
            "serviceAccountName": "default",
            "nodeSelector": {"kubernetes.io/os": "linux"},
            "tolerations": [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}],
            "affinity": {
                "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                    {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}]}},
                "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 1, "podAffinityTerm": {"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}}}]}
            },
            "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"a": "b"}}}]
        },
        "status": {"phase": "Pending"}
    });
    let kind = kinds::by_kind("", "v1", "Pod").expect("pods are served");
    defaults::apply(kind, &mut pod);
    pod
}

fn texts(check: impl FnOnce(&mut Errors)) -> Vec<String> {
    let mut out = Errors::default();
    check(&mut out);
    out.into_list().iter().map(ToString::to_string).collect()
}

/// Sets what each pointer names, and reports what creation then says.
fn refused(changes: &[(&str, Value)]) -> Vec<String> {
    let mut pod = pod();
    for (pointer, value) in changes {
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        let parent = pod
            .pointer_mut(parent)
            .unwrap_or_else(|| panic!("no {parent}"));
        match parent {
            Value::Array(list) => list.push(value.clone()),
            parent => parent[field] = value.clone(),
        }
    }
    texts(|out| create(&pod, out))
}

#[test]
fn a_pod_in_order_is_accepted() {
    assert_eq!(refused(&[]), Vec::<String>::new());
}

#[test]
fn containers_are_refused_in_upstreams_words() {
    let main = "/spec/containers/0";
    let cases: Vec<(String, Value, Vec<&str>)> = vec![
        (
            "/spec/containers".into(),
            json!([]),
            vec!["spec.containers: Required value"],
        ),
        (
            format!("{main}/image"),
            json!(""),
            vec!["spec.containers[0].image: Required value"],
        ),
        (
            format!("{main}/image"),
            json!(" i"),
            vec![
                "spec.containers[0].image: Invalid value: \" i\": must not have leading or trailing whitespace",
            ],
        ),
        (
            format!("{main}/name"),
            json!(""),
            vec!["spec.containers[0].name: Required value"],
        ),
        (
            format!("{main}/name"),
            json!("a.b"),
            vec!["spec.containers[0].name: Invalid value: \"a.b\": must not contain dots"],
        ),
        (
            format!("{main}/name"),
            json!("init"),
            vec!["spec.initContainers[0].name: Duplicate value: \"init\""],
        ),
        (
            format!("{main}/imagePullPolicy"),
            json!("Sometimes"),
            vec![
                "spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
            ],
        ),
        (
            format!("{main}/terminationMessagePolicy"),
            json!("x"),
            vec![
                "spec.containers[0].terminationMessagePolicy: Unsupported value: \"x\": supported values: \"File\", \"FallbackToLogsOnError\"",
            ],
        ),
        (
            format!("{main}/ports/0/containerPort"),
            json!(0),
            vec!["spec.containers[0].ports[0].containerPort: Required value"],
        ),
        (
            format!("{main}/ports/0/containerPort"),
            json!(65536),
            vec![
                "spec.containers[0].ports[0].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive",
            ],
        ),
        (
            format!("{main}/ports/0/protocol"),
            json!("tcp"),
            vec![
                "spec.containers[0].ports[0].protocol: Unsupported value: \"tcp\": supported values: \"SCTP\", \"TCP\", \"UDP\"",
            ],
        ),
        (
            format!("{main}/ports/0/name"),
            json!("port_1"),
            vec![
                "spec.containers[0].ports[0].name: Invalid value: \"port_1\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
            ],
        ),
        (
            format!("{main}/env/0/name"),
            json!("A=B"),
            vec![
                "spec.containers[0].env[0].name: Invalid value: \"A=B\": a valid environment variable name must consist only of printable ASCII characters other than '='",
            ],
        ),
        (
            format!("{main}/env/1/value"),
            json!("x"),
            vec![
                "spec.containers[0].env[1].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty",
            ],
        ),
        (
            format!("{main}/env/1/valueFrom/fieldRef/fieldPath"),
            json!("spec.nope"),
            vec![
                "spec.containers[0].env[1].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.nope\": error converting fieldPath: field label not supported: spec.nope",
            ],
        ),
        (
            format!("{main}/env/2/valueFrom/resourceFieldRef/divisor"),
            json!("1k"),
            vec![
                "spec.containers[0].env[2].valueFrom.resourceFieldRef.divisor: Invalid value: \"limits.cpu\": only divisor's values 1m and 1 are supported with the cpu resource",
            ],
        ),
        (
            format!("{main}/envFrom/0"),
            json!({}),
            vec![
                "spec.containers[0].envFrom: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`",
            ],
        ),
        (
            format!("{main}/resources/requests/cpu"),
            json!("6"),
            vec![
                "spec.containers[0].resources.requests: Invalid value: \"6\": must be less than or equal to cpu limit of 5",
            ],
        ),
        (
            format!("{main}/resources/limits/foo"),
            json!("1"),
            vec![
                "spec.containers[0].resources.limits[foo]: Invalid value: \"foo\": must be a standard resource type or fully qualified",
                "spec.containers[0].resources.limits[foo]: Invalid value: \"foo\": must be a standard resource for containers",
            ],
        ),
        (
            format!("{main}/resources/limits/memory"),
            json!("-1"),
            vec![
                "spec.containers[0].resources.limits[memory]: Invalid value: \"-1\": must be greater than or equal to 0",
                "spec.containers[0].resources.requests: Invalid value: \"2G\": must be less than or equal to memory limit of -1",
            ],
        ),
        (
            format!("{main}/volumeMounts/0/name"),
            json!("nope"),
            vec!["spec.containers[0].volumeMounts[0].name: Not found: \"nope\""],
        ),
        (
            format!("{main}/volumeMounts/0/mountPath"),
            json!(""),
            vec!["spec.containers[0].volumeMounts[0].mountPath: Required value"],
        ),
        (
            format!("{main}/livenessProbe/httpGet/port"),
            json!(0),
            vec![
                "spec.containers[0].livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive",
            ],
        ),
        (
            format!("{main}/livenessProbe/successThreshold"),
            json!(2),
            vec!["spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"],
        ),
        (
            format!("{main}/livenessProbe/exec"),
            json!({"command": ["a"]}),
            vec![
                "spec.containers[0].livenessProbe.httpGet: Forbidden: may not specify more than 1 handler type",
            ],
        ),
        (
            format!("{main}/lifecycle/preStop"),
            json!({}),
            vec![
                "spec.containers[0].lifecycle.preStop: Required value: must specify a handler type",
            ],
        ),
        (
            format!("{main}/securityContext/runAsUser"),
            json!(-1),
            vec![
                "spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 4294967295, inclusive",
            ],
        ),
        (
            "/spec/initContainers/0/readinessProbe".into(),
            json!({"tcpSocket": {"port": 1}}),
            vec![
                "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
            ],
        ),
    ];
    for (pointer, value, expected) in cases {
        // A whole list is replaced, not appended to.
        let found = match pointer.rsplit_once('/') {
            Some((parent, "0")) => refused(&[(parent, json!([value]))]),
            _ => refused(&[(pointer.as_str(), value)]),
        };
        assert_eq!(found, expected, "{pointer}");
    }
}

#[test]
fn the_spec_is_refused_in_upstreams_words() {
    let cases: Vec<(&str, Value, Vec<&str>)> = vec![
        (
            "/spec/restartPolicy",
            json!("Perhaps"),
            vec![
                "spec.restartPolicy: Unsupported value: \"Perhaps\": supported values: \"Always\", \"OnFailure\", \"Never\"",
            ],
        ),
        (
            "/spec/dnsPolicy",
            json!("None"),
            vec![
                "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
            ],
        ),
        (
            "/spec/dnsConfig",
            json!({"nameservers": ["x"]}),
            vec![
                "spec.dnsConfig.nameservers[0]: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
            ],
        ),
        (
            "/spec/hostnameOverride",
            json!("a".repeat(65)),
            vec!["spec.hostnameOverride: Too long: may not be more than 64 bytes"],
        ),
        (
            "/spec/containers/0/restartPolicyRules",
            json!([{"action": "Restart"}]),
            vec![
                "spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used",
            ],
        ),
        (
            "/spec/hostname",
            json!("a.b"),
            vec!["spec.hostname: Invalid value: \"a.b\": must not contain dots"],
        ),
        (
            "/spec/activeDeadlineSeconds",
            json!(0),
            vec![
                "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
            ],
        ),
        (
            "/spec/terminationGracePeriodSeconds",
            Value::Null,
            vec!["spec.terminationGracePeriodSeconds: Required value"],
        ),
        (
            "/spec/preemptionPolicy",
            json!("x"),
            vec![
                "spec.preemptionPolicy: Unsupported value: \"x\": supported values: \"PreemptLowerPriority\", \"Never\"",
            ],
        ),
        (
            "/spec/serviceAccountName",
            json!(""),
            vec![
                "spec.volumes[1].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set",
            ],
        ),
        (
            "/spec/ephemeralContainers",
            json!([{"name": "e", "image": "i", "imagePullPolicy": "Always", "terminationMessagePolicy": "File"}]),
            vec!["spec.ephemeralContainers: Forbidden: cannot be set on create"],
        ),
        (
            "/spec/volumes",
            json!([{"name": "data", "hostPath": {"path": ""}}]),
            vec![
                "spec.volumes[0].hostPath.path: Required value",
                "spec.containers[0].volumeMounts[0].name: Not found: \"data\"",
            ],
        ),
        (
            "/spec/volumes",
            json!([{"name": "data", "emptyDir": {}, "nfs": {"server": "a", "path": "/"}}]),
            vec![
                "spec.volumes[0].nfs: Forbidden: may not specify more than 1 volume type",
                "spec.containers[0].volumeMounts[0].name: Not found: \"data\"",
            ],
        ),
        (
            "/spec/volumes",
            json!([{"name": "data"}]),
            vec![
                "spec.volumes[0]: Required value: must specify a volume type",
                "spec.containers[0].volumeMounts[0].name: Not found: \"data\"",
            ],
        ),
        (
            "/spec/volumes",
            json!([{"name": "data", "emptyDir": {}}, {"name": "data", "emptyDir": {}}]),
            vec!["spec.volumes[1].name: Duplicate value: \"data\""],
        ),
        (
            "/spec/volumes",
            json!([{"name": "data", "configMap": {"name": "c", "defaultMode": 1000}}]),
            vec![
                "spec.volumes[0].configMap.defaultMode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both inclusive",
                "spec.containers[0].volumeMounts[0].name: Not found: \"data\"",
            ],
        ),
        (
            "/spec/tolerations",
            json!([{"operator": "Equal"}]),
            vec![
                "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
            ],
        ),
        (
            "/spec/tolerations",
            json!([{"key": "a", "operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 1}]),
            vec![
                "spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set",
            ],
        ),
        (
            "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms",
            json!([]),
            vec![
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
            ],
        ),
        (
            "/spec/topologySpreadConstraints/0/maxSkew",
            json!(0),
            vec![
                "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than 0",
            ],
        ),
        (
            "/spec/topologySpreadConstraints/0/whenUnsatisfiable",
            json!(""),
            vec![
                "spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"\": supported values: \"DoNotSchedule\", \"ScheduleAnyway\"",
            ],
        ),
        (
            "/spec/securityContext/sysctls",
            json!([{"name": "A"}]),
            vec![
                "spec.securityContext.sysctls[0].name: Invalid value: \"A\": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
            ],
        ),
        (
            "/spec/securityContext/seccompProfile",
            json!({"type": "Localhost"}),
            vec![
                "spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost",
            ],
        ),
        (
            "/spec/os",
            json!({"name": "plan9"}),
            vec!["spec.os: Unsupported value: \"plan9\": supported values: \"linux\", \"windows\""],
        ),
        (
            "/spec/hostNetwork",
            json!(true),
            vec![
                "spec.containers[0].ports[0].hostPort: Invalid value: 0: must match `containerPort` when `hostNetwork` is true",
            ],
        ),
        (
            "/spec/schedulingGates",
            json!([{"name": "a/b"}, {"name": "a/b"}]),
            vec!["spec.schedulingGates[1]: Duplicate value: \"a/b\""],
        ),
        (
            "/metadata/annotations/kubernetes.io~1config.mirror",
            json!("x"),
            vec![],
        ),
    ];
    for (pointer, value, expected) in cases {
        if expected.is_empty() {
            continue;
        }
        assert_eq!(refused(&[(pointer, value)]), expected, "{pointer}");
    }
}

#[test]
fn two_containers_share_no_host_port() {
    let second = json!({"name": "b", "image": "i", "imagePullPolicy": "Always", "terminationMessagePolicy": "File",
        "ports": [{"containerPort": 1, "hostPort": 80, "protocol": "TCP"}]});
    assert_eq!(
        refused(&[
            ("/spec/containers/0/ports/0/hostPort", json!(80)),
            ("/spec/containers/1", second)
        ]),
        ["spec.containers[1].ports[0].hostPort: Duplicate value: \"TCP//80\""]
    );
}

#[test]
fn a_template_is_checked_below_its_path() {
    let pod = pod();
    let mut object = json!({"metadata": {"labels": {"a b": "c"}}, "spec": pod["spec"]});
    object["spec"]["containers"][0]["image"] = json!("");
    let found = texts(|out| template(&object, &Path::new("spec").child("template"), out));
    assert!(
        found[0]
            .starts_with("spec.template.labels: Invalid value: \"a b\": name part must consist of"),
        "{found:?}"
    );
    assert_eq!(
        found[1],
        "spec.template.spec.containers[0].image: Required value"
    );
}

/// Changes a stored pod, and reports what the update then says.
fn changed(pointer: &str, value: Value) -> Vec<String> {
    let old = pod();
    let mut new = old.clone();
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    match new
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("no {parent}"))
    {
        Value::Array(list) => list.push(value),
        parent => parent[field] = value,
    }
    texts(|out| update(&new, &old, out))
}

#[test]
fn images_tolerations_and_deadlines_may_change() {
    for (pointer, value) in [
        ("/spec/containers/0/image", json!("other")),
        ("/spec/initContainers/0/image", json!("other")),
        ("/spec/activeDeadlineSeconds", json!(5)),
        (
            "/spec/tolerations/1",
            json!({"key": "b", "operator": "Exists"}),
        ),
        ("/spec/tolerations/0/tolerationSeconds", json!(5)),
        ("/metadata/labels", json!({"a": "b"})),
    ] {
        assert_eq!(changed(pointer, value), Vec::<String>::new(), "{pointer}");
    }
}

#[test]
fn nothing_else_of_a_pod_may_change() {
    let start = "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n";
    for (pointer, value) in [
        ("/spec/nodeName", json!("n")),
        ("/spec/containers/0/command", json!(["sh"])),
        ("/spec/nodeSelector/x", json!("y")),
        ("/spec/terminationGracePeriodSeconds", json!(1)),
    ] {
        let found = changed(pointer, value);
        assert!(
            found.len() == 1 && found[0].starts_with(start),
            "{pointer}: {found:?}"
        );
    }
    let second = json!({"name": "b", "image": "i", "imagePullPolicy": "Always", "terminationMessagePolicy": "File"});
    assert_eq!(
        changed("/spec/containers/1", second),
        ["spec.containers: Forbidden: pod updates may not add or remove containers"]
    );
    assert_eq!(
        changed("/spec/tolerations", json!([])),
        [
            "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"
        ]
    );
}

#[test]
fn a_finished_container_stays_finished() {
    let mut old = pod();
    old["spec"]["restartPolicy"] = json!("Never");
    old["status"]["containerStatuses"] =
        json!([{"name": "main", "state": {"terminated": {"exitCode": 1}}}]);
    let mut new = old.clone();
    new["status"]["containerStatuses"][0]["state"] = json!({"running": {}});
    new["status"]["podIPs"] = json!([{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]);
    assert_eq!(
        texts(|out| update_status(&new, &old, out)),
        [
            "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state",
            "status.podIPs: Invalid value: [{\"ip\":\"10.0.0.1\"},{\"ip\":\"10.0.0.2\"}]: may specify no more than one IP for each IP family",
        ]
    );
}

#[test]
fn a_running_pod_is_resized_within_limits() {
    let old = pod();
    let resized = |change: &dyn Fn(&mut Value)| {
        let mut new = old.clone();
        change(&mut new);
        texts(|out| resize(&new, &old, out))
    };
    let limits = "/spec/containers/0/resources/limits";
    let set = |pointer: &str, name: &str, value: Value| {
        let (pointer, name) = (pointer.to_owned(), name.to_owned());
        move |pod: &mut Value| {
            pod.pointer_mut(&pointer).expect("a field")[name.as_str()] = value.clone()
        }
    };
    assert_eq!(
        resized(&set(limits, "cpu", json!("6"))),
        Vec::<String>::new()
    );
    assert_eq!(
        resized(&set(limits, "memory", json!("3G"))),
        Vec::<String>::new()
    );
    assert_eq!(
        resized(&|pod: &mut Value| {
            for list in ["limits", "requests"] {
                pod["spec"]["containers"][0]["resources"][list]["memory"] = json!("1G");
            }
        }),
        [
            "spec.containers[0].resources.limits[memory]: Forbidden: memory limits cannot be decreased unless resizePolicy is RestartContainer"
        ]
    );
    assert_eq!(
        resized(&set("/spec/containers/0", "image", json!("other"))),
        ["spec: Forbidden: only cpu and memory resources are mutable"]
    );
    assert_eq!(
        resized(&set(
            "/spec/initContainers/0",
            "resources",
            json!({"limits": {"cpu": "1"}})
        )),
        ["spec: Forbidden: resources for non-sidecar init containers are immutable"]
    );
    assert_eq!(
        resized(&set("/spec/containers/0", "name", json!("b"))),
        [
            "spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize"
        ]
    );
}

#[test]
fn ephemeral_containers_come_and_stay() {
    let debug = json!({"name": "debug", "image": "i", "imagePullPolicy": "Always", "terminationMessagePolicy": "File"});
    let old = pod();
    let mut new = old.clone();
    new["spec"]["ephemeralContainers"] = json!([debug]);
    assert_eq!(
        texts(|out| ephemeral_containers(&new, &old, out)),
        Vec::<String>::new()
    );
    assert_eq!(
        texts(|out| ephemeral_containers(&old, &new, out)),
        [
            "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"debug\" may not be removed\n"
        ]
    );
    new["spec"]["ephemeralContainers"][0]["ports"] =
        json!([{"containerPort": 1, "protocol": "TCP"}]);
    new["spec"]["ephemeralContainers"][0]["targetContainerName"] = json!("nobody");
    assert_eq!(
        texts(|out| ephemeral_containers(&new, &old, out)),
        [
            "spec.ephemeralContainers[0].targetContainerName: Not found: \"nobody\"",
            "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container",
        ]
    );
}

//! Pods that are in order, and what is said of them once something is changed.

mod spec;
mod update;

use serde_json::{Value, json};

use super::super::errors::Errors;
use super::create;
use crate::defaults;
use crate::kinds;

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
        "status": {"phase": "Pending", "qosClass": "Burstable"}
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

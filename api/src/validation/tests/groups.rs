//! The rules of the smaller groups: storage, discovery, coordination, node, API registration.

use serde_json::{Value, json};

use super::{complete, row, set, texts};
use crate::validation::{COORDINATION, STORAGE, create, update, update_status};

/// What creation says of an object, once it has its defaults.
fn created(group: &str, kind: &str, object: &Value) -> Vec<String> {
    let row = row(group, kind);
    texts(&create(row, &complete(row, object.clone())))
}

/// What the update of one field says.
fn updated(group: &str, kind: &str, object: &Value, pointer: &str, value: Value) -> Vec<String> {
    let row = row(group, kind);
    let old = complete(row, object.clone());
    let mut new = old.clone();
    set(&mut new, pointer, value);
    texts(&update(row, &new, &old))
}

const QUALIFIED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

#[test]
fn storage() {
    let term = json!({"matchLabelExpressions": [{"key": "zone", "values": ["a", "b"]}]});
    let again = json!({"matchLabelExpressions": [{"key": "zone", "values": ["b", "a"]}]});
    let driver = |keys: Value| json!({"spec": {"drivers": [{"name": "d.example.com", "nodeID": "n", "topologyKeys": keys}]}});
    let attachment = |source: Value| json!({"spec": {"attacher": "d.example.com", "nodeName": "n", "source": source}});
    let at = "spec.source.inlineVolumeSpec";
    let cases: Vec<(&str, Value, Vec<String>)> = vec![
        ("StorageClass", json!({"provisioner": "p", "allowedTopologies": [term, again]}), vec![
            "allowedTopologies[1].matchLabelExpressions: Duplicate value: \"\"".into()]),
        ("StorageClass", json!({"provisioner": "p/q/r"}), vec![format!(
            "provisioner: Invalid value: \"p/q/r\": a valid label key {QUALIFIED} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')")]),
        ("VolumeAttributesClass", json!({"parameters": {"a": "b"}}), vec!["driverName: Required value".into()]),
        ("VolumeAttributesClass", json!({"driverName": "d"}), vec![
            "parameters: Required value: must contain at least one key/value pair".into()]),
        ("CSINode", driver(json!(["a", "a", ""])), vec![
            "spec.drivers[0]: Duplicate value: \"a\"".into(),
            "spec.drivers[0]: Required value".into(),
            "spec.drivers[0]: Invalid value: \"\": name part must be non-empty".into(),
            format!("spec.drivers[0]: Invalid value: \"\": name part {QUALIFIED}"),
        ]),
        ("CSIDriver", json!({"spec": {"volumeLifecycleModes": ["Some"], "nodeAllocatableUpdatePeriodSeconds": 1,
            "tokenRequests": [{"audience": "a"}, {"audience": "a", "expirationSeconds": 1}]}}), vec![
            "spec.tokenRequests[1].audience: Duplicate value: \"a\"".into(),
            "spec.volumeLifecycleModes: Unsupported value: \"Some\": supported values: \"Persistent\", \"Ephemeral\"".into(),
            "spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 1: must be greater than or equal to 10 seconds".into(),
        ]),
        ("VolumeAttachment", attachment(json!({})), vec![
            "spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName".into()]),
        ("VolumeAttachment", attachment(json!({"inlineVolumeSpec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1"},
            "storageClassName": "c", "hostPath": {"path": "/"}}})), vec![
            format!("{at}.capacity: Forbidden: may not be specified in the context of inline volumes"),
            format!("{at}.csi: Required value: has to be specified in the context of inline volumes"),
            format!("{at}.storageClassName: Forbidden: may not be specified in the context of inline volumes"),
        ]),
    ];
    for (kind, object, expected) in cases {
        assert_eq!(created(STORAGE, kind, &object), expected, "{object}");
    }
    let node = driver(json!(["a"]));
    assert_eq!(
        updated(
            STORAGE,
            "CSINode",
            &node,
            "/spec/drivers/0/nodeID",
            json!("m")
        ),
        [
            "spec.drivers: Invalid value: {\"Name\":\"d.example.com\",\"NodeID\":\"m\",\"TopologyKeys\":[\"a\"],\"Allocatable\":null}: field is immutable"
        ]
    );
    let count = json!({"count": 7});
    let allowed = updated(
        STORAGE,
        "CSINode",
        &node,
        "/spec/drivers/0/allocatable",
        count,
    );
    assert_eq!(allowed, [""; 0]);
}

#[test]
fn the_status_of_an_attachment() {
    let row = row(STORAGE, "VolumeAttachment");
    let spec = json!({"attacher": "d.example.com", "nodeName": "n", "source": {"persistentVolumeName": "v"}});
    let old = complete(row, json!({"spec": spec}));
    let mut new = old.clone();
    new["status"] =
        json!({"attached": false, "attachError": {"message": "a".repeat(1025), "errorCode": -1}});
    assert_eq!(
        texts(&update_status(row, &new, &old)),
        [
            "status.attachError.message: Too long: may not be more than 262144 bytes",
            "status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive",
        ]
    );
}

#[test]
fn runtime_classes() {
    let toleration = json!({"key": "k", "operator": "Exists"});
    let class = json!({"handler": "h", "overhead": {"podFixed": {"cpu": "-1", "pods": "1"}},
        "scheduling": {"tolerations": [toleration, toleration]}});
    assert_eq!(
        created("node.k8s.io", "RuntimeClass", &class),
        [
            "overhead.limits[cpu]: Invalid value: \"-1\": must be greater than or equal to 0",
            "overhead.limits[pods]: Invalid value: \"pods\": must be a standard resource for containers",
            "scheduling.tolerations[1]: Duplicate value: {\"Key\":\"k\",\"Operator\":\"Exists\",\"Value\":\"\",\"Effect\":\"\",\"TolerationSeconds\":null}",
        ]
    );
}

#[test]
fn leases_and_slices() {
    let lease = json!({"spec": {"strategy": "Mine", "preferredHolder": "h"}});
    assert_eq!(
        created(COORDINATION, "Lease", &lease),
        [
            "spec.strategy.strategy: Unsupported value: \"Mine\": supported values: \"OldestEmulationVersion\""
        ]
    );
    let lease = json!({"spec": {"preferredHolder": "h"}});
    assert_eq!(
        created(COORDINATION, "Lease", &lease),
        ["spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined"]
    );
    let zones: Vec<Value> = (0..9)
        .map(|zone| json!({"name": zone.to_string()}))
        .collect();
    let slice = json!({"addressType": "IPv4", "ports": [{"name": "a", "port": 80}],
        "endpoints": [{"addresses": ["10.0.0.1"], "hints": {"forZones": zones}}]});
    assert_eq!(
        created("discovery.k8s.io", "EndpointSlice", &slice),
        ["endpoints[0].hints.forZones: Too many: 9: must have at most 8 items"]
    );
}

#[test]
fn api_services() {
    let group = "apiregistration.k8s.io";
    let service = |spec: Value| json!({"metadata": {"name": "v1.a.example.com"}, "spec": spec});
    let local = service(
        json!({"group": "a.example.com", "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1,
        "caBundle": "YWJj", "insecureSkipTLSVerify": true}),
    );
    assert_eq!(
        created(group, "APIService", &local),
        [
            "spec.caBundle: Invalid value: \"3 bytes\": local APIServices may not have a caBundle",
            "spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify",
        ]
    );
    let remote = service(
        json!({"version": "v2", "groupPriorityMinimum": 0, "versionPriority": 1001, "service": {"port": 0}}),
    );
    assert_eq!(
        created(group, "APIService", &remote),
        [
            "metadata.name: Invalid value: \"v1.a.example.com\": must be `spec.version+\".\"+spec.group`: \"v2.\"",
            "spec.group: Required value: only v1 may have an empty group and it better be legacy kube",
            "spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000",
            "spec.versionPriority: Invalid value: 1001: must be positive and less than 1000",
            "spec.service.namespace: Required value",
            "spec.service.name: Required value",
            "spec.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive",
        ]
    );
}

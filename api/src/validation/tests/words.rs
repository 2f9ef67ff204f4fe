//! Several faults at a time: their words, their paths and their order, kind by kind.

use serde_json::{Value, json};

use super::{row, texts, valid_object};
use crate::validation::{NETWORKING, RBAC, create, update, update_status};

/// The object with another spec.
fn with(group: &str, kind: &str, spec: Value) -> Value {
    let mut object = valid_object(group, kind);
    object["spec"] = spec;
    object
}

fn created(group: &str, kind: &str, spec: Value) -> Vec<String> {
    texts(&create(row(group, kind), &with(group, kind, spec)))
}

fn changed(group: &str, kind: &str, new: Value, old: Value) -> Vec<String> {
    let (new, old) = (with(group, kind, new), with(group, kind, old));
    texts(&update(row(group, kind), &new, &old))
}

fn autoscaler(fields: Value) -> Value {
    let mut spec = json!({"maxReplicas": 3,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}});
    for (name, value) in fields.as_object().expect("fields") {
        spec[name] = value.clone();
    }
    spec
}

#[test]
fn metrics_of_autoscalers() {
    const HPA: (&str, &str) = ("autoscaling", "HorizontalPodAutoscaler");
    let goal = json!({"type": "AverageValue", "averageValue": "1"});
    let pods = json!({"metric": {"name": "m"}, "target": goal});
    let metrics = json!([
        {"type": "Disk", "pods": pods, "resource": {"name": "", "target": {}}},
        {"type": "Resource", "pods": pods, "resource": {"name": "", "target": {}}},
        {"type": "External", "external": {"metric": {"name": "a/b", "selector": {"matchLabels": {"-": "-"}}}, "target": {"type": "x"}}},
        {"type": "ContainerResource", "containerResource": {"container": "A", "target": goal}},
        {"type": "Object", "object": {"describedObject": {"apiVersion": "a/b/c", "kind": "K", "name": "n"}, "metric": {"name": "m"},
            "target": {"type": "Value", "value": "0", "averageValue": "-1"}}},
        {},
    ]);
    const SUPPORTED: &str =
        "supported values: \"ContainerResource\", \"External\", \"Object\", \"Pods\", \"Resource\"";
    let only = "must populate the given metric source only";
    assert_eq!(
        created(HPA.0, HPA.1, autoscaler(json!({"metrics": metrics}))),
        [
            format!("spec.metrics[0].type: Unsupported value: \"Disk\": {SUPPORTED}"),
            format!("spec.metrics[0].pods: Forbidden: {only}"),
            format!("spec.metrics[0].resource: Forbidden: {only}"),
            format!("spec.metrics[1].pods: Forbidden: {only}"),
            "spec.metrics[2].external.metric.name: Invalid value: \"a/b\": may not contain '/'".to_owned(),
            "spec.metrics[2].external.target.type: Invalid value: \"x\": must be either Utilization, Value, or AverageValue".to_owned(),
            "spec.metrics[2].external.target.averageValue: Required value: must set either a target value for metric or a per-pod target".to_owned(),
            "spec.metrics[3].containerResource.name: Required value: must specify a resource name".to_owned(),
            "spec.metrics[3].containerResource.container: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')".to_owned(),
            "spec.metrics[4].object.describedObject.apiVersion: Invalid value: \"a/b/c\": unexpected GroupVersion string: a/b/c".to_owned(),
            "spec.metrics[4].object.target.value: Invalid value: \"0\": must be positive".to_owned(),
            "spec.metrics[4].object.target.averageValue: Invalid value: \"-1\": must be positive".to_owned(),
            "spec.metrics[5].type: Required value: must specify a metric source type".to_owned(),
            format!("spec.metrics[5].type: Unsupported value: \"\": {SUPPORTED}"),
        ]
    );
    let none = [
        "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
        "spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas",
    ];
    let zero = autoscaler(json!({"minReplicas": 0}));
    assert_eq!(created(HPA.0, HPA.1, zero.clone()), none);
    assert_eq!(changed(HPA.0, HPA.1, zero.clone(), zero), none[1..]);
    let target = |version: &str, kind: &str| {
        autoscaler(json!({"scaleTargetRef": {"apiVersion": version, "kind": kind, "name": "d"}}))
    };
    let core = [
        "spec.scaleTargetRef.apiVersion: Invalid value: \"v1\": apiVersion must specify API group",
    ];
    assert_eq!(created(HPA.0, HPA.1, target("v1", "Deployment")), core);
    let controller = target("v1", "ReplicationController");
    assert_eq!(created(HPA.0, HPA.1, controller.clone()), [""; 0]);
    let old = target("v1", "Deployment");
    assert_eq!(changed(HPA.0, HPA.1, old.clone(), old.clone()), [""; 0]);
    assert_eq!(changed(HPA.0, HPA.1, old, controller), core);
}

#[test]
fn rules_of_ingresses() {
    let path = |path: &str| json!({"path": path, "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"number": 80}}}});
    let spec = json!({"ingressClassName": "b", "tls": [{"hosts": ["A"], "secretName": "_"}],
        "rules": [{"host": "a.b", "http": {"paths": [path("/")]}},
            {"host": "*.b", "http": {"paths": [path("x//"), {"backend": {}}]}}]});
    let mut object = with(NETWORKING, "Ingress", spec.clone());
    object["metadata"]["annotations"] = json!({"kubernetes.io/ingress.class": "a"});
    const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    let told = [
        "spec.rules[1].http.paths[0].path: Invalid value: \"x//\": must be an absolute path".to_owned(),
        "spec.rules[1].http.paths[0].path: Invalid value: \"x//\": must not contain '//'".to_owned(),
        "spec.rules[1].http.paths[1].pathType: Required value: pathType must be specified".to_owned(),
        format!("spec.tls[0].hosts[0]: Invalid value: \"A\": {SUBDOMAIN}"),
        format!("spec.tls[0].secretName: Invalid value: \"_\": {SUBDOMAIN}"),
        "annotations.kubernetes.io/ingress.class: Invalid value: \"a\": must match `ingressClassName` when both are specified".to_owned(),
    ];
    let kind = row(NETWORKING, "Ingress");
    assert_eq!(texts(&create(kind, &object)), told);
    // What was so before may stay: rules of wildcards and names of secrets.
    assert_eq!(texts(&update(kind, &object, &object)), told[3..4]);
}

#[test]
fn addresses_stay_as_they_were() {
    let block =
        |cidr: &str| json!({"podSelector": {}, "egress": [{"to": [{"ipBlock": {"cidr": cidr}}]}]});
    let kind = "NetworkPolicy";
    let fault = "spec.egress[0].to[0].ipBlock.cidr: Invalid value: \"10.0.0.1/8\": must not have bits set beyond the prefix length";
    let old = block("10.0.0.1/8");
    assert_eq!(created(NETWORKING, kind, old.clone()), [fault]);
    assert_eq!(changed(NETWORKING, kind, old.clone(), old.clone()), [""; 0]);
    assert_eq!(changed(NETWORKING, kind, old, block("10.0.0.0/8")), [fault]);
}

#[test]
fn ports_of_policies() {
    let ports = json!([{"endPort": 5}, {"port": "http", "endPort": 5, "protocol": "ICMP"}, {"port": 80, "endPort": 79}]);
    assert_eq!(
        created(
            NETWORKING,
            "NetworkPolicy",
            json!({"ingress": [{"ports": ports}], "policyTypes": ["Both"]})
        ),
        [
            "spec.ingress[0].ports[0].endPort: Invalid value: 5: may not be specified when `port` is not specified",
            "spec.ingress[0].ports[1].protocol: Unsupported value: \"ICMP\": supported values: \"TCP\", \"UDP\", \"SCTP\"",
            "spec.ingress[0].ports[1].endPort: Invalid value: 5: may not be specified when `port` is non-numeric",
            "spec.ingress[0].ports[2].endPort: Invalid value: 80: must be greater than or equal to `port`",
            "spec.policyTypes[0]: Unsupported value: \"Both\": supported values: \"Ingress\", \"Egress\"",
        ]
    );
}

#[test]
fn aggregated_roles_select() {
    let kind = row(RBAC, "ClusterRole");
    let mut object = valid_object(RBAC, "ClusterRole");
    object["aggregationRule"] = json!({"clusterRoleSelectors": [{}, {"matchExpressions": [{"key": "a", "operator": "Is"}]}]});
    assert_eq!(
        texts(&create(kind, &object)),
        [
            "aggregationRule.clusterRoleSelectors[1].matchExpressions[0].operator: Invalid value: \"Is\": not a valid selector operator",
            "aggregationRule.clusterRoleSelectors[1]: Invalid value: null: invalid label selector.",
        ]
    );
}

#[test]
fn schedules_and_zones() {
    let spec = |schedule: &str, zone: Value| {
        let mut spec = valid_object("batch", "CronJob")["spec"].clone();
        spec["schedule"] = schedule.into();
        spec["timeZone"] = zone;
        spec
    };
    const KIND: (&str, &str) = ("batch", "CronJob");
    let zoned = "TZ=UTC 0 * * * *";
    let told = |why: &str| vec![format!("spec.schedule: Invalid value: \"{zoned}\": {why}")];
    assert_eq!(
        created(KIND.0, KIND.1, spec(zoned, Value::Null)),
        told("cannot use TZ or CRON_TZ in schedule, use timeZone field instead")
    );
    let old = spec(zoned, Value::Null);
    assert_eq!(changed(KIND.0, KIND.1, old.clone(), old.clone()), [""; 0]);
    assert_eq!(
        changed(KIND.0, KIND.1, spec(zoned, json!("Etc/UTC")), old),
        told("cannot use both timeZone field and TZ or CRON_TZ in schedule")
    );
    for (zone, words) in [
        ("", "timeZone must be nil or non-empty string"),
        ("../etc", "unknown time zone ../etc"),
        ("a//b", "unknown time zone a//b"),
        (
            "local",
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
        ),
    ] {
        let found = created(KIND.0, KIND.1, spec("@hourly", json!(zone)));
        assert_eq!(
            found[0],
            format!("spec.timeZone: Invalid value: {zone:?}: {words}")
        );
    }
    let kept = spec("@hourly", json!("../etc"));
    assert_eq!(changed(KIND.0, KIND.1, kept.clone(), kept), [""; 0]);
}

#[test]
fn migrations_end_once() {
    let kind = row("storagemigration.k8s.io", "StorageVersionMigration");
    let object = |conditions: &[(&str, &str)], version: &str| {
        let conditions: Vec<Value> = conditions
            .iter()
            .map(|(type_, status)| {
                json!({"type": type_, "status": status, "reason": "R", "message": "",
                    "lastTransitionTime": "2026-01-01T00:00:00Z"})
            })
            .collect();
        let mut object = valid_object("storagemigration.k8s.io", "StorageVersionMigration");
        object["status"] = json!({"conditions": conditions, "resourceVersion": version});
        object
    };
    let told = |new: &Value, old: &Value| -> Vec<String> {
        let errors = update_status(kind, new, old);
        errors
            .into_iter()
            .map(|error| format!("{}: {}", error.field, error.detail))
            .collect()
    };
    let done = object(&[("Succeeded", "True")], "5");
    assert_eq!(told(&done, &object(&[("Running", "True")], "5")), [""; 0]);
    assert_eq!(
        told(
            &object(&[("Failed", "True"), ("Running", "True")], "05"),
            &done
        ),
        [
            "status.resourceVersion: resource version is not well formed: 05",
            "status.resourceVersion: field is immutable",
            "status.conditions: Running condition cannot be true when failed condition is true",
            "status.conditions: Success condition cannot be set to false once it is true",
        ]
    );
    let mut other = done.clone();
    other["spec"]["resource"] = json!({"group": "_", "resource": ""});
    let found = texts(&update(kind, &other, &done));
    assert_eq!(
        found[0],
        "spec.resource.resource: Required value: resource is required to be set"
    );
    assert_eq!(
        found[2],
        "spec: Invalid value: {\"Resource\":{\"group\":\"_\",\"resource\":\"\"}}: field is immutable"
    );
}

//! Objects that seldom are: what upstream's printers show of them.

use serde_json::json;

use super::*;

#[test]
fn a_pod_of_which_one_container_failed_and_another_completed() {
    let container = |state: Value, ready: bool| json!({"name": "c", "ready": ready, "restartCount": 0, "state": state});
    let done = || {
        container(
            json!({"terminated": {"exitCode": 0, "reason": "Completed"}}),
            false,
        )
    };
    let failed = || {
        container(
            json!({"terminated": {"exitCode": 1, "reason": "Error"}}),
            false,
        )
    };
    let running = || container(json!({"running": {}}), true);
    let status = |containers: Vec<Value>, ready: &str| {
        let pod = json!({"spec": {"containers": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}, "status": {
            "phase": "Running", "containerStatuses": containers, "conditions": [{"type": "Ready", "status": ready}]}});
        cells("", "Pod", pod)[2].clone()
    };
    assert_eq!(status(vec![done(), failed()], "False"), "Error");
    assert_eq!(status(vec![done(), failed(), running()], "False"), "Error");
    assert_eq!(status(vec![done(), failed(), running()], "True"), "Running");
    assert_eq!(status(vec![done(), running()], "False"), "NotReady");
    assert_eq!(status(vec![failed(), done()], "False"), "Error");
    let signalled = container(json!({"terminated": {"exitCode": 137, "signal": 9}}), false);
    assert_eq!(status(vec![done(), signalled], "False"), "Signal:9");
}

#[test]
fn a_job_that_has_met_its_criteria() {
    let conditions = json!([{"type": "SuccessCriteriaMet", "status": "True"}]);
    let job = json!({"status": {"conditions": conditions}});
    assert_eq!(cells("batch", "Job", job)[1], "SuccessCriteriaMet");
    let both = json!([{"type": "SuccessCriteriaMet", "status": "True"}, {"type": "Suspended", "status": "True"}]);
    assert_eq!(
        cells("batch", "Job", json!({"status": {"conditions": both}}))[1],
        "Suspended"
    );
}

#[test]
fn classes_are_marked_as_the_default_one_where_upstream_marks_them() {
    let class = |key: &str, value: &str| json!({"metadata": {"name": "c", "annotations": {key: value}}, "spec": {"controller": "x"}});
    let ingress = "ingressclass.kubernetes.io/is-default-class";
    let named = |group, kind, object| cells(group, kind, object)[0].clone();
    assert_eq!(
        named(NETWORKING, "IngressClass", class(ingress, "true")),
        "c (default)"
    );
    assert_eq!(
        named(NETWORKING, "IngressClass", class(ingress, "false")),
        "c"
    );
    let attributes = "volumeattributesclass.alpha.kubernetes.io/is-default-class";
    assert_eq!(
        named(STORAGE, "VolumeAttributesClass", class(attributes, "true")),
        "c"
    );
}

#[test]
fn certificate_requests_of_pods() {
    let request = |conditions: Value| {
        json!({"spec": {"podName": "p", "serviceAccountName": "s", "nodeName": "n", "signerName": "x/y"},
            "status": {"conditions": conditions}})
    };
    let row = |conditions| cells(CERTIFICATES, "PodCertificateRequest", request(conditions));
    assert_eq!(
        row(json!([])),
        ["a", "p", "s", "n", "x/y", "Pending", "<none>"]
    );
    for state in ["Issued", "Denied", "Failed"] {
        assert_eq!(row(json!([{"type": state, "status": "True"}]))[5], state);
    }
    assert_eq!(
        row(json!([{"type": "SuggestedKeyType", "status": "True"}]))[5],
        "Pending"
    );
}

#[test]
fn kernels_with_their_architecture_and_accounts_without_secrets() {
    let kernel = |info: Value| cells("", "Node", json!({"status": {"nodeInfo": info}}))[8].clone();
    assert_eq!(
        kernel(json!({"kernelVersion": "6.1", "architecture": "arm64"})),
        "6.1 (arm64)"
    );
    assert_eq!(
        kernel(json!({"architecture": "arm64"})),
        "<unknown> (arm64)"
    );
    assert_eq!(kernel(json!({"kernelVersion": "6.1"})), "6.1");
    let account = json!({"secrets": [{"name": "s"}]});
    assert_eq!(cells("", "ServiceAccount", account), ["a", "60m"]);
    let request = json!({"spec": {"unverifiedUserAnnotations": {"x.io/a": "1"}}});
    assert_eq!(
        cells(CERTIFICATES, "PodCertificateRequest", request)[6],
        "x.io/a=1"
    );
}

#[test]
fn taint_rules_show_the_taint() {
    let taint = json!({"key": "k", "value": "v", "effect": "NoExecute", "timeAdded": "2026-01-01T00:55:00Z"});
    assert_eq!(
        cells(
            RESOURCE,
            "DeviceTaintRule",
            json!({"spec": {"taint": taint}})
        ),
        ["a", "k", "v", "NoExecute", "5m", "60m"]
    );
    let bare = json!({"spec": {"taint": {"key": "k", "effect": "None"}}});
    assert_eq!(
        cells(RESOURCE, "DeviceTaintRule", bare),
        ["a", "k", "", "None", "", "60m"]
    );
}

#[test]
fn migrations_tell_how_far_they_are() {
    let row = |resource: Value, conditions: Value| {
        let object = json!({"spec": {"resource": resource}, "status": {"conditions": conditions}});
        cells("storagemigration.k8s.io", "StorageVersionMigration", object)
    };
    let deployments = json!({"group": "apps", "resource": "deployments"});
    assert_eq!(
        row(deployments, json!([{"type": "Running", "status": "True"}])),
        ["a", "deployments.apps", "Running"]
    );
    let conditions =
        json!([{"type": "Running", "status": "False"}, {"type": "Succeeded", "status": "True"}]);
    assert_eq!(
        row(json!({"resource": "secrets"}), conditions),
        ["a", "secrets", "Succeeded"]
    );
    assert_eq!(row(json!({"resource": "secrets"}), json!([]))[2], "Unknown");
}

#[test]
fn what_go_writes_where_a_value_is_not_there() {
    let binding = json!({"spec": {"policyName": "p", "paramRef": {"selector": {
        "matchLabels": {"b": "2", "a": "1"},
        "matchExpressions": [{"key": "k", "operator": "In", "values": ["x", "y"]}]}}}});
    assert_eq!(
        cells(ADMISSION, "ValidatingAdmissionPolicyBinding", binding)[2],
        "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{\
            LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],},},}"
    );
    let metric =
        json!({"type": "External", "external": {"target": {"type": "Value", "value": "3"}}});
    let seen = json!({"type": "External", "external": {"current": {"averageValue": "1"}}});
    let scaler = json!({"spec": {"metrics": [metric]}, "status": {"currentMetrics": [seen]}});
    assert_eq!(
        cells("autoscaling", "HorizontalPodAutoscaler", scaler)[2],
        "<nil>/3"
    );
    let subjects = json!([{"kind": "ServiceAccount", "name": "s"}]);
    assert_eq!(
        cells(RBAC, "RoleBinding", json!({"subjects": subjects}))[5],
        "/s"
    );
    assert_eq!(
        cells(STORAGE, "CSIDriver", json!({"spec": {"tokenRequests": []}}))[4],
        "<unset>"
    );
}

//! Each conversion there and back, and the defaults of the legacy versions.

use serde_json::json;

use super::*;

fn kind(group: &str, version: &str, kind: &str) -> &'static Kind {
    kinds::by_kind(group, version, kind).unwrap_or_else(|| panic!("no {group}/{version} {kind}"))
}

fn stored(kind: &Kind, object: Value) -> Value {
    to_stored(kind, object).unwrap_or_else(|status| panic!("{}", status.message))
}

/// `served` becomes `expected` in the store, and is read back as it was.
fn round_trip(kind: &Kind, served: Value, expected: Value) {
    let object = stored(kind, served.clone());
    assert_eq!(object, expected);
    assert_eq!(from_stored(kind, object), served);
}

#[test]
fn every_conversion_belongs_to_a_served_kind_that_is_stored_otherwise() {
    for conversion in CONVERSIONS {
        assert!(!kind(conversion.group, conversion.version, conversion.kind).is_storage_version());
    }
}

#[test]
fn kinds_without_a_conversion_change_their_version_only() {
    round_trip(
        kind("rbac.authorization.k8s.io", "v1beta1", "Role"),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1beta1", "kind": "Role", "rules": []}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": []}),
    );
}

#[test]
fn a_deployment_of_2018_gets_its_selector_and_labels_from_the_template() {
    let object = json!({
        "apiVersion": "apps/v1beta1", "kind": "Deployment", "metadata": {"name": "spark-executor"},
        "spec": {"replicas": 10, "template": {"metadata": {"labels": {"app": "spark-executor"}}}},
    });
    assert_eq!(
        stored(kind("apps", "v1beta1", "Deployment"), object),
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "spark-executor", "labels": {"app": "spark-executor"}},
            "spec": {
                "replicas": 10,
                "template": {"metadata": {"labels": {"app": "spark-executor"}}},
                "selector": {"matchLabels": {"app": "spark-executor"}},
                "revisionHistoryLimit": 2,
            },
        })
    );
}

#[test]
fn a_deployment_of_extensions_keeps_all_revisions_and_replaces_one_by_one() {
    let object = json!({"apiVersion": "extensions/v1beta1", "kind": "Deployment", "spec": {}});
    let object = stored(kind("extensions", "v1beta1", "Deployment"), object);
    assert_eq!(
        object["spec"],
        json!({
            "revisionHistoryLimit": 2147483647,
            "progressDeadlineSeconds": 2147483647,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}},
        })
    );
}

#[test]
fn a_rollback_is_an_annotation_in_the_store() {
    let served = json!({
        "apiVersion": "apps/v1beta1", "kind": "Deployment", "metadata": {"name": "a"},
        "spec": {"revisionHistoryLimit": 2, "rollbackTo": {"revision": 3}},
    });
    let deployment = kind("apps", "v1beta1", "Deployment");
    let object = stored(deployment, served.clone());
    assert_eq!(
        object["metadata"]["annotations"]["deprecated.deployment.rollback.to"],
        "3"
    );
    assert_eq!(object["spec"].get("rollbackTo"), None);
    assert_eq!(from_stored(deployment, object), served);
}

#[test]
fn stateful_and_daemon_sets_waited_for_a_delete() {
    let stateful = stored(kind("apps", "v1beta1", "StatefulSet"), json!({"spec": {}}));
    assert_eq!(stateful["spec"]["updateStrategy"]["type"], "OnDelete");
    let daemon = stored(
        kind("extensions", "v1beta1", "DaemonSet"),
        json!({"spec": {"templateGeneration": 4}}),
    );
    assert_eq!(daemon["spec"]["updateStrategy"]["type"], "OnDelete");
    let annotation = &daemon["metadata"]["annotations"]["deprecated.daemonset.template.generation"];
    assert_eq!(annotation, "4");
}

#[test]
fn an_ingress_backend_is_a_service_with_a_port() {
    round_trip(
        kind("extensions", "v1beta1", "Ingress"),
        json!({"apiVersion": "extensions/v1beta1", "kind": "Ingress", "spec": {
            "backend": {"serviceName": "default", "servicePort": 80},
            "rules": [{"host": "a", "http": {"paths": [
                {"path": "/", "pathType": "Prefix", "backend": {"serviceName": "s", "servicePort": "http"}},
                {"path": "/r", "pathType": "Exact", "backend": {"resource": {"kind": "B", "name": "b"}}},
            ]}}],
        }}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": {
            "defaultBackend": {"service": {"name": "default", "port": {"number": 80}}},
            "rules": [{"host": "a", "http": {"paths": [
                {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"name": "http"}}}},
                {"path": "/r", "pathType": "Exact", "backend": {"resource": {"kind": "B", "name": "b"}}},
            ]}}],
        }}),
    );
}

#[test]
fn events_have_other_names_in_the_core_group() {
    round_trip(
        kind("events.k8s.io", "v1", "Event"),
        json!({"apiVersion": "events.k8s.io/v1", "kind": "Event", "regarding": {"kind": "Pod"}, "note": "n",
            "reportingController": "c", "deprecatedCount": 2, "reason": "R"}),
        json!({"apiVersion": "v1", "kind": "Event", "involvedObject": {"kind": "Pod"}, "message": "n",
            "reportingComponent": "c", "count": 2, "reason": "R"}),
    );
}

#[test]
fn an_autoscaler_of_v1_keeps_what_it_has_no_field_for_in_annotations() {
    let v1 = kind("autoscaling", "v1", "HorizontalPodAutoscaler");
    round_trip(
        v1,
        json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler",
            "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 50}}),
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "spec": {"maxReplicas": 3,
            "metrics": [{"type": "Resource", "resource": {
                "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}]}}),
    );
    let object = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {},
        "spec": {"behavior": {"scaleDown": {"selectPolicy": "Max"}}, "metrics": [{"type": "Pods", "pods": {
            "metric": {"name": "m"}, "target": {"type": "AverageValue", "averageValue": "1"}}}]}});
    let served = from_stored(v1, object.clone());
    assert_eq!(
        served["metadata"]["annotations"]["autoscaling.alpha.kubernetes.io/metrics"],
        r#"[{"type":"Pods","pods":{"metricName":"m","targetAverageValue":"1"}}]"#
    );
    let back = stored(v1, served.clone());
    assert_eq!(
        (&back["spec"]["metrics"], &back["spec"]["behavior"]),
        (&object["spec"]["metrics"], &object["spec"]["behavior"])
    );
    assert_eq!(
        served["metadata"]["annotations"]["autoscaling.alpha.kubernetes.io/behavior"],
        r#"{"ScaleUp":null,"ScaleDown":{"StabilizationWindowSeconds":null,"SelectPolicy":"Max","Policies":null,"Tolerance":null}}"#
    );
    // What is not well formed is dropped.
    let broken = json!({"metadata": {"annotations": {"autoscaling.alpha.kubernetes.io/metrics": "{",
        "autoscaling.alpha.kubernetes.io/behavior": "[]"}}, "spec": {}});
    assert_eq!(
        stored(v1, broken),
        json!({"metadata": {}, "spec": {}, "apiVersion": "autoscaling/v2"})
    );
    // No client could read the list with such an object in it.
    let mistyped = json!({"metadata": {"annotations": {
        "autoscaling.alpha.kubernetes.io/metrics":
            "[{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"targetAverageUtilization\":\"80\"}}]",
        "autoscaling.alpha.kubernetes.io/behavior": "{\"ScaleUp\":{\"StabilizationWindowSeconds\":\"x\"}}"}}, "spec": {}});
    assert_eq!(
        stored(v1, mistyped),
        json!({"metadata": {}, "spec": {}, "apiVersion": "autoscaling/v2"})
    );
    let status = json!({"currentMetrics": [{"type": "Resource", "resource": {"name": "cpu",
        "current": {"averageUtilization": 7, "averageValue": "70m"}}}], "desiredReplicas": 1});
    let served = from_stored(v1, json!({"metadata": {}, "status": status}));
    assert_eq!(
        served["status"],
        json!({"desiredReplicas": 1, "currentReplicas": 0, "currentCPUUtilizationPercentage": 7})
    );
    assert_eq!(
        stored(v1, served)["status"]["currentMetrics"],
        status["currentMetrics"]
    );
}

#[test]
fn metrics_of_v2beta1_have_their_parts_side_by_side() {
    round_trip(
        kind("autoscaling", "v2beta1", "HorizontalPodAutoscaler"),
        json!({"apiVersion": "autoscaling/v2beta1", "kind": "HorizontalPodAutoscaler", "spec": {"metrics": [
            {"type": "Resource", "resource": {"name": "memory", "targetAverageValue": "1Gi"}},
            {"type": "Object", "object": {"target": {"kind": "S", "name": "s"}, "metricName": "m", "targetValue": "5"}},
            {"type": "External", "external": {"metricName": "q", "metricSelector": {}, "targetValue": "7"}},
        ]}}),
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "spec": {"metrics": [
            {"type": "Resource", "resource": {"name": "memory",
                "target": {"type": "AverageValue", "averageValue": "1Gi"}}},
            {"type": "Object", "object": {"describedObject": {"kind": "S", "name": "s"}, "metric": {"name": "m"},
                "target": {"type": "Value", "value": "5"}}},
            {"type": "External", "external": {"metric": {"name": "q", "selector": {}},
                "target": {"type": "Value", "value": "7"}}},
        ]}}),
    );
}

#[test]
fn endpoints_of_v1beta1_have_their_place_in_a_map() {
    round_trip(
        kind("discovery.k8s.io", "v1beta1", "EndpointSlice"),
        json!({"apiVersion": "discovery.k8s.io/v1beta1", "kind": "EndpointSlice", "endpoints": [
            {"addresses": ["10.0.0.1"], "nodeName": "n", "topology": {
                "x": "y", "topology.kubernetes.io/zone": "z", "kubernetes.io/hostname": "n"}}]}),
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "endpoints": [
            {"addresses": ["10.0.0.1"], "nodeName": "n", "zone": "z", "deprecatedTopology": {"x": "y"}}]}),
    );
}

#[test]
fn an_empty_selector_of_a_v1beta1_budget_selects_nothing() {
    let budget = kind("policy", "v1beta1", "PodDisruptionBudget");
    let object = stored(
        budget,
        json!({"apiVersion": "policy/v1beta1", "spec": {"selector": {}}}),
    );
    assert_eq!(
        object["spec"]["selector"]["matchExpressions"][0]["operator"],
        "Exists"
    );
    assert_eq!(from_stored(budget, object)["spec"]["selector"], json!({}));
    let every = from_stored(
        budget,
        json!({"apiVersion": "policy/v1", "spec": {"selector": {}}}),
    );
    assert_eq!(stored(budget, every)["spec"]["selector"], json!({}));
}

#[test]
fn requests_and_devices_of_v1beta1_are_flat_and_nested_the_other_way_round() {
    round_trip(
        kind("resource.k8s.io", "v1beta1", "ResourceClaim"),
        json!({"apiVersion": "resource.k8s.io/v1beta1", "kind": "ResourceClaim", "spec": {"devices": {"requests": [
            {"name": "a", "deviceClassName": "gpu", "count": 1},
            {"name": "b", "firstAvailable": [{"name": "c", "deviceClassName": "gpu"}]},
        ]}}}),
        json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "spec": {"devices": {"requests": [
            {"name": "a", "exactly": {"deviceClassName": "gpu", "count": 1}},
            {"name": "b", "firstAvailable": [{"name": "c", "deviceClassName": "gpu"}]},
        ]}}}),
    );
    round_trip(
        kind("resource.k8s.io", "v1beta1", "ResourceSlice"),
        json!({"apiVersion": "resource.k8s.io/v1beta1", "kind": "ResourceSlice",
            "spec": {"devices": [{"name": "d", "basic": {"capacity": {"memory": {"value": "1Gi"}}}}]}}),
        json!({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice",
            "spec": {"devices": [{"name": "d", "capacity": {"memory": {"value": "1Gi"}}}]}}),
    );
}

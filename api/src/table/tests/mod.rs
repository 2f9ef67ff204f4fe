//! Rows as `kubectl get` shows them.

mod odd;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::{kinds, raw};

fn now() -> Timestamp {
    "2026-01-01T01:00:00Z".parse().expect("a time")
}

/// The cells of an object made an hour ago, with its name left out where it comes first.
fn cells(group: &str, kind: &str, mut object: Value) -> Vec<Value> {
    if object["metadata"]["name"].is_null() {
        object["metadata"]["name"] = json!("a");
    }
    object["metadata"]["creationTimestamp"] = json!("2026-01-01T00:00:00Z");
    let printer = find(group, kind);
    let cells = cells_of(printer, &Node::from(&object), now());
    let encoded = object.to_string();
    let read = raw::node(encoded.as_bytes(), printer.read).expect("it is JSON");
    assert_eq!(
        cells_of(printer, &read, now()),
        cells,
        "{kind} without what is not read"
    );
    cells
}

#[test]
fn the_list_of_printers_is_in_order_and_names_stored_kinds() {
    for pair in PRINTERS.windows(2) {
        assert!(
            (pair[0].group, pair[0].kind) < (pair[1].group, pair[1].kind),
            "{}",
            pair[1].kind
        );
    }
    let known = |printer: &&Printer| {
        !kinds::KINDS
            .iter()
            .any(|kind| kind.group == printer.group && kind.kind == printer.kind)
    };
    let unknown: Vec<_> = PRINTERS
        .iter()
        .filter(known)
        .map(|printer| printer.kind)
        .collect();
    assert_eq!(unknown, ["Scale", "StorageVersion"]);
}

#[test]
fn every_row_has_a_cell_for_every_column() {
    for printer in PRINTERS.iter().chain([&DEFAULT]) {
        let object = json!({"metadata": {"name": "a"}});
        // Addresses have an age that no column shows.
        let hidden = usize::from(printer.kind == "IPAddress");
        assert_eq!(
            cells_of(printer, &Node::from(&object), now()).len(),
            printer.columns.len() + hidden,
            "{}",
            printer.kind
        );
        let primary = printer
            .columns
            .iter()
            .filter(|column| column.name == "Name")
            .count();
        assert_eq!(primary, 1, "{}", printer.kind);
    }
}

#[test]
fn pods() {
    let container = |state: Value, ready: bool, restarts: i64| {
        json!({"name": "c", "ready": ready, "restartCount": restarts, "state": state,
            "lastState": if restarts > 0 { json!({"terminated": {"finishedAt": "2026-01-01T00:58:00Z"}}) } else { json!({}) }})
    };
    let running = || container(json!({"running": {}}), true, 0);
    let pod = |spec: Value, status: Value| {
        let row = cells("", "Pod", json!({"spec": spec, "status": status}));
        row[1..4]
            .iter()
            .map(|cell| cell.as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
            .join(" | ")
    };
    let one = || json!({"containers": [{"name": "c"}]});
    let two = || json!({"containers": [{"name": "c"}, {"name": "d"}]});
    let with_init =
        || json!({"containers": [{"name": "c"}], "initContainers": [{"name": "i"}, {"name": "j"}]});
    let sidecar = || json!({"containers": [{"name": "c"}], "initContainers": [{"name": "c", "restartPolicy": "Always"}]});
    for (spec, status, expected) in [
        (one(), json!({"phase": "Pending"}), "0/1 | Pending | 0"),
        (
            one(),
            json!({"phase": "Running", "containerStatuses": [running()]}),
            "1/1 | Running | 0",
        ),
        (
            one(),
            json!({"phase": "Running", "containerStatuses": [container(json!({"running": {}}), true, 3)]}),
            "1/1 | Running | 3 (2m ago)",
        ),
        (
            one(),
            json!({"phase": "Pending", "containerStatuses": [container(json!({"waiting": {"reason": "ImagePullBackOff"}}), false, 0)]}),
            "0/1 | ImagePullBackOff | 0",
        ),
        (
            one(),
            json!({"phase": "Succeeded", "containerStatuses": [container(json!({"terminated": {"reason": "Completed", "exitCode": 0}}), false, 0)]}),
            "0/1 | Completed | 0",
        ),
        (
            two(),
            json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [container(json!({"terminated": {"reason": "Completed"}}), false, 0), running()]}),
            "1/2 | Running | 0",
        ),
        (
            two(),
            json!({"phase": "Running", "containerStatuses": [container(json!({"terminated": {"reason": "Completed"}}), false, 0), running()]}),
            "1/2 | NotReady | 0",
        ),
        (
            one(),
            json!({"phase": "Failed", "containerStatuses": [container(json!({"terminated": {"exitCode": 3}}), false, 0)]}),
            "0/1 | ExitCode:3 | 0",
        ),
        (
            one(),
            json!({"phase": "Failed", "containerStatuses": [container(json!({"terminated": {"signal": 9}}), false, 0)]}),
            "0/1 | Signal:9 | 0",
        ),
        (
            one(),
            json!({"phase": "Failed", "reason": "Evicted"}),
            "0/1 | Evicted | 0",
        ),
        (
            one(),
            json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "reason": "SchedulingGated"}]}),
            "0/1 | SchedulingGated | 0",
        ),
        (
            with_init(),
            json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"terminated": {"exitCode": 0}}}, {"name": "j", "state": {"running": {}}}]}),
            "0/1 | Init:1/2 | 0",
        ),
        (
            with_init(),
            json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}),
            "0/1 | Init:CrashLoopBackOff | 2",
        ),
        (
            with_init(),
            json!({"phase": "Failed", "initContainerStatuses": [{"name": "i", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}]}),
            "0/1 | Init:Error | 0",
        ),
        (
            sidecar(),
            json!({"phase": "Running", "initContainerStatuses": [{"name": "c", "ready": true, "started": true, "state": {"running": {}}}], "containerStatuses": [running()]}),
            "2/2 | Running | 0",
        ),
    ] {
        assert_eq!(pod(spec, status), expected);
    }
    let deleted = cells(
        "",
        "Pod",
        json!({"metadata": {"deletionTimestamp": "2026-01-01T00:59:00Z"}, "spec": one(), "status": {"phase": "Running"}}),
    );
    assert_eq!(deleted[2], "Terminating");
    let lost = cells(
        "",
        "Pod",
        json!({"metadata": {"deletionTimestamp": "2026-01-01T00:59:00Z"}, "spec": one(), "status": {"phase": "Running", "reason": "NodeLost"}}),
    );
    assert_eq!(lost[2], "Unknown");
    let wide = cells(
        "",
        "Pod",
        json!({"spec": {"nodeName": "n", "readinessGates": [{"conditionType": "x"}]}, "status": {"podIPs": [{"ip": "10.0.0.1"}]}}),
    );
    assert_eq!(
        wide[4..],
        [
            json!("60m"),
            json!("10.0.0.1"),
            json!("n"),
            json!("<none>"),
            json!("0/1")
        ]
    );
}

#[test]
fn workloads() {
    let template = json!({"spec": {"containers": [{"name": "c", "image": "i:1"}, {"name": "d", "image": "j"}], "nodeSelector": {"b": "2", "a": "1"}}});
    let selector = json!({"matchLabels": {"b": "2", "a": "1"}, "matchExpressions": [{"key": "c", "operator": "In", "values": ["y", "x"]}]});
    let spec = json!({"replicas": 3, "selector": selector, "template": template});
    assert_eq!(
        cells(
            "apps",
            "Deployment",
            json!({"spec": spec, "status": {"readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1}})
        ),
        [
            json!("a"),
            json!("1/3"),
            json!(2),
            json!(1),
            json!("60m"),
            json!("c,d"),
            json!("i:1,j"),
            json!("a=1,b=2,c in (x,y)")
        ]
    );
    assert_eq!(
        cells(
            "apps",
            "ReplicaSet",
            json!({"spec": {"replicas": 2}, "status": {"replicas": 2, "readyReplicas": 1}})
        ),
        [
            json!("a"),
            json!(2),
            json!(2),
            json!(1),
            json!("60m"),
            json!(""),
            json!(""),
            json!("<none>")
        ]
    );
    assert_eq!(
        cells(
            "apps",
            "DaemonSet",
            json!({"spec": spec, "status": {"desiredNumberScheduled": 3, "currentNumberScheduled": 2, "numberReady": 1}})
        )[..8],
        [
            json!("a"),
            json!(3),
            json!(2),
            json!(1),
            json!(0),
            json!(0),
            json!("a=1,b=2"),
            json!("60m")
        ]
    );
    assert_eq!(
        cells(
            "apps",
            "StatefulSet",
            json!({"spec": spec, "status": {"readyReplicas": 2}})
        )[1],
        "2/3"
    );
    let owner = json!({"ownerReferences": [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "controller": true}]});
    assert_eq!(
        cells(
            "apps",
            "ControllerRevision",
            json!({"metadata": owner, "revision": 2})
        )[1..3],
        [json!("daemonset.apps/d"), json!(2)]
    );
}

#[test]
fn jobs() {
    let job = |spec: Value, status: Value| {
        cells("batch", "Job", json!({"spec": spec, "status": status}))[1..4].to_vec()
    };
    assert_eq!(
        job(
            json!({"completions": 2}),
            json!({"succeeded": 1, "startTime": "2026-01-01T00:30:00Z"})
        ),
        [json!("Running"), json!("1/2"), json!("30m")]
    );
    assert_eq!(
        job(
            json!({"parallelism": 3}),
            json!({"succeeded": 1, "startTime": "2026-01-01T00:30:00Z", "completionTime": "2026-01-01T00:30:07Z",
            "conditions": [{"type": "Complete", "status": "True"}]})
        ),
        [json!("Complete"), json!("1/1 of 3"), json!("7s")]
    );
    assert_eq!(
        job(
            json!({}),
            json!({"conditions": [{"type": "Suspended", "status": "True"}]})
        ),
        [json!("Suspended"), json!("0/1"), json!("")]
    );
    assert_eq!(
        cells(
            "batch",
            "CronJob",
            json!({"spec": {"schedule": "* * * * *", "suspend": false}, "status": {"active": [{}]}})
        )[1..7],
        [
            json!("* * * * *"),
            json!("<none>"),
            json!("False"),
            json!(1),
            json!("<none>"),
            json!("60m")
        ]
    );
}

#[test]
fn services_and_their_endpoints() {
    let service = |spec: Value, status: Value| {
        cells("", "Service", json!({"spec": spec, "status": status}))[1..5].to_vec()
    };
    assert_eq!(
        service(
            json!({"type": "NodePort", "clusterIPs": ["10.96.0.1"], "ports": [{"port": 80, "nodePort": 30001, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]}),
            json!({})
        ),
        [
            json!("NodePort"),
            json!("10.96.0.1"),
            json!("<none>"),
            json!("80:30001/TCP,53/UDP")
        ]
    );
    assert_eq!(
        service(
            json!({"type": "LoadBalancer", "clusterIPs": ["10.96.0.1"], "externalIPs": ["1.2.3.4"]}),
            json!({"loadBalancer": {"ingress": [{"ip": "5.6.7.8"}, {"hostname": "a.b"}]}})
        ),
        [
            json!("LoadBalancer"),
            json!("10.96.0.1"),
            json!("5.6.7.8,a.b,1.2.3.4"),
            json!("<none>")
        ]
    );
    assert_eq!(
        service(json!({"type": "LoadBalancer"}), json!({}))[2],
        "<pending>"
    );
    assert_eq!(
        service(
            json!({"type": "ExternalName", "externalName": "x.y"}),
            json!({})
        )[1..3],
        [json!("<none>"), json!("x.y")]
    );
    let endpoints = |subsets: Value| cells("", "Endpoints", json!({"subsets": subsets}))[1].clone();
    assert_eq!(endpoints(json!(null)), "<none>");
    let addresses = json!([{"ip": "1"}, {"ip": "2"}, {"ip": "3"}, {"ip": "4"}, {"ip": "5"}]);
    assert_eq!(
        endpoints(json!([{"addresses": addresses, "ports": [{"port": 80}]}])),
        "1:80,2:80,3:80 + 2 more..."
    );
    assert_eq!(
        endpoints(json!([{"addresses": [{"ip": "::1"}], "ports": [{"port": 80}, {"port": 81}]}])),
        "[::1]:80,[::1]:81"
    );
    assert_eq!(endpoints(json!([{"addresses": [{"ip": "1"}]}])), "1");
    let slice = json!({"addressType": "IPv4", "ports": [{"port": 80}, {"name": "x"}, {}], "endpoints": [{"addresses": ["1"]}]});
    assert_eq!(
        cells("discovery.k8s.io", "EndpointSlice", slice)[1..4],
        [json!("IPv4"), json!("80,x,*"), json!("1")]
    );
    assert_eq!(
        cells("discovery.k8s.io", "EndpointSlice", json!({}))[2],
        "<unset>"
    );
}

#[test]
fn nodes() {
    let node = json!({
        "metadata": {"labels": {"node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "edge", "node-role.kubernetes.io/": ""}},
        "spec": {"unschedulable": true},
        "status": {"conditions": [{"type": "Ready", "status": "Unknown"}], "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
            "nodeInfo": {"kubeletVersion": "v1.36.0", "osImage": "Debian"}}
    });
    assert_eq!(
        cells("", "Node", node)[1..],
        [
            json!("NotReady,SchedulingDisabled"),
            json!("control-plane,edge"),
            json!("60m"),
            json!("v1.36.0"),
            json!("10.0.0.1"),
            json!("<none>"),
            json!("Debian"),
            json!("<unknown>"),
            json!("<unknown>")
        ]
    );
    assert_eq!(
        cells("", "Node", json!({}))[1..3],
        [json!("Unknown"), json!("<none>")]
    );
}

#[test]
fn events_of_both_groups() {
    let core = json!({"involvedObject": {"kind": "Pod", "name": "p", "fieldPath": "spec"}, "source": {"component": "kubelet", "host": "n"},
        "firstTimestamp": "2026-01-01T00:50:00Z", "lastTimestamp": "2026-01-01T00:59:00Z", "count": 4, "type": "Normal", "reason": "R", "message": " m\n"});
    let expected = [
        json!("60s"),
        json!("Normal"),
        json!("R"),
        json!("pod/p"),
        json!("spec"),
        json!("kubelet, n"),
        json!("m"),
        json!("10m"),
        json!(4),
        json!("a"),
    ];
    assert_eq!(cells("", "Event", core), expected);
    let new = json!({"regarding": {"kind": "Pod", "name": "p", "fieldPath": "spec"}, "reportingController": "kubelet", "reportingInstance": "n",
        "eventTime": "2026-01-01T00:50:00.000000Z", "series": {"count": 4, "lastObservedTime": "2026-01-01T00:59:00.000000Z"},
        "type": "Normal", "reason": "R", "note": "m"});
    assert_eq!(cells("events.k8s.io", "Event", new), expected);
    let single =
        json!({"involvedObject": {"kind": "Pod"}, "eventTime": "2026-01-01T00:59:00.000000Z"});
    assert_eq!(cells("", "Event", single)[..1], [json!("60s")]);
}

#[test]
fn volumes_and_classes() {
    let volume = json!({"spec": {"capacity": {"storage": "1024Mi"}, "accessModes": ["ReadWriteMany", "ReadWriteOnce"], "persistentVolumeReclaimPolicy": "Retain",
        "claimRef": {"namespace": "n", "name": "c"}, "storageClassName": "s"}, "status": {"phase": "Bound"}});
    assert_eq!(
        cells("", "PersistentVolume", volume)[1..],
        [
            json!("1Gi"),
            json!("RWO,RWX"),
            json!("Retain"),
            json!("Bound"),
            json!("n/c"),
            json!("s"),
            json!("<unset>"),
            json!(""),
            json!("60m"),
            json!("<unset>")
        ]
    );
    assert_eq!(
        cells(
            "",
            "PersistentVolumeClaim",
            json!({"spec": {"volumeMode": "Block"}, "status": {"phase": "Pending"}})
        )[1..],
        [
            json!("Pending"),
            json!(""),
            json!(""),
            json!(""),
            json!(""),
            json!("<unset>"),
            json!("60m"),
            json!("Block")
        ]
    );
    let class = json!({"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}, "provisioner": "p"});
    assert_eq!(
        cells("storage.k8s.io", "StorageClass", class),
        [
            json!("a (default)"),
            json!("p"),
            json!("Delete"),
            json!("Immediate"),
            json!(false),
            json!("60m")
        ]
    );
}

#[test]
fn the_rest() {
    assert_eq!(
        cells(
            "",
            "Secret",
            json!({"type": "Opaque", "data": {"a": "", "b": ""}})
        ),
        [json!("a"), json!("Opaque"), json!(2), json!("60m")]
    );
    assert_eq!(
        cells(
            "",
            "ConfigMap",
            json!({"data": {"a": ""}, "binaryData": {"b": ""}})
        )[1],
        2
    );
    assert_eq!(
        cells("", "Namespace", json!({"status": {"phase": "Active"}}))[1],
        "Active"
    );
    let quota = json!({"status": {"hard": {"pods": "10", "limits.cpu": "2", "cpu": "4"}, "used": {"pods": "1", "cpu": "500m"}}});
    assert_eq!(
        cells("", "ResourceQuota", quota)[1..3],
        [json!("cpu: 500m/4, pods: 1/10"), json!("limits.cpu: 0/2")]
    );
    let binding = json!({"roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "User", "name": "u"}, {"kind": "User", "name": "v"},
        {"kind": "Group", "name": "g"}, {"kind": "ServiceAccount", "namespace": "n", "name": "s"}]});
    assert_eq!(
        cells("rbac.authorization.k8s.io", "RoleBinding", binding)[1..],
        [
            json!("Role/r"),
            json!("60m"),
            json!("u, v"),
            json!("g"),
            json!("n/s")
        ]
    );
    let hosts = |rules: Value| {
        cells(
            "networking.k8s.io",
            "Ingress",
            json!({"spec": {"rules": rules, "tls": [{}]}}),
        )
    };
    assert_eq!(
        hosts(json!([]))[1..5],
        [json!("<none>"), json!("*"), json!(""), json!("80, 443")]
    );
    assert_eq!(
        hosts(json!([{"host": "a"}, {"host": "b"}, {"host": "c"}, {"host": "d"}]))[2],
        "a,b,c + 1 more..."
    );
    assert_eq!(hosts(json!([{"host": "a"}, {}, {"host": "b"}]))[2], "a,b");
    let hpa = json!({"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "d"}, "minReplicas": 1, "maxReplicas": 5,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}},
            {"type": "Pods", "pods": {"target": {"averageValue": "1k"}}}, {"type": "External", "external": {"target": {"value": "5"}}}]},
        "status": {"currentReplicas": 2, "currentMetrics": [{"resource": {"current": {"averageUtilization": 50}}}]}});
    assert_eq!(
        cells("autoscaling", "HorizontalPodAutoscaler", hpa)[1..6],
        [
            json!("Deployment/d"),
            json!("cpu: 50%/80%, <unknown>/1k + 1 more..."),
            json!("1"),
            json!(5),
            json!(2)
        ]
    );
    let budget = json!({"spec": {"minAvailable": "50%"}, "status": {"disruptionsAllowed": 1}});
    assert_eq!(
        cells("policy", "PodDisruptionBudget", budget)[1..4],
        [json!("50%"), json!("N/A"), json!(1)]
    );
    assert_eq!(
        cells("rbac.authorization.k8s.io", "Role", json!({})),
        [json!("a"), json!("2026-01-01T00:00:00Z")]
    );
    let address =
        json!({"spec": {"parentRef": {"resource": "services", "namespace": "n", "name": "s"}}});
    assert_eq!(
        cells("networking.k8s.io", "IPAddress", address)[1],
        "services/n/s"
    );
    let level = json!({"spec": {"type": "Limited", "limited": {"nominalConcurrencyShares": 5, "limitResponse": {"type": "Reject"}}}});
    assert_eq!(
        cells(
            "flowcontrol.apiserver.k8s.io",
            "PriorityLevelConfiguration",
            level
        )[1..4],
        [json!("Limited"), json!(5), json!("<none>")]
    );
}

fn pod(name: &str, phase: &str) -> Value {
    json!({"metadata": {"name": name, "resourceVersion": "7", "creationTimestamp": "2026-01-01T00:59:55Z"},
        "spec": {"containers": [{"name": "c"}]}, "status": {"phase": phase}})
}

#[test]
fn a_table_of_a_list() {
    let kind = kinds::by_kind("", "v1", "Pod").expect("pods are served");
    let list = json!({"resourceVersion": "42", "continue": "abc", "remainingItemCount": 3});
    let options = Options {
        list_metadata: Some(&list),
        ..Options::at(now())
    };
    let table = table(kind, vec![pod("p", "Succeeded")], &options);
    assert_eq!(table["kind"], "Table");
    assert_eq!(table["apiVersion"], "meta.k8s.io/v1");
    assert_eq!(table["metadata"], list);
    assert_eq!(table["columnDefinitions"][0]["name"], "Name");
    assert_eq!(table["columnDefinitions"][0]["format"], "name");
    assert_eq!(
        table["rows"][0],
        json!({
            "cells": ["p", "0/1", "Succeeded", "0", "5s", "<none>", "<none>", "<none>", "<none>"],
            "conditions": [{"type": "Completed", "status": "True", "reason": "Succeeded", "message": "The pod has completed successfully."}],
            "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                "metadata": {"name": "p", "resourceVersion": "7", "creationTimestamp": "2026-01-01T00:59:55Z"}}
        })
    );
}

#[test]
fn rows_hold_what_was_asked_for() {
    let kind = kinds::by_kind("", "v1", "Pod").expect("pods are served");
    let table_with = |include, headers| {
        table(
            kind,
            vec![pod("p", "Running")],
            &Options {
                include,
                headers,
                ..Options::at(now())
            },
        )
    };
    let bare = table_with(IncludeObject::None, false);
    assert_eq!(bare["columnDefinitions"], Value::Null);
    assert_eq!(bare["rows"][0]["object"], Value::Null);
    assert_eq!(bare["metadata"], json!({"resourceVersion": "7"}));
    assert_eq!(
        table_with(IncludeObject::Object, true)["rows"][0]["object"],
        pod("p", "Running")
    );
    let convert = |_: Value| json!("converted");
    let options = Options {
        include: IncludeObject::Object,
        convert: Some(&convert),
        ..Options::at(now())
    };
    assert_eq!(
        table(kind, vec![pod("p", "Running")], &options)["rows"][0]["object"],
        "converted"
    );
}

#[test]
fn flow_schemas_are_listed_in_the_order_in_which_they_are_tried() {
    let schema = |name: &str, precedence: i64| json!({"metadata": {"name": name}, "spec": {"matchingPrecedence": precedence}});
    let items = vec![schema("b", 10), schema("a", 10), schema("c", 1)];
    let table = table_of(
        "flowcontrol.apiserver.k8s.io",
        "FlowSchema",
        items,
        &Options::at(now()),
    );
    let names: Vec<_> = table["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| row["cells"][0].clone())
        .collect();
    assert_eq!(names, ["c", "a", "b"]);
}

#[test]
fn include_object_is_read_as_upstream_reads_it() {
    assert_eq!(IncludeObject::parse(""), Some(IncludeObject::Metadata));
    assert_eq!(IncludeObject::parse("None"), Some(IncludeObject::None));
    assert_eq!(IncludeObject::parse("Object"), Some(IncludeObject::Object));
    assert_eq!(IncludeObject::parse("all"), None);
}

#[test]
fn an_encoded_table_says_the_same() {
    let kind = kinds::find("", "v1", "pods").expect("a kind");
    let metadata = json!({"resourceVersion": "7", "continue": "x"});
    for items in [
        vec![],
        vec![pod("a", "Running")],
        vec![pod("a", "Failed"), pod("b", "Running")],
    ] {
        for include in [IncludeObject::None, IncludeObject::Metadata] {
            let options = Options {
                include,
                list_metadata: Some(&metadata),
                ..Options::at(now())
            };
            let (mut encoded, rows) = encoded(kind, &options)
                .expect("it can be")
                .expect("it is JSON");
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    encoded.push(b',');
                }
                rows.write(item.to_string().as_bytes(), &mut encoded)
                    .expect("it is JSON");
            }
            encoded.extend_from_slice(b"]}");
            let decoded: Value = serde_json::from_slice(&encoded).expect("it is JSON");
            assert_eq!(decoded, table(kind, items.clone(), &options));
        }
    }
    let whole = Options {
        include: IncludeObject::Object,
        ..Options::at(now())
    };
    assert!(encoded(kind, &whole).is_none());
}

//! What an update says: of the object, and of its status.

use serde_json::{Value, json};

use super::{complete, row, set, texts, valid_object};
use crate::validation::{FLOW_CONTROL, NETWORKING, RBAC, STORAGE, update, update_status};

/// Changes one field of a stored object, and reports what the update then says.
fn changed(group: &str, kind: &str, pointer: &str, value: Value) -> Vec<String> {
    let old = valid_object(group, kind);
    let mut new = old.clone();
    set(&mut new, pointer, value);
    texts(&update(row(group, kind), &new, &old))
}

#[test]
fn what_must_not_change_is_refused() {
    let cases: Vec<(&str, &str, &str, Value, &str)> = vec![
        (
            "",
            "ConfigMap",
            "/metadata/uid",
            json!("u2"),
            "metadata.uid: Invalid value: \"u2\": field is immutable",
        ),
        (
            "",
            "ConfigMap",
            "/metadata/resourceVersion",
            json!(""),
            "metadata.resourceVersion: Invalid value: \"\": must be specified for an update",
        ),
        (
            "",
            "Secret",
            "/type",
            json!("other"),
            "type: Invalid value: \"other\": field is immutable",
        ),
        (
            "",
            "Service",
            "/spec/clusterIPs/0",
            json!("10.96.0.8"),
            "spec.clusterIPs[0]: Invalid value: [\"10.96.0.8\"]: may not change once set",
        ),
        (
            "apps",
            "StatefulSet",
            "/spec/serviceName",
            json!("other"),
            "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ),
        (
            RBAC,
            "RoleBinding",
            "/roleRef/name",
            json!("x"),
            "roleRef: Invalid value: {\"APIGroup\":\"rbac.authorization.k8s.io\",\"Kind\":\"Role\",\"Name\":\"x\"}: cannot change roleRef",
        ),
        (
            STORAGE,
            "StorageClass",
            "/provisioner",
            json!("x.y/z"),
            "provisioner: Forbidden: updates to provisioner are forbidden.",
        ),
        (
            "scheduling.k8s.io",
            "PriorityClass",
            "/value",
            json!(5),
            "value: Forbidden: may not be changed in an update.",
        ),
        (
            "batch",
            "Job",
            "/spec/completions",
            json!(5),
            "spec.completions: Invalid value: 5: field is immutable",
        ),
        (
            "",
            "Node",
            "/spec/podCIDRs",
            json!(["10.1.0.0/24"]),
            "spec.podCIDRs: Forbidden: node updates may not change podCIDR except from \"\" to valid",
        ),
        (
            "discovery.k8s.io",
            "EndpointSlice",
            "/addressType",
            json!("FQDN"),
            "addressType: Invalid value: \"FQDN\": field is immutable",
        ),
    ];
    for (group, kind, pointer, value, expected) in cases {
        let found = changed(group, kind, pointer, value);
        assert!(
            found.iter().any(|text| text == expected),
            "{kind} {pointer}: {found:?}"
        );
    }
    let selector = json!({"matchLabels": {"app": "a"}, "matchExpressions": [{"key": "app", "operator": "Exists"}]});
    assert_eq!(
        changed("apps", "Deployment", "/spec/selector", selector),
        [
            "spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"a\"},\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"Exists\"}]}: field is immutable"
        ]
    );
}

#[test]
fn what_a_driver_said_stays() {
    let changed = |kind: &str, pointer: &str, value: Value| {
        let old = valid_object(STORAGE, kind);
        let mut new = old.clone();
        set(&mut new, pointer, value);
        texts(&update(row(STORAGE, kind), &new, &old))
    };
    assert_eq!(
        changed("CSIDriver", "/spec/attachRequired", json!(false)),
        ["spec.attachedRequired: Invalid value: false: field is immutable"]
    );
    assert_eq!(
        changed("CSIDriver", "/spec/podInfoOnMount", json!(true)),
        [""; 0]
    );
    assert_eq!(
        changed("CSINode", "/spec/drivers/0/nodeID", json!("m")),
        [
            "spec.drivers: Invalid value: {\"Name\":\"d.example.com\",\"NodeID\":\"m\",\"TopologyKeys\":null,\"Allocatable\":null}: field is immutable"
        ]
    );
    assert_eq!(
        changed(
            "CSINode",
            "/spec/drivers/0/allocatable",
            json!({"count": 3})
        ),
        [""; 0]
    );
}

#[test]
fn structs_are_shown_with_the_names_of_go() {
    let told = |group: &str, kind: &str, pointer: &str, value: Value| {
        let faults = changed(group, kind, pointer, value);
        faults.last().cloned().unwrap_or_default()
    };
    let attachment = told(
        STORAGE,
        "VolumeAttachment",
        "/spec/nodeName",
        json!("other"),
    );
    assert!(
        attachment.starts_with("spec: Invalid value: {\"Attacher\":\"")
            && attachment.contains("\"Source\":{\"PersistentVolumeName\":\"")
            && attachment.ends_with(
                "\"InlineVolumeSpec\":null},\"NodeName\":\"other\"}: field is immutable"
            ),
        "{attachment}"
    );
    let address = told(
        NETWORKING,
        "IPAddress",
        "/spec/parentRef/name",
        json!("other"),
    );
    assert!(
        address.starts_with("spec.parentRef: Invalid value: {\"Group\":\"")
            && address.ends_with("\"Name\":\"other\"}: field is immutable"),
        "{address}"
    );
    let migration = told(
        "storagemigration.k8s.io",
        "StorageVersionMigration",
        "/spec/resource",
        json!({"resource": "pods"}),
    );
    assert_eq!(
        migration,
        "spec: Invalid value: {\"Resource\":{\"group\":\"\",\"resource\":\"pods\"}}: field is immutable"
    );
}

#[test]
fn a_second_family_comes_beside_a_range() {
    let row = row(NETWORKING, "ServiceCIDR");
    let object = |ranges: Value| complete(row, json!({"spec": {"cidrs": ranges}}));
    let old = object(json!(["10.0.0.0/24"]));
    let told = |ranges: Value| texts(&update(row, &object(ranges), &old));
    assert_eq!(told(json!(["10.0.0.0/24", "fd00::/64"])), [""; 0]);
    assert_eq!(
        told(json!(["10.0.1.0/24"])),
        ["spec.cidrs[0]: Invalid value: \"10.0.1.0/24\": field is immutable"]
    );
    assert_eq!(
        told(json!([])),
        ["spec.cidrs: Invalid value: []: field is immutable"]
    );
}

#[test]
fn a_status_is_checked_too() {
    let told = |group: &str, kind: &str, status: Value| {
        let old = valid_object(group, kind);
        let mut new = old.clone();
        new["status"] = status;
        texts(&update_status(row(group, kind), &new, &old))
    };
    assert_eq!(
        told(
            "autoscaling",
            "HorizontalPodAutoscaler",
            json!({"currentReplicas": -1})
        ),
        ["status.currentReplicas: Invalid value: -1: must be greater than or equal to 0"]
    );
    let points = json!([{"ip": "x"}, {"hostname": "10.0.0.1"}]);
    assert_eq!(
        told(
            NETWORKING,
            "Ingress",
            json!({"loadBalancer": {"ingress": points}})
        ),
        [
            "status.loadBalancer.ingress[0].ip: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
            "status.loadBalancer.ingress[1].hostname: Invalid value: \"10.0.0.1\": must be a DNS name, not an IP address",
        ]
    );
    assert_eq!(
        told(
            "",
            "PersistentVolumeClaim",
            json!({"capacity": {"storage": "-1"}})
        ),
        ["status.capacity[storage]: Invalid value: -1: must be a valid resource quantity"]
    );
    let twice = json!({"conditions": [{"type": "A"}, {"type": "A"}]});
    assert_eq!(
        told(FLOW_CONTROL, "FlowSchema", twice),
        ["status.conditions[1].type: Duplicate value: \"A\""]
    );
}

#[test]
fn an_immutable_config_map_stays() {
    let mut old = valid_object("", "ConfigMap");
    old["immutable"] = json!(true);
    let mut new = old.clone();
    new["data"] = json!({"a": "changed"});
    new["immutable"] = json!(false);
    assert_eq!(
        texts(&update(row("", "ConfigMap"), &new, &old)),
        [
            "immutable: Forbidden: field is immutable when `immutable` is set",
            "data: Forbidden: field is immutable when `immutable` is set"
        ]
    );
}

#[test]
fn no_finalizer_is_added_to_what_is_being_deleted() {
    let mut old = valid_object("", "ConfigMap");
    old["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let mut new = old.clone();
    new["metadata"]["finalizers"] = json!(["example.com/a"]);
    assert_eq!(
        texts(&update(row("", "ConfigMap"), &new, &old)),
        [
            "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"example.com/a\"}"
        ]
    );
}

#[test]
fn a_namespaces_phase_follows_its_deletion() {
    let old = valid_object("", "Namespace");
    let mut new = old.clone();
    new["status"]["phase"] = json!("Terminating");
    assert_eq!(
        texts(&update_status(row("", "Namespace"), &new, &old)),
        [
            "status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty"
        ]
    );
}

#[test]
fn a_bound_claim_may_only_grow() {
    let mut old = valid_object("", "PersistentVolumeClaim");
    old["status"] = json!({"phase": "Bound", "capacity": {"storage": "1Gi"}});
    old["spec"]["volumeName"] = json!("v");
    let grown = |size: &str| {
        let mut new = old.clone();
        new["spec"]["resources"]["requests"]["storage"] = json!(size);
        texts(&update(row("", "PersistentVolumeClaim"), &new, &old))
    };
    assert_eq!(grown("2Gi"), Vec::<String>::new());
    assert_eq!(
        grown("512Mi"),
        ["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"]
    );
    let mut moved = old.clone();
    moved["spec"]["volumeName"] = json!("w");
    let found = texts(&update(row("", "PersistentVolumeClaim"), &moved, &old));
    assert!(found[0].starts_with("spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n"), "{found:?}");
}

#[test]
fn a_claim_gets_its_class_once() {
    const ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";
    let mut old = valid_object("", "PersistentVolumeClaim");
    old["spec"]["storageClassName"] = Value::Null;
    old["metadata"]["annotations"] = json!({ANNOTATION: "fast"});
    let told = |class: &str, annotations: Value| {
        let mut new = old.clone();
        new["spec"]["storageClassName"] = json!(class);
        new["metadata"]["annotations"] = annotations;
        texts(&update(row("", "PersistentVolumeClaim"), &new, &old))
    };
    assert_eq!(told("fast", json!({})), [""; 0]);
    assert_eq!(told("fast", json!({ANNOTATION: "fast"})), [""; 0]);
    assert_eq!(
        told("fast", json!({ANNOTATION: "slow"})),
        [format!(
            "metadata.annotations.{ANNOTATION}: Invalid value: \"slow\": field is immutable"
        )]
    );
    assert_eq!(told("slow", json!({ANNOTATION: "fast"})).len(), 1);
}

#[test]
fn a_volume_takes_the_stable_names_of_labels() {
    let affinity = |key: &str| {
        json!({"required": {"nodeSelectorTerms": [{"matchExpressions": [
            {"key": key, "operator": "In", "values": ["a"]}]}]}})
    };
    let mut old = valid_object("", "PersistentVolume");
    old["spec"]["nodeAffinity"] = affinity("failure-domain.beta.kubernetes.io/zone");
    let told = |key: &str| {
        let mut new = old.clone();
        new["spec"]["nodeAffinity"] = affinity(key);
        texts(&update(row("", "PersistentVolume"), &new, &old))
    };
    assert_eq!(told("topology.kubernetes.io/zone"), [""; 0]);
    let found = told("topology.kubernetes.io/region");
    assert!(
        found.len() == 1
            && found[0].ends_with("field is immutable, except for updating from beta label to GA"),
        "{found:?}"
    );
}

#[test]
fn a_suspended_job_may_be_told_more() {
    let mut old = valid_object("batch", "Job");
    old["spec"]["suspend"] = json!(true);
    let pod = |field: &str| format!("/spec/template/spec/{field}");
    let cases = [
        (pod("nodeSelector"), json!({"a": "b"}), true),
        (
            pod("affinity"),
            json!({"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}]}}),
            true,
        ),
        (
            pod("containers/0/resources"),
            json!({"requests": {"cpu": "1"}}),
            true,
        ),
        (pod("containers/0/image"), json!("other"), false),
        (
            pod("affinity"),
            json!({"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "a"}]}}),
            false,
        ),
    ];
    for (started, stopped) in [(false, false), (true, true), (true, false)] {
        if started {
            old["status"]["startTime"] = json!("2024-01-01T00:00:00Z");
        }
        let status = if stopped { "True" } else { "False" };
        old["status"]["conditions"] = json!([{"type": "Suspended", "status": status}]);
        for (pointer, value, allowed) in &cases {
            let mut new = old.clone();
            set(&mut new, pointer, value.clone());
            let found = texts(&update(row("batch", "Job"), &new, &old));
            let accepted = *allowed && (!started || stopped);
            assert_eq!(found.is_empty(), accepted, "{pointer}: {found:?}");
            if !accepted {
                assert!(
                    found[0].starts_with("spec.template: Invalid value: "),
                    "{found:?}"
                );
            }
        }
    }
}

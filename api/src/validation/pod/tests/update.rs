//! What updates say of a pod: of its spec, its status, its ephemeral containers and its resources.

use serde_json::{Value, json};

use super::{pod, texts};
use crate::validation::pod::{ephemeral_containers, resize, update, update_status};

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
    // Memory may shrink without a restart; that it fits is for the node to say.
    assert_eq!(
        resized(&|pod: &mut Value| {
            for list in ["limits", "requests"] {
                pod["spec"]["containers"][0]["resources"][list]["memory"] = json!("1G");
            }
        }),
        Vec::<String>::new()
    );
    assert_eq!(
        resized(&|pod: &mut Value| {
            for list in ["containers", "initContainers"] {
                let same = json!({"cpu": "6", "memory": "3G"});
                let resources = &mut pod["spec"][list][0]["resources"];
                *resources = json!({"requests": same, "limits": same});
            }
        })[0],
        "spec: Invalid value: \"Burstable\": Pod QOS Class may not change as a result of resizing"
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

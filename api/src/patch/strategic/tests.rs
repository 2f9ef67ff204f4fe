//! Results of applying were seen with the real kubectl (`patch --local`).

use serde_json::json;

use super::*;
use crate::schema::Schema;

fn schema(kind: &str) -> SchemaRef<'static> {
    let name = match kind {
        "Pod" => "io.k8s.api.core.v1.Pod",
        "Service" => "io.k8s.api.core.v1.Service",
        _ => "io.k8s.api.apps.v1.Deployment",
    };
    Schema::for_definition(name).unwrap()
}

fn pod() -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"x": "1", "y": "2"}, "finalizers": ["f1", "f2", "f3"]}, "spec": {"containers": [{"name": "a", "image": "i1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "ports": [{"containerPort": 80}, {"containerPort": 81}], "args": ["x", "y"]}, {"name": "b", "image": "i2"}, {"name": "c", "image": "i3"}], "volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "configMap": {"name": "c"}}], "tolerations": [{"key": "k"}], "nodeSelector": {"a": "b"}}})
}

fn deployment() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": 1, "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}, "selector": {"matchLabels": {"a": "b"}}, "template": {"spec": {"containers": [{"name": "a", "image": "i"}]}}}})
}

#[test]
fn patches_apply_as_kubectl_applies_them() {
    // The patch, and a merge patch that leads from the document to the result that kubectl printed.
    for (document, patch, want) in [
        (
            pod(),
            json!({"metadata": {"labels": {"x": null, "z": "3"}}}),
            json!({"metadata": {"labels": {"z": "3", "x": null}}}),
        ),
        (
            pod(),
            json!({"spec": {"containers": [{"name": "b", "image": "new"}]}}),
            json!({"spec": {"containers": [{"args": ["x", "y"], "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "image": "i1", "name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81}]}, {"image": "new", "name": "b"}, {"image": "i3", "name": "c"}]}}),
        ),
        (
            pod(),
            json!({"spec": {"containers": [{"name": "d", "image": "new"}]}}),
            json!({"spec": {"containers": [{"image": "new", "name": "d"}, {"args": ["x", "y"], "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "image": "i1", "name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81}]}, {"image": "i2", "name": "b"}, {"image": "i3", "name": "c"}]}}),
        ),
        (
            pod(),
            json!({"spec": {"containers": [{"name": "b", "$patch": "delete"}]}}),
            json!({"spec": {"containers": [{"args": ["x", "y"], "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "image": "i1", "name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81}]}, {"image": "i3", "name": "c"}]}}),
        ),
        (
            pod(),
            json!({"spec": {"containers": [{"$patch": "replace"}, {"name": "z", "image": "q"}]}}),
            json!({"spec": {"containers": [{"image": "q", "name": "z"}]}}),
        ),
        (
            pod(),
            json!({"spec": {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}, {"name": "b"}]}}),
            json!({"spec": {"containers": [{"image": "i3", "name": "c"}, {"args": ["x", "y"], "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "image": "i1", "name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81}]}, {"image": "i2", "name": "b"}]}}),
        ),
        (
            pod(),
            json!({"spec": {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}], "containers": [{"name": "a", "image": "n"}]}}),
            json!({"spec": {"containers": [{"image": "i2", "name": "b"}, {"image": "i3", "name": "c"}, {"args": ["x", "y"], "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "image": "n", "name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81}]}]}}),
        ),
        (
            pod(),
            json!({"spec": {"$setElementOrder/containers": [{"name": "d"}, {"name": "c"}, {"name": "a"}], "containers": [{"name": "d", "image": "n"}, {"name": "b", "$patch": "delete"}]}}),
            json!({"spec": {"containers": [{"image": "n", "name": "d"}, {"image": "i3", "name": "c"}, {"args": ["x", "y"], "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "image": "i1", "name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81}]}]}}),
        ),
        (
            pod(),
            json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["f2"]}}),
            json!({"metadata": {"finalizers": ["f1", "f3"]}}),
        ),
        (
            pod(),
            json!({"metadata": {"finalizers": ["f4"]}}),
            json!({"metadata": {"finalizers": ["f4", "f1", "f2", "f3"]}}),
        ),
        (
            pod(),
            json!({"metadata": {"$setElementOrder/finalizers": ["f4", "f3", "f1"], "finalizers": ["f4"]}}),
            json!({"metadata": {"finalizers": ["f4", "f2", "f3", "f1"]}}),
        ),
        (
            pod(),
            json!({"metadata": {"$setElementOrder/finalizers": ["f4", "f3"], "$deleteFromPrimitiveList/finalizers": ["f1"], "finalizers": ["f4"]}}),
            json!({"metadata": {"finalizers": ["f4", "f2", "f3"]}}),
        ),
        (
            pod(),
            json!({"spec": {"containers": [{"name": "a", "env": [{"name": "B", "value": null}, {"name": "C", "value": "3"}]}]}}),
            json!({"spec": {"containers": [{"args": ["x", "y"], "env": [{"name": "A", "value": "1"}, {"name": "B"}, {"name": "C", "value": "3"}], "image": "i1", "name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81}]}, {"image": "i2", "name": "b"}, {"image": "i3", "name": "c"}]}}),
        ),
        (
            pod(),
            json!({"spec": {"containers": [{"name": "a", "args": ["z"]}]}}),
            json!({"spec": {"containers": [{"args": ["z"], "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "image": "i1", "name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81}]}, {"image": "i2", "name": "b"}, {"image": "i3", "name": "c"}]}}),
        ),
        (
            pod(),
            json!({"spec": {"containers": [{"name": "a", "ports": [{"containerPort": 81, "name": "n"}, {"containerPort": 82}]}]}}),
            json!({"spec": {"containers": [{"args": ["x", "y"], "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "image": "i1", "name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81, "name": "n"}, {"containerPort": 82}]}, {"image": "i2", "name": "b"}, {"image": "i3", "name": "c"}]}}),
        ),
        (
            pod(),
            json!({"spec": {"volumes": [{"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/x"}}]}}),
            json!({"spec": {"volumes": [{"hostPath": {"path": "/x"}, "name": "v"}, {"configMap": {"name": "c"}, "name": "w"}]}}),
        ),
        (
            pod(),
            json!({"spec": {"tolerations": [{"key": "n"}]}}),
            json!({"spec": {"tolerations": [{"key": "n"}]}}),
        ),
        (
            pod(),
            json!({"spec": {"nodeSelector": {"$patch": "replace", "c": "d"}}}),
            json!({"spec": {"nodeSelector": {"c": "d", "a": null}}}),
        ),
        (
            pod(),
            json!({"spec": {"nodeSelector": {"$patch": "delete"}}}),
            json!({"spec": {"nodeSelector": {"a": null}}}),
        ),
        (
            pod(),
            json!({"spec": {"nodeSelector": null}}),
            json!({"spec": {"nodeSelector": null}}),
        ),
        (
            pod(),
            json!({"spec": {"securityContext": {"runAsUser": null, "sysctls": [{"name": "s", "value": "1"}]}}}),
            json!({"spec": {"securityContext": {"sysctls": [{"name": "s", "value": "1"}]}}}),
        ),
        (
            pod(),
            json!({"spec": {"affinity": {"$patch": "delete"}}}),
            json!({}),
        ),
        (
            pod(),
            json!({"spec": {"initContainers": [{"name": "i", "$patch": "delete"}, {"name": "j"}]}}),
            json!({"spec": {"initContainers": [{"name": "j"}]}}),
        ),
        (
            pod(),
            json!({"spec": {"containers": null}}),
            json!({"spec": {"containers": null}}),
        ),
        (pod(), json!({"spec": {"containers": []}}), json!({})),
        (
            pod(),
            json!({"spec": {"$patch": "replace", "containers": [{"name": "only"}]}}),
            json!({"spec": {"containers": [{"name": "only"}], "volumes": null, "tolerations": null, "nodeSelector": null}}),
        ),
        (
            pod(),
            json!({"spec": {"containers": [{"name": "z1"}, {"name": "c", "image": "q"}, {"name": "z2"}, {"name": "a", "image": "q"}]}}),
            json!({"spec": {"containers": [{"name": "z1"}, {"image": "i2", "name": "b"}, {"image": "q", "name": "c"}, {"name": "z2"}, {"args": ["x", "y"], "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "image": "q", "name": "a", "ports": [{"containerPort": 80}, {"containerPort": 81}]}]}}),
        ),
        (
            pod(),
            json!({"spec": {"hostAliases": [{"ip": "1.1.1.1", "hostnames": ["a"]}], "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"}]}}),
            json!({"spec": {"hostAliases": [{"hostnames": ["a"], "ip": "1.1.1.1"}], "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"}]}}),
        ),
        (
            pod(),
            json!({"spec": {"imagePullSecrets": [{"name": "s"}]}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
            json!({"spec": {"imagePullSecrets": [{"name": "s"}]}, "status": {"conditions": [{"status": "True", "type": "Ready"}]}}),
        ),
        (
            deployment(),
            json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}),
            json!({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}}),
        ),
        (
            deployment(),
            json!({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}}),
            json!({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}}),
        ),
        (
            deployment(),
            json!({"spec": {"template": {"spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": "1"}}}]}}}}),
            json!({"spec": {"template": {"spec": {"containers": [{"image": "i", "name": "a", "resources": {"limits": {"cpu": "1"}}}]}}}}),
        ),
        (
            deployment(),
            json!({"spec": {"selector": {"matchLabels": {"c": "d"}}}}),
            json!({"spec": {"selector": {"matchLabels": {"c": "d"}}}}),
        ),
    ] {
        let kind = document["kind"].as_str().unwrap().to_owned();
        let mut expected = document.clone();
        crate::patch::merge_patch(&mut expected, &want);
        assert_eq!(
            strategic_merge(document, &patch, schema(&kind)),
            Ok(expected),
            "{patch}"
        );
    }
}

#[test]
fn patches_that_do_not_apply_say_why() {
    for (patch, want) in [
        (
            json!({"spec": {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}], "containers": [{"name": "a", "image": "n"}, {"name": "c", "image": "m"}]}}),
            "The order in patch list:\n[map[image:n name:a] map[image:m name:c]]\n doesn't match $setElementOrder list:\n[map[name:c] map[name:a]]\n",
        ),
        (
            json!({"spec": {"volumes": [{"name": "v", "$retainKeys": ["name"], "hostPath": {"path": "/x"}}]}}),
            "invalid patch format of retainKeys",
        ),
        (
            json!({"spec": {"nodeSelector": {"$patch": "frob"}}}),
            "unknown patch type: frob in map: map[$patch:frob]",
        ),
        (
            json!({"spec": {"containers": [{"image": "nokey"}]}}),
            "map: map[image:nokey] does not contain declared merge key: name",
        ),
        (
            json!({"spec": {"containers": [{"name": "a", "$patch": "merge"}]}}),
            "merging lists cannot yet be specified in the patch",
        ),
    ] {
        let error = strategic_merge(pod(), &patch, schema("Pod")).unwrap_err();
        assert_eq!((error.code, error.message.as_str()), (400, want));
    }
}

/// States of a pod that differ in every way that matters to a patch.
fn states() -> Vec<Value> {
    let mut reordered = pod();
    reordered["spec"]["containers"]
        .as_array_mut()
        .unwrap()
        .reverse();
    let mut changed = pod();
    changed["spec"]["containers"] = json!([
        {"name": "b", "image": "new", "env": [{"name": "N", "value": "1"}]},
        {"name": "a", "image": "i1", "env": [{"name": "B", "value": "9"}], "ports": [{"containerPort": 82}]},
    ]);
    changed["metadata"] = json!({"name": "a", "finalizers": ["f3", "f9"], "annotations": {"q": "r"}, "labels": {"y": "3"}});
    changed["spec"]["volumes"] = json!([{"name": "w", "hostPath": {"path": "/"}}, {"name": "n"}]);
    changed["spec"]["tolerations"] = json!([]);
    let mut bare = pod();
    bare["spec"] = json!({"containers": [{"name": "z"}]});
    vec![pod(), reordered, changed, bare]
}

#[test]
fn a_two_way_patch_leads_from_one_state_to_the_other() {
    for from in states() {
        for to in states() {
            let patch = create_two_way_merge(&from, &to, schema("Pod")).unwrap();
            let got = strategic_merge(from.clone(), &patch, schema("Pod")).unwrap();
            assert_eq!(got, to, "{from}\n{patch}");
        }
        assert_eq!(
            create_two_way_merge(&from, &from, schema("Pod")),
            Ok(json!({}))
        );
    }
}

#[test]
fn a_three_way_patch_is_empty_when_nothing_changed() {
    for state in states() {
        let mut live = state.clone();
        live["status"] = json!({"phase": "Running"});
        live["spec"]["nodeName"] = json!("n1");
        assert_eq!(
            create_three_way_merge(&state, &state, &live, schema("Pod")),
            Ok(json!({}))
        );
    }
}

#[test]
fn a_three_way_patch_keeps_what_others_set() {
    for original in states() {
        for modified in states() {
            let mut live = original.clone();
            live["metadata"]["labels"]["theirs"] = json!("kept");
            live["spec"]["containers"]
                .as_array_mut()
                .unwrap()
                .push(json!({"name": "injected", "image": "side"}));
            live["spec"]["containers"][0]["terminationMessagePath"] = json!("/dev/log");
            let patch = create_three_way_merge(&original, &modified, &live, schema("Pod")).unwrap();
            let got = strategic_merge(live, &patch, schema("Pod")).unwrap();
            assert_eq!(got["metadata"]["labels"]["theirs"], json!("kept"));
            let containers = got["spec"]["containers"].as_array().unwrap();
            assert!(
                containers.iter().any(|c| c["name"] == "injected"),
                "{patch}"
            );
            for wanted in modified["spec"]["containers"].as_array().unwrap() {
                let found = containers
                    .iter()
                    .find(|c| c["name"] == wanted["name"])
                    .unwrap();
                let mut merged = found.clone();
                crate::patch::merge_patch(&mut merged, wanted);
                assert_eq!(&merged, found, "{patch}");
            }
            assert_eq!(
                got["spec"]["volumes"], modified["spec"]["volumes"],
                "{patch}"
            );
            // What is left may set the order again, but changes nothing.
            let again = create_three_way_merge(&modified, &modified, &got, schema("Pod")).unwrap();
            assert_eq!(
                strategic_merge(got.clone(), &again, schema("Pod")),
                Ok(got),
                "{again}"
            );
        }
    }
}

#[test]
fn patches_are_made_as_kubectl_makes_them() {
    let mut modified = pod();
    modified["spec"]["containers"] = json!([{"name": "a", "image": "new"}, {"name": "d"}]);
    modified["metadata"]["finalizers"] = json!(["f1", "f4"]);
    modified["spec"]["volumes"][0] = json!({"name": "v", "hostPath": {"path": "/"}});
    let patch = create_two_way_merge(&pod(), &modified, schema("Pod")).unwrap();
    let want = json!({
        "metadata": {
            "$deleteFromPrimitiveList/finalizers": ["f2", "f3"],
            "$setElementOrder/finalizers": ["f1", "f4"],
            "finalizers": ["f4"],
        },
        "spec": {
            "$setElementOrder/containers": [{"name": "a"}, {"name": "d"}],
            "$setElementOrder/volumes": [{"name": "v"}, {"name": "w"}],
            "containers": [
                {"name": "a", "image": "new", "args": null, "env": null, "ports": null},
                {"name": "d"},
                {"$patch": "delete", "name": "b"},
                {"$patch": "delete", "name": "c"},
            ],
            "volumes": [{"$retainKeys": ["hostPath", "name"], "emptyDir": null, "hostPath": {"path": "/"}, "name": "v"}],
        },
    });
    assert_eq!(patch, want);
}

#[test]
fn odd_patches_never_panic() {
    let odd = [
        json!(null),
        json!(1),
        json!("x"),
        json!([]),
        json!([[]]),
        json!([1, {"name": "a"}]),
        json!({}),
        json!({"$patch": 1}),
        json!([{"$patch": "delete"}]),
        json!([{"$patch": "replace"}]),
        json!({"$retainKeys": 1}),
        json!([null]),
    ];
    for key in [
        "containers",
        "$setElementOrder/containers",
        "$deleteFromPrimitiveList/containers",
        "$retainKeys",
        "$patch",
        "nodeSelector",
    ] {
        for value in &odd {
            for other in &odd {
                let patch = json!({"spec": {key: value, "volumes": other}});
                let _ = strategic_merge(pod(), &patch, schema("Pod"));
                let mut document = pod();
                document["spec"]["containers"] = other.clone();
                let _ = strategic_merge(document.clone(), &patch, schema("Pod"));
                let _ = create_two_way_merge(&pod(), &patch, schema("Pod"));
                let _ = create_three_way_merge(&document, &patch, &pod(), schema("Pod"));
            }
        }
    }
}

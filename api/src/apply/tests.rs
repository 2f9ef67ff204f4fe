use serde_json::json;

use super::*;
use crate::schema::Schema;

const NOW: &str = "2024-01-02T03:04:05Z";
const LATER: &str = "2024-01-02T03:04:06Z";

fn schema() -> Option<SchemaRef<'static>> {
    Schema::for_definition("io.k8s.api.apps.v1.Deployment")
}

fn writer<'a>(manager: &'a str) -> Writer<'a> {
    Writer {
        manager,
        api_version: "apps/v1",
        subresource: "",
        time: NOW,
        reset_fields: &[&["status"]],
    }
}

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "d", "namespace": "n", "uid": "u", "labels": {"app": "x"}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "x"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
            "template": {
                "metadata": {"labels": {"app": "x"}},
                "spec": {"containers": [{"name": "c", "image": "i", "resources": {}, "ports": [{"containerPort": 80, "protocol": "TCP"}]}]},
            },
        },
    })
}

fn created(manager: &str) -> Value {
    let mut object = deployment();
    update_managers(None, &mut object, &writer(manager), schema());
    object
}

fn owned(object: &Value, manager: &str) -> Value {
    let fields = meta::managed_fields(object)
        .iter()
        .find(|entry| entry["manager"] == manager);
    fields.map_or(Value::Null, |entry| entry["fieldsV1"].clone())
}

fn apply_as(manager: &str, live: &Value, applied: Value, force: bool) -> Result<Value, Status> {
    let mut applied = applied;
    applied["apiVersion"] = json!("apps/v1");
    applied["kind"] = json!("Deployment");
    apply(Some(live), &applied, &writer(manager), force, schema())
}

/// As upstream's server answers `kubectl create`.
#[test]
fn a_creation_owns_what_it_wrote() {
    let object = created("kubectl-create");
    let want = json!([{
        "manager": "kubectl-create", "operation": "Update", "apiVersion": "apps/v1", "time": NOW, "fieldsType": "FieldsV1",
        "fieldsV1": {
            "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
            "f:spec": {
                "f:replicas": {},
                "f:selector": {},
                "f:strategy": {"f:rollingUpdate": {".": {}, "f:maxSurge": {}}, "f:type": {}},
                "f:template": {
                    "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                    "f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {
                        ".": {}, "f:image": {}, "f:name": {}, "f:resources": {},
                        "f:ports": {".": {}, "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}, "f:protocol": {}}},
                    }}},
                },
            },
        },
    }]);
    assert_eq!(object["metadata"]["managedFields"], want);
}

#[test]
fn an_update_takes_what_it_changes() {
    let live = created("a");
    let mut new = live.clone();
    new["spec"]["replicas"] = json!(3);
    new["metadata"]["labels"] = json!({"new": "l"});
    update_managers(
        Some(&live),
        &mut new,
        &Writer {
            time: LATER,
            ..writer("b")
        },
        schema(),
    );
    assert_eq!(
        owned(&new, "b"),
        json!({"f:metadata": {"f:labels": {"f:new": {}}}, "f:spec": {"f:replicas": {}}})
    );
    assert_eq!(owned(&new, "a")["f:spec"]["f:replicas"], Value::Null);
    assert_eq!(owned(&new, "a")["f:metadata"]["f:labels"], json!({}));
    let times: Vec<&Value> = meta::managed_fields(&new)
        .iter()
        .map(|entry| &entry["time"])
        .collect();
    assert_eq!(times, [NOW, LATER]);
}

#[test]
fn an_update_that_changes_nothing_leaves_the_managers() {
    let live = created("a");
    let mut new = live.clone();
    update_managers(
        Some(&live),
        &mut new,
        &Writer {
            time: LATER,
            ..writer("b")
        },
        schema(),
    );
    assert_eq!(new, live);
    // Clients that drop the field don't make the server forget it.
    meta::remove(&mut new, "managedFields");
    update_managers(Some(&live), &mut new, &writer("b"), schema());
    assert_eq!(
        new["metadata"]["managedFields"],
        live["metadata"]["managedFields"]
    );
}

#[test]
fn an_empty_list_forgets_the_managers() {
    let live = created("a");
    for empty in [json!([]), json!([{}])] {
        let mut new = live.clone();
        new["metadata"]["managedFields"] = empty;
        update_managers(Some(&live), &mut new, &writer("b"), schema());
        assert!(meta::managed_fields(&new).is_empty());
    }
}

#[test]
fn status_writes_own_status_alone() {
    let live = created("a");
    let mut new = live.clone();
    new["status"] = json!({"replicas": 1, "conditions": [{"type": "Available", "status": "True"}]});
    let status = Writer {
        subresource: "status",
        reset_fields: &[&["spec"], &["metadata", "labels"]],
        ..writer("kube-controller-manager")
    };
    update_managers(Some(&live), &mut new, &status, schema());
    let want = json!({"f:status": {
        "f:conditions": {".": {}, "k:{\"type\":\"Available\"}": {".": {}, "f:status": {}, "f:type": {}}},
        "f:replicas": {},
    }});
    assert_eq!(owned(&new, "kube-controller-manager"), want);
    assert_eq!(meta::managed_fields(&new)[1]["subresource"], "status");
}

#[test]
fn the_first_apply_creates() {
    let object = apply(None, &deployment(), &writer("kubectl"), false, schema()).unwrap();
    assert_eq!(object["spec"], deployment()["spec"]);
    let entry = &object["metadata"]["managedFields"][0];
    assert_eq!(
        (&entry["manager"], &entry["operation"]),
        (&json!("kubectl"), &json!("Apply"))
    );
    // Named structs on the way are not owned by those who apply, items of lists are.
    assert_eq!(
        entry["fieldsV1"]["f:metadata"],
        json!({"f:labels": {"f:app": {}}})
    );
    let container =
        &entry["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]["k:{\"name\":\"c\"}"];
    assert_eq!(container["."], json!({}));
}

#[test]
fn conflicts_are_worded_as_upstream_words_them() {
    let live = created("kubectl-client-side-apply");
    let error = apply_as("me", &live, json!({"spec": {"replicas": 2}}), false).unwrap_err();
    assert_eq!(error.code, 409);
    assert_eq!(
        error.message,
        "Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using apps/v1: .spec.replicas"
    );
    let causes = error.details.unwrap().causes;
    assert_eq!(causes[0].reason, "FieldManagerConflict");
    assert_eq!(
        causes[0].message,
        "conflict with \"kubectl-client-side-apply\" using apps/v1"
    );
    assert_eq!(causes[0].field, ".spec.replicas");

    let container = json!([{"name": "c", "image": "other"}]);
    let applied = json!({"spec": {"replicas": 2, "template": {"spec": {"containers": container}}}});
    let error = apply_as("me", &live, applied, false).unwrap_err();
    assert_eq!(
        error.message,
        "Apply failed with 2 conflicts: conflicts with \"kubectl-client-side-apply\" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name=\"c\"].image"
    );
}

#[test]
fn equal_values_are_shared_and_force_takes_over() {
    let live = created("a");
    let shared = apply_as("b", &live, json!({"spec": {"replicas": 1}}), false).unwrap();
    assert_eq!(owned(&shared, "a")["f:spec"]["f:replicas"], json!({}));
    assert_eq!(owned(&shared, "b"), json!({"f:spec": {"f:replicas": {}}}));
    let forced = apply_as("b", &shared, json!({"spec": {"replicas": 5}}), true).unwrap();
    assert_eq!(forced["spec"]["replicas"], 5);
    assert_eq!(owned(&forced, "a")["f:spec"]["f:replicas"], Value::Null);
}

#[test]
fn what_is_no_longer_applied_goes() {
    let live = apply(None, &deployment(), &writer("a"), false, schema()).unwrap();
    let mut fewer = deployment();
    fewer["metadata"]["labels"] = json!({"other": "l"});
    fewer["spec"]
        .as_object_mut()
        .unwrap()
        .shift_remove("replicas");
    fewer["spec"]["template"]["spec"]["containers"] = json!([{"name": "new", "image": "n"}]);
    let after = apply(Some(&live), &fewer, &writer("a"), false, schema()).unwrap();
    assert_eq!(after["spec"]["replicas"], Value::Null);
    assert_eq!(after["metadata"]["labels"], json!({"other": "l"}));
    assert_eq!(
        after["spec"]["template"]["spec"]["containers"],
        json!([{"name": "new", "image": "n"}])
    );
    assert_eq!(after["metadata"]["uid"], "u");
}

#[test]
fn what_others_own_or_nobody_owns_stays() {
    let mut live = apply(None, &deployment(), &writer("a"), false, schema()).unwrap();
    // Defaulted by the server: nobody's.
    live["spec"]["progressDeadlineSeconds"] = json!(600);
    live["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = json!("Always");
    let both = apply_as(
        "b",
        &live,
        json!({"spec": {"replicas": 1}, "metadata": {"labels": {"b": "1"}}}),
        false,
    )
    .unwrap();
    let mut fewer = deployment();
    fewer["spec"]
        .as_object_mut()
        .unwrap()
        .shift_remove("replicas");
    fewer["metadata"]
        .as_object_mut()
        .unwrap()
        .shift_remove("labels");
    let after = apply(Some(&both), &fewer, &writer("a"), false, schema()).unwrap();
    assert_eq!(after["spec"]["replicas"], 1);
    assert_eq!(after["metadata"]["labels"], json!({"b": "1"}));
    assert_eq!(after["spec"]["progressDeadlineSeconds"], 600);
    assert_eq!(
        after["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"],
        "Always"
    );
}

#[test]
fn applying_again_changes_nothing() {
    let once = apply(None, &deployment(), &writer("a"), false, schema()).unwrap();
    let twice = apply(
        Some(&once),
        &deployment(),
        &Writer {
            time: LATER,
            ..writer("a")
        },
        false,
        schema(),
    )
    .unwrap();
    assert_eq!(once, twice);
}

#[test]
fn untracked_objects_belong_to_the_time_before() {
    let after = apply_as("a", &deployment(), json!({"spec": {"replicas": 2}}), true).unwrap();
    assert_eq!(owned(&after, "a"), json!({"f:spec": {"f:replicas": {}}}));
    assert_eq!(
        owned(&after, "before-first-apply")["f:spec"]["f:selector"],
        json!({})
    );
    assert_eq!(
        owned(&after, "before-first-apply")["f:spec"]["f:replicas"],
        Value::Null
    );
    let error = apply_as("a", &deployment(), json!({"spec": {"replicas": 2}}), false).unwrap_err();
    assert!(
        error
            .message
            .contains("\"before-first-apply\" using apps/v1: .spec.replicas"),
        "{error}"
    );
}

#[test]
fn kubectl_takes_over_from_its_own_client_side() {
    let mut live = created("kubectl-client-side-apply");
    live["metadata"]["annotations"] =
        json!({ LAST_APPLIED: json!({"spec": {"replicas": 1}}).to_string() });
    let after = apply_as("kubectl", &live, json!({"spec": {"replicas": 2}}), false).unwrap();
    assert_eq!(after["spec"]["replicas"], 2);
    assert!(apply_as("other", &live, json!({"spec": {"replicas": 2}}), false).is_err());
}

#[test]
fn lists_keep_the_live_order_around_the_applied_one() {
    let pod = Schema::for_definition("io.k8s.api.core.v1.PodSpec");
    let containers = |names: &str| -> Value {
        json!({"containers": names.chars().map(|name| json!({"name": name.to_string()})).collect::<Vec<_>>()})
    };
    for (live, applied, want) in [
        ("abc", "c", "abc"),
        ("abc", "ca", "bca"),
        ("abc", "xb", "axbc"),
        ("abc", "dab", "dabc"),
        ("", "ab", "ab"),
        ("ab", "", "ab"),
        ("abcd", "dxb", "acdxb"),
    ] {
        let got = walk::merge(Some(&containers(live)), &containers(applied), pod);
        let names: String = got["containers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, want, "{live} + {applied}");
    }
}

#[test]
fn sets_and_atomic_lists() {
    let live = apply_as(
        "a",
        &json!({"metadata": {"name": "d"}}),
        json!({"metadata": {"finalizers": ["x", "y"]}}),
        false,
    )
    .unwrap();
    assert_eq!(
        owned(&live, "a"),
        json!({"f:metadata": {"f:finalizers": {"v:\"x\"": {}, "v:\"y\"": {}}}})
    );
    let more = apply_as(
        "b",
        &live,
        json!({"metadata": {"finalizers": ["z"]}}),
        false,
    )
    .unwrap();
    let less = apply_as(
        "a",
        &more,
        json!({"metadata": {"finalizers": ["y"]}}),
        false,
    )
    .unwrap();
    let mut finalizers: Vec<&str> = meta::finalizers(&less).collect();
    finalizers.sort_unstable();
    assert_eq!(finalizers, ["y", "z"]);
    let command = |word: &str| json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "command": [word]}]}}}});
    let live = apply_as(
        "a",
        &json!({"metadata": {"name": "d"}}),
        command("x"),
        false,
    )
    .unwrap();
    let error = apply_as("b", &live, command("y"), false).unwrap_err();
    assert!(
        error
            .message
            .ends_with(".spec.template.spec.containers[name=\"c\"].command"),
        "{error}"
    );
}

/// Kinds without a schema: every key is owned, lists are one value.
#[test]
fn custom_objects_without_schema() {
    let object = json!({"apiVersion": "x/v1", "kind": "X", "metadata": {"name": "a"}, "spec": {"a": {"b": 1}, "l": [1]}});
    let applied = apply(None, &object, &writer("a"), false, None).unwrap();
    assert_eq!(
        owned(&applied, "a"),
        json!({"f:spec": {".": {}, "f:a": {".": {}, "f:b": {}}, "f:l": {}}})
    );
}

#[test]
fn an_applied_configuration_has_no_managers() {
    for claimed in [json!([{"manager": "x"}]), json!([])] {
        let applied = json!({"metadata": {"managedFields": claimed}});
        let error = apply_as("a", &deployment(), applied, false).unwrap_err();
        assert_eq!(
            (error.code, error.message.as_str()),
            (400, "metadata.managedFields must be nil")
        );
    }
}

#[test]
fn what_the_server_wrote_survives_a_null() {
    let mut live = apply(None, &deployment(), &writer("a"), false, schema()).unwrap();
    live["metadata"]["creationTimestamp"] = json!(NOW);
    let mut applied = deployment();
    applied["metadata"]["creationTimestamp"] = Value::Null;
    let after = apply(Some(&live), &applied, &writer("a"), false, schema()).unwrap();
    assert_eq!(meta::creation_timestamp(&after), NOW);
}

#[test]
fn a_null_takes_the_place_of_a_value_and_conflicts_as_one() {
    let live = apply(None, &deployment(), &writer("a"), false, schema()).unwrap();
    let mut applied = deployment();
    applied["spec"]["replicas"] = Value::Null;
    applied["spec"]["template"] = Value::Null;
    let after = apply(Some(&live), &applied, &writer("a"), false, schema()).unwrap();
    assert_eq!(after["spec"].get("replicas"), Some(&Value::Null));
    let refused = apply(Some(&live), &applied, &writer("b"), false, schema()).unwrap_err();
    assert_eq!(
        refused.message,
        "Apply failed with 1 conflict: conflict with \"a\": .spec.replicas"
    );
    // What has fields stays, and is its owners'.
    let after = apply(Some(&live), &applied, &writer("b"), true, schema()).unwrap();
    assert_eq!(after["spec"]["template"], live["spec"]["template"]);
}

#[test]
fn what_is_applied_empty_and_loses_its_entries_is_null() {
    let mut applied = deployment();
    applied["metadata"]["labels"] = json!({"x": "y"});
    let live = apply(None, &applied, &writer("a"), false, schema()).unwrap();
    applied["metadata"]["labels"] = json!({});
    let after = apply(Some(&live), &applied, &writer("a"), false, schema()).unwrap();
    assert_eq!(after["metadata"].get("labels"), Some(&Value::Null));
}

#[test]
fn an_apply_that_changes_nothing_has_no_time_of_its_own() {
    let at = |time| Writer {
        time,
        ..writer("a")
    };
    let live = apply(None, &deployment(), &at("T1"), false, schema()).unwrap();
    let times = |object: &Value| -> Vec<Value> {
        let all = meta::managed_fields(object).iter();
        all.map(|entry| entry["time"].clone()).collect()
    };
    let same = apply(Some(&live), &deployment(), &at("T2"), false, schema()).unwrap();
    assert_eq!(times(&same), ["T1"]);
    let other = Writer {
        time: "T2",
        ..writer("b")
    };
    let both = apply(Some(&live), &deployment(), &other, false, schema()).unwrap();
    assert_eq!(times(&both), [Value::Null, "T1".into()]);
}

#[test]
fn kubectl_keeps_what_it_applied_last_up_to_date() {
    const LAST: &str = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";
    let mut live = created("kubectl-client-side-apply");
    live["metadata"]["annotations"] = json!({LAST_APPLIED: "{}"});
    let mut applied = deployment();
    applied["metadata"]["annotations"] = json!({LAST_APPLIED: "old", "b": "c"});
    let text = |manager| {
        let after = apply(Some(&live), &applied, &writer(manager), true, schema()).unwrap();
        after.pointer(LAST).unwrap().as_str().unwrap().to_owned()
    };
    assert_eq!(text("other"), "old");
    let told = text("kubectl");
    assert!(
        told.starts_with("{\"apiVersion\":\"apps/v1\",\"kind\""),
        "{told}"
    );
    assert!(
        told.contains("\"annotations\":{\"b\":\"c\"}") && told.ends_with("}\n"),
        "{told}"
    );
}

#[test]
fn metadata_stays_when_the_last_of_it_that_was_applied_is_left_out() {
    let applied = |labels: Value| json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "labels": labels}});
    let live = apply(
        None,
        &applied(json!({"a": "b"})),
        &writer("a"),
        false,
        schema(),
    )
    .unwrap();
    let mut without = applied(Value::Null);
    meta::remove(&mut without, "labels");
    let after = apply(Some(&live), &without, &writer("a"), false, schema()).unwrap();
    assert_eq!(after["metadata"], json!({"name": "d"}));
}

#[test]
fn a_status_is_applied_without_regard_to_the_rest() {
    let live = created("a");
    let writer = Writer {
        subresource: "status",
        reset_fields: &[&["spec"], &["metadata", "labels"]],
        ..writer("b")
    };
    let mut applied = deployment();
    applied["spec"]["replicas"] = json!(9);
    applied["status"] = json!({"replicas": 1});
    let after = apply(Some(&live), &applied, &writer, false, schema()).unwrap();
    assert_eq!(owned(&after, "b"), json!({"f:status": {"f:replicas": {}}}));
    assert_eq!(owned(&after, "a"), owned(&live, "a"));
}

#[test]
fn managers_that_cannot_be_read_change_nothing() {
    for entry in [
        json!({"manager": "x", "operation": "Update", "apiVersion": "apps/v1",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": 1}}),
        json!({"manager": "x", "operation": "Update", "apiVersion": "apps/v1",
            "fieldsType": "FieldsV1", "fieldsV1": {"k:1": {}}}),
        json!({"manager": "x", "operation": "Update", "fieldsType": "FieldsV1"}),
        json!({"manager": "x", "operation": "Update", "apiVersion": "apps/v1"}),
    ] {
        let live = created("a");
        let mut new = live.clone();
        new["metadata"]["managedFields"] = json!([entry]);
        update_managers(Some(&live), &mut new, &writer("a"), schema());
        assert_eq!(new, live);
    }
}

#[test]
fn a_subresource_does_not_tell_who_owns_what() {
    let live = created("a");
    let mut new = live.clone();
    new["metadata"]["managedFields"] = json!([]);
    let writer = Writer {
        subresource: "status",
        ..writer("b")
    };
    update_managers(Some(&live), &mut new, &writer, schema());
    assert_eq!(new, live);
}

#[test]
fn the_oldest_of_a_version_keeps_its_name_until_another_is_merged() {
    let entry = |number: usize, version: &str| {
        json!({"manager": format!("m{number:02}"), "operation": "Update", "apiVersion": version,
            "time": format!("2024-01-02T03:04:{number:02}Z"), "fieldsType": "FieldsV1",
            "fieldsV1": {format!("f:{number}"): {}}})
    };
    let mut entries = vec![entry(0, "v1"), entry(1, "v2")];
    entries.extend((2..11).map(|number| entry(number, "v1")));
    let capped = managers::capped(entries);
    let names: Vec<&str> = capped
        .iter()
        .filter_map(|entry| entry["manager"].as_str())
        .collect();
    assert_eq!(names[..3], ["ancient-changes", "m01", "m03"]);
    assert_eq!(capped.len(), 10);
    assert_eq!(capped[0]["fieldsV1"], json!({"f:0": {}, "f:2": {}}));
    assert_eq!(capped[0]["time"], "2024-01-02T03:04:02Z");
}

#[test]
fn the_number_of_managers_is_limited() {
    let mut object = created("m00");
    for number in 1..20 {
        let live = object.clone();
        object["metadata"]["labels"][format!("l{number}")] = json!("x");
        let (manager, time) = (
            format!("m{number:02}"),
            format!("2024-01-02T03:04:{number:02}Z"),
        );
        update_managers(
            Some(&live),
            &mut object,
            &Writer {
                time: &time,
                ..writer(&manager)
            },
            schema(),
        );
    }
    let entries = meta::managed_fields(&object);
    assert_eq!(entries.len(), 10);
    assert_eq!(
        entries
            .iter()
            .filter(|entry| entry["manager"] == "ancient-changes")
            .count(),
        1
    );
}

#[test]
fn odd_objects_never_panic() {
    let odd = [
        json!(null),
        json!(1),
        json!("x"),
        json!([]),
        json!([[]]),
        json!({}),
        json!([{"name": 1}]),
        json!([null]),
        json!({"a": null}),
    ];
    for path in ["metadata", "spec"] {
        for a in &odd {
            for b in &odd {
                for inner in [
                    "containers",
                    "replicas",
                    "template",
                    "selector",
                    "labels",
                    "finalizers",
                    "managedFields",
                ] {
                    let (live, new) = (json!({path: {inner: a}}), json!({path: {inner: b}}));
                    for schema in [schema(), None] {
                        let _ = apply(Some(&live), &new, &writer("a"), true, schema);
                        let _ = apply(
                            Some(&json!({path: a})),
                            &json!({path: b}),
                            &writer("a"),
                            false,
                            schema,
                        );
                        let mut new = new.clone();
                        update_managers(Some(&live), &mut new, &writer("b"), schema);
                    }
                }
            }
        }
    }
}

#[test]
fn what_a_map_of_anything_holds_is_declared() {
    let schema = Schema::from_openapi_v3(&json!({"type": "object", "properties": {"spec": {
        "type": "object", "properties": {
            "free": {"type": "object", "additionalProperties": true}}}}}));
    let object = json!({"apiVersion": "e.io/v1", "kind": "T", "metadata": {"name": "t"},
        "spec": {"free": {"b": {"c": 1}}}});
    let root = schema.root().expect("a root");
    assert!(walk::undeclared(&object, root).is_empty());
}

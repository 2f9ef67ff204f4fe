//! Many objects in one call.

use crate::cluster::{Cluster, Options, pod};

/// What a command prints of a list of configmaps, given by their metadata and data.
fn run(command: &str, objects: &[&str]) -> (String, String) {
    let cluster = Cluster::start(Options::default());
    let documents = objects
        .iter()
        .map(|object| format!("---\n{{apiVersion: v1, kind: ConfigMap, {object}}}\n"));
    let file = cluster.folder().join("maps.yaml");
    std::fs::write(&file, documents.collect::<String>()).expect("the folder is writable");
    let mut command = cluster.kubectl(&[command, "--validate=false", "-f", "maps.yaml"]);
    let output = command.output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn new_objects_are_made_together_and_told_of_in_their_order() {
    for command in ["create", "apply"] {
        let (out, err) = run(
            command,
            &[
                "metadata: {name: first, annotations: {made-after: last, warned: one}}",
                "metadata: {name: refused, annotations: {refused: 'true'}}",
                "metadata: {name: last, annotations: {warned: two}}",
            ],
        );
        let expected = "configmap/first created\nconfigmap/last created\n";
        assert_eq!(out, expected, "{command}");
        let expected = "Warning: one\nWarning: two\nError from server (Forbidden): error when creating \
             \"maps.yaml\": refused: Forbidden\n";
        assert_eq!(err, expected, "{command}");
    }
}

#[test]
fn an_object_that_comes_twice_is_made_and_then_changed() {
    let (out, err) = run(
        "apply",
        &[
            "metadata: {name: a}, data: {k: '1'}",
            "metadata: {name: a}, data: {k: '2'}",
        ],
    );
    assert_eq!(out, "configmap/a created\nconfigmap/a configured\n");
    assert_eq!(err, "");
}

#[test]
fn an_object_that_somebody_else_makes_meanwhile_is_changed() {
    let (out, err) = run(
        "apply",
        &["metadata: {name: a, annotations: {rival: 'true'}}, data: {k: '1'}"],
    );
    assert_eq!(out, "configmap/a configured\n");
    assert!(
        err.starts_with("Warning: resource configmaps/a is missing the "),
        "{err}"
    );
}

#[test]
fn a_list_whose_pages_tell_late_where_it_goes_on_is_read_to_its_end() {
    let cluster = Cluster::start(Options::default());
    cluster.remove("pods", "web");
    for name in ["a", "b", "c", "d", "e"] {
        cluster.put("pods", name, pod(name));
    }
    let mut command = cluster.kubectl(&["get", "pods", "--chunk-size=1", "-o", "name"]);
    let output = command.output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(text, "pod/a\npod/b\npod/c\npod/d\npod/e\n");
}

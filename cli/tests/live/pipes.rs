//! A reader that has seen enough is no error.

use crate::cluster::{Cluster, Options};
use serde_json::json;
use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

#[test]
fn a_broken_pipe_is_no_error() {
    let cluster = Cluster::start(Options::default());
    // More than a pipe holds.
    for number in 0..40 {
        let name = format!("map-{number}");
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "x".repeat(10_000)},
            "metadata": {"name": name, "namespace": "default", "labels": {"l": "x".repeat(5_000)}}});
        cluster.put("configmaps", &name, map);
    }
    for words in [
        &["get", "cm", "-o", "yaml"][..],
        &["get", "cm", "-o", "json"],
        &["get", "cm", "--show-labels"],
        &[
            "get",
            "cm",
            "-o",
            "jsonpath={range .items[*]}{.data.a}{'\\n'}{end}",
        ],
        &["get", "--raw", "/api/v1/namespaces/default/configmaps"],
        &["describe", "cm"],
        &["exec", "web", "--", "sh", "-c", "yes | head -n 1000000"],
    ] {
        let mut child = cluster
            .kubectl(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdout = BufReader::with_capacity(64, child.stdout.take().expect("it is piped"));
        let mut start = [0; 1];
        stdout.read_exact(&mut start).expect("something is said");
        assert!(!stdout.fill_buf().expect("it is open").is_empty());
        drop(stdout);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
        assert_eq!(output.status.code(), Some(0), "{words:?}");
    }
}

//! Which servers are trusted.

use crate::{
    certificates::Authority,
    cluster::{Cluster, Options, last_line},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::process::Command;

const GET: &[&str] = &["get", "pod", "web", "-o", "name"];

fn cluster(authority: &Authority, name: &str, cluster: Value) -> Cluster {
    Cluster::start(Options {
        tls: Some(authority.server(name, None)),
        cluster,
        ..Options::default()
    })
}

fn outcome(command: &mut Command) -> (String, String) {
    let output = command.output().expect("the program starts");
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

const FOUND: (&str, &str) = ("pod/web\n", "");

fn is_found(outcome: &(String, String)) -> bool {
    (outcome.0.as_str(), outcome.1.as_str()) == FOUND
}

#[test]
fn a_file_of_the_environment_names_who_is_trusted() {
    let authority = Authority::new();
    let cluster = cluster(&authority, "127.0.0.1", json!({}));
    let file = cluster.folder().join("ca.pem");
    std::fs::write(&file, &authority.pem).expect("the folder is writable");
    let trusted = outcome(cluster.kubectl(GET).env("SSL_CERT_FILE", &file));
    assert!(is_found(&trusted), "{trusted:?}");
    let (shown, told) = outcome(&mut cluster.kubectl(GET));
    let refused = "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by \
                   unknown authority";
    assert_eq!((shown.as_str(), last_line(&told)), ("", refused));
    let insecure = outcome(cluster.kubectl(GET).arg("--insecure-skip-tls-verify"));
    assert!(is_found(&insecure), "{insecure:?}");
}

#[test]
fn a_server_may_have_another_name_than_its_address() {
    let authority = Authority::new();
    let ca: Value = STANDARD.encode(&authority.pem).into();
    let named = json!({"certificate-authority-data": ca, "tls-server-name": "api.example"});
    let right = cluster(&authority, "api.example", named.clone());
    let found = outcome(&mut right.kubectl(GET));
    assert!(is_found(&found), "{found:?}");
    // The flag wins.
    let wrong = outcome(right.kubectl(GET).arg("--tls-server-name=other.example"));
    assert!(wrong.1.contains("x509: "), "{wrong:?}");
    let other = cluster(&authority, "127.0.0.1", named);
    let wrong = outcome(&mut other.kubectl(GET));
    assert!(wrong.1.contains("x509: "), "{wrong:?}");
}

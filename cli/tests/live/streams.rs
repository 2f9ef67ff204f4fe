//! `exec` and `attach` over WebSockets, and over SPDY/3.1 with servers that refuse them.

use crate::cluster::{Cluster, Options, WebSockets};
use http::Method;
use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

const SCRIPT: &str = "cat; echo oops >&2; exit 3";

fn with_input(command: &mut Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn cluster(web_sockets: WebSockets) -> Cluster {
    Cluster::start(Options {
        web_sockets,
        ..Options::default()
    })
}

fn check_exec(cluster: &Cluster, command: &mut Command, upgrades: &[(Method, &str)]) {
    let output = with_input(command, "hello\n");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello\n");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "oops\ncommand terminated with exit code 3\n"
    );
    assert_eq!(output.status.code(), Some(3));
    let seen = cluster.upgrades();
    let seen: Vec<(Method, &str)> = seen
        .iter()
        .map(|(method, protocol)| (method.clone(), protocol.as_str()))
        .collect();
    assert_eq!(seen, upgrades);
}

#[test]
fn a_command_runs_over_a_web_socket() {
    let cluster = cluster(WebSockets::Spoken);
    let mut command = cluster.kubectl(&["exec", "-i", "web", "--", "sh", "-c", SCRIPT]);
    check_exec(&cluster, &mut command, &[(Method::GET, "websocket")]);
}

#[test]
fn a_server_that_refuses_web_sockets_gets_spdy() {
    for code in [400, 403, 404, 405, 426, 500] {
        let cluster = cluster(WebSockets::Refused(code));
        let mut command = cluster.kubectl(&["exec", "-i", "web", "--", "sh", "-c", SCRIPT]);
        let upgrades = [(Method::GET, "websocket"), (Method::POST, "SPDY/3.1")];
        check_exec(&cluster, &mut command, &upgrades);
    }
}

#[test]
fn a_server_that_takes_no_protocol_gets_spdy() {
    let cluster = cluster(WebSockets::WithoutProtocol);
    let mut command = cluster.kubectl(&["exec", "-i", "web", "--", "sh", "-c", SCRIPT]);
    let upgrades = [(Method::GET, "websocket"), (Method::POST, "SPDY/3.1")];
    check_exec(&cluster, &mut command, &upgrades);
}

#[test]
fn web_sockets_can_be_switched_off() {
    for value in ["false", "FALSE"] {
        let cluster = cluster(WebSockets::Spoken);
        let mut command = cluster.kubectl(&["exec", "-i", "web", "--", "sh", "-c", SCRIPT]);
        command.env("KUBECTL_REMOTE_COMMAND_WEBSOCKETS", value);
        check_exec(&cluster, &mut command, &[(Method::POST, "SPDY/3.1")]);
    }
}

#[test]
fn a_server_that_takes_neither_says_why() {
    let cluster = Cluster::start(Options {
        web_sockets: WebSockets::Refused(400),
        without_spdy: true,
        ..Options::default()
    });
    let output = cluster.kubectl(&["exec", "web", "--", "true"]).output();
    let output = output.expect("the program starts");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: unable to upgrade connection: no SPDY here\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_container_is_attached_to_over_either() {
    for web_sockets in [WebSockets::Spoken, WebSockets::Refused(400)] {
        let cluster = cluster(web_sockets);
        let output = with_input(
            &mut cluster.kubectl(&["attach", "-i", "-q", "web"]),
            "hello",
        );
        assert_eq!(String::from_utf8_lossy(&output.stdout), "hello");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert!(output.status.success());
    }
}

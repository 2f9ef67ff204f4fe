//! Manifests from the web: read from any server, which need not be one of a cluster.

use crate::cluster::{Cluster, Options};
use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: far}\nspec: {containers: [{name: a, image: b}]}\n";

/// The URL of a server that gives each of `answers` once, in this order.
fn web_server(answers: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("a client");
            let read = stream.read(&mut [0; 4096]).expect("it asks");
            assert!(read > 0);
            stream.write_all(answer.as_bytes()).expect("it listens");
        }
    });
    format!("http://{address}/pod.yaml")
}

fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

/// What `create -f URL` prints, and why it fails.
fn create(url: &str) -> (String, String) {
    let cluster = Cluster::start(Options::default());
    let mut command = cluster.kubectl(&["create", "-f", url, "--dry-run=client"]);
    let output = command.output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_manifest_comes_from_the_web_even_if_its_server_fails_once() {
    let url = web_server(vec![
        answer("503 Service Unavailable", "later"),
        answer("200 OK", POD),
    ]);
    let expected = "pod/far created (dry run)\n".to_owned();
    assert_eq!(create(&url), (expected, String::new()));
}

#[test]
fn a_refusal_has_the_words_of_the_server() {
    let url = web_server(vec![answer("404 File not found", "<html>")]);
    let expected = format!(
        "error: unable to read URL \"{url}\", server reported 404 File not found, status code=404\n"
    );
    assert_eq!(create(&url), (String::new(), expected));
}

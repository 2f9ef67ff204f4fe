//! Credentials that come from elsewhere: plugins, and files that others renew.

use crate::{
    certificates::Authority,
    cluster::{Cluster, Options, last_line},
    terminal::Terminal,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

const GET: &[&str] = &["get", "pod", "web", "-o", "name"];
const STABLE: &str = "client.authentication.k8s.io/v1";
const BETA: &str = "client.authentication.k8s.io/v1beta1";

/// A plugin that notes each call and what it is told, and prints `credential`.
struct Plugin(tempfile::TempDir);

impl Plugin {
    fn new(version: &str, status: &Value) -> Self {
        let plugin = Plugin(tempfile::tempdir().expect("a temporary folder"));
        plugin.answer(version, status);
        let folder = plugin.0.path().display();
        let script = format!(
            "#!/bin/sh\ncd {folder}\necho \"$KUBERNETES_EXEC_INFO\" >> calls\necho \"$1 $GREETING\" >> words\ncat answer\n"
        );
        std::fs::write(plugin.path(), script).expect("the folder is writable");
        std::fs::set_permissions(plugin.path(), PermissionsExt::from_mode(0o755))
            .expect("it is there");
        plugin
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("plugin")
    }

    fn answer(&self, version: &str, status: &Value) {
        let credential = json!({"apiVersion": version, "kind": "ExecCredential", "status": status});
        std::fs::write(self.0.path().join("answer"), credential.to_string())
            .expect("the folder is writable");
    }

    /// What each call was told.
    fn calls(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.0.path().join("calls")).unwrap_or_default();
        // What a plugin is told ends with a line's end of its own.
        text.lines()
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_str(line).expect("it is JSON"))
            .collect()
    }

    /// The user's entry, with more fields.
    fn user(&self, version: &str, more: &Value) -> Value {
        let mut entry = json!({"apiVersion": version, "command": self.path()});
        for (field, value) in more.as_object().into_iter().flatten() {
            entry[field] = value.clone();
        }
        json!({"exec": entry})
    }
}

fn cluster(user: Value, token: Option<&'static str>) -> Cluster {
    // Without TLS nobody's credentials are sent.
    Cluster::start(Options {
        user,
        token,
        tls: Some(Authority::new().server("127.0.0.1", None)),
        cluster: json!({"insecure-skip-tls-verify": true}),
        ..Options::default()
    })
}

#[test]
fn credentials_go_over_tls_only() {
    let cluster = Cluster::start(Options {
        user: json!({"token": "secret", "as": "ada"}),
        ..Options::default()
    });
    check(&mut cluster.kubectl(GET));
    let sent = cluster.seen().into_iter().map(|seen| seen.authorization);
    assert_eq!(sent.collect::<String>(), "");
}

fn outcome(command: &mut Command) -> (String, String) {
    let output = command.output().expect("the program starts");
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

fn check(command: &mut Command) {
    assert_eq!(outcome(command), ("pod/web\n".to_owned(), String::new()));
}

#[test]
fn a_plugin_of_either_version_gives_a_token() {
    for version in [STABLE, BETA] {
        let plugin = Plugin::new(version, &json!({"token": "secret"}));
        let more = json!({"interactiveMode": "Never", "args": ["hello"],
            "env": [{"name": "GREETING", "value": "world"}], "provideClusterInfo": true});
        let cluster = cluster(plugin.user(version, &more), Some("secret"));
        // It is called once for two requests.
        check(&mut cluster.kubectl(&["exec", "web", "--", "echo", "pod/web"]));
        assert_eq!(cluster.seen().len(), 2);
        let told = json!({"kind": "ExecCredential", "apiVersion": version, "spec":
            {"interactive": false, "cluster": {"server": cluster.url(), "insecure-skip-tls-verify": true, "config": null}}});
        let mut calls = plugin.calls();
        assert_eq!(calls.len(), 1);
        // Whether there is an empty configuration means nothing.
        calls[0]["spec"]["cluster"]["config"] = Value::Null;
        assert_eq!(calls, [told]);
        let words = std::fs::read_to_string(plugin.0.path().join("words"));
        assert_eq!(words.expect("it was called"), "hello world\n");
        let all = cluster.credentials("/");
        assert!(all.iter().all(|one| one == "Bearer secret"), "{all:?}");
    }
}

#[test]
fn a_plugin_may_ask_on_a_terminal_only() {
    for (mode, on_terminal) in [("Never", false), ("IfAvailable", true), ("Always", true)] {
        let plugin = Plugin::new(STABLE, &json!({"token": "secret"}));
        let user = plugin.user(STABLE, &json!({"interactiveMode": mode}));
        let cluster = cluster(user, Some("secret"));
        let terminal = Terminal::open();
        let mut command = cluster.kubectl(GET);
        let mut child = terminal.hold(&mut command).spawn().expect("it starts");
        assert!(
            child.wait().expect("it ends").success(),
            "{}",
            terminal.shown()
        );
        let asked = plugin.calls()[0]["spec"]["interactive"].clone();
        assert_eq!(asked, on_terminal, "{mode}");
    }
    let plugin = Plugin::new(STABLE, &json!({"token": "secret"}));
    let user = plugin.user(STABLE, &json!({"interactiveMode": "Always"}));
    let cluster = cluster(user, Some("secret"));
    let refused = "Unable to connect to the server: getting credentials: exec plugin cannot support interactive mode: \
                   standard input is not a terminal";
    let (shown, told) = outcome(cluster.kubectl(GET).stdin(Stdio::null()));
    assert_eq!((shown.as_str(), last_line(&told)), ("", refused));
    assert!(plugin.calls().is_empty());
}

#[test]
fn a_plugin_may_give_a_certificate() {
    let (servers, users) = (Authority::new(), Authority::new());
    let joe = users.issue("joe");
    let status = json!({"clientCertificateData": joe.certificate, "clientKeyData": joe.key});
    let plugin = Plugin::new(STABLE, &status);
    let cluster = Cluster::start(Options {
        tls: Some(servers.server("127.0.0.1", Some(&users))),
        cluster: json!({"certificate-authority-data": STANDARD.encode(&servers.pem)}),
        user: plugin.user(STABLE, &json!({"interactiveMode": "Never"})),
        ..Options::default()
    });
    check(&mut cluster.kubectl(GET));
    assert_eq!(plugin.calls().len(), 1);
}

#[test]
fn a_plugin_is_asked_again_when_its_credentials_have_ended() {
    for (end, calls) in [("2026-01-01T00:00:00Z", 2), ("2999-01-01T00:00:00Z", 1)] {
        let status = json!({"token": "secret", "expirationTimestamp": end});
        let plugin = Plugin::new(STABLE, &status);
        let user = plugin.user(STABLE, &json!({"interactiveMode": "Never"}));
        let cluster = cluster(user, Some("secret"));
        check(&mut cluster.kubectl(&["exec", "web", "--", "echo", "pod/web"]));
        assert_eq!(plugin.calls().len(), calls, "{end}");
    }
}

#[test]
fn a_plugin_is_not_asked_when_nothing_is_sent() {
    let plugin = Plugin::new(STABLE, &json!({"token": "secret"}));
    let user = plugin.user(STABLE, &json!({"interactiveMode": "Never"}));
    let cluster = cluster(user, Some("secret"));
    let words = ["create", "cm", "one", "--dry-run=client", "-o", "name"];
    let found = outcome(&mut cluster.kubectl(&words));
    assert_eq!(found, ("configmap/one\n".to_owned(), String::new()));
    assert!(plugin.calls().is_empty());
}

/// A running `kubectl proxy`; it ends with the test.
struct Proxy {
    child: Child,
    address: String,
}

impl Proxy {
    fn start(cluster: &Cluster) -> Self {
        let mut child = cluster
            .kubectl(&["proxy", "--port=0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("it says where it listens");
        let address = line.trim().rsplit(' ').next().expect("an address");
        Proxy {
            address: address.to_owned(),
            child,
        }
    }

    /// The code with which a request is answered.
    fn get(&self) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let request = "GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn refused_credentials_are_fetched_anew_for_the_next_request() {
    let plugin = Plugin::new(STABLE, &json!({"token": "old"}));
    let user = plugin.user(STABLE, &json!({"interactiveMode": "Never"}));
    let cluster = cluster(user, Some("old"));
    let proxy = Proxy::start(&cluster);
    assert_eq!([proxy.get(), proxy.get()], ["200", "200"]);
    assert_eq!(plugin.calls().len(), 1);
    cluster.expect_token("new");
    plugin.answer(STABLE, &json!({"token": "new"}));
    assert_eq!([proxy.get(), proxy.get()], ["401", "200"]);
    assert_eq!(plugin.calls().len(), 2);
}

#[test]
fn a_refused_token_of_a_file_is_read_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "old\n").expect("the folder is writable");
    let cluster = cluster(json!({"tokenFile": file}), Some("old"));
    let proxy = Proxy::start(&cluster);
    assert_eq!(proxy.get(), "200");
    std::fs::write(&file, "new\n").expect("the folder is writable");
    assert_eq!(proxy.get(), "200");
    cluster.expect_token("new");
    assert_eq!([proxy.get(), proxy.get()], ["401", "200"]);
}

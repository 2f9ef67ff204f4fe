//! `port-forward`: SPDY inside a WebSocket or alone, and on to the next pod.

use crate::cluster::{Cluster, Options, WebSockets, pod};
use serde_json::json;
use std::{
    io::{BufRead, BufReader, Lines, Read, Write},
    net::{Shutdown, TcpStream},
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
};

/// A forwarding program; it ends with the test.
struct Forwarding {
    child: Child,
    port: u16,
    _stdout: Lines<BufReader<ChildStdout>>,
    stderr: Lines<BufReader<ChildStderr>>,
}

impl Forwarding {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let stderr = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let line = stdout.next().expect("a line").expect("it is text");
        let port = line
            .strip_prefix("Forwarding from 127.0.0.1:")
            .and_then(|rest| rest.strip_suffix(" -> 80"))
            .and_then(|port| port.parse().ok())
            .unwrap_or_else(|| panic!("{line}"));
        Forwarding {
            child,
            port,
            _stdout: stdout,
            stderr,
        }
    }

    /// What comes back of `text`.
    fn say(&self, text: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.write_all(text.as_bytes()).expect("it reads");
        stream.shutdown(Shutdown::Write).expect("it is open");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    fn error(&mut self) -> String {
        self.stderr.next().expect("a line").expect("it is text")
    }
}

impl Drop for Forwarding {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cluster(web_sockets: WebSockets) -> Cluster {
    Cluster::start(Options {
        web_sockets,
        ..Options::default()
    })
}

#[test]
fn ports_lead_to_the_pod_over_either() {
    for web_sockets in [
        WebSockets::Spoken,
        WebSockets::Refused(403),
        WebSockets::WithoutProtocol,
    ] {
        let cluster = cluster(web_sockets);
        let mut command = cluster.kubectl(&["port-forward", "--address=127.0.0.1", "web", ":80"]);
        let forwarding = Forwarding::start(&mut command);
        assert_eq!(forwarding.say("hello"), "web 80\nhello");
        let large = "x".repeat(1 << 20);
        assert_eq!(forwarding.say(&large), format!("web 80\n{large}"));
    }
}

#[test]
fn web_sockets_can_be_switched_off() {
    let cluster = cluster(WebSockets::Spoken);
    let mut command = cluster.kubectl(&["port-forward", "--address=127.0.0.1", "web", ":http"]);
    command.env("KUBECTL_PORT_FORWARD_WEBSOCKETS", "false");
    let forwarding = Forwarding::start(&mut command);
    assert_eq!(forwarding.say("hello"), "web 80\nhello");
    assert_eq!(
        cluster.upgrades(),
        [(http::Method::POST, "SPDY/3.1".to_owned())]
    );
}

#[test]
fn a_lost_pod_ends_it() {
    let cluster = cluster(WebSockets::Spoken);
    let mut command = cluster.kubectl(&["port-forward", "--address=127.0.0.1", "web", ":80"]);
    let mut forwarding = Forwarding::start(&mut command);
    cluster.disconnect("web");
    assert_eq!(forwarding.error(), "error: lost connection to pod");
    assert_eq!(forwarding.child.wait().expect("it ends").code(), Some(1));
}

#[test]
fn it_goes_on_with_the_next_ready_pod() {
    for web_sockets in [WebSockets::Spoken, WebSockets::Refused(400)] {
        let cluster = cluster(web_sockets);
        cluster.remove("pods", "web");
        cluster.put("pods", "a", pod("a"));
        cluster.put(
            "services",
            "web",
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
                "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 80}]}}),
        );
        let words = [
            "port-forward",
            "--address=127.0.0.1",
            "--reconnect",
            "svc/web",
            ":80",
        ];
        let mut forwarding = Forwarding::start(&mut cluster.kubectl(&words));
        assert_eq!(forwarding.say("1"), "a 80\n1");
        let mut starting = pod("b");
        starting["status"]["conditions"] = json!([{"type": "Ready", "status": "False"}]);
        cluster.put("pods", "b", starting);
        cluster.remove("pods", "a");
        cluster.disconnect("a");
        assert_eq!(forwarding.error(), "lost connection to pod");
        cluster.put("pods", "b", pod("b"));
        assert_eq!(forwarding.error(), "Forwarding to pod b");
        assert_eq!(forwarding.say("2"), "b 80\n2");
    }
}

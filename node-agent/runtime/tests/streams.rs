//! Exec, attach, terminals, port-forward and the pod network of the embedded runtime.

mod support;

use std::time::Duration;

use knarr_runtime::{
    AttachRequest, ExecRequest, IoStreams, NamespaceMode, Runtime, RuntimeError, TerminalSize,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use support::{Fixture, PATIENCE, container, eventually, isolated, log_text};

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

async fn read_until(streams: &mut IoStreams, wanted: &str) -> String {
    let mut text = String::new();
    let stdout = streams.stdout.as_mut().unwrap();
    let read = async {
        let mut chunk = [0; 256];
        while !text.contains(wanted) {
            let count = stdout.read(&mut chunk).await.unwrap();
            assert!(count > 0, "{wanted:?} before the end of {text:?}");
            text.push_str(&String::from_utf8_lossy(&chunk[..count]));
        }
    };
    let outcome = tokio::time::timeout(PATIENCE, read).await;
    assert!(outcome.is_ok(), "{wanted:?} in {text:?}");
    text
}

#[test]
fn commands_run_with_streams_codes_and_time_limits() {
    isolated(
        "commands_run_with_streams_codes_and_time_limits",
        || async {
            let fixture = Fixture::new().await;
            let pod = fixture.sandbox("exec").await;
            let id = fixture.start(&pod, container("c", &["sleep"])).await;
            let runtime = &fixture.runtime;
            let result = runtime
                .exec_sync(&id, words("print 1"), Duration::ZERO)
                .await
                .unwrap();
            assert_eq!(result.stdout, b"line 1\n");
            assert_eq!(result.stderr, b"printed 1 lines\n");
            let exit = ["sh", "-c", "exit 5"].map(str::to_owned).to_vec();
            assert_eq!(
                runtime
                    .exec_sync(&id, exit, PATIENCE)
                    .await
                    .unwrap()
                    .exit_code,
                5
            );
            let error = runtime
                .exec_sync(&id, words("nothing"), PATIENCE)
                .await
                .unwrap_err();
            let expected = "exec: \"nothing\": executable file not found in $PATH";
            assert!(error.to_string().contains(expected), "{error}");
            let slow = runtime
                .exec_sync(&id, words("sleep 60"), Duration::from_millis(100))
                .await;
            assert!(
                matches!(slow, Err(RuntimeError::DeadlineExceeded(_))),
                "{slow:?}"
            );
            eventually("the command was killed", async || {
                let found = fixture.exec(&id, "ls /proc").await;
                found
                    .lines()
                    .filter(|name| name.parse::<u32>().is_ok())
                    .count()
                    == 2
            })
            .await;
            let request = ExecRequest {
                cmd: words("cat"),
                stdin: true,
                stdout: true,
                ..Default::default()
            };
            let mut streams = runtime.exec(&id, request).await.unwrap();
            let mut stdin = streams.stdin.take().unwrap();
            stdin.write_all(b"there and back").await.unwrap();
            drop(stdin);
            let mut output = String::new();
            streams
                .stdout
                .as_mut()
                .unwrap()
                .read_to_string(&mut output)
                .await
                .unwrap();
            assert_eq!(output, "there and back");
            assert_eq!(streams.exit.await.unwrap(), 0);
        },
    );
}

#[test]
fn terminals_have_a_size_and_hang_up() {
    isolated("terminals_have_a_size_and_hang_up", || async {
        let fixture = Fixture::new().await;
        let pod = fixture.sandbox("tty").await;
        let id = fixture.start(&pod, container("c", &["sleep"])).await;
        let request = ExecRequest {
            cmd: words("sh"),
            tty: true,
            stdin: true,
            stdout: true,
            stderr: false,
        };
        let mut streams = fixture.runtime.exec(&id, request).await.unwrap();
        let size = TerminalSize {
            width: 132,
            height: 43,
        };
        streams.resize.as_ref().unwrap().send(size).await.unwrap();
        read_until(&mut streams, "# ").await;
        let mut stdin = streams.stdin.take().unwrap();
        // A size travels beside the input, and may come after it.
        let sized = async {
            loop {
                stdin.write_all(b"tty\n").await.unwrap();
                let answer = read_until(&mut streams, "# ").await;
                if answer.contains("tty 132 43") {
                    break;
                }
            }
        };
        let outcome = tokio::time::timeout(PATIENCE, sized).await;
        assert!(outcome.is_ok(), "the terminal never got its size");
        stdin.write_all(b"exit 3\n").await.unwrap();
        read_until(&mut streams, "exit 3").await;
        assert_eq!(streams.exit.await.unwrap(), 3);
    });
}

#[test]
fn clients_attach_to_a_container() {
    isolated("clients_attach_to_a_container", || async {
        let fixture = Fixture::new().await;
        let pod = fixture.sandbox("attach").await;
        let mut config = container("c", &["cat"]);
        (config.stdin, config.stdin_once) = (true, true);
        let id = fixture.start(&pod, config).await;
        let request = AttachRequest {
            stdin: true,
            stdout: true,
            ..Default::default()
        };
        let mut streams = fixture.runtime.attach(&id, request.clone()).await.unwrap();
        let mut stdin = streams.stdin.take().unwrap();
        stdin.write_all(b"attached\n").await.unwrap();
        read_until(&mut streams, "attached\n").await;
        // The end of the only client is the end of the input, and `cat` ends with it.
        drop(stdin);
        assert_eq!(streams.exit.await.unwrap(), 0);
        let log = fixture
            .runtime
            .container_status(&id)
            .await
            .unwrap()
            .log_path;
        assert_eq!(log_text(&log), "stdout F attached\n");
        let mut config = container("t", &["sh"]);
        (config.tty, config.stdin) = (true, true);
        let id = fixture.start(&pod, config).await;
        let request = AttachRequest {
            tty: true,
            ..request
        };
        let mut streams = fixture.runtime.attach(&id, request).await.unwrap();
        let mut stdin = streams.stdin.take().unwrap();
        stdin.write_all(b"tty\n").await.unwrap();
        read_until(&mut streams, "tty ").await;
        stdin.write_all(b"exit 4\n").await.unwrap();
        assert_eq!(streams.exit.await.unwrap(), 4);
    });
}

#[test]
fn pods_reach_each_other_and_ports_are_forwarded() {
    isolated("pods_reach_each_other_and_ports_are_forwarded", || async {
        let fixture = Fixture::new().await;
        let server_pod = fixture.sandbox("server").await;
        let server = fixture
            .start(&server_pod, container("c", &["serve", "8081"]))
            .await;
        let log = fixture
            .runtime
            .container_status(&server)
            .await
            .unwrap()
            .log_path;
        eventually("it serves", async || log_text(&log).contains("serving")).await;
        let status = fixture
            .runtime
            .pod_sandbox_status(&server_pod)
            .await
            .unwrap();
        let ip = status.ips[0].clone();
        let client_pod = fixture.sandbox("client").await;
        let client = fixture.start(&client_pod, container("c", &["sleep"])).await;
        let answer = fixture
            .exec(&client, &format!("get http://{ip}:8081/"))
            .await;
        assert_eq!(answer, "hello from server\n");
        let mut stream = fixture
            .runtime
            .port_forward(&server_pod, 8081)
            .await
            .unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("hello from server\n"), "{answer}");
        let refused = fixture
            .runtime
            .port_forward(&server_pod, 9)
            .await
            .err()
            .unwrap();
        assert!(
            refused.to_string().contains("Connection refused"),
            "{refused}"
        );
        // From the node itself, and with the node's network.
        let mut host = fixture.pod("host");
        host.linux.namespace_options.network = NamespaceMode::Node;
        let host = fixture.runtime.run_pod_sandbox(host).await.unwrap();
        assert!(
            fixture
                .runtime
                .pod_sandbox_status(&host)
                .await
                .unwrap()
                .ips
                .is_empty()
        );
        let config = container("c", &["get", &format!("http://{ip}:8081/")]);
        let (status, log) = fixture.run(&host, config).await;
        assert_eq!(
            (status.exit_code, log.as_str()),
            (0, "stdout F hello from server\n")
        );
        for pod in [server_pod, client_pod, host] {
            fixture.runtime.remove_pod_sandbox(&pod).await.unwrap();
        }
        eventually("interfaces are gone", async || {
            let names = std::fs::read_to_string("/proc/net/dev").unwrap();
            names.contains("knarr0") && !names.contains("veth")
        })
        .await;
    });
}

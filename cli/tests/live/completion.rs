//! The completion scripts in the shells that they are for: what stands on the line after the tabulator key, or what the
//! shell offers.

use crate::{
    cluster::{Cluster, Options, pod},
    terminal::Terminal,
};
use std::{path::Path, process::Command};

/// Whether a shell is installed. Where the tests are not a laptop's, bash is.
fn has_shell(name: &str) -> bool {
    let found = Command::new(name).args(["-c", "exit 0"]).status().is_ok();
    if !found {
        eprintln!("SKIPPED: this test needs {name}, and there is none here");
        assert!(name != "bash" || std::env::var_os("CI").is_none());
    }
    found
}

/// A cluster with names that shells have views about.
fn cluster() -> Cluster {
    let cluster = Cluster::start(Options::default());
    cluster.put("pods", "api", pod("api"));
    cluster.put("pods", "a:b:c", pod("a:b:c"));
    cluster
}

/// A shell that finds the program first.
fn shell(cluster: &Cluster, words: &[&str]) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_kubectl"));
    let folder = program.parent().expect("the program has a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .env_clear()
        .env("PATH", format!("{}:{path}", folder.display()))
        .env("HOME", cluster.folder())
        .env("KUBECONFIG", cluster.folder().join("config"))
        .env("TERM", "xterm")
        .current_dir(cluster.folder());
    command
}

/// Types each half line and the tabulator key, and waits until the shell has made the other half of it.
fn completes(words: &[&str], prepare: &str) {
    if !has_shell(words[0]) {
        return;
    }
    let cluster = cluster();
    let mut terminal = Terminal::open();
    let mut command = shell(&cluster, words);
    let mut child = terminal.hold(&mut command).spawn().expect("it starts");
    terminal.type_in(prepare.as_bytes());
    terminal.type_in(b"echo rea''dy\n");
    terminal.wait_for("ready");
    for (typed, rest) in [
        ("kubectl api-v", "ersions"),
        ("kubectl rollout sta", "tus"),
        ("kubectl get --output-w", "atch-events"),
        ("kubectl get -o=ky", "aml"),
        ("kubectl get conf", "igmaps"),
        ("kubectl get pods we", "b"),
        ("kubectl get pods web ap", "i"),
        ("kubectl get pod/we", "b"),
        ("kubectl get pods a:b", ":c"),
        ("kubectl logs web -c ma", "in"),
        ("kubectl tree po", "ds"),
    ] {
        terminal.type_in(typed.as_bytes());
        terminal.type_in(b"\t");
        terminal.wait_for(&format!("{typed}{rest}"));
        // Ctrl-U: an empty line.
        terminal.type_in(b"\x15");
    }
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

#[test]
fn bash_completes_what_is_half_written() {
    completes(
        &["bash", "--noprofile", "--norc", "-i"],
        "source <(kubectl completion bash)\n",
    );
}

#[test]
fn zsh_completes_what_is_half_written() {
    completes(
        &["zsh", "-f", "-i"],
        "autoload -Uz compinit && compinit -D -u; source <(kubectl completion zsh)\n",
    );
}

#[test]
fn fish_offers_what_fits() {
    if !has_shell("fish") {
        return;
    }
    let cluster = cluster();
    for (typed, offered) in [
        ("kubectl api-v", "api-versions\t"),
        ("kubectl get pods ", "a:b:c\napi\nweb\n"),
        ("kubectl get pods a:", "a:b:c\n"),
        ("kubectl get pod/w", "pod/web\n"),
        ("kubectl get -o=ky", "-o=kyaml\n"),
        ("kubectl logs web -c ", "main\n"),
    ] {
        let script = format!("kubectl completion fish | source; complete -C '{typed}'");
        let output = shell(&cluster, &["fish", "--no-config", "-c", &script]).output();
        let output = output.expect("it starts");
        let found = String::from_utf8_lossy(&output.stdout);
        assert!(found.starts_with(offered), "{typed}: {output:?}");
    }
}

/// The candidates without what is said of them, and the directive: what upstream answers for the same objects.
#[test]
fn lines_are_completed_as_upstream_completes_them() {
    let cluster = cluster();
    for (words, want) in [
        (&["get", "pods", ""][..], "a:b:c\napi\nweb\n:4\n"),
        (&["get", "pods", "web", "w"], ":4\n"),
        (&["get", "pod/w"], "pod/web\n:4\n"),
        (
            &["get", "--subresource", "s"],
            "status\nscale\nresize\n:4\n",
        ),
        (&["get", "pods", "--nope", ""], ":0\n"),
        (&["get", "pods", "--nope=x"], ":0\n"),
        (&["logs", "web", ""], "main\n:4\n"),
        (&["logs", "pod/web", "x"], ":4\n"),
        (&["exec", "web", "-c", ""], "main\n:4\n"),
        (&["exec", "-c", ""], ":4\n"),
        (&["port-forward", "web", ""], "80:80\n:4\n"),
        (&["port-forward", "web", "8"], "8:80\n:4\n"),
        (&["port-forward", "web", "80", ""], ":4\n"),
        (&["rollout", "foo", ""], ":0\n"),
        (&["rollout", "status", "deploy/a", ""], ":4\n"),
        (
            &["scale", "--replicas=1", "deploy/a", ""],
            "deployment/\nreplicaset/\nreplicationcontroller/\nstatefulset/\n:6\n",
        ),
        (&["apply", "--validate", ""], ":0\n"),
        (&["completion", "bash", ""], ":0\n"),
        (
            &["kustomize", "--load-restrictor", "x"],
            "LoadRestrictionsNone\nLoadRestrictionsRootOnly\n:4\n",
        ),
        (&["nope", ""], ":0\n"),
    ] {
        let words = [&["__completeNoDesc"], words].concat();
        let output = cluster.kubectl(&words).output().expect("it starts");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            want,
            "{words:?}: {output:?}"
        );
    }
}

//! An interrupted `edit` keeps what the user wrote.

use crate::{
    cluster::{Cluster, Options, until},
    terminal::Terminal,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;

#[test]
fn an_interrupted_edit_keeps_the_file_and_says_where() {
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let cluster = Cluster::start(Options::default());
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"},
            "metadata": {"name": "one", "namespace": "default", "uid": "u"}});
        cluster.put("configmaps", "one", map);
        let editor = cluster.folder().join("editor");
        let script = "#!/bin/sh\necho '# my work' >> \"$1\"\ntouch written\nwhile kill -0 $PPID; do sleep 0.05; done\n";
        std::fs::write(&editor, script).expect("the folder is writable");
        std::fs::set_permissions(&editor, PermissionsExt::from_mode(0o755)).expect("it is there");
        let terminal = Terminal::open();
        let before = terminal.settings();
        let mut command = cluster.kubectl(&["edit", "cm", "one"]);
        command
            .env("KUBE_EDITOR", &editor)
            .env("TMPDIR", cluster.folder());
        let mut child = terminal.hold(&mut command).spawn().expect("it starts");
        let written = cluster.folder().join("written");
        until("the editor has written", || written.exists());
        let pid = i32::try_from(child.id()).expect("process numbers are small");
        kill(Pid::from_raw(pid), signal).expect("it runs");
        assert_eq!(child.wait().expect("it ends").code(), Some(code));
        assert!(terminal.settings() == before);
        terminal.wait_for("\"\r\n");
        let shown = terminal.shown();
        let path = shown
            .split_once("A copy of your changes has been stored to \"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .unwrap_or_else(|| panic!("{shown}"))
            .0;
        let kept = std::fs::read_to_string(path).expect("the file is there");
        assert!(kept.ends_with("# my work\n"), "{kept}");
        assert!(kept.contains("name: one"), "{kept}");
    }
}

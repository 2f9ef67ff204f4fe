//! A terminal is left as it was found, however a conversation ends.

use crate::{
    cluster::{Cluster, Options, WebSockets, until},
    terminal::Terminal,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::process::Child;

fn signal(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id()).expect("process numbers are small");
    kill(Pid::from_raw(pid), signal).expect("it runs");
}

/// Starts a conversation, ends it with `end`, and returns the exit code and what was shown.
fn conversation(
    words: &[&str],
    end: impl FnOnce(&Cluster, &mut Terminal, &Child),
) -> (Option<i32>, String) {
    let cluster = Cluster::start(Options::default());
    let mut terminal = Terminal::open();
    let before = terminal.settings();
    let mut command = cluster.kubectl(words);
    let mut child = terminal.hold(&mut command).spawn().expect("it starts");
    // The signals are looked after before the terminal is changed.
    until("keys are passed on", || terminal.is_raw());
    terminal.type_in(b"hello");
    terminal.wait_for("hello");
    end(&cluster, &mut terminal, &child);
    let status = child.wait().expect("it ends");
    assert!(terminal.settings() == before, "{words:?}");
    (status.code(), terminal.shown())
}

const EXEC: &[&str] = &["exec", "-it", "web", "--", "cat"];
const ATTACH: &[&str] = &["attach", "-it", "web"];

#[test]
fn signals_leave_the_terminal_sane() {
    for words in [EXEC, ATTACH] {
        for (number, code) in [
            (Signal::SIGINT, 130),
            (Signal::SIGTERM, 143),
            (Signal::SIGHUP, 129),
        ] {
            let ended = conversation(words, |_, _, child| signal(child, number));
            assert_eq!(ended.0, Some(code), "{words:?} {number}");
        }
    }
}

#[test]
fn a_lost_connection_leaves_the_terminal_sane() {
    for words in [EXEC, ATTACH] {
        conversation(words, |cluster, _, _| cluster.disconnect("web"));
    }
}

#[test]
fn the_keys_that_interrupt_are_the_containers() {
    let (code, shown) = conversation(EXEC, |cluster, terminal, _| {
        terminal.type_in(b"\x03");
        terminal.wait_for("\x03");
        cluster.disconnect("web");
    });
    assert_ne!(code, Some(130), "{shown}");
}

#[test]
fn detaching_leaves_the_container_and_the_terminal() {
    let back = "Session ended, resume using 'kubectl attach web -c main -n default -i -t' command";
    for words in [ATTACH, &["attach", "-it", "web", "--detach-keys="]] {
        let (code, _) = conversation(words, |_, terminal, _| {
            terminal.type_in(b"\x10\x11");
            terminal.wait_for(back);
        });
        assert_eq!(code, Some(0));
    }
    let words = ["attach", "-it", "web", "--detach-keys=ctrl-a,d"];
    let (code, _) = conversation(&words, |_, terminal, _| terminal.type_in(b"\x01d"));
    assert_eq!(code, Some(0));
}

#[test]
fn a_terminal_is_used_over_spdy_too() {
    let cluster = Cluster::start(Options {
        web_sockets: WebSockets::Refused(400),
        ..Options::default()
    });
    let mut terminal = Terminal::open();
    let before = terminal.settings();
    let mut command = cluster.kubectl(ATTACH);
    let mut child = terminal.hold(&mut command).spawn().expect("it starts");
    until("keys are passed on", || terminal.is_raw());
    terminal.type_in(b"hello");
    terminal.wait_for("hello");
    terminal.type_in(b"\x10\x11");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(terminal.settings() == before);
}

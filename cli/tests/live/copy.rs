//! `cp` of many files there and back.

use crate::{
    cluster::{Cluster, Options, WebSockets},
    terminal::Terminal,
};
use std::{collections::BTreeMap, os::unix::fs::PermissionsExt, path::Path};

/// Makes a tree of a thousand small files, and some large ones of which no two pieces are the same.
fn plant(root: &Path) {
    for folder in 0..10 {
        let path = root.join(format!("folder {folder}/inner"));
        std::fs::create_dir_all(&path).expect("the folder is writable");
        for file in 0..100 {
            let text = format!("{folder}/{file}\n").repeat(file);
            std::fs::write(path.join(format!("file-{file}")), text).expect("it is writable");
        }
    }
    for (name, words) in [("large", 2_000_000_u32), ("larger", 5_000_001)] {
        let bytes: Vec<u8> = (0..words).flat_map(|word| word.to_le_bytes()).collect();
        std::fs::write(root.join(name), bytes).expect("it is writable");
    }
    let script = root.join("script.sh");
    std::fs::write(&script, "#!/bin/sh\n").expect("it is writable");
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).expect("it is there");
    std::fs::write(root.join("empty"), "").expect("it is writable");
}

/// The content of every file of a tree.
fn harvest(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("it is a folder") {
            let path = entry.expect("it is readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root).expect("it is inside");
            let content = std::fs::read(&path).expect("it is readable");
            found.insert(name.display().to_string(), content);
        }
    }
    found
}

#[test]
fn a_large_tree_comes_back_as_it_went() {
    for web_sockets in [WebSockets::Spoken, WebSockets::Refused(400)] {
        let cluster = Cluster::start(Options {
            web_sockets,
            ..Options::default()
        });
        let folder = cluster.folder();
        plant(&folder.join("here"));
        std::fs::create_dir(folder.join("remote")).expect("the folder is writable");
        for words in [
            ["cp", "here", "web:remote/there"],
            ["cp", "web:remote/there", "back"],
            ["cp", "--retries=3", "web:remote/there"],
        ] {
            let mut command = cluster.kubectl(&words);
            if words[1].starts_with("--") {
                command.arg("again");
            }
            let output = command.output().expect("the program starts");
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
            assert!(output.status.success(), "{words:?}");
        }
        let planted = harvest(&folder.join("here"));
        assert_eq!(planted.len(), 1_004);
        for copy in ["remote/there", "back", "again"] {
            assert!(harvest(&folder.join(copy)) == planted, "{copy}");
        }
        // Modes go to the container; upstream brings none back.
        let script = folder.join("remote/there/script.sh");
        let mode = script.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
    }
}

#[test]
fn a_terminal_shows_that_it_goes_on() {
    let cluster = Cluster::start(Options::default());
    let folder = cluster.folder();
    // A `tar` that says nothing until it may.
    let path = std::env::var("PATH").unwrap_or_default();
    let script = format!(
        "#!/bin/sh\nwhile [ ! -e {0}/go ]; do sleep 0.05; done\nPATH={path} exec tar \"$@\"\n",
        folder.display()
    );
    let slow = folder.join("slow");
    std::fs::create_dir(&slow).expect("the folder is writable");
    std::fs::write(slow.join("tar"), script).expect("it is writable");
    std::fs::set_permissions(slow.join("tar"), PermissionsExt::from_mode(0o755))
        .expect("it is there");
    std::fs::write(folder.join("file"), "text").expect("it is writable");
    cluster.prefer(&slow);
    let terminal = Terminal::open();
    let mut command = cluster.kubectl(&["cp", "web:file", "copy"]);
    let mut child = terminal.hold(&mut command).spawn().expect("it starts");
    terminal.wait_for("copying file 0s");
    std::fs::write(folder.join("go"), "").expect("it is writable");
    assert!(child.wait().expect("it ends").success());
    assert_eq!(
        std::fs::read_to_string(folder.join("copy")).expect("it is there"),
        "text"
    );
    // Nothing of the line is left.
    terminal.wait_for("0s\r\x1b[2K");
    assert!(
        terminal.shown().ends_with("\r\x1b[2K"),
        "{:?}",
        terminal.shown()
    );
}

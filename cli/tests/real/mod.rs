//! The real kubectl beside ours: one command, two programs, the same output and exit code.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Lines that only the real one writes: its client library's log.
const NOISE: &[&str] = &["memcache.go", "helpers.go", "request.go"];

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

/// The real kubectl 1.36, if there is one.
pub fn real_kubectl() -> Option<PathBuf> {
    let program = std::env::var_os("KNARR_REAL_KUBECTL")
        .map_or_else(|| PathBuf::from("kubectl"), PathBuf::from);
    let output = Command::new(&program)
        .args(["version", "--client"])
        .output()
        .ok();
    let version = output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    if version.contains("v1.36.") && !version.contains("knarr") {
        return Some(program);
    }
    eprintln!(
        "SKIPPED: this test needs a real kubectl 1.36 (KNARR_REAL_KUBECTL), and there is none here"
    );
    None
}

fn run(program: &Path, home: &Path, kubeconfig: Option<&Path>, words: &[&str]) -> Outcome {
    let mut command = Command::new(program);
    command
        .args(words)
        .current_dir(home)
        .env("HOME", home)
        .env_remove("KUBECONFIG");
    if let Some(kubeconfig) = kubeconfig {
        command.env("KUBECONFIG", kubeconfig);
    }
    let output = command.output().expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let kept = stderr
        .lines()
        .filter(|line| !NOISE.iter().any(|noise| line.contains(noise)));
    Outcome {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: kept.collect::<Vec<_>>().join("\n"),
        code: output.status.code(),
    }
}

/// Runs each line with both programs, each with a home of its own that keeps its files between the lines. What follows
/// ` ;; ` in a line is run by the real one after each of the two, so that both find the same cluster.
pub fn compare(real: &Path, kubeconfig: Option<&Path>, lines: &str) {
    let ours = Path::new(env!("CARGO_BIN_EXE_kubectl"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut differences = Vec::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (command, restore) = line.split_once(" ;; ").unwrap_or((line, ""));
        let words: Vec<&str> = command.split(' ').collect();
        // Both get the same home, one after the other, so that paths in messages agree.
        let outcome = |program: &Path, name: &str| {
            let home = folder.path().join("home");
            let kept = folder.path().join(name);
            std::fs::create_dir_all(&kept).expect("the folder is writable");
            std::fs::rename(&kept, &home).expect("the folder is writable");
            let outcome = run(program, &home, kubeconfig, &words);
            if !restore.is_empty() {
                let words: Vec<&str> = restore.split(' ').collect();
                run(real, &home, kubeconfig, &words);
            }
            std::fs::rename(&home, &kept).expect("the folder is writable");
            outcome
        };
        let (expected, found) = (outcome(real, "real"), outcome(ours, "ours"));
        if expected != found {
            differences.push(format!(
                "kubectl {command}\n real: {expected:#?}\n ours: {found:#?}"
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

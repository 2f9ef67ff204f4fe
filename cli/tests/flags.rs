//! Every flag of the real kubectl is here, with its shorthand: the list is read off its help. The real one is found
//! through `KNARR_REAL_KUBECTL`, and must be of v1.36.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

/// Local to its two commands upstream, and global here.
const ELSEWHERE: &[&str] = &["kuberc"];

/// A flag's shorthand and default.
type Flag = (String, String);

fn real_kubectl() -> Option<PathBuf> {
    let program = PathBuf::from(std::env::var_os("KNARR_REAL_KUBECTL")?);
    let output = Command::new(&program)
        .args(["version", "--client"])
        .output()
        .ok()?;
    String::from_utf8_lossy(&output.stdout)
        .contains("v1.36.")
        .then_some(program)
}

/// The flags of a help page by their long names, with their shorthands and defaults, and the subcommands.
fn page(program: &Path, path: &[String]) -> (BTreeMap<String, Flag>, Vec<String>) {
    let output = Command::new(program).args(path).arg("--help").output();
    let output = output.expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut flags = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("    -")) {
        let line = line.trim().trim_end_matches(':');
        let (names, default) = line.split_once('=').unwrap_or((line, ""));
        let (short, long) = match names.split_once(", ") {
            Some((short, long)) => (short, long),
            None => ("", names),
        };
        let flag = (short.to_owned(), default.to_owned());
        flags.insert(long.trim_start_matches("--").to_owned(), flag);
    }
    // The main page has its commands under several headings.
    let mut commands = Vec::new();
    let mut among_commands = false;
    for line in text.lines() {
        among_commands = match line.starts_with("  ") {
            true => among_commands,
            false => {
                line.contains("Commands") && line.ends_with(':') || line.contains("Commands (")
            }
        };
        if among_commands && line.starts_with("  ") {
            commands.extend(line.split_whitespace().next().map(str::to_owned));
        }
    }
    (flags, commands)
}

fn compare(
    real: &Path,
    ours: &Path,
    path: &[String],
    found: &mut Vec<String>,
    missing: &mut BTreeSet<(String, String)>,
) {
    let ((wanted, inner), (have, own)) = (page(real, path), page(ours, path));
    let name = path.join(" ");
    for (flag, wanted) in &wanted {
        if ELSEWHERE.contains(&flag.as_str()) {
            continue;
        }
        match have.get(flag) {
            None => {
                missing.insert((name.clone(), flag.clone()));
            }
            Some(own) if own != wanted => {
                found.push(format!("{name} --{flag}: {wanted:?} is {own:?}"));
            }
            Some(_) => {}
        }
    }
    for command in inner {
        if own.contains(&command) {
            compare(real, ours, &[path, &[command]].concat(), found, missing);
        } else {
            missing.insert((name.clone(), command));
        }
    }
}

#[test]
fn every_flag_of_the_real_one_is_here() {
    let Some(real) = real_kubectl() else {
        eprintln!("SKIPPED: this test needs a real kubectl 1.36 (KNARR_REAL_KUBECTL)");
        return;
    };
    let ours = Path::new(env!("CARGO_BIN_EXE_kubectl"));
    let (mut found, mut missing) = (Vec::new(), BTreeSet::new());
    compare(&real, ours, &[], &mut found, &mut missing);
    assert!(missing.is_empty(), "missing: {missing:?}");
    assert!(found.is_empty(), "{found:?}");
}

//! Every flag of the real kubectl is here, with its shorthand: the list is read off its help. The real one is found
//! through `KNARR_REAL_KUBECTL`, and must be of v1.36.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

/// What is not there yet: the command and the flag. A flag that has come must leave the list.
const MISSING: &[(&str, &str)] = &[
    ("config set-credentials", "auth-provider"),
    ("config set-credentials", "auth-provider-arg"),
    ("config set-credentials", "exec-interactive-mode"),
    ("config set-credentials", "exec-provide-cluster-info"),
    ("create", "edit"),
    ("create", "windows-line-endings"),
    ("diff", "concurrency"),
    ("diff", "prune"),
    ("diff", "prune-allowlist"),
    ("diff", "show-secrets"),
    ("edit", "output-patch"),
    ("edit", "subresource"),
    ("edit", "windows-line-endings"),
    ("run", "attach"),
    ("run", "cascade"),
    ("run", "detach-keys"),
    ("run", "filename"),
    ("run", "force"),
    ("run", "grace-period"),
    ("run", "leave-stdin-open"),
    ("run", "pod-running-timeout"),
    ("run", "quiet"),
    ("run", "recursive"),
    ("run", "rm"),
    ("run", "timeout"),
    ("run", "wait"),
    ("top node", "show-capacity"),
    ("top node", "show-swap"),
    ("top node", "sort-by"),
    ("top node", "use-protocol-buffers"),
    ("top pod", "containers"),
    ("top pod", "field-selector"),
    ("top pod", "show-swap"),
    ("top pod", "sort-by"),
    ("top pod", "sum"),
    ("top pod", "use-protocol-buffers"),
];
/// Flags that a whole piece of work brings (`-k`), and one that is global here.
const ELSEWHERE: &[&str] = &["kustomize", "kuberc"];

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

/// The flags of a help page by their long names, with their shorthands, and the subcommands.
fn page(program: &Path, path: &[String]) -> (BTreeMap<String, String>, Vec<String>) {
    let output = Command::new(program).args(path).arg("--help").output();
    let output = output.expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut flags = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("    -")) {
        let (names, _) = line.trim().split_once('=').unwrap_or((line.trim(), ""));
        let (short, long) = match names.split_once(", ") {
            Some((short, long)) => (short, long),
            None => ("", names),
        };
        flags.insert(long.trim_start_matches("--").to_owned(), short.to_owned());
    }
    let inner = text
        .split("Available Commands:\n")
        .nth(1)
        .unwrap_or_default();
    let inner = inner.lines().take_while(|line| line.starts_with("  "));
    let inner = inner.filter_map(|line| line.split_whitespace().next());
    (flags, inner.map(str::to_owned).collect())
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
    for (flag, short) in &wanted {
        if ELSEWHERE.contains(&flag.as_str()) {
            continue;
        }
        match have.get(flag) {
            None => {
                missing.insert((name.clone(), flag.clone()));
            }
            Some(own) if own != short => found.push(format!("{name} --{flag}: -{short} is -{own}")),
            Some(_) => {}
        }
    }
    for command in inner.into_iter().filter(|command| own.contains(command)) {
        compare(real, ours, &[path, &[command]].concat(), found, missing);
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
    for command in [
        "annotate",
        "api-resources",
        "api-versions",
        "apply",
        "cluster-info",
        "completion",
        "config",
        "cordon",
        "create",
        "delete",
        "describe",
        "diff",
        "drain",
        "edit",
        "explain",
        "expose",
        "get",
        "kuberc",
        "label",
        "patch",
        "replace",
        "rollout",
        "run",
        "scale",
        "taint",
        "top",
        "uncordon",
        "version",
        "wait",
    ] {
        compare(&real, ours, &[command.to_owned()], &mut found, &mut missing);
    }
    let known = MISSING
        .iter()
        .map(|(command, flag)| ((*command).to_owned(), (*flag).to_owned()))
        .collect();
    let new: Vec<_> = missing.difference(&known).collect();
    let come: Vec<_> = known.difference(&missing).collect();
    assert!(new.is_empty(), "missing flags: {new:?}");
    assert!(
        come.is_empty(),
        "these flags have come; take them off the list: {come:?}"
    );
    assert!(found.is_empty(), "{found:?}");
}

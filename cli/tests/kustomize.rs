//! Kustomizations in `tests/kustomize`, one archive for each tree: what our `kubectl kustomize` prints is what the real
//! one prints. The expectations are recorded, so that the test needs no real one; where one of v1.36 is installed
//! (`KNARR_REAL_KUBECTL` or `PATH`), it is asked again. `KNARR_RECORD=1` writes its answers into the archives.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

/// What stands before the recorded answer in an archive.
const EXPECTED: &str = "-- expected exit code --\n";
/// Stands in a file of an archive that does not end with a newline.
const NO_NEWLINE: &str = "\n\\ no newline\n";

/// Exit code, standard output and standard error.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

struct Case {
    name: String,
    path: PathBuf,
    /// The archive without the recorded answer.
    head: String,
    words: Vec<String>,
    files: BTreeMap<String, String>,
    recorded: Option<Outcome>,
}

/// Splits a text at its `-- NAME --` lines; what stands before the first one comes under an empty name.
fn sections(text: &str) -> BTreeMap<String, String> {
    let mut sections = BTreeMap::new();
    let (mut name, mut content) = (String::new(), String::new());
    for line in text.split_inclusive('\n') {
        let marked = line
            .trim_end()
            .strip_prefix("-- ")
            .and_then(|rest| rest.strip_suffix(" --"));
        match marked {
            Some(next) => {
                sections.insert(
                    std::mem::replace(&mut name, next.to_owned()),
                    std::mem::take(&mut content),
                );
            }
            None => content.push_str(line),
        }
    }
    sections.insert(name, content);
    sections
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kustomize");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the archives are there")
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    paths.sort();
    paths.into_iter().map(|path| case(&path)).collect()
}

fn case(path: &Path) -> Case {
    let text = std::fs::read_to_string(path).expect("a readable archive");
    let head = text.split(EXPECTED).next().unwrap_or_default().to_owned();
    let mut files = sections(&head);
    let words = files.remove("").unwrap_or_default();
    let words = words.trim().strip_prefix("args: ").unwrap_or(".");
    for content in files.values_mut() {
        if let Some(text) = content.strip_suffix(NO_NEWLINE) {
            *content = text.to_owned();
        }
    }
    let recorded = text.find(EXPECTED).map(|at| {
        let mut parts = sections(&text[at..]);
        let mut take = |name: &str| parts.remove(name).unwrap_or_default();
        Outcome {
            code: take("expected exit code")
                .trim()
                .parse()
                .expect("an exit code"),
            stdout: take("expected stdout"),
            stderr: take("expected stderr"),
        }
    });
    Case {
        name: path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        path: path.to_owned(),
        words: words.split_whitespace().map(str::to_owned).collect(),
        head,
        files,
        recorded,
    }
}

fn run(program: &Path, case: &Case) -> Outcome {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().canonicalize().expect("a real path");
    for (name, text) in &case.files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let output = Command::new(program)
        .arg("kustomize")
        .args(&case.words)
        .current_dir(&root)
        .env("HOME", &root)
        .output()
        .expect("the program starts");
    let normal = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).replace(&*root.to_string_lossy(), "$DIR");
        text.split_inclusive('\n').map(without_chance).collect()
    };
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: normal(&output.stdout),
        stderr: normal(&output.stderr),
    }
}

/// A line without the time of a log entry, the number of the process and addresses in memory.
fn without_chance(line: &str) -> String {
    if let Some((head, rest)) = line.split_once(" log.go:")
        && head.starts_with(['I', 'W', 'E'])
    {
        return format!("$TIME log.go:{rest}");
    }
    let is_stamp = |text: &str| {
        text.len() == 20
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || b"/: ".contains(&b))
    };
    let line = match line.get(..20) {
        Some(stamp) if is_stamp(stamp) => format!("$TIME {}", &line[20..]),
        _ => line.to_owned(),
    };
    let Some(at) = line.find("&{0x") else {
        return line;
    };
    let rest = line[at + 4..].trim_start_matches(|c: char| c.is_ascii_hexdigit());
    format!("{}&{{$POINTER{rest}", &line[..at])
}

fn real_kubectl() -> Option<PathBuf> {
    let program =
        std::env::var_os("KNARR_REAL_KUBECTL").map_or_else(|| "kubectl".into(), PathBuf::from);
    let output = Command::new(&program)
        .args(["version", "--client"])
        .output()
        .ok()?;
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    (version.contains("v1.36.") && !version.contains("knarr")).then_some(program)
}

#[test]
fn kustomizations_are_built_as_the_real_one_builds_them() {
    let ours = Path::new(env!("CARGO_BIN_EXE_kubectl"));
    let cases = cases();
    assert!(cases.len() >= 60, "only {} archives", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let recorded = case.recorded.as_ref().expect("the archive has an answer");
        let found = run(ours, case);
        if found != *recorded {
            wrong.push(format!(
                "{}:\nfound {found:#?}\nwant {recorded:#?}",
                case.name
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn what_is_recorded_is_what_the_real_one_prints() {
    let Some(real) = real_kubectl() else {
        eprintln!(
            "SKIPPED: this test needs a real kubectl 1.36 (KNARR_REAL_KUBECTL), and there is none here"
        );
        return;
    };
    let records = std::env::var_os("KNARR_RECORD").is_some();
    for case in &cases() {
        let answer = run(&real, case);
        if records {
            let Outcome {
                code,
                stdout,
                stderr,
            } = &answer;
            let text = format!(
                "{}{EXPECTED}{code}\n-- expected stdout --\n{stdout}-- expected stderr --\n{stderr}",
                case.head
            );
            std::fs::write(&case.path, text).expect("a writable archive");
        } else {
            assert_eq!(Some(&answer), case.recorded.as_ref(), "{}", case.name);
        }
    }
}

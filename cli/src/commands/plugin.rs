//! `kubectl plugin`, and how plug-ins are found and run: programs called `kubectl-NAME` on the PATH.

use super::{Entry, dispatch, entry, group_args};
use crate::{
    error::{Error, Result, go_words},
    session::{Session, outln},
};
use std::{
    collections::{BTreeSet, HashMap},
    ffi::OsString,
    io::Read,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Stdio,
};

const PREFIX: &str = "kubectl-";

static SUBCOMMANDS: &[Entry] = &[entry!(
    Other,
    "list",
    [],
    ListArgs,
    list,
    "List all visible plugin executables on a user's PATH"
)];

group_args!(SUBCOMMANDS);

pub async fn run(session: &Session, args: Args) -> Result<()> {
    dispatch(session, SUBCOMMANDS, args.name(), args.matches(), "plugin").await
}

#[derive(clap::Args, Clone, Debug)]
pub struct ListArgs {
    /// Upstream takes any words and does nothing with them
    #[arg(hide = true)]
    words: Vec<String>,
    /// If true, display only the binary name of each plugin, rather than its full path
    #[arg(long)]
    name_only: bool,
}

/// The folders of the PATH, each once.
fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in std::env::split_paths(&path) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

fn is_executable(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// The program that a name means: a path as it is, or the first of that name on the PATH.
pub fn look_up(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| is_executable(path));
    }
    let mut paths = folders().into_iter().map(|folder| folder.join(program));
    paths.find(|path| is_executable(path))
}

async fn list(session: &Session, args: ListArgs) -> Result<()> {
    let (mut found, mut faults, mut warnings) = (0, Vec::new(), 0);
    let mut seen: HashMap<String, PathBuf> = HashMap::new();
    // All that can't be read is told of first.
    let folders: Vec<(PathBuf, Vec<String>)> = folders()
        .into_iter()
        .filter(|folder| !folder.as_os_str().to_string_lossy().trim().is_empty())
        .filter_map(|folder| Some((folder.clone(), candidates(session, &folder)?)))
        .collect();
    for (folder, names) in folders {
        for name in names {
            if found == 0 {
                outln!(session, "The following compatible plugins are available:\n")?;
            }
            found += 1;
            let path = folder.join(&name);
            match args.name_only {
                true => outln!(session, "{name}")?,
                false => outln!(session, "{}", path.display())?,
            }
            for fault in verify(&name, &path, &mut seen) {
                warnings += 1;
                session.warn(&format!("  - {fault}"));
            }
        }
    }
    if found == 0 {
        faults.push("unable to find any kubectl plugins in your PATH".to_owned());
    }
    match warnings {
        0 => {}
        1 => faults.push("one plugin warning was found".to_owned()),
        count => faults.push(format!("{count} plugin warnings were found")),
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Error::message(faults.join("\n"))),
    }
}

/// The names of plug-ins in a folder, in their order; of one that can't be read the user is told.
fn candidates(session: &Session, folder: &Path) -> Option<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let why = go_words(&error);
            session.warn(&format!(
                "Unable to read directory \"{0}\" from your PATH: open {0}: {why}. Skipping...",
                folder.display()
            ));
            return None;
        }
    };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| !entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(PREFIX))
        .collect();
    names.sort();
    Some(names)
}

/// What keeps a plug-in from being run, all of it.
fn verify(name: &str, path: &Path, seen: &mut HashMap<String, PathBuf>) -> Vec<String> {
    let mut faults = Vec::new();
    if let Err(error) = std::fs::metadata(path) {
        faults.push(format!(
            "error: unable to identify {0} as an executable file: stat {0}: {1}",
            path.display(),
            go_words(&error)
        ));
    } else if !is_executable(path) {
        faults.push(format!(
            "warning: {} identified as a kubectl plugin, but it is not executable",
            path.display()
        ));
    }
    match seen.get(name) {
        Some(other) => faults.push(format!(
            "warning: {} is overshadowed by a similarly named plugin: {}",
            path.display(),
            other.display()
        )),
        None => drop(seen.insert(name.to_owned(), path.to_owned())),
    }
    let words: Vec<&str> = name.trim_start_matches(PREFIX).split('-').collect();
    if let Some(command) = overwritten(&words) {
        faults.push(format!(
            "warning: {name} overwrites existing command: \"kubectl {command}\""
        ));
    }
    faults
}

/// The command of ours that the words lead to.
fn overwritten(words: &[&str]) -> Option<String> {
    let (first, rest) = words.split_first()?;
    let mut command = super::find(first)?.build();
    let mut path = vec![command.get_name().to_owned()];
    for word in rest {
        let Some(inner) = command.find_subcommand(word).cloned() else {
            break;
        };
        path.push(inner.get_name().to_owned());
        command = inner;
    }
    Some(path.join(" "))
}

/// What is said of a command that a plug-in makes.
pub fn about(name: &str) -> String {
    format!("The command {name} is a plugin installed by the user")
}

/// The commands that plug-ins add.
pub fn added() -> impl Iterator<Item = String> {
    let names: BTreeSet<String> = chains()
        .into_iter()
        .filter_map(|chain| chain.into_iter().next())
        .collect();
    names.into_iter().filter(|name| super::find(name).is_none())
}

/// The words that the plug-ins on the PATH stand for: `kubectl-foo_x-bar` is `foo-x bar`.
fn chains() -> Vec<Vec<String>> {
    let entries = folders()
        .into_iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok());
    entries
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let words = name.strip_prefix(PREFIX)?.split('-');
            let chain: Vec<String> = words.map(|word| word.replace('_', "-")).collect();
            // Few files on the PATH have such a name: the others need no look.
            Some(chain).filter(|chain| !chain[0].is_empty() && is_executable(&entry.path()))
        })
        .collect()
}

/// The command of a plug-in, or of several, that some words lead to.
pub struct PluginCommand {
    /// As it stands in the names of programs: `foo_x-bar`.
    pub name: String,
    /// How many of the words lead there.
    pub words: usize,
    /// The words by which plug-ins go on from there.
    pub inner: BTreeSet<String>,
}

/// The command that words lead to the furthest.
pub fn command(words: &[String]) -> Option<PluginCommand> {
    let chains = chains();
    let known = |count: &usize| {
        chains
            .iter()
            .any(|chain| chain.starts_with(&words[..*count]))
    };
    let count = (1..=words.len()).take_while(known).last()?;
    let leading = chains
        .iter()
        .filter(|chain| chain.starts_with(&words[..count]));
    let names: Vec<String> = words[..count]
        .iter()
        .map(|word| word.replace('-', "_"))
        .collect();
    Some(PluginCommand {
        name: names.join("-"),
        words: count,
        inner: leading
            .filter_map(|chain| chain.get(count).cloned())
            .collect(),
    })
}

/// What a plug-in's completion program prints for `current` behind the plug-in's words. What it says on standard error
/// goes there.
pub fn complete(program: &Path, arguments: &[String], current: &str) -> Option<String> {
    let output = std::process::Command::new(program)
        .args(arguments)
        .arg(current)
        .stderr(Stdio::inherit())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The program with the longest name that some of the words make, and how many they are.
fn longest(prefix: &str, words: &[String], least: usize) -> Option<(PathBuf, usize)> {
    let names = words.iter().take_while(|word| !word.starts_with('-'));
    let names: Vec<String> = names.map(|word| word.replace('-', "_")).collect();
    (least..=names.len()).rev().find_map(|count| {
        let name = format!("{prefix}{}", names[..count].join("-"));
        let path = look_up(&name).filter(|_| !name.contains('/'))?;
        Some((path, count))
    })
}

/// Runs the plug-in that the words of `args` (the first one is its name) mean: the longest name wins, and the words
/// behind it are its arguments. A name has at least `least` words. Returns when there is none.
pub fn execute(args: &[OsString], least: usize) -> Option<Error> {
    let words = args.iter().map(|word| word.to_string_lossy().into_owned());
    let words: Vec<String> = words.collect();
    let (path, count) = longest(PREFIX, &words, least)?;
    // Returns only when the program could not be started.
    let error = match is_for_the_system(&path) {
        true => std::process::Command::new(path).args(&args[count..]).exec(),
        false => std::io::Error::from_raw_os_error(nix::errno::Errno::ENOEXEC as i32),
    };
    Some(Error::Verbatim(format!("Error: {}", go_words(&error))))
}

/// Whether the system can tell how to run a program. What does not say who reads it the C library would hand to the
/// shell, which Go does not.
fn is_for_the_system(path: &Path) -> bool {
    let mut start = [0; 4];
    let opened = std::fs::File::open(path);
    match opened.and_then(|mut file| file.read(&mut start)) {
        Ok(read) => start[..read].starts_with(b"#!") || start[..read] == *b"\x7fELF",
        // The system may know better.
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_a_plugin_overwrites_is_named() {
        assert_eq!(overwritten(&["version"]).as_deref(), Some("version"));
        assert_eq!(overwritten(&["version", "x"]).as_deref(), Some("version"));
        assert_eq!(overwritten(&["create", "foo"]).as_deref(), Some("create"));
        assert_eq!(
            overwritten(&["create", "job"]).as_deref(),
            Some("create job")
        );
        assert_eq!(overwritten(&["foo"]), None);
    }

    #[test]
    fn a_script_that_names_no_interpreter_is_no_program() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let is_program = |text: &str| {
            let path = folder.path().join("kubectl-x");
            std::fs::write(&path, text).expect("the folder is writable");
            is_for_the_system(&path)
        };
        assert!(is_program("#!/bin/sh\n") && is_program("\x7fELF..."));
        assert!(!is_program("echo\n") && !is_program(""));
    }

    #[test]
    fn what_a_link_leads_to_may_be_gone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("kubectl-gone");
        std::os::unix::fs::symlink("/nonexistent", &path).expect("the folder is writable");
        let faults = verify("kubectl-gone", &path, &mut HashMap::new());
        let shown = path.display();
        assert_eq!(
            faults,
            [format!(
                "error: unable to identify {shown} as an executable file: stat {shown}: no such file or directory"
            )]
        );
    }
}

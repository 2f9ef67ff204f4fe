//! `--config FILE` of the programs that run for long: a YAML mapping of flag names (without the dashes) to values. It
//! is read into the command line before that is parsed, so that values are checked as if they had been typed; what is
//! typed wins.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command};
use serde_yaml::Value;

/// The programs that have it.
const PROGRAMS: &[&str] = &[
    "up",
    "server",
    "apiserver",
    "controller-manager",
    "scheduler",
    "node",
];

/// Of the flag where a program has none of that name itself.
const ID: &str = "config-file";
const HELP: &str =
    "A YAML file of flags: 'name: value' for --name=value; flags of the command line win";
/// The scheduler's own file has the same flag upstream: its kind tells the two apart.
const SCHEDULER_HELP: &str = "A YAML file of flags: 'name: value' for --name=value; flags of the command line win. Or a KubeSchedulerConfiguration: profiles by schedulerName";

/// Why a file of flags cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {}", file.display())]
    Read {
        file: PathBuf,
        source: std::io::Error,
    },
    #[error("{}", file.display())]
    Yaml {
        file: PathBuf,
        source: serde_yaml::Error,
    },
    #[error("{}: it must be a mapping of flag names to values", .0.display())]
    NoMapping(PathBuf),
    #[error("{}:{line}: unknown flag {name:?}", file.display())]
    Unknown {
        file: PathBuf,
        line: usize,
        name: String,
    },
    #[error("{}:{line}: {name}: {why}", file.display())]
    Value {
        file: PathBuf,
        line: usize,
        name: String,
        why: &'static str,
    },
}

/// Adds the flag to the programs that have it.
pub fn declare(mut command: Command) -> Command {
    for program in PROGRAMS {
        command = command.mut_subcommand(program, |program| {
            let mut all = program.get_arguments();
            let own = all.find(|arg| arg.get_long() == Some("config"));
            let own = own.map(|arg| arg.get_id().clone());
            drop(all);
            match own {
                Some(own) => program.mut_arg(own, |arg| arg.help(SCHEDULER_HELP)),
                None => program.arg(Arg::new(ID).long("config").value_name("FILE").help(HELP)),
            }
        });
    }
    command
}

/// The arguments with those of the file that they name.
pub fn expand(command: &Command, arguments: Vec<OsString>) -> Result<Vec<OsString>, Error> {
    let mut named = arguments.iter().skip(1).filter_map(|name| name.to_str());
    let program = named
        .find(|name| PROGRAMS.contains(name))
        .and_then(|name| command.find_subcommand(name));
    let (Some(program), Some((at, count, file))) = (program, config(&arguments)) else {
        return Ok(arguments);
    };
    let text = std::fs::read_to_string(&file).map_err(|source| Error::Read {
        file: file.clone(),
        source,
    })?;
    // What all programs have stands before the program's name, too.
    let known: Vec<&Arg> = program
        .get_arguments()
        .chain(command.get_arguments())
        .collect();
    let Some(added) = flags(&known, &file, &text, &arguments)? else {
        return Ok(arguments);
    };
    let mut expanded = arguments;
    expanded.splice(at..at + count, added);
    Ok(expanded)
}

/// Where `--config` stands, how many arguments it takes, and the file.
fn config(arguments: &[OsString]) -> Option<(usize, usize, PathBuf)> {
    arguments.iter().enumerate().find_map(|(at, argument)| {
        let argument = argument.to_str()?;
        if argument == "--config" {
            return Some((at, 2, PathBuf::from(arguments.get(at + 1)?)));
        }
        let file = argument.strip_prefix("--config=")?;
        Some((at, 1, PathBuf::from(file)))
    })
}

/// The flags of a file; none if it is a file of another kind, which the program reads itself.
fn flags(
    known: &[&Arg],
    file: &Path,
    text: &str,
    typed: &[OsString],
) -> Result<Option<Vec<OsString>>, Error> {
    let yaml: Value = serde_yaml::from_str(text).map_err(|source| Error::Yaml {
        file: file.to_owned(),
        source,
    })?;
    let mapping = match yaml {
        Value::Null => return Ok(Some(Vec::new())),
        Value::Mapping(mapping) => mapping,
        _ => return Err(Error::NoMapping(file.to_owned())),
    };
    let is_ours = |arg: &&&Arg| arg.get_id() == ID;
    let has_own_kind = !known.iter().any(|arg| is_ours(&arg));
    if has_own_kind && mapping.contains_key("kind") && mapping.contains_key("apiVersion") {
        return Ok(None);
    }
    let mut added = Vec::new();
    for (key, value) in &mapping {
        let name = key.as_str().unwrap_or_default().to_owned();
        let line = line_of(text, &name);
        let named = |arg: &&&Arg| arg.get_long() == Some(&name) && !is_ours(arg);
        let Some(arg) = known.iter().find(named) else {
            return Err(Error::Unknown {
                file: file.to_owned(),
                line,
                name,
            });
        };
        if !is_typed(typed, &name) {
            let values = arguments_of(arg, value).map_err(|why| Error::Value {
                file: file.to_owned(),
                line,
                name: name.clone(),
                why,
            })?;
            added.extend(values.into_iter().map(OsString::from));
        }
    }
    Ok(Some(added))
}

fn is_typed(typed: &[OsString], name: &str) -> bool {
    typed.iter().filter_map(|one| one.to_str()).any(|one| {
        one.strip_prefix("--")
            .is_some_and(|flag| flag.split('=').next() == Some(name))
    })
}

/// The line of a key at the top of the file.
fn line_of(text: &str, name: &str) -> usize {
    let is_key = |line: &str| {
        let line = line.trim_start_matches(['"', '\'', '{', ' ']);
        line.strip_prefix(name)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
    };
    text.lines().position(is_key).map_or(1, |index| index + 1)
}

/// A value as it would be typed.
fn arguments_of(arg: &Arg, value: &Value) -> Result<Vec<String>, &'static str> {
    let name = arg.get_long().unwrap_or_default();
    if matches!(arg.get_action(), ArgAction::SetTrue) {
        return match value {
            Value::Bool(true) => Ok(vec![format!("--{name}")]),
            Value::Bool(false) => Ok(Vec::new()),
            _ => Err("it must be true or false"),
        };
    }
    let flag = |text: String| format!("--{name}={text}");
    match value {
        Value::Sequence(items) => items
            .iter()
            .map(|item| scalar(item).map(flag))
            .collect::<Option<_>>()
            .ok_or("it must be a list of plain values"),
        Value::Mapping(pairs) => pairs
            .iter()
            .map(|(key, value)| Some(flag(format!("{}={}", scalar(key)?, scalar(value)?))))
            .collect::<Option<_>>()
            .ok_or("it must be a mapping of plain values"),
        plain => scalar(plain)
            .map(|text| vec![flag(text)])
            .ok_or("it must have a value"),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        Value::String(value) => Some(value.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn program(name: &str) -> Command {
        let command = declare(crate::Cli::command());
        command.find_subcommand(name).unwrap().clone()
    }

    fn read(name: &str, typed: &[OsString], text: &str) -> Result<Option<Vec<OsString>>, Error> {
        let program = program(name);
        let known: Vec<&Arg> = program.get_arguments().collect();
        flags(&known, Path::new("f.yaml"), text, typed)
    }

    fn check(name: &str, typed: &[&str], text: &str, expected: &[&str]) {
        let typed: Vec<OsString> = typed.iter().map(OsString::from).collect();
        let flags = read(name, &typed, text).unwrap();
        assert_eq!(flags.unwrap(), expected);
    }

    fn fault(name: &str, text: &str) -> String {
        read(name, &[], text).unwrap_err().to_string()
    }

    #[test]
    fn every_long_running_program_has_it_once() {
        declare(crate::Cli::command()).debug_assert();
        for name in PROGRAMS {
            let program = program(name);
            let all = program.get_arguments();
            let own = all.filter(|arg| arg.get_long() == Some("config"));
            assert_eq!(own.count(), 1, "{name}");
        }
    }

    #[test]
    fn values_are_typed_as_flags() {
        check(
            "apiserver",
            &[],
            "secure-port: 7000\nanonymous-auth: false\nauthorization-mode: [Node, RBAC]\nclient-ca-file: a b.crt\n",
            &[
                "--secure-port=7000",
                "--anonymous-auth=false",
                "--authorization-mode=Node",
                "--authorization-mode=RBAC",
                "--client-ca-file=a b.crt",
            ],
        );
        check("apiserver", &[], "# nothing\n", &[]);
    }

    #[test]
    fn what_is_typed_wins() {
        let text = "secure-port: 7000\nbind-address: 127.0.0.1\n";
        for typed in [&["--secure-port", "1"][..], &["--secure-port=1"]] {
            check("server", typed, text, &["--bind-address=127.0.0.1"]);
        }
    }

    #[test]
    fn faults_name_the_line() {
        assert_eq!(
            fault("apiserver", "# ports\nsecure-port: 1\n\nsecure-prot: 2\n"),
            "f.yaml:4: unknown flag \"secure-prot\""
        );
        assert_eq!(
            fault("apiserver", "secure-port:\n"),
            "f.yaml:1: secure-port: it must have a value"
        );
        assert_eq!(
            fault("node", "config: x\n"),
            "f.yaml:1: unknown flag \"config\""
        );
        assert!(fault("node", "[]").ends_with("it must be a mapping of flag names to values"));
    }

    #[test]
    fn a_file_of_the_schedulers_own_kind_is_left_to_it() {
        let text = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";
        assert!(read("scheduler", &[], text).unwrap().is_none());
        assert!(fault("node", text).contains("unknown flag \"apiVersion\""));
    }
}

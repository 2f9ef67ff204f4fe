//! From `argv` to a running command: finds the command's name, builds only that command's flags, and reports wrong
//! calls in kubectl's words instead of clap's.

use crate::{
    commands::{self, Entry, Group},
    completion,
    discovery::unreachable,
    error::{Error, Result},
    flags::{
        self, GlobalArgs,
        words::{self, Parsed},
    },
    help, hints, kuberc,
    profile::{NO_PROFILE, Profile},
    session::{Session, error_line},
};
use clap::{
    ArgMatches, Args, Command, FromArgMatches,
    error::{ContextKind, ContextValue, ErrorKind},
};
use knarr_api::quote::quote;
use std::{
    ffi::OsString,
    io::{self, IsTerminal},
};
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};

/// What commands wait in: one thread. It is of the kind that can be of no other, so that the scheduler for several
/// threads is no part of the program.
pub fn runtime() -> io::Result<LocalRuntime> {
    Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
}

const NO_ALPHA: &str = "No alpha commands are available in this version of kubectl";

/// Runs the command that `args` (with the program's name first) names.
pub fn run(args: &[OsString], program: &str) -> Result<()> {
    match args.get(1).and_then(|word| word.to_str()) {
        Some("__complete") => return completion::run(&args[2..], true, program),
        Some("__completeNoDesc") => return completion::run(&args[2..], false, program),
        _ => {}
    }
    let (args, plugin_policy) = kuberc::apply(args)?;
    let args = args.as_slice();
    let root = root_command();
    let Some(position) = words::next_command(&[&root], &args[1..]) else {
        return without_command(root, &args[1..], program);
    };
    let position = position + 1;
    let name = args[position].to_string_lossy();
    let Some(entry) = commands::find(&name) else {
        return match name.as_ref() {
            "alpha" => {
                error_line(NO_ALPHA);
                Ok(())
            }
            "options" => options(root, &args[1..]),
            "help" => help_for(&args[position + 1..], program),
            _ => plugin(&name, &args[1..], position - 1),
        };
    };
    extend_create(entry, &args[position..])?;
    if entry.group == Group::Additional
        && let Some(error) = commands::plugin::execute(&args[position..], 1)
    {
        // Somebody's own `kubectl-ctx` is older than ours.
        return Err(error);
    }
    let root = flags::as_pflag(root.subcommand(entry.build()));
    let call = Call::read(&root, entry, args, position);
    let mut root = flags::without_delimiters(root);
    root.build();
    let matches = match call.matches(&mut root) {
        Ok(matches) => matches,
        // A command's help does not need the flags that the command needs.
        Err(Refusal::Incomplete(_)) if asks_for_help(args) => {
            return help_for(&args[position..], program);
        }
        Err(Refusal::Incomplete(error) | Refusal::Wrong(error)) => {
            let error = match entry.name {
                "diff" => commands::diff::wrong_flag(error),
                _ => error,
            };
            return Err(match hints::after_flag(&error) {
                Some(hint) => error.with_hint(&hint),
                None => error,
            });
        }
    };
    let mut globals = GlobalArgs::from_arg_matches(&matches)
        .map_err(|error| Error::message(error.to_string()))?;
    forget_shadowed(&mut globals, &root, &matches);
    // `--kubeconfig=` names none.
    globals
        .kubeconfig
        .take_if(|path| path.as_os_str().is_empty());
    if let Some(page) = wanted_help(&root, &matches) {
        return print(&page);
    }
    let mut session = Session::new(globals, program, words_of(&matches));
    session.plugin_policy = plugin_policy;
    session.words_before_dashes = call.parsed.before_dashes;
    let submatches = matches.subcommand_matches(entry.name).unwrap_or(&matches);
    let profile = Profile::start(&session.globals)?;
    let runtime = runtime().map_err(Error::Output)?;
    let running = async {
        commands::version::refuse_mismatch(&session).await?;
        match (entry.run)(&session, submatches).await {
            Err(error) if session.took_for_granted(&error) => {
                (entry.run)(&session, submatches).await
            }
            result => result,
        }
    };
    let result = runtime
        .block_on(running)
        .and_then(|()| session.refuse_warnings());
    let result = result.map_err(|mut error| {
        if !asks_for_raw(submatches) {
            error = runtime.block_on(unreachable::instead(&session, error));
        }
        session.log_error(&error);
        if !asks_for_raw(submatches) {
            unreachable::log(&session, &error);
        }
        match runtime.block_on(hints::after(&session, &error)) {
            Some(hint) => error.with_hint(&hint),
            None => session.in_manifests_words(error),
        }
    });
    // A blocked read of standard input must not hold the program back.
    runtime.shutdown_background();
    let flushed = session.flush();
    let profiled = profile.finish();
    result.and(flushed).and(profiled)
}

/// Whether one path is asked for, of which nothing has to be known.
fn asks_for_raw(matches: &ArgMatches) -> bool {
    let raw = matches.try_get_raw("raw").ok().flatten();
    raw.is_some_and(|mut values| values.any(|value| !value.is_empty()))
}

fn asks_for_help(args: &[OsString]) -> bool {
    args.iter()
        .take_while(|word| *word != "--")
        .any(|word| word == "--help" || word == "-h")
}

/// `kubectl create secret generic`: the command and its subcommands.
fn words_of(mut matches: &ArgMatches) -> String {
    let mut words = "kubectl".to_owned();
    while let Some((name, inner)) = matches.subcommand() {
        words = format!("{words} {name}");
        matches = inner;
    }
    words
}

/// Users may add subcommands to `create`, and only to it: programs called `kubectl-create-NAME`.
fn extend_create(entry: &Entry, words: &[OsString]) -> Result<()> {
    let next = words
        .get(1)
        .map(|word| word.to_string_lossy())
        .unwrap_or_default();
    let is_own = entry.name != "create"
        || next.is_empty()
        || next.starts_with('-')
        || entry.build().find_subcommand(next.as_ref()).is_some();
    match is_own {
        true => Ok(()),
        false => commands::plugin::execute(words, 2).map_or(Ok(()), Err),
    }
}

/// A command's own `--user` hides the global one, but clap hands its value to both.
fn forget_shadowed(globals: &mut GlobalArgs, root: &Command, matches: &ArgMatches) {
    let (mut command, mut matches) = (root, matches);
    while let Some((name, inner)) = matches.subcommand() {
        let Some(found) = command.find_subcommand(name) else {
            return;
        };
        (command, matches) = (found, inner);
    }
    let own = |id: &str| {
        command
            .get_arguments()
            .any(|arg| arg.get_id() == id && !arg.is_global_set())
    };
    for (id, flag) in [
        ("user", &mut globals.user),
        ("cluster", &mut globals.cluster),
        ("token", &mut globals.token),
        ("server", &mut globals.server),
        ("namespace", &mut globals.namespace),
    ] {
        if own(id) {
            *flag = None;
        }
    }
    if own("profile") {
        globals.profile = NO_PROFILE.to_owned();
    }
}

/// The whole command tree; costly, so only for tests over the table.
#[cfg(test)]
pub fn full_command(program: &str) -> Command {
    let tree = commands::COMMANDS
        .iter()
        .fold(root_command().name(program.to_owned()), |root, entry| {
            root.subcommand(entry.build())
        });
    flags::as_pflag(tree)
}

pub(crate) fn root_command() -> Command {
    GlobalArgs::augment_args(Command::new("kubectl")).arg(
        clap::Arg::new("help")
            .short('h')
            .long("help")
            .global(true)
            .hide(true)
            .action(clap::ArgAction::SetTrue),
    )
}

fn print(text: &str) -> Result<()> {
    use std::io::Write;
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// What `kubectl` does when it gets flags alone.
fn without_command(root: Command, words: &[OsString], program: &str) -> Result<()> {
    match fault_of_globals(root, words) {
        Some(message) => Err(Error::Flag {
            message,
            command: "kubectl".to_owned(),
        }),
        None => print(&help::main_page(program)),
    }
}

/// `kubectl options`, which has no flags of its own.
fn options(root: Command, words: &[OsString]) -> Result<()> {
    let page = help::options_page(&root);
    match fault_of_globals(root, words) {
        Some(message) => Err(Error::message(format!(
            "{message}\nRun 'kubectl options' without flags."
        ))),
        None => print(&page),
    }
}

/// What is wrong with flags where only the global ones are known.
fn fault_of_globals(root: Command, words: &[OsString]) -> Option<String> {
    let mut root = flags::as_pflag(root);
    let parsed = words::parse(&[&root], words);
    let flags = parsed
        .words
        .iter()
        .filter(|word| word.to_string_lossy().starts_with("--") && *word != "--");
    let call = [OsString::from("kubectl")];
    let matches = root.try_get_matches_from_mut(call.iter().chain(flags));
    match matches {
        Err(error) => invalid_value(&error, &root),
        Ok(_) => parsed.fault,
    }
}

/// One call of a command, taken apart.
struct Call {
    entry: &'static Entry,
    /// `kubectl config set`.
    path: String,
    parsed: Parsed,
    words: Vec<OsString>,
}

/// Why a call is not run.
enum Refusal {
    /// A flag is missing that the command needs.
    Incomplete(Error),
    Wrong(Error),
}

impl Call {
    fn read(root: &Command, entry: &'static Entry, args: &[OsString], position: usize) -> Self {
        let command = root.find_subcommand(entry.name).unwrap_or(root);
        let rest = [&args[1..position], &args[position + 1..]].concat();
        let (leaf, names, rest) = words::leaf(root, command, &rest);
        let parsed = words::parse(&[leaf, root], &rest);
        let path = std::iter::once("kubectl")
            .chain([entry.name])
            .chain(names.iter().map(String::as_str));
        let path: Vec<&str> = path.collect();
        let words = path
            .iter()
            .map(OsString::from)
            .chain(parsed.words.iter().cloned())
            .collect();
        Call {
            entry,
            path: path.join(" "),
            parsed,
            words,
        }
    }

    /// Reads the values. A wrong one before the first wrong flag is told of first.
    fn matches(&self, root: &mut Command) -> Result<ArgMatches, Refusal> {
        let flag = |message: String| {
            Refusal::Wrong(Error::Flag {
                message,
                command: self.path.clone(),
            })
        };
        let matches = root.try_get_matches_from_mut(&self.words);
        let wrong = matches.as_ref().err();
        if let Some(fault) = wrong.and_then(|error| invalid_value(error, self.leaf(root))) {
            return Err(flag(fault));
        }
        if let Some(fault) = &self.parsed.fault {
            return Err(flag(fault.clone()));
        }
        matches.map_err(|error| self.refusal(&error))
    }

    fn leaf<'c>(&self, root: &'c Command) -> &'c Command {
        let names = self.path.split(' ').skip(1);
        names.fold(root, |command, name| {
            command.find_subcommand(name).unwrap_or(command)
        })
    }

    fn refusal(&self, error: &clap::Error) -> Refusal {
        let argument = context(error, ContextKind::InvalidArg);
        match error.kind() {
            ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument => {
                let word = match argument.is_empty() {
                    true => context(error, ContextKind::InvalidSubcommand),
                    false => argument,
                };
                let words = &self.parsed.positionals;
                let from = words.iter().position(|known| *known == word);
                let words = words[from.unwrap_or_default()..].join(" ");
                Refusal::Wrong((self.entry.unexpected)(&words, &self.path))
            }
            ErrorKind::MissingRequiredArgument => {
                let names: Vec<String> = argument
                    .split(", ")
                    .filter_map(|flag| flag.strip_prefix("--"))
                    .map(|flag| format!("\"{}\"", flag.split([' ', '=']).next().unwrap_or(flag)))
                    .collect();
                Refusal::Incomplete(Error::message(format!(
                    "required flag(s) {} not set",
                    names.join(", ")
                )))
            }
            _ => {
                let text = error.to_string();
                let text = text.trim().trim_start_matches("error: ");
                Refusal::Wrong(Error::message(text))
            }
        }
    }
}

/// What is wrong with the value of one of the flags of `command`.
fn invalid_value(error: &clap::Error, command: &Command) -> Option<String> {
    if !matches!(
        error.kind(),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue
    ) {
        return None;
    }
    let argument = context(error, ContextKind::InvalidArg);
    let why = std::error::Error::source(error).map(ToString::to_string);
    let flag = flags::flag_of(
        command.get_arguments(),
        argument.split([' ', '[']).next().unwrap_or_default(),
    );
    Some(format!(
        "invalid argument {} for \"{}\" flag: {}",
        quote(&context(error, ContextKind::InvalidValue)),
        flag.map(flags::given_as).unwrap_or(argument),
        why.unwrap_or_default()
    ))
}

fn wanted_help(root: &Command, matches: &ArgMatches) -> Option<String> {
    let (mut command, mut matches, mut path) = (root, matches, "kubectl".to_owned());
    while let Some((name, inner)) = matches.subcommand() {
        command = command.find_subcommand(name)?;
        matches = inner;
        path = format!("{path} {name}");
    }
    let asked = matches.get_flag("help");
    asked.then(|| help::command_page(command, &path))
}

fn help_for(words: &[OsString], program: &str) -> Result<()> {
    let Some(first) = words.first() else {
        return print(&help::main_page(program));
    };
    let first = first.to_string_lossy();
    let Some(entry) = commands::find(&first) else {
        error_line(&format!("Unknown help topic [`{first}`]"));
        error_line(help::main_page(program).trim_end());
        return Ok(());
    };
    let command = flags::as_pflag(entry.build());
    let mut command = &command;
    let mut path = format!("kubectl {}", entry.name);
    for word in &words[1..] {
        let Some(inner) = command.find_subcommand(word) else {
            break;
        };
        path = format!("{path} {}", inner.get_name());
        command = inner;
    }
    print(&help::command_page(command, &path))
}

/// A command of the user's own, or that there is none. The name is the word at `position`.
fn plugin(name: &str, words: &[OsString], position: usize) -> Result<()> {
    if position > 0 {
        return Err(Error::Verbatim(format!(
            "Error: flags cannot be placed before plugin name: {}",
            words[0].to_string_lossy()
        )));
    }
    if let Some(error) = commands::plugin::execute(words, 1) {
        return Err(error);
    }
    let mut text = format!("error: unknown command {} for \"kubectl\"", quote(name));
    // In a pipe, what is not upstream's is not heard of.
    let offers_ours = std::io::stderr().is_terminal();
    let near: Vec<&str> = commands::COMMANDS
        .iter()
        .filter(|entry| offers_ours || entry.group != Group::Additional)
        .map(|entry| entry.name)
        .filter(|known| known.starts_with(&name.to_lowercase()) || distance(known, name) <= 2)
        .collect();
    if !near.is_empty() {
        text.push_str("\n\nDid you mean this?");
        near.iter()
            .for_each(|name| text.push_str(&format!("\n\t{name}")));
    }
    Err(Error::Verbatim(text))
}

/// The Levenshtein distance, without regard to case.
pub(crate) fn distance(left: &str, right: &str) -> usize {
    let (left, right) = (left.to_lowercase(), right.to_lowercase());
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.chars().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.chars().count()]
}

fn context(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(words: &[&str]) -> String {
        let args: Vec<OsString> = std::iter::once("kubectl")
            .chain(words.iter().copied())
            .map(Into::into)
            .collect();
        run(&args, "kubectl")
            .expect_err("the call is wrong")
            .report()
            .0
    }

    #[test]
    fn wrong_calls_are_refused_in_kubectls_words() {
        for (words, want) in [
            (
                &["get", "--foo"][..],
                "error: unknown flag: --foo\nSee 'kubectl get --help' for usage.",
            ),
            (
                &["get", "-Z"],
                "error: unknown shorthand flag: 'Z' in -Z\nSee 'kubectl get --help' for usage.",
            ),
            (
                &["get", "--output"],
                "error: flag needs an argument: --output\nSee 'kubectl get --help' for usage.",
            ),
            (
                &["get", "-n"],
                "error: flag needs an argument: 'n' in -n\nSee 'kubectl get --help' for usage.",
            ),
            (
                &["get", "pods", "-A=xx"],
                "error: invalid argument \"xx\" for \"-A, --all-namespaces\" flag: strconv.ParseBool: parsing \"xx\": \
                 invalid syntax\nSee 'kubectl get --help' for usage.",
            ),
            (
                &["logs", "--since=abc", "x"],
                "error: invalid argument \"abc\" for \"--since\" flag: time: invalid duration \"abc\"\nSee 'kubectl \
                 logs --help' for usage.",
            ),
            (
                &["config", "foo"],
                "error: unknown command \"foo\"\nSee 'kubectl config -h' for help and examples",
            ),
            (
                &["create", "foo"],
                "error: Unexpected args: [foo]\nSee 'kubectl create -h' for help and examples",
            ),
            (
                &["--foo", "get", "pods"],
                "Error: flags cannot be placed before plugin name: --foo",
            ),
            (
                &["--foo", "get"],
                "error: unknown flag: --foo\nSee 'kubectl --help' for usage.",
            ),
            (
                &["-h=x"],
                "error: invalid argument \"x\" for \"-h, --help\" flag: strconv.ParseBool: parsing \"x\": invalid \
                 syntax\nSee 'kubectl --help' for usage.",
            ),
            (
                &["apply", "x", "-o"],
                "error: flag needs an argument: 'o' in -o\nSee 'kubectl apply --help' for usage.",
            ),
            (
                &["auth", "x", "--nope"],
                "error: unknown flag: --nope\nSee 'kubectl auth --help' for usage.",
            ),
            (
                &["get", "-A=x", "--nope"],
                "error: invalid argument \"x\" for \"-A, --all-namespaces\" flag: strconv.ParseBool: parsing \"x\": \
                 invalid syntax\nSee 'kubectl get --help' for usage.",
            ),
            (
                &["scale", "deployment", "x"],
                "error: required flag(s) \"replicas\" not set",
            ),
        ] {
            assert_eq!(refusal(words), want, "{words:?}");
        }
    }

    #[test]
    fn an_unknown_command_names_near_ones() {
        assert_eq!(
            refusal(&["descripe"]),
            "error: unknown command \"descripe\" for \"kubectl\"\n\nDid you mean this?\n\tdescribe"
        );
    }
}

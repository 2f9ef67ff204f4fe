//! From `argv` to a running command: finds the command's name, builds only that command's flags, and reports wrong
//! calls in kubectl's words instead of clap's.

use crate::{
    commands::{self, Entry, Group},
    completion,
    discovery::unreachable,
    error::{Error, Result},
    flags::{self, GlobalArgs, Position},
    help, hints, kuberc,
    profile::{NO_PROFILE, Profile},
    session::Session,
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
    let Some(position) = command_position(&root, args)? else {
        return print(&help::main_page(program));
    };
    let name = args[position].to_string_lossy();
    let Some(entry) = commands::find(&name) else {
        return match name.as_ref() {
            "options" => print(&help::options_page(&root)),
            "help" => help_for(&args[position + 1..], program),
            _ => plugin(&name, &args[position..]),
        };
    };
    extend_create(entry, &args[position..])?;
    if entry.group == Group::Additional
        && let Some(error) = commands::plugin::execute(&args[position..], 1)
    {
        // Somebody's own `kubectl-ctx` is older than ours.
        return Err(error);
    }
    let mut root = root.subcommand(entry.build());
    root = flags::as_pflag(root);
    root.build();
    let matches = match root.try_get_matches_from_mut(args) {
        Ok(matches) => matches,
        // A command's help does not need the flags that the command needs.
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument && asks_for_help(args) => {
            return help_for(&args[position..], program);
        }
        Err(error) => {
            let mut error = flag_error(&error, args, entry);
            if entry.name == "diff" {
                error = commands::diff::wrong_flag(error);
            }
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
    let submatches = matches.subcommand_matches(entry.name).unwrap_or(&matches);
    let profile = Profile::start(&session.globals)?;
    let runtime = runtime().map_err(Error::Output)?;
    let running = async {
        commands::version::refuse_mismatch(&session).await?;
        (entry.run)(&session, submatches).await
    };
    let result = runtime
        .block_on(running)
        .and_then(|()| session.refuse_warnings());
    let result = result.map_err(|error| {
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

/// The index of the command's name.
fn command_position(root: &Command, args: &[OsString]) -> Result<Option<usize>> {
    let words = args[1..].iter().map(|word| word.to_string_lossy());
    match flags::command_position(root, words) {
        Position::Nowhere => Ok(None),
        Position::At(index) => Ok(Some(index + 1)),
        Position::UnknownFlag(index) => {
            let word = args[index + 1].to_string_lossy();
            let mut behind = args[index + 2..].iter();
            match behind.any(|arg| !arg.to_string_lossy().starts_with('-')) {
                true => Err(Error::Verbatim(format!(
                    "Error: flags cannot be placed before plugin name: {word}"
                ))),
                false => Err(unknown_flag(&word, "kubectl")),
            }
        }
    }
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
        return Err(Error::Verbatim(format!("Unknown help topic [`{first}`]")));
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

/// A command of the user's own, or that there is none.
fn plugin(name: &str, words: &[OsString]) -> Result<()> {
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

/// The words that lead to the command that refused, such as `kubectl config set`.
fn command_path(args: &[OsString], entry: &Entry) -> String {
    let mut path = format!("kubectl {}", entry.name);
    let command = entry.build();
    let mut command = &command;
    for word in args.iter().skip(1) {
        if let Some(inner) = command.find_subcommand(word) {
            path = format!("{path} {}", inner.get_name());
            command = inner;
        }
    }
    path
}

fn unknown_flag(word: &str, path: &str) -> Error {
    let message = match word.strip_prefix("--") {
        Some(long) => format!("unknown flag: --{}", long.split('=').next().unwrap_or(long)),
        None => {
            let short = word.trim_start_matches('-').chars().next().unwrap_or('-');
            format!("unknown shorthand flag: '{short}' in {word}")
        }
    };
    Error::Flag {
        message,
        command: path.to_owned(),
    }
}

fn flag_error(error: &clap::Error, args: &[OsString], entry: &Entry) -> Error {
    let path = command_path(args, entry);
    let argument = context(error, ContextKind::InvalidArg);
    let value = context(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument if !argument.starts_with('-') => {
            let word = if argument.is_empty() {
                context(error, ContextKind::InvalidSubcommand)
            } else {
                argument
            };
            (entry.unexpected)(&with_next_words(args, &word, entry), &path)
        }
        ErrorKind::UnknownArgument => unknown_flag(&written_as(args, &argument), &path),
        ErrorKind::InvalidValue | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues
            if value.is_empty() =>
        {
            let last = args
                .last()
                .map(|word| word.to_string_lossy().into_owned())
                .unwrap_or_default();
            let message = match last.strip_prefix("--") {
                Some(long) => format!("flag needs an argument: --{long}"),
                None => format!(
                    "flag needs an argument: '{}' in {last}",
                    last.chars().last().unwrap_or('-')
                ),
            };
            Error::Flag {
                message,
                command: path,
            }
        }
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let why = std::error::Error::source(error)
                .map(ToString::to_string)
                .unwrap_or_default();
            let flag = shown_flag(&argument, entry, args);
            Error::Flag {
                message: format!(
                    "invalid argument {} for \"{flag}\" flag: {why}",
                    quote(&value)
                ),
                command: path,
            }
        }
        ErrorKind::MissingRequiredArgument => {
            let names: Vec<String> = argument
                .split(", ")
                .filter_map(|flag| flag.strip_prefix("--"))
                .map(|flag| format!("\"{}\"", flag.split([' ', '=']).next().unwrap_or(flag)))
                .collect();
            Error::message(format!("required flag(s) {} not set", names.join(", ")))
        }
        _ => Error::message(
            error
                .to_string()
                .trim()
                .trim_start_matches("error: ")
                .to_owned(),
        ),
    }
}

/// A word, and those behind it that are no flags.
fn with_next_words(args: &[OsString], word: &str, entry: &Entry) -> String {
    let command = flags::as_pflag(root_command().subcommand(entry.build()));
    let own = command.find_subcommand(entry.name);
    let own = own.into_iter().flat_map(Command::get_arguments);
    let flags: Vec<_> = own.chain(command.get_arguments()).collect();
    let mut words = args.iter().map(|word| word.to_string_lossy());
    let mut found = Vec::new();
    words.by_ref().take_while(|one| one != word).for_each(drop);
    found.push(word.to_owned());
    while let Some(next) = words.next() {
        match next.starts_with('-') {
            false => found.push(next.into_owned()),
            true => {
                let flag = flags::flag_of(flags.iter().copied(), &next);
                if flag.is_some_and(|flag| flags::takes_next_word(flag, &next)) {
                    words.next();
                }
            }
        }
    }
    found.join(" ")
}

/// The word of the command line in which the flag `-x` (or `--x`) stands, since pflag shows the whole word.
fn written_as(args: &[OsString], flag: &str) -> String {
    let Some(short) = flag
        .strip_prefix('-')
        .filter(|short| !short.starts_with('-'))
    else {
        return flag.to_owned();
    };
    let word = args
        .iter()
        .map(|word| word.to_string_lossy())
        .find(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(short));
    let Some(word) = word else {
        return flag.to_owned();
    };
    match word.find(short) {
        Some(at) => format!("-{}", &word[at..]),
        None => flag.to_owned(),
    }
}

/// A flag as pflag names it in messages: `-A, --all-namespaces`.
fn shown_flag(argument: &str, entry: &Entry, args: &[OsString]) -> String {
    let long = argument
        .trim_start_matches("--")
        .split([' ', '=', '['])
        .next()
        .unwrap_or_default();
    let command = root_command().subcommand(entry.build());
    let mut command = &command;
    let mut short = find_short(command, long);
    for word in args.iter().skip(1) {
        if let Some(inner) = command.find_subcommand(word) {
            command = inner;
            short = find_short(command, long).or(short);
        }
    }
    match short {
        Some(short) => format!("-{short}, --{long}"),
        None => format!("--{long}"),
    }
}

fn find_short(command: &Command, long: &str) -> Option<char> {
    command
        .get_arguments()
        .find(|arg| arg.get_long() == Some(long))?
        .get_short()
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

//! What a shell offers behind a half-written command line: `kubectl __complete WORDS…` answers as cobra's programs do,
//! so that upstream's completion scripts and ours can ask either. A line for each candidate, with its description behind
//! a tab, then the directive.

mod arguments;
mod scripts;
mod values;

pub use scripts::script;
pub use values::names_at;

use crate::{
    commands,
    error::Result,
    flags::{self, GlobalArgs, words},
    session::Session,
};
use clap::{Arg, Args, Command, FromArgMatches};
use std::{collections::HashSet, ffi::OsString};

/// What the shell is to do with the candidates (cobra's `ShellCompDirective`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directive {
    /// Offer file names when there is no candidate.
    Default,
    /// Put no blank behind the candidate.
    NoSpace,
    NoFiles,
    /// Put no blank behind the candidate, and offer no file names.
    NoSpaceNoFiles,
    /// The candidates are the extensions of the files to offer.
    FilterExtensions,
    /// What a plug-in says, whatever it means.
    Told(i64),
}

/// The names of the bits of a directive.
const BITS: [(i64, &str); 6] = [
    (1, "ShellCompDirectiveError"),
    (2, "ShellCompDirectiveNoSpace"),
    (4, "ShellCompDirectiveNoFileComp"),
    (8, "ShellCompDirectiveFilterFileExt"),
    (16, "ShellCompDirectiveFilterDirs"),
    (32, "ShellCompDirectiveKeepOrder"),
];

impl Directive {
    fn number(self) -> i64 {
        match self {
            Directive::Default => 0,
            Directive::NoSpace => 2,
            Directive::NoFiles => 4,
            Directive::NoSpaceNoFiles => 6,
            Directive::FilterExtensions => 8,
            Directive::Told(number) => number,
        }
    }

    fn names(self) -> String {
        let number = self.number();
        let names = BITS.iter().filter(|(bit, _)| number & bit != 0);
        let names: Vec<&str> = names.map(|(_, name)| *name).collect();
        match number {
            0 => "ShellCompDirectiveDefault".to_owned(),
            1..64 => names.join(", "),
            _ => format!("ERROR: unexpected ShellCompDirective value: {number}"),
        }
    }
}

/// The candidates, each perhaps with `\tdescription`, and what to do with them.
pub type Offer = (Vec<String>, Directive);

/// The words of a command line, sorted by what they are.
struct Line {
    /// `kubectl` and the names of the commands.
    path: Vec<String>,
    /// The words that are neither commands nor flags.
    arguments: Vec<String>,
    /// The flags that were given already, by their long names.
    given: HashSet<String>,
    /// The flag whose value is being written.
    pending: Option<String>,
    /// Behind `--`, nothing is a flag.
    only_arguments: bool,
    /// A flag of the command itself, not a global one, was given.
    own_flag: bool,
    /// What is said of the first flag that the command does not have.
    fault: Option<String>,
    /// The words behind the command's, flags among them.
    rest: Vec<String>,
    /// The global flags that were given, as words.
    globals: Vec<OsString>,
}

/// Answers `__complete` (`described`) and `__completeNoDesc`.
pub fn run(words: &[OsString], described: bool, program: &str) -> Result<()> {
    let words: Vec<String> = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let Some((current, before)) = words.split_last() else {
        return Ok(());
    };
    let (candidates, directive) = offer(current, before, program);
    let mut text = String::new();
    for candidate in candidates {
        let mut line = candidate.lines().next().unwrap_or_default();
        if !described {
            line = line.split('\t').next().unwrap_or_default();
        }
        text.push_str(line.trim());
        text.push('\n');
    }
    text.push_str(&format!(":{}\n", directive.number()));
    use std::io::Write;
    std::io::stdout().write_all(text.as_bytes())?;
    crate::session::error_line(&format!(
        "Completion ended with directive: {}",
        directive.names()
    ));
    Ok(())
}

fn offer(current: &str, before: &[String], program: &str) -> Offer {
    let root = flags::as_pflag(GlobalArgs::augment_args(Command::new("kubectl")));
    let shown: Vec<OsString> = before.iter().map(OsString::from).collect();
    let entry = match words::next_command(&[&root], &shown) {
        Some(index) => match commands::find(&before[index]) {
            None if !matches!(before[index].as_str(), "help" | "options") => {
                return of_plugin(&before[index..], current);
            }
            found => found,
        },
        None => None,
    };
    let command = entry.map(|entry| flags::as_pflag(entry.build()));
    let line = Line::read(&root, command.as_ref(), before);
    let innermost = innermost(command.as_ref(), &line);
    if let Some(fault) = &line.fault {
        let rest = line.rest.join(" ");
        complain(&format!(
            "Error while parsing flags from args [{rest}]: {fault}"
        ));
        return (Vec::new(), Directive::Default);
    }
    let asked = session(&line, program);
    if let Some(flag) = &line.pending {
        return values::of_flag(&asked, &line.path, flag, &line.arguments, current);
    }
    if current.starts_with('-') && !line.only_arguments {
        return match current.split_once('=') {
            Some((flag, value)) => match find_flag(&root, innermost, flag) {
                Some(arg) => {
                    let name = arg.get_long().unwrap_or_default().to_owned();
                    values::of_flag(&asked, &line.path, &name, &line.arguments, value)
                }
                None => {
                    let command = line.path.last().map(String::as_str).unwrap_or_default();
                    let name = flag.trim_start_matches('-');
                    complain(&format!(
                        "Subcommand '{command}' does not support flag '{name}'"
                    ));
                    (Vec::new(), Directive::Default)
                }
            },
            None => {
                // Until the required flags are there, no other is offered.
                let mut found = required_flags(innermost, &line, current);
                if found.is_empty() {
                    found = flag_names(&root, innermost, &line, current);
                }
                (found, Directive::NoFiles)
            }
        };
    }
    let (mut found, mut directive) = arguments::offer(&asked, innermost, &line, current);
    let mut required = required_flags(innermost, &line, current);
    required.append(&mut found);
    found = required;
    if line.path.len() == 1 && current.is_empty() && found.is_empty() {
        directive = Directive::NoFiles;
    }
    (found, directive)
}

/// Tells on standard error why nothing is offered.
fn complain(why: &str) {
    trace(&format!("[Error] {why}"));
}

/// Tells on standard error what is done; shells do not show it.
fn trace(what: &str) {
    crate::session::error_line(&format!("[Debug] {what}"));
}

/// The flag that a word gives, of the command or a global one.
fn find_flag<'a>(root: &'a Command, command: Option<&'a Command>, word: &str) -> Option<&'a Arg> {
    let own = command.into_iter().flat_map(Command::get_arguments);
    flags::flag_of(own.chain(root.get_arguments()), word)
}

fn innermost<'a>(command: Option<&'a Command>, line: &Line) -> Option<&'a Command> {
    line.path
        .iter()
        .skip(2)
        .fold(command, |command, name| command?.find_subcommand(name))
}

impl Line {
    fn read(root: &Command, command: Option<&Command>, words: &[String]) -> Self {
        let mut line = Line {
            path: vec!["kubectl".to_owned()],
            arguments: Vec::new(),
            given: HashSet::new(),
            pending: None,
            only_arguments: false,
            own_flag: false,
            fault: None,
            rest: Vec::new(),
            globals: Vec::new(),
        };
        let mut here: Option<&Command> = None;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if line.only_arguments || !word.starts_with('-') || word == "-" {
                let inner = match (line.path.len(), here) {
                    (1, _) => command,
                    (_, Some(here)) if line.arguments.is_empty() => here.find_subcommand(word),
                    _ => None,
                };
                match inner {
                    Some(inner) => {
                        line.path.push(inner.get_name().to_owned());
                        here = Some(inner);
                    }
                    None if line.path.len() == 1 => line.path.push(word.clone()),
                    None => {
                        line.rest.push(word.clone());
                        line.arguments.push(word.clone());
                    }
                }
                continue;
            }
            line.rest.push(word.clone());
            if word == "--" {
                line.only_arguments = true;
                continue;
            }
            let flag = find_flag(root, here, word);
            let global = flag.is_some_and(Arg::is_global_set);
            let name = flag.and_then(Arg::get_long).unwrap_or_default().to_owned();
            if global {
                line.globals.push(word.into());
            }
            line.own_flag |= flag.is_some() && !global;
            if flag.is_none() && line.fault.is_none() {
                line.fault = Some(unknown(word));
            }
            if flag.is_some_and(|flag| flags::takes_next_word(flag, word)) {
                let value = words.next();
                line.rest.extend(value.cloned());
                match value {
                    Some(value) if global => line.globals.push(value.into()),
                    Some(_) => {}
                    None => {
                        if global {
                            line.globals.pop();
                        }
                        line.pending = Some(name.clone());
                    }
                }
            }
            line.given.insert(name);
        }
        line
    }
}

/// What pflag says of a flag that it does not know.
fn unknown(word: &str) -> String {
    match (word.strip_prefix("--"), word.chars().nth(1)) {
        (Some(name), _) => {
            let name = name.split('=').next().unwrap_or(name);
            format!("unknown flag: --{name}")
        }
        (None, first) => format!(
            "unknown shorthand flag: '{}' in {word}",
            first.unwrap_or_default()
        ),
    }
}

/// A session with the global flags of the line, for what only the kubeconfig or the server knows.
fn session(line: &Line, program: &str) -> Session {
    let root = flags::as_pflag(GlobalArgs::augment_args(Command::new("kubectl")));
    let words = std::iter::once(OsString::from("kubectl")).chain(line.globals.iter().cloned());
    let globals = root
        .try_get_matches_from(words)
        .ok()
        .and_then(|matches| GlobalArgs::from_arg_matches(&matches).ok())
        .unwrap_or_default();
    Session::new(globals, program, "kubectl __complete".to_owned())
}

/// The commands that a plug-in's name leads to, and what its own completion program answers, with cobra's directive in
/// its last line.
fn of_plugin(words: &[String], current: &str) -> Offer {
    trace("Cleared global flags for plugin completion");
    let Some(command) = commands::plugin::command(words) else {
        complain(&format!(
            "unable to find a command for arguments: [{}]",
            words.join(" ")
        ));
        return (Vec::new(), Directive::Default);
    };
    let arguments = &words[command.words..];
    let mut found: Vec<String> = match arguments.is_empty() {
        true => arguments::described_plugins(command.inner, current),
        false => Vec::new(),
    };
    let completer = format!("kubectl_complete-{}", command.name);
    trace(&format!("About to look for: {completer}"));
    let Some(program) = commands::plugin::look_up(&completer) else {
        trace(&format!(
            "Plugin kubectl-{} does not provide a matching completion executable",
            command.name
        ));
        return (found, Directive::Default);
    };
    let shown = [arguments, &[current.to_owned()]].concat().join(" ");
    trace(&format!("About to call: {} {shown}", program.display()));
    let answer = commands::plugin::complete(&program, arguments, current).unwrap_or_default();
    let lines = answer.lines().filter(|line| !line.is_empty());
    let mut told: Vec<String> = lines.map(str::to_owned).collect();
    let number = told
        .last()
        .and_then(|line| line.strip_prefix(':')?.parse().ok());
    let directive = number.map(Directive::Told);
    if directive.is_some() {
        told.pop();
    }
    found.append(&mut told);
    (found, directive.unwrap_or(Directive::Default))
}

fn flag_names(
    root: &Command,
    command: Option<&Command>,
    line: &Line,
    current: &str,
) -> Vec<String> {
    let visible = |arg: &&Arg| !arg.is_hide_set() && !arg.is_positional();
    let sorted = |command: &Command, global: bool| {
        let mut flags: Vec<Arg> = command
            .get_arguments()
            .filter(visible)
            .filter(|arg| arg.is_global_set() == global)
            .cloned()
            .collect();
        flags.sort_by(|left, right| left.get_long().cmp(&right.get_long()));
        flags
    };
    let help = Arg::new("help")
        .long("help")
        .short('h')
        .action(clap::ArgAction::SetTrue)
        .help(format!("help for {}", line.path.join(" ")));
    let mut flags = sorted(root, true);
    let mut own = command.map(|command| sorted(command, false));
    let last = own.as_mut().unwrap_or(&mut flags);
    last.push(help);
    last.sort_by(|left, right| left.get_long().cmp(&right.get_long()));
    flags.extend(own.unwrap_or_default());
    let mut names: Vec<String> = Vec::new();
    for flag in flags {
        let long = flag.get_long().unwrap_or_default();
        let repeated = matches!(flag.get_action(), clap::ArgAction::Append);
        if line.given.contains(long) && !repeated {
            continue;
        }
        let about = flag.get_help().map(ToString::to_string).unwrap_or_default();
        let short = flag.get_short().map(|short| format!("-{short}"));
        for name in [Some(format!("--{long}")), short].into_iter().flatten() {
            if name.starts_with(current) {
                names.push(format!("{name}\t{about}"));
            }
        }
    }
    names
}

fn required_flags(command: Option<&Command>, line: &Line, current: &str) -> Vec<String> {
    let flags = command.into_iter().flat_map(Command::get_arguments);
    let missing = flags.filter(|flag| flag.is_required_set() && !flag.is_positional());
    missing
        .filter_map(|flag| Some((flag.get_long()?, flag.get_help())))
        .filter(|(long, _)| !line.given.contains(*long) && format!("--{long}").starts_with(current))
        .map(|(long, about)| {
            format!(
                "--{long}\t{}",
                about.map(ToString::to_string).unwrap_or_default()
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> (Vec<String>, Directive) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let (current, before) = words.split_last().expect("there is a word");
        let (found, directive) = offer(current, before, "kubectl");
        let bare = |text: String| text.split('\t').next().unwrap_or_default().to_owned();
        (found.into_iter().map(bare).collect(), directive)
    }

    #[test]
    fn commands_flags_and_fixed_values_need_no_server() {
        for (words, want) in [
            (&["ge"][..], &["get"][..]),
            (&["rollout", "st"], &["status"]),
            (&["get", "--show-l"], &["--show-labels"]),
            (&["-n", "x", "get", "--chunk"], &["--chunk-size"]),
            (
                &["get", "pods", "-o", "js"],
                &["json", "jsonpath", "jsonpath-as-json", "jsonpath-file"],
            ),
            (&["get", "pods", "--output=ya"], &["yaml"]),
            (&["apply", "-f", ""], &["json", "yaml", "yml"]),
            (&["completion", "po"], &["powershell"]),
            (&["rollout", "status", "dae"], &["daemonset"]),
            (&["help", "ge"], &["get"]),
        ] {
            assert_eq!(names(words).0, want, "{words:?}");
        }
    }

    #[test]
    fn required_flags_are_offered_first() {
        assert_eq!(names(&["run", ""]).0, ["--image"]);
        assert_eq!(names(&["run", "--image=x", ""]).0, [""; 0]);
    }

    #[test]
    fn a_flag_is_not_offered_twice() {
        assert!(
            names(&["get", "--watch", "--watch"])
                .0
                .iter()
                .all(|name| name != "--watch")
        );
    }
}

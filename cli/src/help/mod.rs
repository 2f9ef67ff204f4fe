//! The help pages, in kubectl's layout, made from the command definitions.

mod pages;

use crate::commands::{self, Group};
use clap::{ArgAction, Command};
use pages::Page;
use std::{any::TypeId, fmt::Write, path::PathBuf};

const OPTIONS_HINT: &str = "Use \"kubectl options\" for a list of global command-line options (applies to all commands).\n";

/// The least width of the column of subcommands' names, which is cobra's.
const LEAST_WIDTH: usize = 11;

/// What `kubectl` alone prints: the commands by group.
pub fn main_page(program: &str) -> String {
    let mut page = String::from(
        "kubectl controls the Kubernetes cluster manager.\n\n Find more information at: \
         https://kubernetes.io/docs/reference/kubectl/\n",
    );
    let width = commands::COMMANDS
        .iter()
        .map(|entry| entry.name.len())
        .max()
        .unwrap_or(0);
    for group in Group::ALL {
        if *group == Group::Other {
            page.push_str("\nSubcommands provided by plugins:\n");
            for name in commands::plugin::added() {
                let about = commands::plugin::about(&name);
                let _ = writeln!(page, "  {name:LEAST_WIDTH$}   {about}");
            }
        }
        let _ = writeln!(page, "\n{}:", group.title());
        for entry in commands::COMMANDS
            .iter()
            .filter(|entry| entry.group == *group)
        {
            let _ = writeln!(page, "  {:width$}   {}", entry.name, entry.about);
        }
    }
    let _ = writeln!(page, "\nUsage:\n  {program} [flags] [options]\n");
    let _ = writeln!(
        page,
        "Use \"{program} <command> --help\" for more information about a given command."
    );
    page + OPTIONS_HINT
}

/// `kubectl options`: the global flags.
pub fn options_page(root: &Command) -> String {
    let mut page = String::from("The following options can be passed to any command:\n\n");
    page.push_str(&options(root, true, &Page::default()));
    page
}

/// `kubectl COMMAND --help`.
pub fn command_page(command: &Command, path: &str) -> String {
    let mut page = String::new();
    let words = path.split_once(' ').map_or("", |(_, words)| words);
    let written = Page::of(words).unwrap_or_default();
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        let _ = writeln!(page, "{about}\n");
    }
    let aliases: Vec<&str> = command.get_all_aliases().collect();
    if !aliases.is_empty() {
        let name = command.get_name();
        let _ = writeln!(page, "Aliases:\n{name}, {}\n", aliases.join(", "));
    }
    if !written.examples.is_empty() {
        let examples = written.examples.iter();
        let examples: Vec<String> = examples
            .map(|(what, line)| format!("  # {what}\n  {line}\n"))
            .collect();
        let _ = writeln!(page, "Examples:\n{}", examples.join("  \n"));
    }
    let children: Vec<_> = command
        .get_subcommands()
        .filter(|child| child.get_name() != "help")
        .collect();
    if !children.is_empty() {
        page.push_str("Available Commands:\n");
        let width = children
            .iter()
            .map(|child| child.get_name().len())
            .max()
            .unwrap_or(0)
            .max(LEAST_WIDTH);
        for child in &children {
            let about = child
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default();
            let _ = writeln!(page, "  {:width$}   {about}", child.get_name());
        }
        page.push('\n');
    }
    let options = options(command, false, &written);
    if !options.is_empty() {
        let _ = write!(page, "Options:\n{options}\n");
    }
    let usage = match written.usage {
        "" => command
            .get_positionals()
            .filter(|arg| !arg.is_hide_set())
            .map(|arg| format!(" [{}]", arg.get_id().as_str().to_uppercase()))
            .collect(),
        usage => format!(" {usage}"),
    };
    let _ = writeln!(page, "Usage:\n  {path}{usage} [options]\n");
    if !children.is_empty() {
        let _ = writeln!(
            page,
            "Use \"{path} <command> --help\" for more information about a given command."
        );
    }
    page + OPTIONS_HINT
}

fn options(command: &Command, global: bool, written: &Page) -> String {
    let mut flags: Vec<_> = command
        .get_opts()
        .filter(|arg| arg.is_global_set() == global && !arg.is_hide_set())
        .filter_map(|arg| Some((arg.get_long()?, arg)))
        .collect();
    flags.sort_by_key(|(long, _)| *long);
    let mut text = String::new();
    for (index, (long, arg)) in flags.iter().enumerate() {
        let short = arg
            .get_short()
            .map(|short| format!("-{short}, "))
            .unwrap_or_default();
        let default = written.default_of(long);
        let default = default.map_or_else(|| default_of(arg), str::to_owned);
        let about = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let gap = if index == 0 { "" } else { "\n" };
        let _ = writeln!(text, "{gap}    {short}--{long}={default}:\n\t{about}");
    }
    text
}

/// A flag's default as pflag shows it: text in quotes, anything else bare.
fn default_of(arg: &clap::Arg) -> String {
    let parser = arg.get_value_parser().type_id();
    let is_text = parser == TypeId::of::<String>() || parser == TypeId::of::<PathBuf>();
    let is_bool = parser == TypeId::of::<bool>() || matches!(arg.get_action(), ArgAction::SetTrue);
    let first = arg.get_default_values().first();
    match first.map(|value| value.to_string_lossy()) {
        Some(value) if is_text => format!("'{value}'"),
        Some(value) => value.into_owned(),
        None if matches!(arg.get_action(), ArgAction::Append) => "[]".to_owned(),
        None if is_bool => "false".to_owned(),
        None if arg.get_id() == "cache_dir" => {
            let folder = dirs::home_dir().unwrap_or_default().join(".kube/cache");
            format!("'{}'", folder.display())
        }
        None if is_text => "''".to_owned(),
        None if parser == TypeId::of::<i32>() || parser == TypeId::of::<i64>() => "0".to_owned(),
        None => String::new(),
    }
}

//! What a command takes where no flag is: subcommands, types of resources, names, contexts. Which command takes what is
//! one table.

use super::{Directive, Offer, values};
use crate::{commands, kubeconfig::Section, session::Session};
use clap::Command;

/// What a command's words mean.
enum Takes {
    /// A type of any resource, then names of that type; or `type/name`.
    AnyResource,
    /// As [`Takes::AnyResource`], for the types that the command can work on.
    Types(&'static [&'static str]),
    /// One name of that type.
    Name(&'static str),
    /// The name of a pod, or `type/name` of what has pods.
    Pod(&'static [&'static str]),
    Section(Section),
    Words(&'static [&'static str]),
}

const WITH_PODS: &[&str] = &[
    "daemonsets",
    "deployments",
    "pods",
    "jobs",
    "replicasets",
    "replicationcontrollers",
    "services",
    "statefulsets",
];
const SET_TYPES: &[&str] = &[
    "daemonsets",
    "deployments",
    "pods",
    "cronjobs",
    "replicasets",
    "replicationcontrollers",
    "statefulsets",
];
const SCALABLE: &[&str] = &[
    "deployment",
    "replicaset",
    "replicationcontroller",
    "statefulset",
];
const ROLLED_OUT: &[&str] = &["deployment", "daemonset", "statefulset"];

/// The command's words, without `kubectl`, and what it takes.
const TABLE: &[(&str, Takes)] = &[
    ("annotate", Takes::AnyResource),
    ("attach", Takes::Pod(WITH_PODS)),
    ("autoscale", Takes::Types(SCALABLE)),
    (
        "completion",
        Takes::Words(&["bash", "zsh", "fish", "powershell"]),
    ),
    ("config delete-cluster", Takes::Section(Section::Clusters)),
    ("config delete-context", Takes::Section(Section::Contexts)),
    ("config delete-user", Takes::Section(Section::Users)),
    ("config rename-context", Takes::Section(Section::Contexts)),
    ("config set-context", Takes::Section(Section::Contexts)),
    ("config use-context", Takes::Section(Section::Contexts)),
    ("cordon", Takes::Name("node")),
    ("delete", Takes::AnyResource),
    ("describe", Takes::AnyResource),
    ("drain", Takes::Name("node")),
    ("edit", Takes::AnyResource),
    ("exec", Takes::Pod(WITH_PODS)),
    (
        "expose",
        Takes::Types(&[
            "pod",
            "service",
            "replicationcontroller",
            "deployment",
            "replicaset",
        ]),
    ),
    ("get", Takes::AnyResource),
    ("label", Takes::AnyResource),
    ("logs", Takes::Pod(WITH_PODS)),
    ("patch", Takes::AnyResource),
    ("port-forward", Takes::Pod(WITH_PODS)),
    ("rollout history", Takes::Types(ROLLED_OUT)),
    ("rollout pause", Takes::Types(&["deployment"])),
    ("rollout restart", Takes::Types(ROLLED_OUT)),
    ("rollout resume", Takes::Types(&["deployment"])),
    ("rollout status", Takes::Types(ROLLED_OUT)),
    ("rollout undo", Takes::Types(ROLLED_OUT)),
    ("scale", Takes::Types(SCALABLE)),
    ("set env", Takes::Types(SET_TYPES)),
    ("set image", Takes::Types(SET_TYPES)),
    ("set resources", Takes::Types(SET_TYPES)),
    ("set serviceaccount", Takes::Types(SET_TYPES)),
    ("taint", Takes::Types(&["node"])),
    ("top node", Takes::Name("node")),
    ("top pod", Takes::Name("pod")),
    ("uncordon", Takes::Name("node")),
];

/// The candidates for a word that is no flag.
pub fn offer(
    session: &Session,
    command: Option<&Command>,
    path: &[String],
    arguments: &[String],
    current: &str,
) -> Offer {
    if path.len() == 1 || (path.len() == 2 && path[1] == "help") {
        return (command_names(current), Directive::NoFiles);
    }
    if let Some(command) = command.filter(|command| command.has_subcommands()) {
        let inner: Vec<String> = command
            .get_subcommands()
            .filter(|inner| inner.get_name().starts_with(current) && !inner.is_hide_set())
            .map(|inner| described(inner.get_name(), inner.get_about().map(ToString::to_string)))
            .collect();
        if arguments.is_empty() && !inner.is_empty() {
            return (inner, Directive::NoFiles);
        }
    }
    let name = path[1..].join(" ");
    let Some((_, takes)) = TABLE.iter().find(|(known, _)| *known == name) else {
        let directive = match command.is_some_and(Command::has_subcommands) {
            true => Directive::NoFiles,
            false => Directive::Default,
        };
        return (Vec::new(), directive);
    };
    match takes {
        Takes::AnyResource => any_resource(session, arguments, current),
        Takes::Types(types) => of_types(session, types, arguments, current),
        Takes::Name(kind) if arguments.is_empty() => {
            (names(session, kind, current), Directive::NoFiles)
        }
        Takes::Pod(types) if arguments.is_empty() => pod(session, types, current),
        Takes::Section(section) if arguments.is_empty() => (
            values::of_section(session, *section, current),
            Directive::NoFiles,
        ),
        Takes::Words(words) if arguments.is_empty() => {
            (starting(words, current), Directive::NoFiles)
        }
        Takes::Name(_) | Takes::Pod(_) | Takes::Section(_) | Takes::Words(_) => {
            (Vec::new(), Directive::NoFiles)
        }
    }
}

fn described(name: &str, about: Option<String>) -> String {
    format!("{name}\t{}", about.unwrap_or_default())
}

fn command_names(current: &str) -> Vec<String> {
    let mut names: Vec<String> = commands::COMMANDS
        .iter()
        .map(|entry| (entry.name, entry.about))
        .chain([
            ("help", "Help about any command"),
            (
                "options",
                "Print the list of flags inherited by all commands",
            ),
        ])
        .filter(|(name, _)| name.starts_with(current))
        .map(|(name, about)| format!("{name}\t{about}"))
        .collect();
    names.sort();
    names.dedup();
    names
}

fn starting(words: &[&str], current: &str) -> Vec<String> {
    let fitting = words.iter().filter(|word| word.starts_with(current));
    fitting.map(|word| (*word).to_owned()).collect()
}

fn without(names: Vec<String>, taken: &[String]) -> Vec<String> {
    names
        .into_iter()
        .filter(|name| !taken.contains(name))
        .collect()
}

fn names(session: &Session, kind: &str, current: &str) -> Vec<String> {
    values::names(session, kind, current)
}

/// Names behind `type/`, with the type in front.
fn slashed(session: &Session, current: &str, arguments: &[String]) -> Offer {
    let (kind, start) = current.split_once('/').unwrap_or((current, ""));
    let found = names(session, kind, start).into_iter();
    let whole = found.map(|name| format!("{kind}/{name}")).collect();
    (without(whole, arguments), Directive::NoFiles)
}

fn any_resource(session: &Session, arguments: &[String], current: &str) -> Offer {
    let slashes = arguments.first().is_some_and(|first| first.contains('/'));
    if current.contains('/') {
        return slashed(session, current, arguments);
    }
    match arguments.split_first() {
        None => {
            // Several types may stand in one word.
            let (before, last) = match current.rfind(',') {
                Some(end) => current.split_at(end + 1),
                None => ("", current),
            };
            let types = values::resource_types(session, last).into_iter();
            (
                types.map(|name| format!("{before}{name}")).collect(),
                Directive::NoFiles,
            )
        }
        Some(_) if slashes => {
            let types = values::resource_types(session, current).into_iter();
            (
                types.map(|name| format!("{name}/")).collect(),
                Directive::NoSpaceNoFiles,
            )
        }
        Some((kind, taken)) => (
            without(names(session, kind, current), taken),
            Directive::NoFiles,
        ),
    }
}

fn of_types(session: &Session, types: &[&str], arguments: &[String], current: &str) -> Offer {
    if current.contains('/') {
        return slashed(session, current, arguments);
    }
    match arguments.split_first() {
        None => (starting(types, current), Directive::NoFiles),
        Some((kind, taken)) => (
            without(names(session, kind, current), taken),
            Directive::NoFiles,
        ),
    }
}

/// Pods first, then the types that lead to pods.
fn pod(session: &Session, types: &[&str], current: &str) -> Offer {
    if current.contains('/') {
        return slashed(session, current, &[]);
    }
    let mut found = names(session, "pod", current);
    let types: Vec<String> = starting(types, current)
        .into_iter()
        .map(|name| name + "/")
        .collect();
    let directive = match found.is_empty() && !types.is_empty() {
        true => Directive::NoSpaceNoFiles,
        false => Directive::NoFiles,
    };
    found.extend(types);
    (found, directive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}

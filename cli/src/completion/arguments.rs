//! What a command takes where no flag is: subcommands, types of resources, names, contexts. Which command takes what is
//! one table.

use super::{Directive, Line, Offer, values};
use crate::{commands, kubeconfig::Section, session::Session};
use clap::Command;
use knarr_api::kinds::VERBS;

/// What a command's words mean.
enum Takes {
    /// A type of any resource, then names of that type; or `type/name`.
    AnyResource,
    /// As [`Takes::AnyResource`], for the types that the command can work on.
    Types(&'static [&'static str]),
    /// As [`Takes::Types`], with one name.
    OneOf(&'static [&'static str]),
    /// One name of that type.
    Name(&'static str),
    /// The name of a pod, or `type/name` of what has pods; then perhaps something of that pod.
    Pod(Then),
    Section(Section),
    /// What may be done, then a type of resource.
    VerbAndType,
    /// A file here or in a pod.
    FileOrPod,
    Words(&'static [&'static str]),
}

/// What comes behind a pod.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Nothing,
    Container,
    Port,
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

/// The command's words, without `kubectl`, and what it takes. Upstream offers nothing behind `set resources` and
/// `set serviceaccount`.
const TABLE: &[(&str, Takes)] = &[
    ("annotate", Takes::AnyResource),
    ("apply edit-last-applied", Takes::AnyResource),
    ("apply view-last-applied", Takes::AnyResource),
    ("attach", Takes::Pod(Then::Nothing)),
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
    ("cp", Takes::FileOrPod),
    ("create token", Takes::Name("serviceaccount")),
    ("ctx", Takes::Section(Section::Contexts)),
    ("debug", Takes::AnyResource),
    ("delete", Takes::AnyResource),
    ("describe", Takes::AnyResource),
    ("drain", Takes::Name("node")),
    ("edit", Takes::AnyResource),
    ("exec", Takes::Pod(Then::Nothing)),
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
    ("logs", Takes::Pod(Then::Container)),
    ("neat", Takes::AnyResource),
    ("ns", Takes::Name("namespace")),
    ("patch", Takes::AnyResource),
    ("port-forward", Takes::Pod(Then::Port)),
    ("rollout history", Takes::Types(ROLLED_OUT)),
    ("rollout pause", Takes::Types(&["deployment"])),
    ("rollout restart", Takes::Types(ROLLED_OUT)),
    ("rollout resume", Takes::Types(&["deployment"])),
    ("rollout status", Takes::OneOf(ROLLED_OUT)),
    ("rollout undo", Takes::Types(ROLLED_OUT)),
    ("scale", Takes::Types(SCALABLE)),
    ("set image", Takes::OneOf(SET_TYPES)),
    ("set resources", Takes::Types(SET_TYPES)),
    ("set serviceaccount", Takes::Types(SET_TYPES)),
    ("taint", Takes::Types(&["node"])),
    ("top node", Takes::Name("node")),
    ("top pod", Takes::Name("pod")),
    ("tree", Takes::AnyResource),
    ("uncordon", Takes::Name("node")),
    ("view-secret", Takes::Name("secret")),
    ("who-can", Takes::VerbAndType),
    ("why", Takes::AnyResource),
];

/// The candidates for a word that is no flag.
pub fn offer(session: &Session, command: Option<&Command>, line: &Line, current: &str) -> Offer {
    let (path, arguments) = (line.path.as_slice(), line.arguments.as_slice());
    match path {
        [_] => return (command_names(current), Directive::NoFiles),
        [_, help] if help == "help" => return (topics(arguments, current), Directive::NoFiles),
        _ => {}
    }
    // Behind a flag of its own a command takes no subcommand.
    let leads_on = arguments.is_empty() && !line.own_flag;
    if let Some(command) = command.filter(|_| leads_on) {
        let inner = subcommands(command, current);
        if !inner.is_empty() {
            return (inner, Directive::NoFiles);
        }
    }
    let name = path[1..].join(" ");
    let Some((_, takes)) = TABLE.iter().find(|(known, _)| *known == name) else {
        let directive = match leads_on && command.is_some_and(Command::has_subcommands) {
            true => Directive::NoFiles,
            false => Directive::Default,
        };
        return (Vec::new(), directive);
    };
    match takes {
        Takes::AnyResource => any_resource(session, arguments, current),
        Takes::Types(types) => of_types(session, types, arguments, current),
        Takes::OneOf(types) if of_one(arguments, current) => {
            of_types(session, types, arguments, current)
        }
        Takes::Name(kind) if arguments.is_empty() => {
            (names(session, kind, current), Directive::NoFiles)
        }
        Takes::Pod(_) if arguments.is_empty() => pod(session, current),
        Takes::Pod(Then::Container) if arguments.len() == 1 => (
            values::containers(session, arguments, current),
            Directive::NoFiles,
        ),
        Takes::Pod(Then::Port) if arguments.len() == 1 => (
            values::ports(session, &arguments[0], current),
            Directive::NoFiles,
        ),
        Takes::Section(section) if arguments.is_empty() => (
            values::of_section(session, *section, current),
            Directive::NoFiles,
        ),
        Takes::Words(words) if arguments.is_empty() => {
            (starting(words, current), Directive::NoFiles)
        }
        Takes::FileOrPod if arguments.is_empty() => {
            (file_or_pod(session, current), Directive::NoSpace)
        }
        Takes::FileOrPod => (Vec::new(), Directive::NoSpace),
        Takes::VerbAndType => {
            let found = match arguments {
                [] => starting(VERBS, current),
                [_] => values::resource_types(session, current),
                _ => Vec::new(),
            };
            (found, Directive::NoFiles)
        }
        Takes::Words(_) => (Vec::new(), Directive::Default),
        Takes::OneOf(_) | Takes::Name(_) | Takes::Pod(_) | Takes::Section(_) => {
            (Vec::new(), Directive::NoFiles)
        }
    }
}

fn described(name: &str, about: Option<String>) -> String {
    format!("{name}\t{}", about.unwrap_or_default())
}

fn subcommands(command: &Command, current: &str) -> Vec<String> {
    command
        .get_subcommands()
        .filter(|inner| inner.get_name().starts_with(current) && !inner.is_hide_set())
        .map(|inner| described(inner.get_name(), inner.get_about().map(ToString::to_string)))
        .collect()
}

/// What `kubectl help` knows pages of, behind the words of a command.
fn topics(words: &[String], current: &str) -> Vec<String> {
    let Some((first, rest)) = words.split_first() else {
        return command_names(current);
    };
    let Some(entry) = commands::find(first) else {
        return Vec::new();
    };
    let command = entry.build();
    let found = rest
        .iter()
        .try_fold(&command, |command, word| command.find_subcommand(word));
    found.map_or_else(Vec::new, |command| subcommands(command, current))
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
    names.extend(described_plugins(commands::plugin::added(), current));
    names.sort();
    names.dedup();
    names
}

/// The commands that plug-ins make, with what is said of them.
pub fn described_plugins(names: impl IntoIterator<Item = String>, current: &str) -> Vec<String> {
    names
        .into_iter()
        .filter(|name| name.starts_with(current))
        .map(|name| format!("{name}\t{}", commands::plugin::about(&name)))
        .collect()
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
        Some((first, _)) if first.contains('/') => {
            let types = starting(types, current).into_iter();
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

/// Whether a command that takes one object has room for a word.
fn of_one(arguments: &[String], current: &str) -> bool {
    match arguments {
        [] => true,
        [kind] => !kind.contains('/') && !current.contains('/'),
        _ => false,
    }
}

/// Pods first, then the types that lead to pods.
fn pod(session: &Session, current: &str) -> Offer {
    if current.contains('/') {
        return slashed(session, current, &[]);
    }
    let mut found = names(session, "pod", current);
    let types: Vec<String> = starting(WITH_PODS, current)
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

/// Pods with a colon behind them, namespaces with a slash, and files once something was typed.
fn file_or_pod(session: &Session, current: &str) -> Vec<String> {
    if current.starts_with(['/', '.', '~']) || current.contains(':') {
        return Vec::new();
    }
    if let Some((namespace, start)) = current.split_once('/') {
        let found = values::names_in(session, Some(namespace), "pod", start).into_iter();
        return found.map(|name| format!("{namespace}/{name}:")).collect();
    }
    let namespaces = names(session, "namespace", current).into_iter();
    let mut found: Vec<String> = namespaces.map(|name| name + "/").collect();
    let pods = names(session, "pod", current).into_iter();
    found.extend(pods.map(|name| name + ":"));
    if current.is_empty() {
        found.extend(["./".to_owned(), "/".to_owned()]);
    } else if !found.is_empty() {
        found.extend(files(current));
    }
    found
}

/// The files and folders of this folder whose names start so.
fn files(start: &str) -> Vec<String> {
    let entries = std::fs::read_dir(".").into_iter().flatten().flatten();
    let mut found: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            name.starts_with(start)
                .then(|| if is_folder { name + "/" } else { name })
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}

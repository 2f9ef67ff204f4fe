//! What a command is, and how groups of subcommands are made of tables. One file per command: an `Args` struct with its
//! flags and a `run` function; which there are says `table`.

mod annotate;
mod api_resources;
mod api_versions;
mod apply;
mod attach;
pub mod attachable;
mod auth;
mod autoscale;
mod certificate;
mod cluster_info;
mod completion;
mod config;
mod convert;
mod cordon;
mod cp;
mod create;
mod ctx;
mod debug;
mod delete;
mod describe;
pub mod diff;
mod drain;
mod edit;
mod events;
mod everything;
mod exec;
mod explain;
mod expose;
mod get;
mod image_reference;
mod kuberc;
mod kustomize;
mod label;
mod local_patch;
mod logs;
mod metadata_change;
mod neat;
mod new_pods;
mod ns;
mod overrides;
mod patch;
pub mod plugin;
mod port_forward;
mod proxy;
mod remembered;
mod replace;
mod rollout;
mod run;
mod run_attached;
mod scale;
mod selection;
mod set;
mod table;
mod taint;
mod terminal;
mod top;
mod tree;
pub mod version;
mod view_secret;
mod wait;
mod who_can;
mod why;

pub use table::COMMANDS;

use crate::{
    error::{Error, Result},
    session::Session,
};
use clap::{ArgMatches, Command};
use futures::future::LocalBoxFuture;
use knarr_api::quote::quote;

/// The heading of `kubectl --help` under which a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Beginner,
    Intermediate,
    Deploy,
    Cluster,
    Troubleshooting,
    Advanced,
    Settings,
    Other,
    /// Not kubectl's: a plug-in of the same name goes first.
    Additional,
}

impl Group {
    pub const ALL: &[Group] = &[
        Group::Beginner,
        Group::Intermediate,
        Group::Deploy,
        Group::Cluster,
        Group::Troubleshooting,
        Group::Advanced,
        Group::Settings,
        Group::Other,
        Group::Additional,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Group::Beginner => "Basic Commands (Beginner)",
            Group::Intermediate => "Basic Commands (Intermediate)",
            Group::Deploy => "Deploy Commands",
            Group::Cluster => "Cluster Management Commands",
            Group::Troubleshooting => "Troubleshooting and Debugging Commands",
            Group::Advanced => "Advanced Commands",
            Group::Settings => "Settings Commands",
            Group::Other => "Other Commands",
            Group::Additional => "Additional Commands",
        }
    }
}

type Run = for<'a> fn(&'a Session, &'a ArgMatches) -> LocalBoxFuture<'a, Result<()>>;

/// One row of a table of commands.
pub struct Entry {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub group: Group,
    pub about: &'static str,
    augment: fn(Command) -> Command,
    pub run: Run,
    /// How the command refuses a word that it did not expect; it gets the word and the command's path.
    pub unexpected: fn(&str, &str) -> Error,
}

impl Entry {
    /// The command's flags and subcommands.
    pub fn build(&self) -> Command {
        (self.augment)(Command::new(self.name))
            .aliases(self.aliases.iter().copied())
            .about(self.about)
    }
}

/// A row for the command in the module `$module`.
macro_rules! entry {
    ($group:ident, $name:literal, [$($alias:literal),*], $args:path, $run:path, $about:literal) => {
        entry!($group, $name, [$($alias),*], $args, $run, $about, $crate::commands::unexpected_command)
    };
    ($group:ident, $name:literal, [$($alias:literal),*], $args:path, $run:path, $about:literal, $unexpected:path) => {
        $crate::commands::Entry {
            name: $name,
            aliases: &[$($alias),*],
            group: $crate::commands::Group::$group,
            about: $about,
            augment: <$args as clap::Args>::augment_args,
            run: |session, matches| Box::pin(async move {
                let args = <$args as clap::FromArgMatches>::from_arg_matches(matches)
                    .map_err(|error| $crate::error::Error::message(error.to_string()))?;
                $run(session, args).await
            }),
            unexpected: $unexpected,
        }
    };
}
use entry;

/// Refuses what `--raw` can't ask for.
fn raw_path(path: &str) -> Result<()> {
    match path.starts_with('/') || path.contains("://") {
        true => Ok(()),
        false => Err(Error::message(format!(
            "--raw must be a valid URL path: parse {}: invalid URI for request",
            quote(path)
        ))),
    }
}

/// The objects of the kustomization that `-k` names.
pub async fn kustomization(folder: &str) -> Result<crate::kustomize::Built> {
    kustomize::build(folder, crate::kustomize::Options::default()).await
}

/// The command of that name or alias.
pub fn find(name: &str) -> Option<&'static Entry> {
    COMMANDS
        .iter()
        .find(|entry| entry.name == name || entry.aliases.contains(&name))
}

fn unexpected_command(word: &str, path: &str) -> Error {
    Error::Verbatim(format!(
        "error: unknown command {}\nSee '{path} -h' for help and examples",
        quote(word)
    ))
}

/// Only the command itself says so, and not its groups of subcommands (`create secret`).
fn unexpected_args(word: &str, path: &str) -> Error {
    if path.split(' ').count() > 2 {
        return unexpected_command(word, path);
    }
    Error::Verbatim(format!(
        "error: Unexpected args: [{word}]\nSee '{path} -h' for help and examples"
    ))
}

/// Runs the subcommand that `matches` names, from a command's own table; shows the command's help when there is none.
async fn dispatch(
    session: &Session,
    table: &'static [Entry],
    name: Option<&str>,
    matches: Option<&ArgMatches>,
    parent: &str,
) -> Result<()> {
    let chosen = name.and_then(|name| table.iter().find(|entry| entry.name == name));
    if let (Some(entry), Some(matches)) = (chosen, matches) {
        return (entry.run)(session, matches).await;
    }
    let mut words = parent.split(' ');
    let command = words.next().and_then(find).map(Entry::build);
    let whole = crate::flags::as_pflag(command.unwrap_or_default());
    let command = words.try_fold(&whole, |command, name| command.find_subcommand(name));
    let command = command.unwrap_or(&whole);
    let page = crate::help::command_page(command, &format!("kubectl {parent}"));
    // To be called alone is a mistake, which upstream answers in three ways.
    match parent {
        "certificate" => session.write(&page),
        "rollout" => {
            session.write(&page)?;
            Err(Error::Exit(1))
        }
        _ => Err(Error::Verbatim(page.trim_end_matches('\n').to_owned())),
    }
}

/// Defines `Args` for a command that only holds subcommands of the table `$table`. One that is `lenient` takes any other
/// words too, and does nothing with them.
macro_rules! group_args {
    ($table:ident) => {
        group_args!($table, |command| command);
    };
    ($table:ident, lenient) => {
        group_args!($table, |command: clap::Command| command
            .arg(clap::Arg::new("words").num_args(0..).hide(true)));
    };
    ($table:ident, $extend:expr) => {
        /// The chosen subcommand and its flags.
        #[derive(Clone, Debug)]
        pub struct Args {
            chosen: Option<(String, clap::ArgMatches)>,
        }

        impl clap::FromArgMatches for Args {
            fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
                let chosen = matches
                    .subcommand()
                    .map(|(name, matches)| (name.to_owned(), matches.clone()));
                Ok(Args { chosen })
            }

            fn update_from_arg_matches(
                &mut self,
                matches: &clap::ArgMatches,
            ) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }

        impl clap::Args for Args {
            fn augment_args(command: clap::Command) -> clap::Command {
                let extend: fn(clap::Command) -> clap::Command = $extend;
                $table.iter().fold(extend(command), |command, entry| {
                    command.subcommand(entry.build())
                })
            }

            fn augment_args_for_update(command: clap::Command) -> clap::Command {
                Self::augment_args(command)
            }
        }

        impl Args {
            fn name(&self) -> Option<&str> {
                self.chosen.as_ref().map(|(name, _)| name.as_str())
            }

            fn matches(&self) -> Option<&clap::ArgMatches> {
                self.chosen.as_ref().map(|(_, matches)| matches)
            }
        }
    };
}
use group_args;

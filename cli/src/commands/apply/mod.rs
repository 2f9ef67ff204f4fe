//! `kubectl apply`: makes the server's objects what the files say, by a three-way patch made here or by the server.

mod ahead;
mod applyset;
mod client_side;
mod last_applied;
mod patch;
mod prune;
mod server_side;

use ahead::Live;
use applyset::ApplySet;
use last_applied::SUBCOMMANDS;

pub use patch::{
    LAST_APPLIED, MERGE, STRATEGIC, annotate, annotate_as_made, annotation_patch, three_way,
    without_annotation,
};
pub use prune::Pruner;

use super::{
    create::{file_selector, matches_labels, validation_query},
    delete::Deletion,
};
use crate::{
    error::{Error, Result},
    flags::{self, DryRun, DryRunArgs, FileArgs, PrintArgs},
    printers::{ResultPrinter, sorted},
    resource::{self, Info},
    session::{Session, errln},
    terminal::Progress,
};
use futures::StreamExt;
use knarr_api::{meta, quote::quote};
use serde_json::{Value, json};
use std::{
    pin::pin,
    time::{Duration, Instant},
};

const CLIENT_SIDE_MANAGER: &str = "kubectl-client-side-apply";

/// The flags of `apply -f`, or the chosen subcommand.
#[derive(Clone, Debug)]
pub struct Args {
    chosen: Option<(String, clap::ArgMatches)>,
    from_files: FromFiles,
}

#[derive(clap::Args, Clone, Debug)]
struct FromFiles {
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Select all resources in the namespace of the specified resource types.
    #[arg(long)]
    all: bool,
    /// [alpha] The name of the ApplySet that tracks which resources are being managed, for the purposes of determining what to prune. Live resources that are part of the ApplySet but have been removed from the provided configs will be deleted. Format: [RESOURCE][.GROUP]/NAME. A Secret will be used if no resource or group is specified.
    #[arg(long, hide = !applyset::is_enabled())]
    applyset: Option<String>,
    /// Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "background", default_value = "background")]
    cascade: String,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-client-side-apply")]
    field_manager: String,
    /// If true, immediately remove resources from API and bypass graceful deletion. Note that immediate deletion of some resources may result in inconsistency or data loss and requires confirmation.
    #[arg(long)]
    force: bool,
    /// If true, server-side apply will force the changes against conflicts.
    #[arg(long)]
    force_conflicts: bool,
    /// Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion).
    #[arg(long, default_value = "-1", value_parser = flags::int64)]
    grace_period: i64,
    // The types that patches are computed with are those of the schema that the API itself is made from, so that the
    // server need not be asked for its own.
    /// If true, use openapi to calculate diff when the openapi presents and the resource can be found in the openapi spec. Otherwise, fall back to use baked-in types.
    #[arg(long, action = clap::ArgAction::Set, default_value = "true")]
    openapi_patch: bool,
    /// Automatically resolve conflicts between the modified and live configuration by using values from the modified configuration
    #[arg(long, action = clap::ArgAction::Set, default_value = "true")]
    overwrite: bool,
    /// Automatically delete previously applied resource objects that do not appear in the provided configs, as selected with -l or --all.
    #[arg(long)]
    prune: bool,
    /// Overwrite the default allowlist with <group/version/kind> for --prune
    #[arg(long)]
    prune_allowlist: Vec<String>,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
    /// If true, apply runs in the server instead of the client.
    #[arg(long)]
    server_side: bool,
    /// If specified, apply will operate on the subresource of the requested object.  Only allowed when using --server-side.
    #[arg(long)]
    subresource: Option<String>,
    /// Must be one of: strict (or true), warn, ignore (or false).
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "strict", default_value = "strict")]
    validate: String,
    /// The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object
    #[arg(long, default_value = "0s", value_parser = flags::duration)]
    timeout: Duration,
    // Upstream's `apply` has the flag in common with `delete`, and waits for nothing either.
    /// If true, wait for resources to be gone before returning. This waits for finalizers.
    #[arg(long)]
    wait: bool,
}

impl clap::FromArgMatches for Args {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        let chosen = matches
            .subcommand()
            .map(|(name, matches)| (name.to_owned(), matches.clone()));
        Ok(Args {
            chosen,
            from_files: FromFiles::from_arg_matches(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Args {
    fn augment_args(command: clap::Command) -> clap::Command {
        let command = <FromFiles as clap::Args>::augment_args(command);
        SUBCOMMANDS
            .iter()
            .fold(command, |command, entry| command.subcommand(entry.build()))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

/// What is the same for every object of one call.
struct Apply<'a> {
    session: &'a Session,
    args: &'a FromFiles,
    dry_run: DryRun,
    manager: String,
    /// How `--force` and `--prune` delete.
    deletion: Deletion,
    validation: (&'static str, String),
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if let Some((name, matches)) = &args.chosen {
        return super::dispatch(session, SUBCOMMANDS, Some(name), Some(matches), "apply").await;
    }
    let args = args.from_files;
    session.resolved()?;
    let dry_run = args.dry_run.strategy()?;
    let deletion = Deletion::new(
        session,
        &args.cascade,
        if args.force && args.grace_period < 0 {
            0
        } else {
            args.grace_period
        },
    )?;
    if args.files.is_empty() {
        return Err(Error::message("must specify one of -f and -k"));
    }
    let mut set = args.set(session).await?;
    if args.prune {
        prune::check(session, &args.prune_allowlist).await?;
    }
    check(&args, dry_run)?;
    if let Some(set) = &set {
        set.check(session).await?;
    }
    check_pruned(&args)?;
    let apply = Apply {
        session,
        args: &args,
        dry_run,
        manager: manager(args.server_side, &args.field_manager),
        deletion,
        validation: validation_query(&args.validate)?,
    };
    let (mut chosen, mut errors) = apply.load().await?;
    if let Some(set) = &mut set {
        set.label(&mut chosen)?;
        set.begin(&apply, &chosen).await?;
    }
    let applied = apply.all(chosen, &mut errors).await?;
    match &set {
        _ if !args.prune || !errors.is_empty() => {}
        Some(set) => set.prune(&apply, &applied).await?,
        None => prune::run(&apply, &applied).await?,
    }
    Error::all(errors)
}

impl FromFiles {
    /// The set of `--applyset`. Where sets are not switched on there is no such flag.
    async fn set(&self, session: &Session) -> Result<Option<ApplySet>> {
        let reference = match &self.applyset {
            Some(_) if !applyset::is_enabled() => {
                return Err(Error::Flag {
                    message: "unknown flag: --applyset".to_owned(),
                    command: "kubectl apply".to_owned(),
                });
            }
            Some(reference) if !reference.is_empty() => reference,
            _ => return Ok(None),
        };
        Ok(Some(ApplySet::parse(session, reference).await?))
    }

    fn selector(&self) -> &str {
        self.selector.as_deref().unwrap_or_default()
    }
}

/// Refuses flags that contradict each other.
fn check(args: &FromFiles, dry_run: DryRun) -> Result<()> {
    let fault = if args.force_conflicts && !args.server_side {
        "--force-conflicts only works with --server-side"
    } else if dry_run == DryRun::Client && args.server_side {
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
    } else if args.force && args.server_side {
        "--force cannot be used with --server-side"
    } else if args.force && dry_run == DryRun::Server {
        "--dry-run=server cannot be used with --force"
    } else if args.all && !args.selector().is_empty() {
        "cannot set --all and --selector at the same time"
    } else if args.applyset.is_some() && !args.prune {
        "--applyset requires --prune"
    } else {
        return Ok(());
    };
    Err(Error::message(fault))
}

/// Refuses flags that contradict each other about what is pruned.
fn check_pruned(args: &FromFiles) -> Result<()> {
    let (selects, in_set) = (!args.selector().is_empty(), args.applyset.is_some());
    let fault = if args.prune && args.force {
        "--force cannot be used with --prune"
    } else if in_set && args.all {
        "--all is incompatible with --applyset"
    } else if in_set && selects {
        "--selector is incompatible with --applyset"
    } else if in_set && !args.prune_allowlist.is_empty() {
        "--prune-allowlist is incompatible with --applyset"
    } else if args.prune && !in_set && !args.all && !selects {
        "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all \
         flag. If you did not mean to prune all resources, specify a label selector"
    } else if args.prune && !in_set && args.server_side {
        "--prune is in alpha and doesn't currently work on objects created by server-side apply"
    } else if args.subresource.is_some() && !args.server_side {
        "--subresource can only be specified for --server-side"
    } else {
        return Ok(());
    };
    Err(Error::message(fault))
}

/// The field manager: the flag's, or the one that the way of applying has.
pub fn manager(server_side: bool, flag: &str) -> String {
    match server_side && flag == CLIENT_SIDE_MANAGER {
        true => server_side::MANAGER.to_owned(),
        false => flag.to_owned(),
    }
}

/// Whether the output shows objects, of which several make one list.
fn prints_objects(print: &PrintArgs) -> bool {
    let format = print.output.as_deref().unwrap_or_default();
    !matches!(format, "" | "name")
}

/// Several objects as one of Go's type for lists, which says what it is before what it holds.
fn as_list(infos: &[Info]) -> Info {
    let items: Vec<Value> = infos.iter().map(|info| sorted(&info.object)).collect();
    super::create::local_info(json!({
        "kind": "List",
        "apiVersion": "v1",
        "metadata": {},
        "items": items,
    }))
}

impl Apply<'_> {
    /// The objects of the files that match the selector, and what was wrong with others.
    async fn load(&self) -> Result<(Vec<Info>, Vec<Error>)> {
        let loaded = resource::manifests(self.session, &self.args.files).await?;
        let selector = file_selector(self.args.selector())?;
        let mut chosen = loaded.infos;
        chosen.retain(|info| matches_labels(&selector, &info.object));
        match chosen.is_empty() && loaded.errors.is_empty() {
            true => Err(Error::message("no objects passed to apply")),
            false => Ok((chosen, loaded.errors)),
        }
    }

    /// Applies the objects and says so; returns those that the server took.
    async fn all(&self, chosen: Vec<Info>, errors: &mut Vec<Error>) -> Result<Vec<Info>> {
        let session = self.session;
        let mut printer = ResultPrinter::new(&self.args.print, self.dry_run.suffix())?;
        let prints_objects = prints_objects(&self.args.print);
        let mut applied = Vec::new();
        let (count, started) = (chosen.len(), Instant::now());
        let mut turns = pin!(self.turns(chosen));
        for turn in 1.. {
            let progress = Progress::since(started, format!("applying {turn} of {count}"));
            let Some(turn) = progress.during(turns.next()).await else {
                break;
            };
            session.client()?.warn(turn.warnings);
            match turn.outcome {
                Ok(verb) => {
                    if !prints_objects {
                        printer.print(session, &turn.info, verb)?;
                    }
                    if session.is_terminal() {
                        session.flush()?;
                    }
                    applied.push(turn.info);
                }
                Err(error @ Error::Connection { .. }) => return Err(error),
                Err(error) => errors.push(error),
            }
        }
        // Where anything failed, only that is told.
        if prints_objects && errors.is_empty() {
            match applied.as_slice() {
                [only] => printer.print(session, only, "")?,
                several => printer.typed().print(session, &as_list(several), "")?,
            }
        }
        Ok(applied)
    }

    async fn one(&self, info: &mut Info, live: Live) -> Result<&'static str> {
        if info.name.is_empty() {
            let generate = meta::generate_name_base(&info.object);
            let text = match generate {
                "" if !self.args.server_side => format!(
                    "error when retrieving current configuration of:\n{}\nfrom server for: {}: resource name may \
                     not be empty",
                    described(info),
                    quote(&info.source)
                ),
                "" => "resource name may not be empty".to_owned(),
                generate => format!("from {generate}: cannot use generate name with apply"),
            };
            return Err(Error::message(text));
        }
        match self.args.server_side {
            true => self.server_side(info).await,
            false => self.client_side(info, live).await,
        }
    }

    fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = vec![
            ("fieldManager", self.manager.clone()),
            self.validation.clone(),
        ];
        query.extend(self.dry_run.query());
        query
    }
}

/// What changes now may be gone soon.
pub fn warn_if_deleting(session: &Session, live: &Value) {
    if meta::deletion_timestamp(live).is_some() {
        errln!(
            session,
            "Warning: Detected changes to resource {} which is currently being deleted.",
            meta::name(live)
        );
    }
}

/// The object as upstream's `Info.String` shows it.
fn described(info: &Info) -> String {
    // Group and version as Go prints a GroupVersionResource: the core group leaves a leading slash.
    let version = format!("{}/{}", info.mapping.group, info.mapping.version);
    format!(
        "Resource: \"{version}, Resource={}\", GroupVersionKind: \"{version}, Kind={}\"\nName: \"{}\", Namespace: \"{}\"",
        info.mapping.plural, info.mapping.kind, info.name, info.namespace
    )
}

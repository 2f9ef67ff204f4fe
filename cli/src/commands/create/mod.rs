//! `kubectl create`: objects from files, and subcommands that make one object from flags. The subcommands are one
//! table; each builds a value, and a `Submission` does the rest.

mod append_hash;
mod configmap;
mod cronjob;
mod deployment;
mod ingress;
mod job;
mod key_pair;
mod literals;
mod namespace;
mod pod_disruption_budget;
mod priority_class;
mod quota;
mod rbac;
mod secret;
mod service;
mod serviceaccount;
mod token;

use super::{
    Entry,
    edit::{Editing, Mode},
    entry,
};
use crate::{
    client::{ACCEPT_ANY, NO_TIME_LEFT, Request, holding_warnings},
    error::{Error, Result},
    flags::{DryRun, DryRunArgs, FileArgs, PrintArgs},
    printers::ResultPrinter,
    resource::{self, Info, Place, in_order},
    session::Session,
};
use futures::{StreamExt, stream};
use http::Method;
use knarr_api::quote::quote;
use knarr_api::selector::Selector;
use serde_json::Value;
use std::pin::pin;

/// The subcommands, in the order of their names.
pub static SUBCOMMANDS: &[Entry] = &[
    entry!(
        Beginner,
        "clusterrole",
        [],
        rbac::ClusterRoleArgs,
        rbac::cluster_role,
        "Create a cluster role"
    ),
    entry!(
        Beginner,
        "clusterrolebinding",
        [],
        rbac::ClusterRoleBindingArgs,
        rbac::cluster_role_binding,
        "Create a cluster role binding for a particular cluster role"
    ),
    entry!(
        Beginner,
        "configmap",
        ["cm"],
        configmap::Args,
        configmap::run,
        "Create a config map from a local file, directory or literal value"
    ),
    entry!(
        Beginner,
        "cronjob",
        ["cj"],
        cronjob::Args,
        cronjob::run,
        "Create a cron job with the specified name"
    ),
    entry!(
        Beginner,
        "deployment",
        ["deploy"],
        deployment::Args,
        deployment::run,
        "Create a deployment with the specified name"
    ),
    entry!(
        Beginner,
        "ingress",
        ["ing"],
        ingress::Args,
        ingress::run,
        "Create an ingress with the specified name"
    ),
    entry!(
        Beginner,
        "job",
        [],
        job::Args,
        job::run,
        "Create a job with the specified name"
    ),
    entry!(
        Beginner,
        "namespace",
        ["ns"],
        namespace::Args,
        namespace::run,
        "Create a namespace with the specified name"
    ),
    entry!(
        Beginner,
        "poddisruptionbudget",
        ["pdb"],
        pod_disruption_budget::Args,
        pod_disruption_budget::run,
        "Create a pod disruption budget with the specified name"
    ),
    entry!(
        Beginner,
        "priorityclass",
        ["pc"],
        priority_class::Args,
        priority_class::run,
        "Create a priority class with the specified name"
    ),
    entry!(
        Beginner,
        "quota",
        ["resourcequota"],
        quota::Args,
        quota::run,
        "Create a quota with the specified name"
    ),
    entry!(
        Beginner,
        "role",
        [],
        rbac::RoleArgs,
        rbac::role,
        "Create a role with single rule"
    ),
    entry!(
        Beginner,
        "rolebinding",
        [],
        rbac::RoleBindingArgs,
        rbac::role_binding,
        "Create a role binding for a particular role or cluster role"
    ),
    entry!(
        Beginner,
        "secret",
        [],
        secret::Args,
        secret::run,
        "Create a secret using a specified subcommand"
    ),
    entry!(
        Beginner,
        "service",
        ["svc"],
        service::Args,
        service::run,
        "Create a service using a specified subcommand"
    ),
    entry!(
        Beginner,
        "serviceaccount",
        ["sa"],
        serviceaccount::Args,
        serviceaccount::run,
        "Create a service account with the specified name"
    ),
    entry!(
        Beginner,
        "token",
        [],
        token::Args,
        token::run,
        "Request a service account token"
    ),
];

/// The flags of `create -f`, or the chosen subcommand.
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
    /// Edit the API resource before creating
    #[arg(long)]
    edit: bool,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-create")]
    field_manager: String,
    /// Raw URI to POST to the server.  Uses the transport specified by the kubeconfig file.
    #[arg(long)]
    raw: Option<String>,
    /// If true, the configuration of current object will be saved in its annotation.
    #[arg(long)]
    save_config: bool,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
    /// Must be one of: strict (or true), warn, ignore (or false).
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "strict", default_value = "strict")]
    validate: String,
    /// Only relevant if --edit=true. Defaults to the line ending native to your platform.
    #[arg(long)]
    windows_line_endings: bool,
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

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if let Some((name, matches)) = &args.chosen {
        return super::dispatch(session, SUBCOMMANDS, Some(name), Some(matches), "create").await;
    }
    let args = args.from_files;
    if args.files.is_empty() {
        return Err(Error::message("must specify one of -f and -k"));
    }
    if args.raw.is_some() && args.edit {
        return Err(Error::message("--raw and --edit are mutually exclusive"));
    }
    if let Some(path) = &args.raw {
        return raw(session, path, &args.files).await;
    }
    match args.edit {
        true => edited(session, &args).await,
        false => from_files(session, &args).await,
    }
}

/// Creates what the user makes of each object.
async fn edited(session: &Session, args: &FromFiles) -> Result<()> {
    let loaded = resource::from_files(session, &args.files).await?;
    Error::all(loaded.errors)?;
    let editing = Editing {
        field_manager: &args.field_manager,
        save_config: args.save_config,
        validate: &args.validate,
        windows_line_endings: args.windows_line_endings,
        dry_run: args.dry_run.strategy()?,
        ..Editing::new(session, Mode::Create, &args.print)
    };
    for info in loaded.infos {
        editing.edit(vec![info]).await?;
    }
    Ok(())
}

async fn raw(session: &Session, path: &str, files: &FileArgs) -> Result<()> {
    super::raw_path(path)?;
    let [file] = files.filename.as_slice() else {
        return Err(Error::message(
            "--raw can only use a single local file or stdin",
        ));
    };
    let text = resource::read_source(file).await?;
    let request = Request::new(Method::POST, path)
        .accept(ACCEPT_ANY)
        .body("", text.into_bytes());
    let answer = session.client()?.send_raw(request).await?;
    session.write_bytes(&answer)
}

async fn from_files(session: &Session, args: &FromFiles) -> Result<()> {
    let dry_run = args.dry_run.strategy()?;
    let validation = validation_query(&args.validate)?;
    let mut printer = ResultPrinter::new(&args.print, dry_run.suffix())?;
    let loaded = resource::manifests(session, &args.files).await?;
    let selector = file_selector(args.selector.as_deref().unwrap_or_default())?;
    let (mut errors, mut infos) = (loaded.errors, loaded.infos);
    infos.retain(|info| matches_labels(&selector, &info.object));
    if infos.is_empty() && errors.is_empty() {
        return Err(Error::message("no objects passed to create"));
    }
    if args.save_config {
        infos
            .iter_mut()
            .for_each(|info| super::apply::annotate(&mut info.object));
    }
    let mut query = vec![("fieldManager", args.field_manager.clone()), validation];
    query.extend(dry_run.query());
    let client = session.client()?;
    let create = async |info: Info| {
        let created = match dry_run {
            DryRun::Client => Ok(info.object.clone()),
            _ => info.create(client, query.clone()).await,
        };
        (info, created)
    };
    // Where requests are logged, people read of one object after the other.
    let place = |info: &Info| Place::of(info).filter(|_| !client.logs_requests());
    let work = |info| holding_warnings(create(info));
    let mut made = pin!(in_order(stream::iter(infos), place, work));
    while let Some(((mut info, created), warnings)) = made.next().await {
        client.warn(warnings);
        match created {
            Ok(object) => {
                info.refresh(object);
                printer.print(session, &info, "created")?;
            }
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errors.push(error.in_source("creating", &info.source)),
        }
    }
    Error::all(errors)
}

/// A selector for objects of files, which no server checks.
pub(super) fn file_selector(text: &str) -> Result<Selector> {
    Selector::parse(text).map_err(|error| {
        let text = quote(text.trim());
        Error::message(format!(
            "the provided selector {text} is not valid: {error}"
        ))
    })
}

/// Whether an object's labels match.
pub(super) fn matches_labels(selector: &Selector, object: &Value) -> bool {
    selector.matches(|key: &str| knarr_api::meta::label(object, key))
}

/// How strictly the server checks the fields, from `--validate`.
pub(super) fn validation_query(flag: &str) -> Result<(&'static str, String)> {
    let level = match flag {
        "strict" | "true" | "True" | "TRUE" | "t" | "T" | "1" => "Strict",
        "warn" => "Warn",
        "ignore" | "false" | "False" | "FALSE" | "f" | "F" | "0" => "Ignore",
        other => {
            return Err(Error::message(format!(
                "invalid - validate option \"{other}\"; must be one of: strict (or true), warn, ignore (or false)"
            )));
        }
    };
    Ok(("fieldValidation", level.to_owned()))
}

/// The flags that every subcommand has.
#[derive(clap::Args, Clone, Debug)]
pub struct SubmitArgs {
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-create")]
    field_manager: String,
    /// If true, the configuration of current object will be saved in its annotation.
    #[arg(long)]
    save_config: bool,
    /// Must be one of: strict (or true), warn, ignore (or false).
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "strict", default_value = "strict")]
    validate: String,
}

/// The one name that a subcommand takes; what stands behind `--` is not counted.
fn one_name<'a>(session: &Session, names: &'a [String], command: &'static str) -> Result<&'a str> {
    let counted = session.words_before_dashes.unwrap_or(names.len());
    match names.first() {
        Some(name) if counted == 1 => Ok(name),
        _ => Err(Error::usage(
            command,
            format!("exactly one NAME is required, got {counted}"),
        )),
    }
}

/// How an object that a subcommand makes is sent and shown.
struct Submission<'a> {
    args: &'a SubmitArgs,
    dry_run: DryRun,
    validation: (&'static str, String),
    printer: ResultPrinter,
}

/// Whether a subcommand looks if the name is empty.
#[derive(Clone, Copy, PartialEq)]
enum Name {
    Required,
    /// The server tells of it.
    LeftToServer,
}

impl SubmitArgs {
    /// Refuses a wrong call before an object is made: the name, the kubeconfig, then the flags.
    fn begin<'a>(
        &'a self,
        session: &Session,
        names: &'a [String],
        command: &'static str,
        empty: Name,
    ) -> Result<(&'a str, Submission<'a>)> {
        let name = one_name(session, names, command)?;
        session.resolved()?;
        let dry_run = self.dry_run.strategy()?;
        let printer = ResultPrinter::new(&self.print, dry_run.suffix())?.typed();
        let submission = Submission {
            args: self,
            dry_run,
            validation: validation_query(&self.validate)?,
            printer,
        };
        match name.is_empty() && empty == Name::Required {
            true => Err(Error::message("name must be specified")),
            false => Ok((name, submission)),
        }
    }
}

impl Submission<'_> {
    /// Sends an object and prints the result. The namespace is filled in for kinds that have one: in what is printed only
    /// when the user gave it.
    async fn send(mut self, session: &Session, mut object: Value) -> Result<()> {
        let known = knarr_api::kinds::split_api_version(knarr_api::meta::api_version(&object));
        let namespaced =
            knarr_api::kinds::by_kind(known.0, known.1, knarr_api::meta::kind(&object))
                .is_some_and(|kind| kind.namespaced);
        if namespaced && session.enforces_namespace() {
            insert_namespace(&mut object, session.namespace()?);
        }
        // Services are made by a command of their own upstream, which forgets the flag.
        if self.args.save_config && knarr_api::meta::kind(&object) != "Service" {
            super::apply::annotate_as_made(&mut object);
        }
        if self.dry_run == DryRun::Client {
            let info = local_info(object);
            return self.printer.print(session, &info, "created");
        }
        let mut info = resource::info_of_made(session, object).await?;
        let field_manager = self.args.field_manager.clone();
        let mut query = vec![("fieldManager", field_manager), self.validation];
        query.extend(self.dry_run.query());
        let created = info.create(&session.client()?.typed(), query).await;
        let object = created.map_err(|error| in_subcommands_words(error, &info))?;
        info.refresh(object);
        self.printer.print(session, &info, "created")
    }
}

/// Most subcommands put their own words in front of the server's, which hides that it is the server who speaks.
fn in_subcommands_words(error: Error, info: &Info) -> Error {
    let what = match info.mapping.kind.as_str() {
        "Namespace" | "Role" | "ClusterRole" => return error,
        "Secret" => "secret".to_owned(),
        "ResourceQuota" => "quota:".to_owned(),
        "PodDisruptionBudget" => "poddisruptionbudgets:".to_owned(),
        "Service" => {
            let service_type = info.object["spec"]["type"].as_str().unwrap_or_default();
            format!("{service_type} service:")
        }
        kind => format!("{}:", kind.to_lowercase()),
    };
    match error {
        Error::Status(_) | Error::Connection { .. } => {
            Error::Message(format!("failed to create {what} {}", error.request_text()))
        }
        Error::Message(text) if text == NO_TIME_LEFT => {
            Error::Message(format!("failed to create {what} {text}"))
        }
        other => other,
    }
}

/// Puts the namespace behind the name, where a Go struct has it.
fn insert_namespace(object: &mut Value, namespace: &str) {
    let Some(metadata) = object["metadata"].as_object_mut() else {
        return;
    };
    let place = usize::from(metadata.contains_key("name"));
    metadata.shift_insert(place, "namespace".into(), namespace.into());
}

/// An object that no server has seen.
pub(super) fn local_info(object: Value) -> Info {
    use knarr_api::{kinds, meta};
    let (group, version) = kinds::split_api_version(meta::api_version(&object));
    let known = kinds::by_kind(group, version, meta::kind(&object));
    Info {
        mapping: crate::mapper::Mapping {
            group: group.to_owned(),
            version: version.to_owned(),
            plural: known.map(|kind| kind.plural).unwrap_or_default().to_owned(),
            singular: known
                .map(|kind| kind.singular)
                .unwrap_or_default()
                .to_owned(),
            kind: meta::kind(&object).to_owned(),
            namespaced: known.is_some_and(|kind| kind.namespaced),
        },
        namespace: meta::namespace(&object).to_owned(),
        name: meta::name(&object).to_owned(),
        source: String::new(),
        object,
    }
}

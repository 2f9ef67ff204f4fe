//! `kubectl delete`: deletes, and waits until the objects are gone.

use super::selection::{ALL_AND_SELECTOR, NO_RESOURCE, NOT_EVEN_A_TYPE, SelectionArgs};
use crate::{
    client::{ACCEPT_ANY, Request},
    error::{Error, Result},
    flags::{self, DryRun, DryRunArgs, FileArgs},
    resource::{self, Event, Info, Target, watch_object},
    session::{Session, errln, out, outln},
    terminal::Progress,
};
use http::Method;
use knarr_api::meta;
use serde_json::{Value, json};
use std::{io::BufRead, ops::ControlFlow, time::Duration};

/// How long to wait when the user gave no limit (kubectl's week).
const NO_LIMIT: Duration = Duration::from_secs(168 * 60 * 60);

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resources: TYPE NAME, TYPE/NAME, or TYPE with -l or --all
    resources: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Delete all resources, in the namespace of the specified resource types.
    #[arg(long)]
    all: bool,
    /// Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "background", default_value = "background")]
    cascade: String,
    /// If true, immediately remove resources from API and bypass graceful deletion.
    #[arg(long)]
    force: bool,
    /// Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion).
    #[arg(long, default_value = "-1", value_parser = flags::int64)]
    grace_period: i64,
    /// Treat "resource not found" as a successful delete. Defaults to "true" when --all is specified.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = flags::parse_bool, action = clap::ArgAction::Set)]
    ignore_not_found: Option<bool>,
    /// If true, delete resource only when user confirms.
    #[arg(short, long)]
    interactive: bool,
    /// If true, resources are signaled for immediate shutdown (same as --grace-period=1).
    #[arg(long)]
    now: bool,
    /// Output mode. Use "-o name" for shorter output (resource/name).
    #[arg(short, long)]
    output: Option<String>,
    /// Raw URI to DELETE to the server.  Uses the transport specified by the kubeconfig file.
    #[arg(long)]
    raw: Option<String>,
    /// The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object
    #[arg(long, default_value = "0s", value_parser = flags::duration)]
    timeout: Duration,
    /// If true, wait for resources to be gone before returning. This waits for finalizers.
    #[arg(long, action = clap::ArgAction::Set, default_value = "true")]
    wait: bool,
}

/// How objects are deleted.
pub struct Deletion {
    /// Negative: each object's own.
    grace_period: i64,
    propagation: &'static str,
    dry_run: DryRun,
    short: bool,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    session.check_context()?;
    let propagation = propagation(session, &args.cascade)?;
    if args.now && args.grace_period != -1 {
        return Err(Error::message(
            "--now and --grace-period cannot be specified together",
        ));
    }
    let dry_run = args.dry_run.strategy()?;
    let path = args.raw.as_deref().filter(|path| !path.is_empty());
    let targets = match path {
        Some(_) => Vec::new(),
        None => targets(session, &args).await?,
    };
    let plan = plan(&args, propagation, dry_run)?;
    if plan.grace_period == 0 {
        errln!(
            session,
            "Warning: Immediate deletion does not wait for confirmation that the running resource has been \
             terminated. The resource may continue to run on the cluster indefinitely."
        );
    }
    if let Some(path) = path {
        return raw(session, &args, path).await;
    }
    let ignore_missing = args.ignores_missing();
    let (infos, mut errors) = find(session, &args, targets).await?;
    if args.interactive {
        errors.retain(|error| !(ignore_missing && error.is_not_found()));
        if !errors.is_empty() {
            return Error::all(errors);
        }
        if !confirmed(session, &infos)? {
            return Ok(());
        }
    }
    if !args.selection.selection(0).all_namespaces {
        warn_of_scope(session, &infos);
    }
    let (mut deleted, found) = (Vec::new(), infos.len());
    for info in infos {
        match delete(session, &info, &plan).await {
            Ok(answer) => {
                report(session, &info, &plan)?;
                deleted.push((info, uid_of(&answer)));
            }
            Err(error) if error.is_not_found() && ignore_missing => {
                deleted.push((info, String::new()));
            }
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errors.push(error.in_source("deleting", &info.source)),
        }
    }
    if found == 0 && errors.is_empty() {
        outln!(session, "No resources found")?;
    }
    session.flush()?;
    if args.wait && plan.dry_run == DryRun::None && errors.is_empty() {
        let limit = if args.timeout.is_zero() {
            NO_LIMIT
        } else {
            args.timeout
        };
        for (info, uid) in &deleted {
            if let Err(error) = until_gone(session, info, uid, limit).await {
                // Someone who may delete need not be allowed to look.
                match error.status().map(|status| status.code) {
                    Some(403 | 405) => {}
                    _ => errors.push(error),
                }
            }
        }
    }
    Error::all(errors)
}

impl Args {
    /// Whether it is no fault that an object is not there: what is selected may go meanwhile.
    fn ignores_missing(&self) -> bool {
        let selection = &self.selection;
        let selects = self.all || given(&selection.selector) || given(&selection.field_selector);
        self.ignore_not_found.unwrap_or(selects)
    }
}

/// Sends a deletion to any path.
async fn raw(session: &Session, args: &Args, path: &str) -> Result<()> {
    let files = args.files.filename.as_slice();
    let fault = if args.interactive {
        "--interactive can not be used with --raw"
    } else if files.len() > 1 {
        "--raw can only use a single local file or stdin"
    } else if files.iter().any(|file| resource::is_url(file)) {
        "--raw cannot read from a url"
    } else if args.files.recursive {
        "--raw and --recursive are mutually exclusive"
    } else if given(&args.output) {
        "--raw and --output are mutually exclusive"
    } else {
        ""
    };
    if !fault.is_empty() {
        return Err(Error::message(fault));
    }
    super::raw_path(path)?;
    let mut request = Request::new(Method::DELETE, path).accept(ACCEPT_ANY);
    if let [file] = files {
        let options = resource::read_source(file).await?;
        request = request.body("application/json", options.into_bytes());
    }
    let bytes = session.client()?.send_raw(request).await?;
    session.write_bytes(&bytes)
}

fn given(flag: &Option<String>) -> bool {
    flag.as_deref().is_some_and(|text| !text.is_empty())
}

fn plan(args: &Args, propagation: &'static str, dry_run: DryRun) -> Result<Deletion> {
    let short = match args.output.as_deref().unwrap_or_default() {
        "" => false,
        "name" => true,
        other => {
            return Err(Error::message(format!(
                "unexpected -o output mode: {other}. We only support '-o name'"
            )));
        }
    };
    let grace_period = match (args.now, args.force) {
        (true, _) => 1,
        (_, true) => args.grace_period.max(0),
        // Only --force may skip the confirmation of the node.
        (_, false) if args.grace_period == 0 => 1,
        _ => args.grace_period,
    };
    if args.force && grace_period > 0 {
        return Err(Error::message(
            "--force and --grace-period greater than 0 cannot be specified together",
        ));
    }
    Ok(Deletion {
        grace_period,
        propagation,
        dry_run,
        short,
    })
}

/// What `--cascade` means to the server.
fn propagation(session: &Session, cascade: &str) -> Result<&'static str> {
    let (strategy, propagation) = match (flags::parse_bool(cascade), cascade) {
        (Ok(true), _) => ("background", "Background"),
        (Ok(false), _) => ("orphan", "Orphan"),
        (Err(_), "background") => return Ok("Background"),
        (Err(_), "orphan") => return Ok("Orphan"),
        (Err(_), "foreground") => return Ok("Foreground"),
        (Err(_), other) => {
            return Err(Error::message(format!(
                "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            )));
        }
    };
    errln!(
        session,
        "warning: --cascade={cascade} is deprecated (boolean value) and can be replaced with --cascade={strategy}."
    );
    Ok(propagation)
}

impl Deletion {
    /// How a command deletes that only makes room for something else.
    pub fn new(session: &Session, cascade: &str, grace_period: i64) -> Result<Self> {
        Ok(Deletion {
            grace_period,
            propagation: propagation(session, cascade)?,
            dry_run: DryRun::None,
            short: false,
        })
    }

    /// Has the server delete the object, and returns its answer.
    pub async fn delete(&self, session: &Session, info: &Info) -> Result<Value> {
        delete(session, info, self).await
    }

    /// Has the server check the deletion without doing it.
    pub async fn rehearse(&self, session: &Session, info: &Info) -> Result<Value> {
        let rehearsal = Deletion {
            dry_run: DryRun::Server,
            ..*self
        };
        delete(session, info, &rehearsal).await
    }

    /// Says that the object was deleted.
    pub fn report(&self, session: &Session, info: &Info) -> Result<()> {
        report(session, info, self)
    }
}

/// What the words name, none where files are given. Wrong words are told of before wrong flags.
async fn targets(session: &Session, args: &Args) -> Result<Vec<Target>> {
    let selection = args.selection.selection(0);
    let selects = args.all || selection.selects();
    if args.all && selection.selects() {
        return Err(Error::message(ALL_AND_SELECTOR));
    }
    resource::refuse_mixture(&args.resources, &args.files, selects)?;
    if !args.files.is_empty() {
        return Ok(Vec::new());
    }
    if args.resources.is_empty() {
        return Err(Error::message(match selects {
            true => NOT_EVEN_A_TYPE,
            false => NO_RESOURCE,
        }));
    }
    let targets = resource::targets(session, &args.resources).await?;
    for target in &targets {
        if target.name.is_empty() && !selects {
            return Err(Error::message(
                "resource(s) were provided, but no name was specified",
            ));
        }
        if !target.name.is_empty() && selection.all_namespaces && target.mapping.namespaced {
            return Err(Error::message(
                "a resource cannot be retrieved by name across all namespaces",
            ));
        }
    }
    Ok(targets)
}

/// The objects to delete. Named ones are not read first: the server knows whether they exist.
async fn find(
    session: &Session,
    args: &Args,
    targets: Vec<Target>,
) -> Result<(Vec<Info>, Vec<Error>)> {
    if !args.files.is_empty() {
        let loaded = resource::from_files(session, &args.files).await?;
        return Ok((loaded.infos, loaded.errors));
    }
    let selection = args.selection.selection(0);
    let (mut infos, mut errors) = (Vec::new(), Vec::new());
    for target in targets {
        if target.name.is_empty() {
            match target.infos(session, &selection).await {
                Ok(found) => infos.extend(found),
                Err(error @ Error::Connection { .. }) => return Err(error),
                Err(error) => errors.push(error),
            }
            continue;
        }
        infos.push(Info {
            namespace: target.namespace(session, &selection)?,
            name: target.name.clone(),
            source: String::new(),
            object: Value::Null,
            mapping: target.mapping,
        });
    }
    Ok((infos, errors))
}

fn warn_of_scope(session: &Session, infos: &[Info]) {
    if session.enforces_namespace() && infos.iter().any(|info| !info.mapping.namespaced) {
        errln!(
            session,
            "Warning: deleting cluster-scoped resources, not scoped to the provided namespace"
        );
    }
}

fn confirmed(session: &Session, infos: &[Info]) -> Result<bool> {
    if infos.is_empty() {
        return Ok(true);
    }
    outln!(
        session,
        "You are about to delete the following {} resource(s):",
        infos.len()
    )?;
    for info in infos {
        outln!(session, "{}", info.title())?;
    }
    out!(session, "Do you want to continue? (y/N): ")?;
    session.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y") {
        return Ok(true);
    }
    outln!(session, "deletion is cancelled")?;
    Ok(false)
}

async fn delete(session: &Session, info: &Info, plan: &Deletion) -> Result<Value> {
    let client = session.client()?;
    if plan.dry_run == DryRun::Client {
        return Ok(Value::Null);
    }
    let mut options = match client.reads_into_types() {
        true => json!({"kind": "DeleteOptions", "apiVersion": "v1"}),
        false => json!({}),
    };
    options["propagationPolicy"] = plan.propagation.into();
    if plan.grace_period >= 0 {
        options["gracePeriodSeconds"] = plan.grace_period.into();
    }
    if plan.dry_run == DryRun::Server {
        options["dryRun"] = json!(["All"]);
    }
    client
        .send(Request::new(Method::DELETE, info.named_path()?).json(&options))
        .await
}

fn report(session: &Session, info: &Info, plan: &Deletion) -> Result<()> {
    if plan.short {
        return outln!(session, "{}", info.title());
    }
    let verb = if plan.grace_period == 0 {
        "force deleted"
    } else {
        "deleted"
    };
    let place = match info.mapping.namespaced {
        true => format!(" from {} namespace", info.namespace),
        false => String::new(),
    };
    outln!(
        session,
        "{} \"{}\" {verb}{place}{}",
        info.mapping.kind_prefix(),
        info.name,
        plan.dry_run.suffix()
    )
}

/// The server answers a deletion with the object, or with a Status that names its UID.
fn uid_of(answer: &Value) -> String {
    match answer["kind"] == "Status" {
        true => answer["details"]["uid"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        false => meta::uid(answer).to_owned(),
    }
}

/// Returns when the object with that UID is gone.
pub async fn until_gone(session: &Session, info: &Info, uid: &str, limit: Duration) -> Result<()> {
    let progress = Progress::new(format!("waiting until {} is gone", info.title()));
    let watching = progress.during(watch_until_gone(session, info, uid));
    match tokio::time::timeout(limit, watching).await {
        Ok(result) => result,
        Err(_) => Err(timed_out(info)),
    }
}

/// What `delete` and `wait` say when the time is over.
pub fn timed_out(info: &Info) -> Error {
    Error::message(format!(
        "timed out waiting for the condition on {}/{}",
        info.mapping.plural, info.name
    ))
}

async fn watch_until_gone(session: &Session, info: &Info, uid: &str) -> Result<()> {
    let client = session.client()?;
    match client.send(Request::get(info.named_path()?)).await {
        Err(error) if error.is_not_found() => return Ok(()),
        Err(error) => return Err(error),
        // Another object of that name has come since.
        Ok(live) if !uid.is_empty() && meta::uid(&live) != uid => return Ok(()),
        Ok(_) => {}
    }
    let tell = |event| {
        Ok(match event {
            Event::Deleted(_) | Event::Synced(false) => ControlFlow::Break(()),
            Event::Present(object) if !uid.is_empty() && meta::uid(&object) != uid => {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        })
    };
    watch_object(client, &info.mapping, &info.namespace, &info.name, tell).await
}

//! `kubectl replace`.

use super::delete::{Deletion, until_gone};
use crate::{
    client::{ACCEPT_ANY, Request},
    error::{Error, Result},
    flags::{self, DryRun, DryRunArgs, FileArgs, PrintArgs},
    printers::ResultPrinter,
    resource::{self, Info},
    session::Session,
};
use http::Method;
use knarr_api::meta;
use serde_json::Value;
use std::time::Duration;

/// How long `--force` waits for an object to be gone when the user gave no limit.
const FORCED_LIMIT: Duration = Duration::from_secs(5 * 60);

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Words, which upstream takes and leaves
    #[arg(hide = true)]
    _words: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-replace")]
    field_manager: String,
    /// If true, immediately remove resources from API and bypass graceful deletion, then create them anew.
    #[arg(long)]
    force: bool,
    /// Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion).
    #[arg(long, default_value = "-1", value_parser = flags::int64)]
    grace_period: i64,
    /// Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "background", default_value = "background")]
    cascade: String,
    /// Raw URI to PUT to the server.  Uses the transport specified by the kubeconfig file.
    #[arg(long)]
    raw: Option<String>,
    /// If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged.
    #[arg(long)]
    save_config: bool,
    /// The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object
    #[arg(long, default_value = "0s", value_parser = flags::duration)]
    timeout: Duration,
    /// If true, wait for resources to be gone before returning. This waits for finalizers.
    #[arg(long)]
    wait: bool,
    /// If specified, replace will operate on the subresource of the requested object.
    #[arg(long)]
    subresource: Option<String>,
    /// Must be one of: strict (or true), warn, ignore (or false).
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "strict", default_value = "strict")]
    validate: String,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    session.resolved()?;
    let dry_run = args.dry_run.strategy()?;
    let mut printer = ResultPrinter::new(&args.print, dry_run.suffix())?;
    let deletion = deletion(session, &args)?;
    if args.files.is_empty() {
        return Err(Error::message("must specify one of -f and -k"));
    }
    if let Some(path) = args.raw.as_deref().filter(|path| !path.is_empty()) {
        return raw(session, path, &args).await;
    }
    check(&args, dry_run)?;
    let loaded = resource::manifests(session, &args.files).await?;
    let (mut errors, mut infos) = (loaded.errors, loaded.infos);
    if args.force {
        delete_all(session, &args, &deletion, &mut infos, &mut errors).await?;
    }
    for mut info in infos {
        match replace(session, &args, &mut info, dry_run).await {
            Ok(object) => {
                info.refresh(object);
                printer.print(session, &info, "replaced")?;
            }
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) if args.force => errors.push(error),
            Err(error) => errors.push(error.in_source("replacing", &info.source)),
        }
    }
    Error::all(errors)
}

/// How `--force` deletes.
fn deletion(session: &Session, args: &Args) -> Result<Deletion> {
    // What makes room for its like is deleted in good order: 0 becomes 1.
    let grace_period = match args.grace_period {
        0 => 1,
        seconds => seconds,
    };
    Deletion::new(session, &args.cascade, grace_period)
}

/// Refuses flags that only make sense with `--force` where it is not given.
fn check(args: &Args, dry_run: DryRun) -> Result<()> {
    if args.grace_period >= 0 && !args.force {
        return Err(Error::message("--grace-period must have --force specified"));
    }
    if !args.timeout.is_zero() && !args.force {
        return Err(Error::message("--timeout must have --force specified"));
    }
    if args.force && dry_run != DryRun::None {
        return Err(Error::message(
            "--dry-run can not be used when --force is set",
        ));
    }
    Ok(())
}

/// Sends one file as it is to a path of the server.
async fn raw(session: &Session, path: &str, args: &Args) -> Result<()> {
    let [file] = args.files.filename.as_slice() else {
        return Err(Error::message(
            "--raw can only use a single local file or stdin",
        ));
    };
    let text = resource::read_source(file).await?;
    let request = Request::new(Method::PUT, path)
        .accept(ACCEPT_ANY)
        .body("", text.into_bytes());
    let answer = session.client()?.send_raw(request).await?;
    session.write_bytes(&answer)
}

/// Deletes what is there, and waits until it is gone, so that it can be made anew.
async fn delete_all(
    session: &Session,
    args: &Args,
    deletion: &Deletion,
    infos: &mut [Info],
    errors: &mut Vec<Error>,
) -> Result<()> {
    let limit = match args.timeout.is_zero() {
        true => FORCED_LIMIT,
        false => args.timeout,
    };
    for info in infos.iter() {
        match deletion.delete(session, info).await {
            Ok(_) => deletion.report(session, info)?,
            Err(error) if error.is_not_found() => {}
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errors.push(error),
        }
    }
    for info in infos.iter() {
        match info.fetch(session.client()?).await {
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
            Ok(_) => until_gone(session, info, "", limit).await?,
        }
    }
    Ok(())
}

async fn replace(
    session: &Session,
    args: &Args,
    info: &mut Info,
    dry_run: DryRun,
) -> Result<Value> {
    if args.save_config {
        super::apply::annotate(&mut info.object);
    }
    if dry_run == DryRun::Client {
        return Ok(info.object.clone());
    }
    let client = session.client()?;
    let mut query = vec![
        ("fieldManager", args.field_manager.clone()),
        super::create::validation_query(&args.validate)?,
    ];
    query.extend(dry_run.query());
    if args.force {
        return info.create(client, query).await;
    }
    let mut object = info.object.clone();
    if meta::resource_version(&object).is_empty() {
        // What is not there is the server's to refuse, after it has read the object.
        if let Ok(live) = client.send(Request::get(info.named_path()?)).await {
            meta::set_resource_version(&mut object, meta::resource_version(&live));
        }
    }
    let mut path = info.named_path()?;
    if let Some(subresource) = args.subresource.as_deref().filter(|name| !name.is_empty()) {
        path = format!("{path}/{subresource}");
    }
    client
        .send(Request::new(Method::PUT, path).queries(query).json(&object))
        .await
}

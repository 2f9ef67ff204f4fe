//! `kubectl scale`: changes the number of replicas through the scale subresource.

use super::selection::Wanted;
use crate::{
    client::{ACCEPT_ANY, Request},
    error::{Error, Result},
    flags::{self, DryRun, DryRunArgs, FileArgs, PrintArgs},
    printers::ResultPrinter,
    resource::{Info, Selection},
    session::Session,
};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

const POLL: Duration = Duration::from_millis(500);

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resources: TYPE NAME or TYPE/NAME
    resources: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Select all resources in the namespace of the specified resource types
    #[arg(long)]
    all: bool,
    /// Precondition for current size. Requires that the current size of the resource match this value in order to scale. -1 (default) for no condition.
    #[arg(long, default_value = "-1", value_parser = flags::int32)]
    current_replicas: i32,
    /// The new desired number of replicas. Required.
    #[arg(long, required = true, value_parser = flags::int32)]
    replicas: i32,
    /// Precondition for resource version. Requires that the current resource version match this value in order to scale.
    #[arg(long)]
    resource_version: Option<String>,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
    /// The length of time to wait before giving up on a scale operation, zero means don't wait. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).
    #[arg(long, default_value = "0s", value_parser = flags::duration)]
    timeout: Duration,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if args.replicas < 0 {
        return Err(Error::message(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        ));
    }
    if args.current_replicas < -1 {
        return Err(Error::message(
            "The --current-replicas must specify an integer of -1 or greater",
        ));
    }
    let dry_run = args.dry_run.strategy()?;
    let mut printer = ResultPrinter::new(&args.print, dry_run.suffix())?;
    let selection = Selection {
        label_selector: args.selector.clone().unwrap_or_default(),
        ..Selection::default()
    };
    let wanted = Wanted {
        words: &args.resources,
        files: Some(&args.files),
        selection,
        all: args.all,
        latest: false,
        local: false,
    };
    let (infos, errors) = wanted.find(session).await?;
    if infos.is_empty() && errors.is_empty() {
        return Err(Error::message("no objects passed to scale"));
    }
    for info in infos {
        scale(session, &args, &info, dry_run).await?;
        printer.print(session, &info, "scaled")?;
    }
    Error::all(errors)
}

async fn scale(session: &Session, args: &Args, info: &Info, dry_run: DryRun) -> Result<()> {
    if dry_run == DryRun::Client {
        return Ok(());
    }
    let client = session.client()?;
    let path = format!("{}/scale", info.named_path()?);
    let conditional = args.current_replicas >= 0 || args.resource_version.is_some();
    if !conditional {
        let patch = json!({"spec": {"replicas": args.replicas}});
        let request = Request::new(Method::PATCH, path.as_str())
            .accept(ACCEPT_ANY)
            .queries(dry_run.query());
        client
            .send(request.body(
                "application/merge-patch+json",
                patch.to_string().into_bytes(),
            ))
            .await?;
    } else {
        let mut current = client
            .send(Request::get(path.as_str()).accept(ACCEPT_ANY))
            .await?;
        check(args, &current)?;
        current["spec"]["replicas"] = args.replicas.into();
        client
            .send(
                Request::new(Method::PUT, path.as_str())
                    .accept(ACCEPT_ANY)
                    .queries(dry_run.query())
                    .body("", current.to_string().into_bytes()),
            )
            .await?;
    }
    match args.timeout.is_zero() || dry_run != DryRun::None {
        true => Ok(()),
        false => tokio::time::timeout(args.timeout, until_scaled(session, &path, args.replicas))
            .await
            .unwrap_or_else(|_| Err(Error::message("timed out waiting for the condition"))),
    }
}

fn check(args: &Args, scale: &Value) -> Result<()> {
    let replicas = scale["spec"]["replicas"].as_i64().unwrap_or(0);
    if args.current_replicas >= 0 && replicas != i64::from(args.current_replicas) {
        return Err(Error::message(format!(
            "Expected replicas to be {}, was {replicas}",
            args.current_replicas
        )));
    }
    let version = scale["metadata"]["resourceVersion"]
        .as_str()
        .unwrap_or_default();
    match args
        .resource_version
        .as_deref()
        .filter(|wanted| !wanted.is_empty() && *wanted != version)
    {
        Some(wanted) => Err(Error::message(format!(
            "Expected resource version to be {wanted}, was {version}"
        ))),
        None => Ok(()),
    }
}

async fn until_scaled(session: &Session, path: &str, replicas: i32) -> Result<()> {
    loop {
        let scale = session
            .client()?
            .send(Request::get(path).accept(ACCEPT_ANY))
            .await?;
        if scale["status"]["replicas"].as_i64() == Some(replicas.into()) {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
}

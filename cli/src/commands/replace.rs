//! `kubectl replace`.

use crate::{
    client::Request,
    error::{Error, Result},
    flags::{DryRun, DryRunArgs, FileArgs, PrintArgs},
    printers::ResultPrinter,
    resource::{self, Info},
    session::Session,
};
use http::Method;
use knarr_api::meta;
use serde_json::Value;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
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
    /// If specified, replace will operate on the subresource of the requested object.
    #[arg(long)]
    subresource: Option<String>,
    /// Must be one of: strict (or true), warn, ignore (or false).
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "strict", default_value = "strict")]
    validate: String,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if args.files.filename.is_empty() {
        return Err(Error::usage(
            "replace",
            "must specify --filename to replace",
        ));
    }
    let dry_run = args.dry_run.strategy()?;
    let mut printer = ResultPrinter::new(&args.print, dry_run.suffix())?;
    let loaded = resource::manifests(session, &args.files).await?;
    let mut errors = loaded.errors;
    for mut info in loaded.infos {
        match replace(session, &args, &info, dry_run).await {
            Ok(object) => {
                info.refresh(object);
                printer.print(session, &info, "replaced")?;
            }
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errors.push(error.in_source("replacing", &info.source)),
        }
    }
    Error::all(errors)
}

async fn replace(session: &Session, args: &Args, info: &Info, dry_run: DryRun) -> Result<Value> {
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
        match super::delete::delete_and_wait(session, info).await {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => return info.create(client, query).await,
        }
    }
    let mut object = info.object.clone();
    if meta::resource_version(&object).is_empty() {
        let live = info.fetch(client).await?;
        meta::set_resource_version(&mut object, meta::resource_version(&live));
    }
    let mut path = info.path();
    if let Some(subresource) = args.subresource.as_deref().filter(|name| !name.is_empty()) {
        path = format!("{path}/{subresource}");
    }
    client
        .send(Request::new(Method::PUT, path).queries(query).json(&object))
        .await
}

//! `kubectl patch`.

use super::{
    local_patch::{self, Method},
    selection::Wanted,
};
use crate::{
    client::Request,
    error::{Error, Result},
    flags::{DryRun, DryRunArgs, FileArgs, PrintArgs},
    mapper::Mapping,
    printers::ResultPrinter,
    resource::Info,
    session::Session,
};
use knarr_api::{json, meta, quote::quote, schema::Schema, yaml};
use serde_json::Value;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resource: TYPE NAME or TYPE/NAME
    resources: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-patch")]
    field_manager: String,
    /// If true, patch will operate on the content of the file, not the server-side resource.
    #[arg(long)]
    local: bool,
    /// The patch to be applied to the resource JSON file.
    #[arg(short, long)]
    patch: Option<String>,
    /// A file containing a patch to be applied to the resource.
    #[arg(long)]
    patch_file: Option<String>,
    /// If specified, patch will operate on the subresource of the requested object.
    #[arg(long)]
    subresource: Option<String>,
    /// The type of patch being provided; one of [json merge strategic]
    #[arg(long = "type", default_value = "strategic")]
    patch_type: String,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let dry_run = args.dry_run.strategy()?;
    let given = |flag: &Option<String>| flag.clone().filter(|text| !text.is_empty());
    let text = match (&given(&args.patch), &given(&args.patch_file)) {
        (Some(_), Some(_)) => {
            return Err(Error::message(
                "cannot specify --patch and --patch-file together",
            ));
        }
        (Some(text), None) => text.clone(),
        (None, Some(path)) => std::fs::read_to_string(path).map_err(|_| {
            Error::message(format!(
                "unable to read patch file: open {path}: no such file or directory"
            ))
        })?,
        _ => {
            return Err(Error::message(
                "must specify --patch or --patch-file containing the contents of the patch",
            ));
        }
    };
    let Some(method) = Method::from_name(&args.patch_type) else {
        return Err(Error::message(format!(
            "--type must be one of [json merge strategic], not \"{}\"",
            args.patch_type
        )));
    };
    // What looks like JSON goes to the server as it is, which says what is wrong with it.
    let body = match text.trim_start().starts_with('{') {
        true => json::from_slice(text.as_bytes()),
        false => Ok(yaml::from_str(&text).map_err(|error| {
            Error::message(format!(
                "unable to parse {}: {}",
                quote(args.patch.as_deref().unwrap_or_default()),
                error.cause()
            ))
        })?),
    };
    if args.local && !args.resources.is_empty() {
        return Err(Error::message(
            "cannot specify --local and server resources",
        ));
    }
    let wanted = Wanted {
        words: &args.resources,
        files: Some(&args.files),
        local: args.local,
        ..Wanted::default()
    };
    let (infos, mut errors) = match args.subresource.as_deref().filter(|name| !name.is_empty()) {
        Some(subresource) => wanted.find_subresource(session, subresource).await?,
        None => wanted.find(session).await?,
    };
    let mut printer = ResultPrinter::late(&args.print, "");
    let found = infos.len();
    for mut info in infos {
        let before = info.object.clone();
        let patched = match args.local || dry_run == DryRun::Client {
            true => {
                let body = body.as_ref().map_err(Error::message)?;
                patched_here(&info, method, body)
            }
            false => {
                let body = match &body {
                    Ok(body) => body.to_string(),
                    Err(_) => text.clone(),
                };
                send(session, &args, &info, method, body, dry_run).await
            }
        };
        match patched {
            Ok(object) => {
                info.refresh(object);
                if meta::kind(&info.object) != info.mapping.kind {
                    // A subresource may answer with a kind of its own, such as Scale.
                    let (group, _) =
                        knarr_api::kinds::split_api_version(meta::api_version(&info.object));
                    info.mapping.group = group.to_owned();
                    info.mapping.kind = meta::kind(&info.object).to_owned();
                }
                let verb = if info.object == before {
                    "patched (no change)"
                } else {
                    "patched"
                };
                printer.print(session, &info, verb)?;
            }
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errors.push(error),
        }
    }
    if found == 0 && errors.is_empty() {
        return Err(Error::message("no objects passed to patch"));
    }
    Error::all(errors)
}

async fn send(
    session: &Session,
    args: &Args,
    info: &Info,
    method: Method,
    body: String,
    dry_run: DryRun,
) -> Result<Value> {
    let mut path = info.named_path()?;
    if let Some(subresource) = args.subresource.as_deref().filter(|name| !name.is_empty()) {
        path = format!("{path}/{subresource}");
    }
    let request = Request::new(http::Method::PATCH, path)
        .query("fieldManager", args.field_manager.as_str())
        .queries(dry_run.query())
        .body(content_type(method), body.into_bytes());
    session.client()?.send(request).await
}

fn content_type(method: Method) -> &'static str {
    match method {
        Method::Json => "application/json-patch+json",
        Method::Merge => "application/merge-patch+json",
        Method::Strategic => "application/strategic-merge-patch+json",
    }
}

fn patched_here(info: &Info, method: Method, body: &Value) -> Result<Value> {
    let Mapping {
        group,
        version,
        kind,
        ..
    } = &info.mapping;
    let schema = Schema::for_gvk(group, version, kind);
    let object = local_patch::patched(&info.object, body, method, schema)?;
    match object.is_array() {
        true => Err(Error::message(
            "json: cannot unmarshal array into Go value of type unstructured.detector",
        )),
        false => Ok(object),
    }
}

//! `kubectl diff`: what `apply` would change, shown by the `diff` program. Exit code 1 means that there are differences.

use super::apply::{annotate, three_way};
use crate::{
    client::Request,
    error::{Error, Result},
    flags::FileArgs,
    resource::{self, Info},
    session::Session,
};
use http::Method;
use knarr_api::{meta, yaml};
use serde_json::Value;
use std::{path::Path, process::Command};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    files: FileArgs,
    /// Name of the manager used to track field ownership.
    #[arg(long)]
    field_manager: Option<String>,
    /// If true, server-side apply will force the changes against conflicts.
    #[arg(long)]
    force_conflicts: bool,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.
    #[arg(short = 'l', long)]
    selector: Option<String>,
    /// If true, apply runs in the server instead of the client.
    #[arg(long)]
    server_side: bool,
    /// If true, include managed fields in the diff.
    #[arg(long)]
    show_managed_fields: bool,
}

/// The exit code for "it did not work"; 1 means that there are differences.
fn trouble(error: Error) -> Error {
    let (text, _) = error.report();
    if !text.is_empty() {
        crate::session::error_line(&text);
    }
    Error::Exit(2)
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if args.files.is_empty() {
        return Err(trouble(Error::message("must specify one of -f and -k")));
    }
    let compared = compare(session, &args).await;
    match compared.map_err(trouble)? {
        0 => Ok(()),
        1 => Err(Error::Exit(1)),
        code => Err(Error::Exit(code)),
    }
}

async fn compare(session: &Session, args: &Args) -> Result<u8> {
    let selector =
        knarr_api::selector::Selector::parse(args.selector.as_deref().unwrap_or_default())
            .map_err(|error| Error::message(error.to_string()))?;
    let loaded = resource::from_files(session, &args.files).await?;
    Error::all(loaded.errors)?;
    let live_folder = tempfile::Builder::new().prefix("LIVE-").tempdir()?;
    let merged_folder = tempfile::Builder::new().prefix("MERGED-").tempdir()?;
    for info in loaded.infos {
        if !super::create::matches_labels(&selector, &info.object) {
            continue;
        }
        let (live, merged) = both(session, args, &info).await?;
        let name = file_name(&info);
        let keep = args.show_managed_fields;
        write(
            live_folder.path(),
            &name,
            live,
            info.mapping.kind == "Secret",
            keep,
        )?;
        write(
            merged_folder.path(),
            &name,
            Some(merged),
            info.mapping.kind == "Secret",
            keep,
        )?;
    }
    session.flush()?;
    run_diff(live_folder.path(), merged_folder.path())
}

/// The object as it is and as it would be.
async fn both(session: &Session, args: &Args, info: &Info) -> Result<(Option<Value>, Value)> {
    let client = session.client()?;
    let live = match info.fetch(client).await {
        Ok(live) => Some(live),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(error),
    };
    let default_manager = if args.server_side {
        "kubectl"
    } else {
        "kubectl-client-side-apply"
    };
    let manager = args
        .field_manager
        .clone()
        .unwrap_or_else(|| default_manager.to_owned());
    let query = vec![("dryRun", "All".to_owned()), ("fieldManager", manager)];
    if args.server_side {
        let request = Request::new(Method::PATCH, info.path())
            .queries(query)
            .query("force", args.force_conflicts.to_string())
            .body(
                "application/apply-patch+yaml",
                info.object.to_string().into_bytes(),
            );
        return Ok((live, client.send(request).await?));
    }
    let Some(current) = live else {
        let mut info = info.clone();
        annotate(&mut info.object);
        return Ok((None, info.create(client, query).await?));
    };
    let mut modified = info.object.clone();
    annotate(&mut modified);
    let merged = match three_way(&info.mapping, &current, &modified)? {
        None => current.clone(),
        Some(patch) => {
            info.patch(client, patch.content_type, &patch.body, query)
                .await?
        }
    };
    Ok((Some(current), merged))
}

fn file_name(info: &Info) -> String {
    let group = if info.mapping.group.is_empty() {
        String::new()
    } else {
        format!("{}.", info.mapping.group)
    };
    format!(
        "{group}{}.{}.{}.{}",
        info.mapping.version, info.mapping.kind, info.namespace, info.name
    )
}

fn write(
    folder: &Path,
    name: &str,
    object: Option<Value>,
    secret: bool,
    keep_managed_fields: bool,
) -> Result<()> {
    let text = match object {
        None => String::new(),
        Some(mut object) => {
            if !keep_managed_fields {
                meta::remove(&mut object, "managedFields");
            }
            if secret {
                mask(&mut object);
            }
            yaml::to_string(&object)
        }
    };
    Ok(std::fs::write(folder.join(name), text)?)
}

fn mask(secret: &mut Value) {
    for value in secret["data"]
        .as_object_mut()
        .into_iter()
        .flat_map(|data| data.values_mut())
    {
        *value = "***".into();
    }
}

/// Runs the program of `KUBECTL_EXTERNAL_DIFF`, else `diff -u -N`.
fn run_diff(live: &Path, merged: &Path) -> Result<u8> {
    let external = std::env::var("KUBECTL_EXTERNAL_DIFF")
        .ok()
        .filter(|external| !external.is_empty());
    let words: Vec<String> = match &external {
        Some(external) => external.split_whitespace().map(str::to_owned).collect(),
        None => ["diff", "-u", "-N"].map(str::to_owned).to_vec(),
    };
    let Some((program, flags)) = words.split_first() else {
        return Err(Error::message("KUBECTL_EXTERNAL_DIFF names no program"));
    };
    let mut command = Command::new(program);
    if external.is_none() {
        command.args(flags).arg("-r");
    } else {
        command.args(flags);
    }
    let status = command.arg(live).arg(merged).status();
    let status =
        status.map_err(|error| Error::message(format!("failed to run {program:?}: {error}")))?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(2))
}

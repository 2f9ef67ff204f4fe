//! `kubectl diff`: what `apply` would change, shown by the `diff` program. Exit code 1 means that there are differences.

mod masks;
mod program;

use super::apply::{Pruner, manager, three_way, warn_if_deleting, without_annotation};
use crate::{
    client::{Request, log_line_of},
    error::{Error, Result},
    flags::{self, FileArgs},
    resource::{self, Info},
    session::Session,
};
use futures::{StreamExt, TryStreamExt, stream};
use http::Method;
use knarr_api::{meta, yaml};
use program::Folders;
use serde_json::Value;

/// How often an object that changes meanwhile is compared; the last time without a lock.
const ATTEMPTS: u32 = 4;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    files: FileArgs,
    /// Number of objects to process in parallel when diffing against the live version. Larger number = faster, but more memory, I/O and CPU over that shorter period of time.
    #[arg(long, default_value = "1", value_parser = flags::int64)]
    concurrency: i64,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-client-side-apply")]
    field_manager: String,
    /// If true, server-side apply will force the changes against conflicts.
    #[arg(long)]
    force_conflicts: bool,
    /// Include resources that would be deleted by pruning. Can be used with -l and default shows all resources would be pruned
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
    /// If true, include managed fields in the diff.
    #[arg(long)]
    show_managed_fields: bool,
    /// If true, do not mask secret values in the diff.
    #[arg(long)]
    show_secrets: bool,
}

/// The error with the exit code for "it did not work"; 1 means that there are differences.
pub fn trouble(error: Error) -> Error {
    match error.report() {
        (text, _) if text.is_empty() => Error::Exit(2),
        (message, _) => Error::Ended { message, code: 2 },
    }
}

/// How a flag is refused.
pub fn wrong_flag(error: Error) -> Error {
    match error {
        Error::Flag { message, .. } => trouble(Error::usage("diff", message)),
        other => trouble(other),
    }
}

/// How a word is refused that the command does not take.
pub fn unexpected(word: &str, _path: &str) -> Error {
    trouble(Error::usage("diff", format!("Unexpected args: [{word}]")))
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    match compare(session, &args).await {
        Ok(true) => Err(Error::Exit(1)),
        Ok(false) => Ok(()),
        Err(error) => Err(trouble(session.in_manifests_words(error))),
    }
}

/// Whether there are differences.
async fn compare(session: &Session, args: &Args) -> Result<bool> {
    if args.files.is_empty() {
        return Err(Error::message("must specify one of -f and -k"));
    }
    if args.force_conflicts && !args.server_side {
        return Err(Error::message(
            "--force-conflicts only works with --server-side",
        ));
    }
    let selector_text = args.selector.as_deref().unwrap_or_default();
    let pruner = match args.prune {
        true => Some(Pruner::new(session, selector_text, &args.prune_allowlist).await?),
        false => None,
    };
    let selector = super::create::file_selector(selector_text)?;
    let loaded = resource::from_files(session, &args.files).await?;
    Error::all(loaded.errors)?;
    let mut infos = loaded.infos;
    infos.retain(|info| super::create::matches_labels(&selector, &info.object));
    let folders = Folders::new()?;
    let at_once = usize::try_from(args.concurrency).unwrap_or(1).max(1);
    let compared: Result<Vec<Info>> = stream::iter(infos)
        .map(|info| compare_one(session, args, &folders, info))
        .buffered(at_once)
        .try_collect()
        .await;
    let kept = match &compared {
        Ok(kept) => kept.as_slice(),
        Err(_) => &[],
    };
    if let Some(pruner) = pruner {
        show_pruned(&pruner, &folders, kept).await?;
    }
    compared?;
    session.flush()?;
    folders.compare()
}

/// Writes an object as it is and as it would be; returns it as it is.
async fn compare_one(
    session: &Session,
    args: &Args,
    folders: &Folders,
    mut info: Info,
) -> Result<Info> {
    let (live, merged) = both(session, args, &info).await?;
    if let Some(live) = &live {
        warn_if_deleting(session, live);
    }
    info.object = live.clone().unwrap_or_default();
    let (mut from, mut to) = (live, merged);
    if !args.show_managed_fields {
        [from.as_mut(), Some(&mut to)]
            .into_iter()
            .flatten()
            .for_each(|object| drop(meta::remove(object, "managedFields")));
    }
    let is_secret = meta::kind(&to) == "Secret" && meta::api_version(&to) == "v1";
    let masked = is_secret && !args.show_secrets;
    if masked {
        masks::put(from.as_mut(), &mut to);
    }
    let text = match &from {
        Some(from) => yaml::to_string(from),
        // The masks of upstream make a document of what is not there.
        None if masked => "null\n".to_owned(),
        None => String::new(),
    };
    let name = file_name(&info);
    std::fs::write(folders.live().join(&name), text)?;
    std::fs::write(folders.merged().join(&name), yaml::to_string(&to))?;
    Ok(info)
}

/// Writes the objects that would be deleted among those that are; as upstream shows them, which is whole.
async fn show_pruned(pruner: &Pruner<'_>, folders: &Folders, kept: &[Info]) -> Result<()> {
    for (namespace, mapping) in pruner.places(kept) {
        let doomed = match pruner.doomed(mapping, &namespace, kept).await {
            Ok(doomed) => doomed,
            Err(error) => {
                let text = format!("pruning failed and could not be evaluated err: {error}");
                log_line_of('W', "diff.go:765", &text);
                return Ok(());
            }
        };
        for info in doomed {
            let text = yaml::to_string(&info.object);
            std::fs::write(folders.live().join(file_name(&info)), text)?;
        }
    }
    Ok(())
}

/// The object as it is and as it would be.
async fn both(session: &Session, args: &Args, info: &Info) -> Result<(Option<Value>, Value)> {
    let mut attempt = 1;
    loop {
        let live = match info.fetch(session.client()?).await {
            Ok(live) => Some(live),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        if attempt == ATTEMPTS {
            let (api_version, kind) = (info.mapping.api_version(), &info.mapping.kind);
            let text = format!(
                "Object ({api_version}, Kind={kind}: {}) keeps changing, diffing without lock",
                info.name
            );
            log_line_of('W', "diff.go:702", &text);
        }
        match merged(session, args, info, live.as_ref(), attempt < ATTEMPTS).await {
            Ok(merged) => return Ok((live, merged)),
            Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

/// The object as it would be. With `locked` only what `live` says may be changed.
async fn merged(
    session: &Session,
    args: &Args,
    info: &Info,
    live: Option<&Value>,
    locked: bool,
) -> Result<Value> {
    let client = session.client()?;
    let query = vec![
        ("dryRun", "All".to_owned()),
        (
            "fieldManager",
            manager(args.server_side, &args.field_manager),
        ),
    ];
    if args.server_side {
        let request = Request::new(Method::PATCH, info.named_path()?)
            .queries(query)
            .query("force", args.force_conflicts.to_string())
            .body(
                "application/apply-patch+yaml",
                info.object.to_string().into_bytes(),
            );
        return client.send(request).await;
    }
    let Some(live) = live else {
        return info.create(client, query).await;
    };
    let Some(mut patch) = three_way(&info.mapping, live, &without_annotation(&info.object))? else {
        return Ok(live.clone());
    };
    if locked {
        patch.body["metadata"]["resourceVersion"] = meta::resource_version(live).into();
    }
    info.patch(client, patch.content_type, &patch.body, query)
        .await
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

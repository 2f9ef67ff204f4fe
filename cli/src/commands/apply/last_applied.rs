//! `kubectl apply view-last-applied`, `set-last-applied` and `edit-last-applied`: the annotation that keeps what was
//! applied last.

use super::patch::{LAST_APPLIED, MERGE, annotation_patch};
use crate::{
    commands::{
        Entry,
        edit::{Editing, Mode},
        entry,
        selection::{ALL_AND_SELECTOR, NO_RESOURCE, SelectionArgs, Wanted},
    },
    error::{Error, Result},
    flags::{DryRun, DryRunArgs, FileArgs, PrintArgs},
    printers::{ResultPrinter, sorted},
    resource::{self, Info},
    session::{Session, out, outln},
};
use knarr_api::{meta, yaml};
use serde_json::Value;

/// The subcommands of `apply`.
pub static SUBCOMMANDS: &[Entry] = &[
    entry!(
        Advanced,
        "edit-last-applied",
        [],
        EditArgs,
        edit,
        "Edit latest last-applied-configuration annotations of a resource/object"
    ),
    entry!(
        Advanced,
        "set-last-applied",
        [],
        SetArgs,
        set,
        "Set the last-applied-configuration annotation on a live object to match the contents of a file"
    ),
    entry!(
        Advanced,
        "view-last-applied",
        [],
        ViewArgs,
        view,
        "View the latest last-applied-configuration annotations of a resource/object"
    ),
];

#[derive(clap::Args, Clone, Debug)]
pub struct ViewArgs {
    /// The resources: TYPE NAME or TYPE/NAME
    resources: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    /// Select all resources in the namespace of the specified resource types
    #[arg(long)]
    all: bool,
    /// Output format. Must be one of (yaml, json)
    #[arg(short, long, default_value = "yaml")]
    output: String,
    /// Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.
    #[arg(short = 'l', long)]
    selector: Option<String>,
}

async fn view(session: &Session, args: ViewArgs) -> Result<()> {
    let selection = SelectionArgs {
        selector: args.selector.clone(),
        ..SelectionArgs::default()
    };
    let wanted = Wanted {
        words: &args.resources,
        files: Some(&args.files),
        selection: selection.selection(0),
        latest: true,
        all: args.all || session.enforces_namespace(),
        ..Wanted::default()
    };
    // Upstream takes `--namespace` for the leave to select everything, which `--all` then finds done already.
    if session.enforces_namespace() && args.all && args.files.is_empty() {
        return Err(Error::message(ALL_AND_SELECTOR));
    }
    let (infos, errors) = wanted.find(session).await?;
    Error::all(errors)?;
    let mut texts = Vec::new();
    for info in &infos {
        match meta::annotation(&info.object, LAST_APPLIED) {
            Some(text) => texts.push(text),
            // Upstream complains only where a file is to blame.
            None if info.source.is_empty() => {}
            None => {
                return Err(Error::message(format!(
                    "error when no last-applied-configuration annotation found on resource: {}\n \"{}\": <nil>",
                    info.name, info.source
                )));
            }
        }
    }
    for text in texts {
        let value: Value =
            serde_json::from_str(text).map_err(|error| Error::message(error.to_string()))?;
        match args.output.as_str() {
            "yaml" => out!(session, "{}", yaml::to_string(&sorted(&value)))?,
            "json" => {
                let end = if text.ends_with('\n') { "\n" } else { "" };
                out!(session, "{}{end}", crate::printers::pretty_by_two(&value))?;
            }
            other => {
                return Err(Error::usage(
                    "apply view-last-applied",
                    format!(
                        "Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json"
                    ),
                ));
            }
        }
    }
    Ok(())
}

#[derive(clap::Args, Clone, Debug)]
pub struct SetArgs {
    /// Refused
    #[arg(hide = true)]
    words: Vec<String>,
    #[command(flatten)]
    print: PrintArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Will create 'last-applied-configuration' annotations if current objects doesn't have one
    #[arg(long)]
    create_annotation: bool,
    /// Filename, directory, or URL to files that contains the last-applied-configuration annotations
    #[arg(short, long, value_delimiter = ',')]
    filename: Vec<String>,
}

async fn set(session: &Session, args: SetArgs) -> Result<()> {
    let dry_run = args.dry_run.strategy()?;
    let mut printer = ResultPrinter::new(&args.print, dry_run.suffix())?;
    let files = FileArgs {
        filename: args.filename.clone(),
        ..FileArgs::default()
    };
    if files.is_empty() {
        return Err(Error::message(NO_RESOURCE));
    }
    let loaded = resource::from_files(session, &files).await?;
    let (mut changes, mut errors) = (Vec::new(), loaded.errors);
    for info in loaded.infos {
        match change(session, &args, info).await {
            Ok(Some(change)) => changes.push(change),
            Ok(None) => {}
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)?;
    for (mut info, patch) in changes {
        if dry_run != DryRun::Client {
            let query = dry_run.query().into_iter().collect();
            let object = info.patch(session.client()?, MERGE, &patch, query).await?;
            info.refresh(object);
        }
        printer.print(session, &info, "configured")?;
    }
    Ok(())
}

/// The live object and the patch of its annotation, if there is anything to change.
async fn change(
    session: &Session,
    args: &SetArgs,
    mut info: Info,
) -> Result<Option<(Info, Value)>> {
    let (patch, wanted) = annotation_patch(&info.object);
    let live = match info.fetch(session.client()?).await {
        Err(error) if !error.is_not_found() => {
            let action = format!(
                "retrieving current configuration of:\n{}\nfrom server for:",
                super::described(&info)
            );
            return Err(error.in_source(&action, &info.source));
        }
        live => live?,
    };
    info.object = live;
    match meta::annotation(&info.object, LAST_APPLIED) {
        None if !args.create_annotation => Err(Error::message(format!(
            "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command \
             with --create-annotation",
            info.name
        ))),
        Some(text) if same(text, &wanted) => {
            outln!(
                session,
                "set-last-applied {}: no changes required.",
                info.name
            )?;
            Ok(None)
        }
        _ => Ok(Some((info, patch))),
    }
}

/// Whether two texts hold the same object.
fn same(one: &str, other: &str) -> bool {
    let value = |text: &str| serde_json::from_str::<Value>(text).ok();
    one == other || value(one).is_some_and(|one| Some(one) == value(other))
}

#[derive(clap::Args, Clone, Debug)]
pub struct EditArgs {
    /// The resources: TYPE NAME or TYPE/NAME
    resources: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    print: PrintArgs,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-client-side-apply")]
    field_manager: String,
    /// Must be one of: strict (or true), warn, ignore (or false).
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "strict", default_value = "strict")]
    validate: String,
    /// Defaults to the line ending native to your platform.
    #[arg(long)]
    windows_line_endings: bool,
}

async fn edit(session: &Session, args: EditArgs) -> Result<()> {
    let wanted = Wanted {
        words: &args.resources,
        files: Some(&args.files),
        latest: true,
        all: args.resources.len() == 1 && !args.resources[0].contains('/'),
        ..Wanted::default()
    };
    let (infos, errors) = wanted.find(session).await?;
    Error::all(errors)?;
    let mut applied = Vec::new();
    for info in &infos {
        if let Some(text) = meta::annotation(&info.object, LAST_APPLIED) {
            let object =
                serde_json::from_str(text).map_err(|error| Error::message(error.to_string()))?;
            applied.push(resource::info_of(session, "edited-file", object).await?);
        }
    }
    if applied.is_empty() {
        return Err(Error::message(
            "no last-applied-configuration annotation found on resources, to create the annotation, use command \
             `kubectl apply set-last-applied --create-annotation`",
        ));
    }
    let editing = Editing {
        field_manager: &args.field_manager,
        validate: &args.validate,
        windows_line_endings: args.windows_line_endings,
        ..Editing::new(session, Mode::LastApplied, &args.print)
    };
    editing.edit(applied).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_fields_changes_nothing() {
        assert!(same("{\"a\":1,\"b\":2}\n", "{\"b\":2,\"a\":1}"));
        assert!(!same("{\"a\":1}", "{\"a\":2}"));
        assert!(!same("x", "y"));
    }
}

//! `kubectl edit`: the object in the user's editor, and a patch with what was changed.

use super::{
    apply,
    create::validation_query,
    selection::{SelectionArgs, Wanted},
};
use crate::{
    error::{Error, Result},
    flags::{FileArgs, PrintArgs},
    printers::ResultPrinter,
    resource::Info,
    session::{Session, errln, outln},
};
use knarr_api::{meta, patch, schema::Schema, yaml};
use serde_json::Value;
use std::{io::Write, path::Path, process::Command};

const BANNER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n# and an empty file will \
                      abort the edit. If an error occurs while saving this file will be\n# reopened with the relevant failures.\n#\n";

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The resources: TYPE NAME or TYPE/NAME
    resources: Vec<String>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    print: PrintArgs,
    /// Name of the manager used to track field ownership.
    #[arg(long, default_value = "kubectl-edit")]
    field_manager: String,
    /// If true, the configuration of current object will be saved in its annotation.
    #[arg(long)]
    save_config: bool,
    /// Must be one of: strict (or true), warn, ignore (or false).
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "strict", default_value = "strict")]
    validate: String,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let wanted = Wanted {
        words: &args.resources,
        files: Some(&args.files),
        selection: SelectionArgs::default().selection(0),
        latest: true,
        all: args.resources.len() == 1 && !args.resources[0].contains('/'),
        ..Wanted::default()
    };
    let (infos, errors) = wanted.find(session).await?;
    Error::all(errors)?;
    // `-o` names the format of the file here, not of the answer.
    let json = match args.print.output.as_deref().unwrap_or_default() {
        "" | "yaml" => false,
        "json" => true,
        other => {
            return Err(Error::message(format!(
                "The flag 'output' must be one of yaml|json, got {other}"
            )));
        }
    };
    let mut printer = ResultPrinter::new(&PrintArgs::default(), "")?;
    for mut info in infos {
        if edit(session, &args, &mut info, json).await? {
            printer.print(session, &info, "edited")?;
        }
    }
    Ok(())
}

/// One object, until the server takes it or the user gives up; `true` when it was changed.
async fn edit(session: &Session, args: &Args, info: &mut Info, json: bool) -> Result<bool> {
    let mut shown = info.object.clone();
    meta::remove(&mut shown, "managedFields");
    let original = match json {
        true => crate::printers::pretty(&crate::printers::sorted(&shown)) + "\n",
        false => yaml::to_string(&shown),
    };
    let mut failure = String::new();
    let mut text = original.clone();
    let mut last: Option<String> = None;
    loop {
        let file = write_file(&failure, &text, json)?;
        open_editor(file.path())?;
        let edited = std::fs::read_to_string(file.path())?;
        let body = without_comments(&edited);
        if body.trim() == original.trim() {
            errln!(session, "Edit cancelled, no changes made.");
            return Ok(false);
        }
        if body.trim().is_empty() {
            errln!(session, "Edit cancelled, saved file was empty.");
            return Ok(false);
        }
        if last.as_deref() == Some(body.as_str()) {
            let (_, kept) = file.keep().map_err(|error| Error::Output(error.error))?;
            errln!(session, "{}", failure.trim_end());
            errln!(
                session,
                "error: Edit cancelled, no valid changes were saved."
            );
            outln!(
                session,
                "A copy of your changes has been stored to \"{}\"",
                kept.display()
            )?;
            return Err(Error::Exit(1));
        }
        match submit(session, args, info, &shown, &body).await {
            Ok(changed) => return Ok(changed),
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(error) => failure = error.report().0,
        }
        errln!(session, "{failure}");
        last = Some(body.clone());
        text = body;
    }
}

async fn submit(
    session: &Session,
    args: &Args,
    info: &mut Info,
    shown: &Value,
    body: &str,
) -> Result<bool> {
    let mut edited = yaml::from_str(body)
        .map_err(|error| Error::message(format!("The edited file had a syntax error: {error}")))?;
    let same = meta::kind(&edited) == meta::kind(shown) && meta::name(&edited) == meta::name(shown);
    if !same || meta::api_version(&edited) != meta::api_version(shown) {
        return Err(Error::message(
            "At least one of apiVersion, kind and name was changed",
        ));
    }
    if args.save_config {
        apply::annotate(&mut edited);
    }
    let (content_type, patch) = match Schema::for_gvk(
        &info.mapping.group,
        &info.mapping.version,
        &info.mapping.kind,
    ) {
        Some(schema) => (
            "application/strategic-merge-patch+json",
            patch::create_two_way_merge(shown, &edited, schema)
                .map_err(|error| Error::message(error.to_string()))?,
        ),
        None => (
            "application/merge-patch+json",
            patch::create_merge_patch(shown, &edited).unwrap_or_default(),
        ),
    };
    if patch.as_object().is_none_or(serde_json::Map::is_empty) {
        errln!(session, "Edit cancelled, no changes made.");
        return Ok(false);
    }
    let query = vec![
        ("fieldManager", args.field_manager.clone()),
        validation_query(&args.validate)?,
    ];
    let object = info
        .patch(session.client()?, content_type, &patch, query)
        .await?;
    info.refresh(object);
    Ok(true)
}

fn write_file(failure: &str, text: &str, json: bool) -> Result<tempfile::NamedTempFile> {
    let suffix = if json { ".json" } else { ".yaml" };
    let mut file = tempfile::Builder::new()
        .prefix("kubectl-edit-")
        .suffix(suffix)
        .tempfile()?;
    let failures: String = failure.lines().map(|line| format!("# {line}\n")).collect();
    let failures = if failures.is_empty() {
        failures
    } else {
        format!("{failures}#\n")
    };
    file.write_all(format!("{BANNER}{failures}{text}").as_bytes())?;
    file.flush()?;
    Ok(file)
}

fn without_comments(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// The editor of `KUBE_EDITOR`, `EDITOR` or vi; it may have arguments.
fn open_editor(file: &Path) -> Result<()> {
    let named = ["KUBE_EDITOR", "EDITOR"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|editor| !editor.is_empty());
    let editor = named.unwrap_or_else(|| "vi".to_owned());
    let script = format!("{editor} \"$1\"");
    let status = Command::new("/bin/sh")
        .args(["-c", &script, "kubectl-edit"])
        .arg(file)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::message(format!(
            "there was a problem with the editor \"{editor}\": {status}"
        ))),
        Err(error) => Err(Error::message(format!(
            "unable to launch the editor \"{editor}\": {error}"
        ))),
    }
}

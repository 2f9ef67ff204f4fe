//! `kubectl kuberc`: shows and changes the file of preferences that `crate::kuberc` applies.

mod set;

use super::{Entry, dispatch, entry, group_args};
use crate::{
    error::{Error, Result},
    flags::PrintArgs,
    kuberc,
    printers::{Printer, pretty},
    session::{Session, out, outln},
};
use knarr_api::yaml;
use serde_json::{Value, json};
use std::{
    io::BufRead,
    path::{Path, PathBuf},
};

static SUBCOMMANDS: &[Entry] = &[
    entry!(
        Settings,
        "set",
        [],
        set::Args,
        set::run,
        "Set values in the kuberc configuration"
    ),
    entry!(
        Settings,
        "view",
        [],
        ViewArgs,
        view,
        "Display the current kuberc configuration"
    ),
];

group_args!(SUBCOMMANDS);

pub async fn run(session: &Session, args: Args) -> Result<()> {
    dispatch(session, SUBCOMMANDS, args.name(), args.matches(), "kuberc").await
}

#[derive(clap::Args, Clone, Debug)]
struct ViewArgs {
    /// What upstream takes, and does nothing with.
    #[arg(hide = true)]
    words: Vec<String>,
    #[command(flatten)]
    print: PrintArgs,
}

/// The file of this run.
fn path(session: &Session) -> Result<PathBuf> {
    match kuberc::file(session.globals.kuberc.as_deref())? {
        Some((path, _)) => Ok(path),
        None if kuberc::is_gone() => {
            Err(Error::message("unknown command \"kuberc\" for \"kubectl\""))
        }
        None => Err(Error::message(
            "KUBERC is disabled via KUBERC=off environment variable",
        )),
    }
}

fn write(session: &Session, path: &Path, preference: &Value) -> Result<()> {
    let failed =
        |error: std::io::Error| Error::message(format!("open {}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut whole = kuberc::empty();
    for (field, value) in preference.as_object().into_iter().flatten() {
        whole[field] = value.clone();
    }
    std::fs::write(path, yaml::to_string(&whole)).map_err(failed)?;
    outln!(session, "Updated {}", path.display())
}

async fn view(session: &Session, args: ViewArgs) -> Result<()> {
    let printer = Printer::from_args(&args.print)?.unwrap_or(Printer::Yaml);
    let path = path(session)?;
    let Some(preference) = kuberc::read(&path)? else {
        return offer(session, &path);
    };
    let shown = in_order(&preference);
    match printer {
        Printer::Json => outln!(session, "{}", pretty(&shown)),
        printer => printer.print(session, &shown, 0, true),
    }
}

/// The fields of an alias, a default and an option in the order of Go's types.
const ORDER: &[&str] = &[
    "name",
    "command",
    "prependArgs",
    "appendArgs",
    "options",
    "default",
];

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(map) => {
            let place = |key: &str| ORDER.iter().position(|known| *known == key);
            let mut fields: Vec<(&String, &Value)> = map.iter().collect();
            fields.sort_by_key(|(key, _)| place(key).unwrap_or(ORDER.len()));
            let fields = fields.into_iter();
            Value::Object(
                fields
                    .map(|(key, value)| (key.clone(), sorted(value)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

/// The fields that are always shown, and those that are set.
fn in_order(preference: &Value) -> Value {
    let mut shown = kuberc::empty();
    for (field, value) in preference.as_object().into_iter().flatten() {
        if field != "kind" && field != "apiVersion" {
            shown[field] = sorted(value);
        }
    }
    for list in ["aliases", "defaults"] {
        if shown[list].is_null() {
            shown[list] = json!([]);
        }
    }
    shown
}

/// Asks whether to make a file with what is recommended.
fn offer(session: &Session, path: &Path) -> Result<()> {
    outln!(session, "kuberc file not found at {}", path.display())?;
    out!(
        session,
        "Would you like to generate a default kuberc file with recommended options? (y/N): "
    )?;
    session.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if !matches!(answer.trim(), "y" | "Y") {
        return Ok(());
    }
    let mut preference = kuberc::empty();
    preference["defaults"] = json!([
        {"command": "apply", "options": [{"name": "server-side", "default": "true"}]},
        {"command": "delete", "options": [{"name": "interactive", "default": "true"}]},
    ]);
    write(session, path, &preference)
}

//! `kubectl config view`.

use crate::{
    error::{Error, Result, go_words},
    flags::PrintArgs,
    kubeconfig::{Kubeconfig, Section, with_absolute_paths},
    printers::{Printer, pretty},
    session::{Session, outln},
};
use serde_json::Value;

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// None
    #[arg(hide = true)]
    words: Vec<String>,
    #[command(flatten)]
    print: PrintArgs,
    /// Flatten the resulting kubeconfig file into self-contained output (useful for creating portable kubeconfig files)
    #[arg(long)]
    flatten: bool,
    /// Merge the full hierarchy of kubeconfig files
    #[arg(long, action = clap::ArgAction::Set, default_value = "true")]
    merge: bool,
    /// Remove all information not used by current-context from the output
    #[arg(long)]
    minify: bool,
    /// Display raw byte data and sensitive data
    #[arg(long)]
    raw: bool,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    if !args.words.is_empty() {
        return Err(Error::usage(
            "config view",
            format!("unexpected arguments: [{}]", args.words.join(" ")),
        ));
    }
    if !args.merge && session.globals.kubeconfig.is_none() {
        return Err(Error::message(
            "if merge==false a precise file must be specified",
        ));
    }
    // A file that is not there yet is shown as it would be made.
    let files = Kubeconfig::load_for_change(session.globals.kubeconfig.as_deref())?;
    let mut config = files.merged();
    if let Some(context) = session
        .globals
        .context
        .as_deref()
        .filter(|context| !context.is_empty())
    {
        config["current-context"] = context.into();
    }
    if args.minify {
        minify(&mut config)?;
    }
    if args.flatten {
        flatten(&files, &mut config)?;
    }
    if !args.raw && !args.flatten {
        redact(&mut config);
    }
    complete(&mut config);
    let output = args
        .print
        .output
        .as_deref()
        .filter(|output| !output.is_empty())
        .unwrap_or("yaml");
    match Printer::from_format(output, &args.print, &[])? {
        Some(Printer::Json) => outln!(session, "{}", pretty(&config)),
        Some(printer) => printer.print(session, &config, 0, true),
        None => Ok(()),
    }
}

/// Adds what Go's types have in any case.
fn complete(config: &mut Value) {
    for (list, body, fields) in [
        ("clusters", "cluster", ["server"].as_slice()),
        ("contexts", "context", ["cluster", "user"].as_slice()),
    ] {
        for one in bodies(config, list, body).filter_map(Value::as_object_mut) {
            for field in fields {
                one.entry(*field).or_insert_with(|| "".into());
            }
        }
    }
}

/// Keeps the current context, its cluster and its user.
fn minify(config: &mut Value) -> Result<()> {
    let current = config["current-context"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if current.is_empty() {
        return Err(Error::message(
            "current-context must exist in order to minify",
        ));
    }
    let context = named(&config["contexts"], &current)
        .cloned()
        .ok_or_else(|| Error::message(format!("cannot locate context {current}")))?;
    let keep = [
        ("contexts", Value::from(current)),
        ("clusters", context["context"]["cluster"].clone()),
        ("users", context["context"]["user"].clone()),
    ];
    for (list, name) in keep {
        if let Some(entries) = config[list].as_array_mut() {
            entries.retain(|entry| entry["name"] == name);
        }
        if config[list].as_array().is_some_and(Vec::is_empty) {
            config[list] = Value::Null;
        }
    }
    Ok(())
}

fn named<'a>(list: &'a Value, name: &str) -> Option<&'a Value> {
    list.as_array()?.iter().find(|entry| entry["name"] == name)
}

fn bodies<'a>(
    config: &'a mut Value,
    list: &str,
    body: &'a str,
) -> impl Iterator<Item = &'a mut Value> {
    config[list]
        .as_array_mut()
        .into_iter()
        .flatten()
        .map(move |entry| &mut entry[body])
}

/// Hides keys and tokens, and shortens what is long.
fn redact(config: &mut Value) {
    for cluster in bodies(config, "clusters", "cluster") {
        replace(cluster, "certificate-authority-data", "DATA+OMITTED");
    }
    for user in bodies(config, "users", "user") {
        replace(user, "client-certificate-data", "DATA+OMITTED");
        replace(user, "client-key-data", "DATA+OMITTED");
        replace(user, "token", "REDACTED");
        replace(user, "password", "REDACTED");
    }
}

fn replace(body: &mut Value, field: &str, text: &str) {
    if body
        .get(field)
        .is_some_and(|value| value.as_str().is_some_and(|value| !value.is_empty()))
    {
        body[field] = text.into();
    }
}

/// Puts the contents of files in place of their names. Paths count from the folder of the entry's file.
fn flatten(files: &Kubeconfig, config: &mut Value) -> Result<()> {
    for (section, fields) in [
        (Section::Clusters, ["certificate-authority"].as_slice()),
        (Section::Users, &["client-certificate", "client-key"]),
    ] {
        let entries = config[section.list()].as_array_mut();
        for entry in entries.into_iter().flatten() {
            let name = entry["name"].as_str().unwrap_or_default().to_owned();
            if let Some((body, folder)) = files.get_with_folder(section, &name) {
                let body = with_absolute_paths(body, folder);
                for field in fields {
                    embed(&mut entry[section.body()], field, &body[*field])?;
                }
            }
        }
    }
    Ok(())
}

fn embed(body: &mut Value, field: &str, path: &Value) -> Result<()> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let Some(path) = path.as_str().filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let bytes = std::fs::read(path)
        .map_err(|error| Error::message(format!("open {path}: {}", go_words(&error))))?;
    if let Some(map) = body.as_object_mut() {
        map.shift_remove(field);
        map.insert(format!("{field}-data"), STANDARD.encode(bytes).into());
    }
    Ok(())
}

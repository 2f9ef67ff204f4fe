//! `kubectl config`: reads and changes kubeconfig files. The subcommands are one table.

mod clusters;
mod contexts;
mod property;
mod providers;
mod users;
mod view;

use super::{Entry, dispatch, entry, group_args};
use crate::{
    error::{Error, Result},
    kubeconfig::{Kubeconfig, Section},
    session::Session,
};
use serde_json::Value;

static SUBCOMMANDS: &[Entry] = &[
    entry!(
        Other,
        "current-context",
        [],
        contexts::CurrentArgs,
        contexts::current,
        "Display the current-context"
    ),
    entry!(
        Other,
        "delete-cluster",
        [],
        clusters::DeleteArgs,
        clusters::delete,
        "Delete the specified cluster from the kubeconfig"
    ),
    entry!(
        Other,
        "delete-context",
        [],
        contexts::DeleteArgs,
        contexts::delete,
        "Delete the specified context from the kubeconfig"
    ),
    entry!(
        Other,
        "delete-user",
        [],
        users::DeleteArgs,
        users::delete,
        "Delete the specified user from the kubeconfig"
    ),
    entry!(
        Other,
        "get-clusters",
        [],
        clusters::GetArgs,
        clusters::get,
        "Display clusters defined in the kubeconfig"
    ),
    entry!(
        Other,
        "get-contexts",
        [],
        contexts::GetArgs,
        contexts::get,
        "Describe one or many contexts"
    ),
    entry!(
        Other,
        "get-users",
        [],
        users::GetArgs,
        users::get,
        "Display users defined in the kubeconfig"
    ),
    entry!(
        Other,
        "rename-context",
        [],
        contexts::RenameArgs,
        contexts::rename,
        "Rename a context from the kubeconfig file"
    ),
    entry!(
        Other,
        "set",
        [],
        property::SetArgs,
        property::set,
        "Set an individual value in a kubeconfig file"
    ),
    entry!(
        Other,
        "set-cluster",
        [],
        clusters::SetArgs,
        clusters::set,
        "Set a cluster entry in kubeconfig"
    ),
    entry!(
        Other,
        "set-context",
        [],
        contexts::SetArgs,
        contexts::set,
        "Set a context entry in kubeconfig"
    ),
    entry!(
        Other,
        "set-credentials",
        [],
        users::SetArgs,
        users::set,
        "Set a user entry in kubeconfig"
    ),
    entry!(
        Other,
        "unset",
        [],
        property::UnsetArgs,
        property::unset,
        "Unset an individual value in a kubeconfig file"
    ),
    entry!(
        Other,
        "use-context",
        ["use"],
        contexts::UseArgs,
        contexts::use_context,
        "Set the current-context in a kubeconfig file"
    ),
    entry!(
        Other,
        "view",
        [],
        view::Args,
        view::run,
        "Display merged kubeconfig settings or a specified kubeconfig file"
    ),
];

group_args!(SUBCOMMANDS);

pub async fn run(session: &Session, args: Args) -> Result<()> {
    dispatch(session, SUBCOMMANDS, args.name(), args.matches(), "config").await
}

/// The files, for a change; and as they were before.
fn for_change(session: &Session) -> Result<(Kubeconfig, Kubeconfig)> {
    let config = Kubeconfig::load_for_change(session.globals.kubeconfig.as_deref())?;
    Ok((config.clone(), config))
}

/// The words that a subcommand takes, or the refusal.
fn exactly<const N: usize>(
    session: &Session,
    words: &[String],
    command: &str,
) -> Result<[String; N]> {
    match <[String; N]>::try_from(words.to_vec()) {
        Ok(words) => Ok(words),
        Err(words) => {
            let text = format!("Unexpected args: [{}]", words.join(" "));
            Err(with_help(session, command, text)?)
        }
    }
}

/// Shows a subcommand's help, and makes the error to go with it.
fn with_help(session: &Session, command: &str, text: String) -> Result<Error> {
    let page = SUBCOMMANDS
        .iter()
        .find(|entry| entry.name == command)
        .map(|entry| {
            crate::help::command_page(
                &crate::flags::as_pflag(entry.build()),
                &format!("kubectl config {command}"),
            )
        });
    session.write(&page.unwrap_or_default())?;
    session.flush()?;
    Ok(Error::message(text))
}

/// Deletes an entry and says from which file.
fn delete_entry(session: &Session, section: Section, name: &str) -> Result<()> {
    let (mut config, before) = for_change(session)?;
    let what = section.body();
    let default = config.default_file().display().to_string();
    let file = config
        .file_of(section, name)
        .map(|file| file.display().to_string());
    if !config.remove(section, name) {
        return Err(Error::message(format!(
            "cannot delete {what} {name}, not in {default}"
        )));
    }
    config.save(&before)?;
    session.write(&format!(
        "deleted {what} {name} from {}\n",
        file.unwrap_or(default)
    ))
}

/// Sets a text field; an empty text removes it.
fn put(body: &mut Value, field: &str, value: &Option<String>) {
    let Some(value) = value else { return };
    let Some(map) = body.as_object_mut() else {
        return;
    };
    match value.is_empty() {
        true => drop(map.shift_remove(field)),
        false => drop(map.insert(field.to_owned(), value.as_str().into())),
    }
}

/// Sets a field with the path of a file, or with the file's bytes when they are to be embedded.
fn put_file(body: &mut Value, field: &str, path: &Option<String>, embed: bool) -> Result<()> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let Some(path) = path else { return Ok(()) };
    let data_field = format!("{field}-data");
    let Some(map) = body.as_object_mut() else {
        return Ok(());
    };
    if embed && !path.is_empty() {
        let bytes = std::fs::read(path).map_err(|_| {
            Error::message(format!(
                "could not read {field} data from {path}: open {path}: no such file or directory"
            ))
        })?;
        map.shift_remove(field);
        map.insert(data_field, STANDARD.encode(bytes).into());
        return Ok(());
    }
    map.shift_remove(&data_field);
    match path.is_empty() {
        true => drop(map.shift_remove(field)),
        false => {
            let absolute = std::path::absolute(path)
                .map(|path| path.to_string_lossy().into_owned())
                .unwrap_or_else(|_| path.clone());
            drop(map.insert(field.to_owned(), absolute.into()));
        }
    }
    Ok(())
}

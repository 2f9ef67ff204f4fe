//! Users: listed, set and deleted.

use super::{delete_entry, for_change, providers::ProviderArgs, put, put_file, with_help};
use crate::{
    error::{Error, Result, go_words},
    kubeconfig::Section::Users,
    session::{Session, outln},
};
use serde_json::{Value, json};

const COMMAND: &str = "set-credentials";

#[derive(clap::Args, Clone, Debug)]
pub struct GetArgs {
    /// What upstream takes, and does nothing with.
    #[arg(hide = true)]
    words: Vec<String>,
}

pub async fn get(session: &Session, _args: GetArgs) -> Result<()> {
    outln!(session, "NAME")?;
    session
        .kubeconfig()?
        .names(Users)
        .iter()
        .try_for_each(|name| outln!(session, "{name}"))
}

#[derive(clap::Args, Clone, Debug)]
pub struct DeleteArgs {
    /// NAME
    name: Vec<String>,
}

pub async fn delete(session: &Session, args: DeleteArgs) -> Result<()> {
    match args.name.as_slice() {
        [name] => delete_entry(session, Users, name),
        _ => Err(Error::usage(
            "config delete-user",
            "user to delete is required",
        )),
    }
}

#[derive(clap::Args, Clone, Debug)]
pub struct SetArgs {
    /// NAME
    name: Vec<String>,
    /// Path to client-certificate file for the user entry in kubeconfig
    #[arg(long)]
    client_certificate: Option<String>,
    /// Path to client-key file for the user entry in kubeconfig
    #[arg(long)]
    client_key: Option<String>,
    /// Embed client cert/key for the user entry in kubeconfig
    #[arg(long)]
    embed_certs: bool,
    /// password for the user entry in kubeconfig
    #[arg(long)]
    password: Option<String>,
    /// token for the user entry in kubeconfig
    #[arg(long)]
    token: Option<String>,
    /// username for the user entry in kubeconfig
    #[arg(long)]
    username: Option<String>,
    #[command(flatten)]
    providers: ProviderArgs,
}

pub async fn set(session: &Session, args: SetArgs) -> Result<()> {
    let [name] = args.name.as_slice() else {
        let text = format!("unexpected args: [{}]", args.name.join(" "));
        return Err(with_help(session, COMMAND, text)?);
    };
    let changes = match args.providers.changes() {
        Ok(changes) => changes,
        Err(error) => return Err(with_help(session, COMMAND, error.to_string())?),
    };
    check(name, &args)?;
    args.providers.check()?;
    let (mut config, before) = for_change(session)?;
    let mut body = config
        .get(Users, name)
        .cloned()
        .unwrap_or_else(|| json!({}));
    put_file(
        &mut body,
        "client-certificate",
        &args.client_certificate,
        args.embed_certs,
    )?;
    put_file(&mut body, "client-key", &args.client_key, args.embed_certs)?;
    put_login(&mut body, &args);
    changes.apply(&mut body);
    config.set(Users, name, body);
    config.save(&before)?;
    outln!(session, "User \"{name}\" set.")
}

/// Whether a flag is there and says something.
fn given(flag: &Option<String>) -> bool {
    flag.as_deref().is_some_and(|value| !value.is_empty())
}

/// Refuses a nameless user, and flags that contradict each other.
fn check(name: &str, args: &SetArgs) -> Result<()> {
    if name.is_empty() {
        return Err(Error::message("you must specify a non-empty user name"));
    }
    if given(&args.token) && (given(&args.username) || given(&args.password)) {
        return Err(Error::message(
            "you cannot specify more than one authentication method at the same time: --token, --username/--password",
        ));
    }
    if !args.embed_certs {
        return Ok(());
    }
    let files = [
        ("client-certificate", &args.client_certificate),
        ("client-key", &args.client_key),
    ];
    if !files.iter().any(|(_, path)| given(path)) {
        return Err(Error::message(
            "you must specify a --client-certificate or --client-key to embed",
        ));
    }
    for (flag, path) in files {
        let Some(path) = path.as_deref().filter(|path| !path.is_empty()) else {
            continue;
        };
        if let Err(error) = std::fs::metadata(path) {
            return Err(Error::message(format!(
                "could not stat {flag} file {path}: stat {path}: {}",
                go_words(&error)
            )));
        }
    }
    Ok(())
}

/// Sets a token, or a name and a password; the one takes the other's place.
fn put_login(body: &mut Value, args: &SetArgs) {
    put(body, "token", &args.token);
    put(body, "username", &args.username);
    put(body, "password", &args.password);
    let replaced: &[&str] = if given(&args.token) {
        &["username", "password"]
    } else if given(&args.username) || given(&args.password) {
        &["token"]
    } else {
        &[]
    };
    if let Some(map) = body.as_object_mut() {
        replaced
            .iter()
            .for_each(|field| drop(map.shift_remove(*field)));
    }
}

//! Users: listed, set and deleted.

use super::{delete_entry, exactly, for_change, put, put_file};
use crate::{
    error::{Error, Result},
    kubeconfig::Section::Users,
    session::{Session, outln},
};
use serde_json::{Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct GetArgs {}

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
    let [name] = exactly(session, &args.name, "delete-user")?;
    delete_entry(session, Users, &name)
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
    /// API version of the exec credential plugin for the user entry in kubeconfig
    #[arg(long)]
    exec_api_version: Option<String>,
    /// New arguments for the exec credential plugin command for the user entry in kubeconfig
    #[arg(long, value_delimiter = ',')]
    exec_arg: Vec<String>,
    /// Command for the exec credential plugin for the user entry in kubeconfig
    #[arg(long)]
    exec_command: Option<String>,
    /// 'key=value' environment values for the exec credential plugin
    #[arg(long, value_delimiter = ',')]
    exec_env: Vec<String>,
    /// password for the user entry in kubeconfig
    #[arg(long)]
    password: Option<String>,
    /// token for the user entry in kubeconfig
    #[arg(long)]
    token: Option<String>,
    /// username for the user entry in kubeconfig
    #[arg(long)]
    username: Option<String>,
}

pub async fn set(session: &Session, args: SetArgs) -> Result<()> {
    let [name] = exactly(session, &args.name, "set-credentials")?;
    let basic = args.username.is_some() || args.password.is_some();
    if args.token.is_some() && basic {
        return Err(Error::message(
            "you cannot specify more than one authentication method at the same time: --token, --username/--password",
        ));
    }
    let (mut config, before) = for_change(session)?;
    let mut body = config
        .get(Users, &name)
        .cloned()
        .unwrap_or_else(|| json!({}));
    put_file(
        &mut body,
        "client-certificate",
        &args.client_certificate,
        args.embed_certs,
    )?;
    put_file(&mut body, "client-key", &args.client_key, args.embed_certs)?;
    if let (true, Some(map)) = (args.token.is_some() || basic, body.as_object_mut()) {
        let replaced: &[&str] = if basic {
            &["token", "tokenFile"]
        } else {
            &["username", "password", "tokenFile"]
        };
        replaced
            .iter()
            .for_each(|field| drop(map.shift_remove(*field)));
    }
    put(&mut body, "token", &args.token);
    put(&mut body, "username", &args.username);
    put(&mut body, "password", &args.password);
    if let Some(command) = &args.exec_command {
        body["exec"] = plugin(command, &args);
    }
    config.set(Users, &name, body);
    config.save(&before)?;
    outln!(session, "User \"{name}\" set.")
}

fn plugin(command: &str, args: &SetArgs) -> Value {
    let version = args
        .exec_api_version
        .as_deref()
        .unwrap_or("client.authentication.k8s.io/v1");
    let env: Vec<Value> = args
        .exec_env
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let or_null = |list: Value| {
        if list.as_array().is_some_and(Vec::is_empty) {
            Value::Null
        } else {
            list
        }
    };
    json!({
        "apiVersion": version,
        "args": or_null(json!(args.exec_arg)),
        "command": command,
        "env": or_null(env.into()),
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": false,
    })
}

//! `kubectl create secret generic|tls|docker-registry`.

use super::{
    Name, Submission, SubmitArgs, append_hash, key_pair,
    literals::{self, DataArgs},
};
use crate::{
    commands::{Entry, entry, group_args},
    error::{Error, Result},
    session::Session,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

static KINDS: &[Entry] = &[
    entry!(
        Beginner,
        "docker-registry",
        [],
        RegistryArgs,
        docker_registry,
        "Create a secret for use with a Docker registry"
    ),
    entry!(
        Beginner,
        "generic",
        [],
        GenericArgs,
        generic,
        "Create a secret from a local file, directory, or literal value"
    ),
    entry!(Beginner, "tls", [], TlsArgs, tls, "Create a TLS secret"),
];

group_args!(KINDS);

pub async fn run(session: &Session, args: Args) -> Result<()> {
    crate::commands::dispatch(session, KINDS, args.name(), args.matches(), "create secret").await
}

#[derive(clap::Args, Clone, Debug)]
pub struct GenericArgs {
    /// NAME
    name: Vec<String>,
    #[command(flatten)]
    data: DataArgs,
    /// The type of secret to create
    #[arg(long = "type")]
    secret_type: Option<String>,
    /// Append a hash of the secret to its name.
    #[arg(long)]
    append_hash: bool,
    #[command(flatten)]
    submit: SubmitArgs,
}

async fn generic(session: &Session, args: GenericArgs) -> Result<()> {
    let (name, submission) =
        args.submit
            .begin(session, &args.name, "create secret generic", Name::Required)?;
    let pairs = args.data.pairs(&format!("Secret {name:?}"))?;
    let data = pairs
        .into_iter()
        .map(|(key, bytes)| (key, STANDARD.encode(bytes).into()))
        .collect();
    let secret_type = args.secret_type.as_deref().unwrap_or_default();
    send(
        session,
        submission,
        secret(name, data, secret_type),
        args.append_hash,
    )
    .await
}

async fn send(
    session: &Session,
    submission: Submission<'_>,
    mut object: Value,
    with_hash: bool,
) -> Result<()> {
    if with_hash {
        append_hash::append(&mut object);
    }
    submission.send(session, object).await
}

fn secret(name: &str, data: Map<String, Value>, secret_type: &str) -> Value {
    let mut object = json!({"kind": "Secret", "apiVersion": "v1", "metadata": {"name": name}});
    if !data.is_empty() {
        object["data"] = Value::Object(data);
    }
    if !secret_type.is_empty() {
        object["type"] = secret_type.into();
    }
    object
}

#[derive(clap::Args, Clone, Debug)]
pub struct TlsArgs {
    /// NAME
    name: Vec<String>,
    /// Path to PEM encoded public key certificate.
    #[arg(long)]
    cert: Option<String>,
    /// Path to private key associated with given certificate.
    #[arg(long)]
    key: Option<String>,
    /// Append a hash of the secret to its name.
    #[arg(long)]
    append_hash: bool,
    #[command(flatten)]
    submit: SubmitArgs,
}

async fn tls(session: &Session, args: TlsArgs) -> Result<()> {
    let (name, submission) =
        args.submit
            .begin(session, &args.name, "create secret tls", Name::LeftToServer)?;
    let given = |flag: &Option<String>| flag.clone().filter(|path| !path.is_empty());
    let (Some(cert), Some(key)) = (&given(&args.cert), &given(&args.key)) else {
        return Err(Error::message("key and cert must be specified"));
    };
    let read = |path: &str| {
        std::fs::read(path).map_err(|_| {
            Error::message(format!(
                "Cannot read file {path}, open {path}: no such file or directory"
            ))
        })
    };
    let mut data = Map::new();
    let (cert, key) = (read(cert)?, read(key)?);
    key_pair::check(&cert, &key).map_err(|error| Error::message(error.to_string()))?;
    data.insert("tls.crt".into(), STANDARD.encode(cert).into());
    data.insert("tls.key".into(), STANDARD.encode(key).into());
    let object = secret(name, data, "kubernetes.io/tls");
    send(session, submission, object, args.append_hash).await
}

#[derive(clap::Args, Clone, Debug)]
pub struct RegistryArgs {
    /// NAME
    name: Vec<String>,
    /// Server location for Docker registry
    #[arg(long, default_value = "https://index.docker.io/v1/")]
    docker_server: String,
    /// Username for Docker registry authentication
    #[arg(long)]
    docker_username: Option<String>,
    /// Password for Docker registry authentication
    #[arg(long)]
    docker_password: Option<String>,
    /// Email for Docker registry
    #[arg(long)]
    docker_email: Option<String>,
    /// Key files can be specified using their file path, in which case a default name of .dockerconfigjson will be given to them, or optionally with a name and file path, in which case the given name will be used. Specifying a directory will iterate each named file in the directory that is a valid secret key. For this command, the key should always be .dockerconfigjson.
    #[arg(long)]
    from_file: Vec<String>,
    /// Append a hash of the secret to its name.
    #[arg(long)]
    append_hash: bool,
    #[command(flatten)]
    submit: SubmitArgs,
}

async fn docker_registry(session: &Session, args: RegistryArgs) -> Result<()> {
    let (name, submission) = args.submit.begin(
        session,
        &args.name,
        "create secret docker-registry",
        Name::Required,
    )?;
    if !args.from_file.is_empty() {
        let mut data = Map::new();
        for (key, bytes) in literals::files(&args.from_file, Some(".dockerconfigjson"))? {
            data.insert(key, STANDARD.encode(bytes).into());
        }
        let object = secret(name, data, "kubernetes.io/dockerconfigjson");
        return send(session, submission, object, args.append_hash).await;
    }
    let given = |flag: &Option<String>| flag.clone().filter(|text| !text.is_empty());
    let (Some(user), Some(password), false) = (
        &given(&args.docker_username),
        &given(&args.docker_password),
        args.docker_server.is_empty(),
    ) else {
        return Err(Error::message(
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
        ));
    };
    let mut login = json!({"username": user, "password": password});
    if let Some(email) = &args.docker_email {
        login["email"] = email.as_str().into();
    }
    login["auth"] = STANDARD.encode(format!("{user}:{password}")).into();
    let config = json!({"auths": {args.docker_server.as_str(): login}});
    let mut data = Map::new();
    data.insert(
        ".dockerconfigjson".into(),
        STANDARD.encode(config.to_string()).into(),
    );
    let object = secret(name, data, "kubernetes.io/dockerconfigjson");
    send(session, submission, object, args.append_hash).await
}

//! What a context means for a connection: the cluster's address and CA, the user's credentials, the namespace, with the
//! flags that override each of them.

use super::{Kubeconfig, Section, exec, with_absolute_paths};
use crate::{
    error::{Error, Result},
    flags::GlobalArgs,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::path::Path;

/// Where a pod finds its service account's token and CA.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// How the user proves who they are.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    pub token: Option<String>,
    pub basic: Option<(String, String)>,
    /// PEM of the client's certificate chain and of its key.
    pub certificate: Option<(Vec<u8>, Vec<u8>)>,
}

/// Everything that is needed to open a connection.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    pub server: String,
    /// PEM of the CAs to trust; the system's when absent.
    pub certificate_authority: Option<Vec<u8>>,
    pub insecure: bool,
    pub tls_server_name: Option<String>,
    pub proxy_url: Option<String>,
    pub disable_compression: bool,
    pub credentials: Credentials,
    pub namespace: String,
    pub impersonate: Vec<(String, String)>,
}

impl Resolved {
    /// Follows the current context (or `--context`) to a cluster and a user; flags win over what the files say.
    pub fn select(config: &Kubeconfig, globals: &GlobalArgs) -> Result<Self> {
        let no_flags =
            globals.server.is_none() && globals.context.is_none() && globals.cluster.is_none();
        let nothing_given = config.is_empty() && no_flags && globals.kubeconfig.is_none();
        if nothing_given && let Some(mut resolved) = in_cluster() {
            if let Some(namespace) = given(&globals.namespace) {
                resolved.namespace = namespace;
            }
            resolved.impersonate = impersonation(globals)?;
            return Ok(resolved);
        }
        let context_name =
            given(&globals.context).unwrap_or_else(|| config.current_context().to_owned());
        let context = config
            .get(Section::Contexts, &context_name)
            .cloned()
            .unwrap_or_default();
        if context.is_null() && !context_name.is_empty() {
            return Err(Error::Configuration(format!(
                "context was not found for specified context: {context_name}"
            )));
        }
        let mut resolved = Resolved {
            namespace: given(&globals.namespace)
                .or_else(|| text(&context, "namespace"))
                .unwrap_or_else(|| "default".to_owned()),
            impersonate: impersonation(globals)?,
            ..Resolved::default()
        };
        resolved.cluster(config, globals, &context, &context_name)?;
        resolved.user(config, globals, &context, &context_name)?;
        Ok(resolved)
    }

    fn cluster(
        &mut self,
        config: &Kubeconfig,
        globals: &GlobalArgs,
        context: &Value,
        context_name: &str,
    ) -> Result<()> {
        let named = given(&globals.cluster);
        let name = named
            .clone()
            .or_else(|| text(context, "cluster"))
            .unwrap_or_default();
        let cluster = match config.get_with_folder(Section::Clusters, &name) {
            Some((cluster, folder)) => with_absolute_paths(cluster, folder),
            None if named.is_some() => {
                return Err(Error::message(format!(
                    "no server found for cluster \"{name}\""
                )));
            }
            None if !name.is_empty() => {
                return Err(Error::Configuration(format!(
                    "cluster \"{name}\" does not exist for context \"{context_name}\""
                )));
            }
            None => Value::Null,
        };
        self.server = given(&globals.server)
            .or_else(|| text(&cluster, "server"))
            .unwrap_or_else(|| "http://localhost:8080".to_owned());
        if !self.server.contains("://") {
            self.server = format!("http://{}", self.server);
        }
        self.insecure =
            globals.insecure_skip_tls_verify || cluster["insecure-skip-tls-verify"] == true;
        self.tls_server_name =
            given(&globals.tls_server_name).or_else(|| text(&cluster, "tls-server-name"));
        self.proxy_url = text(&cluster, "proxy-url");
        self.disable_compression = cluster["disable-compression"] == true;
        if !globals.insecure_skip_tls_verify {
            let flag = given(&globals.certificate_authority);
            self.certificate_authority = match flag {
                Some(path) => Some(read("certificate-authority", &path, &name)?),
                None => data_or_file(&cluster, "certificate-authority", &name)?,
            };
        }
        Ok(())
    }

    fn user(
        &mut self,
        config: &Kubeconfig,
        globals: &GlobalArgs,
        context: &Value,
        context_name: &str,
    ) -> Result<()> {
        let named = given(&globals.user);
        let name = named
            .clone()
            .or_else(|| text(context, "user"))
            .unwrap_or_default();
        let user = match config.get_with_folder(Section::Users, &name) {
            Some((user, folder)) => with_absolute_paths(user, folder),
            None if named.is_some() => {
                return Err(Error::message(format!(
                    "auth info \"{name}\" does not exist"
                )));
            }
            None if !name.is_empty() => {
                return Err(Error::Configuration(format!(
                    "user \"{name}\" was not found for context \"{context_name}\""
                )));
            }
            None => Value::Null,
        };
        let credentials = &mut self.credentials;
        credentials.token = match given(&globals.token) {
            Some(token) => Some(token),
            None => match text(&user, "tokenFile") {
                Some(path) => {
                    let token = read("tokenFile", &path, &name)?;
                    Some(String::from_utf8_lossy(&token).trim().to_owned())
                }
                None => text(&user, "token"),
            },
        };
        let username = given(&globals.username).or_else(|| text(&user, "username"));
        if let Some(username) = username.filter(|_| credentials.token.is_none()) {
            let password = given(&globals.password).or_else(|| text(&user, "password"));
            credentials.basic = Some((username, password.unwrap_or_default()));
        }
        let certificate = match given(&globals.client_certificate) {
            Some(path) => Some(read("client-cert", &path, &name)?),
            None => data_or_file(&user, "client-certificate", &name)?,
        };
        let key = match given(&globals.client_key) {
            Some(path) => Some(read("client-key", &path, &name)?),
            None => data_or_file(&user, "client-key", &name)?,
        };
        credentials.certificate = certificate.zip(key);
        let plugin = &user["exec"];
        if plugin.is_object() && credentials.token.is_none() && credentials.certificate.is_none() {
            *credentials = exec::credentials(
                plugin,
                self.server.as_str(),
                self.certificate_authority.as_deref(),
            )?;
        }
        if self.impersonate.is_empty() {
            self.impersonate = impersonation_of(&user);
        }
        Ok(())
    }
}

fn given(flag: &Option<String>) -> Option<String> {
    flag.clone().filter(|value| !value.is_empty())
}

fn text(value: &Value, field: &str) -> Option<String> {
    value[field]
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn read(field: &str, path: &str, owner: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string(),
        };
        Error::Configuration(format!(
            "unable to read {field} {path} for {owner} due to open {path}: {why}"
        ))
    })
}

fn data_or_file(value: &Value, field: &str, owner: &str) -> Result<Option<Vec<u8>>> {
    if let Some(data) = text(value, &format!("{field}-data")) {
        let data: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        return STANDARD.decode(data).map(Some).map_err(|error| {
            Error::message(format!(
                "error loading config: {field}-data of \"{owner}\" is not base64: {error}"
            ))
        });
    }
    let label = if field == "client-certificate" {
        "client-cert"
    } else {
        field
    };
    text(value, field)
        .map(|path| read(label, &path, owner))
        .transpose()
}

fn impersonation(globals: &GlobalArgs) -> Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    if let Some(user) = given(&globals.as_user) {
        headers.push(("Impersonate-User".to_owned(), user));
    }
    for group in &globals.as_group {
        headers.push(("Impersonate-Group".to_owned(), group.clone()));
    }
    if let Some(uid) = given(&globals.as_uid) {
        headers.push(("Impersonate-Uid".to_owned(), uid));
    }
    for extra in &globals.as_user_extra {
        let Some((key, value)) = extra.split_once('=') else {
            return Err(Error::message(format!(
                "invalid user extra \"{extra}\": expected key=value"
            )));
        };
        headers.push((format!("Impersonate-Extra-{key}"), value.to_owned()));
    }
    let names_user = headers
        .first()
        .is_some_and(|(name, _)| name == "Impersonate-User");
    if !headers.is_empty() && !names_user {
        return Err(Error::message(
            "requesting uid, groups or user-extra for impersonation without impersonating a user",
        ));
    }
    Ok(headers)
}

fn impersonation_of(user: &Value) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    if let Some(name) = text(user, "as") {
        headers.push(("Impersonate-User".to_owned(), name));
        for group in user["as-groups"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            headers.push(("Impersonate-Group".to_owned(), group.to_owned()));
        }
        if let Some(uid) = text(user, "as-uid") {
            headers.push(("Impersonate-Uid".to_owned(), uid));
        }
    }
    headers
}

/// The connection of a program that runs in a pod.
fn in_cluster() -> Option<Resolved> {
    let host = std::env::var("KUBERNETES_SERVICE_HOST").ok()?;
    let port = std::env::var("KUBERNETES_SERVICE_PORT").ok()?;
    let folder = Path::new(SERVICE_ACCOUNT);
    let token = std::fs::read_to_string(folder.join("token")).ok()?;
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host
    };
    let namespace =
        std::fs::read_to_string(folder.join("namespace")).unwrap_or_else(|_| "default".to_owned());
    Some(Resolved {
        server: format!("https://{host}:{port}"),
        certificate_authority: std::fs::read(folder.join("ca.crt")).ok(),
        credentials: Credentials {
            token: Some(token.trim().to_owned()),
            ..Credentials::default()
        },
        namespace: namespace.trim().to_owned(),
        ..Resolved::default()
    })
}

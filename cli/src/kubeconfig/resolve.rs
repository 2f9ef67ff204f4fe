//! What a context means for a connection: the cluster's address and CA, the user's credentials, the namespace, with the
//! flags that override each of them.

use super::{Kubeconfig, Section, address, faults, source::Source, with_absolute_paths};
use crate::{
    error::{Error, Result, go_words},
    flags::GlobalArgs,
    kuberc::PluginPolicy,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use knarr_api::quote::quote;
use serde_json::{Value, json};
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
    /// When a plugin is to be asked again.
    pub expires: Option<jiff::Timestamp>,
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
    /// What the cluster's entry holds for credential plugins.
    pub exec_config: Value,
    /// What the user has from the start; nothing yet of a plugin.
    pub credentials: Credentials,
    pub source: Source,
    pub namespace: String,
    pub impersonate: Vec<(String, String)>,
}

/// What a command asks the kubeconfig for first. A context or a cluster that is not there has other words each time, as
/// client-go looks at them in another order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    Namespace,
    Connection,
}

impl Resolved {
    /// Follows the current context (or `--context`) to a cluster and a user; flags win over what the files say.
    pub fn select(
        config: &Kubeconfig,
        globals: &GlobalArgs,
        policy: &PluginPolicy,
        first: First,
    ) -> Result<Self> {
        let no_flags =
            globals.server.is_none() && globals.context.is_none() && globals.cluster.is_none();
        let nothing_given = config.is_empty() && no_flags && globals.kubeconfig.is_none();
        if nothing_given && let Some(mut resolved) = in_cluster() {
            if let Some(namespace) = given(&globals.namespace) {
                resolved.namespace = namespace;
            }
            resolved.impersonate = impersonation(globals, "")?;
            return Ok(resolved);
        }
        let (context_name, context) = wanted_context(config, globals);
        let lost = context.is_null() && !context_name.is_empty();
        if lost && first == First::Namespace {
            return Err(lost_context(&context_name));
        }
        let mut resolved = Resolved {
            namespace: given(&globals.namespace)
                .or_else(|| text(&context, "namespace"))
                .unwrap_or_else(|| "default".to_owned()),
            ..Resolved::default()
        };
        // Go looks for the user first, and for faults before it reads a file.
        let (user_name, user) = user_entry(config, globals, &context)?;
        if lost {
            return Err(Error::message(format!(
                "context {} does not exist",
                quote(&context_name)
            )));
        }
        let (cluster_name, cluster) = cluster_entry(config, globals, &context, first)?;
        resolved.impersonate = impersonation(globals, &user_name)?;
        faults::refuse((&user_name, &user), (&cluster_name, &cluster))?;
        resolved.cluster(&cluster, &cluster_name)?;
        if resolved.impersonate.is_empty() {
            resolved.impersonate = impersonation_of(&user);
        }
        // As client-go has it: who anybody is, is told to nobody who listens on the way.
        if resolved.has_tls() {
            resolved.user(config, policy, &user, &user_name)?;
        }
        Ok(resolved)
    }

    /// What client-go looks at when it is asked for a namespace: a context or a cluster that is not there is refused, a
    /// user who is not there is no matter yet.
    pub fn check_context(config: &Kubeconfig, globals: &GlobalArgs) -> Result<()> {
        let (name, context) = wanted_context(config, globals);
        if context.is_null() && !name.is_empty() {
            return Err(lost_context(&name));
        }
        cluster_entry(config, globals, &context, First::Namespace).map(drop)
    }

    fn cluster(&mut self, cluster: &Value, name: &str) -> Result<()> {
        let server = text(cluster, "server");
        self.server = address::url_of(server.as_deref().unwrap_or("localhost:8080"))?;
        self.tls_server_name = text(cluster, "tls-server-name");
        self.proxy_url = text(cluster, "proxy-url");
        let extensions = cluster["extensions"].as_array().into_iter().flatten();
        let mut for_plugins = extensions
            .filter(|extension| extension["name"] == "client.authentication.k8s.io/exec")
            .map(|extension| extension["extension"].clone());
        self.exec_config = for_plugins.next_back().unwrap_or_default();
        self.disable_compression = cluster["disable-compression"] == true;
        // Whom to trust matters only where there is TLS; an empty file names nobody.
        let authority = data_or_file(cluster, "certificate-authority", name)?;
        self.certificate_authority = authority.filter(|pem| !pem.is_empty());
        self.insecure = cluster["insecure-skip-tls-verify"] == true;
        match self.has_tls() && self.insecure && self.certificate_authority.is_some() {
            true => Err(Error::message(
                "specifying a root certificates file with the insecure flag is not allowed",
            )),
            false => Ok(()),
        }
    }

    fn has_tls(&self) -> bool {
        self.server.starts_with("https:")
    }

    fn user(
        &mut self,
        config: &Kubeconfig,
        policy: &PluginPolicy,
        user: &Value,
        name: &str,
    ) -> Result<()> {
        refuse_removed(user)?;
        let credentials = &mut self.credentials;
        credentials.token = match text(user, "tokenFile") {
            Some(path) => {
                let token = std::fs::read_to_string(&path).map_err(|error| {
                    Error::message(format!("open {path}: {}", go_words(&error)))
                })?;
                self.source = Source::TokenFile(path.into());
                Some(token.trim().to_owned())
            }
            None => text(user, "token").or_else(|| id_token(user)),
        };
        let username = text(user, "username").filter(|_| credentials.token.is_none());
        if let Some(username) = username {
            credentials.basic = Some((username, text(user, "password").unwrap_or_default()));
        }
        if let Some(certificate) = data_or_file(user, "client-certificate", name)? {
            let key = data_or_file(user, "client-key", name)?;
            credentials.certificate = key.map(|key| (certificate, key));
        }
        let plugin = &user["exec"];
        if plugin.is_object() && credentials.token.is_none() && credentials.certificate.is_none() {
            let folder = config
                .get_with_folder(Section::Users, name)
                .map_or_else(Default::default, |(_, folder)| folder.to_owned());
            self.source = Source::Plugin {
                entry: plugin.clone(),
                folder,
                policy: policy.clone(),
            };
        }
        Ok(())
    }
}

/// The name of the context that the flags or the files select, and what it says; null if it is not there.
fn wanted_context(config: &Kubeconfig, globals: &GlobalArgs) -> (String, Value) {
    let name = given(&globals.context).unwrap_or_else(|| config.current_context().to_owned());
    let context = config.get(Section::Contexts, &name).cloned();
    (name, context.unwrap_or_default())
}

fn lost_context(name: &str) -> Error {
    Error::Configuration(format!(
        "context was not found for specified context: {name}"
    ))
}

/// The name and the entry of the cluster that is meant, with what the flags say instead.
fn cluster_entry(
    config: &Kubeconfig,
    globals: &GlobalArgs,
    context: &Value,
    first: First,
) -> Result<(String, Value)> {
    let named = given(&globals.cluster);
    let name = named
        .clone()
        .or_else(|| text(context, "cluster"))
        .unwrap_or_default();
    let mut cluster = match config.get_with_folder(Section::Clusters, &name) {
        Some((cluster, folder)) => with_absolute_paths(cluster, folder),
        None if named.is_some() => {
            let name = quote(&name);
            let text = match first {
                First::Namespace => format!("no server found for cluster {name}"),
                First::Connection => format!("cluster {name} does not exist"),
            };
            return Err(Error::message(text));
        }
        None => json!({}),
    };
    if globals.server.is_some() {
        // Who names another server does not mean the certificate's name of this one.
        cluster["tls-server-name"] = Value::Null;
    }
    let authority = given(&globals.certificate_authority);
    if globals.insecure_skip_tls_verify || authority.is_some() {
        cluster["insecure-skip-tls-verify"] = globals.insecure_skip_tls_verify.into();
        cluster["certificate-authority-data"] = Value::Null;
        cluster["certificate-authority"] = Value::Null;
    }
    put(&mut cluster, "certificate-authority", authority);
    put(&mut cluster, "server", given(&globals.server));
    put(
        &mut cluster,
        "tls-server-name",
        given(&globals.tls_server_name),
    );
    Ok((name, cluster))
}

/// The name and the entry of the user that is meant, with what the flags say instead.
fn user_entry(
    config: &Kubeconfig,
    globals: &GlobalArgs,
    context: &Value,
) -> Result<(String, Value)> {
    let named = given(&globals.user);
    let name = named
        .clone()
        .or_else(|| text(context, "user"))
        .unwrap_or_default();
    let mut user = match config.get_with_folder(Section::Users, &name) {
        Some((user, folder)) => with_absolute_paths(user, folder),
        None if named.is_some() => {
            return Err(Error::message(format!(
                "auth info \"{name}\" does not exist"
            )));
        }
        None => json!({}),
    };
    for (field, flag) in [
        ("client-certificate", given(&globals.client_certificate)),
        ("client-key", given(&globals.client_key)),
    ] {
        if flag.is_some() {
            user[format!("{field}-data")] = Value::Null;
        }
        put(&mut user, field, flag);
    }
    if globals.token.is_some() {
        user["tokenFile"] = Value::Null;
    }
    put(&mut user, "token", given(&globals.token));
    put(&mut user, "username", given(&globals.username));
    put(&mut user, "password", given(&globals.password));
    Ok((name, user))
}

fn put(entry: &mut Value, field: &str, value: Option<String>) {
    if let Some(value) = value {
        entry[field] = value.into();
    }
}

/// Refuses the ways to log in that Kubernetes has given up; OpenID Connect is left.
fn refuse_removed(user: &Value) -> Result<()> {
    let provider = &user["auth-provider"];
    if !provider.is_object() {
        return Ok(());
    }
    let removed = |name: &str, plugin: &str, page: &str| {
        Err(Error::message(format!(
            "The {name} auth plugin has been removed.\nPlease use the {plugin} kubectl/client-go credential plugin \
             instead.\nSee {page} for further details"
        )))
    };
    match provider["name"].as_str().unwrap_or_default() {
        "oidc" => Ok(()),
        "gcp" => removed(
            "gcp",
            "\"gke-gcloud-auth-plugin\"",
            "https://cloud.google.com/blog/products/containers-kubernetes/kubectl-auth-changes-in-gke",
        ),
        "azure" => removed(
            "azure",
            "https://github.com/Azure/kubelogin",
            "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins",
        ),
        other => Err(Error::message(format!(
            "no Auth Provider found for name \"{other}\""
        ))),
    }
}

/// The token of the `oidc` auth provider.
fn id_token(user: &Value) -> Option<String> {
    let provider = &user["auth-provider"];
    (provider["name"] == "oidc").then(|| text(&provider["config"], "id-token"))?
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
        let why = go_words(&error);
        Error::message(format!(
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

/// As whom the flags say that `user` acts.
fn impersonation(globals: &GlobalArgs, user: &str) -> Result<Vec<(String, String)>> {
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
        // What is no pair is passed over.
        let Some((key, value)) = extra.split_once('=') else {
            continue;
        };
        headers.push((
            format!("Impersonate-Extra-{}", crate::client::encode(key)),
            value.to_owned(),
        ));
    }
    let names_user = headers
        .first()
        .is_some_and(|(name, _)| name == "Impersonate-User");
    if !headers.is_empty() && !names_user {
        return Err(Error::message(format!(
            "requesting uid, groups or user-extra for {user} without impersonating a user"
        )));
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
        for (key, values) in user["as-user-extra"].as_object().into_iter().flatten() {
            for value in values
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                headers.push((
                    format!("Impersonate-Extra-{}", crate::client::encode(key)),
                    value.to_owned(),
                ));
            }
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
        source: Source::TokenFile(folder.join("token")),
        namespace: namespace.trim().to_owned(),
        ..Resolved::default()
    })
}

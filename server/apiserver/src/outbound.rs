//! HTTPS to others on the API server's own behalf: webhooks that kubeconfig files describe, and token issuers.

use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::dial::tls::{self, Trust};

/// An answer that takes longer is no answer, as upstream.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why another server cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Kubeconfig(String),
    #[error("cannot read {path}: {source}")]
    Read {
        path: String,
        source: std::io::Error,
    },
    #[error(transparent)]
    Tls(#[from] tls::Error),
    #[error(transparent)]
    Http(#[from] reqwest::Error),
}

/// A client that trusts one CA bundle, or the machine's when there is none, and shows a certificate if it has one.
pub fn client(ca: Option<&str>, identity: Option<(&str, &str)>) -> Result<reqwest::Client, Error> {
    let trust = match ca {
        Some(pem) => Trust::bundle(pem.as_bytes())?,
        None => Trust::bundle_or_system(&[])?,
    };
    let tls = tls::config(trust, identity)?;
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    Ok(client)
}

/// A webhook as a kubeconfig file describes one: the current context's server, and as whom to speak to it.
pub struct Webhook {
    client: reqwest::Client,
    url: String,
    token: Option<String>,
    basic: Option<(String, String)>,
}

impl Webhook {
    /// Reads a kubeconfig file.
    pub fn from_kubeconfig(path: &Path) -> Result<Self, Error> {
        let text = read(path)?;
        let base = path.parent().unwrap_or(Path::new("."));
        let config: Value =
            serde_yaml::from_str(&text).map_err(|error| Error::Kubeconfig(error.to_string()))?;
        let named = |list: &str, name: &Value, field: &str| {
            let entries = config[list].as_array().into_iter().flatten();
            entries
                .clone()
                .find(|entry| entry["name"] == *name)
                .map(|entry| entry[field].clone())
                .unwrap_or_default()
        };
        let context = named("contexts", &config["current-context"], "context");
        let cluster = named("clusters", &context["cluster"], "cluster");
        let user = named("users", &context["user"], "user");
        let url = cluster["server"].as_str().unwrap_or_default().to_owned();
        if url.is_empty() {
            let why = "invalid configuration: no server found for the current context";
            return Err(Error::Kubeconfig(format!("{}: {why}", path.display())));
        }
        let ca = data_or_file(&cluster, "certificate-authority", base)?;
        let cert = data_or_file(&user, "client-certificate", base)?;
        let key = data_or_file(&user, "client-key", base)?;
        let token = match (user["token"].as_str(), user["tokenFile"].as_str()) {
            (Some(token), _) => Some(token.to_owned()),
            (None, Some(file)) => Some(read(&base.join(file))?.trim().to_owned()),
            _ => None,
        };
        let basic = user["username"].as_str().map(|name| {
            let password = user["password"].as_str().unwrap_or_default();
            (name.to_owned(), password.to_owned())
        });
        Ok(Self {
            client: client(ca.as_deref(), cert.as_deref().zip(key.as_deref()))?,
            url,
            token,
            basic,
        })
    }

    /// Posts an object, and gives back the one that is answered.
    pub async fn ask(&self, object: &Value) -> Result<Value, Error> {
        Ok(self.post(object.to_string()).await?.json().await?)
    }

    /// Posts JSON. An answer that is no success is an error.
    pub async fn post(&self, body: String) -> Result<reqwest::Response, Error> {
        let mut request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .body(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        } else if let Some((name, password)) = &self.basic {
            request = request.basic_auth(name, Some(password));
        }
        Ok(request.send().await?.error_for_status()?)
    }
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.display().to_string(),
        source,
    })
}

/// `FIELD-data` in base64, or the file that `FIELD` names.
fn data_or_file(entry: &Value, field: &str, base: &Path) -> Result<Option<String>, Error> {
    if let Some(data) = entry[format!("{field}-data")].as_str() {
        let bytes = STANDARD
            .decode(data)
            .map_err(|error| Error::Kubeconfig(format!("{field}-data: {error}")))?;
        return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
    }
    match entry[field].as_str() {
        Some(file) => read(&base.join(file)).map(Some),
        None => Ok(None),
    }
}

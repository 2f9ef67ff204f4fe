//! Calls webhooks: finds where they are (a URL, or a service of the cluster), verifies them with the bundle of their
//! configuration, keeps connections, and says in upstream's words what went wrong. What is asked and what the answer
//! means is the caller's.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use knarr_api::status::Status;
use parking_lot::Mutex;
use serde_json::Value;

use crate::dial::{self, Connector, Target, tls};
use crate::server::Shared;

/// Connections to so many different webhooks are kept.
const MAX_CLIENTS: usize = 256;
/// The longest answer that is read.
const MAX_ANSWER: usize = 8 << 20;
const AGENT: &str = concat!("kube-apiserver-admission/", env!("CARGO_PKG_VERSION"));

/// Why a webhook could not be asked. The texts are those of Go's HTTP client and of client-go.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("{0}")]
    Config(String),
    #[error("Post {url:?}: {why}")]
    Post { url: String, why: String },
    #[error("{0}")]
    Answer(String),
}

/// Where a webhook is, as a `clientConfig` says it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    Url(Uri),
    Service {
        namespace: String,
        name: String,
        port: u16,
        path: String,
    },
}

/// A `clientConfig`, read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    place: Place,
    /// PEM; empty means the system's authorities.
    ca: Vec<u8>,
}

impl Endpoint {
    /// Reads a `clientConfig` of a webhook configuration or of a CRD's conversion.
    pub fn parse(config: &Value) -> Result<Self, CallError> {
        let faulty = |why: String| CallError::Config(why);
        let ca = match config["caBundle"].as_str() {
            Some(text) => tls::ca_bundle(text).map_err(|error| faulty(error.to_string()))?,
            None => Vec::new(),
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let place = match (&config["service"], config["url"].as_str()) {
            (Value::Object(_), _) => {
                let service = &config["service"];
                Place::Service {
                    namespace: text(&service["namespace"]),
                    name: text(&service["name"]),
                    port: service["port"]
                        .as_u64()
                        .and_then(|port| u16::try_from(port).ok())
                        .unwrap_or(443),
                    path: text(&service["path"]),
                }
            }
            (_, Some(url)) => Place::Url(
                url.parse()
                    .map_err(|error| faulty(format!("Unparsable URL: {error}")))?,
            ),
            _ => {
                return Err(faulty(
                    "webhook configuration must have either service or URL".to_owned(),
                ));
            }
        };
        Ok(Self { place, ca })
    }

    /// The same without the path: what connections are shared by.
    fn origin(&self) -> Self {
        let place = match &self.place {
            Place::Url(url) => {
                let authority = url.authority().map_or("", |authority| authority.as_str());
                Place::Url(format!("https://{authority}/").parse().unwrap_or_default())
            }
            Place::Service {
                namespace,
                name,
                port,
                ..
            } => Place::Service {
                namespace: namespace.clone(),
                name: name.clone(),
                port: *port,
                path: String::new(),
            },
        };
        let ca = self.ca.clone();
        Self { place, ca }
    }

    fn connector(&self, shared: &Arc<Shared>) -> Result<Connector, tls::Error> {
        let target = match &self.place {
            Place::Url(url) => Target::Host {
                host: url.host().unwrap_or_default().to_owned(),
                port: url.port_u16().unwrap_or(443),
            },
            Place::Service {
                namespace,
                name,
                port,
                ..
            } => Target::Service {
                namespace: namespace.clone(),
                name: name.clone(),
                port: *port,
            },
        };
        let config = tls::config(tls::Trust::bundle_or_system(&self.ca)?, None)?;
        Connector::new(Arc::downgrade(shared), target, config)
    }

    fn url(&self, timeout: Option<Duration>) -> String {
        let mut url = match &self.place {
            Place::Url(url) => url.to_string(),
            Place::Service {
                namespace,
                name,
                port,
                path,
            } => format!(
                "https://{name}.{namespace}.svc:{port}/{}",
                path.trim_start_matches('/')
            ),
        };
        if let Some(timeout) = timeout {
            let mark = if url.contains('?') { '&' } else { '?' };
            url.push_str(&format!("{mark}timeout={}s", timeout.as_secs()));
        }
        url
    }
}

type HttpClient = Client<Connector, Full<Bytes>>;

/// The clients of the webhooks that were called.
#[derive(Default)]
pub struct WebhookClients {
    /// By origin.
    clients: Mutex<HashMap<Endpoint, HttpClient>>,
}

impl WebhookClients {
    /// Posts the value and answers what the webhook says, within the time.
    pub async fn post(
        &self,
        shared: &Arc<Shared>,
        endpoint: &Endpoint,
        body: &Value,
        timeout: Duration,
    ) -> Result<Value, CallError> {
        let url = endpoint.url(Some(timeout));
        let client = self.client(shared, endpoint)?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(&url)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, */*")
            .header(USER_AGENT, AGENT)
            .body(Full::new(Bytes::from(body.to_string())))
            .map_err(|error| CallError::Config(error.to_string()))?;
        let failed = |why: String| CallError::Post {
            url: url.clone(),
            why,
        };
        let exchange = async {
            let answer = client
                .request(request)
                .await
                .map_err(|error| failed(dial::cause(&error)))?;
            let code = answer.status();
            let said = answer.headers().get(CONTENT_TYPE);
            let said = said.and_then(|value| value.to_str().ok());
            let content_type = said.unwrap_or_default().to_owned();
            let bytes = Limited::new(answer.into_body(), MAX_ANSWER)
                .collect()
                .await
                .map_err(|error| CallError::Answer(error.to_string()))?
                .to_bytes();
            Ok((code, content_type, bytes))
        };
        let (code, content_type, bytes) = tokio::time::timeout(timeout, exchange)
            .await
            .map_err(|_| failed("context deadline exceeded".to_owned()))??;
        if !code.is_success() {
            let message = refusal(code, &content_type, &bytes);
            return Err(CallError::Answer(message));
        }
        if bytes.is_empty() {
            return Err(CallError::Answer(format!(
                "0-length response with status code: {} and content type: {content_type}",
                code.as_u16()
            )));
        }
        knarr_api::json::from_slice(&bytes).map_err(|error| {
            CallError::Answer(format!(
                "couldn't get version/kind; json parse error: {error}"
            ))
        })
    }

    fn client(&self, shared: &Arc<Shared>, endpoint: &Endpoint) -> Result<HttpClient, CallError> {
        let origin = endpoint.origin();
        let mut clients = self.clients.lock();
        if let Some(client) = clients.get(&origin) {
            return Ok(client.clone());
        }
        let connector = endpoint.connector(shared);
        let connector = connector.map_err(|error| CallError::Config(error.to_string()))?;
        let client = Client::builder(TokioExecutor::new()).build(connector);
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        clients.insert(origin, client.clone());
        Ok(client)
    }
}

/// What client-go says of an answer that is none: the message of a Status, or what is known of the code. Only what is
/// declared as text is repeated.
fn refusal(code: StatusCode, content_type: &str, bytes: &[u8]) -> String {
    let status = serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let message = status["message"].as_str().unwrap_or_default();
    if status["kind"] == "Status" && !message.is_empty() {
        return message.to_owned();
    }
    let said = String::from_utf8_lossy(bytes);
    let said = match content_type.is_empty() || content_type.starts_with("text/") {
        true => said.trim(),
        false => "unknown",
    };
    Status::server_response(code.as_u16(), "", "", "", said).message
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_url_of_a_service() {
        let endpoint = Endpoint::parse(
            &json!({"service": {"namespace": "n", "name": "s", "path": "/v", "port": 8443}}),
        );
        let url = endpoint.unwrap().url(Some(Duration::from_secs(5)));
        assert_eq!(url, "https://s.n.svc:8443/v?timeout=5s");
    }

    #[test]
    fn a_bundle_that_is_no_base64_is_told() {
        let error = Endpoint::parse(&json!({"url": "https://a", "caBundle": "?"})).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("unable to load root certificates")
        );
    }
}

//! The connection to an API server: requests with the user's identity, answers as values, refusals as errors.

mod stream;
mod tls;
mod websocket;

pub use stream::Lines;
pub use websocket::{Channel, ExecSocket};

use crate::{
    error::{Error, Result},
    flags::GlobalArgs,
    kubeconfig::Resolved,
    session::error_line,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use knarr_api::status::Status;
use serde_json::Value;
use std::{cell::RefCell, collections::HashSet, error::Error as _, rc::Rc, time::Duration};

/// Asks for a Table, and accepts plain JSON from a server that can't make one.
pub const ACCEPT_TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const ACCEPT_JSON: &str = "application/json";
const USER_AGENT: &str = concat!(
    "kubectl/v1.36.0 (",
    env!("CARGO_PKG_NAME"),
    "/",
    env!("CARGO_PKG_VERSION"),
    ")"
);

/// A connection; clones share it.
#[derive(Clone)]
pub struct Client(Rc<Inner>);

struct Inner {
    http: reqwest::Client,
    resolved: Resolved,
    headers: HeaderMap,
    timeout: Option<Duration>,
    verbosity: i32,
    warnings_as_errors: bool,
    /// Warnings that were printed already; the server repeats them on every request.
    warned: RefCell<HashSet<String>>,
}

/// One request, before it is sent.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    /// An absolute path on the server.
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub accept: &'static str,
    pub content_type: &'static str,
    pub body: Option<Vec<u8>>,
    /// For watches and logs: no limit on the time of the whole request.
    pub endless: bool,
}

impl Request {
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Request {
            method,
            path: path.into(),
            query: Vec::new(),
            accept: ACCEPT_JSON,
            content_type: "application/json",
            body: None,
            endless: false,
        }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Request::new(Method::GET, path)
    }

    /// Adds a query parameter unless its value is empty.
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.query.push((name, value));
        }
        self
    }

    /// Adds the parameters of `pairs`.
    pub fn queries(mut self, pairs: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.query.extend(pairs);
        self
    }

    pub fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.body = Some(body.to_string().into_bytes());
        self
    }

    /// A body in another format than JSON.
    pub fn body(mut self, content_type: &'static str, body: Vec<u8>) -> Self {
        self.content_type = content_type;
        self.body = Some(body);
        self
    }

    pub fn endless(mut self) -> Self {
        self.endless = true;
        self
    }

    fn path_and_query(&self) -> String {
        let mut text = self.path.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            let mark = if index > 0 || self.path.contains('?') {
                '&'
            } else {
                '?'
            };
            text.push(mark);
            text.push_str(name);
            text.push('=');
            text.push_str(&encode(value));
        }
        text
    }
}

/// Percent-encodes one query value or path segment.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(byte.into())
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

impl Client {
    pub fn new(resolved: &Resolved, globals: &GlobalArgs) -> Result<Self> {
        let timeout = globals.timeout()?;
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(Duration::from_secs(30));
        // Even a plain server may send us on to one with TLS.
        builder = builder.tls_backend_preconfigured(tls::config(resolved, &[b"h2", b"http/1.1"])?);
        if let Some(proxy) = &resolved.proxy_url {
            let proxy =
                reqwest::Proxy::all(proxy).map_err(|error| Error::message(error.to_string()))?;
            builder = builder.proxy(proxy);
        }
        if globals.disable_compression {
            builder = builder.no_gzip();
        }
        let http = builder
            .build()
            .map_err(|error| Error::message(error.to_string()))?;
        Ok(Client(Rc::new(Inner {
            http,
            resolved: resolved.clone(),
            headers: headers(resolved)?,
            timeout,
            verbosity: globals.verbosity,
            warnings_as_errors: globals.warnings_as_errors,
            warned: RefCell::default(),
        })))
    }

    /// The server's address, as the kubeconfig has it.
    pub fn server(&self) -> &str {
        &self.0.resolved.server
    }

    /// Sends a request and reads the answer as JSON.
    pub async fn send(&self, request: Request) -> Result<Value> {
        let bytes = self.send_raw(request).await?;
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|error| {
            Error::message(format!("couldn't decode the server's answer: {error}"))
        })
    }

    /// Sends a request and reads the answer as bytes.
    pub async fn send_raw(&self, request: Request) -> Result<bytes::Bytes> {
        let response = self.open(request).await?;
        response.bytes().await.map_err(|error| self.failed(&error))
    }

    /// Sends a request and reads the answer line by line, as it comes.
    pub async fn stream(&self, request: Request) -> Result<Lines> {
        Ok(Lines::new(self.open(request.endless()).await?))
    }

    /// Sends a request and returns as soon as the answer's head is there, if it is a success.
    pub async fn open(&self, request: Request) -> Result<reqwest::Response> {
        let target = request.path_and_query();
        let url = format!("{}{target}", self.0.resolved.server.trim_end_matches('/'));
        let mut builder = self
            .0
            .http
            .request(request.method.clone(), &url)
            .headers(self.0.headers.clone());
        builder = builder.header(http::header::ACCEPT, request.accept);
        if let Some(body) = request.body.clone() {
            builder = builder
                .header(http::header::CONTENT_TYPE, request.content_type)
                .body(body);
        }
        if let Some(timeout) = self.0.timeout.filter(|_| !request.endless) {
            builder = builder.timeout(timeout);
        }
        let started = std::time::Instant::now();
        let response = builder.send().await.map_err(|error| self.failed(&error))?;
        if self.0.verbosity >= 6 {
            let (status, took) = (response.status(), started.elapsed().as_millis());
            error_line(&format!(
                "\"Response\" verb=\"{}\" url=\"{url}\" status=\"{status}\" milliseconds={took}",
                request.method
            ));
        }
        self.print_warnings(response.headers())?;
        if response.status().is_success()
            || response.status() == http::StatusCode::SWITCHING_PROTOCOLS
        {
            return Ok(response);
        }
        let code = response.status().as_u16();
        let body = response
            .bytes()
            .await
            .map_err(|error| self.failed(&error))?;
        Err(refusal(code, &body).into())
    }

    /// Opens a WebSocket for `exec` and `attach`.
    pub async fn websocket(&self, request: Request) -> Result<ExecSocket> {
        websocket::connect(&self.0.resolved, &self.0.headers, &request.path_and_query()).await
    }

    /// Prints each warning of the server once (RFC 7234 `Warning: 299 - "text"`).
    fn print_warnings(&self, headers: &HeaderMap) -> Result<()> {
        let mut count = 0;
        for header in headers.get_all(http::header::WARNING) {
            let Some(text) = header.to_str().ok().and_then(warning_text) else {
                continue;
            };
            count += 1;
            if self.0.warned.borrow_mut().insert(text.clone()) {
                error_line(&format!("Warning: {text}"));
            }
        }
        match count {
            count if count > 0 && self.0.warnings_as_errors => {
                let plural = if count == 1 { "" } else { "s" };
                Err(Error::message(format!("{count} warning{plural} received")))
            }
            _ => Ok(()),
        }
    }

    fn failed(&self, error: &reqwest::Error) -> Error {
        let mut cause = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            cause = inner.to_string();
            if cause.to_lowercase().contains("connection refused") {
                break;
            }
            source = inner.source();
        }
        if error.is_timeout() {
            cause = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
                .to_owned();
        }
        if cause.contains("invalid peer certificate") {
            cause = format!(
                "tls: failed to verify certificate: {}",
                tls::explain(&cause)
            );
        }
        let server = self.server();
        let host = server.split_once("://").map_or(server, |(_, rest)| rest);
        Error::Connection {
            host: host.split('/').next().unwrap_or(host).to_owned(),
            cause,
        }
    }
}

fn headers(resolved: &Resolved) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    let wrong = || Error::message("a credential holds a character that no HTTP header may hold");
    let credentials = &resolved.credentials;
    let authorization = match (&credentials.token, &credentials.basic) {
        (Some(token), _) => Some(format!("Bearer {token}")),
        (None, Some((user, password))) => Some(format!(
            "Basic {}",
            STANDARD.encode(format!("{user}:{password}"))
        )),
        (None, None) => None,
    };
    if let Some(authorization) = authorization {
        let mut value = HeaderValue::from_str(&authorization).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.insert(http::header::AUTHORIZATION, value);
    }
    for (name, value) in &resolved.impersonate {
        let name = HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
        headers.append(name, HeaderValue::from_str(value).map_err(|_| wrong())?);
    }
    Ok(headers)
}

/// The text of a `299 - "text"` warning header.
fn warning_text(header: &str) -> Option<String> {
    let quoted = header.strip_prefix("299 ")?.split_once('"')?.1;
    let mut text = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next()),
            '"' => return Some(text),
            c => text.push(c),
        }
    }
    None
}

/// What a refused request means; servers that are no API servers answer without a Status.
fn refusal(code: u16, body: &[u8]) -> Status {
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    if let Some(status) = answer
        .as_ref()
        .filter(|answer| answer["kind"] == "Status")
        .and_then(Status::from_value)
    {
        return status;
    }
    let text = String::from_utf8_lossy(body).trim().to_owned();
    let (reason, message) = match code {
        401 => (
            "Unauthorized",
            "the server has asked for the client to provide credentials".to_owned(),
        ),
        403 => ("Forbidden", text),
        404 => (
            "NotFound",
            "the server could not find the requested resource".to_owned(),
        ),
        405 => (
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource".to_owned(),
        ),
        400 => (
            "BadRequest",
            "the server rejected our request for an unknown reason".to_owned(),
        ),
        409 => ("Conflict", "the server reported a conflict".to_owned()),
        413 => ("RequestEntityTooLarge", text),
        415 => ("UnsupportedMediaType", text),
        429 => ("TooManyRequests", text),
        503 => (
            "ServiceUnavailable",
            "the server is currently unable to handle the request".to_owned(),
        ),
        500..=599 => {
            let why = if text.is_empty() {
                "unknown"
            } else {
                text.as_str()
            };
            (
                "InternalError",
                format!(
                    "an error on the server (\"{why}\") has prevented the request from succeeding"
                ),
            )
        }
        _ => ("", text),
    };
    Status {
        code,
        reason: reason.into(),
        message,
        details: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_unquoted() {
        assert_eq!(
            warning_text("299 - \"a \\\"b\\\" c\"").as_deref(),
            Some("a \"b\" c")
        );
        assert_eq!(warning_text("199 - \"other\""), None);
    }

    #[test]
    fn query_values_are_encoded() {
        let request = Request::get("/api")
            .query("labelSelector", "a in (b,c)")
            .query("empty", "")
            .query("x", "1");
        assert_eq!(
            request.path_and_query(),
            "/api?labelSelector=a%20in%20%28b%2Cc%29&x=1"
        );
    }

    #[test]
    fn an_answer_without_a_status_still_has_a_reason() {
        assert_eq!(refusal(401, b"").reason, "Unauthorized");
        assert_eq!(
            refusal(404, b"404 page not found").message,
            "the server could not find the requested resource"
        );
    }
}

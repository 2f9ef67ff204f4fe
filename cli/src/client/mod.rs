//! The connection to an API server: requests with the user's identity, answers as values, refusals as errors.

mod download;
mod failure;
mod gates;
mod http_cache;
mod log;
mod login;
mod pages;
mod proxy;
mod refusal;
mod remote;
mod request;
mod stream;
mod tls;
mod upgrade;
mod warnings;

pub use download::{Download, download};
pub use failure::UNREAD;
pub use log::{line as log_line, line_of as log_line_of, text_of as log_text, value as log_value};
pub use proxy::proxy_url_fault;
pub use refusal::is_foreign;
pub use remote::{Channel, Receiver, Sender, Streams};
pub use request::{ACCEPT_ANY, ACCEPT_PROTOBUF, ACCEPT_TYPED, Request, encode};
pub use stream::Lines;
pub use warnings::{Warnings, holding_warnings};

use crate::{
    cache_folder,
    error::{Error, Result},
    flags::GlobalArgs,
    kubeconfig::{Credentials, Resolved},
    verbosity::Verbosity,
};
use failure::{may_pass, unreachable_server, unread_body};
use http::{HeaderMap, HeaderName, HeaderValue};
use http_cache::HttpCache;
use knarr_api::{
    json, protobuf,
    quote::quote,
    raw::{self, Field, Parts},
};
use log::RequestLog;
use login::{Login, wrong_header};
use refusal::{asked_for, refusal};
use request::ACCEPT_JSON;
use serde_json::Value;
use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    rc::Rc,
    time::Duration,
};

/// Asks for a Table, and accepts plain JSON from a server that can't make one.
pub const ACCEPT_TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
const USER_AGENT: &str = concat!(
    "kubectl/v1.36.0 (",
    env!("CARGO_PKG_NAME"),
    "/",
    env!("CARGO_PKG_VERSION"),
    ")"
);
/// How often a server that says `Retry-After` is asked again, as client-go does.
const RETRIES: usize = 10;
/// Go's words for a request that is not even begun.
pub const NO_TIME_LEFT: &str = "context deadline exceeded";
/// How long a server is left alone that hangs up.
const AFTER_HANGING_UP: Duration = Duration::from_secs(1);
/// The commands that read into Go's types upstream, which shows in what they accept.
const INTO_TYPES: &[&str] = &[
    "attach",
    "cluster-info",
    "cordon",
    "debug",
    "drain",
    "exec",
    "expose",
    "logs",
    "port-forward",
    "rollout",
    "run",
    "set",
    "taint",
    "uncordon",
    "version",
];

/// A connection; clones share it.
#[derive(Clone)]
pub struct Client {
    shared: Rc<Inner>,
    /// Whether requests are sent as Go's clients of single kinds send them.
    typed: bool,
}

struct Inner {
    login: RefCell<Option<Rc<Login>>>,
    cache: HttpCache,
    compresses: bool,
    /// How upgraded connections are kept alive, unless as the system does.
    keepalive: Cell<Option<Duration>>,
    resolved: Resolved,
    /// What every request carries, whoever the user is.
    headers: HeaderMap,
    timeout: Option<Duration>,
    /// The same in Go's form, for the server.
    timeout_text: Option<String>,
    logged: Verbosity,
    /// Of requests and their heads, and of bodies.
    verbosity: i32,
    body_verbosity: i32,
    /// Whether the command reads into Go's types.
    into_types: bool,
    /// Whether the server has answered anything yet.
    reached: Cell<bool>,
    /// Warnings that were printed already; the server repeats them on every request.
    warned: RefCell<HashSet<String>>,
}

impl Client {
    /// A connection for the command whose words are `command`, such as `kubectl create secret`.
    pub fn new(resolved: &Resolved, globals: &GlobalArgs, command: &str) -> Result<Self> {
        let timeout = globals.timeout()?;
        let logged = globals.logged();
        gates::tell(&logged);
        let compresses = !globals.disable_compression && !resolved.disable_compression;
        let mut headers = impersonation(resolved)?;
        name_command(&mut headers, command);
        let name = command.split(' ').nth(1).unwrap_or_default();
        let shared = Rc::new(Inner {
            login: RefCell::default(),
            cache: HttpCache::below(&cache_folder::base(globals.cache_dir.as_deref())),
            compresses,
            keepalive: Cell::default(),
            resolved: resolved.clone(),
            headers,
            timeout,
            timeout_text: timeout
                .and_then(|limit| limit.try_into().ok())
                .map(knarr_api::duration::format),
            verbosity: logged.in_file("round_trippers"),
            body_verbosity: logged.in_file("request").min(logged.in_file("helper")),
            logged,
            into_types: INTO_TYPES.contains(&name),
            reached: Cell::default(),
            warned: RefCell::default(),
        });
        Ok(Client {
            shared,
            typed: false,
        })
    }

    /// The same connection, for what upstream does with Go's client of the kind: see [`Request::typed`].
    pub fn typed(&self) -> Self {
        Client {
            typed: true,
            ..self.clone()
        }
    }

    /// Whether the requests are those of a client that Go has for each kind.
    pub fn is_typed(&self) -> bool {
        self.typed
    }

    /// Whether the command reads into Go's types.
    pub fn reads_into_types(&self) -> bool {
        self.shared.into_types
    }

    /// Whether the server has answered anything yet.
    pub fn has_reached(&self) -> bool {
        self.shared.reached.get()
    }

    /// The server's address, as the kubeconfig has it.
    pub fn server(&self) -> &str {
        &self.shared.resolved.server
    }

    /// Sends a request and reads the answer as JSON.
    pub async fn send(&self, request: Request) -> Result<Value> {
        let (unread, raw) = (request.unread, request.raw);
        let is_object = request.method == http::Method::GET && !asked_for(&request).0.is_empty();
        let bytes = self.send_raw(request).await?;
        if bytes.is_empty() && !raw && !is_object {
            return Ok(Value::Null);
        }
        match is_object {
            true => read_object(&bytes, unread),
            false => decode(&bytes, unread).map_err(Error::Foreign),
        }
    }

    /// Sends a request and reads the answer as bytes.
    pub async fn send_raw(&self, request: Request) -> Result<bytes::Bytes> {
        if request.cached {
            return self.send_cached(request).await;
        }
        let response = self.open(request.clone()).await?;
        let bytes = response
            .bytes()
            .await
            .map_err(|error| unread_body(&error))?;
        self.log_body(&request, &bytes);
        Ok(bytes)
    }

    /// Whether requests are logged.
    pub fn logs_requests(&self) -> bool {
        self.shared.verbosity >= 6 || self.logs_bodies()
    }

    /// Whether the bodies of answers are logged.
    fn logs_bodies(&self) -> bool {
        self.shared.body_verbosity >= 8
    }

    fn log_body(&self, request: &Request, body: &[u8]) {
        if self.logs_bodies() {
            self.log(request, "", &self.shared.headers)
                .body("Response Body", body);
        }
    }

    /// As [`Client::send_raw`], with what the disk knows.
    async fn send_cached(&self, mut request: Request) -> Result<bytes::Bytes> {
        request.cached = false;
        self.limit(&mut request);
        let cache = &self.shared.cache;
        let (url, accept) = (self.url(&request), request.accept);
        let stored = cache.read(&url, accept);
        if let Some(stored) = &stored {
            if stored.is_fresh(jiff::Timestamp::now()) {
                return Ok(stored.body.clone());
            }
            request.conditions = stored.validators();
        }
        let response = self
            .open(request.clone())
            .await
            .inspect_err(|_| cache.remove(&url))?;
        match stored {
            Some(stored) if response.status() == http::StatusCode::NOT_MODIFIED => Ok(stored.body),
            _ => {
                let headers = response.headers().clone();
                let read = response.bytes().await;
                let body = read.map_err(|error| unread_body(&error))?;
                cache.write(&url, accept, &headers, &body);
                Ok(body)
            }
        }
    }

    /// The URL at which an answer that is kept on disk is asked for.
    pub fn url_of_cached(&self, path: &str) -> String {
        let mut request = Request::get(path).cached();
        self.limit(&mut request);
        self.url(&request)
    }

    /// Writes a line of the log, if so much is to be logged of the source file that `place` names.
    pub fn note(&self, level: i32, place: &str, text: &str) {
        let file = place.split(".go").next().unwrap_or(place);
        if self.shared.logged.in_file(file) >= level {
            log_line(place, text);
        }
    }

    fn url(&self, request: &Request) -> String {
        let server = self.server().trim_end_matches('/');
        format!("{server}{}", request.path_and_query())
    }

    /// Tells the server of `--request-timeout`.
    fn limit(&self, request: &mut Request) {
        if let Some(timeout) = &self.shared.timeout_text {
            request.query.retain(|(name, _)| *name != "timeout");
            request.query.push(("timeout", timeout.clone()));
        }
    }

    /// Sends a request and reads the answer line by line, as it comes.
    pub async fn stream(&self, request: Request) -> Result<Lines> {
        Ok(Lines::new(self.open(request).await?))
    }

    /// Sends a request and returns as soon as the answer's head is there, if it is a success.
    pub async fn open(&self, mut request: Request) -> Result<reqwest::Response> {
        if request.accept == ACCEPT_JSON && !request.is_watch() {
            request = match (self.typed, self.shared.into_types) {
                (true, _) => request.typed(),
                (false, true) => request.accept(ACCEPT_ANY),
                (false, false) => request,
            };
        }
        self.limit(&mut request);
        let request = request.encoded();
        let response = self.patiently(&request).await?;
        self.print_warnings(response.headers());
        if response.status().is_success()
            || response.status() == http::StatusCode::SWITCHING_PROTOCOLS
            || response.status() == http::StatusCode::NOT_MODIFIED
        {
            return Ok(response);
        }
        let code = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response
            .bytes()
            .await
            .map_err(|error| unread_body(&error))?;
        self.log_body(&request, &body);
        Err(refusal(&request, code, &headers, &body).into())
    }

    /// Sends a request, again and again to a server that is busy and says when to come back, or that hangs up on who
    /// only wants to read.
    async fn patiently(&self, request: &Request) -> Result<reqwest::Response> {
        let url = self.url(request);
        let begun = std::time::Instant::now();
        let mut attempts = 0;
        loop {
            let response = self.once(request, &url).await;
            attempts += 1;
            let wait = match &response {
                Ok(response) => wait_before_retry(response),
                Err(error) => (request.method == http::Method::GET && may_pass(error))
                    .then_some(AFTER_HANGING_UP),
            };
            let Some(wait) = wait.filter(|_| attempts <= RETRIES) else {
                return response;
            };
            let left = self
                .shared
                .timeout
                .map(|limit| limit.saturating_sub(begun.elapsed()));
            if let (Some(left), Err(error)) = (left, &response)
                && left < wait
            {
                return Err(Error::message(format!(
                    "client rate limiter Wait returned an error: context deadline exceeded - error from a previous \
                     attempt: {error}"
                )));
            }
            tokio::time::sleep(wait).await;
            let told = format!(
                "\"Got a Retry-After response\" delay=\"{}s\" attempt={attempts} url={}",
                wait.as_secs(),
                quote(&url)
            );
            self.note(4, "with_retry.go:239", &told);
        }
    }

    async fn once(&self, request: &Request, url: &str) -> Result<reqwest::Response> {
        let begun = std::time::Instant::now();
        let login = self.login()?;
        let mut builder = login
            .http
            .request(request.method.clone(), url)
            .headers(login.headers.clone())
            .headers(request.conditions.clone());
        builder = builder.header(http::header::ACCEPT, request.accept);
        if let Some(body) = request.body.clone() {
            if !request.content_type.is_empty() {
                builder = builder.header(http::header::CONTENT_TYPE, request.content_type);
            }
            builder = builder.body(body);
        }
        if let Some(timeout) = self.shared.timeout {
            builder = builder.timeout(timeout);
        }
        // Go does not even begin what has no time left.
        if self
            .shared
            .timeout
            .is_some_and(|limit| begun.elapsed() > limit)
        {
            return Err(Error::message(NO_TIME_LEFT));
        }
        let logged = self.logs_requests();
        if logged {
            self.log(request, url, &login.headers).sent();
        }
        let started = std::time::Instant::now();
        let response = builder.send().await;
        if logged {
            self.log(request, url, &login.headers)
                .answered(response.as_ref().ok(), started.elapsed());
        }
        let response = response.map_err(|error| self.failed(request, &error))?;
        self.shared.reached.set(true);
        login.note(response.status());
        Ok(response)
    }

    /// Passes a request on as it is, and the answer back as it is, whatever it says.
    pub async fn pass(
        &self,
        method: http::Method,
        path: &str,
        headers: HeaderMap,
        body: reqwest::Body,
    ) -> Result<reqwest::Response> {
        let url = format!("{}{path}", self.origin());
        let login = self.login()?;
        let http = match headers.contains_key(http::header::UPGRADE) {
            true => login.upgrading(self)?,
            false => &login.http,
        };
        let mut all = headers;
        all.extend(login.headers.clone());
        let request = http.request(method.clone(), &url).headers(all).body(body);
        let response = request.send().await;
        let response = response.map_err(|error| self.unreachable(&method, &url, &error))?;
        login.note(response.status());
        Ok(response)
    }

    /// The server's address without a path.
    fn origin(&self) -> &str {
        let server = self.server();
        let start = server.find("://").map_or(0, |at| at + 3);
        let end = server[start..]
            .find('/')
            .map_or(server.len(), |at| start + at);
        &server[..end]
    }

    fn log<'a>(
        &self,
        request: &'a Request,
        url: &'a str,
        headers: &'a HeaderMap,
    ) -> RequestLog<'a> {
        RequestLog {
            verbosity: self.shared.verbosity,
            body_verbosity: self.shared.body_verbosity,
            request,
            url,
            headers,
            user_agent: USER_AGENT,
        }
    }

    fn failed(&self, request: &Request, error: &reqwest::Error) -> Error {
        self.unreachable(&request.method, &self.url(request), error)
    }

    fn unreachable(&self, method: &http::Method, url: &str, error: &reqwest::Error) -> Error {
        let proxy = proxy::for_server(&self.shared.resolved);
        unreachable_server(method, url, proxy.as_deref(), error)
    }
}

fn built(builder: reqwest::ClientBuilder) -> Result<reqwest::Client> {
    let client = builder.build();
    client.map_err(|error| Error::message(error.to_string()))
}

/// An object or a list of them; what has no kind is neither.
fn read_object(bytes: &[u8], unread: &'static [Field]) -> Result<Value> {
    let decoded = decode(bytes, unread).map_err(|why| {
        Error::Foreign(format!(
            "couldn't get version/kind; json parse error: {why}"
        ))
    })?;
    match decoded.get("kind") {
        Some(_) => Ok(decoded),
        None => Err(Error::Foreign(format!(
            "Object 'Kind' is missing in '{}'",
            String::from_utf8_lossy(bytes)
        ))),
    }
}

/// An answer in either of the codings that a client accepts.
fn decode(bytes: &[u8], unread: &'static [Field]) -> Result<Value, String> {
    match protobuf::is_protobuf(bytes) {
        true => protobuf::decode(bytes).map_err(|error| error.to_string()),
        false => raw::decode(bytes, Parts::AllBut(unread)).or_else(|_| json::from_slice(bytes)),
    }
}

/// A client of the cluster with these credentials that speaks `protocols` (names of ALPN).
fn http_client(
    resolved: &Resolved,
    credentials: &Credentials,
    compresses: bool,
    protocols: &[&[u8]],
) -> Result<reqwest::ClientBuilder> {
    let mut builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .no_proxy()
        .connect_timeout(Duration::from_secs(30));
    // Even a plain server may send us on to one with TLS.
    builder = builder.tls_backend_preconfigured(tls::config(resolved, credentials, protocols)?);
    if let Some(proxy) = proxy::for_server(resolved) {
        let proxy =
            reqwest::Proxy::all(proxy).map_err(|error| Error::message(error.to_string()))?;
        builder = builder.proxy(proxy);
    }
    if !compresses {
        builder = builder.no_gzip();
    }
    if !protocols.contains(&&b"h2"[..]) {
        builder = builder.http1_only();
    }
    Ok(builder)
}

/// The headers by which the user acts as another.
fn impersonation(resolved: &Resolved) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in &resolved.impersonate {
        let name = HeaderName::try_from(name.as_str()).map_err(|_| wrong_header())?;
        headers.append(
            name,
            HeaderValue::from_str(value).map_err(|_| wrong_header())?,
        );
    }
    Ok(headers)
}

/// Tells the server which command asks, and which of its requests belong together (KEP-859).
fn name_command(headers: &mut HeaderMap, command: &str) {
    let switched_off = std::env::var("KUBECTL_COMMAND_HEADERS")
        .is_ok_and(|value| matches!(crate::flags::parse_bool(&value), Ok(false)));
    if command.is_empty() || switched_off {
        return;
    }
    let session = uuid::Uuid::new_v4().to_string();
    for (name, value) in [("kubectl-command", command), ("kubectl-session", &session)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
}

/// How long a busy server wants to be left alone.
fn wait_before_retry(response: &reqwest::Response) -> Option<Duration> {
    let busy = response.status() == http::StatusCode::TOO_MANY_REQUESTS
        || response.status().is_server_error();
    let after = response.headers().get(http::header::RETRY_AFTER)?;
    let seconds = after.to_str().ok()?.parse::<u64>().ok()?;
    busy.then(|| Duration::from_secs(seconds))
}

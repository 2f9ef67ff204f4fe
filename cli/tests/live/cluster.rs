//! An API server for the tests: a few objects, discovery in its oldest form, streams, and a note of all that is asked.

use crate::remote;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    runtime::Runtime,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

pub type Answer = Response<Full<Bytes>>;

/// What the server makes of a request to upgrade to a WebSocket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebSockets {
    #[default]
    Spoken,
    Refused(u16),
    /// The connection becomes a WebSocket without the protocol that was asked for.
    WithoutProtocol,
}

/// How a server is made.
#[derive(Default)]
pub struct Options {
    pub web_sockets: WebSockets,
    pub without_spdy: bool,
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// The name in the server's address, in place of 127.0.0.1.
    pub host: Option<&'static str>,
    /// Further fields of the kubeconfig's cluster and user.
    pub cluster: Value,
    pub user: Value,
    /// The only token with which requests are answered, now.
    pub token: Option<&'static str>,
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    pub target: String,
    pub authorization: String,
    pub upgrade: String,
}

/// What the connections share.
pub struct State {
    pub options: Options,
    pub folder: TempDir,
    objects: Mutex<BTreeMap<String, Value>>,
    seen: Mutex<Vec<Seen>>,
    token: Mutex<Option<&'static str>>,
    /// Where the containers look for programs first.
    programs: Mutex<Option<PathBuf>>,
    /// Ends the streams of a pod.
    pods: Mutex<HashMap<String, CancellationToken>>,
}

/// A running server; it ends with the test.
pub struct Cluster {
    pub address: SocketAddr,
    pub state: Arc<State>,
    _runtime: Runtime,
}

impl Cluster {
    pub fn start(options: Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let acceptor = options.tls.clone().map(TlsAcceptor::from);
        let state = Arc::new(State {
            token: Mutex::new(options.token),
            options,
            folder: tempfile::tempdir().expect("a temporary folder"),
            objects: Mutex::default(),
            seen: Mutex::default(),
            programs: Mutex::default(),
            pods: Mutex::default(),
        });
        runtime.spawn(listen(listener, acceptor, state.clone()));
        let cluster = Cluster {
            address,
            state,
            _runtime: runtime,
        };
        cluster.configure();
        cluster.put("pods", "web", pod("web"));
        cluster
    }

    /// The folder that is the user's home, and where remote commands run.
    pub fn folder(&self) -> &Path {
        self.state.folder.path()
    }

    pub fn put(&self, resource: &str, name: &str, object: Value) {
        let path = format!("/api/v1/namespaces/default/{resource}/{name}");
        let mut objects = self.state.objects.lock().expect("nobody panics");
        objects.insert(path, object);
    }

    pub fn remove(&self, resource: &str, name: &str) {
        let path = format!("/api/v1/namespaces/default/{resource}/{name}");
        let mut objects = self.state.objects.lock().expect("nobody panics");
        objects.remove(&path);
    }

    /// Ends the streams that lead to a pod.
    pub fn disconnect(&self, pod: &str) {
        self.state.connection(pod).cancel();
    }

    /// From now on only requests with this token are answered.
    pub fn expect_token(&self, token: &'static str) {
        *self.state.token.lock().expect("nobody panics") = Some(token);
    }

    /// Has the containers look in this folder for programs first.
    pub fn prefer(&self, folder: &Path) {
        *self.state.programs.lock().expect("nobody panics") = Some(folder.to_owned());
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().expect("nobody panics").clone()
    }

    /// The credentials of the requests whose target starts so.
    pub fn credentials(&self, target: &str) -> Vec<String> {
        let seen = self.seen().into_iter();
        let fitting = seen.filter(|seen| seen.target.starts_with(target));
        fitting.map(|seen| seen.authorization).collect()
    }

    /// What reached the streams of a pod: method and what was to be upgraded to.
    pub fn upgrades(&self) -> Vec<(Method, String)> {
        let seen = self.seen().into_iter();
        let upgrades = seen.filter(|seen| !seen.upgrade.is_empty());
        upgrades.map(|seen| (seen.method, seen.upgrade)).collect()
    }

    pub fn url(&self) -> String {
        let scheme = match self.state.options.tls {
            Some(_) => "https",
            None => "http",
        };
        let host = self.state.options.host.unwrap_or("127.0.0.1");
        format!("{scheme}://{host}:{}", self.address.port())
    }

    fn configure(&self) {
        let merged = |mut value: Value, more: &Value| {
            for (field, inner) in more.as_object().into_iter().flatten() {
                value[field] = inner.clone();
            }
            value
        };
        let options = &self.state.options;
        let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": merged(json!({"server": self.url()}), &options.cluster)}],
            "users": [{"name": "u", "user": merged(json!({}), &options.user)}]});
        let path = self.folder().join("config");
        std::fs::write(path, config.to_string()).expect("the folder is writable");
    }

    /// The program, with this server as its cluster and nothing else from the tester's environment.
    pub fn kubectl(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl"));
        command
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder())
            .env("KUBECONFIG", self.folder().join("config"))
            .env("TERM", "xterm")
            .current_dir(self.folder());
        command
    }
}

/// A pod that runs and is ready.
pub fn pod(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "uid": name, "labels": {"app": "web"}},
        "spec": {"nodeName": "n", "containers": [{"name": "main", "image": "i", "stdin": true, "tty": true,
            "ports": [{"name": "http", "containerPort": 80}]}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})
}

/// Waits for a condition; a deadline ends the test.
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn answer(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, json);
    answer
}

async fn listen(listener: TcpListener, acceptor: Option<TlsAcceptor>, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (state, acceptor) = (state.clone(), acceptor.clone());
        tokio::spawn(async move {
            match acceptor {
                Some(acceptor) => {
                    // Whoever does not trust the certificate goes away.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, state).await;
                    }
                }
                None => serve(stream, state).await,
            }
        });
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, state: Arc<State>) {
    let service = service_fn(move |request| {
        let state = state.clone();
        async move { Ok::<_, Infallible>(state.respond(request).await) }
    });
    let builder = Builder::new(TokioExecutor::new());
    // The client may end the connection as it likes.
    let _ = builder
        .serve_connection_with_upgrades(TokioIo::new(stream), service)
        .await;
}

impl State {
    /// What ends the streams of a pod.
    pub fn connection(&self, pod: &str) -> CancellationToken {
        let mut pods = self.pods.lock().expect("nobody panics");
        pods.entry(pod.to_owned()).or_default().clone()
    }

    /// The search path of the containers.
    pub fn search_path(&self) -> String {
        let path = std::env::var("PATH").unwrap_or_default();
        match &*self.programs.lock().expect("nobody panics") {
            Some(first) => format!("{}:{path}", first.display()),
            None => path,
        }
    }

    fn note(&self, parts: &Parts) {
        let text = |name| {
            let value = parts.headers.get(name);
            value
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
                .unwrap_or_default()
        };
        self.seen.lock().expect("nobody panics").push(Seen {
            method: parts.method.clone(),
            target: parts.uri.to_string(),
            authorization: text(header::AUTHORIZATION),
            upgrade: text(header::UPGRADE),
        });
    }

    async fn respond(self: Arc<Self>, request: Request<Incoming>) -> Answer {
        let (parts, body) = request.into_parts();
        self.note(&parts);
        let token = *self.token.lock().expect("nobody panics");
        let wanted = token.map(|token| format!("Bearer {token}"));
        let given = parts.headers.get(header::AUTHORIZATION);
        if let Some(wanted) = wanted
            && given.is_none_or(|given| given.as_bytes() != wanted.as_bytes())
        {
            return answer(StatusCode::UNAUTHORIZED, refusal(401, "Unauthorized"));
        }
        if parts.headers.contains_key(header::UPGRADE) {
            let request = Request::from_parts(parts, body);
            return remote::upgrade(self, request);
        }
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => return answer(StatusCode::BAD_REQUEST, ""),
        };
        match parts.method {
            Method::PATCH => self.patch(parts.uri.path(), &body),
            Method::POST => self.create(parts.uri.path(), &body).await,
            _ => match self.page(&parts.uri) {
                Some(page) => page,
                None => self.get(parts.uri.path()),
            },
        }
    }

    /// A part of a list, where one is asked for. Where it goes on is told at its end.
    fn page(&self, uri: &http::Uri) -> Option<Answer> {
        let parameter = |name: &str| {
            let mut pairs = uri
                .query()?
                .split('&')
                .filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(known, _)| *known == name)?
                .1
                .parse::<usize>()
                .ok()
        };
        let limit = parameter("limit")?;
        let list = self.object(uri.path())?;
        let items = list["items"].as_array()?;
        let begin = parameter("continue").unwrap_or(0).min(items.len());
        let end = items.len().min(begin + limit);
        let next = match end < items.len() {
            true => end.to_string(),
            false => String::new(),
        };
        let (kind, part) = (&list["kind"], json!(items[begin..end]));
        Some(answer(
            StatusCode::OK,
            format!(
                r#"{{"kind":{kind},"apiVersion":"v1","items":{part},"metadata":{{"resourceVersion":"1","continue":"{next}"}}}}"#
            ),
        ))
    }

    fn get(&self, path: &str) -> Answer {
        let found = match path {
            "/api" => Some(json!({"kind": "APIVersions", "versions": ["v1"]})),
            "/apis" => Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []})),
            "/api/v1" => Some(resources()),
            "/version" => Some(json!({"major": "1", "minor": "36", "gitVersion": "v1.36.0"})),
            path => self.object(path),
        };
        match found {
            Some(found) => answer(StatusCode::OK, found.to_string()),
            None => answer(StatusCode::NOT_FOUND, refusal(404, "NotFound")),
        }
    }

    fn object(&self, path: &str) -> Option<Value> {
        let objects = self.objects.lock().expect("nobody panics");
        if let Some(object) = objects.get(path) {
            return Some(object.clone());
        }
        let resource = path.strip_prefix("/api/v1/namespaces/default/")?;
        let kind = match resource {
            "pods" => "PodList",
            "configmaps" => "ConfigMapList",
            "services" => "ServiceList",
            _ => return None,
        };
        let inside = format!("{path}/");
        let items = objects.iter().filter(|(path, _)| path.starts_with(&inside));
        let items: Vec<&Value> = items.map(|(_, object)| object).collect();
        Some(
            json!({"kind": kind, "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": items}),
        )
    }

    /// Makes an object as its annotations say: after another one, with a warning, not at all, or too late.
    async fn create(&self, collection: &str, body: &[u8]) -> Answer {
        let object = serde_json::from_slice::<Value>(body).unwrap_or_default();
        let annotation = |name: &str| object["metadata"]["annotations"][name].as_str();
        let path = |name: &str| format!("{collection}/{name}");
        if annotation("refused").is_some() {
            return answer(StatusCode::FORBIDDEN, refusal(403, "Forbidden"));
        }
        if let Some(other) = annotation("made-after") {
            while self.object(&path(other)).is_none() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        let name = path(object["metadata"]["name"].as_str().unwrap_or_default());
        let mut objects = self.objects.lock().expect("nobody panics");
        if annotation("rival").is_some() {
            let rival = json!({"apiVersion": object["apiVersion"], "kind": object["kind"],
                "metadata": {"name": object["metadata"]["name"]}});
            objects.insert(name, rival);
            return answer(StatusCode::CONFLICT, refusal(409, "AlreadyExists"));
        }
        let mut created = answer(StatusCode::CREATED, object.to_string());
        if let Some(text) = annotation("warned") {
            let warning = format!("299 - \"{text}\"").parse().expect("it is a header");
            created.headers_mut().insert(header::WARNING, warning);
        }
        objects.insert(name, object);
        created
    }

    fn patch(&self, path: &str, body: &[u8]) -> Answer {
        let mut objects = self.objects.lock().expect("nobody panics");
        let patch = serde_json::from_slice::<Value>(body).unwrap_or_default();
        match objects.get_mut(path) {
            Some(object) => {
                object["data"] = patch["data"].clone();
                answer(StatusCode::OK, object.to_string())
            }
            None => answer(StatusCode::NOT_FOUND, refusal(404, "NotFound")),
        }
    }
}

fn resources() -> Value {
    let resource = |name: &str, kind: &str, short: &str| {
        json!({"name": name, "singularName": kind.to_lowercase(), "namespaced": true, "kind": kind,
            "shortNames": [short], "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"]})
    };
    json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": [
        resource("pods", "Pod", "po"), resource("configmaps", "ConfigMap", "cm"),
        resource("services", "Service", "svc")]})
}

pub fn refusal(code: u16, reason: &str) -> String {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": reason,
        "message": format!("refused: {reason}"), "code": code})
    .to_string()
}

/// What is told at the end: before it stands what discovery logs of a server that it cannot ask.
pub fn last_line(told: &str) -> &str {
    told.lines().next_back().unwrap_or_default()
}

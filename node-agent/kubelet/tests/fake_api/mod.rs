//! A small API server in memory for tests of the kubelet: objects by path, watches, patches. It knows no
//! validation and no defaults, and is stricter than the real one in one thing: a status patch must carry
//! the UID of the object that is there.
#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Json, Response};
use futures::{StreamExt, stream};
use http::{Method, StatusCode};
use knarr_api::patch::merge::merge_patch;
use knarr_api::patch::strategic::strategic_merge;
use knarr_api::schema::Schema;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::{broadcast, watch};

/// The server; clones share their objects.
#[derive(Clone)]
pub struct FakeApi {
    state: Arc<Mutex<Objects>>,
    changes: broadcast::Sender<(String, &'static str, Value)>,
    version: watch::Sender<u64>,
}

#[derive(Default)]
struct Objects {
    by_path: BTreeMap<String, Value>,
    /// Methods and paths of all requests that changed something.
    writes: Vec<String>,
    version: u64,
}

impl FakeApi {
    pub fn new() -> Self {
        Self {
            state: Arc::default(),
            changes: broadcast::channel(1024).0,
            version: watch::channel(0).0,
        }
    }

    /// A client that talks to this server.
    pub fn client(&self) -> kube::Client {
        let router = Router::new().fallback(handle).with_state(self.clone());
        kube::Client::new(router, "default")
    }

    /// Stores an object as if a user had written it.
    pub fn put(&self, collection: &str, mut object: Value) {
        let name = object["metadata"]["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if object["metadata"]["uid"].is_null() {
            object["metadata"]["uid"] = json!(format!("uid-{name}"));
        }
        self.store(&format!("{collection}/{name}"), object);
    }

    /// The object at a path.
    pub fn get(&self, path: &str) -> Option<Value> {
        self.state.lock().by_path.get(path).cloned()
    }

    /// Everything below a path.
    pub fn list(&self, prefix: &str) -> Vec<Value> {
        let state = self.state.lock();
        state
            .by_path
            .iter()
            .filter(|(path, _)| path.starts_with(prefix))
            .map(|(_, v)| v.clone())
            .collect()
    }

    /// Changes an object in place.
    pub fn change(&self, path: &str, change: impl FnOnce(&mut Value)) {
        let mut object = self.get(path).expect("the object exists");
        change(&mut object);
        self.store(path, object);
    }

    /// Requests that changed something, as `METHOD path`.
    pub fn writes(&self) -> Vec<String> {
        self.state.lock().writes.clone()
    }

    /// Waits until `found` answers; fails after a while with what there is.
    pub async fn until<T>(&self, what: &str, found: impl Fn(&Self) -> Option<T>) -> T {
        let mut version = self.version.subscribe();
        let wait = async {
            loop {
                if let Some(found) = found(self) {
                    return found;
                }
                version
                    .changed()
                    .await
                    .expect("the server outlives its clients");
            }
        };
        match tokio::time::timeout(std::time::Duration::from_secs(60), wait).await {
            Ok(found) => found,
            Err(_) => panic!("never came: {what}\n{:#?}", self.state.lock().by_path),
        }
    }

    fn store(&self, path: &str, mut object: Value) -> Value {
        let mut state = self.state.lock();
        state.version += 1;
        let version = state.version;
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        let kind = if state.by_path.contains_key(path) {
            "MODIFIED"
        } else {
            "ADDED"
        };
        state.by_path.insert(path.to_owned(), object.clone());
        // Nobody may be watching.
        let _ = self.changes.send((path.to_owned(), kind, object.clone()));
        drop(state);
        self.version.send_replace(version);
        object
    }

    pub fn remove(&self, path: &str) -> Option<Value> {
        let mut state = self.state.lock();
        let object = state.by_path.remove(path)?;
        state.version += 1;
        let version = state.version;
        let _ = self
            .changes
            .send((path.to_owned(), "DELETED", object.clone()));
        drop(state);
        self.version.send_replace(version);
        Some(object)
    }
}

async fn handle(State(api): State<FakeApi>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .expect("bodies of tests are whole");
    if parts.method != Method::GET {
        api.state
            .lock()
            .writes
            .push(format!("{} {path}", parts.method));
    }
    let content = parts
        .headers
        .get("content-type")
        .and_then(|value| value.to_str().ok());
    match parts.method {
        Method::GET if query.contains("watch=true") => watch_objects(&api, &path, &query),
        Method::GET => read(&api, &path, &query),
        Method::POST => create(&api, &path, &body),
        Method::PATCH => patch(&api, &path, content.unwrap_or_default(), &body),
        Method::DELETE => match api.remove(&path) {
            Some(object) => Json(object).into_response(),
            None => failure(StatusCode::NOT_FOUND, "NotFound"),
        },
        _ => failure(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
    }
}

fn failure(code: StatusCode, reason: &str) -> Response {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": reason, "reason": reason, "code": code.as_u16()});
    (code, Json(status)).into_response()
}

/// Whether an object is in the collection that a list or watch names.
fn is_selected(collection: &str, query: &str, path: &str, object: &Value) -> bool {
    let plural = collection.rsplit('/').next().unwrap_or_default();
    let root = collection.strip_suffix(plural).unwrap_or_default();
    let mut words = path.rsplit('/');
    let (name, of) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    if of != plural || !path.starts_with(root) {
        return false;
    }
    let selector = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("fieldSelector="));
    match selector
        .unwrap_or_default()
        .replace("%3D", "=")
        .split_once('=')
    {
        Some(("metadata.name", wanted)) => name == wanted,
        Some(("spec.nodeName", wanted)) => object["spec"]["nodeName"] == wanted,
        _ => true,
    }
}

fn read(api: &FakeApi, path: &str, query: &str) -> Response {
    let state = api.state.lock();
    if let Some(object) = state.by_path.get(path) {
        return Json(object.clone()).into_response();
    }
    let words: Vec<&str> = path.split('/').collect();
    let is_collection = matches!(
        words.as_slice(),
        ["", "api", "v1", _] | ["", "api", "v1", "namespaces", _, _]
    );
    if !is_collection {
        return failure(StatusCode::NOT_FOUND, "NotFound");
    }
    let items: Vec<_> = state
        .by_path
        .iter()
        .filter(|(at, object)| is_selected(path, query, at, object))
        .map(|(_, object)| object.clone())
        .collect();
    let metadata = json!({"resourceVersion": state.version.to_string()});
    Json(json!({"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items}))
        .into_response()
}

fn watch_objects(api: &FakeApi, path: &str, query: &str) -> Response {
    let (path, query) = (path.to_owned(), query.to_owned());
    let changes = api.changes.subscribe();
    let events = stream::unfold(changes, |mut changes| async move {
        let change = changes.recv().await.ok()?;
        Some((change, changes))
    })
    .filter_map(move |(at, kind, object)| {
        let selected = is_selected(&path, &query, &at, &object);
        let line = format!("{}\n", json!({"type": kind, "object": object}));
        std::future::ready(selected.then(|| Ok::<_, std::io::Error>(Bytes::from(line))))
    });
    Response::new(Body::from_stream(events))
}

fn create(api: &FakeApi, path: &str, body: &[u8]) -> Response {
    let mut object: Value = serde_json::from_slice(body).expect("clients send JSON");
    if path.ends_with("/token") {
        object["status"] =
            json!({"token": "a-token", "expirationTimestamp": "2100-01-01T00:00:00Z"});
        return (StatusCode::CREATED, Json(object)).into_response();
    }
    if let Some(status) = review(path, &object["spec"]) {
        object["status"] = status;
        return (StatusCode::CREATED, Json(object)).into_response();
    }
    let name = object["metadata"]["name"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let at = format!("{path}/{name}");
    if api.get(&at).is_some() {
        return failure(StatusCode::CONFLICT, "AlreadyExists");
    }
    object["metadata"]["uid"] = json!(format!("uid-{name}"));
    (StatusCode::CREATED, Json(api.store(&at, object))).into_response()
}

/// What is said of a token or of a user: administrators may everything, and whose token is `prober` may ask how the
/// node is.
fn review(path: &str, spec: &Value) -> Option<Value> {
    match path.rsplit('/').next()? {
        "tokenreviews" if spec["token"] == "prober" => {
            Some(json!({"authenticated": true, "user": {"username": "prober"}}))
        }
        "tokenreviews" => Some(json!({"authenticated": false})),
        "subjectaccessreviews" => {
            let of_node = &spec["resourceAttributes"];
            let groups = spec["groups"].as_array()?;
            let allowed = of_node["name"] == "n1"
                && (groups.contains(&json!("system:masters"))
                    || spec["user"] == "prober" && of_node["subresource"] == "healthz");
            Some(json!({ "allowed": allowed }))
        }
        _ => None,
    }
}

fn patch(api: &FakeApi, path: &str, content: &str, body: &[u8]) -> Response {
    let patch: Value = serde_json::from_slice(body).expect("clients send JSON");
    let at = path.strip_suffix("/status").unwrap_or(path);
    let Some(mut object) = api.get(at) else {
        return failure(StatusCode::NOT_FOUND, "NotFound");
    };
    if let Some(uid) = patch["metadata"]["uid"].as_str()
        && object["metadata"]["uid"] != uid
    {
        return failure(StatusCode::CONFLICT, "Conflict");
    }
    if content.contains("strategic") {
        let kind = if at.contains("/nodes/") {
            "Node"
        } else {
            "Pod"
        };
        let schema = Schema::for_gvk("", "v1", kind).expect("a kind of the core");
        object = strategic_merge(object, &patch, schema).expect("a valid patch");
    } else {
        merge_patch(&mut object, &patch);
    }
    Json(api.store(at, object)).into_response()
}

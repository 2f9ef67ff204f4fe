//! The API server and the controllers in one process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Request;
use knarr_apiserver::{ApiServer, Config, UserInfo, in_process};
use knarr_component::metrics::Registry;
use knarr_controller_manager::ControllerConfig;
use knarr_server::pki::{ADMIN, CONTROLLER_MANAGER, Identity, Pki};
use knarr_storage::MemoryStore;
use kube::Client;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a controller may take, and how often it is looked.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// It ends when it is dropped.
pub struct Cluster {
    client: Client,
    cancel: CancellationToken,
    _controllers: JoinHandle<()>,
    /// What the server does in the background ends with it.
    _server: ApiServer,
    _folder: tempfile::TempDir,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Cluster {
    /// A cluster with the namespace `default` and its account.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let pki = Pki::open(folder.path()).expect("certificates");
        let key = pki.service_account_key().expect("a key");
        let store = Arc::new(MemoryStore::new());
        let config = Config::new(store, pki.ca_cert().to_owned(), key);
        let server = ApiServer::new(config).await.expect("the server starts");
        let client = |identity: Identity| {
            let user = UserInfo::authenticated(identity.user, identity.groups.iter().copied());
            Client::new(in_process(server.router(), user), "default")
        };
        let cancel = CancellationToken::new();
        let config = ControllerConfig::new(pki.ca_cert().to_owned());
        let controllers = knarr_controller_manager::run(
            client(CONTROLLER_MANAGER),
            config,
            Registry::default(),
            cancel.clone(),
        );
        let cluster = Self {
            client: client(ADMIN),
            cancel,
            _controllers: tokio::spawn(controllers),
            _server: server,
            _folder: folder,
        };
        let account = "/api/v1/namespaces/default/serviceaccounts/default";
        cluster.until(account, Value::is_object).await;
        cluster
    }

    async fn ask(&self, method: &str, path: &str, kind: &str, body: &Value) -> Result<Value, u16> {
        let body = match body {
            Value::Null => Vec::new(),
            body => body.to_string().into_bytes(),
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", kind)
            .body(body)
            .expect("the request is valid");
        match self.client.request(request).await {
            Ok(value) => Ok(value),
            Err(kube::Error::Api(status)) => Err(status.code),
            Err(error) => panic!("{method} {path}: {error}"),
        }
    }

    /// The object or list, or the code of the refusal.
    pub async fn find(&self, path: &str) -> Result<Value, u16> {
        self.ask("GET", path, "application/json", &Value::Null)
            .await
    }

    pub async fn get(&self, path: &str) -> Value {
        let found = self.find(path).await;
        found.unwrap_or_else(|code| panic!("{path}: {code}"))
    }

    /// Creates an object in the collection, or gives the code of the refusal.
    pub async fn try_create(&self, collection: &str, object: &Value) -> Result<Value, u16> {
        self.ask("POST", collection, "application/json", object)
            .await
    }

    pub async fn create(&self, collection: &str, object: &Value) -> Value {
        let made = self.try_create(collection, object).await;
        made.unwrap_or_else(|code| panic!("{collection}: {code}"))
    }

    pub async fn patch(&self, path: &str, patch: &Value) -> Value {
        let kind = "application/merge-patch+json";
        let patched = self.ask("PATCH", path, kind, patch).await;
        patched.unwrap_or_else(|code| panic!("{path}: {code}"))
    }

    /// Deletes with a propagation policy.
    pub async fn delete(&self, path: &str, policy: &str) {
        let options = json!({"propagationPolicy": policy});
        let deleted = self.ask("DELETE", path, "application/json", &options).await;
        deleted.unwrap_or_else(|code| panic!("{path}: {code}"));
    }

    /// Waits until what is at the path is as wanted; nothing at all is null.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = match self.find(path).await {
                Ok(found) => found,
                Err(404) => Value::Null,
                Err(code) => panic!("{path}: {code}"),
            };
            if wanted(&found) {
                return found;
            }
            let late = Instant::now() > deadline;
            assert!(!late, "{path} never became what was wanted: {found}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub async fn until_gone(&self, path: &str) {
        self.until(path, Value::is_null).await;
    }
}

/// The items of a list.
pub fn items(list: &Value) -> &[Value] {
    list["items"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

pub const DEFAULT: &str = "/api/v1/namespaces/default";
pub const REPLICA_SETS: &str = "/apis/apps/v1/namespaces/default/replicasets";

/// A template of pods with these labels.
pub fn template(labels: Value) -> Value {
    json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "a", "image": "example.com/a:1"}]}})
}

/// A replica set that selects its pods by its name.
pub fn replica_set(name: &str, replicas: u32) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": template(json!({"app": name}))}})
}

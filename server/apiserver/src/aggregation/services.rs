//! What is known of API services: a follower of the watch keeps it current. A request finds the extension server that
//! answers for its group and version here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use knarr_api::meta;
use parking_lot::{Mutex, RwLock};
use serde_json::Value;
use tokio::sync::Notify;

use super::documents::Documents;
use crate::dial::tls::{self, Trust};
use crate::dial::{Connector, Target};
use crate::server::Shared;

pub type HttpClient = Client<Connector, Body>;

/// The port of a service reference that names none.
const DEFAULT_PORT: u16 = 443;

/// An API service, read.
pub struct ApiService {
    pub name: String,
    pub group: String,
    pub version: String,
    pub group_priority: i64,
    pub version_priority: i64,
    /// As it is stored.
    pub object: Value,
    /// Set when another server answers.
    pub remote: Option<Remote>,
}

/// The extension server behind an API service.
#[derive(Clone)]
pub struct Remote {
    pub namespace: String,
    pub service: String,
    pub port: u16,
    /// What its condition says.
    pub available: bool,
    /// How it is reached, or why it cannot be.
    pub clients: Result<Arc<Clients>, String>,
    pub documents: Arc<Documents>,
}

/// The connections to one extension server.
pub struct Clients {
    /// Verifies it as its API service says.
    pub verified: HttpClient,
    /// Does not: for asking whether it answers at all, as upstream.
    pub unverified: HttpClient,
}

/// All API services by name.
#[derive(Default)]
pub struct Services {
    known: RwLock<BTreeMap<String, Arc<ApiService>>>,
    /// Those with a server of their own: few, and looked at by every request.
    remotes: RwLock<Vec<Arc<ApiService>>>,
    generation: AtomicU64,
    changed: Mutex<BTreeSet<String>>,
    wake: Notify,
}

impl ApiService {
    fn read(shared: &Arc<Shared>, object: &Value, before: Option<&Self>) -> Self {
        let spec = &object["spec"];
        let text = |field: &str| spec[field].as_str().unwrap_or_default().to_owned();
        let same = before.filter(|before| before.object["spec"] == *spec);
        let known = same.and_then(|before| before.remote.clone());
        let remote = spec["service"].is_object().then(|| {
            let available = knarr_api::crd::condition(object, "Available");
            match known {
                Some(known) => Remote { available, ..known },
                None => Remote::new(shared, spec, available),
            }
        });
        Self {
            name: meta::name(object).to_owned(),
            group: text("group"),
            version: text("version"),
            group_priority: spec["groupPriorityMinimum"].as_i64().unwrap_or(0),
            version_priority: spec["versionPriority"].as_i64().unwrap_or(0),
            object: object.clone(),
            remote,
        }
    }

    /// The path of its group version.
    pub fn path(&self) -> String {
        match self.group.as_str() {
            "" => format!("/api/{}", self.version),
            group => format!("/apis/{group}/{}", self.version),
        }
    }

    /// What clients are told follows from this, the condition and the documents.
    fn publishes_as(&self, other: &Self) -> bool {
        let available = |one: &Self| one.remote.as_ref().map(|remote| remote.available);
        self.object["spec"] == other.object["spec"] && available(self) == available(other)
    }
}

impl Remote {
    fn new(shared: &Arc<Shared>, spec: &Value, available: bool) -> Self {
        let service = &spec["service"];
        let text = |field: &str| service[field].as_str().unwrap_or_default().to_owned();
        let port = service["port"].as_u64();
        let mut remote = Self {
            namespace: text("namespace"),
            service: text("name"),
            port: port
                .and_then(|port| u16::try_from(port).ok())
                .unwrap_or(DEFAULT_PORT),
            available,
            clients: Err(String::new()),
            documents: Arc::default(),
        };
        remote.connect(shared, spec);
        remote
    }

    fn connect(&mut self, shared: &Arc<Shared>, spec: &Value) {
        let made = self.clients(shared, spec);
        self.clients = made.map(Arc::new).map_err(|error| error.to_string());
    }

    fn clients(&self, shared: &Arc<Shared>, spec: &Value) -> Result<Clients, tls::Error> {
        let shown = shared.proxy_client.read().clone();
        let identity = shown
            .as_ref()
            .map(|pair| (pair.cert.as_str(), pair.key.as_str()));
        let client = |trust: Trust| {
            let target = Target::Service {
                namespace: self.namespace.clone(),
                name: self.service.clone(),
                port: self.port,
            };
            let config = tls::config(trust, identity)?;
            let connector = Connector::new(Arc::downgrade(shared), target, config)?;
            Ok::<_, tls::Error>(Client::builder(TokioExecutor::new()).build(connector))
        };
        let trust = if spec["insecureSkipTLSVerify"] == true {
            Trust::Anyone
        } else {
            let ca = tls::ca_bundle(spec["caBundle"].as_str().unwrap_or_default())?;
            Trust::bundle_or_system(&ca)?
        };
        Ok(Clients {
            verified: client(trust)?,
            unverified: client(Trust::Anyone)?,
        })
    }
}

impl Services {
    /// One by its name.
    pub fn get(&self, name: &str) -> Option<Arc<ApiService>> {
        self.known.read().get(name).cloned()
    }

    /// All, in the order of their names.
    pub fn all(&self) -> Vec<Arc<ApiService>> {
        self.known.read().values().cloned().collect()
    }

    /// Those that other servers answer for.
    pub fn remotes(&self) -> Vec<Arc<ApiService>> {
        self.remotes.read().clone()
    }

    /// The one whose extension server answers a path below `/apis/`, if there is one.
    pub fn serving(&self, path: &str) -> Option<Arc<ApiService>> {
        let remotes = self.remotes.read();
        if remotes.is_empty() {
            return None;
        }
        let mut parts = path.strip_prefix("/apis/")?.split('/');
        let (group, version) = (parts.next()?, parts.next()?);
        let serves = |one: &&Arc<ApiService>| one.group == group && one.version == version;
        remotes.iter().find(serves).cloned()
    }

    /// Grows with every change of what clients are told.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Takes one in.
    pub fn put(&self, shared: &Arc<Shared>, object: &Value) {
        let mut known = self.known.write();
        let name = meta::name(object);
        let before = known.get(name).cloned();
        let service = ApiService::read(shared, object, before.as_deref());
        let same = before
            .as_deref()
            .is_some_and(|before| before.publishes_as(&service));
        let respecified = before.is_none_or(|before| before.object["spec"] != object["spec"]);
        known.insert(name.to_owned(), Arc::new(service));
        self.settle(&known, !same);
        drop(known);
        if respecified {
            self.look_again(name);
        }
    }

    /// Forgets one.
    pub fn remove(&self, name: &str) {
        let mut known = self.known.write();
        if known.remove(name).is_some() {
            self.settle(&known, true);
            drop(known);
            self.look_again(name);
        }
    }

    /// Forgets all but those that these names say, after a list.
    pub fn retain(&self, keep: impl Fn(&str) -> bool) {
        for gone in self.all().iter().filter(|one| !keep(&one.name)) {
            self.remove(&gone.name);
        }
    }

    /// Takes in what an extension server says of itself.
    pub fn learn(&self, name: &str, documents: Documents) {
        self.replace(name, |service| {
            let remote = service.remote.as_mut()?;
            (*remote.documents != documents).then(|| remote.documents = Arc::new(documents))
        });
    }

    /// Connects anew to all extension servers: this server shows itself with another certificate.
    pub fn reconnect(&self, shared: &Arc<Shared>) {
        for service in self.remotes() {
            self.replace(&service.name, |service| {
                let spec = service.object["spec"].clone();
                service.remote.as_mut()?.connect(shared, &spec);
                Some(())
            });
        }
    }

    /// Changes one; `None` when nothing changed.
    fn replace(&self, name: &str, change: impl FnOnce(&mut ApiService) -> Option<()>) {
        let mut known = self.known.write();
        let Some(before) = known.get(name) else {
            return;
        };
        let mut service = ApiService {
            name: before.name.clone(),
            group: before.group.clone(),
            version: before.version.clone(),
            object: before.object.clone(),
            remote: before.remote.clone(),
            ..**before
        };
        if change(&mut service).is_some() {
            known.insert(name.to_owned(), Arc::new(service));
            self.settle(&known, true);
        }
    }

    fn settle(&self, known: &BTreeMap<String, Arc<ApiService>>, publish: bool) {
        let remotes = known.values().filter(|one| one.remote.is_some());
        *self.remotes.write() = remotes.cloned().collect();
        if publish {
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn look_again(&self, name: &str) {
        self.changed.lock().insert(name.to_owned());
        self.wake.notify_one();
    }

    /// The name of the next one that is new, changed or gone.
    pub async fn next_changed(&self) -> String {
        loop {
            if let Some(name) = self.changed.lock().pop_first() {
                return name;
            }
            self.wake.notified().await;
        }
    }
}

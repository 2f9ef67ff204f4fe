//! Config maps and secrets that pods of this node use: one watch per object, shared by all pods that use
//! it, ended when the last one goes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};

use futures::TryStreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use knarr_client::watcher::{self, watcher};
use knarr_client::{Api, Object};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::env::{ConfigKind, Data};

/// What is known of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Its data.
    Found(Arc<Data>),
    /// It does not exist.
    Missing,
    /// It can't be read, and why.
    Failed(String),
}

type Key = (ConfigKind, String, String);

/// The shared watches.
pub struct ObjectCache {
    client: kube::Client,
    entries: Mutex<HashMap<Key, Weak<Entry>>>,
}

struct Entry {
    /// `None` until the first answer.
    state: watch::Receiver<Option<Lookup>>,
    _task: AbortOnDropHandle<()>,
}

/// Keeps the watch of an object alive and tells when it changed.
pub struct Subscription {
    _entry: Arc<Entry>,
    state: watch::Receiver<Option<Lookup>>,
}

impl Subscription {
    /// Resolves when the object changed since the last look at it.
    pub async fn changed(&mut self) {
        if self.state.changed().await.is_err() {
            // The watch ended with its process; nothing will change any more.
            std::future::pending::<()>().await;
        }
    }

    /// Waits for the first answer, and takes what is known as seen.
    async fn current(&mut self) -> Lookup {
        match self.state.wait_for(Option::is_some).await {
            Ok(state) => state.clone().unwrap_or(Lookup::Missing),
            Err(_) => Lookup::Failed("the watch of the object ended".to_owned()),
        }
    }
}

impl ObjectCache {
    /// No object is watched yet.
    pub fn new(client: kube::Client) -> Self {
        Self {
            client,
            entries: Mutex::default(),
        }
    }

    /// The object as it is now, waiting for the first answer of the API server.
    pub async fn get(&self, kind: ConfigKind, namespace: &str, name: &str) -> Lookup {
        self.subscribe(kind, namespace, name).current().await
    }

    /// Joins the watch of an object, or begins it.
    pub fn subscribe(&self, kind: ConfigKind, namespace: &str, name: &str) -> Subscription {
        let key = (kind, namespace.to_owned(), name.to_owned());
        let mut entries = self.entries.lock();
        if let Some(entry) = entries.get(&key).and_then(Weak::upgrade) {
            let state = entry.state.clone();
            return Subscription {
                _entry: entry,
                state,
            };
        }
        entries.retain(|_, entry| entry.strong_count() > 0);
        let (sender, state) = watch::channel(None);
        let client = self.client.clone();
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        let task = match kind {
            ConfigKind::ConfigMap => tokio::spawn(follow(
                Api::namespaced(client, &namespace),
                name,
                sender,
                config_map_data,
            )),
            ConfigKind::Secret => tokio::spawn(follow(
                Api::namespaced(client, &namespace),
                name,
                sender,
                secret_data,
            )),
        };
        let entry = Arc::new(Entry {
            state: state.clone(),
            _task: AbortOnDropHandle::new(task),
        });
        entries.insert(key, Arc::downgrade(&entry));
        Subscription {
            _entry: entry,
            state,
        }
    }
}

/// Follows one object and publishes what its data is.
async fn follow<K: Object>(
    api: Api<K>,
    name: String,
    sender: watch::Sender<Option<Lookup>>,
    data: fn(K) -> Data,
) {
    let config = watcher::Config::default().fields(&format!("metadata.name={name}"));
    let mut stream = watcher(api, config);
    let mut seen = false;
    let publish = |lookup: Lookup| {
        sender.send_if_modified(|current| {
            let changed = current.as_ref() != Some(&lookup);
            *current = Some(lookup);
            changed
        });
    };
    loop {
        match stream.try_next().await {
            Ok(Some(watcher::Event::Init)) => seen = false,
            Ok(Some(watcher::Event::InitApply(object) | watcher::Event::Apply(object))) => {
                seen = true;
                let object = Arc::unwrap_or_clone(object);
                publish(Lookup::Found(Arc::new(data(object))));
            }
            Ok(Some(watcher::Event::InitDone)) if !seen => publish(Lookup::Missing),
            Ok(Some(watcher::Event::InitDone)) => {}
            Ok(Some(watcher::Event::Delete(_))) => publish(Lookup::Missing),
            Ok(None) => return,
            Err(error) => {
                let known = matches!(*sender.borrow(), Some(Lookup::Found(_)));
                if !known {
                    publish(Lookup::Failed(error.to_string()));
                }
            }
        }
    }
}

/// The data of a config map, text and bytes alike.
pub fn config_map_data(object: ConfigMap) -> Data {
    let text = object
        .data
        .unwrap_or_default()
        .into_iter()
        .map(|(key, value)| (key, value.into_bytes()));
    let binary = object
        .binary_data
        .unwrap_or_default()
        .into_iter()
        .map(|(key, value)| (key, value.0));
    text.chain(binary).collect()
}

/// The data of a secret.
pub fn secret_data(object: Secret) -> Data {
    object
        .data
        .unwrap_or_default()
        .into_iter()
        .map(|(key, value)| (key, value.0))
        .collect::<BTreeMap<_, _>>()
}

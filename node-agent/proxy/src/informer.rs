//! All objects of a kind, kept in step with the API server.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;
use std::sync::Arc;

use futures::StreamExt;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, Resource, ResourceExt};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

type Key = (String, String);

/// See the module.
pub struct Objects<K> {
    objects: Mutex<BTreeMap<Key, Arc<K>>>,
    /// Grows with every change; 0 until the first listing is complete.
    version: watch::Sender<u64>,
}

impl<K> Default for Objects<K> {
    fn default() -> Self {
        Self {
            objects: Mutex::default(),
            version: watch::Sender::new(0),
        }
    }
}

impl<K> Objects<K>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
{
    pub fn all(&self) -> Vec<Arc<K>> {
        self.objects.lock().values().cloned().collect()
    }

    /// Waits until the first listing is complete.
    pub async fn listed(&self) {
        // The sender lives as long as self, so that waiting can't fail.
        let _ = self
            .version
            .subscribe()
            .wait_for(|version| *version > 0)
            .await;
    }

    /// Waits for the next change after this call.
    pub fn changed(&self) -> impl Future<Output = ()> + use<K> {
        let mut version = self.version.subscribe();
        async move { drop(version.changed().await) }
    }

    /// Follows the API server for ever.
    pub async fn follow(&self, client: Client) {
        let mut events = std::pin::pin!(
            watcher(Api::<K>::all(client), watcher::Config::default()).default_backoff()
        );
        let mut listed = HashSet::new();
        let mut complete = false;
        while let Some(event) = events.next().await {
            match event {
                Ok(watcher::Event::Init) => {
                    listed.clear();
                    continue;
                }
                Ok(watcher::Event::InitApply(object)) => {
                    listed.insert(key(&object));
                    self.set(object);
                }
                Ok(watcher::Event::InitDone) => {
                    self.objects.lock().retain(|key, _| listed.contains(key));
                    complete = true;
                }
                Ok(watcher::Event::Apply(object)) => self.set(object),
                Ok(watcher::Event::Delete(object)) => {
                    drop(self.objects.lock().remove(&key(&object)))
                }
                Err(error) => {
                    tracing::debug!(%error, "a watch was interrupted");
                    continue;
                }
            }
            if complete {
                self.version.send_modify(|version| *version += 1);
            }
        }
    }

    fn set(&self, mut object: K) {
        object.meta_mut().managed_fields = None;
        self.objects.lock().insert(key(&object), Arc::new(object));
    }
}

fn key<K: Resource>(object: &K) -> Key {
    (object.namespace().unwrap_or_default(), object.name_any())
}

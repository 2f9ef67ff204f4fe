//! Follows the kinds that quotas count and that no informer knows: one watch of metadata for each resource, for as long
//! as a quota names it. A watch only says that something was deleted: what is added is charged by the API server.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::core::v1::ResourceQuota;
use knarr_client::informer::Key;
use knarr_client::watcher::Event;
use kube::{Client, ResourceExt};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

use super::{counted, hard, is_followed};
use crate::context::SharedContext;
use crate::served::{self, Served};
use crate::work_queue::WorkQueue;

/// How long it is remembered what the API server serves, and how often resources are looked for that a quota names and
/// that are not served yet.
const DISCOVERY_AGE: Duration = Duration::from_secs(30);

/// A resource, by group and plural.
type Name = (String, String);

/// See the module.
pub struct Watches {
    client: Client,
    queue: Arc<WorkQueue<Key>>,
    /// What the API server serves, and since when that is known.
    known: Mutex<Option<(Instant, Arc<Vec<Served>>)>>,
    /// Told when a quota names something else than before.
    pub renamed: Arc<Notify>,
}

impl Watches {
    /// Quotas that are to be counted again go to `queue`.
    pub fn new(client: Client, queue: Arc<WorkQueue<Key>>) -> Self {
        Self {
            client,
            queue,
            known: Mutex::default(),
            renamed: Arc::default(),
        }
    }

    /// What the API server serves, or did so shortly ago.
    pub async fn served(&self) -> Result<Arc<Vec<Served>>, kube::Error> {
        let known = self.known.lock().clone();
        match known.filter(|(since, _)| since.elapsed() < DISCOVERY_AGE) {
            Some((_, all)) => Ok(all),
            None => self.discover().await,
        }
    }

    async fn discover(&self) -> Result<Arc<Vec<Served>>, kube::Error> {
        let all = Arc::new(served::served(&self.client).await?);
        *self.known.lock() = Some((Instant::now(), all.clone()));
        Ok(all)
    }

    /// Keeps the watches for ever.
    pub async fn run(&self, context: &SharedContext) {
        let mut tasks = JoinSet::new();
        let mut running: HashMap<Name, AbortHandle> = HashMap::new();
        loop {
            let renamed = self.renamed.notified();
            let quotas = context.informers.resource_quotas.all();
            let wanted: HashSet<Name> = quotas.iter().flat_map(|quota| names(quota)).collect();
            running.retain(|name, watch| {
                let stays = wanted.contains(name);
                if !stays {
                    watch.abort();
                }
                stays
            });
            if wanted.iter().any(|name| !running.contains_key(name)) {
                match self.discover().await {
                    Ok(all) => {
                        for served in all.iter().filter(|served| served.watchable) {
                            let resource = &served.resource;
                            let name = (resource.group.clone(), resource.plural.clone());
                            if wanted.contains(&name) && !running.contains_key(&name) {
                                let follow = follow(
                                    context.clone(),
                                    self.queue.clone(),
                                    served.clone(),
                                    name.clone(),
                                );
                                running.insert(name, tasks.spawn(follow));
                            }
                        }
                    }
                    Err(error) => tracing::debug!(%error, "the served resources are not known"),
                }
            }
            let _ = tokio::time::timeout(DISCOVERY_AGE, renamed).await;
            while tasks.try_join_next().is_some() {}
        }
    }
}

/// The resources that a quota counts and no informer follows.
pub fn names(quota: &ResourceQuota) -> HashSet<Name> {
    hard(quota)
        .keys()
        .filter(|name| !is_followed(name))
        .filter_map(|name| counted(name))
        .map(|(group, plural)| (group.to_owned(), plural.to_owned()))
        .collect()
}

/// Has the quotas that name the resource counted when objects of it are deleted, and whenever it is not known whether
/// some were.
async fn follow(context: SharedContext, queue: Arc<WorkQueue<Key>>, served: Served, name: Name) {
    let quotas = &context.informers.resource_quotas;
    let count = |some: Vec<Arc<ResourceQuota>>| {
        for quota in some.iter().filter(|quota| names(quota).contains(&name)) {
            queue.add(Key::of(&**quota));
        }
    };
    let mut events = served::follow(&context.client, &served.resource);
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::InitDone) => count(quotas.all()),
            Ok(Event::Delete(object)) => {
                count(quotas.in_namespace(&object.namespace().unwrap_or_default()));
            }
            Ok(Event::Init | Event::InitApply(_) | Event::Apply(_)) => {}
            Err(error) => tracing::debug!(plural = name.1, %error, "a watch was interrupted"),
        }
    }
}

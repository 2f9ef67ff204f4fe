//! The garbage collector: deletes what no owner is left of, and carries out foreground deletion and orphaning.

mod graph;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use knarr_client::watcher;
use kube::api::{
    ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, Preconditions, PropagationPolicy,
};
use kube::core::PartialObjectMeta;
use kube::{Api, Client, ResourceExt};
use parking_lot::Mutex;
use serde_json::json;
use tokio::task::{AbortHandle, JoinSet};

use self::graph::{FOREGROUND, Graph, ORPHAN, Object, Place, Task};
use crate::context::SharedContext;
use crate::served::{self, Served};
use crate::work_queue::WorkQueue;

pub const NAME: &str = "garbage-collector-controller";

/// As upstream's `--concurrent-gc-syncs`.
const WORKERS: usize = 20;
/// How often new resources are looked for, as upstream.
const DISCOVERY_PERIOD: Duration = Duration::from_secs(30);

struct Collector {
    client: Client,
    graph: Mutex<Graph>,
    queue: Arc<WorkQueue<Task>>,
    /// What is served, by group and kind: an owner is named by its kind.
    kinds: Mutex<HashMap<(String, String), Served>>,
}

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    let collector = Arc::new(Collector {
        client: context.client.clone(),
        graph: Mutex::default(),
        queue: context.queue("garbage_collector_attempt_to_delete"),
        kinds: Mutex::default(),
    });
    // Owners are only missing when everything has been seen, so the first listing is the work's beginning.
    let work = collector.queue.run(WORKERS, |task| collector.work(task));
    tokio::join!(follow_all(collector.clone()), work);
}

/// Watches every resource, the ones too that are served later.
async fn follow_all(collector: Arc<Collector>) {
    let mut watches = JoinSet::new();
    let mut running: HashMap<String, AbortHandle> = HashMap::new();
    loop {
        match served::served(&collector.client).await {
            Ok(resources) => {
                let watchable: Vec<Served> = resources
                    .into_iter()
                    .filter(|served| served.watchable)
                    .collect();
                let names: HashSet<String> = watchable.iter().map(name_of).collect();
                running.retain(|name, watch| {
                    let served = names.contains(name);
                    if !served {
                        watch.abort();
                    }
                    served
                });
                for served in watchable {
                    let kind = (served.resource.group.clone(), served.resource.kind.clone());
                    collector.kinds.lock().insert(kind, served.clone());
                    running
                        .entry(name_of(&served))
                        .or_insert_with(|| watches.spawn(follow(collector.clone(), served)));
                }
            }
            Err(error) => tracing::debug!(%error, "the served resources are not known"),
        }
        tokio::time::sleep(DISCOVERY_PERIOD).await;
        while watches.try_join_next().is_some() {}
    }
}

fn name_of(served: &Served) -> String {
    format!("{}/{}", served.resource.api_version, served.resource.plural)
}

async fn follow(collector: Arc<Collector>, served: Served) {
    let resource = Arc::new(served.resource);
    let mut events = served::follow(&collector.client, &resource);
    let mut listed = HashSet::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(watcher::Event::Init) => listed.clear(),
            Ok(watcher::Event::InitApply(object)) => {
                listed.extend(object.uid());
                collector.observe(&resource, served.namespaced, &object);
            }
            Ok(watcher::Event::InitDone) => collector.retain(&resource, &listed),
            Ok(watcher::Event::Apply(object)) => {
                collector.observe(&resource, served.namespaced, &object)
            }
            Ok(watcher::Event::Delete(object)) => {
                collector.forget(&object.uid().unwrap_or_default())
            }
            // It is logged, and the watcher goes on.
            Err(_) => {}
        }
    }
}

impl Collector {
    fn observe(
        &self,
        resource: &Arc<ApiResource>,
        namespaced: bool,
        object: &PartialObjectMeta<DynamicObject>,
    ) {
        let place = Place {
            resource: resource.clone(),
            namespaced,
            namespace: object.namespace().unwrap_or_default(),
            name: object.name_any(),
        };
        let tasks = self.graph.lock().observe(place, &object.metadata);
        self.add(tasks);
    }

    fn forget(&self, uid: &str) {
        let tasks = self.graph.lock().forget(uid);
        self.add(tasks);
    }

    fn retain(&self, resource: &ApiResource, listed: &HashSet<String>) {
        let gone: Vec<String> = {
            let graph = self.graph.lock();
            graph
                .of_resource(resource)
                .into_iter()
                .filter(|uid| !listed.contains(uid))
                .collect()
        };
        gone.iter().for_each(|uid| self.forget(uid));
    }

    fn add(&self, tasks: Vec<Task>) {
        tasks.into_iter().for_each(|task| self.queue.add(task));
    }

    async fn work(&self, task: Task) -> Result<Option<Duration>, kube::Error> {
        match task {
            Task::Examine(uid) => self.examine(&uid).await,
            Task::Orphan(uid) => self.orphan(&uid).await,
        }?;
        Ok(None)
    }

    fn object(&self, uid: &str) -> Option<Object> {
        self.graph.lock().get(uid).cloned()
    }

    fn api(&self, place: &Place) -> Api<DynamicObject> {
        served::api(
            &self.client,
            &place.resource,
            place.namespaced,
            &place.namespace,
        )
    }

    /// The object as it is now; `None` when it, or this incarnation of it, is gone.
    async fn live(
        &self,
        place: &Place,
        uid: &str,
    ) -> Result<Option<PartialObjectMeta<DynamicObject>>, kube::Error> {
        let live = self.api(place).get_metadata_opt(&place.name).await?;
        Ok(live.filter(|live| live.uid().as_deref() == Some(uid)))
    }

    /// Deletes the object when none of its owners is left.
    async fn examine(&self, uid: &str) -> Result<(), kube::Error> {
        let Some(object) = self.object(uid) else {
            return Ok(());
        };
        if object.foreground {
            return self.finish_foreground(uid, &object).await;
        }
        if object.deleting || object.owners.is_empty() {
            return Ok(());
        }
        // The watch may lag: what is deleted for ever is decided by what is there now.
        let Some(live) = self.live(&object.place, uid).await? else {
            self.forget(uid);
            return Ok(());
        };
        let owners = live.metadata.owner_references.clone().unwrap_or_default();
        let mut found = Owners::default();
        for owner in &owners {
            match self.state_of(owner, &object.place).await? {
                OwnerState::Solid => found.solid += 1,
                OwnerState::Waiting => found.waiting.push(owner.uid.clone()),
                OwnerState::Gone => found.gone.push(owner.uid.clone()),
            }
        }
        if owners.is_empty() || (found.gone.is_empty() && found.waiting.is_empty()) {
            return Ok(());
        }
        if found.solid > 0 {
            let refs: Vec<String> = found.gone.into_iter().chain(found.waiting).collect();
            return self.remove_owners(&object.place, uid, &refs).await;
        }
        let policy = if !found.waiting.is_empty() && !object.dependents.is_empty() {
            PropagationPolicy::Foreground
        } else {
            match live.finalizers() {
                finalizers if finalizers.iter().any(|finalizer| finalizer == ORPHAN) => {
                    PropagationPolicy::Orphan
                }
                finalizers if finalizers.iter().any(|finalizer| finalizer == FOREGROUND) => {
                    PropagationPolicy::Foreground
                }
                _ => PropagationPolicy::Background,
            }
        };
        self.delete(&object.place, uid, policy).await
    }

    /// Lets an object go that waited for its dependents; or has those deleted that it still waits for.
    async fn finish_foreground(&self, uid: &str, object: &Object) -> Result<(), kube::Error> {
        let blocking = self.graph.lock().blocking(uid);
        if blocking.is_empty() {
            return self.remove_finalizer(&object.place, uid, FOREGROUND).await;
        }
        for dependent in blocking {
            if !self
                .object(&dependent)
                .is_some_and(|dependent| dependent.deleting)
            {
                self.queue.add(Task::Examine(dependent));
            }
        }
        Ok(())
    }

    /// Lets all dependents go, and then the object itself.
    async fn orphan(&self, uid: &str) -> Result<(), kube::Error> {
        let Some(object) = self.object(uid) else {
            return Ok(());
        };
        for dependent in &object.dependents {
            if let Some(other) = self.object(dependent) {
                self.remove_owners(&other.place, dependent, &[uid.to_owned()])
                    .await?;
            }
        }
        self.remove_finalizer(&object.place, uid, ORPHAN).await
    }

    async fn state_of(
        &self,
        owner: &OwnerReference,
        dependent: &Place,
    ) -> Result<OwnerState, kube::Error> {
        if let Some(known) = self.graph.lock().get(&owner.uid) {
            return Ok(if known.foreground {
                OwnerState::Waiting
            } else {
                OwnerState::Solid
            });
        }
        let group = owner
            .api_version
            .rsplit_once('/')
            .map_or("", |(group, _)| group);
        let kind = (group.to_owned(), owner.kind.clone());
        let served = self.kinds.lock().get(&kind).cloned();
        let Some(served) = served else {
            // A kind that is not served says nothing about the owner: better keep what it may own.
            return Ok(OwnerState::Solid);
        };
        let namespace = if served.namespaced {
            dependent.namespace.clone()
        } else {
            String::new()
        };
        let (resource, name) = (Arc::new(served.resource), owner.name.clone());
        let place = Place {
            resource,
            namespaced: served.namespaced,
            namespace,
            name,
        };
        let state = match self.live(&place, &owner.uid).await? {
            None => OwnerState::Gone,
            Some(live) if live.metadata.deletion_timestamp.is_some() && has(&live, FOREGROUND) => {
                OwnerState::Waiting
            }
            Some(_) => OwnerState::Solid,
        };
        Ok(state)
    }

    async fn delete(
        &self,
        place: &Place,
        uid: &str,
        policy: PropagationPolicy,
    ) -> Result<(), kube::Error> {
        let preconditions = Preconditions {
            uid: Some(uid.to_owned()),
            resource_version: None,
        };
        let params = DeleteParams {
            preconditions: Some(preconditions),
            propagation_policy: Some(policy),
            ..DeleteParams::default()
        };
        ignore_gone(self.api(place).delete(&place.name, &params).await.map(drop))
    }

    async fn remove_owners(
        &self,
        place: &Place,
        uid: &str,
        owners: &[String],
    ) -> Result<(), kube::Error> {
        let Some(live) = self.live(place, uid).await? else {
            return Ok(());
        };
        let kept: Vec<&OwnerReference> = live
            .owner_references()
            .iter()
            .filter(|owner| !owners.contains(&owner.uid))
            .collect();
        self.patch(place, &live, json!({ "ownerReferences": kept }))
            .await
    }

    async fn remove_finalizer(
        &self,
        place: &Place,
        uid: &str,
        finalizer: &str,
    ) -> Result<(), kube::Error> {
        let Some(live) = self.live(place, uid).await? else {
            return Ok(());
        };
        if !has(&live, finalizer) {
            return Ok(());
        }
        let kept: Vec<&String> = live
            .finalizers()
            .iter()
            .filter(|other| *other != finalizer)
            .collect();
        self.patch(place, &live, json!({ "finalizers": kept }))
            .await
    }

    /// Changes the metadata of exactly the state that was read; a change in between is tried again.
    async fn patch(
        &self,
        place: &Place,
        live: &PartialObjectMeta<DynamicObject>,
        mut metadata: serde_json::Value,
    ) -> Result<(), kube::Error> {
        metadata["uid"] = json!(live.uid());
        metadata["resourceVersion"] = json!(live.resource_version());
        let patch = Patch::Merge(json!({ "metadata": metadata }));
        let patched = self
            .api(place)
            .patch_metadata(&place.name, &PatchParams::default(), &patch)
            .await;
        match patched {
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            patched => patched.map(drop),
        }
    }
}

#[derive(Default)]
struct Owners {
    solid: usize,
    waiting: Vec<String>,
    gone: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OwnerState {
    /// It is there and stays.
    Solid,
    /// It is being deleted and waits for its dependents.
    Waiting,
    Gone,
}

fn has(object: &PartialObjectMeta<DynamicObject>, finalizer: &str) -> bool {
    object.finalizers().iter().any(|other| other == finalizer)
}

/// An object that is gone, or was replaced by another of its name, needs no deletion.
fn ignore_gone(result: Result<(), kube::Error>) -> Result<(), kube::Error> {
    match result {
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(()),
        other => other,
    }
}

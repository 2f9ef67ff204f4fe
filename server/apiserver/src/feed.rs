//! Keeps what is derived from objects current: the RBAC index, the service allocator, the catalog of custom resources
//! and the API services follow watches.

use std::sync::Arc;

use futures::StreamExt;
use futures::future::BoxFuture;
use knarr_api::kinds::{self, Kind};
use knarr_api::meta;
use knarr_api::status::Status;
use knarr_storage::{Entry, ListRequest, WatchEvent, WatchFrom, WatchRequest};
use serde_json::Value;

use crate::authorization::rbac::{RBAC_KINDS, RbacKind};
use crate::flow_control::ObjectKind;
use crate::registry::{Registry, known, storage_error};
use crate::server::Shared;
use crate::{aggregation, crd};

/// What follows the objects of one kind.
trait Follower: Send + Sync + 'static {
    /// Told before everything that is there is put again.
    fn clear(&self);
    /// Told after it: these are all.
    fn listed(&self, _objects: &[Value]) {}
    fn put(&self, object: &Value);
    fn remove(&self, object: &Value);
}

struct FollowRbac(Arc<Shared>, RbacKind);

impl Follower for FollowRbac {
    fn clear(&self) {
        self.0.authorizer.rbac.clear(self.1);
    }

    fn put(&self, object: &Value) {
        self.0.authorizer.rbac.put(self.1, object);
    }

    fn remove(&self, object: &Value) {
        let (namespace, name) = (meta::namespace(object), meta::name(object));
        self.0.authorizer.rbac.remove(self.1, namespace, name);
    }
}

struct FollowFlow(Arc<Shared>, ObjectKind);

impl Follower for FollowFlow {
    fn clear(&self) {}

    fn listed(&self, objects: &[Value]) {
        let names: std::collections::HashSet<&str> = objects.iter().map(meta::name).collect();
        self.0.flow.retain(self.1, |name| names.contains(name));
    }

    fn put(&self, object: &Value) {
        self.0.flow.put(self.1, object);
    }

    fn remove(&self, object: &Value) {
        self.0.flow.remove(self.1, meta::name(object));
    }
}

struct FollowServices(Arc<Shared>);

impl Follower for FollowServices {
    fn clear(&self) {}

    fn put(&self, object: &Value) {
        self.0.services.observe(object);
    }

    fn remove(&self, object: &Value) {
        self.0.services.release(object);
    }
}

struct FollowApiServices(Arc<Shared>);

impl Follower for FollowApiServices {
    fn clear(&self) {}

    fn listed(&self, objects: &[Value]) {
        let names: std::collections::HashSet<&str> = objects.iter().map(meta::name).collect();
        self.0.api_services.retain(|name| names.contains(name));
    }

    fn put(&self, object: &Value) {
        self.0.api_services.put(&self.0, object);
    }

    fn remove(&self, object: &Value) {
        self.0.api_services.remove(meta::name(object));
    }
}

struct FollowDefinitions(Arc<Shared>);

impl Follower for FollowDefinitions {
    fn clear(&self) {}

    fn listed(&self, objects: &[Value]) {
        let names: std::collections::HashSet<&str> = objects.iter().map(meta::name).collect();
        let catalog = &self.0.catalog;
        catalog.retain(&self.0.registry, |name| names.contains(name));
    }

    fn put(&self, object: &Value) {
        self.0.catalog.put(&self.0.registry, object.clone());
    }

    fn remove(&self, object: &Value) {
        let (name, uid) = (meta::name(object), meta::uid(object));
        self.0.catalog.remove(&self.0.registry, name, uid);
    }
}

fn followers(shared: &Arc<Shared>) -> Vec<(&'static Kind, Arc<dyn Follower>)> {
    let mut all: Vec<(&'static Kind, Arc<dyn Follower>)> = Vec::new();
    for (kind, plural) in RBAC_KINDS {
        let row = kinds::find("rbac.authorization.k8s.io", "v1", plural);
        all.push((
            row.expect("the table has the RBAC kinds"),
            Arc::new(FollowRbac(shared.clone(), kind)),
        ));
    }
    let services = kinds::find("", "v1", "services").expect("the table has services");
    all.push((services, Arc::new(FollowServices(shared.clone()))));
    if shared.flow.is_fair() {
        for (object, plural) in [
            (ObjectKind::Level, "prioritylevelconfigurations"),
            (ObjectKind::Schema, "flowschemas"),
        ] {
            all.push((
                known("flowcontrol.apiserver.k8s.io", "v1", plural),
                Arc::new(FollowFlow(shared.clone(), object)),
            ));
        }
    }
    let definitions = Arc::new(FollowDefinitions(shared.clone()));
    all.push((crd::definitions(), definitions));
    let services = Arc::new(FollowApiServices(shared.clone()));
    all.push((aggregation::kind(), services));
    all
}

/// Reads what is there and starts the tasks that follow the changes.
pub async fn start(shared: &Arc<Shared>) -> Result<(), Status> {
    for (kind, follower) in followers(shared) {
        let revision = load(&shared.registry, kind, &*follower).await?;
        tokio::spawn(follow(shared.clone(), kind, follower, revision));
    }
    Ok(())
}

/// Takes in what was written since, without waiting for the watches: a request that follows sees it.
pub async fn catch_up(shared: &Arc<Shared>) -> Result<(), Status> {
    for (kind, follower) in followers(shared) {
        load(&shared.registry, kind, &*follower).await?;
    }
    Ok(())
}

fn load<'a>(
    registry: &'a Registry,
    kind: &'static Kind,
    follower: &'a dyn Follower,
) -> BoxFuture<'a, Result<u64, Status>> {
    Box::pin(async move {
        let request = ListRequest {
            prefix: Registry::prefix(kind, ""),
            ..ListRequest::default()
        };
        let list = registry.cache(kind).list(request).await;
        let list = list.map_err(|error| storage_error(kind, "", error))?;
        follower.clear();
        let objects: Vec<Value> = list
            .entries
            .iter()
            .filter_map(|entry| decode(entry))
            .collect();
        objects.iter().for_each(|object| follower.put(object));
        follower.listed(&objects);
        Ok(list.revision)
    })
}

async fn follow(
    shared: Arc<Shared>,
    kind: &'static Kind,
    follower: Arc<dyn Follower>,
    mut revision: u64,
) {
    let cancel = shared.cancel.clone();
    let work = async {
        loop {
            let request = WatchRequest {
                prefix: Registry::prefix(kind, ""),
                from: WatchFrom::Revision(revision),
                filter: None,
                index: None,
                bookmarks: true,
                deadline: None,
            };
            match shared.registry.cache(kind).watch(request).await {
                Ok(mut events) => {
                    while let Some(event) = events.next().await {
                        revision = event.revision();
                        apply(&*follower, &event);
                    }
                }
                Err(error) => tracing::debug!(%error, kind = kind.kind, "watch restarts"),
            }
            match load(&shared.registry, kind, &*follower).await {
                Ok(current) => revision = current,
                Err(status) => {
                    tracing::warn!(error = %status.message, kind = kind.kind, "cannot list");
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = cancel.cancelled() => {}
    }
}

fn apply(follower: &dyn Follower, event: &WatchEvent) {
    match event {
        WatchEvent::Added(entry) | WatchEvent::Modified(entry) => {
            if let Some(object) = decode(entry) {
                follower.put(&object);
            }
        }
        WatchEvent::Deleted(entry) => {
            if let Some(object) = decode(entry) {
                follower.remove(&object);
            }
        }
        WatchEvent::Bookmark { .. } => {}
    }
}

fn decode(entry: &Entry) -> Option<Value> {
    serde_json::from_slice(&entry.object).ok()
}

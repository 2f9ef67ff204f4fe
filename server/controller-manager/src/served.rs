//! Which resources the API server serves: what the garbage collector watches and namespaces are emptied of.

use futures::Stream;
use knarr_client::watcher::{self, Event, watcher_of};
use kube::api::{ApiResource, DynamicObject};
use kube::core::PartialObjectMeta;
use kube::discovery::{Discovery, Scope, verbs};
use kube::{Api, Client, Resource};

/// A resource that can be listed and deleted, in its most stable version.
#[derive(Clone, Debug)]
pub struct Served {
    pub resource: ApiResource,
    pub namespaced: bool,
    pub watchable: bool,
    /// Whether all objects of a namespace can be deleted at once.
    pub deletes_collections: bool,
}

/// Groups whose kinds are all served by other groups as well.
const LEGACY_GROUPS: [&str; 2] = ["extensions", "events.k8s.io"];

/// Asks the API server what it serves.
pub async fn served(client: &Client) -> Result<Vec<Served>, kube::Error> {
    let discovery = Discovery::new(client.clone()).run_aggregated().await?;
    let groups = discovery
        .groups()
        .filter(|group| !LEGACY_GROUPS.contains(&group.name()));
    let resources = groups.flat_map(|group| group.resources_by_stability());
    let deletable = resources.filter(|(_, can)| {
        can.supports_operation(verbs::DELETE) && can.supports_operation(verbs::LIST)
    });
    Ok(deletable
        .map(|(resource, can)| Served {
            namespaced: can.scope == Scope::Namespaced,
            watchable: can.supports_operation(verbs::WATCH),
            deletes_collections: can.supports_operation(verbs::DELETE_COLLECTION),
            resource,
        })
        .collect())
}

/// The objects of a resource: those of a namespace, or all when the resource is cluster-scoped.
pub fn api(
    client: &Client,
    resource: &ApiResource,
    namespaced: bool,
    namespace: &str,
) -> Api<DynamicObject> {
    if namespaced && !namespace.is_empty() {
        Api::namespaced_with(client.clone(), namespace, resource)
    } else {
        Api::all_with(client.clone(), resource)
    }
}

/// Follows the metadata of all objects of a resource.
pub fn follow(
    client: &Client,
    resource: &ApiResource,
) -> impl Stream<Item = Result<Event<PartialObjectMeta<DynamicObject>>, kube::Error>>
+ Send
+ Unpin
+ use<> {
    let path = DynamicObject::url_path(resource, None);
    let config = watcher::Config::default().metadata();
    let decode = |json: &str| serde_json::from_str(json);
    watcher_of(client.clone(), path, config, decode)
}

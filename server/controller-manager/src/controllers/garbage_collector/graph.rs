//! Who owns whom, of everything in the cluster. Pure: it says what has to be looked at after a change.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::api::ApiResource;

/// The finalizer of an object whose dependents are to go before it.
pub const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer of an object whose dependents are to stay.
pub const ORPHAN: &str = "orphan";

/// Where an object is.
#[derive(Clone, Debug)]
pub struct Place {
    pub resource: Arc<ApiResource>,
    pub namespaced: bool,
    pub namespace: String,
    pub name: String,
}

/// An object, as far as ownership goes.
#[derive(Clone, Debug)]
pub struct Object {
    pub place: Place,
    pub owners: Vec<OwnerReference>,
    /// The uids of those that name it as an owner.
    pub dependents: HashSet<String>,
    pub deleting: bool,
    /// It waits for its dependents to go.
    pub foreground: bool,
    /// It waits for its dependents to be let go.
    pub orphaning: bool,
}

/// What has to be looked at, by uid.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Task {
    /// Whether the object still has an owner; and when it waits for its dependents, whether they are gone.
    Examine(String),
    /// The dependents have to be let go.
    Orphan(String),
}

impl std::fmt::Display for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Examine(uid) | Self::Orphan(uid) => f.write_str(uid),
        }
    }
}

/// See the module.
#[derive(Default)]
pub struct Graph {
    objects: HashMap<String, Object>,
    /// Dependents of owners that were not seen (yet), by the owner's uid.
    waiting: HashMap<String, HashSet<String>>,
}

impl Graph {
    pub fn get(&self, uid: &str) -> Option<&Object> {
        self.objects.get(uid)
    }

    /// Takes in an object's newest state.
    pub fn observe(&mut self, place: Place, metadata: &ObjectMeta) -> Vec<Task> {
        let Some(uid) = metadata.uid.clone() else {
            return Vec::new();
        };
        let owners = metadata.owner_references.clone().unwrap_or_default();
        let finalizers = metadata.finalizers.as_deref().unwrap_or_default();
        let deleting = metadata.deletion_timestamp.is_some();
        let has = |name: &str| deleting && finalizers.iter().any(|finalizer| finalizer == name);
        let (foreground, orphaning) = (has(FOREGROUND), has(ORPHAN));
        let mut tasks = Vec::new();
        let old = self.objects.remove(&uid);
        let old_owners = old
            .as_ref()
            .map(|old| old.owners.clone())
            .unwrap_or_default();
        let dependents = old.as_ref().map(|old| old.dependents.clone());
        let dependents =
            dependents.unwrap_or_else(|| self.waiting.remove(&uid).unwrap_or_default());
        if orphaning && !old.as_ref().is_some_and(|old| old.orphaning) {
            tasks.push(Task::Orphan(uid.clone()));
        }
        if foreground && !old.as_ref().is_some_and(|old| old.foreground) {
            tasks.extend(dependents.iter().cloned().map(Task::Examine));
            tasks.push(Task::Examine(uid.clone()));
        }
        if !same_uids(&old_owners, &owners) || (old.is_none() && !owners.is_empty()) {
            tasks.push(Task::Examine(uid.clone()));
        }
        for gone in old_owners
            .iter()
            .filter(|old| !owners.iter().any(|owner| owner.uid == old.uid))
        {
            self.unlink(&uid, &gone.uid, &mut tasks);
        }
        for owner in &owners {
            match self.objects.get_mut(&owner.uid) {
                Some(object) => {
                    object.dependents.insert(uid.clone());
                    if object.foreground {
                        // Whether it blocks its owner may have changed.
                        tasks.push(Task::Examine(owner.uid.clone()));
                    }
                }
                None => {
                    self.waiting
                        .entry(owner.uid.clone())
                        .or_default()
                        .insert(uid.clone());
                }
            }
        }
        self.objects.insert(
            uid,
            Object {
                place,
                owners,
                dependents,
                deleting,
                foreground,
                orphaning,
            },
        );
        tasks
    }

    /// Forgets an object that is gone.
    pub fn forget(&mut self, uid: &str) -> Vec<Task> {
        let mut tasks = Vec::new();
        if let Some(object) = self.objects.remove(uid) {
            for owner in &object.owners {
                self.unlink(uid, &owner.uid, &mut tasks);
            }
            tasks.extend(object.dependents.iter().cloned().map(Task::Examine));
            if !object.dependents.is_empty() {
                self.waiting.insert(uid.to_owned(), object.dependents);
            }
        }
        tasks
    }

    fn unlink(&mut self, uid: &str, owner: &str, tasks: &mut Vec<Task>) {
        if let Some(object) = self.objects.get_mut(owner) {
            object.dependents.remove(uid);
            if object.foreground {
                tasks.push(Task::Examine(owner.to_owned()));
            }
        }
        if let Some(waiting) = self.waiting.get_mut(owner) {
            waiting.remove(uid);
            if waiting.is_empty() {
                self.waiting.remove(owner);
            }
        }
    }

    /// The dependents that an owner which waits for them has to wait for.
    pub fn blocking(&self, uid: &str) -> Vec<String> {
        let Some(object) = self.objects.get(uid) else {
            return Vec::new();
        };
        let blocks = |dependent: &&String| {
            let owners = self
                .objects
                .get(*dependent)
                .map(|dependent| dependent.owners.as_slice())
                .unwrap_or_default();
            owners
                .iter()
                .any(|owner| owner.uid == uid && owner.block_owner_deletion == Some(true))
        };
        object.dependents.iter().filter(blocks).cloned().collect()
    }

    /// The uids of all objects of a resource.
    pub fn of_resource(&self, resource: &ApiResource) -> Vec<String> {
        let of = |object: &Object| *object.place.resource == *resource;
        self.objects
            .iter()
            .filter(|(_, object)| of(object))
            .map(|(uid, _)| uid.clone())
            .collect()
    }
}

fn same_uids(a: &[OwnerReference], b: &[OwnerReference]) -> bool {
    a.len() == b.len() && a.iter().all(|a| b.iter().any(|b| a.uid == b.uid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn place(name: &str) -> Place {
        let resource = Arc::new(ApiResource::erase::<k8s_openapi::api::core::v1::ConfigMap>(
            &(),
        ));
        Place {
            resource,
            namespaced: true,
            namespace: "n".into(),
            name: name.into(),
        }
    }

    fn observe(graph: &mut Graph, uid: &str, owners: &[&str], extra: Value) -> Vec<Task> {
        let owners: Vec<Value> = owners
            .iter()
            .map(|uid| json!({ "apiVersion": "v1", "kind": "X", "name": uid, "uid": uid, "blockOwnerDeletion": true }))
            .collect();
        let mut metadata = json!({ "name": uid, "uid": uid, "ownerReferences": owners });
        metadata
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().cloned().unwrap_or_default());
        graph.observe(place(uid), &serde_json::from_value(metadata).unwrap())
    }

    fn examine(uid: &str) -> Task {
        Task::Examine(uid.into())
    }

    #[test]
    fn a_dependent_is_examined_when_it_comes_and_when_its_owner_goes() {
        let mut graph = Graph::default();
        assert_eq!(
            observe(&mut graph, "child", &["parent"], json!({})),
            [examine("child")]
        );
        assert_eq!(observe(&mut graph, "parent", &[], json!({})), []);
        assert_eq!(observe(&mut graph, "child", &["parent"], json!({})), []);
        assert_eq!(graph.forget("parent"), [examine("child")]);
    }

    #[test]
    fn an_owner_that_waits_is_examined_when_a_dependent_goes() {
        let mut graph = Graph::default();
        observe(&mut graph, "parent", &[], json!({}));
        observe(&mut graph, "child", &["parent"], json!({}));
        let deleting =
            json!({ "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": [FOREGROUND] });
        assert_eq!(
            observe(&mut graph, "parent", &[], deleting),
            [examine("child"), examine("parent")]
        );
        assert_eq!(graph.blocking("parent"), ["child"]);
        assert_eq!(graph.forget("child"), [examine("parent")]);
        assert!(graph.blocking("parent").is_empty());
    }

    #[test]
    fn orphaning_is_asked_for_once() {
        let mut graph = Graph::default();
        let deleting =
            json!({ "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": [ORPHAN] });
        assert_eq!(
            observe(&mut graph, "parent", &[], deleting.clone()),
            [Task::Orphan("parent".into())]
        );
        assert_eq!(observe(&mut graph, "parent", &[], deleting), []);
    }

    #[test]
    fn a_finalizer_without_a_deletion_means_nothing() {
        let mut graph = Graph::default();
        assert_eq!(
            observe(
                &mut graph,
                "parent",
                &[],
                json!({ "finalizers": [ORPHAN, FOREGROUND] })
            ),
            []
        );
    }

    #[test]
    fn an_owner_that_is_let_go_of_is_forgotten_by_its_dependent() {
        let mut graph = Graph::default();
        observe(&mut graph, "parent", &[], json!({}));
        observe(&mut graph, "child", &["parent"], json!({}));
        assert_eq!(
            observe(&mut graph, "child", &[], json!({})),
            [examine("child")]
        );
        assert_eq!(graph.forget("parent"), []);
    }
}

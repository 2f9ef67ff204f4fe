//! What is in use is not deleted: claims while a pod has them, volumes while a claim has them. The finalizers that the API
//! server gives them are taken away when they are free.

use std::time::Duration;

use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim, Pod};
use knarr_client::{Api, Object};
use kube::ResourceExt;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::json;

use crate::context::SharedContext;
use knarr_client::informer::{Change, Key};

pub const CLAIM_NAME: &str = "persistentvolumeclaim-protection-controller";
pub const VOLUME_NAME: &str = "persistentvolume-protection-controller";

const WORKERS: usize = 2;
const CLAIM: &str = "kubernetes.io/pvc-protection";
const VOLUME: &str = "kubernetes.io/pv-protection";

/// Protects claims, for ever.
pub async fn run_claims(context: SharedContext) {
    let queue = context.queue("pvcprotection");
    let to_do = queue.clone();
    let informers = &context.informers;
    informers.persistent_volume_claims.on_change(
        move |change: Change<'_, PersistentVolumeClaim>| {
            if let Some(claim) = change.new.filter(|claim| todo(&***claim, CLAIM).is_some()) {
                to_do.add(Key::of(&**claim));
            }
        },
    );
    let to_do = queue.clone();
    informers.pods.on_change(move |change: Change<'_, Pod>| {
        if let (Some(pod), None) = (change.old, change.new) {
            let namespace = pod.namespace().unwrap_or_default();
            for name in claims(pod) {
                to_do.add(Key::new(&namespace, &name));
            }
        }
    });
    context.informers.synced().await;
    queue.run(WORKERS, |key| sync_claim(&context, key)).await;
}

/// Protects volumes, for ever.
pub async fn run_volumes(context: SharedContext) {
    let queue = context.queue("pvprotection");
    let to_do = queue.clone();
    context
        .informers
        .persistent_volumes
        .on_change(move |change: Change<'_, PersistentVolume>| {
            if let Some(volume) = change
                .new
                .filter(|volume| todo(&***volume, VOLUME).is_some())
            {
                to_do.add(Key::of(&**volume));
            }
        });
    context.informers.synced().await;
    queue.run(WORKERS, |key| sync_volume(&context, key)).await;
}

/// What is to become of a finalizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Add,
    RemoveIfUnused,
}

fn todo<K: ResourceExt>(object: &K, finalizer: &str) -> Option<Step> {
    let protected = object.finalizers().iter().any(|one| one == finalizer);
    match (object.meta().deletion_timestamp.is_some(), protected) {
        (false, false) => Some(Step::Add),
        (true, true) => Some(Step::RemoveIfUnused),
        _ => None,
    }
}

/// The names of the claims that a pod uses, those of its ephemeral volumes too.
fn claims(pod: &Pod) -> Vec<String> {
    let spec = pod.spec.as_ref();
    let volumes = spec
        .and_then(|spec| spec.volumes.as_deref())
        .unwrap_or_default();
    volumes
        .iter()
        .filter_map(
            |volume| match (&volume.persistent_volume_claim, &volume.ephemeral) {
                (Some(claim), _) => Some(claim.claim_name.clone()),
                (_, Some(_)) => Some(format!("{}-{}", pod.name_any(), volume.name)),
                _ => None,
            },
        )
        .collect()
}

/// A pod that no node has yet will not start with a claim that is going.
fn uses(pod: &Pod, claim: &str) -> bool {
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
    node.is_some_and(|node| !node.is_empty()) && claims(pod).iter().any(|name| name == claim)
}

async fn sync_claim(context: &SharedContext, key: Key) -> Result<Option<Duration>, kube::Error> {
    let informers = &context.informers;
    let Some(claim) = informers.persistent_volume_claims.get(&key) else {
        return Ok(None);
    };
    let Some(step) = todo(&*claim, CLAIM) else {
        return Ok(None);
    };
    if step == Step::RemoveIfUnused {
        let known = informers.pods.in_namespace(&key.namespace);
        if known.iter().any(|pod| uses(pod, &key.name)) {
            return Ok(None);
        }
        // The informer may be behind: a pod that has just been bound counts.
        let api = Api::<Pod>::namespaced(context.client.clone(), &key.namespace);
        let live = api.list(&ListParams::default()).await?;
        if live.iter().any(|pod| uses(pod, &key.name)) {
            return Ok(None);
        }
    }
    let api = namespaced::<PersistentVolumeClaim>(context, &key.namespace);
    write(&api, &*claim, CLAIM, step).await
}

fn namespaced<K: Object>(context: &SharedContext, namespace: &str) -> Api<K> {
    Api::namespaced(context.client.clone(), namespace)
}

async fn sync_volume(context: &SharedContext, key: Key) -> Result<Option<Duration>, kube::Error> {
    let Some(volume) = context.informers.persistent_volumes.get(&key) else {
        return Ok(None);
    };
    let Some(step) = todo(&*volume, VOLUME) else {
        return Ok(None);
    };
    let status = volume.status.as_ref();
    let bound = status.and_then(|status| status.phase.as_deref()) == Some("Bound");
    if step == Step::RemoveIfUnused && bound {
        return Ok(None);
    }
    let api = Api::<PersistentVolume>::all(context.client.clone());
    write(&api, &*volume, VOLUME, step).await
}

async fn write<K>(
    api: &Api<K>,
    object: &K,
    finalizer: &str,
    step: Step,
) -> Result<Option<Duration>, kube::Error>
where
    K: Object,
{
    let mut finalizers: Vec<&str> = object.finalizers().iter().map(String::as_str).collect();
    match step {
        Step::Add => finalizers.push(finalizer),
        Step::RemoveIfUnused => finalizers.retain(|one| *one != finalizer),
    }
    // With the version that was seen: nobody else's finalizer is lost.
    let version = object.resource_version();
    let patch = json!({"metadata": {"finalizers": finalizers, "resourceVersion": version}});
    let patched = api
        .patch(
            &object.name_any(),
            &PatchParams::default(),
            &Patch::Merge(patch),
        )
        .await;
    match patched {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        patched => patched.map(|_| None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(metadata: serde_json::Value) -> PersistentVolumeClaim {
        serde_json::from_value(json!({"metadata": metadata})).unwrap()
    }

    #[test]
    fn finalizers_come_and_go() {
        let gone = "2026-01-01T00:00:00Z";
        assert_eq!(todo(&claim(json!({})), CLAIM), Some(Step::Add));
        assert_eq!(todo(&claim(json!({"finalizers": [CLAIM]})), CLAIM), None);
        let going = json!({"finalizers": [CLAIM], "deletionTimestamp": gone});
        assert_eq!(todo(&claim(going), CLAIM), Some(Step::RemoveIfUnused));
        assert_eq!(
            todo(&claim(json!({"deletionTimestamp": gone})), CLAIM),
            None
        );
    }

    #[test]
    fn a_claim_is_used_by_pods_that_have_a_node() {
        let pod = |node: &str| -> Pod {
            serde_json::from_value(json!({"metadata": {"name": "p"}, "spec": {
                "nodeName": node, "containers": [], "volumes": [
                    {"name": "a", "persistentVolumeClaim": {"claimName": "c"}},
                    {"name": "e", "ephemeral": {}}]}}))
            .unwrap()
        };
        assert!(uses(&pod("n"), "c") && uses(&pod("n"), "p-e"));
        assert!(!uses(&pod(""), "c") && !uses(&pod("n"), "other"));
    }
}

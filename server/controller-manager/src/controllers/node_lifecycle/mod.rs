//! The node lifecycle controller: a node that falls silent is not ready, a node that is not ready is tainted, and the
//! pods that do not tolerate that are evicted.

mod eviction;
mod health;
mod taints;

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::jiff::Timestamp;
use knarr_client::Api;
use knarr_client::events::About;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use parking_lot::Mutex;
use serde_json::json;

use self::health::{Health, Watch};
use crate::context::SharedContext;
use crate::pods;
use knarr_client::informer::{Change, Key};

pub const NAME: &str = "node-lifecycle-controller";
pub const EVICTION_NAME: &str = "taint-eviction-controller";

const WORKERS: usize = 8;
/// The namespace of the leases that nodes renew.
const LEASE_NAMESPACE: &str = "kube-node-lease";

/// Watches the nodes' health and taints them, for ever.
pub async fn run(context: SharedContext) {
    let queue = context.queue("node_lifecycle_controller");
    let to_do = queue.clone();
    context
        .informers
        .nodes
        .on_change(move |change: Change<'_, Node>| {
            if let Some(node) = change.new {
                to_do.add(Key::of(&**node));
            }
        });
    context.informers.synced().await;
    let watch = Mutex::new(Watch::default());
    let period = context.config.node_monitor_period;
    let look = async {
        loop {
            for node in context.informers.nodes.all() {
                queue.add(Key::of(&*node));
            }
            let exists = |name: &str| context.informers.nodes.get(&Key::new("", name)).is_some();
            watch.lock().retain(exists);
            tokio::time::sleep(period).await;
        }
    };
    let work = queue.run(WORKERS, |key| reconcile(&context, &watch, key));
    tokio::join!(look, work);
}

async fn reconcile(
    context: &SharedContext,
    watch: &Mutex<Watch>,
    key: Key,
) -> Result<Option<Duration>, kube::Error> {
    let Some(node) = context.informers.nodes.get(&key) else {
        return Ok(None);
    };
    let lease = context
        .informers
        .leases
        .get(&Key::new(LEASE_NAMESPACE, &key.name));
    let grace = context.config.node_monitor_grace_period;
    let health = watch
        .lock()
        .look(&node, lease.as_deref(), grace, tokio::time::Instant::now());
    let api = Api::<Node>::all(context.client.clone());
    let now = Timestamp::now();
    let mut node = (*node).clone();
    if health == Health::Silent && !health::is_unknown(&node) {
        let note = format!("Node {} status is now: NodeNotReady", key.name);
        context
            .events
            .of("node-controller")
            .normal(About::of(&node), "NodeNotReady", note);
        let conditions = health::unknown_conditions(&node, now);
        let patch =
            json!({ "metadata": { "uid": node.uid() }, "status": { "conditions": conditions } });
        match api
            .patch_status(&key.name, &PatchParams::default(), &Patch::Strategic(patch))
            .await
        {
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => return Ok(None),
            patched => node = patched?,
        }
    }
    let present = node
        .spec
        .as_ref()
        .and_then(|spec| spec.taints.clone())
        .unwrap_or_default();
    let wanted = taints::wanted(&node, now);
    if wanted != present {
        // With the version that was read: another change of the taints must not be undone.
        let patch = json!({ "metadata": { "uid": node.uid(), "resourceVersion": node.resource_version() },
                            "spec": { "taints": wanted } });
        match api
            .patch(&key.name, &PatchParams::default(), &Patch::Merge(patch))
            .await
        {
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(None),
            patched => drop(patched?),
        }
    }
    if !health::is_ready(&node) {
        mark_pods(context, &node, now).await?;
    }
    Ok(None)
}

/// The pods of a node that is not ready are not ready either, so that no service sends them anything.
async fn mark_pods(
    context: &SharedContext,
    node: &Node,
    now: Timestamp,
) -> Result<(), kube::Error> {
    for pod in context.informers.pods.all() {
        let on_it = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref())
            == node.metadata.name.as_deref();
        if !on_it || !pods::is_ready(&pod) {
            continue;
        }
        let mut condition = json!(pods::condition(&pod, "Ready"));
        condition["status"] = "False".into();
        condition["lastTransitionTime"] = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into();
        let patch =
            json!({ "metadata": { "uid": pod.uid() }, "status": { "conditions": [condition] } });
        let api =
            Api::<Pod>::namespaced(context.client.clone(), &pod.namespace().unwrap_or_default());
        match api
            .patch_status(
                &pod.name_any(),
                &PatchParams::default(),
                &Patch::Strategic(patch),
            )
            .await
        {
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
            patched => {
                patched?;
                context.events.of("node-controller").warning(
                    About::of(&*pod),
                    "NodeNotReady",
                    "Node is not ready".to_owned(),
                );
            }
        }
    }
    Ok(())
}

/// Evicts pods from nodes whose taints they do not tolerate, for ever.
pub async fn run_eviction(context: SharedContext) {
    let queue = context.queue("noexec_taint_pod");
    let to_do = queue.clone();
    context
        .informers
        .pods
        .on_change(move |change: Change<'_, Pod>| {
            let bound = |pod: &Arc<Pod>| pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
            if let Some(pod) = change.new
                && change.old.and_then(bound) != bound(pod)
            {
                to_do.add(Key::of(&**pod));
            }
        });
    let (to_do, weak) = (queue.clone(), Arc::downgrade(&context));
    context
        .informers
        .nodes
        .on_change(move |change: Change<'_, Node>| {
            let taints = |node: &Arc<Node>| eviction::no_execute(node);
            let (Some(node), Some(context)) = (change.new, weak.upgrade()) else {
                return;
            };
            if change.old.map(taints).unwrap_or_default() == taints(node) {
                return;
            }
            for pod in context.informers.pods.all() {
                if pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref())
                    == node.metadata.name.as_deref()
                {
                    to_do.add(Key::of(&*pod));
                }
            }
        });
    context.informers.synced().await;
    for pod in context.informers.pods.all() {
        queue.add(Key::of(&*pod));
    }
    queue.run(WORKERS, |key| evict(&context, key)).await;
}

async fn evict(context: &SharedContext, key: Key) -> Result<Option<Duration>, kube::Error> {
    let Some(pod) = context
        .informers
        .pods
        .get(&key)
        .filter(|pod| !pods::is_terminating(pod))
    else {
        return Ok(None);
    };
    let node_name = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.node_name.clone())
        .unwrap_or_default();
    let Some(node) = context.informers.nodes.get(&Key::new("", &node_name)) else {
        return Ok(None);
    };
    let now = Timestamp::now();
    match eviction::due(&pod, &eviction::no_execute(&node), now) {
        None => return Ok(None),
        Some(due) if due > now => {
            return Ok(Some(
                Duration::try_from(due.duration_since(now)).unwrap_or_default(),
            ));
        }
        Some(_) => {}
    }
    let api = Api::<Pod>::namespaced(context.client.clone(), &key.namespace);
    let condition = json!({
        "type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager",
        "message": "Taint manager: deleting due to NoExecute taint", "lastProbeTime": null,
        "lastTransitionTime": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    });
    let patch =
        json!({ "metadata": { "uid": pod.uid() }, "status": { "conditions": [condition] } });
    let note = format!("Marking for deletion Pod {key}");
    context
        .events
        .of(EVICTION_NAME)
        .normal(About::of(&*pod), "TaintManagerEviction", note);
    match api
        .patch_status(&key.name, &PatchParams::default(), &Patch::Strategic(patch))
        .await
    {
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => return Ok(None),
        patched => drop(patched?),
    }
    let preconditions = Preconditions {
        uid: pod.uid(),
        resource_version: None,
    };
    let params = DeleteParams {
        preconditions: Some(preconditions),
        ..DeleteParams::default()
    };
    match api.delete(&key.name, &params).await {
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(None),
        deleted => deleted.map(|_| None),
    }
}

//! The garbage collection of pods: those of nodes that are gone, those that were deleted before they had a node, and
//! the oldest of too many that have ended.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;
use knarr_client::Api;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use serde_json::json;
use tokio::time::Instant;

use crate::context::SharedContext;
use crate::pods;
use knarr_client::informer::Key;

pub const NAME: &str = "pod-garbage-collector-controller";

/// How often it is looked, as upstream.
const PERIOD: Duration = Duration::from_secs(20);
/// How long a node has to be gone until its pods are deleted: it may only be registering anew.
const QUARANTINE: Duration = Duration::from_secs(40);

/// Runs the controller for ever.
pub async fn run(context: SharedContext) {
    context.informers.synced().await;
    let mut gone_since: HashMap<String, Instant> = HashMap::new();
    loop {
        let pods = context.informers.pods.all();
        let exists = |name: &str| context.informers.nodes.get(&Key::new("", name)).is_some();
        gone_since.retain(|name, _| !exists(name));
        for name in pods
            .iter()
            .filter_map(|pod| node_name(pod))
            .filter(|name| !exists(name))
        {
            gone_since
                .entry(name.to_owned())
                .or_insert_with(Instant::now);
        }
        let orphaned = |name: &str| {
            gone_since
                .get(name)
                .is_some_and(|since| since.elapsed() >= QUARANTINE)
        };
        for (pod, why) in garbage(&pods, orphaned, context.config.terminated_pod_gc_threshold) {
            if let Err(error) = collect(&context, &pod, why).await {
                tracing::debug!(pod = pod.name_any(), %error, "a pod could not be collected");
            }
        }
        tokio::time::sleep(PERIOD).await;
    }
}

fn node_name(pod: &Pod) -> Option<&str> {
    pod.spec
        .as_ref()?
        .node_name
        .as_deref()
        .filter(|name| !name.is_empty())
}

/// Why a pod is garbage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Orphaned,
    UnscheduledTerminating,
    Ended,
}

/// Decides which pods go.
fn garbage(
    pods: &[Arc<Pod>],
    orphaned: impl Fn(&str) -> bool,
    threshold: usize,
) -> Vec<(Arc<Pod>, Why)> {
    let mut garbage = Vec::new();
    let mut ended = Vec::new();
    for pod in pods {
        match node_name(pod) {
            Some(node) if orphaned(node) => garbage.push((pod.clone(), Why::Orphaned)),
            None if pods::is_terminating(pod) => {
                garbage.push((pod.clone(), Why::UnscheduledTerminating))
            }
            _ if pods::is_terminated(pod) => ended.push(pod.clone()),
            _ => {}
        }
    }
    if threshold > 0 && ended.len() > threshold {
        ended.sort_by_key(|pod| pod.creation_timestamp().map(|time| time.0));
        let too_many = ended.len() - threshold;
        garbage.extend(
            ended
                .into_iter()
                .take(too_many)
                .map(|pod| (pod, Why::Ended)),
        );
    }
    garbage
}

async fn collect(context: &SharedContext, pod: &Pod, why: Why) -> Result<(), kube::Error> {
    let api = Api::<Pod>::namespaced(context.client.clone(), &pod.namespace().unwrap_or_default());
    if why == Why::Orphaned && !pods::is_terminated(pod) {
        let condition = json!({
            "type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC",
            "message": "PodGC: node no longer exists", "lastProbeTime": null,
            "lastTransitionTime": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        });
        let patch = json!({ "metadata": { "uid": pod.uid() }, "status": { "phase": "Failed", "conditions": [condition] } });
        api.patch_status(
            &pod.name_any(),
            &PatchParams::default(),
            &Patch::Strategic(patch),
        )
        .await?;
    }
    let preconditions = Preconditions {
        uid: pod.uid(),
        resource_version: None,
    };
    let params = DeleteParams {
        preconditions: Some(preconditions),
        ..DeleteParams::default()
    }
    .grace_period(0);
    match api.delete(&pod.name_any(), &params).await {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        deleted => deleted.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(name: &str, node: &str, phase: &str, deleted: bool) -> Arc<Pod> {
        let created = format!("2026-01-01T00:00:0{}Z", name.len());
        let deleted = deleted.then_some("2026-01-01T00:00:00Z");
        Arc::new(
            serde_json::from_value(json!({
                "metadata": { "name": name, "creationTimestamp": created, "deletionTimestamp": deleted },
                "spec": { "nodeName": node, "containers": [] }, "status": { "phase": phase },
            }))
            .unwrap(),
        )
    }

    #[test]
    fn what_is_garbage() {
        let pods = [
            pod("a", "gone", "Running", false),
            pod("b", "", "Pending", true),
            pod("c", "n", "Running", true),
            pod("dd", "n", "Failed", false),
            pod("eee", "n", "Succeeded", false),
        ];
        let garbage = garbage(&pods, |node| node == "gone", 1);
        let names: Vec<_> = garbage
            .iter()
            .map(|(pod, why)| (pod.name_any(), *why))
            .collect();
        let wanted = [
            ("a", Why::Orphaned),
            ("b", Why::UnscheduledTerminating),
            ("dd", Why::Ended),
        ];
        assert_eq!(names, wanted.map(|(name, why)| (name.to_owned(), why)));
    }
}
